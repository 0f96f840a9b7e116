"""The sync and the async client. Every method runs a flow of this package with a driver."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from magister_connect.core.drivers import AsyncClient, ClientMethod, SyncClient
from magister_connect.core.late import LateModule, LateOperation, LateOperations, find_operation
from magister_connect.medius.settings import TOKEN_LIFETIME, Form

if TYPE_CHECKING:
    from magister_connect.core.drivers import AsyncDriver, AsyncHttp, RetryPolicy, SyncDriver, SyncHttp, Timeouts
    from magister_connect.core.flow import Flow
    from magister_connect.core.secrets import Secret
    from magister_connect.core.unreadable import OnUnreadable, UnreadableRecords
    from magister_connect.medius import employees, operations, people, soap
    from magister_connect.medius.answers import CallResult
    from magister_connect.medius.calls import Argument, Person
    from magister_connect.medius.employees import Employee, Preview
    from magister_connect.medius.records import StaffMember, Student
    from magister_connect.medius.session import Session
    from magister_connect.medius.settings import FormName
    from magister_connect.medius.soap import LoginOver, SoapSource
    from magister_connect.medius.tables import lists, streams
    from magister_connect.medius.tables.table import Records, Row, Table
else:
    employees = LateModule("magister_connect.medius.employees")
    lists = LateModule("magister_connect.medius.tables.lists")
    operations = LateModule("magister_connect.medius.operations")
    people = LateOperations("magister_connect.medius.people")
    soap = LateModule("magister_connect.medius.soap")
    streams = LateModule("magister_connect.medius.tables.streams")

T = TypeVar("T")
P = ParamSpec("P")


def _per_person(
    operation: Callable[Concatenate[Session, P], Flow[T]], summary: str
) -> ClientMethod[P, T, Coroutine[Any, Any, T]]:
    """A method of both clients that runs an operation of :class:`PerPerson`."""

    def ask(self: MediusClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(operation(self._session, *args, **kwargs))

    async def ask_async(self: AsyncMediusClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(operation(self._session, *args, **kwargs))

    def described() -> Callable[..., object]:
        def shown(session: Session, *args: P.args, **kwargs: P.kwargs) -> Flow[T]:
            return operation(session, *args, **kwargs)

        found = find_operation(operation)
        signature = inspect.signature(found)
        kind = found.__self__.kind.__name__  # type: ignore[attr-defined]  # a method of PerPerson
        returns = str(signature.return_annotation).replace("[T]", f"[{kind}]")
        shown.__doc__ = f"{summary}\n\n{inspect.getdoc(found)}"
        shown.__signature__ = signature.replace(return_annotation=returns)  # type: ignore[attr-defined]  # help
        return shown

    return ClientMethod(LateOperation(described), ask, ask_async, hidden=1)


class _PersonMethods:
    """The functions that are called for one person at a time, for one or for many."""

    student_groups = _per_person(
        people.STUDENT_GROUPS.of_one, "The teaching groups of a pupil (``GetLeerlingGroepen``)."
    )
    student_subjects = _per_person(people.STUDENT_SUBJECTS.of_one, "The subjects of a pupil (``GetLeerlingVakken``).")
    employee_groups = _per_person(
        people.EMPLOYEE_GROUPS.of_one, "The groups that a member of staff teaches (``GetPersoneelGroepVakken``)."
    )
    employee_classes = _per_person(
        people.EMPLOYEE_CLASSES.of_one, "The classes that a member of staff teaches (``GetPersoneelKlasVakken``)."
    )
    employee_subjects = _per_person(
        people.EMPLOYEE_SUBJECTS.of_one, "The subjects of a member of staff (``GetPersoneelVakken``)."
    )
    student_groups_of = _per_person(
        people.STUDENT_GROUPS.of_many, "The teaching groups of many pupils (``GetLeerlingGroepen``)."
    )
    student_subjects_of = _per_person(
        people.STUDENT_SUBJECTS.of_many, "The subjects of many pupils (``GetLeerlingVakken``)."
    )
    employee_groups_of = _per_person(
        people.EMPLOYEE_GROUPS.of_many, "The groups that many members of staff teach (``GetPersoneelGroepVakken``)."
    )
    employee_classes_of = _per_person(
        people.EMPLOYEE_CLASSES.of_many, "The classes that many members of staff teach (``GetPersoneelKlasVakken``)."
    )
    employee_subjects_of = _per_person(
        people.EMPLOYEE_SUBJECTS.of_many, "The subjects of many members of staff (``GetPersoneelVakken``)."
    )


class MediusClient(_PersonMethods, SyncClient):
    """Magister Medius of one school.

    ``address`` is ``https://school.swp.nl:8800``. The account is one of Magister's web service accounts, whose rights
    are given per function and per list. A session token is fetched when it is first needed and renewed when it has
    expired; ``stateless=True`` sends name and password with every call instead. ``allow_http`` is for a server on this
    machine. ``date_formats`` are further forms (for ``strptime``) of the dates in ``*_str`` columns, whose form is
    unknown. ``token_lifetime`` is the age at which a token is renewed unasked; 33 minutes were seen to be short enough.
    ``login_over`` chooses how the client logs in, ``http`` or ``soap``. ``wsdl`` replaces the packaged contracts, by a
    mapping such as ``{"Personeel": "personeel.wsdl"}`` or by ``"live"`` for what the server hands out.

    ``http`` is a client of httpx or httpx2 of yours (a proxy, a private authority, a client certificate), which stays
    yours to close; ``timeouts``, ``retries``, ``clock`` and ``driver`` as with every client
    (:mod:`magister_connect.core.drivers`). ``concurrency`` is how many people are asked for at a time, 20 unless given.

    Raises :class:`UsageError` for an address with a query or without ``https``, and for an empty name or password.
    """

    def __init__(
        self,
        address: str,
        *,
        username: str,
        password: str | Secret,
        stateless: bool = False,
        allow_http: bool = False,
        login_over: LoginOver = "http",
        wsdl: SoapSource = None,
        date_formats: Sequence[str] = (),
        token_lifetime: dt.timedelta = TOKEN_LIFETIME,
        http: SyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        concurrency: int | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: SyncDriver | None = None,
    ) -> None:
        self._session, self._contracts = soap.open_session(
            address,
            username,
            password,
            stateless=stateless,
            allow_http=allow_http,
            login_over=login_over,
            wsdl=wsdl,
            token_lifetime=token_lifetime,
        )
        self._date_formats = tuple(date_formats)
        super().__init__(
            driver,
            keep_raw=keep_raw,
            http=http,
            timeouts=timeouts,
            retries=retries,
            concurrency=concurrency,
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"<MediusClient {self._session.account.username} at {self._session.account.origin}>"

    def login(self) -> None:
        """Log in now: to find a wrong account before the first call needs it.

        Raises :class:`NotAuthenticated` with the service's own words.
        """
        self._run(operations.sign_in(self._session))

    def call(
        self, library: str, function: str, /, *, timeout: float | None = None, **arguments: Argument
    ) -> CallResult:
        """Call any function that the school's own documentation page (``/doc``) lists.

        The session is filled in. A function whose name does not begin with ``Get`` is taken for a write, which is sent
        once. Texts, numbers, truth values (``1``, ``0``), dates (ISO) and ``None`` (empty) are taken as arguments.
        """
        return self._run(operations.call_function(self._session, library, function, arguments, timeout))

    def students(
        self, lesperiode: str = "", *, on_unreadable: OnUnreadable = "raise", timeout: float | None = None
    ) -> Records[Student]:
        """The active pupils (``GetActiveStudents``): of today, or of a lesson period such as ``2425``.

        Without a code these are the pupils whose enrolment holds today. With the code of the running year there are
        more: those who left since it began too (inferred from the query behind it). A pupil with two enrolments has
        two rows; :func:`one_per_pupil` chooses one.

        For any other text, and for a year that does not exist yet, the service returns no rows and no message
        (observed): ``warnings`` of the records then says so. Raises :class:`FieldInvalid` for a row that cannot be
        read; with ``on_unreadable="keep"`` such rows stand in ``unreadable``.
        """
        flow = operations.students(self._session, lesperiode, self._date_formats, on_unreadable, timeout)
        return self._run(flow)

    def employees(self, *, on_unreadable: OnUnreadable = "raise", timeout: float | None = None) -> Records[StaffMember]:
        """The staff (``GetActiveEmpoyees``), with one row for each role of a person; see :func:`merge_employees`.

        ``on_unreadable="keep"`` keeps rows that cannot be read in ``unreadable``.
        """
        return self._run(operations.employees(self._session, self._date_formats, on_unreadable, timeout))

    def get_data(
        self,
        layout: str,
        parameters: Mapping[str, Argument] | None = None,
        *,
        form: FormName = Form.XML,
        encoding: str | None = None,
        quoted: bool = True,
        allow_unsafe: bool = False,
        huge_text: bool = False,
        on_unreadable: OnUnreadable = "raise",
        timeout: float | None = None,
    ) -> Table:
        """A list (``Data.GetData``) by its exact name, with its parameters, as a table of text.

        ``form`` is ``XML``, ``XMLTable``, ``CSV`` or ``TAB``; ``encoding`` is ``UTF-8`` or ``ANSI``; ``quoted=False``
        is for a server that writes no quotation marks around cells. ``huge_text`` lifts the limit of 10 MB on one cell.
        The values of parameters may not hold ``; = # '`` unless ``allow_unsafe``: the service pastes them into SQL.
        Without rows, ``warnings`` of the table tells of a parameter ``lesperiode`` that is not four digits.

        ``on_unreadable="keep"`` keeps rows with too many or too few cells in ``unreadable`` of the table.

        Raises :class:`NotPermitted` where the account has no right to the list, or there is no such list: the service
        makes no difference (observed).
        """
        query = lists.ListQuery(
            layout, parameters or {}, form, encoding, quoted, allow_unsafe, huge_text, on_unreadable, timeout
        )
        return self._run(lists.get_data(self._session, query))

    def iter_data(
        self,
        layout: str,
        parameters: Mapping[str, Argument] | None = None,
        *,
        form: FormName = Form.XML,
        encoding: str | None = None,
        quoted: bool = True,
        allow_unsafe: bool = False,
        huge_text: bool = False,
        on_unreadable: OnUnreadable | UnreadableRecords = "raise",
        timeout: float | None = None,
    ) -> Iterator[Row]:
        """The rows of a list while the answer is still arriving, in constant memory; arguments as in :meth:`get_data`.

        The list is whole only when the iteration ends by itself: an answer that is cut off raises at its end, after
        rows have been handed out. To see the rows that are kept apart, pass a collector of your own:
        ``on_unreadable=UnreadableRecords("keep")``.
        """
        query = lists.ListQuery(
            layout, parameters or {}, form, encoding, quoted, allow_unsafe, huge_text, on_unreadable, timeout
        )
        return self._driver.iterate(streams.iter_data(self._session, query))

    def update_student_email(self, stamnummer: Person, email: str, *, timeout: float | None = None) -> None:
        """Set the e-mail address of a pupil (``UpdateLeerEMail``); an empty text takes it away.

        Sent once, never repeated.
        """
        self._run(operations.update_email(self._session, "UpdateLeerEMail", stamnummer, email, timeout))

    def update_employee_email(self, stamnummer: Person, email: str, *, timeout: float | None = None) -> None:
        """Set the e-mail address of a member of staff (``UpdatePersEMail``); an empty text takes it away.

        Sent once, never repeated.
        """
        self._run(operations.update_email(self._session, "UpdatePersEMail", stamnummer, email, timeout))

    def rename_user(self, old: str, new: str, *, timeout: float | None = None) -> None:
        """Change a login name (``UpdateGebruiker``). Sent once, never repeated."""
        self._run(operations.rename_user(self._session, old, new, timeout))

    def update_employee(self, employee: Employee, *, partial: bool = False, timeout: float | None = None) -> None:
        """Create or change an employee (``Personeel.UpdateMedewerker``, over SOAP). Sent once, never repeated.

        The service empties whatever it is not told (documented): an employee with omitted fields is refused, unless
        ``partial`` says that this is meant. The service returns no result (documented).
        """
        flow = employees.update_employee(
            self._session, self._contracts, employee, partial_record=partial, timeout=timeout
        )
        self._run(flow)

    def preview(self, employee: Employee) -> Preview:
        """What :meth:`update_employee` would send, and which fields would be emptied; nothing is sent."""
        return employees.preview_employee(self._contracts, employee)


class AsyncMediusClient(_PersonMethods, AsyncClient):
    """Magister Medius of one school, awaited on asyncio or trio.

    ``address`` is ``https://school.swp.nl:8800``. The account is one of Magister's web service accounts, whose rights
    are given per function and per list. A session token is fetched when it is first needed and renewed when it has
    expired; ``stateless=True`` sends name and password with every call instead. ``allow_http`` is for a server on this
    machine. ``date_formats`` are further forms (for ``strptime``) of the dates in ``*_str`` columns, whose form is
    unknown. ``token_lifetime`` is the age at which a token is renewed unasked; 33 minutes were seen to be short enough.
    ``login_over`` chooses how the client logs in, ``http`` or ``soap``. ``wsdl`` replaces the packaged contracts, by a
    mapping such as ``{"Personeel": "personeel.wsdl"}`` or by ``"live"`` for what the server hands out.

    ``http`` is a client of httpx or httpx2 of yours (a proxy, a private authority, a client certificate), which stays
    yours to close; ``timeouts``, ``retries``, ``clock`` and ``driver`` as with every client
    (:mod:`magister_connect.core.drivers`). ``concurrency`` is how many people are asked for at a time, 20 unless given.

    Raises :class:`UsageError` for an address with a query or without ``https``, and for an empty name or password.
    """

    def __init__(
        self,
        address: str,
        *,
        username: str,
        password: str | Secret,
        stateless: bool = False,
        allow_http: bool = False,
        login_over: LoginOver = "http",
        wsdl: SoapSource = None,
        date_formats: Sequence[str] = (),
        token_lifetime: dt.timedelta = TOKEN_LIFETIME,
        http: AsyncHttp | None = None,
        timeouts: Timeouts | None = None,
        retries: RetryPolicy | None = None,
        concurrency: int | None = None,
        clock: Callable[[], dt.datetime] | None = None,
        keep_raw: bool = False,
        driver: AsyncDriver | None = None,
    ) -> None:
        self._session, self._contracts = soap.open_session(
            address,
            username,
            password,
            stateless=stateless,
            allow_http=allow_http,
            login_over=login_over,
            wsdl=wsdl,
            token_lifetime=token_lifetime,
        )
        self._date_formats = tuple(date_formats)
        super().__init__(
            driver,
            keep_raw=keep_raw,
            http=http,
            timeouts=timeouts,
            retries=retries,
            concurrency=concurrency,
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"<AsyncMediusClient {self._session.account.username} at {self._session.account.origin}>"

    async def login(self) -> None:
        """Log in now: to find a wrong account before the first call needs it.

        Raises :class:`NotAuthenticated` with the service's own words.
        """
        await self._run(operations.sign_in(self._session))

    async def call(
        self, library: str, function: str, /, *, timeout: float | None = None, **arguments: Argument
    ) -> CallResult:
        """Call any function that the school's own documentation page (``/doc``) lists.

        The session is filled in. A function whose name does not begin with ``Get`` is taken for a write, which is sent
        once. Texts, numbers, truth values (``1``, ``0``), dates (ISO) and ``None`` (empty) are taken as arguments.
        """
        return await self._run(operations.call_function(self._session, library, function, arguments, timeout))

    async def students(
        self, lesperiode: str = "", *, on_unreadable: OnUnreadable = "raise", timeout: float | None = None
    ) -> Records[Student]:
        """The active pupils (``GetActiveStudents``): of today, or of a lesson period such as ``2425``.

        Without a code these are the pupils whose enrolment holds today. With the code of the running year there are
        more: those who left since it began too (inferred from the query behind it). A pupil with two enrolments has
        two rows; :func:`one_per_pupil` chooses one.

        For any other text, and for a year that does not exist yet, the service returns no rows and no message
        (observed): ``warnings`` of the records then says so. Raises :class:`FieldInvalid` for a row that cannot be
        read; with ``on_unreadable="keep"`` such rows stand in ``unreadable``.
        """
        return await self._run(
            operations.students(self._session, lesperiode, self._date_formats, on_unreadable, timeout)
        )

    async def employees(
        self, *, on_unreadable: OnUnreadable = "raise", timeout: float | None = None
    ) -> Records[StaffMember]:
        """The staff (``GetActiveEmpoyees``), with one row for each role of a person; see :func:`merge_employees`.

        ``on_unreadable="keep"`` keeps rows that cannot be read in ``unreadable``.
        """
        return await self._run(operations.employees(self._session, self._date_formats, on_unreadable, timeout))

    async def get_data(
        self,
        layout: str,
        parameters: Mapping[str, Argument] | None = None,
        *,
        form: FormName = Form.XML,
        encoding: str | None = None,
        quoted: bool = True,
        allow_unsafe: bool = False,
        huge_text: bool = False,
        on_unreadable: OnUnreadable = "raise",
        timeout: float | None = None,
    ) -> Table:
        """A list (``Data.GetData``) by its exact name, with its parameters, as a table of text.

        ``form`` is ``XML``, ``XMLTable``, ``CSV`` or ``TAB``; ``encoding`` is ``UTF-8`` or ``ANSI``; ``quoted=False``
        is for a server that writes no quotation marks around cells. ``huge_text`` lifts the limit of 10 MB on one cell.
        The values of parameters may not hold ``; = # '`` unless ``allow_unsafe``: the service pastes them into SQL.
        Without rows, ``warnings`` of the table tells of a parameter ``lesperiode`` that is not four digits.

        ``on_unreadable="keep"`` keeps rows with too many or too few cells in ``unreadable`` of the table.

        Raises :class:`NotPermitted` where the account has no right to the list, or there is no such list: the service
        makes no difference (observed).
        """
        query = lists.ListQuery(
            layout, parameters or {}, form, encoding, quoted, allow_unsafe, huge_text, on_unreadable, timeout
        )
        return await self._run(lists.get_data(self._session, query))

    def iter_data(
        self,
        layout: str,
        parameters: Mapping[str, Argument] | None = None,
        *,
        form: FormName = Form.XML,
        encoding: str | None = None,
        quoted: bool = True,
        allow_unsafe: bool = False,
        huge_text: bool = False,
        on_unreadable: OnUnreadable | UnreadableRecords = "raise",
        timeout: float | None = None,
    ) -> AsyncGenerator[Row, None]:
        """The rows of a list while the answer is still arriving, in constant memory; arguments as in :meth:`get_data`.

        The list is whole only when the iteration ends by itself: an answer that is cut off raises at its end, after
        rows have been handed out. To see the rows that are kept apart, pass a collector of your own:
        ``on_unreadable=UnreadableRecords("keep")``.
        """
        query = lists.ListQuery(
            layout, parameters or {}, form, encoding, quoted, allow_unsafe, huge_text, on_unreadable, timeout
        )
        return self._driver.iterate(streams.iter_data(self._session, query))

    async def update_student_email(self, stamnummer: Person, email: str, *, timeout: float | None = None) -> None:
        """Set the e-mail address of a pupil (``UpdateLeerEMail``); an empty text takes it away.

        Sent once, never repeated.
        """
        await self._run(operations.update_email(self._session, "UpdateLeerEMail", stamnummer, email, timeout))

    async def update_employee_email(self, stamnummer: Person, email: str, *, timeout: float | None = None) -> None:
        """Set the e-mail address of a member of staff (``UpdatePersEMail``); an empty text takes it away.

        Sent once, never repeated.
        """
        await self._run(operations.update_email(self._session, "UpdatePersEMail", stamnummer, email, timeout))

    async def rename_user(self, old: str, new: str, *, timeout: float | None = None) -> None:
        """Change a login name (``UpdateGebruiker``). Sent once, never repeated."""
        await self._run(operations.rename_user(self._session, old, new, timeout))

    async def update_employee(self, employee: Employee, *, partial: bool = False, timeout: float | None = None) -> None:
        """Create or change an employee (``Personeel.UpdateMedewerker``, over SOAP). Sent once, never repeated.

        The service empties whatever it is not told (documented): an employee with omitted fields is refused, unless
        ``partial`` says that this is meant. The service returns no result (documented).
        """
        flow = employees.update_employee(
            self._session, self._contracts, employee, partial_record=partial, timeout=timeout
        )
        await self._run(flow)

    def preview(self, employee: Employee) -> Preview:
        """What :meth:`update_employee` would send, and which fields would be emptied; nothing is sent."""
        return employees.preview_employee(self._contracts, employee)
