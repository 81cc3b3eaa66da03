"""What most tests need: the knowledge base, the model that comes with the program, and a way to call the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from legcause.inference.assess import Assessor
from legcause.inference.model import Model, default_path
from legcause.knowledge.load import load
from legcause.knowledge.records import Knowledge
from legcause.text.lexicon import Lexicon

ROOT = Path(__file__).parent.parent
CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[dict[str, Any]]:
    """The records of a file of cases."""
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def legcause(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Runs the command line in a process of its own."""
    return subprocess.run([sys.executable, "-m", "legcause", *map(str, arguments)], capture_output=True, check=False, **options)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load(ROOT / "data" / "knowledge")


@pytest.fixture(scope="session")
def lexicon(knowledge: Knowledge) -> Lexicon:
    return Lexicon.of(knowledge.lexicon)


@pytest.fixture(scope="session")
def model() -> Model:
    return Model.load(default_path())


@pytest.fixture(scope="session")
def assessor(model: Model) -> Assessor:
    return Assessor(model)
