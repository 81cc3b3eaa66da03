"""Files that save making something anew: machine code and tables. In the user's cache, else beside the program, else nowhere.

Whoever can write there can write the program, too: what is read is checked for damage, not for malice."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from .. import __version__

# So many files of an ending are kept: those of the last few versions, models and processors.
_MOST = {".code": 40, ".tables": 5}
_CHECK = 4  # bytes of the checksum that the content stands behind


def name(what: str, ending: str, *depends_on: str) -> str:
    """The name of a file whose content depends on the strings, and on the program."""
    digest = hashlib.sha256("\n".join((_program(), *depends_on)).encode()).hexdigest()
    return f"{what}-{digest[:32]}{ending}"


def read(name: str) -> bytes | None:
    """What was kept under the name, or None."""
    for folder in _folders():
        with suppress(OSError):
            raw = (folder / name).read_bytes()
            if len(raw) > _CHECK and int.from_bytes(raw[:_CHECK], "little") == zlib.crc32(memoryview(raw)[_CHECK:]):
                return raw[_CHECK:]
    return None


def keep(name: str, content: bytes) -> None:
    """Keeps it where that is possible; the file appears whole or not at all."""
    for folder in _folders():
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(suffix=".partial", dir=folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(zlib.crc32(content).to_bytes(_CHECK, "little") + content)
                Path(partial).replace(folder / name)
            finally:
                Path(partial).unlink(missing_ok=True)
            _forget_oldest(folder, Path(name).suffix)
            return


def _forget_oldest(folder: Path, ending: str) -> None:
    for path in sorted(folder.glob(f"*{ending}"), key=lambda path: path.stat().st_mtime)[: -_MOST[ending]]:
        path.unlink(missing_ok=True)


def _folders() -> Iterator[Path]:
    with suppress(RuntimeError):  # nobody's home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "legcause"
    yield Path(__file__).parent / "__pycache__"


@lru_cache(maxsize=1)
def _program() -> str:
    """Of everything that tables and kernels are made by."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256(__version__.encode())
    for folder in ("compiled", "inference", "knowledge", "text"):
        for path in sorted((package / folder).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
