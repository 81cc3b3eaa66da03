"""Kernel: numbers of words → answers. Follows text.context, text.analyzer, inference.score, findings and flags; tests hold them together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from .lanes import sum_rows
from .layout import ABREAST, BITS, COMMA, END_OF_SENTENCE, FIRST_WORD, MAY_STAND, NO_ROOT, PHRASE, RING, STEP_BITS
from .layout import GROUPING as _GROUPING


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
ZERO, GROUPING = np.uint64(0), np.uint64(_GROUPING)

NOT_A_DENIAL, DENIAL_BEHIND, LONG_AGO, CHILDHOOD, STOPPED, STOPPED_FOR_GOOD, FAMILY_CUES, FIRST_PERSON_HAS = range(8)
FIRST_PERSON_STRONG, HYPOTHETICAL_RUN, STORY_AGO, WELL_AGAIN, STRANGERS, TOLD_OF, GENERAL_QUESTION, FIRST_PERSON_MAYBE = range(8, 16)


def _lists(*kinds: int) -> np.uint32:
    return np.uint32(sum(1 << kind for kind in kinds))


_TOLD, _PAST = _lists(TOLD_OF, GENERAL_QUESTION), _lists(LONG_AGO, CHILDHOOD, STOPPED, STOPPED_FOR_GOOD)
_HYPOTHETICAL, _DENIAL_BEHIND, _OTHERS = _lists(HYPOTHETICAL_RUN), _lists(DENIAL_BEHIND), _lists(FAMILY_CUES, STRANGERS)
_STORY, _WELL_AGAIN, _PHRASE = _lists(STORY_AGO), _lists(WELL_AGAIN), _lists(PHRASE)
_FIRST_PERSON, _ABOUT_DENIAL = _lists(FIRST_PERSON_HAS, FIRST_PERSON_STRONG, FIRST_PERSON_MAYBE), _lists(DENIAL_BEHIND, NOT_A_DENIAL)
_ANY_OF_A_SENTENCE = _TOLD | _PAST | _HYPOTHETICAL | _DENIAL_BEHIND

PRESENT, DENIED, OTHERS, PAST, HYPOTHETICAL = 0, 1, 2, 3, 4
AS_IT_IS, COUNTED = 1 << PRESENT | 1 << HYPOTHETICAL, 1 << PRESENT | 1 << HYPOTHETICAL | 1 << DENIED
# The same as in text.context and text.analyzer.
DENIAL_REACH, BACK_REACH, HYPOTHESIS_REACH, CLAUSE_REACH, LIST_REACH, PAIR_REACH = 7, 6, 8, 40, 8, 12

_kernel: Any = njit(nogil=True, error_model="numpy", _nrt=False)  # see reading
# Tables are handed over field by field, a hundred of them a call: what is called for every word is put in its place instead.
_inlined: Any = njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True)
# Whose sums may be made in any order, so that they are made side by side.
_summing: Any = njit(nogil=True, error_model="numpy", _nrt=False, forceinline=True, fastmath={"reassoc", "nnan", "nsz"})


@_inlined
def _is(bits, at, wanted):
    return (bits[at] & wanted) != ZERO


@_inlined
def _look_up(t, w, bits, begins, ends):
    """Fills `bits` with what each word is, `begins` with the lists of which a run may begin there as far as the word behind it tells, and `ends`
    with where sentences end, the complaint's end included; returns how many do, and all bits and lists together."""
    n = len(w)
    everything, lists, second, sentences = ZERO, np.uint32(0), np.uint32(0), 0
    for i in range(n - 1, -1, -1):
        word = t.of[w[i]]
        bits[i] = word.bits
        begins[i] = word.runs_of_one | (word.runs_first & second)
        second = word.runs_second
        everything |= bits[i]
        lists |= begins[i]
    for i in range(n):
        ends[sentences] = i
        sentences += w[i] == END_OF_SENTENCE
    ends[sentences] = n
    return sentences + 1, everything, lists


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
def _has(w, bits, at, concepts):
    for i in range(at, min(at + 5, len(w))):
        if _is(bits, i, THIRD_PERSON | RELATIVES | RELATIVE_PLURAL | DEALT_WITH):
            return False
        if _is(bits, i, concepts):
            return True
    return False


