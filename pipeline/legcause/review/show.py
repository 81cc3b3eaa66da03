"""Gaps and choices in words, as JSON Lines and as CSV."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from typing import Any

import click

from .. import PURPOSE
from ..batch.cells import disarm
from .choose import Choices
from .gaps import Gap, Gaps

WIDTH = 80
COLUMNS = ("id", "text", "cause", "probability", "second", "urgency", "why", "label")
_CAUSES = 3  # answers named on the terminal


def gaps_text(result: Gaps) -> str:
    """The gaps for a terminal of 80 columns."""
    head = f"{result.complaints:,} complaints, {result.open:,} of them in doubt or other. "
    if result.gaps:
        head += f"{len(result.gaps):,} of {result.found:,} words and phrases that the model does not know, by how many of those they may help:"
    else:
        head += "No word or phrase that the model does not know."
    out = textwrap.wrap(head, WIDTH)
    for number, gap in enumerate(result.gaps, 1):
        out += ["", *_gap(number, gap)]
    if result.gaps:
        out += ["", *textwrap.wrap("Write a phrase with the word into the file, under [the finding], then `make train`.", WIDTH)]
    if any(gap.missed for gap in result.gaps):
        out += textwrap.wrap("This batch is large: counts are approximate; up to as many more as `missed` says with --format jsonl.", WIDTH)
    return "\n".join([*out, "", *textwrap.wrap(PURPOSE, WIDTH)])


def _gap(number: int, gap: Gap) -> list[str]:
    count = f"{gap.helped:,} of {gap.complaints:,} complaint{'s' if gap.complaints > 1 else ''}"
    name = textwrap.shorten(gap.phrase, WIDTH - 7 - len(count), placeholder="…") if len(gap.phrase) > 50 else gap.phrase
    out = [click.style(f"{number:>3}. {name:<{WIDTH - 6 - len(count)}} {count}", bold=True)]
    out += _line("answers", ", ".join(f"{cause} {n:,}" for cause, n in gap.causes[:_CAUSES]))
    where = gap.suggestion
    if where.spelling:
        out += _line("spelling", f"close to “{where.spelling}”")
    for place, head in zip(where.places, ("perhaps", "or"), strict=False):
        out += _line(head, f"[{place.finding}] in {place.file}, as “{place.similar}”")
    if not where.places:
        out += _line("add to", f"{where.file}; no finding is like it")
    for example in gap.examples:
        out += _line(f"{str(example.id)[:9]}", f"“{example.text}”")
    return out


def _line(head: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"     {head:<9} ", subsequent_indent=" " * 15, break_on_hyphens=False)


def gap_record(gap: Gap) -> dict[str, Any]:
    """One gap as a record."""
    return {
        "phrase": gap.phrase, "helped": gap.helped, "complaints": gap.complaints, "missed": gap.missed,
        "causes": [{"cause": cause, "complaints": n} for cause, n in gap.causes],
        "findings": [{"finding": p.finding, "similar": p.similar, "file": p.file} for p in gap.suggestion.places],
        "spelling": gap.suggestion.spelling, "file": gap.suggestion.file,
        "examples": [{"id": e.id, "text": e.text} for e in gap.examples],
    }  # fmt: skip


def gaps_jsonl(result: Gaps) -> str:
    """A record a line."""
    return "".join(json.dumps(gap_record(gap), ensure_ascii=False) + "\n" for gap in result.gaps)


def gaps_csv(result: Gaps) -> str:
    """A gap a row, one column for each example's text."""
    most = max((len(gap.examples) for gap in result.gaps), default=0)
    names = ["phrase", "helped", "complaints", "missed", "causes", "finding", "similar", "spelling", "file"]
    rows = []
    for gap in result.gaps:
        where = gap.suggestion
        first = where.places[0] if where.places else None
        causes = "; ".join(f"{cause} {n}" for cause, n in gap.causes)
        row = [
            gap.phrase,
            gap.helped,
            gap.complaints,
            gap.missed,
            causes,
            first.finding if first else "",
            first.similar if first else "",
            where.spelling,
            where.file,
        ]
        rows.append([*row, *(e.text for e in gap.examples), *[""] * (most - len(gap.examples))])
    return _csv([*names, *(f"example_{n}" for n in range(1, most + 1))], rows)


def choices_csv(result: Choices) -> str:
    """The columns of COLUMNS; `label` is empty, to be filled in."""
    rows = []
    for choice in result.chosen:
        item = choice.judged
        rows.append([item.id, choice.text, item.cause, round(item.probability, 6), item.second, item.urgency, choice.why, ""])
    return _csv(COLUMNS, rows)


def _csv(header: Any, rows: list[list[Any]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows([disarm(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return file.getvalue()
