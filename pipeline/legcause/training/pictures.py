"""Figures → pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .svg import Picture, diamond, dot, line, path, rect, text

WIDTH = 430  # so that letters are still to be read on a phone


def confusion(result: Mapping[str, Any], labels: Sequence[str]) -> Picture:
    """Which answer each truth was given."""
    cell, left, top = 25, 150, 130
    size = cell * len(labels)
    parts = [text(left + i * cell + cell / 2 + 4, top - 8, plain(label), "small", turned=True) for i, label in enumerate(labels)]
    for i, truth in enumerate(labels):
        row = result["confusion"].get(truth, {})
        total = sum(row.values())
        parts.append(text(left - 8, top + i * cell + 17, plain(truth), "small end"))
        for j, answer in enumerate(labels):
            if n := row.get(answer, 0):
                strength = 0.15 + 0.85 * n / total
                x, y = left + j * cell, top + i * cell
                parts.append(rect(x, y, cell - 1, cell - 1, "main" if i == j else "off", strength))
                parts.append(text(x + cell / 2, y + 17, str(n), "small middle on" if strength > 0.6 else "small middle"))
    parts += [line(left, top + i * cell - 0.5, left + size, top + i * cell - 0.5) for i in range(len(labels) + 1)]
    right = sum(row.get(truth, 0) for truth, row in result["confusion"].items())
    told = f"{right} of {result['complaints']} answers are on the diagonal, where the answer is the truth."
    return Picture("confusion", "Truth (rows) and answer (columns)", told, left + size + 60, top + size + 4, "".join(parts))


def reliability(result: Mapping[str, Any]) -> Picture:
    """Whether answers said to be p sure are right p of the time; below, how many answers are how sure."""
    plot = _Plot(0, 1, 0, 1, 270, "how sure the answer is", "share that is right")
    most = max(b["answers"] for b in result["reliability"])
    bars = [
        rect(plot.x(b["said"]) - 8, plot.y(0) - 60 * b["answers"] / most, 16, 60 * b["answers"] / most, "main", 0.25) for b in result["reliability"]
    ]
    points = [(plot.x(b["said"]), plot.y(b["right"])) for b in result["reliability"]]
    marks = [path([(plot.x(0), plot.y(0)), (plot.x(1), plot.y(1))], "dashed"), path(points), *(dot(x, y) for x, y in points)]
    told = f"On the dashed line, answers are as often right as they say; the mean distance from it is {result['calibration_error']:.3f}. "
    told += "The bars are the number of answers."
    return plot.picture("reliability", "How sure the answers are, and how often they are right", told, [*bars, *marks])


def coverage(result: Mapping[str, Any]) -> Picture:
    """The share that is right when only the surest answers are taken."""
    values = [(float(c), a) for c, a in result["accuracy_over_coverage"].items()]
    low = min(0.8, int(min(a for _, a in values) * 10) / 10)
    plot = _Plot(0, 1, low, 1, 270, "share of complaints answered, the surest first", "share that is right")
    points = [(plot.x(c), plot.y(a)) for c, a in values]
    told = f"Of the surest half {dict(values)[0.5]:.0%} are right, of all {values[-1][1]:.0%}."
    return plot.picture("coverage", "What is won by leaving doubtful ones to a person", told, [path(points), *(dot(x, y) for x, y in points)])


def causes(result: Mapping[str, Any]) -> Picture:
    """Recall and precision of each label, with their intervals."""
    recall = dict(result["per_cause"])
    if "other_recall" in result:
        recall["other"] = result["other_recall"]
    order = sorted(recall, key=lambda c: (recall[c]["share"], c))
    rows = [
        (plain(c), [(recall[c], dot, "line"), *([(result["precision"][c], diamond, "line2")] if c in result["precision"] else [])]) for c in order
    ]
    weakest = ", ".join(f"{plain(c)} {recall[c]['share']:.0%}" for c in order[:3])
    told = f"Weakest: {weakest} found."
    key = [dot(160, 12), text(170, 16, "found (recall)", "small"), diamond(280, 12), text(290, 16, "right when said", "small")]
    return _intervals("causes", "Each cause: found, and right when said, with 95 % intervals", told, rows, key)


def suites(sets: Mapping[str, Mapping[str, Any]]) -> Picture:
    """Pairs that hold, and red flags, with their intervals."""
    rows = []
    for result in sets.values():
        for name, value in result.get("suites", {}).items():
            kind, suite = name.split("/")
            mark: tuple[Any, Callable[..., str], str] = (value, dot, "line") if kind == "invariance" else (value, diamond, "line2")
            rows.append((plain(suite), [mark]))
        for name, value in result.get("red_flags", {}).items():
            rows.append((FLAGS[name], [(value, dot, "line") if name == "quiet" else (value, diamond, "line2")]))
    key = [dot(160, 12), text(170, 16, "must not matter", "small"), diamond(280, 12), text(290, 16, "must matter", "small")]
    told = "Discs: what must not change the answer; diamonds: what must."
    return _intervals("suites", "Behaviour: how often it is as it must be, with 95 % intervals", told, rows, key)


FLAGS = {"any": "danger: any flag", "right": "danger: right flag", "quiet": "look-alike: no flag"}


def learning(curves: Mapping[str, Sequence[tuple[float, float]]]) -> Picture:
    """File → (share of the knowledge base's lines, share of answers right)."""
    low = int(min(y for points in curves.values() for _, y in points) * 10) / 10
    plot = _Plot(0, 1, low, 1, 270, "share of the knowledge base's lines", "share that is right")
    parts = []
    for i, (name, points) in enumerate(curves.items()):
        at = [(plot.x(x), plot.y(y)) for x, y in points]
        parts += [path(at, "line2" if i else "line"), *((diamond if i else dot)(x, y) for x, y in at)]
        parts.append(text(at[-1][0], at[-1][1] - 10, name, "small end"))
    told = "Answers right. " + "; ".join(
        f"{name}: {points[0][1]:.0%} with {points[0][0]:.0%} of the lines, {points[-1][1]:.0%} with all of them" for name, points in curves.items()
    )
    return plot.picture("learning", "Does more language still help?", told + ".", parts)


def change(record: Mapping[str, Any]) -> Picture:
    """Answers that the new model wins and loses, by cause and by measure."""
    groups = {plain(name.split("/")[-1]): m for name, m in {**record["measures"], **record["causes"]}.items() if m["lost"] or m["won"]}
    most = max([m[k] for m in groups.values() for k in ("lost", "won")], default=1)
    step, middle, top = 22, 290, 28
    parts = [text(middle - 6, 16, "lost", "small end"), text(middle + 6, 16, "won", "small")]
    for i, (name, m) in enumerate(groups.items()):
        y = top + i * step
        lost, won = (100 * m[k] / most for k in ("lost", "won"))
        parts += [text(150, y + 14, name, "small end"), rect(middle - lost, y + 3, lost, 14, "off"), rect(middle, y + 3, won, 14, "main")]
        parts += [text(middle - lost - 4, y + 14, str(m["lost"]), "small end soft"), text(middle + won + 4, y + 14, str(m["won"]), "small soft")]
    height = top + step * len(groups) + 6
    parts.append(line(middle, 22, middle, height))
    told = "Pairs count under their suite and under its kind, complaints under their cause and all together."
    return Picture("change", "Answers won and lost against the model before", told, WIDTH, height, "".join(parts))


def plain(name: str) -> str:
    """An id as words."""
    return name.replace("_", " ")


class _Plot:
    """Axes with a grid; `x` and `y` turn values into places."""

    def __init__(self, x_low: float, x_high: float, y_low: float, y_high: float, height: int, x_name: str, y_name: str) -> None:
        self._x, self._y, self._height = (x_low, x_high), (y_low, y_high), height
        self._names = (x_name, y_name)

    def x(self, value: float) -> float:
        return 48 + (value - self._x[0]) / (self._x[1] - self._x[0]) * (WIDTH - 66)

    def y(self, value: float) -> float:
        return self._height - 46 - (value - self._y[0]) / (self._y[1] - self._y[0]) * (self._height - 76)

    def picture(self, name: str, title: str, told: str, marks: Sequence[str]) -> Picture:
        """The marks over the grid."""
        grid = [text(4, 14, self._names[1], "small soft"), text(WIDTH - 18, self._height - 6, self._names[0], "small soft end")]
        for i in range(6):
            x, y = (low + (high - low) * i / 5 for low, high in (self._x, self._y))
            grid += [line(self.x(self._x[0]), self.y(y), self.x(self._x[1]), self.y(y)), text(42, self.y(y) + 4, f"{y:.0%}", "small soft end")]
            grid.append(text(self.x(x), self._height - 28, f"{x:.0%}", "small soft middle"))
        return Picture(name, title, told, WIDTH, self._height, "".join([*grid, *marks]))


def _intervals(name: str, title: str, told: str, rows: Sequence[tuple[str, Sequence[tuple[Any, Any, str]]]], key: Sequence[str]) -> Picture:
    """A row a name, with a mark and its interval for each value."""
    left, step, top = 150, 26, 30

    def x(value: float) -> float:
        return left + 10 + value * (WIDTH - left - 28)

    bottom = top + step * len(rows)
    parts = [*key]
    for i in range(5):
        parts += [line(x(i / 4), top, x(i / 4), bottom), text(x(i / 4), bottom + 16, f"{i / 4:.0%}", "small soft middle")]
    for i, (label, marks) in enumerate(rows):
        y = top + i * step + step / 2
        parts.append(text(left, y + 4, label, "small end"))
        for j, (value, mark, kind) in enumerate(marks):
            at = y + (j * 10 - 5 if len(marks) > 1 else 0)
            parts += [line(x(value["low"]), at, x(value["high"]), at, kind), mark(x(value["share"]), at)]
    return Picture(name, title, told, WIDTH, bottom + 24, "".join(parts))
