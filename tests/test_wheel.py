"""The package that people install: built, installed into environments of its own outside the repository, and used there (`make test-wheel`)."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import zipfile
from contextlib import suppress
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from .conftest import ROOT, legcause

pytestmark = pytest.mark.wheel
MAX_BYTES = 10_000_000
CORE = {"click", "numpy", "pyarrow", "safetensors", "pystemmer"}


def uv(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "uv", *map(str, arguments)], check=True, capture_output=True, text=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is made from the sdist, which is made from the repository."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--quiet", "--out-dir", folder, ROOT)
    return next(folder.glob("*.whl"))


def content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def requirements(path: Path, extra: str = "") -> list[str]:
    """What the wheel needs without any extra, or what an extra adds."""
    metadata = next(raw for name, raw in content(path).items() if name.endswith(".dist-info/METADATA"))
    lines = HeaderParser().parsestr(metadata.decode()).get_all("Requires-Dist") or []
    wanted = f"extra == '{extra}'" if extra else ""
    return [line.split(";")[0] for line in lines if line.partition(";")[2].strip() == wanted]


def test_the_sdist_builds_the_wheel_that_the_repository_builds(wheel: Path, tmp_path: Path) -> None:
    uv("build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT)
    assert content(next(tmp_path.glob("*.whl"))) == content(wheel)


def test_the_wheel_holds_model_knowledge_base_and_types_and_is_small(wheel: Path) -> None:
    names = set(content(wheel))
    assert {"legcause/py.typed", "legcause/model/legcause.safetensors", "legcause/knowledge_base/red_flags.toml"} <= names
    knowledge = {str(path.relative_to(ROOT / "data" / "knowledge")) for path in (ROOT / "data" / "knowledge").rglob("*.toml")}
    assert {name.removeprefix("legcause/knowledge_base/") for name in names if name.startswith("legcause/knowledge_base/")} == knowledge
    assert {name.split("/")[0] for name in names} == {"legcause", next(n.split("/")[0] for n in names if ".dist-info/" in n)}
    assert wheel.stat().st_size < MAX_BYTES


def test_the_core_has_few_dependencies(wheel: Path) -> None:
    assert {re.split("[<>=!~]", line)[0].strip() for line in requirements(wheel)} == CORE


@pytest.fixture(scope="module", params=["lowest-direct", "highest"])
def home(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and its extra `fast`, on the lowest declared versions of its dependencies, and on the newest."""
    folder = tmp_path_factory.mktemp(request.param)
    needs = folder / "requirements.txt"
    needs.write_text("\n".join([*requirements(wheel), *requirements(wheel, "fast")]))
    uv("venv", "--quiet", "--python", sys.executable, folder / "venv")
    uv("pip", "install", "--quiet", "--python", folder / "venv", "--resolution", request.param, "--requirements", needs, wheel)
    return folder


