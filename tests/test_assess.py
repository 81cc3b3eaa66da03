"""From probabilities, flags and findings to the answer, with causes that are made up, and red flags from rules and sound."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from legcause.inference.assess import Assessor, Candidate
from legcause.inference.findings import Finder, Found
from legcause.inference.flags import Alarm, RedFlags
from legcause.inference.model import Model
from legcause.text.context import Status

LABELS = ["artery", "cramp", "gout", "other"]
KNOWLEDGE: dict[str, Any] = {
    "labels": LABELS,
    "shares": {"artery": 0.1, "cramp": 0.4, "gout": 0.2, "other": 0.3},
    "confident_above": 0.5,
    "causes": {
        "artery": {"urgency": "urgent", "icd10": "I70.2"},
        "cramp": {"urgency": "self_care", "icd10": "R25.2"},
        "gout": {"urgency": "routine", "icd10": "M10"},
    },
    "red_flags": {"ulcer": {"urgency": "urgent"}, "dead_foot": {"urgency": "emergency"}},
}


@pytest.fixture
def small(model: Model) -> Assessor:
    return Assessor(replace(model, knowledge=model.knowledge | KNOWLEDGE, intercept=np.zeros(4, np.float32)))


@pytest.mark.parametrize(
    ("probabilities", "flags", "cause", "icd10", "confident", "urgency"),
    [
        ([0.05, 0.8, 0.05, 0.1], [], "cramp", "R25.2", True, "self_care"),
        ([0.05, 0.5, 0.05, 0.4], [], "cramp", "R25.2", True, "self_care"),
        ([0.05, 0.49, 0.06, 0.4], [], "cramp", "R25.2", False, "routine"),
        ([0.05, 0.65, 0.15, 0.15], [], "cramp", "R25.2", True, "routine"),
        ([0.15, 0.8, 0.03, 0.02], [], "cramp", "R25.2", True, "urgent"),
        ([0.14, 0.8, 0.03, 0.03], [], "cramp", "R25.2", True, "self_care"),
        ([0.05, 0.1, 0.05, 0.8], [], "other", None, True, "routine"),
        ([0.05, 0.3, 0.05, 0.6], [], "other", None, True, "routine"),
        ([0.3, 0.05, 0.05, 0.6], [], "other", None, True, "urgent"),
        ([0.05, 0.8, 0.05, 0.1], ["ulcer"], "cramp", "R25.2", True, "urgent"),
        ([0.05, 0.8, 0.05, 0.1], ["dead_foot", "ulcer"], "cramp", "R25.2", True, "emergency"),
        ([0.05, 0.05, 0.05, 0.85], ["dead_foot"], "other", None, True, "emergency"),
        ([0.05, 0.05, 0.8, 0.1], [], "gout", "M10", True, "routine"),
    ],
)
def test_the_answer_is_the_likeliest_cause_and_its_urgency_that_of_the_worst_that_is_plausible(
    probabilities: list[float], flags: list[str], cause: str, icd10: str | None, confident: bool, urgency: str, small: Assessor
) -> None:
    answer = small.answer(np.array(probabilities), flags, [], 3)
    assert (answer.cause, answer.icd10, answer.confident, answer.urgency) == (cause, icd10, confident, urgency)
    assert answer.probability == max(probabilities)
    assert answer.red_flags == tuple(flags)


def test_candidates_come_best_first_and_those_that_are_equal_in_the_order_of_the_labels(small: Assessor) -> None:
    probabilities = np.array([0.2, 0.25, 0.3, 0.25])
    best = (Candidate("gout", 0.3), Candidate("cramp", 0.25), Candidate("other", 0.25), Candidate("artery", 0.2))
    assert [small.answer(probabilities, [], [], top).candidates for top in (1, 3, 4)] == [best[:1], best[:3], best]


def test_what_is_plausible_comes_best_first_and_is_never_other(small: Assessor) -> None:
    names = [[c.cause for c in small.plausible(np.array(p), least)] for p, least in (([0.15, 0.15, 0.3, 0.4], 0.15), ([0.02, 0.03, 0.05, 0.9], 0.03))]
    assert names == [["gout", "artery", "cramp"], ["gout", "cramp"]]
    assert small.plausible(np.array([0.15, 0.14, 0.31, 0.4])) == [Candidate("gout", 0.31), Candidate("artery", 0.15)]


def test_probabilities_of_other_labels_than_the_models_are_refused(small: Assessor) -> None:
    with pytest.raises(ValueError, match="zip"):
        small.plausible(np.array([0.5, 0.5]))


def test_a_record_holds_the_answer_with_six_decimals_and_findings_where_asked_for(small: Assessor) -> None:
    found = [Found("swelling", Status.DENIED, "swollen", 3, 10)]
    answer = small.answer(np.array([1 / 3, 1 / 7, 1 / 3 + 0.1, 0.1]), ["ulcer"], found, 2)
    record = {
        "id": 7,
        "cause": "gout",
        "icd10": "M10",
        "probability": 0.433333,
        "confident": False,
        "candidates": [{"cause": "gout", "probability": 0.433333}, {"cause": "artery", "probability": 0.333333}],
        "urgency": "urgent",
        "red_flags": ["ulcer"],
    }
    place = {"finding": "swelling", "status": "denied", "text": "swollen", "start": 3, "end": 10}
    assert list(answer.record(7).items()) == list(record.items())
    assert list(answer.record(7, findings=True).items()) == [*record.items(), ("findings", [place])]


def test_a_prior_takes_the_place_of_the_shares_of_the_model(model: Model) -> None:
    labels = model.labels
    gouty = {label: 0.9 if label == "gout" else 0.1 / (len(labels) - 1) for label in labels}
    at = labels.index("gout")
    plain, moved = Assessor(model), Assessor(model, gouty)
    assert moved.scorer.probabilities("my toe hurts")[at] > plain.scorer.probabilities("my toe hurts")[at]
    np.testing.assert_allclose(Assessor(model, {}).scorer.probabilities("my toe"), plain.scorer.probabilities("my toe"))


CLOT = "One calf is swollen and I am coughing blood. No fever."
RAISED = ("pulmonary_embolism", "deep_vein_thrombosis")  # the first also by sound, the second by a rule alone


def test_an_assessment_has_three_candidates_unless_told_otherwise_and_findings_where_asked_for(assessor: Assessor) -> None:
    plain, full = assessor.assess(CLOT), assessor.assess(CLOT, top=5, findings=True)
    assert (len(plain.candidates), len(full.candidates)) == (3, 5)
    assert plain.candidates == full.candidates[:3]
    assert (plain.red_flags, plain.findings) == (RAISED, ())
    assert full.red_flags == RAISED
    assert assessor.raised(CLOT) == [*RAISED]
    assert full.findings == tuple(assessor.finder.find(CLOT))
    assert len(full.findings) > 0


# Two of these rules are met by two findings each; `ulcer` is first in the knowledge base, `dead_foot` the more urgent.
FLAGS: dict[str, dict[str, Any]] = {
    "ulcer": {"urgency": "urgent", "when": [["wound", "diabetes"], ["pus"]], "unless": ["asked"]},
    "infection": {"urgency": "urgent", "when": [["pus", "fever"]]},
    "dead_foot": {"urgency": "emergency", "when": [["wound", "cold"]], "unless": []},
}
KINDS = {"wound": "sign", "diabetes": "history", "pus": "sign", "asked": "course", "fever": "symptom", "cold": "sign"}
PATTERNS = {"wound": ["wound"], "diabetes": ["diabetic"], "pus": ["pus"], "asked": ["asking"], "fever": ["fever"], "cold": ["cold"], "leg": ["leg"]}
# What the text sounds like: dead_foot, infection, ulcer (in the order of their names), nothing.
SILENT, LOUD, BETWEEN = [0.05, 0.04, 0.05, 0.86], [0.05, 0.2, 0.05, 0.7], [0.05, 0.1, 0.05, 0.8]


@pytest.fixture
def rules(model: Model) -> RedFlags:
    return RedFlags(FLAGS, Finder(PATTERNS, model.analyzer.lexicon), KINDS, Alarm(raises=0.3, quiet=0.15))


def test_flags_stand_in_order_of_their_urgency_and_ask_for_their_findings_alone(rules: RedFlags) -> None:
    assert rules.order == ["dead_foot", "ulcer", "infection"]
    assert list(rules.among) == ["asked", "cold", "diabetes", "fever", "pus", "wound"]


@pytest.mark.parametrize(
    ("found", "flags"),
    [
        ("", []),
        ("wound", []),
        ("wound diabetes", ["ulcer"]),
        ("wound cold", ["dead_foot"]),
        ("pus", ["ulcer"]),
        ("pus fever", ["ulcer", "infection"]),
        ("pus fever asked", ["infection"]),
        ("pus wound cold asked", ["dead_foot"]),
        ("pus wound cold fever", ["dead_foot", "ulcer", "infection"]),
        ("pus asked:denied", ["ulcer"]),
        ("pus asked:past", ["ulcer"]),
        ("wound diabetes:past", ["ulcer"]),
        ("wound diabetes:denied", []),
        ("wound diabetes:somebody_else", []),
        ("wound diabetes:hypothetical", []),
        ("wound:past diabetes", []),
        ("pus:past", []),
        ("pus:denied", []),
        ("pus:hypothetical", []),
    ],
)
def test_a_rule_asks_for_all_its_findings_and_for_none_that_speaks_against_it(found: str, flags: list[str], rules: RedFlags) -> None:
    pairs = [piece.partition(":") for piece in found.split()]
    assert rules.by_rules([Found(name, Status(status or "present"), "", 0, 0) for name, _, status in pairs]) == flags


@pytest.mark.parametrize(
    ("text", "dangers", "flags"),
    [
        ("I am diabetic and have a wound", [], ["ulcer"]),
        ("I am diabetic and have a wound", BETWEEN, ["ulcer"]),
        ("I am diabetic and have a wound", SILENT, []),
        ("I am diabetic and have a wound", LOUD, ["ulcer", "infection"]),
        ("I am diabetic and have a wound", [0.0, 0.0, 0.16, 0.84], ["ulcer"]),
        ("my leg aches", LOUD, ["infection"]),
        ("my leg aches", [0.1, 0.05, 0.55, 0.3], ["ulcer"]),
        ("my leg aches", [0.9, 0.05, 0.05, 0.0], ["dead_foot"]),
        ("my leg aches", BETWEEN, []),
        ("my leg aches", [0.25, 0.0, 0.0, 0.75], []),
        ("my leg aches", [], []),
        ("a wound, and the foot is cold", [0.1, 0.1, 0.3, 0.5], ["dead_foot", "ulcer"]),
        ("no wound, and the foot is cold", BETWEEN, []),
    ],
)
def test_sound_raises_what_rules_miss_and_silences_them(text: str, dangers: list[float], flags: list[str], rules: RedFlags) -> None:
    assert rules.raised(text, np.array(dangers)) == flags
    assert rules.of(rules.finder.find(text), np.array(dangers)) == flags


def test_sound_counts_from_exactly_the_share_at_which_it_raises_and_up_to_that_at_which_it_is_quiet(model: Model) -> None:
    flags = RedFlags(FLAGS, Finder(PATTERNS, model.analyzer.lexicon), KINDS, Alarm(raises=0.5, quiet=0.25))
    shares = [0.25, 0.26, 0.49, 0.5]
    assert [flags.raised("pus", np.array([p, 0.0, 0.0, 1 - p])) for p in shares] == [[], ["ulcer"], ["ulcer"], ["dead_foot", "ulcer"]]


@pytest.mark.parametrize("text", ["feet", "legs", "ankle red", "cramps", "calf hurts", "thanks for the info last week", "hello, a question"])
def test_next_to_nothing_is_not_answered_surely(text: str, assessor: Assessor) -> None:
    answer = assessor.assess(text, 1)
    assert answer.cause == "other" or not answer.confident
