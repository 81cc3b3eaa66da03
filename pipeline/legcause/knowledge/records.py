"""What the knowledge base holds once it has been read and found sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OTHER = "other"
NONE = "none"  # of the red flags
FORMS = ("clause", "noun", "note", "question")
KINDS = ("symptom", "sign", "trigger", "relief", "risk", "history", "course")
ADVICE_KINDS = ("urgent", "see", "test", "home", "avoid", "ask")
URGENCIES = ("emergency", "urgent", "routine", "self_care")


@dataclass(frozen=True, slots=True)
class Finding:
    """A symptom, sign, trigger, relief, risk, history or course, with the ways people say it, by form."""

    id: str
    name: str
    kind: str
    source: str
    phrases: Mapping[str, tuple[str, ...]]

    @property
    def phrase_count(self) -> int:
        return sum(map(len, self.phrases.values()))


@dataclass(frozen=True, slots=True)
class Advice:
    """One plain sentence of advice and where it comes from: a paragraph of the article ("¶52") or "general"."""

    kind: str
    text: str
    source: str
    measures: tuple[str, ...] = ()  # what it tells people to do, where that can be wrong for somebody: ids of contraindications.toml
    findings: tuple[str, ...] = ()  # said first where one of these is in the text


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A danger that the words may show. It is raised where all findings of one row of `when` are there and none of `unless`."""

    id: str
    name: str
    urgency: str
    source: str
    advice: str
    when: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contraindication:
    """A measure that must not be advised while one of these causes is plausible, one of these findings is there, or one of these flags is raised."""

    id: str
    name: str
    causes: tuple[str, ...]
    findings: tuple[str, ...]
    flags: tuple[str, ...]
    warning: str
    source: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One of the causes that a complaint can be given, with the likelihood (0-1) of each finding under it."""

    id: str
    name: str
    icd10: str
    article: tuple[int, ...]
    urgency: str
    summary: str
    source: str
    findings: Mapping[str, float]
    advice: tuple[Advice, ...]


@dataclass(frozen=True, slots=True)
class ComplaintSet:
    """Whole complaints with their label: a cause's id, or `other` with the topic they are about."""

    label: str
    topic: str
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The whole knowledge base. `causes` are in the order of their ids; `other` is the last label."""

    causes: Mapping[str, Cause]
    findings: Mapping[str, Finding]
    patterns: Mapping[str, tuple[str, ...]]  # how each finding stands in a text: see text.patterns
    red_flags: Mapping[str, RedFlag]
    dangers: Mapping[str, tuple[str, ...]]  # sayings that must raise a red flag, by flag; under NONE, look-alikes that must raise none
    contraindications: Mapping[str, Contraindication]
    complaints: tuple[ComplaintSet, ...]
    other_findings: Mapping[str, float]
    shares: Mapping[str, float]
    slots: Mapping[str, tuple[str, ...]]
    stories: Mapping[str, Any]
    lexicon: Mapping[str, Any]
    digest: str  # SHA-256 over the names and contents of all its files

    @property
    def labels(self) -> tuple[str, ...]:
        return (*self.causes, OTHER)
