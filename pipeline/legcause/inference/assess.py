"""Probabilities → the answer: cause, candidates, doubt, urgency, advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..knowledge.records import ADVICE_KINDS, OTHER, URGENCIES
from .model import Model
from .score import Scorer, Vector

# A cause is worth advice and counts for urgency where it has at least this share of the probability of all causes.
PLAUSIBLE = 0.15
PURPOSE = "Information and support for triage, not a diagnosis. No clinician has reviewed it."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A label and its probability."""

    cause: str
    probability: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer to one complaint. `candidates` are the K best of all labels, best first."""

    cause: str
    icd10: str | None
    probability: float
    confident: bool
    candidates: tuple[Candidate, ...]
    urgency: str
    red_flags: tuple[str, ...] = ()
    findings: tuple[Mapping[str, Any], ...] = ()

    def record(self, id: str | int, findings: bool = False) -> dict[str, Any]:
        """The fields of a result record, in their order. Probabilities have six decimals."""
        out: dict[str, Any] = {
            "id": id,
            "cause": self.cause,
            "icd10": self.icd10,
            "probability": round(self.probability, 6),
            "confident": self.confident,
            "candidates": [{"cause": c.cause, "probability": round(c.probability, 6)} for c in self.candidates],
            "urgency": self.urgency,
            "red_flags": list(self.red_flags),
        }
        if findings:
            out["findings"] = [dict(f) for f in self.findings]
        return out


class Assessor:
    """Text → assessment, with one model."""

    def __init__(self, model: Model, prior: Mapping[str, float] | None = None) -> None:
        self.model = model
        self.scorer = Scorer(model, dict(prior) if prior else None)
        self._threshold = float(model.knowledge["confident_above"])
        self._urgency = {name: cause["urgency"] for name, cause in model.knowledge["causes"].items()}

    def assess(self, text: str, top: int = 3, findings: bool = False) -> Assessment:
        """The answer to one complaint, with its `top` best candidates and, where asked for, its findings."""
        return self.of_probabilities(self.scorer.probabilities(text), top)

    def of_probabilities(self, probabilities: Vector, top: int) -> Assessment:
        """The answer for probabilities in the order of the model's labels."""
        order = sorted(range(len(probabilities)), key=lambda i: (-probabilities[i], i))
        labels = self.model.labels
        best = labels[order[0]]
        return Assessment(
            cause=best,
            icd10=None if best == OTHER else self.model.knowledge["causes"][best]["icd10"],
            probability=float(probabilities[order[0]]),
            confident=bool(probabilities[order[0]] >= self._threshold),
            candidates=tuple(Candidate(labels[i], float(probabilities[i])) for i in order[:top]),
            urgency=worst([self._urgency[c.cause] for c in self.plausible(probabilities)] or ["routine"]),
        )

    def plausible(self, probabilities: Vector) -> list[Candidate]:
        """The causes, `other` left out, that hold at least PLAUSIBLE of all probability, best first."""
        pairs = zip(self.model.labels, probabilities, strict=True)
        found = [Candidate(label, float(p)) for label, p in pairs if label != OTHER and p >= PLAUSIBLE]
        return sorted(found, key=lambda c: -c.probability)

    def advice(self, causes: list[str]) -> dict[str, list[Mapping[str, str]]]:
        """The advice of these causes by kind, the first cause's first, no sentence twice; each with text, source and cause."""
        out: dict[str, list[Mapping[str, str]]] = {kind: [] for kind in ADVICE_KINDS}
        seen: set[str] = set()
        for cause in causes:
            for item in self.model.knowledge["causes"][cause]["advice"]:
                if item["text"] not in seen:
                    seen.add(item["text"])
                    out[item["kind"]].append({"text": item["text"], "source": item["source"], "cause": cause})
        return out


def worst(urgencies: list[str]) -> str:
    """The most urgent of them."""
    return min(urgencies, key=URGENCIES.index)
