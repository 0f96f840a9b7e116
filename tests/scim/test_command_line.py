"""The simulated accounts and the receiver through scim2-cli, a command-line client that others wrote."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.serving import serve
from magister_connect.scim.receiver import EckIdReceiver

COMMAND = Path(sys.executable).with_name("scim2")


def run(url: str, token: str, *arguments: str) -> str:
    if not COMMAND.exists():
        pytest.skip("scim2-cli is not installed")
    environment = {**os.environ, "SCIM_CLI_URL": url, "SCIM_CLI_HEADERS": f"Authorization: Bearer {token}"}
    done = subprocess.run(
        [COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=5, staff=15) as school:
        yield school


def test_accounts_are_queried_and_changed(school: Sandbox) -> None:
    token = school.accounts.scim_token
    pupil = next(iter(school.school.leerlingen.values()))
    named = f'userName eq "{pupil.loginnaam}"'
    (found,) = json.loads(run(school.scim_url, token, "query", "user", "--filter", named))["Resources"]
    assert found["userName"] == pupil.loginnaam
    changed = json.loads(run(school.scim_url, token, "modify", "user", found["id"], "replace", "userName", "nieuw"))
    assert (changed["id"], changed["userName"]) == (found["id"], "nieuw")


def test_the_receiver_passes_its_compliance_check() -> None:
    with serve(EckIdReceiver(lambda header: header == "Bearer t", check_eck_id=False)) as served:
        told = run(served.url, "t", "test")
    assert "ERROR" not in told
    assert told.count("SUCCESS") > 10
