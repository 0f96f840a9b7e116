"""One odd account costs one account, and only where that was asked for; any path comes as JSON."""

from typing import Any

import anyio
import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.secrets import Secret
from magister_connect.core.unreadable import UnreadableRecords, UnreadableRecordWarning
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.login import StaticToken
from magister_connect.scim import AsyncScimClient, ScimClient
from magister_connect.testing import Script, json_reply
from tests.odd_values import JSON_MISFITS

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


ODD: list[dict[str, Any]] = [
    *({"name": misfit} for misfit in JSON_MISFITS["record"]),
    *({"displayName": misfit} for misfit in JSON_MISFITS["text"][:1]),
    *({"emails": misfit} for misfit in JSON_MISFITS["list"][:2]),
    {"active": "misschien"},
]


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("odd", ODD, ids=str)
def test_an_odd_account_costs_the_list_or_one_account(kind: str, odd: dict[str, Any]) -> None:
    reply = page(GOOD[0], {**GOOD[1], "nickName": NAME, **odd}, GOOD[2])
    try:
        strict = users_of(kind, reply)
    except FieldInvalid as error:
        assert 'on_unreadable="keep"' in str(error)
        assert NAME not in str(error)
        kept = UnreadableRecords("keep")
        with pytest.warns(UnreadableRecordWarning):
            assert users_of(kind, reply, on_unreadable=kept) == ["1", "3"]
        (unreadable,) = kept.kept
        assert unreadable.fields == {"id": "2", "userName": "leerling.2"}
        assert unreadable.raw is not None
        assert NAME in unreadable.raw.reveal()
    else:
        assert strict == ["1", "2", "3"]  # a value that is read leniently, or is kept as an extra one


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
