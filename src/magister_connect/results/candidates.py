"""Files that tell the suppliers which candidates to test.

The platform of TOA and JIJ! takes a CSV with labels in square brackets: ``[USERNAME]``, ``[DEPARTMENT]`` and
``[ACTION]`` (documented for the product for languages of the same platform). AMN takes a file of participants
(documented). Only differences are sent: new, changed and removed candidates.

A candidate number is never a personal number. A number at AMN is never given to another person, because that person
would get the results of the former one (documented).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

from attrs import field, frozen

from magister_connect.core.tables.spreadsheets import harmless
from magister_connect.errors import UsageError
from magister_connect.identifiers import AmnDeelnemersnummer, Stamnummer, ToaGebruikersnaam

N = TypeVar("N", ToaGebruikersnaam, AmnDeelnemersnummer)
_LONGEST_PREFIX: Final = 8


class Action(StrEnum):
    """What the supplier must do with a candidate."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    ARCHIVE = "ARCHIVE"
    REACTIVATE = "REACTIVATE"


PLATFORM_ACTIONS: Final[Mapping[Action, str]] = {
    Action.INSERT: "INSERT",  # documented; the words of the other three are unknown
    Action.UPDATE: "UPDATE",
    Action.ARCHIVE: "ARCHIVE",
    Action.REACTIVATE: "ACTIVATE",
}
"""The platform's words for actions. Pass others to :func:`platform_file` when the supplier has confirmed them."""


@frozen(kw_only=True)
class Candidate:
    """A person to be tested, with the data that a supplier needs. The repr shows none of them.

    - ``number``: the number at the supplier.
    - ``department``: the code of a department that exists on the platform.
    - ``crebonummer``: for AMN; its Talentscan requires it (documented).
    """

    number: ToaGebruikersnaam | AmnDeelnemersnummer
    voornaam: str = field(repr=False)
    achternaam: str = field(repr=False)
    tussenvoegsel: str = field(default="", repr=False)
    department: str = ""
    group: str = ""
    geboortedatum: dt.date | None = field(default=None, repr=False)
    geslacht: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    crebonummer: str = ""


@frozen
class Change:
    """A candidate, and the action for the supplier."""

    action: Action
    candidate: Candidate


def number_candidates(
    pupils: Iterable[Stamnummer], kind: type[N], *, scope: str, prefixes: Mapping[str, str]
) -> dict[Stamnummer, N]:
    """Return a candidate number for every pupil: the prefix of its administration and the stamnummer.

    ``prefixes`` maps each scope of the stamnummers to a prefix, so that numbers of two administrations never collide.
    Store the pairs as links of a crosswalk, because results come back under these numbers.

    Raises :class:`UsageError` for an administration without a prefix, or for two prefixes that can produce the same
    number. Raises :class:`MappingError` for a number that looks like a personal number.
    """
    _refuse_prefixes(prefixes)
    numbered: dict[Stamnummer, N] = {}
    for pupil in pupils:
        if pupil.scope not in prefixes:
            raise UsageError(
                "An administration has no prefix",
                where=pupil.scope,
                advice='Pass a prefix for each scope of the stamnummers, like prefixes={"noord": "N-", "zuid": "Z-"}.',
            )
        numbered[pupil] = kind.from_stamnummer(pupil, scope=scope, prefix=prefixes[pupil.scope])
    return numbered


def _refuse_prefixes(prefixes: Mapping[str, str]) -> None:
    ordered = sorted(prefixes.values())
    for prefix in ordered:
        if not prefix or len(prefix) > _LONGEST_PREFIX or prefix[-1].isdigit():
            raise UsageError(
                "A prefix must have one to eight characters and must not end in a digit",
                where="prefixes",
                advice='End it in a letter or a dash, like "N-", to keep it apart from the stamnummer.',
            )
    if len(set(ordered)) != len(ordered):
        raise UsageError(
            "Two administrations have the same prefix",
            where="prefixes",
            advice="Pass a prefix of its own for each: otherwise two pupils with one stamnummer become one candidate.",
        )


def changes_between(
    before: Iterable[Candidate], now: Iterable[Candidate], *, archived: Iterable[Candidate] = ()
) -> tuple[Change, ...]:
    """Return the changes to send: new, changed, removed and returning candidates. The others are left out.

    Raises :class:`UsageError` if one number belongs to two people in ``now``.
    """
    former, current = _by_number(before), _by_number(now)
    away = _by_number(archived)
    changes: list[Change] = []
    for number, candidate in current.items():
        if number in former:
            changes += [] if former[number] == candidate else [Change(Action.UPDATE, candidate)]
        elif number in away:
            changes += _reactivate(away[number], candidate)
        else:
            changes.append(Change(Action.INSERT, candidate))
    changes += [Change(Action.ARCHIVE, gone) for number, gone in former.items() if number not in current]
    return tuple(sorted(changes, key=lambda change: (change.action, change.candidate.number)))


