"""HTML pages that need no server, no other file and no network.

The pages follow the reader's choice of light or dark and fit a phone: a table that is too wide for it shows each row as
a list of names and values. Click a header to sort a table. A long table has a filter and shows its first rows, and
on paper all that match. Without scripts, all rows are shown, and a wide table scrolls. Text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fbfbf9; --line: #d9dbe0; --soft: #5c6675; --card: #fff;
  --good: #19704a; --wait: #8a5a00; --bad: #a40000; --private: #5a2ca0; --accent: #2456a6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --paper: #14171c; --line: #323842; --soft: #9aa5b4;
  --card: #1c2027; --good: #6fcf9b; --wait: #e5b567; --bad: #ff8a80; --private: #c3a6ff; --accent: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; margin: 0 0 .6rem; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .3rem 0; } .soft, .hint { color: var(--soft); }
.error { color: var(--bad); } .warning { color: var(--wait); } .privacy { color: var(--private); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; margin: 1.4rem 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem 1rem; }
.figures b { display: block; font-size: 1.8rem; font-variant-numeric: tabular-nums; }
.delivered b { color: var(--good); } .held b { color: var(--wait); }
.next { border-left: .3rem solid var(--accent); padding: .4rem .9rem; background: var(--card); }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.drawing { overflow-x: auto; } .drawing svg { min-width: 40rem; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th, td { text-align: left; padding: .45rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; } td:first-child { white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th button { all: unset; cursor: pointer; font-weight: 600; white-space: nowrap; }
th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
.rows { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .6rem 0; color: var(--soft); }
.rows input, .rows button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line);
  border-radius: .4rem; padding: .2rem .5rem; }
@media (max-width: 40rem) { body { padding: 1rem .6rem 3rem; } .figures { gap: .5rem; font-size: .88rem;
  grid-template-columns: repeat(3, 1fr); } .figures div { padding: .5rem .6rem; } table { font-size: .78rem; }
  th, td { padding: .35rem .2rem; } th:first-child, td:first-child { padding-left: .6rem; white-space: normal; }
  th button { white-space: normal; } td.number { padding-right: .6rem; }
  td:not(.number, :first-child) { min-width: 7rem; }
  .stacked table, .stacked thead, .stacked tbody, .stacked tr { display: block; font-size: .86rem; }
  .stacked tr { padding: .4rem 0; border-bottom: 1px solid var(--line); } .stacked tbody tr:last-child { border: 0; }
  .stacked tr[hidden] { display: none; } .stacked thead tr { display: flex; flex-wrap: wrap; gap: 0 1rem; }
  .stacked tr th, .stacked tr td { border: 0; padding: .1rem .6rem; text-align: left; overflow-wrap: anywhere; }
  .stacked td { display: grid; grid-template-columns: 6.5rem 1fr; gap: .6rem; }
  .stacked td::before { content: attr(data-name); color: var(--soft); } }
@media print { body { max-width: none; padding: 0; } tr, .figures, .next { break-inside: avoid; }
  h2 { break-after: avoid; } .rows { display: none; } .wide { overflow: visible; } table { font-size: .8rem; }
  td:first-child { white-space: normal; } }
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
  table.dispatchEvent(new Event("sorted"));
});
const phone = matchMedia("(max-width: 40rem)");
const stack = (wide) => {
  wide.classList.remove("stacked");
  if (!phone.matches || wide.scrollWidth <= wide.clientWidth) return;
  const names = [...wide.querySelectorAll("thead th")].map((head) => head.textContent);
  for (const cell of wide.querySelectorAll("tbody td")) cell.dataset.name = names[cell.cellIndex];
  wide.classList.add("stacked");
};
const words = document.documentElement.lang === "nl" ? ["Zoek in de tabel", "van", "Meer"] : ["Filter", "of", "More"];
for (const table of document.querySelectorAll("table")) if (table.tBodies[0].rows.length > 50) {
  const tools = document.createElement("div"), filter = document.createElement("input");
  const count = document.createElement("output"), more = document.createElement("button");
  let limit = 50;
  const show = () => {
    const wanted = filter.value.toLowerCase(), rows = [...table.tBodies[0].rows];
    const found = rows.filter((row) => row.textContent.toLowerCase().includes(wanted));
    for (const row of rows) row.hidden = true;
    for (const row of found.slice(0, limit)) row.hidden = false;
    count.textContent = `${Math.min(limit, found.length)} ${words[1]} ${found.length}`;
    more.hidden = found.length <= limit;
    stack(table.closest(".wide"));
  };
  tools.className = "rows";
  filter.type = "search";
  filter.placeholder = filter.ariaLabel = words[0];
  more.type = "button";
  more.textContent = words[2];
  filter.addEventListener("input", () => { limit = 50; show(); });
  more.addEventListener("click", () => { limit += 200; show(); });
  addEventListener("beforeprint", () => { limit = Infinity; show(); });
  addEventListener("afterprint", () => { limit = 50; show(); });
  table.addEventListener("sorted", show);
  tools.append(filter, count, more);
  table.closest(".wide").before(tools);
  show();
}
const fit = () => document.querySelectorAll(".wide").forEach(stack);
addEventListener("resize", fit);
fit();
"""


def page(title: str, *parts: str, language: str = "en", style: str = "", script: str = "") -> str:
    """Return a whole page. ``title`` is text; ``parts`` are markup, from :func:`table` or your own."""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head>"
        f"<body>{''.join(parts)}<script>{SCRIPT}{script}</script></body></html>\n"
    )


def paragraphs(texts: Iterable[str]) -> str:
    """Return each text as a paragraph."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    marks: Iterable[str] = (),
    caption: str = "",
    sortable: bool = True,
) -> str:
    """Return a table of texts. Columns of whole numbers are aligned right.

    ``sortable`` makes each header a button, for a :func:`page`; a notebook has no script for it.
    ``marks`` sets the colour of each row: ``error``, ``warning``, ``hint``, ``privacy`` or an empty text.
    """
    lines = [tuple(row) for row in rows]
    values = list(zip(*lines, strict=True)) or [("",)] * len(columns)
    kinds = [' class="number"' if all(isinstance(each, int) for each in value) else "" for value in values]
    head = "".join(
        f'<th scope="col"{kind}>{_button(name) if sortable else escape(name)}</th>'
        for name, kind in zip(columns, kinds, strict=True)
    )
    given = list(marks) or [""] * len(lines)
    body = "".join(_row(line, kinds, mark) for line, mark in zip(lines, given, strict=True))
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _button(name: str) -> str:
    return f'<button type="button">{escape(name)}</button>'


def _row(line: Sequence[object], kinds: Sequence[str], mark: str) -> str:
    cells = "".join(f"<td{kind}>{escape(str(value))}</td>" for value, kind in zip(line, kinds, strict=True))
    return f'<tr class="{escape(mark)}">{cells}</tr>' if mark else f"<tr>{cells}</tr>"
