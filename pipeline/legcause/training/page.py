"""The model's page: one HTML file that asks nothing of any other place, and its pictures as files of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from .. import PURPOSE
from ..inference.model import Model
from . import pictures
from .pictures import plain
from .svg import STYLE, Picture
from .words import telling

CSS = Path(__file__).with_name("page.css")
# What benchmarks/ablation.py writes in a checkout; elsewhere the page has no learning curve.
ABLATION = Path("benchmarks/ablation.json")
PAGE = "report.html"
FIGURES = {
    "top1": "right cause first, of complaints with a cause",
    "top3": "right cause among the first three",
    "other_recall": "other recognised",
    "other_precision": "right when it says other",
    "all_top1": "all answers right",
}


def write(folder: Path, model: Model, sets: Mapping[str, Mapping[str, Any]]) -> None:
    """Writes report.html and the pictures (*.svg) into `folder`, where change.json is read from if it is there.

    `sets`: name → figures, as in metrics.json. Where none holds labelled complaints there is nothing to draw, and nothing is written."""
    scored = [name for name, result in sets.items() if "confusion" in result]
    if not scored:
        return
    main = next((name for name in scored if not name.startswith("test_")), scored[0])
    change = json.loads((folder / "change.json").read_text(encoding="utf-8")) if (folder / "change.json").exists() else None
    drawn = {picture.name: picture for picture in _drawn(model, sets, main, change)}
    folder.mkdir(parents=True, exist_ok=True)
    for picture in drawn.values():
        (folder / f"{picture.name}.svg").write_text(picture.alone(), encoding="utf-8")
    (folder / PAGE).write_text(_page(model, sets, main, change, drawn), encoding="utf-8")


def _drawn(model: Model, sets: Mapping[str, Mapping[str, Any]], main: str, change: Mapping[str, Any] | None) -> Iterator[Picture]:
    result = sets[main]
    yield pictures.confusion(result, model.labels)
    yield pictures.reliability(result)
    yield pictures.coverage(result)
    yield pictures.causes(result)
    if any("suites" in r or "red_flags" in r for r in sets.values()):
        yield pictures.suites(sets)
    if ABLATION.exists():
        yield pictures.learning(_curves(json.loads(ABLATION.read_text(encoding="utf-8"))))
    if change:
        yield pictures.change(change)


def _curves(ablation: Mapping[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """File → (share of the lines, share of answers right)."""
    out: dict[str, list[tuple[float, float]]] = {}
    for name, result in ablation.items():
        if name == "everything" or name.endswith("% of the lines"):
            at = 1.0 if name == "everything" else float(name.split("%")[0]) / 100
            for file, value in result["files"].items():
                out.setdefault(file, []).append((at, value["all_top1"]))
    return {file: sorted(points) for file, points in out.items()}


def _page(model: Model, sets: Mapping[str, Mapping[str, Any]], main: str, change: Mapping[str, Any] | None, drawn: Mapping[str, Picture]) -> str:
    mistakes = _side_by_side(_figure(drawn["confusion"], large=True), _table(*_mistakes(sets[main])), "uneven")
    sections = {
        "figures": ("Figures", _figures(sets, main)),
        "change": ("Against the model before", _change(change, drawn) if change else ""),
        "confusion-part": ("What is taken for what", mistakes),
        "doubt": ("How sure it is", _doubt(sets[main], drawn)),
        "by-cause": ("Cause by cause", _side_by_side(_figure(drawn["causes"]), _table(*_cause_rows(sets[main])))),
        "behaviour": ("Behaviour", _behaviour(sets, drawn) if "suites" in drawn else ""),
        "language": ("More language", _language(drawn) if "learning" in drawn else ""),
        "words": ("The most telling words", _words(model)),
    }
    there = {anchor: part for anchor, part in sections.items() if part[1]}
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, (title, _) in there.items())
    body = "\n".join(
        f'<section id="{anchor}" aria-labelledby="{anchor}-h"><h2 id="{anchor}-h">{t}</h2>{c}</section>' for anchor, (t, c) in there.items()
    )
    manifest = model.manifest
    rows = f"{manifest['rows']['train']:,} generated complaints"
    if "labelled" in manifest:
        rows += f" and {manifest['labelled']['complaints']:,} labelled ones"
    versions = ", ".join(f"{name} {version}" for name, version in sorted(manifest["versions"].items()))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>legcause: the model</title>
<link rel="icon" href="data:,">
<style>
{CSS.read_text(encoding="utf-8")}{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<h1>legcause: the model</h1>
<p>{len(model.features):,} features, {len(model.labels)} labels, trained on {rows}.
Scored on {escape(_short(main))}: {sets[main]["complaints"]} complaints.</p>
<p class="purpose">{PURPOSE}</p>
<nav aria-label="Parts of this page"><ul>{links}</ul></nav>
</header>
<main>
{body}
</main>
<footer>
<p>Knowledge base <code>{manifest["knowledge"]}</code>; data set <code>{manifest["data"]}</code>; {escape(versions)}.
Intervals are Wilson's, 95 %.</p>
</footer>
</body>
</html>
"""


