"""The red flags on cases that neither the rules nor the alarm have seen: `make flags` writes benchmarks/red_flags.json.

The cases are two authors', written without sight of rules and sayings; each part alone, both as they are used, and what is left of them
where the text is changed in what does not matter."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from changes import CHANGES
from common import CHALLENGE, ROOT, write
from legcause.inference.assess import Assessor
from legcause.inference.model import Model, default_path
from legcause.knowledge.records import OTHER
from legcause.training.labelled import read_labelled

# Complaints of which no more is said than where and what: too little for an alarm, unless a leg or calf is swollen.
WHERE = "leg,legs,left leg,my right foot,ankle,both ankles,my knees,calf,my calves,big toe,thighs,my shin,hip,feet"
WHAT = "pain,hurts,ache at night,weak,numb,tingling,swollen,red,itchy,cramps,feels funny,burning,stiff,heavy,cold"
BARE = [f"{where} {what}" for where, what in itertools.product(WHERE.split(","), WHAT.split(","))]
# By the letter that the ids of their cases begin with.
AUTHORS = {"sixth author": "f", "seventh author": "g"}


def figures(raised: Callable[[str], Sequence[str]], rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """any: of the dangers, some flag raised; right: the most important one; false: of the look-alikes, any."""
    true = [(row["flags"][0], raised(row["text"])) for row in rows if row["flags"]]
    none = [raised(row["text"]) for row in rows if not row["flags"]]
    return {
        "any": round(sum(bool(flags) for _, flags in true) / len(true), 4),
        "right": round(sum(flag in flags for flag, flags in true) / len(true), 4),
        "false": round(sum(bool(flags) for flags in none) / len(none), 4),
    }


def kept(raised: Callable[[str], Sequence[str]], rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """By change: of how many dangers whose flag is raised it changes the text, and for how many of these the flag is raised still."""
    texts = [(row["flags"][0], row["text"]) for row in rows if row["flags"] and row["flags"][0] in raised(row["text"])]
    out = {}
    for name, change in CHANGES.items():
        changed = [(flag, change(text)) for flag, text in texts if change(text) != text]
        out[name] = {"kept": sum(flag in raised(text) for flag, text in changed), "of": len(changed)}
        print(f"{name}: {out[name]['kept']} of {out[name]['of']} flags kept")
    return out


def ordinary(model: Model) -> list[str]:
    """The complaints of the challenge set whose labels are all of routine causes or other: some of them are dangers all the same."""
    calm = {OTHER, *(name for name, cause in model.knowledge["causes"].items() if cause["urgency"] in ("routine", "self_care"))}
    return [item.text for item in read_labelled(CHALLENGE, model.labels).complaints if set(item.labels) <= calm]


def ringing(raised: Callable[[str], Sequence[str]], texts: Sequence[str]) -> dict[str, int]:
    """How many of the texts raise any flag."""
    return {"raised": sum(bool(raised(text)) for text in texts), "of": len(texts)}


def main() -> None:
    assessor = Assessor(Model.load(default_path()))

    def by_rules(text: str) -> list[str]:
        return assessor.flags.by_rules(assessor.finder.find(text, assessor.flags.among))

    def by_sound(text: str) -> list[str]:
        flag = assessor.flags.by_sound(assessor.scorer.both(text)[1])
        return [flag] if flag else []

    rows = [json.loads(line) for line in (ROOT / "tests" / "cases" / "red_flags_blind.jsonl").read_text(encoding="utf-8").splitlines()]
    dangers = [row["text"] for row in rows if row["flags"]]
    results: dict[str, Any] = {"dangers": len(dangers), "look_alikes": len(rows) - len(dangers)}
    for author, letter in AUTHORS.items():
        results[author] = {}
        for name, raised in (("rules alone", by_rules), ("sound alone", by_sound), ("both", assessor.raised)):
            results[author][name] = figures(raised, [row for row in rows if row["id"].startswith(letter)])
            print(f"{author}, {name}:", results[author][name])
    results["self_care"] = sum(assessor.assess(text).urgency == "self_care" for text in dangers)
    print("dangers ranked self_care:", results["self_care"])
    results["ordinary"] = {"bare": ringing(assessor.raised, BARE), "challenge": ringing(assessor.raised, ordinary(assessor.model))}
    print("complaints of no danger that raise a flag:", results["ordinary"])
    results["kept"] = kept(assessor.raised, rows)
    write(ROOT / "benchmarks" / "red_flags.json", results)


if __name__ == "__main__":
    main()
