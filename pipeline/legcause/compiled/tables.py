"""The model as the tables that the kernels read: made once for each model, and kept in a file."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save

from ..inference.assess import PLAUSIBLE, Assessor
from ..inference.findings import HARDLY
from ..inference.flags import RedFlags, order
from ..inference.model import Model
from ..knowledge.records import OTHER, URGENCIES
from ..text import analyzer, context
from ..text.lexicon import Lexicon, Speller
from ..text.patterns import ClassLookUp, WordClass
from . import kept, layout
from .layout import BITS, FIRST_WORD, GROUPING, LANES, PAIR, PHRASE, RUNS, SLOT, STEP_BITS, WORD, Flags, Rules, Surfaces, Weights, Words
from .machine import call
from .words import LOST, Column, Entries, Vocabulary, aligned, enter, kind_of

# Ids of features as the analyzer writes them.
_AGES = ("age_0_12", "age_13_19", "age_20_39", "age_40_59", "age_60_74", "age_75")
_LIST_BITS = (
    "stop denial clause_end had going_on relatives first_person_own stopped_when present recent third_person dealt_with personal denied_with"
).split()
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
    "when": context.WHEN,
    "went": context.WENT,
}


class Tables(NamedTuple):
    """What the kernels read, and in `learning` what rows of new words are made of, as JSON has it (see words.Entries)."""

    words: Words
    surfaces: Surfaces
    pairs: npt.NDArray[np.void]
    steps: npt.NDArray[np.uint16]
    concept_pairs: npt.NDArray[np.int32]
    flags: Flags
    learning: Mapping[str, Any]


_RECORDS = {"words.of": WORD, "pairs": PAIR, "surfaces.slots": SLOT, "surfaces.slips": SLOT}


def tables(assessor: Assessor) -> Tables:
    """Those of the assessor's model: the kept ones, else new ones, which are kept."""
    name = kept.name("model", ".tables", assessor.model.checksum)
    content = kept.read(name)
    if content is not None:
        return _read(content)
    made = _made(assessor.model, assessor.flags)
    kept.keep(name, _written(made))
    return made


def _written(made: Tables) -> bytes:
    arrays = {f"{part}.{name}": array for part in ("words", "surfaces", "flags") for name, array in getattr(made, part)._asdict().items()}
    arrays |= {name: getattr(made, name) for name in ("pairs", "steps", "concept_pairs")}
    arrays["learning"] = np.frombuffer(json.dumps(made.learning).encode(), np.uint8)
    content: bytes = save({name: array.view(np.uint8) if name in _RECORDS else array for name, array in arrays.items()})
    return content


def _read(content: bytes) -> Tables:
    arrays = {name: array.view(_RECORDS[name]) if name in _RECORDS else array for name, array in load(content).items()}

    def part(kind: Any, name: str) -> Any:
        return kind(**{field: arrays[f"{name}.{field}"] for field in kind._fields})

    return Tables(
        part(Words, "words"), part(Surfaces, "surfaces"), arrays["pairs"], arrays["steps"], arrays["concept_pairs"], part(Flags, "flags"),
        json.loads(arrays["learning"].tobytes()),
    )  # fmt: skip


def vocabulary(model: Model, made: Tables) -> Vocabulary:
    """The words of the knowledge base, ready to learn more."""
    learning = made.learning
    classes = {WordClass(frozenset(words), tuple(prefixes)): i for i, (words, prefixes) in enumerate(learning["classes"])}
    entries = Entries(
        lexicon=model.analyzer.lexicon,
        index=model.index,
        roots={root: i for i, root in enumerate(learning["roots"])},
        look_up=ClassLookUp(classes),
        anchored={int(number): patterns for number, patterns in learning["anchored"].items()},
        list_bits=learning["list_bits"],
        columns={name: Column.of(getattr(made.words, name)) for name in Words._fields},
    )
    return Vocabulary(entries, made.surfaces, learning["known"])


