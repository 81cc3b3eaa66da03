"""Red flags: findings by rules, and how much the whole text sounds like a danger. They stand above the classifier of causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..knowledge.records import URGENCIES
from ..text.context import Status
from .findings import Finder, Found
from .score import Vector


@dataclass(frozen=True, slots=True)
class Alarm:
    """When the sound of a text counts. `raises`: from this probability of any danger on, the likeliest one is raised without a rule;
    `quiet`: up to this one, what the rules say is not believed. Rules miss new words and sound misses little; rules are loud about stories
    that are over or somebody else's, which sound does not take for a danger (docs/evaluation.md has the figures of each alone and of both)."""

    raises: float
    quiet: float


def order(flags: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The red flags, the most urgent first, else in the order of the knowledge base."""
    return sorted(flags, key=lambda name: URGENCIES.index(flags[name]["urgency"]))


class RedFlags:
    """The red flags of a knowledge base. `flags`: id → {"urgency", "when": rows of findings that must all be there, "unless": findings}.

    A finding counts where it is present; one of history also where it is past. `order`: the flags, the most urgent first, else in the
    order of the knowledge base; `names`: in that of the dangers. `among`: the findings that they ask for."""

    def __init__(self, flags: Mapping[str, Mapping[str, Any]], finder: Finder, kinds: Mapping[str, str], alarm: Alarm) -> None:
        self.flags, self.finder, self.alarm = flags, finder, alarm
        self.order = order(flags)
        self.past_counts = frozenset(name for name, kind in kinds.items() if kind == "history")
        self.among = sorted({f for flag in flags.values() for row in (*flag["when"], flag.get("unless", ())) for f in row})
        self.names = sorted(flags)  # the order of the dangers

    def raised(self, text: str, dangers: Vector) -> list[str]:
        """The flags that the text raises, in their order. `dangers`: Scorer.both of it."""
        return [] if self._is_quiet(dangers) else self.of(self.finder.find(text, self.among), dangers)

    def of(self, found: Sequence[Found], dangers: Vector) -> list[str]:
        """The flags that these findings and this sound raise, in their order."""
        if self._is_quiet(dangers):
            return []
        raised = {*self.by_rules(found), self.by_sound(dangers)}
        return [name for name in self.order if name in raised]

    def by_sound(self, dangers: Vector) -> str | None:
        """The danger that the text sounds most like, where that alone raises it."""
        rings = len(dangers) and 1 - dangers[-1] >= self.alarm.raises
        return self.names[int(dangers[:-1].argmax())] if rings else None

    def by_rules(self, found: Sequence[Found]) -> list[str]:
        """The flags that these findings alone raise, in their order."""
        there = {f.finding for f in found if f.status is Status.PRESENT or (f.status is Status.PAST and f.finding in self.past_counts)}
        return [
            name
            for name in self.order
            if not there.intersection(self.flags[name].get("unless", ())) and any(there.issuperset(row) for row in self.flags[name]["when"])
        ]

    def _is_quiet(self, dangers: Vector) -> bool:
        return bool(len(dangers)) and 1 - float(dangers[-1]) <= self.alarm.quiet
