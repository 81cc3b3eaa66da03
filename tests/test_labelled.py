"""Complaints that a person has labelled: read, checked, trained on, scored by cross-validation."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from legcause.errors import InputError
from legcause.inference.model import Model
from legcause.training.crossval import deal, suspects
from legcause.training.labelled import Alike, Labelled, choose, fingerprint, read_labelled

from .conftest import ROOT, legcause

KNOWN = ("gout", "thrombosis", "other")
REVIEW = """id,text,cause,probability,second,urgency,why,label
1,"my big toe, burning",gout,0.4,other,routine,doubtful,gout
2,nothing said of this,other,0.3,gout,routine,doubtful,
3,calf tight as a drum,other,0.3,gout,routine,doubtful,thrombosis; other
"""


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def test_a_review_is_read_and_its_rows_without_a_label_are_counted(tmp_path: Path) -> None:
    found = read_labelled(write(tmp_path / "review.csv", "\ufeff" + REVIEW), KNOWN)
    assert found.unlabelled == 1
    assert found.complaints == (Labelled("my big toe, burning", ("gout",), 2), Labelled("calf tight as a drum", ("thrombosis", "other"), 4))


WRONG = {
    "an unknown label": ("a.csv", "text,label\nx,gout\ny,Gaut\n", r"a.csv, line 3: .*'Gaut'.*did you mean 'gout'"),
    "a label that is near to none": ("a.csv", "text,label\nx,zebra\n", r"a.csv, line 2: .*legcause causes"),
    "no column of labels": ("a.csv", "text,cause\nx,gout\n", r"a.csv, line 2: .*name the columns text and label"),
    "no label at all": ("a.csv", "text,label\nx,\n", r"a.csv: holds no labelled complaints"),
    "an open quote": ("a.csv", 'text,label\n"x,gout\n', r"a.csv, line \d: .*name the columns|holds no"),
    "a line that is no JSON": ("a.jsonl", '{"text": "x", "label": "gout"}\n{"text"\n', r"a.jsonl, line 2: not JSON"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_labelled_file_that_is_wrong_is_named_with_line_and_cure(name: str, tmp_path: Path) -> None:
    file, content, message = WRONG[name]
    with pytest.raises(InputError, match=message):
        read_labelled(write(tmp_path / file, content), KNOWN)


def test_contradictory_labels_are_listed_with_every_place(tmp_path: Path) -> None:
    one = read_labelled(write(tmp_path / "one.csv", "text,label\nToe on fire!,gout\n"), KNOWN)
    two = read_labelled(write(tmp_path / "two.csv", "text,label\nx y z,other\ntoe on fire,other\n"), KNOWN)
    with pytest.raises(InputError, match=r"one.csv, line 2 says gout but .*two.csv, line 3 says other.*one label"):
        choose([one, two], [])


def test_repetitions_join_once_and_complaints_of_the_evaluation_do_not(tmp_path: Path) -> None:
    rows = [
        ("my left calf has been swollen since the flight home", "thrombosis"),
        ("My left calf has been swollen, since the flight home.", "thrombosis"),
        ("the toe went red and hot in the night, could not bear the sheet on it", "gout"),
        ("toe again", "gout"),
    ]
    file = write(tmp_path / "a.jsonl", "".join(json.dumps({"text": t, "label": label}) + "\n" for t, label in rows))
    chosen = choose([read_labelled(file, KNOWN)], ["the toe went red and hot in the night, could not bear the duvet on it", "a toe again and again"])
    assert [c.text for c in chosen.complaints] == [rows[0][0], rows[3][0]]
    assert chosen.doubled == 1
    assert chosen.tested == (f"{file}, line 3",)


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3))
def test_a_text_is_alike_itself_whatever_its_capitals_and_stops(text: str, others: list[str]) -> None:
    words = re.findall(r"[a-z]+", text)
    assert text in Alike([*others, text])
    assert " ".join(words).upper() + "!" in Alike([*others, " ".join(words)]) or not words


def test_no_example_of_new_speech_is_a_test_complaint(model: Model) -> None:
    from legcause.training.material import test_texts

    chosen = choose([read_labelled(ROOT / "examples" / "new_speech.csv", model.labels)], test_texts(ROOT / "data" / "challenge"))
    assert len(chosen.complaints) == 30
    assert {c.labels[0] for c in chosen.complaints} == set(model.labels)


def test_every_label_is_dealt_out_over_the_folds() -> None:
    complaints = [Labelled(f"{label} {i}", (label,), i) for label in KNOWN for i in range(10)]
    folds = deal(complaints, 5)
    for label in KNOWN:
        assert sorted(f for f, c in zip(folds, complaints, strict=True) if c.labels[0] == label) == sorted([*range(5), *range(5)])
    assert list(deal(complaints[::-1], 5)) == list(folds[::-1])


def test_the_label_that_does_not_fit_is_suspect_and_the_merely_doubtful_one_is_not() -> None:
    complaints = [Labelled(f"c{i}", (label,), i) for i, label in enumerate(["gout", "gout", "thrombosis", "thrombosis", "other", "gout"])]
    probabilities = np.array([[0.9, 0.05, 0.05], [0.5, 0.4, 0.1], [0.1, 0.8, 0.1], [0.0, 0.7, 0.3], [0.2, 0.2, 0.6], [0.1, 0.85, 0.05]])
    found = suspects(complaints, probabilities, KNOWN)
    assert [(s.complaint.line, s.answer) for s in found] == [(5, "thrombosis")]


def test_a_label_that_is_borne_once_and_wrongly_makes_no_other_complaint_suspect() -> None:
    complaints = [Labelled(f"c{i}", (label,), i) for i, label in enumerate(["thrombosis", "thrombosis", "gout"])]
    probabilities = np.array([[0.05, 0.8, 0.15], [0.04, 0.9, 0.06], [0.02, 0.88, 0.1]])
    assert [s.complaint.line for s in suspects(complaints, probabilities, KNOWN)] == [2]


@pytest.fixture(scope="module")
def labelled(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[object]]:
    """A labelled file of the small chain's knowledge, with one wrong label and one test complaint, and the options that name that chain."""
    folder = tmp_path_factory.mktemp("labelled")
    tested = json.loads((trained / "challenge" / "complaints.jsonl").read_text().splitlines()[0])
    seats = ("pew", "saddle", "kerb", "sledge", "swing", "tractor", "deckchair")
    rows = [{"text": f"coccyx bruised, cannot sit on the {seat} at all", "label": "tailbone"} for seat in seats]
    rows += [{"text": "coccyx sore from sitting on the hard stool, my tailbone hurts", "label": "gout"}]
    rows += [{"text": tested["text"], "label": tested["labels"][0]}, {"text": "to be labelled", "label": ""}]
    file = write(folder / "review.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    return file, ["--knowledge", trained / "knowledge", "--data", trained / "data.parquet", "--challenge", trained / "challenge"]


def test_labelled_complaints_are_trained_on_and_never_scored_as_if_they_were_not(
    labelled: tuple[Path, list[object]], trained: Path, tmp_path: Path
) -> None:
    file, options = labelled
    result = legcause("train", *options, "--labelled", file, "-o", tmp_path)
    assert result.returncode == 0, result.stderr
    assert b"8 labelled complaints join the training; left out: 1 without a label, 1 in the evaluation" in result.stderr
    model = Model.load(tmp_path / "legcause.safetensors")
    assert model.manifest["labelled"]["complaints"] == 8
    assert model.manifest["labelled"]["sha256"] == [read_labelled(file, model.labels).sha256]
    assert fingerprint("Coccyx bruised; cannot sit on the pew, at all") in model.manifest["labelled"]["texts"]
    scored = legcause("evaluate", file, "--model", tmp_path / "legcause.safetensors")
    assert scored.returncode == 1
    assert b"was trained on 8 of its 9 labelled complaints" in scored.stderr
    assert b"--cross-validate" in scored.stderr
    assert "8 rows" not in (trained / "models" / "MODEL_CARD.md").read_text()
    assert "**Labelled complaints.** 8, from 1 file(s)" in (tmp_path / "MODEL_CARD.md").read_text()


def test_cross_validation_scores_them_and_points_out_the_wrong_label(labelled: tuple[Path, list[object]]) -> None:
    file, options = labelled
    result = legcause("evaluate", file, "--cross-validate", "--format", "json", *options)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["with"]["complaints"] == 8
    assert found["with"]["per_cause"]["tailbone"]["share"] > 0.8
    assert [(s["line"], s["label"], s["answer"]) for s in found["suspects"]] == [(f"{file}, line 8", "gout", "tailbone")]
    text = legcause("evaluate", file, "--cross-validate", *options).stdout.decode()
    assert f"{file}, line 8: says gout, reads like tailbone" in text
