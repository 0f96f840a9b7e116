"""Without an extra, what needs it says which one, and every other room works."""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import magister_connect
from magister_connect.codes import read_crebokoppeltabel, read_rio_codes, read_rio_links, read_rio_transitions
from magister_connect.core.extras import require_extra
from magister_connect.core.tables.text_tables import read_text_table
from magister_connect.crosswalk import ParameterTable, write_findings
from magister_connect.errors import UsageError
from magister_connect.identifiers import Crebo
from magister_connect.medius import Table
from tests.odd_values import file_of

SOURCE = str(Path(str(magister_connect.__file__)).parents[1])
NEEDS = [
    ("store", "sqlalchemy", "from magister_connect.store import Store"),
    ("store", "cryptography", "from magister_connect.store import Store"),
    ("store", "sqlalchemy", "from magister_connect.login.token_stores.sql import SqlTokenStore"),
    ("public-api", "oauthlib", "from magister_connect.public_api import PublicApiClient"),
    ("scim", "jwt", "from magister_connect.scim import ScimClient"),
    ("scim-receiver", "scim2_models", "from magister_connect.scim.receiver import EckIdReceiver"),
    ("sandbox", "starlette", "from magister_connect.sandbox import Sandbox"),
    ("frames", "polars", "from magister_connect.identifiers.frames import pgn_kind"),
    ("frames", "polars", "from magister_connect.crosswalk.frames import resolve_many"),
    ("frames", "polars", "from magister_connect import edexml; edexml.to_polars"),
    ("matching", "rapidfuzz", "from magister_connect.crosswalk import propose_matches; propose_matches([], [])"),
]
WITHOUT_EXTRAS = """
import sys
for name in ("sqlalchemy", "cryptography", "oauthlib", "jwt", "scim2_models", "starlette", "polars", "rapidfuzz"):
    sys.modules[name] = None
from magister_connect import crosswalk, edexml, identifiers, medius, nummervoorziening, results
"""


def run(code: str) -> str:
    """The last line that a script writes to stderr."""
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stderr.strip().rpartition("\n")[2]


@pytest.mark.parametrize(("extra", "module", "code"), NEEDS)
def test_what_is_missing_is_told_with_what_to_install(extra: str, module: str, code: str) -> None:
    told = run(f"import sys; sys.modules[{module!r}] = None; {code}")
    assert told.startswith(f"ModuleNotFoundError: This part of magister-connect needs {module}, ")
    assert told.endswith(
        f'Install it with: pip install "magister-connect[{extra}]" (in a checkout: pip install ".[{extra}]")'
    )


WORKBOOK = file_of("workbook", [["crebo", "nieuw"], ["25187", "25998"]])
READERS_OF_WORKBOOKS: dict[str, Callable[[], object]] = {
    "text": lambda: read_text_table(WORKBOOK),
    "table": lambda: Table.read(WORKBOOK),
    "parameters": lambda: ParameterTable.read(WORKBOOK, sheet="Sheet"),
    "findings in a workbook": lambda: write_findings(WORKBOOK, [], "/nowhere"),
    "findings in a new workbook": lambda: write_findings(b"crebo;x\n1;2\n", [], "/nowhere"),
    "crebokoppeltabel": lambda: read_crebokoppeltabel(WORKBOOK, old="crebo", new="nieuw", schooljaar="2025-2026"),
    "codes": lambda: read_rio_codes(WORKBOOK, Crebo),
    "links of codes": lambda: read_rio_links(WORKBOOK, Crebo, Crebo),
    "transitions": lambda: read_rio_transitions(WORKBOOK, old="crebo", new="nieuw", sort="x"),
}


