"""Words, their numbers, and what each is: as the tables have them, and new ones as they turn up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..text import context
from ..text.analyzer import stem
from ..text.lexicon import Lexicon
from ..text.patterns import ClassLookUp
from ..text.tokens import tokenise
from .layout import BITS, FIRST_WORD, NO_ROOT, RUNS, SLOT, UNKNOWN, WORD, Surfaces, Words
from .machine import call


def aligned(shape: tuple[int, ...], kind: Any) -> npt.NDArray[Any]:
    """Zeros, the first at the begin of a line of the processor's cache, so that short rows do not reach over two lines."""
    kind = np.dtype(kind)
    size = math.prod(shape) * kind.itemsize
    raw = np.zeros(size + 64, np.uint8)
    begin = -raw.ctypes.data % 64
    aligned: npt.NDArray[Any] = raw[begin : begin + size].view(kind).reshape(shape)
    return aligned


class Column:
    """A table that grows at its end; what has been handed out stays as it was. `width`: of a row that holds several numbers."""

    def __init__(self, kind: Any, width: int | None = None) -> None:
        self._data = aligned((1024,) if width is None else (1024, width), kind)
        self.count = 0

    @classmethod
    def of(cls, values: npt.NDArray[Any]) -> Self:
        """That holds a copy of values."""
        column = cls(values.dtype, *values.shape[1:])
        column.extend(values)
        return column

    def extend(self, values: Sequence[Any] | npt.NDArray[Any]) -> int:
        """Adds rows; returns the place of the first."""
        first, self.count = self.count, self.count + len(values)
        if self.count > len(self._data):
            grown = aligned((max(self.count, 2 * len(self._data)), *self._data.shape[1:]), self._data.dtype)
            grown[:first] = self._data[:first]
            self._data = grown
        self._data[first : self.count] = values
        return first

    @property
    def data(self) -> npt.NDArray[Any]:
        """The rows, and room behind them."""
        return self._data


@dataclass
class Entries:
    """Makes the rows of words. `roots`: stem → its number in pairs. `look_up`: of the classes of words in patterns; `anchored`: class → the
    patterns of which it is the rarest, each with its next two classes. `list_bits`: word → the bits of the lists that hold it. `columns`: the
    tables of Words. The rest is empty for words that no list and no phrase holds, as new ones are."""

    lexicon: Lexicon
    index: Mapping[str, int]
    roots: Mapping[str, int]
    look_up: ClassLookUp
    anchored: Mapping[int, Sequence[Sequence[int]]]
    list_bits: Mapping[str, int]
    columns: Mapping[str, Column]
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    runs: Mapping[str, Sequence[tuple[int, tuple[str, ...]]]] = field(default_factory=dict)
    phrases: Mapping[str, Sequence[tuple[int, int, tuple[str, ...]]]] = field(default_factory=dict)
    lists: tuple[Mapping[str, int], Mapping[str, int], Mapping[str, int]] = ({}, {}, {})

    def __post_init__(self) -> None:
        self._concepts = {name: i for i, name in enumerate(self.lexicon.concepts.names)}

    def row(self, word: str, kind: str) -> tuple[int, ...]:
        """What a word is, as WORD."""
        is_word = kind == "word"
        concepts = self.lexicon.concepts.of_word(word)
        root = stem(word) if is_word else ""
        is_plural = is_word and word != root and word.endswith("s") and bool(context.BODY.intersection(concepts))
        phrases, nothing = self.phrases.get(word, ()), len(self.index)
        numbers = [*(self._concepts[name] for name in concepts), *[len(self._concepts)] * 2]
        classes = sorted(self.look_up(word)) if kind != "mark" else []
        row = {
            "bits": self.list_bits.get(word, 0) | _bits(word, kind, concepts, self.lexicon),
            "runs_of_one": self.lists[0].get(word, 0),
            "runs_first": self.lists[1].get(word, 0),
            "runs_second": self.lists[2].get(word, 0),
            "runs_at": self._runs_at(self.runs.get(word, ())),
            "root": self.roots.get(root, NO_ROOT) if is_word else NO_ROOT,
            "feature": self.index.get(root, nothing) if is_word else nothing,
            "plural": self.index.get("=" + word, nothing) if is_plural else nothing,
            "value": int(word) if kind == "number" and word.isascii() and word.isdigit() and len(word) <= 3 else -1,
            "concept": numbers[0],
            "second_concept": numbers[1],
            "more_concepts_at": self._list("concepts", [number for number in numbers[2:] if number < len(self._concepts)]),
            "phrase_at": self._list(
                "phrase_entries", [n for concept, last, run in phrases for n in (concept, len(run), last, *self._numbers_of(run))]
            ),
            "member_row": self._member(classes),
            "classes_at": self._list("classes", classes),
            "anchor_at": self._list("anchors", [n for c in classes for entry in self.anchored.get(c, ()) for n in entry]),
        }
        return tuple(row[name] for name in WORD.names or ())

    def _runs_at(self, runs: Sequence[tuple[int, tuple[str, ...]]]) -> int:
        if not runs:
            return 0
        of_lists = ([n for kind, run in runs if kind == wanted for n in (len(run), *self._numbers_of(run))] for wanted in range(len(RUNS)))
        return self.columns["run_at"].extend([[self._list("run_entries", entries) for entries in of_lists]])

    def _numbers_of(self, run: Sequence[str]) -> list[int]:
        return [-1 if word.endswith("*") else self.numbers[word, kind_of(word)] for word in run]

    def _list(self, column: str, entries: Sequence[int]) -> int:
        """Where in a flat list the entries stand, ended by -1; place 0 where there are none."""
        return self.columns[column].extend([*entries, -1]) if entries else 0

    def _member(self, classes: Sequence[int]) -> int:
        if not classes:
            return 0
        bits = np.zeros(self.columns["member"].data.shape[1], np.uint64)
        for number in classes:
            bits[number >> 6] |= np.uint64(1 << (number & 63))
        return self.columns["member"].extend([bits])


