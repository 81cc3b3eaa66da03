"""Text → the probability of each label: TF-IDF and logistic regression, straight from the compiled tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .model import Model

Vector = npt.NDArray[np.float64]


class Contribution(NamedTuple):
    """What one stretch of the text (words at `spans`; `denied`: as denied ones) adds to each label's logit, or to each
    danger's. `values` has one number a label."""

    spans: tuple[tuple[int, int], ...]
    denied: bool
    values: Vector


class Scorer:
    """Scores complaints. `prior`: label → share, a mix of causes that takes the place of the model's own."""

    def __init__(self, model: Model, prior: dict[str, float] | None = None) -> None:
        self.model = model
        self.intercept = model.intercept.astype(np.float64)
        # A text of a few words has this norm: by its own, a single word would say as much as a whole story.
        self._least_norm = float(model.knowledge["least_norm"])
        self._alarm_least_norm = float(model.knowledge["alarm"]["least_norm"])
        if prior is not None:
            own = model.knowledge["shares"]
            self.intercept = self.intercept + np.array([np.log(prior[c] / own[c]) for c in model.labels])

    def probabilities(self, text: str) -> Vector:
        """One probability a label, in the order of `model.labels`; they sum to 1. A text without a known word gets the prior."""
        return self.both(text)[0]

    def both(self, text: str) -> tuple[Vector, Vector]:
        """The probabilities of the labels, and those of the dangers, none of them last; no dangers where the model knows none."""
        index = self.model.index
        rows = [index[f] for f in self.model.analyzer(text) if f in index]
        model = self.model
        dangers = self._logits(rows, model.danger_weights, model.danger_intercept, self._alarm_least_norm)
        return softmax(self._logits(rows, model.weights, self.intercept, self._least_norm)), softmax(np.append(dangers, [0.0] * bool(len(dangers))))

    def many(self, texts: Iterable[str]) -> npt.NDArray[np.float64]:
        """Probabilities [texts, labels]."""
        out = [self.probabilities(text) for text in texts]
        return np.stack(out) if out else np.empty((0, len(self.model.labels)))

    def contributions(self, text: str) -> list[Contribution]:
        """What each stretch of the text adds to the logits of the labels. All of them and the intercept sum to the logits exactly."""
        return self._contributions(text, self.model.weights, self._least_norm)

    def danger_contributions(self, text: str) -> list[Contribution]:
        """The same for the dangers, each against none."""
        return self._contributions(text, self.model.danger_weights, self._alarm_least_norm)

    def _contributions(self, text: str, weights: npt.NDArray[np.float16], least_norm: float) -> list[Contribution]:
        index = self.model.index
        where: dict[int, tuple[tuple[tuple[int, int], ...], bool]] = {}
        for spans, feature in self.model.analyzer.located(text):
            if feature in index:
                where.setdefault(index[feature], (spans, feature.startswith("not:")))
        rows = sorted(where)
        norm = self._norm(rows, least_norm)
        merged: dict[tuple[tuple[tuple[int, int], ...], bool], Vector] = {}
        for row in rows:
            values = (self.model.idf[row] * weights[row]).astype(np.float64) / norm
            key = where[row]
            merged[key] = merged[key] + values if key in merged else values
        return [Contribution(spans, denied, values) for (spans, denied), values in merged.items()]

    def _norm(self, rows: list[int], least: float) -> float:
        return max(least, float(np.sqrt(np.sum(np.square(self.model.idf[rows].astype(np.float64))))) or 1.0)

    def _logits(self, rows: list[int], weights: npt.NDArray[np.float16], intercept: npt.NDArray[Any], least_norm: float) -> Vector:
        # Products in single precision, as the compiled way has them in its table; sums in double.
        products = self.model.idf[rows, None] * weights[rows]
        return np.asarray(intercept + products.sum(axis=0, dtype=np.float64) / self._norm(rows, least_norm), np.float64)


def softmax(logits: Vector) -> Vector:
    """Probabilities of the logits, without overflow."""
    powers = np.exp(logits - logits.max(initial=-np.inf))
    return np.asarray(powers / powers.sum())
