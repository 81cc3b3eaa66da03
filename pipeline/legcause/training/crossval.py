"""Labelled complaints that are trained on, scored by cross-validation: each by a model that was trained without it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from ..synthesis.dataset import TRAIN
from .evaluate import Table, figures
from .fit import Settings, classifier, mix, vectoriser
from .labelled import Chosen, Labelled, normal
from .material import Material, gather, said
from .report import interval, lines
from .train import CONFIDENT_ACCURACY, confident_above, temperature_of

FOLDS = 5
# Enough for any label, whatever its mean: a label that no complaint bears has none, and one whose complaints are all plain has one near 1.
CERTAIN = 0.9


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities [complaints, labels] of the labelled complaints: `without` by a model of the generated rows alone, `folds` by models that
    had the labelled complaints of the other folds too."""

    labels: tuple[str, ...]
    without: Table
    folds: Table
    threshold: float


@dataclass(frozen=True, slots=True)
class Suspect:
    """A complaint whose label may be an error."""

    complaint: Labelled
    answer: str
    probability: float


def evaluate(knowledge: Path, data: Path, challenge: Path, files: Sequence[Path]) -> dict[str, Any]:
    """The figures of labelled files by cross-validation, and the labels that may be errors. Takes about as long as training."""
    material = gather(knowledge, data, challenge, files)
    chosen = material.labelled
    settings = Settings()
    scores = Folds(material, settings).scores(settings.labelled_weight)
    truth = [item.labels for item in chosen.complaints]
    return {
        "notes": list(said(chosen)),
        "without": figures(scores.without, truth, scores.labels, scores.threshold),
        "with": figures(scores.folds, truth, scores.labels, scores.threshold),
        "suspects": [
            {"line": place(chosen, s.complaint), "label": s.complaint.labels[0], "answer": s.answer, "probability": s.probability}
            for s in suspects(chosen.complaints, scores.folds, scores.labels)
        ],
    }


class Folds:
    """Fits once on the generated rows, then from there on for any choice of labelled complaints, which takes an eighth of the time.

    The vocabulary and its weights are those of all texts; of complaints that are left out, a model has seen no label."""

    def __init__(self, material: Material, settings: Settings) -> None:
        self.material = material
        self.settings = settings
        self._causes = np.array(material.causes)
        self.vectors = vectoriser(material.knowledge.lexicon, settings)
        self._matrix = self.vectors.fit_transform(material.texts)
        self._made = len(material.rows[TRAIN])
        nothing = np.array([], dtype=np.intp)
        self._base = self._fitted(nothing, 1.0, None)
        self.labels = tuple(str(c) for c in self._base.classes_)
        test = material.calibrating
        truth = np.array([self.labels.index(c) for c in test["cause"]])
        trained = mix(self._causes[: self._made].tolist(), np.ones(self._made))
        held_out = self.vectors.transform(test["text"])
        self._temperature = temperature_of(self._base.decision_function(held_out), truth, np.array([trained[c] for c in self.labels]))
        known = self.probabilities(nothing, 1.0, held_out)
        self.threshold = confident_above(known.max(axis=1), known.argmax(axis=1) == truth, CONFIDENT_ACCURACY)

    def probabilities(self, labelled: npt.NDArray[np.intp], weight: float, rows: Any) -> Table:
        """Of `rows` (TF-IDF), by a model that was trained on the generated rows and on these labelled complaints, each counting `weight` times."""
        model = self._fitted(labelled, weight, self._base) if len(labelled) else self._base
        kept, weights = self._kept(labelled, weight)
        shares = mix(self._causes[kept].tolist(), weights)
        prior = np.log([self.material.knowledge.shares[c] / shares[c] for c in self.labels])
        logits = model.decision_function(rows) / self._temperature + prior
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def scores(self, weight: float) -> Scores:
        """Every labelled complaint by a model that was trained without it."""
        rows = self._matrix[self._made :]
        without = self.probabilities(np.array([], dtype=np.intp), 1.0, rows)
        out = without.copy()
        fold_of = deal(self.material.labelled.complaints, FOLDS)
        for fold in sorted(set(fold_of)):
            inside = np.flatnonzero(fold_of == fold)
            out[inside] = self.probabilities(np.flatnonzero(fold_of != fold), weight, rows[inside])
        return Scores(self.labels, without, out, self.threshold)

    def _kept(self, labelled: npt.NDArray[np.intp], weight: float) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        return np.concatenate([np.arange(self._made), self._made + labelled]), np.concatenate([np.ones(self._made), np.full(len(labelled), weight)])

    def _fitted(self, labelled: npt.NDArray[np.intp], weight: float, start: LogisticRegression | None) -> LogisticRegression:
        kept, weights = self._kept(labelled, weight)
        model = classifier(self.settings)
        if start is not None:
            model.warm_start = True
            model.classes_, model.coef_, model.intercept_ = start.classes_, start.coef_.copy(), start.intercept_.copy()
        with threadpool_limits(1):
            return model.fit(self._matrix[kept], self._causes[kept], sample_weight=weights)


def deal(complaints: Sequence[Labelled], folds: int) -> npt.NDArray[np.intp]:
    """The fold of each complaint: those of a label are dealt out one by one, in an order that depends on their words alone."""
    order = sorted(range(len(complaints)), key=lambda i: (complaints[i].labels[0], hashlib.sha256(normal(complaints[i].text).encode()).digest()))
    out = np.empty(len(complaints), dtype=np.intp)
    out[order] = np.arange(len(complaints)) % folds
    return out


def suspects(complaints: Sequence[Labelled], probabilities: Table, labels: Sequence[str]) -> list[Suspect]:
    """Labels that may be errors, by confident learning (Northcutt et al., 2021), the most probable first.

    A label is probable enough where it reaches the mean probability that it has on the complaints which bear it; of those that do, the most
    probable is the answer. A complaint is suspect whose answer is not among its labels, and more probable than they are: a label that few bear,
    and wrongly, has a mean that anything reaches. `probabilities` [complaints, labels], out of fold."""
    names = list(labels)
    given = np.array([names.index(item.labels[0]) for item in complaints])
    own = probabilities[np.arange(len(given)), given]
    enough = np.array([min(own[given == j].mean(), CERTAIN) if (given == j).any() else CERTAIN for j in range(len(names))])
    out = []
    for item, row in zip(complaints, probabilities, strict=True):
        best = int(np.where(row >= enough, row, -1.0).argmax())
        if row[best] >= enough[best] and row[best] > max(row[names.index(label)] for label in item.labels):
            out.append(Suspect(item, names[best], float(row[best])))
    return sorted(out, key=lambda s: (-s.probability, s.complaint.line))


def place(chosen: Chosen, complaint: Labelled) -> str:
    """File and line of a labelled complaint."""
    file = next(file for file in chosen.files if complaint in file.complaints)
    return f"{file.path}, line {complaint.line}"


def report(result: Mapping[str, Any]) -> Iterator[str]:
    """The result of `evaluate` for a reader."""
    yield from result["notes"]
    yield from lines(f"cross-validated: each complaint by a model that was not trained on it ({FOLDS} folds)", result["with"])
    yield f"{'without them in training':<24} {interval(result['without']['all_top1'])} right instead of {interval(result['with']['all_top1'])}"
    yield "# labels that may be errors"
    for s in result["suspects"]:
        yield f"{s['line']}: says {s['label']}, reads like {s['answer']} ({s['probability']:.0%})"
    if not result["suspects"]:
        yield "none"
