"""Files of complaints → complaints, in order. What cannot be read is named with file, place and cure."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..errors import InputError

STDIN = "-"
FORMATS = ("txt", "csv", "jsonl", "parquet")
# A cell may hold a whole letter; csv's own limit of 131,072 characters stopped at one in a trial.
MAX_CELL = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint with the id it came with, or the number of its row (from 1)."""

    id: str | int
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold the text and the id. Without an id column of that name the row number serves."""

    text: str = "text"
    id: str = "id"
    id_required: bool = False


def read(sources: Sequence[str], columns: Columns) -> Iterator[Complaint]:
    """All complaints of all sources, one after the other. `-` is standard input: lines of text.

    With several sources, row numbers are written `file:row`. Raises InputError."""
    for source in sources:
        for complaint in _read_one(source, columns):
            if len(sources) > 1 and isinstance(complaint.id, _RowNumber):
                complaint = Complaint(f"{source}:{complaint.id}", complaint.text)
            yield complaint


def check(sources: Sequence[str]) -> None:
    """Raises InputError for a source that is not there or whose ending is unknown, before anything is read."""
    for source in sources:
        path = Path(source)
        if source == STDIN:
            continue
        if not path.exists():
            raise InputError(f"{source}: there is no such file or folder")
        if path.is_dir():
            if not any(path.glob("*.txt")):
                raise InputError(f"{source}: this folder holds no .txt files; put one complaint in each")
        elif path.suffix.lstrip(".").lower() not in FORMATS:
            kind = path.suffix or "a file without ending"
            raise InputError(f"{source}: cannot tell what {kind} is; use .{', .'.join(FORMATS)}, a folder of .txt, or - for standard input")


class _RowNumber(str):
    """A row number that stands in for an id."""

    __slots__ = ()


def _read_one(source: str, columns: Columns) -> Iterator[Complaint]:
    path = Path(source)
    try:
        if source == STDIN:
            yield from _lines(sys.stdin.buffer, "standard input")
        elif path.is_dir():
            yield from _folder(path)
        elif path.suffix.lower() == ".parquet":
            yield from _parquet(path, columns)
        else:
            reader = {".txt": _lines, ".csv": _csv, ".jsonl": _jsonl}[path.suffix.lower()]
            with path.open("rb") as file:
                yield from reader(file, source) if reader is _lines else reader(file, source, columns)  # type: ignore[operator]
    except OSError as error:
        raise InputError(f"{source}: cannot be read: {error.strerror or error}") from error


def _lines(file: IO[bytes], name: str) -> Iterator[Complaint]:
    """A line ends in \\n or \\r\\n and nothing else; a last line without an end counts, an empty one is an empty complaint."""
    offset = 0
    for number, line in enumerate(file, 1):
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            line, offset = line[3:], 3
        yield Complaint(_RowNumber(number), _decode(line.removesuffix(b"\n").removesuffix(b"\r"), name, offset))
        offset += len(line)


def _decode(raw: bytes, name: str, offset: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 at byte {offset + error.start}; save the file as UTF-8, or convert it (iconv -t utf-8)") from error


def _folder(path: Path) -> Iterator[Complaint]:
    for file in sorted(path.glob("*.txt")):
        yield Complaint(file.name, _decode(file.read_bytes().removeprefix(b"\xef\xbb\xbf"), str(file), 0).strip())


def _csv(file: IO[bytes], name: str, columns: Columns) -> Iterator[Complaint]:
    csv.field_size_limit(MAX_CELL)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        reader = csv.reader(text, strict=True)
        header = next(reader, None)
        if header is None:
            return
        at, id_at = _find_columns(header, name, columns)
        for number, row in enumerate(reader, 1):
            if not row:
                continue
            if len(row) != len(header):
                cells = f"{len(row)} cells where the header has {len(header)}"
                raise InputError(f"{name}, line {reader.line_num}: {cells}; put quotes around text that holds commas or quotes")
            yield Complaint(_RowNumber(number) if id_at is None else row[id_at], row[at])
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num}: not valid CSV ({error}); a quote may not be closed") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8; save the file as UTF-8, or convert it (iconv -t utf-8)") from error


def _find_columns(header: Sequence[str], name: str, columns: Columns) -> tuple[int, int | None]:
    doubled = {c for c in header if list(header).count(c) > 1} & {columns.text, columns.id}
    if doubled:
        raise InputError(f"{name}: two columns are named {min(doubled)!r}; rename one")
    if columns.text not in header:
        raise InputError(f"{name}: there is no column {columns.text!r}; there are {', '.join(map(repr, header))}; name one with --text-column")
    if columns.id not in header:
        if columns.id_required:
            raise InputError(f"{name}: there is no column {columns.id!r}; there are {', '.join(map(repr, header))}")
        return header.index(columns.text), None
    return header.index(columns.text), header.index(columns.id)


def _jsonl(file: IO[bytes], name: str, columns: Columns) -> Iterator[Complaint]:
    for line in _lines(file, name):
        if not line.text.strip():
            continue
        try:
            record: Any = json.loads(line.text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name}, line {line.id}: not JSON; write one object a line") from error
        if not isinstance(record, dict):
            raise InputError(f'{name}, line {line.id}: not a JSON object; write {{"{columns.text}": "…"}}')
        text, id = record.get(columns.text), record.get(columns.id, line.id)
        if not isinstance(text, str):
            fields = ", ".join(map(repr, record)) or "none"
            raise InputError(f"{name}, line {line.id}: no text in {columns.text!r}; the fields are {fields}; name one with --text-column")
        if columns.id not in record and columns.id_required:
            raise InputError(f"{name}, line {line.id}: no field {columns.id!r}")
        if not isinstance(id, (str, int)):
            raise InputError(f"{name}, line {line.id}: the id must be a string or a whole number, not {type(id).__name__}")
        yield Complaint(id, text)


def _parquet(path: Path, columns: Columns) -> Iterator[Complaint]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            at, id_at = _find_columns(names, str(path), columns)
            kind = file.schema_arrow.field(at).type
            value_kind = kind.value_type if pa.types.is_dictionary(kind) else kind
            if not (pa.types.is_string(value_kind) or pa.types.is_large_string(value_kind)):
                raise InputError(f"{path}: the column {columns.text!r} holds {kind}, not text; name another with --text-column")
            number = 0
            for batch in file.iter_batches(batch_size=8192, columns=[names[i] for i in (at, id_at) if i is not None]):
                texts = batch.column(columns.text).to_pylist()
                ids = batch.column(columns.id).to_pylist() if id_at is not None else [None] * len(texts)
                for text, id in zip(texts, ids, strict=True):
                    number += 1
                    if text is None:
                        raise InputError(f"{path}, row {number}: the text is missing; fill it or take the row out")
                    yield Complaint(_RowNumber(number) if id_at is None else id if isinstance(id, int) else str(id), text)
    except pa.ArrowException as error:
        raise InputError(f"{path}: not a Parquet file, or a damaged one") from error
