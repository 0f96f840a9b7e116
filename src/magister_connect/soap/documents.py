"""The documents of a contract, held as bytes: a WSDL and what it imports.

Held bytes can be kept with a configuration, compared, pickled and sent to a worker; nothing is fetched behind the
back of the caller. A document on another host than the WSDL itself is refused, and so is a redirect: the contract is
what decides what is sent where.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urljoin, urlsplit

from attrs import field, frozen

from magister_connect.errors import ContractChanged, Move, NotXml, UsageError
from magister_connect.exchange import Flow, Request, exchange
from magister_connect.markup import Element, local_name, parse
from magister_connect.soap.faults import refuse_status

__all__ = ["HeldDocuments", "fetch_documents", "hold_documents"]

LARGEST_DOCUMENT: Final = 4 * 1024 * 1024  # the largest public WSDL of Dutch education, UWLR 2.2, is under 0.1 MB
MOST_DOCUMENTS: Final = 50
_IMPORTS: Final = frozenset({"import", "include", "redefine"})


@frozen
class HeldDocuments:
    """A WSDL (``root`` is its address) and everything that it imports, by absolute address."""

    root: str
    documents: Mapping[str, bytes] = field(repr=lambda documents: f"<{len(documents)} documents>")

    def __reduce__(self) -> tuple[Callable[..., HeldDocuments], tuple[str, dict[str, bytes]]]:
        return HeldDocuments, (self.root, dict(self.documents))


def hold_documents(
    source: str | os.PathLike[str] | bytes, *, address: str = "https://contract.invalid/held.wsdl"
) -> HeldDocuments:
    """Hold a WSDL that is here already: bytes, or a file whose imports lie in its folder or one beside it.

    Raises :class:`UsageError` when a file is missing or lies elsewhere, :class:`NotXml` when one
    of them is no XML.
    """
    if isinstance(source, bytes):
        read_document(source, address)
        return HeldDocuments(address, MappingProxyType({address: source}))
    root = Path(source).absolute()
    held: dict[str, bytes] = {}
    wanted = [root.as_uri()]
    while wanted:
        place = wanted.pop()
        if place not in held:
            held[place] = _read_beside(place, root)
            wanted += _imports_of(held[place], place)
    return HeldDocuments(root.as_uri(), MappingProxyType(held))


def fetch_documents(address: str, *, timeout: float | None = None) -> Flow[HeldDocuments]:
    """Fetch a WSDL and what it imports, from its own host alone.

    Raises :class:`ConnectionFailed`, :class:`Refused` by status, :class:`NotXml`, and :class:`ContractChanged` where
    the WSDL leads to another host.
    """
    held: dict[str, bytes] = {}
    wanted = [address]
    while wanted:
        place = wanted.pop()
        if place in held:
            continue
        if urlsplit(place)[:2] != urlsplit(address)[:2] or len(held) >= MOST_DOCUMENTS:
            raise ContractChanged(
                f"The contract leads to another host, or to more than {MOST_DOCUMENTS} documents",
                where=address,
                move=Move.YOURS,
                advice="Save it with what it imports, look at that, and give the file instead of the address.",
            )
        reply = yield from exchange(Request("GET", place, timeout=timeout, limit=LARGEST_DOCUMENT))
        refuse_status(reply, f"GET {place}")
        held[place] = reply.body
        wanted += _imports_of(reply.body, place)
    return HeldDocuments(address, MappingProxyType(held))


def _read_beside(place: str, root: Path) -> bytes:
    path = Path(urlsplit(place).path)
    if urlsplit(place).scheme != "file" or not path.resolve().is_relative_to(root.resolve().parents[1]):
        raise UsageError(
            "The contract leads out of its own folder",
            where=str(root),
            advice="Keep what it imports in its folder, or in one beside it.",
        )
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    raise UsageError(f"A file of the contract cannot be read: {reason}", where=str(path))


def read_document(document: bytes, place: str) -> Element:
    """The root of one document. Raises :class:`NotXml`."""
    return parse(document, lambda what, line: not_a_contract(what, place if line is None else f"{place}, line {line}"))


def not_a_contract(what: str, where: str) -> NotXml:
    """The error for what should have been a contract and is none, wherever it came from."""
    return NotXml(what, where=where, advice="Check that this is the contract itself (WSDL) and not a page about it.")


def _imports_of(document: bytes, place: str) -> list[str]:
    found = (
        element.get("schemaLocation") or element.get("location")
        for element in read_document(document, place).iter("{*}*")
        if local_name(element) in _IMPORTS
    )
    return [urljoin(place, location) for location in found if location]
