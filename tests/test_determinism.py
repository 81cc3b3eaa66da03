"""The same data set, model and results, to the byte, whatever the process is started with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import ROOT

# What differs between two machines and must not matter: the order of sets, the time zone, the language, the text files' default encoding, cores.
WORLDS = {
    "one": {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    "two": {
        "PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
        "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2",
    },
}  # fmt: skip
JOBS = {"one": 1, "two": 2}
MADE = ["data.parquet", *(f"models/{name}" for name in ("legcause.safetensors", "legcause.joblib", "metrics.json", "MODEL_CARD.md", "report.html"))]
RESULTS = [
    "plain.csv", "plain.jsonl", "plain.parquet", "findings.jsonl", "rejects.jsonl", "compiled.csv", "compiled.jsonl", "compiled.parquet", "explained.txt",
    "report.html", "review.csv", "gaps.txt",
]  # fmt: skip


def commands(world: str) -> dict[str, list[object]]:
    """File → the command that writes it. They run in order, in a folder that holds `in.jsonl`, `big.txt`, and the challenge set."""
    model, knowledge = ["--model", "models/legcause.safetensors"], ["--knowledge", ROOT / "data" / "knowledge"]
    many = ["classify", "big.txt", *model, "--jobs", JOBS[world], "-o"]
    few = ["classify", "in.jsonl", *model, "--jobs", JOBS[world], "--rejects", "rejects.jsonl", "--force", "-o"]
    return {
        "data.parquet": ["generate", *knowledge, "--rows", 10, "-o", "data.parquet"],
        "models": ["train", *knowledge, "--data", "data.parquet", "--challenge", "challenge", "-o", "models"],
        "findings.jsonl": [*few, "findings.jsonl", "--findings"],
        **{f"plain.{kind}": [*few, f"plain.{kind}"] for kind in ("csv", "jsonl", "parquet")},
        **{f"compiled.{kind}": [*many, f"compiled.{kind}"] for kind in ("csv", "jsonl", "parquet")},
        "explained.txt": ["explain", "my calf's swollen and hot, no fever", *model],
        "report.html": ["report", "plain.jsonl", "--complaints", "in.jsonl", *model, "-o", "report.html"],
        "review.csv": ["review", "plain.jsonl", "--complaints", "in.jsonl", *model, "-o", "review.csv"],
        "gaps.txt": ["gaps", "in.jsonl"],
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """World → the folder of what was made in it."""
    folders = {world: tmp_path_factory.mktemp(world) for world in WORLDS}
    texts = [json.loads(line)["text"] for line in (ROOT / "data" / "challenge" / "red_flags.jsonl").read_text(encoding="utf-8").splitlines()]
    for folder in folders.values():
        (folder / "challenge").mkdir()
        for name in ("complaints.jsonl", "suites.jsonl", "red_flags.jsonl"):
            lines = (ROOT / "data" / "challenge" / name).read_text(encoding="utf-8").splitlines()[::40]
            (folder / "challenge" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        given = "".join(json.dumps({"id": f"é{i}", "text": text}, ensure_ascii=False) + "\n" for i, text in enumerate(texts[:100]))
        (folder / "in.jsonl").write_text(given + '{"text": 1}\n', encoding="utf-8")
        (folder / "big.txt").write_text("".join(" ".join(texts[i % len(texts)].split()) + "\n" for i in range(5000)), encoding="utf-8")
    for steps in zip(*(commands(world).items() for world in WORLDS), strict=True):
        running = []
        for (world, folder), (name, command) in zip(folders.items(), steps, strict=True):
            with (folder / f"{name}.said").open("wb") as said:
                line = [sys.executable, "-m", "legcause", *map(str, command)]
                running.append(subprocess.Popen(line, cwd=folder, env=os.environ | WORLDS[world], stdout=said, stderr=subprocess.STDOUT))
        for process, folder in zip(running, folders.values(), strict=True):
            assert process.wait() in (0, 4), (folder / f"{steps[0][0]}.said").read_text()
    for folder in folders.values():
        for name in ("explained.txt", "gaps.txt"):
            shutil.copy(folder / f"{name}.said", folder / name)
    return folders


@pytest.mark.parametrize("name", [*MADE, *RESULTS])
def test_the_same_bytes_come_out_whatever_the_hash_seed_the_time_zone_the_language_and_the_jobs(name: str, made: dict[str, Path]) -> None:
    one, two = (folder / name for folder in made.values())
    assert one.stat().st_size
    assert one.read_bytes() == two.read_bytes()
