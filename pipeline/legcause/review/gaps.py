"""A batch → the words and phrases in it that the model does not know, and where in the knowledge base they belong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..text.analyzer import stem
from ..text.tokens import Token
from .judged import Judged
from .language import Language
from .likely import Likely, Suggestion

# Phrases counted at a time. Beyond it the rarest are forgotten (as in lossy counting: Manku and Motwani, 2002), which bounds memory
# at about 100 MB; what a count can have missed by that is kept with it.
LIMIT = 100_000
# A pair of known words counts as a phrase where it stands in at least so many complaints, makes up at least this share of those that hold the
# rarer word, and stands together more often than by chance: Dunning's log-likelihood ratio (1993) above 10.83, its 0.1 % point.
LEAST_PAIR = 3
TIED = 0.25
TOGETHER = 10.83
# A longer phrase takes the place of a shorter one inside it where it has at least this share of its complaints.
SHARE = 2 / 3
EXAMPLES = 3
AROUND = 60  # characters of an example on either side of the phrase


@dataclass(frozen=True, slots=True)
class Example:
    """A complaint that holds the phrase: its id, and the text around the phrase."""

    id: str | int
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A word or phrase that the model does not know.

    `complaints` hold it, of which `helped` are in doubt or have none of the causes as answer; `missed`: how many more there may be, where a
    large batch made counting approximate. `causes`: the answers to its complaints, commonest first."""

    phrase: str
    complaints: int
    helped: int
    missed: int
    causes: tuple[tuple[str, int], ...]
    suggestion: Suggestion
    examples: tuple[Example, ...]


