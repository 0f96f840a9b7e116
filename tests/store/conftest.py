"""Every test of this room runs on both databases."""

import pytest

from magister_connect.store import Store
from tests.store.databases import Make


@pytest.fixture
def store(make_store: Make) -> Store:
    """A store with a key."""
    return make_store(key=Store.generate_key())
