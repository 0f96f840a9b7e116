"""The report as one page of HTML that needs no server."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from magister_connect.core.html import page, table
from platform_feed.dutch import in_words, place, translated
from platform_feed.report import Report


def write_page(
    report: Report, path: Path, language: str = "en", *, show_keys: bool = False
) -> None:
    """Write the complete page, or nothing.

    With ``show_keys`` it contains numbers of pupils, for the school only.
    """
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(page_of(report, language, show_keys=show_keys), encoding="utf-8")
    unfinished.replace(path)


def page_of(report: Report, language: str = "en", *, show_keys: bool = False) -> str:
    """The page as text."""
    title = f"{report.school}: {translated('Delivery of', language).lower()} {report.finished:%d-%m-%Y %H:%M}"
    return page(title, *_body(report, language, show_keys=show_keys), language=language)


def _body(report: Report, language: str, *, show_keys: bool) -> Iterable[str]:
    def say(text: str) -> str:
        return translated(text, language)

    def heading(text: str) -> str:
        return f"<h2>{escape(say(text))}</h2>"

    def titled(*names: str) -> list[str]:
        return [say(name) for name in names]

    yield f"<header><h1>{escape(report.school)}</h1>"
    yield f'<p class="soft">{say("Delivery of")} {report.finished:%d-%m-%Y %H:%M}</p></header>'
    yield '<section class="figures">'
    for name, number, style in (
        ("delivered", report.delivered, "delivered"),
        ("unchanged", report.unchanged, ""),
        ("held back", len(report.held_back), "held"),
    ):
        yield f'<div class="{style}"><b>{number}</b>{say(name)}</div>'
    yield f'</section><p class="next"><strong>{say("Next")}:</strong> {escape(report.next_action(language))}</p>'
    if report.held_back:
        yield heading("Why records were held back")
        yield table(
            titled("kind", "reason", "records", "what to do"),
            [
                (say(kind), say(reason), number, say(action))
                for kind, reason, number, action in report.reasons
            ],
        )
    yield heading("What was delivered")
    yield table(
        titled("kind", "created", "changed", "unchanged", "held back"),
        [
            (say(each.kind), each.created, each.changed, each.unchanged, each.held_back)
            for each in report.totals
        ],
    )
    yield heading("What was read")
    yield table(
        titled("source", "records"), [(say(name), number) for name, number in report.read]
    )
    if report.programmes.picture:
        yield heading("The table of programmes: which crebo is valid until when")
        yield f'<div class="drawing">{report.programmes.picture}</div>'
        yield table(
            titled("line", "finding", "what to do"),
            [(each.line, *in_words(each, language)) for each in report.programmes.findings],
        )
    if report.remarks:
        remarks = "".join(f"<li>{escape(say(remark))}</li>" for remark in report.remarks)
        yield f"{heading('Notes')}<ul>{remarks}</ul>"
    if report.held_back:
        yield heading("Where they are")
        columns = titled("kind", "where", "reason", *(["find it by"] if show_keys else []))
        shown = (
            (
                say(each.kind),
                place(each.origin, language),
                say(each.reason),
                place(each.found_by, language),
            )
            for each in report.held_back
        )
        yield table(columns, [row[: len(columns)] for row in shown])
