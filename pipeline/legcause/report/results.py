"""Files that `legcause classify` wrote → results, in order; and the rejects of a batch."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..knowledge.records import URGENCIES

FORMATS = ("jsonl", "csv", "parquet")
_BATCH = 8192  # rows of a Parquet file in memory at once


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a batch. `candidates`: cause and probability (0-1), best first. `findings`: None where the batch wrote none."""

    id: str
    cause: str
    probability: float
    confident: bool
    candidates: tuple[tuple[str, float], ...]
    urgency: str
    red_flags: tuple[str, ...]
    findings: tuple[Mapping[str, Any], ...] | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be classified: where it stands and why."""

    source: str
    row: str
    id: str
    reason: str


def read(path: Path) -> Iterator[Result]:
    """The results in `path`, one at a time. Raises InputError."""
    kind = path.suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise InputError(f"{path}: cannot tell the format from this ending; give what `legcause classify` wrote: .{', .'.join(FORMATS)}")
    rows = {"jsonl": _json_lines, "csv": _csv, "parquet": _parquet}[kind](path)
    for number in count(1):
        try:
            row = next(rows, None)
            if row is None:
                return
            result = _nested(row) if kind == "jsonl" else _flat(row, kind == "csv")
            if result.urgency not in URGENCIES or not 0 <= result.probability <= 1:
                raise ValueError("urgency or probability out of range")
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error) as error:
            raise InputError(f"{path}, row {number}: not a result of `legcause classify`; give the file that it wrote") from error
        yield result


def rejects(path: Path) -> Iterator[Reject]:
    """The rejects in a JSON Lines file of `source`, `row`, `id`, `reason`; other fields are left unread. Raises InputError."""
    rows = _json_lines(path)
    for number in count(1):
        try:
            row = next(rows, None)
            if row is None:
                return
            reject = Reject(*("" if row.get(name) is None else str(row[name]) for name in ("source", "row", "id", "reason")))
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
        except (ValueError, AttributeError, RecursionError) as error:
            raise InputError(f'{path}, row {number}: not a reject; write one {{"source", "row", "id", "reason"}} a line') from error
        yield reject


def _json_lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _csv(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(64 * 1024 * 1024)
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise InputError(f"{path}: not a Parquet file, or a damaged one") from error


def _nested(row: Mapping[str, Any]) -> Result:
    findings = row.get("findings")
    return Result(
        id=str(row["id"]),
        cause=row["cause"],
        probability=float(row["probability"]),
        confident=bool(row["confident"]),
        candidates=tuple((c["cause"], float(c["probability"])) for c in row["candidates"]),
        urgency=row["urgency"],
        red_flags=tuple(row["red_flags"]),
        findings=None if findings is None else tuple(findings),
    )


def _flat(row: Mapping[str, Any], text: bool) -> Result:
    """A row of CSV (`text`: every cell is a string) or Parquet."""
    id, findings = str(row["id"]), row.get("findings")
    candidates = []
    for rank in count(1):
        cause = row.get(f"candidate_{rank}")
        if not cause:
            break
        candidates.append((str(cause), float(row[f"candidate_{rank}_probability"])))
    return Result(
        id=id[1:] if text and id[:1] == "'" and id[1:2] in "=+-@\t\r\n" else id,  # disarmed for spreadsheets when it was written
        cause=row["cause"],
        probability=float(row["probability"]),
        confident={"true": True, "false": False}[row["confident"]] if text else bool(row["confident"]),
        candidates=tuple(candidates),
        urgency=row["urgency"],
        red_flags=tuple((row["red_flags"] or "").split(";")) if row["red_flags"] else (),
        findings=None if findings is None else tuple(json.loads(findings)),
    )
