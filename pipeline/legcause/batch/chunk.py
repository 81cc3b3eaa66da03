"""What reading gives: chunks of complaints as one buffer of bytes with places, and the rows that could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
# Large enough that what is done once a chunk costs nothing a row, small enough for a processor's cache: finding the lines of a file went at
# 1.5 GB/s in blocks of 16 MB, at 2.3 to 2.7 in smaller ones.
ROWS = 16_384
BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold the text and the id. Without an id column of that name the row number serves."""

    text: str = "text"
    id: str = "id"
    id_required: bool = False


@dataclass(frozen=True, slots=True)
class RowNumbers(Sequence[str]):
    """Row numbers that stand in for ids: `prefix` and `first`, `first` + 1, … (`first` is 1 at the start of a source)."""

    first: int
    size: int
    prefix: str = ""

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self.size))]
        if not -self.size <= index < self.size:
            raise IndexError(index)
        return f"{self.prefix}{self.first + index % self.size}"

    def __iter__(self) -> Iterator[str]:
        return (f"{self.prefix}{n}" for n in range(self.first, self.first + self.size))


Ids = RowNumbers | list[str | int]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be read. `row` is the line it begins on where `unit` is "line", else its number; both from 1.

    `reason` never quotes the complaint. `text` is the row as far as it could be read, kept only where it was asked for."""

    source: str
    row: int
    id: str | int | None
    reason: str
    unit: str = "line"
    text: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.source}, {self.unit} {self.row}: {self.reason}"


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Complaints of one source, in its order. Complaint i is `text[starts[i]:ends[i]]`, valid UTF-8; places ascend and do not overlap.

    `ids` has one id a complaint. `rejects` are the rows of the same stretch that could not be read. `taken` is how many bytes of the
    source's file have been read up to here, 0 where nobody knows."""

    source: str
    text: bytes = field(repr=False)
    starts: Places
    ends: Places
    ids: Ids
    rejects: tuple[Reject, ...] = ()
    taken: int = 0

    def __len__(self) -> int:
        return len(self.starts)

    def complaint(self, i: int) -> str:
        """Complaint i as a string."""
        return self.text[self.starts[i] : self.ends[i]].decode("utf-8", "surrogatepass")


def joined(source: str, texts: Sequence[bytes], ids: Ids, rejects: Sequence[Reject] = (), taken: int = 0) -> Chunk:
    """A chunk of complaints that are separate strings of UTF-8."""
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), dtype=np.int64)
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1])) if len(texts) else ends
    return Chunk(source, b"".join(texts), starts, ends, ids, tuple(rejects), taken)
