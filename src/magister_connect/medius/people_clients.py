"""The part of both clients that is about one person at a time; each method is a flow of :mod:`people`."""

from __future__ import annotations

from collections.abc import Iterable

from magister_connect.core.drivers import AsyncClient, SyncClient
from magister_connect.medius.calls import Person
from magister_connect.medius.people import (
    EMPLOYEE_CLASSES,
    EMPLOYEE_GROUPS,
    EMPLOYEE_SUBJECTS,
    STUDENT_GROUPS,
    STUDENT_SUBJECTS,
    OfPerson,
    of_people,
    of_person,
)
from magister_connect.medius.records import (
    EmployeeClass,
    EmployeeGroup,
    EmployeeSubject,
    StudentGroup,
    StudentSubject,
)
from magister_connect.medius.session import Session
from magister_connect.medius.tables.table import Records


class SyncPeople(SyncClient):
    """The functions that are called for one person at a time."""

    _session: Session

    def student_groups(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[StudentGroup]:
        """The teaching groups of a pupil (``GetLeerlingGroepen``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return self._run(of_person(self._session, STUDENT_GROUPS, stamnummer, lesperiode, timeout))

    def student_subjects(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[StudentSubject]:
        """The subjects of a pupil (``GetLeerlingVakken``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return self._run(of_person(self._session, STUDENT_SUBJECTS, stamnummer, lesperiode, timeout))

    def employee_groups(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[EmployeeGroup]:
        """The groups that a member of staff teaches (``GetPersoneelGroepVakken``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return self._run(of_person(self._session, EMPLOYEE_GROUPS, stamnummer, lesperiode, timeout))

    def employee_classes(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[EmployeeClass]:
        """The classes that a member of staff teaches (``GetPersoneelKlasVakken``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return self._run(of_person(self._session, EMPLOYEE_CLASSES, stamnummer, lesperiode, timeout))

    def employee_subjects(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[EmployeeSubject]:
        """The subjects of a member of staff (``GetPersoneelVakken``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return self._run(of_person(self._session, EMPLOYEE_SUBJECTS, stamnummer, lesperiode, timeout))

    def student_groups_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[StudentGroup], ...]:
        """The teaching groups of many pupils (``GetLeerlingGroepen``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return self._run(of_people(self._session, STUDENT_GROUPS, tuple(stamnummers), lesperiode, concurrency, timeout))

    def student_subjects_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[StudentSubject], ...]:
        """The subjects of many pupils (``GetLeerlingVakken``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return self._run(
            of_people(self._session, STUDENT_SUBJECTS, tuple(stamnummers), lesperiode, concurrency, timeout)
        )

    def employee_groups_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[EmployeeGroup], ...]:
        """The groups that many members of staff teach (``GetPersoneelGroepVakken``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return self._run(
            of_people(self._session, EMPLOYEE_GROUPS, tuple(stamnummers), lesperiode, concurrency, timeout)
        )

    def employee_classes_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[EmployeeClass], ...]:
        """The classes that many members of staff teach (``GetPersoneelKlasVakken``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return self._run(
            of_people(self._session, EMPLOYEE_CLASSES, tuple(stamnummers), lesperiode, concurrency, timeout)
        )

    def employee_subjects_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[EmployeeSubject], ...]:
        """The subjects of many members of staff (``GetPersoneelVakken``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return self._run(
            of_people(self._session, EMPLOYEE_SUBJECTS, tuple(stamnummers), lesperiode, concurrency, timeout)
        )


class AsyncPeople(AsyncClient):
    """The functions that are called for one person at a time, awaited."""

    _session: Session

    async def student_groups(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[StudentGroup]:
        """The teaching groups of a pupil (``GetLeerlingGroepen``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return await self._run(of_person(self._session, STUDENT_GROUPS, stamnummer, lesperiode, timeout))

    async def student_subjects(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[StudentSubject]:
        """The subjects of a pupil (``GetLeerlingVakken``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return await self._run(of_person(self._session, STUDENT_SUBJECTS, stamnummer, lesperiode, timeout))

    async def employee_groups(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[EmployeeGroup]:
        """The groups that a member of staff teaches (``GetPersoneelGroepVakken``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return await self._run(of_person(self._session, EMPLOYEE_GROUPS, stamnummer, lesperiode, timeout))

    async def employee_classes(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[EmployeeClass]:
        """The classes that a member of staff teaches (``GetPersoneelKlasVakken``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return await self._run(of_person(self._session, EMPLOYEE_CLASSES, stamnummer, lesperiode, timeout))

    async def employee_subjects(
        self, stamnummer: Person, lesperiode: str = "", *, timeout: float | None = None
    ) -> Records[EmployeeSubject]:
        """The subjects of a member of staff (``GetPersoneelVakken``).

        In the running school year, or in that of a code such as ``2425``. No rows come with a warning: in the summer
        holidays nobody has any (observed), nor has a number that is nobody's (inferred). Raises :class:`UsageError` for
        what is no stamnummer.
        """
        return await self._run(of_person(self._session, EMPLOYEE_SUBJECTS, stamnummer, lesperiode, timeout))

    async def student_groups_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[StudentGroup], ...]:
        """The teaching groups of many pupils (``GetLeerlingGroepen``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return await self._run(
            of_people(self._session, STUDENT_GROUPS, tuple(stamnummers), lesperiode, concurrency, timeout)
        )

    async def student_subjects_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[StudentSubject], ...]:
        """The subjects of many pupils (``GetLeerlingVakken``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return await self._run(
            of_people(self._session, STUDENT_SUBJECTS, tuple(stamnummers), lesperiode, concurrency, timeout)
        )

    async def employee_groups_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[EmployeeGroup], ...]:
        """The groups that many members of staff teach (``GetPersoneelGroepVakken``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return await self._run(
            of_people(self._session, EMPLOYEE_GROUPS, tuple(stamnummers), lesperiode, concurrency, timeout)
        )

    async def employee_classes_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[EmployeeClass], ...]:
        """The classes that many members of staff teach (``GetPersoneelKlasVakken``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return await self._run(
            of_people(self._session, EMPLOYEE_CLASSES, tuple(stamnummers), lesperiode, concurrency, timeout)
        )

    async def employee_subjects_of(
        self,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        timeout: float | None = None,
    ) -> tuple[OfPerson[EmployeeSubject], ...]:
        """The subjects of many members of staff (``GetPersoneelVakken``), ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``; what fails for one of them is reported with it.
        Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        return await self._run(
            of_people(self._session, EMPLOYEE_SUBJECTS, tuple(stamnummers), lesperiode, concurrency, timeout)
        )
