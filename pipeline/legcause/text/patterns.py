"""The small language in which the knowledge base says how a finding stands in a text.

    calf|calves ~3 swollen|puff*     a word of the first, at most three words of the same sentence, a word of the second
    <swelling> ~4 one|left|right     <…> any single word that the lexicon counts to a concept
    red? hot                         a word with ? may be missing

`*` stands for any ending. A pattern is matched on normalised words (see tokens.normal_form).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from .tokens import normal_form

# What a pattern may cost: in so many ways at most its gaps and optional words may be filled. The knowledge base's widest has some hundreds.
MOST_WAYS = 10_000

_PART = re.compile(r"~(?P<gap>[1-9])|(?P<words>[^~\s?]+)(?P<optional>\?)?")
_WORD = re.compile(r"<(?P<concept>[a-z_]+)>|(?P<word>[^\W_]+(?:[/'’][^\W_]+)*)(?P<prefix>\*)?")


@dataclass(frozen=True, slots=True)
class WordClass:
    """A set of words: exact ones and prefixes."""

    words: frozenset[str]
    prefixes: tuple[str, ...]

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and (word in self.words or (bool(self.prefixes) and word.startswith(self.prefixes)))


class ClassLookUp:
    """Word → the numbers of the classes that hold it."""

    def __init__(self, classes: Mapping[WordClass, int]) -> None:
        self._words: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[int]] = {}
        for members, number in classes.items():
            for word in members.words:
                self._words.setdefault(word, []).append(number)
            for prefix in members.prefixes:
                self._prefixes.setdefault(prefix, []).append(number)
        self._longest = max(map(len, self._prefixes), default=0)

    def __call__(self, word: str) -> set[int]:
        found = set(self._words.get(word, ()))
        for length in range(1, min(len(word), self._longest) + 1):
            found.update(self._prefixes.get(word[:length], ()))
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """One place of a pattern: a word of the class, or (`words` None) a gap of up to `gap` words."""

    words: WordClass | None
    gap: int = 0
    optional: bool = False


# A pattern without optional words: classes, and how many words may stand between each and the one before it.
Variant = tuple[tuple[WordClass, int], ...]


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern."""

    text: str
    parts: tuple[Part, ...]

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The pattern with and without each of its optional words."""
        out: list[list[tuple[WordClass, int]]] = [[]]
        gaps = [0]
        for part in self.parts:
            if part.words is None:
                gaps = [gap + part.gap for gap in gaps]
                continue
            with_it = [[*variant, (part.words, gap)] for variant, gap in zip(out, gaps, strict=True)]
            out, gaps = (with_it + out, [0] * len(with_it) + gaps) if part.optional else (with_it, [0] * len(with_it))
        return tuple(map(tuple, out))


def parse(text: str, concepts: Mapping[str, Iterable[str]]) -> Pattern:
    """The pattern in `text`. Raises ValueError, with the reason, where it is none."""
    parts: list[Part] = []
    for piece in text.split():
        match = _PART.fullmatch(piece)
        if match is None:
            raise ValueError(f"{piece!r} is neither words (a|b*|<concept>) nor a gap (~1 to ~9)")
        if match["gap"]:
            parts.append(Part(None, int(match["gap"])))
        else:
            parts.append(Part(_word_class(match["words"], concepts), optional=bool(match["optional"])))
    if not parts or parts[0].words is None or parts[-1].words is None or parts[0].optional or parts[-1].optional:
        raise ValueError("a pattern begins and ends with a word that must be there")
    ways = prod(2 if part.optional else 1 + part.gap for part in parts)
    if ways > MOST_WAYS:
        raise ValueError(f"fits in {ways:,} ways at one place, more than {MOST_WAYS:,}: make it of fewer or shorter gaps")
    return Pattern(text, tuple(parts))


def _word_class(piece: str, concepts: Mapping[str, Iterable[str]]) -> WordClass:
    words: set[str] = set()
    prefixes: set[str] = set()
    for alternative in piece.split("|"):
        match = _WORD.fullmatch(alternative)
        if match is None:
            raise ValueError(f"{alternative!r} is neither a word, a word with *, nor a <concept>")
        if match["concept"]:
            if match["concept"] not in concepts:
                raise ValueError(f"there is no concept <{match['concept']}> in the lexicon")
            for entry in concepts[match["concept"]]:
                bare = entry.removesuffix("*")
                if " " not in bare:
                    (prefixes if entry.endswith("*") else words).add(normal_form(bare))
        else:
            (prefixes if match["prefix"] else words).add(normal_form(match["word"]))
    return WordClass(frozenset(words), tuple(sorted(prefixes)))
