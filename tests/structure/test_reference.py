"""The generated reference: one page a module, and each name described once."""

import re
from types import ModuleType

import pytest

from docs.gathering import PACKAGE, modules, public_names, reference_page

MODULES = modules()
PAGES = {module.__name__: reference_page(module) for module in MODULES}
DESCRIBED = re.compile(r"^\.\. (?:autoclass|autoexception|autofunction|py:data):: (\S+)$", re.MULTILINE)
ASYNC = "   The async form of :class:`MediusClient <magister_connect.medius.MediusClient>`, with the same methods.\n\n"


def test_every_module_that_users_import_has_a_page() -> None:
    wanted = {
        *("codes", "crosswalk", "edexml", "errors", "identifiers", "login", "medius", "nummervoorziening"),
        *("public_api", "results", "sandbox", "scim", "store", "testing"),
        *("core.drivers", "core.flow", "core.secrets"),
    }
    assert {PACKAGE, *(f"{PACKAGE}.{name}" for name in wanted)} <= set(PAGES)


def test_every_public_name_is_described_once() -> None:
    described = [path for page in PAGES.values() for path in DESCRIBED.findall(page)]
    assert sorted(set(described)) == sorted(described)
    values = {id(getattr(module, name)) for module in MODULES for name in public_names(module)}
    missing = values - {id(value_of(path)) for path in described}
    assert [name for module in MODULES for name in public_names(module) if id(getattr(module, name)) in missing] == []


@pytest.mark.parametrize("name", ["Timeouts", "RetryPolicy", "Pace", "Secret"])
def test_settings_are_described_where_users_import_them(name: str) -> None:
    assert f"{PACKAGE}.{name}" in DESCRIBED.findall(PAGES[PACKAGE])


def test_the_async_client_refers_to_the_sync_one() -> None:
    (block,) = (each for each in PAGES[f"{PACKAGE}.medius"].split(".. auto") if each.endswith(ASYNC))
    assert block == f"class:: magister_connect.medius.AsyncMediusClient\n\n{ASYNC}"


def value_of(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(module_of(module), name)


def module_of(name: str) -> ModuleType:
    return next(module for module in MODULES if module.__name__ == name)
