"""Text → features: the one definition, for training and for every way of scoring.

A complaint's features are a set of strings:

    stem            a word's stem ("swell"), said of the patient, here and now
    stem_stem       two neighbouring words of weight in one sentence
    =legs           the plural of a word that names a part of the body (one leg or both is half the answer)
    #swelling       a concept of the lexicon, and #one_side+#swelling a pair of concepts in a sentence
    not:…           the same word or concept, denied; was:… long past or stopped; kin:… somebody else's
    @age_60_74      an age in words that say it is one; @night_hour a time such as 3am
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache

import snowballstemmer

from .context import BODY, Status, statuses
from .lexicon import Lexicon
from .tokens import Token, tokenise

Span = tuple[int, int]  # character offsets into the text, end excluded
PREFIX = {Status.PRESENT: "", Status.HYPOTHETICAL: "", Status.DENIED: "not:", Status.PAST: "was:", Status.OTHER: "kin:"}
# Pairs of concepts count up to this many words apart: further away they seldom speak of the same thing.
PAIR_REACH = 12
_AGE_BEFORE = frozenset(("age", "aged", "im", "am", "m", "f", "male", "female", "turned"))
_AGE_BEHIND = frozenset(("year", "years", "yr", "yrs", "yo", "y/o", "yearold", "m", "f", "male", "female", "old", "y", "yro"))
_stemmer = snowballstemmer.stemmer("english")


@lru_cache(maxsize=131072)
def stem(word: str) -> str:
    """The Porter2 stem of one normalised word."""
    return str(_stemmer.stemWord(word))


class Analyzer:
    """Callable: text → the sorted list of its distinct features."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def __call__(self, text: str) -> list[str]:
        return sorted({feature for _, feature in self.located(text)})

    def located(self, text: str) -> Iterator[tuple[tuple[Span, ...], str]]:
        """Each feature with the character spans of the words that make it; a feature comes as often as it stands in the text."""
        tokens = tokenise(text)
        words = [token.word for token in tokens]
        status = statuses(tokens, self.lexicon)
        previous: tuple[str, Status, Span] | None = None
        concepts: deque[tuple[int, str, Span]] = deque()
        for i, token in enumerate(tokens):
            if token.kind == "end":
                previous = None
                concepts.clear()
                continue
            if token.kind == "comma":
                continue
            prefix = PREFIX[status[i]]
            span = (token.start, token.end)
            if token.kind == "number":
                feature = _number_feature(tokens, i)
                if feature:
                    yield (span,), feature
                continue
            for name, length in ((n, 1) for n in self.lexicon.concepts.of_word(token.word)):
                yield from self._concept(name, length, tokens, i, prefix, concepts)
            for name, length in self.lexicon.concepts.of_run(words, i):
                yield from self._concept(name, length, tokens, i, prefix, concepts)
            if token.word in self.lexicon.stop:
                continue
            root = stem(token.word)
            yield (span,), prefix + root
            if not prefix and token.word != root and token.word.endswith("s") and BODY.intersection(self.lexicon.concepts.of_word(token.word)):
                yield (span,), "=" + token.word
            if previous and not prefix and not PREFIX[previous[1]]:
                yield (previous[2], span), f"{previous[0]}_{root}"
            previous = (root, status[i], span)

    def _concept(
        self, name: str, length: int, tokens: list[Token], at: int, prefix: str, seen: deque[tuple[int, str, Span]]
    ) -> Iterator[tuple[tuple[Span, ...], str]]:
        span = (tokens[at].start, tokens[at + length - 1].end)
        yield (span,), f"{prefix}#{name}"
        if prefix:
            return
        while seen and at - seen[0][0] > PAIR_REACH:
            seen.popleft()
        for _, other, place_span in seen:
            if other != name:
                first, second = sorted((name, other))
                yield (place_span, span), f"#{first}+#{second}"
        seen.append((at, name, span))


def _number_feature(tokens: list[Token], at: int) -> str | None:
    digits = tokens[at].word
    if not digits.isascii() or not digits.isdigit() or len(digits) > 3:
        return None
    number = int(digits)
    before = tokens[at - 1].word if at else ""
    behind = tokens[at + 1].word if at + 1 < len(tokens) else ""
    further = tokens[at + 2].word if at + 2 < len(tokens) else ""
    if behind in ("am", "pm", "oclock"):
        return "@night_hour" if (behind == "am" and number in (12, 1, 2, 3, 4, 5)) or (behind == "pm" and number in (10, 11)) else None
    years = behind in ("year", "years", "yr", "yrs", "y")
    if years and further not in ("old", "of") and before not in _AGE_BEFORE:
        return None  # "for 3 years"
    if before not in _AGE_BEFORE and behind not in _AGE_BEHIND:
        return None
    if behind in ("week", "weeks", "wks", "wk", "w", "month", "months", "lbs", "kg", "cm", "days"):
        return None
    return f"@{age_band(number)}"


def age_band(years: int) -> str:
    """The band of an age in years: the borders are those of the causes (growing pains, heavy smokers, old age)."""
    for limit, name in ((12, "age_0_12"), (19, "age_13_19"), (39, "age_20_39"), (59, "age_40_59"), (74, "age_60_74")):
        if years <= limit:
            return name
    return "age_75"
