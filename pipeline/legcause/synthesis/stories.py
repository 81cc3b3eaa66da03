"""Cause → findings, drawn by their likelihood → a story in words. One random generator a row, so that each row stands on its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..knowledge.records import OTHER, Finding, Knowledge
from ..text.context import Status
from .phrases import expand, held_out, mistype, third_person, untidy

# The share of rows that begin with a whole complaint of the knowledge base; the rest are composed of findings. Whole complaints hold turns of
# speech that no composition has; compositions hold pairings of findings that nobody wrote down.
WHOLE = "complaint"  # the shape of rows that begin with a whole complaint
WHOLE_SHARE = 0.8
WHOLE_SHARE_OTHER = 0.85
TYPO_RATES = (0.0, 0.0, 0.0, 0.03, 0.08)


@dataclass(frozen=True, slots=True)
class Story:
    """One synthetic complaint, with what was drawn for it."""

    text: str
    cause: str
    findings: tuple[tuple[str, Status], ...]
    shape: str
    register: str


class _Contrast(NamedTuple):
    """A sentence about another cause's finding, and that finding with its status."""

    text: str
    finding: tuple[str, Status]


class Storyteller:
    """Tells stories of a knowledge base with the lines that `keep` lets through (training lines, or those held out)."""

    def __init__(self, knowledge: Knowledge, keep: Callable[[str], bool]) -> None:
        self.slots = knowledge.slots
        self.pieces: Mapping[str, Sequence[str]] = knowledge.stories["pieces"]
        self.findings: dict[str, Finding] = dict(knowledge.findings)
        self._forms: dict[str, dict[str, list[str]]] = {
            name: {form: kept for form, lines in finding.phrases.items() if (kept := [line for line in lines if keep(line)])}
            for name, finding in knowledge.findings.items()
        }
        likelihoods = {cause.id: dict(cause.findings) for cause in knowledge.causes.values()}
        likelihoods[OTHER] = dict(knowledge.other_findings)
        self._likelihoods = {label: {name: p for name, p in table.items() if self._forms[name]} for label, table in likelihoods.items()}
        self._complaints: dict[str, list[list[str]]] = {}
        for group in knowledge.complaints:
            lines = [line for line in group.complaints if keep(line)]
            if lines:
                self._complaints.setdefault(group.label, []).append(lines)
        self._symptoms = {
            label: [n for n in table if self.findings[n].kind in ("symptom", "sign", "history")] for label, table in likelihoods.items()
        }

    def whole(self, label: str, rng: random.Random) -> Story | None:
        """A whole complaint, at times with a sentence about something else in front, behind, or in the middle."""
        groups = self._complaints.get(label)
        if not groups:
            return None
        group = rng.choices(groups, weights=[len(g) ** 0.7 for g in groups])[0]
        text = expand(rng.choice(group), self.slots, rng)
        findings: list[tuple[str, Status]] = []
        draw = rng.random()
        if draw < 0.14:
            text = f"{text} {self._piece(rng.choice(['filler', 'course', 'doctor', 'tried', 'ask']), rng)}"
        elif draw < 0.22:
            text = f"{self._piece(rng.choice(['greeting', 'person', 'filler']), rng)} {text}"
        elif draw < (0.52 if label == OTHER else 0.44):
            if contrast := self._contrast(label, rng):
                findings.append(contrast.finding)
                text = f"{text} {contrast.text}" if rng.random() < 0.6 else f"{contrast.text} {text}"
        elif draw < 0.52:
            for name in self._draw(label, 1, rng):
                findings.append((name, Status.PRESENT))
                text = f"{text} {self._say(name, rng)}"
        return Story(self._finish(text, rng), label, tuple(findings), WHOLE, "as_written")

    def composed(self, label: str, shape: Mapping[str, Any], rng: random.Random) -> Story | None:
        """A story of `shape` from findings drawn by their likelihood under `label`."""
        low, high = shape["findings"]
        names = self._draw(label, rng.randint(low, high), rng)
        if not names:
            return None
        queue = list(names)
        findings = [(name, Status.PRESENT) for name in names]
        more_left = sum(part.rstrip("?") == "more" for part in shape["parts"])
        out: list[str] = []
        for part in shape["parts"]:
            if part.endswith("?") and rng.random() < 0.5:
                continue
            kind = part.rstrip("?")
            if kind == "more":
                take = max(1, round(len(queue) / more_left))
                more_left -= 1
                said = [self._say(name, rng) for name in queue[:take]]
                queue = queue[take:]
                out.append(self._join(said, rng))
            elif kind == "title":
                out.append(self._title(rng.choice(names), rng))
            elif kind == "finding_noun":
                out.append(" and ".join(self._form(n, ("noun", "note", "clause"), rng) for n in names))
            elif kind == "finding_question":
                out.append(self._form(names[0], ("question", "noun"), rng))
            elif kind == "triage":
                out.append(self._triage(names, label, findings, rng))
            elif kind == "relative":
                out.append(self._relative(names, rng))
            elif kind == "list":
                out.append("\n".join(f"- {self._form(n, ('noun', 'note', 'clause'), rng)}" for n in names))
            elif kind == "context":
                if contrast := self._contrast(label, rng):
                    findings.append(contrast.finding)
                    out.append(contrast.text)
            else:
                out.append(self._piece(kind, rng))
        if rng.random() < 0.22 and shape["name"] not in ("search", "triage") and (contrast := self._contrast(label, rng)):
            findings.append(contrast.finding)
            out.insert(rng.randint(0, len(out)), contrast.text)
        text = self._finish(" ".join(out), rng)
        return Story(text, label, tuple(findings), shape["name"], shape["register"])

    def _draw(self, label: str, count: int, rng: random.Random) -> list[str]:
        table = self._likelihoods.get(label, {})
        firsts = [n for n in self._symptoms.get(label, ()) if n in table]
        if not firsts:
            return []
        chosen = [rng.choices(firsts, weights=[table[n] for n in firsts])[0]]
        rest = {n: p for n, p in table.items() if n != chosen[0]}
        while rest and len(chosen) < count:
            names = list(rest)
            name = rng.choices(names, weights=list(rest.values()))[0]
            chosen.append(name)
            del rest[name]
        rng.shuffle(chosen)
        return chosen

    def _form(self, name: str, forms: Sequence[str], rng: random.Random) -> str:
        have = self._forms[name]
        form = next((f for f in rng.sample(forms, len(forms)) if f in have), None) or rng.choice(sorted(have))
        return expand(rng.choice(have[form]), self.slots, rng)

    def _say(self, name: str, rng: random.Random) -> str:
        """One finding as a sentence of its own."""
        have = self._forms[name]
        clauses, nouns, questions = (len(have.get(form, ())) for form in ("clause", "noun", "question"))
        draw = rng.choices(
            ("clause", "noun", "question", "note"), weights=[clauses * 2 + 1e-6, nouns, questions * 0.6, len(have.get("note", ())) * 0.4 + 1e-9]
        )[0]
        if draw == "note" or (draw not in have):
            return self._form(name, ("clause", "noun", "note", "question"), rng)
        words = expand(rng.choice(have[draw]), self.slots, rng)
        if draw == "clause" and rng.random() < 0.35:
            return self._frame("clause_frames", clause=words, rng=rng)
        if draw == "noun":
            return self._frame("noun_frames", noun=words, rng=rng)
        return words if draw == "question" else words + "."

    def _frame(self, pieces: str, rng: random.Random, **words: str) -> str:
        line = rng.choice(self.pieces[pieces])
        for key, value in words.items():
            line = line.replace("{" + key + "}", value)
        return expand(line, self.slots, rng)

    def _join(self, said: list[str], rng: random.Random) -> str:
        if len(said) > 1 and rng.random() < 0.3:
            return (rng.choice([" and ", ", ", ", and ", " plus "])).join(s.rstrip(".?") for s in said) + "."
        return " ".join(said)

    def _title(self, name: str, rng: random.Random) -> str:
        form = self._form(name, ("question", "noun", "clause"), rng)
        return form + rng.choice(["", "?", ".", "?"]) if not form.endswith("?") else form

    def _piece(self, kind: str, rng: random.Random) -> str:
        return expand(rng.choice(self.pieces[kind]), self.slots, rng)

    def _triage(self, names: list[str], label: str, findings: list[tuple[str, Status]], rng: random.Random) -> str:
        who = f"{rng.choice(self.slots['age'])}{rng.choice(['M', 'F', ' yo M', ' yo F', 'yo male', 'yo female'])}"
        notes = [self._form(n, ("note", "note", "noun"), rng) for n in names]
        text = f"{who} {rng.choice(['c/o', 'presents with', 'with', 'p/w', 'reports'])} {', '.join(notes)}"
        text += rng.choice(["", f" x{rng.randint(1, 9)}/{rng.choice(['7', '52', '12'])}", f" for {rng.choice(self.slots['duration'])}"])
        if rng.random() < 0.5:
            name = self._foreign(label, rng)
            if name and "noun" in self._forms[name]:
                findings.append((name, Status.DENIED))
                text += f". {rng.choice(['Denies', 'No', 'Nil', 'denies'])} {self._form(name, ('noun',), rng)}"
        return text

    def _relative(self, names: list[str], rng: random.Random) -> str:
        out = [self._frame("relative_frames", noun=self._form(names[0], ("noun",), rng), rng=rng)]
        out += [third_person(self._say(name, rng), rng) for name in names[1:]]
        return " ".join(out)

    def _foreign(self, label: str, rng: random.Random) -> str | None:
        """A finding that speaks for another cause: one that is likely there and unlikely here."""
        others = [c for c in self._likelihoods if c not in (label, OTHER)]
        own = self._likelihoods.get(label, {})
        for _ in range(8):
            table = self._likelihoods[rng.choice(others)]
            names = [n for n in table if own.get(n, 0.0) < 0.05]
            if names:
                return rng.choices(names, weights=[table[n] for n in names])[0]
        return None

    def _contrast(self, label: str, rng: random.Random) -> _Contrast | None:
        """A sentence in which another cause's finding is denied, long past, somebody else's, or only guessed at."""
        name = self._foreign(label, rng)
        if name is None or "noun" not in self._forms[name]:
            return None
        status = rng.choices((Status.DENIED, Status.OTHER, Status.PAST, Status.HYPOTHETICAL), weights=(8, 4, 3, 1))[0]
        frames = {Status.DENIED: "denied", Status.OTHER: "kin", Status.PAST: "past", Status.HYPOTHETICAL: "guess"}[status]
        noun = self._form(name, ("noun",), rng)
        while status is Status.DENIED and rng.random() < 0.45:
            second = self._foreign(label, rng)
            if second and "noun" in self._forms[second]:
                noun += rng.choice([" or ", ", no ", " and no "]) + self._form(second, ("noun",), rng)
        return _Contrast(self._frame(frames, noun=noun, rng=rng), (name, status))

    def _finish(self, text: str, rng: random.Random) -> str:
        return untidy(mistype(text, rng.choice(TYPO_RATES), rng), rng)


def training_lines(share: float) -> Callable[[str], bool]:
    """Keeps the lines that are not held out."""
    return lambda line: not held_out(line, share)


def held_out_lines(share: float) -> Callable[[str], bool]:
    """Keeps the lines that are held out."""
    return lambda line: held_out(line, share)
