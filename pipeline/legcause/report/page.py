"""What was gathered → one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from importlib import resources
from textwrap import shorten
from typing import Any

from .. import PURPOSE, __version__
from ..inference.assess import Assessor
from ..knowledge.records import URGENCIES
from .details import Details, cause_name, island
from .gather import BINS, REJECTS, Gathered
from .terminal import URGENCY

LABELS = {"emergency": "Emergency", "urgent": "Urgent", "routine": "Routine", "self_care": "Self-care"}
FIRST = 6  # complaints named above the table
SNIPPET = 160  # characters of each of them
BARS = 92  # in the picture of the days; beyond that, weeks, months, years are counted together


def page(name: str, gathered: Gathered, assessor: Assessor, texts: bool) -> bytes:
    """The page on the results called `name`, in UTF-8. Where `texts` is false no word of a complaint is in it."""
    details = Details(assessor, texts and gathered.with_texts)
    data = details.of(gathered)
    knowledge = assessor.model.knowledge
    style, script = _resource("page.css"), _resource("page.js")
    parts = {
        "policy": f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'",
        "style": style,
        "script": script,
        "data": island(data),
        "name": escape(name),
        "purpose": escape(PURPOSE),
        "version": escape(__version__),
        "threshold": f"{knowledge['confident_above']:.0%}",
        "tiles": _tiles(gathered),
        "notes": _notes(gathered, details, texts),
        "first": _first(gathered, knowledge, details.texts),
        "causes": _causes(gathered, knowledge),
        "flags": _flags(gathered, knowledge),
        "sure": _sure(gathered),
        "doubts": _doubts(gathered, knowledge),
        "days": _days(gathered) if gathered.with_days else "",
        "rejects": _rejects(gathered) if gathered.rejects is not None or gathered.unanswered else "",
        "sample": escape(_sample(gathered)),
    }
    html = re.sub(r"\{\{(\w+)\}\}", lambda m: parts[m[1]], _resource("page.html"))
    return html.encode("utf-8", "replace")  # a text may hold half a surrogate pair, which has no UTF-8


def _resource(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _share(part: int, whole: int) -> str:
    if not part or not whole:
        return "0 %"
    return "under 1 %" if part / whole < 0.01 else f"{100 * part / whole:.0f} %"


def _many(number: int, one: str, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _tiles(gathered: Gathered) -> str:
    """The four urgencies with their counts, each a button that filters the table."""
    counts = gathered.counts
    out = []
    for urgency in URGENCIES:
        n = counts.urgency(urgency)
        means = URGENCY[urgency].partition(": ")[2]
        out.append(
            f'<li><button type="button" class="tile {urgency}" data-urgency="{urgency}"><span class="count">{n:,}</span> '
            f'<span class="what">{LABELS[urgency]}</span> <span class="share">{_share(n, counts.rows)}</span> '
            f'<span class="means">{escape(means)}</span></button></li>'
        )
    return "".join(out)


def _notes(gathered: Gathered, details: Details, texts: bool) -> str:
    """What a reader must know before trusting the page."""
    notes = []
    if details.differing:
        notes.append(
            f"The model at hand answers {_many(details.differing, 'complaint')} of the table otherwise than the results do. They come from another "
            "model or mix of causes, or the complaints are not those that were classified. These complaints show no advice of a cause."
        )
    if not gathered.with_texts:
        notes.append("The complaints were not given (--complaints), so this page shows the results only: no texts, and advice for red flags alone.")
    elif not texts:
        notes.append("Made for sharing: this page holds no text of a complaint and no words from one. Ids stand in it as they came.")
    return "".join(f'<p class="note">{escape(note)}</p>' for note in notes)


def _first(gathered: Gathered, knowledge: Mapping[str, Any], texts: bool) -> str:
    """The complaints to look at before all others."""
    rows = gathered.sample.rows
    for urgency in ("emergency", "urgent"):
        there = gathered.counts.urgency(urgency)
        if there:
            break
    else:
        return '<p class="quiet">No complaint is an emergency or urgent.</p>'
    chosen = sorted((r for r in rows if r[1].result.urgency == urgency), key=lambda r: (-len(r[1].result.red_flags), r[0]))[:FIRST]
    items = []
    for number, row in chosen:
        flags = [str(knowledge["red_flags"][flag]["name"]) for flag in row.result.red_flags]
        why = "; ".join(flags) or cause_name(knowledge, row.result.cause)
        text = shorten((row.text or "")[: 4 * SNIPPET], SNIPPET, placeholder=" …") if texts else ""
        items.append(
            f'<li><a href="#table" data-row="{number}">{escape(why)}</a> <bdi class="id">{escape(str(row.result.id))}</bdi>'
            + (f'<p class="snippet" dir="auto">{escape(text)}</p>' if text else "")
            + "</li>"
        )
    if there > len(items):
        items.append(f'<li class="all"><a href="#table" data-urgency="{urgency}">All {LABELS[urgency].lower()} complaints in the table</a></li>')
    return f'<ul class="first {urgency}">{"".join(items)}</ul>'


def _bar(parts: Iterable[tuple[str, int]], scale: int) -> str:
    """A bar of coloured parts; its numbers stand beside it in words."""
    at, out = 0.0, []
    for name, n in parts:
        width = 100 * n / max(scale, 1)
        if n:
            out.append(f'<rect class="{name}" x="{at:.3f}%" width="{width:.3f}%" height="100%"/>')
        at += width
    return f'<svg class="bar" aria-hidden="true">{"".join(out)}</svg>'


def _causes(gathered: Gathered, knowledge: Mapping[str, Any]) -> str:
    counts = gathered.counts
    totals: Counter[str] = Counter()
    for (cause, _), n in counts.causes.items():
        totals[cause] += n
    most = max(totals.values(), default=0)
    out = []
    for cause, total in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        split = [(urgency, counts.causes[cause, urgency]) for urgency in URGENCIES]
        words = ", ".join(f"{n:,} {LABELS[urgency].lower()}" for urgency, n in split if n)
        out.append(
            f'<li><button type="button" class="plain" data-cause="{escape(cause)}">{escape(cause_name(knowledge, cause))}</button>'
            f'<span class="number">{total:,} <small>{_share(total, counts.rows)}</small></span>{_bar(split, most)}'
            f'<span class="hidden">{words}</span></li>'
        )
    return f'<ul class="bars">{"".join(out)}</ul>'


def _flags(gathered: Gathered, knowledge: Mapping[str, Any]) -> str:
    counts = gathered.counts.flags
    if not counts:
        return '<p class="quiet">No red flag was raised.</p>'
    flags = knowledge["red_flags"]
    out = []
    for name, n in sorted(counts.items(), key=lambda item: (URGENCIES.index(flags[item[0]]["urgency"]), -item[1], item[0])):
        urgency = flags[name]["urgency"]
        out.append(
            f'<li><button type="button" class="plain" data-flag="{escape(name)}">{escape(flags[name]["name"])}</button>'
            f'<span class="number">{n:,} <small>{LABELS[urgency].lower()}</small></span>{_bar([(urgency, n)], max(counts.values()))}</li>'
        )
    return f'<ul class="bars">{"".join(out)}</ul>'


def _columns(columns: Sequence[tuple[str, Sequence[tuple[str, int]]]], labels: Sequence[str], heads: Sequence[str], says: str) -> str:
    """Upright bars of stacked parts (label, [(class, count)]), labels below, and the figures in a table that unfolds."""
    most = max((sum(n for _, n in parts) for _, parts in columns), default=0) or 1
    slot = 100 / max(len(columns), 1)
    out, rows = [], []
    for i, (label, parts) in enumerate(columns):
        at = 100.0
        for name, n in parts:
            height = 100 * n / most
            at -= height
            if n:
                out.append(f'<rect class="{name}" x="{(i + 0.08) * slot:.3f}%" y="{at:.3f}%" width="{slot * 0.84:.3f}%" height="{height:.3f}%"/>')
        rows.append(f'<tr><th scope="row">{escape(label)}</th>' + "".join(f"<td>{n:,}</td>" for _, n in parts) + "</tr>")
    ticks = "".join(f"<span>{escape(label)}</span>" for label in labels)
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    return (
        f'<figure class="chart"><p class="top" aria-hidden="true">{most:,}</p><svg role="img" aria-label="{escape(says)}">{"".join(out)}</svg>'
        f'<p class="ticks" aria-hidden="true">{ticks}</p></figure><details class="figures"><summary>Figures</summary>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(says)}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _sure(gathered: Gathered) -> str:
    bins = gathered.counts.bins
    columns = [(f"{i * 100 // BINS}–{(i + 1) * 100 // BINS} %", [("doubtful", bins[i, False]), ("sure", bins[i, True])]) for i in range(BINS)]
    says = "Complaints by the probability of their first cause"
    return _columns(columns, ["0 %", "25 %", "50 %", "75 %", "100 %"], ["Probability", "Doubtful", "Confident"], says)


def _doubts(gathered: Gathered, knowledge: Mapping[str, Any]) -> str:
    counts = gathered.counts
    if not counts.doubtful:
        return "<p>No answer is in doubt.</p>"
    most = ", ".join(f"{escape(cause_name(knowledge, cause))} ({n:,})" for cause, n in counts.doubts.most_common(4))
    verb = "answer is" if counts.doubtful == 1 else "answers are"
    return (
        f"<p><strong>{counts.doubtful:,} {verb} in doubt</strong> ({_share(counts.doubtful, counts.rows)}): a person should read these complaints. "
        f'Most often the first cause was {most}.</p><p><button type="button" data-doubtful="1">Show the doubtful ones</button></p>'
    )


def _period(day: date, unit: str) -> date:
    """The first day of the day's week, month or year."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[unit]


