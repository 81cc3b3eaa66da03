"""Whether a word of a complaint is said of the patient, here and now: the one definition, for features, findings and red flags."""

from __future__ import annotations

from enum import StrEnum

from .lexicon import Lexicon
from .tokens import Token

# A denial without a stop still ends after so many words: "no idea what to do my leg is so swollen" is common, long denials are not.
DENIAL_REACH = 7
HYPOTHESIS_REACH = 8
CLAUSE_REACH = 40
# A list of things denied: so many parts are looked at to see whether it closes with "or".
LIST_REACH = 8
# Concepts that are parts of the body: "my" in front of one makes the writer the patient.
BODY = frozenset(
    "leg calf thigh shin knee foot sole heel ankle great_toe toe hip buttock back arm head joint muscle bone vein skin chest".split()
)


_NEW_CLAUSE = frozenset("my i it and is are has have im ive".split())


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
    for start, end in _sentences(tokens):
        _mark_hypothetical(words, tokens, start, end, lexicon, result)
        _mark_past(words, tokens, start, end, lexicon, result)
        if own:
            _mark_relatives(words, tokens, start, end, lexicon, result)
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
                if tokens[j].kind != "word" or words[j] in lexicon.relatives:
                    break
                if BODY.intersection(lexicon.concepts.of_word(words[j])):
                    return True
        if i < relative_at and lexicon.first_person_has.match(words, i):
            return True
    return False


def _clause_bounds(words: list[str], tokens: list[Token], at: int, start: int, end: int, lexicon: Lexicon) -> tuple[int, int]:
    """The clause around `at`, no further than CLAUSE_REACH words each way, so that the time stays linear in the text."""
    low, start = at, max(start, at - CLAUSE_REACH)
    while low > start and tokens[low - 1].kind != "comma" and words[low - 1] not in lexicon.clause_end:
        low -= 1
    high, end = at, min(end, at + CLAUSE_REACH)
    while high < end and tokens[high].kind != "comma" and (high == at or words[high] not in lexicon.clause_end):
        high += 1
    return low, high


def _mark_denied(words: list[str], tokens: list[Token], start: int, end: int, lexicon: Lexicon, result: list[Status]) -> None:
    i = start
    while i < end:
        behind = lexicon.denial_behind.match(words, i)
        if behind and not (words[i] == "none" and (i == start or tokens[i - 1].kind != "comma")):
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
            i = _mark_denial_ahead(words, tokens, i + 1, end, lexicon, result)
        else:
            i += 1


def _mark_denial_ahead(words: list[str], tokens: list[Token], begin: int, end: int, lexicon: Lexicon, result: list[Status]) -> int:
    reach, i = DENIAL_REACH, begin
    while i < end and reach:
        if tokens[i].kind == "comma":
            if tokens[i].word != "," or not _list_goes_on(words, tokens, i, end, lexicon):
                return i
            reach = DENIAL_REACH
        elif words[i] in lexicon.clause_end:
            return i
        elif i > begin + 1 and words[i] in ("i", "my", "it", "he", "she", "they", "im", "ive", "its"):
            return i
        else:
            result[i] = Status.DENIED
            reach = DENIAL_REACH if words[i] in ("or", "nor") else reach - 1
        i += 1
    return i


def _list_goes_on(words: list[str], tokens: list[Token], comma: int, end: int, lexicon: Lexicon) -> bool:
    """Whether what stands behind a comma is one more thing denied: parts of at most three words, closed by one with "or".

    "no swelling, redness or fever" goes on; "no swelling, my calf is hard" and "no swelling, calf hard and hot" do not."""
    part_begin, parts = comma + 1, 0
    for i in range(comma + 1, end):
        if words[i] in ("or", "nor"):
            return True
        if tokens[i].kind == "comma":
            part_begin, parts = i + 1, parts + 1
        if i - part_begin >= 3 or parts >= LIST_REACH or words[i] in lexicon.clause_end or words[i] in _NEW_CLAUSE:
            return False
    return False


def _mark_past(words: list[str], tokens: list[Token], start: int, end: int, lexicon: Lexicon, result: list[Status]) -> None:
    for i in range(start, end):
        if lexicon.long_ago.match(words, i):
            low, high = _clause_bounds(words, tokens, i, start, end, lexicon)
            clause = words[low:high]
            if any(word in lexicon.had for word in clause) and not any(word in lexicon.going_on for word in clause):
                result[low:high] = [Status.PAST] * (high - low)
        elif lexicon.stopped.match(words, i):
            _, high = _clause_bounds(words, tokens, i, start, end, lexicon)
            high = next((j for j in range(i + 2, high) if words[j] in _NEW_CLAUSE), high)
            result[i:high] = [Status.PAST] * (high - i)


def _mark_relatives(words: list[str], tokens: list[Token], start: int, end: int, lexicon: Lexicon, result: list[Status]) -> None:
    for i in range(start, end):
        if lexicon.family_cues.match(words, i):
            low, high = _clause_bounds(words, tokens, i, start, end, lexicon)
            result[low:high] = [Status.OTHER] * (high - low)
            continue
        bare = words[i].removesuffix("s")
        if words[i] not in lexicon.relatives and bare not in lexicon.relatives:
            continue
        owns = words[i] not in lexicon.relatives  # "my mothers veins"
        if owns or any(word in lexicon.relative_has for word in words[i + 1 : min(i + 3, end)]):
            high = i
            while high < min(end, i + CLAUSE_REACH) and tokens[high].kind != "comma" and words[high] not in ("i", "my", "mine", "im", "ive", "but", "so"):
                high += 1
            result[i:high] = [Status.OTHER] * (high - i)


def _mark_hypothetical(words: list[str], tokens: list[Token], start: int, end: int, lexicon: Lexicon, result: list[Status]) -> None:
    for i in range(start, end):
        length = lexicon.hypothetical.match(words, i)
        if length:
            for j in range(i + length, min(i + length + HYPOTHESIS_REACH, end)):
                if tokens[j].kind == "comma" or words[j] in lexicon.clause_end:
                    break
                result[j] = Status.HYPOTHETICAL