@_inlined
def _writer_is_patient(t, w, bits, begins):
    n = len(w)
    relative_at = n
    for i in range(n):
        if _is(bits, i, RELATIVES):
            relative_at = i
            break
    for i in range(n):
        if (bits[i] & (OWN | IM)) == ZERO and (begins[i] & _FIRST_PERSON) == 0:
            continue
        if _is(bits, i, OWN):
            for j in range(i + 1, min(i + 4, n)):
                if w[j] < FIRST_WORD or _is(bits, j, NUMBER | RELATIVES | RELATIVE_PLURAL):
                    break
                if _is(bits, j, BODY):
                    return True
        if _match(t, w, i, FIRST_PERSON_STRONG, begins) or (_is(bits, i, IM) and i + 2 < n and _is(bits, i + 2, WEEKS)):
            return True
        if i < relative_at and _match(t, w, i, FIRST_PERSON_HAS, begins) and _has(w, bits, i, ANY_CONCEPT):
            return True
        maybe = _match(t, w, i, FIRST_PERSON_MAYBE, begins)
        if maybe and _has(w, bits, i + maybe, COMPLAINT):
            return True
    return False


@_inlined
def _is_mark(word):
    return COMMA <= word < FIRST_WORD


@_inlined
def _begins_clause(w, bits, at):
    return _is(bits, at, AND) and at + 1 < len(w) and _is(bits, at + 1, BEHIND_AND)


@_inlined
def _clause_begin(w, bits, at, start):
    low, start = at, max(start, at - CLAUSE_REACH)
    while low > start and not _is_mark(w[low - 1]) and not _is(bits, low - 1, CLAUSE_END) and not _begins_clause(w, bits, low - 1):
        low -= 1
    return low


@_inlined
def _clause_stop(w, bits, at, end):
    high, end = at, min(end, at + CLAUSE_REACH)
    while high < end and not _is_mark(w[high]) and (high == at or not (_is(bits, high, CLAUSE_END) or _begins_clause(w, bits, high))):
        high += 1
    return high


@_inlined
def _any(bits, start, end, wanted):
    found = ZERO
    for i in range(start, min(end, len(bits))):
        found |= bits[i]
    return (found & wanted) != ZERO


@_inlined
def _is_year(w, bits, at):
    return _is(bits, at, YEAR) and at > 0 and _is(bits, at - 1, IN_AROUND)


@_inlined
def _is_age(w, bits, at):
    return _is(bits, at, DIGITS) and at > 0 and _is(bits, at - 1, AT_AGED) and at + 1 < len(w) and _is(bits, at + 1, WORD_I)


@_inlined
def _is_now(w, bits, at):
    return _is(bits, at, NOW) and not (at > 0 and _is(bits, at - 1, AGO))


@_inlined
def _mark_hypothetical(t, w, bits, begins, start, end, status):
    for i in range(start, end):
        size = _match(t, w, i, HYPOTHETICAL_RUN, begins)
        if size and not (i + size < end and _is(bits, i + size, ASKED_OF_WHAT_IS)):
            for j in range(i + size, min(i + size + HYPOTHESIS_REACH, end)):
                if _is_mark(w[j]) or _is(bits, j, CLAUSE_END):
                    break
                status[j] = HYPOTHETICAL


@_inlined
def _mark_told(t, w, bits, begins, start, end, status):
    told = False
    for i in range(start, end):
        told = told or _match(t, w, i, TOLD_OF, begins) > 0
        if told and _is(bits, i, MINE | BUT_SO_NOW):
            told = False
        if told:
            status[i] = HYPOTHETICAL
    begin, size = end, 0
    for i in range(start, min(start + 4, end)):
        size = _match(t, w, i, GENERAL_QUESTION, begins)
        if size:
            begin = i
            break
    if begin == end or _any(bits, end, end + 6, ME):
        return
    reach = min(end, begin + CLAUSE_REACH)
    if not _any(bits, begin + size, reach, PERSONAL):
        status[begin:reach] = HYPOTHETICAL


