"""Answers as columns and as rows: the same as one record a complaint."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legcause.batch import write
from legcause.batch.answers import Legend, of_assessments
from legcause.batch.chunk import RowNumbers
from legcause.batch.summary import Summary
from legcause.inference.assess import Assessment, Assessor, Candidate
from legcause.inference.model import Model, default_path
from legcause.knowledge.records import URGENCIES

LEGEND = Legend.of(Model.load(default_path()))
TEXTS = ["my left calf is swollen and hot, no fever", "", "chest pain and breathless, leg swollen", 'gout, "toe"\n', "脚が痛い"]


@st.composite
def assessments(draw: st.DrawFn) -> list[Assessment]:
    """Any answers that there can be, with three candidates."""
    out = []
    for _ in range(draw(st.integers(1, 6))):
        ranked = draw(st.permutations(range(len(LEGEND.labels))))[:3]
        shares = sorted(draw(st.lists(st.integers(0, 10**6), min_size=3, max_size=3)), reverse=True)
        candidates = tuple(Candidate(LEGEND.labels[i], p / 1e6) for i, p in zip(ranked, shares, strict=True))
        raised = draw(st.sets(st.sampled_from(LEGEND.flags)))
        flags = tuple(flag for flag in LEGEND.flags if flag in raised)
        sure, urgency = draw(st.booleans()), draw(st.sampled_from(URGENCIES))
        first = candidates[0]
        out.append(Assessment(first.cause, LEGEND.codes[ranked[0]], first.probability, sure, candidates, urgency, flags))
    return out


IDS = st.one_of(
    st.integers(), st.text(st.characters(exclude_categories=["Cs"]), max_size=8), st.sampled_from(["=1+1", "-5", "+a", "@x", '"', "a,b", "\ta"])
)


def rows(kind: str, found: Sequence[Assessment], ids: list[str | int], findings: bool = False, raw: bool = True) -> bytes:
    """A whole file of results."""
    shape = write.Shape(kind, LEGEND, 3, findings, raw)
    binary = io.BytesIO()
    file = write.file(binary, shape)
    file.write(write.encode(of_assessments(found, LEGEND, 3, findings), ids, shape))
    file.close()
    return binary.getvalue()


@settings(max_examples=60, deadline=None)
@given(assessments(), st.data())
def test_rows_of_columns_are_the_records_of_the_assessments_in_every_format(found: list[Assessment], data: st.DataObject) -> None:
    ids = [data.draw(IDS) for _ in found]
    records = [a.record(id) for a, id in zip(found, ids, strict=True)]
    assert rows("jsonl", found, ids) == "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode()
    flat = []
    for r in records:
        candidates = [cell for c in r["candidates"] for cell in (c["cause"], c["probability"])]
        flat.append([r["id"], r["cause"], r["icd10"], r["probability"], r["confident"], *candidates, r["urgency"], ";".join(r["red_flags"])])
    sink = io.StringIO(newline="")
    table = csv.writer(sink)
    table.writerow(write.Shape("csv", LEGEND, 3).names)
    table.writerows([[*row[:4], str(row[4]).lower(), *row[5:]] for row in flat])
    assert rows("csv", found, ids) == sink.getvalue().encode()
    read = pq.read_table(pa.BufferReader(rows("parquet", found, ids)))
    assert [[*row.values()] for row in read.to_pylist()] == [[str(row[0]), *row[1:]] for row in flat]
    assert {str(kind) for kind in read.schema.types} == {"string", "double", "bool"}


@settings(max_examples=60, deadline=None)
@given(assessments(), st.data(), st.sampled_from(["jsonl", "csv"]), st.booleans())
def test_the_compiled_rows_are_the_plain_ones(found: list[Assessment], data: st.DataObject, kind: str, raw: bool) -> None:
    answers, shape = of_assessments(found, LEGEND, 3), write.Shape(kind, LEGEND, 3, raw_cells=raw)
    numbers = RowNumbers(data.draw(st.integers(0, 10**12)), len(found), data.draw(st.sampled_from(["", "a,b:", "="])))
    for ids in (numbers, [data.draw(IDS) for _ in found]):
        assert write.compiled_rows(answers, ids, shape) == write.text_rows(answers, ids, shape)


def test_findings_are_in_every_format(assessor: Assessor) -> None:
    found = [assessor.assess(text, 3, findings=True) for text in TEXTS]
    ids: list[str | int] = [*range(len(found))]
    expected = [a.record(0, findings=True)["findings"] for a in found]
    assert expected[0]
    assert [json.loads(line)["findings"] for line in rows("jsonl", found, ids, True).splitlines()] == expected
    cells = csv.DictReader(io.StringIO(rows("csv", found, ids, True).decode(), newline=""))
    assert [json.loads(row["findings"]) for row in cells] == expected
    read = pq.read_table(pa.BufferReader(rows("parquet", found, ids, True)))
    assert [json.loads(cell) for cell in read["findings"].to_pylist()] == expected


@pytest.mark.parametrize("first", "=+-@\t\r\n")
def test_an_id_that_a_spreadsheet_would_run_is_disarmed_unless_raw(first: str, assessor: Assessor) -> None:
    found = [assessor.assess("legs")]
    disarmed, raw = (list(csv.reader(io.StringIO(rows("csv", found, [first + "1"], raw=r).decode(), newline="")))[1][0] for r in (False, True))
    assert (disarmed, raw) == (f"'{first}1", f"{first}1")


@pytest.mark.parametrize("kind", write.FORMATS)
def test_row_numbers_are_written_like_the_strings_they_stand_for(kind: str, assessor: Assessor) -> None:
    found = [assessor.assess(text) for text in TEXTS]
    shape = write.Shape(kind, LEGEND, 3)
    answers = of_assessments(found, LEGEND, 3)
    for prefix in ("", "a b.csv:", "=a,"):
        numbers = RowNumbers(3, len(found), prefix)
        assert write.encode(answers, numbers, shape) == write.encode(answers, list(numbers), shape)


@pytest.mark.parametrize("kind", write.FORMATS)
def test_an_empty_chunk_is_no_rows(kind: str) -> None:
    shape = write.Shape(kind, LEGEND, 3)
    binary = io.BytesIO()
    file = write.file(binary, shape)
    file.write(write.encode(of_assessments([], LEGEND, 3), [], shape))
    file.close()
    header = (",".join(shape.names) + "\r\n").encode()
    if kind == "parquet":
        assert pq.read_table(pa.BufferReader(binary.getvalue())).num_rows == 0
    else:
        assert binary.getvalue() == (header if kind == "csv" else b"")


def test_flags_have_the_order_in_which_an_assessment_reports_them(assessor: Assessor) -> None:
    for text in TEXTS:
        reported = assessor.assess(text).red_flags
        assert [*reported] == sorted(reported, key=LEGEND.flags.index)


def test_a_summary_counts_what_the_records_say(assessor: Assessor) -> None:
    found = [replace(assessor.assess(text), confident=len(text) > 3) for text in TEXTS]
    summary, whole = Summary.of(of_assessments(found, LEGEND, 3), LEGEND), Summary()
    whole.add(summary)
    whole.add(Summary.from_record(summary.record()))
    assert (whole.rows, whole.doubtful) == (2 * len(TEXTS), 2 * sum(not a.confident for a in found))
    assert whole.causes == {cause: 2 * [a.cause for a in found].count(cause) for cause in {a.cause for a in found}}
