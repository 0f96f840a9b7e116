"""The report as one page of HTML that needs no server: light and dark, and tables that sort by a press on a header."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from platform_feed.report import Report

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fbfbf9; --line: #d9dbe0; --soft: #5c6675; --card: #fff;
  --good: #19704a; --wait: #8a5a00; --accent: #2456a6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --paper: #14171c; --line: #323842; --soft: #9aa5b4;
  --card: #1c2027; --good: #6fcf9b; --wait: #e5b567; --accent: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .3rem 0; } .soft { color: var(--soft); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; margin: 1.4rem 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem 1rem; }
.figures b { display: block; font-size: 1.8rem; font-variant-numeric: tabular-nums; }
.delivered b { color: var(--good); } .held b { color: var(--wait); }
.next { border-left: .3rem solid var(--accent); padding: .4rem .9rem; background: var(--card); }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th, td { text-align: left; padding: .45rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; } td:first-child { white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th button { all: unset; cursor: pointer; font-weight: 600; white-space: nowrap; }
th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
@media (max-width: 40rem) { body { padding: 1rem .6rem 3rem; } .figures { gap: .5rem;
  grid-template-columns: repeat(3, 1fr); } .figures div { padding: .5rem .6rem; } table { font-size: .78rem; }
  th, td { padding: .35rem .2rem; } th:first-child, td:first-child { padding-left: .6rem; white-space: normal; }
  th button { white-space: normal; } }
"""
SCRIPT: Final = """
for (const button of document.querySelectorAll("th button")) button.addEventListener("click", () => {
  const head = button.closest("th"), table = head.closest("table"), body = table.tBodies[0];
  const place = [...head.parentNode.children].indexOf(head);
  const up = head.getAttribute("aria-sort") !== "ascending";
  for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = (row) => row.cells[place].textContent;
  const compare = (a, b) => value(a).localeCompare(value(b), "nl", { numeric: true });
  body.append(...[...body.rows].sort((a, b) => (up ? compare(a, b) : compare(b, a))));
});
"""


def write_page(report: Report, path: Path) -> None:
    """Write the page, whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(page_of(report), encoding="utf-8")
    unfinished.replace(path)


def page_of(report: Report) -> str:
    """The page as text."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.school)}: delivery of {report.finished:%d-%m-%Y %H:%M}</title>"
        f"<style>{STYLE}</style></head><body>{''.join(_body(report))}<script>{SCRIPT}</script></body></html>\n"
    )


def _body(report: Report) -> Iterable[str]:
    yield f"<header><h1>{escape(report.school)}</h1>"
    yield f'<p class="soft">Delivery of {report.finished:%d-%m-%Y %H:%M}</p></header>'
    yield '<section class="figures">'
    for name, number, style in (
        ("delivered", report.delivered, "delivered"),
        ("unchanged", report.unchanged, ""),
        ("held back", len(report.held_back), "held"),
    ):
        yield f'<div class="{style}"><b>{number}</b>{name}</div>'
    yield f'</section><p class="next"><strong>Next:</strong> {escape(report.next_action)}</p>'
    yield "<h2>What was delivered</h2>" + _table(
        ("kind", "created", "changed", "unchanged", "held back"),
        [(each.kind, each.created, each.changed, each.unchanged, each.held_back) for each in report.totals],
    )
    yield "<h2>What was read</h2>" + _table(("source", "records"), report.read)
    if report.held_back:
        yield "<h2>Why records were held back</h2>"
        yield _table(("kind", "reason", "records", "what to do"), report.reasons)
        yield "<h2>Where they stand</h2>"
        yield _table(("kind", "where", "reason"), [(each.kind, each.origin, each.reason) for each in report.held_back])
    if report.remarks:
        yield "<h2>Notes</h2><ul>" + "".join(f"<li>{escape(remark)}</li>" for remark in report.remarks) + "</ul>"


def _table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    numeric = [bool(rows) and isinstance(rows[0][place], int) for place in range(len(names))]
    style = [' class="number"' if each else "" for each in numeric]
    head = "".join(
        f'<th scope="col"{style[place]}><button type="button">{escape(name)}</button></th>'
        for place, name in enumerate(names)
    )
    body = "".join(
        "<tr>" + "".join(f"<td{style[place]}>{escape(str(value))}</td>" for place, value in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
