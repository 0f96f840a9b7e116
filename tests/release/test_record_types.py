"""Every public record type pickles, copies, and becomes plain data that read back; nobody shows unless revealed."""

import copy
import datetime as dt
import enum
import importlib
import inspect
import json
import pickle
import pkgutil
import types
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest

import magister_connect
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.personal import identifies
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
from magister_connect.identifiers import Bsn, Identifier, Stamnummer
from magister_connect.medius import Records, Student
from tests.core.test_reprs import PRINTERS

SKIPPED = frozenset({"sandbox", "testing"})
NAME = "Zwanenburg"


def modules() -> Iterator[types.ModuleType]:
    for found in pkgutil.walk_packages(magister_connect.__path__, "magister_connect."):
        if found.name.split(".")[1] in SKIPPED or found.name.endswith("__main__"):
            continue
        try:
            yield importlib.import_module(found.name)
        except ModuleNotFoundError:  # an extra that is not installed
            continue


def record_types() -> list[type[Any]]:
    found = {
        kind
        for module in modules()
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, PlainData) and attrs.has(kind)
        if kind.__module__ == module.__name__ and not kind.__name__.startswith("_")
    }
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


TYPES = record_types()


PLAIN: dict[Any, Any] = {
    str: NAME,
    int: 7,
    float: 0.5,
    bool: True,
    bytes: b"\x00",
    Decimal: Decimal("7.5"),
    dt.date: dt.date(2025, 8, 1),
    dt.datetime: dt.datetime(2025, 8, 1, 8, tzinfo=dt.UTC),
    dt.time: dt.time(8, 30),
    dt.timedelta: dt.timedelta(minutes=5),
    Secret: Secret(NAME),
    Identifier: Stamnummer("51155", scope="99ZZ"),
    object: {"a": [1, None]},
}
KNOWN: dict[str, Any] = {  # values that have to be of a list, of a form, or in a range
    "DataRequest.schooljaar": "2025-2026",
    "Finding.code": "X00",
    "Anderresultaat.type": "{urn:example}type",
    "Normkleur.transparantie": Decimal("0.50"),
    "Resultaat.afwijkende_score": None,
    "Resultaat.score": 7,
    "SchoolReference.brincode": "99ZZ",
    "SchoolReference.dependancecode": None,
    "SchoolReference.schoolkey": None,
    "ResultsSchool.brincode": "99ZZ",
    "ResultsSchool.dependancecode": None,
    "ResultsSchool.schoolkey": None,
    "PersonResult.records": Records([Student("51155", roepnaam=NAME)]),
    "PersonResult.failure": None,  # errors are compared by identity
}
SEQUENCES = (tuple, list, Sequence, Iterable, Collection)


def sample(hint: Any, depth: int = 0) -> Any:
    """A value of an annotated type; texts hold a name that must not show."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        inner = next(each for each in arguments if each is not type(None))
        return None if type(None) in arguments and depth else sample(inner, depth + 1)
    if origin in SEQUENCES:
        fixed = origin is tuple and Ellipsis not in arguments
        return tuple(sample(each, depth + 1) for each in (arguments if fixed else arguments[:1]))
    if inspect.isclass(origin) and attrs.has(origin):
        return made(origin, depth + 1)
    if isinstance(hint, typing.TypeVar):
        hint = Student
    if hint in PLAIN:
        return PLAIN[hint]
    if origin is Mapping:
        return FrozenDict()
    return sample_of_class(hint, depth) if inspect.isclass(hint) else _unknown(hint)


def sample_of_class(kind: type[Any], depth: int) -> Any:
    if kind is Student:
        return Student("51155", roepnaam=NAME)
    if issubclass(kind, enum.Enum):
        return next(iter(kind))
    if issubclass(kind, Identifier):
        return Bsn("111222333")
    return made(kind, depth + 1) if attrs.has(kind) else _unknown(kind)


def _unknown(hint: object) -> Any:
    raise LookupError(f"no sample of {hint}")


def made(kind: type[Any], depth: int = 0) -> Any:
    """A record with a value in each field that must have one, and in each text that may."""
    hints = typing.get_type_hints(kind)
    given: dict[str, Any] = {}
    for each in attrs.fields(kind):
        if (name := f"{kind.__name__}.{each.name}") in KNOWN:
            given[each.name] = KNOWN[name]
            continue
        if not each.init or (each.default is not attrs.NOTHING and (depth or hints[each.name] is not str)):
            continue
        given[each.alias or each.name] = sample(hints[each.name], depth)
    return kind(**given)


def test_there_are_record_types_of_every_service() -> None:
    services = {kind.__module__.split(".")[1] for kind in TYPES}
    assert {"medius", "edexml", "public_api", "scim", "crosswalk", "results"} <= services


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: f"{kind.__module__[17:]}.{kind.__name__}")
def test_a_record_pickles_copies_and_becomes_plain_data(kind: type[Any]) -> None:
    record = made(kind)
    secrets = {each.name for each in attrs.fields(kind) if isinstance(getattr(record, each.name), Secret)}
    plain = record.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    personal = [name for name in ("achternaam", "roepnaam", "stamnummer", "email", "bsn") if hasattr(record, name)]
    assert [name for name in personal if NAME in str(plain.get(name))] == []
    assert copy.deepcopy(record) == record
    held = [Student] * len(getattr(kind, "__parameters__", ()))
    if held:
        with pytest.raises(UsageError, match=r"from_dict.*Student"):
            kind.from_dict(plain)
    assert kind.from_dict(json.loads(record.to_json(reveal=True)), *held) == record
    if not secrets:
        assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301 - our own bytes


OF_THINGS = {  # names and numbers of files, functions, schools, batches and tests
    *("codes.sources.CodeFile", "codes.sources.ManifestEntry", "login.tenants.School", "medius.answers.CallResult"),
    *("nummervoorziening.records.Batch", "nummervoorziening.records.Chain", "nummervoorziening.records.Sector"),
    *("results.records.Connection", "results.records.Result", "uwlr.nightly.Pulled", "uwlr.profiles.Profile"),
    *("uwlr.vocabularies.Term", "uwlr.vocabularies.Vocabulary"),
}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: f"{kind.__module__[17:]}.{kind.__name__}")
def test_no_tool_that_prints_a_record_shows_who_it_is_about(kind: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLAIN, str, "x")
    record = copy.copy(made(kind))
    if f"{kind.__module__[17:]}.{kind.__name__}" in OF_THINGS:
        return
    filled = [each.name for each in attrs.fields(kind) if identifies(each.name) and getattr(record, each.name) == "x"]
    for name in filled:
        object.__setattr__(record, name, NAME)
    printed = {getattr(printer, "__name__", "printer"): printer(record) for printer in PRINTERS}  # type: ignore[operator]  # all are
    assert {name: text for name, text in printed.items() if NAME in text} == {}
