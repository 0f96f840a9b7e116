"""Delivery to the platform: what changed, one document at a time, as often as it takes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import httpx
import stamina
from attrs import Factory, frozen
from tqdm import tqdm

from magister_connect.errors import ConnectionFailed, NotAuthenticated, ServiceError
from platform_feed.documents import KINDS, Document, HeldBack
from platform_feed.ledger import Ledger

UNCHANGED: Final = "unchanged"


class Busy(Exception):
    """The platform asks for patience."""


@frozen
class Delivery:
    """What came of it: counts by kind and outcome, what the platform refused, and what the school no longer has."""

    outcomes: Counter[tuple[str, str]] = Factory(Counter)
    refused: list[HeldBack] = Factory(list)
    gone: Counter[str] = Factory(Counter)


class Platform:
    """The REST interface of the platform."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=httpx.Timeout(30, connect=5))

    def put(self, document: Document) -> httpx.Response:
        """Send a document. A PUT may be repeated: the platform keeps one document for each key."""
        where = f"PUT {self._address}/api/{document.kind}"
        try:
            reply = self._try(document)
        except (httpx.TransportError, Busy):
            reply = None
        if reply is None:
            raise ConnectionFailed("The platform cannot be reached, or stays busy", where=where)
        if reply.status_code in {401, 403}:
            raise NotAuthenticated("The platform does not accept the token", where=where, status=reply.status_code)
        if reply.status_code >= 500:
            raise ServiceError("The platform broke down over a document", where=where, status=reply.status_code)
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
    documents: Sequence[Document], platform: Platform, ledger: Ledger, now: Callable[[], dt.datetime]
) -> Delivery:
    """Deliver what the ledger does not hold yet. Stopping half-way is no harm: the next run goes on from there."""
    delivery = Delivery()
    for document in tqdm(documents, desc="deliver", unit=" documents", disable=None):
        if ledger.holds(document):
            delivery.outcomes[document.kind, UNCHANGED] += 1
            continue
        reply = platform.put(document)
        if reply.is_success:
            ledger.write(document, now())
            delivery.outcomes[document.kind, reply.json()["outcome"]] += 1
        else:
            delivery.refused.append(_refusal(document, reply))
    present = {(each.kind, each.key) for each in documents}
    delivery.gone.update(kind for kind, key in ledger.known if (kind, key) not in present)
    return delivery


def in_order(documents: Sequence[Document]) -> list[Document]:
    """Participants first."""
    return sorted(documents, key=lambda each: KINDS.index(each.kind))


def _refusal(document: Document, reply: httpx.Response) -> HeldBack:
    if reply.status_code == 409:
        reason, action = "the platform does not know the participant", "Have the participant delivered first."
    else:
        reason = f"the platform refuses it (status {reply.status_code})"
        action = "Ask the platform what it misses."
    return HeldBack(document.kind, document.origin, reason, action)
