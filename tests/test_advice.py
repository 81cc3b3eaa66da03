"""What is advised, on a knowledge base that is small enough to see through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from legcause.inference.advice import advise
from legcause.inference.findings import Found
from legcause.knowledge.records import ADVICE_KINDS
from legcause.text.context import Status


def item(kind: str, text: str, *measures: str, findings: Sequence[str] = ()) -> dict[str, Any]:
    return {"kind": kind, "text": text, "source": f"source of {text}", "measures": list(measures), "findings": list(findings)}


KNOWLEDGE: dict[str, Any] = {
    "causes": {
        "gout": {"urgency": "routine", "advice": [item("home", "Cool it.", "cold"), item("home", "Rest."), item("avoid", "No beer."), item("see", "See a doctor.")]},
        "cramp": {"urgency": "self_care", "advice": [item("home", "Rub it warm.", "rubbing", "heat"), item("home", "Rest."), item("home", "Stretch.", findings=["stiff"]), item("test", "Minerals.")]},
        "clot": {"urgency": "urgent", "advice": [item("urgent", "Go today."), item("avoid", "Do not travel."), item("see", "Ask the clinic.")]},
    },
    "contraindications": {
        "cold": {"id": "cold", "causes": ["artery"], "findings": ["numb_foot"], "flags": ["dead_foot"], "warning": "Nothing cold.", "source": "of cold"},
        "heat": {"id": "heat", "causes": ["gout"], "findings": ["burn"], "flags": [], "warning": "Nothing hot.", "source": "of heat"},
        "rubbing": {"id": "rubbing", "causes": ["clot"], "findings": ["lump"], "flags": ["ulcer"], "warning": "Do not rub.", "source": "of rubbing"},
    },
    "red_flags": {
        "dead_foot": {"urgency": "emergency", "advice": "Call now.", "source": "NICE 1"},
        "ulcer": {"urgency": "urgent", "advice": "Be seen today.", "source": "NICE 2"},
    },
}  # fmt: skip
GOUT = {"home": ["Cool it.", "Rest."], "avoid": ["No beer."], "see": ["See a doctor."]}
CRAMP = {"home": ["Rub it warm.", "Rest.", "Stretch."], "test": ["Minerals."]}


@pytest.mark.parametrize(
    ("likely", "plausible", "finding", "flags", "given"),
    [
        ([], [], None, [], {}),
        (["gout"], ["gout"], None, [], GOUT),
        (["cramp"], ["cramp"], None, [], CRAMP),
        (["gout", "cramp"], [], None, [], GOUT | CRAMP | {"home": ["Cool it.", "Rest.", "Rub it warm.", "Stretch."]}),
        (["cramp", "gout"], [], None, [], GOUT | CRAMP | {"home": ["Rub it warm.", "Rest.", "Stretch.", "Cool it."]}),
        (["gout"], ["gout", "artery"], None, [], GOUT | {"home": ["Rest."], "avoid": ["Nothing cold.", "No beer."]}),
        (["cramp"], ["cramp", "gout"], None, [], CRAMP | {"home": ["Rest.", "Stretch."], "avoid": ["Nothing hot."]}),
        (["cramp"], ["clot", "gout"], None, [], CRAMP | {"home": ["Rest.", "Stretch."], "avoid": ["Nothing hot.", "Do not rub."]}),
        (["gout", "cramp"], ["gout", "artery"], None, [], GOUT | CRAMP | {"home": ["Rest.", "Stretch."], "avoid": ["Nothing cold.", "Nothing hot.", "No beer."]}),
        (["gout"], [], ("numb_foot", Status.PRESENT), [], GOUT | {"home": ["Rest."], "avoid": ["Nothing cold.", "No beer."]}),
        (["gout"], [], ("numb_foot", Status.PAST), [], GOUT | {"home": ["Rest."], "avoid": ["Nothing cold.", "No beer."]}),
        (["gout"], [], ("numb_foot", Status.HYPOTHETICAL), [], GOUT | {"home": ["Rest."], "avoid": ["Nothing cold.", "No beer."]}),
        (["gout"], [], ("numb_foot", Status.DENIED), [], GOUT),
        (["gout"], [], ("numb_foot", Status.OTHER), [], GOUT),
        (["gout"], [], ("burn", Status.PRESENT), [], GOUT),
        (["cramp"], [], ("stiff", Status.PRESENT), [], CRAMP | {"home": ["Stretch.", "Rub it warm.", "Rest."]}),
        (["cramp"], [], ("stiff", Status.DENIED), [], CRAMP),
        (["cramp"], [], None, ["ulcer"], CRAMP | {"home": ["Rest.", "Stretch."], "avoid": ["Do not rub."], "urgent": ["Be seen today."]}),
        (["gout"], [], None, ["ulcer"], {"home": ["Cool it.", "Rest."], "avoid": ["No beer."], "urgent": ["Be seen today."]}),
        (["clot"], [], None, [], {"urgent": ["Go today."], "avoid": ["Do not travel."], "see": ["Ask the clinic."]}),
        (["clot"], [], None, ["ulcer"], {"urgent": ["Be seen today.", "Go today."], "avoid": ["Do not travel."], "see": ["Ask the clinic."]}),
        (["gout", "clot"], [], None, [], {"home": ["Cool it.", "Rest."], "avoid": ["No beer.", "Do not travel."], "urgent": ["Go today."], "see": ["Ask the clinic."]}),
        (["clot", "gout"], [], None, ["dead_foot"], {"urgent": ["Call now."], "avoid": ["Nothing cold.", "Do not travel."]}),
        (["gout"], [], None, ["dead_foot"], {"urgent": ["Call now."], "avoid": ["Nothing cold."]}),
        (["clot"], [], None, ["dead_foot", "ulcer"], {"urgent": ["Call now."], "avoid": ["Do not travel."]}),
        (["clot"], [], None, ["ulcer", "dead_foot"], {"urgent": ["Call now."], "avoid": ["Do not travel."]}),
    ],
)  # fmt: skip
def test_the_likely_causes_are_advised_on_without_what_is_wrong_for_a_plausible_one(
    likely: list[str], plausible: list[str], finding: tuple[str, Status] | None, flags: list[str], given: dict[str, list[str]]
) -> None:
    found = [Found(*finding, "", 0, 0)] if finding else []
    out = advise(KNOWLEDGE, likely, plausible, found, flags)
    assert list(out) == list(ADVICE_KINDS)
    assert {kind: [i["text"] for i in items] for kind, items in out.items() if items} == given


def test_each_sentence_of_advice_has_its_source_and_what_it_is_given_for() -> None:
    out = advise(KNOWLEDGE, ["gout"], ["artery"], [], ["ulcer"])
    assert out["urgent"] == [{"text": "Be seen today.", "source": "NICE 2", "cause": "ulcer"}]
    assert out["home"] == [{"text": "Rest.", "source": "source of Rest.", "cause": "gout"}]
    assert out["avoid"][0] == {"text": "Nothing cold.", "source": "of cold", "cause": "cold"}
