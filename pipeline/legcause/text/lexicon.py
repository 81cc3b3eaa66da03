"""How words are read: stop words, words of context, concepts. The content is data (lexicon.toml, or the model file)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .tokens import LONGEST_WORD, Token, tokenise

Run = tuple[str, ...]
_MEMORY = 200_000  # looked-up words that are kept: a batch may hold any number of different ones
# The lists of lexicon.toml's table [context]: words, and runs of words.
_SETS = (
    "denial", "clause_end", "had", "going_on", "relatives", "relative_has", "first_person_own", "stopped_when", "told_in_past", "present", "recent",
    "third_person", "dealt_with", "personal", "denied_with",
)  # fmt: skip
_RUNS = (
    "not_a_denial", "denial_behind", "long_ago", "childhood", "stopped", "stopped_for_good", "family_cues", "first_person_has",
    "first_person_strong", "hypothetical", "story_ago", "well_again", "strangers", "told_of", "general_question",
    "first_person_maybe",
)  # fmt: skip


class Runs:
    """Runs of one or more words, looked up at a place in a list of words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[Run]] = {}
        for phrase in sorted(phrases):
            run = split(phrase)
            self._by_first.setdefault(run[0], []).append(run)
        for runs in self._by_first.values():
            runs.sort(key=len, reverse=True)

    def runs(self) -> list[Run]:
        """All of them; of those with one first word the longest first."""
        return [run for runs in self._by_first.values() for run in runs]

    def match(self, words: list[str], at: int) -> int:
        """The length of the longest run that begins at `at`, 0 where none does."""
        for run in self._by_first.get(words[at], ()):
            if tuple(words[at : at + len(run)]) == run:
                return len(run)
        return 0


class ConceptTable:
    """Words and runs of words → concepts."""

    def __init__(self, concepts: Mapping[str, Iterable[str]]) -> None:
        self.names: tuple[str, ...] = tuple(sorted(concepts))
        self._words: dict[str, tuple[str, ...]] = {}
        self._prefixes: dict[str, tuple[str, ...]] = {}
        self._runs: dict[str, list[tuple[Run, str]]] = {}
        for name in self.names:
            for phrase in concepts[name]:
                run = split(phrase)
                if len(run) > 1:
                    self._runs.setdefault(run[0], []).append((run, name))
                elif run[0].endswith("*"):
                    self._prefixes[run[0][:-1]] = (*self._prefixes.get(run[0][:-1], ()), name)
                else:
                    self._words[run[0]] = (*self._words.get(run[0], ()), name)
        for runs in self._runs.values():
            runs.sort(key=lambda pair: -len(pair[0]))
        self._longest = max(map(len, self._prefixes), default=0)
        self._kept: Callable[[str], tuple[str, ...]] = lru_cache(_MEMORY)(self._of_word)

    def of_word(self, word: str) -> tuple[str, ...]:
        """The concepts of one word: an exact entry first, else the longest prefix that fits."""
        return self._kept(word) if len(word) <= LONGEST_WORD else self._of_word(word)

    def _of_word(self, word: str) -> tuple[str, ...]:
        if word in self._words:
            return self._words[word]
        for length in range(min(len(word), self._longest), 0, -1):
            if word[:length] in self._prefixes:
                return self._prefixes[word[:length]]
        return ()

    def runs(self) -> list[tuple[Run, str]]:
        """The runs of two or more words, each with its concept."""
        return [pair for pairs in self._runs.values() for pair in pairs]

    def of_run(self, words: list[str], at: int) -> tuple[tuple[str, int], ...]:
        """The concepts of the runs of two or more words that begin at `at`, each with its length in words."""
        return tuple((name, len(run)) for run, name in self._runs.get(words[at], ()) if _fits(run, words, at))


