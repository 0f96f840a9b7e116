"""The body of a UWLR 2.2 answer: EDEXML 2.1 under another root, in a namespace, without the role TAL.

The schema of UWLR does not check keys and references (its selectors carry no prefix, measured); reading and writing
here do.
"""

from __future__ import annotations

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
"""Answers without data by the element that says so: what it means, who can fix it, and what to do (documented)."""


@file_boundary.around
def from_uwlr_body(
    body: bytes, *, lenient: bool = False, blocks: BlockTypes = BLOCKS, unknown_blocks: UnknownBlocks = "keep"
) -> records.Document:
    """The document in ``leerlinggegevens``, which may stand alone, in ``leerlinggegevens_antwoord`` or in an envelope.

    Magister's answers need ``lenient`` (observed: elements in another order, empty elements). Write the document with
    ``version="2.1"`` to have an EDEXML file.

    Raises :class:`~magister_connect.errors.DocumentInvalid` where there is no ``leerlinggegevens``: in an answer that
    says ``geenwijzigingen`` or ``geengegevens``, in a fault, and in a part of an exchange in three steps (all
    documented); ``responsible`` tells which of them it is: nothing has changed is ``NOBODY``, no data ``SCHOOL``.
    """
    reading = reading_of(body, None, blocks, unknown_blocks, lenient=lenient, encoding=None)
    try:
        return read_chunks(attrs.evolve(reading, roots=UWLR_ROOTS), [body])
    except DocumentInvalid:
        root = parse(body, document_complaint())
        if any(_at(root, path) for path in UWLR_ROOTS):
            raise
    raise _refusal(root)


def _at(root: Element, path: tuple[str, ...]) -> bool:
    """Whether an element stands at a path of local names."""
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
    return DocumentInvalid("The answer holds no leerlinggegevens", where=local_name(root), advice=advice)


@file_boundary.around
def to_uwlr_body(
    document: records.Document,
    *,
    loss: Literal["error", "report"] = "error",
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "error",
) -> bytes:
    """The document as ``leerlinggegevens`` of UWLR 2.2, UTF-8, without an envelope (documented).

    The role TAL, which UWLR 2.2 lacks, is an error; with ``loss="report"`` it is reported in words. Raises
    :class:`~magister_connect.errors.DocumentInvalid` where the document may not be written, as :func:`write` does.
    """
    return to_bytes(document, version=UWLR, loss=loss, blocks=blocks, unknown_blocks=unknown_blocks, indent=False)


def uwlr_reading(
    model: str = UWLR, *, lenient: bool = False, blocks: BlockTypes = BLOCKS, unknown_blocks: UnknownBlocks = "keep"
) -> Reading:
    """How an answer of UWLR is read: whole (``uwlr-2.2``), or a part of an exchange in three steps."""
    reading = reading_of(b"", None, blocks, unknown_blocks, lenient=lenient, encoding=None)
    return attrs.evolve(reading, roots=uwlr_roots(model))


def uwlr_pieces(
    document: Population,
    model: str = UWLR,
    *,
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "error",
) -> Iterator[bytes]:
    """The root of an answer, or of a part of one, piece by piece, UTF-8, without a declaration and an envelope.

    ``unknown_blocks`` is as in :func:`to_uwlr_body`. Raises :class:`DocumentInvalid` where a record may not be written,
    which may be late in the document.
    """
    return pieces_of(document, version=model, blocks=blocks, unknown_blocks=unknown_blocks)
