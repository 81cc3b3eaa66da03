"""The command line. Each command parses, makes one call, and prints."""

from __future__ import annotations

import difflib
import functools
import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import PURPOSE, __version__
from .errors import InputError, LegcauseError

if TYPE_CHECKING:
    from .review.judged import Batch

DATASET = Path("data/synthetic/complaints.parquet")
CHALLENGE = Path("data/challenge")
MODELS = Path("models")
SAMPLE = 500  # complaints that `report` explains and shows: some three milliseconds and a kilobyte each


class _ReaderGone(Exception):
    """Whoever read standard output has seen enough. Click would make a failure of BrokenPipeError."""


class _Group(click.Group):
    """Suggests a command for a mistyped one."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ReaderGone from error

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
    """From complaints about legs, in people's own words, to likely causes, urgency and advice.

    \b
    legcause explain "calves seize up at 3am since I take the cholesterol pill"
    legcause classify complaints.csv -o results.csv
    legcause COMMAND --help
    """


class _Stopped(BaseException):
    """A signal asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def _stop(number: int, frame: object) -> None:
    for other in (signal.SIGINT, signal.SIGTERM):
        signal.signal(other, signal.SIG_IGN)  # a second Ctrl-C must not break into the clearing up
    raise _Stopped(number)


def main() -> None:
    """Runs the command line; exits 0 done, 1 failed, 2 wrong usage, 3 model refused, 4 done with rejected rows, 130 and 143 interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup and background jobs have their reasons
            signal.signal(number, _stop)
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")  # what is read by a program is the same on every machine; a terminal has its own encoding
    try:
        # click takes colours out where the output is no terminal; of NO_COLOR (no-color.org) it does not know.
        code = cli.main(prog_name="legcause", standalone_mode=False, color=False if os.environ.get("NO_COLOR") else None)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except _Stopped as stopped:
        click.echo("interrupted" if stopped.number == signal.SIGINT else "terminated", err=True)
        sys.exit(128 + stopped.number)
    except _ReaderGone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the interpreter's own flush at exit stays quiet
        sys.exit(0)
    except LegcauseError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except MemoryError:
        click.echo("Error: not enough memory; use fewer --jobs, or split what is read into smaller files", err=True)
        sys.exit(1)
    except Exception as error:
        # Neither the message nor the trace is shown: they may quote a complaint.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        click.echo(f"Error: a fault of the program ({type(error).__name__} in {where}); please report it with the command that led to it", err=True)
        sys.exit(1)
    sys.exit(code)


def model_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--model, resolved to the file that comes with the program."""

    @click.option("--model", "model_path", type=click.Path(path_type=Path), help="Model file.  [default: the one that comes with legcause]")
    @functools.wraps(command)
    def wrapped(model_path: Path | None, **arguments: Any) -> Any:
        from .inference.model import default_path

        return command(model_path=model_path or default_path(), **arguments)

    return wrapped


