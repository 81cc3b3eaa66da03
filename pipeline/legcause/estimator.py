"""For scikit-learn: the analyzer as a vectorizer, the classifier as an estimator, the generator as X and y. Needs the extra `train`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from .inference.model import Model, default_path
from .knowledge.load import default_folder, load
from .synthesis.dataset import TRAIN, Recipe, rows
from .text.analyzer import Analyzer
from .text.lexicon import Lexicon
from .training.fit import Settings, fit

_DEFAULTS = Settings()
Folder = str | os.PathLike[str] | None


def generate(rows_per_cause: int, *, knowledge: Folder = None, seed: int = 1, split: str = TRAIN) -> tuple[list[str], list[str]]:
    """Labelled complaints, X and y, from the knowledge base in the folder `knowledge` (None: the one that comes with legcause).

    `split`: "train", or "test_phrases", whose phrases no row of "train" holds. `other` comes eight times as often as each cause.
    Raises KnowledgeError."""
    recipe = Recipe(seed=seed)
    recipe = replace(recipe, rows_per_cause=rows_per_cause if split == TRAIN else 0, test_rows_per_cause=rows_per_cause if split != TRAIN else 0)
    made = [row.story for row in rows(load(default_folder() if knowledge is None else Path(knowledge)), recipe) if row.split == split]
    return [story.text for story in made], [story.cause for story in made]


class ComplaintVectorizer(TfidfVectorizer):  # type: ignore[misc]
    """scikit-learn's TfidfVectorizer over the features of legcause: stems, pairs of words, concepts, denied concepts, ages.

    knowledge: folder of a knowledge base, whose lexicon says how words are read (None: that of the model that comes with legcause).
    min_df, max_df, max_features, binary: as in TfidfVectorizer; a complaint's features count once, unless `binary` is false."""

    def __init__(
        self,
        *,
        knowledge: Folder = None,
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        binary: bool = True,
    ) -> None:
        super().__init__(min_df=min_df, max_df=max_df, max_features=max_features, binary=binary)
        self.knowledge = knowledge

    def fit(self, raw_documents: Iterable[str], y: object = None) -> Self:
        """Learns the features of the texts and how rare each is."""
        self.fit_transform(raw_documents, y)
        return self

    def fit_transform(self, raw_documents: Iterable[str], y: object = None) -> Any:
        """Learns them, and gives the sparse matrix [texts, features], each row of length 1."""
        self.analyzer_ = Analyzer(Lexicon.of(_lexicon(self.knowledge)))
        return super().fit_transform(_texts(raw_documents), y)

    def transform(self, raw_documents: Iterable[str]) -> Any:
        """The sparse matrix [texts, features], each row of length 1."""
        check_is_fitted(self)
        return super().transform(_texts(raw_documents))

    def build_analyzer(self) -> Analyzer:
        """Text → its features."""
        return self.analyzer_

    def __sklearn_tags__(self) -> Tags:
        return _of_strings(super().__sklearn_tags__())


class LegComplaintClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Complaints → causes: the TF-IDF and logistic regression of `legcause train`, on texts and labels of your own, not calibrated.

    knowledge: folder of a knowledge base, whose lexicon says how words are read (None: that of the model that comes with legcause).
    min_rows: features in fewer rows are left out. C: inverse of the regularisation. tol, max_iter: of the solver.
    Fitted: classes_ [labels]; pipeline_, scikit-learn's."""

    def __init__(
        self,
        *,
        knowledge: Folder = None,
        min_rows: int = _DEFAULTS.min_rows,
        C: float = _DEFAULTS.inverse_regularisation,
        tol: float = _DEFAULTS.tolerance,
        max_iter: int = _DEFAULTS.max_iterations,
    ) -> None:
        self.knowledge = knowledge
        self.min_rows = min_rows
        self.C = C
        self.tol = tol
        self.max_iter = max_iter

    def fit(self, X: Iterable[str], y: Iterable[Any]) -> Self:
        """Learns from texts and their labels."""
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")  # in scikit-learn's own words, which its check looks for
        texts, labels = _texts(X), list(y)
        check_classification_targets(labels)
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts and {len(labels)} labels; give one label a text")
        settings = Settings(min_rows=self.min_rows, inverse_regularisation=self.C, tolerance=self.tol, max_iterations=self.max_iter)
        self.pipeline_ = fit(texts, labels, np.ones(len(texts)), _lexicon(self.knowledge), settings)
        self.classes_: npt.NDArray[Any] = self.pipeline_.classes_
        return self

    def predict(self, X: Iterable[str]) -> npt.NDArray[Any]:
        """The most probable label of each text."""
        check_is_fitted(self)
        return np.asarray(self.pipeline_.predict(_texts(X)))

    def predict_proba(self, X: Iterable[str]) -> npt.NDArray[np.float64]:
        """Probabilities [texts, labels], in the order of classes_; each row sums to 1."""
        check_is_fitted(self)
        return np.asarray(self.pipeline_.predict_proba(_texts(X)))

    def decision_function(self, X: Iterable[str]) -> npt.NDArray[np.float64]:
        """Logits [texts, labels]; [texts] where there are two labels."""
        check_is_fitted(self)
        return np.asarray(self.pipeline_.decision_function(_texts(X)))

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """The features that the classifier weighs."""
        check_is_fitted(self)
        return np.asarray(self.pipeline_.named_steps["tfidf"].get_feature_names_out())

    def __sklearn_tags__(self) -> Tags:
        return _of_strings(super().__sklearn_tags__())


def _lexicon(knowledge: Folder) -> Any:
    return Model.load(default_path()).knowledge["lexicon"] if knowledge is None else load(Path(knowledge)).lexicon


def _of_strings(tags: Tags) -> Tags:
    tags.input_tags.string = True
    tags.input_tags.two_d_array = False
    return tags


def _texts(X: Iterable[Any]) -> list[str]:
    """Raises ValueError, as scikit-learn's estimators do, for what is no column of strings."""
    if isinstance(X, str):
        raise ValueError("one string; give a list of strings")
    texts = list(X)
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise ValueError(f"row {number}: not a text but {type(text).__name__}; give a list, a series or a 1-D array of strings")
    return texts
