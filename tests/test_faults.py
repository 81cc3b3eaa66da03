"""Kills, full disks, missing memory: nothing half-made gets a name, and the same command goes on."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from legcause.batch.classify import Request, classify
from legcause.errors import OutputError
from legcause.inference.model import Model, default_path

from .conftest import ROOT, legcause

EXAMPLES = ROOT / "examples" / "complaints.txt"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals, limits and /proc of Linux")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 complaints: 30 chunks, 8 parts."""
    path = tmp_path_factory.mktemp("source") / "in.txt"
    path.write_text(EXAMPLES.read_text() * 50)
    return path


@pytest.fixture(scope="module")
def whole(source: Path) -> dict[str, bytes]:
    """Format → what a run that nobody disturbs writes."""
    out = {}
    for kind in ("csv", "parquet"):
        path = source.with_name(f"whole.{kind}")
        assert small(source, "-o", path).wait() == 0
        out[kind] = path.read_bytes()
    return out


def small(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
    """`classify` in chunks of 20 complaints."""
    command = [sys.executable, "-m", "tests.small_chunks", "classify", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload,no-any-return]


def reached(process: subprocess.Popen[bytes], path: Path, pattern: str) -> bool:
    """Waits until a file of that pattern is there; False where the process ended before."""
    while process.poll() is None:
        if path.is_dir() and any(path.glob(pattern)):
            return True
        time.sleep(0.001)
    return False


def children(process: subprocess.Popen[bytes]) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


@pytest.mark.parametrize(("kind", "jobs"), [("csv", 2), ("parquet", 1)])
def test_a_batch_that_is_killed_again_and_again_ends_with_the_same_bytes(
    kind: str, jobs: int, source: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    chance, out = random.Random(7), tmp_path / f"out.{kind}"
    for number in (1, 4, 8):
        process = small(source, "-o", out, "--resume", "--jobs", jobs)
        if reached(process, tmp_path / f"out.{kind}.partial", f"{number:06}.json"):
            time.sleep(chance.random() / 20)
        process.kill()
        process.communicate()
        if out.exists():
            break
    if not out.exists() or out.with_name(out.name + ".partial").exists():
        process = small(source, "-o", out, "--resume", "--jobs", jobs)
        _, said = process.communicate()
        assert process.returncode == 0, said
    assert out.read_bytes() == whole[kind]
    assert [*tmp_path.iterdir()] == [out]


def test_what_is_done_is_not_done_again(source: Path, tmp_path: Path) -> None:
    out, folder = tmp_path / "out.csv", tmp_path / "out.csv.partial"
    process = small(source, "-o", out, "--resume")
    assert reached(process, folder, "000003.json")
    process.kill()
    process.communicate()
    done = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.part") if path.with_suffix(".json").exists()}
    process = small(source, "-o", out, "--resume")
    assert reached(process, folder, f"{len(done) + 1:06}.json")
    process.kill()
    process.communicate()
    assert {name: (folder / name).stat().st_mtime_ns for name in done} == done


@pytest.mark.parametrize("change", ["option", "source", "model"])
def test_another_batch_does_not_go_on_with_the_parts_of_this_one(change: str, source: Path, tmp_path: Path) -> None:
    mine, out = tmp_path / "in.txt", tmp_path / "out.csv"
    mine.write_bytes(source.read_bytes())
    process = small(mine, "-o", out, "--resume")
    assert reached(process, tmp_path / "out.csv.partial", "000001.json")
    process.kill()
    process.communicate()
    more: list[object] = []
    if change == "source":
        mine.write_bytes(source.read_bytes() + b"one more\n")
    elif change == "option":
        more = ["--top", 1]
    else:
        other = tmp_path / "other.safetensors"
        model = Model.load(default_path())
        replace(model, manifest={**model.manifest, "made": "anew"}).save(other)
        more = ["--model", other]
    process = small(mine, "-o", out, "--resume", *more)
    _, said = process.communicate()
    named = {"option": "top", "source": "source", "model": "model"}[change]
    assert process.returncode == 1
    assert said.decode().splitlines() == [
        f"Error: {out}.partial: was begun with another {named}; run that command again, or remove the folder to begin anew"
    ]
    assert not out.exists()


@pytest.mark.parametrize("step", range(10))
def test_a_kill_while_the_files_get_their_names_is_made_up_for(step: int, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, rejects, mine = tmp_path / "out.csv", tmp_path / "bad.jsonl", tmp_path / "in.jsonl"
    mine.write_text('{"text": "legs hurt"}\n{"text": 1}\n')
    request = Request([str(mine)], out, rejects=rejects, resume=True)
    left = step

    def dies(call: Callable[..., object]) -> Callable[..., object]:
        def counted(path: Path, *arguments: object, **options: object) -> object:
            nonlocal left
            if (tmp_path / "out.csv.partial" / "assembled").exists() or left < step:
                if left == 0:
                    raise Killed
                left -= 1
            return call(path, *arguments, **options)

        return counted

    with monkeypatch.context() as patch, contextlib.suppress(Killed):
        for name in ("replace", "unlink", "rmdir"):
            patch.setattr(Path, name, dies(getattr(Path, name)))
        classify(request, model, default_path())
    if not out.exists() or (tmp_path / "out.csv.partial" / "done.json").exists():
        assert classify(request, model, default_path()).summary.rejected == 1
    elif (tmp_path / "out.csv.partial").exists():
        with pytest.raises(OutputError, match="exists already"):
            classify(request, model, default_path())
    assert set(tmp_path.iterdir()) == {mine, out, rejects}
    assert (len(out.read_bytes().splitlines()), len(rejects.read_bytes().splitlines())) == (2, 1)


class Killed(BaseException):
    """Stands for a kill at one step."""


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize(("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_signal_ends_the_batch_in_one_line_and_leaves_nothing(
    number: signal.Signals, code: int, word: str, jobs: int, resume: bool, source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    more = ["--resume"] if resume else []
    process = small(source, "-o", out, "--jobs", jobs, *more, start_new_session=True)
    assert reached(process, tmp_path, "out.csv.partial/000001.json" if resume else ".*.partial")
    os.killpg(process.pid, number)  # as a terminal does it: all processes at once
    shown, said = process.communicate()
    assert (process.returncode, shown, said.decode().strip()) == (code, b"", word)
    assert [path.name for path in tmp_path.iterdir()] == (["out.csv.partial"] if resume else [])


def test_a_worker_that_dies_is_one_line_and_leaves_nothing(source: Path, tmp_path: Path) -> None:
    process = small(source, "-o", tmp_path / "out.csv", "--jobs", 2)
    while process.poll() is None and not children(process):
        time.sleep(0.001)
    os.kill(children(process)[0], signal.SIGKILL)
    _, said = process.communicate()
    assert process.returncode == 1
    assert said.decode().startswith("Error: a worker process died")
    assert len(said.splitlines()) == 1
    assert [*tmp_path.iterdir()] == []


def test_workers_end_with_a_parent_that_is_killed(source: Path, tmp_path: Path) -> None:
    process = small(source, "-o", tmp_path / "out.csv", "--jobs", 2, "--resume")
    assert reached(process, tmp_path / "out.csv.partial", "000001.json")
    workers = children(process)
    process.kill()
    process.communicate()  # ends only when nobody holds its output any more
    assert workers
    assert not any(Path(f"/proc/{pid}/cmdline").exists() and b"small_chunks" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in workers)


@pytest.mark.parametrize("out", ["out.csv", "out.parquet"])
def test_a_file_that_may_not_grow_is_one_line_and_leaves_nothing(out: str, source: Path, tmp_path: Path) -> None:
    process = small(source, "-o", tmp_path / out, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)))
    _, said = process.communicate()
    assert process.returncode == 1
    assert said.decode() == f"Error: {tmp_path / out}: cannot be written: File too large; the largest size allowed is reached (ulimit -f)\n"
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_standard_output_that_is_full_is_one_line(kind: str, source: Path) -> None:
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "legcause", "classify", EXAMPLES, "--format", kind], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert result.returncode == 1
    assert result.stderr.decode() == "Error: standard output: cannot be written: No space left on device; make room there or write elsewhere\n"


@contextlib.contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """A file system of 32 KB, where this process may mount one."""
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("resume", [False, True])
def test_a_full_disk_is_one_line_and_goes_on_when_there_is_room(resume: bool, source: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    more = ["--resume"] if resume else []
    with full_disk(tmp_path):
        process = small(source, "-o", out, *more)
        _, said = process.communicate()
        assert process.returncode == 1
        assert said.decode() == f"Error: {out}: cannot be written: No space left on device; make room there or write elsewhere\n"
        assert [path.name for path in tmp_path.iterdir()] == (["out.csv.partial"] if resume else [])
        if resume:
            subprocess.run(["mount", "-o", "remount,size=4m", tmp_path], check=True)
            assert small(source, "-o", out, *more).wait() == 0
            assert out.read_bytes() == whole["csv"]


def test_a_folder_that_may_not_be_written_to_is_one_line() -> None:
    result = legcause("classify", EXAMPLES, "-o", "/sys/out.csv")
    assert result.returncode == 1
    assert result.stderr.decode().startswith("Error: /sys/out.csv: cannot be written: ")
    assert len(result.stderr.splitlines()) == 1


def test_too_little_memory_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_bytes(b"legs " * 10_000_000)
    limit = 600 * 1024 * 1024
    result = legcause(
        "classify", tmp_path / "long.txt", "-o", tmp_path / "out.csv",
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr.decode().startswith("Error: not enough memory")
    assert len(result.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["long.txt"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_closed_pipe_is_quiet_and_no_failure(kind: str, source: Path) -> None:
    process = small(source, "--format", kind)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait() == 0


def test_two_runs_do_not_write_the_same_parts(source: Path, tmp_path: Path) -> None:
    first = small(source, "-o", tmp_path / "out.csv", "--resume")
    assert reached(first, tmp_path / "out.csv.partial", "000001.json")
    os.kill(first.pid, signal.SIGSTOP)
    second = small(source, "-o", tmp_path / "out.csv", "--resume")
    _, said = second.communicate()
    first.kill()
    first.communicate()
    assert second.returncode == 1
    assert "another run is writing there" in said.decode()


@pytest.mark.parametrize("name", ["manifest.json", "done.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 100_000], ids=["empty", "cut", "list", "nothing", "bytes", "deep"])
def test_parts_whose_notes_are_damaged_are_not_gone_on_with(name: str, content: bytes, model: Model, tmp_path: Path) -> None:
    mine, out, folder = tmp_path / "in.txt", tmp_path / "out.csv", tmp_path / "out.csv.partial"
    mine.write_text("legs hurt\n")
    folder.mkdir()
    (folder / name).write_bytes(content)
    with pytest.raises(OutputError, match="is damaged; remove the folder to begin anew"):
        classify(Request([str(mine)], out, resume=True), model, default_path())
    assert not out.exists()


def test_what_a_killed_run_left_goes_with_the_next(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    process = small(source, "-o", out)
    assert reached(process, tmp_path, ".*.partial")
    process.kill()
    process.communicate()
    assert not out.exists()
    assert small(source, "-o", out).wait() == 0
    assert [*tmp_path.iterdir()] == [out]


CANARY = "Zqcanary my calf hurts"
WAYS = {
    "rejects": ({"a.csv": f"id,text\n1,{CANARY}, too\n2,{CANARY}\n"}, ["a.csv", "--rejects", "bad.jsonl"]),
    "named rejects": ({"a.jsonl": f'{{"text": "{CANARY}"\n{{"text": "{CANARY}"}}\n'}, ["a.jsonl"]),
    "stopped": ({"a.jsonl": f'{{"text": "{CANARY}", }}\n'}, ["a.jsonl", "--on-error", "stop"]),
    "no header": ({"a.csv": f"{CANARY},x\n"}, ["a.csv"]),
    "open quote": ({"a.csv": f'text\n"{CANARY}\nlegs\n'}, ["a.csv"]),
    "odd fields": ({"a.jsonl": f'{{"{CANARY}": 1}}\n'}, ["a.jsonl"]),
    "wrong encoding": ({"a.txt": f"{CANARY} \udcff\nlegs\n"}, ["a.txt"]),
    "two jobs": ({"a.txt": f"{CANARY}\n"}, ["a.txt", "--jobs", "2"]),
    "resume": ({"a.txt": f"{CANARY}\n"}, ["a.txt", "--resume"]),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_complaint_is_seen_in_messages_rejects_or_files_left_behind(way: str, tmp_path: Path) -> None:
    files, arguments = WAYS[way]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content.encode(errors="surrogateescape"))
    result = legcause("classify", *arguments, "-o", "out.jsonl", cwd=tmp_path, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert b"Zqcanary" not in result.stderr + result.stdout
    for path in tmp_path.rglob("*"):
        assert path.name in files or b"Zqcanary" not in path.read_bytes(), path


def test_the_text_of_rejects_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"id,text\n1,{CANARY}, too\n2,legs\n")
    legcause("classify", "a.csv", "-o", "out.jsonl", "--rejects", "bad.jsonl", "--reject-text", cwd=tmp_path)
    assert json.loads((tmp_path / "bad.jsonl").read_text())["text"] == f"1,{CANARY}, too"


def test_a_fault_of_the_program_is_named_without_its_message(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{CANARY}\n")
    code = (
        "import legcause.batch.answers as answers, sys\nfrom legcause.cli import main\n"
        "def fail(self, chunk): raise KeyError(chunk.complaint(0))\n"
        "answers.Plain.__call__ = fail\nsys.argv = ['legcause', 'classify', *sys.argv[1:]]\nmain()"
    )
    for jobs in ("1", "2"):
        result = subprocess.run([sys.executable, "-c", code, tmp_path / "a.txt", "--jobs", jobs], capture_output=True, text=True, check=False)
        assert result.returncode == 1
        assert result.stderr.startswith("Error: a fault of the program (KeyError")
        assert "Zqcanary" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["classify", str(EXAMPLES), "--jobs", "2"],
        ["classify", str(EXAMPLES.with_suffix(".parquet")), "--format", "parquet"],
        ["explain", "my calf is swollen"],
        ["causes"],
        ["evaluate"],
        ["generate", "--rows", "1", "-o"],
        ["train", "--knowledge", "knowledge", "--data", "data.parquet", "--challenge", "challenge", "-o"],
    ],
    ids=lambda arguments: " ".join(arguments)[:12],
)
def test_every_command_works_where_sockets_are_forbidden(arguments: list[str], tmp_path: Path, trained: Path) -> None:
    folder = trained if arguments[0] == "train" else ROOT
    if arguments[0] == "evaluate":
        arguments = ["evaluate", str(tmp_path / "labelled.csv")]
        (tmp_path / "labelled.csv").write_text("text,label\nmy big toe is red and gouty,gout\nknee hurts,other\n")
    if arguments[-1] == "-o":
        arguments = [*arguments, str(tmp_path / "made.parquet")]  # `train` makes a folder of it
    code = (
        "import os, sys\n"
        "def hook(event, arguments):\n"
        "    if event.startswith('socket.'):\n"
        "        os.write(2, f'{event}\\n'.encode())\n"
        "        raise PermissionError\n"
        "sys.addaudithook(hook)\nfrom legcause.cli import main\nmain()"
    )
    result = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, cwd=folder, check=False)
    assert result.returncode == 0, result.stderr
    # urllib3, which spaCy imports, asks when it is imported whether the machine knows IPv6; it is told no.
    assert {line for line in result.stderr.decode().splitlines() if line.startswith("socket.")} <= {"socket.__new__"}
