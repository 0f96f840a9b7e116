"""The operations of Nummervoorziening as flows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar
from uuid import uuid4

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow, Reply, exchange, run_blocking, sleep
from magister_connect.core.soap.reply import fault_of
from magister_connect.core.xml import Element
from magister_connect.errors import UsageError
from magister_connect.identifiers import EckId, Hpgn, Identifier, Stampseudoniem
from magister_connect.nummervoorziening import messages
from magister_connect.nummervoorziening.messages import Envelope, Field, fault_error, items, write_request
from magister_connect.nummervoorziening.records import Availability, Batch, BatchResult, ChainOrSector

T = TypeVar("T")
Keep = Callable[[str, bytes], object]
"""Takes the identifier of a batch and the raw reply, before it is read."""
LARGEST_FAULT: Final = 65_536  # a larger reply is no fault, and is kept before anything looks into it
LARGEST_REPLY: Final = 524_288_000  # the maximum that the .NET reference client configures


def _new_id() -> str:
    return str(uuid4())


@frozen
class Polling:
    """How long to wait before each question for a batch, in seconds, and how often to ask.

    The reference clients wait 21 to 25 s and ask at most ten times (documented); the blocking time is unknown.
    """

    interval: float = 25.0
    attempts: int = 10

    def __attrs_post_init__(self) -> None:
        if self.interval < 0 or self.attempts < 1:
            raise UsageError("A batch is asked for at least once, and after no negative time", where="Polling")


@frozen
class Service:
    """The service as one school sees it. Each method is a flow."""

    envelope: Envelope
    message_id: Callable[[], str] = field(default=_new_id, repr=False)

    def ping(self) -> Flow[Availability]:
        """Whether the service is there."""
        return (yield from self._ask("ping", (), messages.read_availability))

    def retrieve_stampseudonym(self, hpgn: Hpgn) -> Flow[Stampseudoniem]:
        """The stampseudoniem of an hPGN."""
        text = yield from self._ask(
            "retrieveStampseudonym", [("hpgn", _revealed(hpgn, Hpgn))], _single("stampseudonym")
        )
        return Stampseudoniem.parse(text)

    def retrieve_eck_id(self, stampseudoniem: Stampseudoniem, *, chain: str, sector: str) -> Flow[EckId]:
        """The ECK iD for a stampseudoniem in a chain and a sector."""
        fields = [
            ("stampseudonym", _revealed(stampseudoniem, Stampseudoniem)),
            ("chainId", chain),
            ("sectorId", sector),
        ]
        return EckId.parse((yield from self._ask("retrieveEckId", fields, _single("eckId"))))

    def submit_stampseudonym_batch(self, hpgns: Sequence[Hpgn]) -> Flow[Batch]:
        """Hand in a batch of hPGNs."""
        entries = items(self.envelope.dialect.hpgn_entry, "hPgn", [_revealed(one, Hpgn) for one in hpgns])
        return (yield from self._submit("submitStampseudonymBatch", entries, ()))

    def submit_eck_id_batch(
        self, stampseudoniemen: Sequence[Stampseudoniem], *, chain: str, sector: str
    ) -> Flow[Batch]:
        """Hand in a batch of stampseudoniemen."""
        texts = [_revealed(one, Stampseudoniem) for one in stampseudoniemen]
        entries = items(self.envelope.dialect.stampseudonym_entry, "stampseudonym", texts)
        return (yield from self._submit("submitEckIdBatch", entries, [("chainId", chain), ("sectorId", sector)]))

    def retrieve_batch(self, identifier: str, *, keep: Keep, polling: Polling) -> Flow[BatchResult]:
        """Wait for a batch and fetch it, once. Its raw reply goes to ``keep`` before it is read."""
        _require_place(keep)
        reply = yield from self._collect(identifier, polling)
        kept = yield from _kept(keep, identifier, reply.body)
        return evolve(messages.read_batch(messages.content_of(reply, self._where("retrieveBatch"))), kept=kept)

    def replace_stampseudonym(self, old: Hpgn, new: Hpgn, effective: dt.date | None = None) -> Flow[Stampseudoniem]:
        """Let a new hPGN lead to the stampseudoniem of an old one, which is blocked from then on."""
        fields = [("hpgnOld", _revealed(old, Hpgn)), ("hpgnNew", _revealed(new, Hpgn))]
        if effective is not None:
            fields.append(("effectiveDate", effective.isoformat()))
        return Stampseudoniem.parse((yield from self._ask("replaceStampseudonym", fields, _single("stampseudonym"))))

    def retrieve_chains(self) -> Flow[tuple[ChainOrSector, ...]]:
        """The chains."""
        return (yield from self._ask("retrieveChains", (), messages.read_listed))

    def retrieve_sectors(self) -> Flow[tuple[ChainOrSector, ...]]:
        """The sectors."""
        return (yield from self._ask("retrieveSectors", (), messages.read_listed))

    def _submit(self, operation: str, entries: Sequence[Field], others: Iterable[Field]) -> Flow[Batch]:
        if not entries:
            raise UsageError("A batch needs at least one entry", where=operation)
        identifier = yield from self._ask(operation, [*entries, *others], _single("batchIdentifier"))
        return Batch(identifier, len(entries))

    def _collect(self, identifier: str, polling: Polling) -> Flow[Reply]:
        where = self._where("retrieveBatch")
        left = polling.attempts
        while True:
            left -= 1
            yield from sleep(polling.interval)
            reply = yield from self._send("retrieveBatch", [("batchIdentifier", identifier)])
            fault = fault_of(reply, where) if len(reply.body) <= LARGEST_FAULT else None
            if fault is None:
                return reply
            error = fault_error(fault, where, reply.status)
            if not error.retryable or not left:
                raise error

    def _ask(self, operation: str, fields: Iterable[Field], read: Callable[[Element], T]) -> Flow[T]:
        reply = yield from self._send(operation, fields)
        return read(messages.content_of(reply, self._where(operation)))

    def _send(self, operation: str, fields: Iterable[Field]) -> Flow[Reply]:
        request = write_request(
            self.envelope,
            operation,
            fields,
            message_id=self.message_id(),
            safe_to_repeat=operation in _SAFE_TO_REPEAT,
        )
        return (yield from exchange(evolve(request, limit=LARGEST_REPLY)))

    def _where(self, operation: str) -> str:
        return f"{operation} at {self.envelope.address}"


# A batch is fetched once and the number of batches a day is limited: neither may be repeated behind the caller's back.
_SAFE_TO_REPEAT: Final = frozenset(
    {"ping", "retrieveStampseudonym", "retrieveEckId", "retrieveChains", "retrieveSectors"}
)


def _revealed(pseudonym: Identifier, kind: type[Identifier]) -> str:
    """Its text; anything else than a pseudonym of this kind must not be sent, least of all a personal number."""
    if not isinstance(pseudonym, kind):
        advice = "Nothing was sent. A personal number becomes an Hpgn by hpgn(), a text a pseudonym by its parse()."
        raise UsageError(f"A value of the class {kind.__name__} was expected", where=kind.kind, advice=advice)
    return pseudonym.reveal()


def _require_place(keep: object) -> None:
    """Asked before anything is sent, since the batch would be gone afterwards."""
    if not callable(keep):
        advice = "Give a function that takes the identifier and the bytes, such as KeptReplies(folder)."
        raise UsageError("A batch is handed out once: it needs a place to be kept", where="keep", advice=advice)


def _single(name: str) -> Callable[[Element], str]:
    return lambda content: messages.read_single(content, name)


def _kept(keep: Keep, identifier: str, body: bytes) -> Flow[bool]:
    """Keep a reply; a failure must not lose it, so that it is read all the same, and told in ``kept``."""
    try:
        yield from run_blocking(lambda: keep(identifier, body))
    except Exception:  # noqa: BLE001 - whatever the caller's own function raises, such as a full disk
        return False
    return True
