"""The report in a real browser: `make test-pages`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .browser import chromium
from .conftest import ROOT, cases, legcause

AXE = ROOT / "build" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
PLANTED = (
    "<script>window.planted=1</script> my calf cramps",
    "<img src=x onerror='window.planted=1'> my feet burn",
    "</script><script>window.planted=1</script> swollen ankles",
    "<!--<script> \u202e my knee \ud83e\uddb5 and calf hurt, no swelling {{data}} ${1} ]]>",
)
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report on some 200 complaints, with HTML in texts, ids, the file's name and the rejects."""
    folder = tmp_path_factory.mktemp("pages")
    texts = [row["text"] for row in cases("red_flags_blind.jsonl")][:200] + [p.encode("utf-16", "surrogatepass").decode("utf-16") for p in PLANTED]
    source, results, page = folder / "in.csv", folder / "<img src=x onerror=window.planted=1>.jsonl", folder / "page.html"
    with source.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "date", "text"])
        out.writerows([f"<b>{n}</b>", f"2026-05-{1 + n % 28:02}", text] for n, text in enumerate(texts))
    rejects = folder / "rejects.jsonl"
    rejects.write_text('{"source": "<script>window.planted=1</script>", "row": 1, "id": "<i>", "reason": "<script>window.planted=1</script>"}\n')
    assert legcause("classify", source, "-o", results).returncode == 0
    made = legcause("report", results, "--complaints", source, "--date-column", "date", "--rejects", rejects, "-o", page)
    assert made.returncode == 0, made.stderr
    return page.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Any]:
    """The page, opened; it may neither complain nor ask for anything."""
    opened = browser.new_page(color_scheme=request.param, viewport={"width": 1280, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda r: asked.append(r.url))
    opened.goto(address)
    yield opened
    assert said == []
    assert asked == [address]
    assert opened.evaluate("window.planted") is None
    opened.close()


def lines(page: Any) -> list[str]:
    return page.locator("#complaints tr.row").all_inner_texts()


def faults(page: Any) -> list[tuple[str, list[str]]]:
    """What axe-core finds serious or critical."""
    found = page.evaluate(f"{AXE.read_text(encoding='utf-8')}; axe.run(document, {{resultTypes: ['violations']}})")
    assert found["passes"]  # axe did look
    return [(v["id"], [n["html"][:200] for n in v["nodes"]][:3]) for v in found["violations"] if v["impact"] in ("serious", "critical")]


def test_planted_html_is_text_and_every_character_of_it_is_there(page: Any) -> None:
    page.select_option("#f-size", "0")
    for planted in PLANTED:
        page.fill("#f-text", planted.split()[0])
        page.locator("#complaints .unfold").first.click()
    page.fill("#f-text", "my knee")
    button = page.locator("#complaints .unfold", has_text="<!--<script>")
    if button.get_attribute("aria-expanded") == "false":
        button.click()
    told = page.locator(".told", has_text="<!--<script>")
    assert "🦵 and calf hurt, no swelling" in told.evaluate("e => [...e.childNodes].map(n => n.firstChild ? n.firstChild.data : n.data).join('')")
    assert "swelling" in told.locator("mark.denied").first.inner_text()
    assert page.locator("main script, main img, #complaints b").count() == 0


def test_urgent_ones_come_first_and_each_order_holds(page: Any) -> None:
    page.select_option("#f-size", "0")
    ranks = page.locator("#complaints .badge").evaluate_all(
        "all => all.map(b => ['emergency', 'urgent', 'routine', 'self_care'].indexOf(b.classList[1]))"
    )
    assert len(ranks) == 204
    assert ranks == sorted(ranks)
    for column, place in (("sure", 3), ("cause", 2)):
        button = page.locator(f"[data-sort={column}]")
        button.click()
        up = lines(page)
        assert page.locator("#complaints thead th").nth(place).get_attribute("aria-sort") == "ascending"
        button.click()
        assert lines(page) == up[::-1]
    page.locator("[data-sort=sure]").click()
    shares = page.locator("#complaints .percent").evaluate_all("all => all.map(e => e.textContent)")
    numbers = [0 if text.startswith("under") else int(text.split()[0]) for text in shares]
    assert numbers == sorted(numbers)


def test_filters_leave_what_they_name_and_clearing_brings_all_back(page: Any) -> None:
    tile = page.locator("[data-urgency=urgent]").first
    expected = int(tile.locator(".count").inner_text())
    tile.click()
    assert f"of {expected}" in page.locator("#shown").inner_text()
    assert set(page.locator("#complaints .badge").all_inner_texts()) == {"Urgent"}
    page.locator("#clear").click()
    page.locator(".bars [data-flag]").first.click()
    name = page.locator(".bars [data-flag]").first.inner_text()
    assert all(name in line for line in lines(page))
    page.locator("[data-doubtful]").click()
    assert all("in doubt" in line for line in lines(page))
    page.fill("#f-text", "no such word anywhere")
    assert lines(page) == []
    assert "Clear the filters" in page.locator("#shown").inner_text()
    page.locator("#clear").click()
    assert "1 to 25 of 204" in page.locator("#shown").inner_text()


def test_pages_turn_and_a_row_named_above_opens_in_the_table(page: Any) -> None:
    first = lines(page)
    page.locator("#next").click()
    assert not set(first) & set(lines(page))
    page.locator("#back").click()
    assert lines(page) == first
    page.locator("[data-row]").nth(1).click()
    opened = page.locator(".unfold[aria-expanded=true]")
    assert opened.count() == 1
    assert opened.evaluate("e => e === document.activeElement")
    assert page.locator(".panel .urgent-advice").count() == 1


def test_the_keyboard_reaches_every_control_and_works_it(page: Any) -> None:
    reachable = "a[href], button:not(:disabled), input, select, summary, [tabindex='0']"
    expected = page.locator(reachable).evaluate_all("all => all.filter(e => e.checkVisibility()).length")
    page.evaluate("window.reached = new Set()")
    for _ in range(expected + 5):
        page.keyboard.press("Tab")
        page.evaluate("document.activeElement !== document.body && window.reached.add(document.activeElement)")
    missed = page.evaluate(f"[...document.querySelectorAll(`{reachable}`)].filter(e => e.checkVisibility() && !reached.has(e)).map(e => e.outerHTML)")
    assert missed == []
    page.locator("#complaints .unfold").nth(2).focus()
    page.keyboard.press("Enter")
    assert page.locator(".panel .told").count() == 1
    page.keyboard.press("Space")
    assert page.locator(".panel").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious_and_nothing_hangs_over_the_edge(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for number in (0, 1, 9):
        page.locator("#complaints .unfold").nth(number).click()
    for summary in page.locator("summary").all():
        summary.click()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_in_print_the_controls_are_gone_and_what_is_open_stays(page: Any) -> None:
    page.locator("#complaints .unfold").first.click()
    page.emulate_media(media="print")
    assert not page.locator("#filters").is_visible()
    assert page.locator(".panel .told").is_visible()
    assert page.locator("footer").get_by_text("not a diagnosis").is_visible()


def test_a_shared_page_without_texts_works_and_holds_none(browser: Any, address: str, tmp_path: Path) -> None:
    folder = Path(address.removeprefix("file://")).parent
    (results,) = (p for p in folder.glob("*.jsonl") if p.name != "rejects.jsonl")
    made = legcause("report", results, "--complaints", folder / "in.csv", "--no-text", "-o", tmp_path / "shared.html")
    assert made.returncode == 0, made.stderr
    opened = browser.new_page()
    opened.goto((tmp_path / "shared.html").as_uri())
    opened.locator("#complaints .unfold").first.click()
    assert opened.locator(".panel").count() == 1
    assert opened.locator(".told, .snippet, .said").count() == 0
    opened.close()
