"""The pytest plugin: installed with the package, it offers its fixtures to every suite without an import.

Nothing heavy is loaded before a fixture is asked for: a suite that uses none of them pays nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from magister_connect.sandbox import Sandbox
    from magister_connect.testing.script import Script

__tracebackhide__ = True  # pytest's own convention: a failing test shows its own lines, and the message

MORE_THAN_ANY_POLICY: Final = 1_000_000


@pytest.fixture
def magister_school() -> Iterator[Sandbox]:
    """A simulated school with all its services on loopback, fresh for each test.

    A service starts when its address is first asked for. For one school per module or session, write a fixture of your
    own around ``with Sandbox() as school:``.
    """
    from magister_connect.sandbox import Sandbox

    with Sandbox() as school:
        yield school


@pytest.fixture
def magister_script() -> Iterator[Script]:
    """An empty script. At the end of the test everything that was added must have been asked for."""
    from magister_connect.testing.script import Script

    script = Script()
    yield script
    script.assert_played()


@pytest.fixture
def private_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The ``caplog`` of pytest, at level DEBUG; the test fails when a personal number was logged while it ran."""
    from magister_connect.testing.privacy import assert_no_personal_numbers

    caplog.set_level(logging.DEBUG)
    yield caplog
    assert_no_personal_numbers(caplog)


@pytest.fixture
def without_waiting() -> Iterator[None]:
    """Retries happen, as many as the policy of the client has, and nobody waits between them."""
    import stamina

    with stamina.set_testing(True, attempts=MORE_THAN_ANY_POLICY, cap=True):
        yield
