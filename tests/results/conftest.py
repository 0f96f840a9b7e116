"""A school with few results, and a process in which runs are killed: for the tests of what ends a run."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from magister_connect.sandbox import School
from tests.results.truth import Order


@pytest.fixture(scope="module")
def small_school() -> School:
    return School.seeded(5, pupils=8)


@pytest.fixture(scope="module")
def order() -> Iterator[Order]:
    """A process without threads, in which pulls are forked off and killed."""
    command = [sys.executable, "-m", "tests.results.puller"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def send(*orders: dict[str, Any]) -> list[dict[str, Any]]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(orders) + "\n")
            process.stdin.flush()
            answer: list[dict[str, Any]] = json.loads(process.stdout.readline())
            return answer

        yield send
        process.stdin.close()
