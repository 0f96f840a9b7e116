"""Compare another server, or a test double, with what the clients expect.

It can be a school's test server, a supplier's mock, or your own double of Medius, the results service, the Public API,
SCIM or UWLR. Each case is one claim, checked through the client itself. Nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from attrs import frozen

from magister_connect.core.secrets import Secret
from magister_connect.errors import MagisterConnectError, NotAuthenticated, NotFound, NotPermitted
from magister_connect.login import StaticToken
from magister_connect.medius import CallResult, MediusClient, StaffMember, Student
from magister_connect.medius.tables.columns import fields_of
from magister_connect.public_api import PublicApiClient
from magister_connect.results import Batch, Result, ResultsClient
from magister_connect.scim import ScimClient, where
from magister_connect.uwlr import NothingChanged, PupilData, UwlrClient

C = TypeVar("C", MediusClient, ResultsClient, PublicApiClient, ScimClient, UwlrClient)
Open = Callable[..., C]
"""Opens a client of the server. Without arguments it is the correct client; arguments replace those of the client."""
WRONG = "no such secret"
NOBODY = 999_999_999
A_DAY = dt.timedelta(days=1)


@frozen
class Case(Generic[C]):
    """One claim. ``name`` states it, and :meth:`run` raises if it is false. ``str()`` is usable as a test id."""

    service: str
    name: str
    check: Callable[[Open[C]], None]

    def __str__(self) -> str:
        return f"{self.service}: {self.name}"

    def run(self, open_client: Open[C]) -> None:
        """Check the claim. Raises :class:`AssertionError`, or the error of the client."""
        self.check(open_client)


@frozen
class Outcome:
    """The result of a case. ``trouble`` is empty if the claim is true, and never contains a value of a pupil.

    ``checked`` is false if the claim could not be checked: an earlier case failed in the same way, or there are no
    data to check it with. Then ``trouble`` names what is missing.
    """

    case: str
    trouble: str = ""
    checked: bool = True

    def __str__(self) -> str:
        verdict = "?  " if not self.checked else "no " if self.trouble else "yes"
        return f"{verdict}  {self.case}{f' - {self.trouble}' if self.trouble else ''}"


class _NotChecked(AssertionError):
    """The server does not provide what a case needs. This says nothing about its claim."""


def compare(cases: Iterable[Case[C]], open_client: Open[C]) -> tuple[Outcome, ...]:
    """Run every case, and return the result of each. A false claim raises nothing.

    Each deviation is named once: a later case that fails for the same reason is not ``checked``.
    """
    found: dict[str, str] = {}
    outcomes: list[Outcome] = []
    for case in cases:
        outcome = _outcome(case, open_client, found)
        if outcome.trouble and outcome.checked:
            found.setdefault(outcome.trouble, outcome.case)
        outcomes.append(outcome)
    return tuple(outcomes)


def _outcome(case: Case[C], open_client: Open[C], found: dict[str, str]) -> Outcome:
    try:
        case.run(open_client)
    except (AssertionError, MagisterConnectError) as error:
        trouble = str(error) or type(error).__name__
        if earlier := found.get(str(error.__cause__ or error)):
            return Outcome(str(case), f"not checked, for the same reason as {earlier!r}", checked=False)
        return Outcome(str(case), trouble, checked=not isinstance(error, _NotChecked))
    return Outcome(str(case))


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _given(holds: object, otherwise: str) -> None:
    if not holds:
        raise _NotChecked(f"not checked: {otherwise}")


def _refuses(kinds: tuple[type[MagisterConnectError], ...], ask: Callable[[], object]) -> None:
    names = " or ".join(each.__name__ for each in kinds)
    try:
        ask()
    except kinds:
        return
    except MagisterConnectError as error:
        raise AssertionError(f"it raises {type(error).__name__} instead of {names}: {error}") from error
    raise AssertionError(f"it is answered, but {names} was expected")


# -- Medius ---------------------------------------------------------------------------------------------------------


def medius_cases(list_name: str, **parameters: str) -> tuple[Case[MediusClient], ...]:
    """Return cases for Medius.

    ``list_name`` and its parameters name a list that the account may read, and that has rows.
    """

    def logs_in(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            medius.login()

    def refuses_a_password(open_client: Open[MediusClient]) -> None:
        logs_in(open_client)  # a server that refuses everybody proves nothing
        with open_client(password=WRONG) as medius:
            _refuses((NotAuthenticated,), medius.login)

    def shows_students(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            students = medius.students()
        _require(students, "there are no students")

    def fills_students(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            _every_column(medius.call("ADFuncties", "GetActiveStudents", LesPeriode=""), Student)

    def shows_staff(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            _require(medius.employees(), "there is no member of staff")

    def fills_staff(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            _every_column(medius.call("ADFuncties", "GetActiveEmpoyees"), StaffMember)

    def knows_no_other_year(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            _given(medius.students(), "there are no students in any year")
            students = medius.students("9900")
        _require(not students, "a school year that does not exist has students")

    def shows_a_list(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            table = medius.get_data(list_name, parameters)
        _require(len(table), "the list has no rows")

    def refuses_another_list(open_client: Open[MediusClient]) -> None:
        shows_a_list(open_client)
        with open_client() as medius:
            _refuses((NotPermitted,), lambda: medius.get_data(f"{list_name} that is not there"))

    return (
        Case("Medius", "the account logs in", logs_in),
        Case("Medius", "a wrong password is refused", refuses_a_password),
        Case("Medius", "there are active students, and every row can be read", shows_students),
        Case("Medius", "the students have all columns of the record Student", fills_students),
        Case("Medius", "there are staff, and every row can be read", shows_staff),
        Case("Medius", "the staff have all columns of the record StaffMember", fills_staff),
        Case("Medius", "a school year that does not exist has no students", knows_no_other_year),
        Case("Medius", "the list has rows", shows_a_list),
        Case("Medius", "an unknown list is refused, not empty", refuses_another_list),
    )


def _every_column(answer: CallResult, kind: type) -> None:
    """A missing column raises no error: its field is empty for everybody."""
    columns = () if answer.table is None else answer.table.columns
    _given(columns, "the table has no rows, so it shows no columns")
    missing = [field.column for field in fields_of(kind) if not field.is_rest and field.column not in columns]
    _require(not missing, f"columns are missing, so their fields are empty: {', '.join(missing)}")


# -- results --------------------------------------------------------------------------------------------------------


def results_cases(since: dt.datetime) -> tuple[Case[ResultsClient], ...]:
    """Return cases for a results service. ``since`` is a moment with results after it that do not change meanwhile."""

    def read(open_client: Open[ResultsClient], start: dt.datetime = since) -> tuple[list[Batch], list[Result]]:
        with open_client() as service:
            batches = list(service.batches(since=start))
        return batches, [result for batch in batches for result in batch.results]

    def walk(open_client: Open[ResultsClient]) -> list[Result]:
        _, results = read(open_client)
        _given(results, "there are no results")
        return results

    def answers(open_client: Open[ResultsClient]) -> None:
        batches, results = read(open_client)
        unreadable = [each for batch in batches for each in batch.unreadable]
        unanswered = [each for batch in batches for each in batch.unanswered]
        if unreadable:
            first = f"{unreadable[0].path}: {unreadable[0].reason}"
            raise AssertionError(f"unreadable records: {len(unreadable)}, the first at {first}")
        _require(not unanswered, f"the service does not answer for {len(unanswered)} ranges")
        _require(results, "there are no results")

    def refuses_a_key(open_client: Open[ResultsClient]) -> None:
        walk(open_client)
        with open_client(soap_key=WRONG) as service:
            _refuses((NotAuthenticated,), lambda: list(service.batches(since=since)))

    def names_each_once(open_client: Open[ResultsClient]) -> None:
        numbers = [each.submission_nr for each in walk(open_client)]
        _require(len(numbers) == len(set(numbers)), "a submission comes twice")

    def says_the_same_again(open_client: Open[ResultsClient]) -> None:
        first, second = (sorted((each.submission_nr, each.fingerprint) for each in walk(open_client)) for _ in range(2))
        _require(first == second, "a second run has other results")

    def begins_at_the_moment(open_client: Open[ResultsClient]) -> None:
        moments = sorted(each.modified_at for each in walk(open_client) if each.modified_at)
        _given(moments, "no result has the moment of its last change")
        middle = moments[len(moments) // 2]
        _given(moments[0] < middle - A_DAY, "all results changed on the same day")
        _, later = read(open_client, middle)
        early = [each for each in later if each.modified_at and each.modified_at < middle - A_DAY]
        _require(later, "there are no results from a later moment on, although there are newer ones")
        _require(not early, f"{len(early)} results are older than the requested moment")

    return (
        Case("results", "there are results, and every record can be read", answers),
        Case("results", "a wrong key is refused", refuses_a_key),
        Case("results", "each submission comes once", names_each_once),
        Case("results", "a second run returns the same results", says_the_same_again),
        Case("results", "a later start returns no older results", begins_at_the_moment),
    )


# -- Public API -----------------------------------------------------------------------------------------------------


def public_api_cases(day: dt.date) -> tuple[Case[PublicApiClient], ...]:
    """Return cases for the Public API, with the token of a pupil. In the week after ``day``, the pupil has lessons."""
    until = day + dt.timedelta(days=6)

    def lists_lessons(open_client: Open[PublicApiClient]) -> None:
        with open_client() as api:
            lessons = api.afspraken(_person_of(api), day, until).list()
        _require(lessons, "there are no appointments")
        first, last = day - A_DAY, until + A_DAY  # an appointment can pass midnight
        outside = sum(each.einde.date() < first or each.start.date() > last for each in lessons)
        _require(not outside, f"{outside} appointments are outside the requested days")
        _require(len({each.id for each in lessons}) == len(lessons), "an appointment comes twice")

    def pages(open_client: Open[PublicApiClient]) -> None:
        with open_client() as api:
            listed = api.afspraken(_person_of(api), day, until)
            whole = [each.id for each in listed.list()]
            _given(whole, "there are no appointments")
            _require([each.id for each in listed.list(page_size=2)] == whole, "small pages have other appointments")

    return (
        Case("Public API", "the account names its person", _names_its_person),
        Case("Public API", "a wrong token is refused", _refuses_a_token),
        Case("Public API", "a person who does not exist is refused", _knows_nobody_else),
        Case("Public API", "there are enrolments, and each can be read", _lists_enrolments),
        Case("Public API", "there are appointments in the requested days only", lists_lessons),
        Case("Public API", "small pages have the same appointments", pages),
        Case("Public API", "the grades of each enrolment can be read", _lists_grades),
    )


def _person_of(api: PublicApiClient) -> int:
    return api.account().persoon.id


def _names_its_person(open_client: Open[PublicApiClient]) -> None:
    with open_client() as api:
        _person_of(api)


def _refuses_a_token(open_client: Open[PublicApiClient]) -> None:
    _names_its_person(open_client)
    with open_client(tokens=StaticToken(Secret(WRONG))) as api:
        _refuses((NotAuthenticated,), api.account)


def _knows_nobody_else(open_client: Open[PublicApiClient]) -> None:
    _names_its_person(open_client)
    with open_client() as api:
        _refuses((NotFound, NotPermitted), lambda: api.aanmeldingen(NOBODY).list())


def _lists_enrolments(open_client: Open[PublicApiClient]) -> None:
    with open_client() as api:
        _require(api.aanmeldingen(_person_of(api)).list(), "there are no enrolments")


def _lists_grades(open_client: Open[PublicApiClient]) -> None:
    with open_client() as api:
        person = _person_of(api)
        enrolments = api.aanmeldingen(person).list()
        _given(enrolments, "there are no enrolments")
        for enrolment in enrolments:
            api.grades_with_subjects(person, enrolment.id)


# -- SCIM -----------------------------------------------------------------------------------------------------------


def scim_cases() -> tuple[Case[ScimClient], ...]:
    """Return cases for a SCIM server with at least one account."""

    def shows_accounts(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            users = list(scim.users())
        _require(users, "there are no accounts")
        _require(len({each.id for each in users}) == len(users), "an account comes twice")

    def pages(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            whole = {each.id for each in scim.users()}
            _given(whole, "there are no accounts")
            _require({each.id for each in scim.users(page_size=2)} == whole, "small pages have other accounts")

    def shows_one(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            user = next(iter(scim.users()), None)
            if user is None:
                raise _NotChecked("not checked: there are no accounts")
            _require(scim.user(user.id).user_name == user.user_name, "an account differs from that in the list")

    def filters(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            name = next((each.user_name for each in scim.users() if each.user_name), None)
            if name is None:
                raise _NotChecked("not checked: no account has a userName")
            found = [each.user_name for each in scim.users(where("userName").equals(name))]
        _require(found == [name], "a filter on userName does not find that account alone")

    def knows_nobody_else(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            next(iter(scim.users()), None)  # a server that knows no address at all proves nothing
            _refuses((NotFound,), lambda: scim.user("no-such-account"))

    def refuses_a_token(open_client: Open[ScimClient]) -> None:
        shows_accounts(open_client)
        with open_client(tokens=StaticToken(Secret(WRONG))) as scim:
            _refuses((NotAuthenticated,), lambda: list(scim.users()))

    def names_the_stamnummer(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            scim.stamnummer_path()

    return (
        Case("SCIM", "accounts are listed, each once", shows_accounts),
        Case("SCIM", "small pages have the same accounts", pages),
        Case("SCIM", "a single account equals the one in the list", shows_one),
        Case("SCIM", "a filter on userName finds one account", filters),
        Case("SCIM", "an account that does not exist is not found", knows_nobody_else),
        Case("SCIM", "a wrong token is refused", refuses_a_token),
        Case("SCIM", "a schema names the stamnummer", names_the_stamnummer),
    )


# -- UWLR -----------------------------------------------------------------------------------------------------------


def uwlr_cases(school: str, schooljaar: str) -> tuple[Case[UwlrClient], ...]:
    """Return cases for an administration with UWLR. ``school`` shares its pupils of ``schooljaar`` (``2025-2026``)."""

    def pupils_of(open_client: Open[UwlrClient], since: dt.datetime | None = None) -> object:
        with open_client() as uwlr:
            return uwlr.pupils(school, schooljaar, since=since)

    def shares_pupils(open_client: Open[UwlrClient]) -> None:
        answer = pupils_of(open_client)
        _require(isinstance(answer, PupilData), f"the answer is {type(answer).__name__}")
        _require(isinstance(answer, PupilData) and answer.document.leerlingen, "no pupil is in it")

    def knows_what_is_new(open_client: Open[UwlrClient]) -> None:
        answer = pupils_of(open_client)
        if not isinstance(answer, PupilData):
            raise AssertionError(f"the answer is {type(answer).__name__}")
        again = pupils_of(open_client, since=answer.since)
        _require(isinstance(again, NothingChanged | PupilData), f"the answer is {type(again).__name__}")

    def refuses_a_key(open_client: Open[UwlrClient]) -> None:
        shares_pupils(open_client)
        with open_client(autorisatiesleutel=WRONG) as uwlr:
            _refuses((NotPermitted,), lambda: uwlr.pupils(school, schooljaar))

    def refuses_a_client(open_client: Open[UwlrClient]) -> None:
        shares_pupils(open_client)
        with open_client(klantcode=WRONG) as uwlr:
            _refuses((NotAuthenticated,), lambda: uwlr.pupils(school, schooljaar))

    return (
        Case("UWLR", "the school shares pupils", shares_pupils),
        Case("UWLR", "the moment of an answer is accepted", knows_what_is_new),
        Case("UWLR", "a wrong key is refused", refuses_a_key),
        Case("UWLR", "an unknown client is refused", refuses_a_client),
    )
