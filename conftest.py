"""Holds for every test and every code block: loopback only, no proxy of the machine, no personal number printed."""

import doctest
import gc
import io
import ipaddress
import os
import re
import sys
from collections.abc import Generator, Iterator
from contextlib import redirect_stdout
from importlib.metadata import entry_points
from typing import Any

import hypothesis
import pytest
import time_machine
from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.myst import CodeBlockParser, SkipParser

PROXY_VARIABLES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
IN_A_DIGEST = re.compile(r"(?<=[a-fA-F])[0-9]+|[0-9]+(?=[a-fA-F])")  # may be any number, by chance

# Where the package is installed, pytest finds its plugin by itself.
INSTALLED = entry_points(group="pytest11", name="magister_connect")
pytest_plugins = [] if INSTALLED else ["magister_connect.testing.plugin"]

RUN = PythonEvaluator()
# A block without a language, right after one of Python: what that one prints.
OUTPUT = re.compile(r"^```python\n(?:(?!```).*\n)*```\n\n(?P<block>```\n(?P<text>(?:(?!```).*\n)*)```)", re.MULTILINE)


def run_and_keep(example: Example) -> None:
    """Run a code block, and keep what it prints for the block after it."""
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            RUN(example)
    finally:
        example.document.namespace["_printed"] = printed.getvalue()
        sys.stdout.write(printed.getvalue())  # captured: it is searched for personal numbers


def outputs(document: Document) -> Iterator[Region]:
    """Find the outputs on a page."""
    for found in OUTPUT.finditer(document.text):
        yield Region(*found.span("block"), found["text"], compare_output)


def compare_output(example: Example) -> str | None:
    """Compare an output on a page with what was printed; ``...`` stands for any text."""
    printed = example.namespace["_printed"]
    same = doctest.OutputChecker().check_output(
        example.parsed, printed, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )
    return None if same else f"printed:\n{printed}on the page:\n{example.parsed}"


pytest_collect_file = Sybil(
    parsers=[CodeBlockParser("python", run_and_keep), outputs, SkipParser()],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
).pytest()


class OutsideLoopback(RuntimeError):
    """A test tried to reach an address that is not on this machine."""


def is_loopback(host: object) -> bool:
    """Tell whether a host, as it is given to a socket, stays on this machine."""
    if host is None:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text in {"", "localhost"} or text.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_outside_loopback(event: str, arguments: tuple[Any, ...]) -> None:
    """Raise when a socket is about to leave this machine, whichever library holds it."""
    if event in CONNECTING:
        address = arguments[1]
        if isinstance(address, tuple) and not is_loopback(address[0]):
            message = f"{event}: tests stay on loopback"
            raise OutsideLoopback(message)
    elif event in RESOLVING and not is_loopback(arguments[0]):
        message = f"{event}: tests look no names up"
        raise OutsideLoopback(message)


def tells_a_number(text: str) -> bool:
    """Tell whether a text holds a number of the people in the tests, in any form that the test kit knows."""
    from magister_connect.sandbox.school.identities import is_synthetic
    from magister_connect.testing.privacy import spelled_numbers

    return any(is_synthetic(number) for number, _ in spelled_numbers(IN_A_DIGEST.sub("", text)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Search what a test printed and logged: a personal number in it is an error, whatever the test is about."""
    report = yield
    searched = report.when == "teardown" and item.get_closest_marker("shows_numbers") is None
    if searched and any(tells_a_number(text) for _, text in report.sections):
        report.outcome = "failed"
        report.longrepr = "a personal number was printed or logged; it stands in what was captured"
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--today", metavar="DAY", help="run as if it were nine o'clock on this day, such as 2027-07-31")


def pytest_configure(config: pytest.Config) -> None:
    if day := config.getoption("--today"):
        travel = time_machine.travel(f"{day}T09:00:00+01:00", tick=True)
        travel.start()
        config.add_cleanup(travel.stop)
    for name in list(os.environ):
        if name.lower() in PROXY_VARIABLES:
            del os.environ[name]
    # A busy machine is not a failing test.
    hypothesis.settings.register_profile("unhurried", hypothesis.settings.default, deadline=None)
    hypothesis.settings.load_profile("unhurried")
    sys.addaudithook(refuse_outside_loopback)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search for no garbage while tests are collected, and never in them: they are many, and stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_report_header() -> str:
    import magister_connect

    return f"magister_connect: {os.path.dirname(magister_connect.__file__ or '')}"  # noqa: PTH120 - one line of text


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
