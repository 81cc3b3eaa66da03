"""What the benchmarks share: labelled sets, and figures for any table of probabilities."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from legcause.training.evaluate import figures
from legcause.training.labelled import read_labelled

ROOT = Path(__file__).resolve().parent.parent
CHALLENGE = ROOT / "data" / "challenge" / "complaints.jsonl"
SUITES = ROOT / "data" / "challenge" / "suites.jsonl"
Probabilities = Callable[[Sequence[str]], npt.NDArray[np.float64]]
KEYS = ("top1", "top3", "other_recall", "other_precision", "other_auroc", "all_top1", "calibration_error")


def score(probabilities: Probabilities, labels: Sequence[str], files: Sequence[Path]) -> dict[str, dict[str, float]]:
    """The main figures on each labelled file."""
    out = {}
    for path in files:
        items = read_labelled(path, labels).complaints
        result = figures(probabilities([item.text for item in items]), [item.labels for item in items], labels, 0.5)
        out[path.name] = {key: _plain(result[key]) for key in KEYS if key in result}
    return out


def pairs(probabilities: Probabilities, labels: Sequence[str], path: Path = SUITES) -> dict[str, float]:
    """The share of pairs that hold, by kind: the same answer (invariance), both answers right (direction)."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    a, b = (probabilities([row[side] for row in rows]).argmax(axis=1) for side in ("a", "b"))
    held: dict[str, list[bool]] = {"invariance": [], "direction": []}
    for row, x, y in zip(rows, a, b, strict=True):
        right = labels[x] in row["labels_a"] and labels[y] in row["labels_b"]
        held[row["kind"]].append(bool(x == y) if row["kind"] == "invariance" else right)
    return {kind: round(float(np.mean(values)), 3) for kind, values in held.items()}


def write(path: Path, content: Any) -> None:
    """Writes JSON with a last newline."""
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _plain(value: Any) -> float:
    return round(float(value["share"] if isinstance(value, dict) else value), 4)
