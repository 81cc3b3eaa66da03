"""The complaints of a sample, explained, as the JSON that the page's script reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..inference.advice import advise
from ..inference.assess import Assessor
from ..inference.explain import explain
from ..knowledge.records import OTHER
from .gather import Gathered, Row
from .terminal import HEADINGS, STATUS, WORDS


class _Strings:
    """Strings that many complaints share, each kept once and named by its number."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, ...], int] = {}

    def number(self, *string: str) -> int:
        return self.numbers.setdefault(string, len(self.numbers))


class Details:
    """Makes the rows of a page. Without `texts`, nothing in them is a word of a complaint."""

    def __init__(self, assessor: Assessor, texts: bool) -> None:
        self.assessor, self.texts = assessor, texts
        self.knowledge: Mapping[str, Any] = assessor.model.knowledge
        self.differing = 0  # rows that this model answers otherwise than the results do
        self._advice, self._findings = _Strings(), _Strings()

    def of(self, gathered: Gathered) -> dict[str, Any]:
        """What the script reads: the rows, and the names that they refer to."""
        rows = [self._row(number, row) for number, row in gathered.sample.rows]
        flags = {name: {"name": flag["name"], "urgency": flag["urgency"]} for name, flag in self.knowledge["red_flags"].items()}
        return {
            "rows": rows,
            "texts": self.texts,
            "causes": {name: cause_name(self.knowledge, name) for name in self.assessor.model.labels},
            "flags": flags,
            "findings": [name for (name,) in self._findings.numbers],
            "advice": [list(item) for item in self._advice.numbers],
            "headings": HEADINGS,
            "statuses": STATUS,
        }

    def _row(self, number: int, row: Row) -> dict[str, Any]:
        """One row; its short keys are explained at the head of page.js."""
        result = row.result
        out: dict[str, Any] = {
            "n": number, "i": str(result.id), "c": result.cause, "p": round(result.probability, 3), "k": int(result.confident), "u": result.urgency,
            "f": result.red_flags, "a": [[c.cause, round(c.probability, 3)] for c in result.candidates],
        }  # fmt: skip
        findings: Sequence[Mapping[str, Any]] = result.findings or ()
        # Without the whole complaint nobody can say what must not be advised: then only what the raised flags ask for stands here.
        advice = advise(self.knowledge, (), (), (), result.red_flags)
        if row.text is not None and not row.cut:
            explained = explain(self.assessor, row.text)
            findings = explained["findings"]
            if (explained["cause"], explained["urgency"], set(explained["red_flags"])) == (result.cause, result.urgency, set(result.red_flags)):
                advice = explained["advice"]
            else:
                self.differing += 1
                out["d"] = explained["cause"]
            if self.texts:
                out["w"] = [word["text"] for word in explained["words"] if word["weight"] > 0][:WORDS]
        if row.text is not None and self.texts:
            out["t"] = marked(row.text, [] if row.cut else findings, self.knowledge["findings"])
            out["x"] = int(row.cut)
        named = {status: list(dict.fromkeys(f["finding"] for f in findings if f["status"] == status)) for status in STATUS}
        out["s"] = {status: [self._findings.number(finding_name(self.knowledge, name)) for name in names] for status, names in named.items() if names}
        out["v"] = {kind: [self._advice.number(item["text"], item["source"]) for item in items] for kind, items in advice.items() if items}
        return out


def cause_name(knowledge: Mapping[str, Any], cause: str) -> str:
    """A label in words."""
    return "none of the causes" if cause == OTHER else str(knowledge["causes"][cause]["name"])


def finding_name(knowledge: Mapping[str, Any], finding: str) -> str:
    """A finding in words; its id where the knowledge base no longer has it."""
    return str(knowledge["findings"].get(finding, {}).get("name", finding))


def marked(text: str, findings: Sequence[Mapping[str, Any]], names: Mapping[str, Any]) -> list[list[str]]:
    """The text in pieces that join to the whole: [words] alone, or [words, status, names of the findings] where there are some.

    Where findings overlap, the longest is marked, with the names of all that lie in it and have its status."""
    taken: list[Mapping[str, Any]] = []
    for item in sorted(findings, key=lambda f: (f["start"] - f["end"], f["start"], f["status"] != "present")):
        if all(item["end"] <= t["start"] or t["end"] <= item["start"] for t in taken):
            taken.append(item)
    pieces: list[list[str]] = []
    at = 0
    for mark in sorted(taken, key=lambda f: int(f["start"])):
        start, end = mark["start"], mark["end"]
        within = [f for f in findings if start <= f["start"] and f["end"] <= end and f["status"] == mark["status"]]
        said = "; ".join(dict.fromkeys(str(names[f["finding"]]["name"]) for f in within))
        pieces += [[text[at:start]], [text[start:end], str(mark["status"]), said]]
        at = end
    return [piece for piece in [*pieces, [text[at:]]] if piece[0]]


def island(content: Mapping[str, Any]) -> str:
    """JSON that can stand in a <script> element: no text in it can end the element or open another."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
