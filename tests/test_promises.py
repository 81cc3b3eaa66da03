"""docs/promises.md names tests that are there."""

from __future__ import annotations

import re

from .conftest import ROOT


def test_every_test_that_the_promises_name_is_there() -> None:
    text = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
    there = {
        name
        for path in (ROOT / "tests").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert set(re.findall(r"`(test_\w+)`", text)) <= there
    rows = re.findall(r"^\| (\d+) \|.*\| (.+) \|$", text, re.MULTILINE)
    assert [int(number) for number, _ in rows] == [*range(1, 24)]
    assert all("`test_" in tests for _, tests in rows)
