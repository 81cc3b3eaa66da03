"""Files of results, as `classify` writes them → result records, in order. What is no result is named with file, place and cure."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..errors import InputError
from ..inference.assess import Candidate
from ..knowledge.records import URGENCIES
from .cells import rearm

FORMATS = ("jsonl", "csv", "parquet")
NEEDED = ("id", "cause", "probability", "confident", "urgency")
MAX_CELL = 64 * 1024 * 1024
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Result:
    """One result record. `candidates`: as many as `classify --top` wrote, best first. `findings`: None where the file has none."""

    id: str | int
    cause: str
    icd10: str | None
    probability: float
    confident: bool
    candidates: tuple[Candidate, ...]
    urgency: str
    red_flags: tuple[str, ...]
    findings: tuple[Mapping[str, Any], ...] | None


def read_results(path: Path) -> Iterator[Result]:
    """The results in `path`. Raises InputError naming file, place and cure."""
    for place, record in _rows(path):
        if missing := [name for name in NEEDED if record.get(name) is None]:
            raise InputError(f"{path}, {place}: no {missing[0]!r}; this is no file of results, make one with `legcause classify`")
        try:
            yield _result(record)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}, {place}: a field of this result cannot be read; make the file anew with `legcause classify`") from error


def is_results(path: Path) -> bool:
    """Whether the file, by its first record, holds results and no texts."""
    if not path.is_file() or path.suffix.lstrip(".").lower() not in FORMATS:
        return False
    try:
        first = next(_rows(path), None)
    except InputError:
        return False
    return first is not None and "text" not in first[1] and all(name in first[1] for name in NEEDED)


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each record with its place in the file, in words."""
    kind = path.suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise InputError(f"{path}: cannot tell what {path.suffix or 'a file without ending'} is; results end in .{', .'.join(FORMATS)}")
    if not path.exists():
        raise InputError(f"{path}: there is no such file of results; make it with `legcause classify IN -o {path.name}`")
    try:
        if kind == "parquet":
            yield from _parquet(path)
        else:
            with path.open("rb") as file:
                yield from (_jsonl if kind == "jsonl" else _csv)(path, file)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8, so not written by `legcause classify`; save it as UTF-8") from error


def _jsonl(path: Path, file: IO[bytes]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(file, 1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: not JSON; is the file cut off? Make it anew with `legcause classify`") from error
        if not isinstance(record, dict):
            raise InputError(f"{path}, line {number}: not a JSON object, so no result of `legcause classify`")
        yield f"line {number}", record


def _csv(path: Path, file: IO[bytes]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""), strict=True)
    try:
        header = next(reader, None)
        for row in reader if header else ():
            if header is None or len(row) != len(header):
                raise InputError(f"{path}, line {reader.line_num}: {len(row)} cells where the header has {len(header or ())}")
            record: dict[str, Any] = dict(zip(header, row, strict=True))
            if "id" in record:
                record["id"] = rearm(record["id"])
            if "confident" in record:
                record["confident"] = _TRUTH.get(record["confident"].lower())  # a spreadsheet writes TRUE
            yield f"line {reader.line_num}", record
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: not valid CSV ({error})") from error


def _parquet(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=8192):
                for record in batch.to_pylist():
                    number += 1
                    yield f"row {number}", record
    except pa.ArrowException as error:
        raise InputError(f"{path}: not a Parquet file, or a damaged one") from error


def _result(record: Mapping[str, Any]) -> Result:
    flags, findings = record.get("red_flags") or (), record.get("findings")
    result = Result(
        id=record["id"],
        cause=str(record["cause"]),
        icd10=record.get("icd10") or None,
        probability=float(record["probability"]),
        confident=record["confident"],
        candidates=tuple(_candidates(record)),
        urgency=record["urgency"],
        red_flags=tuple(flags.split(";") if isinstance(flags, str) else flags),
        findings=None if findings is None else tuple(json.loads(findings) if isinstance(findings, str) else findings),
    )
    if not isinstance(result.id, (str, int)) or not isinstance(result.confident, bool):
        raise TypeError
    if result.urgency not in URGENCIES or not all(0 <= p <= 1 for p in (result.probability, *(c.probability for c in result.candidates))):
        raise ValueError
    return result


def _candidates(record: Mapping[str, Any]) -> Iterable[Candidate]:
    if "candidates" in record:
        for candidate in record["candidates"]:
            yield Candidate(str(candidate["cause"]), float(candidate["probability"]))
        return
    for rank in itertools.count(1):
        cause = record.get(f"candidate_{rank}")
        if not cause:
            return
        yield Candidate(str(cause), float(record[f"candidate_{rank}_probability"]))
