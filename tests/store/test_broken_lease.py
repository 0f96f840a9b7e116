import datetime as dt
from pathlib import Path

import pytest

from magister_connect.errors import LeaseHeld
from magister_connect.results import Connection
from magister_connect.results.pulling.store_protocol import Transaction
from magister_connect.store import Store

NOW = dt.datetime(2025, 11, 20, 9, 0, tzinfo=dt.UTC)
JIJ, TOA = Connection("JIJ", "ZAND"), Connection("TOA", "ZAND")


def test_a_broken_lease_is_free_at_once_and_others_stay(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path / 'school.db'}") as store:
        store.break_lease(JIJ)
        store.take_lease(JIJ, NOW)
        store.take_lease(TOA, NOW)
        store.break_lease(JIJ)
        store.take_lease(JIJ, NOW)
        with pytest.raises(LeaseHeld):
            store.take_lease(TOA, NOW)


def test_a_run_whose_lease_was_broken_keeps_nothing_more(tmp_path: Path) -> None:
    with Store(f"sqlite:///{tmp_path / 'school.db'}") as store:
        token = store.take_lease(JIJ, NOW)
        store.break_lease(JIJ)
        with pytest.raises(LeaseHeld):
            store.commit(JIJ, token, Transaction(school_year="2025-2026", now=NOW))
