"""Results, complaints and rejects → what a page says: counts of all rows, and a sample of them in full. Memory does not grow with the files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ..batch import read
from ..errors import InputError
from ..inference.assess import Assessor
from . import results
from .results import Reject, Result
from .sample import Sample, Taken

BINS = 20  # of the histogram of probability
REJECTS = 100  # shown one by one; all are counted
YEARS = range(1900, 2200)  # a date outside is a mistyped one
LONG = 10_000  # characters of a complaint that are shown; a longer one is not explained either


@dataclass(frozen=True, slots=True)
class Complaints:
    """The files that were classified, and their columns. `date`: a column of dates, where there is one."""

    sources: tuple[str, ...]
    columns: read.Columns
    date: str | None = None


@dataclass
class Counts:
    """Counts of all rows of a batch."""

    rows: int = 0
    doubtful: int = 0
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)  # (cause, urgency)
    flags: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)  # cause of the doubtful
    bins: Counter[tuple[int, bool]] = field(default_factory=Counter)  # (bin of the probability, confident)
    days: Counter[tuple[date, str]] = field(default_factory=Counter)  # (day, urgency)
    undated: int = 0

    def count(self, result: Result) -> None:
        self.rows += 1
        self.causes[result.cause, result.urgency] += 1
        self.flags.update(result.red_flags)
        self.bins[min(BINS - 1, int(result.probability * BINS)), result.confident] += 1
        if not result.confident:
            self.doubtful += 1
            self.doubts[result.cause] += 1

    def count_day(self, day: date | None, urgency: str) -> None:
        if day is None:
            self.undated += 1
        else:
            self.days[day, urgency] += 1

    def urgency(self, name: str) -> int:
        return sum(n for (_, urgency), n in self.causes.items() if urgency == name)


@dataclass(frozen=True, slots=True)
class Row:
    """One complaint of the sample. `text` is None where no complaints were given, `cut` where the text goes on."""

    result: Result
    text: str | None
    cut: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a page says of a batch. `unanswered`: complaints without a result."""

    counts: Counts
    sample: Taken[Row]
    with_texts: bool
    with_days: bool
    unanswered: int
    rejects: int | None
    reasons: Counter[str]
    first_rejects: tuple[Reject, ...]


def gather(path: Path, complaints: Complaints | None, rejected: Path | None, limit: int, assessor: Assessor) -> Gathered:
    """Reads everything once. `limit`: rows of the sample. Raises InputError."""
    labels, flags = frozenset(assessor.model.labels), frozenset(assessor.model.knowledge["red_flags"])
    counts, sample = Counts(), Sample[Row](limit)
    texts = _Texts(complaints) if complaints else None
    dated = complaints is not None and complaints.date is not None
    for number, result in enumerate(results.read(path), 1):
        if result.cause not in labels or not flags.issuperset(result.red_flags):
            raise InputError(f"{path}, row {number}: this model knows no such cause or red flag; name the model that classified with --model")
        counts.count(result)
        text = None
        if texts:
            text, day = texts.of(result, f"{path}, row {number}")
            if dated:
                counts.count_day(day, result.urgency)
        sample.add(number, result, Row(result, text and text[:LONG], text is not None and len(text) > LONG))
    reasons: Counter[str] = Counter()
    first: list[Reject] = []
    for reject in results.rejects(rejected) if rejected else ():
        reasons[reject.reason] += 1
        if len(first) < REJECTS:
            first.append(reject)
    return Gathered(
        counts=counts, sample=sample.take(), with_texts=texts is not None, with_days=dated, unanswered=texts.left() if texts else 0,
        rejects=sum(reasons.values()) if rejected else None, reasons=reasons, first_rejects=tuple(first),
    )  # fmt: skip


class _Texts:
    """The complaints behind results, found by their order and ids. Complaints that have no result (rejected ones) are passed over."""

    def __init__(self, complaints: Complaints) -> None:
        self._sources = ", ".join(complaints.sources)
        self._stream = _read(complaints)
        self._passed = 0

    def of(self, result: Result, place: str) -> tuple[str, date | None]:
        """The text and the day of the complaint that `result` answers. Raises InputError where there is none."""
        for id, text, day in self._stream:
            if id == result.id:
                return text, day
            self._passed += 1
        raise InputError(f"{place}: {self._sources} has no complaint {result.id!r} here; give the files that were classified, as they were, in order")

    def left(self) -> int:
        """How many complaints had no result, once all results have been asked for."""
        return self._passed + sum(1 for _ in self._stream)


def _read(complaints: Complaints) -> Iterator[tuple[str, str, date | None]]:
    """Id, text and day of each complaint: the one place that reads the files of a batch."""
    sources, column = complaints.sources, complaints.date
    read.check(sources)
    stream = read.read(sources, complaints.columns)
    if column is None:
        return ((str(c.id), c.text, None) for c in stream)
    days = (day for source in sources for day in _days(source, column))
    return ((str(c.id), c.text, day) for c, day in zip(stream, days, strict=True))


def _days(source: str, column: str) -> Iterator[date | None]:
    """The day in each row's `column`; None where that is no ISO date (2026-03-31, whatever follows it). Raises InputError."""
    path = Path(source)
    ending = path.suffix.lower()
    if ending == ".jsonl":
        with path.open("rb") as file:
            yield from (_day(json.loads(line).get(column)) for line in file if line.strip())
    elif ending == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text)
            header = next(rows, None)
            if header:
                at = _place(header, column, source)
                yield from (_day(row[at]) for row in rows if row)
    elif ending == ".parquet":
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as table:
            _place(table.schema_arrow.names, column, source)
            for batch in table.iter_batches(columns=[column]):
                yield from map(_day, batch.column(0).to_pylist())
    else:
        raise InputError(f"{source}: has no columns, so no {column!r}; leave --date-column out")


def _place(names: Sequence[str], column: str, source: str) -> int:
    if column not in names:
        raise InputError(f"{source}: there is no column {column!r}; there are {', '.join(map(repr, names))}; name one with --date-column")
    return names.index(column)


def _day(value: Any) -> date | None:
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
    return day if day.year in YEARS else None
