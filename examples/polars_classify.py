"""A Polars frame → the same frame with its answers. Run it with: python examples/polars_classify.py [FILE.csv]"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from legcause import Classifier

EXAMPLE = Path(__file__).parent / "complaints.csv"


def main() -> None:
    complaints = pl.read_csv(sys.argv[1] if len(sys.argv) > 1 else EXAMPLE, infer_schema=False)
    answers = pl.DataFrame(Classifier.load().table(complaints["text"], complaints["id"], top=1))
    joined = complaints.join(answers, on="id", maintain_order="left")
    counted = joined.group_by("urgency", "cause").agg(pl.len().alias("complaints"), pl.col("id").sort()).sort("urgency", "cause")
    for urgency, cause, count, ids in counted.iter_rows():
        print(f"{urgency:<10} {cause:<20} {count}  {' '.join(ids)}")


if __name__ == "__main__":
    main()
