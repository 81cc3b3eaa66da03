"""Text → the findings in it, each with its place and status."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from operator import itemgetter
from typing import Any

from ..text.context import Status, statuses
from ..text.lexicon import Lexicon
from ..text.patterns import ClassLookUp, WordClass, parse
from ..text.tokens import Token

# Where words of a match differ in status, the first of these that one of them has.
_WEIGHTIEST = (Status.DENIED, Status.OTHER, Status.PAST, Status.HYPOTHETICAL)
# Of matches that overlap, what is said plainly goes before what a denial nearby touches: "can't lie flat without choking".
_PLAINEST = (Status.PRESENT, Status.PAST)
# Words that deny what follows, but that have no reach of their own: "can't walk" is a finding.
HARDLY = frozenset(("hardly", "barely", "cant", "cannot", "couldnt", "wont", "unable"))

_Parts = tuple[tuple[int, int], ...]  # numbers of classes, and how many words may stand before each


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
        classes: dict[WordClass, int] = {}
        self._by_first: dict[int, list[tuple[str, _Parts]]] = {}
        for finding, parsed in self.patterns.items():
            for pattern in parsed:
                for variant in pattern.variants:
                    parts = tuple((classes.setdefault(words, len(classes)), gap) for words, gap in variant)
                    self._by_first.setdefault(parts[0][0], []).append((finding, parts))
        self._classes = ClassLookUp(classes)

    def find(self, text: str, among: Collection[str] | None = None) -> list[Found]:
        """The findings in the text (of `among` only, where given), in the order of their places; one finding's places do not overlap."""
        tokens = self.lexicon.read(text)
        status = statuses(tokens, self.lexicon)
        found = []
        for finding, fits in groupby(self.matches(tokens, among), key=itemgetter(0)):
            ranked: set[tuple[int, int, int, int, Status]] = set()
            for _, places in fits:
                if not self._denies_across_comma(places, tokens):
                    state, start, end = self._status(places, tokens, status), places[0], places[-1] + 1
                    plain = _PLAINEST.index(state) if state in _PLAINEST else len(_PLAINEST)
                    ranked.add((plain, start - end, start, end, state))
            taken: set[int] = set()  # places of words
            for _, _, start, end, state in sorted(ranked):
                if taken.isdisjoint(range(start, end)):
                    taken.update(range(start, end))
                    at, to = tokens[start].start, tokens[end - 1].end
                    found.append(Found(finding, state, text[at:to], at, to))
        return sorted(found, key=lambda f: (f.start, f.end, f.finding))

    def matches(self, tokens: Sequence[Token], among: Collection[str] | None = None) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Each way in which a pattern fits, finding by finding: the finding, and the places of the words in `tokens`."""
        stands: dict[int, list[int]] = {}  # class → where its words are
        sentence = list(accumulate(token.kind == "end" for token in tokens))
        for i, token in enumerate(tokens):
            if token.kind in ("word", "number"):
                for number in self._classes(token.word):
                    stands.setdefault(number, []).append(i)
        fitting: dict[str, list[_Parts]] = {}  # of the patterns, those whose words are all there
        for first in sorted(stands):
            for finding, parts in self._by_first.get(first, ()):
                if (among is None or finding in among) and all(number in stands for number, _ in parts):
                    fitting.setdefault(finding, []).append(parts)
        for finding, patterns in fitting.items():
            for parts in patterns:
                for start in stands[parts[0][0]]:
                    for places in _ways(parts, (start,), stands, sentence):
                        yield finding, places

    def _status(self, places: Sequence[int], tokens: Sequence[Token], status: Sequence[Status]) -> Status:
        """Of the words that matched. A match that itself holds a denial ("not passed water") has the status of what stands before it."""
        if any(tokens[i].word in self.lexicon.denial for i in places):
            return status[places[0]]
        return next((s for s in _WEIGHTIEST if any(status[i] is s for i in places)), Status.PRESENT)

    def _denies_across_comma(self, places: Sequence[int], tokens: Sequence[Token]) -> bool:
        """Whether a denial is one of the words and the next of them stands behind a comma: "no pain, I walk" is not "no walk"."""
        return any(
            (tokens[i].word in self.lexicon.denial or tokens[i].word in HARDLY) and any(tokens[k].kind == "comma" for k in range(i + 1, j))
            for i, j in pairwise(places)
        )


def _ways(parts: _Parts, places: tuple[int, ...], stands: Mapping[int, Sequence[int]], sentence: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """The ways to go on from the words found so far: each next one in the same sentence and near enough."""
    if len(places) == len(parts):
        yield places
        return
    number, gap = parts[len(places)]
    last = places[-1]
    at = stands[number]
    for k in range(bisect_right(at, last), len(at)):
        i = at[k]
        if i > last + 1 + gap or sentence[i] != sentence[last]:
            break
        yield from _ways(parts, (*places, i), stands, sentence)