@dataclass(slots=True)
class _Count:
    words: str
    known: bool  # a pair of known words
    missed: int
    complaints: int = 0
    helped: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of a batch, the most helpful first, out of `found`; `complaints` of the batch, of which `open` are in doubt or have no cause."""

    gaps: tuple[Gap, ...]
    found: int
    complaints: int
    open: int


def find(batch: Iterable[Judged], language: Language, likely: Likely, most: int) -> Gaps:
    """The `most` helpful gaps of a batch."""
    counter = _Counter(language)
    for item in batch:
        counter.add(item)
    chosen = counter.ranked()
    gaps = tuple(
        Gap(
            count.words, count.complaints, count.helped, count.missed, tuple(count.causes.most_common()),
            likely.of(count.words, count.known, [e.text for e in count.examples], count.causes), tuple(count.examples),
        )
        for count in chosen[:most]
    )  # fmt: skip
    return Gaps(gaps, len(chosen), counter.complaints, counter.open)


class _Counter:
    def __init__(self, language: Language) -> None:
        self.language = language
        self.complaints = self.open = 0
        self._counts: dict[tuple[str, ...], _Count] = {}
        self._words: Counter[str] = Counter()  # in how many complaints each known word stands
        self._floor = 0  # what a phrase that is new now may have been counted before it was forgotten

    def add(self, item: Judged) -> None:
        """Counts the phrases of one complaint, each once."""
        self.complaints += 1
        self.open += item.open
        tokens = self.language.lexicon.read(item.text)
        seen: set[tuple[str, ...]] = set()
        for key, known, first, last in self._phrases(tokens):
            if key in seen:
                continue
            seen.add(key)
            start, end = tokens[first].start, tokens[last].end
            count = self._counts.get(key)
            if count is None:
                count = self._counts[key] = _Count(" ".join(item.text[start:end].lower().split()), known, self._floor)
            count.complaints += 1
            count.helped += item.open
            count.causes[item.cause] += 1
            if len(count.examples) < EXAMPLES:
                count.examples.append(Example(item.id, _around(item.text, start, end)))
        self._words.update({stem(t.word) for t in tokens if t.kind == "word" and self.language.knows(t.word)})
        if len(self._counts) > LIMIT:
            self._forget()

    def _phrases(self, tokens: Sequence[Token]) -> Iterator[tuple[tuple[str, ...], bool, int, int]]:
        """Unknown words; runs of two and three words that hold one and begin and end with words of weight; unknown pairs of known words.

        Each as stems, whether its words are known, and the places of its first and last token."""
        unknown = set(self.language.unknown(tokens))
        weighty = [token.kind == "word" and (i in unknown or token.word not in self.language.lexicon.stop) for i, token in enumerate(tokens)]
        for first, token in enumerate(tokens):
            if not weighty[first]:
                continue
            if first in unknown:
                yield (stem(token.word),), False, first, first
            for last in (first + 1, first + 2):
                if last >= len(tokens) or tokens[last].kind != "word":
                    break
                if not weighty[last]:
                    continue
                run = range(first, last + 1)
                key = tuple(stem(tokens[i].word) for i in run)
                if not unknown.isdisjoint(run):
                    yield key, False, first, last
                elif (last == first + 1 or not weighty[first + 1]) and not self.language.knows_pair(key[0], key[-1]) and key[0] != key[-1]:
                    yield key, True, first, last

    def _forget(self) -> None:
        """Drops the rarer half."""
        worth = sorted(count.complaints + count.missed for count in self._counts.values())
        self._floor = max(self._floor, worth[len(worth) // 2])
        self._counts = {key: count for key, count in self._counts.items() if count.complaints + count.missed > self._floor}

    def ranked(self) -> list[_Count]:
        """The gaps, the most helpful first: no pairs of known words by chance, and of phrases inside one another only one."""
        kept = {key: count for key, count in self._counts.items() if not count.known or self._belongs_together(key, count)}
        dropped: set[tuple[str, ...]] = set()
        for key in sorted(kept, key=lambda k: (-len(k), k)):
            if kept[key].known or len(key) == 1:
                continue
            inner = [key[i:j] for i in range(len(key)) for j in range(i + 1, len(key) + 1) if j - i < len(key) and key[i:j] in kept]
            # A phrase met once says no more than its words; one that makes up most of a word's complaints says it better.
            if kept[key].complaints > 1 and all(kept[key].complaints >= SHARE * kept[k].complaints for k in inner):
                dropped.update(k for k in inner if not kept[k].known)
            elif inner:
                dropped.add(key)
        left = [(key, count) for key, count in kept.items() if key not in dropped]
        left.sort(key=lambda pair: (-pair[1].helped, -pair[1].complaints, pair[0]))
        return [count for _, count in left]

    def _belongs_together(self, key: tuple[str, ...], count: _Count) -> bool:
        first, second = self._words[key[0]], self._words[key[-1]]
        if not count.helped or count.complaints < max(LEAST_PAIR, TIED * min(first, second)):
            return False
        return _likelihood_ratio(count.complaints, first, second, self.complaints) > TOGETHER


def _likelihood_ratio(both: int, first: int, second: int, all_: int) -> float:
    """Dunning's G² of two words that stand together in `both` of `all_` complaints; 0 where they do so less often than by chance."""
    if both * all_ <= first * second:
        return 0.0
    table = ((both, first, second), (first - both, first, all_ - second), (second - both, all_ - first, second))
    total = sum(n * math.log(n * all_ / (row * column)) for n, row, column in table if n > 0)
    neither = all_ - first - second + both
    if neither > 0:
        total += neither * math.log(neither * all_ / ((all_ - first) * (all_ - second)))
    return 2 * total


def _around(text: str, start: int, end: int) -> str:
    """The text around a place, cut at words, on one line."""
    left, right = max(0, start - AROUND), min(len(text), end + AROUND)
    if left:
        left = text.find(" ", left, start) + 1 or left
    if right < len(text):
        right = text.rfind(" ", end, right) if " " in text[end:right] else right
    return ("… " if left else "") + " ".join(text[left:right].split()) + (" …" if right < len(text) else "")
