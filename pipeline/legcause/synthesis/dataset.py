"""The labelled data set: how many rows of what, and their split."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..knowledge.records import OTHER, Knowledge
from .stories import WHOLE_SHARE, WHOLE_SHARE_OTHER, Story, Storyteller, held_out_lines, training_lines

TRAIN, TEST_PHRASES, TEST_SHAPES = "train", "test_phrases", "test_shapes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to generate. `balance` "even": every cause alike, `other` `other_factor` times as often, since it is many things at once."""

    seed: int = 1
    rows_per_cause: int = 5000
    other_factor: int = 8
    test_rows_per_cause: int = 100
    held_out_share: float = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """A story, its split, and the seed that makes it again."""

    story: Story
    split: str
    seed: str


def rows(knowledge: Knowledge, recipe: Recipe) -> Iterator[Row]:
    """All rows of the data set, label by label, without two alike. The same for the same knowledge base and recipe on any machine."""
    shapes = knowledge.stories["shape"]
    known = [s for s in shapes if not s.get("held_out")]
    new = [s for s in shapes if s.get("held_out")]
    teller = Storyteller(knowledge, training_lines(recipe.held_out_share))
    stranger = Storyteller(knowledge, held_out_lines(recipe.held_out_share))
    seen: set[str] = set()
    for label in knowledge.labels:
        factor = recipe.other_factor if label == OTHER else 1
        plan = (
            (TRAIN, recipe.rows_per_cause * factor, teller, known, WHOLE_SHARE_OTHER if label == OTHER else WHOLE_SHARE),
            (TEST_PHRASES, recipe.test_rows_per_cause * factor, stranger, known, 0.5),
            (TEST_SHAPES, recipe.test_rows_per_cause, teller, new, 0.0),
        )
        for split, count, storyteller, choices, whole_share in plan:
            weights = [shape["weight"] for shape in choices]
            for i in range(count):
                seed = f"{recipe.seed}/{split}/{label}/{i}"
                rng = random.Random(seed)
                story = storyteller.whole(label, rng) if rng.random() < whole_share else None
                story = story or storyteller.composed(label, rng.choices(choices, weights=weights)[0], rng)
                if story and story.text not in seen:
                    seen.add(story.text)
                    yield Row(story, split, seed)


def write(knowledge: Knowledge, recipe: Recipe, path: Path) -> int:
    """Writes the data set as Parquet; returns the number of rows. The bytes depend on the knowledge base, the recipe and pyarrow's version."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = list(rows(knowledge, recipe))
    table = pa.table(
        {
            "text": [r.story.text for r in made],
            "cause": [r.story.cause for r in made],
            "findings": pa.array(
                [[{"finding": f, "status": str(s)} for f, s in r.story.findings] for r in made],
                pa.list_(pa.struct([("finding", pa.string()), ("status", pa.string())])),
            ),
            "shape": [r.story.shape for r in made],
            "register": [r.story.register for r in made],
            "split": [r.split for r in made],
            "seed": [r.seed for r in made],
        }
    ).replace_schema_metadata({"knowledge": knowledge.digest, "recipe": repr(recipe)})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    pq.write_table(table, partial, compression="zstd")
    partial.replace(path)
    return len(made)
