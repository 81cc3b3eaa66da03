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
from .cells import disarm
from .chunk import Ids, RowNumbers

FORMATS = ("jsonl", "csv", "parquet")
# Chunks of a row group in Parquet, and of a part while a batch can be resumed: 65,536 rows are the least that Parquet reads fast.
GROUP = 4
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


def encode(answers: Answers, ids: Ids, shape: Shape, compiled: bool = False) -> bytes:
    """The rows of a chunk, as `File` takes them; `compiled`: by the compiled kernel where it can."""
    if shape.kind == "parquet":
        return arrow_rows(answers, ids, shape)
    return compiled_rows(answers, ids, shape) if compiled and answers.findings is None else text_rows(answers, ids, shape)


def rounded(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """To six decimals: the doubles nearest to whole millionths, whose shortest form has six decimals at most."""
    return np.rint(probabilities * 1e6) / 1e6


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the numbers of a row of text.

    The id between `begin` and `first` [labels], then the best probability, `confident` [no, yes], the candidates with `between` them
    (`candidate` [labels], probability, `closing`), `urgency` [urgencies], the flags, `end`."""

    begin: str
    first: tuple[str, ...]
    confident: tuple[str, str]
    candidate: tuple[str, ...]
    between: str
    closing: str
    urgency: tuple[str, ...]
    end: str


def around(shape: Shape) -> Around:
    """Of JSON Lines or CSV."""
    legend = shape.legend
    if shape.kind == "csv":
        return Around(
            begin="",
            first=tuple(f",{label},{code or ''}," for label, code in zip(legend.labels, legend.codes, strict=True)),
            confident=(",false,", ",true,"),
            candidate=tuple(f"{label}," for label in legend.labels),
            between=",",
            closing="",
            urgency=tuple(f",{name}," for name in URGENCIES),
            end="\r\n",
        )
    labels = [json.dumps(label) for label in legend.labels]
    return Around(
        begin='{"id": ',
        first=tuple(f', "cause": {label}, "icd10": {json.dumps(code)}, "probability": ' for label, code in zip(labels, legend.codes, strict=True)),
        confident=(', "confident": false, "candidates": [', ', "confident": true, "candidates": ['),
        candidate=tuple(f'{{"cause": {label}, "probability": ' for label in labels),
        between=", ",
        closing="}",
        urgency=tuple(f'], "urgency": "{name}", "red_flags": ' for name in URGENCIES),
        end="}\n",
    )


def text_rows(answers: Answers, ids: Ids, shape: Shape) -> bytes:
    """JSON Lines, one object a line; or CSV, cells as `Shape.names` says, flags joined by `;`, findings as JSON.

    The reference for `compiled_rows`."""
    words, flags = around(shape), _flag_words(answers.flags, shape)
    found = ("",) * len(answers) if answers.findings is None else _found_words(answers.findings, shape)
    out = []
    columns = (answers.ranked.tolist(), rounded(answers.probabilities).tolist(), answers.confident.tolist(), answers.urgency.tolist())
    for id, ranked, p, sure, urgent, raised, findings in zip(_id_words(ids, shape), *columns, answers.flags.tolist(), found, strict=True):
        candidates = words.between.join([f"{words.candidate[label]}{share!r}{words.closing}" for label, share in zip(ranked, p, strict=True)])
        begin = f"{words.begin}{id}{words.first[ranked[0]]}{p[0]!r}{words.confident[sure]}"
        out.append(f"{begin}{candidates}{words.urgency[urgent]}{flags[raised]}{findings}{words.end}")
    return "".join(out).encode()


def compiled_rows(answers: Answers, ids: Ids, shape: Shape) -> bytes:
    """The same bytes from the compiled kernel; without findings."""
    from ..compiled.layout import WRITTEN_SMALL, Pieces, Template
    from ..compiled.machine import call

    words, flags = around(shape), _flag_words(answers.flags, shape)
    numbered = isinstance(ids, RowNumbers) and not ids.prefix
    quote = '"' if numbered and shape.kind == "jsonl" else ""
    template = Template(
        begin=Pieces.of([words.begin + quote]),
        first=Pieces.of([quote + first for first in words.first]),
        confident=Pieces.of(words.confident),
        candidate=Pieces.of(words.candidate),
        between=Pieces.of([words.between]),
        closing=Pieces.of([words.closing]),
        urgency=Pieces.of(words.urgency),
        flags=Pieces.of(list(flags.values())),
        end=Pieces.of([words.end]),
        small=Pieces.of(WRITTEN_SMALL),
    )
    written = Pieces.of([] if numbered else _id_words(ids, shape))
    values = np.searchsorted(np.array(list(flags), np.uint16), answers.flags)
    out = np.empty(len(answers) * template.longest(shape.top) + len(written.text), np.uint8)
    first = ids.first if isinstance(ids, RowNumbers) and numbered else -1
    size = call("rendering.render", template, written, first, answers.ranked, answers.probabilities, answers.confident, answers.urgency, values, out)
    return out[:size].tobytes()


def _flag_words(flags: npt.NDArray[np.uint16], shape: Shape) -> dict[int, str]:
    """Each value of `flags`, in ascending order → how it is written."""
    raised = shape.legend.raised(flags)
    return {value: ";".join(names) if shape.kind == "csv" else json.dumps(names) for value, names in raised.items()}


def _found_words(findings: Sequence[Sequence[Any]], shape: Shape) -> list[str]:
    return ["," + _cell(_findings(f)) if shape.kind == "csv" else f', "findings": {_findings(f)}' for f in findings]


def _id_words(ids: Ids, shape: Shape) -> list[str]:
    """How each id is written."""
    if shape.kind == "jsonl":
        return [json.dumps(id, ensure_ascii=False) for id in ids]
    if not shape.raw_cells:
        ids = [disarm(id) if isinstance(id, str) else id for id in ids]
    return [_cell(str(id)) for id in ids]


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _QUOTED.search(value) else value


def _findings(found: Sequence[Any]) -> str:
    return json.dumps([f.record() for f in found], ensure_ascii=False)


def arrow_rows(answers: Answers, ids: Ids, shape: Shape) -> bytes:
    """An Arrow IPC stream of one batch."""
    import pyarrow as pa

    batch = record_batch(answers, ids, shape)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    out: bytes = sink.getvalue().to_pybytes()
    return out


def record_batch(answers: Answers, ids: Ids, shape: Shape) -> Any:
    """As Arrow's RecordBatch, columns as `Shape.names` says. Repeated words are dictionaries, so that no Python string is made a row."""
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
    raised = legend.raised(answers.flags)
    values = np.array([*raised], np.uint16)
    columns += [
        words(answers.urgency, URGENCIES),
        words(np.searchsorted(values, answers.flags), [";".join(raised[v]) for v in values.tolist()] or [""]),
    ]
    if answers.findings is not None:
        columns.append(pa.array([_findings(f) for f in answers.findings], pa.string()))
    return pa.record_batch(columns, names=shape.names)


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
