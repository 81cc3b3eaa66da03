"""The estimators for scikit-learn: its own checks, and what they do with texts."""

from __future__ import annotations

import pickle
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn.utils.estimator_checks as checks
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline

import legcause.estimator
from legcause.errors import KnowledgeError
from legcause.estimator import ComplaintVectorizer, LegComplaintClassifier, generate
from legcause.inference.model import Model
from legcause.training.fit import Settings

from .conftest import ROOT

# scikit-learn's checks feed rows of numbers, and `check_estimator` leaves out most where an estimator says that it takes strings. So each
# that applies is called here, and where it fits something its numbers are spelled as words. Those left out are about numbers themselves
# (NaN, complex, the number of columns, sparse input) or about what the estimators do not have (sample weights, several outputs).
ANY = (
    "dict_unchanged do_not_raise_errors_in_init_or_set_params dont_overwrite_parameters dtype_object estimator_cloneable estimator_repr "
    "estimator_tags_renamed estimators_dtypes estimators_fit_returns_self estimators_overwrite_params estimators_pickle estimators_unfitted "
    "f_contiguous_array_estimator fit1d fit2d_1feature fit2d_1sample fit_check_is_fitted fit_idempotent fit_score_takes_y "
    "get_params_invariance inplace_ensure_writeable methods_sample_order_invariance methods_subset_invariance mixin_order "
    "n_features_in_after_fitting no_attributes_set_in_init parameters_default_constructible pipeline_consistency "
    "positive_only_tag_during_fit readonly_memmap_input requires_y_none set_params valid_tag_types"
).split()
CLASSIFIER = "classifiers_classes classifiers_one_label decision_proba_consistency supervised_y_2d supervised_y_no_nan".split()
VECTORIZER = (
    "get_feature_names_out_error set_output_transform transformer_data_not_an_array transformer_get_feature_names_out transformers_unfitted"
).split()


def spelled(rows: Any) -> list[str]:
    """A word for each number: one of five for each column."""
    numbers = np.asarray(rows, dtype=float)
    if numbers.ndim != 2:
        raise ValueError("Expected 2D array")
    stems = ["qwrtzpsdfg"[column % 10] * 2 for column in range(numbers.shape[1])]
    return [" ".join(f"{stem}{'aeiou'[int(np.clip(round(v), -2, 2))]}lmnb" for stem, v in zip(stems, row, strict=True)) for row in numbers]


def run(estimator: BaseEstimator, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(checks, f"check_{name}"):
        pytest.skip("not in this version of scikit-learn")
    monkeypatch.setattr(legcause.estimator, "_texts", spelled)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(checks, f"check_{name}")(type(estimator).__name__, estimator)


@pytest.mark.parametrize("name", [*ANY, *CLASSIFIER])
def test_the_classifier_passes_the_check_of_scikit_learn(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = name == "parameters_default_constructible"
    run(LegComplaintClassifier() if defaults else LegComplaintClassifier(min_rows=1), name, monkeypatch)


@pytest.mark.parametrize("name", [*ANY, *VECTORIZER])
def test_the_vectorizer_passes_the_check_of_scikit_learn(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(ComplaintVectorizer(), name, monkeypatch)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("estimator", [LegComplaintClassifier(), ComplaintVectorizer()], ids=lambda e: type(e).__name__)
def test_check_estimator_itself_finds_no_fault(estimator: BaseEstimator) -> None:
    checks.check_estimator(estimator)


@pytest.fixture(scope="module")
def rows() -> tuple[list[str], list[str]]:
    return generate(25)


@pytest.fixture(scope="module")
def fitted(rows: tuple[list[str], list[str]]) -> LegComplaintClassifier:
    return LegComplaintClassifier().fit(*rows)


def test_a_fitted_classifier_knows_the_causes_and_comes_through_pickling(fitted: LegComplaintClassifier, model: Model) -> None:
    assert tuple(fitted.classes_) == model.labels
    texts = ["my big toe is red and hot and the sheet hurts", "sciatica down the back of my leg since I lifted a box"]
    assert list(fitted.predict(texts)) == ["gout", "osteochondrosis"]
    probabilities = fitted.predict_proba(texts)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(texts), probabilities)


def test_a_clone_is_unfitted_and_has_the_parameters(fitted: LegComplaintClassifier) -> None:
    again = clone(fitted)
    assert again.get_params() == fitted.get_params()
    assert not hasattr(again, "classes_")


def test_a_grid_search_over_a_pipeline_with_the_vectorizer_works(rows: tuple[list[str], list[str]]) -> None:
    pipeline = make_pipeline(ComplaintVectorizer(min_df=2), ComplementNB())
    search = GridSearchCV(pipeline, {"complaintvectorizer__binary": [True, False]}, cv=2).fit(*rows)
    assert search.best_score_ > 0.3


def test_the_features_have_their_names(rows: tuple[list[str], list[str]], fitted: LegComplaintClassifier) -> None:
    vectorizer = ComplaintVectorizer(min_df=Settings().min_rows)
    matrix = vectorizer.fit_transform(rows[0])
    names = list(vectorizer.get_feature_names_out())
    assert matrix.shape == (len(rows[0]), len(names))
    assert {"#swelling", "not:#swelling", "knee"} <= set(names)
    assert names == list(fitted.get_feature_names_out())


@pytest.mark.parametrize(
    ("texts", "message"),
    [("legs", "one string"), ([b"legs"], "bytes"), ([None], "NoneType"), (np.array([["legs"]]), "ndarray")],
    ids=["one string", "bytes", "nothing", "two dimensions"],
)
def test_what_is_no_column_of_texts_is_refused(texts: Any, message: str, fitted: LegComplaintClassifier) -> None:
    with pytest.raises(ValueError, match=message):
        fitted.predict(texts)


def test_an_edited_knowledge_base_reaches_generator_and_features(tmp_path: Path, rows: tuple[list[str], list[str]]) -> None:
    shutil.copytree(ROOT / "data" / "knowledge", tmp_path / "knowledge")
    lexicon = tmp_path / "knowledge" / "lexicon.toml"
    lexicon.write_text(lexicon.read_text(encoding="utf-8").replace("[concepts]", '[concepts]\nxyzzy = ["xyzzyish"]', 1), encoding="utf-8")
    assert generate(25, knowledge=tmp_path / "knowledge")[1] == rows[1]
    assert "#xyzzy" in ComplaintVectorizer(knowledge=tmp_path / "knowledge").fit(["xyzzyish legs"]).get_feature_names_out()
    with pytest.raises(KnowledgeError):
        generate(1, knowledge=tmp_path)


def test_the_splits_share_no_text() -> None:
    train, test = generate(10)[0], generate(10, split="test_phrases")[0]
    assert min(len(train), len(test)) > 200
    assert not set(train) & set(test)
