"""The language of patterns, and where its words are looked up."""

from __future__ import annotations

import pytest

from legcause.text.patterns import ClassLookUp, WordClass, parse

CONCEPTS = {"puffy": ["puff*", "Bloated", "twice the size", "balloons up*"], "nothing": []}


def classes(text: str) -> list[tuple[set[str], tuple[str, ...]]]:
    return [(set(part.words.words), part.words.prefixes) for part in parse(text, CONCEPTS).parts if part.words is not None]


@pytest.mark.parametrize(
    ("pattern", "members"),
    [
        ("calf", [({"calf"}, ())]),
        ("Calf|calves leg*", [({"calf", "calves"}, ()), (set(), ("leg",))]),
        ("b/l can't don’t", [({"b/l"}, ()), ({"cant"}, ()), ({"dont"}, ())]),
        ("<puffy>", [({"bloated"}, ("puff",))]),
        ("<puffy>|swoll*|Can't*|fat", [({"bloated", "fat"}, ("cant", "puff", "swoll"))]),
        ("<nothing>|l5", [({"l5"}, ())]),
    ],
)
def test_the_words_of_a_class_are_normalised_and_those_of_its_concepts_are_among_them(
    pattern: str, members: list[tuple[set[str], tuple[str, ...]]]
) -> None:
    assert classes(pattern) == members
    assert parse(pattern, CONCEPTS).text == pattern


@pytest.mark.parametrize(
    ("pattern", "gaps"),
    [
        ("a", [[0]]),
        ("a b", [[0, 0]]),
        ("a ~9 b", [[0, 9]]),
        ("a ~1 ~2 b c", [[0, 3, 0]]),
        ("a b? c", [[0, 0, 0], [0, 0]]),
        ("a ~2 b? ~3 c", [[0, 2, 3], [0, 5]]),
        ("a ~1 b? ~2 c? ~3 d", [[0, 1, 2, 3], [0, 1, 5], [0, 3, 3], [0, 6]]),
    ],
)
def test_a_word_that_may_be_missing_leaves_its_gaps_to_the_next(pattern: str, gaps: list[list[int]]) -> None:
    found = [[gap for _, gap in variant] for variant in parse(pattern, CONCEPTS).variants]
    assert sorted(found) == sorted(gaps)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("calf ~x leg", "'~x' is neither words .* nor a gap"),
        ("calf ~10 leg", "'~10' is neither"),
        ("calf leg??", "'leg[?][?]' is neither"),
        ("calf||leg", "'' is neither a word, a word with [*], nor a <concept>"),
        ("calf le*g", "'le[*]g' is neither"),
        ("<red>", "there is no concept <red> in the lexicon"),
        ("", "^a pattern begins and ends with a word that must be there$"),
        ("~2 calf", "^a pattern begins and ends with a word that must be there$"),
        ("calf ~2", "^a pattern begins and ends with a word that must be there$"),
        ("very? calf", "^a pattern begins and ends with a word that must be there$"),
        ("calf very?", "^a pattern begins and ends with a word that must be there$"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(pattern, CONCEPTS)


def test_a_pattern_fits_in_ten_thousand_ways_at_most() -> None:
    widest = "a ~9 b ~9 c ~9 d ~9 e"
    assert len(parse(widest, CONCEPTS).variants) == 1
    with pytest.raises(ValueError, match="^fits in 20,000 ways at one place, more than 10,000"):
        parse(f"{widest} f? g", CONCEPTS)


def test_a_class_holds_its_words_and_all_that_begins_with_its_prefixes() -> None:
    some, plain = WordClass(frozenset(["calf"]), ("leg", "swoll")), WordClass(frozenset(["calf"]), ())
    words: list[object] = ["calf", "calfs", "leg", "legs", "le", "swollen", "", 3, None]
    assert [[word in members for word in words] for members in (some, plain)] == [
        [True, False, True, True, False, True, False, False, False], [True, *[False] * 8],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "numbers"),
    [("calf", {0, 2}), ("leg", {0, 1}), ("legs", {0}), ("legging", {0, 1}), ("l", set()), ("", set()), ("a", {3}), ("at", {3}), ("leg" * 50, {0})],
)
def test_a_word_is_looked_up_in_all_classes_at_once(word: str, numbers: set[int]) -> None:
    look_up = ClassLookUp({
        WordClass(frozenset(["calf"]), ("leg",)): 0,
        WordClass(frozenset(["leg"]), ("leggi",)): 1,
        WordClass(frozenset(["calf"]), ()): 2,
        WordClass(frozenset(), ("a",)): 3,
    })  # fmt: skip
    assert look_up(word) == numbers
    assert ClassLookUp({WordClass(frozenset(["calf"]), ()): 5})(word) == ({5} if word == "calf" else set())