def knowledge_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--knowledge, resolved to the folder here or the one that comes with the program."""

    @click.option(
        "--knowledge", "folder", type=click.Path(path_type=Path),
        help="Folder of the knowledge base.  [default: data/knowledge, else the one that comes with legcause]",
    )  # fmt: skip
    @functools.wraps(command)
    def wrapped(folder: Path | None, **arguments: Any) -> Any:
        from .knowledge.load import default_folder

        return command(folder=folder or default_folder(), **arguments)

    return wrapped


encoding_option = click.option(
    "--encoding", type=click.Choice(["utf-8", "latin-1", "cp1252", "utf-16"]), default="utf-8", show_default=True, help="Of the text in IN."
)
prior_option = click.option(
    "--prior", type=click.Path(path_type=Path), help="Another mix of causes: a TOML or JSON file of cause = share, such as gout = 0.2."
)


def _no_cause(name: str, causes: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(causes), n=1)
    return f"there is no cause {name!r}; " + (f"did you mean {near[0]!r}?" if near else "`legcause causes` lists them")


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
    if not isinstance(content, dict):
        raise InputError(f"{path}: holds no table of labels and their shares")
    missing, strange = set(labels) - set(content), set(content) - set(labels)
    if strange:
        raise InputError(f"{path}: {_no_cause(min(strange), labels)}")
    if missing:
        raise InputError(f"{path}: gives no share for {', '.join(sorted(missing))}; each cause and other need one above 0")
    if any(not isinstance(v, (int, float)) or isinstance(v, bool) or not 0 < v < float("inf") for v in content.values()):
        raise InputError(f"{path}: every share must be a number above 0")
    total = sum(content.values())
    return {label: content[label] / total for label in labels}


@cli.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(), metavar="IN...")
@click.option("-o", "--output", "out", metavar="OUT", type=click.Path(path_type=Path), help="File to write.  [default: standard output]")
@click.option("--format", "kind", type=click.Choice(["jsonl", "csv", "parquet"]), help="[default: by the ending of OUT, else jsonl]")
@click.option("--top", type=click.IntRange(1, 20), default=3, show_default=True, help="Candidates a complaint.")
@click.option("--findings", is_flag=True, help="Write the findings with their place and status, too.")
@click.option("--text-column", default="text", show_default=True, help="Column of the complaint.")
@click.option("--id-column", help="Column of the id.  [default: id, else the row number]")
@encoding_option
@click.option("--rejects", "rejects_path", metavar="FILE", type=click.Path(path_type=Path), help="Write rows that cannot be read here (JSON Lines).")
@click.option("--reject-text", is_flag=True, help="With their text, as far as it can be read.")
@click.option(
    "--on-error", type=click.Choice(["reject", "stop"]), default="reject", show_default=True, help="What a row that cannot be read leads to."
)
@click.option("--max-errors", metavar="N", type=click.IntRange(0), help="Stop where more than N rows cannot be read.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--raw-cells", is_flag=True, help="Do not disarm CSV cells that a spreadsheet would take for a formula.")
@click.option("--resume", is_flag=True, help="Keep what is done in OUT.partial, and go on from there where it is killed.")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@prior_option
@model_option
def classify(
    sources: tuple[str, ...], out: Path | None, kind: str | None, top: int, findings: bool, text_column: str, id_column: str | None, encoding: str,
    rejects_path: Path | None, reject_text: bool, on_error: str, max_errors: int | None, jobs: int, raw_cells: bool, resume: bool, force: bool,
    prior: Path | None, model_path: Path,
) -> int:  # fmt: skip
    """Classify files of complaints.

    IN: .txt (one complaint a line), .csv, .jsonl, each also as .gz or .zst, .parquet, a folder of .txt (one complaint a file), or - for standard
    input (lines). Rows come out in their order, with their ids; one that cannot be read is set aside and counted, and the exit code is 4.

    \b
    legcause classify complaints.txt -o results.csv
    legcause classify letters/ --top 1 | head
    legcause classify big.csv.gz -o big.parquet --resume --rejects bad.jsonl
    """
    from .batch.chunk import Columns
    from .batch.classify import Request
    from .batch.classify import classify as run
    from .batch.rejects import Policy
    from .inference.model import Model
    from .report.terminal import rejected, summary

    model = Model.load(model_path)
    columns = Columns(text_column, id_column or "id", id_required=id_column is not None)
    policy = Policy(stop=on_error == "stop", most=max_errors, with_text=reject_text)
    request = Request(sources, out, kind, columns, encoding, top, findings, raw_cells, policy, rejects_path, jobs, force, resume)
    outcome = run(request, model, model_path, read_prior(prior, model.labels))
    if out:
        click.echo(summary(outcome.summary) + f"\nwritten to {out}", err=True)
    if outcome.summary.rejected:
        click.echo(rejected(outcome.summary, outcome.named, rejects_path), err=True)
    return 4 if outcome.summary.rejected else 0


@cli.command()
@click.argument("source", metavar="IN")
@click.argument("out", metavar="OUT")
@click.option("--format", "kind", type=click.Choice(["parquet", "csv", "json"]), help="Of OUT.  [default: by its ending, else that of IN]")
@click.option("--input-format", "source_kind", type=click.Choice(["parquet", "csv", "json"]), help="[default: by the ending of IN, else parquet]")
@click.option("--text-column", default="text", show_default=True, help="Column of the complaint.")
@click.option("--top", type=click.IntRange(1, 20), default=3, show_default=True, help="Candidates a complaint.")
@click.option("--master", default="local[*,4]", show_default=True, help="Spark's master: local[CORES,TRIES], spark://HOST:PORT, yarn, k8s://…")
@click.option("--partitions", type=click.IntRange(1), help="Files of OUT.  [default: as Spark splits IN]")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@model_option
def spark(
    source: str, out: str, kind: str | None, source_kind: str | None, text_column: str, top: int, master: str, partitions: int | None,
    force: bool, model_path: Path,
) -> None:  # fmt: skip
    """Classify with Spark.

    IN: Parquet, CSV or JSON lines, on any file system that Spark reads. OUT is a folder of files with the columns of IN and those of the answers. It
    is complete where it holds _SUCCESS. Rows without a text come out with an `error`, and the exit code is then 4.

    \b
    legcause spark complaints.parquet results.parquet
    legcause spark s3a://in/2026/ s3a://out/2026/ --master yarn
    """
    from . import spark as engine
    from .report.terminal import summary

    job = engine.Job(source, out, source_kind, kind, text_column, top, partitions, force)
    result, errors = engine.run(job, master, model_path)
    click.echo(summary(result) + f"\nwritten to {out}", err=True)
    if errors:
        click.echo(f"{errors:,} rows have an error and no answer", err=True)
        sys.exit(4)


@cli.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--format", "kind", type=click.Choice(["text", "jsonl"]), default="text", show_default=True, help="To read, or for a program.")
@click.option("--top", type=click.IntRange(1, 20), default=4, show_default=True, help="Candidates shown.")
@prior_option
@model_option
def explain(text: tuple[str, ...], kind: str, top: int, prior: Path | None, model_path: Path) -> None:
    """Explain the answer to one complaint.

    What was found in the text, the likely causes, the urgency, the words that speak for and against, and advice with its source.

    \b
    legcause explain "calves seize up at 3am since I take the cholesterol pill"
    legcause explain "left calf swollen and warm" --format jsonl
    """
    from .inference.assess import Assessor
    from .inference.explain import explain as explained
    from .inference.model import Model
    from .report.terminal import explanation

    model = Model.load(model_path)
    complaint = " ".join(text)
    record = explained(Assessor(model, read_prior(prior, model.labels)), complaint, top)
    click.echo(json.dumps(record, ensure_ascii=False) if kind == "jsonl" else explanation(record, complaint, model.knowledge))


def _cause_ids(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """For the shell's completion."""
    from .inference.model import Model, default_path

    try:
        return [name for name in Model.load(default_path()).knowledge["causes"] if name.startswith(incomplete)]
    except LegcauseError:
        return []  # a shell that completes has no place for a message


