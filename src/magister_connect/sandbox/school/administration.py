"""What the administration of the simulated school knows, without any interface."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import evolve

from magister_connect.errors import UsageError
from magister_connect.sandbox.school.absence import Absentie, draw_absence
from magister_connect.sandbox.school.clock import on_the_wall
from magister_connect.sandbox.school.identities import STAFF_NUMBERS
from magister_connect.sandbox.school.marks import Cijfer, draw_marks
from magister_connect.sandbox.school.people import (
    Inschrijving,
    Leerling,
    Medewerker,
    Ouder,
    draw_employee,
    draw_parents,
)
from magister_connect.sandbox.school.population import draw_pupils
from magister_connect.sandbox.school.programmes import (
    BRIN,
    LESPERIODEN,
    LOCATIES,
    SCHOOL_NAME,
    STUDIES,
    VAKKEN,
    Lesperiode,
    Vak,
    lesperiode_on,
)
from magister_connect.sandbox.school.submissions import PRODUCTS, Toetsresultaat, draw_submissions, draw_visitors
from magister_connect.sandbox.school.timetable import Afspraak, Week, draw_lessons, draw_weeks


class School:
    """A school as its administration knows it.

    People and enrolments are made at once; marks, absence, lessons and test results are drawn from the seed whenever
    they are asked for, so that a school of 100,000 pupils fits as well. All of them cover the past *and* the future:
    the methods that take a moment show only what is there by then. Moments in the records are naive, as a clock in
    Amsterdam shows them; those that a method takes are such ones, or aware.

    What an interface may change is changed by :meth:`replace`; records themselves are frozen. ``leerlingen`` and
    ``medewerkers`` are keyed by stamnummer: one number may denote a pupil and an employee, as in Magister. Methods that
    take one raise :class:`UsageError` for a stamnummer that nobody has.
    """

    def __init__(self, seed: int, leerlingen: Iterable[Leerling], medewerkers: Iterable[Medewerker]) -> None:
        self.seed = seed
        self.naam, self.brin = SCHOOL_NAME, BRIN
        self.leerlingen: dict[int, Leerling] = {each.stamnummer: each for each in leerlingen}
        self.medewerkers: dict[int, Medewerker] = {each.stamnummer: each for each in medewerkers}
        self.lesperioden, self.locaties, self.studies, self.vakken = LESPERIODEN, LOCATIES, STUDIES, VAKKEN
        self._weeks: dict[str, dict[str, Week]] = {}
        self._submissions: dict[str, dict[int, tuple[Toetsresultaat, ...]]] = {}

    @classmethod
    def seeded(cls, seed: int = 1, *, pupils: int = 400, staff: int = 60) -> School:
        """The school of this seed. Pupils beyond the fixed list of synthetic numbers have no personal number.

        Raises :class:`UsageError` for fewer pupils than none, or no staff: every class has a mentor.
        """
        if pupils < 0 or staff < 1:
            raise UsageError("A school has no fewer pupils than none, and one member of staff or more", where="School")
        numbers = [each.reveal() for each in STAFF_NUMBERS]
        employees = [
            draw_employee(seed, number, numbers[number - 1] if number <= len(numbers) else None)
            for number in range(1, staff + 1)
        ]
        return cls(seed, draw_pupils(seed, pupils, employees), employees)

    def __repr__(self) -> str:
        return f"<School {self.naam}: {len(self.leerlingen)} pupils, {len(self.medewerkers)} staff, seed {self.seed}>"

    # -- people -----------------------------------------------------------------------------------------------------

    @cached_property
    def ouders(self) -> dict[int, Ouder]:
        """Parents by person id; made when first asked for."""
        families = (draw_parents(self.seed, each) for each in self.leerlingen.values())
        return {parent.persoon_id: parent for family in families for parent in family}

    def parents_of(self, stamnummer: int) -> tuple[Ouder, ...]:
        """The parents of a pupil."""
        return tuple(parent for parent in self.ouders.values() if stamnummer in parent.kinderen)

    def pupils_on(self, day: dt.date) -> Iterator[tuple[Leerling, Inschrijving]]:
        """Pupils whose enrolment holds on a day, each with it."""
        for pupil in self.leerlingen.values():
            if enrolment := pupil.enrolment_on(day):
                yield pupil, enrolment

    def pupils_in(self, lesperiode: str) -> Iterator[tuple[Leerling, Inschrijving]]:
        """Pupils with an enrolment in a lesson period such as ``2425``, each with it; nobody for an unknown code."""
        for pupil in self.leerlingen.values():
            if enrolment := pupil.enrolment_in(lesperiode):
                yield pupil, enrolment

    def employee_with_code(self, code: str) -> Medewerker | None:
        """The member of staff with this code."""
        return next((each for each in self.medewerkers.values() if each.code == code), None)

    def replace(self, person: Leerling | Medewerker, **changes: Any) -> None:  # noqa: ANN401 - fields of the record
        """Put a changed record in the place of a person's: ``school.replace(pupil, email="...")``."""
        if isinstance(person, Leerling):
            self.leerlingen[person.stamnummer] = evolve(person, **changes)
        else:
            self.medewerkers[person.stamnummer] = evolve(person, **changes)

    def _pupil(self, stamnummer: int) -> Leerling:
        if stamnummer not in self.leerlingen:
            raise UsageError("No pupil has that stamnummer", where="School", advice="Take one from leerlingen.")
        return self.leerlingen[stamnummer]

    def _employee(self, stamnummer: int) -> Medewerker:
        if stamnummer not in self.medewerkers:
            raise UsageError("No employee has that stamnummer", where="School", advice="Take one from medewerkers.")
        return self.medewerkers[stamnummer]

    # -- groups and subjects ----------------------------------------------------------------------------------------

    @cached_property
    def klassen(self) -> dict[tuple[str, str], Inschrijving]:
        """Classes by lesson period and code, each as the enrolment of its first pupil: study, year, mentor."""
        found: dict[tuple[str, str], Inschrijving] = {}
        for pupil in self.leerlingen.values():
            for each in pupil.inschrijvingen:
                found.setdefault((each.lesperiode.code, each.klas), each)
        return found

    @cached_property
    def lesgroepen(self) -> dict[tuple[str, str], int]:
        """The number (such as 11286) of each teaching group, by lesson period and code."""
        groups = sorted({(period, group) for (period, _), each in self.klassen.items() for group in each.groepen})
        return {key: 11001 + place for place, key in enumerate(groups)}

    def teachers_of(self, lesperiode: str, klas: str) -> dict[str, str]:
        """The code of the teacher for each subject of a class."""
        enrolment = self.klassen.get((lesperiode, klas))
        if enrolment is None:
            return {}
        return {vak.code: self._teacher(vak, klas) for vak in enrolment.vakken}

    def taught_by(self, stamnummer: int, lesperiode: str) -> Iterator[tuple[Inschrijving, Vak]]:
        """What a member of staff teaches in a lesson period: classes (as in ``klassen``) and subjects."""
        employee = self._employee(stamnummer)
        for (period, klas), enrolment in self.klassen.items():
            if period == lesperiode:
                yield from ((enrolment, vak) for vak in enrolment.vakken if self._teacher(vak, klas) == employee.code)

    def _teacher(self, vak: Vak, klas: str) -> str:
        able = self._teachers_by_subject[vak.code]
        return able[sum(map(ord, klas)) % len(able)] if able else ""

    @cached_property
    def _teachers_by_subject(self) -> Mapping[str, list[str]]:
        present = [each for each in self.medewerkers.values() if each.is_docent and each.datum_uit is None]
        return {
            code: [each.code for each in present if vak in each.vakken] or [each.code for each in present[:1]]
            for code, vak in VAKKEN.items()
        }

    # -- what happens in the course of time -------------------------------------------------------------------------

    def lesperiode_on(self, day: dt.date) -> Lesperiode | None:
        """The lesson period in which a day lies."""
        return lesperiode_on(day)

    def marks_of(self, stamnummer: int, until: dt.datetime) -> list[Cijfer]:
        """Marks of a pupil that were entered by a moment, the oldest first."""
        marks, moment = draw_marks(self.seed, self._pupil(stamnummer)), on_the_wall(until)
        return sorted((each for each in marks if each.ingevoerd_op <= moment), key=_moment_of_mark)

    def absence_of(self, stamnummer: int, until: dt.datetime) -> list[Absentie]:
        """Absence of a pupil that had begun by a moment, the oldest first."""
        moment = on_the_wall(until)
        return [each for each in draw_absence(self.seed, self._pupil(stamnummer)) if each.begin <= moment]

    def lessons_of(self, stamnummer: int, first: dt.date, last: dt.date) -> list[Afspraak]:
        """Lessons of a pupil from the first to the last day, in the order of time.

        No class, teacher or room has two at the same time, and no two lessons have the same number. There are as many
        as the staff can give: a class has more free hours where teachers are few.
        """
        return [
            lesson
            for each in self._pupil(stamnummer).inschrijvingen
            for lesson in self._lessons_of_class(
                each.lesperiode, each.klas, max(first, each.begin), min(last, each.vertrek or each.einde)
            )
        ]

    def lessons_taught_by(self, stamnummer: int, first: dt.date, last: dt.date) -> list[Afspraak]:
        """Lessons that a member of staff gives from the first to the last day, in the order of time."""
        code = self._employee(stamnummer).code
        lessons = (
            lesson
            for period in self.lesperioden
            for klas in sorted({each.klas for each, _ in self.taught_by(stamnummer, period.code)})
            for lesson in self._lessons_of_class(period, klas, max(first, period.begin), min(last, period.einde))
        )
        return sorted((each for each in lessons if each.docent == code), key=_begin_of_lesson)

    def _lessons_of_class(self, lesperiode: Lesperiode, klas: str, first: dt.date, last: dt.date) -> Iterator[Afspraak]:
        return draw_lessons(self.seed, klas, self._weeks_in(lesperiode.code).get(klas, ()), first, last)

    def _weeks_in(self, lesperiode: str) -> dict[str, Week]:
        """The weeks of all classes of a lesson period; drawn when first asked for."""
        if lesperiode not in self._weeks:
            teachers = {
                klas: {vak: self._teacher(vak, klas) for vak in each.vakken}
                for (period, klas), each in self.klassen.items()
                if period == lesperiode
            }
            self._weeks[lesperiode] = draw_weeks(self.seed, lesperiode, teachers)
        return self._weeks[lesperiode]

    def submissions(self, product: str) -> dict[int, tuple[Toetsresultaat, ...]]:
        """All submissions of ``JIJ`` or ``TOA`` by number, each as its states in the order in which they show.

        The dictionary may be changed, to let a result appear, change or vanish. Raises :class:`UsageError` for any
        other product.
        """
        if product not in PRODUCTS:
            raise UsageError("There is no such product", where="School", advice=f"Give {' or '.join(PRODUCTS)}.")
        if product not in self._submissions:
            drawn = (draw_submissions(self.seed, product, each) for each in self.leerlingen.values())
            states = [each for pupil in drawn for each in pupil]
            states += draw_visitors(self.seed, product)
            self._submissions[product] = {each[0].submission_nr: each for each in states}
        return self._submissions[product]

    def results(self, product: str, moment: dt.datetime) -> list[Toetsresultaat]:
        """What a results service shows at a moment: the last visible state of each submission.

        In the order of the moment of change, then of the number. Withdrawn submissions are left out.
        """
        local = on_the_wall(moment)
        shown = (
            next((state for state in reversed(states) if state.zichtbaar_vanaf <= local), None)
            for states in self.submissions(product).values()
        )
        return sorted((each for each in shown if each and not each.ingetrokken), key=_place_of_result)


def _moment_of_mark(mark: Cijfer) -> dt.datetime:
    return mark.ingevoerd_op


def _begin_of_lesson(lesson: Afspraak) -> dt.datetime:
    return lesson.begin


def _place_of_result(result: Toetsresultaat) -> tuple[dt.datetime, int]:
    return result.gewijzigd, result.submission_nr
