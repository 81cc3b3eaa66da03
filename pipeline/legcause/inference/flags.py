"""Findings → red flags. They stand above the classifier and know nothing of what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..text.context import Status
from .findings import Finder, Found


class RedFlags:
    """The red flags of a knowledge base. `flags`: id → {"urgency", "when": rows of findings that must all be there, "unless": findings}.

    A finding counts where it is present; one of history also where it is past."""

    def __init__(self, flags: Mapping[str, Mapping[str, Any]], finder: Finder, kinds: Mapping[str, str]) -> None:
        self.flags = flags
        self.finder = finder
        self._past_counts = frozenset(name for name, kind in kinds.items() if kind == "history")
        self._among = sorted({f for flag in flags.values() for row in (*flag["when"], flag.get("unless", ())) for f in row})

    def raised(self, text: str) -> list[str]:
        """The flags that the text raises, the most urgent first, else in the order of the knowledge base."""
        if not self.candidate(text):
            return []
        return self.of(self.finder.find(text, self._among))

    def candidate(self, text: str) -> bool:
        """Whether the text may raise a flag. False only where `of` its findings would be empty; cheap, without spaCy."""
        possible = self.finder.possible(self.finder.lexicon.read(text), self._among)
        return any(set(row) <= possible for flag in self.flags.values() for row in flag["when"])

    def of(self, found: Sequence[Found]) -> list[str]:
        """The flags that these findings raise."""
        there = {f.finding for f in found if f.status is Status.PRESENT or (f.status is Status.PAST and f.finding in self._past_counts)}
        raised = [
            name
            for name, flag in self.flags.items()
            if not there.intersection(flag.get("unless", ())) and any(there.issuperset(row) for row in flag["when"])
        ]
        return sorted(raised, key=lambda name: ("emergency", "urgent", "routine", "self_care").index(self.flags[name]["urgency"]))
