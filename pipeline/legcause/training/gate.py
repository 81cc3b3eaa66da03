"""The gate: whether a new model may take the place of the old one, and what changed between the two.

Both answer the same test complaints, so what counts is where they differ: of n complaints that one alone gets right, an equally good model would
lose as many as it wins (McNemar's test, exact and one-sided: Binomial(n, 1/2)). Nothing of red flags is left to chance: one lost is one too many."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..inference.assess import Assessor
from ..inference.model import Model
from .material import challenge_files
from .report import kind_of, records

# A loss this improbable for an equally good model is no noise. The suites are many, so among them Holm's correction (1979) keeps this the chance
# that any of them is called worse in error.
NOISE = 0.05
# So many examples of what got worse are printed; all flips are in change.json. They are named by their id, not by their words: who edits the
# knowledge base should not come to know the test by heart.
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says to one row of the evaluation. `group`: the measure that the row counts for; `truth` and `said` are to be read."""

    group: str
    id: str
    cause: str
    truth: str
    said: str
    right: bool
    flags: tuple[str, ...] = ()  # of the flags that the row must raise, those that are raised


@dataclass(frozen=True, slots=True)
class Measure:
    """One comparison: right answers of `of`; `lost` and `won` are the rows that only the old or only the new model gets right."""

    of: int
    old: int
    new: int
    lost: int
    won: int
    chance: float  # that an equally good model loses at least so many of the rows on which the two differ
    worse: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What changed from the old model to the new one. `flips`: every row whose being right or wrong changed, or whose flags did."""

    measures: Mapping[str, Measure]
    causes: Mapping[str, Measure]
    flags_lost: tuple[Mapping[str, str], ...]
    flips: tuple[Mapping[str, Any], ...]

    @property
    def refused(self) -> bool:
        return bool(self.flags_lost) or any(measure.worse for measure in self.measures.values())

    def record(self) -> dict[str, Any]:
        """As data."""
        return asdict(self) | {"refused": self.refused}


def compare(old: Model, new: Model, challenge: Path) -> Change:
    """Both models on all files of the challenge folder."""
    before, after = (list(_answers(model, challenge)) for model in (old, new))
    pairs = list(zip(before, after, strict=True))
    groups: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    causes: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for a, b in pairs:
        groups[a.group].append((a.right, b.right))
        if "/" in a.group:
            groups[a.group.split("/")[0]].append((a.right, b.right))
        if a.cause:
            causes[a.cause].append((a.right, b.right))
    measures = {name: _measure(held) for name, held in sorted(groups.items())}
    fallen = _holm({name: m.chance for name, m in measures.items() if "/" in name})
    fallen |= {name for name, m in measures.items() if "/" not in name and m.chance < NOISE}
    return Change(
        measures={name: _marked(m, name in fallen) for name, m in measures.items()},
        causes={name: _measure(held) for name, held in sorted(causes.items())},
        flags_lost=tuple({"id": a.id, "flag": flag} for a, b in pairs for flag in a.flags if flag not in b.flags),
        flips=tuple(
            {
                "measure": a.group,
                "id": a.id,
                "truth": a.truth,
                "old": a.said,
                "new": b.said,
                "better": (b.right, len(b.flags)) > (a.right, len(a.flags)),
            }
            for a, b in pairs
            if a.right != b.right or a.flags != b.flags
        ),
    )


def _answers(model: Model, challenge: Path) -> Iterator[Answer]:
    """The model's answers to all rows, file by file."""
    assessor = Assessor(model)

    def best(text: str) -> str:
        return model.labels[int(assessor.scorer.probabilities(text).argmax())]

    for path in challenge_files(challenge):
        kind = kind_of(path)
        if kind == "pairs":
            for _, row in records(path):
                a, b = best(row["a"]), best(row["b"])
                holds = a == b if row["kind"] == "invariance" else a in row["labels_a"] and b in row["labels_b"]
                truth = "the same" if row["kind"] == "invariance" else f"{row['labels_a'][0]} | {row['labels_b'][0]}"
                yield Answer(f"{row['kind']}/{row['suite']}", str(row["id"]), "", truth, f"{a} | {b}", holds)
        elif kind == "flags":
            for _, row in records(path):
                raised, expected = assessor.raised(row["text"]), row["flags"]
                right = expected[0] in raised if expected else not raised
                ruled = assessor.flags.by_rules(assessor.finder.find(row["text"], assessor.flags.among))
                there = tuple(flag for flag in expected if flag in ruled)
                group = "red flags raised" if expected else "look-alikes left quiet"
                yield Answer(group, str(row["id"]), "", ", ".join(expected) or "none", ", ".join(raised) or "none", right, there)
        elif kind == "complaints":
            # Labels that the model does not know are wrong answers, not errors: a cause may be new.
            for number, row in records(path):
                labels = row.get("labels") or [row["label"]]
                said = best(row["text"])
                yield Answer("complaints", str(row.get("id", f"{path.name}, line {number}")), labels[0], labels[0], said, said in labels)


