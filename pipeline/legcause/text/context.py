"""Whether a word of a complaint is said of the patient, here and now: the one definition, for features, findings and red flags."""

from __future__ import annotations

from enum import StrEnum

from .lexicon import Lexicon
from .tokens import Token

# A denial without a stop still ends after so many words: "no idea what to do my leg is so swollen" is common, long denials are not.
DENIAL_REACH = 7
# What is denied with it stands at most so many words before it: "my heart is really not failing".
BACK_REACH = 6
HYPOTHESIS_REACH = 8
CLAUSE_REACH = 40
# A list of things denied: so many parts are looked at to see whether it closes with "or".
LIST_REACH = 8
# Concepts that are parts of the body: "my" in front of one makes the writer the patient.
BODY = frozenset("leg calf thigh shin knee foot sole heel ankle great_toe toe hip buttock back arm head joint muscle bone vein skin chest".split())

COMPLAINT = BODY | frozenset(
    "pain pulling cramp twitch restless swelling numb tingling burning weak heavy tired stiff itch vein sciatica lump bruise".split()
)

# "Is it normal that my leg swells": what is asked about is there.
ASKED_OF_WHAT_IS = frozenset("normal ok okay common usual bad serious dangerous urgent because due wrong alright".split())
# What may follow "has gone" where that means that it is over: "has gone down", "has gone since the tablets".
GONE_AWAY = frozenset(
    (
        "away down now since after too also completely totally entirely altogether already today by within in with on at for from "
        "thank thanks and or but so when while because before until overnight again off"
    ).split()
)
# How what has gone is said, and what is missed where it has gone.
WENT = frozenset(["gone", "went", "disappeared", "stopped"])
LOST = frozenset(
    (
        "colour color feeling sensation power strength pulse pulses control movement urge vision sight speech voice balance grip "
        "leg arm foot hand face"
    ).split()
)
MINE = frozenset(["i", "my", "mine", "im", "ive", "id", "me", "myself"])
SUBJECTS = frozenset(["i", "my", "it", "he", "she", "they", "im", "ive", "its"])
# Behind "and", these begin a clause of its own: "can't speak and my arm is heavy", "had a clot in 2016 and its back".
BEHIND_AND = frozenset("there theres the his her my one left right both its it now im ive i".split())
# Behind these, a subject goes on with what is denied: "no pain when I walk".
WHEN = frozenset(["when", "whenever", "if", "after"])
NEW_CLAUSE = frozenset(["my", "i", "it", "and", "is", "are", "has", "have", "im", "ive"])


class Status(StrEnum):
    """How a finding stands in the text."""

    PRESENT = "present"
    DENIED = "denied"
    PAST = "past"
    OTHER = "somebody_else"
    HYPOTHETICAL = "hypothetical"


def statuses(tokens: list[Token], lexicon: Lexicon) -> list[Status]:
    """The status of each token. Where several apply, the first of: denied, somebody else's, past, hypothetical."""
    result = [Status.PRESENT] * len(tokens)
    words = [token.word for token in tokens]
    own = _writer_is_patient(tokens, words, lexicon)
    well_at = max((i for i in range(len(words)) if lexicon.well_again.match(words, i)), default=-1)
    story = others = False
    for start, end in _sentences(tokens):
        _mark_hypothetical(words, tokens, start, end, lexicon, result)
        _mark_told(words, start, end, lexicon, result)
        _mark_past(words, tokens, start, end, lexicon, result)
        story = _mark_story(words, tokens, start, end, well_at, lexicon, result, going_on=story)
        if own:
            others = _mark_others(words, tokens, start, end, lexicon, result, going_on=others)
        _mark_denied(words, tokens, start, end, lexicon, result)
    return result


def _sentences(tokens: list[Token]) -> list[tuple[int, int]]:
    spans, start = [], 0
    for i, token in enumerate(tokens):
        if token.kind == "end":
            if i > start:
                spans.append((start, i))
            start = i + 1
    if start < len(tokens):
        spans.append((start, len(tokens)))
    return spans


