"""What each part brings, and whether more language still helps: `make ablation` writes benchmarks/ablation.json.

Every variant is trained on the same number of rows and scored on the challenge set. Other labelled files may be named as arguments."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from common import CHALLENGE, ROOT, pairs, score, write
from legcause.knowledge.load import load
from legcause.knowledge.records import Knowledge
from legcause.synthesis.dataset import TRAIN, Recipe, rows
from legcause.text.analyzer import Analyzer
from legcause.text.lexicon import Lexicon

RECIPE = Recipe(rows_per_cause=1500, test_rows_per_cause=0)
TEMPERATURE = 0.85
Keep = Callable[[str], bool]


def everything(_: str) -> bool:
    return True


FEATURES: dict[str, Keep] = {
    "everything": everything,
    "without pairs of concepts": lambda f: "+#" not in f,
    "without concepts": lambda f: "#" not in f,
    "without pairs of words": lambda f: "#" in f or "@" in f or "_" not in f,
    "without denied concepts": lambda f: not f.startswith("not:"),
    "words alone": lambda f: not any(mark in f for mark in "#@=_"),
}
LINES = (0.1, 0.25, 0.5, 0.75)


def thinned(knowledge: Knowledge, share: float) -> Knowledge:
    """The knowledge base with a share of its lines, chosen by their hash; every finding and label keeps at least one line."""

    def some(lines: Sequence[str]) -> tuple[str, ...]:
        kept = tuple(x for x in lines if int.from_bytes(hashlib.sha256(b"thin" + x.encode()).digest()[:4], "big") < share * 2**32)
        return kept or tuple(lines[:1])

    findings = {n: replace(f, phrases={form: some(p) for form, p in f.phrases.items()}) for n, f in knowledge.findings.items()}
    return replace(knowledge, findings=findings, complaints=tuple(replace(g, complaints=some(g.complaints)) for g in knowledge.complaints))


def bare(lexicon: dict[str, Any], without: str) -> dict[str, Any]:
    """The lexicon without its context cues or without the mending of slips."""
    if without == "spelling":
        return lexicon | {"vocabulary": {}}
    return lexicon | {"context": {name: ["qqqq"] for name in lexicon["context"]}}


def run(name: str, files: Sequence[Path]) -> tuple[str, dict[str, Any]]:
    """Trains one variant and scores it."""
    knowledge = load(ROOT / "data" / "knowledge")
    lexicon = dict(knowledge.lexicon)
    if name in ("without context", "without mending slips"):
        lexicon = bare(lexicon, "spelling" if name.endswith("slips") else "context")
    if name.endswith("% of the lines"):
        knowledge = thinned(knowledge, float(name.split("%")[0]) / 100)
    if name == "without whole complaints":
        knowledge = replace(knowledge, complaints=tuple(g for g in knowledge.complaints if g.label == "other"))
    keep = FEATURES.get(name, everything)
    analyzer = Analyzer(Lexicon.of(lexicon))

    def analyse(text: str) -> list[str]:
        return [feature for feature in analyzer(text) if keep(feature)]

    made = [row.story for row in rows(knowledge, RECIPE) if row.split == TRAIN]
    labels = np.array([story.cause for story in made])
    vectors = TfidfVectorizer(analyzer=analyse, binary=True, min_df=3)
    with threadpool_limits(1):
        model = LogisticRegression(C=4.0, max_iter=400).fit(vectors.fit_transform([story.text for story in made]), labels)
    classes = list(model.classes_)
    share = np.array([knowledge.shares[c] for c in classes])
    prior = np.log(share / share.sum() / np.array([(labels == c).mean() for c in classes]))

    def probabilities(texts: Sequence[str]) -> Any:
        logits = model.decision_function(vectors.transform(texts)) / TEMPERATURE + prior
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    return name, {
        "files": score(probabilities, classes, files),
        "pairs": pairs(probabilities, classes),
        "features": len(vectors.vocabulary_),
        "rows": len(made),
    }


def main() -> None:
    files = [CHALLENGE, *map(Path, sys.argv[1:])]
    names = [*FEATURES, "without context", "without mending slips", "without whole complaints", *(f"{share:.0%} of the lines" for share in LINES)]
    results: dict[str, Any] = {}
    with ProcessPoolExecutor(2) as pool:
        for name, result in pool.map(run, names, [files] * len(names)):
            results[name] = result
            print(name, {path: r["all_top1"] for path, r in result["files"].items()}, result["pairs"], file=sys.stderr)
    write(ROOT / "benchmarks" / "ablation.json", results)


if __name__ == "__main__":
    main()
