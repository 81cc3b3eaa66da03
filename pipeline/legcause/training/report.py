"""Labelled files → figures, and figures → lines to read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..inference.assess import Assessor
from ..inference.score import Scorer
from .evaluate import figures, share
from .labelled import read_labelled, trained_on


def kind_of(path: Path) -> str:
    """What a labelled file holds: "pairs" (suites), "flags" (texts with the red flags that they must raise) or "complaints"."""
    if path.suffix == ".jsonl" and path.exists():
        first = path.open(encoding="utf-8-sig", errors="replace").readline()
        return "pairs" if '"labels_a"' in first else "flags" if '"flags"' in first else "complaints"
    return "complaints"


def evaluate_file(assessor: Assessor, path: Path) -> dict[str, Any]:
    """The figures of a labelled file, whatever its kind. Raises InputError where the model was trained on some of it."""
    kind = kind_of(path)
    if kind == "pairs":
        return suites(assessor.scorer, path)
    if kind == "flags":
        return red_flags(assessor, path)
    complaints = read_labelled(path, assessor.model.labels).complaints
    if seen := trained_on(assessor.model.manifest, complaints):
        raise InputError(
            f"{path}: the model was trained on {seen} of its {len(complaints)} labelled complaints, so their score would say nothing; "
            "add --cross-validate"
        )
    return labelled_figures(assessor.scorer, [(item.text, item.labels) for item in complaints])


def labelled_figures(scorer: Scorer, rows: Sequence[tuple[str, Sequence[str]]]) -> dict[str, Any]:
    """The figures of complaints with their acceptable labels."""
    probabilities = scorer.many(text for text, _ in rows)
    return figures(probabilities, [labels for _, labels in rows], scorer.model.labels, scorer.model.knowledge["confident_above"])


def suites(scorer: Scorer, path: Path) -> dict[str, Any]:
    """Pairs after CheckList (Ribeiro et al., 2020). An invariance holds where both answers are the same; a direction where both are right."""
    kept: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for number, pair in records(path):
        try:
            a, b = (scorer.model.labels[int(np.argmax(scorer.probabilities(pair[side])))] for side in ("a", "b"))
            holds = a == b if pair["kind"] == "invariance" else a in pair["labels_a"] and b in pair["labels_b"]
            kept[pair["kind"], pair["suite"]].append(holds)
        except (KeyError, TypeError) as error:
            raise InputError(f"{path}, line {number}: a pair needs suite, kind, a, b, labels_a and labels_b") from error
    return {"suites": {f"{kind}/{suite}": share(np.array(held)) for (kind, suite), held in sorted(kept.items())}}


def red_flags(assessor: Assessor, path: Path) -> dict[str, Any]:
    """any: dangers that raise some flag; right: that raise their most important one; quiet: look-alikes that raise none."""
    found: dict[str, list[bool]] = {"any": [], "right": [], "quiet": []}
    for number, row in records(path):
        try:
            raised, expected = assessor.raised(row["text"]), row["flags"]
        except (KeyError, TypeError) as error:
            raise InputError(f"{path}, line {number}: a case of red flags needs text and flags") from error
        if expected:
            found["any"].append(bool(raised))
            found["right"].append(expected[0] in raised)
        else:
            found["quiet"].append(not raised)
    return {"red_flags": {name: share(np.array(held)) for name, held in found.items() if held}}


def records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records of a JSON Lines file of the evaluation, with their line numbers."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise InputError(f"{path}, line {number}: not JSON; write one object a line") from error


def lines(name: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The figures for a reader, one a line; shares with their 95 % interval."""
    yield f"# {name}"
    if "all_top1" not in result:
        for group in result.values():
            for part, value in group.items():
                yield f"{part:<36} {interval(value)}"
        return
    yield f"{'complaints':<24} {result['complaints']} ({result['with_a_cause']} with a cause)"
    for key in ("top1", "top1_macro", "top3", "other_recall", "other_precision", "other_auroc", "all_top1", "calibration_error"):
        if key in result:
            value = result[key]
            yield f"{key:<24} {interval(value) if isinstance(value, dict) else f'{value:.3f}'}"
    confident = result["confident"]
    if confident["accuracy"]:
        yield f"{'confident':<24} above {confident['above']:.2f}: {confident['coverage']:.0%} of complaints, {interval(confident['accuracy'])} right"
    coverage = result["accuracy_over_coverage"]
    yield f"{'accuracy over coverage':<24} " + "  ".join(
        f"{float(c):.0%} {a:.2f}" for c, a in coverage.items() if c in ("0.3", "0.5", "0.7", "0.9", "1.0")
    )
    worst = sorted(result["per_cause"].items(), key=lambda item: item[1]["share"])
    yield f"{'weakest causes':<24} " + ", ".join(f"{c} {v['share']:.2f}" for c, v in worst[:5])
    yield f"{'commonest mistakes':<24} " + ", ".join(f"{m['truth']} → {m['answer']} {m['complaints']}" for m in result["confusions"][:5])


def interval(value: Mapping[str, float]) -> str:
    """A share with its 95 % interval, to be read."""
    return f"{value['share']:.3f} [{value['low']:.3f}, {value['high']:.3f}] of {value['of']}"
