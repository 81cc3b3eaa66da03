"""The few marks that the pictures are made of. No coordinate has more than one decimal, so that the bytes are the same on every machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

STYLE = Path(__file__).with_name("pictures.css")


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of `width` × `height` units. `title` names it, `told` says in words what it shows; both serve screen readers."""

    name: str
    title: str
    told: str
    width: int
    height: int
    body: str

    def inline(self) -> str:
        """For a page that holds the style."""
        return (
            f'<svg class="picture" role="img" aria-labelledby="{self.name}-title {self.name}-told" viewBox="0 0 {self.width} {self.height}">'
            f'<title id="{self.name}-title">{escape(self.title)}</title><desc id="{self.name}-told">{escape(self.told)}</desc>{self.body}</svg>'
        )

    def alone(self) -> str:
        """For a file of its own; follows the reader's light or dark mode."""
        start = f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}"'
        return self.inline().replace("<svg", start, 1).replace("</desc>", f"</desc><style>{STYLE.read_text(encoding='utf-8')}</style>", 1) + "\n"


def text(x: float, y: float, words: str, kind: str = "", turned: bool = False) -> str:
    """Words at a point; `kind`: classes of pictures.css."""
    turn = f' transform="rotate(-60 {_n(x)} {_n(y)})"' if turned else ""
    return f'<text x="{_n(x)}" y="{_n(y)}"{_kind(kind)}{turn}>{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, kind: str, strength: float = 1.0) -> str:
    """A box; `strength` (0-1) is how opaque it is."""
    opacity = "" if strength >= 1 else f' fill-opacity="{strength:.2f}"'
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"{_kind(kind)}{opacity}/>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str = "rule") -> str:
    """A straight line."""
    return f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"{_kind(kind)}/>'


def path(points: Iterable[tuple[float, float]], kind: str = "line") -> str:
    """Straight lines from point to point."""
    return f'<polyline points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in points)}"{_kind(kind)}/>'


def dot(x: float, y: float, radius: float = 4, kind: str = "main") -> str:
    """A filled circle."""
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"{_kind(kind)}/>'


def diamond(x: float, y: float, radius: float = 5, kind: str = "off") -> str:
    """A filled diamond: what is told by colour is told by shape too."""
    points = ((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y))
    return f'<polygon points="{" ".join(f"{_n(a)},{_n(b)}" for a, b in points)}"{_kind(kind)}/>'


def _kind(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
