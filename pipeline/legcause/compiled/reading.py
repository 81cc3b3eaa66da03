"""Kernel: the bytes of complaints → numbers of words. Follows text.tokens and text.lexicon.Speller to the letter; tests hold them together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from .lanes import BLOCK, above_highest, eight, kinds_of_block, lowest
from .layout import APOSTROPHE, DIGIT, END, END_OF_SENTENCE, FIRST_WORD, LETTER, LONGEST_KEY, OTHER_CHARACTER, UNKNOWN

# Without numba's counting of references, which took nine tenths of the time: a kernel may not allocate, it works in what it is given.
_kernel: Any = njit(nogil=True, error_model="numpy", _nrt=False)


@_kernel
def _slot(low, high, mask):
    mixed = (low ^ (np.uint64(high) * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xD6E8FEB86659FD93)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(mask))


@_kernel
def _find(slots, low, high):
    """The number under a key, and its slot (or the free one)."""
    mask = len(slots) - 1
    slot = _slot(low, high, mask)
    while slots[slot].low != np.uint64(0):
        if slots[slot].low == low and slots[slot].high == high:
            return slots[slot].number, slot
        slot = (slot + 1) & mask
    return np.int32(UNKNOWN), slot


@_kernel
def _lower(byte):
    return byte | np.uint8(0x20) if np.uint8(65) <= byte <= np.uint8(90) else byte


@_kernel
def key(text, start, end):
    """The two parts of the key of text[start:end]."""
    low, high = np.uint64(0), np.uint64(0)
    length = end - start
    if length <= LONGEST_KEY:
        for i in range(min(length, 8)):
            low |= np.uint64(_lower(text[start + i])) << np.uint64(8 * i)
        for i in range(8, length):
            high |= np.uint64(_lower(text[start + i])) << np.uint64(8 * (i - 8))
        return low, np.uint32(high)
    low, high = np.uint64(0xCBF29CE484222325), np.uint64(length)
    for i in range(start, end):
        byte = np.uint64(_lower(text[i]))
        low = (low ^ byte) * np.uint64(0x100000001B3)
        high = (high ^ (byte + (low >> np.uint64(29)))) * np.uint64(0xFF51AFD7ED558CCD)
    return low, np.uint32(high >> np.uint64(32) | np.uint64(0xFF000000))  # no UTF-8 byte is 0xFF, so no short word has such a key


@_kernel
def enter(slots, text, bounds, numbers):
    """Enters words as they are written, word i in text[bounds[i]:bounds[i + 1]], and their numbers. A key is complete last, so that a thread that
    reads meanwhile finds all or nothing."""
    for i in range(len(numbers)):
        low, high = key(text, bounds[i], bounds[i + 1])
        _, slot = _find(slots, low, high)
        slots[slot].number = numbers[i]
        slots[slot].high = high
        slots[slot].low = low


@_kernel
def enter_meant(slots, text, unknown):
    """Enters words that were meant to be others (see read), each with the number of the one that was meant; returns how many were new."""
    entered = 0
    for i in range(len(unknown)):
        if unknown[i, 3] != UNKNOWN:
            low, high = key(text, unknown[i, 1], unknown[i, 2])
            _, slot = _find(slots, low, high)
            if slots[slot].low == np.uint64(0):
                slots[slot].number, slots[slot].high, slots[slot].low = unknown[i, 3], high, low
                entered += 1
    return entered


@_kernel
def move(slots, larger):
    """Enters everything into a larger table."""
    for i in range(len(slots)):
        if slots[i].low != np.uint64(0):
            _, slot = _find(larger, slots[i].low, slots[i].high)
            larger[slot] = slots[i]


@_kernel
def enter_slips(common, starts, slots, word, following, shorter):
    """Fills the tables `slip*` of Surfaces."""
    entry = 0
    for candidate in range(len(starts) - 1):
        start, size = starts[candidate], starts[candidate + 1] - starts[candidate]
        if not 4 <= size <= 17:
            continue
        for gone in range(1, size):
            count = 0
            for i in range(size):
                if i != gone:
                    shorter[count] = common[start + i]
                    count += 1
            low, high = key(shorter, 0, count)
            before, slot = _find(slots, low, high)
            word[entry], following[entry] = candidate, before
            slots[slot].low, slots[slot].high, slots[slot].number = low, high, entry
            entry += 1


@_kernel
def _character(text, at, end):
    """The code point at `at` and its length in bytes; (0, 0) at the end. `text` is valid UTF-8."""
    if at >= end:
        return 0, 0
    first = np.int64(text[at])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return ((first & 0x1F) << 6) | (np.int64(text[at + 1]) & 0x3F), 2
    if first < 0xF0:
        return ((first & 0x0F) << 12) | ((np.int64(text[at + 1]) & 0x3F) << 6) | (np.int64(text[at + 2]) & 0x3F), 3
    return (
        ((first & 0x07) << 18) | ((np.int64(text[at + 1]) & 0x3F) << 12) | ((np.int64(text[at + 2]) & 0x3F) << 6) | (np.int64(text[at + 3]) & 0x3F)
    ), 4


@_kernel
def _kind(kinds, text, at, end):
    """The kind of the character at `at`, and its length in bytes."""
    if at >= end:
        return OTHER_CHARACTER, 0
    byte = text[at]
    if byte < 0x80:
        return np.int64(kinds[byte]), 1
    point, size = _character(text, at, end)
    return np.int64(kinds[point]), size


@_kernel
def _word_end(kinds, text, at, end):
    """Where the word that begins at the letter `at` ends."""
    # "can not"
    if end - at >= 7 and text[at] | 0x20 == 99 and text[at + 3] == 32:
        same = True
        for i, letter in enumerate((99, 97, 110, 32, 110, 111, 116)):
            same = same and (text[at + i] | (0x20 if letter != 32 else 0)) == letter
        if same:
            behind, _ = _kind(kinds, text, at + 7, end)
            if behind != LETTER and behind != DIGIT:
                return at + 7
    # "b/l"
    if end - at >= 3 and text[at + 1] == 47 and text[at] < 0x80 and text[at + 2] < 0x80 and kinds[text[at + 2]] == LETTER:
        behind, _ = _kind(kinds, text, at + 3, end)
        if behind != LETTER and behind != DIGIT:
            return at + 3
    i, letters = at, 0
    kind, size = _kind(kinds, text, i, end)
    while kind == LETTER:
        i += size
        letters += 1
        kind, size = _kind(kinds, text, i, end)
    if kind == DIGIT and letters <= 3:  # "b12"
        j, digits = i, 0
        while kind == DIGIT and digits < 3:
            j += size
            digits += 1
            kind, size = _kind(kinds, text, j, end)
        if digits <= 2 and kind != LETTER and kind != DIGIT:
            return j
        kind, size = _kind(kinds, text, i, end)
    while kind == APOSTROPHE:
        behind, behind_size = _kind(kinds, text, i + size, end)
        if behind != LETTER:
            break
        i += size
        while behind == LETTER:
            i += behind_size
            behind, behind_size = _kind(kinds, text, i, end)
        kind, size = behind, behind_size
    return i


@_kernel
def _number_end(kinds, text, at, end):
    i = at
    kind, size = _kind(kinds, text, i, end)
    while True:
        while kind == DIGIT:
            i += size
            kind, size = _kind(kinds, text, i, end)
        if i < end and (text[i] == 46 or text[i] == 44):
            kind, size = _kind(kinds, text, i + 1, end)
            if kind == DIGIT:
                i += 1
                continue
        return i


@_kernel
def _mend(s, word, shorter, length):
    """The number of the most common word one slip of typing away (lexicon.Speller), or UNKNOWN. `word`: letters in lower case."""
    words = len(s.common_starts) - 1
    best = words
    for gone in range(length):  # the word without its letter `gone`; 0 stands for the whole word
        count = 0
        for i in range(length):
            if gone == 0 or i != gone:
                shorter[count] = word[i]
                count += 1
        low, high = key(shorter, 0, count)
        if gone > 0 and length > 4:  # one letter too many
            number, _ = _find(s.slots, low, high)
            if number != UNKNOWN and number - FIRST_WORD < best:
                best = number - FIRST_WORD
        entry, _ = _find(s.slips, low, high)
        while entry != UNKNOWN:
            candidate = s.slip_word[entry]
            start = s.common_starts[candidate]
            size = s.common_starts[candidate + 1] - start
            if candidate < best and (size == length + 1 if gone == 0 else size == length and _one_slip(s.common, start, word, length)):
                best = candidate
            entry = s.slip_next[entry]
    return np.int32(best + FIRST_WORD) if best < words else np.int32(UNKNOWN)


@_kernel
def _one_slip(common, start, word, length):
    """Whether two words of one length differ in one letter (only where they are longer than four) or by two neighbours that are swapped."""
    differ, first = 0, 0
    for i in range(length):
        if common[start + i] != word[i]:
            if differ == 0:
                first = i
            differ += 1
    if first == 0:
        return False
    if differ == 1:
        return length > 4
    return differ == 2 and common[start + first] == word[first + 1] and common[start + first + 1] == word[first]


@_kernel
def _unusual(s, learnt, text, at, stop, low, high, is_word, room):
    """The number of a word or number that is not where its key would have it: of the same spelling, or of the word that was meant; and
    whether it is in a table."""
    number, _ = _find(s.slots, low, high)
    if number == UNKNOWN:
        number, _ = _find(learnt, low, high)
    if number != UNKNOWN:
        return number, True
    if is_word and 4 <= stop - at <= 16:
        slip, shorter = room[:16], room[16:32]
        plain = True
        for i in range(stop - at):
            slip[i] = _lower(text[at + i])
            plain = plain and 97 <= slip[i] <= 122
        if plain:
            number = _mend(s, slip, shorter, stop - at)
    return number, False


@_kernel
def _note(unknown, missing, place, at, stop, number):
    if missing < len(unknown):
        unknown[missing, 0], unknown[missing, 1], unknown[missing, 2], unknown[missing, 3] = place, at, stop, number
    return missing + 1


CAN, NOT = np.uint64(int.from_bytes(b"can", "little")), np.uint64(int.from_bytes(b" not", "little"))
ALL, HALF, ONE, ZERO, CASE = ~np.uint64(0), np.uint64(0xFFFFFFFF), np.uint64(1), np.uint64(0), np.uint64(0x2020202020202020)
READ_AHEAD = BLOCK + 16  # a block, and the key of a word that begins at its end


@_kernel
def _below(bit):
    """The bits below one of 0 … 64."""
    return ALL if bit >= 64 else (ONE << np.uint64(bit)) - ONE


@_kernel
def read(text, starts, ends, s, learnt, words, bounds, unknown, room):
    """Fills `words` with the numbers of the words and marks of the complaints text[starts[i]:ends[i]]; complaint i has words[bounds[i]:bounds[i+1]].

    `learnt`: a table like `slots`, of words that the knowledge base does not have, or not so written. `unknown` [places, 4]: where a word that is
    in no table stands in `words`, its bytes in `text`, and the number of the word that was meant, or UNKNOWN. Returns how many there are; more
    than it has room for means: make more room and read again. `room` [ROOM_TO_READ]: bytes to work in.

    Most words are a few plain letters, and what stands around them is a space or a mark. So a block of text is looked at as sets of bits: where
    such words, plain numbers and marks begin and end. All of them are looked up alike, without a branch that the processor could guess wrong. At
    the first thing in a block that is not so plain it is one character after the other; then, a new block."""
    count, missing = 0, 0
    kinds, mask, tail = s.kinds, len(s.slots) - 1, room[32:]
    for row in range(len(starts)):
        bounds[row] = count
        at, end = starts[row], ends[row]
        sentence_ended = ZERO
        while at < end:
            source, base, size = text, at, min(end - at, BLOCK)
            if at + READ_AHEAD > len(text):
                for i in range(len(text) - at):
                    tail[i] = text[at + i]
                source, base = tail, 0
            letters, digits, stops, marks, beyond, inner, points = kinds_of_block(source, base)
            inside = _below(size)
            letters, digits, beyond = letters & inside, digits & inside, beyond & inside
            stops &= inside
            behind_letters, behind_digits = ~letters & letters << ONE, ~digits & digits << ONE
            first_stops = stops & ~(stops << ONE | sentence_ended)
            single = first_stops | (marks & inside)
            begins = letters & ~(letters << ONE) | digits & ~(digits << ONE) | single
            finishes = behind_letters | behind_digits | single << ONE
            # What is not plain: letters or digits that may go on in another way, and all that is not ASCII.
            further = behind_letters & (inner & inside | digits) | beyond
            further |= behind_digits & points & ((digits | beyond) >> ONE | ONE << np.uint64(63))
            stop = size
            if further != ZERO:
                stop = lowest(further)
                if stop > 0 and (letters | digits) >> np.uint64(stop - 1) & ONE:
                    stop = 63 - above_highest(begins & _below(stop))
            elif (letters | digits) >> np.uint64(63):  # a run that goes on in the next block
                stop = 63 - above_highest(begins)
            begins &= _below(stop)
            while begins != ZERO:
                begin, finish = lowest(begins), lowest(finishes)
                begins &= begins - ONE
                finishes &= finishes - ONE
                length = finish - begin
                low, high = eight(source, base + begin) | CASE, eight(source, base + begin + 8) | CASE
                low &= ALL >> np.uint64(max(64 - 8 * length, 0))
                high &= HALF >> np.uint64(min(max(96 - 8 * length, 0), 32))
                slot = _slot(low, high, mask)
                number = s.slots[slot].number
                if s.slots[slot].low != low or s.slots[slot].high != high or length > LONGEST_KEY:
                    if length > LONGEST_KEY:
                        low, high = key(text, at + begin, at + finish)
                    is_word = letters >> np.uint64(begin) & ONE != ZERO
                    number, known = _unusual(s, learnt, text, at + begin, at + finish, low, np.uint32(high), is_word, room)
                    if not known:
                        missing = _note(unknown, missing, count, at + begin, at + finish, number)
                elif low == CAN and (eight(source, base + finish) | CASE) & HALF == NOT:
                    stop, further = begin, ONE
                    break
                words[count] = number
                count += 1
            if stop > 0:
                sentence_ended = stops >> np.uint64(stop - 1) & ONE
            at += stop
            if stop == size or (further == ZERO and stop > 0):
                continue
            kind, size = _kind(kinds, text, at, end)
            if kind == LETTER or kind == DIGIT:
                stop = _word_end(kinds, text, at, end) if kind == LETTER else _number_end(kinds, text, at, end)
                low, high = key(text, at, stop)
                number, known = _unusual(s, learnt, text, at, stop, low, high, kind == LETTER, room)
                if not known:
                    missing = _note(unknown, missing, count, at, stop, number)
                words[count] = number
                count += 1
                at = stop
                sentence_ended = ZERO
            elif kind == END:
                while kind == END:
                    at += size
                    kind, size = _kind(kinds, text, at, end)
                if sentence_ended == ZERO:
                    words[count] = END_OF_SENTENCE
                    count += 1
                sentence_ended = ONE
            else:
                at += size
                sentence_ended = ZERO
    bounds[len(starts)] = count
    return missing
