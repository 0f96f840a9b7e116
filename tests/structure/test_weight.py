"""What an import loads: the package itself next to nothing, and a room no library that is another room's."""

import json
import subprocess
import sys
from importlib.util import find_spec

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
LIST_LOADED = "import importlib, json, sys; importlib.import_module(sys.argv[1]); print(json.dumps(list(sys.modules)))"


@pytest.mark.parametrize("module", MAY_LOAD)
def test_an_import_loads_no_heavy_library(module: str) -> None:
    if find_spec("magister_connect") is None or find_spec(module) is None:
        pytest.skip(f"{module} does not exist yet")
    done = subprocess.run([sys.executable, "-c", LIST_LOADED, module], capture_output=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert loaded & (HEAVY - MAY_LOAD[module]) == set()
