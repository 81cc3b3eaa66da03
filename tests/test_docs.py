"""The documentation cannot drift from the program."""

from __future__ import annotations

import csv
import gzip
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from legcause.cli import cli
from legcause.inference.model import default_path
from legcause.knowledge.load import load
from legcause.knowledge.records import Knowledge

from .conftest import ROOT, legcause

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Commands that take minutes, or a machine with Java: by their beginnings, with the test that runs the like.
ELSEWHERE = {
    "legcause train": "test_a_cause_added_as_toml_is_trained_and_answered",
    "legcause generate": "test_a_cause_added_as_toml_is_trained_and_answered",
    "legcause evaluate review.csv --cross-validate": "test_cross_validation_scores_them_and_points_out_the_wrong_label",
    "legcause spark": "test_the_command_writes_the_columns_of_the_input_and_the_answers",
}


def blocks(kind: str) -> list[str]:
    """What stands in the fenced blocks of a kind on all pages; generated sessions and help are `text`."""
    return [
        block for path in PAGES for block in re.findall(rf"^ *```{kind}\n(.*?)^ *```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    ]


def commands() -> list[str]:
    """Every command that a page or the help tells to type, once."""
    lines = [re.split(r"(?:^|  )#", line)[0].strip() for block in blocks("sh") for line in block.splitlines()]
    lines += [line.strip() for block in blocks("text") if " --help\n" in block for line in block.splitlines() if line.startswith("  legcause ")]
    return list(dict.fromkeys(line for line in lines if line and "COMMAND" not in line))


MAKE = [command for command in commands() if re.match(r"(\w+=\S+ )?make ", command)]
TYPED = [command for command in commands() if command not in MAKE]
ALSO = [command for command in TYPED if command.startswith(tuple(ELSEWHERE))]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file that a command of the documentation reads."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "bin").mkdir()
    (folder / "bin" / "legcause").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m legcause "$@"\n')
    (folder / "bin" / "legcause").chmod(0o755)
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "letters").symlink_to(ROOT / "examples" / "letters")
    (folder / "back_models").mkdir()
    (folder / "back_models" / "legcause.safetensors").symlink_to(default_path())
    with (ROOT / "examples" / "new_speech.csv").open(encoding="utf-8", newline="") as file:
        rows = [row | {"date": "2026-03-31"} for row in csv.DictReader(file)]
    for name in ("complaints.csv", "labelled.csv", "review.csv"):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    (folder / "big.csv.gz").write_bytes(gzip.compress((folder / "complaints.csv").read_bytes()))
    shutil.copy(ROOT / "examples" / "complaints.txt", folder)
    for name in ("results.csv", "results.jsonl"):
        assert legcause("classify", folder / "complaints.csv", "-o", folder / name).returncode == 0
    return folder


@pytest.mark.parametrize("command", [command for command in TYPED if command not in ALSO])
def test_a_command_of_the_documentation_runs(command: str, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path, symlinks=True, dirs_exist_ok=True)
    (tmp_path / ".config" / "fish" / "completions").mkdir(parents=True)
    for name in re.findall(r"-o (\S+)", command):
        (tmp_path / name).unlink(missing_ok=True)
    environment = os.environ | {"HOME": str(tmp_path), "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    result = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("command", ALSO)
def test_a_command_that_runs_for_minutes_is_run_by_a_test_and_its_options_are_there(command: str) -> None:
    test = next(test for beginning, test in ELSEWHERE.items() if command.startswith(beginning))
    assert any(f"def {test}(" in path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    there = {option for parameter in cli.commands[command.split()[1]].params for option in parameter.opts}
    assert {word for word in command.split() if word.startswith("-")} <= there


# `make -n` says what it would do and does nothing: most targets take minutes. What CI runs of them stands in .ci/run.
@pytest.mark.parametrize("command", MAKE)
def test_make_knows_what_to_do_for_a_command_of_the_documentation(command: str) -> None:
    result = subprocess.run(["bash", "-c", command.replace("make", "make -n", 1)], capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 0, result.stderr


def test_every_option_that_a_page_names_is_there() -> None:
    there = {option for command in cli.commands.values() for parameter in command.params for option in parameter.opts} | {"--help", "--version"}
    for path in PAGES:
        named = re.findall(r"(?<![\w-])--[a-z][a-z-]+", re.sub(r"<!--.*?-->", "", path.read_text(encoding="utf-8")))
        assert set(named) <= there, path.name


def test_the_line_of_python_in_the_readme_runs() -> None:
    (line,) = re.findall(r"`(from legcause import [^`]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    subprocess.run([sys.executable, "-c", line], check=True)


def test_every_extra_that_a_page_names_is_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for path in PAGES:
        assert set(re.findall(r"pip install 'legcause\[(\w+)\]'", path.read_text(encoding="utf-8"))) <= set(extras), path.name


def test_the_toml_of_the_page_on_the_knowledge_base_is_what_it_takes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "knowledge.md").read_text(encoding="utf-8")
    _, finding, pattern, likelihood, danger = re.findall(r"^ *```toml\n(.*?)^ *```$", page, re.MULTILINE | re.DOTALL)
    folder = tmp_path / "knowledge"
    shutil.copytree(ROOT / "data" / "knowledge", folder)
    (folder / "findings" / "new.toml").write_text(finding)
    (folder / "patterns" / "new.toml").write_text(pattern)
    (folder / "dangers" / "new.toml").write_text(danger)
    cause = folder / "causes" / "flat_feet.toml"
    cause.write_text(cause.read_text().replace("[findings]\n", likelihood))
    knowledge = load(folder)
    assert knowledge.causes["flat_feet"].findings["toe_walking"] == 0.05
    assert tomllib.loads(danger)["dangers"]["deep_vein_thrombosis"][0] in knowledge.dangers["deep_vein_thrombosis"]


def test_the_generated_parts_of_the_documentation_are_up_to_date() -> None:
    result = subprocess.run([sys.executable, "docs/update.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{result.stdout}{result.stderr} run `make docs`"


def test_every_make_target_that_the_documentation_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in PAGES:
        named = re.findall(r"(?:`|^)(?:\w+=\S+ )?make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(named) <= targets, path.name


def test_every_program_that_a_page_names_is_there() -> None:
    for path in PAGES:
        for name in re.findall(r"(?:python |`)((?:benchmarks|tests|examples)/[\w/]+\.py)`", path.read_text(encoding="utf-8")):
            assert (ROOT / name).is_file(), f"{path.name}: {name}"


def test_every_link_in_the_documentation_leads_somewhere() -> None:
    for path in PAGES:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_the_readme_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(docs/([\w-]+\.md)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} <= linked


def test_every_test_file_that_a_page_names_is_there() -> None:
    there = {path.name for path in (ROOT / "tests").glob("test_*.py")}
    for path in PAGES:
        assert set(re.findall(r"test_\w+\.py", path.read_text(encoding="utf-8"))) <= there, path.name


def _runs(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", ""))
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


@pytest.mark.parametrize("name", ["complaints.jsonl", "suites.jsonl"])
def test_no_line_of_the_knowledge_base_shares_eight_words_in_a_row_with_a_test_complaint(name: str, knowledge: Knowledge) -> None:
    tested = _runs((ROOT / "data" / "challenge" / name).read_text(encoding="utf-8"), 8)
    lines = [line for group in knowledge.complaints for line in group.complaints]
    lines += [line for texts in knowledge.dangers.values() for line in texts]
    lines += [line for finding in knowledge.findings.values() for phrases in finding.phrases.values() for line in phrases]
    assert [line for line in lines if tested & _runs(line, 8)] == []