def _measure(held: Sequence[tuple[bool, bool]]) -> Measure:
    lost, won = sum(a and not b for a, b in held), sum(b and not a for a, b in held)
    return Measure(len(held), sum(a for a, _ in held), sum(b for _, b in held), lost, won, chance(lost, won), worse=False)


def _marked(measure: Measure, worse: bool) -> Measure:
    return Measure(measure.of, measure.old, measure.new, measure.lost, measure.won, measure.chance, worse)


def chance(lost: int, won: int) -> float:
    """The chance that at least `lost` of `lost + won` fair coins show heads."""
    n = lost + won
    return float(sum(math.comb(n, k) for k in range(lost, n + 1)) / 2**n)


def _holm(chances: Mapping[str, float]) -> set[str]:
    """The names whose chance is too small for noise, all taken together."""
    out: set[str] = set()
    for i, (name, p) in enumerate(sorted(chances.items(), key=lambda item: (item[1], item[0]))):
        if p >= NOISE / (len(chances) - i):
            break
        out.add(name)
    return out


def lines(change: Change) -> Iterator[str]:
    """The change for a reader: measures first, then causes and answers that flipped, then what forbids the new model."""
    yield "# change against the model that was there"
    for name, m in change.measures.items():
        if "/" not in name or m.lost or m.won:
            yield f"{name:<36} {m.old} → {m.new} of {m.of} ({m.won} won, {m.lost} lost)" + (f"  WORSE, chance {m.chance:.3f}" if m.worse else "")
    moved = [f"{name} {m.new - m.old:+d}" for name, m in change.causes.items() if m.new != m.old]
    yield f"{'causes':<36} " + (", ".join(moved) or "as they were")
    yield f"{'answers that flipped':<36} {sum(f['better'] for f in change.flips)} to right, {sum(not f['better'] for f in change.flips)} to wrong"
    for lost in change.flags_lost[:EXAMPLES]:
        yield f"  {lost['id']}: no longer raises {lost['flag']}"
    bad = [f for f in change.flips if not f["better"]]
    for flip in sorted(bad, key=lambda f: not change.measures[f["measure"]].worse)[:EXAMPLES]:
        yield f"  {flip['measure']}, {flip['id']}: should be {flip['truth']}; was {flip['old']}, now {flip['new']}"


def reasons(change: Change) -> str:
    """Why the new model is refused."""
    out = [
        f"{name} fell from {m.old} to {m.new} of {m.of} ({m.lost} lost, {m.won} won; by chance once in {1 / m.chance:.0f})"
        for name, m in change.measures.items()
        if m.worse
    ]
    if change.flags_lost:
        flags = sorted({lost["flag"] for lost in change.flags_lost})
        out.append(f"{len(change.flags_lost)} red flags are lost ({', '.join(flags)})")
    return "; ".join(out)
