"""Complaints made to take long are answered as others are. `make bombs` measures how their time grows up to 10 MB."""

from __future__ import annotations

import tracemalloc

import pytest

from legcause.batch.answers import Plain
from legcause.batch.chunk import joined
from legcause.inference.assess import Assessor
from legcause.inference.explain import explain
from legcause.report.terminal import explanation

from .conftest import cases

# One endless word is read as fast as a short one; where each word is looked at, less will do to notice what grows with the square.
SIZES = {
    "one word of one letter": 3_000_000,
    "one word with apostrophes": 1_000_000,
    "one number": 1_000_000,
    "spaces": 1_000_000,
    "line ends": 1_000_000,
}


def text(case: dict[str, str]) -> str:
    size = SIZES.get(case["name"], 60_000)
    return case["piece"] * (size // len(case["piece"])) if case["piece"] else " ".join(f"zq{n}x" for n in range(size // 6))


@pytest.mark.parametrize("case", cases("bombs.jsonl"), ids=lambda case: case["name"])
def test_a_text_made_to_take_long_is_answered(case: dict[str, str], assessor: Assessor) -> None:
    bomb = text(case)
    record = explain(assessor, bomb)
    assert record["logit"] == pytest.approx(record["intercept"] + sum(word["weight"] for word in record["words"]))
    assert len(explanation(record, bomb, assessor.model.knowledge).splitlines()) >= 5
    answers = Plain(assessor, 3)(joined("", [bomb.encode()], ["1"]))
    assert assessor.model.labels[answers.ranked[0, 0]] == record["cause"]


def test_endless_words_are_not_kept_in_memory(assessor: Assessor) -> None:
    assessor.assess("swelled", findings=True)
    tracemalloc.start()
    for number in range(100):
        assessor.assess("swelled" * 10_000 + "abcdefghij"[number % 10] * (number + 1), findings=True)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000  # of the 7 MB that were read


def test_each_of_many_findings_in_one_text_is_found(assessor: Assessor) -> None:
    line = "my calf is swollen. "
    one = assessor.finder.find(line)
    assert one
    found = assessor.finder.find(line * 200)
    assert [(f.finding, f.start) for f in found] == [(f.finding, f.start + len(line) * i) for i in range(200) for f in one]
