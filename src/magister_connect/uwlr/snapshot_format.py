"""How answers of UWLR are kept as snapshots: the document, and the moment to ask with next time, in one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, Final

from magister_connect.core.snapshots import RecordsByKey, SnapshotFormat
from magister_connect.edexml import Document, Leerkracht, Leerling
from magister_connect.edexml.comparing.diff import diff
from magister_connect.uwlr.answers import PupilData


def _write(value: PupilData) -> bytes:
    return json.dumps({"since": value.since.isoformat(), "document": value.document.to_dict(reveal=True)}).encode()


def _read(content: bytes, _kind: type[Any] | None) -> PupilData:
    kept = json.loads(content)
    return PupilData(Document.from_dict(kept["document"]), dt.datetime.fromisoformat(kept["since"]))


def _people(people: Iterable[Leerling | Leerkracht]) -> dict[str, object]:
    """By ECK iD first, by key second (documented for 2.3), so that a new key is not somebody who left."""
    return {each.eckid or each.key: each for each in people}


def _records(value: PupilData, _key: str) -> RecordsByKey:
    document = value.document
    return {"leerling": _people(document.leerlingen), "leerkracht": _people(document.leerkrachten)}


def _uncertain(_value: PupilData, _key: str) -> frozenset[object]:
    return frozenset()  # an answer is read whole or refused


def _diff(old: PupilData, new: PupilData, _key: str) -> object:
    return diff(old.document, new.document)


FORMATS: Final = (SnapshotFormat(PupilData, _write, _read, _records, _uncertain, _diff),)
