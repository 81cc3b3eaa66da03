"""`make soak`: kills a batch at random moments, runs the same command again, and compares the end with a run that nobody disturbed.

Figures go to benchmarks/soak.json. The batch is small and its chunks are smaller, so that most kills fall between the first part and the name."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KILLS, SEED = 200, 1
# None of them comes near a red flag: what is tested is that nothing is lost.
COMPLAINTS = ["my calf cramps at night", "legs heavy after standing all day, café, no breaks", "pins and needles below the knee", "flat feet ache"]
WAYS = [("csv", 1, "plain"), ("parquet", 2, "plain"), ("jsonl", 2, "compiled"), ("csv", 2, "compiled")]  # format, jobs, how complaints are answered
SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT]


def start(source: Path, out: Path, jobs: int, way: str) -> subprocess.Popen[bytes]:
    """The batch, in chunks of 20 complaints, with a part every 80."""
    compiled = ["--compiled"] if way == "compiled" else []
    command = [sys.executable, "-m", "tests.small_chunks", *compiled, "classify", str(source), "-o", str(out), "--resume", "--jobs", str(jobs)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def parts(out: Path) -> dict[str, int]:
    """The parts that are done → when each was written."""
    found = {}
    for note in out.with_name(out.name + ".partial").glob("0*.json"):
        part = note.with_suffix(".part")
        if part.exists():
            found[part.name] = part.stat().st_mtime_ns
    return found


def main() -> None:
    chance, counts = random.Random(SEED), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "in.txt"
        source.write_text("".join(line + "\n" for line in COMPLAINTS) * 300)
        whole, seconds = {}, {}
        for kind, jobs, way in WAYS:
            began, out = time.monotonic(), folder / f"whole.{way}.{kind}"
            assert start(source, out, jobs, way).wait() == 0
            whole[kind, way], seconds[kind, way] = hashlib.sha256(out.read_bytes()).hexdigest(), time.monotonic() - began
        number = 0
        while counts["kills"] < KILLS:
            kind, jobs, way = WAYS[number % len(WAYS)]
            out = folder / f"out{number}.{kind}"
            number += 1
            while not out.exists() or out.with_name(out.name + ".partial").exists():
                before = parts(out)
                process = start(source, out, jobs, way)
                try:
                    process.wait(chance.uniform(0.1, seconds[kind, way]))
                except subprocess.TimeoutExpired:
                    process.send_signal(chance.choice(SIGNALS))
                    process.wait()
                    killed = process.returncode in (-signal.SIGKILL, 130, 143, -signal.SIGTERM, -signal.SIGINT)  # else it had just ended
                    counts["kills"] += killed
                    counts["kills_of_the_compiled_way"] += killed and way == "compiled"
                    counts["kills_after_the_first_part"] += killed and bool(parts(out))
                    print(f"{counts['kills']} kills", end="\r", file=sys.stderr, flush=True)
                after = parts(out)
                counts["parts_done_again"] += sum(after[name] != written for name, written in before.items() if name in after)
                if out.exists() and hashlib.sha256(out.read_bytes()).hexdigest() != whole[kind, way]:
                    counts["partial_files"] += 1
            counts["batches"] += 1
            counts["batches_with_other_bytes"] += hashlib.sha256(out.read_bytes()).hexdigest() != whole[kind, way]
            counts["files_left_behind"] += len([p for p in folder.iterdir() if p.name not in {"in.txt", out.name} and not p.name.startswith("whole")])
            out.unlink()
    shown = ["kills", "kills_of_the_compiled_way", "kills_after_the_first_part", "batches"]
    faults = ["batches_with_other_bytes", "partial_files", "parts_done_again", "files_left_behind"]
    result = {"seed": SEED, "rows": 1200, **{key: counts[key] for key in [*shown, *faults]}}
    (ROOT / "benchmarks" / "soak.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    sys.exit(any(result[key] for key in faults))


if __name__ == "__main__":
    main()
