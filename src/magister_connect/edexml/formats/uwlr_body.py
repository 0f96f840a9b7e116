"""Read and write the body of a UWLR 2.2 response.

The body is EDEXML 2.1 with another root element, in a namespace, and without the role TAL. The UWLR schema does not
check keys and references, because its selectors have no prefix (measured). Reading and writing here do check them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final, Literal

import attrs

from magister_connect.core.boundary import file_boundary
from magister_connect.core.xml import Element, document_complaint, local_name, parse
from magister_connect.edexml.model import records
from magister_connect.edexml.model.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.model.versions import UWLR
from magister_connect.edexml.reading.builder import UnknownBlocks
from magister_connect.edexml.reading.documents import read_chunks, reading_of
from magister_connect.edexml.reading.feed import UWLR_ROOTS, Reading, uwlr_roots
from magister_connect.edexml.writing.write import Population, pieces_of, to_bytes
from magister_connect.errors import DocumentInvalid, Responsible

_WITHOUT_DATA: Final = {
    "geenwijzigingen": (
        "Nothing has changed since the moment that the request names",
        Responsible.NOBODY,
        "Keep what you have, or ask without laatstontvangengegevens to be sent everything.",
    ),
    "geengegevens": (
        "The school has no data for what was asked",
        Responsible.SCHOOL,
        "Is it the right school, location and school year, and does the school share them with you?",
    ),
    "Fault": (
        "It is a fault, and no answer",
        Responsible.YOU,
        "Look up its code: Client.* is about the request, Server.* about the service.",
    ),
}
"""Responses without data, by the element that marks them: what it means, who can fix it, and what to do (documented).
"""


@file_boundary.around
def from_uwlr_body(
    body: bytes, *, lenient: bool = False, blocks: BlockTypes = BLOCKS, unknown_blocks: UnknownBlocks = "keep"
) -> records.Document:
    """Read the document in ``leerlinggegevens``: alone, in ``leerlinggegevens_antwoord`` or in an envelope.

    Responses from Magister need ``lenient``: elements are in another order and may be empty (observed). To get an
    EDEXML file, write the document with ``version="2.1"``.

    Raises :class:`~magister_connect.errors.DocumentInvalid` if there is no ``leerlinggegevens``. That is so in a
    response with ``geenwijzigingen`` or ``geengegevens``, in a fault, and in a part of an exchange in three steps (all
    documented). The attribute ``responsible`` is ``NOBODY`` if nothing has changed, and ``SCHOOL`` if the school has no
    data.
    """
    reading = reading_of(body, None, blocks, unknown_blocks, lenient=lenient, encoding=None)
    try:
        return read_chunks(attrs.evolve(reading, roots=UWLR_ROOTS), [body])
    except DocumentInvalid as error:
        problem = error
    with contextlib.suppress(DocumentInvalid):
        root = parse(body, document_complaint())
        if not any(_at(root, path) for path in UWLR_ROOTS):
            problem = _refusal(root)
    raise problem


def _at(root: Element, path: tuple[str, ...]) -> bool:
    """Return whether an element is at a path of local names."""
    found = [root] if local_name(root) == path[0] else []
    for name in path[1:]:
        found = [child for element in found for child in element if local_name(child) == name]
    return bool(found)


def _refusal(root: Element) -> DocumentInvalid:
    names = {local_name(element) for element in root.iter()}
    for name, (what, responsible, advice) in _WITHOUT_DATA.items():
        if name in names:
            return DocumentInvalid(what, where=name, responsible=responsible, advice=advice)
    advice = "Is it the answer of HaalLeerlinggegevens? The parts of an exchange in three steps are not read here."
    return DocumentInvalid("The response contains no leerlinggegevens", where=local_name(root), advice=advice)


@file_boundary.around
def to_uwlr_body(
    document: records.Document,
    *,
    loss: Literal["error", "report"] = "error",
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "error",
) -> bytes:
    """Write the document as ``leerlinggegevens`` of UWLR 2.2, in UTF-8, without an envelope (documented).

    UWLR 2.2 does not have the role TAL, so a document with it is an error; with ``loss="report"`` the role is written
    as a description. Raises :class:`~magister_connect.errors.DocumentInvalid` if the document cannot be written, as
    :func:`write` does.
    """
    return to_bytes(document, version=UWLR, loss=loss, blocks=blocks, unknown_blocks=unknown_blocks, indent=False)


def uwlr_reading(
    model: str = UWLR, *, lenient: bool = False, blocks: BlockTypes = BLOCKS, unknown_blocks: UnknownBlocks = "keep"
) -> Reading:
    """Return how to read a UWLR response: a whole one (``uwlr-2.2``), or a part of an exchange in three steps."""
    reading = reading_of(b"", None, blocks, unknown_blocks, lenient=lenient, encoding=None)
    return attrs.evolve(reading, roots=uwlr_roots(model))


def uwlr_pieces(
    document: Population,
    model: str = UWLR,
    *,
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "error",
) -> Iterator[bytes]:
    """Yield the root element of a response, or of a part of one, in pieces of UTF-8 without declaration and envelope.

    ``unknown_blocks`` is as in :func:`to_uwlr_body`. Raises :class:`DocumentInvalid` if a record cannot be written.
    That may happen late in the document.
    """
    return pieces_of(document, version=model, blocks=blocks, unknown_blocks=unknown_blocks)
