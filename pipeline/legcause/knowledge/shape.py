"""What parsed TOML and JSON must look like before anything is taken from it: a knowledge base may be mistyped, a model file may hold anything."""

from __future__ import annotations

import math
from typing import Any

from .records import ADVICE_KINDS, OTHER, URGENCIES

# A shape is a type; [what], a list of it; {str: what}, a table of it under any names; {"name": what}, a table that has at least these,
# {"name?": what}, one in which it may be missing.
Shape = Any
TEXTS = {str: [str]}
LEXICON = {"context": TEXTS, "words": {"stop": [str]}, "concepts": TEXTS}
_ADVICE = {"kind": str, "text": str, "source": str, "measures": [str], "findings": [str]}
_CAUSE = {"id": str, "name": str, "icd10": str, "urgency": str, "summary": str, "source": str, "findings": {str: float}, "advice": [_ADVICE]}
# What answers are made of, as a model file holds it.
ANSWERS = {
    "labels": [str],
    "causes": {str: _CAUSE},
    "findings": {str: {"name": str, "kind": str}},
    "patterns": TEXTS,
    "red_flags": {str: {"id": str, "name": str, "urgency": str, "advice": str, "source": str, "when": [[str]], "unless": [str]}},
    "contraindications": {str: {"id": str, "warning": str, "source": str, "causes": [str], "findings": [str], "flags": [str]}},
    "lexicon": LEXICON | {"vocabulary": {str: int}},
    "shares": {str: float},
    "least_norm": float,
    "alarm": {"raises": float, "quiet": float, "least_norm": float},
    "confident_above": float,
}
_SAID = {str: "text", int: "whole number", float: "number"}


def misfit(value: Any, shape: Shape) -> str:
    """What is wrong with a value, behind the name of its place: "context.denial must be a list"; nothing where it has the shape."""
    return _misfit(value, shape).lstrip(".")


def _misfit(value: Any, shape: Shape) -> str:
    if shape is float:
        return "" if type(value) in (int, float) and math.isfinite(value) else " must be a number"
    if isinstance(shape, type):
        return "" if type(value) is shape else f" must be a {_SAID[shape]}"
    if type(value) is not type(shape):
        return " must be a list" if isinstance(shape, list) else " must be a table"
    if isinstance(shape, list):
        if all(type(item) is shape[0] for item in value):  # of most lists this is all
            return ""
        return next((f", each, {wrong.lstrip()}" for item in value if (wrong := _misfit(item, shape[0]))), "")
    if str in shape and all(type(item) is shape[str] for item in value.values()):
        return ""
    if str in shape:
        parts = dict.fromkeys(value, shape[str])
    else:
        parts = {key.rstrip("?"): part for key, part in shape.items() if not key.endswith("?") or key[:-1] in value}
    return next((f".{key}{wrong}" for key, part in parts.items() if (wrong := _misfit(value.get(key), part))), "")


def is_sound(knowledge: Any) -> bool:
    """Whether a model file's knowledge is what answers are made of, and what one part of it names is there in the other."""
    if misfit(knowledge, ANSWERS):
        return False
    causes, labels = knowledge["causes"], knowledge["labels"]
    findings = (*knowledge["patterns"], *(finding for cause in causes.values() for finding in cause["findings"]))
    return (
        0 < len(labels) == len(set(labels))
        and all((label == OTHER or label in causes) and knowledge["shares"].get(label, 0) > 0 for label in labels)
        and all(thing["urgency"] in URGENCIES for thing in (*causes.values(), *knowledge["red_flags"].values()))
        and all(item["kind"] in ADVICE_KINDS for cause in causes.values() for item in cause["advice"])
        and all(finding in knowledge["findings"] for finding in findings)
        and knowledge["alarm"].keys() == {"raises", "quiet", "least_norm"}
    )
