"""Reading, scoring and writing, one stream: memory does not grow with the file."""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field

from ..errors import LegcauseError
from ..inference.assess import Assessment, Assessor
from ..inference.model import Model
from .read import Complaint
from .write import Writer

CHUNK = 1000


@dataclass
class Summary:
    """What came out of a batch."""

    rows: int = 0
    doubtful: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    urgencies: Counter[str] = field(default_factory=Counter)

    def count(self, assessment: Assessment) -> None:
        self.rows += 1
        self.doubtful += not assessment.confident
        self.causes[assessment.cause] += 1
        self.urgencies[assessment.urgency] += 1


@dataclass(frozen=True)
class Job:
    """What every worker needs to know."""

    model: Model
    top: int
    findings: bool = False
    prior: dict[str, float] | None = None


def classify(complaints: Iterable[Complaint], out: Writer, job: Job, jobs: int) -> Summary:
    """Every complaint's assessment to `out`, in order. `jobs` processes; 1 stays in this one."""
    summary = Summary()
    for chunk, assessments in _assessed(complaints, job, jobs):
        for complaint, assessment in zip(chunk, assessments, strict=True):
            out.write(complaint.id, assessment)
            summary.count(assessment)
    out.close()
    return summary


def _assessed(complaints: Iterable[Complaint], job: Job, jobs: int) -> Iterator[tuple[tuple[Complaint, ...], list[Assessment]]]:
    chunks = _batched(complaints, CHUNK)
    if jobs == 1:
        _start(job)
        for chunk in chunks:
            yield chunk, _work([c.text for c in chunk])
        return
    pending: deque[tuple[tuple[Complaint, ...], Future[list[Assessment]]]] = deque()
    with ProcessPoolExecutor(jobs, initializer=_start, initargs=(job,)) as pool:
        for chunk in chunks:
            pending.append((chunk, pool.submit(_work, [c.text for c in chunk])))
            if len(pending) > 2 * jobs:
                first, future = pending.popleft()
                yield first, future.result()
        for first, future in pending:
            yield first, future.result()


def _batched(items: Iterable[Complaint], size: int) -> Iterator[tuple[Complaint, ...]]:
    iterator = iter(items)
    while chunk := tuple(itertools.islice(iterator, size)):
        yield chunk


_assessor: tuple[Assessor, Job] | None = None


def _start(job: Job) -> None:
    global _assessor
    _assessor = (Assessor(job.model, job.prior), job)


def _work(texts: list[str]) -> list[Assessment]:
    if _assessor is None:
        raise LegcauseError("a worker began without its model")
    assessor, job = _assessor
    return [assessor.assess(text, job.top, job.findings) for text in texts]