@pytest.mark.parametrize("reader", READERS_OF_WORKBOOKS)
def test_a_reader_of_workbooks_names_the_extra_to_install(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        READERS_OF_WORKBOOKS[reader]()
    assert str(caught.value).endswith('"magister-connect[xlsx]" (in a checkout: pip install ".[xlsx]")')


def test_the_sheet_of_a_parameter_table_is_named() -> None:
    assert len(ParameterTable.read(WORKBOOK, sheet="Sheet")) == 1
    with pytest.raises(UsageError, match="Pass one of: Sheet"):
        ParameterTable.read(WORKBOOK, sheet="Blad1")


def test_rooms_without_an_extra_need_none() -> None:
    assert run(WITHOUT_EXTRAS) == ""


def test_what_is_there_is_not_asked_for() -> None:
    require_extra("any", "json", "attrs")


PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
# What each extra is for, done with nothing installed but what pip brings for it.
USED = {
    "": "from magister_connect import MediusClient, ResultsClient, edexml, crosswalk, nummervoorziening; MediusClient",
    "public-api": "from magister_connect.public_api import PublicApiClient; import magister_connect.login",
    "calendar": "from magister_connect.public_api.calendar import write_calendar; write_calendar([], now=None)",
    "scim": "from magister_connect.scim import ScimClient; from magister_connect.login import MagisterLogin",
    "scim-receiver": "from magister_connect.scim.receiver import EckIdReceiver; EckIdReceiver(bool)",
    "store": "from magister_connect.store import Store; Store('sqlite://').close()",
    "postgres": "from magister_connect.store import Store; Store('postgresql+psycopg://u@127.0.0.1/d').close()",
    "frames": "import magister_connect.identifiers.frames, magister_connect.crosswalk.frames",
    "xlsx": "import openpyxl; from magister_connect.core.tables.text_tables import read_text_table",
    "sandbox": "from magister_connect.sandbox import Sandbox; Sandbox(pupils=3, staff=1).close()",
    "warehouse": "import dlt, duckdb; from magister_connect.store import Store",
    "matching": "from magister_connect.crosswalk import propose_matches; propose_matches([], [])",
    "testing": "from magister_connect.testing import Script, plugin; Script().client()",
}
ALONE = """
import json, sys
hidden = frozenset(json.loads(sys.argv[1]))

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInstalled())
exec(sys.argv[2])
"""


def installed_with(extra: str) -> set[str]:
    """The distributions that pip brings for an extra of ours, by their canonical names."""
    waiting = [Requirement(text) for text in [*PROJECT["dependencies"], *EXTRAS.get(extra, ())]]
    found = dict[str, set[str]]()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        if name == canonicalize_name(PROJECT["name"]):
            waiting += [Requirement(text) for each in wanted.extras for text in EXTRAS[each]]
            continue
        if name in found and wanted.extras <= found[name]:
            continue
        found[name] = found.get(name, set()) | wanted.extras
        for text in metadata.requires(name) or ():
            needed = Requirement(text)
            contexts = [{"extra": each} for each in (*wanted.extras, "")]
            if needed.marker is None or any(needed.marker.evaluate(context) for context in contexts):
                needed.marker = None
                waiting.append(needed)
    return set(found)


def test_every_extra_is_used_below() -> None:
    assert USED.keys() - {""} == EXTRAS.keys() - {"all"}
    assert installed_with("all") == set().union(*map(installed_with, USED))


@pytest.mark.parametrize("extra", USED)
def test_each_extra_brings_what_it_is_for(extra: str) -> None:
    there = installed_with(extra)
    hidden = [
        module
        for module, owners in metadata.packages_distributions().items()
        if not {canonicalize_name(owner) for owner in owners} & {*there, canonicalize_name(PROJECT["name"])}
    ]
    assert {"hypothesis", "sphinx"} <= set(hidden)
    done = subprocess.run(
        [sys.executable, "-c", ALONE, json.dumps(hidden), USED[extra]],
        env={**os.environ, "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_what_everybody_installs_is_light() -> None:
    assert len(installed_with("")) < 40
    assert installed_with("") & {"polars", "sqlalchemy", "duckdb", "pytest", "starlette"} == set()
