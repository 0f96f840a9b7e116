"""A run that reopens years and is killed: after the next complete one the store equals the service."""

import random
from typing import Any

import pytest

from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.store import Store
from tests.results.truth import Order, stored, truth
from tests.results.world import STATELESS
from tests.store.databases import Addresses

MOMENTS = 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("paging", "new_address"),
    [
        *((paging, "sqlite") for paging in STATELESS),
        pytest.param("offset", "postgresql", marks=pytest.mark.postgres),  # how a service pages does not reach it
    ],
    indirect=["new_address"],
)
def test_a_run_that_reopens_years_may_be_killed_at_any_moment(
    paging: Any, small_school: School, order: Order, new_address: Addresses
) -> None:
    key = Store.generate_key().reveal()
    with Sandbox(data=small_school, results=ResultsSwitches(paging=paging, page_size=5)) as sandbox:
        plain = {"wsdl": sandbox.results_wsdl, "key": key, "paging": paging, "moments": None, "hours": 0}

        def with_years_left_out() -> str:
            database = new_address()
            order({**plain, "database": database, "nobody_known": True})
            return database

        [whole] = order({**plain, "database": with_years_left_out(), "reopen": "all"})
        reopened = 10  # moments: by then the years are open again
        for moment in random.Random(paging).sample(range(reopened, whole["moments"]), MOMENTS):
            database = with_years_left_out()
            [first] = order({**plain, "database": database, "moments": moment, "reopen": "all"})
            assert first["killed"]
            [second] = order({**plain, "database": database, "hours": 1})
            assert second["status"] == 0
            assert stored(database, key) == truth(sandbox), f"killed at moment {moment}"
