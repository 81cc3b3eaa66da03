"""Where results go: standard output, a file that appears whole or not at all, or parts beside it from which a killed batch goes on."""

from __future__ import annotations

import errno
import glob
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from ..errors import OutputError
from ..knowledge.shape import misfit
from . import write
from .summary import SUMMARY, Summary
from .write import GROUP, Shape

_HEAD = 64 * 1024


class Store(Protocol):
    """Takes the rows of chunks in their order. `done` chunks are kept from an earlier run and are not asked for again."""

    done: int
    before: Summary

    def add(self, rows: bytes, summary: Summary) -> None: ...


class _Stdout(io.FileIO):
    """Standard output without a buffer that would be written once more when the program ends."""

    def write(self, data: Any, /) -> int:
        left = memoryview(data).cast("B")
        while left:
            left = left[super().write(left) :]
        return memoryview(data).nbytes


class Direct:
    """Straight into a file."""

    def __init__(self, file: write.File) -> None:
        self.file, self.done, self.before = file, 0, Summary()

    def add(self, rows: bytes, summary: Summary) -> None:
        self.file.write(rows)


@contextmanager
def standard_output(shape: Shape) -> Iterator[Store]:
    """Rows go out as they come. Raises OutputError; BrokenPipeError where the reader has gone."""
    try:
        with _Stdout(sys.stdout.fileno(), "wb", closefd=False) as binary:
            file = write.file(binary, shape)
            yield Direct(file)
            file.close()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output: {cannot(error)}") from error


@contextmanager
def whole(out: Path, force: bool) -> Iterator[IO[bytes]]:
    """A file that gets its name only when all has been written and lies on the disk. What a killed run left is taken away.

    Raises OutputError."""
    free(out, force)
    try:
        for old in out.parent.glob(f".{glob.escape(out.name)}.*.partial"):
            _remove_if_dead(old)
        partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
        try:
            with partial.open("xb") as file:
                _lock(file)
                yield file
                file.flush()
                os.fsync(file.fileno())
            place(partial, out)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{out}: {cannot(error)}") from error


def free(out: Path, force: bool) -> None:
    """Raises OutputError where `out` exists and may not be replaced."""
    if out.exists() and not out.is_file():
        raise OutputError(f"{out}: is no file that could be replaced; write elsewhere")
    if out.exists() and not force:
        raise OutputError(f"{out}: exists already; write elsewhere or add --force")


def cannot(error: OSError) -> str:
    """What is wrong with writing, and what helps."""
    cures = {
        errno.ENOSPC: "; make room there or write elsewhere", errno.EDQUOT: "; make room there or write elsewhere",
        errno.EFBIG: "; the largest size allowed is reached (ulimit -f)", errno.EROFS: "; write elsewhere",
        errno.EACCES: "; write elsewhere or ask for the right to", errno.EPERM: "; write elsewhere or ask for the right to",
        errno.ENOENT: "; make its folder first",
    }  # fmt: skip
    return f"cannot be written: {error.strerror or error}{cures.get(error.errno or 0, '')}"


