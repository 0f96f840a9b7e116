"""The client against scim2-server's own demonstration, and the receiver and the sandbox under the standard's checks."""

import asyncio
import json
from collections.abc import Iterator
from hmac import compare_digest
from typing import cast

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import EnterpriseUser, ResourceType, ScimProvider
from scim2_models import User as StandardUser
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage, InMemoryStorage
from scim2_tester import Status, check_server

from magister_connect.core.secrets import Secret
from magister_connect.login import StaticToken
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.school.identities import synthetic_eck_id
from magister_connect.sandbox.serving import Application, serve
from magister_connect.scim import Changes, ScimClient, where
from magister_connect.scim.receiver import EckIdReceiver, describe_receiver

TOKEN = "Bearer van-magister"
PRIVATE = "disk full at Achternaam"


@pytest.fixture
def other() -> Iterator[tuple[str, InMemoryStorage]]:
    kind = ResourceType.from_resource(StandardUser[EnterpriseUser])
    storage = InMemoryStorage()
    application = ASGIApplication(
        AsyncInMemoryStorage(storage), ScimProvider([StandardUser, EnterpriseUser], [kind], config=describe_receiver())
    )
    for number in range(5):
        user = StandardUser[EnterpriseUser](user_name=f"u{number}")
        user[EnterpriseUser] = EnterpriseUser(employee_number=f"{number}")
        storage.create(kind, user)
    with serve(cast("Application", application)) as served:
        yield served.url, storage


def test_accounts_of_a_server_that_is_not_ours(other: tuple[str, InMemoryStorage]) -> None:
    url, _ = other
    with ScimClient(url, tokens=StaticToken(Secret("t"))) as client:
        users = list(client.users(page_size=2))
        assert sorted(str(each.user_name) for each in users) == ["u0", "u1", "u2", "u3", "u4"]
        (found,) = client.users(where("userName").equals("U3"), post=True)
        assert client.change(found.id, Changes().rename("u9").block()) is None  # that server answers 204
        changed = client.user(found.id)
        assert (changed.user_name, changed.active) == ("u9", False)
        assert not client.config().bulk.supported
        assert any(each.id.endswith("enterprise:2.0:User") for each in client.schemas())


def failures(url: str, token: str, **options: object) -> list[str]:
    with httpx2.Client(base_url=url, headers={"authorization": token}) as http:
        results = check_server(SyncSCIMClient(http), **options)  # type: ignore[arg-type]  # by name
    assert len([each for each in results if each.status is Status.SUCCESS]) > 5
    return [f"{each.title}: {each.reason}" for each in results if each.status in {Status.ERROR, Status.CRITICAL}]


def test_the_receiver_passes_the_checks_of_the_standard() -> None:
    with serve(EckIdReceiver(lambda header: header == TOKEN, check_eck_id=False)) as served:
        assert failures(served.url, TOKEN) == []


def test_the_sandbox_passes_the_checks_of_what_it_does() -> None:
    with Sandbox(pupils=3, staff=15) as school:
        token = f"Bearer {school.accounts.scim_token}"
        assert failures(school.scim_url, token, include_tags={"discovery"}) == []


@pytest.fixture
def receiver() -> Iterator[httpx2.Client]:
    with (
        serve(EckIdReceiver(lambda header: header == TOKEN)) as served,
        httpx2.Client(base_url=served.url, headers={"authorization": TOKEN}) as client,
    ):
        yield client


def pupil(number: int = 1) -> dict[str, object]:
    return {
        "schemas": ["urn:magister-connect:schemas:2.0:EduUser"],
        "externalId": f"leerling{number}@zandbak",
        "eckId": str(synthetic_eck_id(f"pupil {number}").reveal()),
        "name": {"familyName": "Achternaam", "givenName": "Voornaam"},
    }


