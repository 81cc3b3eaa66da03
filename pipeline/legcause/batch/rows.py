"""CSV and JSON Lines → chunks. A row that cannot be read becomes a reject; what makes all rows doubtful is an InputError."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from .chunk import BYTES, ROWS, Chunk, Columns, Reject, joined
from .lines import MAX_TEXT, Utf8, not_utf8, read_lines, too_long


@dataclass(slots=True)
class Gathered:
    """Complaints and rejects until there are enough of them for a chunk."""

    source: str
    texts: list[bytes] = field(default_factory=list)
    ids: list[str | int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    size: int = 0

    def add(self, id: str | int, text: bytes) -> None:
        self.texts.append(text)
        self.ids.append(id)
        self.size += len(text)

    def full(self) -> bool:
        return len(self.texts) + len(self.rejects) >= ROWS or self.size >= BYTES

    def chunk(self, taken: int) -> Chunk:
        """What was gathered; begins anew."""
        out = joined(self.source, self.texts, self.ids, self.rejects, taken)
        self.texts, self.ids, self.rejects, self.size = [], [], [], 0
        return out


def find_columns(header: Sequence[str], name: str, columns: Columns) -> tuple[int, int | None]:
    """Where the text and the id stand. Raises InputError."""
    doubled = {c for c in header if list(header).count(c) > 1} & {columns.text, columns.id}
    if doubled:
        raise InputError(f"{name}: two columns are named {min(doubled)!r}; rename one")
    there = listed(header)
    if columns.text not in header:
        raise InputError(f"{name}: there is no column {columns.text!r}; there are {there}; name one with --text-column")
    if columns.id not in header:
        if columns.id_required:
            raise InputError(f"{name}: there is no column {columns.id!r}; there are {there}")
        return header.index(columns.text), None
    return header.index(columns.text), header.index(columns.id)


def listed(names: Collection[str]) -> str:
    """Names of columns for a message. What is no single word may be a complaint in a file without a header, and is only counted."""
    words = [name for name in names if re.fullmatch(r"[\w.;|-]{1,40}", name)]
    more = len(names) - len(words)
    return ", ".join([*map(repr, words), *([f"{more} of several words"] if more else [])]) or "none"


class _Stream(io.RawIOBase):
    """A source for io.TextIOWrapper."""

    def __init__(self, source: Utf8) -> None:
        self.source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        part = self.source.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


def csv_rows(source: Utf8) -> Any:
    """The reader of strict CSV: all who read a file see the same rows on the same lines. What is not UTF-8 comes as surrogates."""
    csv.field_size_limit(MAX_TEXT)
    text = io.TextIOWrapper(io.BufferedReader(_Stream(source), BYTES), encoding="utf-8", errors="surrogateescape", newline="")
    return csv.reader(text, strict=True)


def read_csv(source: Utf8, columns: Columns, prefix: str, keep: bool) -> Iterator[Chunk]:
    """Strict CSV with a header; empty lines are no rows, but count. Raises InputError for a header without the columns and for an open quote."""
    reader = csv_rows(source)
    header = _header(reader, source)
    if header is None:
        return
    at, id_at = find_columns(header, source.name, columns)
    gathered = Gathered(source.name)
    number = 0
    while True:
        line, number = reader.line_num + 1, number + 1
        cells: list[str] = []
        try:
            row = next(reader, None)
            if row is None:
                break
            if row:
                cells = row
                if len(cells) != len(header):
                    count = f"{len(cells)} cell{'s' if len(cells) > 1 else ''} where the header has {len(header)}"
                    raise _Unusable(f"{count}; put quotes around text that holds commas or quotes")
                id = f"{prefix}{number}" if id_at is None else cells[id_at]
                id.encode()
                gathered.add(id, cells[at].encode())
        except csv.Error as error:
            if reader.line_num > line:  # nobody can say which of these lines are rows
                raise InputError(f"{source.name}, line {line}: not valid CSV ({error}); a quote may not be closed") from error
            reason = too_long() if "field larger" in str(error) else f"not valid CSV ({error}); double the quotes inside a quoted cell"
            gathered.rejects.append(Reject(source.name, line, f"{prefix}{number}", reason))
        except (_Unusable, UnicodeEncodeError) as error:
            reason = str(error) if isinstance(error, _Unusable) else not_utf8(source)
            known = cells[id_at] if id_at is not None and id_at < len(cells) else f"{prefix}{number}"
            shown = _shown(",".join(cells)) if keep else None
            gathered.rejects.append(Reject(source.name, line, _shown(known), reason, text=shown))
        if gathered.full():
            yield gathered.chunk(source.taken())
    if gathered.texts or gathered.rejects:
        yield gathered.chunk(source.taken())


def _header(reader: Any, source: Utf8) -> list[str] | None:
    try:
        header: list[str] | None = next(reader, None)
        "".join(header or []).encode()
    except csv.Error as error:
        raise InputError(f"{source.name}, line 1: not valid CSV ({error}); a quote may not be closed") from error
    except UnicodeEncodeError as error:
        raise InputError(f"{source.name}, line 1: {not_utf8(source)}") from error
    return header


def _shown(text: str) -> str:
    """`text` with what is no character spelled out."""
    return text.encode(errors="backslashreplace").decode()


class _Unusable(Exception):
    """Why a row cannot be used."""


def read_jsonl(source: Utf8, columns: Columns, prefix: str, keep: bool) -> Iterator[Chunk]:
    """One JSON object a line; empty lines are no rows, but count."""
    decoder = json.JSONDecoder(object_pairs_hook=_object)
    for lines in read_lines(source, prefix, keep):
        gathered = Gathered(source.name, rejects=list(lines.rejects))
        for i, row_id in enumerate(lines.ids):
            line = lines.complaint(i)
            if not line or line.isspace():
                continue
            id: str | int | None = row_id
            try:
                record = _parsed(decoder, line)
                id = _id(record, columns, str(row_id))
                gathered.add(id, _text(record, columns))
            except _Unusable as error:
                row = int(str(row_id).removeprefix(prefix))
                gathered.rejects.append(Reject(source.name, row, id, str(error), text=line if keep else None))
        gathered.rejects.sort(key=lambda reject: reject.row)
        yield gathered.chunk(lines.taken)


class _Doubled(dict[str, Any]):
    """An object with a field that stands in it twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Doubled(found)


