"""One odd account costs one account, and only where that was asked for; any path comes as JSON."""

from typing import Any

import anyio
import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.records.unreadable import UnreadableRecords, UnreadableRecordWarning
from magister_connect.core.secrets import Secret
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.login import StaticToken
from magister_connect.scim import AsyncScimClient, ScimClient
from magister_connect.testing import Script, json_reply
from tests.odd_values import JSON_CASES, JSON_ROWS, JsonCase
from tests.odd_values import Unreadable as CannotBeRead

ADDRESS = "https://school.example/scim"
SETTINGS: dict[str, Any] = {"tokens": StaticToken(Secret("t")), "retries": NO_RETRIES}
NAME = "Zwanenburg"
GOOD = [{"id": str(number), "userName": f"leerling.{number}"} for number in (1, 2, 3)]


def page(*users: object, **more: object) -> object:
    return json_reply({"totalResults": len(users), "Resources": list(users), **more})


def users_of(kind: str, reply: Any, **settings: Any) -> list[str]:
    script = Script()
    script.add(reply, times=None)
    if kind == "sync":
        with ScimClient(ADDRESS, http=script.client(), **SETTINGS) as scim:
            return [user.id for user in scim.users(**settings)]

    async def ask() -> list[str]:
        async with AsyncScimClient(ADDRESS, http=script.async_client(), **SETTINGS) as scim:
            return [user.id async for user in scim.users(**settings)]

    return anyio.run(ask)


FIELDS = {"text": "displayName", "record": "name", "list": "emails"}
CASES = [case for case in JSON_CASES if case.kind in FIELDS]


def expect_one_unreadable(kind: str, row: object) -> UnreadableRecords:
    reply = page(GOOD[0], row, GOOD[2])
    with pytest.raises(FieldInvalid, match='on_unreadable="keep"') as caught:
        users_of(kind, reply)
    assert NAME not in str(caught.value)
    kept = UnreadableRecords("keep")
    with pytest.warns(UnreadableRecordWarning, match=r"Users, account 1\b"):
        assert users_of(kind, reply, on_unreadable=kept) == ["1", "3"]
    assert len(kept.kept) == 1
    return kept


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_odd_value_is_read_or_costs_one_account(kind: str, case: JsonCase) -> None:
    row = {**GOOD[1], "nickName": NAME, FIELDS[case.kind]: case.value}
    if case.reads_as is not CannotBeRead:
        assert users_of(kind, page(GOOD[0], row, GOOD[2])) == ["1", "2", "3"]
        return
    (unreadable,) = expect_one_unreadable(kind, row).kept
    assert unreadable.fields == {"id": "2", "userName": "leerling.2"}
    assert unreadable.raw is not None
    assert NAME in unreadable.raw.reveal()


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("case", [case for case in JSON_CASES if case.kind == "moment"], ids=lambda case: case.name)
def test_an_odd_moment_costs_nobody_the_account(kind: str, case: JsonCase) -> None:
    row = {**GOOD[1], "meta": {"created": case.value}}
    assert users_of(kind, page(GOOD[0], row, GOOD[2])) == ["1", "2", "3"]


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("what", [what for what in JSON_ROWS if "header" not in what and "null" not in what])
def test_what_is_no_account_costs_one(kind: str, what: str) -> None:
    expect_one_unreadable(kind, JSON_ROWS[what])


@pytest.mark.parametrize("paging", ["index", "cursor"])
def test_accounts_without_an_id_are_all_told(paging: str) -> None:
    kept = UnreadableRecords("keep")
    with pytest.warns(UnreadableRecordWarning):
        assert users_of("sync", page(GOOD[0], {}, {}, GOOD[2]), paging=paging, on_unreadable=kept) == ["1", "3"]
    assert [each.place for each in kept.kept] == ["Users, account 1", "Users, account 2"]


def test_another_policy_is_refused() -> None:
    with pytest.raises(UsageError, match="on_unreadable"):
        users_of("sync", page(*GOOD), on_unreadable="skip")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_by_cursors_as_well(kind: str) -> None:
    reply = page(GOOD[0], {"id": 7}, GOOD[2])
    with pytest.warns(UnreadableRecordWarning):
        found = users_of(kind, reply, paging="cursor", on_unreadable="keep")
    assert found == ["1", "3"]


def test_any_path_comes_as_json() -> None:
    script = Script()
    script.add(json_reply({"schemas": ["x"]}), times=None)
    with ScimClient(ADDRESS, http=script.client(), **SETTINGS) as scim:
        assert scim.get("ResourceTypes", count=5) == {"schemas": ["x"]}

    async def ask() -> object:
        async with AsyncScimClient(ADDRESS, http=script.async_client(), **SETTINGS) as other:
            return await other.get("ResourceTypes")

    assert anyio.run(ask) == {"schemas": ["x"]}
    assert (script.sent[0].path, dict(script.sent[0].query)) == ("/scim/ResourceTypes", {"count": "5"})
