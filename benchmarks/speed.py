"""How fast whole commands are, file to file: `make bench` writes benchmarks/results.json, and `make docs` the tables of docs/performance.md.

The commands take turns, so that whatever else the machine does falls on all of them. Rates are of the median turn. The complaints are generated
from the knowledge base with seeds of their own, no two alike; fastText and the plain scikit-learn pipeline are fitted on the same training rows."""

from __future__ import annotations

import itertools
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from common import ROOT, write
from legcause.knowledge.load import load
from legcause.synthesis.dataset import Recipe, rows

WORK = ROOT / "build" / "bench"
DATA = ROOT / "data" / "synthetic" / "complaints.parquet"
BIN = Path(sys.executable).parent
MILLION = 1_000_000


def complaints(count: int) -> Path:
    """A file of so many different complaints, one a line."""
    path = WORK / f"{count}.txt"
    if not path.exists():
        knowledge = load(ROOT / "data" / "knowledge")
        seen: set[str] = set()
        for seed in itertools.count(1000):
            for row in rows(knowledge, Recipe(seed=seed, rows_per_cause=8000, test_rows_per_cause=0)):
                seen.add(" ".join(row.story.text.split()))
            if len(seen) >= count:
                break
        path.write_text("\n".join(itertools.islice(sorted(seen, key=hash_of), count)) + "\n", encoding="utf-8")
    return path


def hash_of(text: str) -> int:
    """An order that mixes causes, the same on every machine."""
    import zlib

    return zlib.crc32(text.encode())


def run(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and peak memory in MB of a whole process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def turns(commands: dict[str, Sequence[str]], times: int) -> dict[str, dict[str, float]]:
    """Each command so many times, in turn: median seconds, lowest and highest, and peak memory."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            taken[name].append(run(command))
            print(f"{name}: {taken[name][-1][0]:.2f} s", flush=True)
    out = {}
    for name, pairs in taken.items():
        seconds = [s for s, _ in pairs]
        out[name] = {
            "seconds": round(statistics.median(seconds), 3),
            "lowest": round(min(seconds), 3),
            "highest": round(max(seconds), 3),
            "peak_mb": round(max(mb for _, mb in pairs)),
        }
    return out


def classify(source: Path, ending: str, *options: str) -> list[str]:
    """The command line of a batch."""
    return [str(BIN / "legcause"), "classify", str(source), "-o", str(WORK / f"out.{ending}"), "--force", *options]


def peer(name: str, source: Path) -> list[str]:
    """The command line of a peer."""
    return [sys.executable, str(ROOT / "benchmarks" / "speed_peers.py"), name, str(WORK), str(source)]


def main() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    million = complaints(MILLION)
    tenth, ten_thousand, ten_lines = (WORK / f"{n}.txt" for n in (MILLION // 10, 10_000, 10))
    lines = million.read_text(encoding="utf-8").splitlines(keepends=True)
    for path, count in ((tenth, MILLION // 10), (ten_thousand, 10_000), (ten_lines, 10)):
        path.write_text("".join(lines[:count]), encoding="utf-8")
    ten_million = WORK / "10000000.txt"
    with ten_million.open("wb") as file:
        for _ in range(10):
            file.write(million.read_bytes())
    subprocess.run([sys.executable, str(ROOT / "benchmarks" / "speed_peers.py"), "fit", str(WORK), str(DATA)], check=True)
    run(classify(ten_thousand, "csv"))  # compiles, once

    results: dict[str, Any] = {"cores": os.cpu_count(), "rows": MILLION, "bytes": million.stat().st_size}
    results["million"] = turns(
        {
            "legcause, CSV, top 1, 1 job": classify(million, "csv", "--top", "1"),
            "legcause, CSV, top 1, 2 jobs": classify(million, "csv", "--top", "1", "--jobs", "2"),
            "legcause, JSON Lines, top 3, 1 job": classify(million, "jsonl"),
            "fastText": peer("fasttext", million),
            "wc -w": ["wc", "-w", str(million)],
        },
        5,
    )
    results["tenth"] = turns(
        {"legcause, CSV, top 1, 1 job": classify(tenth, "csv", "--top", "1"), "scikit-learn's own pipeline": peer("sklearn", tenth)}, 5
    )
    results["ten_million"] = turns(
        {"legcause, Parquet, 2 jobs": classify(ten_million, "parquet", "--jobs", "2"), "wc -w": ["wc", "-w", str(ten_million)]}, 1
    )
    results["growth"] = {
        str(count): turns({"legcause, CSV, top 1, 1 job": classify(path, "csv", "--top", "1")}, 1)["legcause, CSV, top 1, 1 job"]
        for count, path in ((10_000, ten_thousand), (MILLION // 10, tenth), (MILLION, million), (10 * MILLION, ten_million))
    }
    results["start"] = turns(
        {
            "--version": [str(BIN / "legcause"), "--version"],
            "explain": [str(BIN / "legcause"), "explain", "calves seize up at 3am since I take the cholesterol pill"],
            "classify, ten lines": classify(ten_lines, "jsonl"),
        },
        7,
    )
    results["stages"] = json.loads(
        subprocess.run([sys.executable, str(ROOT / "benchmarks" / "speed_stages.py"), str(tenth)], check=True, capture_output=True).stdout
    )
    results["load"] = round(os.getloadavg()[2], 1)
    write(ROOT / "benchmarks" / "results.json", results)
    shutil.rmtree(WORK)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
