"""The peers of benchmarks/speed.py: fits them on the data set, or classifies a file of complaints, a label and a probability a line."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

CHUNK = 20_000


def fit(work: Path, data: Path) -> None:
    """fastText and scikit-learn's own TF-IDF of words and word pairs with logistic regression, on the same training rows."""
    import fasttext
    import joblib
    import pandas as pd
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    table = pd.read_parquet(data, columns=["text", "cause", "split"])
    table = table[table["split"] == "train"]
    lines = [f"__label__{cause} {' '.join(text.split())}" for text, cause in zip(table["text"], table["cause"], strict=True)]
    (work / "fasttext.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    fasttext.train_supervised(str(work / "fasttext.txt"), wordNgrams=2, epoch=5, thread=2, verbose=0).save_model(str(work / "fasttext.bin"))
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=3), LogisticRegression(max_iter=100, tol=1e-2))
    joblib.dump(pipeline.fit(table["text"], table["cause"]), work / "sklearn.joblib")


def by_fasttext(work: Path, source: Path) -> None:
    """fastText's Python package."""
    import fasttext

    model = fasttext.load_model(str(work / "fasttext.bin"))
    with source.open(encoding="utf-8") as file, (work / "out.fasttext").open("w") as out:
        while lines := [line.rstrip("\n") for line in itertools.islice(file, CHUNK)]:
            labels, shares = model.predict(lines, k=1)
            out.writelines(f"{label[0]},{share[0]:.6f}\n" for label, share in zip(labels, shares, strict=True))


def by_sklearn(work: Path, source: Path) -> None:
    """scikit-learn's own pipeline."""
    import joblib

    pipeline = joblib.load(work / "sklearn.joblib")
    with source.open(encoding="utf-8") as file, (work / "out.sklearn").open("w") as out:
        while lines := list(itertools.islice(file, CHUNK)):
            shares = pipeline.predict_proba(lines)
            best = shares.argmax(axis=1)
            out.writelines(f"{pipeline.classes_[i]},{row[i]:.6f}\n" for i, row in zip(best, shares, strict=True))


if __name__ == "__main__":
    {"fit": fit, "fasttext": by_fasttext, "sklearn": by_sklearn}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
