"""When the service says no, mostly with status 200.

Three shapes were seen: an ``Exception`` with a class and a text; a ``Result`` that is not ``True`` with a
``ResultMessage``; and the same with a table of errors in the place of the data, whose number stands in ``Foutcode`` or
in ``Fout_nummer`` (sources differ, so both are read), or that has no number at all (client code). Number 10 says that
the account may not read a list, and just as well that there is no such list (observed). Other numbers are unknown.

What an expired session answers is unknown. A text that speaks of a session or a token, of something that has expired,
or of name and password together, is taken for it. A login name alone is not: ``UpdateGebruiker`` is about one. Nor is
a time-out that expired: heavy lists run into one (observed), and in which words is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from attrs import frozen

from magister_connect.errors import Move, NotAuthenticated, NotPermitted, NotXml, Refused, ServiceError
from magister_connect.exchange import Reply
from magister_connect.markup import what_it_is
from magister_connect.soap.faults import Fault

__all__ = [
    "MARKS",
    "STRANGER",
    "Question",
    "refuse_error_rows",
    "refuse_exception",
    "refuse_first_row",
    "refuse_message",
    "refuse_page",
]

ERROR_NUMBERS: Final = ("Foutcode", "Fout_nummer")
ERROR_TEXTS: Final = ("Fout_omschrijving", "Fout")  # an old client looks for the second (client code)
NO_RIGHT: Final = "10"
GENERAL_FAILURE: Final = "EMGeneralFailure"
MARKS: Final = frozenset({"Result", "ResultMessage", "Exception", "ExceptionMsg"})
"""What an answer says of itself, beside what it holds."""
_TIME_OUT: Final = r"\btime\W?d?\W?out"
STRANGER: Final = re.compile(
    rf"\bsessi|token|^(?!.*{_TIME_OUT}).*(?:verlopen|verstreken|expired)"
    r"|\bu bent niet\b.*\baangemeld|\bingelogd|\bnot logged|\blog ?in again"
    r"|(?:naam|name|login)\W+(?:of|en|or|and)\W+(?:wachtwoord|password)",
    re.IGNORECASE | re.DOTALL,
)
_OF_A_TIME_OUT: Final = re.compile(_TIME_OUT, re.IGNORECASE)
_OF_A_NUMBER: Final = re.compile(r"not a valid (?:integer|floating point) value", re.IGNORECASE)  # Delphi's own words
_OF_A_RIGHT: Final = re.compile(r"\brecht|toegang|permission|denied|not allowed", re.IGNORECASE)
_NUMBER_ADVICE: Final = (
    "Give every argument that is a number, and digits alone. Of a list, its SQL may hold a stray #, even in a comment: "
    "then its author has to take it out."
)
_SLOW_ADVICE: Final = (
    "Ask for less at a time, with the parameters of the list, or have its author make it lighter; "
    "a UNION is known to be slow (observed)."
)
_LIST_ADVICE: Final = (
    "A list is SQL of the school: have its author run it in Magister, with the same parameters. "
    "If it runs there, report it to the vendor with the time."
)
_CELL: Final = re.compile(rb"ResultMessage\">([^<]*)</td>", re.IGNORECASE)


@frozen
class Question:
    """What was asked, as far as a refusal may tell: the function, the list, and the name of the account."""

    place: str
    name: str
    username: str
    layout: str | None = None


def refuse_exception(kind: str, text: str, question: Question) -> Refused:
    """The error for an ``Exception``. ``EMGeneralFailure`` was seen for a list that the account may not read."""
    said = Fault(kind, text).printable
    if STRANGER.search(text):
        return _not_authenticated(said, question, kind)
    too_long = _OF_A_TIME_OUT.search(text)
    if _OF_A_RIGHT.search(text) or (kind == GENERAL_FAILURE and question.layout is not None and not too_long):
        return _not_permitted(said, question, kind)
    move, advice = _verdict(text, question)
    return ServiceError(
        f"The service broke off with {kind or 'an exception'}: {said or 'without a word'}",
        where=question.place,
        status=200,
        code=kind or None,
        move=move,
        advice=advice,
    )


def _verdict(text: str, question: Question) -> tuple[Move | None, str | None]:
    """Whose move an exception is, and what to do, as far as its text and the question tell."""
    if _OF_A_NUMBER.search(text):
        return Move.YOURS, _NUMBER_ADVICE
    if _OF_A_TIME_OUT.search(text):
        return Move.YOURS, _SLOW_ADVICE
    return (None, None) if question.layout is None else (Move.SCHOOL, _LIST_ADVICE)


def refuse_message(text: str, question: Question) -> Refused:
    """The error for a ``Result`` that is not ``True`` and has no table of errors."""
    said = Fault("", text).printable
    if question.name == "Algemeen.Login" or STRANGER.search(text):
        return _not_authenticated(said, question)
    if _OF_A_RIGHT.search(text):
        return _not_permitted(said, question)
    return _refused(f"The service says no: {said or 'without a word'}", question)


def refuse_error_rows(
    columns: tuple[str, ...], row: Mapping[str, str], question: Question, *, only_if_named: bool
) -> None:
    """Raise the error that the first row of a table of errors tells of, if it is one.

    ``only_if_named`` asks that every column is called ``Fout...``: for answers that have no ``Result`` to tell.
    """
    named = bool(columns) and all(name.startswith("Fout") for name in columns)
    number = next((name for name in ERROR_NUMBERS if name in columns), None)
    if not named and (only_if_named or number is None):
        return
    code = row[number].strip() if number else ""
    said = Fault("", next((row[name] for name in ERROR_TEXTS if name in columns), "")).printable
    if code == NO_RIGHT or (number is None and _OF_A_RIGHT.search(said)):
        raise _not_permitted(said, question, code)
    raise _refused(f"The service says no, with number {code or 'unknown'}: {said or 'without a word'}", question, code)


def refuse_first_row(columns: tuple[str, ...], row: Mapping[str, str], question: Question) -> None:
    """Raise the refusal that a form without an envelope (CSV, TAB, XMLTable) shows by its columns alone."""
    if columns and MARKS.issuperset(columns):
        if "Exception" in columns or "ExceptionMsg" in columns:
            raise refuse_exception(row.get("Exception", ""), row.get("ExceptionMsg", ""), question)
        raise refuse_message(row.get("ResultMessage", ""), question)
    refuse_error_rows(columns, row, question, only_if_named=True)


def refuse_page(reply: Reply, question: Question) -> None:
    """Raise where a web page came: it is told what it says, if it is the service's own refusal."""
    if what_it_is(reply.body) != "An HTML page" and reply.media_type != "text/html":
        return
    if found := _CELL.search(reply.body):
        raise refuse_message(found[1].decode("utf-8", "replace"), question)
    if what_it_is(reply.body) != "XML":
        raise NotXml(
            "An HTML page came instead of data",
            where=question.place,
            move=Move.YOURS,
            advice=(
                "Is the name of the function right? An unknown one is answered with the documentation page (inferred). "
                "If it is, check that the address is that of the service itself and not of a web page or a proxy."
            ),
        )


def _refused(what: str, question: Question, code: str = "") -> Refused:
    return Refused(
        what,
        where=question.place,
        status=200,
        code=code or None,
        move=Move.YOURS,
        advice=(
            "Look first at what the call was given: a number or a name that the school does not have is answered like "
            "this. If that is right, ask the school's Magister administrator what the words stand for."
        ),
    )


def _not_authenticated(said: str, question: Question, code: str | None = None) -> NotAuthenticated:
    return NotAuthenticated(
        f"The service does not accept the account {question.username}: {said or 'without a word'}",
        where=question.place,
        status=200,
        code=code,
        advice="Check the name and the password of the web service account; a session may also have ended.",
    )


def _not_permitted(said: str, question: Question, code: str | None = None) -> NotPermitted:
    what = "this function" if question.layout is None else f"the list {question.layout}, or there is no such list"
    return NotPermitted(
        f"The account {question.username} has no right to {what}: {said or 'without a word'}",
        where=question.place,
        status=200,
        code=code,
        advice=(
            "Ask the school to give this account the right, in Magister under web services; "
            "rights are given per function and per list, and the name of a list has to be exact."
            + (f" If both are so: {_LIST_ADVICE}" if code == GENERAL_FAILURE and question.layout is not None else "")
        ),
    )
