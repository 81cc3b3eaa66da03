"""How far a batch is, on a terminal and nowhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from .chunk import Chunk

_EVERY = 0.2  # seconds between two looks


class Progress:
    """One line on standard error that is written over and taken away at the end. `total`: bytes of all sources, where known."""

    def __init__(self, total: int | None) -> None:
        self._total, self._shown = total, sys.stderr.isatty()
        self._began = self._last = time.monotonic()
        self._rows, self._before, self._source, self._taken = 0, 0, "", 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._write("")

    def __call__(self, chunk: Chunk) -> None:
        """A chunk has been written."""
        if chunk.source != self._source:
            self._before, self._source = self._before + self._taken, chunk.source
        self._rows, self._taken = self._rows + len(chunk), chunk.taken
        now = time.monotonic()
        if now - self._last >= _EVERY:
            self._last = now
            self._write(self._line(now - self._began))

    def _line(self, seconds: float) -> str:
        line = f"{self._rows:,} complaints, {self._rows / seconds:,.0f} a second"
        done = self._before + self._taken
        if self._total and done:
            left = max(0, round(seconds * (self._total - done) / done))
            line += f", {min(1, done / self._total):.0%}, {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left"
        return line

    def _write(self, line: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