def _writer_is_patient(tokens: list[Token], words: list[str], lexicon: Lexicon) -> bool:
    relative_at = next((i for i, word in enumerate(words) if word in lexicon.relatives), len(words))
    for i, word in enumerate(words):
        if word in lexicon.first_person_own:
            for j in range(i + 1, min(i + 4, len(words))):
                if tokens[j].kind != "word" or words[j] in lexicon.relatives or words[j].removesuffix("s") in lexicon.relatives:
                    break
                if BODY.intersection(lexicon.concepts.of_word(words[j])):
                    return True
        if lexicon.first_person_strong.match(words, i) or (word == "im" and words[i + 2 : i + 3] in (["weeks"], ["wks"], ["months"])):
            return True
        if i < relative_at and lexicon.first_person_has.match(words, i) and _has(words, i, lexicon):
            return True
        maybe = lexicon.first_person_maybe.match(words, i)
        if maybe and _has(words, i + maybe, lexicon, COMPLAINT):
            return True
    return False


def _has(words: list[str], at: int, lexicon: Lexicon, concepts: frozenset[str] | None = None) -> bool:
    """Whether "I have" is followed at once by something of one of the concepts (None: of any): "I've got a stiff neck", not "I have rubbed
    his leg", nor "I have a question"."""
    for word in words[at : at + 5]:
        if word in lexicon.third_person or word in lexicon.relatives or word.removesuffix("s") in lexicon.relatives or word in lexicon.dealt_with:
            return False
        of_word = lexicon.concepts.of_word(word)
        if of_word if concepts is None else concepts.intersection(of_word):
            return True
    return False


def _clause_bounds(words: list[str], tokens: list[Token], at: int, start: int, end: int, lexicon: Lexicon) -> tuple[int, int]:
    """The clause around `at`, no further than CLAUSE_REACH words each way, so that the time stays linear in the text."""
    low, start = at, max(start, at - CLAUSE_REACH)
    while low > start and tokens[low - 1].kind != "comma" and words[low - 1] not in lexicon.clause_end and not _begins_clause(words, low - 1):
        low -= 1
    high, end = at, min(end, at + CLAUSE_REACH)
    while high < end and tokens[high].kind != "comma" and (high == at or not (words[high] in lexicon.clause_end or _begins_clause(words, high))):
        high += 1
    return low, high


def _begins_clause(words: list[str], at: int) -> bool:
    return words[at] == "and" and at + 1 < len(words) and words[at + 1] in BEHIND_AND


def _mark_denied(words: list[str], tokens: list[Token], start: int, end: int, lexicon: Lexicon, result: list[Status]) -> None:
    i = start
    while i < end:
        behind = lexicon.denial_behind.match(words, i)
        if (
            behind
            and words[i + behind - 1] == "gone"
            and i + behind < end
            and words[i + behind] not in GONE_AWAY
            and tokens[i + behind].kind == "word"
        ):
            i += behind  # "my foot has gone cold"
            continue
        if behind and i > start and (_is_missed(words, i, behind) or "test" in lexicon.concepts.of_word(words[i - 1])):
            i += behind  # "the colour has gone", "the scan was clear"
            continue
        stands_behind = i > start and (tokens[i - 1].kind == "comma" or i + behind == end or tokens[i + behind].kind == "comma")
        if behind and (words[i] != "none" or stands_behind):  # but "none of it is red"
            stop = i - 1 if tokens[i - 1].kind == "comma" else i  # "fever: none" reaches over its colon
            low, _ = _clause_bounds(words, tokens, max(stop - 1, start), start, end, lexicon)
            for j in range(low, i):
                result[j] = Status.DENIED
            i += behind
            continue
        harmless = lexicon.not_a_denial.match(words, i)
        if harmless:
            i += harmless
        elif words[i] in lexicon.denial:
            _mark_denied_with(words, tokens, i, start, lexicon, result)
            i = _mark_denial_ahead(words, tokens, i + 1, end, lexicon, result)
        else:
            i += 1


def _is_missed(words: list[str], at: int, size: int) -> bool:
    return words[at - 1] in LOST and not WENT.isdisjoint(words[at : at + size])


def _mark_denied_with(words: list[str], tokens: list[Token], at: int, start: int, lexicon: Lexicon, result: list[Status]) -> None:
    """What nobody names but for something wrong with it: "my heart is not failing", "the back doesn't hurt"."""
    for i in range(at - 1, max(start, at - BACK_REACH) - 1, -1):
        if tokens[i].kind == "comma" or words[i] in lexicon.clause_end or _begins_clause(words, i):
            return
        if words[i] in lexicon.denied_with:
            result[i] = Status.DENIED
            return