class Speller:
    """Mends a slip of typing: an unknown word that is one letter away from a common word of the knowledge base becomes that word.

    One letter away: two neighbours swapped, one missing, one too many, one other (Damerau, 1964), never the first. Words of four letters
    are mended only where two are swapped or one is missing, since so many short words lie one letter apart."""

    LEAST = 6  # how often the knowledge base must have a word to be what was meant
    _LETTERS = "abcdefghijklmnopqrstuvwxyz"

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._counts = vocabulary
        self._mended = lru_cache(_MEMORY)(self._mend)

    def __call__(self, word: str) -> str:
        if not 4 <= len(word) <= 16 or word in self._counts or not word.isascii() or not word.isalpha():
            return word
        return self._mended(word)

    def _mend(self, word: str) -> str:
        splits = [(word[:i], word[i:]) for i in range(1, len(word) + 1)]
        near = {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
        near |= {a + letter + b for a, b in splits for letter in self._LETTERS}
        if len(word) > 4:
            near |= {a + b[1:] for a, b in splits if b}
            near |= {a + letter + b[1:] for a, b in splits if b for letter in self._LETTERS}
        common = [(self._counts[w], w) for w in near if self._counts.get(w, 0) >= self.LEAST]
        return max(common)[1] if common else word


def _fits(run: Run, words: list[str], at: int) -> bool:
    if at + len(run) > len(words) or words[at : at + len(run) - 1] != list(run[:-1]):
        return False
    last = words[at + len(run) - 1]
    return last.startswith(run[-1][:-1]) if run[-1].endswith("*") else last == run[-1]


def split(phrase: str) -> Run:
    """The words of an entry; a "*" behind the last stands for any ending. Raises ValueError where there is none."""
    ending = "*" if phrase.endswith("*") else ""
    if phrase.isascii() and phrase.replace(" ", "").isalpha() and phrase.islower() and "can not" not in phrase:  # words as tokens have them
        return tuple(phrase.split())
    words = [token.word for token in tokenise(phrase) if token.kind in ("word", "number")]
    if not words:
        raise ValueError(f"{phrase!r} holds no word")
    return (*words[:-1], words[-1] + ending)


@dataclass(frozen=True)
class Lexicon:
    """The lexicon, ready for look-up. Build it with `Lexicon.of`."""

    stop: frozenset[str]
    denial: frozenset[str]
    denied_with: frozenset[str]
    not_a_denial: Runs
    clause_end: frozenset[str]
    denial_behind: Runs
    had: frozenset[str]
    long_ago: Runs
    going_on: frozenset[str]
    childhood: Runs
    stopped: Runs
    stopped_for_good: Runs
    stopped_when: frozenset[str]
    relatives: frozenset[str]
    relative_has: frozenset[str]
    family_cues: Runs
    first_person_own: frozenset[str]
    first_person_has: Runs
    first_person_strong: Runs
    first_person_maybe: Runs
    hypothetical: Runs
    story_ago: Runs
    well_again: Runs
    told_in_past: frozenset[str]
    present: frozenset[str]
    recent: frozenset[str]
    strangers: Runs
    third_person: frozenset[str]
    dealt_with: frozenset[str]
    told_of: Runs
    general_question: Runs
    personal: frozenset[str]
    concepts: ConceptTable
    speller: Speller
    content: Mapping[str, Any] = field(repr=False)

    def read(self, text: str) -> list[Token]:
        """The tokens of `text`, with slips of typing mended."""
        return [token._replace(word=self.speller(token.word)) if token.kind == "word" else token for token in tokenise(text)]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Lexicon:
        """From the parsed `lexicon.toml`: tables `context`, `words`, `concepts`, each of lists of strings; and `vocabulary`: word → how often
        the knowledge base has it (without it, nothing is mended).

        Raises KeyError where a list is missing and ValueError where an entry holds no word."""
        context = content["context"]
        sets: dict[str, Any] = {name: frozenset(context[name]) for name in _SETS}
        runs: dict[str, Any] = {name: Runs(context[name]) for name in _RUNS}
        return cls(
            stop=frozenset(content["words"]["stop"]),
            concepts=ConceptTable(content["concepts"]),
            speller=Speller(content.get("vocabulary", {})),
            content=content,
            **sets,
            **runs,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return (Lexicon.of, (self.content,))
