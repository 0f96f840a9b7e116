"""The search that every test goes through finds what it is there for."""

from pathlib import Path

import pytest

import magister_connect

pytest_plugins = ["pytester"]

SILENT = ("--tb=no", "--show-capture=no", "-rN")
PRINTING = """
import logging, pytest

@pytest.mark.parametrize("text", ["{0}", "bsn=1112.22.333;", "63138219", "000010005"])
def test_prints(text):
    print(text)

def test_logs():
    logging.getLogger("a").warning("pupil {0}")

@pytest.mark.parametrize("text", ["a" + "{0}", "{0}" + "4", "123456789", "***"])
def test_harmless(text):
    print(text)
"""


def test_a_test_that_prints_or_logs_a_personal_number_ends_in_an_error(
    pytester: pytest.Pytester, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(magister_connect.__file__).parents[1]))
    pytester.makeconftest(Path(pytestconfig.rootpath / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(PRINTING.format("111222333"))
    pytester.runpytest_subprocess("-p", "no:cacheprovider", *SILENT).assert_outcomes(errors=5, passed=9)
