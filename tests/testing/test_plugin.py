"""The plugin's fixtures, seen from the suite of somebody else."""

from pathlib import Path

import pytest

import magister_connect

pytest_plugins = ["pytester"]

PLUGIN = ("-p", "magister_connect.testing.plugin", "-p", "no:cacheprovider")
SOURCE = Path(str(magister_connect.__file__)).parents[1]

LOGGING = """
import logging

def test_that_logs(private_log):
    logging.getLogger("mine").debug("pupil %s", "{number}")
    assert private_log.records
"""
SCRIPTED = """
from magister_connect.testing import json_reply

def test_that_asks_nothing(magister_script):
    magister_script.add(json_reply([]), path="/pupils")
"""
SCHOOLED = """
import urllib.request

def test_first(magister_school):
    magister_school.school.leerlingen.clear()

def test_second(magister_school):
    assert len(magister_school.school.leerlingen) == 400
    with urllib.request.urlopen(urllib.request.Request(
        magister_school.platform_url + "/api/participants",
        headers={"Authorization": "Bearer " + magister_school.platform_token},
    )) as answer:
        assert answer.read() == b'{"count":0}'
"""
LIGHT = """
import sys

def test_nothing_heavy_is_loaded(request):
    assert not {"httpx", "lxml", "zeep", "stamina", "anyio", "starlette", "uvicorn"} & set(sys.modules)
"""


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other plugin, and the package also where it is on the path only."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))


def outcomes(pytester: pytest.Pytester, source: str) -> dict[str, int]:
    pytester.makepyfile(source)
    result = pytester.runpytest_subprocess(*PLUGIN)
    return {name: count for name, count in result.parseoutcomes().items() if name != "warnings"}


@pytest.mark.shows_numbers
@pytest.mark.parametrize(("number", "expected"), [("10042", {"passed": 1}), ("111222333", {"passed": 1, "errors": 1})])
def test_a_private_log_refuses_personal_numbers(
    pytester: pytest.Pytester, number: str, expected: dict[str, int]
) -> None:
    assert outcomes(pytester, LOGGING.format(number=number)) == expected


def test_a_script_must_be_played_to_its_end(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, SCRIPTED) == {"passed": 1, "errors": 1}


def test_every_test_has_a_school_of_its_own(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, SCHOOLED) == {"passed": 2}


def test_a_suite_that_asks_for_nothing_loads_nothing_heavy(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, LIGHT) == {"passed": 1}


def test_the_fixtures_are_listed_with_what_they_do(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess(*PLUGIN, "--fixtures")
    listed = result.stdout.str()
    for name in ("magister_school", "magister_script", "private_log", "without_waiting"):
        assert f"{name} -- " in listed
