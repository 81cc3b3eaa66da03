"""How fast whole commands are, file to file: `make bench` writes benchmarks/results.json, and `make docs` the tables of docs/performance.md.

The commands take turns, so that whatever else the machine does falls on all of them. Rates are of the median turn. The complaints are generated
from the knowledge base with seeds of their own, no two alike; fastText and the plain scikit-learn pipeline are fitted on the same training rows."""

from __future__ import annotations

import itertools
import json
import os
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


def million_commands(w: dict[int, Path]) -> Any:
    return turns(
        {
            "legcause, CSV, top 1, 1 job": classify(w[MILLION], "csv", "--top", "1"),
            "legcause, CSV, top 1, 2 jobs": classify(w[MILLION], "csv", "--top", "1", "--jobs", "2"),
            "legcause, JSON Lines, top 3, 1 job": classify(w[MILLION], "jsonl"),
            "fastText": peer("fasttext", w[MILLION]),
            "scikit-learn's own pipeline": peer("sklearn", w[MILLION]),
            "wc -w": ["wc", "-w", str(w[MILLION])],
        },
        5,
    )


def ten_million_commands(w: dict[int, Path]) -> Any:
    many = w[10 * MILLION]
    return turns({"legcause, Parquet, 2 jobs": classify(many, "parquet", "--jobs", "2"), "wc -w": ["wc", "-w", str(many)]}, 1)


def growth(w: dict[int, Path]) -> Any:
    return {str(n): turns({"": classify(w[n], "csv", "--top", "1")}, 1)[""] for n in sorted(w) if n > 10}


def start(w: dict[int, Path]) -> Any:
    return turns(
        {
            "--version": [str(BIN / "legcause"), "--version"],
            "explain": [str(BIN / "legcause"), "explain", "calves seize up at 3am since I take the cholesterol pill"],
            "classify, ten lines": classify(w[10], "jsonl"),
        },
        7,
    )


def stages(w: dict[int, Path]) -> Any:
    command = [sys.executable, str(ROOT / "benchmarks" / "speed_stages.py"), str(w[MILLION // 10])]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def training(_: dict[int, Path]) -> Any:
    """The whole command `train`, its evaluation included, over the number of rows."""
    out = {}
    for each in (200, 1000, 5000):
        data, model = WORK / f"{each}.parquet", WORK / f"model-{each}"
        run([str(BIN / "legcause"), "generate", "--rows", str(each), "-o", str(data)])
        taken = turns({"train": [str(BIN / "legcause"), "train", "--data", str(data), "-o", str(model), "--force"]}, 1)["train"]
        out[str(json.loads((model / "metrics.json").read_text(encoding="utf-8"))["manifest"]["rows"]["train"])] = taken
    return out


PARTS = {
    "million": million_commands,
    "ten_million": ten_million_commands,
    "growth": growth,
    "start": start,
    "stages": stages,
    "training": training,
}


def main(asked: Sequence[str]) -> None:
    """Measures the parts that are asked for, else all."""
    if asked == ["complaints"]:
        complaints(MILLION)
        return
    WORK.mkdir(parents=True, exist_ok=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is not compiled anew each time it starts
    # In a process of its own: a child's peak memory counts that of the process it was forked from.
    subprocess.run([sys.executable, __file__, "complaints"], check=True)
    files = {n: WORK / f"{n}.txt" for n in (10, 10_000, MILLION // 10, MILLION, 10 * MILLION)}
    for count, path in files.items():
        if count < MILLION:
            with files[MILLION].open("rb") as source, path.open("wb") as out:
                out.writelines(itertools.islice(source, count))
    with files[10 * MILLION].open("wb") as out:
        for _ in range(10):
            with files[MILLION].open("rb") as source:
                shutil.copyfileobj(source, out)
    wanted = [*asked] or [*PARTS]
    if "million" in wanted:
        subprocess.run([sys.executable, str(ROOT / "benchmarks" / "speed_peers.py"), "fit", str(WORK), str(DATA)], check=True)
    run(classify(files[10_000], "csv"))  # compiles, once
    target = ROOT / "benchmarks" / "results.json"
    results: dict[str, Any] = json.loads(target.read_text(encoding="utf-8")) if asked else {}
    results |= {"cores": os.cpu_count(), "rows": MILLION, "bytes": files[MILLION].stat().st_size}
    for part in wanted:
        results[part] = PARTS[part](files)
        write(target, results)
    shutil.rmtree(WORK)


if __name__ == "__main__":
    main(sys.argv[1:])
