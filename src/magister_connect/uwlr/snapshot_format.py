"""Store UWLR answers as snapshots: the document together with the time for the next request."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, TypeVar

import attrs

from magister_connect.core.records.unreadable import unreadable_keys
from magister_connect.core.snapshots import RecordsByKey, SnapshotFormat
from magister_connect.edexml import Groep, Leerkracht, Leerling, SamengesteldeGroep, Vestiging
from magister_connect.edexml.comparing.diff import diff
from magister_connect.edexml.snapshot_format import staying, year_of
from magister_connect.uwlr.answers import PupilData

Person = TypeVar("Person", Leerling, Leerkracht)
Keyed = TypeVar("Keyed", Vestiging, Groep, SamengesteldeGroep, Leerling, Leerkracht)


def carried_over(old: PupilData, new: PupilData) -> PupilData:
    """Return the newer answer, with the older record of each person with an unreadable record.

    Those people have not left.

    Raises :class:`UsageError` if a record has no readable key or ECK iD: then nobody can be said to have left.
    """
    apart = _unreadable(new, "")
    if not apart:
        return new
    before, now = old.document, new.document
    return attrs.evolve(
        new,
        document=attrs.evolve(
            now,
            vestigingen=_with(now.vestigingen, before.vestigingen, apart),
            groepen=_with(now.groepen, before.groepen, apart),
            samengestelde_groepen=_with(now.samengestelde_groepen, before.samengestelde_groepen, apart),
            leerlingen=_with(now.leerlingen, before.leerlingen, apart),
            leerkrachten=_with(now.leerkrachten, before.leerkrachten, apart),
        ),
    )


def _with(now: tuple[Keyed, ...], before: tuple[Keyed, ...], apart: frozenset[object]) -> tuple[Keyed, ...]:
    there = {each.key for each in now}
    kept = [each for each in before if each.key not in there]
    return now + tuple([each for each in kept if not apart.isdisjoint({each.key, getattr(each, "eckid", None)})])


def _unreadable(value: PupilData, _key: str) -> frozenset[object]:
    return unreadable_keys(value, "key") | {each.fields["eckid"] for each in value.unreadable if "eckid" in each.fields}


def _write(value: PupilData) -> bytes:
    return value.to_json(reveal=True).encode()


def _read(content: bytes, _kind: type[Any] | None) -> PupilData:
    return PupilData.from_dict(json.loads(content))


def _people(people: Iterable[Leerling | Leerkracht]) -> dict[str, object]:
    """Return people by ECK iD first, by key second (documented for 2.3).

    So a new key does not look like a departure.
    """
    return {each.eckid or each.key: each for each in people}


def _records(value: PupilData, _key: str) -> RecordsByKey:
    document = value.document
    return {"leerling": _people(document.leerlingen), "leerkracht": _people(document.leerkrachten)}


def _as_in(old: Iterable[Person], new: Iterable[Person]) -> dict[str, object]:
    """Return older people by their identity in a newer answer: an ECK iD may have been added or removed."""
    by_key = {each.key: each.eckid or each.key for each in new}
    known = set(by_key.values())
    return {each.eckid if each.eckid in known else by_key.get(each.key, each.eckid or each.key): each for each in old}


def _identities(old: PupilData, new: PupilData, _key: str) -> RecordsByKey:
    before, now = old.document, new.document
    return {
        "leerling": _as_in(before.leerlingen, now.leerlingen),
        "leerkracht": _as_in(before.leerkrachten, now.leerkrachten),
    }


def _diff(old: PupilData, new: PupilData, _key: str) -> object:
    return diff(old.document, carried_over(old, new).document)


FORMATS: Final = (
    SnapshotFormat(
        PupilData,
        _write,
        _read,
        _records,
        _unreadable,
        _diff,
        identities=_identities,
        year=lambda value: year_of(value.document),
        staying=lambda value: staying(value.document),
    ),
)