def test_an_eck_id_is_received_changed_and_removed(receiver: httpx2.Client) -> None:
    made = receiver.post("/EduUsers", json=pupil())
    assert made.status_code == 201
    number = made.json()["id"]
    assert made.headers["location"].endswith(f"/EduUsers/{number}")
    assert receiver.post("/EduUsers", json=pupil()).status_code == 409
    again = receiver.put(f"/EduUsers/{number}", json={**pupil(), "name": {"familyName": "Anders"}})
    assert (again.status_code, again.json()["id"]) == (200, number)
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
    operations = [{"op": "Replace", "path": "name.givenName", "value": "Iemand"}]
    changed = receiver.patch(f"/EduUsers/{number}", json={**patch, "Operations": operations})
    assert (changed.status_code, changed.json()["id"]) == (200, number)
    found = receiver.get("/EduUsers", params={"filter": 'externalId eq "leerling1@zandbak"'}).json()
    assert [each["id"] for each in found["Resources"]] == [number]
    assert receiver.delete(f"/EduUsers/{number}").status_code == 204
    assert receiver.get(f"/EduUsers/{number}").status_code == 404


BAD_ECK_ID = {"status": "400", "scimType": "invalidValue", "detail": "Value error, not an ECK iD: eckId"}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "eckId", "value": "kort"},
        {"op": "add", "path": "eckId", "value": "kort"},
        {"op": "Replace", "value": {"eckId": "kort"}},
        {"op": "replace", "path": "urn:magister-connect:schemas:2.0:EduUser:eckId", "value": "kort"},
    ],
)
def test_a_wrong_eck_id_by_patch_is_the_same_error_as_by_post_rfc7644_3_12(
    receiver: httpx2.Client, operation: dict[str, object]
) -> None:
    posted = receiver.post("/EduUsers", json={**pupil(), "eckId": "kort"})
    number = receiver.post("/EduUsers", json=pupil()).json()["id"]
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    patched = receiver.patch(f"/EduUsers/{number}", json=patch)
    assert {name: patched.json().get(name) for name in BAD_ECK_ID} == BAD_ECK_ID
    assert patched.json() == posted.json()
    assert receiver.get(f"/EduUsers/{number}").json()["eckId"] == pupil()["eckId"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"eckId": "https://ketenid.nl/201703/kort"}, 400), ({"externalId": None}, 400), ({"name": {}}, 400), ({}, 201)],
)
def test_what_magister_sends_is_checked(receiver: httpx2.Client, change: dict[str, object], status: int) -> None:
    body = {name: value for name, value in {**pupil(), **change}.items() if value is not None}
    assert receiver.post("/EduUsers", json=body).status_code == status


def test_nobody_else_is_let_in() -> None:
    with serve(EckIdReceiver(lambda header: compare_digest(header, TOKEN))) as served:
        for header in (b"", b"Bearer iemand", "Bearer van-magistér".encode(), b"Bearer van-magister\xff"):
            headers = {b"authorization": header} if header else {}
            assert httpx2.get(f"{served.url}/EduUsers", headers=headers).status_code == 401


def test_a_storage_that_fails_is_named_by_its_kind_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Full(AsyncInMemoryStorage):
        async def create(self, *_: object) -> None:  # type: ignore[override]  # it never gives anything
            raise OSError(PRIVATE)

    async def post() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=EckIdReceiver(lambda _: True, storage=Full()))
        async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.post("/EduUsers", json=pupil())

    answer = asyncio.run(post())
    assert answer.status_code == 500
    assert PRIVATE not in answer.text
    assert [each.getMessage() for each in caplog.records if each.name.startswith("magister")] == [
        "POST failed: OSError"
    ]


def test_the_receiver_can_be_mounted_and_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    caplog.set_level("DEBUG")
    application = Starlette(routes=[Mount("/eckid", app=EckIdReceiver(lambda _: True))])

    async def post() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=application)
        async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
            await client.post("/eckid/EduUsers", content=b"{" + json.dumps(pupil()).encode())
            return await client.post("/eckid/EduUsers", json=pupil())

    assert asyncio.run(post()).status_code == 201
    assert "Achternaam" not in caplog.text
    assert "ketenid" not in caplog.text
