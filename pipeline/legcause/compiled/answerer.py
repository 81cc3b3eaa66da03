"""Complaints in bytes → answers in columns. One answerer serves any number of threads."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..inference.assess import Assessor
from .layout import ABREAST, MAY_STAND, RING, ROOM_TO_READ, Room
from .machine import call
from .tables import rules, tables, vocabulary, weights

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
        self._lock = threading.Lock()
        self._model, self._tables = assessor.model, tables(assessor)
        self._vocabulary = vocabulary(self._model, self._tables)
        self._weights = weights(self._model, assessor.scorer.intercept, self._tables)
        self._rules = rules(self._model)

    def answer(self, text: bytes, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], top: int) -> Columns:
        """The answers to the complaints text[starts[i]:ends[i]], in UTF-8, each with its `top` best labels."""
        count = len(starts)
        raw = np.frombuffer(text, np.uint8)
        with self._lock:
            if self._vocabulary.learnt > MOST_WORDS:
                self._vocabulary = vocabulary(self._model, self._tables)
            known = self._vocabulary
            learnt = known.slots
        words = np.empty(int((ends - starts).sum()) + 1, np.int32)
        bounds = np.empty(count + 1, np.int64)
        unknown = np.empty((4096, 4), np.int64)
        while True:
            missing = call("reading.read", raw, starts, ends, known.surfaces, learnt, words, bounds, unknown, np.empty(ROOM_TO_READ, np.uint8))
            if missing <= len(unknown):
                break
            unknown = np.empty((missing, 4), np.int64)
        with self._lock:
            words[unknown[:missing, 0]] = known.learn(text, unknown[:missing])
            table = known.words
        out = Columns(
            np.empty((count, top), np.int16), np.empty((count, top)), np.empty(count, np.bool_), np.empty(count, np.uint8), np.empty(count, np.uint16)
        )
        longest = int(np.diff(bounds).max(initial=0))
        flags, numbers = self._tables.flags, self._weights
        room = Room(
            bits=np.empty(longest + 1, np.uint64),
            begins=np.empty(longest + 1, np.uint32),
            ends=np.empty(longest + 1, np.int64),
            status=np.empty(longest + 1, np.uint8),
            rows=np.empty(len(numbers.idf) + ABREAST, np.int32),
            seen=np.zeros(len(numbers.idf), np.uint8),
            ring=np.empty((RING, 2), np.int64),
            logits=np.empty(numbers.rows.shape[1] + 1),
            there=np.empty(flags.rows.shape[0], np.uint64),
            wanted=np.empty(flags.rows.shape[0], np.uint64),
            missing=np.empty(flags.rows.shape[1], np.uint64),
            classes=np.empty(table.member.shape[1], np.uint64),
            may_stand=np.empty((MAY_STAND, 2), np.int64),
            places=np.empty(max(longest, int(np.diff(flags.pattern_at).max(initial=1))) + 1, np.int64),
        )
        room.seen[-1] = 1
        call("answering.answer", words, bounds, table, numbers, flags, self._rules, room, *out)
        return out
