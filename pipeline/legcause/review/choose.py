"""A batch → the few complaints that a person should look at: doubtful, in new language, urgent though in doubt, and unlike one another."""

from __future__ import annotations

import hashlib
import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..inference.model import Model
from ..knowledge.records import OTHER
from .judged import Judged
from .language import Language

# What makes a complaint worth a look, each from 0 to 1, added up: how close the second answer is, words that nobody taught the model
# (full marks at ENOUGH of them), and urgency that rests on a doubtful answer. Doubt weighs most, since a label there moves the border.
NEW, URGENT = 0.5, 0.3
ENOUGH = 3
# What likeness (cosine, 0 to 1) to a complaint already chosen takes away (maximal marginal relevance: Carbonell and Goldstein, 1998).
LIKENESS = 1.0
# In a large batch the most worthwhile are all urgent and all in new language. No more than this share is taken for one of these reasons while
# there are others.
MOST = 0.5
LAST = 10.0  # more than worth and likeness can make up for
# Complaints kept while reading: the most worthwhile of all, and the most worthwhile of each kind (pair of best and second answer, urgent or
# not, with new words or not; 1,600 kinds at most), so that no kind crowds out the others.
POOL, KIND = 2_000, 10
# A cell of a spreadsheet holds 32,767 characters. Longer complaints are cut, also so that memory stays bounded.
LONGEST = 32_000


@dataclass(frozen=True, slots=True)
class Choice:
    """A complaint worth a look, and why, in words."""

    judged: Judged
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Choices:
    """The complaints chosen, the most worthwhile first, out of all of the batch, `doubtful` of which are in doubt."""

    chosen: tuple[Choice, ...]
    complaints: int
    doubtful: int


@dataclass(frozen=True, slots=True)
class _Kept:
    judged: Judged
    text: str
    worth: float
    new: tuple[str, ...]


def choose(batch: Iterable[Judged], model: Model, number: int) -> Choices:
    """The `number` complaints to look at, fewer where the batch has fewer different ones. The same for the same batch, always.

    Memory is bounded: while reading, only the most worthwhile of all and of each kind are kept. `number` is 1 to POOL."""
    pool = _Pool(Language(model))
    complaints = doubtful = 0
    for item in batch:
        complaints += 1
        doubtful += not item.confident
        pool.offer(item)
    return Choices(tuple(Choice(k.judged, k.text, _why(k)) for k in _unlike(pool.kept(), model, number)), complaints, doubtful)


def doubt(item: Judged) -> float:
    """1 where two answers are equally likely, 0 where there is no other (one minus the margin; without a second, as if all the rest were one)."""
    second = 1 - item.probability if item.second_probability is None else item.second_probability
    return min(1.0, max(0.0, 1 - item.probability + second))


def urgent(item: Judged) -> bool:
    """Whether it is urgent or an emergency, though the answer is in doubt or none of the causes."""
    return item.urgency in ("emergency", "urgent") and item.open


_Entry = tuple[float, int, bytes, _Kept]  # worth, place in the batch counting down (of equals the earlier one stays), digest of the text


