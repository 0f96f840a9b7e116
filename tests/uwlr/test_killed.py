"""Killed by SIGKILL at any moment: the next night ends with the school as it is, and with every result once.

Every moment passes with ``MAGISTER_CONNECT_ALL_MOMENTS=1``; a few of them that lie evenly without.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from magister_connect import edexml
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store
from magister_connect.uwlr import PupilData
from tests.store.databases import Addresses
from tests.uwlr.test_las import YEAR, of_school

Order = Callable[..., dict[str, Any]]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by a signal of Unix")
SOME = 3
KEY = Store.generate_key().reveal()


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=8, staff=4) as school:
        yield school


@pytest.fixture(scope="module")
def order(school: Sandbox) -> Iterator[Order]:
    """A process without threads, in which runs are forked off and killed."""
    command, root = [sys.executable, "-m", "tests.uwlr.killer"], Path(__file__).parents[2]
    accounts = school.accounts
    client = {
        "endpoint": school.uwlr_url,
        "klantnaam": accounts.uwlr_klantnaam,
        "klantcode": accounts.uwlr_klantcode,
        "autorisatiesleutel": dict(school.uwlr.keys),
        "results_endpoint": school.uwlr_url,
    }
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def send(database: str, moments: int | None = None, **more: Any) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            told = {"client": client, "database": database, "key": KEY, "moments": moments, **more}
            process.stdin.write(json.dumps([{**told, "moment": school.clock().isoformat()}]) + "\n")
            process.stdin.flush()
            answer: list[dict[str, Any]] = json.loads(process.stdout.readline())
            return answer[0]

        yield send
        process.stdin.close()


def moments(whole: int) -> list[int]:
    """The moments at which a run is killed that has ``whole`` of them: all, or some that lie evenly."""
    return list(range(whole) if os.environ.get("MAGISTER_CONNECT_ALL_MOMENTS") else range(1, whole, whole // SOME))


def test_a_night_that_is_killed_at_any_moment_is_done_again(
    school: Sandbox, order: Order, new_address: Addresses, tmp_path: Path
) -> None:
    database, platform, brin = new_address(), tmp_path / "platform.json", school.school.brin
    told: dict[str, Any] = {"school": [brin, YEAR], "platform": str(platform)}
    pupil = next(iter(school.school.pupils_on(school.clock.today())))[0]
    whole = order(database, **told)["moments"]
    assert whole > 12
    for place in moments(whole):
        school.clock.advance(hours=1)  # longer than a lease
        school.school.replace(pupil, roepnaam=f"Nacht {place}")
        assert order(database, place, **told)["killed"]
        school.clock.advance(hours=1)
        assert not order(database, **told)["killed"]
        with Store(database, key=KEY) as store:
            (name,) = store.snapshots.names()
            kept = store.snapshots.last(name)
            assert kept is not None
            assert isinstance(kept.value, PupilData)
        assert f"Nacht {place}" in {each.roepnaam for each in kept.value.document.leerlingen}
        applied = edexml.Document.from_dict(json.loads(platform.read_text()))
        assert applied.leerlingen == kept.value.document.leerlingen


def test_a_delivery_that_is_killed_at_any_moment_brings_every_result_once(
    school: Sandbox, order: Order, new_address: Addresses
) -> None:
    database = new_address()
    whole = order(new_address(), results=of_school(school, 1, 2, 3).to_dict(reveal=True))["moments"]
    assert whole > 12
    for place in moments(whole):
        school.uwlr.results.clear()
        told = {"results": of_school(school, 1, 2, 3, test=f"T{place}").to_dict(reveal=True)}
        assert order(database, place, **told)["killed"]
        assert not order(database, **told)["killed"]
        assert [each.result.score for each in school.uwlr.results.values()] == [1, 2, 3]
        times = {key: each.times for key, each in school.uwlr.results.items()}
        order(database, **told)
        assert {key: each.times for key, each in school.uwlr.results.items()} == times
