"""Each client exists twice, sync and async; a user who knows one knows the other."""

import importlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from magister_connect.core.drivers import AsyncClient, ClientMethod, SyncClient

SOURCE = Path(__file__).parents[2] / "src"
CLIENTS = sorted((SOURCE / "magister_connect").rglob("client.py"))
# The same thing under the name that its protocol gives it.
AWAITING_NAMES = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__", "__iter__": "__aiter__"}
SPECIAL = frozenset({"__init__", *AWAITING_NAMES, *AWAITING_NAMES.values()})


def public_members(kind: type) -> dict[str, Any]:
    """Methods, properties and class methods that a user can call, also inherited from our own base classes."""
    ours = [base for base in kind.__mro__ if base.__module__.startswith("magister_connect")]
    members = {
        name: getattr(kind, name) if isinstance(value, ClientMethod) else value
        for base in reversed(ours)
        for name, value in vars(base).items()
    }
    return {
        name: value
        for name, value in members.items()
        if (not name.startswith("_") or name in SPECIAL) and (callable(value) or hasattr(value, "__get__"))
    }


def function_of(member: Any) -> Any:
    return getattr(member, "fget", None) or getattr(member, "__func__", None) or member


def shape(member: Any) -> list[tuple[str, Any, Any]]:
    """Parameters: name, kind and default. Annotations may differ: each takes a client of its own kind."""
    function = function_of(member)
    if not inspect.isfunction(function):
        return []
    return [(each.name, each.kind, each.default) for each in inspect.signature(function).parameters.values()]


def parameters_of(kind: type) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(kind).parameters


def pairs() -> Iterator[tuple[type, type | None]]:
    for path in CLIENTS:
        module = importlib.import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts))
        kinds = {
            name: kind
            for name, kind in vars(module).items()
            if inspect.isclass(kind) and kind.__module__ == module.__name__
        }
        for name, kind in kinds.items():
            if not name.startswith(("Async", "_")) and (name.endswith("Client") or f"Async{name}" in kinds):
                yield kind, kinds.get(f"Async{name}")


PAIRS = [pytest.param(*pair, id=pair[0].__name__) for pair in pairs()]


@pytest.mark.parametrize(("blocking", "awaiting"), PAIRS)
def test_both_clients_have_the_same_methods(blocking: type, awaiting: type | None) -> None:
    assert awaiting is not None, f"Async{blocking.__name__} is missing"
    expected = {AWAITING_NAMES.get(name, name) for name in public_members(blocking)}
    assert set(public_members(awaiting)) == expected


@pytest.mark.parametrize(("blocking", "awaiting"), PAIRS)
def test_both_clients_take_the_same_arguments_and_say_the_same(blocking: type, awaiting: type | None) -> None:
    twins = public_members(awaiting) if awaiting else {}
    different = [
        name
        for name, member in public_members(blocking).items()
        if name != "__exit__" and (twin := twins.get(AWAITING_NAMES.get(name, name))) is not None
        if shape(member) != shape(twin) or inspect.getdoc(function_of(member)) != inspect.getdoc(function_of(twin))
    ]
    assert not different


CLIENTS_OF_USERS = [
    pytest.param(kind, id=kind.__name__)
    for pair in pairs()
    for kind in pair
    if kind is not None and issubclass(kind, SyncClient | AsyncClient) and "http" in parameters_of(kind)
]


@pytest.mark.parametrize("client", CLIENTS_OF_USERS)
def test_every_client_takes_the_same_for_its_driver(client: type) -> None:
    given = {name: parameter.default for name, parameter in parameters_of(client).items()}
    wanted = ("http", "timeouts", "retries", "clock", "driver")
    assert {name: given.get(name, "missing") for name in wanted} == dict.fromkeys(wanted)


def test_the_clients_of_all_services_are_among_them() -> None:
    rooms = ("Medius", "Results", "PublicApi", "Scim", "Nummervoorziening", "Uwlr", "Codes")
    names = ("MagisterLogin", *(f"{room}Client" for room in rooms))
    assert {each.id for each in CLIENTS_OF_USERS} == {*names, *(f"Async{name}" for name in names)}
