"""From a batch back to the knowledge base: gaps, and complaints worth a look."""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from legcause.inference.model import Model
from legcause.knowledge.load import load
from legcause.knowledge.records import Knowledge
from legcause.review import choose as choosing
from legcause.review import gaps as counting
from legcause.review.choose import choose, doubt
from legcause.review.gaps import find
from legcause.review.judged import Judged
from legcause.review.language import Language, spoken
from legcause.review.likely import Likely

from .conftest import ROOT, cases, legcause

FOLDER = ROOT / "data" / "knowledge"
PLANTED = [line["text"] for line in cases("new_language.jsonl")]


@pytest.fixture(scope="module")
def language(model: Model, knowledge: Knowledge) -> Language:
    return Language(model, knowledge)


@pytest.fixture(scope="module")
def likely(knowledge: Knowledge) -> Likely:
    return Likely(knowledge, FOLDER)


@pytest.fixture(scope="module")
def gaps_found(planted: Path) -> list[dict[str, Any]]:
    result = legcause("gaps", planted, "--format", "jsonl", cwd=ROOT)
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("planted") / "planted.txt"
    path.write_text("\n".join(PLANTED) + "\n")
    return path


def judged(text: str, number: int = 1, **answer: object) -> Judged:
    given = {
        "cause": "gout",
        "probability": 0.4,
        "confident": False,
        "second": "other",
        "second_probability": 0.3,
        "urgency": "routine",
        "red_flags": (),
    }
    return Judged(number, text, **(given | answer))  # type: ignore[arg-type]


