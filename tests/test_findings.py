"""Where findings stand, with spaCy's Matcher as the judge of the matching."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, ClassVar

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.matcher import Matcher
from spacy.tokens import Doc

from legcause.inference.assess import Assessor
from legcause.inference.findings import Finder
from legcause.inference.model import Model
from legcause.text.patterns import Pattern, parse
from legcause.text.tokens import Token

from .conftest import cases, sayings

CONCEPTS = {"leg": ["leg*", "calf"], "swelling": ["swollen", "puff*"]}
PATTERNS = [
    "<leg> ~3 <swelling>",
    "very ~2 red? hot",
    "a b? ~2 c? d",
    "one|two ~1 ~2 three*",
    "<leg> <leg>",
    "a ~4 a ~4 a",
]


def rule(pattern: Pattern) -> list[dict[str, Any]]:
    """The pattern as spaCy's Matcher takes it."""
    out: list[dict[str, Any]] = []
    for part in pattern.parts:
        if part.words is None:
            out.append({"LOWER": {"NOT_IN": ["."]}, "OP": f"{{0,{part.gap}}}"})
        else:
            choices = [re.escape(w) for w in part.words.words] + [re.escape(p) + ".*" for p in part.words.prefixes]
            out.append({"LOWER": {"REGEX": rf"^(?:{'|'.join(choices)})$"}, **({"OP": "?"} if part.optional else {})})
    return out


@cache
def judge(text: str) -> Matcher:
    matcher = Matcher(spacy.blank("en").vocab)
    matcher.add("pattern", [rule(parse(text, CONCEPTS))])
    return matcher


class _Lexicon:
    content: ClassVar[dict[str, Any]] = {"concepts": CONCEPTS}


def ways(pattern: str, words: list[str]) -> set[tuple[int, int]]:
    """The spans in which a pattern fits, by the finder's own matching."""
    finder = Finder({"finding": [pattern]}, _Lexicon())  # type: ignore[arg-type]
    tokens = [Token(word, {".": "end", ",": "comma"}.get(word, "word"), i, i + 1) for i, word in enumerate(words)]
    return {(places[0], places[-1] + 1) for _, places in finder.matches(tokens)}


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=60, deadline=None)
@given(words=st.lists(st.sampled_from("leg legs calf swollen puffy very red hot a b c d one two three threes . ,".split()), max_size=14))
def test_patterns_fit_where_spacy_says_so(pattern: str, words: list[str]) -> None:
    matcher = judge(pattern)
    assert ways(pattern, words) == {(start, end) for _, start, end in matcher(Doc(matcher.vocab, words=words))}


def test_the_spacy_component_marks_findings_and_raises_flags(assessor: Assessor) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("legcause")
    for row in sayings()[::400]:
        doc = nlp(row["text"])
        found = assessor.finder.find(row["text"])
        assert {(s.label_, s.kb_id_) for s in doc.spans["legcause"]} == {(f.finding, str(f.status)) for f in found}
        assert doc._.red_flags == tuple(assessor.raised(row["text"]))


def test_offsets_point_into_the_text(assessor: Assessor) -> None:
    for row in sayings()[::50]:
        for found in assessor.finder.find(row["text"]):
            assert row["text"][found.start : found.end] == found.text


FOUND_BY = {
    "swelling": ["swollen|swelling"],
    "calf_swelling": ["calf ~3 swollen", "swollen calf"],
    "no_walking": ["cannot|cant|no|not ~2 walk*"],
    "no_water": ["not passing urine"],
    "stroke": ["stroke"],
    "clot_weeks": ["clot of 3 weeks"],
}


@pytest.mark.parametrize("case", cases("findings.jsonl"), ids=lambda case: case["text"])
def test_findings_come_in_the_order_of_their_places_with_the_status_of_their_words(case: dict[str, Any], model: Model) -> None:
    found = Finder(FOUND_BY, model.analyzer.lexicon).find(case["text"])
    assert sorted([f.finding, str(f.status), f.text] for f in found) == sorted(case["found"])
    assert [f.start for f in found] == sorted(f.start for f in found)
    assert all(case["text"][f.start : f.end] == f.text for f in found)


def test_only_the_findings_that_are_asked_for_are_found(model: Model) -> None:
    finder = Finder(FOUND_BY, model.analyzer.lexicon)
    text = "swollen calf, cannot walk"
    assert [f.finding for f in finder.find(text, ["no_walking", "swelling"])] == ["swelling", "no_walking"]
    assert finder.find(text, []) == []
