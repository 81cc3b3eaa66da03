"""A complaint's characters as tokens whose offsets point back into the original text."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

# In this order: "can not", slash shorthand (b/l, c/o), short codes (b12, l5, s1), words, numbers, and the signs that end a sentence or a clause.
# One alternative per kind and no nested repetition, so the time is linear in the length of the text.
_TOKEN = re.compile(
    r"(?P<word>(?i:can not)(?![^\W_])|[a-zA-Z]/[a-zA-Z](?![^\W_])|[^\W\d_]{1,3}\d{1,2}(?![^\W_])|[^\W\d_]+(?:['’`´][^\W\d_]+)*)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    r"|(?P<end>[.?!;\n\r\u2028\u2029]+)"
    r"|(?P<comma>[,:()])"
)
# "my calf's swollen": the calf is, unlike "mum's" and "it's", which stay one word.
_BODY_IS = re.compile(r"(calf|leg|foot|thigh|shin|knee|ankle|toe|heel|hip|skin|face|mouth|arm|hand|chest|back|bone|urine)['’`´]s", re.IGNORECASE)
_APOSTROPHES = re.compile(r"['’`´]")
# No word of a language is longer than so many letters: what is known of longer ones is not kept, so that memory does not grow with them.
LONGEST_WORD = 64


class Token(NamedTuple):
    """One word, number or mark. `start` and `end` are character offsets into the text, end excluded."""

    word: str
    kind: str  # word, number, end (of a sentence), comma (of a clause)
    start: int
    end: int


def normal_form(word: str) -> str:
    """Lower case, accents and apostrophes off: "Can’t" → "cant", "can not" → "cannot", "calf's" → "calf", "Œdème" → "œdeme"."""
    return _kept_form(word) if len(word) <= LONGEST_WORD else _form(word)


def _form(word: str) -> str:
    part = _BODY_IS.fullmatch(word)
    if part is not None:
        return part[1].lower()
    bare = _APOSTROPHES.sub("", word).casefold().replace(" ", "")
    return bare if bare.isascii() else "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))


_kept_form = lru_cache(maxsize=65536)(_form)


def counted(text: str) -> Counter[str]:
    """The words of `text` in normal form, and how often each stands there."""
    counts: Counter[str] = Counter()
    for written, times in Counter(match["word"] for match in _TOKEN.finditer(text)).items():
        if written is not None:
            counts[normal_form(written)] += times
    return counts


def tokenise(text: str) -> list[Token]:
    """The tokens of `text`, in order; characters that are neither words, numbers nor stops are passed over."""
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        raw = match.group()
        tokens.append(Token(normal_form(raw) if kind == "word" else raw, kind, match.start(), match.end()))
    return tokens
