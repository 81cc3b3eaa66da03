"""The page of a batch: what it counts, shows and keeps to itself. What needs a browser is in test_pages.py."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from legcause import PURPOSE
from legcause.batch.chunk import Columns
from legcause.batch.results import Result
from legcause.report.complaints import Complaints, Texts
from legcause.report.details import island, marked
from legcause.report.sample import Sample, class_of

from .conftest import ROOT, legcause

EXAMPLES = ROOT / "examples"
CANARY = "xylophone"


@pytest.fixture
def batch(tmp_path: Path) -> tuple[Path, Path]:
    """Complaints with dates, each with the canary in it, and their results."""
    source, results = tmp_path / "in.csv", tmp_path / "out.jsonl"
    with (EXAMPLES / "complaints.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with source.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "date", "text"])
        out.writerows([row["id"], row["date"], f"{CANARY}: {row['text']}"] for row in rows)
    assert legcause("classify", source, "-o", results, "--findings").returncode == 0
    return source, results


def data(page: str) -> dict[str, Any]:
    """What the page's script reads."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def report(*arguments: object) -> str:
    result = legcause("report", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


def test_the_page_holds_every_complaint_with_its_text_findings_and_advice(batch: tuple[Path, Path]) -> None:
    source, results = batch
    page = report(results, "--complaints", source, "--date-column", "date")
    rows = {row["i"]: row for row in data(page)["rows"]}
    answers = [json.loads(line) for line in results.read_text().splitlines()]
    assert list(rows) == [a["id"] for a in answers]
    for answer in answers:
        row = rows[answer["id"]]
        assert (row["c"], row["u"], row["f"]) == (answer["cause"], answer["urgency"], answer["red_flags"])
        assert "".join(piece[0] for piece in row["t"]).startswith(f"{CANARY}: ")
        assert row["v"] or row["c"] == "other"
    assert "2026-03-02</th><td>0</td>" in page
    assert "has no date" not in page
    assert page.count(PURPOSE) >= 2


def test_without_texts_no_word_of_a_complaint_is_in_the_page(batch: tuple[Path, Path]) -> None:
    source, results = batch
    page = report(results, "--complaints", source, "--no-text")
    assert CANARY not in page
    assert all(not {"t", "w"} & set(row) for row in data(page)["rows"])
    for line in results.read_text().splitlines():
        assert all(f'"{f["text"]}"' not in page for f in json.loads(line)["findings"])
    assert "no text of a complaint" in page


def test_without_complaints_the_page_shows_results_and_advises_only_what_red_flags_ask_for(batch: tuple[Path, Path]) -> None:
    page = report(batch[1])
    assert CANARY not in page
    assert all(set(row["v"]) <= {"urgent"} and bool(row["v"]) == bool(row["f"]) for row in data(page)["rows"])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_every_format_of_results_gives_the_same_page(ending: str, tmp_path: Path) -> None:
    pages = []
    for kind in ("jsonl", ending):
        results = tmp_path / f"results.{kind}"
        assert legcause("classify", EXAMPLES / "complaints.csv", "-o", results, "--findings").returncode == 0
        pages.append(report(results, "--complaints", EXAMPLES / "complaints.csv").replace(results.name, "results"))
    assert pages[0] == pages[1]


@pytest.mark.parametrize("name", ["complaints.txt", "complaints.jsonl", "complaints.parquet", "letters"])
def test_every_kind_of_complaints_is_matched_to_its_results(name: str, tmp_path: Path) -> None:
    assert legcause("classify", EXAMPLES / name, "-o", tmp_path / "r.csv").returncode == 0
    rows = data(report(tmp_path / "r.csv", "--complaints", EXAMPLES / name))["rows"]
    assert rows
    assert all(row["t"] and "d" not in row for row in rows)


def written(folder: Path, name: str) -> Path:
    """Seven rows of which the second and the fifth cannot be read, behind an empty line where the format has lines; the n-th is of the n-th May."""
    path, kind = folder / name, name.split(".")[1]
    dates = [f"2026-05-{n:02}" for n in range(1, 8)]
    if kind == "parquet":
        texts = [None if n in (2, 5) else f"complaint {n}" for n in range(1, 8)]
        days = pa.array([date.fromisoformat(d) for d in dates[:6]] + [None])
        pq.write_table(pa.table({"id": ["same"] * 7, "text": texts, "day": days}), path)
        return path
    if kind == "csv":
        dates[6] = "soon"
        rows = [f'same,"complaint {n}\nmy leg",{dates[n - 1]}' + ",one cell more" * (n in (2, 5)) for n in range(1, 8)]
        content = "\n".join(["id,text,day", "", *rows])
    else:
        dates[6] = "2026"
        lines = [json.dumps({"id": "same", "day": d, "text": None if n in (2, 5) else f"complaint {n}"}) for n, d in enumerate(dates, 1)]
        content = "\n".join(["", *lines[:4], "[]" + "x" * (name == "a.jsonl"), *lines[5:]])
    encoded = content.encode("utf-16" if "16" in name else "utf-8")
    with pa.output_stream(str(path)) as file:  # compresses by the ending
        file.write(encoded)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a16.csv", "a.jsonl", "a.jsonl.zst", "a16.jsonl.gz", "a.parquet"])
def test_each_complaint_has_its_own_day_though_rows_before_it_were_rejected_and_ids_are_all_the_same(name: str, tmp_path: Path) -> None:
    source = str(written(tmp_path, name))
    texts = Texts(Complaints((source, source), Columns(), "utf-16" if "16" in name else "utf-8", "day"))
    found = [texts.of(result("routine", True, "a", "same"), "") for _ in range(10)]
    assert [text[:11] for text, _ in found] == [f"complaint {n}" for n in (1, 3, 4, 6, 7)] * 2
    assert [day and day.day for _, day in found] == [1, 3, 4, 6, None] * 2
    assert texts.left() == 0


def test_rejects_are_counted_and_their_rows_passed_over(tmp_path: Path) -> None:
    source, results, rejects = (tmp_path / name for name in ("in.csv", "out.csv", "rejects.jsonl"))
    source.write_text("id,text\n=1+1,gout\n<b>2</b>,gout,secret\n3,my calf cramps\n")
    assert legcause("classify", source, "-o", results, "--rejects", rejects, "--reject-text").returncode == 4
    page = report(results, "--complaints", source, "--rejects", rejects)
    assert [row["i"] for row in data(page)["rows"]] == ["=1+1", "3"]
    assert "1 row could not be classified" in page
    assert "&lt;b&gt;2&lt;/b&gt;" in page
    assert "secret" not in page


def test_complaints_whose_results_were_taken_out_are_counted(batch: tuple[Path, Path]) -> None:
    source, results = batch
    results.write_text("".join(line for line in results.read_text().splitlines(keepends=True) if '"A-003"' not in line))
    page = report(results, "--complaints", source)
    assert len(data(page)["rows"]) == 7
    assert "1 complaint of the files has no result" in page


def test_results_of_other_complaints_are_told_from_those_of_these(batch: tuple[Path, Path]) -> None:
    source, results = batch
    swapped = source.read_text().replace(f"{CANARY}: rash behind both knees", "my big toe is red, hot and so sore I cannot bear a sheet")
    source.write_text(swapped)
    page = report(results, "--complaints", source)
    assert "answers 1 complaint of the table otherwise" in page
    (row,) = [row for row in data(page)["rows"] if "d" in row]
    assert (row["i"], row["v"]) == ("A-007", {})


def bad(folder: Path) -> dict[str, tuple[list[object], str, int]]:
    """Name → arguments, what the message says, and the exit code."""

    def write(name: str, content: str) -> Path:
        (folder / name).write_text(content)
        return folder / name

    good = '{"id": "1", "cause": "gout", "probability": 0.9, "confident": true, "candidates": [], "urgency": "routine", "red_flags": []}\n'
    results = write("good.jsonl", good)
    return {
        "missing results": ([folder / "nowhere.jsonl"], "no such file", 1),
        "unknown cause": ([write("c.jsonl", good.replace("gout", "gremlins"))], "--model", 1),
        "other complaints": ([results, "--complaints", write("o.csv", "id,text\n7,legs\n")], "no complaint '1'", 1),
        "no such date column": ([results, "--complaints", write("p.csv", "id,text\n1,legs\n"), "--date-column", "day"], "'day'", 1),
        "dates of lines": ([results, "--complaints", write("q.txt", "legs\n"), "--date-column", "day"], "no columns", 1),
        "dates of nothing": ([results, "--date-column", "day"], "--complaints", 2),
        "bad rejects": ([results, "--rejects", write("r.jsonl", "[]\n")], "line 1", 1),
    }


NAMES = ["missing results", "unknown cause", "other complaints", "no such date column", "dates of lines", "dates of nothing", "bad rejects"]


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_reported_is_said_with_its_cure_and_leaves_no_page(name: str, tmp_path: Path) -> None:
    arguments, message, code = bad(tmp_path)[name]
    before = set(tmp_path.rglob("*"))
    result = legcause("report", *arguments, "-o", tmp_path / "page.html")
    assert (result.returncode, result.stdout) == (code, b"")
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert set(tmp_path.rglob("*")) == before


def test_no_results_make_an_empty_page(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    assert data(report(tmp_path / "empty.jsonl"))["rows"] == []


def test_a_page_that_exists_is_kept_without_force(batch: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    out.write_text("mine")
    assert legcause("report", batch[1], "-o", out).returncode == 1
    assert out.read_text() == "mine"
    assert legcause("report", batch[1], "-o", out, "--force").returncode == 0


@given(st.text(alphabet=st.sampled_from("<>!-/scriptSCRIPT&\"'\u2028\ud800x")))
def test_no_text_can_leave_the_data_of_the_page(text: str) -> None:
    raw = island({"t": text})
    assert "<" not in raw
    assert json.loads(raw) == {"t": text}


spans = st.tuples(st.integers(0, 20), st.integers(1, 20), st.sampled_from(["present", "denied"]))


@given(st.text(min_size=20, max_size=20), st.lists(spans, max_size=8))
def test_the_pieces_of_a_marked_text_join_to_the_text(text: str, drawn: list[tuple[int, int, str]]) -> None:
    found = [{"finding": "f", "status": status, "start": min(a, 19), "end": min(min(a, 19) + n, 20)} for a, n, status in drawn]
    pieces = marked(text, found, {"f": {"name": "F"}})
    assert "".join(piece[0] for piece in pieces) == text
    assert all(len(piece) in (1, 3) for piece in pieces)
    assert bool(found) == any(len(piece) == 3 for piece in pieces)


def result(urgency: str, confident: bool, cause: str, id: str = "1") -> Result:
    return Result(id, cause, None, 0.5, confident, (), urgency, (), None)


results_of = st.builds(result, st.sampled_from(["emergency", "urgent", "routine", "self_care"]), st.booleans(), st.sampled_from("abc"))


@given(st.lists(results_of, max_size=120), st.integers(1, 40))
def test_a_sample_takes_the_graver_class_whole_before_the_next_and_spreads_the_rest_over_causes(stream: list[Result], limit: int) -> None:
    def take() -> Any:
        sample: Sample[Result] = Sample(limit)
        for number, item in enumerate(stream, 1):
            sample.add(number, item, item)
        return sample.take()

    taken = take()
    assert taken == take()
    assert len(taken.rows) == min(limit, len(stream))
    assert [number for number, _ in taken.rows] == sorted({number for number, _ in taken.rows})
    places = limit
    for name in ("emergency", "urgent", "doubtful", "rest"):
        there = [item for item in stream if class_of(item) == name]
        assert (taken.there[name], taken.taken[name]) == (len(there), min(len(there), places))
        places -= taken.taken[name]
    rest = [item.cause for _, item in taken.rows if class_of(item) == "rest"]
    most = max((rest.count(c) for c in "abc"), default=0)
    for cause in "abc":
        there_of = sum(class_of(item) == "rest" and item.cause == cause for item in stream)
        assert rest.count(cause) >= min(there_of, most - 1)
