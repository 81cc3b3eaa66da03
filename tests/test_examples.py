"""The programs in examples/ run, and say what the command says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from .conftest import ROOT, legcause


def output(name: str, *arguments: str) -> list[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "pipeline")}
    command = [sys.executable, str(ROOT / "examples" / name), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=environment)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.parametrize("name", ["duckdb_classify.py", "polars_classify.py"])
def test_the_data_base_examples_count_what_the_command_finds(name: str) -> None:
    found = [json.loads(line) for line in legcause("classify", ROOT / "examples" / "complaints.csv").stdout.splitlines()]
    expected = Counter((record["urgency"], record["cause"]) for record in found)
    printed = [line.split() for line in output(name)]
    assert {(urgency, cause): int(count) for urgency, cause, count, *_ in printed} == dict(expected)
    assert sorted(id for line in printed for id in line[3:]) == [record["id"] for record in found]


def test_the_first_example_answers() -> None:
    lines = output("api.py")
    assert lines[0] == "thrombosis urgent deep_vein_thrombosis"
    assert lines[-1].startswith("Information and support for triage")


def test_the_example_in_scikit_learn_scores_two_models() -> None:
    assert [line.split(":")[0] for line in output("cross_validate.py", "12")] == ["ComplaintVectorizer + ComplementNB", "LegComplaintClassifier"]
