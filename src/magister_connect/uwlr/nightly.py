"""What a nightly job does: pull the pupils of a school, and deliver results, each so that it may be killed anywhere.

A store keeps the last answer with the moment to ask with next, and what of the results was acknowledged. Nothing here
knows that store but by the two protocols below.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Final, Protocol, TypedDict, TypeVar

import attrs
from attrs import field, frozen

from magister_connect.core.flow import Flow, current_time, run_blocking
from magister_connect.core.leases import under_lease
from magister_connect.core.serialization import PlainData, to_plain
from magister_connect.core.snapshots import Guard
from magister_connect.edexml import DocumentDiff
from magister_connect.edexml.comparing.diff import KeyChange
from magister_connect.edexml.comparing.proposals import Proposal
from magister_connect.errors import DocumentInvalid, Responsible
from magister_connect.uwlr.answers import Answer, PupilData
from magister_connect.uwlr.messages import SchoolReference, schooljaar_text
from magister_connect.uwlr.operations import Connection, School, Year, pupils, send_results
from magister_connect.uwlr.profiles import Profile, ProfileReport, excess
from magister_connect.uwlr.results import (
    AgreedTypes,
    Resultaat,
    ResultsMessage,
    Toetsafname,
    check_results,
    in_batches,
    refuse_departures,
)
from magister_connect.uwlr.snapshot_format import carried_over
from magister_connect.uwlr.vocabularies import Vocabulary

T = TypeVar("T")
DEFAULT_GUARD: Final = Guard()


class KeptAnswer(Protocol):
    """A snapshot, as far as a pull looks at it."""

    @property
    def value(self) -> PupilData:
        """The answer that was kept."""
        ...


class ComparedAnswer(Protocol):
    """A comparison, as far as a pull looks at it."""

    @property
    def diff(self) -> DocumentDiff | None:
        """What changed; ``None`` for the first answer."""
        ...


class AnswerSnapshots(Protocol):
    """The snapshots of a store: ``store.snapshots`` of :class:`~magister_connect.store.Store`."""

    def take_lease(self, name: str, now: dt.datetime, token: str) -> None:
        """Take a series for one run; raises while another run has it."""
        ...

    def release_lease(self, name: str, token: str) -> None:
        """Give a series back."""
        ...

    def last(self, name: str) -> KeptAnswer | None:
        """The last one of this name."""
        ...

    def compare(
        self,
        name: str,
        now: PupilData,
        *,
        guard: Guard = ...,
        stays: Callable[[object], bool] | None = ...,
        at: dt.datetime | None = ...,
    ) -> ComparedAnswer:
        """What changed since; raises where the guard objects."""
        ...

    def keep(self, name: str, value: object, *, at: dt.datetime | None = ..., token: str | None = ...) -> None:
        """Keep as the last one, in one transaction, if the lease of ``token`` still holds."""
        ...


@frozen(repr=False)
class Pulled(PlainData):
    """What became of one night.

    ``answer`` is what the administration said; ``diff`` what changed since the last night, ``None`` where nothing did
    and on the first night. ``beyond`` is what came beyond the profile that was agreed, ``None`` without a profile.
    """

    name: str
    answer: Answer
    diff: DocumentDiff | None = None
    beyond: ProfileReport | None = None

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """The changes, one by one, each of which can be approved by itself (:func:`magister_connect.edexml.apply`)."""
        return () if self.diff is None else self.diff.proposals

    @property
    def rekeyed(self) -> tuple[KeyChange, ...]:
        """Who has another key since the last night; ``certain`` where the ECK iD says so."""
        return () if self.diff is None else self.diff.rekeyed

    def __repr__(self) -> str:
        return f"<Pulled {self.name}: {self.diff or self.answer!r}>"


def snapshot_name(connection: Connection, school: School) -> str:
    """The name under which the answers of a school are kept, one series for all its years."""
    return _series(connection.endpoint, SchoolReference.of(school))


def _series(address: str, school: SchoolReference) -> str:
    """One name for a school at an address, however the school was named; no two schools share one."""
    told = "|".join((address, *(part or "" for part in school.location)))
    brin, location, _ = school.location
    shown = f"{brin}{location.replace('00', '')}" if brin else "schoolkey"
    return f"uwlr {shown} {hashlib.sha256(told.encode()).hexdigest()[:12]}"


def pull(
    connection: Connection,
    snapshots: AnswerSnapshots,
    school: School,
    schooljaar: Year,
    *,
    apply: Callable[[Pulled], object] | None = None,
    guard: Guard = DEFAULT_GUARD,
    stays: Callable[[object], bool] | None = None,
    profile: Profile | None = None,
    whole: bool = False,
    name: str | None = None,
) -> Flow[Pulled]:
    """Ask what changed since the last night, compare, and keep it: document and moment in one transaction.

    ``snapshots`` is ``store.snapshots``. ``apply`` is yours: it is called with what changed before anything is kept. So
    a night that is killed, or whose ``apply`` raises, is done again by the next one. ``guard`` says how many may be
    gone at a time, and ``stays`` who of an earlier school year was expected to stay. ``profile`` is the data set that
    was agreed. ``whole`` asks for everything, whether or not it changed; a new school year is always asked for whole.
    ``name`` is that of the snapshots: give one if the address of the administration may change.

    Somebody whose record could not be read (``on_unreadable="keep"``) stays as they were in the last night. No data
    never means that everybody left: nothing is compared or kept then. Raises
    :class:`~magister_connect.errors.SnapshotStopped` where the guard objects,
    :class:`~magister_connect.errors.LeaseHeld` while another run pulls the same school, and what :func:`pupils` raises.
    """
    series = name or snapshot_name(connection, school)

    def night(token: str) -> Flow[Pulled]:
        before = yield from run_blocking(partial(snapshots.last, series))
        since = None
        if before is not None and not whole and before.value.document.school.schooljaar == schooljaar_text(schooljaar):
            since = before.value.since
        answer = yield from pupils(connection, school, schooljaar, since=since)
        if not isinstance(answer, PupilData):
            return Pulled(series, answer)
        if before is not None:
            answer = carried_over(before.value, answer)
        now = yield from current_time()
        compared = yield from run_blocking(partial(snapshots.compare, series, answer, guard=guard, stays=stays, at=now))
        beyond = None if profile is None else excess(answer.document, profile)
        pulled = Pulled(series, answer, compared.diff, beyond)
        if apply is not None:
            yield from run_blocking(partial(apply, pulled))
        yield from run_blocking(partial(snapshots.keep, series, answer, at=now, token=token))
        return pulled

    begun = yield from current_time()
    return (
        yield from under_lease(
            partial(snapshots.take_lease, series, begun), partial(snapshots.release_lease, series), night
        )
    )


# -- results ----------------------------------------------------------------------------------------------------------


@frozen
class SentResult:
    """A result in the log: its key, which result it is apart from its key, and what it said."""

    key: str
    place: str = field(repr=False)
    fingerprint: str = field(repr=False)


class DeliveryLog(Protocol):
    """The log of what was sent: ``store.deliveries`` of :class:`~magister_connect.store.Store`."""

    def announce(self, name: str, results: Collection[SentResult], now: dt.datetime) -> Mapping[str, str]:
        """Note results before they are sent; returns the keys under which their places were noted before, by place."""
        ...

    def acknowledged(self, name: str, keys: Collection[str]) -> Mapping[str, str]:
        """The fingerprints of those that were acknowledged, by key."""
        ...

    def acknowledge(self, name: str, results: Collection[SentResult], now: dt.datetime) -> None:
        """Note that they have arrived."""
        ...


@frozen
class Delivered(PlainData):
    """How many results were sent and acknowledged by this call, and how many had been before."""

    sent: int
    known: int


class Agreed(TypedDict):
    """What sender and receiver agreed on, see :func:`check_results`."""

    deviating_scores: bool
    agreed_types: AgreedTypes
    vocabularies: Collection[Vocabulary]


def deliver(
    connection: Connection,
    log: DeliveryLog,
    message: ResultsMessage,
    *,
    most: int = 2_000,
    deviating_scores: bool = False,
    agreed_types: AgreedTypes = (),
    vocabularies: Collection[Vocabulary] = (),
    retaken: bool = False,
) -> Flow[Delivered]:
    """Send those results of a message that the log does not know as acknowledged, in batches.

    ``log`` is ``store.deliveries``. The whole message is checked first, as :func:`check_results` does. Killed anywhere,
    the next call sends what was not acknowledged, under the same key. A result that has changed since is sent again.
    ``most`` is the size of a batch. A result of the same pupil, test, part and day that has another key in the message,
    or was sent under another one, raises :class:`DocumentInvalid` before it is sent, because a receiver would have it
    twice; ``retaken`` says that the pupils did take the test again.
    """
    agreed = Agreed(deviating_scores=deviating_scores, agreed_types=agreed_types, vocabularies=vocabularies)
    refuse_departures(tuple(check_results(message, **agreed)))
    name = _series(connection.results_endpoint or connection.endpoint, message.school.reference)
    noted = {
        id(result): _sent(message, taking, result) for taking in message.toetsafnames for result in taking.resultaten
    }
    if not retaken:
        _refuse_other_keys(noted.values(), {})
    now = yield from current_time()
    known = yield from run_blocking(partial(log.acknowledged, name, [each.key for each in noted.values()]))
    left = _without(message, lambda result: known.get(result.key) == noted[id(result)].fingerprint)
    sent = 0
    for batch in () if left is None else in_batches(left, most):
        announced = [noted[id(result)] for result in batch.results]
        before = yield from run_blocking(partial(log.announce, name, announced, now))
        if not retaken:
            _refuse_other_keys(announced, before)
        yield from send_results(connection, batch, **agreed)
        yield from run_blocking(partial(log.acknowledge, name, announced, now))
        sent += len(announced)
    return Delivered(sent, len(noted) - sent)


def _sent(message: ResultsMessage, taking: Toetsafname, result: Resultaat) -> SentResult:
    what = (taking.leerlingid, result.toetscode, result.toetsonderdeelcode or "", result.afnamedatum.isoformat())
    place = _digest(*what)
    plain = to_plain(attrs.evolve(result, key="-"), reveal=True)
    return SentResult(result.key, place, _digest(message.school.schooljaar, place, repr(plain)))


def _digest(*parts: str) -> str:
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()


def _without(message: ResultsMessage, known: Callable[[Resultaat], bool]) -> ResultsMessage | None:
    """The message without results that are known; nothing where all are."""
    takings = []
    for taking in message.toetsafnames:
        results = tuple(each for each in taking.resultaten if not known(each))
        if results:
            takings.append(
                taking if len(results) == len(taking.resultaten) else attrs.evolve(taking, resultaten=results)
            )
    return attrs.evolve(message, toetsafnames=tuple(takings)) if takings else None


def _refuse_other_keys(results: Iterable[SentResult], before: Mapping[str, str]) -> None:
    first = dict(before)
    other = sum(1 for each in results if first.setdefault(each.place, each.key) != each.key)
    if other:
        raise DocumentInvalid(
            f"{other} results stand under another key in the message or in the log, and would be stored twice",
            where="toetsafnames",
            responsible=Responsible.YOU,
            advice="Make the keys with result_key(). Pass retaken=True if a test was taken again.",
        )
