"""How the time that one complaint takes grows with its length, over texts made to be hard: `make bombs` writes benchmarks/bombs.json.

Each text is a piece of tests/cases/bombs.jsonl, repeated; without a piece, words that are all different. Three ways: `explain` (features,
findings, flags, words, advice), the plain batch and the compiled batch. Time is the processor's, which other work on the machine lengthens
little. `python benchmarks/bombs.py KIND …` measures some kinds anew. Where it is linear, ten times the text takes ten times as long."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from common import ROOT, write
from legcause.batch.answers import Answerer, Compiled, Plain
from legcause.batch.chunk import joined
from legcause.inference.assess import Assessor
from legcause.inference.explain import explain
from legcause.inference.model import Model, default_path

SIZES = (100_000, 1_000_000, 10_000_000)  # bytes
CASES = ROOT / "tests" / "cases" / "bombs.jsonl"
PIECES = {case["name"]: case["piece"] for case in map(json.loads, CASES.read_text(encoding="utf-8").splitlines())}


def text(kind: str, size: int) -> str:
    """About `size` bytes of the kind."""
    if not PIECES[kind]:
        return " ".join(f"{n:06}".translate(str.maketrans("0123456789", "ghijklmnop")) for n in range(size // 7))
    return PIECES[kind] * (size // len(PIECES[kind].encode()))


def batch(answerer: Answerer) -> Callable[[str], object]:
    """The answer of a batch to a chunk of one complaint."""
    return lambda text: answerer(joined("", [text.encode()], ["1"]))


def seconds(way: Callable[[str], object], bomb: str) -> float:
    """The processor's, of this process."""
    begun = time.process_time()
    way(bomb)
    return time.process_time() - begun


def main() -> None:
    assessor = Assessor(Model.load(default_path()))
    ways = {"explain": lambda text: explain(assessor, text), "plain batch": batch(Plain(assessor, 3)), "compiled batch": batch(Compiled(assessor, 3))}
    for way in ways.values():
        way("my calf is swollen and hot, no fever")  # what is made on first use is not the text's
    path = ROOT / "benchmarks" / "bombs.json"
    result = json.loads(path.read_text(encoding="utf-8"))["seconds"] if path.exists() and sys.argv[1:] else {}
    for kind in sys.argv[1:] or PIECES:
        result[kind] = {name: [round(seconds(way, text(kind, size)), 3) for size in SIZES] for name, way in ways.items()}
        print(f"{kind:<40}", *(f"{name} {times}" for name, times in result[kind].items()), flush=True)
        write(path, {"bytes": SIZES, "seconds": result})


if __name__ == "__main__":
    main()
