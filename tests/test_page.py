"""The model's page and its pictures."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from legcause import PURPOSE
from legcause.inference.model import Model
from legcause.training.page import write


class _Page(HTMLParser):
    """Collects ids, references and tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.named: list[str] = []
        self.outside: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link") and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)
        for name, value in attrs:
            self.ids += [value or ""] if name == "id" else []
            self.named += (value or "").split() if name in ("aria-labelledby", "aria-describedby") else []
            if name == "href" and (value or "").startswith("#"):
                self.named.append((value or "")[1:])
            elif name in ("src", "href", "action", "srcset", "data") and value != "data:,":
                self.outside.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(trained: Path) -> str:
    return (trained / "models" / "report.html").read_text(encoding="utf-8")


def test_the_page_asks_nothing_of_any_other_place(page: str) -> None:
    assert _Page(page).outside == []
    assert not re.search(r"<script|@import|url\(|https?://", page)


def test_every_name_that_the_page_refers_to_is_there_once(page: str) -> None:
    found = _Page(page)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    assert set(found.named) <= set(found.ids)


def test_the_page_says_its_purpose_and_holds_the_figures_of_the_metrics(page: str, trained: Path) -> None:
    metrics = json.loads((trained / "models" / "metrics.json").read_text())
    assert PURPOSE in page
    for result in metrics["sets"].values():
        for value in (result.get("all_top1"), *result.get("suites", {}).values(), *result.get("red_flags", {}).values()):
            assert value is None or f"{value['share']:.3f} ({value['low']:.3f}–{value['high']:.3f})" in page


def test_the_pictures_are_drawings_that_say_what_they_show_in_light_and_dark(trained: Path) -> None:
    pictures = sorted((trained / "models").glob("*.svg"))
    assert {"causes", "confusion", "coverage", "reliability", "suites"} <= {path.stem for path in pictures}
    for path in pictures:
        root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        name = "{http://www.w3.org/2000/svg}"
        assert root.findtext(f"{name}title")
        assert root.findtext(f"{name}desc")
        assert "prefers-color-scheme: dark" in (root.findtext(f"{name}style") or "")


def test_the_same_figures_give_the_same_bytes_and_names_are_escaped(trained: Path, tmp_path: Path) -> None:
    model = Model.load(trained / "models" / "legcause.safetensors")
    sets = json.loads((trained / "models" / "metrics.json").read_text())["sets"]
    write(tmp_path / "again", model, sets)
    for path in (tmp_path / "again").iterdir():
        assert path.read_bytes() == (trained / "models" / path.name).read_bytes()
    name = "challenge/complaints.jsonl"
    write(tmp_path / "named", model, {"<b>&.jsonl": sets[name]})
    assert "&lt;b&gt;&amp;.jsonl" in (tmp_path / "named" / "report.html").read_text(encoding="utf-8")
    assert "<b>" not in (tmp_path / "named" / "report.html").read_text(encoding="utf-8")