class _Heap:
    """The most worthwhile entries, `size` at most, no text twice."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.entries: list[_Entry] = []
        self._held: set[bytes] = set()

    def takes(self, worth: float) -> bool:
        """Whether something of that worth may get in."""
        return len(self.entries) < self.size or worth > self.entries[0][0]

    def offer(self, entry: _Entry) -> None:
        if entry[2] in self._held:
            return
        if len(self.entries) < self.size:
            heapq.heappush(self.entries, entry)
        elif entry > self.entries[0]:
            self._held.discard(heapq.heapreplace(self.entries, entry)[2])
        else:
            return
        self._held.add(entry[2])


class _Pool:
    """The most worthwhile complaints of all and of each kind."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._all = _Heap(POOL)
        self._kinds: dict[tuple[str, str | None, bool, bool], _Heap] = defaultdict(lambda: _Heap(KIND))
        self._seen = 0

    def offer(self, item: Judged) -> None:
        self._seen += 1
        if not item.text.strip():
            return
        is_urgent = urgent(item)
        worth = doubt(item) + URGENT * is_urgent
        old, new = (self._kinds[item.cause, item.second, is_urgent, has_new] for has_new in (False, True))
        # Most complaints of a large batch are worth less than all that is kept, however new their words; those need not be read.
        if not old.takes(worth) and not any(heap.takes(worth + NEW) for heap in (self._all, new)):
            return
        text = item.text if len(item.text) <= LONGEST else item.text[:LONGEST] + "…"
        tokens = self.language.lexicon.read(text)
        words = tuple(dict.fromkeys(tokens[i].word for i in self.language.unknown(tokens)))
        worth += NEW * min(1.0, len(words) / ENOUGH)
        digest = hashlib.blake2b(" ".join(text.lower().split()).encode("utf-8", "replace"), digest_size=12).digest()
        entry = (worth, -self._seen, digest, _Kept(replace(item, text=""), text, worth, words))
        self._all.offer(entry)
        (new if words else old).offer(entry)

    def kept(self) -> list[_Kept]:
        """All of them, the most worthwhile first, no text twice."""
        entries: dict[bytes, _Entry] = {}
        for heap in (self._all, *self._kinds.values()):
            for entry in heap.entries:
                entries[entry[2]] = max(entry, entries.get(entry[2], entry))
        return [kept for *_, kept in sorted(entries.values(), key=lambda e: (-e[0], -e[1]))]


def _unlike(pool: Sequence[_Kept], model: Model, number: int) -> list[_Kept]:
    """Greedy: each time the complaint whose worth, less its likeness to the most alike already chosen, is greatest.

    Once MOST of `number` were taken for a reason, others with that reason come last."""
    import numpy as np

    vectors = [_vector(kept, model) for kept in pool]
    columns: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row, vector in enumerate(vectors):
        for feature, weight in vector.items():
            columns[feature].append((row, weight))
    worth = np.array([kept.worth for kept in pool])
    nearest = np.zeros(len(pool))
    reasons = [np.array([urgent(kept.judged) for kept in pool], dtype=bool), np.array([bool(kept.new) for kept in pool], dtype=bool)]
    left = [math.ceil(MOST * number)] * len(reasons)
    chosen: list[_Kept] = []
    for _ in range(min(number, len(pool))):
        best = int(np.argmax(worth - LIKENESS * nearest))
        chosen.append(pool[best])
        worth[best] = -np.inf
        for i, reason in enumerate(reasons):
            left[i] -= int(reason[best])
            if reason[best] and left[i] == 0:
                worth[reason] -= LAST
        like = np.zeros(len(pool))
        for feature, weight in vectors[best].items():
            for row, other in columns[feature]:
                like[row] += weight * other
        np.maximum(nearest, like, out=nearest)
    return chosen


def _vector(kept: _Kept, model: Model) -> dict[str, float]:
    """TF-IDF over the model's features and, as rare as the rarest of them, the new words; of length 1."""
    rarest = float(model.idf.max())
    weights = {f: float(model.idf[model.index[f]]) for f in model.analyzer(kept.text) if f in model.index}
    weights |= dict.fromkeys(kept.new, rarest)
    norm = math.sqrt(sum(w * w for w in weights.values())) or 1.0
    return {feature: w / norm for feature, w in weights.items()}


def _why(kept: _Kept) -> str:
    item = kept.judged
    reasons = []
    if urgent(item):
        flags = f" ({', '.join(item.red_flags)})" if item.red_flags else ""
        reasons.append(f"{item.urgency}{flags}, though " + ("the answer is in doubt" if not item.confident else f"the answer is {OTHER}"))
    if not item.confident:
        if item.second and item.second_probability is not None:
            reasons.append(f"in doubt: {item.cause} {item.probability:.2f} or {item.second} {item.second_probability:.2f}")
        else:
            reasons.append(f"in doubt: {item.cause} {item.probability:.2f}")
    if kept.new:
        reasons.append("new words: " + ", ".join(kept.new[:5]) + (f" and {len(kept.new) - 5} more" if len(kept.new) > 5 else ""))
    return "; ".join(reasons) or "unlike the others"
