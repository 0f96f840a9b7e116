"""The pytest plugin. It is installed with the package, and its fixtures are available in every suite without an import.

Nothing large is imported before a fixture is used, so a suite without these fixtures is not slower.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from magister_connect.sandbox import Sandbox
    from magister_connect.testing.script import Script

__tracebackhide__ = True  # a pytest convention: a failing test shows its own lines, and the message

MORE_THAN_ANY_POLICY: Final = 1_000_000


@pytest.fixture
def magister_school() -> Iterator[Sandbox]:
    """Provide a simulated school with all its services on loopback, new for each test.

    A service starts when its address is first read. For one school per module or session, write your own fixture with
    ``with Sandbox() as school:``.
    """
    from magister_connect.sandbox import Sandbox

    with Sandbox() as school:
        yield school


@pytest.fixture
def magister_script() -> Iterator[Script]:
    """Provide an empty script. When the test ends, every answer that was added must have been used."""
    from magister_connect.testing.script import Script

    script = Script()
    yield script
    script.assert_played()


@pytest.fixture
def private_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Provide pytest's ``caplog`` at level DEBUG. The test fails if a personal number was logged while it ran."""
    from magister_connect.testing.privacy import assert_no_personal_numbers

    caplog.set_level(logging.DEBUG)
    yield caplog
    assert_no_personal_numbers(caplog)


@pytest.fixture
def without_waiting() -> Iterator[None]:
    """Retry as often as the policy of the client allows, without waiting in between."""
    import stamina

    with stamina.set_testing(True, attempts=MORE_THAN_ANY_POLICY, cap=True):
        yield
