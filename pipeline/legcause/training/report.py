"""Labelled files → figures, and figures → lines to read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..inference.score import Scorer
from .evaluate import figures, read_labelled, share


def evaluate_file(scorer: Scorer, path: Path) -> dict[str, Any]:
    """The figures of a labelled file, or of a file of pairs (suites)."""
    if path.suffix == ".jsonl" and path.exists() and '"labels_a"' in path.open(encoding="utf-8-sig", errors="replace").readline():
        return suites(scorer, path)
    labelled = read_labelled(path, scorer.model.labels)
    return labelled_figures(scorer, [(item.text, item.labels) for item in labelled])


def labelled_figures(scorer: Scorer, rows: Sequence[tuple[str, Sequence[str]]]) -> dict[str, Any]:
    """The figures of complaints with their acceptable labels."""
    probabilities = scorer.many(text for text, _ in rows)
    return figures(probabilities, [labels for _, labels in rows], scorer.model.labels, scorer.model.knowledge["confident_above"])


def suites(scorer: Scorer, path: Path) -> dict[str, Any]:
    """Pairs after CheckList (Ribeiro et al., 2020). An invariance holds where both answers are the same; a direction where both are right."""
    kept: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        try:
            pair = json.loads(line)
            a, b = (scorer.model.labels[int(np.argmax(scorer.probabilities(pair[side])))] for side in ("a", "b"))
            holds = a == b if pair["kind"] == "invariance" else a in pair["labels_a"] and b in pair["labels_b"]
            kept[pair["kind"], pair["suite"]].append(holds)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}, line {number}: a pair needs suite, kind, a, b, labels_a and labels_b") from error
    return {"suites": {f"{kind}/{suite}": share(np.array(held)) for (kind, suite), held in sorted(kept.items())}}


def lines(name: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The figures for a reader, one a line; shares with their 95 % interval."""
    yield f"# {name}"
    if "suites" in result:
        for suite, value in result["suites"].items():
            yield f"{suite:<36} {_interval(value)}"
        return
    yield f"{'complaints':<24} {result['complaints']} ({result['with_a_cause']} with a cause)"
    for key in ("top1", "top1_macro", "top3", "other_recall", "other_precision", "other_auroc", "all_top1", "calibration_error"):
        if key in result:
            value = result[key]
            yield f"{key:<24} {_interval(value) if isinstance(value, dict) else f'{value:.3f}'}"
    confident = result["confident"]
    if confident["accuracy"]:
        yield f"{'confident':<24} above {confident['above']:.2f}: {confident['coverage']:.0%} of complaints, {_interval(confident['accuracy'])} right"
    coverage = result["accuracy_over_coverage"]
    yield f"{'accuracy over coverage':<24} " + "  ".join(
        f"{float(c):.0%} {a:.2f}" for c, a in coverage.items() if c in ("0.3", "0.5", "0.7", "0.9", "1.0")
    )
    worst = sorted(result["per_cause"].items(), key=lambda item: item[1]["share"])
    yield f"{'weakest causes':<24} " + ", ".join(f"{c} {v['share']:.2f}" for c, v in worst[:5])
    yield f"{'commonest mistakes':<24} " + ", ".join(f"{m['truth']} → {m['answer']} {m['complaints']}" for m in result["confusions"][:5])


def _interval(value: Mapping[str, float]) -> str:
    return f"{value['share']:.3f} [{value['low']:.3f}, {value['high']:.3f}] of {value['of']}"


def files(challenge: Path) -> Iterable[Path]:
    """The labelled files of a challenge folder, in the order of their names."""
    return sorted(challenge.glob("*.jsonl"))
