"""One complaint, explained: which words speak for and against the answer, and what to do."""

from __future__ import annotations

from typing import Any

from .. import PURPOSE
from ..knowledge.records import OTHER
from .advice import CAUTION, advise
from .assess import Assessor


def explain(assessor: Assessor, text: str, top: int = 3) -> dict[str, Any]:
    """The result record of the text, with `words`, `advice` and `purpose`.

    `words`: each with `text`, `spans` (character offsets) and `weight`, what it adds to the logit of the answer: exact, since the model
    is linear; the largest first. The weights and `intercept` sum to `logit`."""
    knowledge = assessor.model.knowledge
    probabilities, dangers = assessor.scorer.both(text)
    found = assessor.finder.find(text)
    assessment = assessor.answer(probabilities, assessor.flags.of(found, dangers), found, top)
    column = assessor.model.labels.index(assessment.cause)
    words = [
        (("no " if c.denied else "") + " … ".join(" ".join(text[start:end].split()) for start, end in c.spans), c.spans, float(c.values[column]))
        for c in assessor.scorer.contributions(text)
    ]
    words.sort(key=lambda word: (-abs(word[2]), word[0]))
    intercept = float(assessor.scorer.intercept[column])
    likely = [c.cause for c in assessor.plausible(probabilities)]
    plausible = [c.cause for c in assessor.plausible(probabilities, CAUTION)]
    return assessment.record("1", findings=True) | {
        "name": "none of the causes" if assessment.cause == OTHER else knowledge["causes"][assessment.cause]["name"],
        "words": [{"text": word, "spans": [list(span) for span in spans], "weight": weight} for word, spans, weight in words],
        "intercept": intercept,
        "logit": intercept + sum(weight for _, _, weight in words),
        "advice": advise(knowledge, likely, plausible, found, assessment.red_flags),
        "purpose": PURPOSE,
    }
