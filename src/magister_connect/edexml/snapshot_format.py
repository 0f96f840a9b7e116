"""How EDEXML documents are kept as snapshots, and compared."""

from __future__ import annotations

import json
from typing import Any, Final

from magister_connect.core.snapshots import KeysByKind, RecordsByKey, SnapshotFormat
from magister_connect.edexml.comparing.diff import DocumentDiff, diff
from magister_connect.edexml.groups import effective_jaargroep
from magister_connect.edexml.model.codes import Jaargroep
from magister_connect.edexml.model.records import Document

_LAST: Final = frozenset({Jaargroep.GROEP_8, Jaargroep.LEERJAAR_6})


def _write(value: Document) -> bytes:
    return value.to_json(reveal=True).encode()


def _read(content: bytes, _kind: type[Any] | None) -> Document:
    return Document.from_dict(json.loads(content))


def _records(value: Document, _key: str) -> RecordsByKey:
    """People alone: a group lives one school year at most (documented)."""
    return {
        "leerling": {each.key: each for each in value.leerlingen},
        "leerkracht": {each.key: each for each in value.leerkrachten},
    }


def _uncertain(_value: Document, _key: str) -> frozenset[object]:
    return frozenset()  # a document is read whole or refused


def year_of(value: Document) -> str | None:
    """The school year of a document."""
    return value.school.schooljaar


def leaving(value: Document) -> KeysByKind:
    """The pupils of the last year group, of primary (8) and of secondary (6) education, who leave after the summer."""
    groups = {each.key: each for each in value.groepen}
    years = {each.key: effective_jaargroep(each, groups) for each in value.leerlingen}
    return {"leerling": {key for key, year in years.items() if year in _LAST}}


def gone(found: DocumentDiff) -> KeysByKind:
    """Who is gone: whoever has another key under the same ECK iD, name or birthday is not."""
    return {kind: found.left.get(kind, ()) for kind in ("leerling", "leerkracht")}


FORMATS: Final = (
    SnapshotFormat(
        Document,
        _write,
        _read,
        _records,
        _uncertain,
        lambda old, new, _key: diff(old, new),
        gone=gone,
        year=year_of,
        leaving=leaving,
    ),
)