def _mark_denial_ahead(words: list[str], tokens: list[Token], begin: int, end: int, lexicon: Lexicon, result: list[Status]) -> int:
    reach, i = DENIAL_REACH, begin
    first = begin if words[begin - 1] == "no" else begin + 1  # "no fever my calf is hot", but "can't feel my toes"
    while i < end and reach:
        if tokens[i].kind == "comma":
            if tokens[i].word != "," or not _list_goes_on(words, tokens, i, end, lexicon):
                return i
            reach = DENIAL_REACH
        elif _ends_denial(words, i, lexicon) and not (words[i] in SUBJECTS and (i <= first or words[i - 1] in WHEN)):
            return i
        else:
            result[i] = Status.DENIED
            reach = DENIAL_REACH if words[i] in ("or", "nor") or words[i] in lexicon.denial else reach - 1
        i += 1
    return i


def _ends_denial(words: list[str], at: int, lexicon: Lexicon) -> bool:
    ends_clause = words[at] in lexicon.clause_end and words[at] not in WHEN
    return ends_clause or words[at] in SUBJECTS or _begins_clause(words, at)


def _list_goes_on(words: list[str], tokens: list[Token], comma: int, end: int, lexicon: Lexicon) -> bool:
    """Whether what stands behind a comma is one more thing denied: parts of at most three words, closed by one with "or".

    "no swelling, redness or fever" goes on; "no swelling, my calf is hard" and "no swelling, calf hard and hot" do not."""
    part_begin, parts = comma + 1, 0
    for i in range(comma + 1, end):
        if words[i] in ("or", "nor"):
            return True
        if tokens[i].kind == "comma":
            part_begin, parts = i + 1, parts + 1
        if i - part_begin >= 3 or parts >= LIST_REACH or words[i] in lexicon.clause_end or words[i] in NEW_CLAUSE:
            return False
    return False


def _mark_past(words: list[str], tokens: list[Token], start: int, end: int, lexicon: Lexicon, result: list[Status]) -> None:
    for i in range(start, end):
        if lexicon.long_ago.match(words, i) or _is_year(words, i):
            low, high = _clause_bounds(words, tokens, i, start, end, lexicon)
            if any(word in lexicon.had for word in words[low:high]) and not any(word in lexicon.going_on for word in words[low:i]):
                result[low:high] = [Status.PAST] * (high - low)
        elif lexicon.childhood.match(words, i):
            low, high = _clause_bounds(words, tokens, i, start, end, lexicon)
            result[low:high] = [Status.PAST] * (high - low)
        elif lexicon.stopped_for_good.match(words, i) or lexicon.stopped.match(words, i):
            low, high = _clause_bounds(words, tokens, i, start, end, lexicon)
            high = next((j for j in range(i + 2, high) if words[j] in NEW_CLAUSE), high)
            if lexicon.stopped_for_good.match(words, i):
                result[i:high] = [Status.PAST] * (high - i)
            elif any(word in lexicon.stopped_when or _is_year(words, j) for j, word in enumerate(words[i:high], i)):
                result[low:high] = [Status.PAST] * (high - low)


def _is_year(words: list[str], at: int) -> bool:
    """ "in 1998", "back in 2009"."""
    word = words[at]
    return len(word) == 4 and word.isdigit() and word[:2] in ("19", "20") and at > 0 and words[at - 1] in ("in", "around", "circa")


def _is_age(words: list[str], at: int) -> bool:
    """ "at 25 I broke"."""
    return words[at].isdigit() and words[at - 1 : at] in (["at"], ["aged"]) and words[at + 1 : at + 2] == ["i"]


