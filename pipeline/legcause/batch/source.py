"""One source of bytes: decompressed, as UTF-8 without a byte order mark."""

from __future__ import annotations

import codecs
import os
import stat
from typing import IO, Any, Protocol

from ..errors import InputError

COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Readable(Protocol):
    def read(self, size: int, /) -> Any: ...


class Source:
    """The content of an open, unbuffered file or pipe. `encoding` is what it turned out to be: a byte order mark says more than what was asked.

    What is not in that encoding comes out as bytes that are not UTF-8, so that only its own row is rejected. `start` is the offset of the
    first byte behind the mark. Raises InputError for UTF-16 that was not asked for."""

    def __init__(self, file: IO[bytes], name: str, encoding: str = "utf-8") -> None:
        self.name, self._file = name, file
        self._before = os.fstat(file.fileno())
        self._head, self.start = b"", 0
        self._bytes: _Readable = file
        kind = COMPRESSED.get(os.path.splitext(name)[1].lower())
        if kind:
            import pyarrow as pa

            self._bytes = pa.CompressedInputStream(file, kind)
        self._head = self._raw(4)
        if self._head.startswith(codecs.BOM_UTF8):
            self._head, self.start, encoding = self._head[3:], 3, "utf-8"
        elif self._head.startswith(_UTF16) and encoding == "utf-8":
            raise InputError(f"{name}: not UTF-8 at byte 0: this is UTF-16; add --encoding utf-16")
        elif self._head.startswith(_UTF16):
            encoding = "utf-16"
        elif encoding == "utf-16":
            encoding = "utf-16-le"  # without a mark it is most likely from Windows
        self.encoding = encoding
        # What cp1252 leaves open becomes half a surrogate pair, which is not UTF-8 when it is written out.
        errors = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)(errors)
        self._left = b""

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end: so that the same content gives the same chunks however it arrives. Raises InputError."""
        first = self._some(size)
        if len(first) in (0, size):
            return first
        parts, left = [first], size - len(first)
        while left and (part := self._some(left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _some(self, size: int) -> bytes:
        if self._decoder is None:
            return self._raw(size)
        while not self._left:
            raw = self._raw(size)
            try:
                self._left = self._decoder.decode(raw, not raw).encode("utf-8", "surrogatepass")
            except UnicodeDecodeError as error:
                raise InputError(f"{self.name}: not {self.encoding}: it ends in the middle of a character; fetch it again") from error
            if not raw:
                break
        out, self._left = self._left[:size], self._left[size:]
        return out

    def _raw(self, size: int) -> bytes:
        if self._head:
            out, self._head = self._head[:size], self._head[size:]
            return out
        try:
            part: bytes = self._bytes.read(size)
        except OSError as error:
            if error.errno is not None:
                raise
            at = f"near byte {self.taken()} of the compressed file"
            raise InputError(f"{self.name}: cut off or damaged {at}; fetch it again") from error
        return part

    def taken(self) -> int:
        """How many bytes of the file have been read; 0 for a pipe."""
        return self._file.tell() if stat.S_ISREG(self._before.st_mode) else 0

    def unchanged(self) -> None:
        """Raises InputError where the file was written to while it was read: rows may be missing or cut in two."""
        now = os.fstat(self._file.fileno())
        if stat.S_ISREG(now.st_mode) and (now.st_size, now.st_mtime_ns) != (self._before.st_size, self._before.st_mtime_ns):
            raise InputError(f"{self.name}: changed while it was read; wait until it is written, or copy it and classify the copy")
