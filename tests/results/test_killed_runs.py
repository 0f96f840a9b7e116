"""A run that is killed: after the next complete one the store equals the service."""

import random
from typing import Any

import pytest

from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.store import Store
from tests.results.truth import Order, stored, truth
from tests.store.databases import Addresses

OFTEN = 10  # moments; many more in the long runs (`make stress`)
A_FEW = 3  # moments
ON_A_SERVER = ("offset", "once")  # how a service pages does not reach the database: each kind of commit is enough


@pytest.mark.slow
@pytest.mark.parametrize(
    ("paging", "new_address"),
    [
        *((paging, "sqlite") for paging in ("since", "offset", "number", "page", "token", "once")),
        *(pytest.param(paging, "postgresql", marks=pytest.mark.postgres) for paging in ON_A_SERVER),
    ],
    indirect=["new_address"],
)
def test_a_run_may_be_killed_at_any_moment(
    paging: Any, small_school: School, order: Order, new_address: Addresses
) -> None:
    key = Store.generate_key().reveal()
    with Sandbox(data=small_school, results=ResultsSwitches(paging=paging, page_size=5)) as sandbox:
        plain = {"wsdl": sandbox.results_wsdl, "key": key, "paging": paging, "moments": None, "hours": 0}

        def fresh() -> str:
            sandbox.results.begin_anew()
            return new_address()

        first_database = fresh()
        [whole] = order({**plain, "database": first_database})
        often = first_database.startswith("sqlite") and paging in {"offset", "once"}
        count = OFTEN if often else A_FEW
        moments = random.Random(paging).sample(range(1, whole["moments"]), count)
        for moment in moments:
            database = fresh()
            [first] = order({**plain, "database": database, "moments": moment})
            assert first["killed"]
            [second] = order({**plain, "database": database, "hours": 1})
            assert second["status"] == 0
            assert stored(database, key) == truth(sandbox), f"killed at moment {moment}"


@pytest.mark.slow
def test_two_processes_at_once_do_not_double_anything(
    small_school: School, order: Order, new_address: Addresses
) -> None:
    key = Store.generate_key().reveal()
    with Sandbox(data=small_school, results=ResultsSwitches(page_size=5)) as sandbox:
        database = new_address()
        plain = {"wsdl": sandbox.results_wsdl, "key": key, "paging": "offset", "moments": None, "hours": 0}
        ends = order(*[{**plain, "database": database}] * 3)
        assert [end["status"] for end in ends] == [0, 0, 0]
        assert any(end["moments"] > 0 for end in ends)
        assert stored(database, key) == truth(sandbox)
