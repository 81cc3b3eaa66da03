"""The model as the tables that the kernels read; new words are entered as they turn up."""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..inference.assess import PLAUSIBLE
from ..inference.findings import HARDLY
from ..inference.flags import RedFlags
from ..inference.model import Model
from ..knowledge.records import OTHER, URGENCIES
from ..text import analyzer, context
from ..text.analyzer import stem
from ..text.lexicon import Lexicon, Speller
from ..text.patterns import ClassLookUp, WordClass
from ..text.tokens import tokenise
from . import answering, reading
from .answering import BITS, LANES, PHRASE, RUNS, WORD, Flags, Rules, Weights, Words
from .reading import FIRST_WORD, SLOT, UNKNOWN, Surfaces

# Ids of features as the analyzer writes them.
_AGES = ("age_0_12", "age_13_19", "age_20_39", "age_40_59", "age_60_74", "age_75")
_LIST_BITS = ("stop denial clause_end had going_on relatives first_person_own stopped_when present recent third_person dealt_with personal").split()
_WORD_BITS: dict[str, frozenset[str]] = {
    "mine": context.MINE,
    "new_clause": context.NEW_CLAUSE,
    "asked_of_what_is": context.ASKED_OF_WHAT_IS,
    "gone_away": context.GONE_AWAY,
    "or_nor": frozenset(("or", "nor")),
    "subject": context.SUBJECTS,
    "but_so_now": frozenset(("but", "so", "now")),
    "but": frozenset(("but",)),
    "gone": frozenset(("gone",)),
    "none": frozenset(("none",)),
    "im": frozenset(("im",)),
    "i": frozenset(("i",)),
    "at_aged": frozenset(("at", "aged")),
    "in_around": frozenset(("in", "around", "circa")),
    "ago": frozenset(("ago", "years", "year")),
    "am_as": frozenset(("am", "im", "as")),
    "weeks": frozenset(("weeks", "wks", "months")),
    "me": frozenset(("mine", "me")),
    "hardly": HARDLY,
    "am": frozenset(("am",)),
    "pm": frozenset(("pm",)),
    "oclock": frozenset(("oclock",)),
    "units": analyzer.UNITS,
    "age_before": analyzer.AGE_BEFORE,
    "age_behind": analyzer.AGE_BEHIND,
    "years": frozenset(("year", "years", "yr", "yrs", "y")),
    "old_of": frozenset(("old", "of")),
    "week": frozenset(("week",)),
    "forty": frozenset(("40",)),
    "gestation_weeks": frozenset(("weeks", "week", "wks", "wk", "weeker")),
    "pregnant": frozenset(("pregnant", "preg", "gone", "along", "pregnancy")),
    "at": frozenset(("at",)),
    "and": frozenset(("and",)),
    "behind_and": context.BEHIND_AND,
    "my": frozenset(("my",)),
    "no": frozenset(("no",)),
}


def _aligned(shape: tuple[int, ...], kind: Any) -> npt.NDArray[Any]:
    """Zeros, the first at the begin of a line of the processor's cache, so that short rows do not reach over two lines."""
    kind = np.dtype(kind)
    size = math.prod(shape) * kind.itemsize
    raw = np.zeros(size + 64, np.uint8)
    begin = -raw.ctypes.data % 64
    aligned: npt.NDArray[Any] = raw[begin : begin + size].view(kind).reshape(shape)
    return aligned


class _Column:
    """A table that grows at its end; what has been handed out stays as it was. `width`: of a row that holds several numbers."""

    def __init__(self, kind: Any, width: int | None = None) -> None:
        self._data = _aligned((1024,) if width is None else (1024, width), kind)
        self.count = 0

    def extend(self, values: Sequence[Any] | npt.NDArray[Any]) -> int:
        """Adds rows; returns the place of the first."""
        first, self.count = self.count, self.count + len(values)
        if self.count > len(self._data):
            grown = _aligned((max(self.count, 2 * len(self._data)), *self._data.shape[1:]), self._data.dtype)
            grown[:first] = self._data[:first]
            self._data = grown
        self._data[first : self.count] = values
        return first

    @property
    def data(self) -> npt.NDArray[Any]:
        return self._data


