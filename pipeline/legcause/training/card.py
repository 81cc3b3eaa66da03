"""The model card (Mitchell et al., 2019) and data statement (Bender and Friedman, 2018), from the figures themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import PURPOSE
from ..knowledge.records import Knowledge


def card(metrics: Mapping[str, Any], knowledge: Knowledge) -> str:
    """Markdown; every figure is one of `metrics`."""
    manifest = metrics["manifest"]
    phrases = sum(finding.phrase_count for finding in knowledge.findings.values())
    complaints = sum(len(group.complaints) for group in knowledge.complaints)
    rows = sum(manifest["rows"].values())
    out = [
        "# Model card: legcause", "",
        f"**Intended purpose.** {PURPOSE} It reads complaints about legs in English and says which cause to look at first.", "",
        "**Not for** deciding on treatment, telling somebody that they are well, emergencies in place of a person, other parts of the body, or other "
        "languages.", "",
        "**What it is.** TF-IDF over words, word pairs, concepts and concept pairs, and a multinomial logistic regression, calibrated by temperature "
        f"scaling. {metrics['features']:,} features, {len(knowledge.labels)} labels.", "",
        "## Data statement", "",
        f"All {rows:,} training and test rows are synthetic, generated from {len(knowledge.findings)} findings with {phrases:,} "
        f"phrases and {complaints:,} whole complaints of the knowledge base, all invented for it. No patient's words are in them. Every cause has "
        "about as many rows; the world is not so: the mix that the model expects is in "
        "`data/knowledge/shares.toml`, and `--prior` takes another.", "",
        "## Figures", "",
        "| set | complaints | top 1 | top 3 | `other` recall | `other` precision | AUROC of `other` | all right | calibration error |",
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, r in metrics["sets"].items():
        if "suites" not in r:
            cells = [_share(r, k) for k in ("top1", "top3", "other_recall", "other_precision", "other_auroc", "all_top1", "calibration_error")]
            out.append(f"| {name} | {r['complaints']} | " + " | ".join(cells) + " |")
    out += ["", "| behaviour | holds | pairs |", "|---|---|---|"]
    for r in metrics["sets"].values():
        out += [f"| {suite} | {v['share']:.3f} | {v['of']} |" for suite, v in r.get("suites", {}).items()]
    out += ["", "## Confident answers", ""]
    for name, r in metrics["sets"].items():
        if "suites" not in r and r["confident"]["accuracy"]:
            c = r["confident"]
            out.append(f"- {name}: {c['coverage']:.0%} of the answers are above {c['above']:.2f}; {c['accuracy']['share']:.0%} of these are right.")
    out += ["", "## Known weaknesses", ""]
    for name, r in metrics["sets"].items():
        if name.startswith("challenge") and "confusions" in r:
            out += [f"- {m['truth']} taken for {m['answer']}: {m['complaints']} times on {name}" for m in r["confusions"][:8]]
    out += [
        "",
        "## Made from",
        "",
        f"- knowledge base SHA-256 `{manifest['knowledge']}`",
        f"- data set SHA-256 `{manifest['data']}`",
        f"- temperature {manifest['temperature']}",
    ]
    out += [f"- {name} {version}" for name, version in manifest["versions"].items()]
    return "\n".join(out) + "\n"


def _share(result: Mapping[str, Any], key: str) -> str:
    value = result.get(key)
    return "" if value is None else f"{value['share'] if isinstance(value, dict) else value:.3f}"
