"""Store crosswalks as snapshots, and compare them."""

from __future__ import annotations

import json
from typing import Any, Final

from magister_connect.core.snapshots import RecordsByKey, SnapshotFormat
from magister_connect.crosswalk.comparing import diff
from magister_connect.crosswalk.files import crosswalk_from_rows, rows_of
from magister_connect.crosswalk.table import Crosswalk
from magister_connect.identifiers import Identifier


def _write(value: Crosswalk) -> bytes:
    return json.dumps(list(rows_of(value))).encode()


def _read(content: bytes, _kind: type[Any] | None) -> Crosswalk:
    return crosswalk_from_rows(json.loads(content))


def _key(one: Identifier) -> str:
    return f"{one.realm}|{one.reveal()}"


def _records(value: Crosswalk, _key_name: str) -> RecordsByKey:
    found: dict[str, dict[str, object]] = {}
    for one in value.identifiers:
        if one.personal:
            found.setdefault(one.kind, {})[_key(one)] = one
    return found


def _uncertain(value: Crosswalk, _key_name: str) -> frozenset[object]:
    return frozenset(map(_key, value.uncertain))


def _carried(old: Crosswalk | None, new: Crosswalk, _key_name: str) -> Crosswalk:
    if old is None:
        return new
    uncertain, there = new.uncertain, {(link.left, link.right) for link in new.links}
    links = [link for link in old.links if (link.left, link.right) not in there]
    return new.with_links([link for link in links if uncertain.intersection((link.left, link.right))])


FORMATS: Final = (
    SnapshotFormat(
        Crosswalk, _write, _read, _records, _uncertain, lambda old, new, _key_name: diff(old, new), carried=_carried
    ),
)
