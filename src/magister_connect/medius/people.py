"""Functions that are called for one person at a time, for one person or for many at once.

For a whole school these are slow one after the other (half an hour for 2,000 pupils), and helped by 20 at a time
(observed, both); a list that gives everything at once is faster still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from attrs import frozen

from magister_connect.core.flow import Flow, Outcome, Reply, exchange_all
from magister_connect.core.reprs import MaskedRepr
from magister_connect.core.serialization import PlainDataOf
from magister_connect.core.unreadable import OnUnreadable
from magister_connect.errors import ConnectionFailed, MagisterConnectError, NotAuthenticated, UsageError
from magister_connect.medius.answers import Question, read_table_answer
from magister_connect.medius.calls import FunctionCall, Person, stamnummer_text
from magister_connect.medius.lesperiode import lesperiode_text, note_on_empty
from magister_connect.medius.records import (
    EmployeeClass,
    EmployeeGroup,
    EmployeeSubject,
    StudentGroup,
    StudentSubject,
)
from magister_connect.medius.session import Pass, Session, authorised, question_of
from magister_connect.medius.tables.table import Records

T = TypeVar("T")

BATCH: Final = 1000  # after so many calls the age of the session is looked at again


@frozen(repr=False)
class OfPerson(MaskedRepr, PlainDataOf, Generic[T]):
    """What was found for one of many: ``records``, or the ``failure`` that came instead (no records then)."""

    stamnummer: str
    records: Records[T]
    failure: MagisterConnectError | None = None

    def __repr__(self) -> str:
        return f"<OfPerson: {self.records if self.failure is None else type(self.failure).__name__}>"


@frozen
class PerPerson(Generic[T]):
    """A function for one person, and the record of its rows."""

    function: str
    kind: type[T]

    def call(self, person: Person, lesperiode: str, timeout: float | None, where: str = "StamNr") -> FunctionCall:
        """The call for one person. Raises :class:`UsageError` that tells ``where`` for what is no stamnummer."""
        arguments = (("LesPeriode", lesperiode_text(lesperiode)), ("StamNr", stamnummer_text(person, where)))
        return FunctionCall("ADFuncties", self.function, arguments, timeout=timeout)

    def records(self, reply: Reply, question: Question, lesperiode: str, on_unreadable: OnUnreadable) -> Records[T]:
        """The records in an answer."""
        table = read_table_answer(reply, question, on_unreadable=on_unreadable)
        return note_on_empty(table, lesperiode, of_person=True).to(self.kind, on_unreadable=on_unreadable)

    def of_one(
        self,
        session: Session,
        stamnummer: Person,
        lesperiode: str = "",
        *,
        on_unreadable: OnUnreadable = "raise",
        timeout: float | None = None,
    ) -> Flow[Records[T]]:
        """In the running school year, or in that of a code such as ``2425``.

        No rows come with a warning: in the summer holidays nobody has any (observed), nor has a number that is nobody's
        (inferred). ``on_unreadable="keep"`` keeps rows that cannot be read in ``unreadable``. Raises
        :class:`UsageError` for what is no stamnummer.
        """
        call = self.call(stamnummer, lesperiode, timeout)
        question = question_of(call, session.account)
        return (
            yield from authorised(session, call, lambda reply: self.records(reply, question, lesperiode, on_unreadable))
        )

    def of_many(
        self,
        session: Session,
        stamnummers: Iterable[Person],
        lesperiode: str = "",
        *,
        concurrency: int = 20,
        on_unreadable: OnUnreadable = "raise",
        timeout: float | None = None,
    ) -> Flow[tuple[OfPerson[T], ...]]:
        """In the running school year, or in that of a code such as ``2425``, ``concurrency`` calls at a time.

        The answers are in the order of ``stamnummers``. What fails for one person is reported with that person, and is
        not fatal. Raises :class:`UsageError` with the place of what is no stamnummer, before anything is sent, and
        :class:`ConnectionFailed` where nothing answers the first calls at all.
        """
        if concurrency < 1:
            raise UsageError("concurrency is at least 1", where="concurrency")
        calls = [
            self.call(person, lesperiode, timeout, f"stamnummers[{place}]") for place, person in enumerate(stamnummers)
        ]
        many = _Many(session, self, calls, lesperiode, on_unreadable)
        found: list[OfPerson[T]] = []
        # The first few go ahead: a server that nobody can reach is an error at once, and not after a timeout for each.
        for batch in _batches(len(calls), concurrency):
            found += yield from many.ask(batch, concurrency)
            failures = [each.failure for each in found]
            if len(found) <= concurrency and failures and isinstance(failures[0], ConnectionFailed) and all(failures):
                raise failures[0]
        return tuple(found)


STUDENT_GROUPS: Final[PerPerson[StudentGroup]] = PerPerson("GetLeerlingGroepen", StudentGroup)
STUDENT_SUBJECTS: Final[PerPerson[StudentSubject]] = PerPerson("GetLeerlingVakken", StudentSubject)
EMPLOYEE_GROUPS: Final[PerPerson[EmployeeGroup]] = PerPerson("GetPersoneelGroepVakken", EmployeeGroup)
EMPLOYEE_CLASSES: Final[PerPerson[EmployeeClass]] = PerPerson("GetPersoneelKlasVakken", EmployeeClass)
EMPLOYEE_SUBJECTS: Final[PerPerson[EmployeeSubject]] = PerPerson("GetPersoneelVakken", EmployeeSubject)


def _batches(count: int, first: int) -> Iterator[range]:
    yield range(min(first, count))
    for start in range(first, count, BATCH):
        yield range(start, min(start + BATCH, count))


@frozen
class _Many(Generic[T]):
    session: Session
    function: PerPerson[T]
    calls: list[FunctionCall]
    lesperiode: str
    on_unreadable: OnUnreadable

    def ask(self, places: Sequence[int], concurrency: int) -> Flow[list[OfPerson[T]]]:
        """Some of the calls; those that an expired session may have spoilt are made again after one login."""
        held = yield from self.session.present()
        found = yield from self._send(places, held, concurrency)
        again = [place for place in places if self._spoilt(held, found[place].failure)]
        if again:
            held = yield from self.session.renew(held)
            found |= yield from self._send(again, held, concurrency)
        return [found[place] for place in places]

    def _send(self, places: Sequence[int], held: Pass, concurrency: int) -> Flow[dict[int, OfPerson[T]]]:
        requests = [self.calls[place].request(self.session.account, held.token) for place in places]
        outcomes = yield from exchange_all(requests, concurrency)
        return {place: self._read(place, outcome) for place, outcome in zip(places, outcomes, strict=True)}

    def _spoilt(self, held: Pass, failure: MagisterConnectError | None) -> bool:
        if failure is None or self.session.account.stateless:
            return False
        return isinstance(failure, NotAuthenticated) or self.session.outlived(held, failure, writes=False)

    def _read(self, place: int, outcome: Outcome) -> OfPerson[T]:
        call = self.calls[place]
        number = str(call.arguments[-1][1])
        if isinstance(outcome, ConnectionFailed):
            return OfPerson(number, Records(()), outcome)
        try:
            question = question_of(call, self.session.account)
            return OfPerson(number, self.function.records(outcome, question, self.lesperiode, self.on_unreadable))
        except MagisterConnectError as error:
            return OfPerson(number, Records(()), error)