class Vocabulary:
    """Words, their numbers, and what each is. `surfaces` and `words` are for the kernels; `learn` enters a word that they do not know."""

    def __init__(self, model: Model, flags: FlagTable) -> None:
        self._lexicon = model.analyzer.lexicon
        self._index = model.index
        concepts = {name: i for i, name in enumerate(self._lexicon.concepts.names)}
        self._concept_numbers = concepts
        self.pairs, self._roots = _pairs(model.features)
        self._runs = _runs_by_first(self._lexicon)
        classes = dict(flags.classes)  # and those of the endings in phrases of concepts
        self._phrases: dict[str, list[tuple[int, int, tuple[str, ...]]]] = {}
        for run, name in self._lexicon.concepts.runs():
            last = -1
            if run[-1].endswith("*"):
                last = classes.setdefault(WordClass(frozenset(), (run[-1][:-1],)), len(classes))
            self._phrases.setdefault(run[0], []).append((concepts[name], last, run))
        self._lists_of_one, self._lists_of_first, self._lists_of_second = self._lists_by_place()
        self._class_look_up = ClassLookUp(classes)
        self._anchored = flags.anchored(self._frequencies(self._class_look_up, len(classes)))
        width = len(classes) // 64 + 1
        lists = {name: _Column(np.int32) for name in ("run_entries", "concepts", "phrase_entries", "anchors")}
        self._columns = {"of": _Column(WORD), "run_at": _Column(np.int32, len(RUNS)), "member": _Column(np.uint64, width)} | lists
        for name in ("run_at", "member"):
            self._columns[name].extend(np.zeros_like(self._columns[name].data[:1]))
        for column in lists.values():
            column.extend([-1])
        counts: Mapping[str, int] = self._lexicon.content.get("vocabulary", {})
        # The order of lexicon.Speller: of two words that fit, the more common, then the later in the alphabet.
        often = (word for word, times in counts.items() if times >= Speller.LEAST and word.isascii() and word.isalpha())
        common = sorted(often, key=lambda word: (counts[word], word), reverse=True)
        runs = {word for runs in self._runs.values() for _, run in runs for word in run}
        phrases = {word for phrases in self._phrases.values() for _, last, run in phrases for word in (run if last < 0 else run[:-1])}
        known = dict.fromkeys((*common, *sorted(counts), *sorted(runs | phrases)))
        self._numbers = {(word, _kind(word)): FIRST_WORD + i for i, word in enumerate(known)}
        self._bits = _bits_of_lists(self._lexicon)
        self._of = self._columns["of"]
        self._of.extend([self._row(mark, "mark") for mark in ".,:()"])
        self._of.extend([self._row(word, kind) for word, kind in self._numbers])
        self._alike: dict[tuple[Any, ...], int] = {}
        self._slots = _aligned((1 << 16,), SLOT)
        self.size = 0
        self._slips = _slips(common)
        for word in known:
            self.learn(word.encode())

    def learn(self, surface: bytes) -> int:
        """The number of a word as it is written in a text; it is entered where it is new."""
        written = np.frombuffer(surface, np.uint8)
        number = int(reading.look_up(self._slots, written))
        if number != UNKNOWN:
            return number
        token = tokenise(surface.decode())[0]
        # Of plain letters the kernel has already seen that they are no slip of typing.
        word = token.word if token.kind == "number" or surface.isalpha() else self._lexicon.speller(token.word)
        number = self._number(word, token.kind)
        if 2 * self.size > len(self._slots):
            larger = _aligned((2 * len(self._slots),), SLOT)
            reading.move(self._slots, larger)
            self._slots = larger
        reading.enter(self._slots, written, number)
        self.size += 1
        return number

    def _number(self, word: str, kind: str) -> int:
        """The number of a word; of one that is nothing to anybody, that of the others of which the same holds."""
        number = self._numbers.get((word, kind))
        if number is None:
            row = self._row(word, kind)
            number = self._alike.setdefault(row, self._of.count)
            if number == self._of.count:
                self._of.extend([row])
            else:
                return number  # not kept: there is no end of such words
            self._numbers[word, kind] = number
        return number

    @property
    def surfaces(self) -> Surfaces:
        """How words are written, as it stands now."""
        return Surfaces(_character_kinds(), self._slots, *self._slips)

    @property
    def words(self) -> Words:
        """What each word is, as it stands now."""
        return Words(**{name: self._columns[name].data for name in Words._fields})

    def _row(self, word: str, kind: str) -> tuple[int, ...]:
        """What a word is, as WORD."""
        is_word = kind == "word"
        concepts = self._lexicon.concepts.of_word(word)
        root = stem(word) if is_word else ""
        is_plural = is_word and word != root and word.endswith("s") and bool(context.BODY.intersection(concepts))
        phrases = self._phrases.get(word, ())
        classes = sorted(self._class_look_up(word)) if kind != "mark" else []
        row = {
            "bits": self._bits.get(word, 0) | _bits(word, kind, concepts, self._lexicon),
            "runs_of_one": self._lists_of_one.get(word, 0),
            "runs_first": self._lists_of_first.get(word, 0),
            "runs_second": self._lists_of_second.get(word, 0),
            "runs_at": self._runs_at(self._runs.get(word, ())),
            "root": self._roots.get(root, -1),
            "feature": self._index.get(root, -1) if is_word else -1,
            "plural": self._index.get("=" + word, -1) if is_plural else -1,
            "value": (int(word) if word.isascii() and word.isdigit() and len(word) <= 3 else -1) if kind == "number" else -2,
            "concept_at": self._list("concepts", [self._concept_numbers[name] for name in concepts]),
            "phrase_at": self._list(
                "phrase_entries", [n for concept, last, run in phrases for n in (concept, len(run), last, *self._numbers_of(run))]
            ),
            "member_row": self._member(classes),
            "anchor_at": self._list("anchors", [n for c in classes for entry in self._anchored.get(c, ()) for n in entry]),
        }
        return tuple(row[name] for name in WORD.names or ())

    def _runs_at(self, runs: Sequence[tuple[int, tuple[str, ...]]]) -> int:
        if not runs:
            return 0
        of_lists = ([n for kind, run in runs if kind == wanted for n in (len(run), *self._numbers_of(run))] for wanted in range(len(RUNS)))
        return self._columns["run_at"].extend([[self._list("run_entries", entries) for entries in of_lists]])

    def _lists_by_place(self) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
        """Word → the lists of which it is a run by itself; the first word of a longer one; the second. A phrase whose second word is any with
        an ending counts as if it were one word."""
        one: dict[str, int] = {}
        first: dict[str, int] = {}
        second: dict[str, int] = {}
        runs = [pair for pairs in self._runs.values() for pair in pairs]
        runs += [(PHRASE, run) for phrases in self._phrases.values() for _, _, run in phrases]
        for kind, run in runs:
            if len(run) == 1 or (len(run) == 2 and run[1].endswith("*")):
                one[run[0]] = one.get(run[0], 0) | 1 << kind
            else:
                first[run[0]] = first.get(run[0], 0) | 1 << kind
                second[run[1]] = second.get(run[1], 0) | 1 << kind
        return one, first, second

    def _numbers_of(self, run: Sequence[str]) -> list[int]:
        return [-1 if word.endswith("*") else self._numbers[word, _kind(word)] for word in run]

    def _list(self, column: str, entries: Sequence[int]) -> int:
        """Where in a flat list the entries stand, ended by -1; place 0 where there are none."""
        return self._columns[column].extend([*entries, -1]) if entries else 0

    def _member(self, classes: Sequence[int]) -> int:
        if not classes:
            return 0
        bits = np.zeros(self._columns["member"].data.shape[1], np.uint64)
        for number in classes:
            bits[number >> 6] |= np.uint64(1 << (number & 63))
        return self._columns["member"].extend([bits])

    def _frequencies(self, look_up: ClassLookUp, count: int) -> list[int]:
        """How often the knowledge base has a word of each class."""
        out = [0] * count
        for word, times in self._lexicon.content.get("vocabulary", {}).items():
            for number in look_up(word):
                out[number] += times
        return out