def _parsed(decoder: json.JSONDecoder, line: str) -> dict[str, Any]:
    try:
        record = decoder.decode(line)
    except (ValueError, RecursionError) as error:
        raise _Unusable("not JSON; write one object a line") from error
    if isinstance(record, _Doubled):
        raise _Unusable("a field stands in it twice; take one of them out")
    if not isinstance(record, dict):
        raise _Unusable('not a JSON object; write {"text": "…"}')
    return record


def _id(record: dict[str, Any], columns: Columns, row_id: str) -> str | int:
    if columns.id not in record:
        if columns.id_required:
            raise _Unusable(f"no field {columns.id!r}")
        return row_id
    id = record[columns.id]
    if not isinstance(id, (str, int)) or isinstance(id, bool):
        raise _Unusable(f"the id must be a string or a whole number, not {'null' if id is None else type(id).__name__}")
    if isinstance(id, str):
        _encoded(id, "id")
    return id


def _text(record: dict[str, Any], columns: Columns) -> bytes:
    if columns.text not in record:
        raise _Unusable(f"no field {columns.text!r}; there are {listed(record)}; name the one of the text with --text-column")
    text = record[columns.text]
    if not isinstance(text, str):
        raise _Unusable(f"the text must be a string, not {'null' if text is None else type(text).__name__}")
    return _encoded(text, "text")


def _encoded(value: str, what: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise _Unusable(f"the {what} holds half of a surrogate pair, which is no character; write the file anew as UTF-8") from error
