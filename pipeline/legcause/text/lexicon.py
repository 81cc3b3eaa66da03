"""How words are read: stop words, words of context, concepts. The content is data (lexicon.toml, or the model file)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .tokens import tokenise

Run = tuple[str, ...]


class Runs:
    """Runs of one or more words, looked up at a place in a list of words. The last word may end in `*`: any ending."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[Run]] = {}
        for phrase in sorted(phrases):
            run = _split(phrase)
            self._by_first.setdefault(run[0], []).append(run)
        for runs in self._by_first.values():
            runs.sort(key=len, reverse=True)

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
        self._memory: dict[str, tuple[str, ...]] = {}
        for name in self.names:
            for phrase in concepts[name]:
                run = _split(phrase)
                if len(run) > 1:
                    self._runs.setdefault(run[0], []).append((run, name))
                elif run[0].endswith("*"):
                    self._prefixes[run[0][:-1]] = (*self._prefixes.get(run[0][:-1], ()), name)
                else:
                    self._words[run[0]] = (*self._words.get(run[0], ()), name)
        for runs in self._runs.values():
            runs.sort(key=lambda pair: -len(pair[0]))

    def of_word(self, word: str) -> tuple[str, ...]:
        """The concepts of one word: an exact entry first, else the longest prefix that fits."""
        known = self._memory.get(word)
        if known is None:
            known = self._words.get(word, ())
            if not known:
                for length in range(len(word), 1, -1):
                    if word[:length] in self._prefixes:
                        known = self._prefixes[word[:length]]
                        break
            if len(self._memory) < 200_000:  # a batch may hold any number of different words
                self._memory[word] = known
        return known

    def of_run(self, words: list[str], at: int) -> tuple[tuple[str, int], ...]:
        """The concepts of the runs of two or more words that begin at `at`, each with its length in words."""
        return tuple((name, len(run)) for run, name in self._runs.get(words[at], ()) if _fits(run, words, at))


def _fits(run: Run, words: list[str], at: int) -> bool:
    if at + len(run) > len(words) or words[at : at + len(run) - 1] != list(run[:-1]):
        return False
    last = words[at + len(run) - 1]
    return last.startswith(run[-1][:-1]) if run[-1].endswith("*") else last == run[-1]


def _split(phrase: str) -> Run:
    ending = "*" if phrase.endswith("*") else ""
    words = [token.word for token in tokenise(phrase.rstrip("*")) if token.kind in ("word", "number")]
    if not words:
        raise ValueError(f"{phrase!r} holds no word")
    return (*words[:-1], words[-1] + ending)


@dataclass(frozen=True)
class Lexicon:
    """The lexicon, ready for look-up. Build it with `Lexicon.of`."""

    stop: frozenset[str]
    denial: frozenset[str]
    not_a_denial: Runs
    clause_end: frozenset[str]
    denial_behind: Runs
    had: frozenset[str]
    long_ago: Runs
    going_on: frozenset[str]
    stopped: Runs
    relatives: frozenset[str]
    relative_has: frozenset[str]
    family_cues: Runs
    first_person_own: frozenset[str]
    first_person_has: Runs
    hypothetical: Runs
    concepts: ConceptTable
    content: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Lexicon:
        """From the parsed `lexicon.toml`: tables `context`, `words`, `concepts`, each of lists of strings.

        Raises KeyError where a list is missing and ValueError where an entry holds no word."""
        context = content["context"]
        sets = ("denial", "clause_end", "had", "going_on", "relatives", "relative_has", "first_person_own")
        runs = ("not_a_denial", "denial_behind", "long_ago", "stopped", "family_cues", "first_person_has", "hypothetical")
        return cls(
            stop=frozenset(content["words"]["stop"]),
            concepts=ConceptTable(content["concepts"]),
            content=content,
            **{name: frozenset(context[name]) for name in sets},
            **{name: Runs(context[name]) for name in runs},
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return (Lexicon.of, (self.content,))
