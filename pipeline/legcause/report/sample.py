"""Which complaints of a batch a page shows: every emergency first, then the urgent, the doubtful, and a spread of the rest."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..batch.results import Result

Row = TypeVar("Row")
# The order in which the places are given away.
CLASSES = ("emergency", "urgent", "doubtful", "rest")


def class_of(result: Result) -> str:
    """The class, of CLASSES, that a result falls into: the first that fits."""
    return result.urgency if result.urgency in CLASSES else "rest" if result.confident else "doubtful"


class _Pool(Generic[Row]):
    """The `limit` rows of a stream with the lowest keys, taken evenly from its groups. Holds at most 2 × limit rows."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.groups: dict[str, list[tuple[float, int, Row]]] = {}
        self.size = 0

    def add(self, group: str, key: float, number: int, row: Row) -> None:
        self.groups.setdefault(group, []).append((key, number, row))
        self.size += 1
        if self.size >= 2 * self.limit:
            self._prune(self.limit)

    def take(self, places: int) -> list[tuple[int, Row]]:
        """At most `places` rows with their numbers. Groups get the same number of places, as far as they have rows."""
        for rows in self.groups.values():
            rows.sort(key=lambda r: r[:2])
        ranked = sorted((rank, row[0], row[1], group) for group, rows in self.groups.items() for rank, row in enumerate(rows))
        return [(number, self.groups[group][rank][2]) for rank, _, number, group in ranked[:places]]

    def _prune(self, places: int) -> None:
        """Keeps what take(places) would give. Later rows can only push ranks back, so nothing that is dropped here would be taken in the end."""
        kept: Counter[str] = Counter()
        for rows in self.groups.values():
            rows.sort(key=lambda r: r[:2])
        ranked = sorted((rank, row[0], group) for group, rows in self.groups.items() for rank, row in enumerate(rows))
        for _, _, group in ranked[:places]:
            kept[group] += 1
        for group, rows in self.groups.items():
            del rows[kept[group] :]
        self.size = sum(kept.values())


@dataclass(frozen=True)
class Taken(Generic[Row]):
    """What was taken: rows with their numbers (from 1), in the order of the file; how many of each class were taken, and how many there are."""

    rows: tuple[tuple[int, Row], ...]
    taken: Counter[str]
    there: Counter[str]


class Sample(Generic[Row]):
    """At most `limit` rows of a stream of any length, in bounded memory; the same rows for the same stream and seed."""

    def __init__(self, limit: int, seed: int = 1) -> None:
        self.limit = limit
        self._random = random.Random(seed)
        self._pools: dict[str, _Pool[Row]] = {name: _Pool(limit) for name in CLASSES}
        self._there: Counter[str] = Counter()

    def add(self, number: int, result: Result, row: Row) -> None:
        """Offers the next row of the stream; `number` from 1."""
        name = class_of(result)
        self._there[name] += 1
        self._pools[name].add(result.cause if name == "rest" else "", self._random.random(), number, row)

    def take(self) -> Taken[Row]:
        """The rows of the whole stream so far."""
        out: list[tuple[int, Row]] = []
        taken: Counter[str] = Counter()
        for name in CLASSES:
            rows = self._pools[name].take(self.limit - len(out))
            taken[name] = len(rows)
            out += rows
        return Taken(tuple(sorted(out, key=lambda r: r[0])), taken, self._there)
