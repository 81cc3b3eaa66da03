"""Complaints that a person has labelled: reading them, checking them, and choosing those that may join the training."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError

# Two complaints are nearly the same where at least half of all their runs of three words are in both: a changed name or a corrected slip leaves
# more of them, two people's words for the same trouble never came near it (the closest of 30 new ones to 2,700 test complaints had 0.08).
RUN, ALIKE = 3, 0.5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A complaint, its acceptable labels, the best first, and the line of its file that it ends on (from 1)."""

    text: str
    labels: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """What a labelled file holds; `unlabelled` counts its rows whose label is empty. `sha256` is that of its bytes."""

    path: Path
    sha256: str
    complaints: tuple[Labelled, ...]
    unlabelled: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The labelled complaints that may be trained on, and what became of the others.

    `doubled` counts repetitions; `tested` names the places of those that are, or nearly are, complaints of the evaluation."""

    complaints: tuple[Labelled, ...]
    files: tuple[LabelledFile, ...]
    doubled: int
    tested: tuple[str, ...]

    @property
    def unlabelled(self) -> int:
        return sum(file.unlabelled for file in self.files)


def read_labelled(path: Path, known: Sequence[str]) -> LabelledFile:
    """A CSV or JSON Lines file with a text and a `label` or `labels` (JSON list; in CSV separated by `;`); an empty label is skipped and counted.

    Raises InputError naming file, line and cure."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file") from error
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text; save it as UTF-8") from error
    out, unlabelled = [], 0
    for number, record in _records(path, text):
        complaint, labels = record.get("text"), record.get("labels") or record.get("label")
        if isinstance(labels, str):
            labels = [part.strip() for part in labels.split(";") if part.strip()]
        if not isinstance(complaint, str) or not isinstance(labels or [], list) or not {"label", "labels"} & set(record):
            raise InputError(f"{path}, line {number}: needs a text and a label; name the columns text and label (or labels)")
        if not labels:
            unlabelled += 1
            continue
        for label in labels:
            if label not in known:
                near = difflib.get_close_matches(str(label).lower().replace(" ", "_"), known, n=1)
                cure = f"did you mean {near[0]!r}?" if near else "`legcause causes` lists them"
                raise InputError(f"{path}, line {number}: there is no cause {label!r}; {cure}")
        out.append(Labelled(complaint, tuple(labels), number))
    if not out:
        raise InputError(f"{path}: holds no labelled complaints; fill in the column label")
    return LabelledFile(path, hashlib.sha256(raw).hexdigest(), tuple(out), unlabelled)


def _records(path: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if path.suffix == ".csv":
        reader = csv.DictReader(io.StringIO(text, newline=""))
        try:
            for record in reader:
                yield reader.line_num, record
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.line_num}: not valid CSV ({error}); a quote may not be closed") from error
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                record = json.loads(line)
            except ValueError as error:
                raise InputError(f"{path}, line {number}: not JSON; write one object a line") from error
            if not isinstance(record, dict):
                raise InputError(f'{path}, line {number}: not a JSON object; write {{"text": …, "label": …}}')
            yield number, record


def choose(files: Sequence[LabelledFile], tested: Iterable[str]) -> Chosen:
    """Leaves out repetitions and whatever is (nearly) one of the `tested` texts.

    Raises InputError where the same text has two labels, naming every place."""
    places: dict[str, list[tuple[str, Labelled]]] = defaultdict(list)
    for file in files:
        for item in file.complaints:
            places[normal(item.text)].append((f"{file.path}, line {item.line}", item))
    fights = [group for group in places.values() if len({item.labels[0] for _, item in group}) > 1]
    if fights:
        listed = "; ".join(" but ".join(f"{place} says {item.labels[0]}" for place, item in group) for group in fights[:10])
        more = f"; and {len(fights) - 10} more" if len(fights) > 10 else ""
        raise InputError(f"the same complaint has different labels: {listed}{more}; give each complaint one label")
    first = [group[0] for group in places.values()]
    evaluation = Alike(tested)
    out = {place for place, item in first if item.text in evaluation}
    return Chosen(
        complaints=tuple(item for place, item in first if place not in out),
        files=tuple(files),
        doubled=sum(len(group) - 1 for group in places.values()),
        tested=tuple(place for place, _ in first if place in out),
    )


class Alike:
    """`text in Alike(texts)`: whether it is, or nearly is, one of the texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._whole: set[str] = set()
        self._sizes: list[int] = []
        self._where: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for text in texts:
            self._whole.add(normal(text))
            runs = _runs(text)
            for run in runs:
                self._where[run].append(len(self._sizes))
            self._sizes.append(len(runs))

    def __contains__(self, text: str) -> bool:
        return normal(text) in self._whole or self.nearest(text) >= ALIKE

    def nearest(self, text: str) -> float:
        """The largest share (Jaccard's, 0-1) of runs of words in common with one of the texts."""
        runs, shared = _runs(text), defaultdict[int, int](int)
        for run in runs:
            for i in self._where.get(run, ()):
                shared[i] += 1
        return max((n / (len(runs) + self._sizes[i] - n) for i, n in shared.items()), default=0.0)


def normal(text: str) -> str:
    """The text's words, without capitals, apostrophes and stops; the text itself where it has no words."""
    return " ".join(re.findall(r"\w+", re.sub(r"['’]", "", text.lower()))) or text.strip()


def _runs(text: str) -> set[tuple[str, ...]]:
    words = normal(text).split()
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def fingerprint(text: str) -> str:
    """Eight hexadecimal digits that stand for a complaint in a model's manifest: its words cannot be read from them."""
    return hashlib.sha256(normal(text).encode()).hexdigest()[:8]


def trained_on(manifest: Mapping[str, Any], complaints: Iterable[Labelled]) -> int:
    """How many of the complaints the model with this manifest was trained on."""
    known = set(manifest.get("labelled", {}).get("texts", "").split())
    return sum(fingerprint(item.text) in known for item in complaints)
