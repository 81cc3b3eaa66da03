"""Kernel: answers → rows of text. Which words stand between the numbers is the caller's; batch.write holds the plain way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from numba import njit

MILLION = 1_000_000
# Up to here, millionths are written with an exponent ("1.2e-05"), as Python does.
_SMALL = 100


class Pieces(NamedTuple):
    """Strings of bytes: number i is `text[starts[i]:starts[i + 1]]`."""

    text: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, strings: Sequence[str]) -> Self:
        """Of strings, in UTF-8."""
        raw = [string.encode() for string in strings]
        return cls(np.frombuffer(b"".join(raw), np.uint8), np.cumsum([0, *map(len, raw)], dtype=np.int64))

    @property
    def longest(self) -> int:
        """Bytes of the longest."""
        return int(np.diff(self.starts).max(initial=0))


class Template(NamedTuple):
    """What stands around the numbers of a row, as in batch.write.Around, with `flags` [values that occur].

    `begin`, `between`, `closing` and `end` hold one piece; `small` [100] how the first hundred millionths are written."""

    begin: Pieces
    first: Pieces
    confident: Pieces
    candidate: Pieces
    between: Pieces
    closing: Pieces
    urgency: Pieces
    flags: Pieces
    end: Pieces
    small: Pieces

    def longest(self, top: int) -> int:
        """The most bytes that a row with `top` candidates takes, its id left out where that is no number."""
        number = 20
        once = (self.begin, self.first, self.confident, self.urgency, self.flags, self.end)
        each = (self.between, self.candidate, self.closing)
        return sum(p.longest for p in once) + 2 * number + top * (sum(p.longest for p in each) + number)


SMALL = tuple(repr(i / MILLION) for i in range(_SMALL))

_kernel: Any = njit(nogil=True, cache=True, error_model="numpy", _nrt=False, forceinline=True)


@_kernel
def _copy(out, at, pieces, number):
    start, stop = pieces.starts[number], pieces.starts[number + 1]
    for i in range(start, stop):
        out[at] = pieces.text[i]
        at += 1
    return at


@_kernel
def _whole_number(out, at, number):
    digits, rest = 1, number // 10
    while rest:
        digits += 1
        rest //= 10
    for i in range(digits):
        out[at + digits - 1 - i] = np.uint8(48 + number % 10)
        number //= 10
    return at + digits


@_kernel
def _share(out, at, share, small):
    millionths = np.int64(np.rint(share * MILLION))
    if millionths < _SMALL:
        return _copy(out, at, small, millionths)
    out[at], out[at + 1] = np.uint8(48 + millionths // MILLION), np.uint8(46)
    rest = millionths % MILLION
    for i in range(6):
        out[at + 7 - i] = np.uint8(48 + rest % 10)
        rest //= 10
    at += 8
    while out[at - 1] == 48 and out[at - 2] != 46:
        at -= 1
    return at


@njit(nogil=True, cache=True, error_model="numpy", _nrt=False)
def render(t, ids, first_id, ranked, probabilities, confident, urgency, flags, out):
    """Writes a row a complaint into `out`; returns the bytes written. `ids`: Pieces, or none of them where ids are numbers from `first_id` on."""
    at = 0
    for row in range(len(ranked)):
        at = _copy(out, at, t.begin, 0)
        at = _copy(out, at, ids, row) if first_id < 0 else _whole_number(out, at, first_id + row)
        at = _copy(out, at, t.first, ranked[row, 0])
        at = _share(out, at, probabilities[row, 0], t.small)
        at = _copy(out, at, t.confident, 1 if confident[row] else 0)
        for rank in range(ranked.shape[1]):
            if rank:
                at = _copy(out, at, t.between, 0)
            at = _copy(out, at, t.candidate, ranked[row, rank])
            at = _share(out, at, probabilities[row, rank], t.small)
            at = _copy(out, at, t.closing, 0)
        at = _copy(out, at, t.urgency, urgency[row])
        at = _copy(out, at, t.flags, flags[row])
        at = _copy(out, at, t.end, 0)
    return at
