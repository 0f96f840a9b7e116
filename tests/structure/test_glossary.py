"""The glossary explains every Dutch word of which the names of the supplier's fields are made."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import magister_connect

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
ROOMS_OF_RECORDS = re.compile(
    r"magister_connect\.(?:(?:medius|edexml)(?:\.\w+)*\.records|edexml\.model\.blocks|medius\.employees"
    r"|public_api\.(?!exchange|client)\w+)"
)
# English that the supplier itself uses, and words that are the same in both languages.
ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "access account allowed api attachment blob cluster code codes comment contact content core count"
        " database date deposit description details ean end extra feedback file first group href id ids image info"
        " interval items key label last links location locations lock locker loginaccount mail mandatory max"
        " maximum min minimum modified module name number online order parent participants period person preview"
        " privilege product release remark rent rental schema school slot softtoken start state status student"
        " study subjects subtype time title topic total type unique unit uri url uu xsi",
    )
)


def explained() -> frozenset[str]:
    """The words in the first column of each table of the glossary."""
    rows = (line.split("|")[1] for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("| "))
    return frozenset(word for row in rows for word in re.findall(r"\w+", row.lower()))


def records() -> Iterator[type]:
    """The record classes that hold what a service of the supplier says."""
    for found in pkgutil.walk_packages(magister_connect.__path__, "magister_connect."):
        if ROOMS_OF_RECORDS.fullmatch(found.name):
            yield from (
                kind
                for kind in vars(importlib.import_module(found.name)).values()
                if isinstance(kind, type) and attrs.has(kind) and kind.__module__ == found.name
            )


RECORDS = sorted(set(records()), key=lambda kind: (kind.__module__, kind.__qualname__))


def words_of(kind: type) -> frozenset[str]:
    """The words in the names of the fields of a record, without the digits behind them."""
    names = (each.name for each in attrs.fields(kind))
    return frozenset(word.strip("0123456789") for name in names for word in name.split("_")) - {""}


def test_the_records_of_each_room_are_looked_at() -> None:
    assert {kind.__module__.split(".")[1] for kind in RECORDS} == {"medius", "edexml", "public_api"}


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: f"{kind.__module__.split('.', 1)[1]}.{kind.__qualname__}")
def test_each_word_of_a_field_is_explained(kind: type) -> None:
    told = frozenset(re.findall(r"\w+", (kind.__doc__ or "").lower()))
    assert words_of(kind) - explained() - told - ENGLISH == frozenset()


def test_no_word_is_called_english_in_vain() -> None:
    used = frozenset(word for kind in RECORDS for word in words_of(kind))
    assert ENGLISH - used == frozenset()
