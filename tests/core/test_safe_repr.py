"""An object whose constructor failed stands in a traceback, and tools that print variables ask for its repr."""

import importlib
import inspect
import pkgutil
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import magister_connect
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.crosswalk import Crosswalk, ParameterTable
from magister_connect.errors import MagisterConnectError
from magister_connect.medius import MediusClient, Table
from magister_connect.nummervoorziening import NummervoorzieningClient
from magister_connect.scim import ScimClient
from magister_connect.store import Store
from magister_connect.uwlr import UwlrClient


def classes() -> Iterator[type]:
    """Every class of the library, those of simulated services among them."""
    for found in pkgutil.walk_packages(magister_connect.__path__, "magister_connect."):
        if "__main__" in found.name:
            continue
        module = importlib.import_module(found.name)
        yield from (each for each in vars(module).values() if getattr(each, "__module__", "") == module.__name__)


def can_fail(kind: type) -> bool:
    """Whether the constructor runs code that may raise when some fields are not set yet."""
    fields = getattr(kind, "__attrs_attrs__", None)
    if fields is None:
        return any("__init__" in vars(each) for each in kind.__mro__ if each.__module__.startswith("magister_connect"))
    return hasattr(kind, "__attrs_post_init__") or any(each.converter or each.validator for each in fields)


def names_of_broken() -> list[str]:
    broken = []
    for kind in filter(inspect.isclass, classes()):
        if inspect.isabstract(kind) or issubclass(kind, BaseException) or not can_fail(kind):
            continue
        try:
            repr(kind.__new__(kind))
        except Exception as error:  # noqa: BLE001 - which one does not matter
            broken.append(f"{kind.__module__}.{kind.__qualname__}: {error}")
    return broken


def test_every_object_has_a_repr_before_its_fields_are_set() -> None:
    assert names_of_broken() == []


def test_a_repr_of_ones_own_is_kept_and_reached_through_derived_classes() -> None:
    class Made(SafeRepr):
        name: str

        def __repr__(self) -> str:
            return f"<Made {self.name}>"

    class Derived(Made):
        def __repr__(self) -> str:
            return f"{super().__repr__()} twice"

    assert (repr(Made()), repr(Derived())) == ("<Made>", "<Derived> twice")
    made = Derived()
    made.name = "x"
    assert repr(made) == "<Made x> twice"


LINK: Any = "no link"
FAILING: dict[str, Callable[[], object]] = {
    "crosswalk": lambda: Crosswalk([LINK]),
    "parameter table": lambda: ParameterTable.read(b"crebo;x\n25187;a\n25187;b\n"),
    "table": lambda: Table.read(b"a;b\n1\n"),
    "medius": lambda: MediusClient("nowhere", username="u", password="p"),
    "uwlr": lambda: UwlrClient("nowhere", "n", "c", "k", on_unreadable=LINK),
    "nummervoorziening": lambda: NummervoorzieningClient("nowhere", oin="x"),
    "scim": lambda: ScimClient("nowhere", tokens=LINK),
    "store": lambda: Store("nothing://x"),
}


@pytest.mark.parametrize("what", FAILING)
def test_a_constructor_that_fails_is_told_with_its_variables(what: str) -> None:
    with pytest.raises((MagisterConnectError, TypeError)) as caught:
        FAILING[what]()
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = [text for frame in told.stack for text in (frame.locals or {}).values()]
    assert shown
    assert not [text for text in shown if "repr() failed" in text]
