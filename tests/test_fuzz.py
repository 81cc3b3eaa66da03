"""What fuzzing found stays mended: each file in tests/cases/fuzz, named TARGET-WHAT, is an input that once crashed that target of tests.fuzz."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import CASES
from .fuzz import TARGETS, seeds

FOUND = sorted((CASES / "fuzz").iterdir())


@pytest.mark.parametrize("case", FOUND, ids=lambda path: path.name)
def test_what_once_crashed_does_so_no_more(case: Path, tmp_path: Path) -> None:
    TARGETS[case.name.split("-")[0]](tmp_path)(case.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_takes_what_it_starts_from(target: str, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    run = TARGETS[target](tmp_path)
    for seed in [*seeds(target, tmp_path / "seeds")][:60]:
        run(seed)
