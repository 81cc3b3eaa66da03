"""The model in models/ is what training gives."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from legcause.inference.model import Model, default_path
from legcause.inference.score import Scorer

from .conftest import ROOT, legcause


@pytest.mark.retrain
def test_training_from_a_clean_start_gives_the_model_in_the_repository(tmp_path: Path) -> None:
    assert legcause("generate", "-o", tmp_path / "data.parquet", cwd=ROOT).returncode == 0
    result = legcause("train", "--data", tmp_path / "data.parquet", "-o", tmp_path, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    new, old = Model.load(tmp_path / "legcause.safetensors"), Model.load(default_path())
    assert new.manifest["knowledge"] == old.manifest["knowledge"]
    assert new.manifest["data"] == old.manifest["data"]
    assert new.features == old.features
    # Other processors add in another order: the answers are held to be the same, not the last bits of the weights.
    texts = [json.loads(line)["text"] for line in (ROOT / "data" / "challenge" / "complaints.jsonl").read_text().splitlines()]
    a, b = Scorer(new).many(texts), Scorer(old).many(texts)
    np.testing.assert_allclose(a, b, atol=0.02)
    assert (a.argmax(axis=1) == b.argmax(axis=1)).mean() >= 0.995
