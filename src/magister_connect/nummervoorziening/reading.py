"""Reading the answers of Nummervoorziening, by the names of their fields, whatever wraps them."""

from __future__ import annotations

from typing import Final

from magister_connect.errors import FieldInvalid, ReplyInvalid
from magister_connect.exchange import Reply
from magister_connect.markup import Element, local_name
from magister_connect.nummervoorziening.faults import fault_error
from magister_connect.nummervoorziening.records import Availability, BatchResult, Listed
from magister_connect.soap import read_body, read_texts
from magister_connect.soap.reply import fault_of
from magister_connect.values import to_boolean, to_datetime, to_integer

__all__ = ["content_of", "read_availability", "read_batch", "read_kept_reply", "read_listed", "read_single"]

_KEPT: Final = "kept reply"
_UNREAD: Final = (
    "The reply was given to keep before it was read: compare its names with contract(), then read it again."
)


def content_of(reply: Reply, where: str) -> Element:
    """The content of the answer; raises :class:`NummervoorzieningFault`, and else what the SOAP room raises."""
    if (fault := fault_of(reply, where)) is not None:
        raise fault_error(fault, where, reply.status)
    return read_body(reply, where)


def read_single(content: Element, name: str) -> str:
    """The one text that an answer consists of."""
    found = _descendants(content, name)
    if len(found) != 1 or not (found[0].text or "").strip():
        raise ReplyInvalid("The answer does not hold exactly one value", where=name)
    return (found[0].text or "").strip()


def read_availability(content: Element) -> Availability:
    """The answer to a ping. Raises :class:`FieldInvalid` with the path."""
    texts = {name: read_single(content, name) for name in ("available", "applicationVersion", "systemTime")}
    return Availability(
        to_boolean(texts["available"], "available"),
        texts["applicationVersion"],
        to_datetime(texts["systemTime"], "systemTime"),
    )


def read_listed(content: Element) -> tuple[Listed, ...]:
    """Chains or sectors: whatever has an id and a name."""
    rows = [read_texts(parent) for parent in content.iter("{*}*") if {"id", "name"} <= _names(parent)]
    return tuple(
        Listed(
            row["id"] or "",
            row["name"] or "",
            row.get("description") or "",
            to_datetime(edited, "lastEdited") if (edited := row.get("lastEdited")) else None,
        )
        for row in rows
    )


def read_batch(content: Element) -> BatchResult:
    """What came of a batch: whatever has an index is an entry of it.

    Raises :class:`ReplyInvalid` where one place is answered twice, where an entry says neither a value nor a failure,
    and where there is no entry at all, since an empty batch cannot be handed in.
    """
    values: dict[int, str] = {}
    failures: dict[int, str] = {}
    for entry in content.iter("{*}*"):
        if "index" in _names(entry):
            _sort_in(read_texts(entry), values, failures)
    if not values and not failures:
        raise ReplyInvalid("The answer holds no entry of the batch", where="index", advice=_UNREAD)
    return BatchResult(values, failures)


def read_kept_reply(body: bytes) -> BatchResult:
    """Read the raw reply of a batch that was kept: a batch is handed out once, but may be read as often as wanted."""
    return read_batch(content_of(Reply(200, (("Content-Type", "text/xml"),), body), _KEPT))


def _sort_in(texts: dict[str, str | None], values: dict[int, str], failures: dict[int, str]) -> None:
    place = to_integer(texts["index"] or "", "index")
    if place in values or place in failures:
        raise ReplyInvalid("One entry of the batch is answered twice", where=f"index {place}")
    if (value := texts.get("value")) is not None:
        values[place] = value.strip()
    elif "errorMessage" in texts:
        failures[place] = texts["errorMessage"] or ""
    else:
        raise FieldInvalid("A pseudonym was expected", where=f"index {place}/value", advice=_UNREAD)


def _names(parent: Element) -> set[str]:
    return {local_name(child) for child in parent}


def _descendants(content: Element, name: str) -> list[Element]:
    return [element for element in content.iter("{*}*") if local_name(element) == name]