@_inlined
def _mark_past(t, w, bits, begins, start, end, status):
    for i in range(start, end):
        if (bits[i] & YEAR) == ZERO and (begins[i] & _PAST) == 0:
            continue
        if _match(t, w, i, LONG_AGO, begins) or _is_year(w, bits, i):
            low, high = _clause_begin(w, bits, i, start), _clause_stop(w, bits, i, end)
            if _any(bits, low, high, HAD) and not _any(bits, low, i, GOING_ON):
                status[low:high] = PAST
        elif _match(t, w, i, CHILDHOOD, begins):
            status[_clause_begin(w, bits, i, start) : _clause_stop(w, bits, i, end)] = PAST
        else:
            for_good = _match(t, w, i, STOPPED_FOR_GOOD, begins)
            if for_good or _match(t, w, i, STOPPED, begins):
                low, high = _clause_begin(w, bits, i, start), _clause_stop(w, bits, i, end)
                for j in range(i + 2, high):
                    if _is(bits, j, NEW_CLAUSE):
                        high = j
                        break
                if for_good:
                    status[i:high] = PAST
                else:
                    when = _any(bits, i, high, STOPPED_WHEN)
                    for j in range(i, high):
                        when = when or _is_year(w, bits, j)
                    if when:
                        status[low:high] = PAST


@_inlined
def _mark_story(t, w, bits, begins, start, end, well_at, going_on, status):
    begin = start
    if not going_on:
        cue = end
        for i in range(start, end):
            if _match(t, w, i, STORY_AGO, begins) or _is_year(w, bits, i) or _is_age(w, bits, i):
                cue = i
                break
        if cue == end or well_at < cue or _any(bits, start, cue, GOING_ON):
            return False
        for i in range(start, cue):
            if _is_now(w, bits, i):
                begin = _clause_begin(w, bits, cue, start)
                break
    elif _any(bits, start, end, RECENT) or not _any(bits, start, end, TOLD_IN_PAST):
        return False
    stop = end
    for i in range(begin, end):
        if _is_now(w, bits, i):
            stop = i
            break
    status[begin:stop] = PAST
    return stop == end


@_inlined
def _has_it(t, w, bits, begins, at, end):
    stranger = _match(t, w, at, STRANGERS, begins)
    if stranger:
        if at > 0 and _is(bits, at - 1, AM_AS):
            return False
    elif not _is(bits, at, RELATIVES):
        return _is(bits, at, RELATIVE_PLURAL)
    begin = at + max(stranger, 1)
    stop = min(begin + (5 if stranger else 3), end)
    for i in range(begin, stop):
        mine = _is(bits, i, MINE) and not (_is(bits, i, MY) and i + 1 < stop and not _is(bits, i + 1, BODY))
        if mine or _is(bits, i, DEALT_WITH):
            return False
        if _is(bits, i, RELATIVE_HAS):
            return True
    return False


@_inlined
def _mark_others(t, w, bits, begins, start, end, going_on, status):
    told = theirs = False
    for i in range(start, end):
        if _match(t, w, i, FAMILY_CUES, begins):
            status[_clause_begin(w, bits, i, start) : _clause_stop(w, bits, i, end)] = OTHERS
        elif _is(bits, i, MINE | BUT):
            theirs = False
        elif _has_it(t, w, bits, begins, i, end) or (going_on and _is(bits, i, THIRD_PERSON)):
            told = theirs = going_on = True
        if theirs:
            status[i] = OTHERS
    return told


@_inlined
def _list_goes_on(w, bits, comma, end):
    part_begin, parts = comma + 1, 0
    for i in range(comma + 1, end):
        if _is(bits, i, OR_NOR):
            return True
        if _is_mark(w[i]):
            part_begin, parts = i + 1, parts + 1
        if i - part_begin >= 3 or parts >= LIST_REACH or _is(bits, i, CLAUSE_END | NEW_CLAUSE):
            return False
    return False


@_inlined
def _ends_denial(w, bits, at):
    return (_is(bits, at, CLAUSE_END) and not _is(bits, at, WHEN)) or _is(bits, at, SUBJECT) or _begins_clause(w, bits, at)