class Vocabulary:
    """The words that a batch knows. `surfaces`, `slots` and `words` are for the kernels; `learn` enters words that they do not know into `slots`,
    `learnt` of them so far."""

    def __init__(self, entries: Entries, surfaces: Surfaces, known: Sequence[str]) -> None:
        self._entries = entries
        entries.numbers.update({(word, kind_of(word)): FIRST_WORD + i for i, word in enumerate(known)})
        self.surfaces = surfaces
        self.slots = aligned((1024,), SLOT)
        self._written: dict[bytes, int] = {}
        self.learnt = 0
        self._alike: dict[tuple[Any, ...], int] = {}

    def learn(self, text: bytes, unknown: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The numbers of words that no table holds, which are entered. `unknown`: see reading.read."""
        self._make_room(len(unknown))
        self.learnt += call("reading.enter_meant", self.slots, np.frombuffer(text, np.uint8), unknown)
        numbers = unknown[:, 3].copy()
        nobodys = np.flatnonzero(numbers == UNKNOWN)
        surfaces = [text[start:end].lower() for start, end in unknown[nobodys, 1:3].tolist()]
        new = [surface for surface in dict.fromkeys(surfaces) if surface not in self._written]
        self._written.update((surface, self._number_of(surface.decode())) for surface in new)
        enter(self.slots, new, [self._written[surface] for surface in new])
        self.learnt += len(new)
        numbers[nobodys] = [self._written[surface] for surface in surfaces]
        return numbers

    def _number_of(self, surface: str) -> int:
        token = tokenise(surface)[0]
        # Of plain letters the kernel has already seen that they are no slip of typing.
        plain = token.kind == "number" or (surface.isascii() and surface.isalpha())
        word = token.word if plain else self._entries.lexicon.speller(token.word)
        number = self._entries.numbers.get((word, token.kind))
        if number is None:
            row = self._entries.row(word, token.kind)
            # A word that is nothing to anybody has the number of the others of which the same holds, and is not kept: there is no end of such words.
            number = self._alike.setdefault(row, self._entries.columns["of"].count)
            if number == self._entries.columns["of"].count:
                self._entries.columns["of"].extend([row])
                self._entries.numbers[word, token.kind] = number
        return number

    def _make_room(self, more: int) -> None:
        size = len(self.slots)
        while 2 * (self.learnt + more) > size:
            size *= 2
        if size > len(self.slots):
            larger = aligned((size,), SLOT)
            call("reading.move", self.slots, larger)
            self.slots = larger

    @property
    def words(self) -> Words:
        """What each word is, as it stands now."""
        return Words(**{name: self._entries.columns[name].data for name in Words._fields})


def enter(slots: npt.NDArray[np.void], surfaces: Sequence[bytes], numbers: Sequence[int]) -> None:
    """Enters words as they are written into a table with room for them."""
    ends = np.cumsum([0, *map(len, surfaces)], dtype=np.int64)
    call("reading.enter", slots, np.frombuffer(b"".join(surfaces), np.uint8), ends, np.array(numbers, np.int32))


def kind_of(word: str) -> str:
    """Of a word of the knowledge base, as tokens have it."""
    return "number" if word[0].isdecimal() else "word"


LOST, _TOLD_IN_PAST, _RELATIVE_HAS = (1 << BITS.index(name) for name in ("lost", "told_in_past", "relative_has"))


def _bits(word: str, kind: str, concepts: Sequence[str], lexicon: Lexicon) -> int:
    """What a word is beside what lists say."""
    bits = 0
    if word.endswith("ed"):
        bits |= _TOLD_IN_PAST | (_RELATIVE_HAS if len(word) > 4 else 0)
    if word.removesuffix("s") in lexicon.relatives:
        bits |= 1 << BITS.index("relative_plural")
    if concepts:
        bits |= 1 << BITS.index("any_concept")
        bits |= 1 << BITS.index("test") if "test" in concepts else 0
        bits |= 1 << BITS.index("body") if context.BODY.intersection(concepts) else 0
        bits |= 1 << BITS.index("complaint") if context.COMPLAINT.intersection(concepts) else 0
    if kind == "number":
        bits |= 1 << BITS.index("number")
    if word.isdigit():
        bits |= 1 << BITS.index("digits")
        bits |= 1 << BITS.index("year") if len(word) == 4 and word[:2] in ("19", "20") else 0
    return bits
