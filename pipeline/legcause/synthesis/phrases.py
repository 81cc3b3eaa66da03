"""From the written line to the said one: alternatives, slots, the person who speaks, and the mistakes of typing."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Mapping

_ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{([a-z_]+)\}")

# First to third person. Verbs that stay wrong ("she feel") do no harm: people write so, and the analyzer reads stems.
_THIRD = [
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"\bI am\b", ("she is", "he is")), (r"\bI'?m\b", ("she's", "he's")), (r"\bI have\b", ("she has", "he has")),
        (r"\bI'?ve\b", ("she has", "he has")), (r"\bI was\b", ("she was", "he was")), (r"\bI\b", ("she", "he")),
        (r"\bmyself\b", ("herself", "himself")), (r"\bmy\b", ("her", "his")), (r"\bme\b", ("her", "him")), (r"\bmine\b", ("hers", "his")),
    )
]  # fmt: skip
_NEIGHBOURS = dict(
    zip(
        "qwertyuiopasdfghjklzxcvbnm",
        "wa qase wsdr edft rfgy tghu yhji ujko iklp ol qwsz wedxa erfcs rtgvd tyhbf yujng uikmh iolj opk asx zsdc xdfv cfgb vghn bhjm njk".split(),
        strict=True,
    )
)


def expand(line: str, slots: Mapping[str, tuple[str, ...]], rng: random.Random) -> str:
    """The line with one of each `[a|b]` chosen and each `{slot}` of `slots` filled; unknown slots stay for the caller."""
    line = _ALTERNATIVES.sub(lambda m: rng.choice(m.group(1).split("|")), line)
    return _SLOT.sub(lambda m: rng.choice(slots[m.group(1)]) if m.group(1) in slots else m.group(), line)


def held_out(line: str, share: float) -> bool:
    """Whether a written line is kept from training: by its own words, so that the same lines are held out on every machine."""
    return int.from_bytes(hashlib.sha256(line.encode()).digest()[:4], "big") < share * 2**32


def third_person(text: str, rng: random.Random) -> str:
    """What "I" say, said of her or him."""
    sex = rng.randrange(2)
    for pattern, words in _THIRD:
        text = pattern.sub(words[sex], text)
    return text


def mistype(text: str, rate: float, rng: random.Random) -> str:
    """Mistakes in about `rate` of the words of four letters and more: one letter dropped, doubled, swapped, or a neighbour on the keyboard."""
    words = text.split(" ")
    for i, word in enumerate(words):
        if len(word) >= 4 and word.isalpha() and rng.random() < rate:
            at = rng.randrange(1, len(word) - 1)
            kind = rng.randrange(4)
            if kind == 0:
                words[i] = word[:at] + word[at + 1 :]
            elif kind == 1:
                words[i] = word[:at] + word[at] + word[at:]
            elif kind == 2:
                words[i] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            else:
                near = _NEIGHBOURS.get(word[at].lower())
                words[i] = word[:at] + rng.choice(near) + word[at + 1 :] if near else word
    return " ".join(words)


def untidy(text: str, rng: random.Random) -> str:
    """Capitals, stops and apostrophes as people leave them: mostly as written, sometimes none, sometimes all capitals."""
    draw = rng.random()
    if draw < 0.04:
        return text.upper()
    if draw < 0.34:
        text = text.lower()
    if rng.random() < 0.15:
        text = re.sub(r"[.,](?=\s|$)", "", text)
    if rng.random() < 0.25:
        text = text.replace("'", "")
    return text