def _reactivate(before: Candidate, now: Candidate) -> list[Change]:
    """Return the changes for a returning candidate.

    It must be the same person, because the results stay with the number.
    """
    if before.geboortedatum and now.geboortedatum and before.geboortedatum != now.geboortedatum:
        raise UsageError(
            "An archived candidate number was given to another person",
            where=now.number.kind,
            advice="Give the new person another number: the old results belong to the first person.",
        )
    changes = [Change(Action.REACTIVATE, now)]
    return changes if before == now else [*changes, Change(Action.UPDATE, now)]


def _by_number(candidates: Iterable[Candidate]) -> dict[object, Candidate]:
    found: dict[object, Candidate] = {}
    for candidate in candidates:
        if found.setdefault(candidate.number, candidate) != candidate:
            raise UsageError(
                "Two people have the same candidate number",
                where=candidate.number.kind,
                advice="Give each person their own number, for example with number_candidates().",
            )
    return found


_PLATFORM: Final[Mapping[str, Callable[[Candidate], str]]] = {
    "[USERNAME]": lambda each: each.number.reveal(),
    "[DEPARTMENT]": lambda each: each.department,
    "[GROUP]": lambda each: each.group,
    "[FIRSTNAME]": lambda each: each.voornaam,
    "[MIDDLE_NAME]": lambda each: each.tussenvoegsel,
    "[SURNAME]": lambda each: each.achternaam,
    "[GENDER]": lambda each: each.geslacht,
    "[BIRTHDATE]": lambda each: _day_first(each.geboortedatum),
    "[EMAIL]": lambda each: each.email,
}
_AMN: Final[Mapping[str, Callable[[Candidate], str]]] = {
    "deelnemersnummer": lambda each: each.number.reveal(),
    "voornaam": lambda each: each.voornaam,
    "achternaam": lambda each: " ".join(part for part in (each.tussenvoegsel, each.achternaam) if part),
    "geboortedatum": lambda each: _day_first(each.geboortedatum),
    "geslacht": lambda each: each.geslacht,
    "groep": lambda each: each.group,
    "e-mail": lambda each: each.email,
    "crebonummer": lambda each: each.crebonummer,
}


def platform_file(
    changes: Sequence[Change],
    *,
    words: Mapping[Action, str] = PLATFORM_ACTIONS,
    delimiter: str = ";",
    spreadsheet: bool = False,
) -> bytes:
    """Return the user import of the platform: CSV in UTF-8 with byte-order mark, and dates with the day first.

    - ``words``: the platform's words for the actions. Only ``INSERT`` is documented.
    - ``delimiter``: the default is inferred.
    - ``spreadsheet``: makes formulas harmless, for a file that people open. Do not use it for an import: the apostrophe
      would become part of the name.

    Raises :class:`UsageError` for a candidate without a department, and for a number that is not a valid user name on
    the platform.
    """
    for change in changes:
        if not isinstance(change.candidate.number, ToaGebruikersnaam):
            raise UsageError(
                "The platform needs a user name for each candidate",
                where=change.candidate.number.kind,
                advice="Use numbers of the class ToaGebruikersnaam. For AMN, call amn_file().",
            )
        if not change.candidate.department:
            raise UsageError(
                "A candidate has no department, but the platform requires one",
                where="[DEPARTMENT]",
                advice="Set Candidate(department=...) to the code of a department that exists on the platform.",
            )
    labels = [*_PLATFORM, "[ACTION]"]
    rows = ([*(read(each.candidate) for read in _PLATFORM.values()), words[each.action]] for each in changes)
    return _table(labels, rows, delimiter, spreadsheet=spreadsheet)


def amn_file(changes: Sequence[Change], *, delimiter: str = ";", spreadsheet: bool = False) -> bytes:
    """Return the file of participants for AMN: new and changed ones. AMN has no word for removed ones.

    ``spreadsheet`` works as in :func:`platform_file`. Raises :class:`UsageError` for a participant without a first name
    or surname (documented: both are mandatory), and for an invalid AMN number.
    """
    wanted = [change.candidate for change in changes if change.action is not Action.ARCHIVE]
    latest = {candidate.number: candidate for candidate in wanted}
    for candidate in latest.values():
        if not isinstance(candidate.number, AmnDeelnemersnummer):
            raise UsageError(
                "AMN needs its own number for each participant",
                where=candidate.number.kind,
                advice="Use numbers of the class AmnDeelnemersnummer. For TOA and JIJ!, call platform_file().",
            )
        if not candidate.voornaam or not candidate.achternaam:
            raise UsageError(
                "A participant has no first name or no surname, but AMN requires both",
                where="voornaam, achternaam",
                advice="Complete the name at its source, or leave this participant out.",
            )
    rows = ([read(each) for read in _AMN.values()] for each in latest.values())
    return _table(list(_AMN), rows, delimiter, spreadsheet=spreadsheet)


def _day_first(day: dt.date | None) -> str:
    return "" if day is None else f"{day.day:02}-{day.month:02}-{day.year:04}"


def _table(labels: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str, *, spreadsheet: bool) -> bytes:
    held = io.StringIO(newline="")
    writer = csv.writer(held, delimiter=delimiter)
    writer.writerow(labels)
    writer.writerows([harmless(cell) for cell in row] if spreadsheet else row for row in rows)
    return held.getvalue().encode("utf-8-sig")
