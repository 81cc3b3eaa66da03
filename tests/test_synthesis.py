"""The generated data set."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from legcause.knowledge.records import Knowledge
from legcause.synthesis.dataset import TEST_PHRASES, TEST_SHAPES, TRAIN, Recipe, rows
from legcause.synthesis.phrases import expand, held_out, mistype
from legcause.text.tokens import tokenise

from .conftest import ROOT

SMALL = Recipe(rows_per_cause=40, other_factor=4, test_rows_per_cause=10)


def test_the_same_seed_gives_the_same_rows_whatever_the_hash_seed_and_the_locale(tmp_path: Path) -> None:
    made = []
    for seed, zone, locale in (("0", "UTC", "C"), ("1", "Asia/Kolkata", "C.UTF-8")):
        out = tmp_path / f"{seed}.parquet"
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        command = [sys.executable, "-m", "legcause", "generate", "-o", str(out), "--rows", "30"]
        subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
        made.append(out.read_bytes())
    assert made[0] == made[1]


def test_another_seed_gives_other_rows(knowledge: Knowledge) -> None:
    one, two = ({row.story.text for row in rows(knowledge, Recipe(seed, 20, 1, 0))} for seed in (1, 2))
    assert len(one & two) < len(one) / 4


def test_every_cause_has_about_as_many_rows_and_other_its_multiple(knowledge: Knowledge) -> None:
    counts = Counter(row.story.cause for row in rows(knowledge, SMALL) if row.split == TRAIN)
    assert set(counts) == set(knowledge.labels)
    assert all(30 <= counts[cause] <= 40 for cause in knowledge.causes)
    assert 120 <= counts["other"] <= 160


def test_no_text_stands_twice(knowledge: Knowledge) -> None:
    texts = [row.story.text for row in rows(knowledge, SMALL)]
    assert len(texts) == len(set(texts))


def test_held_out_shapes_are_in_their_split_and_nowhere_else(knowledge: Knowledge) -> None:
    new = {shape["name"] for shape in knowledge.stories["shape"] if shape.get("held_out")}
    for row in rows(knowledge, SMALL):
        assert (row.story.shape in new) == (row.split == TEST_SHAPES)


def test_held_out_complaints_are_never_trained_on(knowledge: Knowledge) -> None:
    kept = {line for group in knowledge.complaints for line in group.complaints if held_out(line, SMALL.held_out_share)}
    plain = {" ".join(t.word for t in tokenise(line)) for line in kept if not set("[{") & set(line) and len(line) > 40}
    trained = [" ".join(t.word for t in tokenise(row.story.text)) for row in rows(knowledge, SMALL) if row.split == TRAIN]
    assert plain
    assert not [line for line in plain if any(line in text for text in trained)]


def test_the_parquet_file_has_the_columns_of_the_design(tmp_path: Path, knowledge: Knowledge) -> None:
    from legcause.synthesis.dataset import write

    count = write(knowledge, SMALL, tmp_path / "data.parquet")
    table = pq.read_table(tmp_path / "data.parquet")
    assert table.num_rows == count
    assert table.column_names == ["text", "cause", "findings", "shape", "register", "split", "seed"]
    assert set(table["split"].to_pylist()) == {TRAIN, TEST_PHRASES, TEST_SHAPES}
    statuses = {finding["status"] for row in table["findings"].to_pylist() for finding in row}
    assert statuses == {"present", "denied", "past", "somebody_else", "hypothetical"}


@given(st.randoms(use_true_random=False), st.text(alphabet="abc {}[]|", max_size=30))
def test_expanding_fills_the_slots_that_there_are(rng: object, line: str) -> None:
    said = expand(line, {"a": ("x",)}, rng)  # type: ignore[arg-type]
    assert "{a}" not in said


@given(st.randoms(use_true_random=False), st.text(alphabet="abcdefg ", max_size=60))
def test_slips_of_typing_keep_the_first_letter_and_the_number_of_words(rng: object, text: str) -> None:
    slipped = mistype(text, 0.5, rng)  # type: ignore[arg-type]
    assert [w[:1] for w in slipped.split(" ")] == [w[:1] for w in text.split(" ")]
