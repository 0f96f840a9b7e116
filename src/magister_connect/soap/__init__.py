"""SOAP without I/O: contracts are read and requests are written with zeep, replies are read with lxml.

zeep never reads a reply here: it turns values that it cannot read into ``None`` and ``False``, and one new element
breaks or empties a record (measured with zeep 4.3.3).
"""

from magister_connect.soap.contract import Call, Description, Operation, Part, describe
from magister_connect.soap.documents import HeldDocuments, fetch_documents, hold_documents
from magister_connect.soap.faults import Fault
from magister_connect.soap.reply import read_body, read_texts, resolve_references

__all__ = [
    "Call",
    "Description",
    "Fault",
    "HeldDocuments",
    "Operation",
    "Part",
    "describe",
    "fetch_documents",
    "hold_documents",
    "read_body",
    "read_texts",
    "resolve_references",
]
