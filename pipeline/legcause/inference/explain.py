"""One complaint, explained: which words speak for and against the answer, which rang the alarm, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import PURPOSE
from ..knowledge.records import OTHER
from .advice import CAUTION, advise
from .assess import Assessor
from .findings import Found
from .score import Contribution, Vector


def explain(assessor: Assessor, text: str, top: int = 3) -> dict[str, Any]:
    """The result record of the text, with `words`, `alarm`, `advice` and `purpose`.

    `words`: each with `text`, `spans` (character offsets) and `weight`, what it adds to the logit of the answer: exact, since the model
    is linear; the largest first. The weights and `intercept` sum to `logit`. `alarm`: see there."""
    knowledge = assessor.model.knowledge
    probabilities, dangers = assessor.scorer.both(text)
    found = assessor.finder.find(text)
    assessment = assessor.answer(probabilities, assessor.flags.of(found, dangers), found, top)
    column = assessor.model.labels.index(assessment.cause)
    words = _words(text, assessor.scorer.contributions(text), lambda values: float(values[column]))
    intercept = float(assessor.scorer.intercept[column])
    likely = [c.cause for c in assessor.plausible(probabilities)]
    plausible = [c.cause for c in assessor.plausible(probabilities, CAUTION)]
    return assessment.record("1", findings=True) | {
        "name": "none of the causes" if assessment.cause == OTHER else knowledge["causes"][assessment.cause]["name"],
        "words": words,
        "intercept": intercept,
        "logit": intercept + sum(word["weight"] for word in words),
        "alarm": alarm(assessor, text, dangers, found),
        "advice": advise(knowledge, likely, plausible, found, assessment.red_flags),
        "purpose": PURPOSE,
    }


def alarm(assessor: Assessor, text: str, dangers: Vector, found: Sequence[Found]) -> dict[str, Any] | None:
    """The `flag` that only the sound of the text raised, the `probability` of any danger, and the `words`: `weight` is what each adds to the
    logit of the flag against that of no danger. None where no flag was raised without a rule."""
    flag = assessor.flags.by_sound(dangers)
    if flag is None or flag in assessor.flags.by_rules(found):
        return None
    column = assessor.flags.names.index(flag)
    words = _words(text, assessor.scorer.danger_contributions(text), lambda values: float(values[column]))
    return {"flag": flag, "probability": round(1 - float(dangers[-1]), 6), "words": words}


def _words(text: str, contributions: Sequence[Contribution], weight: Callable[[Vector], float]) -> list[dict[str, Any]]:
    """The words of each contribution with their weight, the largest first."""
    words = [
        {
            "text": ("no " if c.denied else "") + " … ".join(" ".join(text[start:end].split()) for start, end in c.spans),
            "spans": [list(span) for span in c.spans],
            "weight": weight(c.values),
        }
        for c in contributions
    ]
    return sorted(words, key=lambda word: (-abs(word["weight"]), word["text"]))
