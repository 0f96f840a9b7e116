"""Modules that are imported on first use.

A client has many methods, and a program calls a few of them. So the module of a client only imports what its
declaration needs. It declares the other modules twice: for type checkers, and for the running program::

    if TYPE_CHECKING:
        from magister_connect.medius import operations
    else:
        operations = LateModule("magister_connect.medius.operations")

Names that only occur in annotations are imported for type checkers only, and for tools that read annotations
(:class:`AnnotatedFunction`). ``tests/structure/test_weight.py`` checks what an import loads.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from inspect import getsource, unwrap
from types import MappingProxyType
from typing import Final, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")
_IMPORTED: Final = "__annotations_imported__"


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


class AnnotatedFunction:
    """Stands between a function and its wrapper, as ``__wrapped__`` of the wrapper.

    Tools that read annotations, such as ``typing.get_type_hints``, follow ``__wrapped__`` to the function and look the
    names up in its module. So this is the moment to import the names that the module has for type checkers only.
    ``also`` are further names for that module.
    """

    def __init__(self, function: Callable[..., object], also: Mapping[str, object] = MappingProxyType({})) -> None:
        self._function = function
        self._also = also

    @property
    def __wrapped__(self) -> Callable[..., object]:
        """The function."""
        names = globals_of(unwrap(self._function))
        import_annotations(names)
        for name, value in self._also.items():
            names.setdefault(name, value)
        return self._function


def globals_of(function: Callable[..., object]) -> dict[str, object]:
    """Return the global names of the module of a function."""
    return getattr(function, "__globals__", {})


def import_annotations(names: dict[str, object]) -> None:
    """Import what the module with these global names imports under ``if TYPE_CHECKING:``.

    A name that the running module has already stays as it is. A library that is not installed is left out.
    """
    if _IMPORTED in names:
        return
    names[_IMPORTED] = True
    import ast

    with suppress(OSError, TypeError):  # a package without its source
        for block in ast.parse(getsource(sys.modules[str(names["__name__"])])).body:
            if not isinstance(block, ast.If) or ast.unparse(block.test) != "TYPE_CHECKING":
                continue
            for each in block.body:
                if isinstance(each, (ast.Import, ast.ImportFrom)):
                    module = each.module if isinstance(each, ast.ImportFrom) else None
                    for alias in each.names:
                        with suppress(ImportError):
                            names.setdefault(alias.asname or alias.name, _found(module, alias.name))


def _found(module: str | None, name: str) -> object:
    """Return what ``from module import name`` or ``import name`` returns."""
    if module is None:
        return import_module(name)
    try:
        return getattr(import_module(module), name)
    except AttributeError:
        return import_module(f"{module}.{name}")
