"""`make mutation`: changes the modules that decide, a line at a time, and counts which changes a test notices (40 minutes).

mutmut changes functions (not decorated ones, nor tables and limits of a module) and forks a test run for each change; what it changes, and by which
tests it judges, is in pyproject.toml. It takes packages beside itself or in src/ only, so it runs in build/mutation, which has links to the
repository. Figures and survivors go to benchmarks/mutation.json; benchmarks/mutation.toml says of survivors why no test can tell them.

`make mutation AGAIN=1` tries only what survived the last time: for those who write the tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "build" / "mutation"
LINKS = {"src": "pipeline"} | {name: name for name in ("models", "data/knowledge", "data/challenge", "tests", "pyproject.toml")}
LEAST = 0.85  # of all changes must be noticed


NOTICED = {1, 3, 36, 24, -24, 152, 255}  # mutmut's exit codes of a change that failed a test, or did not come to an end


def mutmut(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([Path(sys.executable).with_name("mutmut"), *arguments], cwd=HERE, check=True, text=True, **options)


def run(names: list[str]) -> None:
    """Mutates and tests. One change at a time, lest a busy machine be taken for an endless loop; by name, since mutmut tries the unchanged code by
    the same tests, one by one, only then."""
    mutmut("run", "--max-children", "1", *names)


def results() -> dict[str, dict[str, int]]:
    """Module → mutant → exit code."""
    source = HERE / "mutants" / "src" / "legcause"
    codes = {path.relative_to(source).as_posix().removesuffix(".py.meta"): json.loads(path.read_text()) for path in sorted(source.rglob("*.meta"))}
    return {module: content["exit_code_by_key"] for module, content in codes.items() if content["exit_code_by_key"]}


def changed(name: str) -> str:
    """The line that a mutant has in the place of another."""
    shown = mutmut("show", name, capture_output=True).stdout.splitlines()
    return next(line[1:].strip() for line in shown if line.startswith("+") and not line.startswith("+++"))


def main() -> None:
    if "--again" in sys.argv:
        run([name for codes in results().values() for name, code in codes.items() if code not in NOTICED])
    else:
        shutil.rmtree(HERE, ignore_errors=True)
        for link, target in LINKS.items():
            (HERE / link).parent.mkdir(parents=True, exist_ok=True)
            (HERE / link).symlink_to(ROOT / target)
        run(["legcause.*"])
    told = tomllib.loads((ROOT / "benchmarks" / "mutation.toml").read_text(encoding="utf-8"))["equal"]
    equal = {line for reason in told for line in reason["lines"]}
    modules: dict[str, dict[str, int]] = {}
    survivors: dict[str, list[str]] = {}
    for module, codes in results().items():
        lines = [changed(name) for name, code in codes.items() if code not in NOTICED]
        survivors[module] = sorted(line for line in lines if line not in equal)
        modules[module] = {"mutants": len(codes), "killed": len(codes) - len(lines), "equal": sum(line in equal for line in lines)}
    total = {key: sum(counts[key] for counts in modules.values()) for key in ("mutants", "killed", "equal")}
    share = total["killed"] / total["mutants"]
    result = {"share": round(share, 4), **total, "modules": modules, "survivors": survivors}
    (ROOT / "benchmarks" / "mutation.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{total['killed']} of {total['mutants']} changes noticed: {share:.1%}; {total['equal']} of the others change no answer")
    sys.exit(share < LEAST)


if __name__ == "__main__":
    main()
