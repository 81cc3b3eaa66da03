"""Kernel: the bytes of complaints → numbers of words. Follows text.tokens and text.lexicon.Speller to the letter; tests hold them together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from .layout import APOSTROPHE, CLOSING, COLON, COMMA, DIGIT, END, END_OF_SENTENCE, FIRST_WORD, LETTER, MARK, OPENING, OTHER_CHARACTER, UNKNOWN

# Without numba's counting of references, which took nine tenths of the time: a kernel may not allocate, it works in what it is given.
_kernel: Any = njit(nogil=True, error_model="numpy", _nrt=False)


@_kernel
def _slot(low, high, mask):
    mixed = (low ^ (high * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xD6E8FEB86659FD93)
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
    """The two halves of the key of text[start:end]."""
    low, high = np.uint64(0), np.uint64(0)
    length = end - start
    if length <= 16:
        for i in range(min(length, 8)):
            low |= np.uint64(_lower(text[start + i])) << np.uint64(8 * i)
        for i in range(8, length):
            high |= np.uint64(_lower(text[start + i])) << np.uint64(8 * (i - 8))
        return low, high
    low, high = np.uint64(0xCBF29CE484222325), np.uint64(length)
    for i in range(start, end):
        byte = np.uint64(_lower(text[i]))
        low = (low ^ byte) * np.uint64(0x100000001B3)
        high = (high ^ (byte + (low >> np.uint64(29)))) * np.uint64(0xFF51AFD7ED558CCD)
    return low, high | np.uint64(0xFF00000000000000)  # no UTF-8 byte is 0xFF, so no short word has such a key


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
def _letters(eight):
    """Of eight bytes, the first lowest: those of the plain letters that they begin with in lower case, and how many."""
    top = np.uint64(0x8080808080808080)
    lower = (eight & ~top) | np.uint64(0x2020202020202020)
    # The top bit of each byte: at least "a", not above "z", and plain. No sum goes over into the next byte.
    others = ~((lower + np.uint64(0x1F1F1F1F1F1F1F1F)) & ~(lower + np.uint64(0x0505050505050505)) & ~eight) & top
    if others == np.uint64(0):
        return lower, 8
    before = ((others & (~others + np.uint64(1))) >> np.uint64(7)) - np.uint64(1)  # all bits of the bytes before the first other one
    return lower & before, np.int64(((before & np.uint64(0x0101010101010101)) * np.uint64(0x0101010101010101)) >> np.uint64(56))


@_kernel
def _eight(text, at):
    return text[at : at + 8].view(np.uint64)[0]


@_kernel
def _is_simple(text, at, stop, end):
    """Whether the plain letters text[at:stop] are a word for sure: nothing behind them may go on with it."""
    if stop == end:
        return True
    byte = text[stop]
    if byte >= 128 or byte == 39 or byte == 96 or byte == 47 or 48 <= byte <= 57:  # beyond ASCII, an apostrophe, a slash, a digit
        return False
    return not (byte == 32 and stop - at == 3 and text[at] | 0x20 == 99 and text[at + 1] | 0x20 == 97)  # "can not"


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
def read(text, starts, ends, s, words, bounds, unknown, room):
    """Fills `words` with the numbers of the words and marks of the complaints text[starts[i]:ends[i]]; complaint i has words[bounds[i]:bounds[i+1]].

    `unknown` [places, 3]: where a word that is not in the table stands in `words`, and its bytes in `text`. Returns how many there are; more
    than it has room for means: make more room and read again. `room` [32]: bytes to work in."""
    count, missing = 0, 0
    kinds = s.kinds
    slip, shorter = room[:16], room[16:]
    for row in range(len(starts)):
        bounds[row] = count
        at, end = starts[row], ends[row]
        while at < end:
            kind, size = _kind(kinds, text, at, end)
            if kind == LETTER or kind == DIGIT:
                # Most words are a few plain letters with a space or a stop behind them: their key is read eight bytes at a time.
                low, high, stop = np.uint64(0), np.uint64(0), at
                if at + 16 <= len(text):
                    low, size = _letters(_eight(text, at))
                    stop += size
                    if size == 8:
                        high, size = _letters(_eight(text, at + 8))
                        stop += size
                if stop == at or stop == at + 16 or stop > end or not _is_simple(text, at, stop, end):
                    stop = _word_end(kinds, text, at, end) if kind == LETTER else _number_end(kinds, text, at, end)
                    low, high = key(text, at, stop)
                number, _ = _find(s.slots, low, high)
                if number == UNKNOWN and kind == LETTER and 4 <= stop - at <= 16:
                    plain = True
                    for i in range(stop - at):
                        slip[i] = _lower(text[at + i])
                        plain = plain and 97 <= slip[i] <= 122
                    if plain:
                        number = _mend(s, slip, shorter, stop - at)
                if number == UNKNOWN:
                    if missing < len(unknown):
                        unknown[missing, 0] = count
                        unknown[missing, 1] = at
                        unknown[missing, 2] = stop
                    missing += 1
                words[count] = number
                count += 1
                at = stop
                if at < end and text[at] == 32:
                    at += 1
            elif kind == END:
                while kind == END:
                    at += size
                    kind, size = _kind(kinds, text, at, end)
                words[count] = END_OF_SENTENCE
                count += 1
            elif kind == MARK:
                byte = text[at]
                words[count] = COMMA if byte == 44 else COLON if byte == 58 else OPENING if byte == 40 else CLOSING
                count += 1
                at += 1
            else:
                at += size
    bounds[len(starts)] = count
    return missing
