"""Modules that are imported on first use.

A client has many methods, and a program calls a few of them. So the module of a client only imports what its
declaration needs. It declares the other modules twice: for type checkers, and for the running program::

    if TYPE_CHECKING:
        from magister_connect.medius import operations
    else:
        operations = LateModule("magister_connect.medius.operations")

Names that only occur in annotations are imported for type checkers only. ``tests/structure/test_weight.py`` checks what
an import loads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


class LateModule:
    """Stands in for a module inside functions. Each name is looked up when it is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # tools that inspect a module read these
            raise AttributeError(name)
        return getattr(import_module(self._name), name)


class LateOperation:
    """Stands in for a function in the declaration of a class. ``find`` returns the function itself."""

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
        """Return a stand-in for an attribute of the object, without looking it up."""
        if name.startswith("__"):
            raise AttributeError(name)
        return LateOperation(lambda: getattr(self._find(), name))

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Call the function."""
        __tracebackhide__ = True
        return self.found(*args, **kwargs)


class LateOperations:
    """Stands in for a module in the declaration of a class. Its functions are looked up when they are used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> LateOperation:
        if name.startswith("__"):
            raise AttributeError(name)
        return LateOperation(lambda: getattr(import_module(self._name), name))


def find_operation(operation: Callable[P, T]) -> Callable[P, T]:
    """Return the function itself, also for a stand-in."""
    return cast("Callable[P, T]", operation.found) if isinstance(operation, LateOperation) else operation
