"""Marks at the simulated school: columns, periods, and the marks of a pupil."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from attrs import frozen

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Inschrijving, Leerling
from magister_connect.sandbox.school.programmes import Lesperiode, Vak

GEWOON: Final = 1
GEMIDDELDE: Final = 2
"""Kinds of column, as several clients of the web interface know them: 1 is a mark, 2 an average."""


@frozen
class Cijferperiode:
    """A quarter of a lesson period."""

    nummer: int
    naam: str
    begin: dt.date
    einde: dt.date


@frozen
class Cijferkolom:
    """A column of the mark book. ``weging`` is its weight in the average; ``soort`` is 1 (mark) or 2 (average)."""

    nummer: int
    naam: str
    kop: str
    omschrijving: str
    soort: int
    weging: int
    periode: int


@frozen(kw_only=True)
class Cijfer:
    """One cell.

    ``waarde`` is text with a decimal comma, as in Magister; ``ingevoerd_op`` is local time without a zone.
    """

    cijfer_id: int
    kolom_id: int
    stamnummer: int
    aanmelding: int
    lesperiode: str
    vak: Vak
    kolom: Cijferkolom
    waarde: str
    is_voldoende: bool
    telt_mee: bool
    ingevoerd_op: dt.datetime
    ingevoerd_door: str


PERIODEN: Final = 4
_KINDS: Final = (("SO", "Schriftelijke overhoring", 1), ("PW", "Proefwerk", 3))
KOLOMMEN: Final = tuple(
    Cijferkolom(period * 10 + place, f"{short}{period}", short, f"{long} periode {period}", GEWOON, weight, period)
    for period in range(1, PERIODEN + 1)
    for place, (short, long, weight) in enumerate(_KINDS, start=1)
) + tuple(
    Cijferkolom(period * 10 + 9, f"GEM{period}", "GEM", f"Gemiddelde periode {period}", GEMIDDELDE, 0, period)
    for period in range(1, PERIODEN + 1)
)


def periods_of(lesperiode: Lesperiode) -> tuple[Cijferperiode, ...]:
    """Return the four quarters of a lesson period."""
    days = (lesperiode.einde - lesperiode.begin).days + 1
    starts = [lesperiode.begin + dt.timedelta(days=days * turn // PERIODEN) for turn in range(PERIODEN + 1)]
    return tuple(
        Cijferperiode(turn + 1, f"P{turn + 1}", starts[turn], starts[turn + 1] - dt.timedelta(days=1))
        for turn in range(PERIODEN)
    )


def draw_marks(seed: int, pupil: Leerling) -> Iterator[Cijfer]:
    """Yield all marks of a pupil in all years, including those after the time of the clock.

    Averages follow from the marks.
    """
    for enrolment in pupil.inschrijvingen:
        talent = Dice(seed, "talent", pupil.nummer).spread(6.6, 1.8)
        for place, subject in enumerate(enrolment.vakken):
            dice = Dice(seed, "marks", enrolment.nummer, subject.code)
            yield from _draw_subject(dice, enrolment, subject, place, talent)


def _draw_subject(dice: Dice, enrolment: Inschrijving, subject: Vak, place: int, talent: float) -> Iterator[Cijfer]:
    """Yield the marks within the enrolment, and their average at the end of each period."""
    for period in periods_of(enrolment.lesperiode):
        total = weight = Decimal(0)
        for column in (each for each in KOLOMMEN if each.periode == period.nummer):
            value = Decimal(0)
            if column.soort == GEWOON:
                value = Decimal(str(round(min(10.0, max(1.0, dice.spread(talent, 2.0))), 1)))
            moment = dt.datetime.combine(
                dice.day(period.begin, period.einde), dt.time(dice.number(8, 16), 5 * dice.number(0, 11))
            )
            if column.soort == GEMIDDELDE:
                moment = dt.datetime.combine(period.einde, dt.time(17))
            if not enrolment.holds_on(moment.date()):
                continue
            if column.soort == GEWOON:
                total, weight = total + value * column.weging, weight + column.weging
            elif weight:
                value = total / weight
            else:
                continue
            yield _cell(enrolment, subject, place, column, value=value, moment=moment)


def _cell(
    enrolment: Inschrijving, subject: Vak, place: int, column: Cijferkolom, *, value: Decimal, moment: dt.datetime
) -> Cijfer:
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Cijfer(
        cijfer_id=(enrolment.nummer * 20 + place) * 100 + column.nummer,
        kolom_id=place * 100 + column.nummer,
        stamnummer=enrolment.stamnummer,
        aanmelding=enrolment.nummer,
        lesperiode=enrolment.lesperiode.code,
        vak=subject,
        kolom=column,
        waarde=str(rounded).replace(".", ","),
        is_voldoende=rounded >= Decimal("5.5"),
        telt_mee=column.soort == GEWOON,
        ingevoerd_op=moment,
        ingevoerd_door=enrolment.mentor,
    )
