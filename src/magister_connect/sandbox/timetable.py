"""Lessons at the simulated school: the same week for a class all year, with some lessons cancelled or moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from magister_connect.sandbox.absence import lesson_times
from magister_connect.sandbox.dice import Dice
from magister_connect.sandbox.people import Inschrijving
from magister_connect.sandbox.programmes import Vak

__all__ = ["Afspraak", "draw_lessons"]

HOURS: Final = 7
GEPLAND, GEWIJZIGD, VERVALLEN = 2, 3, 5  # values of Status
HUISWERK, TOETS = 1, 2  # values of InfoType
_FRIDAY: Final = 4


@frozen(kw_only=True)
class Afspraak:
    """A lesson of a class; ``begin`` and ``einde`` are naive local times, ``docent`` is a code of staff."""

    nummer: int
    klas: str
    groep: str
    vak: Vak
    docent: str
    lokaal: str
    lesuur: int
    begin: dt.datetime
    einde: dt.datetime
    status: int
    info_type: int
    inhoud: str


def draw_lessons(
    seed: int, enrolment: Inschrijving, teachers: dict[str, str], first: dt.date, last: dt.date
) -> Iterator[Afspraak]:
    """The lessons of a class from the first day to the last; ``teachers`` names the teacher of each subject's code."""
    day = max(first, enrolment.begin)
    while day <= min(last, enrolment.vertrek or enrolment.einde):
        if day.weekday() <= _FRIDAY:
            yield from _draw_day(seed, enrolment, teachers, day)
        day += dt.timedelta(days=1)


def _draw_day(seed: int, enrolment: Inschrijving, teachers: dict[str, str], day: dt.date) -> Iterator[Afspraak]:
    week = Dice(seed, "week", enrolment.lesperiode.code, enrolment.klas, day.weekday())
    change = Dice(seed, "day", enrolment.klas, day)
    base = day.toordinal() * 1000 + sum(map(ord, enrolment.klas)) % 100 * 10
    for hour in range(1, HOURS + 1):
        subject, free, room = (
            week.pick(enrolment.vakken),
            week.chance(0.15),
            f"{week.number(0, 3)}{week.number(1, 20):02}",
        )
        status = change.pick((GEPLAND,) * 18 + (GEWIJZIGD, VERVALLEN))
        homework = change.pick((0, 0, 0, 0, HUISWERK, HUISWERK, TOETS))
        if free:
            continue
        begin, end = lesson_times(day, hour)
        yield Afspraak(
            nummer=base + hour,
            klas=enrolment.klas,
            groep=f"{enrolment.klas.lower()}.{subject.code}1",
            vak=subject,
            docent=teachers.get(subject.code, ""),
            lokaal=room,
            lesuur=hour,
            begin=begin,
            einde=end,
            status=status,
            info_type=homework,
            inhoud={HUISWERK: "<p>Maak de opgaven.</p>", TOETS: "<p>Toets over het hoofdstuk.</p>"}.get(homework, ""),
        )
