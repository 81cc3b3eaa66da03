"""Results, complaints and rejects → what a page says: counts of all rows, and a sample of them in full. Memory does not grow with the files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ..batch.results import Result, read_results
from ..errors import InputError
from ..inference.assess import Assessor
from .complaints import Complaints, Texts
from .sample import Sample, Taken

BINS = 20  # of the histogram of probability
REJECTS = 100  # shown one by one; all are counted
LONG = 10_000  # characters of a complaint that are shown; a longer one is not explained either


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be classified: where it stands and why."""

    source: str
    row: str
    id: str
    reason: str


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
    texts = Texts(complaints) if complaints else None
    dated = complaints is not None and complaints.date is not None
    for number, result in enumerate(read_results(path), 1):
        if result.cause not in labels or not flags.issuperset(result.red_flags):
            raise InputError(f"{path}, result {number}: this model knows no such cause or red flag; name the model that classified with --model")
        counts.count(result)
        text = None
        if texts:
            text, day = texts.of(result, f"{path}, result {number}")
            if dated:
                counts.count_day(day, result.urgency)
        sample.add(number, result, Row(result, text and text[:LONG], text is not None and len(text) > LONG))
    reasons: Counter[str] = Counter()
    first: list[Reject] = []
    for reject in _read_rejects(rejected) if rejected else ():
        reasons[reject.reason] += 1
        if len(first) < REJECTS:
            first.append(reject)
    return Gathered(
        counts=counts, sample=sample.take(), with_texts=texts is not None, with_days=dated, unanswered=texts.left() if texts else 0,
        rejects=sum(reasons.values()) if rejected else None, reasons=reasons, first_rejects=tuple(first),
    )  # fmt: skip


def _read_rejects(path: Path) -> Iterator[Reject]:
    """What `classify --rejects` wrote; fields other than those of Reject are left unread. Raises InputError."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                    yield Reject(*("" if row.get(name) is None else str(row[name]) for name in ("source", "row", "id", "reason")))
                except (ValueError, AttributeError, RecursionError) as error:
                    raise InputError(f"{path}, line {number}: not a reject; give the file that `legcause classify --rejects` wrote") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
