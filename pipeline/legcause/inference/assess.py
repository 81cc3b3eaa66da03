"""A complaint → the answer: cause, candidates, doubt, red flags, urgency, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import ModelRefused
from ..knowledge.records import OTHER, URGENCIES
from .findings import Finder, Found
from .flags import Alarm, RedFlags
from .model import Model
from .score import Scorer, Vector

# A cause counts for urgency and is worth advice where it has at least this share of the probability.
PLAUSIBLE = 0.15


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
    red_flags: tuple[str, ...]
    findings: tuple[Found, ...] = ()

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
            out["findings"] = [f.record() for f in self.findings]
        return out


class Assessor:
    """Text → assessment, with one model."""

    def __init__(self, model: Model, prior: Mapping[str, float] | None = None) -> None:
        self.model = model
        self.scorer = Scorer(model, dict(prior) if prior else None)
        self._threshold = float(model.knowledge["confident_above"])
        self._urgency = {name: str(cause["urgency"]) for name, cause in model.knowledge["causes"].items()}

    @cached_property
    def finder(self) -> Finder:
        """Finds the findings of the model's knowledge base."""
        try:
            return Finder(self.model.knowledge["patterns"], self.model.analyzer.lexicon)
        except ValueError as error:
            raise ModelRefused(f"the model's patterns cannot be used: {error}; make it anew with `make train`") from error

    @cached_property
    def flags(self) -> RedFlags:
        """The red flags of the model's knowledge base."""
        kinds = {name: finding["kind"] for name, finding in self.model.knowledge["findings"].items()}
        alarm = self.model.knowledge["alarm"]
        return RedFlags(self.model.knowledge["red_flags"], self.finder, kinds, Alarm(alarm["raises"], alarm["quiet"]))

    def raised(self, text: str) -> list[str]:
        """The red flags of a text, the most urgent first."""
        return self.flags.raised(text, self.scorer.both(text)[1])

    def assess(self, text: str, top: int = 3, findings: bool = False) -> Assessment:
        """The answer to one complaint, with its `top` best candidates and, where asked for, its findings."""
        probabilities, dangers = self.scorer.both(text)
        found = self.finder.find(text) if findings else []
        flags = self.flags.of(found, dangers) if findings else self.flags.raised(text, dangers)
        return self.answer(probabilities, flags, found, top)

    def answer(self, probabilities: Vector, flags: Sequence[str], found: Sequence[Found], top: int) -> Assessment:
        """The answer from its parts. `probabilities` in the order of the model's labels."""
        order = sorted(range(len(probabilities)), key=lambda i: (-probabilities[i], i))
        labels = self.model.labels
        best = labels[order[0]]
        urgencies = [str(self.model.knowledge["red_flags"][flag]["urgency"]) for flag in flags]
        urgencies += [self._urgency[c.cause] for c in self.plausible(probabilities)]
        confident = bool(probabilities[order[0]] >= self._threshold)
        if best == OTHER or not confident:
            urgencies.append("routine")  # what is not understood is not for self-care
        return Assessment(
            cause=best,
            icd10=None if best == OTHER else self.model.knowledge["causes"][best]["icd10"],
            probability=float(probabilities[order[0]]),
            confident=confident,
            candidates=tuple(Candidate(labels[i], float(probabilities[i])) for i in order[:top]),
            urgency=min(urgencies, key=URGENCIES.index),
            red_flags=tuple(flags),
            findings=tuple(found),
        )

    def plausible(self, probabilities: Vector, least: float = PLAUSIBLE) -> list[Candidate]:
        """The causes, `other` left out, that have at least `least` of the probability, best first."""
        pairs = zip(self.model.labels, probabilities, strict=True)
        found = [Candidate(label, float(p)) for label, p in pairs if label != OTHER and p >= least]
        return sorted(found, key=lambda c: (-c.probability, c.cause))
