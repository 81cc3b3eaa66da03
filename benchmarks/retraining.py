"""The walk-through of docs/retraining.md, done: `make retraining` writes benchmarks/retraining.json (15 minutes).

Thirty complaints in a way of speaking that the model does not know; what it makes of them; what ten phrases, then ten words, added to a copy of
the knowledge base move; and what the complaints themselves bring when they are trained on, by cross-validation. The model that is there stays."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from common import CHALLENGE, ROOT, write
from legcause.errors import WorseModel
from legcause.inference.model import Model, default_path
from legcause.inference.score import Scorer
from legcause.knowledge.load import load
from legcause.synthesis.dataset import Recipe
from legcause.synthesis.dataset import write as generate
from legcause.training.crossval import Folds
from legcause.training.fit import Settings
from legcause.training.labelled import Labelled, read_labelled
from legcause.training.material import gather
from legcause.training.train import train

SPEECH = ROOT / "examples" / "new_speech.csv"
ADDED = ROOT / "examples" / "new_phrases.toml"
WEIGHTS = (1.0, 3.0, 10.0, 30.0)


def scored(probabilities: npt.NDArray[np.float64], labels: Sequence[str], complaints: Sequence[Labelled], sure: float) -> dict[str, Any]:
    """right: best answer acceptable; confident, and right of these; said: mean probability of the label; loss: mean -log of it."""
    best = probabilities.argmax(axis=1)
    own = probabilities[np.arange(len(best)), [labels.index(c.labels[0]) for c in complaints]]
    right = np.array([labels[b] in c.labels for b, c in zip(best, complaints, strict=True)])
    confident = probabilities.max(axis=1) >= sure
    return {
        "right": int(right.sum()),
        "of": len(complaints),
        "confident": int(confident.sum()),
        "confident_right": int((confident & right).sum()),
        "said": round(float(own.mean()), 3),
        "loss": round(float(-np.log(own).mean()), 3),
        "answers": [labels[b] for b in best],
    }


def of_model(path: Path, complaints: Sequence[Labelled]) -> dict[str, Any]:
    """The figures of a model file."""
    model = Model.load(path)
    return scored(Scorer(model).many(c.text for c in complaints), model.labels, complaints, model.knowledge["confident_above"])


def add(folder: Path, added: Mapping[str, Any]) -> None:
    """Writes phrases and words into the TOML files, as a person would: behind the line that opens the list."""
    for entry in added.get("phrases", ()):
        path = next(p for p in (folder / "findings").glob("*.toml") if entry["finding"] in tomllib.loads(p.read_text(encoding="utf-8")))
        text = path.read_text(encoding="utf-8")
        at = text.index(f"{entry['form']} = [\n", text.index(f"[{entry['finding']}]\n")) + len(f"{entry['form']} = [\n")
        path.write_text(text[:at] + f"  {json.dumps(entry['text'])},\n" + text[at:], encoding="utf-8")
    for entry in added.get("words", ()):
        path = folder / "lexicon.toml"
        text = path.read_text(encoding="utf-8")
        opening = f"\n{entry['concept']} = ["
        path.write_text(text.replace(opening, f"{opening}{json.dumps(entry['word'])}, ", 1), encoding="utf-8")


def retrained(folder: Path, added: Mapping[str, Any], complaints: Sequence[Labelled]) -> dict[str, Any]:
    """Adds to the copy in `folder`, generates and trains there against the model that is there, and scores the new one."""
    add(folder / "knowledge", added)
    generate(load(folder / "knowledge"), Recipe(), folder / "data.parquet")
    out = folder / "models"
    out.mkdir(exist_ok=True)
    shutil.copy(default_path(), out / "legcause.safetensors")
    try:
        list(train(folder / "knowledge", folder / "data.parquet", CHALLENGE.parent, out))
        model, change = out / "legcause.safetensors", json.loads((out / "change.json").read_text(encoding="utf-8"))
    except WorseModel:
        model, change = out / "legcause.refused.safetensors", json.loads((out / "change.refused.json").read_text(encoding="utf-8"))
    measures = {name: {key: change["measures"][name][key] for key in ("of", "old", "new", "lost", "won")} for name in ("complaints", "direction")}
    return of_model(model, complaints) | {"challenge": measures, "flags_lost": len(change["flags_lost"]), "refused": change["refused"]}


def weighed(data: Path) -> dict[str, Any]:
    """Each complaint by a model that was trained on the others of its kind too, at several weights; and what that does to the challenge set."""
    material = gather(ROOT / "data" / "knowledge", data, CHALLENGE.parent, [SPEECH])
    folds = Folds(material, Settings())
    complaints, labels = material.labelled.complaints, list(folds.labels)
    test = read_labelled(CHALLENGE, labels).complaints
    rows = folds.vectors.transform([c.text for c in test])
    everyone = np.arange(len(complaints))
    out = {}
    for weight in WEIGHTS:
        result = scored(folds.scores(weight).folds, labels, complaints, folds.threshold)
        challenge = scored(folds.probabilities(everyone, weight, rows), labels, test, folds.threshold)
        out[f"{weight:g}"] = result | {"challenge": {key: challenge[key] for key in ("right", "of", "loss")}}
        print("weight", weight, out[f"{weight:g}"], file=sys.stderr)
    return out


def main() -> None:
    model = Model.load(default_path())
    complaints = read_labelled(SPEECH, model.labels).complaints
    added = tomllib.loads(ADDED.read_text(encoding="utf-8"))
    known = set(model.knowledge["lexicon"]["vocabulary"])
    tokens = [[t.word for t in model.analyzer.lexicon.read(c.text) if t.kind == "word"] for c in complaints]
    results: dict[str, Any] = {
        "labels": [c.labels[0] for c in complaints],
        "words_said": {"all": sum(map(len, tokens)), "unknown": sum(word not in known for words in tokens for word in words)},
        "before": of_model(default_path(), complaints),
    }
    print("before", results["before"], file=sys.stderr)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "data" / "knowledge", folder / "knowledge")
        for step in ("phrases", "words"):
            results[step] = retrained(folder, {step: added[step]}, complaints)
            print(step, results[step], file=sys.stderr)
    results["labelled"] = weighed(ROOT / "data" / "synthetic" / "complaints.parquet")
    write(ROOT / "benchmarks" / "retraining.json", results)


if __name__ == "__main__":
    main()
