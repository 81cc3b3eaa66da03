"""What most tests need: the knowledge base, the model that comes with the program, and a way to call the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from legcause.inference.assess import Assessor
from legcause.inference.model import Model, default_path
from legcause.knowledge.load import load
from legcause.knowledge.records import Knowledge
from legcause.text import analyzer, tokens
from legcause.text.lexicon import Lexicon

# How long an example may take is not for a test to say: machines are shared.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

ROOT = Path(__file__).parent.parent
CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[dict[str, Any]]:
    """The records of a file of cases."""
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def sayings() -> list[dict[str, Any]]:
    """What the knowledge base holds of dangers and look-alikes: text, and flags (none of a look-alike)."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "data" / "knowledge" / "dangers").glob("*.toml"))]
    rows = [(text, [flag]) for table in tables for flag, texts in table.get("dangers", {}).items() for text in texts]
    rows += [(text, []) for table in tables for texts in table.get("look_alikes", {}).values() for text in texts]
    return [{"text": text, "flags": flags} for text, flags in rows]


def legcause(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Runs the command line in a process of its own."""
    return subprocess.run([sys.executable, "-m", "legcause", *map(str, arguments)], capture_output=True, check=False, **options)


# A cause more, as somebody would add it.
BACK = """id = "tailbone"
name = "bruised tailbone"
icd10 = "S30.0"
article = [1]
urgency = "routine"
summary = "A test cause."
source = "general"
[findings]
low_back_pain = 0.5
worse_sitting = 0.4
""" + "".join(f'[[advice]]\nkind = "{kind}"\ntext = "Tailbone {kind}."\nsource = "general"\n' for kind in ("test", "see", "home", "avoid", "urgent"))


@pytest.fixture(scope="session", autouse=True)
def nothing_kept() -> None:
    """What the unchanged code has answered would hide a change from the sessions of `make mutation`, which are forks of one process."""
    tokens._kept_form.cache_clear()
    analyzer._stem.cache_clear()


@cache  # it takes seconds, and `make mutation` has a session a mutant, all of them forked from one process
def knowledge_base() -> Knowledge:
    return load(ROOT / "data" / "knowledge")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return knowledge_base()


@pytest.fixture(scope="session")
def lexicon(knowledge: Knowledge) -> Lexicon:
    return Lexicon.of(knowledge.lexicon)


@pytest.fixture(scope="session")
def model() -> Model:
    return Model.load(default_path())


@pytest.fixture(scope="session")
def assessor(model: Model) -> Assessor:
    return Assessor(model)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole chain on a copy of the knowledge base with a cause more, small."""
    folder = tmp_path_factory.mktemp("chain")
    shutil.copytree(ROOT / "data" / "knowledge", folder / "knowledge")
    (folder / "knowledge" / "causes" / "tailbone.toml").write_text(BACK)
    lines = [
        f"my tailbone hurts when I sit on {thing} after I sat down hard on my coccyx"
        for thing in ("a chair", "the bench", "my bike", "stone", "a stool")
    ]
    (folder / "knowledge" / "complaints" / "tailbone.toml").write_text(f'label = "tailbone"\ncomplaints = {json.dumps(lines)}\n')
    shares = folder / "knowledge" / "shares.toml"
    shares.write_text(shares.read_text().replace("[share]\n", "[share]\ntailbone = 0.03\n"))
    (folder / "challenge").mkdir()
    for name in ("complaints.jsonl", "suites.jsonl", "red_flags.jsonl"):
        some = (ROOT / "data" / "challenge" / name).read_text().splitlines()[::12]
        (folder / "challenge" / name).write_text("\n".join(some) + "\n")
    made = legcause("generate", "--knowledge", folder / "knowledge", "-o", folder / "data.parquet", "--rows", 40)
    assert made.returncode == 0, made.stderr
    options = ["--knowledge", folder / "knowledge", "--data", folder / "data.parquet", "--challenge", folder / "challenge", "-o", folder / "models"]
    result = legcause("train", *options)
    assert result.returncode == 0, result.stderr
    return folder
