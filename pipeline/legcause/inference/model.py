"""The compiled model: one data-only file (safetensors), with the weights and the knowledge that goes with them. Loading it runs nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..errors import ModelRefused
from ..knowledge.shape import is_sound
from ..text.analyzer import Analyzer
from ..text.lexicon import Lexicon

FORMAT = 5
MAX_BYTES = 256 * 1024 * 1024
# Parsed JSON takes some twenty times the memory of its text, and what a file claims to hold is believed only within these bounds.
MAX_HEADER = 1024 * 1024
MAX_KNOWLEDGE = 16 * 1024 * 1024
_TENSORS = {"vocabulary": np.uint8, "knowledge": np.uint8, "idf": np.float32, "weights": np.float16, "intercept": np.float32}
_TENSORS |= {"danger_weights": np.float16, "danger_intercept": np.float32}


@dataclass(frozen=True, eq=False)
class Model:
    """`weights` [features, labels] and `intercept` [labels] of the logistic regression, already calibrated; `idf` [features].

    `danger_weights` [features, dangers] and `danger_intercept` [dangers] are those of the alarm, which says how much a text sounds like each
    red flag, in the order of their ids, rather than like none; no dangers at all where the knowledge base holds no sayings of them.

    `knowledge` holds what the answers are made of: labels, causes, findings, lexicon, thresholds. `manifest` says what the model was made from."""

    features: tuple[str, ...]
    idf: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float16]
    intercept: npt.NDArray[np.float32]
    danger_weights: npt.NDArray[np.float16]
    danger_intercept: npt.NDArray[np.float32]
    knowledge: Mapping[str, Any]
    manifest: Mapping[str, Any] = field(repr=False)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.knowledge["labels"])

    @cached_property
    def analyzer(self) -> Analyzer:
        try:
            return Analyzer(Lexicon.of(self.knowledge["lexicon"]))
        except (KeyError, ValueError) as error:
            raise ModelRefused(f"the model's lexicon cannot be used: {error}; make it anew with `make train`") from error

    @cached_property
    def index(self) -> dict[str, int]:
        """Feature → its row in `weights`."""
        return {feature: i for i, feature in enumerate(self.features)}

    @cached_property
    def checksum(self) -> str:
        """Of everything that the answers depend on."""
        return _digest(self._tensors(), json.dumps(self.manifest, sort_keys=True))

    def _tensors(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "vocabulary": _bytes("\n".join(self.features)),
            "knowledge": _bytes(json.dumps(self.knowledge, sort_keys=True, ensure_ascii=False, separators=(",", ":"))),
            "idf": self.idf,
            "weights": self.weights,
            "intercept": self.intercept,
            "danger_weights": self.danger_weights,
            "danger_intercept": self.danger_intercept,
        }

    def save(self, path: Path) -> None:
        """Writes the file; it appears whole or not at all."""
        from safetensors.numpy import save

        tensors, manifest = self._tensors(), json.dumps(self.manifest, sort_keys=True)
        metadata = {"format": str(FORMAT), "sha256": self.checksum, "manifest": manifest}
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        partial.write_bytes(_in_order(save(tensors, metadata)))
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The model in `path`. Raises ModelRefused where it is none, is damaged, or is of a newer format."""
        from safetensors import SafetensorError, safe_open

        try:
            if path.exists() and not path.is_file():  # a pipe would be waited for without end
                raise ModelRefused(f"{path}: not a file; name one with --model or leave it out")
            if path.stat().st_size > MAX_BYTES:
                raise ModelRefused(f"{path}: larger than any model of this program ({MAX_BYTES} bytes); name another file with --model")
            with path.open("rb") as raw:
                if int.from_bytes(raw.read(8), "little") > MAX_HEADER:
                    raise ValueError("header")
            with safe_open(path, framework="np") as file:
                metadata = file.metadata() or {}
                if not metadata.get("format", "").isdecimal():
                    raise ModelRefused(f"{path}: not a legcause model; make one with `make train` or leave --model out")
                if int(metadata["format"]) < FORMAT:
                    raise ModelRefused(f"{path}: made by an older legcause (format {metadata['format']}); make it anew with `make train`")
                if int(metadata["format"]) > FORMAT:
                    raise ModelRefused(
                        f"{path}: made by a newer legcause (format {metadata['format']}, this one reads up to {FORMAT}); update legcause"
                    )
                if set(file.keys()) != set(_TENSORS):
                    raise ModelRefused(f"{path}: its parts are not those of a legcause model; make it anew with `make train`")
                tensors = {name: file.get_tensor(name) for name in sorted(_TENSORS)}
        except FileNotFoundError as error:
            raise ModelRefused(f"{path}: there is no such model file; make it with `make train` or leave --model out") from error
        except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:  # the last two: of types that numpy does not know
            raise ModelRefused(f"{path}: not a legcause model, or a damaged one; make it anew with `make train`") from error
        if _digest(tensors, metadata.get("manifest", "")) != metadata.get("sha256"):
            raise ModelRefused(f"{path}: its content does not match its checksum; fetch it again or make it anew with `make train`")
        model = cls._checked(path, tensors, metadata)
        model.__dict__["checksum"] = metadata["sha256"]  # has just been computed
        return model

    @classmethod
    def _checked(cls, path: Path, tensors: dict[str, npt.NDArray[Any]], metadata: Mapping[str, str]) -> Self:
        try:
            if tensors["knowledge"].nbytes > MAX_KNOWLEDGE or tensors["vocabulary"].tobytes().count(b"\n") > tensors["idf"].size:
                raise ValueError("size")
            knowledge = json.loads(tensors["knowledge"].tobytes())
            manifest = json.loads(metadata["manifest"])
            features = tuple(tensors["vocabulary"].tobytes().decode().split("\n"))
            if not is_sound(knowledge) or not isinstance(manifest, dict):
                raise ValueError("content")
        except (ValueError, KeyError, RecursionError) as error:
            raise ModelRefused(f"{path}: its knowledge cannot be read; make it anew with `make train`") from error
        shape = (len(features), len(knowledge["labels"]))
        dangers = (len(features), len(knowledge["red_flags"]) if tensors["danger_intercept"].size else 0)
        numbers = [tensors[name] for name in ("idf", "weights", "intercept", "danger_weights", "danger_intercept")]
        shapes = [shape[:1], shape, shape[1:], dangers, dangers[1:]]
        if any(tensors[name].dtype != kind for name, kind in _TENSORS.items()) or [n.shape for n in numbers] != shapes:
            raise ModelRefused(f"{path}: its weights do not fit its labels and features; make it anew with `make train`")
        if not all(np.isfinite(n).all() for n in numbers):
            raise ModelRefused(f"{path}: some of its weights are not numbers; make it anew with `make train`")
        arrays = {name: tensors[name] for name in ("idf", "weights", "intercept", "danger_weights", "danger_intercept")}
        return cls(features=features, knowledge=knowledge, manifest=manifest, **arrays)


def default_path() -> Path:
    """The model that comes with the program: inside the installed package, else `models/` of the checkout that the package runs from."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "model" / "legcause.safetensors"
    return inside if inside.exists() else package.parent.parent / "models" / "legcause.safetensors"


def _bytes(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _in_order(content: bytes) -> bytes:
    """The same file with the keys of its header in order: safetensors writes them in another order each time."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:end]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[end:]


def _digest(tensors: Mapping[str, npt.NDArray[Any]], manifest: str) -> str:
    digest = hashlib.sha256(manifest.encode())
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
