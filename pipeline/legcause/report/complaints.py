"""The complaints behind results, with the days that they are of. Memory does not grow with the files."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

from ..batch import read
from ..batch.chunk import ROWS, Chunk, Columns
from ..batch.lines import read_lines
from ..batch.results import Result
from ..batch.rows import csv_rows, listed
from ..batch.source import COMPRESSED, Source
from ..errors import InputError

YEARS = range(1900, 2200)  # a date outside is a mistyped one
Days = Iterator[tuple[int, date | None]]  # each row's place, as in batch.chunk.Reject.row, and its day


@dataclass(frozen=True, slots=True)
class Complaints:
    """The files that were classified, their columns and encoding. `date`: a column of dates, where there is one."""

    sources: tuple[str, ...]
    columns: Columns
    encoding: str = "utf-8"
    date: str | None = None


class Texts:
    """Finds the complaint of each result by order and id. Complaints that have no result are passed over."""

    def __init__(self, complaints: Complaints) -> None:
        """Raises InputError for a source that is not there."""
        read.check(complaints.sources)
        self._sources = ", ".join(complaints.sources)
        self._stream = _read(complaints)
        self._passed = 0

    def of(self, result: Result, place: str) -> tuple[str, date | None]:
        """The text and the day of the complaint that `result` answers. Raises InputError where there is none."""
        asked = str(result.id)
        for id, text, day in self._stream:
            if id == asked:
                return text, day
            self._passed += 1
        raise InputError(
            f"{place}: {self._sources} has no complaint {asked[:80]!r} here; give the files that were classified, as they were, in order"
        )

    def left(self) -> int:
        """How many complaints had no result, once all results have been asked for."""
        return self._passed + sum(1 for _ in self._stream)


def _read(complaints: Complaints) -> Iterator[tuple[str, str, date | None]]:
    """Id, text and day of each complaint."""
    sources, column = complaints.sources, complaints.date
    # Opened only when the first chunk is there, so that what is wrong with a source is said by the reader of complaints.
    days = None if column is None else chain.from_iterable(_days(source, column, complaints.encoding) for source in sources)
    for chunk in read.read(sources, complaints.columns, complaints.encoding):
        dated = repeat(None, len(chunk)) if days is None else _of(chunk, days)
        for i, (id, day) in enumerate(zip(chunk.ids, dated, strict=True)):
            yield str(id), chunk.complaint(i), day


def _of(chunk: Chunk, days: Days) -> Iterator[date | None]:
    """The days of the chunk's complaints, in step with them: a chunk is a stretch of rows, of which some are its rejects."""
    rejected = {reject.row for reject in chunk.rejects}
    return (day for row, day in islice(days, len(chunk) + len(rejected)) if row not in rejected)


def _days(source: str, column: str, encoding: str) -> Days:
    """The rows of a source with their days, empty lines left out. The day is None where `column` has no ISO date. Raises InputError."""
    path = Path(source)
    ending = (path.with_suffix("") if path.suffix.lower() in COMPRESSED else path).suffix.lower()
    if ending == ".parquet":
        yield from _parquet(path, column)
    elif ending in _READERS and path.is_file():
        with path.open("rb", buffering=0) as file:
            yield from _READERS[ending](Source(file, source, encoding), column)
    else:
        raise InputError(f"{source}: has no columns, so no {column!r}; leave --date-column out")


def _csv(source: Source, column: str) -> Days:
    reader = csv_rows(source)
    at = _place(next(reader, ()), column, source.name)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield line, None
            continue
        if cells is None:
            return
        if cells:
            yield line, _day(cells[at]) if at < len(cells) else None


def _jsonl(source: Source, column: str) -> Days:
    for lines in read_lines(source, "", keep=False):
        rows: dict[int, date | None] = {reject.row: None for reject in lines.rejects}
        for i, row in enumerate(lines.ids):
            line = lines.complaint(i)
            if line and not line.isspace():
                rows[int(row)] = _of_line(line, column)
        yield from sorted(rows.items(), key=lambda item: item[0])


def _of_line(line: str, column: str) -> date | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _day(record.get(column)) if isinstance(record, dict) else None


def _parquet(path: Path, column: str) -> Days:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as table:
        _place(table.schema_arrow.names, column, str(path))
        values = (value for batch in table.iter_batches(batch_size=ROWS, columns=[column]) for value in batch.column(0).to_pylist())
        yield from enumerate(map(_day, values), 1)


_READERS: dict[str, Callable[[Source, str], Days]] = {".csv": _csv, ".jsonl": _jsonl}


def _place(names: Sequence[str], column: str, name: str) -> int:
    if column not in names:
        raise InputError(f"{name}: there is no column {column!r}; there are {listed(names)}; name one with --date-column")
    return names.index(column)


def _day(value: Any) -> date | None:
    """The day of an ISO date (2026-03-31, whatever follows it)."""
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
    return day if day.year in YEARS else None
