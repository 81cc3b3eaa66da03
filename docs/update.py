"""Fills the generated parts of README.md and docs/: `make docs`. With --check, changes nothing and exits 1 where something is stale.

A part stands between `<!-- name -->` and `<!-- /name -->`. Figures come from models/metrics.json, sessions from the commands themselves."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXPLAINED = "calves seize up at 3am since the doc put me on the cholesterol pill, no swelling"


def session(*arguments: str, shown: str | None = None) -> str:
    """A command and what it prints at 80 columns."""
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1"}
    result = subprocess.run([sys.executable, "-m", "legcause", *arguments], capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    return f"```text\n$ {shown or 'legcause ' + ' '.join(arguments)}\n{result.stdout.rstrip()}\n```"


def commands() -> str:
    """The help of every command."""
    from legcause.cli import cli

    names = sorted(cli.commands)
    return "\n\n".join([session("--help"), *(session(name, "--help") for name in names)])


def figures(metrics: Mapping[str, Any]) -> str:
    """The table of figures on the challenge set."""
    result = metrics["sets"]["challenge/complaints.jsonl"]
    suites = metrics["sets"]["challenge/suites.jsonl"]["suites"]
    rows = [
        ("right cause first, of complaints with a cause", result["top1"]),
        ("right cause among the first three", result["top3"]),
        ("`other` recognised", result["other_recall"]),
        ("right when it says `other`", result["other_precision"]),
        ("all answers right", result["all_top1"]),
    ]
    out = ["| on complaints written blind, for evaluation alone | share | 95 % interval | of |", "|---|---|---|---|"]
    out += [f"| {name} | {v['share']:.3f} | {v['low']:.3f}–{v['high']:.3f} | {v['of']} |" for name, v in rows]
    for kind in ("invariance", "direction"):
        held = [v for name, v in suites.items() if name.startswith(kind)]
        total, n = sum(round(v["share"] * v["of"]) for v in held), sum(v["of"] for v in held)
        worst = min((v["share"], name.split("/")[1]) for name, v in suites.items() if name.startswith(kind))
        out.append(f"| pairs, {kind} (worst: {worst[1]}, {worst[0]:.2f}) | {total / n:.3f} | | {n} |")
    confident = result["confident"]
    out += ["", f"Calibration error {result['calibration_error']:.3f}. Answers above {confident['above']:.2f} are called confident: "
            f"{confident['coverage']:.0%} of these complaints, {confident['accuracy']['share']:.0%} of them right."]  # fmt: skip
    return "\n".join(out)


def suites(metrics: Mapping[str, Any]) -> str:
    """How many pairs hold, by suite."""
    held = metrics["sets"]["challenge/suites.jsonl"]["suites"]
    return "\n".join(["| pairs | hold | of |", "|---|---|---|", *(f"| {name} | {v['share']:.3f} | {v['of']} |" for name, v in held.items())])


def causes(metrics: Mapping[str, Any]) -> str:
    """Right answers by cause, and the commonest mistakes."""
    result = metrics["sets"]["challenge/complaints.jsonl"]
    rows = sorted(result["per_cause"].items(), key=lambda item: item[1]["share"])
    out = ["| cause | right | 95 % interval | of |", "|---|---|---|---|"]
    out += [f"| {name} | {v['share']:.2f} | {v['low']:.2f}–{v['high']:.2f} | {v['of']} |" for name, v in rows]
    mistakes = ", ".join(f"{m['truth']} → {m['answer']} ({m['complaints']})" for m in result["confusions"])
    return "\n".join([*out, "", f"Commonest mistakes: {mistakes}."])


def benchmark(name: str) -> str:
    """A table for each labelled file that a benchmark was run on."""
    results = json.loads((ROOT / "benchmarks" / f"{name}.json").read_text(encoding="utf-8"))
    heads = ("top 1", "top 3", "`other` recall / precision", "AUROC of `other`", "all right", "invariance", "direction")
    out = []
    for file in next(iter(results.values()))["files"]:
        out += [f"On `{file}`:", "", "| | " + " | ".join(heads) + " |", "|---" * 8 + "|"]
        for way, result in results.items():
            r, p = result["files"][file], result["pairs"]
            cells = [f"{r['top1']:.3f}", f"{r['top3']:.3f}", f"{r['other_recall']:.2f} / {r['other_precision']:.2f}", f"{r['other_auroc']:.3f}"]
            out.append(f"| {way} | " + " | ".join([*cells, f"{r['all_top1']:.3f}", f"{p['invariance']:.3f}", f"{p['direction']:.3f}"]) + " |")
        out.append("")
    return "\n".join(out).rstrip()


def red_flags() -> str:
    """The figures that `make flags` wrote."""
    results = json.loads((ROOT / "benchmarks" / "red_flags.json").read_text(encoding="utf-8"))
    head = f"| {results['dangers']} dangers, {results['look_alikes']} look-alikes | any flag raised | the right one | false alarms |"
    rows = [(f"{author}, {name}", r) for author in ("sixth author", "seventh author") for name, r in results[author].items()]
    out = [head, "|---" * 4 + "|", *(f"| {name} | {r['any']:.3f} | {r['right']:.3f} | {r['false']:.3f} |" for name, r in rows)]
    bare, challenge = (results["ordinary"][kind] for kind in ("bare", "challenge"))
    rest = (
        f'Dangers ranked self_care: {results["self_care"]}. Of {bare["of"]} bare complaints ("ankle red"), {bare["raised"]} raise a flag; of '
        f"{challenge['of']} of the challenge set that are of no urgent cause, {challenge['raised']}, some of them rightly (injuries, infections)."
    )
    return "\n".join([*out, "", rest])


def changes() -> str:
    """How many flags survive what does not matter, from the same file."""
    results = json.loads((ROOT / "benchmarks" / "red_flags.json").read_text(encoding="utf-8"))["kept"]
    total = {key: sum(r[key] for r in results.values()) for key in ("kept", "of")}
    rows = [*results.items(), ("all", total)]
    out = ["| change | flags kept | of | |", "|---" * 4 + "|"]
    return "\n".join([*out, *(f"| {name} | {r['kept']} | {r['of']} | {r['kept'] / r['of']:.3f} |" for name, r in rows)])


def report() -> str:
    """The figures that `make bench-report` wrote."""
    results = json.loads((ROOT / "benchmarks" / "report.json").read_text(encoding="utf-8"))
    out = ["| results | seconds | of them the processor's | peak memory, MB | page, MB |", "|---" * 5 + "|"]
    out += [f"| {r['rows']:,} | {r['seconds']} | {r['cpu_seconds']} | {r['peak_mb']} | {r['page_mb']} |" for r in results]
    return "\n".join(out)


# From so many programs at work before it begins, a benchmark of two cores says little.
CROWDED = 2.0


def speed() -> str:
    """The figures that `make bench` wrote."""
    r = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))

    def table(head: str, part: dict[str, Any], rows: int) -> list[str]:
        out = [f"| {head} | seconds (median, lowest–highest) | complaints a second |", "|---" * 3 + "|"]
        out += [f"| {name} | {t['seconds']:.2f} ({t['lowest']:.2f}–{t['highest']:.2f}) | {rows / t['seconds']:,.0f} |" for name, t in part.items()]
        return [*out, ""]

    million, ten = r["million"], r["ten_million"]
    one = million["legcause, CSV, top 1, 1 job"]["seconds"]
    two = million["legcause, CSV, top 1, 2 jobs"]["seconds"]
    out = table(f"{r['rows']:,} different complaints, {r['bytes'] / 1e6:.0f} MB", million, r["rows"])
    ratios = {
        "one job against fastText": million["fastText"]["seconds"] / one,
        "one job against scikit-learn's own pipeline": million["scikit-learn's own pipeline"]["seconds"] / one,
        "JSON Lines with 3 candidates against CSV": one / million["legcause, JSON Lines, top 3, 1 job"]["seconds"],
        "two jobs against one": one / two,
        "ten million to Parquet with two jobs, against `wc -w`": ten["wc -w"]["seconds"] / ten["legcause, Parquet, 2 jobs"]["seconds"],
    }
    out += ["| how many times as fast | |", "|---|---|", *(f"| {name} | {ratio:.2f} |" for name, ratio in ratios.items()), ""]
    out += table(f"{10 * r['rows']:,} complaints (the million ten times)", ten, 10 * r["rows"])
    out += ["| complaints, CSV, one job | seconds | peak memory, MB |", "|---|---|---|"]
    out += [f"| {int(count):,} | {t['seconds']:.2f} | {t['peak_mb']} |" for count, t in r["growth"].items()]
    out += ["", "| start, whole process | seconds |", "|---|---|", *(f"| {name} | {t['seconds']:.2f} |" for name, t in r["start"].items())]
    out += ["", "| `train` on so many rows | seconds | peak memory, MB |", "|---|---|---|"]
    out += [f"| {int(count):,} | {t['seconds']:.0f} | {t['peak_mb']} |" for count, t in r["training"].items()]
    stages = r["stages"]
    out += ["", f"| {stages['rows']:,} complaints, one thread | processor seconds |", "|---|---|"]
    return "\n".join([*out, *(f"| {name} | {seconds:.2f} |" for name, seconds in stages["seconds"].items())])


def spark() -> str:
    """The figures that `make bench-spark` wrote."""
    r = json.loads((ROOT / "benchmarks" / "spark.json").read_text(encoding="utf-8"))
    rate, took = r["rate"], r["seconds"]
    out = [] if r.get("load", CROWDED) < CROWDED else ["Other programs ran on the same cores meanwhile: too slow, and not fit for comparison.", ""]
    out += [f"| {r['rows']:,} complaints, {r['cores']} cores | complaints a second |", "|---|---|"]
    out += [f"| local batch, file to file, as a whole command | {rate['local']:,.0f} |", f"| Spark | {rate['spark']:,.0f} |"]
    out += [f"| ratio | {rate['ratio']:.2f} |", ""]
    out += [f"{rate['different']} of {rate['compared']:,} answers differ. A row takes {r['bytes_a_row']['in']} bytes of Parquet with its text, "
            f"and {r['bytes_a_row']['out']} with its answers.", ""]  # fmt: skip
    out += [f"| {took['rows']:,} complaints with Spark | seconds |", "|---|---|"]
    out += [f"| Arrow batches of {int(size):,} | {value:.2f} |" for size, value in took["batch"].items()]
    out += [f"| in {count} files, each a task | {value:.2f} |" for count, value in took["files"].items()]
    return "\n".join(out + [f"| {name} | {value:.2f} |" for name, value in took["skew"].items()])


def walk() -> str:
    """The times that `make walk` wrote."""
    r = json.loads((ROOT / "benchmarks" / "walk.json").read_text(encoding="utf-8"))
    out = ["| step | command | seconds |", "|---" * 3 + "|"]
    out += [f"| {s['step']} | {code(s['command'])} | {s['seconds']:,.1f} |" for s in [*r["steps"], *([r["test"]] if "test" in r else [])]]
    machine = r["machine"]
    minutes = f"{r['minutes']} minutes" + (" without the last" if "test" in r else "")
    return "\n".join([*out, "", f"{minutes}, on {machine['cores']} cores with Python {machine['python']}."])


def code(command: str) -> str:
    """A command, or the place and text of a phrase, in a cell."""
    return f"`{command.replace('.venv/bin/', '')}`"


def plan() -> str:
    """The figures that `benchmarks/plan.py` wrote."""
    r = json.loads((ROOT / "benchmarks" / "plan.json").read_text(encoding="utf-8"))
    each = f"{r['rows_per_core_second']:,.0f} complaints a core and second, {r['task_overhead_seconds'] * 1000:.0f} ms a task"
    hours = f"{r['core_hours']:,.0f} core hours, {r['core_hours_per_billion']:,.1f} for each billion"
    out = [f"{each}: {hours}. {r['terabytes']['in']} TB come in and {r['terabytes']['out']} TB go out.", ""]
    out += ["| cores | tasks | hours | of the ideal |", "|---|---|---|---|"]
    return "\n".join(out + [f"| {run['cores']:,} | {run['tasks']} | {run['hours']:,} | {run['of_ideal']:.0%} |" for run in r["runs"]])


def bombs() -> str:
    """The figures that `make bombs` wrote."""
    r = json.loads((ROOT / "benchmarks" / "bombs.json").read_text(encoding="utf-8"))
    names = list(next(iter(r["seconds"].values())))
    out = [f"| 10 MB of | {' | '.join(f'{name}, seconds | times that of 1 MB' for name in names)} |", "|---" * (1 + 2 * len(names)) + "|"]
    for kind, ways in r["seconds"].items():
        cells = (f"{times[-1]:.2f} | {times[-1] / times[-2]:.1f}" if times[-2] >= 0.01 else f"{times[-1]:.2f} | " for times in ways.values())
        out.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(out)


def fuzz() -> str:
    """The counts that `make fuzz` added up."""
    results = json.loads((ROOT / "benchmarks" / "fuzz.json").read_text(encoding="utf-8"))
    what = {
        "readers": "txt, csv, jsonl, parquet, gz, zst in four encodings", "answers": "analyzer, scorer, explanation", "matcher": "findings and flags",
        "ways": "the compiled batch against the plain one", "knowledge": "TOML of a knowledge base",
        "model_file": "model files, also with a right checksum",
    }  # fmt: skip
    out = ["| target | inputs |", "|---|---|", *(f"| `{name}`: {what[name]} | {results[name]['executions']:,} |" for name in what)]
    return "\n".join([*out, f"| all | {sum(r['executions'] for r in results.values()):,} |"])


def retraining() -> str:
    """What phrases and words moved, from `make retraining`."""
    results = json.loads((ROOT / "benchmarks" / "retraining.json").read_text(encoding="utf-8"))
    heads = ("", "right of 30", "confident, right of these", "mean probability of the label", "challenge set right", "red flags lost")
    out = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    names = {"before": "the model as it was", "phrases": "with ten phrases", "words": "and ten words in concepts"}
    for key, name in names.items():
        r = results[key]
        challenge = r["challenge"]["complaints"] if "challenge" in r else results["phrases"]["challenge"]["complaints"]
        right = challenge["new" if "challenge" in r else "old"]
        cells = [str(r["right"]), f"{r['confident']}, {r['confident_right']}", f"{r['said']:.2f}", f"{right} of {challenge['of']}"]
        out.append(f"| {name} | " + " | ".join([*cells, str(r.get("flags_lost", ""))]) + " |")
    refused = [names[key] for key in ("phrases", "words") if results[key]["refused"]]
    right = [[a == label for a, label in zip(results[key]["answers"], results["labels"], strict=True)] for key in ("before", "words")]
    won, lost = (sum(b and not a for a, b in zip(*order, strict=True)) for order in (right, right[::-1]))
    told = f"Of the {results['words_said']['all']} words that the thirty say, the knowledge base had {results['words_said']['unknown']} nowhere. "
    told += f"In the end {won} of the thirty were won and {lost} lost. " + (
        f"The gate refused: {', '.join(refused)}." if refused else "The gate let both models through."
    )
    return "\n".join([*out, "", told])


def weights() -> str:
    """What labels bring, by how much each counts, from `make retraining`."""
    results = json.loads((ROOT / "benchmarks" / "retraining.json").read_text(encoding="utf-8"))
    out = ["| each counts as | right of 30, cross-validated | mean -log probability of the label | challenge set right |", "|---" * 4 + "|"]
    old = results["phrases"]["challenge"]["complaints"]
    out.append(f"| not trained on | {results['before']['right']} | {results['before']['loss']:.2f} | {old['old']} of {old['of']} |")
    for weight, r in results["labelled"].items():
        out.append(f"| {weight} rows | {r['right']} | {r['loss']:.2f} | {r['challenge']['right']} of {r['challenge']['of']} |")
    return "\n".join(out)


def mutants() -> str:
    """The figures that `make mutation` wrote, and why the changes that change no answer do not."""
    r = json.loads((ROOT / "benchmarks" / "mutation.json").read_text(encoding="utf-8"))
    out = ["| module | changes | noticed | of the others, change no answer |", "|---" * 4 + "|"]
    out += [f"| `{name}` | {m['mutants']} | {m['killed'] / m['mutants']:.1%} | {m['equal']} |" for name, m in r["modules"].items()]
    return "\n".join([*out, f"| all | {r['mutants']} | {r['share']:.1%} | {r['equal']} |"])


def parts() -> dict[str, str]:
    """Name → content of every generated part."""
    metrics = json.loads((ROOT / "models" / "metrics.json").read_text(encoding="utf-8"))
    return {
        "explain": session("explain", EXPLAINED, shown=f'legcause explain "{EXPLAINED}"'),
        "classify": session("classify", "examples/complaints.txt", "--top", "1", shown="legcause classify examples/complaints.txt --top 1"),
        "figures": figures(metrics),
        "suites": suites(metrics),
        "causes": causes(metrics),
        "peers": benchmark("peers"),
        "ablation": benchmark("ablation"),
        "redflags": red_flags(),
        "changes": changes(),
        "report": report(),
        "spark": spark(),
        "speed": speed(),
        "plan": plan(),
        "bombs": bombs(),
        "fuzz": fuzz(),
        "walk": walk(),
        "retraining": retraining(),
        "weights": weights(),
        "mutants": mutants(),
        "language": session("causes", "--language"),
        "gaps": session("gaps", "tests/cases/new_language.jsonl", "-n", "3"),
        "commands": commands(),
    }


def main() -> None:
    stale = []
    content = parts()
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        old = path.read_text(encoding="utf-8")
        new = re.sub(r"(<!-- (\w+) -->\n).*?(<!-- /\2 -->)", lambda m: f"{m[1]}{content[m[2]]}\n{m[3]}", old, flags=re.DOTALL)
        if new != old:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(new, encoding="utf-8")
    print("changed:" if stale else "nothing to change", *stale)
    sys.exit(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    main()
