"""What a model file may be, and what is refused."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from legcause.errors import ModelRefused
from legcause.inference.assess import Assessor
from legcause.inference.model import _TENSORS, FORMAT, MAX_BYTES, Model, _digest, default_path
from legcause.knowledge.shape import ANSWERS

from .conftest import legcause


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_what_is_saved_is_what_is_loaded(tmp_path: Path, model: Model) -> None:
    model.save(tmp_path / "copy.safetensors")
    again = Model.load(tmp_path / "copy.safetensors")
    assert again.features == model.features
    assert again.knowledge == model.knowledge
    assert again.manifest == model.manifest
    np.testing.assert_array_equal(again.weights, model.weights)
    assert (tmp_path / "copy.safetensors").read_bytes() == default_path().read_bytes()


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


def parts(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a safetensors file and the tensors behind it."""
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def of_parts(header: dict[str, Any] | bytes, tensors: bytes = b"") -> bytes:
    """A safetensors file with this header."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw + tensors


GOOD = default_path().read_bytes()
HEADER, TENSORS = parts(GOOD)
BEHIND = len(GOOD) - len(TENSORS)


def _places() -> dict[str, int]:
    """Offsets of each kind in the model file: its first number, what its header says, the ends of each tensor."""
    places = {f"length of the header, byte {i}": i for i in range(8)}
    for said in ("__metadata__", "format", "sha256", "manifest", "scikit-learn", "temperature", "dtype", "F16", "shape", "data_offsets"):
        places[said] = GOOD.index(said.encode())
        places[f"behind {said}"] = places[said] + len(said) + 4
    places["end of the header"] = BEHIND - 1
    for name, (begin, end) in ((name, entry["data_offsets"]) for name, entry in HEADER.items() if name != "__metadata__"):
        places |= {f"first of {name}": BEHIND + begin, f"middle of {name}": BEHIND + (begin + end) // 2, f"last of {name}": BEHIND + end - 1}
    return places


PLACES = _places()


@pytest.mark.parametrize("place", PLACES)
def test_a_flipped_bit_is_refused_wherever_it_is(place: str, tmp_path: Path) -> None:
    for bit in (0, 3, 7):
        flipped = bytearray(GOOD)
        flipped[PLACES[place]] ^= 1 << bit
        with pytest.raises(ModelRefused):
            Model.load(write(tmp_path / "flipped", bytes(flipped)))


def checked(knowledge: bytes, manifest: str = "{}") -> bytes:
    """A model file with the right checksum, but with this knowledge and no weights worth the name."""
    tensors = {name: np.zeros(2, kind) for name, kind in _TENSORS.items()} | {"knowledge": np.frombuffer(knowledge, np.uint8)}
    return save(tensors, {"format": str(FORMAT), "manifest": manifest, "sha256": _digest(tensors, manifest)})


def tensor(shape: list[int], kind: str = "F32", end: int = 4) -> bytes:
    return of_parts({"__metadata__": {"format": str(FORMAT)}, "idf": {"dtype": kind, "shape": shape, "data_offsets": [0, end]}}, b"\0" * 4)


DAMAGED = {
    "empty": lambda: b"",
    "text": lambda: b"not a model",
    "cut in the header": lambda: GOOD[:100],
    "cut behind the header": lambda: GOOD[:BEHIND],
    "cut in the middle": lambda: GOOD[: len(GOOD) // 2],
    "cut at the end": lambda: GOOD[:-1],
    "longer than it says": lambda: GOOD + b"\0" * 8,
    "header of exabytes": lambda: b"\xff" * 8 + GOOD[8:],
    "header of terabytes": lambda: (1 << 42).to_bytes(8, "little") + GOOD[8:],
    "header longer than the file": lambda: (len(GOOD) + 1).to_bytes(8, "little") + GOOD[8:],
    "header of nothing": lambda: bytes(8) + GOOD[8:],
    "header of a million keys": lambda: of_parts({"__metadata__": {"format": str(FORMAT)} | {str(i): "" for i in range(1_000_000)}}),
    "deep header": lambda: of_parts(b'{"a":' * 100_000),
    "header that is a list": lambda: of_parts(b"[]"),
    "header that is no UTF-8": lambda: of_parts(b'{"\xff": 1}'),
    "format of many digits": lambda: of_parts({"__metadata__": {"format": "9" * 10_000}}),
    "tensor of exabytes": lambda: tensor([1 << 60, 4]),
    "tensor that overflows": lambda: tensor([1 << 62, 1 << 62]),
    "tensor behind the end": lambda: tensor([1 << 40], end=1 << 42),
    "tensor of less than nothing": lambda: tensor([-1]),
    "numbers of a kind that does not exist": lambda: tensor([1], "F31"),
    "numbers of a kind that numpy does not know": lambda: _of_kind("F8_E4M3"),
    "numbers of two bytes that numpy does not know": lambda: _of_kind("BF16"),
    "knowledge that is no JSON": lambda: checked(b"{"),
    "knowledge that is no UTF-8": lambda: checked(b'"\xff"'),
    "knowledge that is a list": lambda: checked(b"[]"),
    "deep knowledge": lambda: checked(b"[" * 1_000_000),
    "knowledge with a number of many digits": lambda: checked(b"9" * 100_000),
    "fifty million empty lists": lambda: checked(b"[" + b"[]," * 50_000_000 + b"[]]"),
    "five million empty lists": lambda: checked(b"[" + b"[]," * 5_000_000 + b"[]]"),
    "deep manifest": lambda: checked(b"{}", "[" * 100_000),
    "larger than a model may be": lambda: bytes(MAX_BYTES + 1),
}


def _of_kind(kind: str) -> bytes:
    """The model's own parts, their numbers said to be of another kind."""
    entries = {name: {"dtype": kind, "shape": [0], "data_offsets": [0, 0]} for name in _TENSORS}
    return of_parts({"__metadata__": HEADER["__metadata__"], **entries})


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of each damaged file, what a process of 1 GB and 60 seconds says of it."""
    folder = tmp_path_factory.mktemp("damaged")
    for i, make in enumerate(DAMAGED.values()):
        write(folder / str(i), make())
    code = (
        "import sys\nfrom pathlib import Path\nfrom legcause.errors import ModelRefused\nfrom legcause.inference.model import Model\n"
        "for path in sys.argv[1:]:\n"
        "    try: Model.load(Path(path)); print('loaded')\n"
        "    except ModelRefused as error: print(error)\n"
        "    except BaseException as error: print(repr(error))\n"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    paths = [str(folder / str(i)) for i in range(len(DAMAGED))]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True, env=environment, preexec_fn=limit)
    return dict(zip(DAMAGED, result.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_refused_within_bounds_of_memory_and_time(damage: str, refusals: dict[str, str]) -> None:
    assert re.search("not a legcause model|a damaged one|its parts are not|its knowledge cannot be read|larger than any", refusals[damage])


def test_a_folder_and_a_pipe_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ModelRefused, match="not a file"):
            Model.load(path)


def test_another_program_s_tensors_and_a_newer_format_are_refused_with_the_cure(tmp_path: Path) -> None:
    tensors = {"x": np.zeros(3, dtype=np.float32)}
    with pytest.raises(ModelRefused, match="not a legcause model"):
        Model.load(write(tmp_path / "a", save(tensors)))
    with pytest.raises(ModelRefused, match="update legcause"):
        Model.load(write(tmp_path / "b", save(tensors, {"format": "99"})))


@pytest.mark.parametrize("name", ["idf", "weights", "intercept", "danger_weights", "danger_intercept"])
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(name: str, number: float, tmp_path: Path, model: Model) -> None:
    array = getattr(model, name).copy()
    array.flat[-1] = number
    replace(model, **{name: array}).save(tmp_path / "model")
    with pytest.raises(ModelRefused, match="not numbers"):
        Model.load(tmp_path / "model")


MISFITS: dict[str, Callable[[Model], dict[str, Any]]] = {
    "a feature less": lambda m: {"features": m.features[:-1]},
    "a feature more": lambda m: {"features": (*m.features, "x")},
    "two million features": lambda m: {"features": ("",) * 2_000_000},
    "a label's weights less": lambda m: {"weights": m.weights[:, :-1]},
    "weights the other way round": lambda m: {"weights": np.ascontiguousarray(m.weights.T)},
    "weights of more bytes": lambda m: {"weights": m.weights.astype(np.float32)},
    "an intercept less": lambda m: {"intercept": m.intercept[:-1]},
    "a danger less": lambda m: {"danger_weights": m.danger_weights[:, :-1], "danger_intercept": m.danger_intercept[:-1]},
    "a manifest that is a list": lambda m: {"manifest": []},
}
KNOWLEDGE: dict[str, Callable[[dict[str, Any]], object]] = {
    **{f"no {part}": lambda k, part=part: k.pop(part) for part in ANSWERS},
    **{f"{part} that is a number": lambda k, part=part: k.update({part: "1"}) for part in ANSWERS},
    "a label less": lambda k: k["labels"].pop(),
    "a label without a cause": lambda k: k["labels"].__setitem__(0, "x"),
    "a label twice": lambda k: k["labels"].__setitem__(0, k["labels"][1]),
    "a label that is a list": lambda k: k["labels"].__setitem__(0, []),
    "a label without a share": lambda k: k["shares"].pop(k["labels"][0]),
    "a share of nothing": lambda k: k["shares"].update({k["labels"][0]: 0}),
    "a share that is no number": lambda k: k["shares"].update({k["labels"][0]: float("nan")}),
    "an urgency that does not exist": lambda k: k["causes"]["gout"].update(urgency="soon"),
    "advice of a kind that does not exist": lambda k: k["causes"]["gout"]["advice"][0].update(kind="pray"),
    "a flag less": lambda k: k["red_flags"].pop("cauda_equina"),
    "a flag's urgency that does not exist": lambda k: k["red_flags"]["cauda_equina"].update(urgency="soon"),
    "a flag's exception that is a number": lambda k: k["red_flags"]["cauda_equina"].update(unless=1),
    "patterns of no finding": lambda k: k["patterns"].update(x=["leg"]),
    "a finding less": lambda k: k["findings"].pop("after_birth"),
    "an alarm with more": lambda k: k["alarm"].update(x=1),
    "a list of the lexicon less": lambda k: k["lexicon"]["context"].pop("denial"),
    "a cue without a word": lambda k: k["lexicon"]["context"]["childhood"].append("…"),
    "a pattern that is none": lambda k: k["patterns"]["after_birth"].append("~"),
    "a pattern that fits in countless ways": lambda k: k["patterns"]["after_birth"].append("a " + "b? " * 60 + "c"),
    "a pattern of endless gaps": lambda k: k["patterns"]["after_birth"].append("a" + " ~9 a" * 60),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_parts_that_do_not_fit_each_other_are_refused(misfit: str, tmp_path: Path, model: Model) -> None:
    replace(model, **MISFITS[misfit](model)).save(tmp_path / "model")
    with pytest.raises(ModelRefused):
        Model.load(tmp_path / "model")


@pytest.mark.parametrize("wrong", KNOWLEDGE)
def test_knowledge_that_is_not_what_answers_are_made_of_is_refused(wrong: str, tmp_path: Path, model: Model) -> None:
    knowledge = copy.deepcopy(dict(model.knowledge))
    KNOWLEDGE[wrong](knowledge)
    replace(model, knowledge=knowledge).save(tmp_path / "model")
    with pytest.raises(ModelRefused, match="make it anew"):
        Assessor(Model.load(tmp_path / "model")).assess("my leg hurts", findings=True)


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
