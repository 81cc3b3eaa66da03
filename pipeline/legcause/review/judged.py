"""Complaints with their answers: from a file of results that belongs to them, or, without one, from the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..batch import read
from ..batch.chunk import Columns
from ..batch.results import is_results, read_results
from ..errors import InputError
from ..inference.assess import Assessor
from ..inference.model import Model
from ..knowledge.records import OTHER


@dataclass(frozen=True, slots=True)
class Judged:
    """A complaint and its answer. `second`: the next candidate, None where the results hold only one."""

    id: str | int
    text: str
    cause: str
    probability: float
    confident: bool
    second: str | None
    second_probability: float | None
    urgency: str
    red_flags: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether better knowledge could change the answer: it is in doubt, or none of the causes."""
        return not self.confident or self.cause == OTHER


@dataclass(frozen=True, slots=True)
class Batch:
    """Which complaints to read, with which results (None: ask the model)."""

    complaints: tuple[str, ...]
    results: Path | None
    columns: Columns

    @classmethod
    def of(cls, files: Sequence[str], complaints: Sequence[str], columns: Columns) -> Batch:
        """From the command line: files of complaints alone; or one of results and, as `complaints`, those it was made from.

        Raises InputError for a file that is not there or that is something else."""
        if not complaints:
            read.check(files)
            for file in files:
                if is_results(Path(file)):
                    raise InputError(f"{file}: these are results, which hold no texts; add --complaints and the files they were made from")
            return cls(tuple(files), None, columns)
        # A shell expands `--complaints letters/*.txt` to many words, of which the option takes the first.
        sources = (*complaints, *files[1:])
        read.check(sources)
        return cls(sources, Path(files[0]), columns)


class Judgements:
    """Iterates once over the complaints of a batch with their answers, in order.

    Raises InputError, also where a result has no complaint. Complaints without a result are counted in `passed_over`: `classify` rejected
    them, or somebody took their results out."""

    def __init__(self, batch: Batch, model: Model) -> None:
        self.batch, self.model = batch, model
        self.passed_over = 0

    def __iter__(self) -> Iterator[Judged]:
        complaints = read.complaints(self.batch.complaints, self.batch.columns)
        return self._asked(complaints) if self.batch.results is None else self._joined(complaints, self.batch.results)

    def _asked(self, complaints: Iterator[read.Complaint]) -> Iterator[Judged]:
        assessor = Assessor(self.model)
        for complaint in complaints:
            answer = assessor.assess(complaint.text, top=2)
            second = answer.candidates[1]
            yield Judged(
                complaint.id, complaint.text, answer.cause, answer.probability, answer.confident, second.cause, second.probability,
                answer.urgency, answer.red_flags,
            )  # fmt: skip

    def _joined(self, complaints: Iterator[read.Complaint], path: Path) -> Iterator[Judged]:
        """Both in step, by id."""
        for number, result in enumerate(read_results(path), 1):
            for complaint in complaints:
                if str(complaint.id) == str(result.id):
                    break
                self.passed_over += 1
            else:
                raise InputError(
                    f"{path}, result {number}: no complaint with the id {str(result.id)[:80]!r} follows in the files of complaints; "
                    "give the files that these results were made from, in the same order, with the same --id-column"
                )
            others = [c for c in result.candidates if c.cause != result.cause]
            second = others[0] if others else None
            yield Judged(
                complaint.id, complaint.text, result.cause, result.probability, result.confident, second.cause if second else None,
                second.probability if second else None, result.urgency, result.red_flags,
            )  # fmt: skip
        self.passed_over += sum(1 for _ in complaints)
