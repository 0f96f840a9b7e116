"""Absence at the simulated school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Leerling
from magister_connect.sandbox.school.timetable import lesson_times


@frozen
class Absentiesoort:
    """A kind of absence: code, meaning, ``Verantwoordingtype`` and whether it is excused."""

    code: str
    omschrijving: str
    type: int
    geoorloofd: bool


@frozen(kw_only=True)
class Absentie:
    """One absence during one lesson hour. ``begin`` and ``einde`` are local times without a zone."""

    nummer: int
    stamnummer: int
    aanmelding: int
    soort: Absentiesoort
    begin: dt.datetime
    einde: dt.datetime
    lesuur: int


SOORTEN: Final = (
    Absentiesoort("A", "Afwezig zonder bericht", 1, geoorloofd=False),
    Absentiesoort("TL", "Te laat", 2, geoorloofd=False),
    Absentiesoort("Z", "Ziek", 3, geoorloofd=True),
    Absentiesoort("Z", "Ziek", 3, geoorloofd=True),  # twice as often as the others
    Absentiesoort("U", "Uitgestuurd", 4, geoorloofd=False),
    Absentiesoort("V", "Vrijstelling", 6, geoorloofd=True),
    Absentiesoort("B", "Boeken vergeten", 7, geoorloofd=False),
)
_SATURDAY: Final = 5


def draw_absence(seed: int, pupil: Leerling) -> Iterator[Absentie]:
    """Yield all absences of a pupil in all years, in order of time, including those after the time of the clock."""
    for enrolment in pupil.inschrijvingen:
        dice = Dice(seed, "absence", enrolment.nummer)
        last = enrolment.vertrek or enrolment.einde
        days = sorted(dice.day(enrolment.begin, last) for _ in range(dice.number(0, 14)))
        for place, day in enumerate(days):
            hour, kind = dice.number(1, 7), dice.pick(SOORTEN)
            if day.weekday() >= _SATURDAY:
                continue
            begin, end = lesson_times(day, hour)
            yield Absentie(
                nummer=enrolment.nummer * 100 + place,
                stamnummer=pupil.stamnummer,
                aanmelding=enrolment.nummer,
                soort=kind,
                begin=begin,
                einde=end,
                lesuur=hour,
            )