def place(partial: Path, out: Path) -> None:
    """Gives a finished file its name, for good: the folder is written to the disk, too."""
    partial.replace(out)
    _sync_folder(out.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _lock(file: IO[bytes]) -> bool:
    """Whether this process alone holds the file now. The system lets go of it when the process dies, however it dies."""
    try:
        import fcntl
    except ImportError:  # Windows refuses to delete what is open
        return True
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # unlike flock, not handed on to worker processes
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _remove_if_dead(old: Path) -> None:
    try:
        with old.open("r+b") as file:
            if not _lock(file):
                return
        old.unlink()
    except OSError:
        pass


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def described(source: str) -> dict[str, Any]:
    """What tells a source from another or a later state of it: size, time of change, and the hash of its first 64 KB."""
    path = Path(source)
    if path.is_dir():
        letters = [(p.name, s.st_size, s.st_mtime_ns) for p in sorted(path.glob("*.txt")) if (s := _stat(p))]
        return {"path": str(path.resolve()), "files": len(letters), "hash": hashlib.sha256(repr(letters).encode()).hexdigest()}
    info = path.stat()
    with path.open("rb") as file:
        head = hashlib.sha256(file.read(_HEAD)).hexdigest()
    return {"path": str(path.resolve()), "size": info.st_size, "changed": info.st_mtime_ns, "hash": head}


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


class Parts:
    """The folder OUT.partial: `manifest.json`, what the batch is of; `000001.part`, the rows of GROUP chunks each, with what came out of them
    in `000001.json`, which is written last; `assembled`, the whole file before it gets its name; `done.json`, written once that is complete."""

    def __init__(self, names: Sequence[Path], manifest: Mapping[str, Any], force: bool) -> None:
        self.names, self.folder = names, names[0].with_name(names[0].name + ".partial")
        self.done, self.before = 0, Summary()
        self.finished: Summary | None = None
        self._rows: list[bytes] = []
        self._summary = Summary()
        self._parts = 0
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()  # killed just before the end
        if not (self.folder / "done.json").exists():
            for name in names:  # later one of them may have been given already
                free(name, force)
        self.folder.mkdir(exist_ok=True)
        self._held = (self.folder / "lock").open("wb")
        if not _lock(self._held):
            raise OutputError(f"{self.folder}: another run is writing there; wait for it")
        self._begin(json.loads(json.dumps(manifest)))

    def _begin(self, manifest: dict[str, Any]) -> None:
        known, over = self.folder / "manifest.json", self.folder / "done.json"
        for left in self.folder.glob("*.new"):
            left.unlink()
        if not known.exists() and not over.exists():
            self._write(known, json.dumps(manifest, indent=1).encode())
            return
        found = self._load(known, {}) if known.exists() else manifest  # the clearing up was killed
        for name, value in manifest.items():
            if found.get(name) != value:
                cure = "run that command again, or remove the folder to begin anew"
                raise OutputError(f"{self.folder}: was begun with another {name.replace('_', ' ')}; {cure}")
        if over.exists():
            self.finished = Summary.from_record(self._load(over, SUMMARY))
            return
        while (note := self._name(self._parts + 1, "json")).exists():
            self.before.add(Summary.from_record(self._load(note, SUMMARY)))
            self._parts += 1
        self.done = self._parts * GROUP

    def _load(self, path: Path, shape: Mapping[str, Any]) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            content = {}
        if not content or misfit(content, shape):
            raise OutputError(f"{path}: is damaged; remove the folder to begin anew")
        return content

    def _name(self, number: int, ending: str) -> Path:
        return self.folder / f"{number:06}.{ending}"

    def _write(self, path: Path, content: bytes) -> None:
        new = path.with_name(path.name + ".new")
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        place(new, path)

    def add(self, rows: bytes, summary: Summary) -> None:
        self._rows.append(rows)
        self._summary.add(summary)
        if len(self._rows) == GROUP:
            self._flush()

    def _flush(self) -> None:
        self._parts += 1
        self._write(self._name(self._parts, "part"), b"".join(self._rows))
        self._write(self._name(self._parts, "json"), json.dumps(self._summary.record()).encode())
        self._rows, self._summary = [], Summary()

    def assemble(self, shape: Shape, summary: Summary) -> None:
        """The parts become one file; from here on only its name is missing."""
        if self._rows:
            self._flush()
        with (self.folder / "assembled").open("wb") as binary:
            file = write.file(binary, shape)
            for number in range(1, self._parts + 1):
                file.write(self._name(number, "part").read_bytes())
            file.close()
            binary.flush()
            os.fsync(binary.fileno())
        self._write(self.folder / "done.json", json.dumps(summary.record()).encode())

    def finish(self) -> None:
        """The files get their names, the rejects first; the folder goes. Begins again where it was stopped."""
        for made, name in reversed([*zip(("assembled", "rejects"), self.names, strict=False)]):
            if (self.folder / made).exists():
                place(self.folder / made, name)
        last = {"manifest.json", "done.json", "lock"}
        for path in sorted(self.folder.iterdir(), key=lambda p: (p.name in last, p.name == "done.json", p.name)):
            path.unlink()
        self._held.close()
        self.folder.rmdir()

    def close(self) -> None:
        """Lets go of the folder, with what is in it."""
        self._held.close()


@contextmanager
def resumable(names: Sequence[Path], manifest: Mapping[str, Any], force: bool) -> Iterator[Parts]:
    """The parts of the results, `names[0]`, and the rejects, `names[1]` where they are asked for.

    Those of an earlier run of the same batch are among them; they stay where it fails. Raises OutputError."""
    try:
        with ExitStack() as stack:
            parts = Parts(names, manifest, force)
            stack.callback(parts.close)
            yield parts
    except OSError as error:
        raise OutputError(f"{names[0]}: {cannot(error)}") from error
