"""Kernel: numbers of words → answers. Follows text.context, text.analyzer, inference.score, findings and flags; tests hold them together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from .layout import ABREAST, BITS, COMMA, END_OF_SENTENCE, FIRST_WORD, PHRASE, RING


def _bit(name: str) -> np.uint64:
    return np.uint64(1) << np.uint64(BITS.index(name))


STOP, DENIAL, CLAUSE_END, HAD, GOING_ON = _bit("stop"), _bit("denial"), _bit("clause_end"), _bit("had"), _bit("going_on")
RELATIVES, RELATIVE_HAS, OWN, STOPPED_WHEN = _bit("relatives"), _bit("relative_has"), _bit("first_person_own"), _bit("stopped_when")
TOLD_IN_PAST, NOW, RECENT, THIRD_PERSON = _bit("told_in_past"), _bit("present"), _bit("recent"), _bit("third_person")
DEALT_WITH, PERSONAL, MINE, NEW_CLAUSE = _bit("dealt_with"), _bit("personal"), _bit("mine"), _bit("new_clause")
ASKED_OF_WHAT_IS, GONE_AWAY, LOST, BODY, COMPLAINT = _bit("asked_of_what_is"), _bit("gone_away"), _bit("lost"), _bit("body"), _bit("complaint")
ANY_CONCEPT, RELATIVE_PLURAL, OR_NOR, SUBJECT = _bit("any_concept"), _bit("relative_plural"), _bit("or_nor"), _bit("subject")
BUT_SO_NOW, BUT, GONE, NONE, IM, WORD_I = _bit("but_so_now"), _bit("but"), _bit("gone"), _bit("none"), _bit("im"), _bit("i")
AT_AGED, IN_AROUND, AGO, AM_AS, WEEKS, ME = _bit("at_aged"), _bit("in_around"), _bit("ago"), _bit("am_as"), _bit("weeks"), _bit("me")
NUMBER, YEAR, DIGITS, HARDLY = _bit("number"), _bit("year"), _bit("digits"), _bit("hardly")
AM, PM, OCLOCK, UNITS, AGE_BEFORE, AGE_BEHIND = _bit("am"), _bit("pm"), _bit("oclock"), _bit("units"), _bit("age_before"), _bit("age_behind")
YEARS, OLD_OF, WEEK, FORTY = _bit("years"), _bit("old_of"), _bit("week"), _bit("forty")
GESTATION_WEEKS, PREGNANT, AT = _bit("gestation_weeks"), _bit("pregnant"), _bit("at")
AND, BEHIND_AND, MY, NO = _bit("and"), _bit("behind_and"), _bit("my"), _bit("no")
DENIED_WITH, WHEN, WENT, TEST = _bit("denied_with"), _bit("when"), _bit("went"), _bit("test")
ZERO = np.uint64(0)

NOT_A_DENIAL, DENIAL_BEHIND, LONG_AGO, CHILDHOOD, STOPPED, STOPPED_FOR_GOOD, FAMILY_CUES, FIRST_PERSON_HAS = range(8)
FIRST_PERSON_STRONG, HYPOTHETICAL_RUN, STORY_AGO, WELL_AGAIN, STRANGERS, TOLD_OF, GENERAL_QUESTION, FIRST_PERSON_MAYBE = range(8, 16)

PRESENT, DENIED, OTHERS, PAST, HYPOTHETICAL = 0, 1, 2, 3, 4
# The same as in text.context and text.analyzer.
DENIAL_REACH, BACK_REACH, HYPOTHESIS_REACH, CLAUSE_REACH, LIST_REACH, PAIR_REACH = 7, 6, 8, 40, 8, 12

_kernel: Any = njit(nogil=True, error_model="numpy", _nrt=False)  # see reading
# Tables are handed over field by field, a hundred of them a call: what is called for every word is put in its place instead.
_inlined: Any = njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)
# Whose sums may be made in any order, so that they are made side by side.
_summing: Any = njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True, fastmath={"reassoc", "nnan", "nsz"})


@_inlined
def _is(t, word, bits):
    return (t.of[word].bits & bits) != ZERO


@_inlined
def _find_beginnings(t, w, begins):
    """Fills `begins` with the lists of which a run may begin at each word, as far as the word behind it tells."""
    n = len(w)
    for i in range(n):
        word = w[i]
        begins[i] = t.of[word].runs_of_one | (t.of[word].runs_first & t.of[w[i + 1]].runs_second if i + 1 < n else np.uint32(0))


@_inlined
def _match(t, w, at, kind, begins):
    """The length of the longest run of a list that begins at `at`, 0 where none does."""
    if not begins[at] & (np.uint32(1) << np.uint32(kind)):
        return 0
    entry = t.run_at[t.of[w[at]].runs_at, kind]
    size = t.run_entries[entry]
    while size > 0:
        if at + size <= len(w):
            same = 1
            while same < size and t.run_entries[entry + 1 + same] == w[at + same]:
                same += 1
            if same == size:
                return size
        entry += 1 + size
        size = t.run_entries[entry]
    return 0


@_inlined
def _has(t, w, at, concepts):
    for i in range(at, min(at + 5, len(w))):
        if _is(t, w[i], THIRD_PERSON | RELATIVES | RELATIVE_PLURAL | DEALT_WITH):
            return False
        if _is(t, w[i], concepts):
            return True
    return False


@_inlined
def _writer_is_patient(t, w, begins):
    n = len(w)
    relative_at = n
    for i in range(n):
        if _is(t, w[i], RELATIVES):
            relative_at = i
            break
    for i in range(n):
        if _is(t, w[i], OWN):
            for j in range(i + 1, min(i + 4, n)):
                if w[j] < FIRST_WORD or _is(t, w[j], NUMBER | RELATIVES | RELATIVE_PLURAL):
                    break
                if _is(t, w[j], BODY):
                    return True
        if _match(t, w, i, FIRST_PERSON_STRONG, begins) or (_is(t, w[i], IM) and i + 2 < n and _is(t, w[i + 2], WEEKS)):
            return True
        if i < relative_at and _match(t, w, i, FIRST_PERSON_HAS, begins) and _has(t, w, i, ANY_CONCEPT):
            return True
        maybe = _match(t, w, i, FIRST_PERSON_MAYBE, begins)
        if maybe and _has(t, w, i + maybe, COMPLAINT):
            return True
    return False


@_inlined
def _is_mark(word):
    return COMMA <= word < FIRST_WORD


@_inlined
def _begins_clause(t, w, at):
    return _is(t, w[at], AND) and at + 1 < len(w) and _is(t, w[at + 1], BEHIND_AND)


@_inlined
def _clause_begin(t, w, at, start):
    low, start = at, max(start, at - CLAUSE_REACH)
    while low > start and not _is_mark(w[low - 1]) and not _is(t, w[low - 1], CLAUSE_END) and not _begins_clause(t, w, low - 1):
        low -= 1
    return low


@_inlined
def _clause_stop(t, w, at, end):
    high, end = at, min(end, at + CLAUSE_REACH)
    while high < end and not _is_mark(w[high]) and (high == at or not (_is(t, w[high], CLAUSE_END) or _begins_clause(t, w, high))):
        high += 1
    return high


@_inlined
def _any(t, w, start, end, bits):
    found = ZERO
    for i in range(start, min(end, len(w))):
        found |= t.of[w[i]].bits
    return (found & bits) != ZERO


@_inlined
def _is_year(t, w, at):
    return _is(t, w[at], YEAR) and at > 0 and _is(t, w[at - 1], IN_AROUND)


@_inlined
def _is_age(t, w, at):
    return _is(t, w[at], DIGITS) and at > 0 and _is(t, w[at - 1], AT_AGED) and at + 1 < len(w) and _is(t, w[at + 1], WORD_I)


@_inlined
def _is_now(t, w, at):
    return _is(t, w[at], NOW) and not (at > 0 and _is(t, w[at - 1], AGO))


@_inlined
def _mark_hypothetical(t, w, begins, start, end, status):
    for i in range(start, end):
        size = _match(t, w, i, HYPOTHETICAL_RUN, begins)
        if size and not (i + size < end and _is(t, w[i + size], ASKED_OF_WHAT_IS)):
            for j in range(i + size, min(i + size + HYPOTHESIS_REACH, end)):
                if _is_mark(w[j]) or _is(t, w[j], CLAUSE_END):
                    break
                status[j] = HYPOTHETICAL


@_inlined
def _mark_told(t, w, begins, start, end, status):
    told = False
    for i in range(start, end):
        told = told or _match(t, w, i, TOLD_OF, begins) > 0
        if told and _is(t, w[i], MINE | BUT_SO_NOW):
            told = False
        if told:
            status[i] = HYPOTHETICAL
    begin, size = end, 0
    for i in range(start, min(start + 4, end)):
        size = _match(t, w, i, GENERAL_QUESTION, begins)
        if size:
            begin = i
            break
    if begin == end or _any(t, w, end, end + 6, ME):
        return
    reach = min(end, begin + CLAUSE_REACH)
    if not _any(t, w, begin + size, reach, PERSONAL):
        status[begin:reach] = HYPOTHETICAL


@_inlined
def _mark_past(t, w, begins, start, end, status):
    for i in range(start, end):
        if _match(t, w, i, LONG_AGO, begins) or _is_year(t, w, i):
            low, high = _clause_begin(t, w, i, start), _clause_stop(t, w, i, end)
            if _any(t, w, low, high, HAD) and not _any(t, w, low, i, GOING_ON):
                status[low:high] = PAST
        elif _match(t, w, i, CHILDHOOD, begins):
            status[_clause_begin(t, w, i, start) : _clause_stop(t, w, i, end)] = PAST
        else:
            for_good = _match(t, w, i, STOPPED_FOR_GOOD, begins)
            if for_good or _match(t, w, i, STOPPED, begins):
                low, high = _clause_begin(t, w, i, start), _clause_stop(t, w, i, end)
                for j in range(i + 2, high):
                    if _is(t, w[j], NEW_CLAUSE):
                        high = j
                        break
                if for_good:
                    status[i:high] = PAST
                else:
                    when = _any(t, w, i, high, STOPPED_WHEN)
                    for j in range(i, high):
                        when = when or _is_year(t, w, j)
                    if when:
                        status[low:high] = PAST


@_inlined
def _mark_story(t, w, begins, start, end, well_at, going_on, status):
    begin = start
    if not going_on:
        cue = end
        for i in range(start, end):
            if _match(t, w, i, STORY_AGO, begins) or _is_year(t, w, i) or _is_age(t, w, i):
                cue = i
                break
        if cue == end or well_at < cue or _any(t, w, start, cue, GOING_ON):
            return False
        for i in range(start, cue):
            if _is_now(t, w, i):
                begin = _clause_begin(t, w, cue, start)
                break
    elif _any(t, w, start, end, RECENT) or not _any(t, w, start, end, TOLD_IN_PAST):
        return False
    stop = end
    for i in range(begin, end):
        if _is_now(t, w, i):
            stop = i
            break
    status[begin:stop] = PAST
    return stop == end


@_inlined
def _has_it(t, w, begins, at, end):
    stranger = _match(t, w, at, STRANGERS, begins)
    if stranger:
        if at > 0 and _is(t, w[at - 1], AM_AS):
            return False
    elif not _is(t, w[at], RELATIVES):
        return _is(t, w[at], RELATIVE_PLURAL)
    begin = at + max(stranger, 1)
    stop = min(begin + (5 if stranger else 3), end)
    for i in range(begin, stop):
        mine = _is(t, w[i], MINE) and not (_is(t, w[i], MY) and i + 1 < stop and not _is(t, w[i + 1], BODY))
        if mine or _is(t, w[i], DEALT_WITH):
            return False
        if _is(t, w[i], RELATIVE_HAS):
            return True
    return False


@_inlined
def _mark_others(t, w, begins, start, end, going_on, status):
    told = theirs = False
    for i in range(start, end):
        if _match(t, w, i, FAMILY_CUES, begins):
            status[_clause_begin(t, w, i, start) : _clause_stop(t, w, i, end)] = OTHERS
        elif _is(t, w[i], MINE | BUT):
            theirs = False
        elif _has_it(t, w, begins, i, end) or (going_on and _is(t, w[i], THIRD_PERSON)):
            told = theirs = going_on = True
        if theirs:
            status[i] = OTHERS
    return told


@_inlined
def _list_goes_on(t, w, comma, end):
    part_begin, parts = comma + 1, 0
    for i in range(comma + 1, end):
        if _is(t, w[i], OR_NOR):
            return True
        if _is_mark(w[i]):
            part_begin, parts = i + 1, parts + 1
        if i - part_begin >= 3 or parts >= LIST_REACH or _is(t, w[i], CLAUSE_END | NEW_CLAUSE):
            return False
    return False


@_inlined
def _ends_denial(t, w, at):
    return (_is(t, w[at], CLAUSE_END) and not _is(t, w[at], WHEN)) or _is(t, w[at], SUBJECT) or _begins_clause(t, w, at)


@_inlined
def _mark_denied_with(t, w, at, start, status):
    for i in range(at - 1, max(start, at - BACK_REACH) - 1, -1):
        if _is_mark(w[i]) or _is(t, w[i], CLAUSE_END) or _begins_clause(t, w, i):
            return
        if _is(t, w[i], DENIED_WITH):
            status[i] = DENIED
            return


@_inlined
def _mark_denial_ahead(t, w, begin, end, status):
    reach, i = DENIAL_REACH, begin
    first = begin if _is(t, w[begin - 1], NO) else begin + 1
    while i < end and reach:
        if _is_mark(w[i]):
            if w[i] != COMMA or not _list_goes_on(t, w, i, end):
                return i
            reach = DENIAL_REACH
        elif _ends_denial(t, w, i) and not (_is(t, w[i], SUBJECT) and (i <= first or _is(t, w[i - 1], WHEN))):
            return i
        else:
            status[i] = DENIED
            reach = DENIAL_REACH if _is(t, w[i], OR_NOR | DENIAL) else reach - 1
        i += 1
    return i


@_inlined
def _mark_denied(t, w, begins, start, end, status):
    i = start
    while i < end:
        behind = _match(t, w, i, DENIAL_BEHIND, begins)
        if behind:
            after = i + behind
            if _is(t, w[after - 1], GONE) and after < end and w[after] >= FIRST_WORD and not _is(t, w[after], NUMBER | GONE_AWAY):
                i = after
                continue
            if i > start and (_is(t, w[i - 1], TEST) or (_is(t, w[i - 1], LOST) and _any(t, w, i, after, WENT))):
                i = after
                continue
            mark_before = i > start and _is_mark(w[i - 1])
            if not _is(t, w[i], NONE) or mark_before or (i > start and (after == end or _is_mark(w[after]))):
                low = _clause_begin(t, w, max(i - 2 if mark_before else i - 1, start), start)
                status[low:i] = DENIED
                i = after
                continue
        harmless = _match(t, w, i, NOT_A_DENIAL, begins)
        if harmless:
            i += harmless
        elif _is(t, w[i], DENIAL):
            _mark_denied_with(t, w, i, start, status)
            i = _mark_denial_ahead(t, w, i + 1, end, status)
        else:
            i += 1


def _lists(*kinds: int) -> np.uint32:
    return np.uint32(sum(1 << kind for kind in kinds))


_TOLD, _PAST = _lists(TOLD_OF, GENERAL_QUESTION), _lists(LONG_AGO, CHILDHOOD, STOPPED, STOPPED_FOR_GOOD)
_HYPOTHETICAL, _DENIAL_BEHIND, _OTHERS = _lists(HYPOTHETICAL_RUN), _lists(DENIAL_BEHIND), _lists(FAMILY_CUES, STRANGERS)
_STORY, _WELL_AGAIN, _PHRASE = _lists(STORY_AGO), _lists(WELL_AGAIN), _lists(PHRASE)


@_inlined
def _mark(t, w, begins, status):
    """The status of each word (text.context.statuses). What no word of a sentence can begin is not looked for in it."""
    n = len(w)
    bits, runs = ZERO, np.uint32(0)
    for i in range(n):
        bits |= t.of[w[i]].bits
        runs |= begins[i]
        status[i] = PRESENT
    others = ((bits & (RELATIVES | RELATIVE_PLURAL)) != ZERO or (runs & _OTHERS) != 0) and _writer_is_patient(t, w, begins)
    well_at = -1
    if (runs & _WELL_AGAIN) != 0 and ((bits & DIGITS) != ZERO or (runs & _STORY) != 0):
        for i in range(n):
            if _match(t, w, i, WELL_AGAIN, begins):
                well_at = i
    story = theirs = False
    start = 0
    while start < n:
        end = start
        bits, runs = ZERO, np.uint32(0)
        while end < n and w[end] != END_OF_SENTENCE:
            bits |= t.of[w[end]].bits
            runs |= begins[end]
            end += 1
        if end > start:
            if runs & _HYPOTHETICAL:
                _mark_hypothetical(t, w, begins, start, end, status)
            if runs & _TOLD:
                _mark_told(t, w, begins, start, end, status)
            if (bits & YEAR) != ZERO or (runs & _PAST) != 0:
                _mark_past(t, w, begins, start, end, status)
            if well_at >= 0:
                story = _mark_story(t, w, begins, start, end, well_at, story, status)
            if others:
                theirs = _mark_others(t, w, begins, start, end, theirs, status)
            if (bits & DENIAL) != ZERO or (runs & _DENIAL_BEHIND) != 0:
                _mark_denied(t, w, begins, start, end, status)
        start = end + 1


@_inlined
def _pair_key(first, second):
    """Of two stems' numbers, below 65,536; never 0, which is a free slot."""
    return np.uint32(first << 16 | second) + np.uint32(1)


