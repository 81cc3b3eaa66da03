"""Imports go one way."""

from __future__ import annotations

import ast
from pathlib import Path

from .conftest import ROOT

PACKAGE = ROOT / "pipeline" / "legcause"
# Each part may import itself and those that stand to its left here, but batch, report, review, training and synthesis not one another, save as allowed.
ORDER = ["errors", "text", "knowledge", "inference", "spacy", "compiled", "side", "api", "estimator", "spark", "cli", "__main__"]
SIDE = {"batch": set(), "report": {"batch"}, "review": {"batch"}, "synthesis": set(), "training": {"synthesis"}}


def imports(path: Path) -> set[str]:
    """The parts of the package that a module imports."""
    here = path.relative_to(PACKAGE).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = list(here)[: len(here) - node.level + 1] + (node.module or "").split(".")
            names = [part for part in base if part]
            found |= {names[0]} if names else {alias.name for alias in node.names}
    return found - {"__version__", "PURPOSE"}


def test_no_part_imports_one_that_uses_it() -> None:
    for path in PACKAGE.rglob("*.py"):
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for other in imports(path) - {part}:
            if part in SIDE and other in SIDE:
                assert other in SIDE[part], f"{path}: {part} must not import {other}"
            else:
                rank = [ORDER.index("side" if name in SIDE else name) for name in (part, other) if name != "__init__"]
                assert rank == sorted(rank, reverse=True), f"{path}: {part} must not import {other}"
