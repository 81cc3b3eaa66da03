"""The model card (Mitchell et al., 2019) and data statement (Bender and Friedman, 2018), from the figures themselves. Its prose is in card.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

from .. import PURPOSE
from ..inference.score import Scorer
from ..knowledge.records import Knowledge

TEMPLATE = Path(__file__).with_name("card.md")
# Language that goes wrong, or has gone wrong: what it is, words of the kind (invented, as all language here is), what the answer should be. Training
# writes into metrics.json what the model makes of each.
WEAK_LANGUAGE = (
    ("a bare ache, with nothing that tells the cause", "my legs ache, what is it?", "other"),
    ("a bare place", "my foot hurts", "other"),
    ("the telling clue denied, and only a bare ache left", "sore calf but it isnt swollen and i have not been on a plane", "overexertion"),
    ("the telling clue somebody else's", "my brother had a clot and my calf aches", "other"),
    ("two things denied by one word", "haven't any swelling or varicose veins but legs tired", "heavy_legs"),
    ("speech that the knowledge base does not hold", "ma cuits are swalt by lowsin time", "heavy_legs"),
    ("several troubles at once: one is put first", "gout last year, now varicose veins, and the statin gives me cramps", "medication"),
)
BEHAVIOUR = {"any": "a danger raises some red flag", "right": "a danger raises the right red flag", "quiet": "a look-alike raises none"}
KEYS = ("top1", "top3", "other_recall", "other_precision", "other_auroc", "all_top1", "calibration_error")


def card(metrics: Mapping[str, Any], knowledge: Knowledge) -> str:
    """Markdown; every figure is one of `metrics` or a count of the knowledge base."""
    manifest, rows = metrics["manifest"], metrics["manifest"]["rows"]
    total = sum(knowledge.shares.values())
    mix = sorted(knowledge.shares.items(), key=lambda item: (-item[1], item[0]))
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        purpose=PURPOSE,
        features=f"{metrics['features']:,}",
        labels=len(knowledge.labels),
        rows=f"{sum(rows.values()):,}",
        trained=f"{rows['train']:,}",
        held_out=f"{sum(rows.values()) - rows['train']:,}",
        findings=len(knowledge.findings),
        phrases=f"{sum(finding.phrase_count for finding in knowledge.findings.values()):,}",
        complaints=f"{sum(len(group.complaints) for group in knowledge.complaints):,}",
        labelled=_labelled(manifest),
        mix=", ".join(f"{label} {share / total:.1%}" for label, share in mix),
        figures="\n".join(_figures(metrics)),
        behaviour="\n".join(_behaviour(metrics)),
        confident="\n".join(_confident(metrics)),
        weak_language="\n".join(_weak_language(metrics)),
        weaknesses="\n".join(_weaknesses(metrics)),
        made_from="\n".join(_made_from(manifest)),
    )


def weak_language(scorer: Scorer) -> list[dict[str, Any]]:
    """What a model makes of the language that is known to go wrong."""
    out = []
    for _, text, _ in WEAK_LANGUAGE:
        probabilities = scorer.probabilities(text)
        best = int(probabilities.argmax())
        out.append({"text": text, "answer": scorer.model.labels[best], "probability": float(probabilities[best])})
    return out


def _labelled(manifest: Mapping[str, Any]) -> str:
    if "labelled" not in manifest:
        return ""
    n, weight, files = (manifest["labelled"][key] for key in ("complaints", "weight", "sha256"))
    whose = "whose words they are, only those who gave the files know"
    return f"\n**Labelled complaints.** {n:,}, from {len(files)} file(s) that are not generated, each counting as {weight:g} rows; {whose}.\n"


def _figures(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield "| set | complaints | top 1 | top 3 | `other` recall | `other` precision | AUROC of `other` | all right | calibration error |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, result in metrics["sets"].items():
        if "all_top1" in result:
            yield f"| {name} | {result['complaints']} | " + " | ".join(_share(result.get(key)) for key in KEYS) + " |"


def _behaviour(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield from ("| behaviour | holds | of |", "|---|---|---|")
    for result in metrics["sets"].values():
        yield from (f"| {suite} | {v['share']:.3f} | {v['of']} |" for suite, v in result.get("suites", {}).items())
        yield from (f"| {BEHAVIOUR[part]} | {v['share']:.3f} | {v['of']} |" for part, v in result.get("red_flags", {}).items())


def _confident(metrics: Mapping[str, Any]) -> Iterator[str]:
    for name, result in metrics["sets"].items():
        if "all_top1" in result and result["confident"]["accuracy"]:
            c = result["confident"]
            yield f"- {name}: {c['coverage']:.0%} of the answers are above {c['above']:.2f}; {c['accuracy']['share']:.0%} of these are right."


def _weak_language(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield from ("| language | such as (invented) | should be | is |", "|---|---|---|---|")
    for (what, text, should), said in zip(WEAK_LANGUAGE, metrics["weak_language"], strict=True):
        yield f"| {what} | “{text}” | {should} | {said['answer']} ({said['probability']:.0%}) |"


def _weaknesses(metrics: Mapping[str, Any]) -> Iterator[str]:
    for name, result in metrics["sets"].items():
        if not name.startswith("test_") and "confusions" in result:
            weakest = sorted((v["share"], cause) for cause, v in result["per_cause"].items())[:3]
            yield f"- weakest on {name}: " + ", ".join(f"{cause} ({share:.0%} right)" for share, cause in weakest)
            yield from (f"- {m['truth']} taken for {m['answer']}: {m['complaints']} times on {name}" for m in result["confusions"][:8])


def _made_from(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield f"- knowledge base SHA-256 `{manifest['knowledge']}`"
    yield f"- data set SHA-256 `{manifest['data']}`"
    yield from (f"- labelled file SHA-256 `{digest}`" for digest in manifest.get("labelled", {}).get("sha256", ()))
    yield f"- temperature {manifest['temperature']}"
    yield from (f"- {name} {version}" for name, version in manifest["versions"].items())


def _share(value: Any) -> str:
    return "" if value is None else f"{value['share'] if isinstance(value, dict) else value:.3f}"
