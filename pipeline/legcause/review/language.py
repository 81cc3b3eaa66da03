"""What the model knows of a language: words with a feature, a concept or a place in the lexicon, after slips of typing are mended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

from ..inference.model import Model
from ..knowledge.records import Knowledge
from ..text.analyzer import stem
from ..text.lexicon import Lexicon
from ..text.tokens import Token, tokenise

# Shorter words are initials and slips more often than language.
SHORTEST = 3
_MEMORY = 200_000
_SLOT = re.compile(r"\{[a-z_]+\}")
_ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")


class Language:
    """The words and pairs of words of a model and, where given, of a knowledge base that may have been edited since the model was trained."""

    def __init__(self, model: Model, knowledge: Knowledge | None = None) -> None:
        self.lexicon = Lexicon.of(knowledge.lexicon) if knowledge else model.analyzer.lexicon
        self._features = model.index
        self._roots = {stem(word) for word in _strings_words(self.lexicon.content["context"])}
        self._pairs: set[str] = set()
        self._memory: dict[str, bool] = {}
        if knowledge:
            for line in lines(knowledge):
                self._learn(line)

    def knows(self, word: str) -> bool:
        """Whether one word, as `Lexicon.read` gives it, says anything to the model."""
        known = self._memory.get(word)
        if known is None:
            known = self._look_up(word)
            if len(self._memory) < _MEMORY:
                self._memory[word] = known
        return known

    def knows_pair(self, first: str, second: str) -> bool:
        """Whether two neighbouring words of weight, given as stems, are known together."""
        pair = f"{first}_{second}"
        return pair in self._features or pair in self._pairs

    def unknown(self, tokens: Sequence[Token]) -> list[int]:
        """The places of the words that are not known, by themselves or as part of a known run of words."""
        return [i for i, token in enumerate(tokens) if token.kind == "word" and not self.knows(token.word) and not self._in_run(tokens, i)]

    def _look_up(self, word: str) -> bool:
        if len(word) < SHORTEST or not word.isalpha() or word in self.lexicon.stop or self.lexicon.concepts.of_word(word):
            return True
        root = stem(word)
        return root in self._features or root in self._roots

    def _in_run(self, tokens: Sequence[Token], at: int) -> bool:
        words = [token.word for token in tokens[max(0, at - 4) : at + 5]]
        here = min(at, 4)
        return any(i <= here < i + length for i in range(here + 1) for _, length in self.lexicon.concepts.of_run(words, i))

    def _learn(self, line: str) -> None:
        previous = None
        for token in tokenise(line):
            if token.kind == "end":
                previous = None
            elif token.kind == "word" and token.word not in self.lexicon.stop:
                root = stem(token.word)
                self._roots.add(root)
                if previous:
                    self._pairs.add(f"{previous}_{root}")
                previous = root


def lines(knowledge: Knowledge) -> Iterator[str]:
    """All that people say in the knowledge base: phrases and whole complaints, each `[a|b]` written out, `{slots}` taken for a break."""
    for finding in knowledge.findings.values():
        for phrases in finding.phrases.values():
            for phrase in phrases:
                yield from spoken(phrase)
    for group in knowledge.complaints:
        for complaint in group.complaints:
            yield from spoken(complaint)
    for values in knowledge.slots.values():
        yield from values


def spoken(phrase: str) -> Iterator[str]:
    """A phrase with its alternatives written out, at most 64 of them."""
    parts = _ALTERNATIVES.split(_SLOT.sub(";", phrase))
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    return ("".join(choice) for choice in islice(product(*choices), 64))


def _strings_words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (token.word for token in tokenise(value))
    else:
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _strings_words(part)
