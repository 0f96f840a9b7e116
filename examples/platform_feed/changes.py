"""Sends each change of an enrolment since the last run to the platform, exactly once, also after a kill."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from attrs import frozen

from magister_connect.core.snapshots import Guard
from magister_connect.events import Event, deliver, events_of
from magister_connect.medius.tables.table import Records
from magister_connect.store import Store
from platform_feed.delivering import Platform, refusal_of
from platform_feed.documents import Document, HeldBack
from platform_feed.gathering import ENROLMENTS, Enrolment
from platform_feed.settings import Settings

SCOPE: Final = "school"
RECEIVER: Final = "platform"
WATCHED: Final = {
    "enrolment_changed": ("studie", "crebo", "leerweg", "leerjaar", "locatie"),
    "class_changed": ("klas",),
    "left": ("vertrekdatum",),
}
REVEALED: Final = (
    "stamnr",
    "studie",
    "crebo",
    "leerweg",
    "leerjaar",
    "klas",
    "vertrekdatum",
)
"""The fields of a change that the platform may receive; the stamnummer is its key for a participant."""
NO_KEY: Final = "Changes of enrolments are not sent: this needs a key for encryption, and STORE_KEY is not set."


@frozen
class Changes:
    """The number of sent messages, refused messages, and remarks for a person."""

    sent: int = 0
    refused: tuple[HeldBack, ...] = ()
    remarks: tuple[str, ...] = ()


def deliver_changes(
    settings: Settings,
    enrolments: Records[Enrolment],
    participants: Collection[str],
    platform: Platform,
) -> Changes:
    """Compare with the last run, store the changes with the snapshot, and send the waiting messages.

    The platform gets only changes of ``participants`` that it knows.
    """
    if settings.store_key is None:
        return Changes(remarks=(NO_KEY,))
    refused: list[HeldBack] = []

    def send(event: Event) -> None:
        document = _document(event)
        reply = platform.put(document)
        if not reply.is_success:  # it would be refused again: a person must check it
            refused.append(refusal_of(document, reply))

    with Store(settings.database, key=settings.store_key) as store:
        _announce(store, settings, enrolments, participants)
        sent = deliver(store.deliveries, RECEIVER, send, clock=settings.now)
    return Changes(sent - len(refused), tuple(refused))


def _announce(
    store: Store,
    settings: Settings,
    enrolments: Records[Enrolment],
    participants: Collection[str],
) -> None:
    now = settings.now()
    guard = Guard(share=1)  # deliver() has already checked how many are gone
    night = store.snapshots.compare(
        ENROLMENTS, enrolments, key="stamnr", guard=guard, at=now
    )
    events = events_of(
        night, scope=SCOPE, at=now, reveal=REVEALED, watching=WATCHED, key="stamnr"
    )
    ours = [event for event in events if event.person in participants]
    store.snapshots.keep(
        ENROLMENTS, enrolments, key="stamnr", at=now, announce=ours, to=RECEIVER
    )


def _document(event: Event) -> Document:
    body = {
        "participant": event.person,
        "kind": event.kind,
        "before": {
            name: list(values) for name, values in event.before.items() if name != "stamnr"
        },
        "after": {
            name: list(values) for name, values in event.after.items() if name != "stamnr"
        },
    }
    return Document("changes", event.id, body, f"a change in {ENROLMENTS}")
