"""Spark: data frames of complaints → the same with their answers, on any number of machines. Needs the extra `spark` and Java 17.

Each worker must be able to import legcause (installed on every machine, or shipped with spark.archives); the model comes from the driver."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from .batch.answers import COMPILED_FROM, Compiled, Plain, answerer
from .batch.cells import FORMULA
from .batch.summary import Summary
from .batch.table import chunk_of
from .batch.write import rounded
from .errors import InputError, LegcauseError, OutputError
from .inference.assess import Assessor
from .inference.model import Model, default_path
from .knowledge.records import URGENCIES

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import Column, DataFrame, SparkSession

FORMATS = ("parquet", "csv", "json")
MISSING = "the text is missing"
UNREADABLE = "the row cannot be read"
# The fields of a result record, and why a row has none.
FIELDS = pa.schema(
    [
        ("cause", pa.string()),
        ("icd10", pa.string()),
        ("probability", pa.float64()),
        ("confident", pa.bool_()),
        ("candidates", pa.list_(pa.struct([("cause", pa.string()), ("probability", pa.float64())]))),
        ("urgency", pa.string()),
        ("red_flags", pa.list_(pa.string())),
        ("error", pa.string()),
    ]
)
_SCHEMA = (
    "cause string, icd10 string, probability double, confident boolean, candidates array<struct<cause: string, probability: double>>, "
    "urgency string, red_flags array<string>, error string"
)
_CORRUPT = "_corrupt_record"
# CSV as legcause classify reads it: quotes doubled, line ends allowed within quotes. Spark cannot split such a file among its workers.
_CSV: dict[str, Any] = {"header": True, "quote": '"', "escape": '"', "multiLine": True, "encoding": "UTF-8"}


def classify(df: DataFrame, text_column: str = "text", id_column: str | None = None, top: int = 3, model: str | Path | None = None) -> DataFrame:
    """The rows of `df` with the fields of a result record as further columns: cause, icd10, probability, confident, candidates
    (array of cause and probability, the `top` best), urgency, red_flags (array), and `error`, which is null but where a row has no text.

    `id_column`: also called `id` in the result. `model`: a model file on the driver's machine, else the one that comes with legcause.
    Nothing is computed before Spark is asked for rows. Raises InputError, ModelRefused."""
    from pyspark.sql.types import StringType, StructType

    path = Path(model) if model is not None else default_path()
    Model.load(path)  # a refused model fails here, not on the workers
    if not 1 <= top <= 20:
        raise InputError(f"top={top}: there are 20 labels; ask for 1 to 20 candidates")
    for name in (text_column, *([id_column] if id_column else [])):
        if name not in df.columns:
            raise InputError(f"there is no column {name!r}; there are {', '.join(map(repr, df.columns))}")
    if id_column not in (None, "id"):
        if "id" in df.columns:
            raise InputError("the result would have two columns 'id'; rename the one that is there")
        df = df.withColumn("id", df[id_column])
    if not isinstance(df.schema[text_column].dataType, StringType):
        raise InputError(f"the column {text_column!r} holds {df.schema[text_column].dataType.simpleString()}, not text; name another")
    names = [name.lower() for name in df.columns]  # Spark tells no capitals apart
    doubled = sorted(name for name in {*names} if name in FIELDS.names or names.count(name) > 1)
    if doubled:
        raise InputError(f"the result would have two columns {doubled[0]!r}; rename the one that is there")
    content = path.read_bytes()
    task = Task(df.sparkSession.sparkContext.broadcast(content), hashlib.sha256(content).hexdigest(), df.columns.index(text_column), top)
    return df.mapInArrow(task, StructType(df.schema.fields + StructType.fromDDL(_SCHEMA).fields))


@dataclass(frozen=True)
class Task:
    """What a worker does with the Arrow batches of its partition. `column`: the place of the text."""

    model: Broadcast[bytes]
    sha256: str
    column: int
    top: int

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        answerer = _answerer(self.sha256, self.model, self.top)
        for batch in batches:
            answers = _answers(answerer, batch.column(self.column))
            yield pa.RecordBatch.from_arrays(batch.columns + answers.columns, names=batch.schema.names + FIELDS.names)


def _answers(answerer: Plain | Compiled, texts: pa.Array) -> pa.RecordBatch:
    """The fields of each text; of one that is no text, an error and nothing else."""
    chunk = chunk_of("", texts.cast(pa.large_string()))
    answers, legend = answerer(chunk), answerer.legend
    count, top = answers.ranked.shape
    labels, shares = pa.array(legend.labels), rounded(answers.probabilities)
    best = answers.ranked[:, 0]
    raised = legend.raised(answers.flags)
    place = np.searchsorted(np.array([*raised], np.uint16), answers.flags)
    flags = pa.array([*raised.values()], pa.list_(pa.string()))
    candidates = pa.StructArray.from_arrays([labels.take(pa.array(answers.ranked.ravel())), pa.array(shares.ravel())], ["cause", "probability"])
    columns = [
        labels.take(pa.array(best)),
        pa.array(legend.codes, pa.string()).take(pa.array(best)),
        pa.array(shares[:, 0]),
        pa.array(answers.confident),
        pa.ListArray.from_arrays(pa.array(np.arange(0, count * top + 1, top, dtype=np.int32)), candidates),
        pa.array(URGENCIES).take(pa.array(answers.urgency)),
        flags.take(pa.array(place)),
    ]
    if not chunk.rejects:
        return pa.RecordBatch.from_arrays([*columns, pa.nulls(count, pa.string())], schema=FIELDS)
    errors = {reject.row - 1: MISSING if not texts[reject.row - 1].is_valid else reject.reason for reject in chunk.rejects}
    good = np.ones(len(texts), np.bool_)
    good[list(errors)] = False
    rows = pa.array(np.cumsum(good) - 1, mask=~good)
    return pa.RecordBatch.from_arrays([*(c.take(rows) for c in columns), pa.array(map(errors.get, range(len(texts))), pa.string())], schema=FIELDS)


# Of this worker process, by the checksum of the model file and the number of candidates: Spark keeps a process for many partitions.
_loaded: dict[tuple[str, int], Plain | Compiled] = {}


def _answerer(sha256: str, model: Broadcast[bytes], top: int) -> Plain | Compiled:
    if (sha256, top) not in _loaded:
        with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
            file.write(model.value)
            file.flush()
            # What a partition holds is not known before its end: partitions are many rows, or Spark is not worth its start.
            _loaded[sha256, top] = answerer(Assessor(Model.load(Path(file.name))), top, COMPILED_FROM)
    return _loaded[sha256, top]


@dataclass(frozen=True)
class Job:
    """What `legcause spark` was asked for. `source` and `out` are whatever Spark takes for a path; formats None: by their endings."""

    source: str
    out: str
    source_format: str | None = None
    out_format: str | None = None
    text_column: str = "text"
    top: int = 3
    partitions: int | None = None
    force: bool = False


def run(job: Job, master: str, model: Path) -> tuple[Summary, int]:
    """Reads, classifies and writes; what came out, and how many rows have an error. Raises LegcauseError, without a row's content."""
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")  # nothing here passes through pandas
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
    except ImportError as error:
        raise LegcauseError("Spark is not installed; pip install 'legcause[spark]'") from error
    source_format = _format(job.source, job.source_format, "parquet")
    out_format = _format(job.out, job.out_format, source_format)
    labels = Model.load(model).labels
    spark = _session(master)
    step = f"{job.source}: cannot be read"
    try:
        df, corrupt = _read(spark, job.source, source_format, job.text_column)
        df = df.repartition(job.partitions) if job.partitions else df
        step = "the job failed, and nothing counts as written"
        result = classify(df, job.text_column, top=job.top, model=model)
        if corrupt:
            result = _rejected(result)
        observed, counts = _counted(result, labels)
        _write(observed, job.out, out_format, job.top, job.force)
        return _summary(counts.get, labels)
    except PySparkException as error:
        if error.getCondition() == "PATH_ALREADY_EXISTS":
            raise OutputError(f"{job.out}: exists already; write elsewhere or add --force") from error
        raise LegcauseError(f"{step} ({error.getCondition() or type(error).__name__}); Spark's log says more") from error
    except Py4JError as error:
        raise LegcauseError(f"{step}; Spark's log says more") from error
    finally:
        spark.stop()


