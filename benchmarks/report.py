"""Time, memory and size of `legcause report` over the number of results: `make bench-report` writes benchmarks/report.json.

The results are those of the complaints in tests/cases, repeated under new ids."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, write
from legcause.inference.assess import Assessor
from legcause.inference.model import Model, default_path

SIZES = (1_000, 10_000, 100_000, 1_000_000)


def make(rows: int, folder: Path) -> tuple[Path, Path]:
    """A file of complaints with dates and the results of them."""
    assessor = Assessor(Model.load(default_path()))
    texts = [json.loads(line)["text"] for line in (ROOT / "tests" / "cases" / "red_flags_blind.jsonl").open()]
    answers = [json.dumps(assessor.assess(text).record("@"))[len('{"id": "@"') :] for text in texts]
    quoted = [json.dumps(text) for text in texts]
    complaints, results = folder / "complaints.jsonl", folder / "results.jsonl"
    with complaints.open("w") as given, results.open("w") as answered:
        for n in range(rows):
            which = n % len(texts)
            given.write(f'{{"id": "C{n}", "date": "2026-{1 + n % 6:02}-{1 + n % 28:02}", "text": {quoted[which]}}}\n')
            answered.write(f'{{"id": "C{n}"{answers[which]}\n')
    return complaints, results


def measure(rows: int, folder: Path) -> dict[str, float]:
    """One run of the whole command. seconds: wall time; cpu_seconds: of the processor, which other work on the machine does not lengthen."""
    complaints, results = make(rows, folder)
    page = folder / "report.html"
    command = [sys.executable, "-m", "legcause", "report", results, "--complaints", complaints, "--date-column", "date", "-o", page, "--force"]
    begun = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if status:
        sys.exit(f"the report of {rows:,} results failed")
    return {
        "rows": rows,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mb": round(usage.ru_maxrss / 1024),
        "page_mb": round(page.stat().st_size / 1e6, 2),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures = []
        for rows in SIZES:
            figures.append(measure(rows, Path(folder)))
            print(figures[-1], flush=True)
    write(ROOT / "benchmarks" / "report.json", figures)


if __name__ == "__main__":
    main()
