"""The public surface is what the record says, and everything in it is documented."""

import datetime as dt
import difflib
import importlib.util
import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType

import pytest


def load_surface() -> ModuleType:
    specification = importlib.util.spec_from_file_location("surface", Path(__file__).with_name("surface.py"))
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


SURFACE = load_surface()
MODULES: list[ModuleType] = list(SURFACE.modules())
LONGEST_DEFAULT = 40  # characters
LONGEST_LITERAL = 90


def functions_of(kind: type) -> Iterator[tuple[str, object]]:
    """Public methods and properties that a class of ours defines or inherits from one of ours."""
    ours = [base for base in kind.__mro__ if base.__module__.startswith("magister_connect")]
    for base in ours:
        for name, member in vars(base).items():
            function = getattr(member, "__func__", getattr(member, "fget", member))
            if not name.startswith("_") and inspect.isfunction(function):
                yield name, inspect.getdoc(getattr(kind, name))


def undocumented(module: ModuleType) -> Iterator[str]:
    for name in SURFACE.public_names(module):
        value = getattr(module, name)
        if inspect.isfunction(value) and not inspect.getdoc(value):
            yield name
        if inspect.isclass(value) and value.__module__.startswith("magister_connect"):
            yield from [name] if not value.__doc__ else []
            yield from (f"{name}.{member}" for member, text in functions_of(value) if not text)


def callables() -> Iterator[tuple[str, Callable[..., object]]]:
    """Each public function, class and method, under the name that a user gives to ``help``."""
    for module in MODULES:
        for name in SURFACE.public_names(module):
            value, path = getattr(module, name), f"{module.__name__}.{name}"
            if inspect.isfunction(value) or (
                inspect.isclass(value) and value.__module__.startswith("magister_connect")
            ):
                yield path, value
            if inspect.isclass(value):
                methods = (each for each in functions_of(value) if callable(getattr(value, each[0])))
                yield from ((f"{path}.{method}", getattr(value, method)) for method, _ in methods)


def signature_of(value: Callable[..., object]) -> inspect.Signature:
    try:
        return inspect.signature(value)
    except ValueError:  # made by the interpreter: it has none
        return inspect.Signature()


def too_long(default: object) -> bool:
    """Whether a default hides the other parameters: literals may fill a line, what has a name counts by its name."""
    if isinstance(default, Enum) or inspect.isroutine(default) or inspect.isclass(default):
        return False
    literal = isinstance(default, str | int | float | tuple | frozenset | dt.datetime | None)
    return len(repr(default)) > (LONGEST_LITERAL if literal else LONGEST_DEFAULT)


def long_defaults(path: str, value: Callable[..., object]) -> Iterator[str]:
    for each in signature_of(value).parameters.values():
        if each.default is not each.empty and too_long(each.default):
            yield f"{path}({each.name}={repr(each.default)[:LONGEST_DEFAULT]}...)"


def test_every_signature_can_be_read() -> None:
    """A default that prints itself at length hides the parameters: give it a short repr, or a name."""
    assert [text for path, value in callables() for text in long_defaults(path, value)] == []


def test_a_long_default_is_found() -> None:
    def function(short: int = 1, named: object = print, *, long: object = tuple(range(100))) -> None:
        raise NotImplementedError

    assert [text.partition("=")[0] for text in long_defaults("function", function)] == ["function(long"]


def test_the_public_surface_is_what_the_record_says() -> None:
    recorded, found = SURFACE.RECORD.read_text(encoding="utf-8"), SURFACE.text()
    change = "\n".join(
        difflib.unified_diff(recorded.splitlines(), found.splitlines(), "recorded", "found", lineterm="")
    )
    assert recorded == found, (
        f"run `python {SURFACE.RECORD.with_suffix('.py').name}`, and tell it in CHANGELOG.md:\n{change}"
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_is_documented(module: ModuleType) -> None:
    assert module.__doc__
    assert list(undocumented(module)) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_room_says_what_it_offers(module: ModuleType) -> None:
    assert SURFACE.public_names(module)
    missing = [name for name in SURFACE.public_names(module) if not hasattr(module, name)]
    assert missing == []
