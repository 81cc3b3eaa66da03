"""What training works on: the knowledge base, the generated rows, and labelled complaints where there are some."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from ..inference.findings import Finder
from ..inference.flags import Alarm, RedFlags
from ..knowledge.load import load
from ..knowledge.records import Knowledge
from ..synthesis.dataset import TEST_PHRASES, TEST_SHAPES, TRAIN
from ..synthesis.stories import WHOLE
from ..text.lexicon import Lexicon
from .fit import Settings
from .labelled import Chosen, choose, fingerprint, read_labelled

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Material:
    """`rows` split → frame with the columns text, cause, shape; `digest` the SHA-256 of all rows."""

    knowledge: Knowledge
    rows: Mapping[str, pd.DataFrame]
    digest: str
    labelled: Chosen

    @property
    def texts(self) -> list[str]:
        """What is trained on: the generated rows, then the labelled complaints."""
        return [*self.rows[TRAIN]["text"], *(item.text for item in self.labelled.complaints)]

    @property
    def causes(self) -> list[str]:
        """The label of each of `texts`."""
        return [*self.rows[TRAIN]["cause"], *(item.labels[0] for item in self.labelled.complaints)]

    def weights(self, settings: Settings) -> npt.NDArray[np.float64]:
        """For how many rows each of `texts` counts."""
        return np.concatenate([np.ones(len(self.rows[TRAIN])), np.full(len(self.labelled.complaints), settings.labelled_weight)])

    @property
    def calibrating(self) -> pd.DataFrame:
        """Held-out whole complaints: composed rows are vaguer than what people send, and would make the answers too timid."""
        held_out = self.rows[TEST_PHRASES]
        return held_out[held_out["shape"] == WHOLE]

    def harmless(self, settings: Settings) -> list[str]:
        """Generated complaints, evenly drawn, that no rule flags: what else than dangers people write."""
        texts = self.rows[TRAIN]["text"].tolist()
        drawn = texts[:: max(1, len(texts) // settings.danger_rows)]
        knowledge = self.knowledge
        finder = Finder(knowledge.patterns, Lexicon.of(knowledge.lexicon))
        flags = {name: {"urgency": flag.urgency, "when": flag.when, "unless": flag.unless} for name, flag in knowledge.red_flags.items()}
        rules = RedFlags(flags, finder, {name: finding.kind for name, finding in knowledge.findings.items()}, Alarm(0, 0))
        return [text for text in drawn if not rules.by_rules(finder.find(text, rules.among))]

    def manifest(self, settings: Settings) -> dict[str, Any]:
        """What a model made of this material says about it; nothing of labelled complaints where there are none."""
        out: dict[str, Any] = {
            "knowledge": self.knowledge.digest,
            "data": self.digest,
            "rows": {split: len(frame) for split, frame in self.rows.items()},
        }
        if self.labelled.complaints:
            out["labelled"] = {
                "complaints": len(self.labelled.complaints),
                "weight": settings.labelled_weight,
                "sha256": [file.sha256 for file in self.labelled.files],
                "texts": " ".join(sorted(fingerprint(item.text) for item in self.labelled.complaints)),
            }
        return out


def gather(knowledge_folder: Path, data: Path, challenge: Path, labelled: Sequence[Path]) -> Material:
    """Reads and checks all of it. Raises KnowledgeError, InputError."""
    import pandas as pd

    knowledge = load(knowledge_folder)
    if not data.exists():
        raise InputError(f"{data}: there is no data set; write it with `legcause generate` or `make data`")
    table = pd.read_parquet(data, columns=["text", "cause", "shape", "split"])
    rows = {split: table[table["split"] == split] for split in (TRAIN, TEST_PHRASES, TEST_SHAPES)}
    if missing := set(knowledge.labels) - set(rows[TRAIN]["cause"]):
        raise InputError(f"{data}: holds no complaint of {min(missing)!r}; write it anew with `legcause generate` or `make data`")
    files = [read_labelled(path, knowledge.labels) for path in labelled]
    tested = [*rows[TEST_PHRASES]["text"], *rows[TEST_SHAPES]["text"], *test_texts(challenge)] if files else []
    digest = hashlib.sha256(table.to_csv(index=False).encode()).hexdigest()
    return Material(knowledge, rows, digest, choose(files, tested))


def test_texts(challenge: Path) -> Iterator[str]:
    """Every text of the files of a challenge folder."""
    for path in challenge_files(challenge):
        for line in path.read_text(encoding="utf-8-sig").split("\n"):
            if line.strip():
                record = json.loads(line)
                yield from (record[key] for key in ("text", "a", "b") if key in record)


def challenge_files(challenge: Path) -> list[Path]:
    """The labelled files of a challenge folder, in the order of their names."""
    return sorted(challenge.glob("*.jsonl"))


def said(chosen: Chosen) -> Iterator[str]:
    """What became of labelled files, for a reader."""
    if not chosen.files:
        return
    left_out = {"without a label": chosen.unlabelled, "repeated": chosen.doubled, "in the evaluation": len(chosen.tested)}
    rest = ", ".join(f"{n} {why}" for why, n in left_out.items() if n)
    yield f"{len(chosen.complaints)} labelled complaints join the training" + (f"; left out: {rest}" if rest else "")
    for place in chosen.tested:
        yield f"  {place}: (nearly) the same as a complaint of the evaluation, so not trained on"
