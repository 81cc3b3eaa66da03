"""What a model file may be, and what is refused."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from legcause.errors import ModelRefused
from legcause.inference.model import Model, default_path

from .conftest import legcause


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_what_is_saved_is_what_is_loaded(tmp_path: Path, model: Model) -> None:
    model.save(tmp_path / "copy.safetensors")
    copy = Model.load(tmp_path / "copy.safetensors")
    assert copy.features == model.features
    assert copy.knowledge == model.knowledge
    assert copy.manifest == model.manifest
    np.testing.assert_array_equal(copy.weights, model.weights)


class _Payload:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.mark,))


def test_a_planted_pickle_is_refused_and_leaves_no_mark(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    path = write(tmp_path / "evil.safetensors", pickle.dumps(_Payload(mark)))
    with pytest.raises(ModelRefused):
        Model.load(path)
    assert not mark.exists()


@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty", "text", "huge header", "directory"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    good = default_path().read_bytes()
    path = tmp_path / "damaged.safetensors"
    if damage == "directory":
        path.mkdir()
    else:
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 1
        content = {"flipped": bytes(flipped), "truncated": good[:-100], "empty": b"", "text": b"not a model", "huge header": b"\xff" * 8 + good[8:]}
        write(path, content[damage])
    with pytest.raises(ModelRefused):
        Model.load(path)


def test_another_program_s_tensors_and_a_newer_format_are_refused_with_the_cure(tmp_path: Path) -> None:
    tensors = {"x": np.zeros(3, dtype=np.float32)}
    with pytest.raises(ModelRefused, match="not a legcause model"):
        Model.load(write(tmp_path / "a", save(tensors)))
    with pytest.raises(ModelRefused, match="update legcause"):
        Model.load(write(tmp_path / "b", save(tensors, {"format": "99"})))


def test_weights_that_are_no_numbers_or_do_not_fit_are_refused(tmp_path: Path, model: Model) -> None:
    weights = model.weights.copy()
    weights[0, 0] = np.nan
    replace(model, weights=weights).save(tmp_path / "nan")
    replace(model, features=model.features[:-1]).save(tmp_path / "short")
    for name in ("nan", "short"):
        with pytest.raises(ModelRefused):
            Model.load(tmp_path / name)


def test_the_command_exits_3_with_one_line_where_the_model_is_refused(tmp_path: Path) -> None:
    for path in (write(tmp_path / "text.safetensors", b"not a model"), tmp_path / "missing.safetensors"):
        result = legcause("explain", "legs hurt", "--model", path)
        assert result.returncode == 3
        assert len(result.stderr.splitlines()) == 1
        assert result.stdout == b""


def test_the_model_was_made_from_this_knowledge_base(knowledge: object, model: Model) -> None:
    assert model.manifest["knowledge"] == knowledge.digest, "the knowledge base has changed: run `make train`"  # type: ignore[attr-defined]


def test_the_metrics_are_those_of_the_model(model: Model) -> None:
    metrics = json.loads((default_path().parent / "metrics.json").read_text())
    assert metrics["manifest"] == model.manifest
    assert metrics["features"] == len(model.features)
