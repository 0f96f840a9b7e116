"""The body of a UWLR 2.2 answer: EDEXML 2.1 under another root, in a namespace, without the role TAL.

The schema of UWLR does not check keys and references (its selectors carry no prefix, measured); reading and writing
here do.
"""

from __future__ import annotations

from typing import Literal

from lxml import etree

from magister_connect.edexml import records
from magister_connect.edexml.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.building import UnknownBlocks
from magister_connect.edexml.reading import read_as
from magister_connect.edexml.versions import UWLR
from magister_connect.edexml.writing import to_bytes
from magister_connect.errors import DocumentInvalid
from magister_connect.markup import document_complaint, local_name, parse

__all__ = ["from_uwlr_body", "to_uwlr_body"]


def from_uwlr_body(
    body: bytes, *, lenient: bool = False, blocks: BlockTypes = BLOCKS, unknown_blocks: UnknownBlocks = "keep"
) -> records.Document:
    """The document in ``leerlinggegevens``, which may stand alone, in ``leerlinggegevens_antwoord`` or in an envelope.

    Magister's answers need ``lenient`` (observed: elements in another order, empty elements). Write the document with
    ``version="2.1"`` to have an EDEXML file. Raises
    :class:`~magister_connect.errors.DocumentInvalid` where there is no ``leerlinggegevens``, as in an answer that says
    ``geenwijzigingen``.
    """
    root = parse(body, document_complaint())
    found = next((element for element in root.iter() if local_name(element) == "leerlinggegevens"), None)
    if found is None:
        raise DocumentInvalid("The answer holds no leerlinggegevens", where=local_name(root))
    alone = body if found is root else etree.tostring(found, with_tail=False, encoding="UTF-8")
    return read_as("leerlinggegevens", alone, lenient=lenient, blocks=blocks, unknown_blocks=unknown_blocks)


def to_uwlr_body(
    document: records.Document, *, loss: Literal["error", "report"] = "error", blocks: BlockTypes = BLOCKS
) -> bytes:
    """The document as ``leerlinggegevens``; the role TAL, which UWLR 2.2 lacks, is an error or told in words."""
    return to_bytes(document, version=UWLR, loss=loss, blocks=blocks, indent=False)
