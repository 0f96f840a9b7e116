"""Fixtures for every room."""

from pathlib import Path

import pytest


def find_shared_data(start: Path) -> Path | None:
    """Walk up from a folder until a sibling folder ``shared/data`` shows."""
    for folder in (start, *start.parents):
        candidate = folder / "shared" / "data"
        if candidate.is_dir():
            return candidate
    return None


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """Official schemas and example files, which may not be redistributed: skips where they are absent."""
    found = find_shared_data(pytestconfig.rootpath)
    if found is None:
        pytest.skip("the official schemas and example files are not on this machine")
    return found
