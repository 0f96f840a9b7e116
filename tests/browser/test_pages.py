"""Pages in a real browser: nothing in the console, no sideways scrolling on a phone, readable in the dark."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from magister_connect.core.html import page as page_of
from magister_connect.core.html import table as table_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PHONE: ViewportSize = {"width": 360, "height": 780}
DESK: ViewportSize = {"width": 1280, "height": 900}
REPORTS = ("demo", "check", "match")
PAGES = (
    *("index", "first-connection", "many-schools", "glossary", "nl/index"),
    *("generated/reference/medius", "generated/notebooks/first_connection"),
)
LEAST_CONTRAST = 4.5  # WCAG 2.1, level AA, for text of usual size
# The weakest contrast between a text that shows and what is painted behind it, with the text.
CONTRAST = """() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, place) => sum + v * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches
      && getComputedStyle(document.documentElement).colorScheme.includes("dark") ? [18, 18, 18] : [255, 255, 255];
  };
  let weakest = [21, ""];
  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    const style = getComputedStyle(element);
    if (!text.length || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (["SCRIPT", "STYLE", "NOSCRIPT", "TITLE"].includes(element.tagName)) continue;
    const [a, b] = [light(parse(style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < weakest[0]) weakest = [ratio, text[0].data.trim().slice(0, 60)];
  }
  return weakest;
}"""


# Words of a table that are broken over two lines.
BROKEN = """() => {
  const found = new Set(), range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) if (node.parentElement.matches("td"))
    for (const word of node.data.matchAll(/[a-z]{4,}/gi)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const lines = range.getClientRects();
      if (lines.length > 1 && lines[0].top !== lines[lines.length - 1].top) found.add(word[0]);
    }
  return [...found];
}"""


# Tables of reports that must be moved sideways to be read.
SIDEWAYS = """() => [...document.querySelectorAll(".wide")].filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => each.innerText.slice(0, 40))"""


@contextmanager
def opened(
    browser: Browser, path: Path, size: ViewportSize, scheme: Scheme = "light"
) -> Generator[tuple[Page, list[str]]]:
    """A page, and what it complained about."""
    page = browser.new_page(viewport=size, color_scheme=scheme)
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"not found: {request.url}"))
    page.goto(path.as_uri())
    yield page, complaints
    page.close()


def objections(page: Page, complaints: list[str]) -> list[str]:
    """What somebody with a phone would object to."""
    page.wait_for_load_state("networkidle")
    found = list(complaints)
    if (width := page.evaluate("document.documentElement.scrollWidth")) > page.evaluate("innerWidth"):
        found.append(f"it is {width} pixels wide")
    found += [f"a table scrolls: {text}" for text in page.evaluate(SIDEWAYS)]
    contrast, text = page.evaluate(CONTRAST)
    if contrast < LEAST_CONTRAST:
        found.append(f"contrast {contrast:.1f}: {text}")
    return found


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_documentation_is_fit_for_a_phone(browser: Browser, documentation: Path, name: str, scheme: Scheme) -> None:
    with opened(browser, documentation / f"{name}.html", PHONE, scheme) as (page, complaints):
        assert objections(page, complaints) == []


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_reports_are_fit_for_a_phone(
    browser: Browser, reports: dict[str, Path], name: str, scheme: Scheme, size: ViewportSize
) -> None:
    with opened(browser, reports[name], size, scheme) as (page, complaints):
        assert objections(page, complaints) == []


# Blocks of code and tables that are wider than their frame.
CUT = """() => [...document.querySelectorAll("article pre, article .table-wrapper")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.innerText.slice(0, 60))"""


@pytest.mark.parametrize("name", [name for name in PAGES if name != "many-schools"])  # which shows a whole example
def test_code_and_tables_fit_beside_the_sidebar(browser: Browser, documentation: Path, name: str) -> None:
    with opened(browser, documentation / f"{name}.html", DESK) as (page, _):
        assert page.evaluate(CUT) == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_printed_report_is_whole(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name], {"width": 718, "height": 1000}) as (page, _):  # A4 with usual margins
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate("document.documentElement.scrollWidth") <= 718
        assert page.locator("tbody tr:visible").count() == page.locator("tbody tr").count()
        assert page.locator(".rows:visible, .tools:visible").count() == 0


@pytest.mark.parametrize("name", REPORTS)
def test_words_in_tables_of_reports_stay_whole(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name], PHONE) as (page, _):
        assert page.evaluate(BROKEN) == []


@pytest.mark.parametrize("name", REPORTS)
def test_tables_of_reports_sort_without_a_server(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name], DESK) as (page, complaints):
        table = page.locator("table").first
        buttons = table.locator("th button")
        for place in range(buttons.count()):
            buttons.nth(place).click()
            up = table.locator(f"tbody tr td:nth-child({place + 1})").all_text_contents()
            buttons.nth(place).click()
            down = table.locator(f"tbody tr td:nth-child({place + 1})").all_text_contents()
            assert up == down[::-1]
            if all(each.isdecimal() for each in up):
                assert up == sorted(up, key=int)
            assert table.locator("th").nth(place).get_attribute("aria-sort") == "descending"
        assert complaints == []


@pytest.mark.parametrize(
    ("body", "objection"),
    [
        ("<p style='width: 500px'>wide</p>", "it is 508 pixels wide"),
        ("<p style='color: #999; background: #fff'>faint</p>", "contrast 2.8: faint"),
        ("<script>console.error('broken')</script>", "broken"),
        ("<script>undefined.x</script>", "Cannot read properties"),
        ("<img src='not-there.png' alt=''>", "not found"),
        ("<div class='wide' style='overflow-x: auto'><p style='width: 500px'>far</p></div>", "a table scrolls: far"),
    ],
)
def test_what_is_wrong_with_a_page_is_seen(browser: Browser, tmp_path: Path, body: str, objection: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(f"<!DOCTYPE html><meta name='viewport' content='width=device-width'>{body}")
    with opened(browser, path, PHONE) as (page, complaints):
        assert any(objection in each for each in objections(page, complaints)), objections(page, complaints)


def test_a_table_that_is_too_wide_for_a_phone_becomes_a_list_of_names_and_values(
    browser: Browser, tmp_path: Path
) -> None:
    columns = ["soort", "ongewijzigd", "wat te doen"]
    rows = [(f"inschrijvingen {place}", place, "Vul de inschrijvingsgegevens aan.") for place in range(60)]
    wide = ["onderwijsinstellingsidentificatie"] * 2
    path = tmp_path / "table.html"
    parts = (table_of(columns, rows), table_of(wide, [("a", "b")]))
    path.write_text(page_of("Lijst", *parts, language="nl"), encoding="utf-8")
    with opened(browser, path, PHONE) as (page, complaints):
        assert objections(page, complaints) == []
        stacked, fitting = page.locator(".wide").nth(1), page.locator(".wide").nth(0)
        assert "stacked" in str(stacked.get_attribute("class"))
        assert stacked.locator("td").first.get_attribute("data-name") == wide[0]
        assert "stacked" not in str(fitting.get_attribute("class"))
        assert page.locator("tbody tr:visible").count() == 51
        page.set_viewport_size(DESK)
        page.wait_for_function("!document.querySelector('.stacked')")


@pytest.mark.parametrize("hostile", ["<script>document.title = 'x'</script>", "<img src=x onerror=document.title='x'>"])
def test_a_name_in_a_report_is_text_and_nothing_else(browser: Browser, tmp_path: Path, hostile: str) -> None:
    path = tmp_path / "table.html"
    path.write_text(page_of("Namen", table_of(["naam", hostile], [[hostile, "1a"]], caption=hostile)), encoding="utf-8")
    with opened(browser, path, DESK) as (page, _):
        assert page.title() == "Namen"
        assert page.locator("td").first.text_content() == hostile
