"""Parquet → chunks: Arrow's own buffers, without a Python object a text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .chunk import ROWS, Chunk, Columns, Ids, Reject, RowNumbers
from .lines import valid
from .rows import find_columns


def read_parquet(path: Path, columns: Columns, prefix: str, keep: bool) -> Iterator[Chunk]:
    """One complaint a row. Raises InputError for a damaged file and for a column that holds no text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    name = str(path)
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            at, id_at = find_columns(names, name, columns)
            kind = file.schema_arrow.field(at).type
            if not _is_text(kind.value_type if pa.types.is_dictionary(kind) else kind):
                raise InputError(f"{name}: the column {columns.text!r} holds {kind}, not text; name another with --text-column")
            size, rows, row = path.stat().st_size, max(1, file.metadata.num_rows), 1
            wanted = [names[i] for i in (at, id_at) if i is not None]
            for batch in file.iter_batches(batch_size=ROWS, columns=wanted):
                ids = batch.column(columns.id) if id_at is not None else None
                taken = size * (row + len(batch) - 1) // rows
                yield chunk_of(name, batch.column(columns.text).cast(pa.large_string()), ids, row, prefix, keep, taken)
                row += len(batch)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # the last two: of names that are no UTF-8, of dates of no calendar
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(f"{name}: not a Parquet file, or a damaged one") from error


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def chunk_of(name: str, texts: Any, ids: Any = None, row: int = 1, prefix: str = "", keep: bool = False, taken: int = 0) -> Chunk:
    """The chunk of an Arrow array of large strings and, where given, one of ids. The first has the number `row`."""
    _, offset_buffer, data = texts.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[texts.offset : texts.offset + len(texts) + 1] if len(texts) else np.zeros(1, np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    text = data[first:last].to_pybytes() if data is not None else b""
    starts, ends = offsets[:-1] - first, offsets[1:] - first
    rejects: list[Reject] = []
    missing = texts.is_null().to_numpy(zero_copy_only=False)
    given = ids.to_pylist() if ids is not None else None
    odd = np.zeros(len(texts), np.bool_)
    if given is not None:
        given = [id if isinstance(id, int) and not isinstance(id, bool) else None if id is None else str(id) for id in given]
        odd = np.fromiter((id is None for id in given), np.bool_, len(given))
    bad = missing | odd | (np.zeros(len(texts), np.bool_) if _split_well(text, starts) else _not_utf8(text, starts, ends))
    if not bad.any():
        numbered: Ids = RowNumbers(row, len(starts), prefix) if given is None else given
        return Chunk(name, text, starts, ends, numbered, (), taken)
    everyone: list[Any] = given if given is not None else list(RowNumbers(row, len(starts), prefix))
    for i in np.flatnonzero(bad).tolist():
        reason = "the text is missing; fill it or take the row out" if missing[i] else "the id is missing; fill it" if odd[i] else "not UTF-8"
        shown = text[starts[i] : ends[i]].decode(errors="backslashreplace") if keep and not missing[i] else None
        rejects.append(Reject(name, row + i, everyone[i], reason, "row", shown))
    good = np.flatnonzero(~bad)
    return Chunk(name, text, starts[good], ends[good], [everyone[i] for i in good.tolist()], tuple(rejects), taken)


def _split_well(text: bytes, starts: Any) -> bool:
    """Whether the text is UTF-8 and no complaint starts in the middle of a character."""
    if text.isascii():
        return True
    inside = starts[starts < len(text)]
    return valid(text) and not bool((np.frombuffer(text, np.uint8)[inside] & 0xC0 == 0x80).any())


def _not_utf8(text: bytes, starts: Any, ends: Any) -> Any:
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    return np.fromiter((not valid(text[start:end]) for start, end in pairs), np.bool_, len(starts))
