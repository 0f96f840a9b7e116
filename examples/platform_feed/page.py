"""The report as one page of HTML that needs no server."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from magister_connect.core.html import page, table
from platform_feed.report import Report


def write_page(report: Report, path: Path) -> None:
    """Write the page, whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(page_of(report), encoding="utf-8")
    unfinished.replace(path)


def page_of(report: Report) -> str:
    """The page as text."""
    return page(f"{report.school}: delivery of {report.finished:%d-%m-%Y %H:%M}", *_body(report))


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
    yield "<h2>What was delivered</h2>" + table(
        ("kind", "created", "changed", "unchanged", "held back"),
        [(each.kind, each.created, each.changed, each.unchanged, each.held_back) for each in report.totals],
    )
    yield "<h2>What was read</h2>" + table(("source", "records"), report.read)
    if report.programmes.picture:
        yield f"<h2>The table of programmes: which crebo holds until when</h2>{report.programmes.picture}"
        yield table(
            ("line", "what is doubtful", "what to do"),
            [(each.line, each.text, each.advice) for each in report.programmes.findings],
        )
    if report.held_back:
        yield "<h2>Why records were held back</h2>"
        yield table(("kind", "reason", "records", "what to do"), report.reasons)
        yield "<h2>Where they stand</h2>"
        yield table(("kind", "where", "reason"), [(each.kind, each.origin, each.reason) for each in report.held_back])
    if report.remarks:
        yield "<h2>Notes</h2><ul>" + "".join(f"<li>{escape(remark)}</li>" for remark in report.remarks) + "</ul>"
