"""Figures that say how good the answers are, on labelled complaints that training never saw. numpy only: any compiled model can be evaluated."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..knowledge.records import OTHER

Table = npt.NDArray[np.float64]


def figures(probabilities: Table, truth: Sequence[Sequence[str]], labels: Sequence[str], confident_above: float) -> dict[str, Any]:
    """All figures of one labelled set. `probabilities` [complaints, labels]; `truth` the acceptable labels of each.

    Shares come with their 95 % interval of Wilson (1927)."""
    names = list(labels)
    best = probabilities.argmax(axis=1)
    hit = np.array([names[b] in t for b, t in zip(best, truth, strict=True)])
    other = np.array([list(t) == [OTHER] for t in truth])
    said_other = best == names.index(OTHER)
    without = probabilities.copy()
    without[:, names.index(OTHER)] = -1.0
    three = np.argsort(-without, axis=1, kind="stable")[:, :3]
    in_three = np.array([any(names[i] in t for i in row) for row, t in zip(three, truth, strict=True)])
    surest = probabilities.max(axis=1)
    order = np.argsort(-surest, kind="stable")
    confident = surest >= confident_above
    first = np.array([t[0] for t in truth])
    per_cause = {c: share(hit[first == c]) for c in names if c != OTHER and (first == c).any()}
    said = np.array([names[b] for b in best])
    result: dict[str, Any] = {"complaints": len(truth), "with_a_cause": int((~other).sum())}
    if (~other).any():
        result["top1"] = share(hit[~other])
        result["top1_macro"] = float(np.mean([v["share"] for v in per_cause.values()]))
        result["top3"] = share(in_three[~other])
    if other.any():
        result["other_recall"] = share(said_other[other])
    if said_other.any():
        result["other_precision"] = share(other[said_other])
    if other.any() and (~other).any():
        result["other_auroc"] = auroc(probabilities[other, names.index(OTHER)], probabilities[~other, names.index(OTHER)])
    result["all_top1"] = share(hit)
    result["calibration_error"] = calibration_error(surest, hit)
    result["accuracy_over_coverage"] = {f"{c:.1f}": float(hit[order[: max(1, round(c * len(hit)))]].mean()) for c in np.arange(0.1, 1.01, 0.1)}
    result["confident"] = {
        "above": confident_above,
        "coverage": float(confident.mean()),
        "accuracy": share(hit[confident]) if confident.any() else None,
    }
    result["reliability"] = reliability(surest, hit)
    result["per_cause"] = per_cause
    result["precision"] = {c: share(hit[said == c]) for c in names if (said == c).any()}
    # An answer that is acceptable counts for the truth that it is, even where another label is the best one.
    result["confusion"] = _confusion(zip(np.where(hit, said, first), said, strict=True))
    mistakes = Counter((t[0], names[b]) for b, t, h in zip(best, truth, hit, strict=True) if not h)
    result["confusions"] = [{"truth": t, "answer": a, "complaints": n} for (t, a), n in sorted(mistakes.items(), key=lambda m: (-m[1], m[0]))[:12]]
    return result


def share(hits: npt.NDArray[np.bool_]) -> dict[str, float]:
    """The share of true ones, how many there were, and the 95 % interval of Wilson (1927)."""
    n = len(hits)
    p, z = float(hits.mean()), 1.959964
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return {"share": p, "of": n, "low": max(0.0, middle - half), "high": min(1.0, middle + half)}


def auroc(positive: Table, negative: Table) -> float:
    """The chance that a positive one has the higher score (Mann-Whitney), ties counted half."""
    scores = np.concatenate([positive, negative])
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n, m = len(positive), len(negative)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def reliability(surest: Table, hit: npt.NDArray[np.bool_]) -> list[dict[str, float]]:
    """For each of the ten bins of `calibration_error` that holds an answer: how many, their mean probability, the share that is right."""
    bins = np.minimum((surest * 10).astype(int), 9)
    return [
        {"answers": int(n), "said": float(surest[bins == b].mean()), "right": float(hit[bins == b].mean())}
        for b, n in enumerate(np.bincount(bins))
        if n
    ]


def _confusion(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Truth → answer → complaints."""
    counts = Counter((str(truth), str(answer)) for truth, answer in pairs)
    out: dict[str, dict[str, int]] = {}
    for (truth, answer), n in sorted(counts.items()):
        out.setdefault(truth, {})[answer] = n
    return out


def calibration_error(surest: Table, hit: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins of equal width (Guo et al., 2017)."""
    bins = np.minimum((surest * 10).astype(int), 9)
    return float(sum(abs(surest[bins == b].sum() - hit[bins == b].sum()) for b in range(10)) / len(hit))
