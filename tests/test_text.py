"""Tokens, spelling, features."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legcause.inference.model import Model, default_path
from legcause.knowledge.records import Knowledge
from legcause.text.analyzer import Analyzer, age_band, stem
from legcause.text.lexicon import Lexicon, Speller
from legcause.text.patterns import parse
from legcause.text.tokens import LONGEST_WORD, normal_form, tokenise


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
    ("word", "form"),
    [
        ("Calf", "calf"),
        ("Calf's", "calf"),
        ("LEG’S", "leg"),
        ("calfs", "calfs"),
        ("mum's", "mums"),
        ("Can´t", "cant"),
        ("don`t’ve", "dontve"),
        ("Can Not", "cannot"),
        ("B/L", "b/l"),
        ("Œdème", "œdeme"),
        ("Straße", "strasse"),
        ("l’œdème", "lœdeme"),
        ("ﬁne", "fine"),
        ("Œ" * LONGEST_WORD + "dème", "œ" * LONGEST_WORD + "deme"),
    ],
)
def test_case_accents_and_apostrophes_do_not_matter(word: str, form: str) -> None:
    assert normal_form(word) == form


def test_a_word_longer_than_any_of_a_language_is_its_own_stem() -> None:
    longest = "a" * (LONGEST_WORD - 3) + "ing"
    assert stem("swelling") == "swell"
    assert stem(longest) == longest.removesuffix("ing")
    assert stem("a" + longest) == "a" + longest


def test_a_token_has_its_kind_and_its_place() -> None:
    assert [tuple(token) for token in tokenise("Can not: 1,5 mum's?! (é)")] == [
        ("cannot", "word", 0, 7), (":", "comma", 7, 8), ("1,5", "number", 9, 12), ("mums", "word", 13, 18), ("?!", "end", 18, 20),
        ("(", "comma", 21, 22), ("e", "word", 22, 23), (")", "comma", 23, 24),
    ]  # fmt: skip


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


@settings(deadline=None)  # the first text waits for the model
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


SMALL = {
    "calf": ["calf", "calves", "calve"], "leg": ["leg", "legs"], "sole": ["ball of", "arch*"], "swelling": ["swollen", "swell*"], "cramp": ["cramp*", "lock up", "charley horse*"],
}  # fmt: skip


@pytest.fixture(scope="module")
def small(model: Model) -> Analyzer:
    content = dict(model.knowledge["lexicon"])
    return Analyzer(Lexicon.of(content | {"concepts": SMALL, "words": {"stop": "a and have i is it my no so the".split()}, "vocabulary": {}}))


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("", ""),
        ("...", ""),
        ("my", ""),
        ("calf", "#calf calf"),
        ("calf calf", "#calf calf calf_calf"),
        ("The swollen calves", "#calf #calf+#swelling #swelling =calves calv swollen swollen_calv"),
        ("calve swells", "#calf #calf+#swelling #swelling calv calv_swell swell"),
        ("swollen, my calf", "#calf #calf+#swelling #swelling calf swollen swollen_calf"),
        ("swollen. calf", "#calf #swelling calf swollen"),
        ("legs lock up", "#cramp #cramp+#leg #leg =legs leg leg_lock lock lock_up up"),
        ("charley horses", "#cramp charley charley_hors hors"),
        ("my arches swell", "#sole #sole+#swelling #swelling =arches arch arch_swell swell"),
        ("swollen, no calf", "#swelling not:#calf swollen"),
        ("calf swollen, no leg or charley horse", "#calf #calf+#swelling #swelling calf calf_swollen not:#cramp not:#leg swollen"),
        ("my calf 3 legs", "#calf #calf+#leg #leg =legs calf calf_leg leg"),
        ("could it be swollen", "#swelling be could could_be be_swollen swollen"),
        ("my mother has swollen legs, my calf", "#calf calf"),
        ("I had cramps ten years ago, calf", "#calf calf"),
        ("no legs, my calf", "#calf calf not:#leg"),
        ("calf " + "the " * 11 + "swollen", "#calf #calf+#swelling #swelling calf calf_swollen swollen"),
        ("calf " + "the " * 12 + "swollen", "#calf #swelling calf calf_swollen swollen"),
        ("calf leg " + "the " * 11 + "swollen", "#calf #calf+#leg #leg #leg+#swelling #swelling calf calf_leg leg leg_swollen swollen"),
        ("👣 12345 calf", "#calf calf"),
    ],
)
def test_the_features_of_a_text_are_its_stems_neighbours_concepts_and_pairs(text: str, features: str, small: Analyzer) -> None:
    assert small(text) == sorted(features.split())


def test_each_feature_has_the_places_of_the_words_that_make_it(small: Analyzer) -> None:
    text = "no legs. Charley horse, calves at 3am"
    found = [(feature, [text[start:end] for start, end in spans]) for spans, feature in small.located(text)]
    assert found == [
        ("not:#leg", ["legs"]),
        ("#cramp", ["Charley horse"]),
        ("charley", ["Charley"]),
        ("hors", ["horse"]),
        ("charley_hors", ["Charley", "horse"]),
        ("#calf", ["calves"]),
        ("#calf+#cramp", ["Charley horse", "calves"]),
        ("calv", ["calves"]),
        ("=calves", ["calves"]),
        ("hors_calv", ["horse", "calves"]),
        ("at", ["at"]),
        ("calv_at", ["calves", "at"]),
        ("@night_hour", ["3"]),
        ("am", ["am"]),
        ("at_am", ["at", "am"]),
    ]
    assert [feature for _, feature in small.located("no charley horse")] == ["not:#cramp"]
    assert [text for spans, _ in small.located("no charley horse") for text in spans] == [(3, 16)]


NUMBERS = {
    "@night_hour": "3am|4 am|12 am|1 am|5am|10pm|11 pm|cramps at 2 am.",
    "": (
        "6am|0 am|9pm|12pm|3pm|10am|3 oclock|nearly 3 o'clock|3 weeks pregnant|43 weeks pregnant|32 weeks|swollen 32 weeks now|32 gone|for 3 years|72 years|72 y|at 32|at 72|"
        "72 mg|im 72 kg|im 5 days late|59|100|101|pain 79|79 pain|pain 79, calf|pain, 79 calf|111 yo|0 yo|1000 yo|1.5 yo|٣ yo|x3|72 pregnant|aged 111|aged 0|"
        "I had gout aged 12 ten years ago|my mother has gout at age 72, my leg aches|no|week"
    ),
    "@gestation": (
        "32 weeks pregnant|32 week preg|32 wks gone|32 wk along|32 weeks pregnancy|week 32|at 32 weeks|at 32 wks|32/40|4 weeks pregnant|42 weeks pregnant|at 32 weeker"
    ),
    "@age_0_12": "1 yo|aged 3|8 years old|8 year old|aged 3 years|3 years of age|my son is 3",
    "@age_13_19": "im 19|13 yo",
    "@age_20_39": "20 y old|f 39|38f|im 20",
    "@age_40_59": "I am 45|45 yrs old|male 45|45 yr old",
    "@age_60_74": "60|(60)|calves hurt. 72|calf, 72, male|72m|72 f|72 yo|im 72 years|im 72 y|72 years old|turned 72",
    "@age_75": "99|79.|79, calves hurt|110 yo|m 110|aged 110|nearly 80",
}


@pytest.mark.parametrize(("text", "feature"), [(text, feature) for feature, texts in NUMBERS.items() for text in texts.split("|")])
def test_a_number_is_an_hour_of_the_night_a_week_of_pregnancy_an_age_or_nothing(text: str, feature: str, small: Analyzer) -> None:
    assert [found for found in small(text) if found.startswith("@")] == feature.split()


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
