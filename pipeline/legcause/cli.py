"""The command line. Each command parses, makes one call, and prints."""

from __future__ import annotations

import difflib
import functools
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from . import PURPOSE, __version__
from .errors import InputError, LegcauseError

KNOWLEDGE = Path("data/knowledge")
DATASET = Path("data/synthetic/complaints.parquet")
SAMPLE = 500  # complaints that `report` explains and shows: some ten milliseconds and a kilobyte each


class _Group(click.Group):
    """Suggests a command for a mistyped one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            if near:
                raise click.UsageError(f"No such command {args[0]!r}. Did you mean {near[0]!r}?", ctx) from error
            raise


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80}, epilog=PURPOSE)
@click.version_option(__version__, prog_name="legcause")
def cli() -> None:
    """From complaints about legs, in people's own words, to likely causes, urgency and advice."""


def main() -> None:
    """Runs the command line; exits 0 done, 1 failed, 2 wrong usage, 3 model refused, 130 interrupted."""
    try:
        cli.main(prog_name="legcause", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the interpreter's own flush at exit stays quiet
        sys.exit(0)
    except LegcauseError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)


def model_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--model, resolved to the file that comes with the program."""

    @click.option("--model", "model_path", type=click.Path(path_type=Path), help="Model file.  [default: the one that comes with legcause]")
    @functools.wraps(command)
    def wrapped(model_path: Path | None, **arguments: Any) -> Any:
        from .inference.model import default_path

        return command(model_path=model_path or default_path(), **arguments)

    return wrapped


knowledge_option = click.option(
    "--knowledge", "folder", type=click.Path(path_type=Path), default=KNOWLEDGE, show_default=True, help="Folder of the knowledge base."
)
prior_option = click.option(
    "--prior", type=click.Path(path_type=Path), help="Another mix of causes: a TOML or JSON file of cause = share, such as gout = 0.2."
)


def read_prior(path: Path | None, labels: Sequence[str]) -> dict[str, float] | None:
    """The shares in `path`, complete and summing to 1. Raises InputError."""
    if path is None:
        return None
    import tomllib

    try:
        raw = path.read_text(encoding="utf-8")
        content = json.loads(raw) if path.suffix == ".json" else tomllib.loads(raw)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: neither TOML nor JSON: {error}") from error
    missing, strange = set(labels) - set(content), set(content) - set(labels)
    if strange:
        raise InputError(f"{path}: there is no cause {min(strange)!r}; `legcause causes` lists them")
    if missing:
        raise InputError(f"{path}: gives no share for {', '.join(sorted(missing))}; each cause and other need one above 0")
    if any(not isinstance(v, (int, float)) or isinstance(v, bool) or not 0 < v < float("inf") for v in content.values()):
        raise InputError(f"{path}: every share must be a number above 0")
    total = sum(content.values())
    return {label: content[label] / total for label in labels}


@cli.command()
@click.argument("sources", nargs=-1, required=True, metavar="IN...")
@click.option("-o", "--output", "out", metavar="OUT", help="File to write.  [default: standard output]")
@click.option("--format", "kind", type=click.Choice(["jsonl", "csv", "parquet"]), help="[default: by the ending of OUT, else jsonl]")
@click.option("--top", type=click.IntRange(1, 20), default=3, show_default=True, help="Candidates a complaint.")
@click.option("--findings", is_flag=True, help="Write the findings with their place and status, too.")
@click.option("--text-column", default="text", show_default=True, help="Column of the complaint.")
@click.option("--id-column", help="Column of the id.  [default: id, else the row number]")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--raw-cells", is_flag=True, help="Do not disarm CSV cells that a spreadsheet would take for a formula.")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@prior_option
@model_option
def classify(
    sources: tuple[str, ...], out: str | None, kind: str | None, top: int, findings: bool, text_column: str, id_column: str | None, jobs: int,
    raw_cells: bool, force: bool, prior: Path | None, model_path: Path,
) -> None:  # fmt: skip
    """Classify files of complaints.

    IN: .txt (one complaint a line), a folder of .txt (one complaint a file), .csv, .jsonl, .parquet, or - for standard input (lines).
    As many rows come out as go in, in their order, with their ids.

    \b
    legcause classify complaints.txt -o results.csv
    legcause classify letters/ --top 1 | head
    """
    from .batch import read, run, write
    from .inference.model import Model

    model = Model.load(model_path)
    read.check(sources)
    format_kind = write.format_of(out, kind)
    job = run.Job(model, top, findings, read_prior(prior, model.labels))
    columns = read.Columns(text_column, id_column or "id", id_required=id_column is not None)
    with write.output(out, force) as file:
        result = run.classify(read.read(sources, columns), write.writer(file, format_kind, top, findings, raw_cells), job, jobs)
    if out:
        from .report.terminal import summary

        click.echo(summary(result) + f"\nwritten to {out}", err=True)


@cli.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--format", "kind", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@click.option("--top", type=click.IntRange(1, 20), default=4, show_default=True, help="Candidates shown.")
@prior_option
@model_option
def explain(text: tuple[str, ...], kind: str, top: int, prior: Path | None, model_path: Path) -> None:
    """Explain the answer to one complaint.

    \b
    legcause explain "calves seize up at 3am since I take the cholesterol pill"
    """
    from .inference.assess import Assessor
    from .inference.explain import explain as explained
    from .inference.model import Model
    from .report.terminal import explanation

    model = Model.load(model_path)
    complaint = " ".join(text)
    record = explained(Assessor(model, read_prior(prior, model.labels)), complaint, top)
    click.echo(json.dumps(record, ensure_ascii=False) if kind == "jsonl" else explanation(record, complaint, model.knowledge))


@cli.command()
@click.argument("results", type=click.Path(path_type=Path), metavar="RESULTS")
@click.option("-o", "--output", "out", metavar="OUT", help="Page to write.  [default: standard output]")
@click.option("--complaints", "sources", multiple=True, metavar="IN", help="What was classified, to show the texts; more than once for more files.")
@click.option("--text-column", default="text", show_default=True, help="Column of the complaint.")
@click.option("--id-column", help="Column of the id.  [default: id, else the row number]")
@click.option("--date-column", help="Column of dates (2026-03-31) in the complaints: counts by day.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Rows that could not be classified: JSON Lines of source, row, id, reason.")
@click.option("--no-text", is_flag=True, help="For sharing: no text of a complaint and no word from one.")
@click.option("--sample", type=click.IntRange(1), default=SAMPLE, show_default=True, help="Complaints in the table at most; counts are of all.")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@prior_option
@model_option
def report(
    results: Path, out: str | None, sources: tuple[str, ...], text_column: str, id_column: str | None, date_column: str | None, rejects: Path | None,
    no_text: bool, sample: int, force: bool, prior: Path | None, model_path: Path,
) -> None:  # fmt: skip
    """Make one HTML page of the results of a batch.

    RESULTS: what `legcause classify` wrote: .jsonl, .csv or .parquet. Give the same --model and --prior.

    \b
    legcause classify complaints.csv -o results.jsonl
    legcause report results.jsonl --complaints complaints.csv -o report.html
    """
    from .batch.read import Columns
    from .batch.write import output
    from .inference.assess import Assessor
    from .inference.model import Model
    from .report.gather import Complaints, gather
    from .report.page import page

    if date_column and not sources:
        raise click.UsageError("--date-column is a column of the complaints; name their file with --complaints")
    model = Model.load(model_path)
    assessor = Assessor(model, read_prior(prior, model.labels))
    complaints = Complaints(sources, Columns(text_column, id_column or "id", id_required=id_column is not None), date_column) if sources else None
    with output(out, force) as file:
        gathered = gather(results, complaints, rejects, sample, assessor)
        file.write(page(results.name, gathered, assessor, texts=not no_text))
    if out:
        click.echo(f"{gathered.counts.rows:,} complaints, {len(gathered.sample.rows):,} of them in the table\nwritten to {out}", err=True)


@cli.command()
@click.argument("cause_id", required=False, metavar="[ID]")
@click.option("--language", is_flag=True, help="Count findings, phrases and distinct words of each cause.")
@model_option
@knowledge_option
def causes(cause_id: str | None, language: bool, model_path: Path, folder: Path) -> None:
    """Show the knowledge base: all causes, or one with its findings and advice."""
    from .inference.model import Model
    from .report import terminal

    if language:
        from .knowledge.language import table
        from .knowledge.load import load

        click.echo(table(load(folder)))
        return
    knowledge = Model.load(model_path).knowledge
    if cause_id is None:
        for name, entry in knowledge["causes"].items():
            click.echo(f"{name:<20} {entry['icd10']:<6} {entry['name']}")
        click.echo(f"{'other':<20} {'':<6} none of these, not about legs, or too little to go on")
    elif cause_id not in knowledge["causes"]:
        near = difflib.get_close_matches(cause_id, knowledge["causes"], n=1)
        raise InputError(f"there is no cause {cause_id!r}; " + (f"did you mean {near[0]!r}?" if near else "`legcause causes` lists them"))
    else:
        click.echo(terminal.cause(knowledge["causes"][cause_id], knowledge["findings"]))


@cli.command()
@knowledge_option
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), default=DATASET, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--rows", type=click.IntRange(1), help="Training rows a cause.")
def generate(folder: Path, out: Path, seed: int, rows: int | None) -> None:
    """Write the labelled synthetic data set that the knowledge base describes."""
    from dataclasses import replace

    from .knowledge.load import load
    from .synthesis.dataset import Recipe, write

    recipe = Recipe(seed=seed)
    count = write(load(folder), replace(recipe, rows_per_cause=rows) if rows else recipe, out)
    click.echo(f"{count:,} complaints written to {out}", err=True)


@cli.command()
@knowledge_option
@click.option("--data", type=click.Path(path_type=Path), default=DATASET, show_default=True, help="The data set of `generate`.")
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), default=Path("models"), show_default=True, help="Folder of the model.")
@click.option("--challenge", type=click.Path(path_type=Path), default=Path("data/challenge"), show_default=True, help="Folder of test complaints.")
def train(folder: Path, data: Path, out: Path, challenge: Path) -> None:
    """Fit, calibrate, evaluate and compile the model."""
    from .training.train import train as run

    for line in run(folder, data, challenge, out):
        click.echo(line, err=True)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--format", "kind", type=click.Choice(["text", "json"]), default="text", show_default=True)
@prior_option
@model_option
def evaluate(files: tuple[Path, ...], kind: str, prior: Path | None, model_path: Path) -> None:
    """Score the model on labelled complaints.

    FILE: .csv or .jsonl with a text and a label (or labels, the best first). A file of pairs (a, b, labels_a, labels_b) is scored as suites.
    """
    from .inference.model import Model
    from .inference.score import Scorer
    from .training.report import evaluate_file, lines

    model = Model.load(model_path)
    scorer = Scorer(model, read_prior(prior, model.labels))
    results = {str(path): evaluate_file(scorer, path) for path in files}
    click.echo(json.dumps(results, indent=2) if kind == "json" else "\n".join(line for name, r in results.items() for line in lines(name, r)))
