"""What the kernels work on: the tables, their types, and the numbers that both sides know by name. Needs no compiler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

# Kinds of characters, and the numbers of the marks (words follow).
OTHER_CHARACTER, LETTER, DIGIT, END, APOSTROPHE = 0, 1, 2, 3, 4
END_OF_SENTENCE, COMMA, COLON, OPENING, CLOSING, FIRST_WORD = 0, 1, 2, 3, 4, 5
UNKNOWN = -1
SENTENCE_ENDS, CLAUSE_MARKS = ".?!;\n\r", ",:()"
# As keys have them, in which the bit is set that makes letters lower case.
MARKS = {chr(ord(end) | 0x20): END_OF_SENTENCE for end in SENTENCE_ENDS} | dict(zip(CLAUSE_MARKS, (COMMA, COLON, OPENING, CLOSING), strict=True))
ROOM_TO_READ = 32 + 160  # bytes
# A slot of a hash table: both parts of the key and the number under it; none lies across two lines of the processor's cache.
SLOT = np.dtype({"names": ["low", "high", "number"], "formats": ["u8", "u4", "i4"]})
LONGEST_KEY = 12  # bytes of a word that is its own key


class Surfaces(NamedTuple):
    """How words are written → their numbers.

    `kinds` [0x110000]: the kind of each character. `slots`: an open hash table (see SLOT) of up to LONGEST_KEY bytes in lower case, or of two
    hashes of longer ones; a free slot has the key 0. The common words of plain letters have the numbers from FIRST_WORD on, the most common
    first; `common` holds their bytes, word i from `common_starts[i]`. `slip*`: their spellings with one letter missing (never the first), as an
    open hash table of linked lists: what mending a slip of typing needs."""

    kinds: npt.NDArray[np.uint8]
    slots: npt.NDArray[np.void]
    slips: npt.NDArray[np.void]
    slip_word: npt.NDArray[np.int32]
    slip_next: npt.NDArray[np.int32]
    common: npt.NDArray[np.uint8]
    common_starts: npt.NDArray[np.int32]


# What a word is, as bits of Words.bits: its sets of the lexicon, and what text.context and text.analyzer ask of single words.
BITS = (
    "stop denial clause_end had going_on relatives relative_has first_person_own stopped_when told_in_past present recent third_person "
    "dealt_with personal mine new_clause asked_of_what_is gone_away lost body complaint any_concept relative_plural or_nor subject but_so_now "
    "but gone none im i at_aged in_around ago am_as weeks me number year digits hardly am pm oclock units age_before age_behind years old_of "
    "week forty gestation_weeks pregnant at and behind_and my no denied_with when went test"
).split()
# The lists of runs of words (lexicon.Runs), as bits of Words.runs.
RUNS = (
    "not_a_denial denial_behind long_ago childhood stopped stopped_for_good family_cues first_person_has first_person_strong hypothetical story_ago "
    "well_again strangers told_of general_question first_person_maybe"
).split()
LANES = 16  # labels and dangers are filled up to a multiple: so many are summed by one instruction
ABREAST = 4  # rows of the model that are summed at a time
PHRASE = 16  # behind the lists: phrases that are concepts
RING = 4096  # more than the concepts that PAIR_REACH words can hold
NO_ROOT = 0xFFFF
STEP_BITS, GROUPING = 14, 0x9E3779B97F4A7C15  # see Weights.pairs
MAY_STAND = 1024
PAIR = np.dtype({"names": ["key", "row"], "formats": ["u4", "i4"]})

# What a word is, in one line of the processor's cache: a complaint's words are all over the table.
WORD = np.dtype(
    {
        "names": (
            "bits runs_of_one runs_first runs_second runs_at root feature plural value concept second_concept more_concepts_at phrase_at member_row "
            "classes_at anchor_at".split()
        ),
        "formats": ["u8", *["u4"] * 4, *["i4"] * 4, "i2", "i2", *["u4"] * 5],
        "itemsize": 64,
    }
)


class Words(NamedTuple):
    """What each word is. A flat list's place 0 holds nothing (-1), and so does row 0 of a table.

    `of` [words], of WORD. `bits`: see BITS. `runs_of_one`, `runs_first`, `runs_second`: the lists (RUNS, and PHRASE) of which it is a run by
    itself, the first word of a longer one, the second. `runs_at`: the row of `run_at` [rows, lists] that says where in `run_entries` its runs
    of each list begin (length, words …, length, …, -1). `root`: its stem as part of pairs, or NO_ROOT. `feature`, `plural`: rows of the model.
    `value`: of a number of up to three digits, else -1. `concept`, `second_concept`: its own, and `more_concepts_at`: where in `concepts` further
    ones begin (…, -1). `phrase_at`: where in `phrase_entries` the concepts of several words that begin with it begin (concept, length, class of
    the last word or -1, words …, concept, …, -1). `member_row`: its row of `member` [rows, classes / 64], bits of the classes of words that hold
    it; `classes_at`: where in `classes` they begin (class, …, -1). `anchor_at`: where in `anchors` the patterns begin whose rarest class holds it
    (pattern, its next two classes, …, -1)."""

    of: npt.NDArray[np.void]
    run_at: npt.NDArray[np.int32]
    run_entries: npt.NDArray[np.int32]
    concepts: npt.NDArray[np.int32]
    phrase_entries: npt.NDArray[np.int32]
    member: npt.NDArray[np.uint64]
    classes: npt.NDArray[np.int32]
    anchors: npt.NDArray[np.int32]


class Weights(NamedTuple):
    """The model. Row `features` is that of nothing: zeros, for what is no feature. And the last concept is none.

    `rows` [features + 1, labels + dangers, filled up to LANES]: idf times the weights of each feature, those of the dangers against none of them;
    `idf` [features + 1]. `intercept` [labels + dangers]; no dangers where the model knows none. The rows of features that are no single words:
    `pairs` [slots], of PAIR, of pairs of stems, whose places `steps` [2 ** STEP_BITS] says so that no two share one (answering.enter_pairs);
    `concept_rows` [2, concepts + 1], as they are and denied; `concept_pair_rows` [concepts + 1, concepts + 1]; `age_rows` [bands];
    `special_rows`: an hour of the night, a week of pregnancy."""

    rows: npt.NDArray[np.float32]
    idf: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float64]
    pairs: npt.NDArray[np.void]
    steps: npt.NDArray[np.uint16]
    concept_rows: npt.NDArray[np.int32]
    concept_pair_rows: npt.NDArray[np.int32]
    age_rows: npt.NDArray[np.int32]
    special_rows: npt.NDArray[np.int32]


class Flags(NamedTuple):
    """The red flags. Pattern p has the parts `pattern_at[p]` … `pattern_at[p + 1]`, each the class of a word (`part_class`) and how many
    words may stand before it (`part_gap`); `pattern_anchor` is the part of its rarest class; it says `pattern_finding`. `past_counts` [findings].
    `rows` [findings / 64, rows] are findings that together raise a flag, `row_flag` [rows] its bit, `row_unless` [findings / 64, rows] those
    that speak against it, as `unless` [flags, findings / 64] has them, too."""

    pattern_at: npt.NDArray[np.int32]
    part_class: npt.NDArray[np.int32]
    part_gap: npt.NDArray[np.int32]
    pattern_anchor: npt.NDArray[np.int32]
    pattern_finding: npt.NDArray[np.int32]
    past_counts: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.uint64]
    row_flag: npt.NDArray[np.uint16]
    row_unless: npt.NDArray[np.uint64]
    unless: npt.NDArray[np.uint64]


class Rules(NamedTuple):
    """How answers are made: `label_urgency` [labels], `flag_urgency` [flags] as places in records.URGENCIES, 255 for `other`, which counts for none;
    `unsure_urgency` where the answer is `other` or not confident; `other`: its label; `threshold`: of confidence; `plausible`: the least
    probability that counts for urgency; `flag_of_danger` [dangers but none]: the place of each in the order of flags; `raises`, `quiet`: see
    inference.flags.Alarm; `least_norm`, `alarm_least_norm`: of what is weighed for the labels and for the alarm."""

    label_urgency: npt.NDArray[np.uint8]
    flag_urgency: npt.NDArray[np.uint8]
    unsure_urgency: int
    other: int
    threshold: float
    plausible: float
    flag_of_danger: npt.NDArray[np.int64]
    raises: float
    quiet: float
    least_norm: float
    alarm_least_norm: float


class Room(NamedTuple):
    """What `answer` works in: `bits`, `begins`, `ends` and `status` [words of the longest complaint + 1], `rows` [features + 1 + ABREAST], `seen`
    [features + 1], `ring` [RING, 2], `logits` [labels + dangers, filled up to LANES, + 1], `there` and `wanted` [findings / 64], `missing`
    [rows of flags], `classes` [classes / 64], `may_stand` [MAY_STAND, 2], `places` [words of the longest complaint, and at least parts of the
    longest pattern, + 1]."""

    bits: npt.NDArray[np.uint64]
    begins: npt.NDArray[np.uint32]
    ends: npt.NDArray[np.int64]
    status: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int32]
    seen: npt.NDArray[np.uint8]
    ring: npt.NDArray[np.int64]
    logits: npt.NDArray[np.float64]
    there: npt.NDArray[np.uint64]
    wanted: npt.NDArray[np.uint64]
    missing: npt.NDArray[np.uint64]
    classes: npt.NDArray[np.uint64]
    may_stand: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]


MILLION = 1_000_000
# Up to here, millionths are written with an exponent ("1.2e-05"), as Python does.
SMALL = 100


class Pieces(NamedTuple):
    """Strings of bytes: number i is `text[starts[i]:starts[i + 1]]`."""

    text: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]

    @classmethod
    def of(cls, strings: Sequence[str]) -> Self:
        """Of strings, in UTF-8."""
        raw = [string.encode() for string in strings]
        return cls(np.frombuffer(b"".join(raw), np.uint8), np.cumsum([0, *map(len, raw)], dtype=np.int64))

    @property
    def longest(self) -> int:
        """Bytes of the longest."""
        return int(np.diff(self.starts).max(initial=0))


class Template(NamedTuple):
    """What stands around the numbers of a row, as in batch.write.Around, with `flags` [values that occur].

    `begin`, `between`, `closing` and `end` hold one piece; `small` [100] how the first hundred millionths are written."""

    begin: Pieces
    first: Pieces
    confident: Pieces
    candidate: Pieces
    between: Pieces
    closing: Pieces
    urgency: Pieces
    flags: Pieces
    end: Pieces
    small: Pieces

    def longest(self, top: int) -> int:
        """The most bytes that a row with `top` candidates takes, its id left out where that is no number."""
        number = 20
        once = (self.begin, self.first, self.confident, self.urgency, self.flags, self.end)
        each = (self.between, self.candidate, self.closing)
        return sum(p.longest for p in once) + 2 * number + top * (sum(p.longest for p in each) + number)


WRITTEN_SMALL = tuple(repr(i / MILLION) for i in range(SMALL))
