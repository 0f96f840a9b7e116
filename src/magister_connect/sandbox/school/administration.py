"""The data of a simulated school on the day of its clock, without any interface."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from threading import RLock
from typing import Any, Final, Self, TypeVar

from attrs import define, evolve, field

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import UsageError
from magister_connect.sandbox.school.absence import Absentie, draw_absence
from magister_connect.sandbox.school.changes import Change, changes_between
from magister_connect.sandbox.school.clock import VirtualClock, on_the_wall
from magister_connect.sandbox.school.marks import Cijfer, draw_marks
from magister_connect.sandbox.school.people import Inschrijving, Leerling, Medewerker, Ouder, Persoon, draw_parents
from magister_connect.sandbox.school.programmes import (
    FOUNDED,
    FOUNDING_YEARS,
    PRIMARY,
    SECONDARY,
    Curriculum,
    Lesperiode,
    Studie,
    Vak,
    lesperiode_of,
    year_of,
)
from magister_connect.sandbox.school.submissions import PRODUCTS, Toetsresultaat, draw_submissions, draw_visitors
from magister_connect.sandbox.school.timetable import Afspraak, Week, draw_lessons, draw_weeks
from magister_connect.sandbox.school.years import SchoolYears

P = TypeVar("P", bound=Persoon)
_LAST_YEAR: Final = 9_990


@define
class _Written:
    """The changes to the generated people of one kind, by stamnummer; ``None`` for a removed person."""

    records: dict[int, Any] = field(factory=dict)
    fields: dict[int, dict[str, Any]] = field(factory=dict)


class People(SafeRepr, MutableMapping[int, P]):
    """Pupils or staff by stamnummer, on the day of the school's clock.

    You can write to it. A record that you store, or change with :meth:`School.replace`, keeps your values when the
    clock moves.
    """

    def __init__(
        self, numbers: Callable[[], Iterable[int]], find: Callable[[int], P | None], written: _Written
    ) -> None:
        self._numbers, self._find, self._written = numbers, find, written

    def __getitem__(self, stamnummer: int) -> P:
        written = self._written
        if stamnummer in written.records:
            found: P | None = written.records[stamnummer]
        else:
            found = self._find(stamnummer)
            if found is not None and stamnummer in written.fields:
                found = evolve(found, **written.fields[stamnummer])
        if found is None:
            raise KeyError(stamnummer)
        return found

    def __setitem__(self, stamnummer: int, record: P) -> None:
        self._written.records[stamnummer] = record

    def __delitem__(self, stamnummer: int) -> None:
        if stamnummer not in self:
            raise KeyError(stamnummer)
        self._written.records[stamnummer] = None

    def __iter__(self) -> Iterator[int]:
        records, drawn = self._written.records, set[int]()
        for number in self._numbers():
            drawn.add(number)
            if number not in records or records[number] is not None:
                yield number
        yield from (number for number, each in list(records.items()) if number not in drawn and each is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<People: {len(self)}>"

    def clear(self) -> None:
        """Remove everybody."""
        for number in list(self):
            self._written.records[number] = None

    def change(self, stamnummer: int, changes: Mapping[str, Any]) -> None:
        """Change some fields of a record."""
        if (record := self._written.records.get(stamnummer)) is not None:
            self._written.records[stamnummer] = evolve(record, **changes)
        else:
            kept, drawn = {**self._written.fields.get(stamnummer, {}), **changes}, self._find(stamnummer)
            # Writing the generated record back removes the change, so that the record follows the clock again.
            self._written.fields[stamnummer] = {
                name: value for name, value in kept.items() if drawn is None or getattr(drawn, name) != value
            }


class _Archive:
    """What all views of a school share: its years, the changes, and generated data."""

    def __init__(self, seed: int, curriculum: Curriculum, years: SchoolYears | None) -> None:
        self.seed, self.curriculum, self.years = seed, curriculum, years
        self.lock = RLock()
        self.pupils, self.staff = _Written(), _Written()
        self.weeks: dict[int, dict[str, Week]] = {}
        self.classes: dict[int, dict[str, Inschrijving]] = {}
        self.teachers: dict[int, dict[str, list[str]]] = {}
        self.families: dict[int, tuple[Leerling, tuple[Ouder, ...]]] = {}
        self.submissions: dict[str, dict[int, tuple[Toetsresultaat, ...]]] = {}
        self.submissions_until: dict[str, int] = {}

    @property
    def founded(self) -> int:
        """The calendar year of the founding."""
        return FOUNDED if self.years is None else self.years.founded

    def require_day(self, day: dt.date) -> None:
        """Raise :class:`UsageError` for a day before the founding. A school with your own people has every day."""
        if self.years is not None and year_of(day) < self.founded:
            raise UsageError(
                f"The school has no data on {day}: it was founded on 1 August {self.founded}",
                where="School",
                advice="Pass a later day, or an earlier year as founded=.",
            )
        if self.years is not None and year_of(day) > _LAST_YEAR:
            raise UsageError(
                f"The school has no data after {_LAST_YEAR + 1}", where="School", advice="Pass an earlier day."
            )


class School(SafeRepr):
    """A school as its administration knows it on the day of its clock.

    The school continues without end. Each year pupils and staff leave and arrive, and classes move up. A day is always
    the same, however the clock got there, and depends only on the seed. Years are generated when the clock or a
    question reaches them, and people when they are read. Marks, absences, lessons and test results are generated at
    each request. So a school of 100,000 pupils is possible too.

    Methods with a day or a moment answer for it, even if it is after the time of the clock. Moments in records are
    Amsterdam times without a zone. Arguments may be such moments, or aware ones.

    Records are frozen; change them with :meth:`replace`. ``leerlingen`` and ``medewerkers`` are keyed by stamnummer,
    and include those who left. A pupil and an employee may have the same number, as in Magister. Methods with a
    stamnummer raise :class:`UsageError` for an unknown one.

    ``School(seed, leerlingen, medewerkers)`` is a school with your own people, which does not change over time.
    ``seeded`` generates a school, ``primary`` a primary school.
    """

    def __init__(self, seed: int, leerlingen: Iterable[Leerling] = (), medewerkers: Iterable[Medewerker] = ()) -> None:
        archive = _Archive(seed, SECONDARY, None)
        archive.pupils.records = {each.stamnummer: each for each in leerlingen}
        archive.staff.records = {each.stamnummer: each for each in medewerkers}
        self._open(archive, VirtualClock())

    def _open(self, archive: _Archive, clock: VirtualClock) -> Self:
        self._archive, self.clock, self.seed = archive, clock, archive.seed
        self._curriculum = archive.curriculum
        self.naam, self.brin = self._curriculum.naam, self._curriculum.brin
        self.locaties, self.vakken = self._curriculum.locaties, self._curriculum.vakken
        clock.require(archive.require_day, archive.founded)
        return self

    @classmethod
    def seeded(cls, seed: int = 1, *, pupils: int = 400, staff: int = 60, founded: int = FOUNDED) -> Self:
        """Generate the secondary school of this seed, founded on 1 August of a year and at its full size in the fourth.

        Pupils of the founding years beyond the fixed list of 400 synthetic numbers have no personal number. Raises
        :class:`UsageError` for a school without pupils or staff (every class has a mentor), or for an invalid year.
        """
        return cls._drawn(SECONDARY, seed, pupils=pupils, staff=staff, founded=founded)

    @classmethod
    def primary(cls, seed: int = 1, *, pupils: int = 180, staff: int = 12, founded: int = FOUNDED) -> Self:
        """Generate the primary school of this seed: years 1 to 8, mostly in combination groups such as ``4/5A``."""
        return cls._drawn(PRIMARY, seed, pupils=pupils, staff=staff, founded=founded)

    @classmethod
    def _drawn(cls, curriculum: Curriculum, seed: int, *, pupils: int, staff: int, founded: int) -> Self:
        if pupils < 1 or staff < 1:
            raise UsageError(
                "A school needs at least one pupil and one member of staff",
                where="School",
                advice="Pass pupils= and staff= of 1 or more.",
            )
        if not _FIRST_YEAR <= founded <= _LAST_YEAR - FOUNDING_YEARS:
            raise UsageError(
                f"The founding year must be from {_FIRST_YEAR} to {_LAST_YEAR - FOUNDING_YEARS}",
                where="School",
                advice="Pass such a year as founded=.",
            )
        years = SchoolYears(seed, curriculum, pupils=pupils, staff=staff, founded=founded)
        last = lesperiode_of(founded + FOUNDING_YEARS - 1).begin
        clock = VirtualClock(dt.datetime.combine(last, dt.time()) + _AUTUMN)
        return cls(seed)._open(_Archive(seed, curriculum, years), clock)  # noqa: SLF001 - one of this class

    def at(self, clock: VirtualClock) -> Self:
        """Return the same school with another clock. Both share all changes.

        Raises :class:`UsageError` if the clock is before the founding.
        """
        return type(self)(self.seed)._open(self._archive, clock)  # noqa: SLF001 - one of this class

    def __repr__(self) -> str:
        return f"<School {self.naam}, seed {self.seed}: {len(self.leerlingen)} pupils, {len(self.medewerkers)} staff>"

    # -- years ------------------------------------------------------------------------------------------------------

    @property
    def founded(self) -> int:
        """The calendar year of the founding, on 1 August."""
        return self._archive.founded

    def lesperiode_on(self, day: dt.date) -> Lesperiode | None:
        """Return the lesson period of a day; ``None`` before the founding."""
        return lesperiode_of(year_of(day)) if year_of(day) >= self.founded else None

    @property
    def lesperioden(self) -> tuple[Lesperiode, ...]:
        """The lesson periods from the founding to today's."""
        return tuple(lesperiode_of(year) for year in self._years_until_today())

    @property
    def studies(self) -> tuple[Studie, ...]:
        """All studies, including the successors of mbo studies until today."""
        return tuple(self._curriculum.studies_until(self._this_year(), self.founded))

    def changes(self, since: dt.date, until: dt.date | None = None) -> list[Change]:
        """Return who came, left, moved or was renamed after ``since`` until ``until``, included (by default today).

        Raises :class:`UsageError` for a day before the founding, or an end before the beginning. Changes by
        :meth:`replace` are not included.
        """
        until = self.clock.today() if until is None else until
        self._archive.require_day(since)
        if until < since:
            raise UsageError(
                "The range of days ends before it begins",
                where="School.changes",
                advice="Pass the earlier day as since.",
            )
        return [] if self._archive.years is None else list(changes_between(self._archive.years, since, until))

    def _this_year(self) -> int:
        return year_of(self.clock.today())

    def _years_until_today(self) -> range:
        return range(self.founded, self._this_year() + 1)

    def _year_with_code(self, lesperiode: str) -> int | None:
        years = reversed(self._years_until_today())
        return next((year for year in years if lesperiode_of(year).code == lesperiode), None)

    # -- people -----------------------------------------------------------------------------------------------------

    @property
    def leerlingen(self) -> People[Leerling]:
        """All current and former pupils, by stamnummer."""
        return self._pupils_at(self.clock.today)

    @property
    def medewerkers(self) -> People[Medewerker]:
        """All current and former staff, by stamnummer."""
        years = self._archive.years

        def drawn() -> dict[int, Medewerker]:
            return {} if years is None else years.employees(self.clock.today())

        return People(drawn, lambda number: drawn().get(number), self._archive.staff)

    @property
    def ouders(self) -> dict[int, Ouder]:
        """The parents of all pupils, by person id."""
        return {parent.persoon_id: parent for pupil in self.leerlingen.values() for parent in self._family(pupil)}

    def parents_of(self, stamnummer: int) -> tuple[Ouder, ...]:
        """Return the parents of a pupil."""
        pupil = self.leerlingen.get(stamnummer)
        return () if pupil is None else self._family(pupil)

    def pupils_on(self, day: dt.date) -> Iterator[tuple[Leerling, Inschrijving]]:
        """Yield the pupils with an enrolment on a day, each with that enrolment."""
        for pupil in self._pupils_of_year(year_of(day), max(day, self.clock.today())):
            if enrolment := pupil.enrolment_on(day):
                yield pupil, enrolment

    def pupils_in(self, lesperiode: str) -> Iterator[tuple[Leerling, Inschrijving]]:
        """Yield the pupils with an enrolment in a lesson period such as ``2425``, each with that enrolment.

        Nobody for an unknown code, or for a period that has not begun.
        """
        year = self._year_with_code(lesperiode)
        if year is None:
            return
        for pupil in self._pupils_of_year(year, self.clock.today()):
            if enrolment := pupil.enrolment_in(lesperiode):
                yield pupil, enrolment

    def employee_with_code(self, code: str) -> Medewerker | None:
        """Return the member of staff with this code, or with this code before leaving."""
        wanted = {code, f"*{code}"} if code else set()
        return next((each for each in self.medewerkers.values() if each.code in wanted), None)

    def recorded_on(self, person: Leerling | Medewerker) -> tuple[dt.date, dt.date] | None:
        """Return when the record of a person was made, and since when it has its name; ``None`` for your own record."""
        is_pupil, years, number = isinstance(person, Leerling), self._archive.years, person.stamnummer
        written = self._archive.pupils if is_pupil else self._archive.staff
        if years is None or number in written.records or number in written.fields:
            return None
        if isinstance(person, Leerling):
            return years.recorded_on(number - self._curriculum.eerste_stamnummer, self.clock.today())
        grown, founding = lesperiode_of(self.founded + FOUNDING_YEARS).begin, lesperiode_of(self.founded).begin
        made = person.datum_in if person.datum_in >= grown else founding
        return made, made

    def replace(self, person: Leerling | Medewerker, **changes: Any) -> None:  # noqa: ANN401 - fields of the record
        """Change fields of a person's record: ``school.replace(pupil, email="...")``."""
        if isinstance(person, Leerling):
            self.leerlingen.change(person.stamnummer, changes)
        else:
            self.medewerkers.change(person.stamnummer, changes)

    def _pupils_at(self, today: Callable[[], dt.date]) -> People[Leerling]:
        years, first = self._archive.years, self._curriculum.eerste_stamnummer
        if years is None:
            return People(tuple, lambda _: None, self._archive.pupils)
        return People(
            lambda: (first + index for index in years.pupils_until(today())),
            lambda number: years.pupil(number - first, today()),
            self._archive.pupils,
        )

    def _pupils_of_year(self, year: int, known_on: dt.date) -> Iterator[Leerling]:
        """Yield the pupils who may have an enrolment in a year, in order: generated ones, and changed records."""
        people, years, written = self._pupils_at(lambda: known_on), self._archive.years, self._archive.pupils
        if years is None or written.records or any("inschrijvingen" in each for each in written.fields.values()):
            yield from people.values()
        elif year >= self.founded:
            first = self._curriculum.eerste_stamnummer
            yield from (people[first + index] for index in years.year(year).places)

    def _pupil(self, stamnummer: int, day: dt.date) -> Leerling:
        found = self._pupils_at(lambda: max(day, self.clock.today())).get(stamnummer)
        if found is None:
            raise UsageError("No pupil has that stamnummer", where="School", advice="Use one from leerlingen.")
        return found

    def _employee(self, stamnummer: int) -> Medewerker:
        found = self.medewerkers.get(stamnummer)
        if found is None:
            raise UsageError("No employee has that stamnummer", where="School", advice="Use one from medewerkers.")
        return found

    def _family(self, pupil: Leerling) -> tuple[Ouder, ...]:
        kept = self._archive.families.get(pupil.stamnummer)
        if kept is None or kept[0] is not pupil:
            kept = pupil, draw_parents(self.seed, pupil, self._curriculum.domein)
            self._archive.families[pupil.stamnummer] = kept
        return kept[1]

    # -- groups and subjects ----------------------------------------------------------------------------------------

    @property
    def klassen(self) -> dict[tuple[str, str], Inschrijving]:
        """The classes by lesson period and code.

        The value is the enrolment of the first pupil, with study, year and mentor.
        """
        return {
            (lesperiode_of(year).code, klas): each
            for year in self._years_until_today()
            for klas, each in self._classes_in(year).items()
        }

    @property
    def lesgroepen(self) -> dict[tuple[str, str], int]:
        """The number (such as 11286) of each teaching group, by lesson period and code."""
        groups = (
            (lesperiode_of(year).code, group)
            for year in self._years_until_today()
            for group in sorted({group for each in self._classes_in(year).values() for group in each.groepen})
        )
        return {key: 11001 + place for place, key in enumerate(groups)}

    def teachers_of(self, lesperiode: str, klas: str) -> dict[str, str]:
        """Return the code of the teacher for each subject of a class."""
        year = self._year_with_code(lesperiode)
        enrolment = None if year is None else self._classes_in(year).get(klas)
        if year is None or enrolment is None:
            return {}
        return {vak.code: self._teacher(year, vak, klas) for vak in enrolment.vakken}

    def taught_by(self, stamnummer: int, lesperiode: str) -> Iterator[tuple[Inschrijving, Vak]]:
        """Yield what a member of staff teaches in a lesson period: classes (as in ``klassen``) and subjects."""
        employee, year = self._employee(stamnummer), self._year_with_code(lesperiode)
        if year is not None:
            yield from self._taught_in(year, employee.code.removeprefix("*"))

    def _taught_in(self, year: int, code: str) -> Iterator[tuple[Inschrijving, Vak]]:
        for klas, enrolment in self._classes_in(year).items():
            yield from ((enrolment, vak) for vak in enrolment.vakken if self._teacher(year, vak, klas) == code)

    def _classes_in(self, year: int) -> dict[str, Inschrijving]:
        """Return the classes of a year, generated on first use."""
        with self._archive.lock:
            if year not in self._archive.classes:
                found: dict[str, Inschrijving] = {}
                for each in self._enrolments_at(year):
                    found.setdefault(each.klas, each)
                self._archive.classes[year] = found
        return self._archive.classes[year]

    def _enrolments_at(self, year: int) -> Iterator[Inschrijving]:
        if self._archive.years is not None:
            yield from self._archive.years.enrolments_at(year)
        else:
            code = lesperiode_of(year).code
            found = (pupil.enrolment_in(code) for pupil in self.leerlingen.values())
            yield from (each for each in found if each is not None)

    def _teacher(self, year: int, vak: Vak, klas: str) -> str:
        able = self._teachers_in(year)[vak.code]
        return able[sum(map(ord, klas)) % len(able)] if able else ""

    def _teachers_in(self, year: int) -> dict[str, list[str]]:
        """Return the codes of the teachers for each subject."""
        if year not in self._archive.teachers:
            years = self._archive.years
            staff = list(self.medewerkers.values()) if years is None else years.employee_records(year)
            present = [each for each in staff if each.is_docent and each.datum_uit is None]
            self._archive.teachers[year] = {
                code: [each.code for each in present if vak in each.vakken] or [each.code for each in present[:1]]
                for code, vak in self.vakken.items()
            }
        return self._archive.teachers[year]

    # -- events over time -------------------------------------------------------------------------------------------

    def marks_of(self, stamnummer: int, until: dt.datetime) -> list[Cijfer]:
        """Return the marks of a pupil that were entered by a moment, oldest first."""
        moment = on_the_wall(until)
        marks = draw_marks(self.seed, self._pupil(stamnummer, moment.date()))
        return sorted((each for each in marks if each.ingevoerd_op <= moment), key=_moment_of_mark)

    def absence_of(self, stamnummer: int, until: dt.datetime) -> list[Absentie]:
        """Return the absences of a pupil that had begun by a moment, oldest first."""
        moment = on_the_wall(until)
        pupil = self._pupil(stamnummer, moment.date())
        return [each for each in draw_absence(self.seed, pupil) if each.begin <= moment]

    def lessons_of(self, stamnummer: int, first: dt.date, last: dt.date) -> list[Afspraak]:
        """Return the lessons of a pupil from the first to the last day, in order of time.

        No class, teacher or room has two lessons at the same time, and each lesson has its own number. The number of
        lessons depends on the staff: with few teachers, a class has more free hours.
        """
        return [
            lesson
            for each in self._pupil(stamnummer, last).inschrijvingen
            for lesson in self._lessons_of_class(
                each.lesperiode, each.klas, max(first, each.begin), min(last, each.vertrek or each.einde)
            )
        ]

    def lessons_taught_by(self, stamnummer: int, first: dt.date, last: dt.date) -> list[Afspraak]:
        """Return the lessons that a member of staff teaches from the first to the last day, in order of time."""
        code = self._employee(stamnummer).code.removeprefix("*")
        periods = [lesperiode_of(year) for year in range(max(self.founded, year_of(first)), year_of(last) + 1)]
        lessons = (
            lesson
            for period in periods
            for klas in sorted({each.klas for each, _ in self._taught_in(period.begin.year, code)})
            for lesson in self._lessons_of_class(period, klas, max(first, period.begin), min(last, period.einde))
        )
        return sorted((each for each in lessons if each.docent == code), key=_begin_of_lesson)

    def _lessons_of_class(self, lesperiode: Lesperiode, klas: str, first: dt.date, last: dt.date) -> Iterator[Afspraak]:
        week = self._weeks_in(lesperiode.begin.year).get(klas, ()) if first <= last else ()
        return draw_lessons(self.seed, klas, week, first, last)

    def _weeks_in(self, year: int) -> dict[str, Week]:
        """Return the weeks of all classes of a year, generated on first use."""
        with self._archive.lock:
            if year not in self._archive.weeks:
                teachers = {
                    klas: {vak: self._teacher(year, vak, klas) for vak in each.vakken}
                    for klas, each in self._classes_in(year).items()
                }
                self._archive.weeks[year] = draw_weeks(self.seed, lesperiode_of(year).code, teachers)
        return self._archive.weeks[year]

    def submissions(self, product: str) -> dict[int, tuple[Toetsresultaat, ...]]:
        """Return all submissions of ``JIJ`` or ``TOA`` by number, each as its states in order.

        They are those of all years that have begun. You can change the dictionary, to let a result appear, change or
        disappear. Raises :class:`UsageError` for another product.
        """
        return self._submissions_until(product, self._this_year())

    def results(self, product: str, moment: dt.datetime) -> list[Toetsresultaat]:
        """Return what a results service shows at a moment: the last visible state of each submission.

        Sorted by the moment of change, then by number. Withdrawn submissions are not included.
        """
        local = on_the_wall(moment)
        shown = (
            next((state for state in reversed(states) if state.zichtbaar_vanaf <= local), None)
            for states in list(self._submissions_until(product, year_of(local.date())).values())
        )
        return sorted((each for each in shown if each and not each.ingetrokken), key=_place_of_result)

    def _submissions_until(self, product: str, year: int) -> dict[int, tuple[Toetsresultaat, ...]]:
        if product not in PRODUCTS:
            raise UsageError("There is no such product", where="School", advice=f"Pass {' or '.join(PRODUCTS)}.")
        archive = self._archive
        last_founding = self.founded + FOUNDING_YEARS - 1
        with archive.lock:
            kept = archive.submissions.setdefault(product, {})
            drawn = archive.submissions_until.get(product, self.founded - 1)
            # A school with your own people does not change over time.
            until = last_founding if archive.years is None else max(year, last_founding)
            for each in range(drawn + 1, until + 1):
                kept.update(self._draw_submissions(product, each, each - last_founding))
            archive.submissions_until[product] = max(drawn, until)
        return kept

    def _draw_submissions(self, product: str, year: int, past: int) -> Iterator[tuple[int, tuple[Toetsresultaat, ...]]]:
        if product not in self._curriculum.producten:
            return
        period = lesperiode_of(year)
        for pupil in self._pupils_of_year(year, max(period.einde, self.clock.today())):
            for states in draw_submissions(self.seed, product, pupil, period.code):
                yield states[0].submission_nr, states
        if past >= 0:
            for states in draw_visitors(self.seed, product, year, past):
                yield states[0].submission_nr, states


_FIRST_YEAR: Final = 1900
_AUTUMN: Final = dt.timedelta(days=111, hours=10)  # 20 November, ten o'clock


def _moment_of_mark(mark: Cijfer) -> dt.datetime:
    return mark.ingevoerd_op


def _begin_of_lesson(lesson: Afspraak) -> dt.datetime:
    return lesson.begin


def _place_of_result(result: Toetsresultaat) -> tuple[dt.datetime, int]:
    return result.gewijzigd, result.submission_nr