@cli.command()
@click.argument("results", type=click.Path(path_type=Path), metavar="RESULTS")
@click.option("-o", "--output", "out", metavar="OUT", type=click.Path(path_type=Path), help="Page to write.  [default: standard output]")
@click.option("--complaints", "sources", multiple=True, metavar="IN", help="What was classified, to show the texts; more than once for more files.")
@click.option("--text-column", default="text", show_default=True, help="Column of the complaint.")
@click.option("--id-column", help="Column of the id.  [default: id, else the row number]")
@encoding_option
@click.option("--date-column", help="Column of dates (2026-03-31) in the complaints: counts by day.")
@click.option("--rejects", type=click.Path(path_type=Path), metavar="FILE", help="What `classify --rejects` wrote.")
@click.option("--no-text", is_flag=True, help="For sharing: no text of a complaint and no word from one.")
@click.option("--sample", type=click.IntRange(1), default=SAMPLE, show_default=True, help="Complaints in the table at most; counts are of all.")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@prior_option
@model_option
def report(
    results: Path, out: Path | None, sources: tuple[str, ...], text_column: str, id_column: str | None, encoding: str, date_column: str | None,
    rejects: Path | None, no_text: bool, sample: int, force: bool, prior: Path | None, model_path: Path,
) -> None:  # fmt: skip
    """Make one HTML page of the results of a batch.

    RESULTS: what `legcause classify` wrote: .jsonl, .csv or .parquet. Give the same --model and --prior.

    \b
    legcause classify complaints.csv -o results.jsonl
    legcause report results.jsonl --complaints complaints.csv -o report.html
    """
    from .batch.chunk import Columns
    from .batch.output import whole
    from .inference.assess import Assessor
    from .inference.model import Model
    from .report.complaints import Complaints
    from .report.gather import gather
    from .report.page import page

    if date_column and not sources:
        raise click.UsageError("--date-column is a column of the complaints; name their file with --complaints")
    model = Model.load(model_path)
    assessor = Assessor(model, read_prior(prior, model.labels))
    columns = Columns(text_column, id_column or "id", id_required=id_column is not None)
    complaints = Complaints(sources, columns, encoding, date_column) if sources else None
    with whole(out, force) if out else nullcontext() as file:
        gathered = gather(results, complaints, rejects, sample, assessor)
        made = page(results.name, gathered, assessor, texts=not no_text)
        if file is None:
            click.echo(made, nl=False)
        else:
            file.write(made)
    if out:
        click.echo(f"{gathered.counts.rows:,} complaints, {len(gathered.sample.rows):,} of them in the table\nwritten to {out}", err=True)


