"""Red flags, urgency, advice."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import pytest
from benchmarks.changes import CHANGES

from legcause.inference.advice import advise
from legcause.inference.assess import Assessor
from legcause.inference.explain import explain
from legcause.inference.findings import Found
from legcause.inference.model import Model
from legcause.report.terminal import explanation
from legcause.text.context import Status

from .conftest import cases, sayings

DEV = sayings()
BLIND = cases("red_flags_blind.jsonl")


def figures(assessor: Assessor, rows: list[dict[str, Any]]) -> dict[str, float]:
    """any: some flag raised; right: the most important one raised; false: raised where none should be."""
    raised = [(row, assessor.raised(row["text"])) for row in rows]
    true = [(row, flags) for row, flags in raised if row["flags"]]
    none = [flags for row, flags in raised if not row["flags"]]
    return {
        "any": sum(bool(flags) for _, flags in true) / len(true),
        "right": sum(row["flags"][0] in flags for row, flags in true) / len(true),
        "false": sum(bool(flags) for flags in none) / len(none),
    }


def test_emergencies_are_flagged_and_look_alikes_are_not(assessor: Assessor) -> None:
    found = figures(assessor, DEV)
    assert found["any"] >= 0.99
    assert found["right"] >= 0.97
    assert found["false"] <= 0.05


@pytest.mark.parametrize("author", ["f", "g"])
def test_so_are_those_of_authors_whose_cases_nothing_was_fitted_on(author: str, assessor: Assessor) -> None:
    found = figures(assessor, [row for row in BLIND if row["id"].startswith(author)])
    assert found["any"] >= 0.97
    assert found["right"] >= 0.95
    assert found["false"] <= 0.08


def test_no_danger_is_left_to_self_care(assessor: Assessor) -> None:
    assert [row for row in BLIND if row["flags"] and assessor.assess(row["text"]).urgency == "self_care"] == []


def test_there_are_cases_of_every_flag(model: Model) -> None:
    counts = Counter(flag for row in DEV for flag in row["flags"][:1])
    assert set(counts) == set(model.knowledge["red_flags"])
    assert min(counts.values()) >= 40


def test_flags_are_the_same_with_all_findings_and_with_those_of_the_flags_alone(assessor: Assessor) -> None:
    for row in DEV[::40]:
        dangers = assessor.scorer.both(row["text"])[1]
        assert assessor.raised(row["text"]) == assessor.flags.of(assessor.finder.find(row["text"]), dangers)


@pytest.mark.parametrize("name", CHANGES)
def test_what_does_not_matter_switches_hardly_a_flag_off(name: str, assessor: Assessor) -> None:
    texts = [(row["flags"][0], row["text"]) for row in DEV[::24] if row["flags"] and row["flags"][0] in assessor.raised(row["text"])]
    changed = [(flag, CHANGES[name](text)) for flag, text in texts if CHANGES[name](text) != text]
    assert changed
    assert sum(flag in assessor.raised(text) for flag, text in changed) >= 0.95 * len(changed)


def test_a_change_changes_what_it_says_and_nothing_else() -> None:
    assert CHANGES["the other sex"]("Her husband: he, a Man") == "His wife: she, a Woman"
    assert CHANGES["the other side"]("Left calf, right now, RIGHT leg") == "Right calf, right now, LEFT leg"
    assert CHANGES["told by somebody else"]("I hurt my leg") in {
        f"I am writing this down for somebody else. {who}" for who in ("she hurt her leg", "he hurt his leg")
    }
    assert CHANGES["said by a man"]("34 weeks pregnant") == "34 weeks pregnant"


def test_a_flag_that_no_rule_raised_names_the_words_that_did(assessor: Assessor) -> None:
    intercept = assessor.model.danger_intercept
    told = 0
    for row in BLIND[::4]:
        record = explain(assessor, row["text"])
        silent = set(record["red_flags"]) - set(assessor.flags.by_rules(assessor.finder.find(row["text"])))
        assert silent == ({record["alarm"]["flag"]} if record["alarm"] else set())
        for flag in silent:
            dangers, column = assessor.scorer.both(row["text"])[1], assessor.flags.names.index(flag)
            words = sum(word["weight"] for word in record["alarm"]["words"])
            assert words + intercept[column] == pytest.approx(math.log(dangers[column] / dangers[-1]), abs=1e-5)
            heaviest = next(word for word in record["alarm"]["words"] if word["weight"] > 0)
            shown = " ".join(explanation(record, row["text"], assessor.model.knowledge).split())
            assert f"By sound no rule fits, but it reads like a danger ({record['alarm']['probability']:.0%}): {heaviest['text']} (+" in shown
            told += 1
    assert told > 5


def test_urgency_is_that_of_the_flag_or_worse(assessor: Assessor) -> None:
    order = ("emergency", "urgent", "routine", "self_care")
    for row in DEV[::10]:
        answer = assessor.assess(row["text"])
        for flag in answer.red_flags:
            assert order.index(answer.urgency) <= order.index(assessor.model.knowledge["red_flags"][flag]["urgency"])


def test_a_flag_shows_with_other_too(assessor: Assessor) -> None:
    answer = assessor.assess("face drooping on one side and slurred speech since an hour, right arm weak")
    assert answer.red_flags == ("stroke",)
    assert answer.urgency == "emergency"


def found(name: str, status: Status = Status.PRESENT) -> Found:
    return Found(name, status, "", 0, 0)


def wrong(knowledge: dict[str, Any], given: dict[str, list[dict[str, str]]], causes: set[str], findings: set[str], flags: set[str]) -> list[str]:
    """Advice given although a measure in it is contraindicated."""
    measures = {item["text"]: item["measures"] for cause in knowledge["causes"].values() for item in cause["advice"]}
    out = []
    for items in given.values():
        for item in items:
            for measure in measures.get(item["text"], ()):
                bar = knowledge["contraindications"][measure]
                if set(bar["causes"]) & causes or set(bar["findings"]) & findings or set(bar["flags"]) & flags:
                    out.append(item["text"])
    return out


def test_nothing_contraindicated_is_advised_for_any_pair_of_causes_and_any_finding_or_flag(model: Model) -> None:
    knowledge = dict(model.knowledge)
    for pair in itertools.permutations(knowledge["causes"], 2):
        assert wrong(knowledge, advise(knowledge, pair[:1], pair, [], []), set(pair), set(), set()) == []
        assert wrong(knowledge, advise(knowledge, pair, pair, [], []), set(pair), set(), set()) == []
    for cause, finding in itertools.product(knowledge["causes"], knowledge["findings"]):
        assert wrong(knowledge, advise(knowledge, [cause], [cause], [found(finding)], []), {cause}, {finding}, set()) == []
    for cause, flag in itertools.product(knowledge["causes"], knowledge["red_flags"]):
        assert wrong(knowledge, advise(knowledge, [cause], [cause], [], [flag]), {cause}, set(), {flag}) == []


def test_what_is_not_advised_is_warned_of(model: Model) -> None:
    knowledge = dict(model.knowledge)
    bars = 0
    for likely, other in itertools.permutations(knowledge["causes"], 2):
        alone, both = advise(knowledge, [likely], [likely], [], []), advise(knowledge, [likely], [likely, other], [], [])
        dropped = {i["text"] for i in alone["home"]} - {i["text"] for i in both["home"]}
        warned = {i["text"] for i in both["avoid"]} - {i["text"] for i in alone["avoid"]}
        bars += bool(dropped)
        assert bool(dropped) <= bool(warned)
    assert bars > 20


def test_a_denied_finding_bars_nothing(model: Model) -> None:
    knowledge = dict(model.knowledge)
    plain = advise(knowledge, ["heavy_legs"], ["heavy_legs"], [], [])
    assert advise(knowledge, ["heavy_legs"], ["heavy_legs"], [found("pregnant", Status.DENIED)], []) == plain


def test_in_an_emergency_only_what_to_do_now_and_what_to_avoid_is_said(model: Model) -> None:
    flags = ["pulmonary_embolism", "deep_vein_thrombosis"]
    given = advise(model.knowledge, ["heavy_legs", "thrombosis"], ["heavy_legs", "thrombosis"], [], flags)
    assert {kind for kind, items in given.items() if items} == {"urgent", "avoid"}
    assert [item["cause"] for item in given["urgent"]] == ["pulmonary_embolism"]  # not "see a doctor today" as well
    assert "heavy_legs" not in {item["cause"] for item in given["avoid"]}


def test_where_the_answer_is_urgent_nobody_is_sent_to_somebody_less_urgent(model: Model) -> None:
    causes = model.knowledge["causes"]
    urgent = {name for name, cause in causes.items() if cause["urgency"] == "urgent"}
    for pair in itertools.permutations(causes, 2):
        for flags in ([], ["deep_vein_thrombosis"]):
            sent = {item["cause"] for item in advise(model.knowledge, pair, pair, [], flags)["see"]}
            assert sent <= (urgent if flags or urgent & set(pair) else set(pair))
