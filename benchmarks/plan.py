"""How long 10^10 complaints take on how many cores: a simulation from the rates in spark.json. Writes plan.json.

Spark gives the next task to the first core that is free. A task costs its overhead and its rows; some fail half-way (their machine is lost)
and are done again. Sizes of tasks are even, or as uneven as files are where nobody shared them out (lognormal)."""

from __future__ import annotations

import heapq
import json
import random
from typing import Any

from common import ROOT, write

ROWS = 10**10
SPREAD = 1.0  # sigma of the lognormal sizes: the largest of a thousand files is then some twenty times the median
FAILS = 0.001  # tasks that are lost and done again


def makespan(tasks: int, cores: int, rate: float, overhead: float, uneven: bool, seed: int = 1) -> tuple[float, float]:
    """Seconds until the last task is done, and what they would be with every core busy to the end and no overhead."""
    rng = random.Random(seed)
    weights = [rng.lognormvariate(0, SPREAD) if uneven else 1.0 for _ in range(tasks)]
    scale = ROWS / sum(weights) / rate
    free = [0.0] * cores
    for weight in weights:
        work = overhead + weight * scale
        if rng.random() < FAILS:
            work += rng.random() * work
        heapq.heapreplace(free, free[0] + work)
    return max(free), ROWS / rate / cores


def main() -> None:
    measured = json.loads((ROOT / "benchmarks" / "spark.json").read_text(encoding="utf-8"))
    rate = measured["rate"]["spark"] / measured["cores"]
    files = measured["seconds"]["files"]
    few, many = (min(files, key=int), max(files, key=int))
    overhead = max(0.0, (files[many] - files[few]) * measured["cores"] / (int(many) - int(few)))
    rows: list[dict[str, Any]] = []
    for cores in (100, 1000, 10_000):
        for name, tasks, uneven in (
            ("10^6 rows a task", ROWS // 10**6, False),
            ("10^5 rows a task", ROWS // 10**5, False),
            ("10^4 rows a task", ROWS // 10**4, False),
            ("10^6 rows a file, uneven, as they come", ROWS // 10**6, True),
        ):
            took, ideal = makespan(tasks, cores, rate, overhead, uneven)
            rows.append({"cores": cores, "tasks": name, "hours": round(took / 3600, 2), "of_ideal": round(ideal / took, 3)})
    result = {
        "rows": ROWS,
        "rows_per_core_second": round(rate, 1),
        "task_overhead_seconds": round(overhead, 4),
        "core_hours": round(ROWS / rate / 3600, 1),
        "core_hours_per_billion": round(1e9 / rate / 3600, 1),
        "terabytes": {side: round(ROWS * size / 1e12, 2) for side, size in measured["bytes_a_row"].items()},
        "runs": rows,
    }
    write(ROOT / "benchmarks" / "plan.json", result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
