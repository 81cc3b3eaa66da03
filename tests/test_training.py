"""From the knowledge base to the model."""

from __future__ import annotations

import json
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
from .domain import back_pain


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


def test_a_whole_other_domain_is_nothing_but_toml(tmp_path: Path) -> None:
    folder = back_pain(tmp_path / "knowledge")
    data, models = tmp_path / "data.parquet", tmp_path / "models"
    made = legcause("generate", "--knowledge", folder, "-o", data, "--rows", 60)
    assert made.returncode == 0, made.stderr
    result = legcause("train", "--knowledge", folder, "--data", data, "--challenge", tmp_path, "-o", models)
    assert result.returncode == 0, result.stderr
    (tmp_path / "in.txt").write_text("gripping waves of colic in my back\nthere is a tweak in my back since shovelling\n")
    answers = legcause("classify", tmp_path / "in.txt", "--model", models / "legcause.safetensors").stdout.decode().splitlines()
    assert [json.loads(line)["cause"] for line in answers] == ["stone", "strain"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("pairs.jsonl", b'{"a": "x", "labels_a": []}\n', "line 1: a pair needs suite, kind, a, b, labels_a and labels_b"),
        ("flags.jsonl", b'{"id": "f1", "text": "x", "flags": []}\n{"flags": ["stroke"]}\n', "line 2: a case of red flags needs text and flags"),
        ("broken.jsonl", b'{"text": "x", "label": "gout"}\n{\n', "line 2"),
        ("latin.csv", "text,label\nf\xfc\xdfe,gout\n".encode("latin-1"), "cannot be read as UTF-8 text"),
        ("nowhere.csv", None, "there is no such file"),
        ("empty.csv", b"text,label\n", "empty.csv"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith((".jsonl", ".csv")) else "",
)
def test_a_set_that_cannot_be_scored_is_named_with_line_and_cure(name: str, content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = legcause("evaluate", tmp_path / name)
    assert result.returncode in (1, 2)
    assert said in result.stderr.decode()
    assert b"fault of the program" not in result.stderr