class FlagTable:
    """The red flags and their patterns as tables."""

    def __init__(self, flags: RedFlags) -> None:
        self.names = flags.order
        self.findings = flags.among
        self.classes: dict[WordClass, int] = {}
        self._patterns: list[tuple[int, list[tuple[int, int]]]] = []  # finding, parts: class and gap before it
        for number, finding in enumerate(self.findings):
            for pattern in flags.finder.patterns.get(finding, ()):
                for parts in pattern.variants:
                    self._patterns.append((number, [(self.classes.setdefault(words, len(self.classes)), gap) for words, gap in parts]))
        self._anchors = [0] * len(self._patterns)
        self._flags = flags

    def anchored(self, frequencies: Sequence[int]) -> dict[int, list[tuple[int, int, int]]]:
        """Class → the patterns of which it is the rarest, those that are tried where a word of it stands; each with its next two classes."""
        out: dict[int, list[tuple[int, int, int]]] = {}
        for number, (_, parts) in enumerate(self._patterns):
            rarest = sorted(range(len(parts)), key=lambda k: (frequencies[parts[k][0]], k))
            self._anchors[number] = rarest[0]
            classes = [parts[k][0] for k in rarest]
            out.setdefault(classes[0], []).append((number, classes[min(1, len(classes) - 1)], classes[min(2, len(classes) - 1)]))
        return out

    @property
    def tables(self) -> Flags:
        """For the kernel; `anchored` must have been asked for before."""
        parts = [part for _, pattern in self._patterns for part in pattern]
        rows = [(self.names.index(name), row) for name in self.names for row in self._flags.flags[name]["when"]]
        used = Counter(finding for _, row in rows for finding in row)
        rarest = [min(row, key=lambda finding: (used[finding], finding)) for _, row in rows]
        rows_at, rows_of = [], [-1]
        for finding in self.findings:
            of_it = [number for number, name in enumerate(rarest) if name == finding]
            rows_at.append(len(rows_of) if of_it else 0)
            rows_of += [*of_it, -1] if of_it else []
        return Flags(
            pattern_at=np.cumsum([0, *(len(pattern) for _, pattern in self._patterns)]).astype(np.int32),
            part_class=np.array([number for number, _ in parts], np.int32),
            part_gap=np.array([gap for _, gap in parts], np.int32),
            pattern_anchor=np.array(self._anchors, np.int32),
            pattern_finding=np.array([finding for finding, _ in self._patterns], np.int32),
            past_counts=np.array([f in self._flags.past_counts for f in self.findings], np.uint8),
            rows=np.stack([self._set(row) for _, row in rows]),
            row_flag=np.array([flag for flag, _ in rows], np.int32),
            rows_at=np.array(rows_at, np.int32),
            rows_of=np.array(rows_of, np.int32),
            unless=np.stack([self._set(self._flags.flags[name].get("unless", ())) for name in self.names]),
        )

    def _set(self, findings: Sequence[str]) -> npt.NDArray[np.uint64]:
        bits = np.zeros(len(self.findings) // 64 + 1, np.uint64)
        for finding in findings:
            number = self.findings.index(finding)
            bits[number >> 6] |= np.uint64(1 << (number & 63))
        return bits


def weights(model: Model, intercept: npt.NDArray[np.float64], pairs: Sequence[tuple[int, int, int]]) -> Weights:
    """The model's numbers. `pairs`: stem, stem, row."""
    index, names = model.index, model.analyzer.lexicon.concepts.names
    table = np.zeros((1 << (2 * len(pairs) + 1).bit_length(), 2), np.uint32)
    answering.enter_pairs(np.array(pairs, np.int64).reshape(-1, 3), table)
    concept_pairs = np.full((len(names), len(names)), -1, np.int32)
    for i, first in enumerate(names):
        for k, second in enumerate(names[i + 1 :], i + 1):
            concept_pairs[i, k] = concept_pairs[k, i] = index.get(f"#{first}+#{second}", -1)

    def rows(features: Sequence[str]) -> npt.NDArray[np.int32]:
        return np.array([index.get(feature, -1) for feature in features], np.int32)

    features, count = len(model.idf), len(model.intercept) + len(model.danger_intercept)
    products = _aligned((features + 1, count + -count % LANES), np.float32)
    idf = model.idf[:, None]
    products[:features, :count] = np.hstack([idf * model.weights, idf * model.danger_weights])
    return Weights(
        rows=products,
        idf=np.append(model.idf, np.float32(0)),
        intercept=np.concatenate([intercept, model.danger_intercept]),
        pairs=table,
        concept_rows=rows([f"#{name}" for name in names]),
        denied_rows=rows([f"not:#{name}" for name in names]),
        concept_pair_rows=concept_pairs,
        age_rows=rows(["@" + age for age in _AGES]),
        special_rows=rows(["@night_hour", "@gestation"]),
    )


def rules(model: Model, flags: FlagTable) -> Rules:
    """How answers are made of probabilities and flags (inference.assess)."""
    causes, red_flags = model.knowledge["causes"], model.knowledge["red_flags"]
    urgencies = [URGENCIES.index("self_care" if label == OTHER else causes[label]["urgency"]) for label in model.labels]
    return Rules(
        label_urgency=np.array(urgencies, np.uint8),
        flag_urgency=np.array([URGENCIES.index(red_flags[name]["urgency"]) for name in flags.names], np.uint8),
        unsure_urgency=URGENCIES.index("routine"),
        other=model.labels.index(OTHER),
        threshold=float(model.knowledge["confident_above"]),
        plausible=PLAUSIBLE,
        flag_of_danger=np.array([flags.names.index(name) for name in sorted(red_flags)], np.int64),
        raises=float(model.knowledge["alarm"]["raises"]),
        quiet=float(model.knowledge["alarm"]["quiet"]),
        least_norm=float(model.knowledge["alarm"]["least_norm"]),
    )


_LOST, _TOLD_IN_PAST, _RELATIVE_HAS = (1 << BITS.index(name) for name in ("lost", "told_in_past", "relative_has"))


def _kind(word: str) -> str:
    return "number" if word[0].isdecimal() else "word"


def _bits_of_lists(lexicon: Lexicon) -> dict[str, int]:
    """Word → the bits of the lists that hold it."""
    out: dict[str, int] = {}
    for name, words in (*_WORD_BITS.items(), *((name, getattr(lexicon, name)) for name in (*_LIST_BITS, "relative_has", "told_in_past"))):
        for word in words:
            out[word] = out.get(word, 0) | 1 << BITS.index(name)
    for word in context.LOST:
        out[word] = out.get(word, 0) | _LOST
    return out


def _bits(word: str, kind: str, concepts: Sequence[str], lexicon: Lexicon) -> int:
    """What a word is beside what lists say."""
    bits = 0
    if word.endswith("ed"):
        bits |= _TOLD_IN_PAST | (_RELATIVE_HAS if len(word) > 4 else 0)
    if word.removesuffix("s") in lexicon.relatives:
        bits |= 1 << BITS.index("relative_plural")
    if concepts:
        bits |= 1 << BITS.index("any_concept")
        bits |= _LOST if "test" in concepts else 0
        bits |= 1 << BITS.index("body") if context.BODY.intersection(concepts) else 0
        bits |= 1 << BITS.index("complaint") if context.COMPLAINT.intersection(concepts) else 0
    if kind == "number":
        bits |= 1 << BITS.index("number")
    if word.isdigit():
        bits |= 1 << BITS.index("digits")
        bits |= 1 << BITS.index("year") if len(word) == 4 and word[:2] in ("19", "20") else 0
    return bits


def _pairs(features: Sequence[str]) -> tuple[list[tuple[int, int, int]], dict[str, int]]:
    """The features that are pairs of stems, as stem, stem, row; and the numbers of the stems."""
    roots: dict[str, int] = {}
    pairs = []
    for row, feature in enumerate(features):
        if "_" in feature and not feature.startswith(("#", "@", "=", "not:")):
            first, second = (roots.setdefault(root, len(roots)) for root in feature.split("_"))
            pairs.append((first, second, row))
    return pairs, roots


def _runs_by_first(lexicon: Lexicon) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    """First word → list and run; of each list the longest first."""
    out: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for number, name in enumerate(RUNS):
        for run in getattr(lexicon, name).runs():
            out.setdefault(run[0], []).append((number, run))
    return out


@lru_cache(maxsize=1)
def _character_kinds() -> npt.NDArray[np.uint8]:
    kinds = np.zeros(sys.maxunicode + 1, np.uint8)
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    # As in text.tokens.
    of_kind = {
        reading.LETTER: r"[^\W\d_]",
        reading.DIGIT: r"\d",
        reading.END: r"[.?!;\n\r\u2028\u2029]",
        reading.MARK: r"[,:()]",
        reading.APOSTROPHE: "['’`´]",
    }
    for kind, pattern in of_kind.items():
        kinds[[match.start() for match in re.finditer(pattern, everything)]] = kind
    return kinds


def _slips(common: Sequence[str]) -> tuple[npt.NDArray[Any], ...]:
    """The tables behind `slips` of Surfaces, for words of 4 to 17 letters: shorter and longer ones are never what was meant."""
    starts = np.cumsum([0, *map(len, common)]).astype(np.int32)
    text = np.frombuffer("".join(common).encode(), np.uint8)
    slots = _aligned((1 << (2 * len(text) + 1).bit_length(),), SLOT)
    entries = np.empty((2, len(text) + 1), np.int32)
    reading.enter_slips(text, starts, slots, entries[0], entries[1], np.empty(16, np.uint8))
    return slots, entries[0], entries[1], text, starts
