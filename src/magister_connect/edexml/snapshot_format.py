"""How EDEXML documents are kept as snapshots, and compared."""

from __future__ import annotations

import json
from typing import Any, Final

from magister_connect.core.snapshots import RecordsByKey, SnapshotFormat
from magister_connect.edexml.comparing.diff import diff
from magister_connect.edexml.model.records import Document


def _write(value: Document) -> bytes:
    return value.to_json(reveal=True).encode()


def _read(content: bytes, _kind: type[Any] | None) -> Document:
    return Document.from_dict(json.loads(content))


def _records(value: Document, _key: str) -> RecordsByKey:
    return {
        "leerling": {each.key: each for each in value.leerlingen},
        "leerkracht": {each.key: each for each in value.leerkrachten},
        "groep": {each.key: each for each in value.groepen},
    }


def _uncertain(_value: Document, _key: str) -> frozenset[object]:
    return frozenset()  # a document is read whole or refused


FORMATS: Final = (SnapshotFormat(Document, _write, _read, _records, _uncertain, lambda old, new, _key: diff(old, new)),)