@_inlined
def _mark_denied_with(w, bits, at, start, status):
    for i in range(at - 1, max(start, at - BACK_REACH) - 1, -1):
        if _is_mark(w[i]) or _is(bits, i, CLAUSE_END) or _begins_clause(w, bits, i):
            return
        if _is(bits, i, DENIED_WITH):
            status[i] = DENIED
            return


@_inlined
def _mark_denial_ahead(w, bits, begin, end, status):
    reach, i = DENIAL_REACH, begin
    first = begin if _is(bits, begin - 1, NO) else begin + 1
    while i < end and reach:
        if _is_mark(w[i]):
            if w[i] != COMMA or not _list_goes_on(w, bits, i, end):
                return i
            reach = DENIAL_REACH
        elif _ends_denial(w, bits, i) and not (_is(bits, i, SUBJECT) and (i <= first or _is(bits, i - 1, WHEN))):
            return i
        else:
            status[i] = DENIED
            reach = DENIAL_REACH if _is(bits, i, OR_NOR | DENIAL) else reach - 1
        i += 1
    return i


@_inlined
def _mark_denied(t, w, bits, begins, start, end, status):
    i = start
    while i < end:
        if (bits[i] & DENIAL) == ZERO and (begins[i] & _ABOUT_DENIAL) == 0:
            i += 1
            continue
        behind = _match(t, w, i, DENIAL_BEHIND, begins)
        if behind:
            after = i + behind
            if _is(bits, after - 1, GONE) and after < end and w[after] >= FIRST_WORD and not _is(bits, after, NUMBER | GONE_AWAY):
                i = after
                continue
            if i > start and (_is(bits, i - 1, TEST) or (_is(bits, i - 1, LOST) and _any(bits, i, after, WENT))):
                i = after
                continue
            mark_before = i > start and _is_mark(w[i - 1])
            if not _is(bits, i, NONE) or mark_before or (i > start and (after == end or _is_mark(w[after]))):
                low = _clause_begin(w, bits, max(i - 2 if mark_before else i - 1, start), start)
                status[low:i] = DENIED
                i = after
                continue
        harmless = _match(t, w, i, NOT_A_DENIAL, begins)
        if harmless:
            i += harmless
        elif _is(bits, i, DENIAL):
            _mark_denied_with(w, bits, i, start, status)
            i = _mark_denial_ahead(w, bits, i + 1, end, status)
        else:
            i += 1


@_inlined
def _mark(t, w, bits, begins, ends, sentences, everything, lists, status):
    """The status of each word (text.context.statuses). What no word of a sentence can begin is not looked for in it."""
    n = len(w)
    status[:n] = PRESENT
    others = ((everything & (RELATIVES | RELATIVE_PLURAL)) != ZERO or (lists & _OTHERS) != 0) and _writer_is_patient(t, w, bits, begins)
    well_at = -1
    if (lists & _WELL_AGAIN) != 0 and ((everything & DIGITS) != ZERO or (lists & _STORY) != 0):
        for i in range(n):
            if _match(t, w, i, WELL_AGAIN, begins):
                well_at = i
    if (everything & (YEAR | DENIAL)) == ZERO and (lists & _ANY_OF_A_SENTENCE) == 0 and well_at < 0 and not others:
        return
    story = theirs = False
    start = 0
    for sentence in range(sentences):
        end = ends[sentence]
        its_bits, its_lists = ZERO, np.uint32(0)
        for i in range(start, end):
            its_bits |= bits[i]
            its_lists |= begins[i]
        if end > start:
            if its_lists & _HYPOTHETICAL:
                _mark_hypothetical(t, w, bits, begins, start, end, status)
            if its_lists & _TOLD:
                _mark_told(t, w, bits, begins, start, end, status)
            if (its_bits & YEAR) != ZERO or (its_lists & _PAST) != 0:
                _mark_past(t, w, bits, begins, start, end, status)
            if well_at >= 0:
                story = _mark_story(t, w, bits, begins, start, end, well_at, story, status)
            if others:
                theirs = _mark_others(t, w, bits, begins, start, end, theirs, status)
            if (its_bits & DENIAL) != ZERO or (its_lists & _DENIAL_BEHIND) != 0:
                _mark_denied(t, w, bits, begins, start, end, status)
        start = end + 1