def rows(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


# ------------------------------------------------------------------------------------------------------------------------------------ gaps


def test_planted_words_and_phrases_are_found_with_their_finding_and_file(gaps_found: list[dict[str, Any]]) -> None:
    found = {gap["phrase"]: gap for gap in gaps_found}
    assert {"shoogly pins", "plates of meat", "collywobbles", "gubbed"} <= set(found)
    pins = found["shoogly pins"]
    assert (pins["complaints"], pins["missed"]) == (4, 0)
    assert [e["id"] for e in pins["examples"]] == ["1", "2", "3"]
    assert "weak_legs" in [f["finding"] for f in pins["findings"]]
    assert f"[{pins['findings'][0]['finding']}]" in (ROOT / pins["file"]).read_text()
    assert "calf_cramps" in [f["finding"] for f in found["collywobbles"]["findings"]]


def test_what_helps_more_complaints_comes_first(gaps_found: list[dict[str, Any]]) -> None:
    helped = [gap["helped"] for gap in gaps_found]
    assert helped == sorted(helped, reverse=True)


def test_a_phrase_added_to_a_copy_of_the_knowledge_base_is_no_gap_any_more(planted: Path, model: Model, tmp_path: Path) -> None:
    copy = shutil.copytree(FOLDER, tmp_path / "knowledge")
    file = copy / "findings" / "cramps.toml"
    content = file.read_text()
    at = content.index("[", content.index("clause = [", content.index("[weak_legs]"))) + 1
    file.write_text(content[:at] + '\n  "my shoogly pins give way",\n  "my plates of meat are weak",' + content[at:])
    result = legcause("gaps", planted, "--knowledge", copy, "--format", "jsonl")
    phrases = " ".join(json.loads(line)["phrase"] for line in result.stdout.splitlines())
    assert "pins" not in phrases
    assert "plates" not in phrases
    assert "collywobbles" in phrases
    language = Language(model, load(copy))
    assert language.unknown(language.lexicon.read("shoogly pins")) == []


@pytest.mark.parametrize("text", ["my calfs are swolen", "his sciatica, 3am", "no varicose veins for years", "pins and needles in my toes"])
def test_slips_of_typing_concepts_and_words_of_context_are_no_gaps(text: str, language: Language) -> None:
    assert language.unknown(language.lexicon.read(text)) == []


def test_known_words_count_as_a_phrase_only_where_chance_does_not_bring_them_together(language: Language, likely: Likely) -> None:
    ends = ("hurt", "again today", "after a shift", "since Monday", "and my knee")
    together = [judged(f"my plates of meat, {end}", n) for n, end in enumerate(ends)]
    words = ("plates", "meat", "kitchen", "garden", "bread")
    apart = [judged(f"{a} {b}", n) for n, (a, b) in enumerate(product(words, words))] * 5
    assert [g.phrase for g in find([*together, *(judged("my knee", n) for n in range(20))], language, likely, 9).gaps] == ["plates of meat"]
    assert find(apart, language, likely, 9).gaps == ()


def test_a_phrase_counts_once_a_complaint_and_in_any_inflection(language: Language, likely: Likely) -> None:
    texts = ["collywobbles and collywobbles", "a collywobble", "COLLYWOBBLES!"]
    (gap,) = find([judged(text, n) for n, text in enumerate(texts)], language, likely, 9).gaps
    assert (gap.phrase, gap.complaints, gap.helped) == ("collywobbles", 3, 3)


def test_confident_answers_are_counted_but_not_helped(language: Language, likely: Likely) -> None:
    batch = [judged("collywobbles", 1, confident=True), judged("collywobbles", 2, confident=True, cause="other"), judged("collywobbles", 3)]
    result = find(batch, language, likely, 9)
    assert (result.gaps[0].complaints, result.gaps[0].helped, result.open) == (3, 2, 2)


def test_a_large_batch_forgets_rare_phrases_and_says_what_the_count_may_have_missed(
    language: Language, likely: Likely, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "LIMIT", 200)
    draw = random.Random(1)
    texts = ["".join(draw.choices("bcdfghjklmnpqrstvwxz", k=9)) for _ in range(2000)]
    for at in range(0, 2000, 10):
        texts[at] = "collywobbles"
    batch = [judged(text, n) for n, text in enumerate(texts)]
    first = find(batch, language, likely, 1).gaps[0]
    assert first.phrase == "collywobbles"
    assert first.complaints <= 200 <= first.complaints + first.missed
    late = [judged("glunterous", n) for n in range(50)]
    gap = next(g for g in find([*batch, *late], language, likely, 5).gaps if g.phrase == "glunterous")
    assert gap.complaints == 50
    assert gap.missed > 0


def test_most_findings_are_named_though_the_most_telling_word_of_their_phrase_is_unknown(knowledge: Knowledge, likely: Likely) -> None:
    draw = random.Random(2)
    phrases = [(f.id, p) for f in knowledge.findings.values() for lines in f.phrases.values() for p in lines]
    held = tried = 0
    for finding, phrase in draw.sample(phrases, 100):
        causes = [name for name, cause in knowledge.causes.items() if finding in cause.findings]
        words = next(spoken(phrase)).split()
        if causes and len(words) > 3:
            longest = max(range(len(words)), key=lambda i: (len(words[i]), i))
            text = " ".join(["zzqxx" if i == longest else word for i, word in enumerate(words)])
            places = likely.of("zzqxx", False, [text], Counter([draw.choice(causes)])).places
            tried += 1
            held += finding in [place.finding for place in places]
    assert tried > 50
    assert held / tried > 0.5


def test_gaps_at_a_terminal_are_80_columns_wide_and_say_what_they_are_for(planted: Path) -> None:
    text = legcause("gaps", planted, cwd=ROOT).stdout.decode()
    assert max(map(len, text.splitlines())) <= 80
    assert "not a diagnosis" in " ".join(text.split())


def test_gaps_as_csv_are_a_row_each_with_formulas_disarmed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("=collywobbles()\n=collywobbles(again)\n")
    found = rows(legcause("gaps", tmp_path / "a.txt", "--format", "csv", cwd=ROOT).stdout)
    assert found[0]["phrase"] == "collywobbles"
    assert found[0]["example_1"] == "'=collywobbles()"


# ---------------------------------------------------------------------------------------------------------------------------------- review


def test_review_writes_a_table_ready_to_be_labelled_that_evaluate_reads(planted: Path, tmp_path: Path) -> None:
    out = tmp_path / "review.csv"
    result = legcause("review", planted, "-n", 5, "-o", out)
    assert result.returncode == 0, result.stderr
    assert b"not a diagnosis" in result.stderr
    found = rows(out.read_bytes())
    assert list(found[0]) == ["id", "text", "cause", "probability", "second", "urgency", "why", "label"]
    assert len(found) == 5
    assert all(r["text"] == PLANTED[int(r["id"]) - 1] and r["label"] == "" and r["why"] for r in found)
    out.write_text(out.read_text().replace(",\n", ",gout\n"))
    assert legcause("evaluate", out).returncode == 0


def test_results_and_the_model_itself_give_the_same_choice_and_the_same_gaps(planted: Path, tmp_path: Path) -> None:
    assert legcause("classify", planted, "-o", tmp_path / "r.csv").returncode == 0
    for command in ("review", "gaps"):
        asked = legcause(command, planted, cwd=ROOT)
        joined = legcause(command, tmp_path / "r.csv", "--complaints", planted, cwd=ROOT)
        assert asked.returncode == joined.returncode == 0
        assert asked.stdout == joined.stdout


def test_files_after_the_first_of_complaints_belong_to_them(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"collywobbles {name}\n")
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    assert legcause("classify", *files, "-o", tmp_path / "r.jsonl").returncode == 0
    found = rows(legcause("review", tmp_path / "r.jsonl", "--complaints", *files).stdout)
    assert {r["text"] for r in found} == {"collywobbles a", "collywobbles b"}


def test_complaints_without_a_result_are_passed_over_and_counted(planted: Path, tmp_path: Path) -> None:
    lines = legcause("classify", planted).stdout.splitlines(keepends=True)
    (tmp_path / "some.jsonl").write_bytes(b"".join(lines[2:6]))
    result = legcause("review", tmp_path / "some.jsonl", "--complaints", planted)
    assert {r["id"] for r in rows(result.stdout)} == {"3", "4", "5", "6"}
    assert f"no result: {len(lines) - 4} complaints" in result.stderr.decode()


def test_the_same_text_is_chosen_once_and_unlike_texts_come_before_like_ones(model: Model) -> None:
    batch = [judged(f"my left calf cramps at night {'again ' * (n % 3)}", n) for n in range(30)]
    batch += [judged("my big toe is red and hot", 30, probability=0.42), judged("", 31)]
    chosen = choose(batch, model, 10).chosen
    assert len({c.text for c in chosen}) == len(chosen) == 4
    assert 30 in [c.judged.id for c in chosen[:2]]


def test_doubt_urgency_and_new_language_bring_a_complaint_forward(model: Model) -> None:
    plain = judged("my left calf cramps at night", 1)
    for better in (
        judged("my big toe is red and hot", 2, second_probability=0.39),
        judged("my big toe is red and hot", 2, urgency="emergency", red_flags=("stroke",)),
        judged("my big toe has collywobbles", 2),
    ):
        assert choose([plain, better], model, 1).chosen[0].judged.id == 2
    sure = judged("my right calf cramps at night", 3, confident=True, probability=0.99, second_probability=0.01)
    assert choose([sure, plain], model, 1).chosen[0].judged.id == 1


def test_why_names_the_reasons(model: Model) -> None:
    item = judged("my big toe has collywobbles", urgency="urgent", red_flags=("stroke",))
    (choice,) = choose([item], model, 1).chosen
    assert choice.why == "urgent (stroke), though the answer is in doubt; in doubt: gout 0.40 or other 0.30; new words: collywobbles"


@pytest.mark.parametrize(("first", "second", "expected"), [(0.5, 0.5, 1.0), (1.0, 0.0, 0.0), (0.6, 0.2, 0.6), (0.9, None, 0.2), (0.2, None, 1.0)])
def test_doubt_is_one_minus_the_margin(first: float, second: float | None, expected: float) -> None:
    assert doubt(judged("x", probability=first, second_probability=second)) == pytest.approx(expected)


def test_the_pool_stays_small_and_drops_nothing_worth_more(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "POOL", 3)
    monkeypatch.setattr(choosing, "KIND", 1)
    draw = random.Random(4)
    batch = [judged(f"legs hurt {n} times", n, probability=draw.uniform(0.4, 1), second_probability=0.0) for n in range(500)]
    chosen = choose(batch, model, 3).chosen
    assert {c.judged.id for c in chosen} == {b.id for b in sorted(batch, key=lambda b: b.probability)[:3]}


def test_no_reason_takes_more_than_half_while_there_are_others(model: Model) -> None:
    urgent = [judged(f"my calf is {word} collywobbles", n, urgency="urgent") for n, word in enumerate(["red", "hot", "sore", "numb", "cold", "weak"])]
    plain = [judged(f"my knee is {word}", n, probability=0.8, second_probability=0.1) for n, word in enumerate(["red", "hot", "sore", "numb"], 10)]
    assert sum(c.judged.urgency == "urgent" for c in choose([*urgent, *plain], model, 8).chosen) == 4
    assert len(choose(urgent, model, 6).chosen) == 6


def test_a_text_longer_than_a_cell_is_cut(model: Model) -> None:
    (choice,) = choose([judged("legs " * 20_000)], model, 1).chosen
    assert len(choice.text) == choosing.LONGEST + 1


# -------------------------------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.csv"], "no such file"),
        (["nowhere.jsonl", "--complaints", "planted.txt"], "no such file of results"),
        (["r.jsonl", "--complaints", "nowhere.txt"], "no such file or folder"),
        (["r.jsonl"], "add --complaints"),
        (["planted.csv", "--complaints", "planted.txt"], "no 'cause'"),
        (["planted.txt", "--complaints", "planted.txt"], "results end in"),
        (["r.jsonl", "--complaints", "planted.csv"], "no complaint with the id '1'"),
        (["r.jsonl", "--complaints", "empty.txt"], "no complaint with the id '1'"),
        (["planted.csv", "--text-column", "words"], "'words'"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_that_says_what_to_do(arguments: list[str], message: str, tmp_path: Path, planted: Path) -> None:
    shutil.copy(planted, tmp_path / "planted.txt")
    (tmp_path / "planted.csv").write_text("id,text\nx,legs\n")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "r.jsonl").write_text('{"id": 1, "cause": "gout", "probability": 0.9, "confident": true, "urgency": "routine"}\n')
    result = legcause("review", *arguments, cwd=tmp_path)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert message in result.stderr.decode()
    assert result.stdout == b""


def test_gaps_works_in_any_folder(planted: Path, tmp_path: Path) -> None:
    result = legcause("gaps", planted, cwd=tmp_path)
    assert result.returncode == 0
    assert b"collywobbles" in result.stdout


def test_an_empty_batch_has_no_gaps_and_nothing_to_review(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    assert b"0 complaints" in legcause("gaps", tmp_path / "empty.txt", cwd=ROOT).stdout
    assert rows(legcause("review", tmp_path / "empty.txt").stdout) == []