def _format(path: str, asked: str | None, default: str) -> str:
    ending = path.rstrip("/").rsplit(".", 1)[-1].lower()
    return asked or (ending if ending in FORMATS else "json" if ending == "jsonl" else default)


def _session(master: str) -> SparkSession:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else Spark takes the first python3 of the PATH
    try:
        builder = SparkSession.builder.appName("legcause").master(master)
        spark = builder.config("spark.ui.showConsoleProgress", str(sys.stderr.isatty()).lower()).getOrCreate()
    except PySparkException as error:
        raise LegcauseError(f"Spark does not start with --master {master} ({error.getCondition()}); it needs Java 17 or newer") from error
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _read(spark: SparkSession, source: str, kind: str, text_column: str) -> tuple[DataFrame, bool]:
    """The rows, and whether those that could not be parsed are marked in a column of their own."""
    from pyspark.sql import functions as F

    if kind == "csv":
        reader = spark.read.options(**_CSV)
        schema = reader.csv(source).schema
        df = reader.option("columnNameOfCorruptRecord", _CORRUPT).schema(schema.add(_CORRUPT, "string")).csv(source)
        if text_column in df.columns:  # an empty cell is an empty complaint, as it is to `classify`
            df = df.withColumn(text_column, F.when(F.col(_CORRUPT).isNull(), F.coalesce(text_column, F.lit(""))))
        return df, True
    df = spark.read.json(source) if kind == "json" else spark.read.parquet(source)
    return df, kind == "json" and _CORRUPT in df.columns


