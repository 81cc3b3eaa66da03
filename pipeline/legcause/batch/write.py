"""Answers → rows of JSON Lines, CSV or Parquet, a chunk at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import OutputError
from ..knowledge.records import URGENCIES
from .answers import Answers, Legend
from .chunk import Ids, RowNumbers

FORMATS = ("jsonl", "csv", "parquet")
# Chunks of a row group in Parquet, and of a part while a batch can be resumed: 65,536 rows are the least that Parquet reads fast.
GROUP = 4
# A cell that begins so is a formula to a spreadsheet (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_QUOTED = re.compile('[",\r\n]')


@dataclass(frozen=True, slots=True)
class Shape:
    """What a row of results looks like: `kind` is one of FORMATS, `top` the number of candidates."""

    kind: str
    legend: Legend
    top: int
    findings: bool = False
    raw_cells: bool = False

    @property
    def names(self) -> list[str]:
        """The columns of CSV and Parquet."""
        names = ["id", "cause", "icd10", "probability", "confident"]
        for rank in range(1, self.top + 1):
            names += [f"candidate_{rank}", f"candidate_{rank}_probability"]
        return [*names, "urgency", "red_flags", *(["findings"] if self.findings else [])]


def format_of(out: str | None, asked: str | None) -> str:
    """The output's format: as asked, else by the ending of `out`, else JSON Lines. Raises OutputError."""
    if asked:
        return asked
    ending = Path(out).suffix.lstrip(".").lower() if out else "jsonl"
    if ending not in FORMATS:
        raise OutputError(f"{out}: cannot tell the format from this ending; use .{', .'.join(FORMATS)} or --format")
    return ending


def encode(answers: Answers, ids: Ids, shape: Shape) -> bytes:
    """The rows of a chunk, as `File` takes them."""
    return {"jsonl": jsonl_rows, "csv": csv_rows, "parquet": arrow_rows}[shape.kind](answers, ids, shape)