def _mark_story(
    words: list[str], tokens: list[Token], start: int, end: int, well_at: int, lexicon: Lexicon, result: list[Status], *, going_on: bool
) -> bool:
    """What happened long ago and is over, over several sentences: "Ten years ago my foot went cold. They took a clot out. Now I am fine."

    It is over where the text says later that all is well again. It reaches to the first word of the present. Returns whether it goes on."""
    begin = start
    if not going_on:
        cue = next((i for i in range(start, end) if lexicon.story_ago.match(words, i) or _is_year(words, i) or _is_age(words, i)), end)
        if cue == end or well_at < cue or any(word in lexicon.going_on for word in words[start:cue]):
            return False
        if any(_is_present(words, i, lexicon) for i in range(start, cue)):
            begin, _ = _clause_bounds(words, tokens, cue, start, end, lexicon)
    elif lexicon.recent.intersection(words[start:end]) or not any(w in lexicon.told_in_past or w.endswith("ed") for w in words[start:end]):
        return False
    stop = next((i for i in range(begin, end) if _is_present(words, i, lexicon)), end)
    result[begin:stop] = [Status.PAST] * (stop - begin)
    return stop == end


def _is_present(words: list[str], at: int, lexicon: Lexicon) -> bool:
    return words[at] in lexicon.present and not (at > 0 and words[at - 1] in ("ago", "years", "year"))


def _mark_others(words: list[str], tokens: list[Token], start: int, end: int, lexicon: Lexicon, result: list[Status], *, going_on: bool) -> bool:
    """What somebody else has, where the writer is the patient: from the relative, or "the man" who has it, to the next "I" or "my"; then
    from "he", "she" or "their" on, also in the sentences behind, until one of them says nothing of that person. Returns whether they go on."""
    told = theirs = False
    for i in range(start, end):
        if lexicon.family_cues.match(words, i):
            low, high = _clause_bounds(words, tokens, i, start, end, lexicon)
            result[low:high] = [Status.OTHER] * (high - low)
        elif words[i] in MINE or words[i] == "but":
            theirs = False
        elif _has_it(words, i, end, lexicon) or (going_on and words[i] in lexicon.third_person):
            told = theirs = going_on = True
        if theirs:
            result[i] = Status.OTHER
    return told


def _has_it(words: list[str], at: int, end: int, lexicon: Lexicon) -> bool:
    """Whether a relative or stranger stands at `at` of whom something is told: "my mother has", "the man next door lost", "my mothers veins"."""
    stranger = lexicon.strangers.match(words, at)
    if stranger:
        if at > 0 and words[at - 1] in ("am", "im", "as"):
            return False
    elif words[at] not in lexicon.relatives:
        return words[at].removesuffix("s") in lexicon.relatives
    behind = words[at + max(stranger, 1) : min(at + max(stranger, 1) + (5 if stranger else 3), end)]
    for i, word in enumerate(behind):
        mine = word in MINE and not (word == "my" and i + 1 < len(behind) and not BODY.intersection(lexicon.concepts.of_word(behind[i + 1])))
        if mine or word in lexicon.dealt_with:  # but "someone in my gym got it"
            return False
        if word in lexicon.relative_has or (len(word) > 4 and word.endswith("ed")):
            return True
    return False


def _mark_told(words: list[str], start: int, end: int, lexicon: Lexicon, result: list[Status]) -> None:
    """What is only read or asked about: "a leaflet about numb toes", up to a word of the writer's own; and a question in general, whole."""
    told = 0
    for i in range(start, end):
        told = told or lexicon.told_of.match(words, i)
        if told and (words[i] in MINE or words[i] in ("but", "so", "now")):
            told = 0
        if told:
            result[i] = Status.HYPOTHETICAL
    begin = next((i for i in range(start, min(start + 4, end)) if lexicon.general_question.match(words, i)), end)
    reach = min(end, begin + CLAUSE_REACH)
    if "mine" in words[end : end + 6] or "me" in words[end : end + 6]:
        return  # "what does it mean if …? this is me"
    if begin < end and not any(word in lexicon.personal for word in words[begin + lexicon.general_question.match(words, begin) : reach]):
        result[begin:reach] = [Status.HYPOTHETICAL] * (reach - begin)


def _mark_hypothetical(words: list[str], tokens: list[Token], start: int, end: int, lexicon: Lexicon, result: list[Status]) -> None:
    for i in range(start, end):
        length = lexicon.hypothetical.match(words, i)
        if length and not (i + length < end and words[i + length] in ASKED_OF_WHAT_IS):
            for j in range(i + length, min(i + length + HYPOTHESIS_REACH, end)):
                if tokens[j].kind == "comma" or words[j] in lexicon.clause_end:
                    break
                result[j] = Status.HYPOTHETICAL