@_inlined
def _pair_key(first, second):
    """Of two stems' numbers, up to NO_ROOT; 0, which is a free slot, only of NO_ROOT twice."""
    return (np.uint32(first) << np.uint32(16) | np.uint32(second)) + np.uint32(1)


@_inlined
def _pair_slot(key, steps, size):
    """Where a pair stands: it depends on its key, and on the step that is common to a few keys."""
    mixed = np.uint64(key) * GROUPING
    step = steps[np.int64(mixed >> np.uint64(64 - STEP_BITS))]
    mixed = (mixed ^ np.uint64(step) * np.uint64(0xD6E8FEB86659FD93)) * np.uint64(0xFF51AFD7ED558CCD)
    return np.int64((mixed >> np.uint64(32)) * np.uint64(size) >> np.uint64(32))


@_inlined
def _row_of_pair(m, first, second):
    wanted = _pair_key(first, second)
    pair = m.pairs[_pair_slot(wanted, m.steps, len(m.pairs))]
    key, row = pair.key, np.int64(pair.row)
    return row if key == wanted else len(m.idf) - 1


@_kernel
def enter_pairs(keys, rows, order, bounds, table, steps, nothing):
    """Fills the hash table of Weights, in which each pair has a place of its own. `keys`, `rows` [pairs]; order[bounds[i]:bounds[i + 1]] are the
    pairs that have a step in common, the groups with the most first. Returns how many pairs found no place."""
    for group in range(len(bounds) - 1):
        first, last = bounds[group], bounds[group + 1]
        if first == last:
            break
        at = np.int64(np.uint64(keys[order[first]]) * GROUPING >> np.uint64(64 - STEP_BITS))
        for step in range(0x10000):
            steps[at] = step
            entered = first
            while entered < last:
                pair = order[entered]
                slot = _pair_slot(keys[pair], steps, len(table))
                if table[slot].key != np.uint32(0):
                    break
                table[slot].key, table[slot].row = keys[pair], rows[pair]
                entered += 1
            if entered == last:
                break
            for i in range(first, entered):
                slot = _pair_slot(keys[order[i]], steps, len(table))
                table[slot].key, table[slot].row = np.uint32(0), nothing
        else:
            return last - first
    return 0


@_inlined
def _row_of_number(t, m, w, bits, at):
    """The feature of a number (text.analyzer._number_feature)."""
    number, nothing, n = t.of[w[at]].value, np.int32(len(m.idf) - 1), len(w)
    if number < 0:
        return nothing
    before = bits[at - 1] if at > 0 else ZERO
    behind = bits[at + 1] if at + 1 < n else ZERO
    further = bits[at + 2] if at + 2 < n else ZERO
    if behind & (AM | PM | OCLOCK):
        night = (behind & AM and (number == 12 or 1 <= number <= 5)) or (behind & PM and (number == 10 or number == 11))
        return m.special_rows[0] if night else nothing
    if 4 <= number <= 42 and (
        before & WEEK or behind & FORTY or ((behind & GESTATION_WEEKS) != ZERO and ((further & PREGNANT) != ZERO or (before & AT) != ZERO))
    ):
        return m.special_rows[1]
    if behind & UNITS or not 1 <= number <= 110:
        return nothing
    band = 0 if number <= 12 else 1 if number <= 19 else 2 if number <= 39 else 3 if number <= 59 else 4 if number <= 74 else 5
    if behind & YEARS:
        return m.age_rows[band] if further & OLD_OF or before & AGE_BEFORE else nothing
    alone = (at == 0 or w[at - 1] < FIRST_WORD) and (at + 1 == n or w[at + 1] < FIRST_WORD)
    if before & AGE_BEFORE or behind & AGE_BEHIND or (alone and 60 <= number <= 99):
        return m.age_rows[band]
    return nothing


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
def _add(rows, count, seen, row):
    """Adds a row of the model, once a complaint; the row of nothing is always seen. Without a branch, which a processor could only guess."""
    rows[count] = row
    count += 1 - seen[row]
    seen[row] = 1
    return count


