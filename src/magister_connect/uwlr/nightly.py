"""Nightly jobs: pull the pupils of a school, and deliver results. Either job can be killed at any point and run again.

A store keeps the last answer with the time for the next request, and which results were acknowledged. This module uses
the store only through the two protocols below.
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
from magister_connect.core.records.serialization import PlainData, to_plain
from magister_connect.core.snapshots import Guard
from magister_connect.core.storage.leases import under_lease
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
    """A snapshot, with the part that a pull uses."""

    @property
    def value(self) -> PupilData:
        """The answer that was stored."""
        ...


class ComparedAnswer(Protocol):
    """A comparison, with the part that a pull uses."""

    @property
    def diff(self) -> DocumentDiff | None:
        """What changed; ``None`` for the first answer."""
        ...


class AnswerSnapshots(Protocol):
    """The snapshots of a store: ``store.snapshots`` of :class:`~magister_connect.store.Store`."""

    def take_lease(self, name: str, now: dt.datetime, token: str) -> None:
        """Reserve a series for one run. Raises while another run has it."""
        ...

    def release_lease(self, name: str, token: str) -> None:
        """Release a series."""
        ...

    def last(self, name: str) -> KeptAnswer | None:
        """Return the last snapshot with this name."""
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
        """Return what changed since the last snapshot. Raises if the guard refuses the change."""
        ...

    def keep(self, name: str, value: object, *, at: dt.datetime | None = ..., token: str | None = ...) -> None:
        """Store as the last snapshot in one transaction, if the lease of ``token`` is still valid."""
        ...


@frozen(repr=False)
class Pulled(PlainData):
    """The result of one night.

    ``answer`` is the answer of the administration. ``diff`` is what changed since the last night; ``None`` if nothing
    did, and on the first night. ``beyond`` lists the fields that are not in the agreed profile; ``None`` without a
    profile.
    """

    name: str
    answer: Answer
    diff: DocumentDiff | None = None
    beyond: ProfileReport | None = None

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """The changes. You can approve each one separately (:func:`magister_connect.edexml.apply`)."""
        return () if self.diff is None else self.diff.proposals

    @property
    def rekeyed(self) -> tuple[KeyChange, ...]:
        """The people with a new key since the last night. ``certain`` is true if the ECK iD is the same."""
        return () if self.diff is None else self.diff.rekeyed

    def __repr__(self) -> str:
        return f"<Pulled {self.name}: {self.diff or self.answer!r}>"


def snapshot_name(connection: Connection, school: School) -> str:
    """Return the snapshot name for a school: one series for all its years."""
    return _series(connection.endpoint, SchoolReference.of(school))


def _series(address: str, school: SchoolReference) -> str:
    """Return one name for a school at an address, however it was named. Two schools never share a name."""
    address_parts = "|".join((address, *(part or "" for part in school.location)))
    brin, location, _ = school.location
    shown = f"{brin}{location.replace('00', '')}" if brin else "schoolkey"
    return f"uwlr {shown} {hashlib.sha256(address_parts.encode()).hexdigest()[:12]}"


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
    """Request what changed since the last night, compare it and store it: document and time in one transaction.

    ``snapshots`` is ``store.snapshots``. ``apply`` is your function: it is called with the changes before anything is
    stored. If a night is killed or ``apply`` raises, the next night does it again.

    - ``guard`` limits how many people may disappear at a time.
    - ``stays`` returns who of an earlier school year was expected to stay.
    - ``profile`` is the agreed data set.
    - ``whole`` requests everything, changed or not. A new school year is always requested whole.
    - ``name`` is the name of the snapshots. Pass one if the address of the administration may change.

    A person with an unreadable record (``on_unreadable="keep"``) stays as on the last night. "No data" never means that
    everybody left: then nothing is compared or stored.

    Raises :class:`~magister_connect.errors.SnapshotStopped` if the guard refuses,
    :class:`~magister_connect.errors.LeaseHeld` while another run pulls the same school, and the errors of
    :func:`pupils`.
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
    """A result in the log: its key, its place (which result it is, whatever its key), and its fingerprint."""

    key: str
    place: str = field(repr=False)
    fingerprint: str = field(repr=False)


class DeliveryLog(Protocol):
    """The log of sent results: ``store.deliveries`` of :class:`~magister_connect.store.Store`."""

    def announce(self, name: str, results: Collection[SentResult], now: dt.datetime) -> Mapping[str, str]:
        """Record results before they are sent.

        Returns the keys that were recorded earlier for the same places, by place.
        """
        ...

    def acknowledged(self, name: str, keys: Collection[str]) -> Mapping[str, str]:
        """Return the fingerprints of the acknowledged results, by key."""
        ...

    def acknowledge(self, name: str, results: Collection[SentResult], now: dt.datetime) -> None:
        """Record that the results have arrived."""
        ...


@frozen
class Delivered(PlainData):
    """How many results this call sent and had acknowledged, and how many were acknowledged before."""

    sent: int
    known: int


class Agreements(TypedDict):
    """What sender and receiver agreed on; see :func:`check_results`."""

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
    """Send the results of a message that are not yet acknowledged in the log, in batches.

    ``log`` is ``store.deliveries``. ``most`` is the size of a batch. The whole message is checked first, as in
    :func:`check_results`. If the job is killed, the next call sends what was not acknowledged, under the same key. A
    result that has changed since is sent again.

    Two results of the same pupil, test, part and day must have the same key, in the message and in earlier ones.
    Otherwise :class:`DocumentInvalid` is raised before sending, because the receiver would have the result twice. Pass
    ``retaken=True`` if the pupils did take the test again.
    """
    agreed = Agreements(deviating_scores=deviating_scores, agreed_types=agreed_types, vocabularies=vocabularies)
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
    """Return the message without known results, or ``None`` if all are known."""
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
            f"{other} results have another key in the message or in the log, and would be stored twice",
            where="toetsafnames",
            responsible=Responsible.YOU,
            advice="Make the keys with result_key(). Pass retaken=True if a test was taken again.",
        )
