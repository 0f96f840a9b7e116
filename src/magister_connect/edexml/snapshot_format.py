"""Store EDEXML documents as snapshots, and compare them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from magister_connect.core.snapshots import RecordsByKey, SnapshotFormat
from magister_connect.edexml.comparing.diff import diff
from magister_connect.edexml.groups import effective_jaargroep
from magister_connect.edexml.model.codes import Jaargroep
from magister_connect.edexml.model.records import Document, Leerling

_LAST: Final = frozenset({Jaargroep.GROEP_8, Jaargroep.LEERJAAR_6})


def _write(value: Document) -> bytes:
    return value.to_json(reveal=True).encode()


def _read(content: bytes, _kind: type[Any] | None) -> Document:
    return Document.from_dict(json.loads(content))


def _records(value: Document, _key: str) -> RecordsByKey:
    """Return people only: a group exists for at most one school year (documented)."""
    return {
        "leerling": {each.key: each for each in value.leerlingen},
        "leerkracht": {each.key: each for each in value.leerkrachten},
    }


def _uncertain(_value: Document, _key: str) -> frozenset[object]:
    return frozenset()  # a document is read whole or refused


def _identities(old: Document, new: Document, _key: str) -> RecordsByKey:
    """Return everyone who is still there.

    A new key counts as the same person if the ECK iD, or name and birthday, are the same; see :func:`diff`.
    """
    found = diff(old, new)
    now = {(each.kind, each.old_key): each.new_key for each in found.rekeyed}
    # for example, persons with a dummy key
    now |= {(kind, key): f"{key} (left)" for kind, keys in found.left.items() for key in keys}
    return {
        kind: {now.get((kind, key), key): each for key, each in held.items()}
        for kind, held in _records(old, _key).items()
    }


def year_of(value: Document) -> str | None:
    """Return the school year of a document."""
    return value.school.schooljaar


def staying(value: Document) -> Callable[[object], bool]:
    """Return a check of who is expected next school year: all but group 8 (primary) and year 6 (secondary)."""
    groups = {each.key: each for each in value.groepen}
    return lambda one: not isinstance(one, Leerling) or effective_jaargroep(one, groups) not in _LAST


FORMATS: Final = (
    SnapshotFormat(
        Document,
        _write,
        _read,
        _records,
        _uncertain,
        lambda old, new, _key: diff(old, new),
        identities=_identities,
        year=year_of,
        staying=staying,
    ),
)
