"""One complaint, explained: which words speak for and against the answer, and what to do."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..knowledge.records import OTHER
from .assess import PURPOSE, Assessor


def explain(assessor: Assessor, text: str, top: int = 3) -> dict[str, Any]:
    """The result record of the text, with `words`, `advice` and `purpose`.

    `words`: each with `text`, `spans` (character offsets) and `weight`, what it adds to the logit of the answer: exact, since the model
    is linear; the largest first. The weights and `intercept` sum to `logit`."""
    assessment = assessor.assess(text, top, findings=True)
    record = assessment.record("1", findings=True)
    column = assessor.model.labels.index(assessment.cause)
    words = [
        {
            "text": " … ".join(" ".join(text[start:end].split()) for start, end in c.spans),
            "spans": [list(span) for span in c.spans],
            "weight": float(c.values[column]),
        }
        for c in assessor.scorer.contributions(text)
    ]
    words.sort(key=lambda w: (-abs(float(w["weight"])), w["text"]))  # type: ignore[arg-type]
    intercept = float(assessor.scorer.intercept[column])
    likely = [c.cause for c in assessor.plausible(assessor.scorer.probabilities(text))]
    record |= {
        "name": _name(assessor, assessment.cause),
        "words": words,
        "intercept": intercept,
        "logit": intercept + float(np.sum([w["weight"] for w in words])),
        "advice": {kind: list(items) for kind, items in assessor.advice(likely).items()},
        "purpose": PURPOSE,
    }
    return record


def _name(assessor: Assessor, cause: str) -> str:
    return "none of the causes" if cause == OTHER else str(assessor.model.knowledge["causes"][cause]["name"])
