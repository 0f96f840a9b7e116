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
FAILING = {
    "magister_script.client().get('https://school.example/doc')": "GET /doc is not in the script",
    "magister_script.add(json_reply([]), path='/pupils')": "never requested, or less often than times= states",
    "logging.getLogger('mine').warning('111222333')": "a possible personal number is in",
    "assert_no_personal_numbers('111222333')": "a possible personal number is in",
    "play(asking(), [])": "no answer is left for GET",
    "play(asking(), [json_reply([]), json_reply([])])": "1 answers were not used",
    "Stepper(asking()).requests": "the flow asks for Request, not for several requests",
    "Stepper(asking()).result": "the flow has not ended",
}
FAILS = """
import logging

from magister_connect.core.flow import Request, exchange
from magister_connect.testing import Stepper, assert_no_personal_numbers, json_reply, play

def asking():
    return (yield from exchange(Request("GET", "https://school.example/doc")))

def test_that_fails(magister_script, private_log):
    {line}
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


@pytest.mark.shows_numbers
@pytest.mark.parametrize(("line", "message"), FAILING.items())
def test_a_failing_test_shows_its_own_lines_and_the_message(pytester: pytest.Pytester, line: str, message: str) -> None:
    pytester.makepyfile(FAILS.format(line=line))
    shown = pytester.runpytest_subprocess(*PLUGIN, "--tb=long").stdout.str()
    assert message in shown
    assert str(Path("magister_connect", "testing")) not in shown


def test_every_test_has_a_school_of_its_own(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, SCHOOLED) == {"passed": 2}


def test_a_suite_that_asks_for_nothing_loads_nothing_heavy(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, LIGHT) == {"passed": 1}


def test_the_fixtures_are_listed_with_what_they_do(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess(*PLUGIN, "--fixtures")
    listed = result.stdout.str()
    for name in ("magister_school", "magister_script", "private_log", "without_waiting"):
        assert f"{name} -- " in listed