def _next(day: date, unit: str) -> date:
    return day + timedelta(days=1) if unit == "day" else _period(day + timedelta(days={"week": 7, "month": 31, "year": 366}[unit]), unit)


def _days(gathered: Gathered) -> str:
    counts = gathered.counts
    undated = f"<p>{_many(counts.undated, 'complaint has', 'complaints have')} no date of the form 2026-03-31.</p>" if counts.undated else ""
    days = sorted({day for day, _ in counts.days})
    if not days:
        return f'<section class="card wide"><h2>By day</h2>{undated}</section>'
    units = {"day": 1, "week": 7, "month": 30, "year": 365}
    unit = next((u for u, length in units.items() if (days[-1] - days[0]).days / length < BARS), "year")
    sums: Counter[tuple[date, str]] = Counter()
    for (day, urgency), n in counts.days.items():
        sums[_period(day, unit), urgency] += n
    at, columns = _period(days[0], unit), []
    while at <= days[-1]:
        columns.append((at.isoformat(), [(urgency, sums[at, urgency]) for urgency in URGENCIES]))
        at = _next(at, unit)
    ends = [columns[0][0], columns[-1][0]] if len(columns) > 1 else [columns[0][0]]
    chart = _columns(columns, ends, [unit.capitalize(), *LABELS.values()], f"Complaints by {unit}")
    return f'<section class="card wide"><h2>By {unit}</h2>{chart}{undated}</section>'


