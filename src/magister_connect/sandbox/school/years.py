"""The school years of a simulated school, one after the other without end, generated from a seed.

The first four years are generated together: the school grows to its size. Each later year follows from the year before
and its own random numbers (seed and year). So a day is always the same, however the clock got there. Classes move up.
Some pupils repeat a year, change study or leave, and new pupils take the free places. Staff who leave have successors.
Events within a year are generated with it, each with its day. A pupil may leave, start later, or get another class,
address or name. A personal number may become known.

Some data is wrong on purpose, as in every administration. There are pupils without a personal number, replaced numbers,
two pupils with one number in the table of numbers, and incomplete enrolments.

Years are stored in a compact form, a few numbers for each pupil. People and enrolments are built from it when they are
read.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from threading import RLock
from typing import Any, Final

from attrs import define, evolve, field, frozen

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.identities import (
    FORMER_NUMBERS,
    PUPIL_NUMBERS,
    PUPILS_WITHOUT_NUMBER,
    STAFF_NUMBERS,
    number_at,
    onderwijsnummer_at,
)
from magister_connect.sandbox.school.people import (
    PERSON_DRAWS,
    SURNAMES,
    TUSSENVOEGSELS,
    Inschrijving,
    Leerling,
    Medewerker,
    draw_address,
    draw_employee,
    draw_person,
    draw_successor,
)
from magister_connect.sandbox.school.programmes import FOUNDING_YEARS, Curriculum, Lesperiode, lesperiode_of, year_of

CLASS_SIZE: Final = 24
LEAVERS: Final = 23  # one pupil in so many leaves during a year
LATE_STARTERS: Final = 57  # one in so many of the founding years begins later in the last of them
DEFECTS: Final = ("klas", "crebo", "begin", "leerweg")
DEFECT_EVERY: Final = 29
_STAFF_LEAVE: Final = 15  # one member of staff in so many leaves at the end of a year
_GOES, _REPEATS, _SWITCHES = 0.04, 0.09, 0.11  # shares of those who leave, repeat and switch, cumulative
_FAILS: Final = 0.06  # share of those in their last year who repeat it
_BEGINS_LATE: Final = 0.05
_BEGINS_HIGHER: Final = 0.15
_ADDRESS, _NAME, _CLASS = 0.03, 0.04, 0.055  # shares of those with such a change in a year, cumulative
_SWITCHED: Final = {"V": "H", "H": "VT"}  # within the first three years


@define
class Place:
    """The enrolment of a pupil in a year in its compact form. ``study`` is a position in the list of studies."""

    study: int
    leerjaar: int
    cohort: int
    division: int = 0
    repeated: bool = False
    begin: dt.date | None = None
    vertrek: dt.date | None = None
    gebrek: str = ""
    moved: tuple[dt.date, int] | None = None


@frozen
class PupilEvent:
    """An event of a pupil on a day: new values for fields of the record."""

    day: dt.date
    fields: dict[str, Any]


@frozen
class SchoolYear:
    """A school year: the places of its pupils by their numbers, and the teachers."""

    year: int
    lesperiode: Lesperiode
    places: dict[int, Place]
    staff: tuple[int, ...]
    pupils_so_far: int
    staff_so_far: int
    seats: Counter[object] = field(factory=Counter)


class SchoolYears:
    """All school years of a school, each generated on first use. Thread-safe."""

    def __init__(self, seed: int, curriculum: Curriculum, *, pupils: int, staff: int, founded: int) -> None:
        self.seed, self.curriculum, self.founded, self.size = seed, curriculum, founded, pupils
        self._lock = RLock()
        self._events: dict[int, list[PupilEvent]] = defaultdict(list)
        self._entered: list[tuple[int, int, int]] = []  # first year, study and leerjaar of each pupil
        self._first_of_new_staff = staff // 1_000 * 1_000 + 1_001
        self._employees: dict[int, Medewerker] = {}
        self._left: dict[int, dt.date] = {}
        self._pupils: dict[int, tuple[object, Leerling]] = {}
        self._mentors: dict[int, tuple[str, ...]] = {}
        for number in range(1, staff + 1):
            pgn = STAFF_NUMBERS[number - 1].reveal() if number <= len(STAFF_NUMBERS) else None
            self._employees[number] = draw_employee(seed, number, curriculum, founded, pgn)
            if number % _STAFF_LEAVE == 0:
                self._left[number] = dt.date(founded + FOUNDING_YEARS - 1, 7, 31)
        self._vakken = [tuple(curriculum.vakken[code] for code in each.vakken) for each in curriculum.studies]
        self._years = self._found()

    # -- reading --------------------------------------------------------------------------------------------------

    def year(self, year: int) -> SchoolYear:
        """Return the school year that begins in a calendar year, not before the founding."""
        place = year - self.founded
        if place >= len(self._years):
            with self._lock:
                while place >= len(self._years):
                    self._years.append(self._follow(self._years[-1]))
        return self._years[place]

    def pupils_until(self, day: dt.date) -> Iterable[int]:
        """Return the numbers of all current and former pupils on a day, including those who begin later that year."""
        year = self.year(year_of(day))
        if year.year >= self.founded + FOUNDING_YEARS - 1:
            return range(year.pupils_so_far)
        return (index for index in range(year.pupils_so_far) if self._entered[index][0] <= year.year)

    def pupil(self, index: int, day: dt.date) -> Leerling | None:
        """Return a pupil as the school knows them on a day; ``None`` before the year of the first enrolment."""
        year = self.year(year_of(day))
        if not 0 <= index < year.pupils_so_far or self._entered[index][0] > year.year:
            return None
        happened = [each for each in self._events.get(index, ()) if each.day <= day]
        place = year.places.get(index)
        state = year.year, len(happened), place is not None and place.moved is not None and place.moved[0] <= day
        kept = self._pupils.get(index)
        if kept is None or kept[0] != state:
            kept = state, self._make(index, year, day, happened, None if kept is None else kept[1])
            self._pupils[index] = kept
        return kept[1]

    def recorded_on(self, index: int, day: dt.date) -> tuple[dt.date, dt.date]:
        """Return when the record of a pupil was made, and since when it has the name of a day."""
        made = lesperiode_of(self._entered[index][0]).begin
        renamed = [each.day for each in self._events.get(index, ()) if each.day <= day and "achternaam" in each.fields]
        return made, max(renamed, default=made)

    def employees(self, day: dt.date) -> dict[int, Medewerker]:
        """Return all current and former staff on a day. The code of a person who left has a star."""
        self.year(year_of(day))
        return {
            number: self._employee(number, day)
            for number, each in self._employees.items()
            if number < self._first_of_new_staff or each.datum_in <= day
        }

    def employee_records(self, year: int) -> list[Medewerker]:
        """Return the staff of a year, none of whom has left."""
        return [self._employees[number] for number in self.year(year).staff]

    def enrolments_at(self, year: int) -> Iterator[Inschrijving]:
        """Yield the enrolments of a year as they begin, in the order of the pupils."""
        chosen = self.year(year)
        for index, place in chosen.places.items():
            yield self._enrolment(index, chosen, place, lesperiode_of(year).begin)

    def touched(self, year: int) -> Iterator[tuple[dt.date, set[int]]]:
        """Yield the days of a year, after its first, on which something changes, in order, with the pupils."""
        found: dict[dt.date, set[int]] = defaultdict(set)
        for index, place in self.year(year).places.items():
            days = [each.day for each in self._events.get(index, ()) if year_of(each.day) == year]
            days += [place.begin] if place.begin else []
            days += [place.vertrek + dt.timedelta(days=1)] if place.vertrek else []
            days += [place.moved[0]] if place.moved else []
            for day in days:
                found[day].add(index)
        found.pop(dt.date(year, 8, 1), None)
        yield from sorted(found.items())

    # -- records ----------------------------------------------------------------------------------------------------

    def _make(
        self, index: int, year: SchoolYear, day: dt.date, happened: list[PupilEvent], kept: Leerling | None
    ) -> Leerling:
        enrolments = tuple(self._enrolments(index, year, day))
        if kept is not None and not self._events.get(index):
            return evolve(kept, inschrijvingen=enrolments)
        fields = self._person(index)
        for each in happened:
            fields |= each.fields
        return Leerling(**fields, inschrijvingen=enrolments)

    def _person(self, index: int) -> dict[str, Any]:
        """Return the person as first enrolled."""
        entered, study, leerjaar = self._entered[index]
        soort = self.curriculum.studies[study].soort
        age = self.curriculum.leeftijden[soort] + leerjaar - 1
        dice = Dice(self.seed, "pupil" if index < self.size else "newcomer", index)
        if index < self.size:
            self.curriculum.draw_study(dice)
            dice.fraction()  # the number of years
        stamnummer = self.curriculum.eerste_stamnummer + index
        born = dt.date(entered - 1 - age, 10, 1), dt.date(entered - age, 9, 30)
        return {
            **draw_person(dice, stamnummer, f"leerling.{self.curriculum.domein}", born),
            "nummer": index,
            "stamnummer": stamnummer,
            "pgn": self._first_number(index),
        }

    def _enrolments(self, index: int, year: SchoolYear, day: dt.date) -> Iterator[Inschrijving]:
        for each in range(self._entered[index][0], year.year + 1):
            chosen = self._years[each - self.founded]
            if (place := chosen.places.get(index)) is not None:
                yield self._enrolment(index, chosen, place, day)
            else:
                return

    def _enrolment(self, index: int, year: SchoolYear, place: Place, day: dt.date) -> Inschrijving:
        curriculum, period = self.curriculum, year.lesperiode
        study = curriculum.study_for(place.study, place.cohort, self.founded)
        division = place.moved[1] if place.moved and place.moved[0] <= day else place.division
        mentors = self._mentors_of(year)
        mentor = place.study * 7 + place.leerjaar * 3 + division
        first = self.founded if index < self.size else self._entered[index][0]
        profielen = study.profielen if place.leerjaar >= 4 else ()
        return Inschrijving(
            nummer=index * 10 + year.year - first + 1,
            stamnummer=curriculum.eerste_stamnummer + index,
            lesperiode=period,
            begin=place.begin or period.begin,
            einde=period.einde,
            vertrek=place.vertrek,
            studie=study,
            leerjaar=place.leerjaar,
            klas=curriculum.class_of(place.study, place.leerjaar, division),
            locatie=curriculum.locaties[(place.study + division) % len(curriculum.locaties)],
            profiel=profielen[(index + place.leerjaar) % len(profielen)] if profielen else None,
            vakken=self._vakken[place.study],
            mentor=mentors[mentor % len(mentors)],
            tweede_mentor=mentors[(mentor + 1) % len(mentors)] if index % 4 == 0 else "",
            gebrek=place.gebrek,
        )

    def _mentors_of(self, year: SchoolYear) -> tuple[str, ...]:
        if year.year not in self._mentors:
            staff = (self._employees[number] for number in year.staff)
            self._mentors[year.year] = tuple(each.code for each in staff if each.is_docent)
        return self._mentors[year.year]

    def _employee(self, number: int, day: dt.date) -> Medewerker:
        left = self._left.get(number)
        found = self._employees[number]
        return found if left is None or left >= day else evolve(found, code=f"*{found.code}", datum_uit=left)

    # -- personal numbers -------------------------------------------------------------------------------------------

    def _first_number(self, index: int) -> str | None:
        """Return the number under which a pupil is first enrolled."""
        if self._is_listed(index):
            return _founding_number(index, former=True)
        if index % 100 == 77 or index >= len(self.curriculum.nummers):
            return None  # becomes known in the first autumn, or never
        place = self.curriculum.nummers[index]
        return onderwijsnummer_at(place // 50) if index % 50 == 25 else number_at(place)

    def _is_listed(self, index: int) -> bool:
        """Return whether a pupil has a number of the fixed list of 400."""
        return index < self.size and self.curriculum.nummers.start == 0

    def _number_becomes_known(self, index: int) -> None:
        entered = self._entered[index][0]
        if self._is_listed(index):
            if index not in _RENUMBERED:
                return
            day, later = dt.date(self.founded + 2, 8, 1), _founding_number(index, former=False)
        elif index < len(self.curriculum.nummers) and (index % 100 == 77 or index % 50 == 25):
            later = number_at(self.curriculum.nummers[index])
            day = dt.date(entered, 10, 15) if index % 100 == 77 else dt.date(entered + 1, 3, 1)
        else:
            return
        before = self._first_number(index)
        self._events[index].append(
            PupilEvent(day, {"pgn": later, "vorige_pgn": before, "pgn_sinds": day if before else None})
        )

    # -- the founding years -----------------------------------------------------------------------------------------

    def _found(self) -> list[SchoolYear]:
        taught = tuple(number for number in self._employees if number % _STAFF_LEAVE)
        years = [
            SchoolYear(year, lesperiode_of(year), {}, taught, self.size, self._first_of_new_staff - 1)
            for year in range(self.founded, self.founded + FOUNDING_YEARS)
        ]
        for index in range(self.size):
            dice = Dice(self.seed, "pupil", index)
            study = self.curriculum.draw_study(dice)
            leerjaren = self.curriculum.studies[study].leerjaren
            length = dice.number(1, min(FOUNDING_YEARS, len(leerjaren)))
            dice.skip(PERSON_DRAWS)
            leerjaar = dice.number(1, len(leerjaren) - length + 1)
            entered = self.founded + FOUNDING_YEARS - length
            self._entered.append((entered, study, leerjaar))
            self._number_becomes_known(index)
            for turn, year in enumerate(years[-length:]):
                year.places[index] = Place(study, leerjaar + turn, entered - leerjaar + 1)
                self._assign_seat(year, year.places[index])
            self._apply_special_cases(index, years[-1].places[index])
        self._draw_events(years[-1], first=dt.date(years[-1].year, 12, 1))
        _keep_open(years[-1])
        return years

    def _assign_seat(self, year: SchoolYear, place: Place) -> None:
        """Assign the next seat in the classes of a study and year."""
        unit = self.curriculum.unit_of(place.study, place.leerjaar)
        place.division = year.seats[unit] // CLASS_SIZE
        year.seats[unit] += 1

    def _apply_special_cases(self, index: int, place: Place) -> None:
        """Apply the special cases of the last founding year, by the number of a pupil."""
        year = self.founded + FOUNDING_YEARS - 1
        if index % LEAVERS == LEAVERS - 1:
            place.vertrek = dt.date(year, 9, 1) + dt.timedelta(days=index % 60)
        elif index % LATE_STARTERS == LATE_STARTERS - 1:
            place.begin = dt.date(year + 1, 2, 2)
        elif self.curriculum.studies[place.study].crebo and index % DEFECT_EVERY < len(DEFECTS):
            place.gebrek = DEFECTS[index % DEFECT_EVERY]

    # -- each later year --------------------------------------------------------------------------------------------

    def _follow(self, before: SchoolYear) -> SchoolYear:
        """Return the year after a year."""
        year = before.year + 1
        dice = Dice(self.seed, "year", year)
        places, free = self._move_up(dice, before)
        newcomers = self.size - len(places)
        for turn in range(newcomers):
            places[before.pupils_so_far + turn] = self._newcomer(dice, year, free[turn % len(free)])
            self._number_becomes_known(before.pupils_so_far + turn)
        staff, last = self._change_staff(dice, before)
        after = SchoolYear(year, lesperiode_of(year), places, staff, before.pupils_so_far + newcomers, last)
        for place in places.values():
            self._assign_seat(after, place)
        self._draw_events(after, first=dt.date(year, 8, 20))
        _keep_open(after)
        return after

    def _move_up(self, dice: Dice, before: SchoolYear) -> tuple[dict[int, Place], list[int]]:
        """Return the places of pupils who stay, and the studies with a free place."""
        places: dict[int, Place] = {}
        free: list[int] = []
        lengths = [len(each.leerjaren) for each in self.curriculum.studies]
        for index, place in before.places.items():
            roll = dice.fraction()
            ends = place.leerjaar == lengths[place.study]
            repeats = ends or roll < _REPEATS
            if place.vertrek or (roll >= _FAILS if ends else roll < _GOES) or (repeats and place.repeated):
                free.append(place.study)
            elif repeats:
                places[index] = Place(place.study, place.leerjaar, place.cohort, repeated=True)
            else:
                study = self._switched(place) if roll < _SWITCHES else place.study
                places[index] = Place(study, place.leerjaar + 1, place.cohort, repeated=place.repeated)
        return places, free

    def _switched(self, place: Place) -> int:
        studies = self.curriculum.studies
        other = _SWITCHED.get(studies[place.study].code) if place.leerjaar <= 3 else None
        return next((at for at, each in enumerate(studies) if each.code == other), place.study)

    def _newcomer(self, dice: Dice, year: int, study: int) -> Place:
        leerjaren = self.curriculum.studies[study].leerjaren
        leerjaar = dice.pick(leerjaren) if dice.chance(_BEGINS_HIGHER) else 1
        place = Place(study, leerjaar, year - leerjaar + 1)
        if dice.chance(_BEGINS_LATE):
            place.begin = dice.day(dt.date(year, 9, 15), dt.date(year + 1, 3, 31))
        self._entered.append((year, study, leerjaar))
        return place

    def _change_staff(self, dice: Dice, before: SchoolYear) -> tuple[tuple[int, ...], int]:
        """Return the staff of the next year, with a successor for each who leaves, and the last number used."""
        staff, last, year = list(before.staff), before.staff_so_far, before.year + 1
        for place, number in enumerate(before.staff):
            if dice.chance(1 / _STAFF_LEAVE):
                last += 1
                self._left[number] = dt.date(year, 7, 31)
                self._employees[last] = draw_successor(self.seed, last, self._employees[number], year, self.curriculum)
                staff[place] = last
        return tuple(staff), last

    # -- events within a year ---------------------------------------------------------------------------------------

    def _draw_events(self, year: SchoolYear, *, first: dt.date) -> None:
        dice, last = Dice(self.seed, "happenings", year.year), dt.date(year.year + 1, 6, 30)
        founding = year.year < self.founded + FOUNDING_YEARS
        for index, place in year.places.items():
            roll = dice.fraction()
            if roll < _CLASS:
                day = dice.day(first, last)
                if (place.begin or first) <= day <= (place.vertrek or last):
                    classes = -(-year.seats[self.curriculum.unit_of(place.study, place.leerjaar)] // CLASS_SIZE)
                    self._add_event(dice, index, place, day=day, roll=roll, classes=classes)
            elif founding or place.begin:
                continue
            elif roll > 1 - 1 / LEAVERS:
                place.vertrek = dice.day(first, last)
            elif self.curriculum.studies[place.study].crebo and roll < _CLASS + len(DEFECTS) / DEFECT_EVERY:
                place.gebrek = dice.pick(DEFECTS)

    def _add_event(self, dice: Dice, index: int, place: Place, *, day: dt.date, roll: float, classes: int) -> None:
        if roll < _ADDRESS:
            self._events[index].append(PupilEvent(day, {"adres": draw_address(dice)}))
        elif roll < _NAME:
            name = {"tussenvoegsel": dice.pick(TUSSENVOEGSELS), "achternaam": dice.pick(SURNAMES)}
            self._events[index].append(PupilEvent(day, name))
        elif classes > 1:
            place.moved = day, (place.division + 1) % classes


_RENUMBERED: Final = frozenset(place for place, each in enumerate(PUPIL_NUMBERS) if each in FORMER_NUMBERS)


def _keep_open(year: SchoolYear) -> None:
    """Keep the first pupil if all pupils would come late or leave early, so that a grown school is never empty."""
    if all(place.begin or place.vertrek for place in year.places.values()):
        for place in islice(year.places.values(), 1):
            place.begin = place.vertrek = None


def _founding_number(index: int, *, former: bool) -> str | None:
    """Return the personal number of the pupil at this position of the fixed list, or the number that it replaced."""
    if index >= len(PUPIL_NUMBERS) or index in PUPILS_WITHOUT_NUMBER:
        return None
    number = PUPIL_NUMBERS[index]
    return (FORMER_NUMBERS[number] if former and index in _RENUMBERED else number).reveal()
