"""The log of changes of a simulated school: who came, left, moved or was renamed, and on which day.

The log compares the data of a person on a day with the day before. So it contains exactly what a sync should find.
Apply the changes between two nights to the school of the first night, and the result is the school of the second.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from attrs import field, frozen

from magister_connect.sandbox.school.people import Inschrijving, Leerling, Medewerker
from magister_connect.sandbox.school.programmes import year_of
from magister_connect.sandbox.school.years import SchoolYears


class ChangeKind(StrEnum):
    """The kind of change."""

    CAME = "came"
    LEFT = "left"
    MOVED_UP = "moved up"
    REPEATS = "repeats a year"
    CHANGED_STUDY = "changed study"
    CHANGED_CLASS = "changed class"
    RENAMED = "renamed"
    MOVED_HOUSE = "moved house"
    NUMBER_CHANGED = "personal number changed"


@frozen(kw_only=True)
class Change:
    """One change, with the first day on which it is visible.

    A pupil with last day 31 July ``LEFT`` on 1 August. The kind decides what ``before`` and ``after`` are: the class of
    a pupil, the code of an employee, the full name, the address or the personal number. They are ``None`` if there is
    none. Printing a change hides them.
    """

    day: dt.date
    kind: ChangeKind
    person: Literal["leerling", "medewerker"]
    stamnummer: int
    before: str | None = field(default=None, repr=False)
    after: str | None = field(default=None, repr=False)


def changes_between(years: SchoolYears, since: dt.date, until: dt.date) -> Iterator[Change]:
    """Yield the changes after one day, up to and including another, by day and stamnummer."""
    for year in range(year_of(since), year_of(until) + 1):
        first = dt.date(year, 8, 1)
        if since < first <= until and year > years.founded:
            yield from _over_summer(years, first)
        for day, pupils in years.touched(year):
            if since < day <= until:
                for index in sorted(pupils):
                    yield from _of_pupil(years, index, day)


def _over_summer(years: SchoolYears, day: dt.date) -> Iterator[Change]:
    before = day - dt.timedelta(days=1)
    for index in sorted({*years.year(day.year - 1).places, *years.year(day.year).places}):
        yield from _of_pupil(years, index, day)
    then, now = years.employees(before), years.employees(day)
    for number, employee in now.items():
        yield from _of_employee(then.get(number), employee, day)


def _of_employee(before: Medewerker | None, after: Medewerker, day: dt.date) -> Iterator[Change]:
    if before is None:
        yield Change(day=day, kind=ChangeKind.CAME, person="medewerker", stamnummer=after.stamnummer, after=after.code)
    elif before.datum_uit is None and after.datum_uit is not None:
        yield Change(
            day=day,
            kind=ChangeKind.LEFT,
            person="medewerker",
            stamnummer=after.stamnummer,
            before=before.code,
            after=after.code,
        )


def _of_pupil(years: SchoolYears, index: int, day: dt.date) -> Iterator[Change]:
    yesterday = day - dt.timedelta(days=1)
    before, after = years.pupil(index, yesterday), years.pupil(index, day)
    old = before.enrolment_on(yesterday) if before else None
    new = after.enrolment_on(day) if after else None
    known = after or before
    if known is None:
        return
    for kind, was, became in _differences(before, after, old, new):
        yield Change(day=day, kind=kind, person="leerling", stamnummer=known.stamnummer, before=was, after=became)


def _differences(
    before: Leerling | None, after: Leerling | None, old: Inschrijving | None, new: Inschrijving | None
) -> Iterator[tuple[ChangeKind, str | None, str | None]]:
    if old is None and new is not None:
        yield ChangeKind.CAME, None, new.klas
    elif old is not None and new is None:
        yield ChangeKind.LEFT, old.klas, None
    elif before is not None and after is not None and old is not None and new is not None:
        if (kind := _kind_of_move(old, new)) is not None:
            yield kind, old.klas, new.klas
        if before.volledige_naam != after.volledige_naam:
            yield ChangeKind.RENAMED, before.volledige_naam, after.volledige_naam
        if before.adres != after.adres:
            yield ChangeKind.MOVED_HOUSE, before.adres.regel, after.adres.regel
        if before.pgn != after.pgn:
            yield ChangeKind.NUMBER_CHANGED, before.pgn, after.pgn


def _kind_of_move(old: Inschrijving, new: Inschrijving) -> ChangeKind | None:
    if old.studie.code != new.studie.code:
        return ChangeKind.CHANGED_STUDY
    if old.leerjaar != new.leerjaar:
        return ChangeKind.MOVED_UP
    if old.lesperiode != new.lesperiode:
        return ChangeKind.REPEATS
    return ChangeKind.CHANGED_CLASS if old.klas != new.klas else None
