"""Modules that are imported when something of them is first used.

A client has many methods, and a program calls a few of them. So the module of a client imports what its declaration
needs, and names the rest twice: for type checkers, and for the running program::

    if TYPE_CHECKING:
        from magister_connect.medius import operations
    else:
        operations = LateModule("magister_connect.medius.operations")

Names in annotations alone are imported for type checkers alone. ``tests/structure/test_weight.py`` counts what an
import loads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


class LateModule:
    """Stands for a module inside functions: each name is looked up in the module at the moment of its use."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # tools that look through a module ask for these
            raise AttributeError(name)
        return getattr(import_module(self._name), name)


class LateOperation:
    """Stands for a function where a class is declared with it; ``find`` returns the function itself."""

    def __init__(self, find: Callable[[], object]) -> None:
        self._find = find

    @cached_property
    def found(self) -> Callable[..., object]:
        """The function itself."""
        found = self._find()
        if not callable(found):
            raise TypeError(f"{found!r} is no operation")
        return found

    def __getattr__(self, name: str) -> LateOperation:
        """What the object has under this name, which is not looked up yet either."""
        if name.startswith("__"):
            raise AttributeError(name)
        return LateOperation(lambda: getattr(self._find(), name))

    def __call__(self, *args: object, **kwargs: object) -> object:
        """What the function returns."""
        __tracebackhide__ = True
        return self.found(*args, **kwargs)


class LateOperations:
    """Stands for a module where a class is declared with its functions: nothing is looked up before they are used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> LateOperation:
        if name.startswith("__"):
            raise AttributeError(name)
        return LateOperation(lambda: getattr(import_module(self._name), name))


def find_operation(operation: Callable[P, T]) -> Callable[P, T]:
    """The function itself, also where something stands for it."""
    return cast("Callable[P, T]", operation.found) if isinstance(operation, LateOperation) else operation
