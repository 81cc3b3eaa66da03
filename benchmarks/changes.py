"""Changes of a complaint that must not matter to its red flags: name → text to text, the same for the same text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from legcause.synthesis.phrases import mistype, third_person

_SEXES = "he:she him:her his:her man:woman men:women male:female husband:wife father:mother dad:mum son:daughter brother:sister m:f".split()
_OTHER_SEX = {a: b for pair in _SEXES for a, b in (pair.split(":"), pair.split(":")[::-1])} | {"her": "his"}
_OTHER_SIDE = {"left": "right", "right": "left"}
_PREGNANT = re.compile(r"pregnan|birth|weeks? gone|antenatal|postnatal|midwife|labour|trimester|gestation|\b(bump|baby|bub)\b", re.IGNORECASE)


def _seeded(change: Callable[[str, random.Random], str]) -> Callable[[str], str]:
    return lambda text: change(text, random.Random(text))


def _swapped(words: dict[str, str], pattern: str) -> Callable[[str], str]:
    def swap(match: re.Match[str]) -> str:
        word = words[match[0].lower()]
        return word.upper() if match[0].isupper() and len(match[0]) > 1 else word.capitalize() if match[0][0].isupper() else word

    return lambda text: re.sub(pattern, swap, text, flags=re.IGNORECASE)


CHANGES: dict[str, Callable[[str], str]] = {
    "slips of typing in a tenth of the words": _seeded(lambda text, rng: mistype(text, 0.1, rng)),
    "all capitals": str.upper,
    "no capitals": str.lower,
    "no stops": lambda text: text.replace(".", "").replace(",", " "),
    "an irrelevant sentence behind": lambda text: text + " My neighbour has a new dog.",
    "an irrelevant sentence in front": lambda text: "I am on holiday at the moment. " + text,
    "told by somebody else": _seeded(lambda text, rng: "I am writing this down for somebody else. " + third_person(text, rng)),
    "the other sex": _swapped(_OTHER_SEX, rf"\b({'|'.join(_OTHER_SEX)})\b(?!\d)"),
    "said by a man": lambda text: text if _PREGNANT.search(text) else "I am a man. " + text,
    "said by a woman": lambda text: "I am a woman. " + text,
    "a name": lambda text: "My name is Kim and I live in Leeds. " + text,
    "the other side": _swapped(_OTHER_SIDE, r"\b(left|right)(?= (?:leg|calf|foot|ankle|thigh|knee|shin|hip|toe|side|arm|hand)s?\b)"),
}
