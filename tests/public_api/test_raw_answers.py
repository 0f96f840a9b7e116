"""Any path of the interface as parsed JSON, and errors of reading with the raw body where that was asked for."""

import pickle
from typing import Any

import anyio
import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.secrets import Secret
from magister_connect.errors import NotFound, ReplyInvalid
from magister_connect.login import StaticToken
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.testing import Script, json_reply

ADDRESS = "https://school.example/api"
SETTINGS: dict[str, Any] = {"tokens": StaticToken(Secret("t")), "retries": NO_RETRIES, "pace": None}
NAME = "Zwanenburg"


def script(*replies: Any) -> Script:
    made = Script()
    for reply in replies:
        made.add(reply)
    return made


def test_any_path_is_read_as_json() -> None:
    made = script(json_reply({"Items": [{"Onbekend": 1}]}))
    with PublicApiClient(ADDRESS, http=made.client(), **SETTINGS) as api:
        assert api.get("personen/1/iets", top=5, actief=True) == {"Items": [{"Onbekend": 1}]}
    (sent,) = made.sent
    assert (sent.path, sent.query["top"]) == ("/api/personen/1/iets", "5")


def test_any_path_is_read_async_and_refused_in_the_same_words() -> None:
    async def ask() -> object:
        made = script(json_reply([1, 2]), json_reply({}, status=404))
        async with AsyncPublicApiClient(ADDRESS, http=made.async_client(), **SETTINGS) as api:
            found = await api.get("/api/lijst")
            with pytest.raises(NotFound):
                await api.get("nergens")
            return found

    assert anyio.run(ask) == [1, 2]


@pytest.mark.parametrize("keep", [True, False])
def test_the_raw_body_is_kept_where_that_was_asked_for(keep: bool) -> None:
    made = script(json_reply({"roepnaam": NAME, "geboortedatum": 7}))
    client = PublicApiClient(ADDRESS, http=made.client(), keep_raw=keep, **SETTINGS)
    with client as api, pytest.raises(ReplyInvalid) as caught:
        api.personalia(1)
    error = caught.value
    assert (error.raw is not None) is keep
    assert error.raw is None or NAME in error.raw.reveal()
    assert NAME not in str(error) + repr(error) + str(vars(error))
    assert NAME.encode() not in pickle.dumps(error)
