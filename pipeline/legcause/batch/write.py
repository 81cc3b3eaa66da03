"""Results → a file that appears whole or not at all, or standard output."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from ..errors import OutputError
from ..inference.assess import Assessment

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("jsonl", "csv", "parquet")
# A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Writer(Protocol):
    """Takes results one by one."""

    def write(self, id: str | int, assessment: Assessment) -> None: ...

    def close(self) -> None: ...


def format_of(out: str | None, asked: str | None) -> str:
    """The output's format: as asked, else by the ending of `out`, else JSON Lines. Raises OutputError."""
    if asked:
        return asked
    ending = Path(out).suffix.lstrip(".").lower() if out else "jsonl"
    if ending not in FORMATS:
        raise OutputError(f"{out}: cannot tell the format from this ending; use .{', .'.join(FORMATS)} or --format")
    return ending


@contextmanager
def output(out: str | None, force: bool) -> Iterator[IO[bytes]]:
    """A binary file that gets its name only when all has been written; standard output where `out` is None. Raises OutputError."""
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(out)
    if path.exists() and not force:
        raise OutputError(f"{out}: exists already; write elsewhere or add --force")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def writer(file: IO[bytes], kind: str, top: int, findings: bool, raw_cells: bool) -> Writer:
    """The writer of one format onto `file`."""
    if kind == "jsonl":
        return _JsonLines(file, findings)
    names = fields(top, findings)
    return _Csv(file, names, findings, raw_cells) if kind == "csv" else _Parquet(file, names, findings)


class _JsonLines:
    def __init__(self, file: IO[bytes], findings: bool) -> None:
        self.file, self.findings = file, findings

    def write(self, id: str | int, assessment: Assessment) -> None:
        self.file.write(json.dumps(assessment.record(id, self.findings), ensure_ascii=False).encode() + b"\n")

    def close(self) -> None:
        pass


def fields(top: int, findings: bool) -> list[str]:
    """The names of the fields of `flat`, in their order."""
    candidates = [name for rank in range(1, top + 1) for name in (f"candidate_{rank}", f"candidate_{rank}_probability")]
    return ["id", "cause", "icd10", "probability", "confident", *candidates, "urgency", "red_flags", *(["findings"] if findings else [])]


def flat(id: str | int, assessment: Assessment, findings: bool) -> list[Any]:
    """The fields of a record in one row: candidates side by side, lists of ids joined by `;`, findings as JSON."""
    record = assessment.record(id, findings)
    row = [record[name] for name in ("id", "cause", "icd10", "probability", "confident")]
    for candidate in record["candidates"]:
        row += [candidate["cause"], candidate["probability"]]
    row += [record["urgency"], ";".join(record["red_flags"])]
    return [*row, json.dumps(record["findings"], ensure_ascii=False)] if findings else row


def schema(names: Sequence[str]) -> pa.Schema:
    """The Arrow types of the fields `names`."""
    import pyarrow as pa

    kinds = {name: pa.float64() if name.endswith("probability") else pa.bool_() if name == "confident" else pa.string() for name in names}
    return pa.schema(list(kinds.items()))


def table(rows: Sequence[Sequence[Any]], kinds: pa.Schema) -> pa.Table:
    """Rows of `flat` as an Arrow table."""
    import pyarrow as pa

    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, kinds, strict=True)], schema=kinds)


class _Csv:
    def __init__(self, file: IO[bytes], names: list[str], findings: bool, raw_cells: bool) -> None:
        self.text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self.rows = csv.writer(self.text)
        self.findings, self.raw = findings, raw_cells
        self.rows.writerow(names)

    def write(self, id: str | int, assessment: Assessment) -> None:
        row = flat(id, assessment, self.findings)
        row[4] = "true" if row[4] else "false"
        if not self.raw and isinstance(row[0], str) and row[0].startswith(FORMULA):
            row[0] = "'" + row[0]
        self.rows.writerow(row)

    def close(self) -> None:
        self.text.detach()


class _Parquet:
    BATCH = 16384

    def __init__(self, file: IO[bytes], names: list[str], findings: bool) -> None:
        import pyarrow.parquet as pq

        self.schema = schema(names)
        self.out = pq.ParquetWriter(file, self.schema)
        self.findings = findings
        self.rows: list[list[Any]] = []

    def write(self, id: str | int, assessment: Assessment) -> None:
        row = flat(id, assessment, self.findings)
        row[0] = str(row[0])
        self.rows.append(row)
        if len(self.rows) >= self.BATCH:
            self._flush()

    def _flush(self) -> None:
        self.out.write_table(table(self.rows, self.schema))
        self.rows = []

    def close(self) -> None:
        if self.rows:
            self._flush()
        self.out.close()
