"""A whole batch: what was asked for, from the files of complaints to the file of results."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .. import __version__
from ..errors import InputError, OutputError
from ..inference.model import Model
from . import output, read, run, write
from .chunk import Chunk, Columns
from .progress import Progress
from .rejects import Policy, Rejects
from .summary import Summary


@dataclass(frozen=True, slots=True)
class Request:
    """What `classify` was asked for. `out` None is standard output. Rows that cannot be read go to `rejects`, as `policy` says."""

    sources: Sequence[str]
    out: Path | None = None
    kind: str | None = None
    columns: Columns = field(default_factory=Columns)
    encoding: str = "utf-8"
    top: int = 3
    findings: bool = False
    raw_cells: bool = False
    policy: Policy = field(default_factory=Policy)
    rejects: Path | None = None
    jobs: int = 1
    force: bool = False
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `named`: the first rejects, where they were written nowhere."""

    summary: Summary
    named: Sequence[str]


def classify(request: Request, model: Model, model_path: Path, prior: dict[str, float] | None = None) -> Outcome:
    """Reads, answers and writes. Raises InputError, OutputError and LegcauseError; then there is no file of results."""
    read.check(request.sources)
    kind = write.format_of(str(request.out) if request.out else None, request.kind)
    if request.rejects is not None and request.out is not None and request.rejects.resolve() == request.out.resolve():
        raise OutputError(f"{request.rejects}: is the file of the results; name another one for the rejects")
    job = run.Job(model, kind, request.top, request.findings, request.raw_cells, prior)
    if request.resume:
        return _resumable(request, job, model_path)
    with ExitStack() as stack:
        if request.out is None:
            store = stack.enter_context(output.standard_output(job.shape))
        else:
            file = write.file(stack.enter_context(output.whole(request.out, request.force)), job.shape)
            store = output.Direct(file)
        # Entered last, so that it gets its name first: where the results are, the rejects are, too.
        rejected = stack.enter_context(output.whole(request.rejects, request.force)) if request.rejects else None
        outcome = _stream(request, store, rejected, job)
        if request.out is not None:
            file.close()
    return outcome


def _stream(request: Request, store: output.Store, rejected: IO[bytes] | None, job: run.Job) -> Outcome:
    rejects = Rejects(request.policy, rejected)
    with closing(_chunks(request)) as chunks, Progress(read.size(request.sources)) as progress:
        summary = run.classify(chunks, store, rejects, job, request.jobs, progress)
    return Outcome(summary, rejects.named)


def _chunks(request: Request) -> Generator[Chunk, None, None]:
    return read.read(request.sources, request.columns, request.encoding, request.policy.with_text)


def _resumable(request: Request, job: run.Job, model_path: Path) -> Outcome:
    if request.out is None:
        raise OutputError("--resume needs a file to write; name one with -o")
    if read.STDIN in request.sources:
        raise InputError("--resume cannot read standard input a second time; save it to a file first")
    names = [request.out, *([request.rejects] if request.rejects else [])]
    with output.resumable(names, _manifest(request, job, model_path), request.force) as parts:
        if parts.finished is not None:
            outcome = Outcome(parts.finished, ())
        else:
            with ExitStack() as stack:
                rejected = stack.enter_context((parts.folder / "rejects").open("wb")) if request.rejects else None
                outcome = _stream(request, parts, rejected, job)
            parts.assemble(job.shape, outcome.summary)
        parts.finish()
    return outcome


def _manifest(request: Request, job: run.Job, model_path: Path) -> dict[str, Any]:
    """All that the bytes of the result depend on."""
    return {
        "version": __version__,
        "model": output.digest(model_path),
        "source": [output.described(source) for source in request.sources],
        "format": job.kind,
        "top": request.top,
        "findings": request.findings,
        "raw_cells": request.raw_cells,
        "text_column": request.columns.text,
        "id_column": [request.columns.id, request.columns.id_required],
        "encoding": request.encoding,
        "prior": job.prior,
        "rejects": [str(request.rejects) if request.rejects else None, request.policy.with_text],
    }
