"""What an import loads: the package itself next to nothing, and a room no library that is another room's."""

import json
import subprocess
import sys

import pytest

HEAVY = frozenset(
    {
        "anyio",
        "cattrs",
        "cryptography",
        "dateutil",
        "httpx",
        "httpx2",
        "jwt",
        "lxml",
        "oauthlib",
        "pandas",
        "polars",
        "pydantic",
    }
    | {"rapidfuzz", "requests", "scim2_models", "sqlalchemy", "stamina", "starlette", "uvicorn", "zeep"}
)
MAY_LOAD = {
    "magister_connect": frozenset[str](),
    "magister_connect.errors": frozenset[str](),
    "magister_connect.identifiers": frozenset[str](),
    "magister_connect.crosswalk": frozenset[str](),
    "magister_connect.edexml": frozenset({"lxml"}),
    "magister_connect.core.soap": frozenset({"lxml"}),
    "magister_connect.store": frozenset({"sqlalchemy", "cryptography"}),
}
LIST_LOADED = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(list(sys.modules)))
"""


def loaded_by(*modules: str) -> set[str]:
    """What a fresh process has loaded after importing these modules."""
    done = subprocess.run([sys.executable, "-c", LIST_LOADED, *modules], capture_output=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", MAY_LOAD)
def test_an_import_loads_no_heavy_library(module: str) -> None:
    assert {name.split(".")[0] for name in loaded_by(module)} & (HEAVY - MAY_LOAD[module]) == set()


CLIENTS = (
    *("AsyncMediusClient", "AsyncPublicApiClient", "AsyncResultsClient", "AsyncScimClient", "MediusClient"),
    *("PublicApiClient", "ResultsClient", "ScimClient", "Store"),
)
OF_THE_INTERPRETER = {"_distutils_hack", "_virtualenv", "sitecustomize", "usercustomize"}
LIST_LOADED_WITH = "import json, sys\nfrom magister_connect import {}\nprint(json.dumps(list(sys.modules)))"


@pytest.mark.parametrize("name", CLIENTS)
def test_importing_a_client_loads_its_declaration_and_no_library(name: str) -> None:
    """Records, operations, drivers and the libraries below them are loaded when a client is made, or a call needs them.

    Building the classes of the records alone takes longer than importing httpx. A name that a declaration needs only
    for type checkers stands under ``TYPE_CHECKING``, and what its methods use is a ``LateModule``.
    """
    command = [sys.executable, "-c", LIST_LOADED_WITH.format(name)]
    loaded = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    ours = [each for each in loaded if each.split(".")[0] == "magister_connect"]
    others = {each.split(".")[0] for each in loaded} - set(sys.stdlib_module_names) - OF_THE_INTERPRETER
    assert others <= {"__main__", "magister_connect", "lazy_loader"}
    assert len(ours) <= 15, ours


def test_the_plugin_loads_nothing_of_the_package_before_a_fixture_is_used() -> None:
    """pytest loads it in every suite of an environment in which the package is installed."""
    plugin = "magister_connect.testing.plugin"
    ours = {name for name in loaded_by(plugin) if name.startswith("magister_connect")}
    assert ours == {"magister_connect", "magister_connect.version", "magister_connect.testing", plugin}
    assert loaded_by(plugin) - loaded_by("pytest", "lazy_loader", "logging", "__future__") == ours
