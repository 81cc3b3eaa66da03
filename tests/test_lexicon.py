"""Words, runs of words, concepts and slips of typing, on lists that are short enough to see through."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from legcause.inference.model import Model
from legcause.text.lexicon import ConceptTable, Lexicon, Runs, Speller, split
from legcause.text.tokens import tokenise

SAID = "i have no swelling at all since i have had no".split()


@pytest.mark.parametrize(("at", "length"), [(0, 2), (1, 0), (2, 1), (3, 0), (4, 2), (6, 0), (7, 3), (8, 0), (10, 1)])
def test_the_longest_run_that_begins_at_a_word_is_found(at: int, length: int) -> None:
    said = [*SAID[:7], "i", "have", "had", "no"]
    assert Runs(["no", "at all", "i have", "i have had", "have never", "no swelling of", "since then"]).match(said, at) == length


def test_runs_are_read_as_texts_are_and_listed_the_longest_first() -> None:
    assert Runs(["Don’t", "I can't", "I can not feel", "I", "3 days"]).runs() == [
        ("3", "days"),
        ("dont",),
        ("i", "cannot", "feel"),
        ("i", "cant"),
        ("i",),
    ]


def test_plain_phrases_are_split_as_texts_are(model: Model) -> None:
    lists = [*model.knowledge["lexicon"]["concepts"].values(), *model.knowledge["lexicon"]["context"].values()]
    for phrase in (phrase for phrases in lists for phrase in phrases):
        words = tuple(token.word for token in tokenise(phrase) if token.kind in ("word", "number"))
        assert split(phrase) == ((*words[:-1], words[-1] + "*") if phrase.endswith("*") else words)


@pytest.mark.parametrize("entry", ["", "*", " . ", "?!"])
def test_an_entry_without_a_word_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="holds no word"):
        Runs([entry])
    with pytest.raises(ValueError, match="holds no word"):
        ConceptTable({"concept": [entry]})


CONCEPTS = {
    "cramp": ["cramp*", "charley horse*", "knot", "lock up"],
    "night": ["night*", "knot"],
    "crampons": ["crampon*", "crampons for ice"],
    "horse": ["horse", "lock up the horse"],
    "x": ["xa", "a*", "ache*"],
    "y": ["a*", "ache*", "weigh a ton*"],
}


@pytest.mark.parametrize(
    ("word", "concepts"),
    [
        ("cramp", ("cramp",)),
        ("cramping", ("cramp",)),
        ("cram", ()),
        ("crampons", ("crampons",)),
        ("nightly", ("night",)),
        ("knot", ("cramp", "night")),
        ("knots", ()),
        ("horse", ("horse",)),
        ("horses", ()),
        ("charley", ()),
        ("lock", ()),
        ("xa", ("x",)),
        ("ab", ("x", "y")),
        ("a", ("x", "y")),
        ("aches", ("x", "y")),
        ("", ()),
        ("night" * 100, ("night",)),
    ],
)
def test_a_word_has_the_concepts_of_its_entry_else_of_the_longest_beginning_that_fits(word: str, concepts: tuple[str, ...]) -> None:
    table = ConceptTable(CONCEPTS)
    assert [table.of_word(word) for _ in range(2)] == [concepts, concepts]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("a charley horse", {1: {("cramp", 2)}}),
        ("a charley horses charley", {1: {("cramp", 2)}}),
        ("a charley pony", {}),
        ("a charley hat", {}),
        ("a charley hors", {}),
        ("they weigh a tonne", {1: {("y", 3)}}),
        ("they weigh a lot", {}),
        ("lock up the horse", {0: {("cramp", 2), ("horse", 4)}}),
        ("lock up the horses", {0: {("cramp", 2)}}),
        ("lock it up", {}),
        ("crampons for", {}),
        ("cramp", {}),
    ],
)
def test_a_run_of_words_has_its_concepts_where_all_its_words_stand(text: str, runs: dict[int, set[tuple[str, int]]]) -> None:
    table, words = ConceptTable(CONCEPTS), text.split()
    assert {i: set(found) for i in range(len(words)) if (found := table.of_run(words, i))} == runs


def test_the_longest_of_the_runs_at_a_word_comes_first() -> None:
    assert ConceptTable(CONCEPTS).of_run("lock up the horse".split(), 0) == (("horse", 4), ("cramp", 2))


def test_a_table_of_whole_words_knows_no_beginnings() -> None:
    assert [ConceptTable({"leg": ["leg"]}).of_word(word) for word in ("leg", "legs", "l", "")] == [("leg",), (), (), ()]


def test_a_table_knows_its_concepts_and_its_runs() -> None:
    table = ConceptTable(CONCEPTS)
    assert table.names == ("cramp", "crampons", "horse", "night", "x", "y")
    assert {" ".join(run): name for run, name in table.runs()} == {
        "charley horse*": "cramp", "lock up": "cramp", "crampons for ice": "crampons", "lock up the horse": "horse", "weigh a ton*": "y",
    }  # fmt: skip


COUNTS = {
    "calf": 90,
    "half": 7,
    "swollen": 40,
    "ankle": 30,
    "ankles": 50,
    "toe": 80,
    "rare": 5,
    "heavy": 6,
    "knee": 60,
    "tingling": 9,
    "gout": 1,
    "numbness": 8,
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("swolen", "swollen"),
        ("swollenn", "swollen"),
        ("swollne", "swollen"),
        ("swpllen", "swollen"),
        ("swolleb", "swollen"),
        ("wsollen", "wsollen"),
        ("aswollen", "aswollen"),
        ("swollens", "swollen"),
        ("ankl", "ankle"),
        ("ankless", "ankles"),
        ("anklee", "ankles"),
        ("claf", "calf"),
        ("cafl", "calf"),
        ("cald", "cald"),
        ("kneee", "knee"),
        ("knne", "knne"),
        ("kne", "kne"),
        ("toee", "toee"),
        ("goutt", "goutt"),
        ("rarer", "rarer"),
        ("heavyy", "heavy"),
        ("gout", "gout"),
        ("tinglingg", "tingling"),
        ("knee2", "knee2"),
        ("knéee", "knéee"),
        ("numbnes", "numbness"),
    ],
)
def test_a_slip_of_one_letter_behind_the_first_becomes_the_commonest_word_that_was_meant(typed: str, meant: str) -> None:
    speller = Speller(COUNTS)
    assert [speller(typed) for _ in range(2)] == [meant, meant]


def test_words_of_four_to_sixteen_letters_are_mended() -> None:
    speller = Speller({"toes": 9, "gastrocnemiuses": 9, "gastrocnemiusesx": 9, "gastrocnemiusesxy": 9})
    assert [speller(word) for word in ("tose", "gastrocnemiuess", "gastrocnemiusexs", "gastrocnemiusesyx", "gastrocnemiusesxyz")] == [
        "toes", "gastrocnemiuses", "gastrocnemiusesx", "gastrocnemiusesyx", "gastrocnemiusesxyz",
    ]  # fmt: skip


def test_a_lexicon_reads_a_text_with_its_slips_mended_and_its_places_kept(model: Model) -> None:
    tokens = Lexicon.of(model.knowledge["lexicon"]).read("My claf, 3 days")
    assert [(t.word, t.kind, t.start, t.end) for t in tokens] == [
        ("my", "word", 0, 2), ("calf", "word", 3, 7), (",", "comma", 7, 8), ("3", "number", 9, 10), ("days", "word", 11, 15),
    ]  # fmt: skip


def test_a_lexicon_without_a_vocabulary_mends_nothing_and_without_a_list_is_none(model: Model) -> None:
    content: dict[str, Any] = dict(model.knowledge["lexicon"])
    bare = Lexicon.of({name: part for name, part in content.items() if name != "vocabulary"})
    assert [token.word for token in bare.read("my claf")] == ["my", "claf"]
    assert bare.stop == frozenset(content["words"]["stop"])
    for name in content["context"]:
        with pytest.raises(KeyError, match=name):
            Lexicon.of(content | {"context": {key: value for key, value in content["context"].items() if key != name}})


def test_a_lexicon_that_is_sent_to_another_process_reads_as_before(model: Model) -> None:
    here = model.analyzer.lexicon
    there = pickle.loads(pickle.dumps(here))
    assert there.content == here.content
    assert there.read("no swolen claf") == here.read("no swolen claf")