@_inlined
def _pair_slot(wanted, mask):
    return np.int64((np.uint64(wanted) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask


@_inlined
def _row_of_pair(m, first, second):
    wanted = _pair_key(first, second)
    mask = len(m.pairs) - 1
    slot = _pair_slot(wanted, mask)
    while m.pairs[slot, 0] != np.uint32(0):
        if m.pairs[slot, 0] == wanted:
            return np.int32(m.pairs[slot, 1])
        slot = (slot + 1) & mask
    return np.int32(-1)


@_kernel
def enter_pairs(pairs, table):
    """Fills the hash table of Weights. `pairs` [pairs, 3]: stem, stem, row."""
    mask = len(table) - 1
    for i in range(len(pairs)):
        wanted = _pair_key(pairs[i, 0], pairs[i, 1])
        slot = _pair_slot(wanted, mask)
        while table[slot, 0] != np.uint32(0):
            slot = (slot + 1) & mask
        table[slot, 0], table[slot, 1] = wanted, pairs[i, 2]


@_inlined
def _row_of_number(t, m, w, at):
    """The feature of a number (text.analyzer._number_feature)."""
    number = t.of[w[at]].value
    if number < 0:
        return np.int32(-1)
    n = len(w)
    before = t.of[w[at - 1]].bits if at > 0 else ZERO
    behind = t.of[w[at + 1]].bits if at + 1 < n else ZERO
    further = t.of[w[at + 2]].bits if at + 2 < n else ZERO
    if behind & (AM | PM | OCLOCK):
        night = (behind & AM and (number == 12 or 1 <= number <= 5)) or (behind & PM and (number == 10 or number == 11))
        return m.special_rows[0] if night else np.int32(-1)
    if 4 <= number <= 42 and (
        before & WEEK or behind & FORTY or ((behind & GESTATION_WEEKS) != ZERO and ((further & PREGNANT) != ZERO or (before & AT) != ZERO))
    ):
        return m.special_rows[1]
    if behind & UNITS or not 1 <= number <= 110:
        return np.int32(-1)
    band = 0 if number <= 12 else 1 if number <= 19 else 2 if number <= 39 else 3 if number <= 59 else 4 if number <= 74 else 5
    if behind & YEARS:
        return m.age_rows[band] if further & OLD_OF or before & AGE_BEFORE else np.int32(-1)
    alone = (at == 0 or w[at - 1] < FIRST_WORD) and (at + 1 == n or w[at + 1] < FIRST_WORD)
    if before & AGE_BEFORE or behind & AGE_BEHIND or (alone and 60 <= number <= 99):
        return m.age_rows[band]
    return np.int32(-1)


@_inlined
def _in_class(t, word, number):
    return (t.member[t.of[word].member_row, number >> 6] >> np.uint64(number & 63)) & np.uint64(1) != ZERO


@_inlined
def _phrase_fits(t, w, at, entry):
    size = t.phrase_entries[entry + 1]
    if at + size > len(w):
        return False
    for i in range(1, size - 1):
        if t.phrase_entries[entry + 3 + i] != w[at + i]:
            return False
    last, of_last = w[at + size - 1], t.phrase_entries[entry + 2]
    return _in_class(t, last, of_last) if of_last >= 0 else t.phrase_entries[entry + 2 + size] == last


@_inlined
def _concept(m, add, added, seen, ring, head, tail, concept, at):
    """A concept that is there, and its pairs with those seen shortly before. Returns how many rows were added, and the ring's head and tail."""
    added = _add(m, add, added, seen, m.concept_rows[concept])
    while head < tail and at - ring[head % RING, 0] > PAIR_REACH:
        head += 1
    for i in range(head, tail):
        added = _add(m, add, added, seen, m.concept_pair_rows[concept, ring[i % RING, 1]])
    ring[tail % RING, 0] = at
    ring[tail % RING, 1] = concept
    return added, head, tail + 1


@_inlined
def _add(m, rows, count, seen, row):
    """Adds a row of the model, once a complaint."""
    if row >= 0 and not seen[row]:
        seen[row] = 1
        rows[count] = row
        count += 1
    return count


@_inlined
def _features(t, m, w, begins, status, rows, seen, ring):
    """Fills `rows` with the model's rows of the complaint's features (text.analyzer); returns their number."""
    count, head, tail, previous = 0, 0, 0, np.int32(-1)
    for i in range(len(w)):
        word = w[i]
        if word < FIRST_WORD:
            if word == END_OF_SENTENCE:
                previous, head = np.int32(-1), tail
            continue
        state = status[i]
        if state == OTHERS or state == PAST:
            continue
        if t.of[word].value != -2:  # a number
            if state != DENIED:
                count = _add(m, rows, count, seen, _row_of_number(t, m, w, i))
            continue
        entry = t.of[word].concept_at
        while t.concepts[entry] >= 0:
            if state == DENIED:
                count = _add(m, rows, count, seen, m.denied_rows[t.concepts[entry]])
            else:
                count, head, tail = _concept(m, rows, count, seen, ring, head, tail, t.concepts[entry], i)
            entry += 1
        entry = t.of[word].phrase_at if begins[i] & _PHRASE else 0
        while t.phrase_entries[entry] >= 0:
            if _phrase_fits(t, w, i, entry):
                if state == DENIED:
                    count = _add(m, rows, count, seen, m.denied_rows[t.phrase_entries[entry]])
                else:
                    count, head, tail = _concept(m, rows, count, seen, ring, head, tail, t.phrase_entries[entry], i)
            entry += 3 + t.phrase_entries[entry + 1]
        if state != DENIED and not _is(t, word, STOP):
            count = _add(m, rows, count, seen, t.of[word].feature)
            count = _add(m, rows, count, seen, t.of[word].plural)
            root = t.of[word].root
            if previous >= 0 and root >= 0:
                count = _add(m, rows, count, seen, _row_of_pair(m, previous, root))
            previous = root
    return count


@_inlined
def _alignment_counts(t, w, status, places, parts, past_counts):
    """Whether a match whose words stand at `places` counts: said of the patient, here and now (inference.findings)."""
    itself_denies = False
    for k in range(parts):
        word = w[places[k]]
        denies = _is(t, word, DENIAL)
        itself_denies = itself_denies or denies
        if k + 1 < parts and (denies or _is(t, word, HARDLY)):
            for i in range(places[k] + 1, places[k + 1]):
                if _is_mark(w[i]):
                    return False
    past = False
    for k in range(1 if itself_denies else parts):
        state = status[places[k]]
        if state == PAST:
            past = True
        elif state == DENIED or state == OTHERS:
            return False
    if past:
        return past_counts
    for k in range(1 if itself_denies else parts):
        if status[places[k]] == HYPOTHETICAL:
            return False
    return True


@_inlined
def _stands(t, f, w, status, at, pattern, places):
    """Whether a pattern stands around `at`, where a word of its rarest class is, in a way that counts."""
    first_part, parts = f.pattern_at[pattern], f.pattern_at[pattern + 1] - f.pattern_at[pattern]
    reach = 0
    for k in range(1, f.pattern_anchor[pattern] + 1):
        reach += f.part_gap[first_part + k] + 1
    past_counts = f.past_counts[f.pattern_finding[pattern]] != 0
    lowest = max(at - reach, 0)
    start = at
    while start >= lowest and w[start] != END_OF_SENTENCE:
        if at - start >= f.pattern_anchor[pattern] and _in_class(t, w[start], f.part_class[first_part]):
            places[0] = start
            k = 1
            if k < parts:
                places[k] = start
            while k >= 1:
                if k == parts:
                    if _alignment_counts(t, w, status, places, parts, past_counts):
                        return True
                    k -= 1
                    continue
                # The next place for part k behind the one it had.
                limit = min(places[k - 1] + 1 + f.part_gap[first_part + k], len(w) - 1)
                i = places[k] + 1
                found = False
                while i <= limit and w[i] != END_OF_SENTENCE:
                    if _in_class(t, w[i], f.part_class[first_part + k]):
                        found = True
                        break
                    i += 1
                if not found:
                    k -= 1
                    continue
                places[k] = i
                k += 1
                if k < parts:
                    places[k] = i
            if parts == 1 and _alignment_counts(t, w, status, places, parts, past_counts):
                return True
        start -= 1
    return False


@_inlined
def _has_class(classes, number):
    return classes[number >> 6] >> np.uint64(number & 63) & np.uint64(1) != ZERO


@_inlined
def _row_holds(f, row, there):
    for k in range(len(there)):
        if f.rows[row, k] & ~there[k]:
            return False
    return True


@_inlined
def _flags_raised(t, f, w, status, there, wanted, classes, places):
    """The red flags, as bits. The last four are room to work in.

    First, whether the words of a flag's findings are there at all, in whatever order; only then, whether they stand as the patterns say."""
    classes[:] = ZERO
    for i in range(len(w)):
        row = t.of[w[i]].member_row
        if row:
            for k in range(len(classes)):
                classes[k] |= t.member[row, k]
    wanted[:] = ~ZERO
    raised = np.uint16(0)
    for exactly in range(2):
        there[:] = ZERO
        for i in range(len(w)):
            entry = t.of[w[i]].anchor_at
            pattern = t.anchors[entry]
            while pattern >= 0:
                if _has_class(classes, t.anchors[entry + 1]) and _has_class(classes, t.anchors[entry + 2]):
                    finding = f.pattern_finding[pattern]
                    bit = np.uint64(1) << np.uint64(finding & 63)
                    if wanted[finding >> 6] & ~there[finding >> 6] & bit and (not exactly or _stands(t, f, w, status, i, pattern, places)):
                        there[finding >> 6] |= bit
                entry += 3
                pattern = t.anchors[entry]
        wanted[:] = ZERO
        raised = np.uint16(0)
        for finding in range(len(f.past_counts)):
            if there[finding >> 6] >> np.uint64(finding & 63) & np.uint64(1):
                entry = f.rows_at[finding]
                while f.rows_of[entry] >= 0:
                    row = f.rows_of[entry]
                    if _row_holds(f, row, there):
                        flag = f.row_flag[row]
                        raised |= np.uint16(1) << np.uint16(flag)
                        for k in range(len(wanted)):
                            wanted[k] |= f.rows[row, k] | f.unless[flag, k]
                    entry += 1
        if not raised:
            return raised
    for flag in range(len(f.unless)):
        for k in range(len(there)):
            if f.unless[flag, k] & there[k]:
                raised &= ~(np.uint16(1) << np.uint16(flag))
    return raised


@_inlined
def _sum(m, rows, count, logits):
    """Fills `logits` with the sums of the model's rows; returns the norm of their idf. Several rows at a time: fewer stores of what is summed."""
    logits[:] = 0.0
    square = 0.0
    for i in range(count):
        idf = np.float64(m.idf[rows[i]])
        square += idf * idf
    rows[count : count + ABREAST] = len(m.idf) - 1
    for i in range(0, count, ABREAST):
        first, second, third, fourth = m.rows[rows[i]], m.rows[rows[i + 1]], m.rows[rows[i + 2]], m.rows[rows[i + 3]]
        for k in range(len(logits)):
            logits[k] += (np.float64(first[k]) + np.float64(second[k])) + (np.float64(third[k]) + np.float64(fourth[k]))
    return np.sqrt(square) if count else 1.0


@_summing
def _powers(logits, highest):
    """e to the power of each logit less `highest`, in its place, to 1e-12 of it. As numbers that are summed side by side: exp itself is a call each.

    e^x = (e^(x/256))^256, and the series of e^y for y in [-1/4, 0]; what is below e^-64 is taken for that."""
    for k in range(len(logits)):
        y = max(logits[k] - highest, -64.0) * (1 / 256)
        power = 1 + y * (1 + y * (1 / 2 + y * (1 / 6 + y * (1 / 24 + y * (1 / 120 + y * (1 / 720 + y * (1 / 5040 + y * (1 / 40320 + y / 362880))))))))
        for _ in range(8):
            power *= power
        logits[k] = power


@_summing
def _softmax(logits, rest):
    """Logits → probabilities, in their place; returns that of one more whose logit is `rest`."""
    highest = rest
    for k in range(len(logits)):
        highest = max(highest, logits[k])
    _powers(logits, highest)
    total = np.exp(rest - highest)
    left = total
    for k in range(len(logits)):
        total += logits[k]
    share = 1.0 / total
    for k in range(len(logits)):
        logits[k] *= share
    return left * share


@_kernel
def answer(words, bounds, t, m, f, rules, room, ranked, probabilities, confident, urgency, flags):
    """Answers the complaints whose words are words[bounds[i]:bounds[i+1]].

    Fills `ranked` [complaints, top], label numbers best first; `probabilities` of those; `confident`; `urgency`; `flags` as bits.
    `room`: see Room; `seen` all zero before and after."""
    labels, top = len(rules.label_urgency), ranked.shape[1]
    begins, status, rows, seen, ring, logits, there, wanted, classes, places = room
    shares, sounds = logits[:labels], logits[labels : len(m.intercept)]
    for row in range(len(ranked)):
        w = words[bounds[row] : bounds[row + 1]]
        _find_beginnings(t, w, begins)
        _mark(t, w, begins, status)
        count = _features(t, m, w, begins, status, rows, seen, ring)
        for i in range(count):
            seen[rows[i]] = 0
        norm = _sum(m, rows, count, logits)
        for k in range(labels):
            logits[k] = m.intercept[k] + logits[k] / norm
        for k in range(labels, len(m.intercept)):
            logits[k] = m.intercept[k] + logits[k] / max(norm, rules.least_norm)
        _softmax(shares, -np.inf)
        raised = np.uint16(0)
        danger = 1.0 - _softmax(sounds, 0.0) if len(sounds) else 1.0
        if danger > rules.quiet:  # most complaints are quiet: what the rules say of them would not be believed
            raised = _flags_raised(t, f, w, status, there, wanted, classes, places)
            if danger >= rules.raises and len(sounds):
                raised |= np.uint16(1) << np.uint16(rules.flag_of_danger[np.argmax(sounds)])
        flags[row] = raised
        least = np.uint8(255)
        for k in range(len(rules.flag_urgency)):
            if raised >> np.uint16(k) & np.uint16(1):
                least = min(least, rules.flag_urgency[k])
        for k in range(labels):
            if shares[k] >= rules.plausible and k != rules.other:
                least = min(least, rules.label_urgency[k])
        for rank in range(top):
            best = 0
            for k in range(1, labels):
                if shares[k] > shares[best]:
                    best = k
            ranked[row, rank] = best
            probabilities[row, rank] = shares[best]
            shares[best] = -1.0
        sure = probabilities[row, 0] >= rules.threshold
        confident[row] = sure
        if ranked[row, 0] == rules.other or not sure:
            least = min(least, np.uint8(rules.unsure_urgency))
        urgency[row] = least
