"""Spark against the local batch, on the same rows and cores, the start of the JVM left out: `make bench-spark`. Writes spark.json.

Usage: python benchmarks/spark.py [ROWS] [TIMES]. Both read one Parquet file and write Parquet, in turn; the median of TIMES counts.
Every answer is compared; the program fails where one differs. The rest measures what docs/scale.md says about batches, files and skew."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from common import ROOT, write
from legcause.estimator import generate
from legcause.spark import classify

CORES = 2
TOP = 3


def complaints(path: Path, rows: int) -> None:
    """Distinct complaints in random order, in row groups that Spark can share out."""
    distinct: dict[str, None] = {}
    for seed in count(1):
        distinct |= dict.fromkeys(generate(1 + rows // 20, seed=seed)[0])
        if len(distinct) >= rows:
            break
    texts = list(distinct)
    random.Random(1).shuffle(texts)
    table = pa.table({"id": [str(n) for n in range(rows)], "text": texts[:rows]})
    pq.write_table(table, path, row_group_size=max(1000, rows // 20))


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def session(**settings: str) -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("benchmark").master(f"local[{CORES},4]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def local(source: Path, out: Path) -> None:
    command = [sys.executable, "-m", "legcause", "classify", source, "-o", out, "--top", TOP, "--jobs", CORES, "--force"]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def by_spark(spark: Any, source: Path, out: Path, partitions: int | None = None) -> None:
    df = spark.read.parquet(str(source))
    classify(df.repartition(partitions) if partitions else df, top=TOP).write.mode("overwrite").parquet(str(out))


def differences(local_file: Path, spark_folder: Path) -> int:
    """How many rows differ, or are on one side only."""

    def ours(row: Mapping[str, Any]) -> dict[str, Any]:
        candidates = [{"cause": row[f"candidate_{n}"], "probability": row[f"candidate_{n}_probability"]} for n in range(1, TOP + 1)]
        flags = row["red_flags"].split(";") if row["red_flags"] else []
        return {name: row[name] for name in same} | {"candidates": candidates, "red_flags": flags}

    same = ("cause", "icd10", "probability", "confident", "urgency")
    a = {row["id"]: ours(row) for row in pq.read_table(local_file).to_pylist()}
    rows = pq.read_table(spark_folder).to_pylist()
    b = {row["id"]: {name: row[name] for name in (*same, "candidates", "red_flags")} for row in rows}
    return sum(a.get(id) != b.get(id) for id in a.keys() | b.keys()) + len(rows) - len(b)


def rates(spark: Any, folder: Path, rows: int, times: int) -> dict[str, Any]:
    source, here, there = folder / "in.parquet", folder / "local.parquet", folder / "spark"
    took: dict[str, list[float]] = {"local": [], "spark": []}
    for _ in range(times):
        took["local"].append(seconds(lambda: local(source, here)))
        took["spark"].append(seconds(lambda: by_spark(spark, source, there)))
    if wrong := differences(here, there):
        sys.exit(f"{wrong} of {rows} rows differ between Spark and the local batch")
    per_second = {name: round(rows / statistics.median(values), 1) for name, values in took.items()}
    return per_second | {"ratio": round(per_second["spark"] / per_second["local"], 3), "compared": rows, "different": 0}


def shapes(folder: Path, rows: int) -> dict[str, dict[str, float]]:
    """Seconds for the same rows, with other batches, other numbers of files, and with most rows in one of them."""
    table = pq.read_table(folder / "in.parquet").slice(0, rows)
    out: dict[str, dict[str, float]] = {"batch": {}, "files": {}, "skew": {}}
    source = folder / "shape"

    def lay(pieces: Sequence[int]) -> None:
        """One file for each piece of so many rows."""
        for old in source.glob("*"):
            old.unlink()
        source.mkdir(exist_ok=True)
        at = 0
        for number, size in enumerate(pieces):
            pq.write_table(table.slice(at, size), source / f"{number}.parquet")
            at += size

    lay([rows // 4] * 4)
    for size in (100, 1000, 10_000):
        spark = session(**{"spark.sql.execution.arrow.maxRecordsPerBatch": str(size)})
        by_spark(spark, source, folder / "warm")
        out["batch"][str(size)] = round(seconds(lambda: by_spark(spark, source, folder / "out")), 2)  # noqa: B023
        spark.stop()
    # Opening a file is said to cost as much as a task may: so each is a task of its own, as files of ordinary size are.
    spark = session(**{"spark.sql.files.openCostInBytes": str(128 * 1024 * 1024)})
    by_spark(spark, source, folder / "warm")
    for files in (4, 40, 400):
        lay([rows // files] * files)
        out["files"][str(files)] = round(seconds(lambda: by_spark(spark, source, folder / "out")), 2)
    lay([rows * 9 // 10, rows // 30, rows // 30, rows // 30])
    out["skew"]["nine tenths in one file"] = round(seconds(lambda: by_spark(spark, source, folder / "out")), 2)
    out["skew"]["the same, shared out anew"] = round(seconds(lambda: by_spark(spark, source, folder / "out", 4)), 2)
    spark.stop()
    return out


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT / "pipeline"), "SPARK_LOCAL_IP": "127.0.0.1"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        complaints(folder / "in.parquet", rows)
        spark = session()
        load = round(os.getloadavg()[1], 1)  # of five minutes; the generator above is one of it
        result: dict[str, Any] = {"rows": rows, "cores": CORES, "load": load, "rate": rates(spark, folder, rows, times)}
        out = [path.stat().st_size for path in (folder / "spark").glob("*.parquet")]
        result["bytes_a_row"] = {"in": round((folder / "in.parquet").stat().st_size / rows, 1), "out": round(sum(out) / rows, 1)}
        spark.stop()
        result["seconds"] = {"rows": rows // 5} | shapes(folder, rows // 5)
    result["versions"] = {name: version(name) for name in ("pyspark", "pyarrow", "numpy")}
    write(ROOT / "benchmarks" / "spark.json", result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
