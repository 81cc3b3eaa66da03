"""The command line as people use it, with good input and bad."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import ROOT, legcause

FIELDS = ["id", "cause", "icd10", "probability", "confident", "candidates", "urgency", "red_flags"]
EXAMPLES = ROOT / "examples"


def records(raw: bytes) -> list[dict]:
    return [json.loads(line) for line in raw.splitlines()]


@pytest.mark.parametrize("name", ["complaints.txt", "complaints.csv", "complaints.jsonl", "complaints.parquet", "letters"])
def test_every_kind_of_input_gives_a_record_a_complaint_with_the_fields_of_the_design(name: str) -> None:
    result = legcause("classify", EXAMPLES / name)
    assert result.returncode == 0, result.stderr
    found = records(result.stdout)
    expected = {"complaints.txt": 12, "complaints.csv": 8, "complaints.jsonl": 6, "complaints.parquet": 5, "letters": 3}
    assert len(found) == expected[name]
    for record in found:
        assert list(record) == FIELDS
        assert len(record["candidates"]) == 3
        assert record["candidates"][0] == {"cause": record["cause"], "probability": record["probability"]}
        assert record["urgency"] in ("emergency", "urgent", "routine", "self_care")


def test_ids_come_out_as_they_went_in() -> None:
    assert [r["id"] for r in records(legcause("classify", EXAMPLES / "complaints.csv").stdout)] == [f"A-{n:03}" for n in range(1, 9)]
    assert [r["id"] for r in records(legcause("classify", EXAMPLES / "complaints.parquet").stdout)] == [101, 102, 103, 104, 105]
    assert [r["id"] for r in records(legcause("classify", EXAMPLES / "letters").stdout)] == ["hairdresser.txt", "new_shoes.txt", "night_walker.txt"]
    assert [r["id"] for r in records(legcause("classify", "-", input=b"legs hurt\n\ncramp").stdout)] == ["1", "2", "3"]


def test_all_twenty_probabilities_sum_to_one() -> None:
    for record in records(legcause("classify", EXAMPLES / "complaints.txt", "--top", 20).stdout):
        assert sum(c["probability"] for c in record["candidates"]) == pytest.approx(1, abs=1e-4)


def test_the_formats_hold_the_same_answers(tmp_path: Path) -> None:
    for ending in ("jsonl", "csv", "parquet"):
        assert legcause("classify", EXAMPLES / "complaints.csv", "-o", tmp_path / f"out.{ending}").returncode == 0
    lines = records((tmp_path / "out.jsonl").read_bytes())
    with (tmp_path / "out.csv").open(newline="") as file:
        cells = list(csv.DictReader(file))
    table = pq.read_table(tmp_path / "out.parquet").to_pylist()
    for line, cell, row in zip(lines, cells, table, strict=True):
        assert line["id"] == cell["id"] == row["id"]
        assert line["cause"] == cell["cause"] == row["cause"] == row["candidate_1"]
        assert line["probability"] == float(cell["probability"]) == row["probability"]
        assert str(line["confident"]).lower() == cell["confident"]
        assert ";".join(line["red_flags"]) == cell["red_flags"] == row["red_flags"]


def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    source = tmp_path / "many.txt"
    source.write_text((EXAMPLES / "complaints.txt").read_text() * 300)
    one, two = (legcause("classify", source, "--jobs", jobs).stdout for jobs in (1, 2))
    assert one == two
    assert len(one.splitlines()) == 3600


def test_findings_are_written_where_asked_for_and_cut_out_of_the_text(tmp_path: Path) -> None:
    text = "my left calf is swollen, no fever"
    found = json.loads(legcause("classify", "-", "--findings", input=text.encode()).stdout)["findings"]
    assert {(f["finding"], f["status"]) for f in found} >= {("one_leg_swelling", "present"), ("fever", "denied")}
    assert all(text[f["start"] : f["end"]] == f["text"] for f in found)


def test_an_output_that_exists_is_kept_without_force(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    result = legcause("classify", EXAMPLES / "complaints.txt", "-o", out)
    assert result.returncode == 1
    assert b"--force" in result.stderr
    assert out.read_text() == "mine"
    assert legcause("classify", EXAMPLES / "complaints.txt", "-o", out, "--force").returncode == 0
    assert len(out.read_text().splitlines()) == 12


def bad(folder: Path) -> dict[str, tuple[list[object], str]]:
    """Name → arguments, and what the message says."""

    def write(name: str, content: bytes) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    (folder / "empty_folder").mkdir()
    table = folder / "numbers.parquet"
    pq.write_table(pa.table({"text": [1, 2]}), table)
    holes = folder / "holes.parquet"
    pq.write_table(pa.table({"text": ["a", None]}), holes)
    results = folder / "results.csv"
    results.mkdir()
    stop = ["--on-error", "stop"]  # where some rows can be read
    return {
        "missing file": ([folder / "nowhere.txt"], "no such file"),
        "unknown ending": ([write("a.doc", b"x")], ".doc"),
        "no text column": ([write("a.csv", b"id,complaint\n1,legs\n")], "'complaint'"),
        "no text field": ([write("a.jsonl", b'{"id": 1, "words": "legs"}\n')], "'words'"),
        "not JSON": ([write("b.jsonl", b'{"text": "a"}\n{"text": \n'), *stop], "line 2"),
        "a list": ([write("c.jsonl", b"[1]\n")], "object"),
        "an id of two parts": ([write("d.jsonl", b'{"id": [1], "text": "a"}\n')], "id"),
        "too many cells": ([write("b.csv", b"id,text\n1,legs, feet\n")], "line 2"),
        "an open quote": ([write("c.csv", b'id,text\n1,"legs\n2,feet\n')], "CSV"),
        "two text columns": ([write("d.csv", b"text,text\na,b\n")], "two columns"),
        "no id column": ([write("e.csv", b"text\na\n"), "--id-column", "nr"], "'nr'"),
        "not UTF-8": ([write("b.txt", b"legs\nf\xfc\xdfe\n"), *stop], "byte 6"),
        "UTF-16": ([write("c.txt", "legs".encode("utf-16"))], "byte 0"),
        "Latin-1 CSV": ([write("f.csv", b"text\nf\xfc\xdfe\n")], "UTF-8"),
        "no Parquet": ([write("a.parquet", b"PAR1 nonsense")], "Parquet"),
        "numbers for text": ([table], "int64"),
        "missing text": ([holes, *stop], "row 2"),
        "empty folder": ([folder / "empty_folder"], "no .txt files"),
        "unknown output": ([EXAMPLES / "complaints.txt", "-o", folder / "out.xlsx"], ".xlsx"),
        "no such folder": ([EXAMPLES / "complaints.txt", "-o", folder / "nowhere" / "out.csv"], "cannot be written"),
        "prior of a stranger": ([EXAMPLES / "complaints.txt", "--prior", write("a.toml", b"goat = 1")], "goat"),
        "results over rejects": (
            [EXAMPLES / "complaints.txt", "-o", folder / "x.csv", "--rejects", folder / "x.csv"],
            "name another one for the rejects",
        ),
        "a folder for results": ([EXAMPLES / "complaints.txt", "-o", results, "--force"], "is no file that could be replaced"),
        "resume without a file": ([EXAMPLES / "complaints.txt", "--resume", "--format", "csv"], "needs a file to write; name one with -o"),
        "resume of standard input": (["-", "--resume", "-o", folder / "x.csv"], "save it to a file first"),
        "a prior that is a list": ([EXAMPLES / "complaints.txt", "--prior", write("a.json", b"[1]")], "a.json"),
        "a prior of nothing": ([EXAMPLES / "complaints.txt", "--prior", write("b.json", b"{}")], "gives no share for"),
        "prior with gaps": ([EXAMPLES / "complaints.txt", "--prior", write("b.toml", b"gout = 1")], "other"),
    }


@pytest.mark.parametrize(
    "name",
    [
        "missing file", "unknown ending", "no text column", "no text field", "not JSON", "a list", "an id of two parts", "too many cells",
        "an open quote", "two text columns", "no id column", "not UTF-8", "UTF-16", "Latin-1 CSV", "no Parquet", "numbers for text",
        "missing text", "empty folder", "unknown output", "no such folder", "prior of a stranger", "prior with gaps",
        "results over rejects", "a folder for results", "resume without a file", "resume of standard input", "a prior that is a list",
        "a prior of nothing",
    ],
)  # fmt: skip
def test_bad_input_is_one_line_that_says_what_to_do_and_leaves_no_file(name: str, tmp_path: Path) -> None:
    arguments, message = bad(tmp_path)[name]
    before = set(tmp_path.rglob("*"))
    out = [] if {"-o", "--resume"} & set(arguments) else ["-o", tmp_path / "out.jsonl"]
    result = legcause("classify", *arguments, *out)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert result.stdout == b""
    assert set(tmp_path.rglob("*")) == before


def test_an_empty_file_gives_an_empty_result(tmp_path: Path) -> None:
    for name in ("a.txt", "a.csv", "a.jsonl"):
        (tmp_path / name).write_bytes(b"")
        result = legcause("classify", tmp_path / name)
        assert (result.returncode, result.stdout) == (0, b"")


def test_a_line_of_a_megabyte_is_one_complaint(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("my calf cramps at night and " * 40_000 + "\nlegs hurt\n")
    assert len(records(legcause("classify", tmp_path / "long.txt").stdout)) == 2


def test_odd_line_ends_do_not_make_rows(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_bytes("\ufefflegs\x0churt\u2028a lot\rtoday\r\ncramp".encode())
    assert [r["id"] for r in records(legcause("classify", tmp_path / "odd.txt").stdout)] == ["1", "2"]


def test_words_that_look_like_missing_values_are_texts_and_ids_keep_their_zeros(tmp_path: Path) -> None:
    (tmp_path / "na.csv").write_text("id,text\n007,NA\nNone,null\n")
    assert [r["id"] for r in records(legcause("classify", tmp_path / "na.csv").stdout)] == ["007", "None"]


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(tmp_path: Path) -> None:
    for first in "=+-@":
        (tmp_path / "in.csv").write_text(f"id,text\n{first}1+1,legs\n")
        disarmed = legcause("classify", tmp_path / "in.csv", "--format", "csv").stdout.decode()
        raw = legcause("classify", tmp_path / "in.csv", "--format", "csv", "--raw-cells").stdout.decode()
        assert disarmed.splitlines()[1].startswith(f"'{first}")
        assert raw.splitlines()[1].startswith(first)


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    source = tmp_path / "many.txt"
    source.write_text("legs hurt\n" * 5000)
    command = f"{sys.executable} -m legcause classify {source} | head -n 1"
    result = subprocess.run(["bash", "-c", f"set -o pipefail; {command}; echo ${{PIPESTATUS[0]}}"], capture_output=True, check=False)
    assert result.stderr == b""
    assert len(result.stdout.splitlines()) == 2


def test_explain_is_readable_at_80_columns_and_says_what_it_is_for() -> None:
    environment = os.environ | {"COLUMNS": "80"}
    result = legcause("explain", "calves seize up at 3am since the doc put me on the cholesterol pill, no swelling", env=environment)
    text = result.stdout.decode()
    assert result.returncode == 0
    assert max(map(len, text.splitlines())) <= 80
    assert "not a diagnosis" in " ".join(text.split())
    for heading in ("Look at first: ", "Urgency", "For ", "Whom to see", "Tests to ask for", "What helps", "What to avoid", "[¶"):
        assert heading in text


def test_explain_as_json_holds_the_record_the_words_and_the_advice() -> None:
    record = json.loads(legcause("explain", "my left calf is swollen and warm", "--format", "jsonl").stdout)
    assert [*record][: len(FIELDS) + 1] == [*FIELDS, "findings"]
    assert record["logit"] == pytest.approx(record["intercept"] + sum(w["weight"] for w in record["words"]))
    assert set(record["advice"]) == {"urgent", "see", "test", "home", "avoid", "ask"}
    assert all(item["source"] for items in record["advice"].values() for item in items)


def test_causes_shows_all_of_them_and_each_of_them() -> None:
    listed = legcause("causes").stdout.decode().splitlines()
    assert len(listed) == 20
    for line in listed[:-1]:
        name = line.split()[0]
        assert f"{name}: " in legcause("causes", name).stdout.decode()


def test_evaluate_scores_csv_and_json_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label\nmy big toe is red and gouty,gout\nknee hurts,other\n")
    (tmp_path / "a.jsonl").write_text('{"text": "my big toe is red and gouty", "labels": ["gout", "other"]}\n')
    result = legcause("evaluate", tmp_path / "a.csv", tmp_path / "a.jsonl", "--format", "json")
    found = json.loads(result.stdout)
    assert [r["complaints"] for r in found.values()] == [2, 1]
    assert found[str(tmp_path / "a.jsonl")]["all_top1"]["share"] == 1
    (tmp_path / "b.csv").write_text("text,label\nmy toe,goat\n")
    result = legcause("evaluate", tmp_path / "b.csv")
    assert result.returncode == 1
    assert b"line 2" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [
        (["--version"], ["sklearn", "pandas", "spacy", "numba", "numpy", "pyarrow"]),
        (["classify", "--help"], ["sklearn", "pandas", "spacy", "numba", "numpy", "pyarrow"]),
        (["train", "--help"], ["sklearn", "pandas", "spacy", "numba", "numpy", "pyarrow"]),
        (["classify", str(EXAMPLES / "complaints.txt")], ["sklearn", "pandas", "joblib", "scipy", "pyarrow"]),
        (["explain", "my calf is swollen"], ["sklearn", "pandas", "joblib", "scipy", "pyarrow"]),
    ],
    ids=lambda value: " ".join(map(str, value))[:30],
)
def test_heavy_libraries_are_not_imported_where_they_are_not_needed(arguments: list[str], absent: list[str]) -> None:
    code = "import sys; from legcause.cli import main\ntry: main()\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=True)
    loaded = set(result.stderr.decode().splitlines()[-1].split())
    assert not loaded.intersection(absent)
