"""Text → features: the one definition, for training and for every way of scoring.

A complaint's features are a set of strings:

    stem            a word's stem ("swell"), said of the patient, here and now
    stem_stem       two neighbouring words of weight in one sentence
    =legs           the plural of a word that names a part of the body (one leg or both is half the answer)
    #swelling       a concept of the lexicon, and #one_side+#swelling a pair of concepts in a sentence
    not:#swelling   a concept that is denied
    @age_60_74      an age; @night_hour a time such as 3am; @gestation a week of pregnancy

What is long past, or somebody else's, is no feature at all, nor is a denied word: with weights of their own they came to speak for the
cause whose complaints happen to hold them (docs/evaluation.md has the figures).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock

import Stemmer

from .context import BODY, Status, statuses
from .lexicon import Lexicon
from .tokens import LONGEST_WORD, Token

Span = tuple[int, int]  # character offsets into the text, end excluded
_COUNTS = frozenset((Status.PRESENT, Status.HYPOTHETICAL))
# Pairs of concepts count up to this many words apart: further away they seldom speak of the same thing.
PAIR_REACH = 12
AGE_BEFORE = frozenset("age aged im am m f male female turned turning nearly almost mother father lady man woman is hes shes".split())
UNITS = frozenset(
    "week weeks wks wk w month months mths lbs kg kgs cm days day mg mcg ml hours hrs minutes mins times % feet steps metres meters".split()
)
AGE_BEHIND = frozenset("yo y/o yearold m f male female old yro".split())
_stemmer = Stemmer.Stemmer("english", 0)
_stemming = Lock()  # the stemmer keeps the word it works on in itself


def stem(word: str) -> str:
    """The Porter2 stem of one normalised word; a word of more than LONGEST_WORD letters is its own stem."""
    return _stem(word) if len(word) <= LONGEST_WORD else word


@lru_cache(maxsize=131072)
def _stem(word: str) -> str:
    with _stemming:
        return str(_stemmer.stemWord(word))


class Analyzer:
    """Callable: text → the sorted list of its distinct features."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def __call__(self, text: str) -> list[str]:
        return sorted({feature for _, feature in self.located(text)})

    def located(self, text: str) -> Iterator[tuple[tuple[Span, ...], str]]:
        """Each feature with the character spans of the words that make it; a feature comes as often as it stands in the text."""
        tokens = self.lexicon.read(text)
        words = [token.word for token in tokens]
        status = statuses(tokens, self.lexicon)
        previous: tuple[str, Span] | None = None
        concepts: deque[tuple[int, str, Span]] = deque()
        for i, token in enumerate(tokens):
            span = (token.start, token.end)
            if token.kind == "end":
                previous = None
                concepts.clear()
            elif token.kind == "number":
                feature = _number_feature(tokens, i) if status[i] in _COUNTS else None
                if feature:
                    yield (span,), feature
            elif token.kind == "word" and status[i] is Status.DENIED:
                for name, length in self._concepts(words, i):
                    yield ((token.start, tokens[i + length - 1].end),), f"not:#{name}"
            elif token.kind == "word" and status[i] in _COUNTS:
                for name, length in self._concepts(words, i):
                    yield from _pairs(name, (token.start, tokens[i + length - 1].end), i, concepts)
                if token.word not in self.lexicon.stop:
                    root = stem(token.word)
                    yield (span,), root
                    if token.word != root and token.word.endswith("s") and BODY.intersection(self.lexicon.concepts.of_word(token.word)):
                        yield (span,), "=" + token.word
                    if previous:
                        yield (previous[1], span), f"{previous[0]}_{root}"
                    previous = (root, span)

    def _concepts(self, words: list[str], at: int) -> list[tuple[str, int]]:
        """The concepts that begin at a word, each with its length in words."""
        return [(name, 1) for name in self.lexicon.concepts.of_word(words[at])] + list(self.lexicon.concepts.of_run(words, at))


def _pairs(name: str, span: Span, at: int, seen: deque[tuple[int, str, Span]]) -> Iterator[tuple[tuple[Span, ...], str]]:
    """A concept, and its pairs with those `seen` no more than PAIR_REACH words before it."""
    yield (span,), f"#{name}"
    while seen and at - seen[0][0] > PAIR_REACH:
        seen.popleft()
    for _, other, place in seen:
        if other != name:
            first, second = sorted((name, other))
            yield (place, span), f"#{first}+#{second}"
    seen.append((at, name, span))


def _number_feature(tokens: list[Token], at: int) -> str | None:
    """What a number says: an hour of the night, a week of pregnancy, an age; None where it is a duration, a dose, a distance."""
    digits = tokens[at].word
    if not digits.isascii() or not digits.isdigit() or len(digits) > 3:
        return None
    number = int(digits)
    before, behind, further = (tokens[i].word if 0 <= i < len(tokens) else "" for i in (at - 1, at + 1, at + 2))
    if behind in ("am", "pm", "oclock"):
        return "@night_hour" if (behind == "am" and number in (12, 1, 2, 3, 4, 5)) or (behind == "pm" and number in (10, 11)) else None
    if 4 <= number <= 42 and _is_gestation(before, behind, further):
        return "@gestation"
    if behind in UNITS or not 1 <= number <= 110:
        return None
    if behind in ("year", "years", "yr", "yrs", "y"):
        return f"@{age_band(number)}" if further in ("old", "of") or before in AGE_BEFORE else None  # not "for 3 years"
    alone = all(i in (-1, len(tokens)) or tokens[i].kind in ("end", "comma") for i in (at - 1, at + 1))
    if before in AGE_BEFORE or behind in AGE_BEHIND or (alone and 60 <= number <= 99):
        return f"@{age_band(number)}"
    return None


def _is_gestation(before: str, behind: str, further: str) -> bool:
    """ "32 weeks pregnant", "week 32", "at 32 weeks", "32/40"."""
    weeks = behind in ("weeks", "week", "wks", "wk", "weeker")
    return before == "week" or behind == "40" or (weeks and (further in ("pregnant", "preg", "gone", "along", "pregnancy") or before == "at"))


def age_band(years: int) -> str:
    """The band of an age in years: the borders are those of the causes (growing pains, heavy smokers, old age)."""
    for limit, name in ((12, "age_0_12"), (19, "age_13_19"), (39, "age_20_39"), (59, "age_40_59"), (74, "age_60_74")):
        if years <= limit:
            return name
    return "age_75"
