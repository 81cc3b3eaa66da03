"""An unknown phrase → the finding that it most likely says, and the file where that finding's phrases stand."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..knowledge.records import OTHER, Knowledge
from ..text.analyzer import stem
from ..text.lexicon import Lexicon
from .language import spoken

# Words of the examples must be so like those of a finding's phrases (cosine of TF-IDF vectors) for the finding to be named.
LEAST = 0.12
# How much it counts that a finding goes with the causes that the complaints were given, and how far rare findings are held back. Of 585
# phrases whose most telling word was made unknown, with one of their causes given, 44 % came back to their finding as first and 60 % as first
# or second; without the causes, 26 % as first.
CAUSES, EVENNESS = 2.0, 0.25
NAMED = 2
# A word of at least this likeness (difflib's ratio) is close in spelling, and it must stand this often in the knowledge base.
SPELLING, COMMON = 0.8, 6


@dataclass(frozen=True, slots=True)
class Place:
    """A finding that a phrase may say, its phrase that is most like it, and the file where its phrases stand."""

    finding: str
    similar: str
    file: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where a phrase may belong: the likeliest findings, or none where nothing is like it. `spelling`: a known word that is close in
    spelling. `file`: where to add it."""

    places: tuple[Place, ...]
    spelling: str | None
    file: str


class Likely:
    """Compares with the phrases of all findings."""

    def __init__(self, knowledge: Knowledge, folder: Path) -> None:
        self.knowledge, self.folder = knowledge, folder
        self.lexicon = Lexicon.of(knowledge.lexicon)
        self._files = _files(folder)
        self._common = [word for word, n in knowledge.lexicon["vocabulary"].items() if n >= COMMON and len(word) > 3]
        counts = {name: Counter[str]() for name in knowledge.findings}
        for name, finding in knowledge.findings.items():
            for phrases in finding.phrases.values():
                for phrase in phrases:
                    counts[name].update({f for line in spoken(phrase) for f in self._features(line)})
        documents = Counter(feature for bag in counts.values() for feature in bag)
        self._idf = {feature: math.log(len(counts) / n) + 0.1 for feature, n in documents.items()}
        self._profiles = {name: self._unit({f: math.sqrt(n) for f, n in bag.items()}) for name, bag in counts.items()}

    def of(self, phrase: str, figurative: bool, examples: Iterable[str], causes: Counter[str]) -> Suggestion:
        """Where the phrase belongs, by the words around it in its examples, the answers to its complaints, and its spelling.

        `figurative`: its words are known, but mean something else together, so they count for nothing."""
        words = phrase.split()
        near = [
            n
            for word in words
            if word not in self.knowledge.lexicon["vocabulary"]
            for n in difflib.get_close_matches(word, self._common, 1, SPELLING)
        ]
        spelling = near[0] if near and near[0] not in words else None
        bag = Counter(f for text in (*examples, *([spelling] if spelling else [])) for f in self._features(text))
        own = self._features(phrase) if figurative else set()
        query = self._unit({feature: math.sqrt(n) for feature, n in bag.items() if feature not in own})
        places = tuple(Place(name, self._most_like(name, query), self._files[name]) for name in self._best(query, causes)[:NAMED])
        return Suggestion(places, spelling, places[0].file if places else self._complaints_file(causes))

    def _best(self, query: Mapping[str, float], causes: Counter[str]) -> list[str]:
        """The findings whose phrases are like the query, the likeliest first."""
        scores = []
        for name, profile in self._profiles.items():
            like = sum(weight * profile.get(feature, 0.0) for feature, weight in query.items())
            if like >= LEAST:
                goes_with = sum(n * self._likelihood(name, cause) for cause, n in causes.items()) / max(1, causes.total())
                scores.append((-like * (1 + CAUSES * goes_with), name))
        return [name for _, name in sorted(scores)]

    def _likelihood(self, finding: str, cause: str) -> float:
        found = self.knowledge.other_findings if cause == OTHER else self.knowledge.causes[cause].findings if cause in self.knowledge.causes else {}
        return math.pow(found.get(finding, 0.0), EVENNESS)

    def _most_like(self, finding: str, query: Mapping[str, float]) -> str:
        phrases = [line for lines in self.knowledge.findings[finding].phrases.values() for phrase in lines for line in spoken(phrase)]
        units = [(self._unit(dict.fromkeys(self._features(line), 1.0)), line) for line in phrases]
        return max((sum(w * query.get(f, 0.0) for f, w in unit.items()), line) for unit, line in units)[1]

    def _complaints_file(self, causes: Counter[str]) -> str:
        """A whole complaint belongs to a cause; one of none of the causes to the file of its topic, which the user knows best."""
        cause = next((name for name, _ in causes.most_common() if name != OTHER), None)
        if cause is None or 2 * causes[OTHER] > causes.total():
            return f"{self.folder}/complaints/other_*.toml"
        return f"{self.folder}/complaints/{cause}.toml"

    def _features(self, text: str) -> set[str]:
        """Stems and concepts; no more, since the analyzer's context (denied, past) does not matter here."""
        tokens = [token for token in self.lexicon.read(text) if token.kind == "word"]
        words = [token.word for token in tokens]
        out = {stem(word) for word in words if word not in self.lexicon.stop}
        for i, word in enumerate(words):
            out.update("#" + name for name in self.lexicon.concepts.of_word(word))
            out.update("#" + name for name, _ in self.lexicon.concepts.of_run(words, i))
        return out

    def _unit(self, bag: Mapping[str, float]) -> dict[str, float]:
        weighted = {feature: n * self._idf[feature] for feature, n in bag.items() if feature in self._idf}
        norm = math.sqrt(sum(w * w for w in weighted.values())) or 1.0
        return {feature: w / norm for feature, w in weighted.items()}


def _files(folder: Path) -> dict[str, str]:
    """Finding → the file that holds its phrases."""
    out = {}
    for path in sorted((folder / "findings").glob("*.toml")):
        for name in re.findall(r"^\[(\w+)\]", path.read_text(encoding="utf-8"), re.MULTILINE):
            out[name] = str(path)
    return out
