"""Compare another server, or a test double, with what the clients expect.

It can be a school's test server, a supplier's mock, or your own double of Medius, the results service, SCIM or UWLR.
Each case is one claim, checked through the client itself. Nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from attrs import frozen

from magister_connect.core.secrets import Secret
from magister_connect.errors import MagisterConnectError, NotAuthenticated, NotFound, NotPermitted
from magister_connect.login import StaticToken
from magister_connect.medius import MediusClient
from magister_connect.results import Result, ResultsClient
from magister_connect.scim import ScimClient, where
from magister_connect.uwlr import NothingChanged, PupilData, UwlrClient

C = TypeVar("C", MediusClient, ResultsClient, ScimClient, UwlrClient)
Open = Callable[..., C]
"""Opens a client of the server. Without arguments it is the correct client; arguments replace those of the client."""
WRONG = "no such secret"


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
    """The result of a case. ``trouble`` is empty if the claim is true, and never contains a value of a pupil."""

    case: str
    trouble: str = ""

    def __str__(self) -> str:
        return f"{'no ' if self.trouble else 'yes'}  {self.case}{f' - {self.trouble}' if self.trouble else ''}"


def compare(cases: Iterable[Case[C]], open_client: Open[C]) -> tuple[Outcome, ...]:
    """Run every case, and return the result of each. A false claim raises nothing."""
    return tuple(_outcome(case, open_client) for case in cases)


def _outcome(case: Case[C], open_client: Open[C]) -> Outcome:
    try:
        case.run(open_client)
    except (AssertionError, MagisterConnectError) as error:
        return Outcome(str(case), str(error) or type(error).__name__)
    return Outcome(str(case))


def _require(holds: object, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _refuses(kind: type[MagisterConnectError], ask: Callable[[], object]) -> None:
    try:
        ask()
    except kind:
        return
    except MagisterConnectError as error:
        raise AssertionError(f"it raises {type(error).__name__} instead of {kind.__name__}: {error}") from None
    raise AssertionError(f"it is answered, but {kind.__name__} was expected")


# -- Medius ---------------------------------------------------------------------------------------------------------


def medius_cases(list_name: str, **parameters: str) -> tuple[Case[MediusClient], ...]:
    """Return cases for Medius.

    ``list_name`` and its parameters name a list that the account may read, and that has rows.
    """

    def logs_in(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            medius.login()

    def refuses_a_password(open_client: Open[MediusClient]) -> None:
        with open_client(password=WRONG) as medius:
            _refuses(NotAuthenticated, medius.login)

    def shows_students(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            students = medius.students()
        _require(students, "there are no students")
        _require(all(each.stamnummer for each in students), "a student has no stamnummer")

    def shows_staff(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            _require(medius.employees(), "there is no member of staff")

    def knows_no_other_year(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            students = medius.students("9900")
        _require(not students, "a school year that does not exist has students")

    def shows_a_list(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            table = medius.get_data(list_name, parameters)
        _require(table.columns, "the list names no columns")
        _require(len(table), "the list has no rows")

    def refuses_another_list(open_client: Open[MediusClient]) -> None:
        with open_client() as medius:
            _refuses(NotPermitted, lambda: medius.get_data(f"{list_name} that is not there"))

    return (
        Case("Medius", "the account logs in", logs_in),
        Case("Medius", "a wrong password is refused", refuses_a_password),
        Case("Medius", "active students have a stamnummer each", shows_students),
        Case("Medius", "the staff are shown", shows_staff),
        Case("Medius", "a school year that does not exist has no students", knows_no_other_year),
        Case("Medius", "a list has columns and rows", shows_a_list),
        Case("Medius", "an unknown list is refused, not empty", refuses_another_list),
    )


# -- results --------------------------------------------------------------------------------------------------------


def results_cases(since: dt.datetime) -> tuple[Case[ResultsClient], ...]:
    """Return cases for a results service. ``since`` is a moment with results after it that do not change meanwhile."""

    def walk(open_client: Open[ResultsClient], start: dt.datetime = since) -> list[Result]:
        with open_client() as service:
            batches = list(service.batches(since=start))
        _require(not any(batch.unreadable for batch in batches), "a record cannot be read")
        _require(not any(batch.unanswered for batch in batches), "a stretch is not answered")
        return [result for batch in batches for result in batch.results]

    def answers(open_client: Open[ResultsClient]) -> None:
        _require(walk(open_client), "no result is there")

    def refuses_a_key(open_client: Open[ResultsClient]) -> None:
        with open_client(soap_key=WRONG) as service:
            _refuses(NotAuthenticated, lambda: list(service.batches(since=since)))

    def names_each_once(open_client: Open[ResultsClient]) -> None:
        numbers = [each.submission_nr for each in walk(open_client)]
        _require(len(numbers) == len(set(numbers)), "a submission comes twice")

    def says_the_same_again(open_client: Open[ResultsClient]) -> None:
        first, second = (sorted((each.submission_nr, each.fingerprint) for each in walk(open_client)) for _ in range(2))
        _require(first == second, "a second walk has other results")

    def names_the_candidate(open_client: Open[ResultsClient]) -> None:
        _require(all(each.stamnummer for each in walk(open_client)), "a result has no candidate")

    return (
        Case("results", "there are results, and every record can be read", answers),
        Case("results", "a wrong key is refused", refuses_a_key),
        Case("results", "each submission comes once", names_each_once),
        Case("results", "a second run returns the same results", says_the_same_again),
        Case("results", "each result names its candidate", names_the_candidate),
    )


# -- SCIM -----------------------------------------------------------------------------------------------------------


def scim_cases() -> tuple[Case[ScimClient], ...]:
    """Return cases for a SCIM server with at least one account."""

    def shows_accounts(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            users = list(scim.users())
        _require(users, "no account is there")
        _require(len({each.id for each in users}) == len(users), "an account comes twice")

    def pages(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            whole = {each.id for each in scim.users()}
            _require({each.id for each in scim.users(page_size=2)} == whole, "small pages have other accounts")

    def shows_one(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            user = next(iter(scim.users()))
            _require(scim.user(user.id).user_name == user.user_name, "an account differs from that in the list")

    def filters(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            name = next(each.user_name for each in scim.users() if each.user_name)
            found = [each.user_name for each in scim.users(where("userName").equals(name))]
        _require(found == [name], "a filter on userName does not find that account alone")

    def knows_nobody_else(open_client: Open[ScimClient]) -> None:
        with open_client() as scim:
            _refuses(NotFound, lambda: scim.user("no-such-account"))

    def refuses_a_token(open_client: Open[ScimClient]) -> None:
        with open_client(tokens=StaticToken(Secret(WRONG))) as scim:
            _refuses(NotAuthenticated, lambda: list(scim.users()))

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
        with open_client(autorisatiesleutel=WRONG) as uwlr:
            _refuses(NotPermitted, lambda: uwlr.pupils(school, schooljaar))

    def refuses_a_client(open_client: Open[UwlrClient]) -> None:
        with open_client(klantcode=WRONG) as uwlr:
            _refuses(NotAuthenticated, lambda: uwlr.pupils(school, schooljaar))

    return (
        Case("UWLR", "the school shares pupils", shares_pupils),
        Case("UWLR", "the moment of an answer is accepted", knows_what_is_new),
        Case("UWLR", "a wrong key is refused", refuses_a_key),
        Case("UWLR", "an unknown client is refused", refuses_a_client),
    )
