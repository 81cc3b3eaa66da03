"""The answers to a chunk of complaints, column by column."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from ..errors import LegcauseError
from ..inference.assess import Assessment, Assessor
from ..inference.findings import Found
from ..inference.flags import order
from ..inference.model import Model
from ..knowledge.records import OTHER, URGENCIES
from .chunk import Chunk, joined

MAX_FLAGS = 16  # bits of a uint16
# So many complaints at once are worth the compiled way, which may have to be compiled first, for half a minute.
COMPILED_FROM = 4_000


@dataclass(frozen=True, slots=True)
class Legend:
    """What the numbers of `Answers` stand for. `flags` are in the order in which raised ones are reported."""

    labels: tuple[str, ...]
    codes: tuple[str | None, ...]  # ICD-10, one a label; None for other
    flags: tuple[str, ...]

    @classmethod
    def of(cls, model: Model) -> Self:
        """Of the model's knowledge: flags the most urgent first, else in the order of the knowledge base. Raises LegcauseError."""
        causes, flags = model.knowledge["causes"], model.knowledge["red_flags"]
        if len(flags) > MAX_FLAGS:
            raise LegcauseError(
                f"the model knows {len(flags)} red flags, a batch at most {MAX_FLAGS}; take some out of red_flags.toml and train again"
            )
        codes = tuple(None if label == OTHER else str(causes[label]["icd10"]) for label in model.labels)
        return cls(model.labels, codes, tuple(order(flags)))

    def raised(self, flags: npt.NDArray[np.uint16]) -> dict[int, list[str]]:
        """Each value of `flags` (see Answers), in ascending order → the flags that it stands for."""
        return {value: [name for bit, name in enumerate(self.flags) if value >> bit & 1] for value in np.unique(flags).tolist()}


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers to n complaints, with the `top` best candidates of each.

    `ranked` int16 [n, top]: numbers of labels, the best first; `probabilities` float64 [n, top]: theirs, not rounded; `confident` bool [n];
    `urgency` uint8 [n]: place in knowledge.records.URGENCIES; `flags` uint16 [n]: bit i is flag i of the legend; `findings`: those of each
    complaint, or None where they were not asked for."""

    ranked: npt.NDArray[np.int16]
    probabilities: npt.NDArray[np.float64]
    confident: npt.NDArray[np.bool_]
    urgency: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.uint16]
    findings: tuple[tuple[Found, ...], ...] | None = None

    def __len__(self) -> int:
        return len(self.ranked)


def of_assessments(assessments: Sequence[Assessment], legend: Legend, top: int, findings: bool = False) -> Answers:
    """The same answers as columns. Each assessment has its min(`top`, labels) candidates."""
    width = min(top, len(legend.labels))
    label = {name: i for i, name in enumerate(legend.labels)}
    bit = {name: 1 << i for i, name in enumerate(legend.flags)}
    urgency = {name: i for i, name in enumerate(URGENCIES)}

    def column(values: list[Any], kind: Any, *shape: int) -> npt.NDArray[Any]:
        return np.array(values, dtype=kind).reshape(len(assessments), *shape)

    return Answers(
        ranked=column([[label[c.cause] for c in a.candidates] for a in assessments], np.int16, width),
        probabilities=column([[c.probability for c in a.candidates] for a in assessments], np.float64, width),
        confident=column([a.confident for a in assessments], np.bool_),
        urgency=column([urgency[a.urgency] for a in assessments], np.uint8),
        flags=column([sum(bit[f] for f in a.red_flags) for a in assessments], np.uint16),
        findings=tuple(a.findings for a in assessments) if findings else None,
    )


class Answerer(Protocol):
    """Answers chunks. Raises nothing for any text."""

    legend: Legend

    def __call__(self, chunk: Chunk) -> Answers: ...


class Plain:
    """One complaint after the other, as `explain` does it: the reference for every faster way."""

    def __init__(self, assessor: Assessor, top: int, findings: bool = False) -> None:
        self.legend = Legend.of(assessor.model)
        self._assessor, self._top, self._findings = assessor, top, findings

    def __call__(self, chunk: Chunk) -> Answers:
        assessments = [self._assessor.assess(chunk.complaint(i), self._top, self._findings) for i in range(len(chunk))]
        return of_assessments(assessments, self.legend, self._top, self._findings)


class Compiled:
    """The compiled way, without findings, for any number of threads."""

    def __init__(self, assessor: Assessor, top: int) -> None:
        self.legend = Legend.of(assessor.model)
        self._top = min(top, len(self.legend.labels))
        with _said_if_slow("compiling for big batches, once (about half a minute)"):
            from ..compiled.answerer import Answerer as Kernels

            self._kernels = Kernels(assessor)
            self(joined("", [b"leg"], ["1"]))

    def __call__(self, chunk: Chunk) -> Answers:
        return Answers(*self._kernels.answer(chunk.text, chunk.starts, chunk.ends, self._top))


@contextmanager
def _said_if_slow(what: str) -> Iterator[None]:
    """Says on a terminal what goes on where it takes more than a few seconds."""
    timer = threading.Timer(4, lambda: print(what, file=sys.stderr, flush=True))
    timer.daemon = True
    if sys.stderr.isatty():
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def answerer(assessor: Assessor, top: int, rows: int, findings: bool = False) -> Plain | Compiled:
    """The way that suits `rows` complaints: compiled where they are many, numba is installed, and no findings are asked for."""
    if rows >= COMPILED_FROM and not findings and find_spec("numba"):
        return Compiled(assessor, top)
    return Plain(assessor, top, findings)
