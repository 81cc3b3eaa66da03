"""The words that speak most for each label."""

from __future__ import annotations

import math

import numpy as np

from ..inference.model import Model
from ..text.analyzer import stem

COUNT = 12
# A feature must stand in at least one of a thousand rows: the weights of rarer ones are large by chance.
RAREST = 1 + math.log(1000)


def telling(model: Model) -> dict[str, list[str]]:
    """Label → what adds most to its logit where it stands in a complaint, the most first.

    Pairs of concepts and denied ones are left out, as they read badly."""
    spoken = _spoken(model)
    kept = [i for i, feature in enumerate(model.features) if "+#" not in feature and not feature.startswith("not:") and model.idf[i] <= RAREST]
    strength = model.weights[kept].astype(np.float64) * model.idf[kept][:, None]
    out = {}
    for j, label in enumerate(model.labels):
        words: list[str] = []
        for i in np.argsort(-strength[:, j], kind="stable"):
            word = readable(model.features[kept[i]], spoken)
            if not any(set(word.split()) <= set(other.split()) or set(other.split()) <= set(word.split()) for other in words):
                words.append(word)
            if len(words) == COUNT:
                break
        out[label] = words
    return out


def readable(feature: str, spoken: dict[str, str]) -> str:
    """A feature as words; `spoken`: stem → word."""
    if feature.startswith("#"):
        return f"{feature[1:].replace('_', ' ')} (meaning)"
    if feature.startswith("@"):
        return feature[1:].replace("_", " ")
    return " ".join(spoken.get(part, part) for part in feature.removeprefix("=").split("_"))


def _spoken(model: Model) -> dict[str, str]:
    """For each stem the commonest word of the knowledge base that has it."""
    out: dict[str, str] = {}
    counts = model.knowledge["lexicon"]["vocabulary"]
    for word in sorted(counts, key=lambda w: (-counts[w], w)):
        out.setdefault(stem(word), word)
    return out
