"""Bytes → lines, a block at a time: no Python object a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from .chunk import BYTES, ROWS, Chunk, Places, Reject, RowNumbers

# The longest complaint: a long letter has 20 KB. Above it a line is more likely another kind of file, and memory must stay bounded.
MAX_TEXT = 64 * 1024 * 1024
_NEWLINE, _RETURN = 10, 13


class Utf8(Protocol):
    """Bytes meant to be UTF-8. `start`: the offset of the first of them in the file; `encoding`: what the file was in."""

    name: str
    encoding: str
    start: int

    def read(self, size: int) -> bytes: ...

    def taken(self) -> int: ...


def read_lines(source: Utf8, prefix: str, keep: bool) -> Iterator[Chunk]:
    """One complaint a line. A line ends in \\n or \\r\\n and nothing else; a last one without an end counts, an empty one is an empty complaint.

    `prefix` goes before the row number; with `keep`, rejects keep their text."""
    row = 1
    for offset, text, whole in _blocks(source):
        if not whole:
            shown = text.decode(errors="backslashreplace") if keep else None
            reject = Reject(source.name, row, f"{prefix}{row}", too_long(), text=shown)
            yield Chunk(source.name, b"", np.empty(0, np.int64), np.empty(0, np.int64), RowNumbers(row, 0, prefix), (reject,), source.taken())
            row += 1
            continue
        starts, ends = _split(text)
        for at in range(0, len(starts), ROWS):
            some = slice(at, at + ROWS)
            yield _chunk(source, text, starts[some], ends[some], row, prefix, offset, keep)
            row += len(starts[some])


def too_long() -> str:
    """The reason of a reject."""
    return f"longer than {MAX_TEXT // 1024 // 1024} MB; is this a text with one complaint a row?"


def not_utf8(source: Utf8, at: int | None = None) -> str:
    """The reason of a reject. `at`: offset in the bytes of `source`, where it is known."""
    if source.encoding != "utf-8":  # the offset is one of the UTF-8 made from it, which nobody can look up
        return f"not {source.encoding}; name another encoding with --encoding"
    place = "" if at is None else f" at byte {source.start + at}"
    return f"not UTF-8{place}; save the file as UTF-8 or name its encoding with --encoding"


def _blocks(source: Utf8) -> Iterator[tuple[int, bytes, bool]]:
    """Offset, text and True where the text is whole lines; False where it is the first part of one that is too long and left out."""
    offset, carry, skipping = 0, b"", False
    while block := source.read(BYTES):
        if skipping:
            cut = block.find(b"\n") + 1
            offset += cut or len(block)
            if not cut:
                continue
            block, skipping = block[cut:], False
        end = block.rfind(b"\n") + 1
        if end:
            yield offset, b"".join((carry, memoryview(block)[:end])), True
            offset, carry = offset + len(carry) + end, block[end:]
            continue
        carry += block
        if len(carry) > MAX_TEXT:
            yield offset, carry, False
            offset, carry, skipping = offset + len(carry), b"", True
    if carry:
        yield offset, carry, True


def _split(text: bytes) -> tuple[Places, Places]:
    """Where the lines of `text` start and end, without their line ends."""
    raw = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(raw == _NEWLINE)
    if raw[-1] != _NEWLINE:
        ends = np.append(ends, len(raw))
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    return starts, ends - ((ends > starts) & (raw[ends - 1] == _RETURN))


def _chunk(source: Utf8, text: bytes, starts: Places, ends: Places, row: int, prefix: str, offset: int, keep: bool) -> Chunk:
    first, part = 0, text
    if len(text) - int(ends[-1]) + int(starts[0]) > 2:  # lines of other chunks stand before or behind
        first = int(starts[0])
        part, starts, ends = text[first : int(ends[-1])], starts - first, ends - first
    if valid(part):
        return Chunk(source.name, part, starts, ends, RowNumbers(row, len(starts), prefix), (), source.taken())
    good, rejects = [], []
    for i, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        try:
            part[start:end].decode()
            good.append(i)
        except UnicodeDecodeError as error:
            shown = part[start:end].decode(errors="backslashreplace") if keep else None
            reason = not_utf8(source, offset + first + start + error.start)
            rejects.append(Reject(source.name, row + i, f"{prefix}{row + i}", reason, text=shown))
    return Chunk(source.name, part, starts[good], ends[good], [f"{prefix}{row + i}" for i in good], tuple(rejects), source.taken())


def valid(text: bytes) -> bool:
    """Whether this is UTF-8."""
    if text.isascii():
        return True
    # What is not ASCII stands together, so only that is decoded, and the byte behind it: three times as fast as all of it.
    raw = np.frombuffer(text, np.uint8)
    beyond = raw > 127
    try:
        (raw[:1].tobytes() + raw[1:][beyond[1:] | beyond[:-1]].tobytes()).decode()
    except UnicodeDecodeError:
        return False
    return True
