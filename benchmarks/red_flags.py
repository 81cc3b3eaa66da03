"""The red flags on the cases of five authors and on short sayings: `make flags` writes benchmarks/red_flags.json.

The rules were made with sight of all files but the last, the fifth author's."""

from __future__ import annotations

import json
from typing import Any

from common import ROOT, write
from legcause.inference.assess import Assessor
from legcause.inference.model import Model, default_path

CASES = {
    "first author": "red_flags_first.jsonl",
    "second author": "red_flags_second.jsonl",
    "third author": "red_flags_third.jsonl",
    "fourth author": "red_flags_fourth.jsonl",
    "short sayings": "red_flags_sayings.jsonl",
    "fifth author, never seen": "red_flags_blind.jsonl",
}


def figures(assessor: Assessor, rows: list[dict[str, Any]]) -> dict[str, float]:
    """any: of the dangers, some flag raised; right: the most important one; false: of the look-alikes, any; self_care: dangers so ranked."""
    raised = [(row, assessor.assess(row["text"])) for row in rows]
    true = [(row["flags"][0], answer) for row, answer in raised if row["flags"]]
    none = [answer for row, answer in raised if not row["flags"]]
    return {
        "any": round(sum(bool(answer.red_flags) for _, answer in true) / len(true), 4),
        "right": round(sum(flag in answer.red_flags for flag, answer in true) / len(true), 4),
        "false": round(sum(bool(answer.red_flags) for answer in none) / len(none), 4),
        "self_care": sum(answer.urgency == "self_care" for _, answer in true),
        "true": len(true),
        "look_alikes": len(none),
    }


def main() -> None:
    assessor = Assessor(Model.load(default_path()))
    results = {}
    for name, file in CASES.items():
        lines = (ROOT / "tests" / "cases" / file).read_text(encoding="utf-8").splitlines()
        results[name] = figures(assessor, [json.loads(line) for line in lines])
        print(name, results[name])
    write(ROOT / "benchmarks" / "red_flags.json", results)


if __name__ == "__main__":
    main()
