"""Cells of a CSV that a spreadsheet would take for a formula (OWASP, "CSV Injection"): made harmless, and back."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def disarm(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it."""
    return "'" + cell if cell.startswith(FORMULA) else cell


def rearm(cell: str) -> str:
    """What `disarm` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