def _figures(sets: Mapping[str, Mapping[str, Any]], main: str) -> str:
    names = [main, *(name for name, r in sets.items() if "confusion" in r and name != main)]
    rows = [[what, *(_share(sets[name].get(key)) for name in names)] for key, what in FIGURES.items()]
    for key, what in (("other_auroc", "AUROC of other"), ("calibration_error", "calibration error")):
        rows.append([what, *(f"{sets[name][key]:.3f}" if key in sets[name] else "" for name in names)])
    rows.append(["complaints", *(f"{sets[name]['complaints']:,}" for name in names)])
    note = "<p>Sets named test_ are generated from phrases and story shapes that training did not see.</p>" if len(names) > 1 else ""
    return note + _table("Shares with their 95 % intervals", ["", *map(_short, names)], rows)


def _change(change: Mapping[str, Any], drawn: Mapping[str, Picture]) -> str:
    rows = [[plain(name), str(m["of"]), str(m["old"]), str(m["new"]), f"{m['chance']:.2f}"] for name, m in change["measures"].items()]
    better = sum(flip["better"] for flip in change["flips"])
    told = f"<p>{len(change['flips'])} answers flipped: {better} to right, {len(change['flips']) - better} to wrong; "
    lost = change["flags_lost"]
    told += f'<span class="bad">{len(lost)} red flags lost.</span></p>' if lost else "no red flag was lost.</p>"
    heads = ["", "of", "right before", "right now", "chance"]
    note = "chance: that an equally good model would lose so many of the answers on which the two differ"
    table = _table(note, heads, rows)
    return told + (_side_by_side(_figure(drawn["change"]), table) if change["flips"] else table)


def _mistakes(result: Mapping[str, Any]) -> tuple[str, list[str], list[list[str]]]:
    rows = [[plain(m["truth"]), plain(m["answer"]), str(m["complaints"])] for m in result["confusions"]]
    return "The commonest mistakes", ["is", "was called", "complaints"], rows


def _doubt(result: Mapping[str, Any], drawn: Mapping[str, Picture]) -> str:
    confident = result["confident"]
    told = f"<p>Answers above {confident['above']:.2f} are called confident: {confident['coverage']:.0%} of these complaints"
    told += f", {_share(confident['accuracy'])} of them right.</p>" if confident["accuracy"] else ".</p>"
    return told + _side_by_side(_figure(drawn["reliability"]), _figure(drawn["coverage"]))


def _cause_rows(result: Mapping[str, Any]) -> tuple[str, list[str], list[list[str]]]:
    found = {**result["per_cause"], **({"other": result["other_recall"]} if "other_recall" in result else {})}
    rows = [
        [plain(c), _share(v), str(v["of"]), _share(result["precision"].get(c))] for c, v in sorted(found.items(), key=lambda item: item[1]["share"])
    ]
    return "Recall, complaints, precision", ["", "found", "of", "right when said"], rows


def _behaviour(sets: Mapping[str, Mapping[str, Any]], drawn: Mapping[str, Picture]) -> str:
    rows = [[plain(name.replace("/", ": ")), _share(v), str(v["of"])] for r in sets.values() for name, v in r.get("suites", {}).items()]
    rows += [[pictures.FLAGS[name], _share(v), str(v["of"])] for r in sets.values() for name, v in r.get("red_flags", {}).items()]
    told = (
        "<p>Pairs of complaints in which one thing was changed: slips of typing or somebody's name must not move the answer; a clue that is denied, "
    )
    told += (
        "over, or somebody else's must. Red flags stand above the classifier; the rules behind them were made with sight of most of these cases.</p>"
    )
    return told + _side_by_side(_figure(drawn["suites"]), _table("Shares with their 95 % intervals", ["", "holds", "of"], rows))


def _language(drawn: Mapping[str, Picture]) -> str:
    return f"<p>Models of 1,500 rows a cause, from a part of the knowledge base's lines (<code>make ablation</code>).</p>{_figure(drawn['learning'])}"


def _words(model: Model) -> str:
    told = "<p>What speaks most for each answer when it stands in a complaint. <em>(meaning)</em> marks a concept: any of its words.</p>"
    items = "".join(f"<li><h3>{escape(plain(label))}</h3><p>{escape(' · '.join(words))}</p></li>" for label, words in telling(model).items())
    return f'{told}<ul class="words">{items}</ul>'


def _figure(picture: Picture, large: bool = False) -> str:
    caption = f"<figcaption>{escape(picture.title.rstrip('?'))}. {escape(picture.told)}</figcaption>"
    drawing = picture.inline()
    if large:  # too wide for a phone: it scrolls by itself, with the keyboard too
        scrolled = f'<div class="wide" tabindex="0" role="group" aria-label="{escape(picture.title)}">{drawing}</div>'
        return f'<figure class="large">{scrolled}{caption}</figure>'
    return f"<figure>{drawing}{caption}</figure>"


def _side_by_side(left: str, right: str, kind: str = "") -> str:
    return f'<div class="{f"pair {kind}".strip()}">{left}{right}</div>'


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(head)}</th>' if head else "<td></td>" for head in heads)
    body = "".join(f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(map(_cell, row[1:])) + "</tr>" for row in rows)
    body_of = f"<table><caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide" tabindex="0" role="group" aria-label="{escape(caption)}">{body_of}</div>'


def _cell(content: str) -> str:
    return f'<td class="number">{content}</td>' if content[:1].isdigit() else f"<td>{escape(content)}</td>"


def _share(value: Mapping[str, float] | None) -> str:
    return f"{value['share']:.3f} ({value['low']:.3f}–{value['high']:.3f})" if value else ""


def _short(name: str) -> str:
    return "/".join(Path(name).parts[-2:])
