"""The Python interface: `from legcause import Classifier`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

from .batch.answers import COMPILED_FROM, Answers, Legend, answerer
from .batch.chunk import Chunk, joined
from .batch.write import Shape, record_batch
from .errors import InputError
from .inference.assess import Assessment, Assessor, Candidate
from .inference.model import Model, default_path
from .knowledge.records import URGENCIES

if TYPE_CHECKING:
    import pyarrow as pa


class Classifier:
    """Complaints about legs → causes, urgency, red flags. One classifier may serve any number of threads.

    Texts are given as one string, or as a list, a pandas or Polars series, an Arrow array, or anything else that yields strings."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None) -> Self:
        """The classifier of the model file `path`, or of the one that comes with legcause. Raises ModelRefused."""
        return cls(Model.load(default_path() if path is None else Path(path)))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The ids of all causes, and `other`."""
        return self.model.labels

    @cached_property
    def _assessor(self) -> Assessor:
        return Assessor(self.model)

    @overload
    def classify(self, texts: str, *, top: int = 3, findings: bool = False) -> Assessment: ...  # type: ignore[overload-overlap]

    @overload
    def classify(self, texts: Iterable[str], *, top: int = 3, findings: bool = False) -> list[Assessment]: ...

    def classify(self, texts: str | Iterable[str], *, top: int = 3, findings: bool = False) -> Assessment | list[Assessment]:
        """The answer to one text, or a list of answers, one a text and in their order.

        Each has the `top` (1 to 20) best candidates and, where asked for, the findings. Raises InputError for what is no text."""
        _check(top)
        if isinstance(texts, str):
            return self._assessor.assess(texts, top, findings)
        strings = _strings(texts)
        if findings or len(strings) < COMPILED_FROM:
            return [self._assessor.assess(text, top, findings) for text in strings]
        answer = answerer(self._assessor, top, len(strings))
        return _assessments(answer(_chunk(strings, [""] * len(strings))), answer.legend)

    def table(self, texts: Iterable[str], ids: Iterable[object] | None = None, *, top: int = 3, findings: bool = False) -> pa.Table:
        """The answers as an Arrow table with the fields of `legcause classify -o OUT.parquet`; its `to_pandas()` is a data frame.

        `ids`: one a text, written as strings; without them the number of the row, from 1. Raises InputError."""
        strings = _strings([texts] if isinstance(texts, str) else texts)
        names: list[str | int] = [str(id) for id in (range(1, len(strings) + 1) if ids is None else _items(ids))]
        if len(names) != len(strings):
            raise InputError(f"{len(names)} ids for {len(strings)} texts; give one id a text, or none")
        import pyarrow as pa

        answer = answerer(self._assessor, top, len(strings), findings)
        shape = Shape("parquet", answer.legend, min(top, len(self.labels)), findings)
        batch = record_batch(answer(_chunk(strings, names)), names, shape)
        kinds = [pa.field(field.name, pa.string() if pa.types.is_dictionary(field.type) else field.type) for field in batch.schema]
        return pa.Table.from_batches([batch]).cast(pa.schema(kinds))

    def explain(self, text: str, *, top: int = 3) -> dict[str, Any]:
        """The record of `legcause explain --format jsonl`: the answer, the words that speak for and against it, findings, advice."""
        from .inference.explain import explain

        _check(top)
        return explain(self._assessor, _strings([text])[0], top)


def _chunk(texts: Sequence[str], ids: list[str | int]) -> Chunk:
    return joined("", [text.encode("utf-8", "surrogatepass") for text in texts], ids)


def _assessments(answers: Answers, legend: Legend) -> list[Assessment]:
    """The answers, one record a complaint."""
    raised = legend.raised(answers.flags)
    columns = (answers.ranked, answers.probabilities, answers.confident, answers.urgency, answers.flags)
    return [
        Assessment(
            cause=legend.labels[ranked[0]],
            icd10=legend.codes[ranked[0]],
            probability=probabilities[0],
            confident=confident,
            candidates=tuple(Candidate(legend.labels[label], p) for label, p in zip(ranked, probabilities, strict=True)),
            urgency=URGENCIES[urgency],
            red_flags=tuple(raised[flags]),
        )
        for ranked, probabilities, confident, urgency, flags in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _check(top: int) -> None:
    if not 1 <= top <= 20:
        raise InputError(f"top={top}: there are 20 labels; ask for 1 to 20 candidates")


def _items(values: Iterable[Any]) -> list[Any]:
    if hasattr(values, "columns"):
        raise InputError(f"a {type(values).__name__} has several columns; name the one of the texts, such as table['text']")
    return list(values.to_pylist() if hasattr(values, "to_pylist") else values)  # an Arrow array yields scalars of its own


def _strings(texts: Iterable[Any]) -> list[str]:
    items = _items(texts)
    for number, text in enumerate(items, 1):
        if not isinstance(text, str):
            missing = text is None or type(text).__name__ == "NAType" or text != text  # pandas has None, NA and NaN
            what = "the text is missing; fill it or take the row out" if missing else f"not a text but {type(text).__name__}; give strings"
            raise InputError(f"row {number}: {what}")
    return items
