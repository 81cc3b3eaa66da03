"""The compiled way against the plain one, complaint by complaint."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legcause.batch.answers import COMPILED_FROM
from legcause.compiled import answerer as compiled
from legcause.compiled.answerer import Answerer, Columns
from legcause.compiled.layout import END_OF_SENTENCE, MARKS, ROOM_TO_READ
from legcause.compiled.machine import call
from legcause.inference.assess import Assessor
from legcause.knowledge.records import URGENCIES

from .conftest import cases, legcause, sayings

FLAGS = [row["text"] for row in sayings()[::5]]
CONTEXT = [row["text"] for row in cases("context.jsonl")]
ODD = [
    "", " ", ".", ",,,,", "can not walk", "Can Not, can not5 scan not", "b/l c/o b/lx 5/l", "b12 abc12 abcd12 b123 b12x l5", "1,500.5.2 3.", "leg1,500.٣", "32/40 at 32 weeks",
    "calf’s hot, mum´s too, it`s Calf'S", "CAN’T WALK", "Œdème ﬁne ²½ ①", "İstanbul ſore", "İ", "swelen claf mucsle kneee", "脚が痛い。足", "👣 leg", "a" * 40 + " " + "é" * 40,
    "a\u2028b\rc", "leg\x00leg", "2008 in 2008 at 25 I", "٣am 3am", "no no no", "_leg_ leg_", "l'''eg", "don't' 'tis", "x" * 16, "y" * 17, "i" * 300,
]  # fmt: skip


@pytest.fixture(scope="session")
def answerer(assessor: Assessor) -> Answerer:
    return Answerer(assessor)


def columns(answerer: Answerer, texts: list[str], top: int = 20) -> Columns:
    """The compiled answers to texts."""
    raw = [text.encode("utf-8", "replace") for text in texts]
    ends = np.cumsum([len(text) for text in raw], dtype=np.int64)
    return answerer.answer(b"".join(raw), ends - np.array([len(text) for text in raw], np.int64), ends, top)


def differences(answerer: Answerer, assessor: Assessor, texts: list[str]) -> list[str]:
    """The texts on which the two ways differ."""
    out = columns(answerer, texts)
    found = []
    for i, text in enumerate(texts):
        plain = assessor.assess(text.encode("utf-8", "replace").decode(), 20)
        probabilities = dict(zip((assessor.model.labels[k] for k in out.ranked[i]), out.probabilities[i], strict=True))
        flags = tuple(flag for k, flag in enumerate(assessor.flags.order) if out.flags[i] >> k & 1)
        same = (
            all(abs(probabilities[c.cause] - c.probability) < 1e-9 for c in plain.candidates)
            and bool(out.confident[i]) == plain.confident
            and URGENCIES[out.urgency[i]] == plain.urgency
            and flags == plain.red_flags
        )
        if not same:
            found.append(text)
    return found


@pytest.mark.parametrize("texts", [FLAGS, CONTEXT, ODD], ids=["red flags", "context", "odd"])
def test_both_ways_give_the_same_answer(texts: list[str], answerer: Answerer, assessor: Assessor) -> None:
    assert differences(answerer, assessor, texts) == []


PIECES = st.sampled_from(
    (
        "my|left|calf|is|swollen|and hot|no|fever|,|.|;|:|(|)|\n|gout|toe|3am|32 weeks|pregnant|legs|cramp|at night|statin|swolen|claf|mother has|"
        "years ago|in 1998|as a child|i had|not|never|or|but|can not|can't walk|hardly|if i|is it normal|he|she|doctor ruled out|since i stopped|"
        "gone now|none|all clear|face drooping|slurred|short of breath|chest pain|numb|between my legs|cannot pee|diabetic|ulcer|black|foot|red|"
        "spreading|at 25 I|im 70|aged 8|for 3 years|b12|l5|b/l|calf's|mum’s|my neighbour|what are the signs of|a leaflet about|now|fine|ok|£|é|脚"
    ).split("|")
)
TEXTS = st.one_of(
    st.text(max_size=80), st.lists(PIECES, max_size=40).map(" ".join), st.lists(st.sampled_from(FLAGS), min_size=2, max_size=3).map(" ".join)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_on_any_text_too(answerer: Answerer, assessor: Assessor, texts: list[str]) -> None:
    assert differences(answerer, assessor, texts) == []


CHARACTERS = st.sampled_from(
    "leg|calves|can|CAN| not|not|can not|don't|mum’s|calf`s|b/l|c/o|b12|l5|abc12|12|3.5|1,500.|3,|٣|am|é|Œdème|脚|swelen|x|i|inflammations|"
    "anticoagulants| | |  |.|...|?!|\u2028|\n|\r\n|;|,|:|(|)|-|*|'|`|/|’|\u00a0|$|👣|\x00|"
    "pneumonoultramicroscopicsilicovolcanoconiosispneumonoultramicroscopic".split("|")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CHARACTERS, max_size=70).map("".join), min_size=1, max_size=3))
def test_the_kernel_reads_the_words_of_the_plain_way_wherever_they_stand_in_a_block(answerer: Answerer, assessor: Assessor, texts: list[str]) -> None:
    raw = [text.encode() for text in texts]
    columns(answerer, texts)  # learns the words that are new
    known, ends = answerer._vocabulary, np.cumsum([len(text) for text in raw], dtype=np.int64)
    words, bounds = np.empty(sum(map(len, raw)) + 1, np.int32), np.empty(len(raw) + 1, np.int64)
    unknown, room = np.empty((1, 4), np.int64), np.empty(ROOM_TO_READ, np.uint8)
    starts = ends - np.array([len(text) for text in raw], np.int64)
    assert call("reading.read", np.frombuffer(b"".join(raw), np.uint8), starts, ends, known.surfaces, known.slots, words, bounds, unknown, room) == 0
    for i, text in enumerate(texts):
        expected = [
            MARKS.get(surface[0], END_OF_SENTENCE)
            if token.kind in ("end", "comma")
            else known._number_of(token.word if surface.isascii() else surface)
            for token in assessor.model.analyzer.lexicon.read(text)
            for surface in [text[token.start : token.end]]
        ]
        assert words[bounds[i] : bounds[i + 1]].tolist() == expected


def test_both_ways_go_by_rules_alone_where_the_model_holds_no_sayings_of_dangers(assessor: Assessor) -> None:
    model = assessor.model
    deaf = Assessor(replace(model, danger_weights=model.danger_weights[:, :0], danger_intercept=model.danger_intercept[:0]))
    texts = FLAGS[::4]
    assert differences(Answerer(deaf), deaf, texts) == []
    assert all(deaf.raised(text) == deaf.flags.by_rules(deaf.finder.find(text)) for text in texts)


def test_answers_do_not_depend_on_how_complaints_are_cut_into_chunks_nor_on_threads(answerer: Answerer) -> None:
    whole = columns(answerer, FLAGS, 3)
    parts = [FLAGS[i : i + 37] for i in range(0, len(FLAGS), 37)]
    with ThreadPoolExecutor(8) as pool:
        cut = list(pool.map(lambda part: columns(answerer, part, 3), parts))
    for name, column in zip(Columns._fields, whole, strict=True):
        np.testing.assert_array_equal(column, np.concatenate([getattr(part, name) for part in cut]))


def test_answers_stay_the_same_when_learnt_words_are_forgotten(assessor: Assessor, monkeypatch: pytest.MonkeyPatch) -> None:
    answerer = Answerer(assessor)
    before = columns(answerer, ODD + CONTEXT)
    monkeypatch.setattr(compiled, "MOST_WORDS", 0)
    for name, column in zip(Columns._fields, columns(answerer, ODD + CONTEXT), strict=True):
        np.testing.assert_array_equal(column, getattr(before, name))


def test_more_new_words_than_the_table_had_room_for_are_learnt(answerer: Answerer, assessor: Assessor) -> None:
    new = [f"zq{'abcdefghij'[i % 10]}{'klmnopqrst'[i // 10 % 10]}{'uvwxyz'[i // 100 % 6]}{i}x swollen" for i in range(60_000)]
    out = columns(answerer, new, 1)
    assert set(out.ranked[:, 0]) == {out.ranked[0, 0]}
    assert differences(answerer, assessor, new[-20:]) == []


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_big_batch_has_the_results_of_small_ones_whatever_the_jobs(kind: str, tmp_path: Path) -> None:
    lines = [" ".join(text.split()) for text in FLAGS]
    big = lines * (COMPILED_FROM // len(lines) + 1)
    (tmp_path / "big.txt").write_text("\n".join(big), encoding="utf-8")
    (tmp_path / "small.txt").write_text("\n".join(lines[:200]), encoding="utf-8")
    made = []
    for name, jobs in (("small", 1), ("big", 1), ("big", 2)):
        out = tmp_path / f"{name}{jobs}.{kind}"
        assert legcause("classify", tmp_path / f"{name}.txt", "-o", out, "--jobs", jobs).returncode == 0
        made.append(pq.read_table(out).to_pylist() if kind == "parquet" else out.read_bytes().splitlines())
    small, one, two = made
    assert one == two
    assert one[: len(small)] == small
