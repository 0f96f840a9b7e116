"""Lessons of the simulated school: the same week for a class all year, with some lessons cancelled or moved.

The weeks of all classes of a lesson period are generated together, hour by hour. So no teacher, class or room has two
lessons at a time. Classes with the fewest lessons come first. A school with few teachers has free hours.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from attrs import frozen

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import teaching_group
from magister_connect.sandbox.school.programmes import Vak

HOURS: Final = 7
GEPLAND, GEWIJZIGD, VERVALLEN = 2, 3, 5  # values of Status
HUISWERK, TOETS = 1, 2  # values of InfoType
_SCHOOL_DAYS: Final = range(5)
_FREE: Final = 0.15
_ROOMS_ON_A_FLOOR: Final = 20
_DAY_ZERO: Final = dt.date(2022, 7, 31)  # lessons before it have negative numbers
_NUMBERS_A_DAY: Final = 100_000  # ten for each class; a school has fewer than ten thousand classes


@frozen
class Roosteruur:
    """A lesson that a class has every week on a day (Monday is 0) at an hour. ``nummer`` is unique on that day."""

    nummer: int
    weekdag: int
    lesuur: int
    vak: Vak
    docent: str
    lokaal: str


Week: TypeAlias = Sequence[Roosteruur]


@frozen(kw_only=True)
class Afspraak:
    """A lesson of a class. ``begin`` and ``einde`` are local times without a zone, ``docent`` is a staff code."""

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


def lesson_times(day: dt.date, hour: int) -> tuple[dt.datetime, dt.datetime]:
    """Return begin and end of a lesson hour, from 1: 50 minutes, the first at 8:30, a break of 20 after the third."""
    begin = dt.datetime.combine(day, dt.time(8, 30)) + dt.timedelta(minutes=50 * (hour - 1) + (20 if hour > 3 else 0))
    return begin, begin + dt.timedelta(minutes=50)


def draw_weeks(seed: int, lesperiode: str, teachers: Mapping[str, Mapping[Vak, str]]) -> dict[str, Week]:
    """Return the week of each class. ``teachers`` contains, by class, the teacher of each of its subjects."""
    weeks: dict[str, list[Roosteruur]] = {klas: [] for klas in teachers}
    numbers, rooms = {klas: 10 * place for place, klas in enumerate(teachers)}, _rooms(teachers)
    for weekday in _SCHOOL_DAYS:
        for hour in range(1, HOURS + 1):
            dice, busy = Dice(seed, "hour", lesperiode, weekday, hour), {""}  # an empty code cannot give a lesson
            for klas in sorted(weeks, key=lambda klas: (len(weeks[klas]), dice.number(0, 999_999))):
                able = [each for each in teachers[klas].items() if each[1] not in busy]
                if dice.chance(_FREE) or not able:
                    continue
                subject, teacher = _rarest(dice, able, weeks[klas])
                busy.add(teacher)
                weeks[klas].append(Roosteruur(numbers[klas] + hour, weekday, hour, subject, teacher, rooms[teacher]))
    return dict(weeks)


def _rooms(teachers: Mapping[str, Mapping[Vak, str]]) -> dict[str, str]:
    """Return a room for each teacher, such as ``104``: floor and door."""
    codes = sorted({code for of_class in teachers.values() for code in of_class.values()})
    places = (divmod(place, _ROOMS_ON_A_FLOOR) for place in range(len(codes)))
    return {code: f"{floor}{door + 1:02}" for code, (floor, door) in zip(codes, places, strict=True)}


def _rarest(dice: Dice, able: Sequence[tuple[Vak, str]], week: Week) -> tuple[Vak, str]:
    """Return one of the subjects that a class has had least this week."""
    had = Counter(each.vak for each in week)
    least = min(had[vak] for vak, _ in able)
    return dice.pick([each for each in able if had[each[0]] == least])


def draw_lessons(seed: int, klas: str, week: Week, first: dt.date, last: dt.date) -> Iterator[Afspraak]:
    """Yield the lessons of a class from the first to the last day."""
    for turn in range((last - first).days + 1):
        day = first + dt.timedelta(days=turn)
        if day.weekday() in _SCHOOL_DAYS:
            change = Dice(seed, "day", klas, day)
            yield from (_lesson(change, klas, each, day) for each in week if each.weekdag == day.weekday())


def day_of_lesson(nummer: int) -> dt.date:
    """Return the day of the lesson with a number. Raises :class:`OverflowError` for a number that no lesson has."""
    return _DAY_ZERO + dt.timedelta(days=nummer // _NUMBERS_A_DAY)


def _lesson(change: Dice, klas: str, each: Roosteruur, day: dt.date) -> Afspraak:
    status = change.pick((GEPLAND,) * 18 + (GEWIJZIGD, VERVALLEN))
    homework = change.pick((0, 0, 0, 0, HUISWERK, HUISWERK, TOETS))
    begin, end = lesson_times(day, each.lesuur)
    return Afspraak(
        nummer=(day - _DAY_ZERO).days * _NUMBERS_A_DAY + each.nummer,
        klas=klas,
        groep=teaching_group(klas, each.vak),
        vak=each.vak,
        docent=each.docent,
        lokaal=each.lokaal,
        lesuur=each.lesuur,
        begin=begin,
        einde=end,
        status=status,
        info_type=homework,
        inhoud={HUISWERK: "<p>Maak de opgaven.</p>", TOETS: "<p>Toets over het hoofdstuk.</p>"}.get(homework, ""),
    )
