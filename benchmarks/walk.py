"""A newcomer's walk, done and timed: `make walk` writes benchmarks/walk.json (5 minutes; with TEST=1 also `make test`).

Clones what is committed into a temporary folder and does there what docs/walk.md tells, with a new environment and nothing from pip's cache."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from common import ROOT, write
from retraining import ADDED, add

OWN = """nr,said
17,calves like wood after two flights of stairs and fine again when I stand
18,"since the flight one leg is thick, hot and sore"
19,cauf cleeks me awake maist nichts
"""
CLASSIFY = ".venv/bin/legcause classify own.csv --text-column said --id-column nr -o {}"
REPORT = ".venv/bin/legcause report results.csv --complaints own.csv --text-column said --id-column nr -o report.html"


def main() -> None:
    steps: list[dict[str, str | float]] = []
    phrase = tomllib.loads(ADDED.read_text(encoding="utf-8"))["phrases"][0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "legcause"
        environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL")}
        environment["PIP_NO_CACHE_DIR"] = "1"

        def step(what: str, how: str | Callable[[], None], shown: str = "") -> None:
            began = time.perf_counter()
            if callable(how):
                how()
            else:
                where = folder if folder.exists() else folder.parent
                done = subprocess.run(how, shell=True, cwd=where, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                if done.returncode:
                    sys.exit(f"{how}\n{done.stdout[-4000:]}")
            steps.append({"step": what, "command": shown or str(how), "seconds": round(time.perf_counter() - began, 1)})
            print(f"{steps[-1]['seconds']:>8} s  {what}", flush=True)

        step("fetch it", f"git clone --quiet --depth 1 'file://{ROOT}' legcause", "git clone")
        step("make the environment, classify the examples", "make run")
        (folder / "own.csv").write_text(OWN, encoding="utf-8")
        step("classify a CSV of one's own", CLASSIFY.format("results.csv"))
        step("make a page of it", REPORT)
        place = f"{phrase['finding']}, {phrase['form']}"
        step("add a phrase", lambda: add(folder / "data" / "knowledge", {"phrases": [phrase]}), f"{place}: {phrase['text']}")
        step("make the data and the model anew", "make train")
        step("classify again, with the new model", CLASSIFY.format("again.csv"))
        results = {
            "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
            "minutes": round(sum(float(s["seconds"]) for s in steps) / 60, 1),
            "steps": steps.copy(),
        }
        if "--test" in sys.argv:
            step("the second command of the README", "make test")
            results["test"] = steps[-1]
    print(f"{results['minutes']} minutes without `make test`")
    write(ROOT / "benchmarks" / "walk.json", results)


if __name__ == "__main__":
    main()