def run(home: Path, *arguments: object, cwd: Path = Path("/"), program: str = "legcause", **variables: str) -> subprocess.CompletedProcess[str]:
    environment: dict[str, Any] = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")} | variables
    command = [str(home / "venv" / "bin" / program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)


def test_the_command_works_from_the_root_folder_and_leaves_nothing_there(home: Path) -> None:
    before = set(os.listdir("/"))
    assert run(home, "--version").stdout.startswith("legcause, version")
    text = "my left calf is swollen and hot since the flight"
    explained = run(home, "explain", text, "--format", "jsonl")
    assert explained.returncode == 0, explained.stderr
    assert json.loads(explained.stdout)["cause"] == json.loads(legcause("explain", text, "--format", "jsonl").stdout)["cause"] == "thrombosis"
    assert "gout" in run(home, "causes").stdout
    assert set(os.listdir("/")) == before


def test_files_get_the_answers_that_the_repository_gives(home: Path, tmp_path: Path) -> None:
    sources = [ROOT / "examples" / name for name in ("complaints.txt", "complaints.csv", "complaints.jsonl", "complaints.parquet", "letters")]
    result = run(home, "classify", *sources)
    assert result.returncode == 0, result.stderr
    ours = [json.loads(line) for line in legcause("classify", *sources).stdout.splitlines()]
    theirs = [json.loads(line) for line in result.stdout.splitlines()]
    for key in ("id", "cause", "icd10", "confident", "urgency", "red_flags"):
        assert [r[key] for r in theirs] == [r[key] for r in ours]
    # The order of additions differs between versions of numpy: the last decimals are not held to be the same.
    assert [r["probability"] for r in theirs] == pytest.approx([r["probability"] for r in ours], abs=2e-6)
    for kind in ("csv", "parquet"):
        assert run(home, "classify", *sources, "-o", tmp_path / f"out.{kind}").returncode == 0
    assert pq.read_metadata(tmp_path / "out.parquet").num_rows == len(ours)


def test_the_knowledge_base_inside_serves_the_commands_that_read_one(home: Path, tmp_path: Path) -> None:
    result = run(home, "generate", "--rows", 2, "-o", tmp_path / "data.parquet", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert pq.read_metadata(tmp_path / "data.parquet").num_rows > 1000
    assert "gout" in run(home, "causes", "--language", cwd=tmp_path).stdout


def on_terminal(home: Path, *arguments: object, **variables: str) -> str:
    """What the command says on a terminal; it must end well."""
    terminal, end = pty.openpty()
    command = [str(home / "venv" / "bin" / "legcause"), *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=end, cwd="/", env=os.environ | variables)
    os.close(end)
    said = b""
    with suppress(OSError):  # how Linux says that the other end is closed
        while part := os.read(terminal, 4096):
            said += part
    os.close(terminal)
    assert process.wait() == 0, said
    return said.decode()


def test_a_big_batch_compiles_once_says_so_and_answers_as_the_repository_does(home: Path, tmp_path: Path) -> None:
    source, cache = tmp_path / "many.txt", str(tmp_path / "cache")
    source.write_text("".join(f"{line} {i}\n" for i in range(1000) for line in (ROOT / "examples" / "complaints.txt").read_text().splitlines()[:5]))
    assert "compiling" in on_terminal(home, "classify", source, "-o", tmp_path / "first.csv", XDG_CACHE_HOME=cache)
    assert "compiling" not in on_terminal(home, "classify", source, "-o", tmp_path / "again.csv", XDG_CACHE_HOME=cache)
    assert legcause("classify", source, "-o", tmp_path / "ours.csv").returncode == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "first.csv").read_bytes()
    theirs, ours = (pcsv.read_csv(tmp_path / name) for name in ("again.csv", "ours.csv"))
    assert len(ours) == 5000
    for key in ("id", "cause", "confident", "urgency", "red_flags"):
        assert theirs[key] == ours[key]


def test_a_big_batch_works_where_nothing_can_be_kept(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "many.txt"
    source.write_text("my left calf is swollen and hot since the flight\n" * 5000)
    beside = next((home / "venv").rglob("legcause/compiled")) / "__pycache__"
    shutil.rmtree(beside, ignore_errors=True)
    beside.write_text("a file, where a folder would be")
    result = run(home, "classify", source, "-o", tmp_path / "out.csv", XDG_CACHE_HOME=os.devnull)
    beside.unlink()
    assert result.returncode == 0, result.stderr
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 5001


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands(shell: str, home: Path) -> None:
    assert "_LEGCAUSE_COMPLETE" in run(home, _LEGCAUSE_COMPLETE=f"{shell}_source").stdout
    completed = run(home, _LEGCAUSE_COMPLETE=f"{shell}_complete", COMP_WORDS="legcause cl", COMP_CWORD="cl" if shell == "fish" else "1")
    assert "classify" in completed.stdout


def test_programs_can_import_the_classifier_with_its_types(home: Path) -> None:
    code = "import legcause, pathlib; assert (pathlib.Path(legcause.__file__).parent / 'py.typed').exists(); "
    code += "print(legcause.Classifier.load().classify('cramps in both calves at night').cause)"
    assert run(home, "-c", code, program="python").stdout == "mineral_deficiency\n"
