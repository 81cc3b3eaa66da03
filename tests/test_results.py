"""Files of results are read back as they were written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legcause.batch.cells import disarm, rearm
from legcause.batch.results import is_results, read_results
from legcause.errors import InputError

from .conftest import ROOT, legcause

COMPLAINTS = ROOT / "examples" / "complaints.csv"
GOOD = b'{"id": 1, "cause": "gout", "probability": 0.9, "confident": true, "urgency": "routine", "candidates": []}\n'


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for kind in ("jsonl", "csv", "parquet"):
        assert legcause("classify", COMPLAINTS, "--findings", "-o", folder / f"all.{kind}").returncode == 0
    return folder


def test_the_three_formats_give_the_same_results(written: Path) -> None:
    lines, cells, rows = (list(read_results(written / f"all.{kind}")) for kind in ("jsonl", "csv", "parquet"))
    assert lines == cells == rows
    assert [r.id for r in lines] == [f"A-{n:03}" for n in range(1, 9)]
    assert all(len(r.candidates) == 3 and r.candidates[0].cause == r.cause and r.findings is not None for r in lines)
    assert any(r.findings for r in lines)


def test_results_are_told_from_complaints(written: Path) -> None:
    assert all(is_results(written / f"all.{kind}") for kind in ("jsonl", "csv", "parquet"))
    assert not any(is_results(ROOT / "examples" / name) for name in ("complaints.csv", "complaints.jsonl", "complaints.parquet", "complaints.txt"))


@given(st.text())
def test_a_disarmed_cell_is_rearmed(cell: str) -> None:
    assert rearm(disarm(cell)) == cell or cell.startswith("'")


def test_a_spreadsheet_that_writes_true_in_capitals_changes_nothing(written: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text((written / "all.csv").read_text().replace(",true,", ",TRUE,").replace(",false,", ",FALSE,"))
    assert list(read_results(tmp_path / "a.csv")) == list(read_results(written / "all.csv"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"x", "results end in .jsonl"),
        ("a.jsonl", GOOD + GOOD[:30], "line 2: not JSON"),
        ("a.jsonl", b"[1]\n", "line 1: not a JSON object"),
        ("a.jsonl", b'{"id": 1, "text": "legs"}\n', "line 1: no 'cause'"),
        ("a.jsonl", GOOD.replace(b"0.9", b'"much"'), "line 1: a field"),
        ("a.jsonl", GOOD.replace(b"0.9", b"1.9"), "line 1: a field"),
        ("a.jsonl", GOOD.replace(b"0.9", b"NaN"), "line 1: a field"),
        ("a.jsonl", GOOD.replace(b"true", b'"yes"'), "line 1: a field"),
        ("a.jsonl", GOOD.replace(b"routine", b"soon"), "line 1: a field"),
        ("a.jsonl", GOOD.replace(b"[]", b"[{}]"), "line 1: a field"),
        ("a.jsonl", b"\xff\xfe", "not JSON"),
        ("a.csv", b"id,text\n1,legs\n", "line 2: no 'cause'"),
        ("a.csv", b"id,cause\n1,gout,3\n", "line 2: 3 cells where the header has 2"),
        ("a.csv", b'id,cause\n1,"gout\n', "not valid CSV"),
        ("a.csv", b"id,cause\nf\xfc,gout\n", "not UTF-8"),
        ("a.parquet", b"PAR1", "Parquet"),
    ],
)
def test_what_is_no_result_is_named_with_its_place(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message.replace("[", r"\[")):
        list(read_results(tmp_path / name))