def _rejected(df: DataFrame) -> DataFrame:
    from pyspark.sql import functions as F

    return df.withColumn("error", F.when(F.col(_CORRUPT).isNotNull(), UNREADABLE).otherwise(F.col("error"))).drop(_CORRUPT)


def _write(df: DataFrame, out: str, kind: str, top: int, force: bool) -> None:
    writer = (_flat(df, top) if kind == "csv" else df).write.mode("overwrite" if force else "errorifexists")
    if kind == "csv":
        writer.options(header=True, quote='"', escape='"', emptyValue="").csv(out)
    else:
        getattr(writer, kind)(out)


def _flat(df: DataFrame, top: int) -> DataFrame:
    """As in the CSV of `classify`: candidates side by side, red flags joined, cells that a spreadsheet would run disarmed."""
    from pyspark.sql import functions as F

    columns: list[Column] = []
    for name, kind in df.dtypes:
        if name == "candidates":
            best = [F.get("candidates", F.lit(rank)) for rank in range(top)]
            for rank, candidate in enumerate(best, 1):
                columns += [candidate["cause"].alias(f"candidate_{rank}"), candidate["probability"].alias(f"candidate_{rank}_probability")]
        elif name == "red_flags":
            columns.append(F.array_join(name, ";").alias(name))
        elif kind == "string":
            risky = F.substring(name, 1, 1).isin(*FORMULA)
            columns.append(F.when(risky, F.concat(F.lit("'"), F.col(name))).otherwise(F.col(name)).alias(name))
        else:
            columns.append(F.col(name))
    return df.select(columns)


def _counted(df: DataFrame, labels: Sequence[str]) -> tuple[DataFrame, Any]:
    """The same rows; what is counted on their way is known once they have been written, and costs no second pass."""
    from pyspark.sql import Observation
    from pyspark.sql import functions as F

    observation = Observation("summary")
    named = [("cause", label) for label in labels] + [("urgency", urgency) for urgency in URGENCIES]
    counts = [F.count_if(F.col(field) == value).alias(f"{field} {value}") for field, value in named]
    counts += [F.count("*").alias("rows"), F.count("error").alias("errors"), F.count_if(~F.col("confident")).alias("doubtful")]
    return df.observe(observation, *counts), observation


def _summary(counts: dict[str, Any], labels: Sequence[str]) -> tuple[Summary, int]:
    def of(field: str, values: Sequence[str]) -> Counter[str]:
        return Counter({value: n for value in values if (n := counts[f"{field} {value}"])})

    answered = counts["rows"] - counts["errors"]
    return Summary(answered, counts["doubtful"], causes=of("cause", labels), urgencies=of("urgency", URGENCIES)), counts["errors"]
