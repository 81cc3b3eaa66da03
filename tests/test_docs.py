"""The documentation cannot drift from the program."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from legcause.knowledge.records import Knowledge

from .conftest import ROOT


def test_the_generated_parts_of_the_documentation_are_up_to_date() -> None:
    result = subprocess.run([sys.executable, "docs/update.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{result.stdout}{result.stderr} run `make docs`"


def test_every_make_target_that_the_documentation_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        named = re.findall(r"(?:`|^)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(named) <= targets, path.name


def test_every_link_in_the_documentation_leads_somewhere() -> None:
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


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