@_inlined
def _add_concept(m, rows, count, seen, ring, head, tail, concept, place, denied):
    """A concept that is there, and, where it is not denied, its pairs with those shortly before; nothing where it is that of nothing. Returns how
    many rows are there, and the ring's head and tail."""
    count = _add(rows, count, seen, m.concept_rows[denied, concept])
    while head < tail and place - ring[head % RING, 0] > PAIR_REACH:
        head += 1
    counts = (concept < m.concept_rows.shape[1] - 1) & (denied == 0)
    for i in range(head, tail if counts else head):
        count = _add(rows, count, seen, m.concept_pair_rows[concept, ring[i % RING, 1]])
    ring[tail % RING, 0], ring[tail % RING, 1] = place, concept
    return count, head, tail + counts


@_inlined
def _features(t, m, w, bits, begins, ends, status, everything, rows, seen, ring, places):
    """Fills `rows` with the model's rows of the complaint's features (text.analyzer); returns their number.

    One thing after the other for all words: what counts is listed first, by adding a truth value to the list's length, so that hardly a branch
    depends on a word."""
    n, count, listed, sentence = len(w), 0, 0, 0
    for i in range(n):
        word, its_bits, as_it_is = w[i], bits[i], AS_IT_IS >> status[i] & 1
        places[listed] = i
        listed += ((its_bits & (STOP | NUMBER)) == ZERO) & (word >= FIRST_WORD) & as_it_is | (word == END_OF_SENTENCE)
    previous = NO_ROOT
    for k in range(listed):
        word = t.of[w[places[k]]]
        count = _add(rows, count, seen, word.feature)
        count = _add(rows, count, seen, word.plural)
        root = word.root
        count = _add(rows, count, seen, _row_of_pair(m, previous, root))
        previous = root
    listed = head = tail = 0
    for i in range(n):
        its_bits, its_lists, counted = bits[i], begins[i], COUNTED >> status[i] & 1
        places[listed] = i
        listed += (((its_bits & ANY_CONCEPT) != ZERO) | ((its_lists & _PHRASE) != 0)) & ((its_bits & NUMBER) == ZERO) & counted
    for k in range(listed):
        i = places[k]
        while ends[sentence] < i:
            sentence += 1
        word = t.of[w[i]]
        place, denied = i + sentence * PAIR_REACH, np.int64(status[i] == DENIED)
        count, head, tail = _add_concept(m, rows, count, seen, ring, head, tail, word.concept, place, denied)
        count, head, tail = _add_concept(m, rows, count, seen, ring, head, tail, word.second_concept, place, denied)
        entry = word.more_concepts_at
        while t.concepts[entry] >= 0:
            count, head, tail = _add_concept(m, rows, count, seen, ring, head, tail, t.concepts[entry], place, denied)
            entry += 1
        entry = word.phrase_at if begins[i] & _PHRASE else 0
        while t.phrase_entries[entry] >= 0:
            if _phrase_fits(t, w, i, entry):
                count, head, tail = _add_concept(m, rows, count, seen, ring, head, tail, t.phrase_entries[entry], place, denied)
            entry += 3 + t.phrase_entries[entry + 1]
    if everything & NUMBER:
        for i in range(n):
            if (bits[i] & NUMBER) != ZERO and AS_IT_IS >> status[i] & 1:
                count = _add(rows, count, seen, _row_of_number(t, m, w, bits, i))
    return count


@_inlined
def _alignment_counts(w, bits, status, places, parts, past_counts):
    """Whether a match whose words stand at `places` counts: said of the patient, here and now (inference.findings)."""
    itself_denies = False
    for k in range(parts):
        denies = _is(bits, places[k], DENIAL)
        itself_denies = itself_denies or denies
        if k + 1 < parts and (denies or _is(bits, places[k], HARDLY)):
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
def _stands(t, f, w, bits, status, at, pattern, places):
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
                    if _alignment_counts(w, bits, status, places, parts, past_counts):
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
            if parts == 1 and _alignment_counts(w, bits, status, places, parts, past_counts):
                return True
        start -= 1
    return False


