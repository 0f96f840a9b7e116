"""Pupils and their enrolments over the years, drawn from a seed.

A few things are wrong on purpose, always at the same places, because they are wrong in every administration: pupils
without a personal number, a number that was replaced, two pupils under one number in the table of numbers, pupils who
left, and enrolments that nobody has finished.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.identities import FORMER_NUMBERS, PUPIL_NUMBERS, PUPILS_WITHOUT_NUMBER
from magister_connect.sandbox.school.people import Inschrijving, Leerling, Medewerker, draw_person
from magister_connect.sandbox.school.programmes import LESPERIODEN, LOCATIES, STUDIES, VAKKEN, Lesperiode, Studie

FIRST_STAMNUMMER: Final = 10_001
CLASS_SIZE: Final = 24
SHARE_OF_MBO: Final = 0.55
LEAVERS: Final = 23  # one pupil in so many left during the current period
LATE_STARTERS: Final = 57  # one in so many begins later in the current period
STARTS_LATE: Final = dt.date(2026, 2, 2)
DEFECTS: Final = ("klas", "crebo", "begin", "leerweg")
DEFECT_EVERY: Final = 29
_BY_KIND: Final = {
    kind: tuple(each for each in STUDIES if each.soort == kind) for kind in ("mbo", "vmbo", "havo", "vwo")
}


def draw_pupils(seed: int, count: int, staff: Sequence[Medewerker]) -> Iterator[Leerling]:
    """So many pupils with their enrolments, in the order of their stamnummers."""
    seating = _Seating([each.code for each in staff if each.is_docent and each.datum_uit is None])
    for index in range(count):
        yield _draw_pupil(seed, index, seating)


class _Seating:
    """Fills one class after the other, and knows who can be a mentor."""

    def __init__(self, mentors: Sequence[str]) -> None:
        self._mentors = mentors
        self._taken: Counter[tuple[str, str, int]] = Counter()

    def division_of_next(self, period: str, study: str, year: int) -> int:
        """The class for one more pupil, from 0 on."""
        seat = self._taken[period, study, year]
        self._taken[period, study, year] += 1
        return seat // CLASS_SIZE

    def mentor(self, turn: int) -> str:
        """The code of a mentor."""
        return self._mentors[turn % len(self._mentors)]


def _draw_pupil(seed: int, index: int, seating: _Seating) -> Leerling:
    dice = Dice(seed, "pupil", index)
    study = _draw_study(dice)
    years = dice.number(1, min(len(LESPERIODEN), len(study.leerjaren)))
    age = {"mbo": 16, "vmbo": 12, "havo": 12, "vwo": 12}[study.soort] + years - 1
    born = (dt.date(2024 - age, 10, 1), dt.date(2025 - age, 9, 30))
    stamnummer = FIRST_STAMNUMMER + index
    fields = draw_person(dice, stamnummer, "leerling.", born)
    first_year = dice.number(1, len(study.leerjaren) - years + 1)
    enrolments = [
        _enrol(seating, index, study, first_year + turn, period) for turn, period in enumerate(LESPERIODEN[-years:])
    ]
    enrolments[-1] = _disturb(index, enrolments[-1])
    return Leerling(
        **fields,
        nummer=index,
        stamnummer=stamnummer,
        pgn=_pupil_number(index),
        vorige_pgn=_former_number(index),
        inschrijvingen=tuple(enrolments),
    )


def _pupil_number(index: int) -> str | None:
    """The personal number of the pupil at this place of the fixed list; none beyond it, or while it is not known."""
    if index >= len(PUPIL_NUMBERS) or index in PUPILS_WITHOUT_NUMBER:
        return None
    return PUPIL_NUMBERS[index].reveal()


def _former_number(index: int) -> str | None:
    former = FORMER_NUMBERS.get(PUPIL_NUMBERS[index]) if index < len(PUPIL_NUMBERS) else None
    return None if former is None else former.reveal()


def _draw_study(dice: Dice) -> Studie:
    kind = "mbo" if dice.chance(SHARE_OF_MBO) else dice.pick(("vmbo", "vmbo", "havo", "vwo"))
    return dice.pick(_BY_KIND[kind])


def _enrol(seating: _Seating, index: int, study: Studie, year: int, period: Lesperiode) -> Inschrijving:
    division = seating.division_of_next(period.code, study.code, year)
    mentor = STUDIES.index(study) * 7 + year * 3 + division
    return Inschrijving(
        nummer=index * 10 + LESPERIODEN.index(period) + 1,
        stamnummer=FIRST_STAMNUMMER + index,
        lesperiode=period,
        begin=period.begin,
        einde=period.einde,
        vertrek=None,
        studie=study,
        leerjaar=year,
        klas=f"{year}{study.code}{_letters(division)}",
        locatie=LOCATIES[(STUDIES.index(study) + division) % len(LOCATIES)],
        profiel=study.profielen[(index + year) % len(study.profielen)] if study.profielen and year >= 4 else None,
        vakken=tuple(VAKKEN[code] for code in study.vakken),
        mentor=seating.mentor(mentor),
        tweede_mentor=seating.mentor(mentor + 1) if index % 4 == 0 else "",
    )


def _disturb(index: int, enrolment: Inschrijving) -> Inschrijving:
    """What goes on in the current period: leaving, starting late, and enrolments that are not finished."""
    if index % LEAVERS == LEAVERS - 1:
        return evolve(enrolment, vertrek=dt.date(2025, 9, 1) + dt.timedelta(days=index % 60))
    if index % LATE_STARTERS == LATE_STARTERS - 1:
        return evolve(enrolment, begin=STARTS_LATE)
    if enrolment.studie.soort == "mbo" and index % DEFECT_EVERY < len(DEFECTS):
        return evolve(enrolment, gebrek=DEFECTS[index % DEFECT_EVERY])
    return enrolment


def _letters(number: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    text = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("A") + letter) + text
    return text
