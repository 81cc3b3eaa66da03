"""Machine code and tables that are kept in files, and the call of kernels without the compiler."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from legcause.compiled import kept, machine, tables
from legcause.compiled.layout import SLOT
from legcause.compiled.words import enter
from legcause.inference.assess import Assessor


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "legcause"


def test_what_is_kept_is_read_again(cache: Path) -> None:
    assert kept.read("a.code") is None
    kept.keep("a.code", b"content")
    assert kept.read("a.code") == b"content"
    assert [path.name for path in cache.iterdir()] == ["a.code"]


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: raw[:2], lambda raw: raw[:-1] + b"!", lambda _: b""])
def test_a_damaged_file_is_as_if_it_were_not_there(damage, cache: Path) -> None:  # type: ignore[no-untyped-def]
    kept.keep("a.code", b"content")
    (cache / "a.code").write_bytes(damage((cache / "a.code").read_bytes()))
    assert kept.read("a.code") is None


def test_the_oldest_files_of_an_ending_are_forgotten(cache: Path) -> None:
    for i in range(8):
        kept.keep(f"{i}.tables", b"content")
        os.utime(cache / f"{i}.tables", (i, i))
    kept.keep("new.tables", b"content")
    assert {path.stem for path in cache.iterdir()} == {"new", "7", "6", "5", "4"}


def test_where_the_users_cache_cannot_be_written_files_are_kept_beside_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)
    kept.keep("beside.code", b"content")
    path = Path(kept.__file__).parent / "__pycache__" / "beside.code"
    assert kept.read("beside.code") == b"content"
    path.unlink()


def test_kept_tables_are_those_that_were_made(assessor: Assessor, cache: Path) -> None:
    made, read = tables.tables(assessor), tables.tables(assessor)
    for part in ("words", "surfaces", "flags"):
        for name, array in getattr(made, part)._asdict().items():
            np.testing.assert_array_equal(getattr(getattr(read, part), name), array, f"{part}.{name}")
    assert read.learning["known"] == made.learning["known"]
    assert len(list(cache.glob("*.tables"))) == 1


def test_another_model_has_tables_of_its_own(assessor: Assessor) -> None:
    assert kept.name("model", ".tables", assessor.model.checksum) != kept.name("model", ".tables", "another")


def test_a_kernel_takes_no_array_that_is_not_in_one_piece() -> None:
    slots = np.zeros(8, np.uint8)[::2]
    with pytest.raises(ValueError, match="one piece"):
        machine.call("reading.move", slots, slots)


def test_a_kernel_is_compiled_once_and_then_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        monkeypatch.setattr(machine, "_functions", {})  # as in a new process
        slots = np.zeros(8, SLOT)
        enter(slots, [b"calf", b"an endless word that is hashed"], [7, 8])
        assert sorted(slots["number"]) == [0] * 6 + [7, 8]
    assert [path.suffix for path in cache.iterdir()] == [".code"]