@cli.command()
@click.argument("cause_id", required=False, metavar="[ID]", shell_complete=_cause_ids)
@click.option("--language", is_flag=True, help="Count findings, phrases and distinct words of each cause.")
@model_option
@knowledge_option
def causes(cause_id: str | None, language: bool, model_path: Path, folder: Path) -> None:
    """Show all causes, or one with its findings and advice.

    \b
    legcause causes
    legcause causes gout
    legcause causes --language
    """
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
        raise InputError(_no_cause(cause_id, knowledge["causes"]))
    else:
        click.echo(terminal.cause(knowledge["causes"][cause_id], knowledge["findings"]))


def complaint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Files of complaints alone, or of results with --complaints; as `batch`."""

    @click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="RESULTS|IN...")
    @click.option("--complaints", multiple=True, type=click.Path(), metavar="IN...", help="Files that RESULTS was made from, in the same order.")
    @click.option("--text-column", default="text", show_default=True, help="Column of the complaint.")
    @click.option("--id-column", help="Column of the id.  [default: id, else the row number]")
    @functools.wraps(command)
    def wrapped(files: tuple[str, ...], complaints: tuple[str, ...], text_column: str, id_column: str | None, **arguments: Any) -> Any:
        from .batch.chunk import Columns
        from .review.judged import Batch

        return command(batch=Batch.of(files, complaints, Columns(text_column, id_column or "id", id_required=id_column is not None)), **arguments)

    return wrapped


@cli.command()
@complaint_options
@click.option("-n", "most", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Words and phrases shown.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["text", "jsonl", "csv"]),
    default="text",
    show_default=True,
    help="To read, for a program, or for a spreadsheet.",
)
@knowledge_option
@model_option
def gaps(batch: Batch, most: int, kind: str, folder: Path, model_path: Path) -> None:
    """Find the words that the model does not know.

    Lists words and phrases of a batch of complaints by how many complaints they may help: those whose answer is in doubt or other. Says which
    finding each may belong to, and in which file to write it.

    \b
    legcause gaps complaints.csv
    legcause gaps results.jsonl --complaints complaints.csv -n 50
    legcause gaps complaints.csv --format csv > gaps.csv
    """
    from .inference.model import Model
    from .knowledge.load import load
    from .review import show
    from .review.gaps import find
    from .review.judged import Judgements
    from .review.language import Language
    from .review.likely import Likely

    model, knowledge = Model.load(model_path), load(folder)
    judgements = Judgements(batch, model)
    found = find(judgements, Language(model, knowledge), Likely(knowledge, folder), most)
    write = {"text": show.gaps_text, "jsonl": show.gaps_jsonl, "csv": show.gaps_csv}[kind]
    click.echo(write(found), nl=kind == "text")
    _note_passed_over(judgements.passed_over)


@cli.command()
@complaint_options
@click.option("-n", "number", type=click.IntRange(1, 2_000), default=50, show_default=True, help="Complaints chosen.")
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), metavar="OUT", help="CSV file to write.  [default: standard output]")
@click.option("--force", is_flag=True, help="Overwrite OUT.")
@model_option
def review(batch: Batch, number: int, out: Path | None, force: bool, model_path: Path) -> None:
    """Choose the complaints that are worth a human look.

    They are in doubt, urgent though in doubt, or in new language, and unlike one another. Fill in the column label in a spreadsheet: `legcause
    causes` lists what can stand there.

    \b
    legcause review results.jsonl --complaints complaints.csv -o review.csv
    legcause review complaints.txt -n 20
    """
    from .batch.output import whole
    from .inference.model import Model
    from .review.choose import choose
    from .review.judged import Judgements
    from .review.show import choices_csv

    model = Model.load(model_path)
    judgements = Judgements(batch, model)
    with whole(out, force) if out else nullcontext() as file:
        found = choose(judgements, model, number)
        if file is None:
            click.echo(choices_csv(found), nl=False)
        else:
            file.write(choices_csv(found).encode("utf-8-sig"))  # spreadsheets read UTF-8 for certain only behind this mark
    _note_passed_over(judgements.passed_over)
    if out:
        click.echo(f"{len(found.chosen):,} of {found.complaints:,} complaints ({found.doubtful:,} in doubt) written to {out}", err=True)
        click.echo(f"Fill in the column label with an id that `legcause causes` lists. {PURPOSE}", err=True)


def _note_passed_over(number: int) -> None:
    if number:
        click.echo(f"passed over, since they have no result: {number:,} complaint{'s' if number > 1 else ''}", err=True)


@cli.command()
@knowledge_option
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), default=DATASET, show_default=True, help="Parquet file to write.")
@click.option("--seed", default=1, show_default=True, help="Another seed, another data set; the same one, the same on every machine.")
@click.option("--rows", type=click.IntRange(1), help="Training rows a cause.  [default: as for the model in models/]")
def generate(folder: Path, out: Path, seed: int, rows: int | None) -> None:
    """Write the labelled data set that the knowledge base describes.

    `make data` does this where the knowledge base has changed.

    \b
    legcause generate
    legcause generate --rows 100 --seed 2 -o small.parquet
    """
    from dataclasses import replace

    from .knowledge.load import load
    from .synthesis.dataset import Recipe, write

    recipe = Recipe(seed=seed)
    count = write(load(folder), replace(recipe, rows_per_cause=rows) if rows else recipe, out)
    click.echo(f"{count:,} complaints written to {out}", err=True)


data_option = click.option("--data", type=click.Path(path_type=Path), default=DATASET, show_default=True, help="The data set of `generate`.")
challenge_option = click.option(
    "--challenge", type=click.Path(path_type=Path), default=CHALLENGE, show_default=True, help="Folder of complaints that are for testing alone."
)


@cli.command()
@knowledge_option
@data_option
@challenge_option
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), default=MODELS, show_default=True, help="Folder of the model.")
@click.option(
    "--labelled", type=click.Path(path_type=Path), multiple=True, metavar="FILE", help=".csv or .jsonl with text and label, to train on too."
)
@click.option("--force", is_flag=True, help="Replace the old model even by a worse one.")
def train(folder: Path, data: Path, challenge: Path, out: Path, labelled: tuple[Path, ...], force: bool) -> None:
    """Fit, calibrate, evaluate and compile the model.

    A model that does worse than the old one on the challenge set, beyond noise, or loses a red flag, is written beside it and exits 1.

    \b
    legcause train
    legcause train --labelled review.csv
    """
    from .training.train import train as run

    for line in run(folder, data, challenge, out, labelled, force):
        click.echo(line, err=True)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--format", "kind", type=click.Choice(["text", "json"]), default="text", show_default=True, help="To read, or for a program.")
@click.option("--cross-validate", is_flag=True, help="Score complaints that are trained on: each by a model trained without it.")
@click.option("--page", type=click.Path(path_type=Path), metavar="FOLDER", help="Write report.html and its pictures there, too.")
@knowledge_option
@data_option
@challenge_option
@prior_option
@model_option
def evaluate(
    files: tuple[Path, ...], kind: str, cross_validate: bool, page: Path | None, folder: Path, data: Path, challenge: Path, prior: Path | None,
    model_path: Path,
) -> None:  # fmt: skip
    """Score the model on labelled complaints.

    FILE: .csv or .jsonl with a text and a label (or labels, the best first). A file of pairs (a, b, labels_a, labels_b) is scored as suites, one of
    texts with their flags as red flags. --knowledge, --data and --challenge serve --cross-validate, which trains models of its own.

    \b
    legcause evaluate labelled.csv
    legcause evaluate review.csv --cross-validate
    """
    from .training import report

    if cross_validate:
        from .training import crossval

        found = crossval.evaluate(folder, data, challenge, files)
        click.echo(json.dumps(found, indent=2, ensure_ascii=False) if kind == "json" else "\n".join(crossval.report(found)))
        return
    from .inference.assess import Assessor
    from .inference.model import Model

    model = Model.load(model_path)
    assessor = Assessor(model, read_prior(prior, model.labels))
    results = {str(path): report.evaluate_file(assessor, path) for path in files}
    click.echo(json.dumps(results, indent=2) if kind == "json" else "\n".join(line for name, r in results.items() for line in report.lines(name, r)))
    if page:
        from .training.page import write

        write(page, model, results)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that lets a shell complete commands.

    \b
    legcause completion bash >> ~/.bashrc
    legcause completion zsh >> ~/.zshrc
    legcause completion fish > ~/.config/fish/completions/legcause.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this version of click completes nothing for {shell}; update click")
    click.echo(kind(cli, {}, "legcause", "_LEGCAUSE_COMPLETE").source())
