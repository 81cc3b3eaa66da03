"""`legcause spark`."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from legcause.errors import LegcauseError
from legcause.inference.model import default_path
from legcause.spark import UNREADABLE, Job, run

from .conftest import ROOT, legcause

pytestmark = pytest.mark.spark
EXAMPLES = ROOT / "examples"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "pipeline"))


def local(source: Path) -> dict[str, dict[str, Any]]:
    """Text → the answer of `legcause classify` (examples hold no text twice)."""
    out = [json.loads(line) for line in legcause("classify", source, "--top", 2).stdout.splitlines()]
    return {record.pop("id"): record for record in out}


def spark(*arguments: Any, **options: Any) -> Any:
    return run(Job(*map(str, arguments), top=2, **options), "local[2,4]", default_path())


def test_the_command_writes_the_columns_of_the_input_and_the_answers(tmp_path: Path) -> None:
    result = legcause("spark", EXAMPLES / "complaints.parquet", tmp_path / "out.parquet", "--top", 2, "--partitions", 2, "--master", "local[2,4]")
    assert result.returncode == 0, result.stderr
    assert result.stdout == b""
    assert b"5 complaints" in result.stderr
    assert len(list((tmp_path / "out.parquet").glob("*.parquet"))) == 2
    rows = pq.read_table(tmp_path / "out.parquet").to_pylist()
    fields = ("cause", "icd10", "probability", "confident", "candidates", "urgency", "red_flags")
    assert {row["id"]: {name: row[name] for name in fields} for row in rows} == local(EXAMPLES / "complaints.parquet")
    assert {row["text"] for row in rows} == set(pq.read_table(EXAMPLES / "complaints.parquet")["text"].to_pylist())


def test_rows_that_cannot_be_classified_come_out_with_an_error_and_exit_code_4(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["legs ache", None, "cramp"]}), tmp_path / "in.parquet")
    result = legcause("spark", tmp_path / "in.parquet", tmp_path / "out", "--format", "json", "--master", "local[2,4]")
    assert result.returncode == 4, result.stderr
    assert b"1 rows have an error" in result.stderr
    lines = [json.loads(line) for part in (tmp_path / "out").glob("*.json") for line in part.read_text().splitlines()]
    assert sorted(line.get("error", "") for line in lines) == ["", "", "the text is missing"]


def test_csv_is_read_as_classify_reads_it(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text('id,text\n007,"legs\nache, ""badly"""\nNone,NA\n=1+1,\n')
    summary, errors = spark(source, tmp_path / "out.csv")
    assert (summary.rows, errors) == (3, 0)
    rows = {}
    for part in (tmp_path / "out.csv").glob("*.csv"):
        with part.open(newline="") as file:
            rows |= {row["id"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"007", "None", "'=1+1"}  # and what a spreadsheet would run is disarmed
    assert rows["007"]["text"] == 'legs\nache, "badly"'
    for id, record in local(source).items():
        row = rows[id if id != "=1+1" else "'=1+1"]
        assert (row["cause"], row["urgency"], row["confident"]) == (record["cause"], record["urgency"], str(record["confident"]).lower())
        assert [row["candidate_1"], row["candidate_2"]] == [c["cause"] for c in record["candidates"]]
        assert float(row["candidate_2_probability"]) == record["candidates"][1]["probability"]


def test_rows_that_cannot_be_parsed_are_rows_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n1,legs ache\n2,legs, feet\n3\n")
    (tmp_path / "in.json").write_text('{"id": 1, "text": "legs ache"}\n{"id": 2, "te\n')
    for name, bad in (("in.csv", 2), ("in.json", 1)):
        summary, errors = spark(tmp_path / name, tmp_path / f"{name}.parquet")
        assert (summary.rows, errors) == (1, bad)
        rows = pq.read_table(tmp_path / f"{name}.parquet").to_pylist()
        assert sorted(row["error"] or "" for row in rows) == ["", *[UNREADABLE] * bad]
        assert "_corrupt_record" not in rows[0]  # the raw row would carry its text elsewhere


def test_what_exists_is_kept_without_force(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(LegcauseError, match="exists already"):
        spark(EXAMPLES / "complaints.parquet", tmp_path / "out")
    assert spark(EXAMPLES / "complaints.parquet", tmp_path / "out", force=True)[1] == 0
    assert (tmp_path / "out" / "_SUCCESS").exists()


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("nowhere.parquet", {}, "nowhere.parquet: cannot be read"),
        ("in.parquet", {"text_column": "note"}, "no column 'note'"),
        ("canary.parquet", {}, "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_one_line_without_a_word_of_the_complaints(source: str, options: Any, message: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["canary"]}), tmp_path / "in.parquet")
    (tmp_path / "canary.parquet").write_bytes(b"PAR1 zyxwv")
    with pytest.raises(LegcauseError, match=message) as caught:
        spark(tmp_path / source, tmp_path / "out", **options)
    assert "\n" not in str(caught.value)
    assert "zyxwv" not in str(caught.value)
    assert not os.path.exists(tmp_path / "out")
