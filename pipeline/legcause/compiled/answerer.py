"""Complaints in bytes → answers in columns. One answerer serves any number of threads."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..inference.assess import Assessor
from . import answering, reading
from .answering import Room
from .words import FlagTable, Vocabulary, rules, weights

# New words are forgotten beyond so many, so that memory does not grow with the batch.
MOST_WORDS = 1 << 20


class Columns(NamedTuple):
    """The answers to n complaints, in their order.

    `ranked` [n, top]: labels as places in the model's, best first; `probabilities` [n, top]: theirs; `confident` [n]; `urgency` [n]: places
    in records.URGENCIES; `flags` [n]: bit i stands for RedFlags.order[i]."""

    ranked: npt.NDArray[np.int16]
    probabilities: npt.NDArray[np.float64]
    confident: npt.NDArray[np.bool_]
    urgency: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.uint16]


class Answerer:
    """The compiled scorer of one assessor's model and prior."""

    def __init__(self, assessor: Assessor) -> None:
        self._model = assessor.model
        self._lock = threading.Lock()
        self._flag_table = FlagTable(assessor.flags)
        self._vocabulary = Vocabulary(self._model, self._flag_table)
        self._weights = weights(assessor.model, assessor.scorer.intercept, self._vocabulary.pairs)
        self._rules = rules(assessor.model, self._flag_table)
        self._flags = self._flag_table.tables

    def answer(self, text: bytes, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], top: int) -> Columns:
        """The answers to the complaints text[starts[i]:ends[i]], in UTF-8, each with its `top` best labels."""
        count = len(starts)
        raw = np.frombuffer(text, np.uint8)
        with self._lock:
            if self._vocabulary.size > MOST_WORDS:
                self._vocabulary = Vocabulary(self._model, self._flag_table)
            vocabulary = self._vocabulary
            surfaces = vocabulary.surfaces
        words = np.empty(int((ends - starts).sum()) + 1, np.int32)
        bounds = np.empty(count + 1, np.int64)
        unknown = np.empty((4096, 3), np.int64)
        while True:
            missing = reading.read(raw, starts, ends, surfaces, words, bounds, unknown, np.empty(32, np.uint8))
            if missing <= len(unknown):
                break
            unknown = np.empty((missing, 3), np.int64)
        with self._lock:
            for at, start, end in unknown[:missing].tolist():
                words[at] = vocabulary.learn(text[start:end].lower())
            table = vocabulary.words
        out = Columns(
            np.empty((count, top), np.int16), np.empty((count, top)), np.empty(count, np.bool_), np.empty(count, np.uint8), np.empty(count, np.uint16)
        )
        longest = int(np.diff(bounds).max(initial=0))
        room = Room(
            begins=np.empty(longest, np.uint32),
            status=np.empty(longest, np.uint8),
            rows=np.empty(len(self._weights.idf) - 1 + answering.ABREAST, np.int32),
            seen=np.zeros(len(self._weights.idf), np.uint8),
            ring=np.empty((answering.RING, 2), np.int64),
            logits=np.empty(self._weights.rows.shape[1]),
            there=np.empty(self._flags.rows.shape[1], np.uint64),
            wanted=np.empty(self._flags.rows.shape[1], np.uint64),
            classes=np.empty(table.member.shape[1], np.uint64),
            places=np.empty(int(np.diff(self._flags.pattern_at).max(initial=1)) + 1, np.int64),
        )
        answering.answer(words, bounds, table, self._weights, self._flags, self._rules, room, *out)
        return out
