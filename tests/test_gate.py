"""A new model takes the place of the old one only if it is not worse."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from legcause.inference.model import Model
from legcause.training.gate import chance, compare, reasons
from legcause.training.train import before

from .conftest import CASES, ROOT, legcause


def test_the_chance_of_a_loss_worked_out_by_hand() -> None:
    assert chance(0, 0) == 1
    assert chance(1, 1) == pytest.approx(3 / 4)
    assert chance(5, 0) == pytest.approx(1 / 32)
    assert chance(0, 5) == 1


@pytest.fixture
def model_there(trained: Path) -> Model:
    return Model.load(trained / "models" / "legcause.safetensors")


def other_knowledge(model: Model, **parts: object) -> Model:
    """The same weights with other knowledge."""
    manifest = {**model.manifest, "knowledge": "another"}
    return replace(model, knowledge={**copy.deepcopy(dict(model.knowledge)), **parts}, manifest=manifest)


def test_a_model_is_no_worse_than_itself(model_there: Model, trained: Path) -> None:
    change = compare(model_there, model_there, trained / "challenge")
    assert not change.refused
    assert change.flips == ()
    assert all(m.old == m.new for m in change.measures.values())


def test_one_red_flag_lost_is_one_too_many(model_there: Model, tmp_path: Path) -> None:
    flags = dict(model_there.knowledge["red_flags"])
    del flags["stroke"]
    case = {"id": "f1", "text": "face drooping on one side and slurred speech since an hour, right arm weak", "flags": ["stroke"]}
    (tmp_path / "red_flags.jsonl").write_text(json.dumps(case) + "\n")
    without = replace(
        other_knowledge(model_there, red_flags=flags),
        danger_weights=model_there.danger_weights[:, :0],
        danger_intercept=model_there.danger_intercept[:0],
    )
    change = compare(model_there, without, tmp_path)
    assert change.refused
    assert change.flags_lost == ({"id": "f1", "flag": "stroke"},)
    assert "1 red flags are lost (stroke)" in reasons(change)


def test_a_model_that_answers_at_random_is_worse_and_one_wrong_answer_more_is_noise(model_there: Model, trained: Path, tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(len(model_there.labels))
    mixed = replace(model_there, weights=model_there.weights[:, order])
    change = compare(model_there, mixed, trained / "challenge")
    assert change.measures["complaints"].worse
    assert sum(not flip["better"] for flip in change.flips) >= change.measures["complaints"].lost
    lost = next(flip["id"] for flip in change.flips if flip["measure"] == "complaints" and not flip["better"])
    rows = (trained / "challenge" / "complaints.jsonl").read_text().splitlines()
    (tmp_path / "complaints.jsonl").write_text(next(row for row in rows if json.loads(row)["id"] == lost) + "\n")
    single = compare(model_there, mixed, tmp_path)
    assert single.measures["complaints"].lost == 1
    assert not single.refused


def test_a_cause_that_only_the_new_model_knows_is_won_not_refused(model_there: Model, model: Model, tmp_path: Path) -> None:
    row = {"id": "t1", "text": "my tailbone hurts when I sit on a chair", "labels": ["tailbone"]}
    (tmp_path / "complaints.jsonl").write_text(json.dumps(row) + "\n")
    change = compare(model, model_there, tmp_path)
    assert (change.measures["complaints"].won, change.measures["complaints"].lost) == (1, 0)


def test_the_worse_model_is_written_beside_the_old_one_and_only_force_replaces_it(trained: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(trained / "data.parquet")
    train = table["split"] == "train"
    table.loc[train, "cause"] = table.loc[train, "cause"].sample(frac=1, random_state=1).to_numpy()
    table.to_parquet(tmp_path / "wrong.parquet")
    out = tmp_path / "models"
    shutil.copytree(trained / "models", out)
    old = {path.name: path.read_bytes() for path in out.iterdir()}
    options = ["--knowledge", trained / "knowledge", "--data", tmp_path / "wrong.parquet", "--challenge", trained / "challenge", "-o", out]
    result = legcause("train", *options)
    assert result.returncode == 1
    assert b"the new model is worse, so the old one stays: " in result.stderr
    assert b"complaints fell from" in result.stderr
    assert b"FORCE=1" in result.stderr
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.name in old} == old
    assert json.loads((out / "change.refused.json").read_text())["refused"]
    assert Model.load(out / "legcause.refused.safetensors").manifest != Model.load(out / "legcause.safetensors").manifest
    forced = legcause("train", *options, "--force")
    assert forced.returncode == 0, forced.stderr
    assert json.loads((out / "change.json").read_text())["measures"]["complaints"]["worse"]
    assert not list(out.glob("*.refused.*"))
    assert 'id="change"' in (out / "report.html").read_text()


def test_an_old_model_that_cannot_be_read_or_is_made_from_the_same_holds_nothing_back(model_there: Model, tmp_path: Path) -> None:
    assert before(tmp_path / "none", model_there).model is None
    (tmp_path / "damaged").write_bytes(b"not a model")
    assert "no comparison" in before(tmp_path / "damaged", model_there).note
    model_there.save(tmp_path / "same")
    assert before(tmp_path / "same", model_there).model is None


def test_that_labelled_complaints_are_left_out_this_time_is_said(model_there: Model, tmp_path: Path) -> None:
    manifest = {**model_there.manifest, "labelled": {"complaints": 7}}
    replace(model_there, manifest=manifest).save(tmp_path / "old")
    old = before(tmp_path / "old", model_there)
    assert old.model is not None
    assert "7 labelled complaints" in old.note


def test_the_gate_reads_the_cases_of_red_flags_that_nothing_was_fitted_on() -> None:
    cases = (CASES / "red_flags_blind.jsonl").read_text(encoding="utf-8")
    assert (ROOT / "data" / "challenge" / "red_flags.jsonl").read_text(encoding="utf-8") == cases, "run `make data/challenge/red_flags.jsonl`"
