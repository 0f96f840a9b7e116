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
    from magister_connect.core.records.unreadable import OnUnreadable, UnreadableRecords
    from magister_connect.core.secrets import Secret
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
    """Make a method of both clients from an operation of :class:`PerPerson`."""

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
        shown.__wrapped__ = found  # type: ignore[attr-defined]  # used to resolve annotations
        return shown

    return ClientMethod(LateOperation(described), ask, ask_async, hidden=1)


class _PersonMethods:
    """Methods that call a function per person, for one person or for many."""

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
    """A sync client for Magister Medius of one school.

    - ``address``: ``https://school.swp.nl:8800``.
    - ``username`` and ``password``: a web service account of Magister. It needs rights for each function and each list.
    - ``stateless``: send name and password with every call. By default, the client gets a session token when it first
      needs one, and renews it when it has expired.
    - ``allow_http``: accept plain ``http``, for a server on this machine.
    - ``login_over``: how to log in, ``http`` or ``soap``.
    - ``wsdl``: replaces the packaged WSDLs. Pass a mapping such as ``{"Personeel": "personeel.wsdl"}``, or ``"live"``
      for the WSDLs of the server.
    - ``date_formats``: extra ``strptime`` formats for the dates in ``*_str`` columns. Their real format is unknown.
    - ``token_lifetime``: the age at which the client renews a token without waiting for an error. Observed: 33 minutes
      is short enough.
    - ``http``: your own client of httpx or httpx2, for a proxy, a private certificate authority or a client
      certificate. You close it yourself.
    - ``concurrency``: how many people are requested at the same time (default 20).
    - ``timeouts``, ``retries``, ``clock``, ``keep_raw`` and ``driver``: as in every client
      (:mod:`magister_connect.core.drivers`).

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
        """Log in now, to find a wrong account before the first call.

        Raises :class:`NotAuthenticated` with the text of the service.
        """
        self._run(operations.sign_in(self._session))

    def call(
        self, library: str, function: str, /, *, timeout: float | None = None, **arguments: Argument
    ) -> CallResult:
        """Call any function that the school's own documentation page (``/doc``) lists.

        The client adds the session token. A function whose name does not start with ``Get`` counts as a write and is
        sent once. Arguments may be texts, numbers, booleans (sent as ``1`` and ``0``), dates (sent as ISO) and ``None``
        (sent as empty).
        """
        return self._run(operations.call_function(self._session, library, function, arguments, timeout))

    def students(
        self, lesperiode: str = "", *, on_unreadable: OnUnreadable = "raise", timeout: float | None = None
    ) -> Records[Student]:
        """Return the active pupils (``GetActiveStudents``) of today, or of a lesson period such as ``2425``.

        Without a code, you get the pupils with an enrolment today. With the code of the current year, you also get
        pupils who left since it began (inferred from the query behind it). A pupil with two enrolments has two rows;
        :func:`one_per_pupil` chooses one.

        For any other text, and for a year that does not exist yet, the service returns no rows and no message
        (observed). The ``warnings`` of the result then mention it. Raises :class:`FieldInvalid` for an unreadable row.
        With ``on_unreadable="keep"``, such rows are in ``unreadable`` of the result instead.
        """
        flow = operations.students(self._session, lesperiode, self._date_formats, on_unreadable, timeout)
        return self._run(flow)

    def employees(self, *, on_unreadable: OnUnreadable = "raise", timeout: float | None = None) -> Records[StaffMember]:
        """Return the staff (``GetActiveEmpoyees``), with one row per role of a person. See :func:`merge_employees`.

        With ``on_unreadable="keep"``, unreadable rows are in ``unreadable`` of the result instead of raising
        :class:`FieldInvalid`.
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
        """Return a list (``Data.GetData``) as a table of text.

        - ``layout``: the exact name of the list.
        - ``parameters``: the parameters of the list. Their values may not contain ``; = # '`` unless ``allow_unsafe``
          is true, because the service pastes them into SQL.
        - ``form``: ``XML``, ``XMLTable``, ``CSV`` or ``TAB``.
        - ``encoding``: ``UTF-8`` or ``ANSI``.
        - ``quoted=False``: for a server that writes no quotation marks around cells.
        - ``huge_text``: lifts the limit of 10 MB on one cell.
        - ``on_unreadable="keep"``: puts rows with too many or too few cells in ``unreadable`` of the table, instead of
          raising an error.

        If the table is empty and a parameter ``lesperiode`` is not four digits, the ``warnings`` of the table mention
        it.

        Raises :class:`NotPermitted` if the account has no right to the list, or if the list does not exist. The service
        makes no difference between the two (observed).
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
        """Yield the rows of a list while the response arrives, in constant memory.

        The arguments are those of :meth:`get_data`.

        Only trust the list after the iteration has ended normally. A response that breaks off raises an error at its
        end, after rows have been yielded. To read the rows that are kept apart, pass your own collector:
        ``on_unreadable=UnreadableRecords("keep")``.
        """
        query = lists.ListQuery(
            layout, parameters or {}, form, encoding, quoted, allow_unsafe, huge_text, on_unreadable, timeout
        )
        return self._driver.iterate(streams.iter_data(self._session, query))

    def update_student_email(self, stamnummer: Person, email: str, *, timeout: float | None = None) -> None:
        """Set the e-mail address of a pupil (``UpdateLeerEMail``). An empty text removes it.

        The request is sent once and never retried.
        """
        self._run(operations.update_email(self._session, "UpdateLeerEMail", stamnummer, email, timeout))

    def update_employee_email(self, stamnummer: Person, email: str, *, timeout: float | None = None) -> None:
        """Set the e-mail address of an employee (``UpdatePersEMail``). An empty text removes it.

        The request is sent once and never retried.
        """
        self._run(operations.update_email(self._session, "UpdatePersEMail", stamnummer, email, timeout))

    def rename_user(self, old: str, new: str, *, timeout: float | None = None) -> None:
        """Change a login name (``UpdateGebruiker``). The request is sent once and never retried."""
        self._run(operations.rename_user(self._session, old, new, timeout))

    def update_employee(self, employee: Employee, *, partial: bool = False, timeout: float | None = None) -> None:
        """Create or change an employee (``Personeel.UpdateMedewerker``, over SOAP).

        The request is sent once and never retried. The service returns no result (documented). It empties every field
        that is missing from the request (documented). So an employee with omitted fields is refused, unless you pass
        ``partial=True``.
        """
        flow = employees.update_employee(
            self._session, self._contracts, employee, partial_record=partial, timeout=timeout
        )
        self._run(flow)

    def preview(self, employee: Employee) -> Preview:
        """Return what :meth:`update_employee` would send, and which fields it would empty. Nothing is sent."""
        return employees.preview_employee(self._contracts, employee)


class AsyncMediusClient(_PersonMethods, AsyncClient):
    """An async client for Magister Medius of one school, on asyncio or trio.

    - ``address``: ``https://school.swp.nl:8800``.
    - ``username`` and ``password``: a web service account of Magister. It needs rights for each function and each list.
    - ``stateless``: send name and password with every call. By default, the client gets a session token when it first
      needs one, and renews it when it has expired.
    - ``allow_http``: accept plain ``http``, for a server on this machine.
    - ``login_over``: how to log in, ``http`` or ``soap``.
    - ``wsdl``: replaces the packaged WSDLs. Pass a mapping such as ``{"Personeel": "personeel.wsdl"}``, or ``"live"``
      for the WSDLs of the server.
    - ``date_formats``: extra ``strptime`` formats for the dates in ``*_str`` columns. Their real format is unknown.
    - ``token_lifetime``: the age at which the client renews a token without waiting for an error. Observed: 33 minutes
      is short enough.
    - ``http``: your own async client of httpx or httpx2, for a proxy, a private certificate authority or a client
      certificate. You close it yourself.
    - ``concurrency``: how many people are requested at the same time (default 20).
    - ``timeouts``, ``retries``, ``clock``, ``keep_raw`` and ``driver``: as in every client
      (:mod:`magister_connect.core.drivers`).

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
        """Log in now, to find a wrong account before the first call.

        Raises :class:`NotAuthenticated` with the text of the service.
        """
        await self._run(operations.sign_in(self._session))

    async def call(
        self, library: str, function: str, /, *, timeout: float | None = None, **arguments: Argument
    ) -> CallResult:
        """Call any function that the school's own documentation page (``/doc``) lists.

        The client adds the session token. A function whose name does not start with ``Get`` counts as a write and is
        sent once. Arguments may be texts, numbers, booleans (sent as ``1`` and ``0``), dates (sent as ISO) and ``None``
        (sent as empty).
        """
        return await self._run(operations.call_function(self._session, library, function, arguments, timeout))

    async def students(
        self, lesperiode: str = "", *, on_unreadable: OnUnreadable = "raise", timeout: float | None = None
    ) -> Records[Student]:
        """Return the active pupils (``GetActiveStudents``) of today, or of a lesson period such as ``2425``.

        Without a code, you get the pupils with an enrolment today. With the code of the current year, you also get
        pupils who left since it began (inferred from the query behind it). A pupil with two enrolments has two rows;
        :func:`one_per_pupil` chooses one.

        For any other text, and for a year that does not exist yet, the service returns no rows and no message
        (observed). The ``warnings`` of the result then mention it. Raises :class:`FieldInvalid` for an unreadable row.
        With ``on_unreadable="keep"``, such rows are in ``unreadable`` of the result instead.
        """
        return await self._run(
            operations.students(self._session, lesperiode, self._date_formats, on_unreadable, timeout)
        )

    async def employees(
        self, *, on_unreadable: OnUnreadable = "raise", timeout: float | None = None
    ) -> Records[StaffMember]:
        """Return the staff (``GetActiveEmpoyees``), with one row per role of a person. See :func:`merge_employees`.

        With ``on_unreadable="keep"``, unreadable rows are in ``unreadable`` of the result instead of raising
        :class:`FieldInvalid`.
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
        """Return a list (``Data.GetData``) as a table of text.

        - ``layout``: the exact name of the list.
        - ``parameters``: the parameters of the list. Their values may not contain ``; = # '`` unless ``allow_unsafe``
          is true, because the service pastes them into SQL.
        - ``form``: ``XML``, ``XMLTable``, ``CSV`` or ``TAB``.
        - ``encoding``: ``UTF-8`` or ``ANSI``.
        - ``quoted=False``: for a server that writes no quotation marks around cells.
        - ``huge_text``: lifts the limit of 10 MB on one cell.
        - ``on_unreadable="keep"``: puts rows with too many or too few cells in ``unreadable`` of the table, instead of
          raising an error.

        If the table is empty and a parameter ``lesperiode`` is not four digits, the ``warnings`` of the table mention
        it.

        Raises :class:`NotPermitted` if the account has no right to the list, or if the list does not exist. The service
        makes no difference between the two (observed).
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
        """Yield the rows of a list while the response arrives, in constant memory.

        The arguments are those of :meth:`get_data`.

        Only trust the list after the iteration has ended normally. A response that breaks off raises an error at its
        end, after rows have been yielded. To read the rows that are kept apart, pass your own collector:
        ``on_unreadable=UnreadableRecords("keep")``.
        """
        query = lists.ListQuery(
            layout, parameters or {}, form, encoding, quoted, allow_unsafe, huge_text, on_unreadable, timeout
        )
        return self._driver.iterate(streams.iter_data(self._session, query))

    async def update_student_email(self, stamnummer: Person, email: str, *, timeout: float | None = None) -> None:
        """Set the e-mail address of a pupil (``UpdateLeerEMail``). An empty text removes it.

        The request is sent once and never retried.
        """
        await self._run(operations.update_email(self._session, "UpdateLeerEMail", stamnummer, email, timeout))

    async def update_employee_email(self, stamnummer: Person, email: str, *, timeout: float | None = None) -> None:
        """Set the e-mail address of an employee (``UpdatePersEMail``). An empty text removes it.

        The request is sent once and never retried.
        """
        await self._run(operations.update_email(self._session, "UpdatePersEMail", stamnummer, email, timeout))

    async def rename_user(self, old: str, new: str, *, timeout: float | None = None) -> None:
        """Change a login name (``UpdateGebruiker``). The request is sent once and never retried."""
        await self._run(operations.rename_user(self._session, old, new, timeout))

    async def update_employee(self, employee: Employee, *, partial: bool = False, timeout: float | None = None) -> None:
        """Create or change an employee (``Personeel.UpdateMedewerker``, over SOAP).

        The request is sent once and never retried. The service returns no result (documented). It empties every field
        that is missing from the request (documented). So an employee with omitted fields is refused, unless you pass
        ``partial=True``.
        """
        flow = employees.update_employee(
            self._session, self._contracts, employee, partial_record=partial, timeout=timeout
        )
        await self._run(flow)

    def preview(self, employee: Employee) -> Preview:
        """Return what :meth:`update_employee` would send, and which fields it would empty. Nothing is sent."""
        return employees.preview_employee(self._contracts, employee)
