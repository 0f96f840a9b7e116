"""The operations of Nummervoorziening as flows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow, Reply, exchange, run_blocking, sleep
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.soap.reply import fault_of
from magister_connect.core.values import require_aware
from magister_connect.core.xml import Element
from magister_connect.errors import UsageError
from magister_connect.identifiers import EckId, Hpgn, Identifier, Oin, Stampseudoniem
from magister_connect.nummervoorziening import messages
from magister_connect.nummervoorziening.messages import Field, fault_error, write_entries, write_request
from magister_connect.nummervoorziening.records import CHAIN_ECK, Availability, Batch, BatchResult, Chain, Sector

T = TypeVar("T")
SaveReply: TypeAlias = Callable[[str, bytes], object]
"""Receives the identifier of a batch and the raw response, before the response is read."""
LARGEST_FAULT: Final = 65_536  # a larger response is not a fault, and is saved before it is read
LARGEST_REPLY: Final = 524_288_000  # the maximum that the .NET reference client configures
# A batch can be retrieved once, and the number of batches per day is limited: neither is retried.
SAFE_TO_REPEAT: Final = frozenset(
    {"ping", "retrieveStampseudonym", "retrieveEckId", "retrieveChains", "retrieveSectors"}
)
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_ADVICE: Final = "Pass one of ENVIRONMENTS or an https:// address, and an HTTP client with the school's certificate."


def _new_id() -> str:
    return str(uuid4())


def _check_address(_service: object, _attribute: object, address: str) -> None:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"https", "http"} or not host:
        raise UsageError("This is not the address of a web service", advice=_ADVICE)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError("The address must not contain a query, a fragment or an account", where=host, advice=_ADVICE)
    if parts.scheme == "http" and host not in _THIS_MACHINE:
        raise UsageError("Nummervoorziening requires TLS", where=host, advice=_ADVICE)


@frozen
class Polling(SafeRepr):
    """How many seconds to wait before each request for a batch, and how often to ask.

    The reference clients wait 21 to 25 s and ask at most ten times (documented). The blocking time is unknown.
    """

    interval: float = 25.0
    attempts: int = 10

    def __attrs_post_init__(self) -> None:
        if self.interval < 0 or self.attempts < 1:
            raise UsageError(
                "Polling needs at least one attempt, and an interval that is not negative",
                where="Polling",
                advice="Pass values such as Polling(interval=25, attempts=10).",
            )


@frozen
class Service(SafeRepr):
    """The service for one school. Each method is a flow.

    Raises :class:`UsageError` for an invalid address, and for one with a query, a fragment or an account. An address
    without TLS must be on this machine.
    """

    address: str = field(validator=_check_address)
    oin: Oin
    message_id: Callable[[], str] = field(default=_new_id, repr=False)

    def ping(self) -> Flow[Availability]:
        """Return whether the service is available."""
        return (yield from self._ask("ping", (), messages.read_availability))

    def retrieve_stampseudonym(self, hpgn: Hpgn) -> Flow[Stampseudoniem]:
        """Return the stampseudoniem of an hPGN."""
        fields: list[Field] = [("hpgn", _revealed(hpgn, Hpgn))]
        return Stampseudoniem.parse((yield from self._ask("retrieveStampseudonym", fields, _value("stampseudonym"))))

    def retrieve_eck_id(self, stampseudonym: Stampseudoniem, chain_id: str | None, sector_id: str) -> Flow[EckId]:
        """Return the ECK iD for a stampseudoniem in a chain and a sector."""
        fields: list[Field] = [
            ("stampseudonym", _revealed(stampseudonym, Stampseudoniem)),
            *_chain_and_sector(chain_id, sector_id),
        ]
        return EckId.parse((yield from self._ask("retrieveEckId", fields, _value("eckId"))))

    def submit_stampseudonym_batch(self, hpgns: Sequence[Hpgn]) -> Flow[Batch]:
        """Submit a batch of hPGNs."""
        entries = write_entries("hpgnList", "hPgn", [_revealed(each, Hpgn) for each in hpgns])
        return (yield from self._submit("submitStampseudonymBatch", entries, ()))

    def submit_eck_id_batch(
        self, stampseudonyms: Sequence[Stampseudoniem], chain_id: str | None, sector_id: str
    ) -> Flow[Batch]:
        """Submit a batch of stampseudoniemen."""
        texts = [_revealed(each, Stampseudoniem) for each in stampseudonyms]
        entries = write_entries("stampseudonymList", "stampseudonym", texts)
        return (yield from self._submit("submitEckIdBatch", entries, _chain_and_sector(chain_id, sector_id)))

    def retrieve_batch(self, batch: Batch | str, save_reply: SaveReply, polling: Polling | None) -> Flow[BatchResult]:
        """Wait for a batch and retrieve it once. ``save_reply`` receives the raw response before it is read."""
        _require_callable(save_reply)
        identifier = batch if isinstance(batch, str) else batch.identifier
        reply = yield from self._poll(identifier, polling or Polling())
        saved = yield from _save(save_reply, identifier, reply.body)
        response = messages.read_response(reply, "retrieveBatch", self._where("retrieveBatch"))
        return evolve(messages.read_batch(response), saved=saved)

    def replace_stampseudonym(
        self, hpgn_old: Hpgn, hpgn_new: Hpgn, effective_date: dt.datetime | None
    ) -> Flow[Stampseudoniem]:
        """Link a new hPGN to the stampseudoniem of an old one. The old one is blocked after that."""
        if hpgn_old == hpgn_new:
            raise UsageError(
                "The old and the new hPGN are the same",
                where="hpgn_new",
                advice="Pass the hPGN of the number that replaced the old one. Nothing was sent.",
            )
        fields: list[Field] = [("hpgnOld", _revealed(hpgn_old, Hpgn)), ("hpgnNew", _revealed(hpgn_new, Hpgn))]
        if effective_date is not None:
            require_aware(effective_date, "effective_date")
            fields.append(("effectiveDate", messages.write_moment(effective_date)))
        return Stampseudoniem.parse((yield from self._ask("replaceStampseudonym", fields, _value("stampseudonym"))))

    def retrieve_chains(self) -> Flow[tuple[Chain, ...]]:
        """Return the chains."""
        return (yield from self._ask("retrieveChains", (), messages.read_chains))

    def retrieve_sectors(self) -> Flow[tuple[Sector, ...]]:
        """Return the sectors."""
        return (yield from self._ask("retrieveSectors", (), messages.read_sectors))

    def _submit(self, operation: str, entries: Sequence[Field], others: Iterable[Field]) -> Flow[Batch]:
        if not entries:
            raise UsageError("A batch needs at least one entry", where=operation)
        identifier = yield from self._ask(operation, [*entries, *others], _value("batchIdentifier"))
        return Batch(identifier, len(entries))

    def _poll(self, identifier: str, polling: Polling) -> Flow[Reply]:
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
        return read(messages.read_response(reply, operation, self._where(operation)))

    def _send(self, operation: str, fields: Iterable[Field]) -> Flow[Reply]:
        request = write_request(
            self.address,
            self.oin,
            operation,
            fields,
            message_id=self.message_id(),
            safe_to_repeat=operation in SAFE_TO_REPEAT,
        )
        return (yield from exchange(evolve(request, limit=LARGEST_REPLY)))

    def _where(self, operation: str) -> str:
        return f"{operation} at {self.address}"


def _chain_and_sector(chain_id: str | None, sector_id: str) -> tuple[Field, Field]:
    return ("chainId", CHAIN_ECK if chain_id is None else chain_id), ("sectorId", sector_id)


def _revealed(pseudonym: Identifier, kind: type[Identifier]) -> str:
    """Return the text of a pseudonym.

    Raises an error for anything else, such as a personal number: it must not be sent.
    """
    if not isinstance(pseudonym, kind):
        advice = "Convert a personal number with hpgn(), or a text with parse() of the class. Nothing was sent."
        raise UsageError(f"A value of the class {kind.__name__} was expected", where=kind.kind, advice=advice)
    return pseudonym.reveal()


def _require_callable(save_reply: object) -> None:
    """Check this before sending, because the batch would be lost afterwards."""
    if not callable(save_reply):
        raise UsageError(
            "A batch can be retrieved only once, so its raw reply must be saved",
            where="save_reply",
            advice="Pass a function that takes the identifier and the bytes, such as BatchReplies(folder).",
        )


def _value(name: str) -> Callable[[Element], str]:
    return lambda content: messages.read_value(content, name)


def _save(save_reply: SaveReply, identifier: str, body: bytes) -> Flow[bool]:
    """Save a response. If that fails, the response is still read, and ``saved`` is false."""
    try:
        yield from run_blocking(lambda: save_reply(identifier, body))
    except Exception:  # noqa: BLE001 - the caller's function may raise anything, such as for a full disk
        return False
    return True
