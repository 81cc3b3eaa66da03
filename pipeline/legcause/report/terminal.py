"""Explanations, causes and summaries for a terminal of 80 columns."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import click

from .. import PURPOSE
from ..batch.summary import Summary
from ..knowledge.records import OTHER, URGENCIES

URGENCY = {
    "emergency": "EMERGENCY: call an ambulance or go to an emergency department now",
    "urgent": "urgent: see a doctor today",
    "routine": "routine: book an appointment",
    "self_care": "self-care: no appointment needed unless it lasts or gets worse",
}
HEADINGS = {
    "urgent": "When not to wait", "see": "Whom to see", "test": "Tests to ask for", "home": "What helps", "avoid": "What to avoid",
    "ask": "Questions that tell the causes apart",
}  # fmt: skip
STATUS = {"present": "found", "denied": "denied", "past": "past", "somebody_else": "somebody else", "hypothetical": "guessed at"}
# The colours of urgency; click.echo takes them out where the output is no terminal.
_COLOURS = {"emergency": "red", "urgent": "yellow"}
BAR = 20
WORDS = 8
ADVICE = 4  # pieces of a kind that are shown; of what is urgent or to be avoided, all


def width() -> int:
    """Columns to fill: the terminal's, at most 100 and at least 40."""
    return max(40, min(100, shutil.get_terminal_size((80, 24)).columns))


def explanation(record: Mapping[str, Any], text: str, knowledge: Mapping[str, Any]) -> str:
    """The record of `inference.explain` in words."""
    # What only red flags ask for is wide on purpose ("muscles very sore or weak"): it is of interest where it raised one.
    telling = {finding for cause in knowledge["causes"].values() for finding in cause["findings"]}
    by_rules = [flag for flag in record["red_flags"] if not record["alarm"] or flag != record["alarm"]["flag"]]
    telling |= {finding for flag in by_rules for row in knowledge["red_flags"][flag]["when"] for finding in row}
    found = [f for f in record["findings"] if f["finding"] in telling]
    out = [*_marked(text, found, knowledge["findings"]), "", *_headline(record, knowledge["confident_above"]), ""]
    for candidate in record["candidates"]:
        p = candidate["probability"]
        out.append(f"  {candidate['cause']:<20} {p:>5.0%}  {'█' * round(p * BAR):<{BAR}}  {_short(knowledge, candidate['cause'])}")
    out += ["", click.style(f"Urgency   {URGENCY[record['urgency']]}", fg=_COLOURS.get(record["urgency"]), bold=True)]
    for flag in record["red_flags"]:
        out += [click.style(line, fg="red", bold=True) for line in _wrapped("RED FLAG  ", knowledge["red_flags"][flag]["name"])]
    if record["alarm"]:
        heard = f"no rule fits, but it reads like a danger ({record['alarm']['probability']:.0%}): {_weighed(record['alarm']['words'])}"
        out += _wrapped("By sound  ", heard)
    speak_for = _weighed(record["words"])
    against = [w for w in record["words"] if w["weight"] < 0][:WORDS]
    out += _wrapped("For       ", speak_for or "no word that the model knows")
    if against:
        out += _wrapped("Against   ", ", ".join(f"{w['text']} ({w['weight']:.2f})" for w in against))
    # What a flag asks for is to be done, not a condition to wait for.
    now = [item for item in record["advice"]["urgent"] if item["cause"] in record["red_flags"]]
    advice = {"now": now} | record["advice"] | {"urgent": record["advice"]["urgent"][len(now) :]}
    for kind, heading in (("now", "What to do now"), *HEADINGS.items()):
        items = advice[kind]
        shown = items if kind in ("now", "urgent", "avoid") else _in_turns(items)[:ADVICE]
        if items:
            out += ["", click.style(heading, bold=True)]
        for item in shown:
            out += _wrapped("  - ", f"{item['text']} [{item['source']}]")
        if len(items) > len(shown):
            out.append(f"  … {len(items) - len(shown)} more with --format jsonl")
    if not any(record["advice"].values()):
        out += ["", *_wrapped("", "Nothing here points to one of the causes. If it worries you, is severe, or gets worse, see a doctor.")]
    return "\n".join([*out, "", *_wrapped("", PURPOSE)])


