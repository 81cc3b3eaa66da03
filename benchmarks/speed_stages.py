"""Where the time of a batch goes: processor seconds of one thread, by stage, as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from legcause.batch import read, write
from legcause.batch.answers import Compiled
from legcause.batch.chunk import Columns
from legcause.inference.assess import Assessor
from legcause.inference.model import Model, default_path


def main(source: str) -> None:
    taken: dict[str, float] = {}

    def timed(stage: str, call: Callable[[], Any]) -> Any:
        began = time.thread_time()
        result = call()
        taken[stage] = taken.get(stage, 0.0) + time.thread_time() - began
        return result

    model = timed("load the model", lambda: Model.load(default_path()))
    answerer = timed("tables of the compiled way", lambda: Compiled(Assessor(model), 1))
    shape = write.Shape("csv", answerer.legend, 1)
    chunks = timed("read", lambda: list(read.read([source], Columns())))
    for chunk in chunks:
        answerer(chunk)  # learns the words that are new
        break
    for chunk in chunks:
        answers = timed("answer", lambda chunk=chunk: answerer(chunk))
        timed("write rows", lambda chunk=chunk, answers=answers: write.encode(answers, chunk.ids, shape, compiled=True))
    print(json.dumps({"rows": sum(map(len, chunks)), "seconds": {stage: round(seconds, 4) for stage, seconds in taken.items()}}))


if __name__ == "__main__":
    main(sys.argv[1])
