"""From the knowledge base to the model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import joblib
import numpy as np
import pytest

from legcause.inference.model import Model
from legcause.inference.score import Scorer
from legcause.training.evaluate import auroc, calibration_error, figures, share
from legcause.training.fit import best_temperature
from legcause.training.train import confident_above

from .conftest import ROOT, legcause


def test_a_cause_added_as_toml_is_trained_and_answered(trained: Path) -> None:
    model = Model.load(trained / "models" / "legcause.safetensors")
    assert "tailbone" in model.labels
    result = legcause("explain", "my tailbone hurts on a hard chair", "--format", "jsonl", "--model", trained / "models" / "legcause.safetensors")
    record = json.loads(result.stdout)
    assert record["cause"] == "tailbone"
    assert {"text": "Tailbone home.", "source": "general", "cause": "tailbone"} in record["advice"]["home"]


def test_the_saved_pipeline_gives_the_probabilities_of_the_compiled_model(trained: Path) -> None:
    pipeline = joblib.load(trained / "models" / "legcause.joblib")
    scorer = Scorer(Model.load(trained / "models" / "legcause.safetensors"))
    texts = ["my left calf is swollen", "no pain, my mother has gout", "", "numb feet since ten years"]
    np.testing.assert_allclose(scorer.many(texts), pipeline.predict_proba(texts), atol=1e-5)


def test_the_card_has_the_figures_of_the_metrics(trained: Path) -> None:
    metrics = json.loads((trained / "models" / "metrics.json").read_text())
    card = (trained / "models" / "MODEL_CARD.md").read_text()
    for name, result in metrics["sets"].items():
        if "top1" in result:
            row = next(line for line in card.splitlines() if line.startswith(f"| {name} |"))
            assert f"{result['top1']['share']:.3f}" in row
            assert f"{result['calibration_error']:.3f}" in row


def test_training_without_a_data_set_says_how_to_make_one(tmp_path: Path) -> None:
    result = legcause("train", "--data", tmp_path / "none.parquet", "-o", tmp_path / "models", cwd=ROOT)
    assert result.returncode == 1
    assert b"legcause generate" in result.stderr
    assert not (tmp_path / "models").exists()


def test_figures_of_a_set_worked_out_by_hand() -> None:
    labels = ["gout", "other", "thrombosis"]
    probabilities = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.2, 0.7], [0.4, 0.35, 0.25]])
    found = figures(probabilities, [["gout"], ["gout"], ["thrombosis", "other"], ["other"]], labels, 0.5)
    assert found["top1"]["share"] == pytest.approx(2 / 3)
    assert found["top1_macro"] == pytest.approx((0.5 + 1) / 2)
    assert found["top3"]["share"] == 1
    assert found["other_recall"]["share"] == 0
    assert found["other_precision"]["share"] == 0
    assert found["other_auroc"] == pytest.approx(2 / 3)
    assert found["all_top1"]["share"] == pytest.approx(0.5)
    assert found["confident"]["coverage"] == pytest.approx(0.75)
    assert found["confusions"][0] == {"truth": "gout", "answer": "other", "complaints": 1}


def test_small_statistics_worked_out_by_hand() -> None:
    assert auroc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == pytest.approx(0.875)
    assert calibration_error(np.array([0.95, 0.95]), np.array([True, False])) == pytest.approx(0.45)
    assert share(np.array([True] * 8 + [False] * 2)) == pytest.approx({"share": 0.8, "of": 10, "low": 0.4902, "high": 0.9433}, abs=1e-3)
    assert confident_above(np.array([0.9, 0.8, 0.405]), np.array([True, True, False]), 0.99) == 0.41
    logits = np.array([[4.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 0.0]])
    assert best_temperature(logits, np.array([0, 0, 1, 1]), np.zeros(2)) > 1.5


def _finding(name: str, things: list[str]) -> str:
    return f'[{name}]\nname = "{name}"\nkind = "symptom"\nsource = "general"\nnoun = {json.dumps([f"{t} in my back" for t in things])}\n'


def _cause(name: str, findings: dict[str, float]) -> str:
    head = (
        f'id = "{name}"\nname = "{name}"\nicd10 = "M54.5"\narticle = [1]\nurgency = "routine"\nsummary = "A test."\nsource = "general"\n[findings]\n'
    )
    advice = (f'[[advice]]\nkind = "{kind}"\ntext = "{name}: {kind}."\nsource = "general"\n' for kind in ("test", "see", "home", "avoid", "urgent"))
    return head + "".join(f"{finding} = {likelihood}\n" for finding, likelihood in findings.items()) + "".join(advice)


def test_a_whole_other_domain_is_nothing_but_toml(tmp_path: Path) -> None:
    folder, kept = tmp_path / "knowledge", ("lexicon.toml", "slots.toml", "stories.toml", "medicines.toml")
    for part in ("causes", "findings", "patterns", "complaints"):
        (folder / part).mkdir(parents=True)
    for name in kept:
        shutil.copy(ROOT / "data" / "knowledge" / name, folder / name)
    said = {"strain": ["a pull", "a tweak", "a strain", "stiffness"], "stone": ["waves of pain", "a colic", "cramping waves", "gripping waves"]}
    after = {
        "strain": ["lifting boxes", "digging", "a bad night", "shovelling snow"],
        "stone": ["passing blood", "a dry day", "a fever", "being sick"],
    }
    for cause, things in said.items():
        (folder / "causes" / f"{cause}.toml").write_text(_cause(cause, {f"back_{cause}": 0.9}))
        lines = [f"{thing} in my back {since} {a}" for thing in things for since in ("after", "since", "following") for a in after[cause]]
        (folder / "complaints" / f"{cause}.toml").write_text(f'label = "{cause}"\ncomplaints = {json.dumps(lines)}\n')
    (folder / "findings" / "back.toml").write_text("\n".join(_finding(f"back_{cause}", things) for cause, things in said.items()))
    (folder / "patterns" / "back.toml").write_text('back_strain = ["pull|tweak|strain ~3 back"]\nback_stone = ["colic|waves ~5 back"]\n')
    rest = [f"when is the {room} open on {day}" for room in ("surgery", "clinic", "desk") for day in ("Monday", "Friday", "Sunday", "Tuesday")]
    (folder / "complaints" / "other.toml").write_text(f'label = "other"\ntopic = "admin"\ncomplaints = {json.dumps(rest)}\n')
    (folder / "shares.toml").write_text("[share]\nstrain = 0.5\nstone = 0.2\nother = 0.3\n[other_findings]\n")
    for empty in ("red_flags.toml", "contraindications.toml"):
        (folder / empty).write_text("")
    data, models = tmp_path / "data.parquet", tmp_path / "models"
    made = legcause("generate", "--knowledge", folder, "-o", data, "--rows", 60)
    assert made.returncode == 0, made.stderr
    result = legcause("train", "--knowledge", folder, "--data", data, "--challenge", tmp_path, "-o", models)
    assert result.returncode == 0, result.stderr
    (tmp_path / "in.txt").write_text("gripping waves of colic in my back\nthere is a tweak in my back since shovelling\n")
    answers = legcause("classify", tmp_path / "in.txt", "--model", models / "legcause.safetensors").stdout.decode().splitlines()
    assert [json.loads(line)["cause"] for line in answers] == ["stone", "strain"]
