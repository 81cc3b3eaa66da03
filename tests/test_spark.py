"""Spark, in local[2,4] and in a cluster of a master and two workers: the answers of the local batch, and nothing lost where workers die."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow.parquet as pq
import pytest

from legcause import Classifier
from legcause.errors import InputError, ModelRefused
from legcause.estimator import generate
from legcause.inference.model import default_path

from .conftest import ROOT

pytestmark = pytest.mark.spark
ROWS = 600


@contextmanager
def started(*command: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_for(process: subprocess.Popen[str], words: str, times: int) -> None:
    """Reads the log until `words` have stood in so many lines. Somebody must go on reading: a full pipe would stop the process."""
    assert process.stdout is not None
    log = []
    for line in process.stdout:
        log.append(line)
        times -= words in line
        if not times:
            return
    raise AssertionError("".join(log))


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of a master with two workers of one core."""
    import pyspark

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    java = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
    address = f"spark://127.0.0.1:{port}"
    with ExitStack() as running:
        deploy = "org.apache.spark.deploy"
        master = running.enter_context(started(java, f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", port, "--webui-port", "0"))
        wait_for(master, "New state: ALIVE", 1)
        for name in ("one", "two"):
            places = ["--host", "127.0.0.1", "--webui-port", "0", "--work-dir", str(folder / name)]
            running.enter_context(started(java, f"{deploy}.worker.Worker", "--cores", "1", "--memory", "2g", *places, address))
        wait_for(master, "Registering worker", 2)
        assert master.stdout is not None
        Thread(target=master.stdout.read, daemon=True).start()
        yield address


@pytest.fixture(scope="module", params=["local[2,4]", "cluster"])
def spark(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from pyspark.sql import SparkSession

    environment = {"PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(ROOT / "pipeline"), "SPARK_LOCAL_IP": "127.0.0.1"}
    with pytest.MonkeyPatch.context() as patch, ExitStack() as running:
        for name, value in environment.items():
            patch.setenv(name, value)
        master = request.param if request.param != "cluster" else running.enter_context(cluster(tmp_path_factory.mktemp("cluster")))
        # Small batches, so that a partition has several and a worker can die between them.
        settings = {"spark.sql.execution.arrow.maxRecordsPerBatch": "25", "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1"}
        builder = SparkSession.builder.appName("tests").master(master)
        for key, value in settings.items():
            builder = builder.config(key, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A Parquet file, and its complaints by id."""
    import pyarrow as pa

    texts = generate(20)[0][:ROWS]
    table = {f"c{n:04}": text for n, text in enumerate(texts)}
    path = tmp_path_factory.mktemp("in") / "complaints.parquet"
    pq.write_table(pa.table({"nr": list(table), "text": list(table.values())}), path)
    return path, table


@pytest.fixture(scope="module")
def expected(complaints: tuple[Path, dict[str, str]]) -> dict[str, dict[str, Any]]:
    """Id → the record of the local batch."""
    _, table = complaints
    answers = Classifier.load().classify(list(table.values()), top=2)
    return {id: answer.record(id) for id, answer in zip(table, answers, strict=True)}


def records(folder: Path) -> dict[str, dict[str, Any]]:
    """Id → the record that Spark wrote, each once."""
    rows = pq.read_table(folder).to_pylist()
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: {name: row[name] for name in row if name not in ("nr", "text", "error")} for row in rows}


def test_the_answers_are_those_of_the_local_batch(spark: Any, complaints: Any, expected: dict[str, Any], tmp_path: Path) -> None:
    from legcause.spark import classify

    result = classify(spark.read.parquet(str(complaints[0])).repartition(5), id_column="nr", top=2)
    assert [field.simpleString() for field in result.schema.fields] == [
        "nr:string", "text:string", "id:string", "cause:string", "icd10:string", "probability:double", "confident:boolean",
        "candidates:array<struct<cause:string,probability:double>>", "urgency:string", "red_flags:array<string>", "error:string",
    ]  # fmt: skip
    result.write.parquet(str(tmp_path / "out"))
    assert records(tmp_path / "out") == expected


def test_the_example_of_the_page_runs(spark: Any, complaints: Any, tmp_path: Path) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / "scale.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    path, table = complaints
    exec(code.replace('"results"', repr(str(tmp_path / "results"))), {"df": spark.read.parquet(str(path))})
    assert set(records(tmp_path / "results")) == set(table)


def test_a_row_without_text_has_an_error_and_keeps_its_place(spark: Any) -> None:
    from legcause.spark import MISSING, classify

    df = spark.createDataFrame([("a", "cramps in both calves at night"), ("b", None), ("c", "")], "nr string, text string")
    rows = {row["nr"]: row for row in classify(df).collect()}
    assert [(rows[nr]["cause"], rows[nr]["error"]) for nr in "abc"] == [("mineral_deficiency", None), (None, MISSING), ("other", None)]
    assert rows["b"]["candidates"] is rows["b"]["urgency"] is rows["b"]["red_flags"] is None


@pytest.mark.parametrize(
    ("schema", "options", "message"),
    [
        ("text int", {}, "holds int, not text"),
        ("note string", {}, "no column 'text'"),
        ("text string", {"id_column": "nr"}, "no column 'nr'"),
        ("text string, Cause string", {}, "two columns 'cause'"),
        ("text string, id int, nr int", {"id_column": "nr"}, "two columns 'id'"),
        ("text string", {"top": 21}, "top=21"),
    ],
)
def test_columns_that_do_not_fit_are_named_before_anything_runs(schema: str, options: dict[str, Any], message: str, spark: Any) -> None:
    from legcause.spark import classify

    with pytest.raises(InputError, match=message):
        classify(spark.createDataFrame([], schema), **options)


def test_a_model_that_is_none_is_refused_on_the_driver(spark: Any, tmp_path: Path) -> None:
    from legcause.spark import classify

    with pytest.raises(ModelRefused):
        classify(spark.createDataFrame([], "text string"), model=tmp_path / "none")


def test_a_worker_loads_a_model_once(spark: Any) -> None:
    from legcause.spark import _answerer

    content = default_path().read_bytes()
    model = spark.sparkContext.broadcast(content)
    assert _answerer(hashlib.sha256(content).hexdigest(), model, 3) is _answerer(hashlib.sha256(content).hexdigest(), model, 3)


def mortal(spark: Any, path: Path, dies: Callable[[], None]) -> Any:
    """`classify`, on workers that call `dies` after their second batch."""
    from legcause.spark import Task, classify

    df = spark.read.parquet(str(path)).repartition(6)
    df = df.withColumn("id", df["nr"])
    content = default_path().read_bytes()
    task = Task(spark.sparkContext.broadcast(content), hashlib.sha256(content).hexdigest(), df.columns.index("text"), 2)

    def answers(batches: Any) -> Any:
        for number, batch in enumerate(task(batches), 1):
            yield batch
            if number == 2:
                dies()

    return df.mapInArrow(answers, classify(df, top=2).schema)


def once(marker: Path, of_the_machine: bool) -> Callable[[], None]:
    """Kills the worker that is the first to come here, or the executor that it works for."""
    name = str(marker)

    def dies() -> None:
        try:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        process = os.getpid()
        for _ in range(2 if of_the_machine else 0):  # worker → its daemon → the executor
            with open(f"/proc/{process}/stat") as stat:
                process = int(stat.read().rsplit(")", 1)[1].split()[1])
        os.kill(process, signal.SIGKILL)

    return dies


@pytest.mark.parametrize("victim", ["worker", "executor"])
def test_a_task_that_dies_is_tried_again_and_the_result_is_whole(
    victim: str, spark: Any, complaints: Any, expected: dict[str, Any], tmp_path: Path
) -> None:
    if victim == "executor" and spark.sparkContext.master.startswith("local"):
        pytest.skip("the executor of local[2,4] is the driver")
    mortal(spark, complaints[0], once(tmp_path / "died", victim == "executor")).write.parquet(str(tmp_path / "out"))
    assert (tmp_path / "died").exists()
    assert (tmp_path / "out" / "_SUCCESS").exists()
    assert records(tmp_path / "out") == expected


def test_a_task_that_always_dies_leaves_no_success(spark: Any, complaints: Any, tmp_path: Path) -> None:
    def dies() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(Exception, match=r"(?i)abort|fail"):
        mortal(spark, complaints[0], dies).write.parquet(str(tmp_path / "out"))
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.name == "_SUCCESS" or path.suffix == ".parquet"] == []
