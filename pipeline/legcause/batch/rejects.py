"""What happens to rows that cannot be read: they are set aside and counted, or end the batch."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import IO

from ..errors import InputError
from .chunk import Chunk

NAMED = 5  # rejects that are shown where they are written nowhere


@dataclass(frozen=True, slots=True)
class Policy:
    """`stop`: the first reject ends the batch. `most`: so does the one after that many."""

    stop: bool = False
    most: int | None = None
    with_text: bool = False


@dataclass
class Rejects:
    """Takes each chunk's rejects in their order. `file` gets them as JSON Lines; without one the first few are kept in `named`."""

    policy: Policy
    file: IO[bytes] | None = None
    count: int = 0
    named: list[str] = field(default_factory=list)
    _rows: Counter[str] = field(default_factory=Counter)
    _source: str | None = None
    _first: str = ""

    def take(self, chunk: Chunk) -> None:
        """Raises InputError where the batch must not go on."""
        if chunk.source != self._source:
            self.end_source()
            self._source = chunk.source
        self._rows.update(good=len(chunk), bad=len(chunk.rejects))
        for reject in chunk.rejects:
            self.count += 1
            if self.policy.stop:
                raise InputError(str(reject))
            if self.policy.most is not None and self.count > self.policy.most:
                raise InputError(f"{reject} (and {self.policy.most} rejects before it, which is as many as --max-errors allows)")
            self._first = self._first or str(reject)
            if self.file is None and len(self.named) < NAMED:
                self.named.append(str(reject))
            if self.file is not None:
                record = {"source": reject.source, "row": reject.row, "id": reject.id, "reason": reject.reason}
                record |= {"text": reject.text} if self.policy.with_text else {}
                self.file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")

    def end_source(self) -> None:
        """Raises InputError where no row of the source could be read and the rejects are written nowhere: then it is not what it was taken for."""
        if self.file is None and self._rows["bad"] and not self._rows["good"]:
            raise InputError(self._first)
        self._rows.clear()
        self._first = ""
