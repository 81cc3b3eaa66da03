"""Kernel: answers → rows of text. Which words stand between the numbers is the caller's; batch.write holds the plain way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from .layout import MILLION, SMALL

_kernel: Any = njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)


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
    if millionths < SMALL:
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


@njit(nogil=True, error_model="numpy", _nrt=False)
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
