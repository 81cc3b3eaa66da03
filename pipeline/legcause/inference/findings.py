"""Text → the findings in it, each with its place and status. The matching is spaCy's (a blank pipeline's tokens and its Matcher)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any

from ..text.context import Status, statuses
from ..text.lexicon import Lexicon
from ..text.patterns import Pattern, WordClass, parse
from ..text.tokens import Token

# Where words of a match differ in status, the first of these that one of them has.
_WEIGHTIEST = (Status.DENIED, Status.OTHER, Status.PAST, Status.HYPOTHETICAL)
# Words that deny what follows, but that have no reach of their own: "can't walk" is a finding.
_HARDLY = frozenset(("hardly", "barely", "cant", "cannot", "couldnt", "wont", "unable"))


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in a text; `start` and `end` are character offsets, end excluded."""

    finding: str
    status: Status
    text: str
    start: int
    end: int

    def record(self) -> dict[str, Any]:
        """The fields of a result record."""
        return {"finding": self.finding, "status": str(self.status), "text": self.text, "start": self.start, "end": self.end}


class Finder:
    """Finds what the patterns describe. `patterns`: finding → patterns in the language of text.patterns."""

    def __init__(self, patterns: Mapping[str, Sequence[str]], lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        concepts = lexicon.content["concepts"]
        self.patterns = {finding: [parse(text, concepts) for text in texts] for finding, texts in patterns.items()}
        self._classes: dict[WordClass, int] = {}
        self._required = {
            finding: [frozenset(self._class_number(c) for c in pattern.required) for pattern in parsed] for finding, parsed in self.patterns.items()
        }
        self._memory: dict[str, frozenset[int]] = {}
        self._matchers: dict[str, Any] = {}
        self._vocab: Any = None
        self._spacy = Lock()  # a vocabulary grows with each text, and spaCy does not promise to keep threads apart

    def possible(self, tokens: Iterable[Token], among: Iterable[str] | None = None) -> set[str]:
        """The findings that may be in the text: all that are, and some that are not. Cheap: no spaCy.

        A pattern can match only where the text has a word of each of its required classes, in whatever order."""
        present: set[int] = set()
        for token in tokens:
            if token.kind in ("word", "number"):
                present |= self._classes_of(token.word)
        return {f for f in (self._required if among is None else among) if any(need <= present for need in self._required.get(f, ()))}

    def find(self, text: str, among: Iterable[str] | None = None) -> list[Found]:
        """The findings in the text (of `among` only, where given), in the order of their places; one finding's places do not overlap."""
        tokens = self.lexicon.read(text)
        possible = self.possible(tokens, among)
        if not possible:
            return []
        with self._spacy:
            doc = self._doc(tokens)
            matched = {finding: self._matcher(finding)(doc, with_alignments=True) for finding in sorted(possible)}
        status = statuses(tokens, self.lexicon)
        found = []
        for finding, matches in matched.items():
            taken: list[tuple[int, int]] = []
            read = []
            for _, start, end, alignment in matches:
                core = [i for i, part in enumerate(alignment, start) if part % 2 == 0]
                if not self._denies_across_comma(core, tokens):
                    read.append((self._status(core, tokens, status), start, end))
            # The longest first; but what is said plainly before what a denial nearby touches: "can't lie flat without choking".
            for state, start, end in sorted(read, key=lambda m: (m[0] is not Status.PRESENT, m[1] - m[2], m[1])):
                if any(start < e and s < end for s, e in taken):
                    continue
                taken.append((start, end))
                at, to = tokens[start].start, tokens[end - 1].end
                found.append(Found(finding, state, text[at:to], at, to))
        return sorted(found, key=lambda f: (f.start, f.end, f.finding))

    def _status(self, core: list[int], tokens: Sequence[Token], status: Sequence[Status]) -> Status:
        """Of the words that matched. A match that itself holds a denial ("not passed water") has the status of what stands before it."""
        if any(tokens[i].word in self.lexicon.denial for i in core):
            return status[core[0]]
        return next((s for s in _WEIGHTIEST if any(status[i] is s for i in core)), Status.PRESENT)

    def _denies_across_comma(self, core: Sequence[int], tokens: Sequence[Token]) -> bool:
        """Whether a denial is one of the words and the next of them stands behind a comma: "no pain, I walk" is not "no walk"."""
        return any(
            (tokens[i].word in self.lexicon.denial or tokens[i].word in _HARDLY) and any(tokens[k].kind == "comma" for k in range(i + 1, j))
            for i, j in pairwise(core)
        )

    def _class_number(self, words: WordClass) -> int:
        return self._classes.setdefault(words, len(self._classes))

    def _classes_of(self, word: str) -> frozenset[int]:
        known = self._memory.get(word)
        if known is None:
            known = frozenset(number for words, number in self._classes.items() if word in words)
            if len(self._memory) < 100_000:
                self._memory[word] = known
        return known

    def _doc(self, tokens: Sequence[Token]) -> Any:
        from spacy.lang.en import English
        from spacy.tokens import Doc
        from spacy.vocab import create_vocab

        if self._vocab is None:
            # A whole pipeline (spacy.blank) would load every plug-in of spaCy that the environment holds, and fail with one that is broken.
            self._vocab = create_vocab("en", English.Defaults)
        return Doc(self._vocab, words=["." if t.kind == "end" else "," if t.kind == "comma" else t.word for t in tokens])

    def _matcher(self, finding: str) -> Any:
        from spacy.matcher import Matcher

        if finding not in self._matchers:
            matcher = Matcher(self._vocab)
            matcher.add(finding, [_rule(pattern) for pattern in self.patterns[finding]])
            self._matchers[finding] = matcher
        return self._matchers[finding]


def _rule(pattern: Pattern) -> list[dict[str, Any]]:
    """spaCy's form. Words stand at even places and gaps at odd ones, so that an alignment tells them apart."""
    rule: list[dict[str, Any]] = []
    for part in pattern.parts:
        if part.words is None:
            rule += [{"LOWER": {"NOT_IN": ["."]}, "OP": f"{{0,{part.gap}}}"}]
            continue
        if len(rule) % 2 == 1:
            rule.append({"LOWER": "", "OP": "?"})  # an odd place that nothing fills
        alternatives = [re.escape(w) for w in sorted(part.words.words)] + [re.escape(p) + ".*" for p in part.words.prefixes]
        rule.append({"LOWER": {"REGEX": rf"^(?:{'|'.join(alternatives)})$"}, **({"OP": "?"} if part.optional else {})})
    return rule
