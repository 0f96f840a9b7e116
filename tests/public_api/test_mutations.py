"""Every field of every documented and recorded form, null, missing or of another kind: a record, or one clear error."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from magister_connect.core.json import Record, read_record
from magister_connect.errors import FieldInvalid
from magister_connect.public_api.client import ApiMethods
from magister_connect.public_api.exchange.operations import Listing, Single
from tests.public_api.documented import (
    aanmeldingen,
    absentie,
    account,
    agenda,
    berichten,
    cijfers,
    elo,
    personeel,
    personen,
)

PARTS = (aanmeldingen, absentie, account, agenda, berichten, cijfers, elo, personeel, personen)
ROWS = [row for part in PARTS for row in part.ROWS if row.answer is not None]
KINDS: tuple[object, ...] = (
    None,
    7,
    -1.5,
    True,
    "",
    "tekst",
    "2025-01-01",
    "9999-12-31T23:59:59.9999999Z",
    [],
    [None],
    [7],
    {},
    {"a": 1},
)
GONE = object()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value of JSON."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list | tuple) else ()
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: object) -> Any:
    whole = copy.deepcopy(value)
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    if new is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return whole


def kind_of(name: str, arguments: tuple[Any, ...], named: Any) -> type[Record]:
    asked: Listing[Any] | Single[Any] = vars(ApiMethods)[name].__wrapped__(*arguments, **named)
    return asked.kind


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_value_that_does_not_fit_is_a_record_or_a_named_error(row: Any) -> None:
    kind, tried, refused = kind_of(row.name, row.arguments, row.named), 0, 0
    for item in row.items:
        for path in places(item):
            for new in (GONE, *KINDS):
                tried += 1
                try:
                    found = read_record(kind, changed(item, path, new), "list")
                except FieldInvalid as error:
                    refused += 1
                    assert str(error).startswith(("A ", "An ", "Text", "True", "Links", "Another", "The address"))
                    assert "tekst" not in str(error)
                else:
                    assert isinstance(found, kind)
                    assert repr(found)
    assert tried > len(KINDS)
    assert refused < tried
