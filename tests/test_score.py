"""The compiled scorer against the scikit-learn pipeline, and what it does with odd texts."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from legcause.inference.assess import Assessor
from legcause.inference.score import Scorer
from legcause.knowledge.load import load
from legcause.synthesis.dataset import Recipe, rows
from legcause.training.fit import Settings, calibrate, compiled, fit

from .conftest import ROOT


@cache
def small() -> tuple[Pipeline, Scorer]:
    """A small model of the real knowledge base, as pipeline and compiled."""
    knowledge = load(ROOT / "data" / "knowledge")
    made = list(rows(knowledge, Recipe(rows_per_cause=20, other_factor=2, test_rows_per_cause=0)))
    labels = [row.story.cause for row in made]
    pipeline = fit([row.story.text for row in made], labels, np.ones(len(made)), knowledge.lexicon, Settings(tolerance=1e-2))
    calibrate(pipeline, 0.9, knowledge.shares, {c: labels.count(c) / len(labels) for c in knowledge.labels})
    return pipeline, Scorer(compiled(pipeline, knowledge, 0.5, {}))


WORDS = st.sampled_from("my left calf is swollen no fever gout toe 3am pregnant . , legs cramp at night statin swolen mother has years ago".split())


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join)))
def test_the_compiled_probabilities_are_those_of_the_pipeline(text: str) -> None:
    pipeline, scorer = small()
    np.testing.assert_allclose(scorer.probabilities(text), pipeline.predict_proba([text])[0], atol=1e-5)


def test_contributions_and_intercept_sum_to_the_logits() -> None:
    pipeline, scorer = small()
    text = "My left calf is swollen and hot since the flight, no fever. My mother has gout."
    total = scorer.intercept + sum(c.values for c in scorer.contributions(text))
    np.testing.assert_allclose(total, pipeline.decision_function([text])[0], atol=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "leg",
        "word " * 10_000,
        "pain " * 500,
        "Meine Beine tun weh",
        "脚が痛い",
        "👣" * 50,
        "<b>html</b>&nbsp;",
        "for (i=0; i<n; i++) { x += 1; }",
        "\x00",
        "a" * 100_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_any_text_gets_an_answer_whose_probabilities_sum_to_one(text: str, assessor: Assessor) -> None:
    probabilities = assessor.scorer.probabilities(text)
    assert probabilities.sum() == pytest.approx(1)
    assert np.isfinite(probabilities).all()


@pytest.mark.parametrize("text", ["", "xyzzy zzyzx", "脚が痛い", "👣", "12345", "hello", "for (i=0; i<n; i++) { x += 1; }"])
def test_where_nothing_speaks_for_a_cause_the_answer_is_other(text: str, assessor: Assessor) -> None:
    assert assessor.assess(text).cause == "other"


def test_a_prior_moves_the_answer_toward_the_commoner_cause(assessor: Assessor) -> None:
    labels = assessor.model.labels
    gouty = {label: 0.9 if label == "gout" else 0.1 / (len(labels) - 1) for label in labels}
    before, after = assessor.scorer, Scorer(assessor.model, gouty)
    at = labels.index("gout")
    assert after.probabilities("my toe hurts")[at] > before.probabilities("my toe hurts")[at]
    np.testing.assert_allclose(
        Scorer(assessor.model, dict(assessor.model.knowledge["shares"])).probabilities("my toe"), before.probabilities("my toe")
    )
