"""How much language the knowledge base has, counted."""

from __future__ import annotations

import re

from .records import OTHER, Knowledge

_WORD = re.compile(r"[a-z']+")


def table(knowledge: Knowledge) -> str:
    """For each cause: its findings, their phrases, its whole complaints, and the distinct words in all of them."""
    out = [f"{'':<20} {'findings':>8} {'phrases':>8} {'complaints':>10} {'words':>8}"]
    everything: set[str] = set()
    for label in knowledge.labels:
        names = knowledge.causes[label].findings if label != OTHER else {}
        phrases = [line for name in names for lines in knowledge.findings[name].phrases.values() for line in lines]
        complaints = [line for group in knowledge.complaints if group.label == label for line in group.complaints]
        words = {word for line in (*phrases, *complaints) for word in _WORD.findall(line.lower())}
        everything |= words
        out.append(f"{label:<20} {len(names):>8,} {len(phrases):>8,} {len(complaints):>10,} {len(words):>8,}")
    phrases_in_all = sum(f.phrase_count for f in knowledge.findings.values())
    complaints_in_all = sum(len(group.complaints) for group in knowledge.complaints)
    out.append(f"{'all':<20} {len(knowledge.findings):>8,} {phrases_in_all:>8,} {complaints_in_all:>10,} {len(everything):>8,}")
    return "\n".join(out)
