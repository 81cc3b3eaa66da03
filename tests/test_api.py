"""The Python interface, as docs/api.md describes it."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from legcause import Classifier
from legcause.batch.answers import COMPILED_FROM
from legcause.errors import InputError, ModelRefused
from legcause.inference.model import Model
from legcause.text.analyzer import _stem, stem

from .conftest import CASES, ROOT, legcause, sayings

TEXTS = (ROOT / "examples" / "complaints.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def test_importing_the_package_loads_no_library_and_asking_for_the_classifier_no_spacy() -> None:
    code = "import sys, legcause; assert 'numpy' not in sys.modules; legcause.Classifier.load(); assert 'spacy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_page_on_the_interface_says_what_happens() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").replace("```", "\n")  # a fence would be taken for output
    test = doctest.DocTestParser().get_doctest(page, {}, "docs/api.md", "docs/api.md", 0)
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL).run(test)
    assert result.attempted > 10
    assert result.failed == 0


KINDS: dict[str, Any] = {
    "list": list,
    "generator": iter,
    "pandas series": pd.Series,
    "pandas series of objects": lambda texts: pd.Series(texts, dtype=object),
    "Arrow array": pa.array,
    "Arrow dictionary": lambda texts: pa.array(texts).dictionary_encode(),
    "Arrow column": lambda texts: pa.table({"text": pa.chunked_array([texts[:5], texts[5:]])})["text"],
    "Polars series": pl.Series,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_column_gives_the_answers_of_its_texts(kind: str, classifier: Classifier) -> None:
    assert classifier.classify(KINDS[kind](TEXTS)) == [classifier.classify(text) for text in TEXTS]


def test_a_long_list_goes_the_compiled_way_to_the_same_answers(classifier: Classifier) -> None:
    texts = [row["text"] for row in sayings()]
    assert len(texts) >= COMPILED_FROM
    some = slice(None, None, 40)
    answers = zip(classifier.classify(texts, top=2)[some], [classifier.classify(text, top=2) for text in texts[some]], strict=True)
    for answer, plain in answers:
        said = [(c.cause, pytest.approx(c.probability, abs=1e-9)) for c in plain.candidates]
        assert [(c.cause, c.probability) for c in answer.candidates] == said
        assert answer.probability == answer.candidates[0].probability
        assert replace(answer, probability=0.0, candidates=()) == replace(plain, probability=0.0, candidates=())


def test_the_table_is_what_the_command_writes_as_parquet(classifier: Classifier, tmp_path: Path) -> None:
    source = ROOT / "examples" / "complaints.csv"
    assert legcause("classify", source, "-o", tmp_path / "out.parquet", "--top", 2, "--findings").returncode == 0
    frame = pd.read_csv(source)
    table = classifier.table(frame["text"], frame["id"], top=2, findings=True)
    assert table.equals(pq.read_table(tmp_path / "out.parquet"))


def test_an_empty_column_gives_an_empty_table_with_all_fields(classifier: Classifier) -> None:
    assert classifier.table([], top=2).schema == classifier.table(["legs"], top=2).schema


def test_an_explanation_is_the_record_of_the_command(classifier: Classifier) -> None:
    text = "calves seize up at 3am since I take the cholesterol pill"
    assert json.loads(json.dumps(classifier.explain(text))) == json.loads(legcause("explain", text, "--format", "jsonl", "--top", 3).stdout)


BAD: dict[str, tuple[Any, str]] = {
    "None": (["legs", None], "row 2: the text is missing"),
    "NaN": (pd.Series(["legs", float("nan")], dtype=object), "row 2: the text is missing"),
    "NA": (pd.Series(["legs", pd.NA], dtype="string"), "row 2: the text is missing"),
    "Arrow null": (pa.array(["legs", None]), "row 2: the text is missing"),
    "numbers": ([1], "row 1: not a text but int"),
    "bytes": ([b"legs"], "row 1: not a text but bytes"),
    "a data frame": (pd.DataFrame({"text": ["legs"]}), "name the one of the texts"),
    "an Arrow table": (pa.table({"text": ["legs"]}), "name the one of the texts"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_text_is_named_with_its_row(name: str, classifier: Classifier) -> None:
    texts, message = BAD[name]
    with pytest.raises(InputError, match=message):
        classifier.classify(texts)


def test_other_misuse_is_told_apart(classifier: Classifier, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 ids for 2 texts"):
        classifier.table(["a", "b"], ids=["1"])
    with pytest.raises(InputError, match="top=0"):
        classifier.classify("a", top=0)
    with pytest.raises(ModelRefused, match="no such model"):
        Classifier.load(tmp_path / "none")


@pytest.fixture
def eager_threads() -> Iterator[ThreadPoolExecutor]:
    """Threads that change places within a word."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    with ThreadPoolExecutor(4) as pool:
        yield pool
    sys.setswitchinterval(interval)


def test_threads_share_a_classifier(eager_threads: ThreadPoolExecutor) -> None:
    texts = [case["text"] for case in sayings()][::50]
    shared = Classifier.load()
    answers = list(eager_threads.map(lambda text: shared.classify(text, findings=True), texts))
    assert answers == Classifier.load().classify(texts, findings=True)


def test_threads_stem_each_its_own_word(eager_threads: ThreadPoolExecutor, model: Model) -> None:
    words = sorted(model.analyzer.lexicon.content["vocabulary"])[:4000]
    _stem.cache_clear()
    stems = list(eager_threads.map(lambda part: [stem(word) for word in part], [words[i::4] for i in range(4)]))
    _stem.cache_clear()
    assert stems == [[stem(word) for word in words[i::4]] for i in range(4)]


def test_a_program_that_uses_it_passes_strict_type_checking(tmp_path: Path) -> None:
    snippet = CASES / "api_types.py"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path), str(snippet)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"MYPYPATH": str(ROOT / "pipeline")})
    # Of the dependencies some have no types; a program that only calls legcause never sees them.
    assert [line for line in result.stdout.splitlines() if "api_types.py" in line] == []
    assert "Traceback" not in result.stderr
