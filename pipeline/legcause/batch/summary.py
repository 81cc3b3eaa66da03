"""What came out of a batch, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from ..knowledge.records import URGENCIES
from .answers import Answers, Legend

# What `Summary.record` gives (see knowledge.shape).
SUMMARY = {"rows": int, "doubtful": int, "rejected": int, "causes": {str: int}, "urgencies": {str: int}}


@dataclass
class Summary:
    """`rows` were answered, `doubtful` of them without confidence; `rejected` could not be read.

    `seconds`: how long it took this time, `answered`: how many rows in that time."""

    rows: int = 0
    doubtful: int = 0
    rejected: int = 0
    answered: int = 0
    seconds: float = 0.0
    causes: Counter[str] = field(default_factory=Counter)
    urgencies: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, answers: Answers, legend: Legend) -> Self:
        """Of one chunk."""
        causes = np.bincount(answers.ranked[:, 0], minlength=len(legend.labels)).tolist()
        urgencies = np.bincount(answers.urgency, minlength=len(URGENCIES)).tolist()
        return cls(
            rows=len(answers),
            answered=len(answers),
            doubtful=len(answers) - int(np.count_nonzero(answers.confident)),
            causes=Counter({name: n for name, n in zip(legend.labels, causes, strict=True) if n}),
            urgencies=Counter({name: n for name, n in zip(URGENCIES, urgencies, strict=True) if n}),
        )

    def add(self, other: Summary) -> None:
        """Adds what came out of another stretch."""
        self.rows += other.rows
        self.doubtful += other.doubtful
        self.rejected += other.rejected
        self.answered += other.answered
        self.causes += other.causes
        self.urgencies += other.urgencies

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rows": self.rows,
            "doubtful": self.doubtful,
            "rejected": self.rejected,
            "causes": dict(self.causes),
            "urgencies": dict(self.urgencies),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """From what `record` gave."""
        causes, urgencies = Counter[str](record["causes"]), Counter[str](record["urgencies"])
        return cls(record["rows"], record["doubtful"], record["rejected"], causes=causes, urgencies=urgencies)
