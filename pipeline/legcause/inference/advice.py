"""What to do: the advice of the likely causes, without what would be wrong for another cause that is still plausible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..knowledge.records import ADVICE_KINDS
from ..text.context import Status
from .findings import Found

# A cause with at least this share of the probability rules out what is wrong for it: lower than what earns advice, since a wrong
# measure does more harm than a missing one.
CAUTION = 0.03
HURRY = ("emergency", "urgent")


def advise(
    knowledge: Mapping[str, Any], likely: Sequence[str], plausible: Collection[str], found: Sequence[Found], flags: Collection[str]
) -> dict[str, list[dict[str, str]]]:
    """The advice by kind: `likely` causes' own, the likeliest first, and of each cause first what is about a finding in the text; no sentence
    twice; each with text, source and cause (or flag).

    Nothing is advised whose measure is wrong for a plausible cause, for a finding that is in the text (denied ones left out), or for a
    raised flag; the measure's warning stands under "avoid" instead. Raised flags come first under "urgent". While one of them is an
    emergency, that of the others is left out ("see a doctor today"), and nothing is added but such warnings and what to avoid with an urgent
    cause. Where the answer is urgent, whom to see is said of urgent causes alone: "within two weeks", said of another, would be read as
    leave to wait."""
    there = {f.finding for f in found if f.status is not Status.DENIED and f.status is not Status.OTHER}
    barred = {
        name
        for name, measure in knowledge["contraindications"].items()
        if set(measure["causes"]) & set(plausible) or set(measure["findings"]) & there or set(measure["flags"]) & set(flags)
    }
    out: dict[str, list[dict[str, str]]] = {kind: [] for kind in ADVICE_KINDS}
    raised = {name: knowledge["red_flags"][name] for name in flags}
    emergency = any(flag["urgency"] == "emergency" for flag in raised.values())
    for name, flag in raised.items():
        if flag["urgency"] == "emergency" or not emergency:
            out["urgent"].append({"text": flag["advice"], "source": flag["source"], "cause": name})
    urgent = {cause for cause in likely if knowledge["causes"][cause]["urgency"] in HURRY}

    def timely(kind: str, cause: str) -> bool:
        if emergency:
            return kind == "avoid" and cause in urgent
        return kind != "see" or cause in urgent or not (urgent or flags)

    seen: set[str] = set()
    warned: set[str] = set()
    for cause in likely:
        for item in sorted(knowledge["causes"][cause]["advice"], key=lambda item: there.isdisjoint(item["findings"])):
            if wrong := barred.intersection(item["measures"]):
                warned |= wrong
            elif item["text"] not in seen and timely(item["kind"], cause):
                seen.add(item["text"])
                out[item["kind"]].append({"text": item["text"], "source": item["source"], "cause": cause})
    warnings = [knowledge["contraindications"][name] for name in sorted(warned)]
    out["avoid"] = [{"text": w["warning"], "source": w["source"], "cause": w["id"]} for w in warnings] + out["avoid"]
    return out
