"""Tokens, spelling, features."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legcause.inference.model import Model, default_path
from legcause.knowledge.records import Knowledge
from legcause.text.analyzer import Analyzer, age_band
from legcause.text.lexicon import Lexicon, Speller
from legcause.text.patterns import parse
from legcause.text.tokens import normal_form, tokenise


@given(st.text())
def test_tokens_stand_in_order_and_their_offsets_cut_them_out_of_the_text(text: str) -> None:
    end = 0
    for token in tokenise(text):
        assert end <= token.start < token.end <= len(text)
        if token.kind == "word":
            assert normal_form(text[token.start : token.end]) == token.word
        end = token.end


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Can’t feel L5-S1", ["cant", "feel", "l5", "s1"]),
        ("c/o b/l oedème x3/52", ["c/o", "b/l", "oedeme", "x3", "52"]),
        ("3am, 72yo", ["3", "am", ",", "72", "yo"]),
        ("B12 1.5mg", ["b12", "1.5", "mg"]),
        ("", []),
        ("👣", []),
    ],
)
def test_shorthand_codes_and_numbers_are_cut_as_people_mean_them(text: str, words: list[str]) -> None:
    assert [token.word for token in tokenise(text)] == words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("swolllen", "swollen"),
        ("claf", "calf"),
        ("numbnes", "numbness"),
        ("thihgs", "thighs"),
        ("goat", "goat"),
        ("gout", "gout"),
        ("mxyzptlk", "mxyzptlk"),
    ],
)
def test_a_slip_of_typing_is_mended_and_another_word_is_left_alone(typed: str, meant: str, knowledge: Knowledge) -> None:
    assert Speller(knowledge.lexicon["vocabulary"])(typed) == meant


@cache
def packed_analyzer() -> Analyzer:
    return Model.load(default_path()).analyzer


@given(st.text())
def test_any_text_has_features_and_each_lies_in_the_text(text: str) -> None:
    for spans, feature in packed_analyzer().located(text):
        assert feature
        assert all(0 <= start < end <= len(text) for start, end in spans)


@pytest.mark.parametrize(
    ("text", "has", "lacks"),
    [
        ("both calves cramp at 3am", ["#calf+#cramp", "@night_hour", "=calves"], ["@age_0_12"]),
        ("I am 72 and my ankles swell", ["@age_60_74"], []),
        ("72M swollen ankles", ["@age_60_74"], []),
        ("swollen for 3 years", ["#swelling"], ["@age_0_12"]),
        ("34 weeks pregnant", ["#pregnant", "@gestation"], ["@age_20_39"]),
        ("cramps, 28/40", ["@gestation"], []),
        ("swollen for 12 weeks", [], ["@gestation", "@age_0_12"]),
        ("calves knot up. 79. what now", ["@age_75"], []),
        ("took 80 mg", [], ["@age_75"]),
        ("no swelling", ["not:#swelling"], ["#swelling", "swell"]),
        ("my mother has gout, my own knee hurts", ["#knee"], ["#gout", "gout"]),
        ("since I take Lipitor", ["#statin"], []),
    ],
)
def test_features_say_what_the_words_say(text: str, has: list[str], lacks: list[str], lexicon: Lexicon) -> None:
    features = set(Analyzer(lexicon)(text))
    assert set(has) <= features
    assert not features.intersection(lacks)


def test_age_bands_meet_without_a_gap() -> None:
    assert [age_band(n) for n in (0, 12, 13, 19, 20, 39, 40, 59, 60, 74, 75, 110)] == [
        name for name in ("age_0_12", "age_13_19", "age_20_39", "age_40_59", "age_60_74", "age_75") for _ in range(2)
    ]


def test_a_pattern_is_parsed_into_classes_gaps_and_optional_words() -> None:
    pattern = parse("calf|calves ~3 very? swoll*|<puffy>", {"puffy": ["puff*", "bloated"]})
    first, gap, optional, last = pattern.parts
    assert first.words is not None
    assert "calves" in first.words
    assert gap.gap == 3
    assert optional.optional
    assert last.words is not None
    assert all(word in last.words for word in ("swollen", "puffiness", "bloated"))
    assert [[gap for _, gap in variant] for variant in pattern.variants] == [[0, 3, 0], [0, 3]]


@pytest.mark.parametrize("text", ["", "~3", "calf ~3", "~0 calf", "calf?", "<nothing>", "a||b", "calf ( swollen"])
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text, {})