def _made(model: Model, red_flags: RedFlags) -> Tables:
    lexicon, index = model.analyzer.lexicon, model.index
    flags = _FlagTable(red_flags)
    pairs, roots = _pairs(model.features)
    classes = dict(flags.classes)  # and those of the endings in phrases of concepts
    numbers_of_concepts = {name: i for i, name in enumerate(lexicon.concepts.names)}
    phrases: dict[str, list[tuple[int, int, tuple[str, ...]]]] = {}
    for run, name in lexicon.concepts.runs():
        last = -1
        if run[-1].endswith("*"):
            last = classes.setdefault(WordClass(frozenset(), (run[-1][:-1],)), len(classes))
        phrases.setdefault(run[0], []).append((numbers_of_concepts[name], last, run))
    runs = _runs_by_first(lexicon)
    look_up = ClassLookUp(classes)
    counts: Mapping[str, int] = lexicon.content.get("vocabulary", {})
    list_bits = _bits_of_lists(lexicon)
    common = _common(counts)
    of_runs = {word for by_first in runs.values() for _, run in by_first for word in run}
    of_phrases = {word for by_first in phrases.values() for _, last, run in by_first for word in (run if last < 0 else run[:-1])}
    known = list(dict.fromkeys((*common, *sorted(counts), *sorted(of_runs | of_phrases))))
    columns = {"of": Column(WORD), "run_at": Column(np.int32, len(RUNS)), "member": Column(np.uint64, len(classes) // 64 + 1)}
    columns |= {name: Column(np.int32) for name in ("run_entries", "concepts", "phrase_entries", "classes", "anchors")}
    for name, column in columns.items():
        if name in ("run_at", "member"):
            column.extend(np.zeros_like(column.data[:1]))
        elif name != "of":
            column.extend([-1])
    anchored = flags.anchored(_frequencies(counts, look_up, len(classes)))
    entries = Entries(
        lexicon, index, roots, look_up, anchored, list_bits, columns,
        numbers={(word, kind_of(word)): FIRST_WORD + i for i, word in enumerate(known)},
        runs=runs, phrases=phrases, lists=_lists_by_place(runs, phrases),
    )  # fmt: skip
    columns["of"].extend([entries.row(mark, "mark") for mark in ".,:()"])
    columns["of"].extend([entries.row(word, kind_of(word)) for word in known])
    slots = aligned((1 << (2 * len(known) + 1).bit_length(),), SLOT)
    enter(slots, [mark.encode() for mark in layout.MARKS], [*layout.MARKS.values()])
    enter(slots, [word.encode() for word in known], range(FIRST_WORD, FIRST_WORD + len(known)))
    return Tables(
        Words(**{name: columns[name].data[: columns[name].count] for name in Words._fields}),
        Surfaces(_character_kinds(), slots, *_slips(common)),
        *_hashed(pairs, len(index)),
        _concept_pairs(lexicon.concepts.names, index),
        flags.tables,
        {
            "known": known,
            "roots": list(roots),
            "classes": [[sorted(members.words), members.prefixes] for members in classes],
            "anchored": anchored,
            "list_bits": list_bits,
        },
    )


def _common(counts: Mapping[str, int]) -> list[str]:
    """In the order of lexicon.Speller: of two words that fit, the more common, then the later in the alphabet."""
    often = (word for word, times in counts.items() if times >= Speller.LEAST and word.isascii() and word.isalpha())
    return sorted(often, key=lambda word: (counts[word], word), reverse=True)


def _frequencies(counts: Mapping[str, int], look_up: ClassLookUp, classes: int) -> list[int]:
    """How often the knowledge base has a word of each class."""
    out = [0] * classes
    for word, times in counts.items():
        for number in look_up(word):
            out[number] += times
    return out


def _lists_by_place(
    runs: Mapping[str, Sequence[tuple[int, tuple[str, ...]]]], phrases: Mapping[str, Sequence[tuple[int, int, tuple[str, ...]]]]
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Word → the lists of which it is a run by itself; the first word of a longer one; the second. A phrase whose second word is any with
    an ending counts as if it were one word."""
    one: dict[str, int] = {}
    first: dict[str, int] = {}
    second: dict[str, int] = {}
    everything = [pair for pairs in runs.values() for pair in pairs]
    everything += [(PHRASE, run) for by_first in phrases.values() for _, _, run in by_first]
    for kind, run in everything:
        if len(run) == 1 or (len(run) == 2 and run[1].endswith("*")):
            one[run[0]] = one.get(run[0], 0) | 1 << kind
        else:
            first[run[0]] = first.get(run[0], 0) | 1 << kind
            second[run[1]] = second.get(run[1], 0) | 1 << kind
    return one, first, second


class _FlagTable:
    """The red flags and their patterns as tables."""

    def __init__(self, flags: RedFlags) -> None:
        self._findings = flags.among
        self.classes: dict[WordClass, int] = {}
        self._patterns: list[tuple[int, list[tuple[int, int]]]] = []  # finding, parts: class and gap before it
        for number, finding in enumerate(self._findings):
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
        rows = [(self._flags.order.index(name), row) for name in self._flags.order for row in self._flags.flags[name]["when"]]
        unless = np.stack([self._set(self._flags.flags[name].get("unless", ())) for name in self._flags.order])
        flag_of_row = np.array([flag for flag, _ in rows])
        return Flags(
            pattern_at=np.cumsum([0, *(len(pattern) for _, pattern in self._patterns)]).astype(np.int32),
            part_class=np.array([number for number, _ in parts], np.int32),
            part_gap=np.array([gap for _, gap in parts], np.int32),
            pattern_anchor=np.array(self._anchors, np.int32),
            pattern_finding=np.array([finding for finding, _ in self._patterns], np.int32),
            past_counts=np.array([f in self._flags.past_counts for f in self._findings], np.uint8),
            rows=np.stack([self._set(row) for _, row in rows], axis=1),
            row_flag=(1 << flag_of_row).astype(np.uint16),
            row_unless=np.ascontiguousarray(unless[flag_of_row].T),
            unless=unless,
        )

    def _set(self, findings: Sequence[str]) -> npt.NDArray[np.uint64]:
        bits = np.zeros(len(self._findings) // 64 + 1, np.uint64)
        for finding in findings:
            number = self._findings.index(finding)
            bits[number >> 6] |= np.uint64(1 << (number & 63))
        return bits


def weights(model: Model, intercept: npt.NDArray[np.float64], made: Tables) -> Weights:
    """The model's numbers, with the intercept of a mix of causes."""
    index, names = model.index, model.analyzer.lexicon.concepts.names

    def rows(features: Sequence[str]) -> npt.NDArray[np.int32]:
        return np.array([index.get(feature, len(index)) for feature in features], np.int32)

    labels, count = len(model.intercept), len(model.intercept) + len(model.danger_intercept)
    products, idf = aligned((len(model.idf) + 1, count + -count % LANES), np.float32), model.idf[:, None]
    np.multiply(idf, model.weights, out=products[:-1, :labels])
    np.multiply(idf, model.danger_weights, out=products[:-1, labels:count])
    return Weights(
        rows=products,
        idf=np.append(model.idf, np.float32(0)),
        intercept=np.concatenate([intercept, model.danger_intercept]),
        pairs=made.pairs,
        steps=made.steps,
        concept_rows=np.stack([rows([*(f"{way}#{name}" for name in names), ""]) for way in ("", "not:")]),
        concept_pair_rows=made.concept_pairs,
        age_rows=rows(["@" + age for age in _AGES]),
        special_rows=rows(["@night_hour", "@gestation"]),
    )


def rules(model: Model) -> Rules:
    """How answers are made of probabilities and flags (inference.assess)."""
    causes, red_flags = model.knowledge["causes"], model.knowledge["red_flags"]
    names = order(red_flags)
    urgencies = [255 if label == OTHER else URGENCIES.index(causes[label]["urgency"]) for label in model.labels]
    return Rules(
        label_urgency=np.array(urgencies, np.uint8),
        flag_urgency=np.array([URGENCIES.index(red_flags[name]["urgency"]) for name in names], np.uint8),
        unsure_urgency=URGENCIES.index("routine"),
        other=model.labels.index(OTHER),
        threshold=float(model.knowledge["confident_above"]),
        plausible=PLAUSIBLE,
        flag_of_danger=np.array([names.index(name) for name in sorted(red_flags)], np.int64),
        raises=float(model.knowledge["alarm"]["raises"]),
        quiet=float(model.knowledge["alarm"]["quiet"]),
        least_norm=float(model.knowledge["least_norm"]),
        alarm_least_norm=float(model.knowledge["alarm"]["least_norm"]),
    )


def _bits_of_lists(lexicon: Lexicon) -> dict[str, int]:
    """Word → the bits of the lists that hold it."""
    out: dict[str, int] = {}
    for name, words in (*_WORD_BITS.items(), *((name, getattr(lexicon, name)) for name in (*_LIST_BITS, "relative_has", "told_in_past"))):
        for word in words:
            out[word] = out.get(word, 0) | 1 << BITS.index(name)
    for word in context.LOST:
        out[word] = out.get(word, 0) | LOST
    return out


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


def _hashed(pairs: Sequence[tuple[int, int, int]], nothing: int) -> tuple[npt.NDArray[np.void], npt.NDArray[np.uint16]]:
    """Pairs as `pairs` and `steps` of Weights."""
    first, second, rows = np.array(pairs, np.uint32).reshape(-1, 3).T
    keys = (first << np.uint32(16) | second) + np.uint32(1)
    groups = (keys * np.uint64(GROUPING) >> np.uint64(64 - STEP_BITS)).astype(np.int64)
    sizes = np.bincount(groups, minlength=1 << STEP_BITS)
    order = np.lexsort((groups, -sizes[groups]))
    bounds = np.concatenate([[0], np.cumsum(np.sort(sizes)[::-1])])
    steps = np.zeros(1 << STEP_BITS, np.uint16)
    size = len(keys) + 16
    while True:
        size = size * 9 // 8
        table = aligned((size,), PAIR)
        table["row"] = nothing
        if call("answering.enter_pairs", keys, rows.astype(np.int32), order, bounds, table, steps, nothing) == 0:
            return table, steps


def _concept_pairs(names: Sequence[str], index: Mapping[str, int]) -> npt.NDArray[np.int32]:
    out = np.full((len(names) + 1, len(names) + 1), len(index), np.int32)
    for i, first in enumerate(names):
        for k, second in enumerate(names[i + 1 :], i + 1):
            out[i, k] = out[k, i] = index.get(f"#{first}+#{second}", len(index))
    return out


def _character_kinds() -> npt.NDArray[np.uint8]:
    """The kind of each character, as in text.tokens."""
    kinds = np.zeros(sys.maxunicode + 1, np.uint8)
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    of_kind = {
        layout.LETTER: r"[^\W\d_]",
        layout.DIGIT: r"\d",
        layout.END: r"[.?!;\n\r\u2028\u2029]",
        layout.APOSTROPHE: "['’`´]",
    }
    for kind, pattern in of_kind.items():
        for match in re.finditer(pattern + "+", everything):
            kinds[match.start() : match.end()] = kind
    return kinds


def _slips(common: Sequence[str]) -> tuple[npt.NDArray[Any], ...]:
    """The tables behind `slips` of Surfaces, for words of 4 to 17 letters: shorter and longer ones are never what was meant."""
    starts = np.cumsum([0, *map(len, common)]).astype(np.int32)
    text = np.frombuffer("".join(common).encode(), np.uint8)
    slots = aligned((1 << (2 * len(text) + 1).bit_length(),), SLOT)
    entries = np.empty((2, len(text) + 1), np.int32)
    call("reading.enter_slips", text, starts, slots, entries[0], entries[1], np.empty(16, np.uint8))
    return slots, entries[0], entries[1], text, starts
