"""The simulated service in every style, way of paging and place of the account, with the contract that is proposed."""

import datetime as dt
import re
from typing import Any

import pytest

from magister_connect.results import Contract, DateForm
from magister_connect.sandbox import ResultsSwitches
from magister_connect.sandbox.results.wsdl import wsdl
from tests.results.world import ADDRESS, World

STYLES = ("hand-written", "laminas", "rpc-encoded", "nested")
PAGINGS = ("since", "offset", "number", "page", "token")
ACCOUNTS: dict[str, dict[str, str]] = {
    "basic": {},
    "wsse-text": {"institution": "wsse:username", "key": "wsse:password"},
    "wsse-digest": {"institution": "wsse:username", "key": "wsse:digest"},
    "header": {},
}


def world_of(count: int = 60, *, changes: dict[str, Any] | None = None, **switches: Any) -> World:
    """A service, and a client with the contract that its WSDL proposes."""
    proposed = Contract.from_wsdl(wsdl(ResultsSwitches(**switches), ADDRESS)).contract
    assert proposed is not None
    account = ACCOUNTS.get(switches.get("credentials", ""), {})
    world = World(
        **switches, contract=proposed.evolve(**(changes or {}), **({"credentials": account} if account else {}))
    )
    world.fill(count)
    return world


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("empty", ["empty", "absent"])
def test_every_style_is_pulled_whole_in_every_way_of_paging(style: str, paging: str, empty: str) -> None:
    world = world_of(style=style, paging=paging, empty=empty, page_size=20)
    assert not world.client().check()
    world.pull(from_school_year="2025-2026")
    world.assert_complete()
    world.add(900, world.clock.local())
    assert world.pull(from_school_year="2025-2026").new == 1


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("credentials", ACCOUNTS)
def test_an_account_is_placed_anywhere(style: str, credentials: str) -> None:
    world = world_of(3, style=style, credentials=credentials)
    world.pull(from_school_year="2025-2026")
    world.assert_complete()


@pytest.mark.parametrize("paging", ["page", "token"])
def test_a_service_without_moments_goes_on_from_the_cursor_of_the_checkpoint(paging: str) -> None:
    world = world_of(30, paging=paging, takes_since=False, takes_until=False, page_size=8)
    world.pull()
    world.add(900, world.clock.local())
    report = world.pull(reread=None)
    assert (report.new, report.requests <= 3) == (1, True)
    world.assert_complete()


@pytest.mark.parametrize("paging", ["page", "token"])
def test_records_below_a_student_wait_with_the_student(paging: str) -> None:
    world = world_of(5, paging=paging, style="nested")
    world.service.damaged[102] = {"score": "8l,5"}
    assert world.pull(from_school_year="2025-2026").quarantined == 1
    [waiting] = world.store.waiting(kind="unreadable")
    assert b"student" in (waiting.record or b"")
    world.service.damaged.clear()
    world.contract = world.contract.evolve(fields={**world.contract.fields, "score": ()}) if world.contract else None
    world.forget_clients()
    assert world.pull(from_school_year="2025-2026").quarantined == 0
    world.store.delete_pupil("1001")


@pytest.mark.parametrize("moments", ["blank", "T", "zoned", "day-first"])
@pytest.mark.parametrize("paging", PAGINGS)
@pytest.mark.parametrize("includes", [None, True])
def test_a_second_night_goes_on_whatever_moments_look_like(moments: str, paging: str, includes: bool | None) -> None:
    changes = {"day_first": moments == "day-first", "since_includes": includes, "date_form": DateForm.SECONDS}
    world = world_of(30, moments=moments, paging=paging, page_size=8, changes=changes)
    world.pull(from_school_year="2025-2026")
    world.assert_complete()
    world.service.damaged[101] = {"score": "8l,5"}
    for number in range(3):
        world.add(900 + number, world.clock.local())
    assert world.pull(from_school_year="2025-2026", overlap=dt.timedelta()).new == 3
    asked = {call.get("date_from", "") for call in world.service.calls}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\+0\d:00)?", text) for text in asked)
