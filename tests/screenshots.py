"""Pictures of a report on a batch of 300 complaints: `make screenshots`. They are of the generated data set and the examples."""

from __future__ import annotations

import csv
import datetime
import json
import random
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from .browser import chromium
from .conftest import ROOT, legcause

DATASET = ROOT / "data" / "synthetic" / "complaints.parquet"
# Width, height, colours, the picture's place in docs/ (None: only with --all, for looking at).
PICTURES = (
    (1280, 1160, "light", "report-1280.png"),
    (1280, 1500, "dark", None),
    (390, 1700, "light", None),
    (390, 1500, "dark", "report-390-dark.png"),
)


def batch(folder: Path) -> Path:
    """A report on 300 complaints of six weeks, about half of them `other` as among real ones."""
    draw = random.Random(7)
    rows = pq.read_table(DATASET, columns=["text", "cause"]).to_pylist()
    draw.shuffle(rows)
    texts = [row["text"] for row in rows if row["cause"] == "other"][:120] + [row["text"] for row in rows if row["cause"] != "other"][:172]
    with (ROOT / "examples" / "complaints.csv").open(newline="", encoding="utf-8") as file:
        texts += [row["text"] for row in csv.DictReader(file)]
    draw.shuffle(texts)
    first = datetime.date(2026, 2, 2)
    days = sorted(draw.choice([d for d in range(42) if d % 7 < 5 or draw.random() < 0.3]) for _ in texts)
    source, results, rejects, page = (folder / name for name in ("letterbox.csv", "letterbox.jsonl", "rejects.jsonl", "report.html"))
    with source.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "date", "text"])
        out.writerows([f"B-{n:04}", first + datetime.timedelta(days=day), text] for n, (day, text) in enumerate(zip(days, texts, strict=True), 1))
    rejects.write_text(json.dumps({"source": source.name, "row": 118, "id": "B-0118b", "reason": "5 cells where the header has 3"}) + "\n")
    for arguments in (
        ("classify", source, "-o", results),
        ("report", results, "--complaints", source, "--date-column", "date", "--rejects", rejects, "-o", page),
    ):
        ran = legcause(*arguments)
        if ran.returncode:
            sys.exit(ran.stderr.decode())
    return page


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as temporary, chromium() as browser:
        address = batch(folder or Path(temporary)).as_uri()
        for width, height, colours, name in PICTURES:
            if name is None and folder is None:
                continue
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=colours)
            page.goto(address)
            page.screenshot(path=ROOT / "docs" / name if name else folder / f"{width}-{colours}.png")
            if folder:
                page.locator(".unfold").first.click()
                page.screenshot(path=folder / f"{width}-{colours}-whole.png", full_page=True)
            page.close()


if __name__ == "__main__":
    main()
