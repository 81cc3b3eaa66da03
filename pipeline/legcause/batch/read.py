"""Files of complaints → chunks of complaints, in order. What cannot be read is named with file, place and cure."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..errors import InputError
from .chunk import Chunk, Columns, Reject
from .lines import MAX_TEXT, not_utf8, read_lines, too_long
from .rows import Gathered, read_csv, read_jsonl
from .source import COMPRESSED, Source
from .table import read_parquet

STDIN = "-"
FORMATS = (".txt", ".csv", ".jsonl", ".parquet")


def read(sources: Sequence[str], columns: Columns, encoding: str = "utf-8", keep: bool = False) -> Generator[Chunk, None, None]:
    """All complaints of all sources, one after the other. `-` is standard input: lines of text.

    With several sources, row numbers are written `file:row`. With `keep`, rejects keep their text. Raises InputError."""
    for source in sources:
        try:
            yield from _read_one(source, columns, encoding, f"{source}:" if len(sources) > 1 else "", keep)
        except OSError as error:
            raise InputError(f"{source}: cannot be read: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint with its id."""

    id: str | int
    text: str


def complaints(sources: Sequence[str], columns: Columns, encoding: str = "utf-8") -> Iterator[Complaint]:
    """All complaints of all sources one by one, for those who need their words; rows that cannot be read are left out."""
    for chunk in read(sources, columns, encoding):
        for i, id in enumerate(chunk.ids):
            yield Complaint(id, chunk.complaint(i))


def check(sources: Sequence[str]) -> None:
    """Raises InputError for a source that is not there or whose ending is unknown, before anything is read."""
    for source in sources:
        try:
            if source != STDIN:
                _check(source, Path(source))
        except OSError as error:
            raise InputError(f"{source}: cannot be read: {error.strerror or error}") from error


def _check(source: str, path: Path) -> None:
    if not path.exists():
        raise InputError(f"{source}: there is no such file or folder")
    if path.is_dir():
        if not any(path.glob("*.txt")):
            raise InputError(f"{source}: this folder holds no .txt files; put one complaint in each")
    elif _kind(path) not in FORMATS or (_kind(path) == ".parquet" and path.suffix.lower() in COMPRESSED):
        kind = "".join(path.suffixes[-2:]) or "a file without ending"
        ways = f"{', '.join(FORMATS)}, compressed as .gz or .zst (not Parquet), a folder of .txt, or - for standard input"
        raise InputError(f"{source}: cannot tell what {kind} is; use {ways}")


def size(sources: Sequence[str]) -> int | None:
    """Bytes of all sources, as `Chunk.taken` counts them; None where nobody knows."""
    total = 0
    for source in sources:
        if source == STDIN or not Path(source).is_file():
            return None
        total += Path(source).stat().st_size
    return total


def _kind(path: Path) -> str:
    """The ending that says what is in it, without that of the compression."""
    return (Path(path.stem) if path.suffix.lower() in COMPRESSED else path).suffix.lower()


def _read_one(name: str, columns: Columns, encoding: str, prefix: str, keep: bool) -> Iterator[Chunk]:
    path = Path(name)
    if name == STDIN:
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as file:
            yield from read_lines(Source(file, "standard input", encoding), prefix, keep)
    elif path.is_dir():
        yield from _folder(path, encoding, keep)
    elif _kind(path) == ".parquet":
        yield from read_parquet(path, columns, prefix, keep)
    else:
        with path.open("rb", buffering=0) as file:
            source = Source(file, name, encoding)
            if _kind(path) == ".txt":
                yield from read_lines(source, prefix, keep)
            else:
                yield from (read_csv if _kind(path) == ".csv" else read_jsonl)(source, columns, prefix, keep)
            source.unchanged()


def _folder(path: Path, encoding: str, keep: bool) -> Iterator[Chunk]:
    """One complaint a file, its name the id, in the order of the names."""
    gathered = Gathered(str(path))
    for number, letter in enumerate(sorted(path.glob("*.txt")), 1):
        try:
            with letter.open("rb", buffering=0) as file:
                raw, reason = _letter(file, str(letter), encoding)
        except OSError as error:
            raw, reason = b"", f"cannot be read: {error.strerror or error}"
        except InputError as error:
            raw, reason = b"", str(error).removeprefix(f"{letter}: ")
        if reason:
            shown = raw.decode(errors="backslashreplace") if keep else None
            gathered.rejects.append(Reject(str(letter), number, letter.name, reason, "file", shown))
        else:
            gathered.add(letter.name, raw)
        if gathered.full():
            yield gathered.chunk(0)
    yield gathered.chunk(0)


def _letter(file: IO[bytes], name: str, encoding: str) -> tuple[bytes, str]:
    """A file's content without white space around it, and why it cannot be used, or nothing."""
    source = Source(file, name, encoding)
    raw = source.read(MAX_TEXT + 1)
    if len(raw) > MAX_TEXT:
        return raw, too_long()
    try:
        return raw.decode().strip().encode(), ""
    except UnicodeDecodeError as error:
        return raw, not_utf8(source, error.start)
