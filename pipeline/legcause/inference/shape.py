"""What the knowledge in a model file must look like. A file with the right checksum may still hold anything."""

from __future__ import annotations

import math
from typing import Any

from ..knowledge.records import ADVICE_KINDS, OTHER, URGENCIES

# A type; [of what] a list is; {str: what} a table under any names; {"name": what} a table that has at least these.
_ADVICE = {"kind": str, "text": str, "source": str, "measures": [str]}
_CAUSE = {"id": str, "name": str, "icd10": str, "urgency": str, "summary": str, "source": str, "findings": {str: float}, "advice": [_ADVICE]}
_FLAG = {"id": str, "name": str, "urgency": str, "advice": str, "source": str, "when": [[str]]}
_MEASURE = {"id": str, "warning": str, "source": str, "causes": [str], "findings": [str], "flags": [str]}
_LEXICON = {"context": {str: [str]}, "words": {"stop": [str]}, "concepts": {str: [str]}, "vocabulary": {str: int}}
_KNOWLEDGE = {
    "labels": [str],
    "causes": {str: _CAUSE},
    "findings": {str: {"name": str, "kind": str}},
    "patterns": {str: [str]},
    "red_flags": {str: _FLAG},
    "contraindications": {str: _MEASURE},
    "lexicon": _LEXICON,
    "shares": {str: float},
    "alarm": {"raises": float, "quiet": float},
    "confident_above": float,
}


def is_knowledge(content: object) -> bool:
    """Whether parsed JSON is what answers are made of: each part there, of its type, and what one part names there in the other."""
    return _fits(content, _KNOWLEDGE) and _agrees(content)


def _fits(value: Any, shape: Any) -> bool:
    if shape is float:
        return type(value) in (int, float) and math.isfinite(value)
    if isinstance(shape, type):
        return type(value) is shape
    if isinstance(shape, list):
        return type(value) is list and all(_fits(v, shape[0]) for v in value)
    if type(value) is not dict:
        return False
    if str in shape:
        return all(_fits(v, shape[str]) for v in value.values())
    return all(name in value and _fits(value[name], part) for name, part in shape.items())


def _agrees(k: Any) -> bool:
    """That the names fit each other."""
    causes, labels = k["causes"], k["labels"]
    flags = k["red_flags"].values()
    return (
        0 < len(labels) == len(set(labels))
        and all(label == OTHER or label in causes for label in labels)
        and all(k["shares"].get(label, 0) > 0 for label in labels)
        and all(thing["urgency"] in URGENCIES for thing in (*causes.values(), *flags))
        and all(item["kind"] in ADVICE_KINDS for cause in causes.values() for item in cause["advice"])
        and all(finding in k["findings"] for part in (k["patterns"], *(cause["findings"] for cause in causes.values())) for finding in part)
        and all(_fits(flag.get("unless", []), [str]) for flag in flags)
        and k["alarm"].keys() == {"raises", "quiet"}
    )
