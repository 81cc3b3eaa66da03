"""Reading: nothing is lost, whatever the file holds."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legcause.batch import lines
from legcause.batch.chunk import Chunk, Columns, RowNumbers
from legcause.batch.read import check, read
from legcause.errors import InputError

from .cases.files.make import contents, make
from .conftest import cases, legcause

EXPECTED = cases("files/expected.jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files")
    make(made)
    return made


def taken(path: Path, encoding: str = "utf-8") -> tuple[list[list[Any]], list[list[Any]]]:
    """Id and text of every complaint, and row, id and reason of every reject."""
    check([str(path)])
    rows, rejects = [], []
    for chunk in read([str(path)], Columns(), encoding):
        sound(chunk)
        rows += [[id, chunk.complaint(i)] for i, id in enumerate(chunk.ids)]
        rejects += [[r.row, r.id, r.reason] for r in chunk.rejects]
    return rows, rejects


def sound(chunk: Chunk) -> None:
    """What every chunk promises."""
    assert chunk.starts.dtype == chunk.ends.dtype == np.int64
    assert len(chunk.starts) == len(chunk.ends) == len(chunk.ids)
    assert (chunk.starts <= chunk.ends).all()
    assert (chunk.ends[:-1] <= chunk.starts[1:]).all()
    assert isinstance(chunk.text, bytes)
    assert not len(chunk) or chunk.ends[-1] <= len(chunk.text)


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: f"{case['file']} {case.get('encoding', '')}".strip())
def test_an_awkward_file_gives_what_is_expected_of_it(case: dict[str, Any], folder: Path) -> None:
    path, encoding = folder / case["file"], case.get("encoding", "utf-8")
    if "error" in case:
        with pytest.raises(InputError) as error:
            taken(path, encoding)
        assert case["error"] in str(error.value)
        assert str(path) in str(error.value)
        return
    rows, rejects = taken(path, encoding)
    assert [[id, text if len(text) < 100 else f"{text[:20]}… {len(text)}"] for id, text in rows] == case["rows"]
    assert [[row, id] for row, id, _ in rejects] == [[row, id] for row, id, _ in case.get("rejects", [])]
    for (_, _, reason), (_, _, expected) in zip(rejects, case.get("rejects", []), strict=True):
        assert reason.startswith(expected)


def test_every_awkward_file_has_an_expectation(folder: Path) -> None:
    assert {case["file"] for case in EXPECTED} == {path.name for path in folder.iterdir()} >= set(contents())


def plain_lines(raw: bytes) -> list[bytes]:
    """The definition of a line, without blocks."""
    parts = raw.split(b"\n")
    return [line.removesuffix(b"\r") for line in (parts[:-1] if parts[-1] == b"" else parts)]


PIECES = st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b"\xc3\xa9", b"\xc3", b"\xff", b"\x00", "\u2028".encode(), b"bc"]), max_size=60).map(
    b"".join
)


UTF8 = st.lists(st.one_of(st.text(max_size=9).map(str.encode), st.binary(max_size=3)), max_size=9).map(b"".join)


@given(UTF8)
def test_bytes_are_utf8_where_they_can_be_decoded(raw: bytes) -> None:
    assert lines.valid(raw) == (raw.decode(errors="ignore").encode() == raw)


@settings(max_examples=150, deadline=None)
@given(PIECES, st.integers(1, 9), st.integers(1, 5))
def test_lines_are_the_same_in_blocks_and_chunks_of_any_size(tmp_path_factory: pytest.TempPathFactory, raw: bytes, block: int, rows: int) -> None:
    path = tmp_path_factory.getbasetemp() / "lines.txt"
    path.write_bytes(raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BYTES", block)
        patch.setattr(lines, "ROWS", rows)
        good, rejects = taken(path)
    found: dict[int, bytes | None] = {int(id): text.encode() for id, text in good} | {row: None for row, _, _ in rejects}
    expected = plain_lines(raw)
    assert [*sorted(found)] == [*range(1, len(expected) + 1)]
    assert [found[n] for n in sorted(found)] == [line if lines.valid(line) else None for line in expected]


@pytest.mark.parametrize("block", [1, 7, 64])
def test_a_line_that_is_too_long_is_rejected_and_the_next_is_read(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BYTES", block)
    monkeypatch.setattr(lines, "MAX_TEXT", 100)
    (tmp_path / "a.txt").write_bytes(b"legs\n" + b"x" * 300 + b"\ncramp\n" + b"y" * 300)
    rows, rejects = taken(tmp_path / "a.txt")
    assert rows == [["1", "legs"], ["3", "cramp"]]
    assert [row for row, _, _ in rejects] == [2, 4]


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TABLE = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(TABLE)
def test_what_is_written_as_csv_json_lines_or_parquet_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    folder = tmp_path_factory.getbasetemp()
    sink = io.StringIO(newline="")
    csv.writer(sink).writerows([("id", "text"), *rows])
    (folder / "t.csv").write_bytes(sink.getvalue().encode())
    (folder / "t.jsonl").write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in rows))
    pq.write_table(pa.table({"id": [id for id, _ in rows], "text": [text for _, text in rows]}), folder / "t.parquet")
    for ending in ("csv", "jsonl", "parquet"):
        assert taken(folder / f"t.{ending}") == ([list(row) for row in rows], [])


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from(["txt", "csv", "jsonl", "parquet", "txt.gz", "txt.zst"]),
    st.sampled_from(["utf-8", "latin-1", "cp1252", "utf-16"]),
)
def test_any_bytes_are_read_or_refused_with_the_file_named(tmp_path_factory: pytest.TempPathFactory, raw: bytes, ending: str, encoding: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{ending}"
    path.write_bytes(b"text,id\n" + raw if ending == "csv" else raw)
    try:
        rows, refused = taken(path, encoding)[0], str(path)
    except InputError as error:
        rows, refused = [], str(error)
    assert refused.startswith(str(path))
    assert [f"{id}{text}".encode().decode() for id, text in rows] == [f"{id}{text}" for id, text in rows]


def test_row_numbers_are_a_sequence_of_strings() -> None:
    numbers = RowNumbers(5, 3, "a.txt:")
    assert [*numbers] == [numbers[0], numbers[1], numbers[-1]] == ["a.txt:5", "a.txt:6", "a.txt:7"]
    assert numbers[1:] == ["a.txt:6", "a.txt:7"]


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("legs\n")
    chunks = read([str(path)], Columns())
    next(chunks)
    with path.open("a") as file:
        file.write("and feet\n")
    with pytest.raises(InputError, match="changed while it was read"):
        list(chunks)


def test_a_missing_header_that_is_a_complaint_is_not_quoted(folder: Path) -> None:
    with pytest.raises(InputError) as error:
        taken(folder / "no_header.csv")
    assert "my legs" not in str(error.value)


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="needs another user to be refused")
def test_a_file_without_the_right_to_read_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("legs\n")
    for call in (f"read.check([{str(path)!r}])", f"[*read.read([{str(path)!r}], Columns())]"):
        code = f"import os\nfrom legcause.batch import read\nfrom legcause.batch.chunk import Columns\nos.setuid(65534)\n{call}"
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert f"{path}: cannot be read: Permission denied" in result.stderr


@pytest.mark.parametrize("name", ["cells.csv", "latin1.txt", "types.jsonl", "null.parquet", "letters"])
def test_rows_in_are_rows_out_and_rejects_in_their_file(name: str, folder: Path, tmp_path: Path) -> None:
    case = next(case for case in EXPECTED if case["file"] == name and "encoding" not in case)
    result = legcause("classify", folder / name, "-o", tmp_path / "out.jsonl", "--rejects", tmp_path / "rejects.jsonl")
    assert result.returncode == 4
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [r["id"] for r in records] == [id for id, _ in case["rows"]]
    assert [[r["row"], r["id"]] for r in rejects] == [[row, id] for row, id, _ in case["rejects"]]
    assert all([*r] == ["source", "row", "id", "reason"] for r in rejects)


def test_without_a_file_for_them_the_first_rejects_are_named(folder: Path) -> None:
    result = legcause("classify", folder / "types.jsonl")
    assert result.returncode == 4
    assert len(result.stdout.splitlines()) == 1
    named = result.stderr.decode().splitlines()
    assert named[0] == "8 rows could not be read:"
    assert "types.jsonl, line 1: not a JSON object" in named[1]
    assert "3 more" in named[-1]


def test_too_many_rejects_end_the_batch(folder: Path, tmp_path: Path) -> None:
    for most, code in ((2, 1), (3, 4)):
        out = tmp_path / f"{most}.jsonl"
        result = legcause("classify", folder / "cells.csv", "--max-errors", most, "-o", out)
        assert (result.returncode, out.exists()) == (code, code == 4)


def test_progress_is_on_a_terminal_only(folder: Path) -> None:
    assert legcause("classify", folder / "crlf.txt").stderr == b""
    import pty

    parent, terminal = pty.openpty()
    result = subprocess.run([sys.executable, "-m", "legcause", "classify", folder / "crlf.txt"], stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    assert b"\r\x1b[K" in os.read(parent, 1000)
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["1", "2"]
