"""Findings → red flags. They stand above the classifier and know nothing of what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..knowledge.records import URGENCIES
from ..text.context import Status
from .findings import Finder, Found


class RedFlags:
    """The red flags of a knowledge base. `flags`: id → {"urgency", "when": rows of findings that must all be there, "unless": findings}.

    A finding counts where it is present; one of history also where it is past. `order`: the flags, the most urgent first, else in the
    order of the knowledge base. `among`: the findings that they ask for."""

    def __init__(self, flags: Mapping[str, Mapping[str, Any]], finder: Finder, kinds: Mapping[str, str]) -> None:
        self.flags = flags
        self.finder = finder
        self.order = sorted(flags, key=lambda name: URGENCIES.index(flags[name]["urgency"]))
        self.past_counts = frozenset(name for name, kind in kinds.items() if kind == "history")
        self.among = sorted({f for flag in flags.values() for row in (*flag["when"], flag.get("unless", ())) for f in row})

    def raised(self, text: str) -> list[str]:
        """The flags that the text raises, in their order."""
        return self.of(self.finder.find(text, self.among))

    def of(self, found: Sequence[Found]) -> list[str]:
        """The flags that these findings raise, in their order."""
        there = {f.finding for f in found if f.status is Status.PRESENT or (f.status is Status.PAST and f.finding in self.past_counts)}
        return [
            name
            for name in self.order
            if not there.intersection(self.flags[name].get("unless", ())) and any(there.issuperset(row) for row in self.flags[name]["when"])
        ]
