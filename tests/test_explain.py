"""Complaints whose whole explanation was read as a patient and as a nurse: nothing frightens or soothes without cause."""

from __future__ import annotations

from typing import Any

import click
import pytest

from legcause.inference.assess import Assessor
from legcause.inference.explain import explain
from legcause.report.terminal import explanation

from .conftest import cases

# said, not_said: words that the explanation must and must not hold; flags: those that must be raised, none where there are none.
READ = cases("read_whole.jsonl")


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def shown(text: str, assessor: Assessor) -> str:
    return click.unstyle(explanation(explain(assessor, text, 4), text, assessor.model.knowledge))


@pytest.mark.parametrize("case", READ)
def test_an_explanation_says_what_a_nurse_would_and_nothing_that_frightens_or_soothes(case: dict[str, Any], assessor: Assessor) -> None:
    record = explain(assessor, case["text"])
    told = " ".join(shown(case["text"], assessor).split())
    assert record["cause"] in case["causes"]
    assert record["urgency"] == case["urgency"]
    assert set(case["flags"]) <= set(record["red_flags"])
    assert case["flags"] or not record["red_flags"]
    assert [words for words in case["said"] if words not in told] == []
    assert [words for words in case["not_said"] if words in told] == []


@pytest.mark.parametrize("text", [case["text"] for case in READ])
def test_every_fact_of_an_explanation_has_its_source_and_every_line_fits(text: str, assessor: Assessor) -> None:
    told = shown(text, assessor)
    assert all("]" in fact for fact in " ".join(told.split()).split(" - ")[1:])
    assert max(map(len, told.splitlines())) <= 80