def _rejects(gathered: Gathered) -> str:
    out = []
    if gathered.rejects:
        reasons = "".join(f"<li>{escape(reason)} <strong>{n:,}</strong></li>" for reason, n in gathered.reasons.most_common(20))
        shown = f"The first {REJECTS}" if gathered.rejects > REJECTS else "All of them"
        rows = "".join(
            f"<tr><td>{escape(r.source)}</td><td>{escape(r.row)}</td><td><bdi>{escape(r.id)}</bdi></td><td>{escape(r.reason)}</td></tr>"
            for r in gathered.first_rejects
        )
        out.append(
            f"<p>{_many(gathered.rejects, 'row')} could not be classified and stand in no count above.</p><ul>{reasons}</ul>"
            f'<details class="figures"><summary>{shown}</summary><div class="scroll" tabindex="0" role="region" aria-label="Rejected rows"><table>'
            '<thead><tr><th scope="col">File</th><th scope="col">Row</th><th scope="col">Id</th><th scope="col">Reason</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div></details>"
        )
    elif gathered.rejects == 0:
        out.append("<p>No row was rejected.</p>")
    if gathered.unanswered:
        verb = "has" if gathered.unanswered == 1 else "have"
        out.append(f"<p>{_many(gathered.unanswered, 'complaint')} of the files {verb} no result.</p>")
    return f'<section class="card wide" id="rejects"><h2>Rejected rows</h2>{"".join(out)}</section>'


def _sample(gathered: Gathered) -> str:
    """Which complaints are in the table, in words."""
    sample, rows = gathered.sample, gathered.counts.rows
    if len(sample.rows) == rows:
        return f"All {_many(rows, 'complaint')} are in this table." if rows != 1 else "The one complaint is in this table."
    words = {
        "emergency": ("emergency", "emergencies"),
        "urgent": ("urgent one", "urgent ones"),
        "doubtful": ("doubtful one", "doubtful ones"),
        "rest": ("other, spread over the causes", "others, spread over the causes"),
    }
    said = []
    for name, names in words.items():
        taken, there = sample.taken[name], sample.there[name]
        if there:
            whole = f"all {_many(there, *names)}" if taken == there and there > 1 else f"{taken:,} of {_many(there, *names)}"
            said.append(whole)
    return (
        f"The counts above are of all {rows:,} complaints. This table holds a sample of {len(sample.rows):,}: {'; '.join(said)}. "
        "Search, filters and sorting see these alone."
    )
