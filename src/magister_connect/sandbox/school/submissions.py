"""JIJ! and TOA test results of the simulated school: taken, graded, graded again, and withdrawn.

Levels, development scores (2F is 80, 3F is 100; documented) and the three dates (taken, graded, changed) follow the
supplier's public pages. Numbers, codes and names of tests are invented.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from attrs import evolve, frozen

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Inschrijving, Leerling

PRODUCTS: Final = ("JIJ", "TOA")
_REFERENCE: Final = ("<1F", "1F", "2F", "3F", "4F")
_CEFR: Final = ("A1", "A2", "B1", "B2", "C1")


@frozen
class Toets:
    """A test of a product. ``referentie`` states whether its level is a referentieniveau or an ERK level."""

    nummer: int
    code: str
    naam: str
    vak: str
    vaardigheid: str
    referentie: bool


@frozen
class Toetsonderdeel:
    """The result of a part of a test."""

    code: str
    naam: str
    score: int
    percentage: int
    niveau: str


@frozen(kw_only=True)
class Toetsresultaat:
    """One state of one submission. All moments are local times without a zone.

    ``username`` identifies the candidate on the platform: mostly the stamnummer, as text. ``zichtbaar_vanaf`` is when
    the service shows this state, which may be later than ``gewijzigd``. The last visible state counts. A withdrawn
    submission ends with a state in which ``ingetrokken`` is true, and is then no longer listed.
    """

    product: str
    submission_nr: int
    username: str
    stamnummer: int | None
    toets: Toets
    afgenomen: dt.datetime
    beoordeeld: dt.datetime | None
    gewijzigd: dt.datetime
    zichtbaar_vanaf: dt.datetime
    niveau: str | None
    ontwikkelscore: int | None
    score: str | None
    percentage: int | None
    cijfer: str | None
    status: str = "Beoordeeld"
    onderdelen: tuple[Toetsonderdeel, ...] = ()
    ingetrokken: bool = False


_COMMON: Final = (
    ("NE-LE", "Nederlands lezen", "Nederlands", "lezen", True),
    ("NE-LU", "Nederlands luisteren", "Nederlands", "luisteren", True),
    ("RE", "Rekenen", "Rekenen", "rekenen", True),
    ("EN-LE", "Engels lezen", "Engels", "lezen", False),
    ("EN-SP", "Engels spreken", "Engels", "spreken", False),
)
TESTS: Final = {
    product: tuple(Toets(start + place, f"{product}-{row[0]}", *row[1:]) for place, row in enumerate(_COMMON))
    for product, start in zip(PRODUCTS, (1000, 7000), strict=True)
}
_STARTS: Final = {"JIJ": 42_000_000, "TOA": 73_000_000}
_VISITORS: Final = 6
_MOMENTS: Final = ((9, 15, 40), (11, 10, 30), (3, 1, 40))  # month, first day, number of days of the round of tests


def draw_submissions(
    seed: int, product: str, pupil: Leerling, lesperiode: str | None = None
) -> Iterator[tuple[Toetsresultaat, ...]]:
    """Yield the submissions of a pupil, each as its states in order. TOA is for mbo only.

    With a lesson period such as ``2526``, only those of that period.
    """
    for year, enrolment in enumerate(pupil.inschrijvingen):
        if lesperiode not in {None, enrolment.lesperiode.code}:
            continue
        if product == "TOA" and enrolment.studie.soort != "mbo":
            continue
        dice = Dice(seed, product, enrolment.nummer)
        for turn, (month, day, length) in enumerate(_MOMENTS):
            first = _date_in(enrolment, month, day)
            taken = dice.day(first, first + dt.timedelta(days=length))
            if not enrolment.holds_on(taken) or dice.chance(0.2):
                continue
            number = _STARTS[product] + pupil.nummer * 40 + year % 5 * 8 + year // 5 * 4 + turn
            yield _draw_states(dice, product, number, pupil, day=taken, progress=year + turn / 3)


def draw_visitors(seed: int, product: str, year: int, past: int = 0) -> Iterator[tuple[Toetsresultaat, ...]]:
    """Yield submissions in the autumn of a year by candidates whom the administration does not know, such as guests.

    ``past`` is the number of earlier autumns.
    """
    for turn in range(past * _VISITORS, (past + 1) * _VISITORS):
        dice = Dice(seed, product, "visitor", turn)
        number, day = _STARTS[product] - 1000 + turn, dt.date(year, 10, 6 + turn % _VISITORS)
        states = _draw_states(dice, product, number, None, day=day, progress=1)
        yield tuple(evolve(each, username=f"gast{turn + 1:02}") for each in states)


def _date_in(enrolment: Inschrijving, month: int, day: int) -> dt.date:
    begin = enrolment.lesperiode.begin
    return dt.date(begin.year if month >= begin.month else begin.year + 1, month, day)


def _draw_states(
    dice: Dice, product: str, number: int, pupil: Leerling | None, *, day: dt.date, progress: float
) -> tuple[Toetsresultaat, ...]:
    taken = dt.datetime.combine(day, dt.time(dice.number(8, 15), dice.number(0, 59), dice.number(0, 59)))
    graded = (
        taken + dt.timedelta(minutes=1) if dice.chance(0.6) else taken + dt.timedelta(days=dice.number(1, 9), hours=1)
    )
    first = _draw_state(dice, product, number, pupil, taken=taken, graded=graded, progress=progress)
    if not dice.chance(0.06):
        return (first,)
    later = graded + dt.timedelta(days=dice.number(5, 40))
    if dice.chance(0.15):
        return first, evolve(first, gewijzigd=later, zichtbaar_vanaf=later, ingetrokken=True)
    return first, _graded_again(first, later)


def _draw_state(
    dice: Dice,
    product: str,
    number: int,
    pupil: Leerling | None,
    *,
    taken: dt.datetime,
    graded: dt.datetime,
    progress: float,
) -> Toetsresultaat:
    test = dice.pick(TESTS[product])
    development = round(min(125.0, max(35.0, dice.spread(62 + 8 * progress, 28))))
    percentage = dice.number(25, 98)
    level = (_REFERENCE if test.referentie else _CEFR)[min(4, max(0, (development - 40) // 20))]
    delay = dt.timedelta(hours=dice.pick((0, 0, 0, 0, 1, 30)))
    given_up = dice.chance(0.02)
    return Toetsresultaat(
        product=product,
        submission_nr=number,
        username="" if pupil is None else str(pupil.stamnummer),
        stamnummer=None if pupil is None else pupil.stamnummer,
        toets=test,
        afgenomen=taken,
        beoordeeld=None if given_up else graded,
        gewijzigd=graded,
        zichtbaar_vanaf=graded + delay,
        niveau=None if given_up else level,
        ontwikkelscore=None if given_up else development,
        score="Niet meer beoordelen" if given_up else f"{percentage},{dice.number(0, 9)}",
        percentage=None if given_up else percentage,
        cijfer=None if given_up or product == "JIJ" else f"{max(10, percentage) / 10:.1f}".replace(".", ","),
        status="Niet meer beoordelen" if given_up else "Beoordeeld",
        onderdelen=() if given_up else _draw_parts(dice, test, level),
    )


def _draw_parts(dice: Dice, test: Toets, level: str) -> tuple[Toetsonderdeel, ...]:
    names = ("Begrijpen", "Interpreteren") if test.vaardigheid == "lezen" else ("Deel A",)
    scores = [dice.number(5, 30) for _ in names]
    return tuple(
        Toetsonderdeel(f"{place + 1}", name, score, score * 100 // 30, level)
        for place, (name, score) in enumerate(zip(names, scores, strict=True))
    )


def _graded_again(first: Toetsresultaat, moment: dt.datetime) -> Toetsresultaat:
    if first.percentage is None or first.ontwikkelscore is None:
        return evolve(first, gewijzigd=moment, zichtbaar_vanaf=moment)
    return evolve(
        first,
        beoordeeld=moment,
        gewijzigd=moment,
        zichtbaar_vanaf=moment,
        percentage=min(100, first.percentage + 2),
        score=f"{min(100, first.percentage + 2)},0",
        ontwikkelscore=first.ontwikkelscore + 1,
    )
