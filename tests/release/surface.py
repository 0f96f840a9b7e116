"""The public surface: what users can name, with the arguments that it takes.

``python tests/release/surface.py`` writes it to ``surface.txt``. A line that goes or changes there breaks somebody's
code and belongs in the changelog; a line that comes is a promise.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import magister_connect
from magister_connect.core.drivers import ClientMethod

RECORD = Path(__file__).with_name("surface.txt")
INTERNAL = frozenset({"core", "version"})  # what the packages stand on; no user imports from there
HEADING = "# The public surface; `python tests/release/surface.py` writes it anew.\n"


def modules() -> Iterator[ModuleType]:
    """The package and its rooms: what a user imports from."""
    yield magister_connect
    for found in pkgutil.iter_modules(magister_connect.__path__):
        if found.name not in INTERNAL:
            yield importlib.import_module(f"magister_connect.{found.name}")


def public_names(module: ModuleType) -> list[str]:
    """What a module offers; one without ``__all__`` offers nothing."""
    return sorted(getattr(module, "__all__", ()))


def arguments(function: object) -> str:
    """Names, kinds and defaults of the parameters; types are the business of the typing tests."""
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]  # whatever cannot be called is refused
    except (TypeError, ValueError):
        return ""
    bare = [
        each.replace(annotation=inspect.Parameter.empty, default=_shown(each.default))
        for each in signature.parameters.values()
    ]
    return str(inspect.Signature(bare))


def _shown(default: Any) -> Any:
    simple = default is inspect.Parameter.empty or isinstance(default, str | int | float | bool | None | tuple)
    return default if simple and not isinstance(default, Enum) else ...


def members(kind: type) -> Iterator[str]:
    """Public attributes and methods of a class of ours, inherited ones of ours included."""
    if issubclass(kind, Enum):
        yield from (f"{each.name} = {each.value!r}" for each in kind)
    ours = [base for base in kind.__mro__ if base.__module__.startswith("magister_connect")]
    names = {name for base in ours for name in [*vars(base), *vars(base).get("__annotations__", {})]}
    for name in sorted(names):
        if not name.startswith("_") and not (issubclass(kind, Enum) and name in kind.__members__):
            yield f"{name}{_call(kind, inspect.getattr_static(kind, name, None))}"


def _call(kind: type, member: object) -> str:
    function = member.__get__(None, kind) if isinstance(member, ClientMethod) else getattr(member, "__func__", member)
    return arguments(function) if inspect.isfunction(function) else ""


def surface() -> list[str]:
    """One line for each public name and each public member."""
    return [line for module in modules() for name in public_names(module) for line in _lines(module, name)]


def _lines(module: ModuleType, name: str) -> Iterator[str]:
    path = f"{module.__name__}.{name}"
    if module is magister_connect:  # its names are the rooms, each of which has lines of its own
        yield path
        return
    value = getattr(module, name)
    if inspect.isclass(value) and value.__module__.startswith("magister_connect"):
        yield f"{path}{arguments(value)}" if not issubclass(value, Enum) else path
        yield from (f"{path}.{member}" for member in members(value))
    else:
        yield f"{path}{arguments(value)}" if inspect.isfunction(value) else path


def text() -> str:
    """The whole record."""
    return HEADING + "".join(f"{line}\n" for line in surface())


if __name__ == "__main__":
    RECORD.write_text(text(), encoding="utf-8")