@_inlined
def _has_class(classes, number):
    return classes[number >> 6] >> np.uint64(number & 63) & np.uint64(1) != ZERO


@_inlined
def _flags_raised(t, f, w, bits, status, there, wanted, missing, classes, may_stand, places):
    """The red flags, as bits. The last six are room to work in.

    First, whether the words of a flag's findings are there at all, in whatever order; only then, whether they stand as the patterns say."""
    classes[:] = ZERO
    for i in range(len(w)):
        entry = t.of[w[i]].classes_at
        while t.classes[entry] >= 0:
            number = t.classes[entry]
            classes[number >> 6] |= np.uint64(1) << np.uint64(number & 63)
            entry += 1
    there[:] = ZERO
    found = 0
    for i in range(len(w)):
        entry = t.of[w[i]].anchor_at
        while t.anchors[entry] >= 0:
            pattern = t.anchors[entry]
            if _has_class(classes, t.anchors[entry + 1]) and _has_class(classes, t.anchors[entry + 2]):
                finding = f.pattern_finding[pattern]
                there[finding >> 6] |= np.uint64(1) << np.uint64(finding & 63)
                may_stand[found % MAY_STAND, 0], may_stand[found % MAY_STAND, 1] = i, pattern
                found += 1
            entry += 3
    raised = _flags_of(f, there, wanted, missing)
    if not raised:
        return raised
    there[:] = ZERO
    if found <= MAY_STAND:
        for k in range(found):
            _find(t, f, w, bits, status, may_stand[k, 0], may_stand[k, 1], there, wanted, places)
    else:
        for i in range(len(w)):
            entry = t.of[w[i]].anchor_at
            while t.anchors[entry] >= 0:
                if _has_class(classes, t.anchors[entry + 1]) and _has_class(classes, t.anchors[entry + 2]):
                    _find(t, f, w, bits, status, i, t.anchors[entry], there, wanted, places)
                entry += 3
    raised = _flags_of(f, there, wanted, missing)
    for flag in range(len(f.unless)):
        for k in range(len(there)):
            if f.unless[flag, k] & there[k]:
                raised &= ~(np.uint16(1) << np.uint16(flag))
    return raised


@_inlined
def _find(t, f, w, bits, status, at, pattern, there, wanted, places):
    finding = f.pattern_finding[pattern]
    bit = np.uint64(1) << np.uint64(finding & 63)
    if wanted[finding >> 6] & ~there[finding >> 6] & bit and _stands(t, f, w, bits, status, at, pattern, places):
        there[finding >> 6] |= bit


@_inlined
def _flags_of(f, there, wanted, missing):
    """The flags, as bits, that the findings raise, and in `wanted` the findings that speak for or against one of them. `missing`: to work in."""
    missing[:] = ZERO
    for k in range(len(there)):
        for row in range(len(missing)):
            missing[row] |= f.rows[k, row] & ~there[k]
    wanted[:] = ZERO
    raised = np.uint16(0)
    for row in range(len(missing)):
        flag = f.row_flag[row]
        raised |= flag if missing[row] == ZERO else np.uint16(0)
    if raised:
        for row in range(len(missing)):
            if missing[row] == ZERO:
                for k in range(len(wanted)):
                    wanted[k] |= f.rows[k, row] | f.row_unless[k, row]
    return raised


@_summing
def _norm(m, rows, count):
    """Of the idf of the first rows; 1 where there are none."""
    square = 0.0
    for i in range(count):
        square += np.float64(m.idf[rows[i]]) * np.float64(m.idf[rows[i]])
    return np.sqrt(square) if count else 1.0


@_summing
def _highest(numbers):
    highest = -np.inf
    for k in range(len(numbers)):
        highest = max(highest, numbers[k])
    return highest


@_summing
def _total(numbers):
    total = 0.0
    for k in range(len(numbers)):
        total += numbers[k]
    return total


