"""The public surface is what the record says, and everything in it is documented."""

import difflib
import importlib.util
import inspect
from collections.abc import Iterator
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
