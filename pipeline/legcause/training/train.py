"""The whole of training: data set → pipeline → calibration → figures → compiled model and its card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..inference.score import Scorer
from ..knowledge.load import load
from ..synthesis.dataset import TEST_PHRASES, TEST_SHAPES, TRAIN
from ..synthesis.stories import WHOLE
from .card import card
from .fit import Settings, best_temperature, calibrate, compiled, fit, versions
from .report import evaluate_file, files, labelled_figures, lines

# An answer is called confident above the lowest probability at which so many of the answers on held-out phrases are right.
CONFIDENT_ACCURACY = 0.9


def train(knowledge_folder: Path, data: Path, challenge: Path, out: Path) -> Iterator[str]:
    """Trains and writes model, pipeline, metrics and card into `out`; yields what it did, line by line."""
    import joblib
    import pandas as pd

    knowledge = load(knowledge_folder)
    if not data.exists():
        raise InputError(f"{data}: there is no data set; write it with `legcause generate` or `make data`")
    table = pd.read_parquet(data, columns=["text", "cause", "shape", "split"])
    rows = {split: table[table["split"] == split] for split in (TRAIN, TEST_PHRASES, TEST_SHAPES)}
    yield f"fitting on {len(rows[TRAIN]):,} complaints"
    pipeline = fit(rows[TRAIN]["text"].tolist(), rows[TRAIN]["cause"].tolist(), knowledge.lexicon, Settings())
    trained = rows[TRAIN]["cause"].value_counts(normalize=True).to_dict()

    # Calibrated on whole complaints: composed rows are vaguer than what people send, and would make the answers too timid.
    test = rows[TEST_PHRASES][rows[TEST_PHRASES]["shape"] == WHOLE]
    labels = list(pipeline.classes_)
    truth = np.array([labels.index(c) for c in test["cause"]])
    mix = np.bincount(truth, minlength=len(labels)) / len(truth)
    logits = pipeline.decision_function(test["text"])
    temperature = best_temperature(logits, truth, np.log(mix / np.array([trained[c] for c in labels])))
    calibrate(pipeline, temperature, knowledge.shares, trained)
    probabilities = pipeline.predict_proba(test["text"])
    threshold = confident_above(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth, CONFIDENT_ACCURACY)
    yield f"temperature {temperature:.2f}, confident above {threshold:.2f}"

    manifest: dict[str, Any] = {
        "knowledge": knowledge.digest,
        "data": hashlib.sha256(table.to_csv(index=False).encode()).hexdigest(),
        "rows": {split: len(frame) for split, frame in rows.items()},
        "temperature": round(temperature, 2),
        "versions": versions(),
    }
    model = compiled(pipeline, knowledge, threshold, manifest)
    scorer = Scorer(model)
    metrics: dict[str, Any] = {"manifest": manifest, "features": len(model.features), "sets": {}}
    for split in (TEST_PHRASES, TEST_SHAPES):
        pairs = [(text, (cause,)) for text, cause in zip(rows[split]["text"], rows[split]["cause"], strict=True)]
        metrics["sets"][split] = labelled_figures(scorer, pairs)
    for path in files(challenge):
        metrics["sets"][f"{challenge.name}/{path.name}"] = evaluate_file(scorer, path)
    for name, result in metrics["sets"].items():
        yield from lines(name, result)

    out.mkdir(parents=True, exist_ok=True)
    model.save(out / "legcause.safetensors")
    joblib.dump(pipeline, out / "legcause.joblib", compress=3)
    (out / "metrics.json").write_text(json.dumps(rounded(metrics), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "MODEL_CARD.md").write_text(card(rounded(metrics), knowledge), encoding="utf-8")
    size = (out / "legcause.safetensors").stat().st_size / 1e6
    yield f"written to {out}/: legcause.safetensors ({size:.1f} MB), legcause.joblib, metrics.json, MODEL_CARD.md"


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
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value
