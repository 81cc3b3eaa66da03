"""Reading, answering and writing, one stream: memory does not grow with the file."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TypeVar

from ..errors import LegcauseError
from ..inference.assess import Assessor
from ..inference.model import Model
from .answers import Answers, Compiled, Legend, answerer
from .chunk import Chunk
from .output import Store
from .rejects import Rejects
from .summary import Summary
from .write import Shape, encode

Made = TypeVar("Made")


@dataclass(frozen=True)
class Job:
    """What every worker needs to know."""

    model: Model
    kind: str
    top: int
    findings: bool = False
    raw_cells: bool = False
    prior: dict[str, float] | None = None

    @property
    def shape(self) -> Shape:
        """Of the rows of results."""
        return Shape(self.kind, Legend.of(self.model), min(self.top, len(self.model.labels)), self.findings, self.raw_cells)


@dataclass(frozen=True, slots=True)
class Encoded:
    """The rows of a chunk as bytes, and what came out of it."""

    rows: bytes
    summary: Summary


class Worker:
    """Answers chunks and makes rows of the answers. Where it is compiled, it serves any number of threads. `rows`: of the first chunk."""

    def __init__(self, job: Job, rows: int = 0) -> None:
        self.answerer = answerer(Assessor(job.model, job.prior), job.top, rows, job.findings)
        self.shape, self.compiled = job.shape, isinstance(self.answerer, Compiled)

    def __call__(self, chunk: Chunk) -> Encoded:
        return self.encoded(chunk, self.answerer(chunk))

    def encoded(self, chunk: Chunk, answers: Answers) -> Encoded:
        """The rows of answers."""
        return Encoded(encode(answers, chunk.ids, self.shape, self.compiled), Summary.of(answers, self.shape.legend))


def classify(
    chunks: Iterable[Chunk], store: Store, rejects: Rejects, job: Job, jobs: int, watch: Callable[[Chunk], None] = lambda chunk: None
) -> Summary:
    """The answers of every chunk to `store`, in order. `jobs` threads or, in the plain way, processes. `watch` sees each chunk once it is written.

    Raises LegcauseError where a worker dies."""
    began = time.monotonic()
    summary = Summary()
    summary.add(store.before)
    for chunk, encoded in _encoded(_asked(chunks, store.done, rejects), job, jobs):
        store.add(encoded.rows, encoded.summary)
        summary.add(encoded.summary)
        watch(chunk)
    rejects.end_source()
    summary.rejected = rejects.count
    summary.seconds = time.monotonic() - began
    return summary


def _asked(chunks: Iterable[Chunk], done: int, rejects: Rejects) -> Iterator[Chunk]:
    """The chunks that are still to be answered. All of them are looked at, since their rejects count."""
    for number, chunk in enumerate(chunks):
        rejects.take(chunk)
        if number >= done:
            yield chunk


def _encoded(chunks: Iterable[Chunk], job: Job, jobs: int) -> Iterator[tuple[Chunk, Encoded]]:
    begun = iter(chunks)
    head = list(itertools.islice(begun, 1))
    chunks = itertools.chain(head, begun)
    worker = Worker(job, len(head[0]) if head else 0)
    if worker.compiled:
        return _in_threads(chunks, worker, jobs)
    return _in_processes(chunks, job, jobs) if jobs > 1 else ((chunk, worker(chunk)) for chunk in chunks)


def _in_threads(chunks: Iterable[Chunk], worker: Worker, jobs: int) -> Iterator[tuple[Chunk, Encoded]]:
    """In threads of their own, so that reading, making rows and writing go on meanwhile: the kernels let go of the interpreter."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for chunk, answers in _in_order(chunks, lambda chunk: pool.submit(worker.answerer, chunk), 2 * jobs):
                yield chunk, worker.encoded(chunk, answers)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _in_processes(chunks: Iterable[Chunk], job: Job, jobs: int) -> Iterator[tuple[Chunk, Encoded]]:
    def submit(chunk: Chunk) -> Future[Encoded]:
        with _held_signals():
            return pool.submit(_work, chunk)

    with _processes(job, jobs) as pool:
        yield from _in_order(chunks, submit, 2 * jobs)


def _in_order(chunks: Iterable[Chunk], submit: Callable[[Chunk], Future[Made]], ahead: int) -> Iterator[tuple[Chunk, Made]]:
    """What comes of each chunk, in their order, with at most `ahead` more of them under way."""
    pending: deque[tuple[Chunk, Future[Made]]] = deque()
    for chunk in chunks:
        pending.append((chunk, submit(chunk)))
        if len(pending) > ahead:
            first, future = pending.popleft()
            yield first, future.result()
    for first, future in pending:
        yield first, future.result()


@contextmanager
def _processes(job: Job, jobs: int) -> Iterator[ProcessPoolExecutor]:
    """A pool that is gone at the end, however that comes, without waiting for what nobody wants any more."""
    pool = ProcessPoolExecutor(jobs, initializer=_start, initargs=(job,))
    try:
        yield pool
    except BaseException as error:
        for child in multiprocessing.active_children():
            child.kill()
        pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(error, BrokenProcessPool):
            raise LegcauseError(
                "a worker process died, perhaps for want of memory; use fewer --jobs (with --resume, nothing done is lost)"
            ) from error
        raise
    pool.shutdown()


@contextmanager
def _held_signals() -> Iterator[None]:
    """Signals wait, so that a process that is just being made does not answer them in its parent's place."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_worker: Worker | None = None


def _start(job: Job) -> None:
    """Ctrl-C reaches all processes of a terminal; the parent alone answers it, and ends the others."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _worker = Worker(job)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(chunk: Chunk) -> Encoded:
    if _worker is None:
        raise LegcauseError("a worker began without its model")
    return _worker(chunk)
