"""Delivers changed documents to the platform, one at a time, with retries."""

from __future__ import annotations

import datetime as dt
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import httpx
import stamina
from attrs import Factory, frozen

from magister_connect.core.snapshots import Guard
from magister_connect.errors import (
    ConnectionFailed,
    NotAuthenticated,
    ServiceError,
    SnapshotStopped,
)
from platform_feed.documents import KINDS, Document, HeldBack
from platform_feed.ledger import Ledger, Places

UNCHANGED: Final = "unchanged"


class Busy(Exception):
    """The platform is busy."""


@frozen
class Delivery:
    """Counts by kind and outcome, the refused documents, and the documents that are no longer at the school."""

    outcomes: Counter[tuple[str, str]] = Factory(Counter)
    refused: list[HeldBack] = Factory(list)
    gone: Counter[str] = Factory(Counter)


class Platform:
    """The REST interface of the platform."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(30, connect=5),
        )

    def put(self, document: Document) -> httpx.Response:
        """Send a document.

        A PUT is safe to repeat: the platform keeps one document for each key.
        """
        where = f"PUT {self._address}/api/{document.kind}"
        try:
            reply = self._try(document)
        except (httpx.TransportError, Busy):
            reply = None
        if reply is None:
            raise ConnectionFailed(
                "The platform is not reachable, or stays busy", where=where
            )
        if reply.status_code in {401, 403}:
            raise NotAuthenticated(
                "The platform does not accept the token",
                where=where,
                status=reply.status_code,
            )
        if reply.status_code >= 500:
            raise ServiceError(
                "The platform failed on a document", where=where, status=reply.status_code
            )
        return reply

    @stamina.retry(on=(httpx.TransportError, Busy), attempts=4, timeout=30)
    def _try(self, document: Document) -> httpx.Response:
        reply = self._http.put(
            f"{self._address}/api/{document.kind}/{document.key}",
            content=document.text,
            headers={"Content-Type": "application/json"},
        )
        if reply.status_code in {429, 502, 503, 504}:
            raise Busy
        return reply

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def deliver(
    documents: Sequence[Document],
    platform: Platform,
    ledger: Ledger,
    now: Callable[[], dt.datetime],
    at_the_school: Places = (),
    *,
    many_left: bool = False,
) -> Delivery:
    """Deliver the documents that are not in the ledger yet.

    You can stop half-way: the next run continues.

    ``at_the_school`` lists records that the school has, but that are held back. Raises
    :class:`SnapshotStopped` before anything is sent, if so many records or values are gone
    that a person should check first. Pass ``many_left`` after that check; a run that read
    nothing still stops.
    """
    present = {(each.kind, each.key) for each in documents} | set(at_the_school)
    found = objections(documents, present, ledger)
    if found and not (many_left and present):
        raise SnapshotStopped(
            f"Far less was read than was delivered before: {', '.join(found)}"
        )
    gone = ledger.known.keys() - present
    delivery = Delivery(gone=Counter(kind for kind, _ in gone))
    for document in _counted(documents):
        if ledger.holds(document):
            delivery.outcomes[document.kind, UNCHANGED] += 1
            continue
        reply = platform.put(document)
        if reply.is_success:
            ledger.write(document, now())
            delivery.outcomes[document.kind, reply.json()["outcome"]] += 1
        else:
            delivery.refused.append(refusal_of(document, reply))
    ledger.let_go(gone)
    return delivery


def objections(
    documents: Sequence[Document], present: Places, ledger: Ledger
) -> tuple[str, ...]:
    """Why a person should check first: nothing was read, or so much is gone that a read could have failed.

    A field counts as a record does: if it had a value for many documents and now has none,
    a source may be incomplete.
    """
    before, after = _by_kind(ledger.expected), _by_kind(present)
    for each in documents:
        for field in ledger.filled.get((each.kind, each.key), ()):
            before.setdefault(f"{each.kind} with the field {field}", {})[each.key] = {}
        for field in each.filled:
            after.setdefault(f"{each.kind} with the field {field}", {})[each.key] = {}
    return Guard().objections(before, after)


def _by_kind(places: Places) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = {}
    for kind, key in places:
        found.setdefault(kind, {})[key] = {}
    return found


def _counted(documents: Sequence[Document]) -> Iterator[Document]:
    """Show the progress in a terminal, but not in a log."""
    for number, document in enumerate(documents, start=1):
        yield document
        if sys.stderr.isatty() and (number % 50 == 0 or number == len(documents)):
            end = "\n" if number == len(documents) else ""
            print(
                f"\rdelivered: {number} of {len(documents)} documents",
                end=end,
                file=sys.stderr,
                flush=True,
            )


def in_order(documents: Sequence[Document]) -> list[Document]:
    """Participants first."""
    return sorted(documents, key=lambda each: KINDS.index(each.kind))


def refusal_of(document: Document, reply: httpx.Response) -> HeldBack:
    """The line in the report for a document that the platform refused."""
    if reply.status_code == 409:
        reason, action = (
            "the platform does not know the participant",
            "Deliver the participant first.",
        )
    else:
        reason = f"the platform refuses it (status {reply.status_code})"
        action = "Ask the platform which data are missing."
    return HeldBack(document.kind, document.origin, reason, action, key=document.key)