def rounded(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """To six decimals: the doubles nearest to whole millionths, whose shortest form has six decimals at most."""
    return np.rint(probabilities * 1e6) / 1e6


def _raised(flags: npt.NDArray[np.uint16], legend: Legend) -> dict[int, list[str]]:
    """Each value of `flags` → its flags."""
    return {value: [name for bit, name in enumerate(legend.flags) if value >> bit & 1] for value in np.unique(flags).tolist()}


def jsonl_rows(answers: Answers, ids: Ids, shape: Shape) -> bytes:
    """One JSON object a line."""
    labels, legend = [json.dumps(label) for label in shape.legend.labels], shape.legend
    first = [f', "cause": {label}, "icd10": {json.dumps(code)}, "probability": ' for label, code in zip(labels, legend.codes, strict=True)]
    candidate = [f'{{"cause": {label}, "probability": ' for label in labels]
    confident = [', "confident": false, "candidates": [', ', "confident": true, "candidates": [']
    urgency = [f'], "urgency": "{name}", "red_flags": ' for name in URGENCIES]
    flags = {value: json.dumps(names) for value, names in _raised(answers.flags, legend).items()}
    found = [""] * len(answers) if answers.findings is None else [f', "findings": {_findings(f)}' for f in answers.findings]
    out = []
    columns = (ids, answers.ranked.tolist(), rounded(answers.probabilities).tolist(), answers.confident.tolist(), answers.urgency.tolist())
    for id, ranked, p, sure, urgent, raised, findings in zip(*columns, answers.flags.tolist(), found, strict=True):
        candidates = ", ".join([f"{candidate[label]}{share!r}}}" for label, share in zip(ranked, p, strict=True)])
        shown = json.dumps(id, ensure_ascii=False)
        out.append(f'{{"id": {shown}{first[ranked[0]]}{p[0]!r}{confident[sure]}{candidates}{urgency[urgent]}{flags[raised]}{findings}}}\n')
    return "".join(out).encode()


def csv_rows(answers: Answers, ids: Ids, shape: Shape) -> bytes:
    """One row of cells a line, as `Shape.names` says; flags joined by `;`, findings as JSON."""
    labels, legend = shape.legend.labels, shape.legend
    first = [f",{label},{code or ''}," for label, code in zip(labels, legend.codes, strict=True)]
    flags = {value: ";".join(names) for value, names in _raised(answers.flags, legend).items()}
    found = [""] * len(answers) if answers.findings is None else ["," + _cell(_findings(f)) for f in answers.findings]
    if isinstance(ids, RowNumbers):
        ids = list(ids)
    if not shape.raw_cells:
        ids = [f"'{id}" if isinstance(id, str) and id.startswith(_FORMULA) else id for id in ids]
    out = []
    columns = (ids, answers.ranked.tolist(), rounded(answers.probabilities).tolist(), answers.confident.tolist(), answers.urgency.tolist())
    for id, ranked, p, sure, urgent, raised, findings in zip(*columns, answers.flags.tolist(), found, strict=True):
        candidates = ",".join([f"{labels[label]},{share!r}" for label, share in zip(ranked, p, strict=True)])
        sure = "true" if sure else "false"
        out.append(f"{_cell(str(id))}{first[ranked[0]]}{p[0]!r},{sure},{candidates},{URGENCIES[urgent]},{flags[raised]}{findings}\r\n")
    return "".join(out).encode()


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _QUOTED.search(value) else value


def _findings(found: Sequence[Any]) -> str:
    return json.dumps([f.record() for f in found], ensure_ascii=False)


def arrow_rows(answers: Answers, ids: Ids, shape: Shape) -> bytes:
    """An Arrow IPC stream of one batch. Repeated words are dictionaries, so that no Python string is made a row."""
    import pyarrow as pa

    legend, shares = shape.legend, rounded(answers.probabilities)

    def words(numbers: npt.NDArray[Any], values: Sequence[str | None]) -> Any:
        plain = [value for value in values if value is not None]
        place = np.cumsum([value is not None for value in values]) - 1
        missing = np.array([value is None for value in values])[numbers]
        return pa.DictionaryArray.from_arrays(pa.array(place[numbers].astype(np.int32), mask=missing), pa.array(plain, pa.string()))

    ranked = answers.ranked.T
    columns = [_id_column(ids), words(ranked[0], legend.labels), words(ranked[0], legend.codes), pa.array(shares[:, 0]), pa.array(answers.confident)]
    for labels, p in zip(ranked, shares.T, strict=True):
        columns += [words(labels, legend.labels), pa.array(p)]
    raised = _raised(answers.flags, legend)
    values = np.array(sorted(raised), np.uint16)
    columns += [
        words(answers.urgency, URGENCIES),
        words(np.searchsorted(values, answers.flags), [";".join(raised[v]) for v in values.tolist()] or [""]),
    ]
    if answers.findings is not None:
        columns.append(pa.array([_findings(f) for f in answers.findings], pa.string()))
    batch = pa.record_batch(columns, names=shape.names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    out: bytes = sink.getvalue().to_pybytes()
    return out


def _id_column(ids: Ids) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(ids, RowNumbers):
        return pa.array([str(id) for id in ids], pa.string())
    numbers = pa.array(np.arange(ids.first, ids.first + len(ids))).cast(pa.string())
    return pc.binary_join_element_wise(pa.scalar(ids.prefix), numbers, "") if ids.prefix else numbers


class File(Protocol):
    """Takes what `encode` gives, any number of chunks at a time, in their order."""

    def write(self, rows: bytes) -> None: ...

    def close(self) -> None: ...


def file(binary: IO[bytes], shape: Shape) -> File:
    """A file of results onto `binary`. Closing it leaves `binary` open."""
    return _Parquet(binary, shape) if shape.kind == "parquet" else _Text(binary, shape)


class _Text:
    def __init__(self, binary: IO[bytes], shape: Shape) -> None:
        self._binary = binary
        if shape.kind == "csv":
            self.write((",".join(shape.names) + "\r\n").encode())

    def write(self, rows: bytes) -> None:
        self._binary.write(rows)

    def close(self) -> None:
        pass


class _Parquet:
    def __init__(self, binary: IO[bytes], shape: Shape) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {name: pa.dictionary(pa.int32(), pa.string()) for name in shape.names}
        kinds |= {name: pa.float64() for name in shape.names if name.endswith("probability")}
        kinds |= {"id": pa.string(), "confident": pa.bool_()} | ({"findings": pa.string()} if shape.findings else {})
        self._chunks: list[Any] = []
        # Readers see strings: that they were dictionaries here is nobody's business.
        self._out = pq.ParquetWriter(binary, pa.schema(list(kinds.items())), store_schema=False)

    def write(self, rows: bytes) -> None:
        import pyarrow as pa

        reader = pa.BufferReader(rows)
        while reader.tell() < len(rows):
            self._chunks.append(pa.ipc.open_stream(reader).read_all())
            if len(self._chunks) == GROUP:
                self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        table = pa.concat_tables(self._chunks).unify_dictionaries().combine_chunks()
        self._out.write_table(table, row_group_size=max(1, len(table)))
        self._chunks = []

    def close(self) -> None:
        if self._chunks:
            self._flush()
        self._out.close()