def _in_turns(items: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Advice of one cause after the other, so that the first few are not all of the likeliest."""
    by_cause: dict[str, list[Mapping[str, str]]] = {}
    for item in items:
        by_cause.setdefault(item["cause"], []).append(item)
    return [item for turn in zip_longest(*by_cause.values()) for item in turn if item]


def _marked(text: str, found: Sequence[Mapping[str, Any]], names: Mapping[str, Any]) -> list[str]:
    """The text with [what is present] and (what is denied, past, somebody else's or a guess), and the names of both."""
    marks: list[tuple[int, int, bool]] = []
    for item in sorted(found, key=lambda f: (f["start"], -f["end"])):
        if not marks or item["start"] >= marks[-1][1]:
            marks.append((item["start"], item["end"], item["status"] == "present"))
    parts, at = [], 0
    for start, end, present in marks:
        parts += [text[at:start], ("[{}]" if present else "({})").format(text[start:end])]
        at = end
    out = _wrapped("", " ".join("".join([*parts, text[at:]]).split()))
    there = {f["finding"] for f in found if f["status"] == "present"}
    found = [f for f in found if f["status"] == "present" or f["finding"] not in there]  # "didn't feel the blister" denies none
    for status in ("present", "denied", "past", "somebody_else", "hypothetical"):
        said = dict.fromkeys(names[f["finding"]]["name"] for f in found if f["status"] == status)
        if said:
            out += _wrapped(f"  {STATUS[status]:<14}", "; ".join(said))
    return out


def _weighed(words: Sequence[Mapping[str, Any]]) -> str:
    """The words that speak for it, the weightiest first."""
    return ", ".join(f"{w['text']} (+{w['weight']:.2f})" for w in [w for w in words if w["weight"] > 0][:WORDS])


def _headline(record: Mapping[str, Any], threshold: float) -> list[str]:
    first = f"Look at first: {record['name']} (ICD-10 {record['icd10']})" if record["icd10"] else "None of the causes stands out"
    doubt = "" if record["confident"] else f"The answer is in doubt (below {threshold:.0%}): a person should read this complaint."
    return [*(click.style(line, bold=True) for line in _wrapped("", f"{first}, {record['probability']:.0%}")), *_wrapped("", doubt)]


def _short(knowledge: Mapping[str, Any], cause: str) -> str:
    name = "none of the causes" if cause == OTHER else knowledge["causes"][cause]["name"]
    return textwrap.shorten(name, max(12, width() - 54), placeholder="…")


def _wrapped(head: str, text: str) -> list[str]:
    # textwrap's own time grows with the square of a word's length.
    room = width() - len(head)
    text = re.sub(rf"(\S{{{room}}})(?=\S)", r"\1 ", text)
    return textwrap.wrap(text, width(), initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False)


def cause(entry: Mapping[str, Any], findings: Mapping[str, Any]) -> str:
    """One cause of the knowledge base: summary, findings with likelihoods, advice."""
    out = [click.style(f"{entry['id']}: {entry['name']} (ICD-10 {entry['icd10']}), usually {entry['urgency']}", bold=True), ""]
    out += _wrapped("", f"{entry['summary']} [{entry['source']}]")
    out += ["", click.style("Findings, with how likely somebody with this cause mentions them", bold=True)]
    for name, likelihood in sorted(entry["findings"].items(), key=lambda f: (-f[1], f[0])):
        out.append(f"  {likelihood:>4.0%}  {name:<28} {textwrap.shorten(findings[name]['name'], width() - 36, placeholder='…')}")
    for kind, heading in HEADINGS.items():
        items = [a for a in entry["advice"] if a["kind"] == kind]
        if items:
            out += ["", click.style(heading, bold=True)]
            for item in items:
                out += _wrapped("  - ", f"{item['text']} [{item['source']}]")
    return "\n".join([*out, "", *_wrapped("", PURPOSE)])


def summary(result: Summary) -> str:
    """What came out of a batch."""
    if not result.rows:
        return "0 complaints"
    out = [f"{result.rows:,} complaints, {result.doubtful:,} in doubt ({result.doubtful / result.rows:.0%})"]
    if result.seconds:
        out[0] += f", in {result.seconds:,.1f} s ({result.answered / result.seconds:,.0f} a second)"
    out.append("urgency: " + ", ".join(f"{result.urgencies[u]:,} {u}" for u in URGENCIES if result.urgencies[u]))
    most = max(result.causes.values())
    for name, n in result.causes.most_common():
        out.append(f"  {name:<20} {n:>9,}  {'█' * max(1, round(n / most * BAR))}")
    return "\n".join([*out, PURPOSE])


def rejected(result: Summary, named: Sequence[str], written: Path | None) -> str:
    """How many rows could not be read, and which: `named` are the first of them, `written` the file that lists all."""
    count = f"{result.rejected:,} row{'s' if result.rejected > 1 else ''} could not be read"
    if written:
        return f"{count}: see {written}"
    more = [f"  … {result.rejected - len(named):,} more; --rejects FILE lists all"] if result.rejected > len(named) else []
    return "\n".join([f"{count}:", *(f"  {place}" for place in named), *more])
