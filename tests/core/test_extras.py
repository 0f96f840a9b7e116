"""Without an extra, what needs it says which one, and every other room works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import magister_connect
from magister_connect.core.extras import require_extra

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
    assert told.endswith(f'Install it with: pip install "magister-connect[{extra}]"')


def test_rooms_without_an_extra_need_none() -> None:
    assert run(WITHOUT_EXTRAS) == ""


def test_what_is_there_is_not_asked_for() -> None:
    require_extra("any", "json", "attrs")