@_summing
def _powers(numbers):
    """e to the power of each number up to 0, in its place, to 1e-12 of it. As numbers that are worked on side by side: exp itself is a call each.

    e^x = (e^(x/256))^256, and the series of e^y for y in [-1/4, 0]; what is below e^-64 is taken for that."""
    for k in range(len(numbers)):
        y = max(numbers[k], -64.0) * (1 / 256)
        power = 1 + y * (1 + y * (1 / 2 + y * (1 / 6 + y * (1 / 24 + y * (1 / 120 + y * (1 / 720 + y * (1 / 5040 + y * (1 / 40320 + y / 362880))))))))
        for _ in range(8):
            power *= power
        numbers[k] = power


@_summing
def _least_urgency(rules, shares):
    """The most urgent of the causes that are likely enough to count for it, as the least place in records.URGENCIES."""
    least = np.uint8(255)
    for k in range(len(shares)):
        least = min(least, rules.label_urgency[k] if shares[k] >= rules.plausible else np.uint8(255))
    return least


@_inlined
def _best(shares):
    best, highest = 0, _highest(shares)
    for k in range(len(shares) - 1, -1, -1):
        best = k if shares[k] == highest else best
    return best


@_kernel
def answer(words, bounds, t, m, f, rules, room, ranked, probabilities, confident, urgency, flags):
    """Answers the complaints whose words are words[bounds[i]:bounds[i+1]].

    Fills `ranked` [complaints, top], label numbers best first; `probabilities` of those; `confident`; `urgency`; `flags` as bits.
    `room`: see Room; of `seen`, only that of nothing is set before and after."""
    labels, both, top = len(rules.label_urgency), len(m.intercept), ranked.shape[1]
    bits_room, begins, ends, status, rows, seen, ring, logits, there, wanted, missing, classes, may_stand, places = room
    shares, sounds = logits[:labels], logits[labels:both]
    for row in range(len(ranked)):
        w = words[bounds[row] : bounds[row + 1]]
        bits = bits_room[: len(w)]
        sentences, everything, lists = _look_up(t, w, bits, begins, ends)
        _mark(t, w, bits, begins, ends, sentences, everything, lists, status)
        count = _features(t, m, w, bits, begins, ends, status, everything, rows, seen, ring, places)
        for i in range(count):
            seen[rows[i]] = 0
        norm = _norm(m, rows, count)
        rows[count : count + ABREAST] = len(m.idf) - 1
        sum_rows(m.rows, rows, count + -count % ABREAST, logits)
        share, share_of_danger = 1.0 / max(norm, rules.least_norm), 1.0 / max(norm, rules.alarm_least_norm)
        for k in range(labels):
            logits[k] = m.intercept[k] + logits[k] * share
        for k in range(labels, both):
            logits[k] = m.intercept[k] + logits[k] * share_of_danger
        highest, loudest = _highest(shares), max(_highest(sounds), 0.0)
        for k in range(labels):
            logits[k] -= highest
        for k in range(labels, both):
            logits[k] -= loudest
        logits[both] = -loudest  # of no danger
        _powers(logits[: both + 1])
        share = 1.0 / _total(shares)
        for k in range(labels):
            logits[k] *= share
        raised = np.uint16(0)
        danger = 1.0 - logits[both] / (_total(sounds) + logits[both]) if len(sounds) else 1.0
        if danger > rules.quiet:  # most complaints are quiet: what the rules say of them would not be believed
            raised = _flags_raised(t, f, w, bits, status, there, wanted, missing, classes, may_stand, places)
            if danger >= rules.raises and len(sounds):
                raised |= np.uint16(1) << np.uint16(rules.flag_of_danger[np.argmax(sounds)])
        flags[row] = raised
        least = _least_urgency(rules, shares)
        if raised:
            for k in range(len(rules.flag_urgency)):
                if raised >> np.uint16(k) & np.uint16(1):
                    least = min(least, rules.flag_urgency[k])
        for rank in range(top):
            best = _best(shares)
            ranked[row, rank] = best
            probabilities[row, rank] = shares[best]
            shares[best] = -1.0
        sure = probabilities[row, 0] >= rules.threshold
        confident[row] = sure
        unsure = ranked[row, 0] == rules.other or not sure
        urgency[row] = min(least, np.uint8(rules.unsure_urgency) if unsure else np.uint8(255))
