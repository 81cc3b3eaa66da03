"""The whole of training: data set → pipeline → calibration → figures → compiled model, its card and its page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from ..errors import ModelRefused, WorseModel
from ..inference.assess import Assessor
from ..inference.model import Model
from ..synthesis.dataset import TEST_PHRASES, TEST_SHAPES
from .card import card, weak_language
from .fit import Settings, best_temperature, calibrate, compiled, fit, mix, versions
from .gate import compare, reasons
from .gate import lines as change_lines
from .material import Material, challenge_files, gather, said
from .page import write as write_page
from .report import evaluate_file, labelled_figures, lines

# An answer is called confident above the lowest probability at which so many of the answers on held-out phrases are right.
CONFIDENT_ACCURACY = 0.9
MODEL, PIPELINE, METRICS, CARD, CHANGE = "legcause.safetensors", "legcause.joblib", "metrics.json", "MODEL_CARD.md", "change.json"
REFUSED_MODEL, REFUSED_CHANGE = "legcause.refused.safetensors", "change.refused.json"


@dataclass(frozen=True, slots=True)
class Old:
    """The model that is there before training, and what may hold the new one back. None: there is none that this version can read."""

    model: Model | None
    note: str = ""


def train(knowledge: Path, data: Path, challenge: Path, out: Path, labelled: Sequence[Path] = (), force: bool = False) -> Iterator[str]:
    """Trains and writes model, pipeline, metrics, card and page into `out`; yields what it did, line by line.

    A model that is worse than the one in `out` is written beside it instead, and WorseModel raised, unless `force` is given."""
    import joblib

    settings = Settings()
    material = gather(knowledge, data, challenge, labelled)
    yield from said(material.labelled)
    yield f"fitting on {len(material.texts):,} complaints"
    pipeline = fit(material.texts, material.causes, material.weights(settings), material.knowledge.lexicon, settings)
    temperature, threshold = calibration(pipeline, material, settings)
    yield f"temperature {temperature:.2f}, confident above {threshold:.2f}"
    manifest = material.manifest(settings) | {"temperature": round(temperature, 2), "versions": versions()}
    model = compiled(pipeline, material.knowledge, threshold, manifest, material.harmless(settings), settings)
    assessor = Assessor(model)
    sets, weak = evaluated(assessor, material, challenge), weak_language(assessor.scorer)
    metrics = rounded({"manifest": manifest, "features": len(model.features), "sets": sets, "weak_language": weak})
    for name, result in metrics["sets"].items():
        yield from lines(name, result)

    out.mkdir(parents=True, exist_ok=True)
    old = before(out / MODEL, model)
    change = compare(old.model, model, challenge) if old.model else None
    if old.note:
        yield old.note
    if change:
        yield from change_lines(change)
        if change.refused and not force:
            model.save(out / REFUSED_MODEL)
            _write(out / REFUSED_CHANGE, change.record())
            raise WorseModel(
                f"the new model is worse, so the old one stays: {reasons(change)}. The new one is {out / REFUSED_MODEL}, what changed is in "
                f"{out / REFUSED_CHANGE}; --force (FORCE=1 with make) puts it in place all the same"
            )
    model.save(out / MODEL)
    joblib.dump(pipeline, out / PIPELINE, compress=3)
    _write(out / METRICS, metrics)
    (out / CARD).write_text(card(metrics, material.knowledge), encoding="utf-8")
    if change:
        _write(out / CHANGE, rounded(change.record()))
    for stale in (REFUSED_MODEL, REFUSED_CHANGE):
        (out / stale).unlink(missing_ok=True)
    write_page(out, model, metrics["sets"])
    size = (out / MODEL).stat().st_size / 1e6
    yield f"written to {out}/: {MODEL} ({size:.1f} MB), {PIPELINE}, {METRICS}, {CARD}, report.html and its pictures"


def calibration(pipeline: Pipeline, material: Material, settings: Settings) -> tuple[float, float]:
    """Calibrates the pipeline; returns its temperature and the probability above which answers are confident."""
    test = material.calibrating
    trained = mix(material.causes, material.weights(settings))
    labels = list(pipeline.classes_)
    truth = np.array([labels.index(c) for c in test["cause"]])
    logits = pipeline.decision_function(test["text"])
    temperature = temperature_of(logits, truth, np.array([trained[c] for c in labels]))
    calibrate(pipeline, temperature, material.knowledge.shares, trained)
    probabilities = pipeline.predict_proba(test["text"])
    return temperature, confident_above(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth, CONFIDENT_ACCURACY)


def temperature_of(logits: npt.NDArray[np.float64], truth: npt.NDArray[np.intp], trained: npt.NDArray[np.float64]) -> float:
    """The best temperature on complaints whose mix is not that of the training: `trained` has the share of each label there."""
    shares = np.bincount(truth, minlength=len(trained)) / len(truth)
    with np.errstate(divide="ignore"):  # a label of which there is no complaint here cannot be the answer
        return best_temperature(logits, truth, np.log(shares / trained))


def evaluated(assessor: Assessor, material: Material, challenge: Path) -> dict[str, Any]:
    """The figures of every set that training did not see."""
    sets: dict[str, Any] = {}
    for split in (TEST_PHRASES, TEST_SHAPES):
        pairs = [(text, (cause,)) for text, cause in zip(material.rows[split]["text"], material.rows[split]["cause"], strict=True)]
        sets[split] = labelled_figures(assessor.scorer, pairs)
    for path in challenge_files(challenge):
        sets[f"{challenge.name}/{path.name}"] = evaluate_file(assessor, path)
    return sets


def before(path: Path, new: Model) -> Old:
    """The model in `path` that the new one must match. One made from the same (or none, or an unreadable one) holds nothing back."""
    if not path.exists():
        return Old(None)
    try:
        old = Model.load(path)
    except ModelRefused as error:
        return Old(None, f"no comparison with the old model: {error}")
    if old.manifest == new.manifest:
        return Old(None, "made from the same as the old model, so there is nothing to compare")
    lost = old.manifest.get("labelled", {}).get("complaints", 0)
    if lost and "labelled" not in new.manifest:
        return Old(
            old, f"the old model had learnt from {lost} labelled complaints, this one has not; name them with --labelled (LABELLED= with make)"
        )
    return Old(old)


def confident_above(surest: Any, hit: Any, accuracy: float) -> float:
    """The lowest of 0.30, 0.31 … 0.95 above which at least `accuracy` of the answers are right."""
    for threshold in np.arange(0.30, 0.955, 0.01):
        above = surest >= threshold
        if above.any() and hit[above].mean() >= accuracy:
            return round(float(threshold), 2)
    return 0.95


def rounded(value: Any) -> Any:
    """The same with four decimals, so that files do not differ in the last digits of a float."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, (list, tuple)) else value


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
