"""``keep_raw=True`` is one promise of every client: the body that could not be read, as a secret and nowhere else."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import anyio
import pytest
from attrs import frozen
from IPython.lib.pretty import pretty

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.flow import Reply
from magister_connect.core.secrets import Secret
from magister_connect.errors import ReplyInvalid
from magister_connect.login import StaticToken
from magister_connect.medius import AsyncMediusClient, MediusClient
from magister_connect.nummervoorziening import AsyncNummervoorzieningClient, NummervoorzieningClient
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.results import AsyncResultsClient, ResultsClient
from magister_connect.scim import AsyncScimClient, ScimClient
from magister_connect.testing import (
    Script,
    json_reply,
    medius_session,
    medius_table,
    results_batch,
    results_contract,
    scim_page,
    soap_reply,
)
from magister_connect.uwlr import AsyncUwlrClient, UwlrClient
from tests.login.both_clients import read_whole

ADDRESS = "https://school.example/api"
NAME = "Zwanenburg"
UWLR = soap_reply("leerlinggegevens_verzoek", {"leerlinggegevens": {"achternaam": NAME}})
TOKENS = StaticToken(Secret("t"))


@frozen
class Case:
    """Both clients of a service, the replies of which the last one cannot be read, and the call that reads it."""

    clients: tuple[Callable[..., Any], Callable[..., Any]]
    replies: tuple[Reply, ...]
    ask: Callable[[Any], Any]
    settings: dict[str, Any]


CASES = {
    "Medius": Case(
        (MediusClient, AsyncMediusClient),
        (medius_session(), medius_table([{"stamnr_str": "x", "Roepnaam": NAME}])),
        lambda client: client.students(),
        {"address": "https://school.example:8800", "username": "u", "password": "p"},
    ),
    "results": Case(
        (ResultsClient, AsyncResultsClient),
        (results_contract(ADDRESS), results_batch([{"submission_nr": "x", "username": NAME}])),
        lambda client: client.batches(school_year="2025-2026"),
        {"wsdl": f"{ADDRESS}?wsdl", "product": "JIJ", "instellingscode": "ZAND", "soap_key": "k"},
    ),
    "Public API": Case(
        (PublicApiClient, AsyncPublicApiClient),
        (json_reply({"roepnaam": NAME, "geboortedatum": 7}),),
        lambda client: client.personalia(1),
        {"base_url": ADDRESS, "tokens": TOKENS, "pace": None},
    ),
    "SCIM": Case(
        (ScimClient, AsyncScimClient),
        (scim_page([{"userName": 7, "displayName": NAME}]),),
        lambda client: client.users(),
        {"base_url": ADDRESS, "tokens": TOKENS},
    ),
    "UWLR": Case(
        (UwlrClient, AsyncUwlrClient),
        (UWLR,),
        lambda client: client.pupils("00AA", "2025-2026"),
        {"endpoint": ADDRESS, "klantnaam": "n", "klantcode": "c", "autorisatiesleutel": "k"},
    ),
    "Nummervoorziening": Case(
        (NummervoorzieningClient, AsyncNummervoorzieningClient),
        (soap_reply("Ping", {"naam": NAME}),),
        lambda client: client.ping(),
        {"address": ADDRESS, "oin": "0000000700099ZZ00000"},
    ),
}


def ask(case: Case, keep_raw: bool) -> None:
    made = script(case)
    with case.clients[0](http=made.client(), retries=NO_RETRIES, **case.settings, keep_raw=keep_raw) as client:
        found = case.ask(client)
        if isinstance(found, Iterator):
            list(found)


async def ask_async(case: Case, keep_raw: bool) -> None:
    made = script(case)
    async with case.clients[1](
        http=made.async_client(), retries=NO_RETRIES, **case.settings, keep_raw=keep_raw
    ) as client:
        await read_whole(case.ask(client))


def script(case: Case) -> Script:
    made = Script()
    for reply in case.replies:
        made.add(reply)
    return made


def error_of(service: str, kind: str, *, keep_raw: bool) -> ReplyInvalid:
    def call() -> None:
        if kind == "sync":
            ask(CASES[service], keep_raw)
        else:
            anyio.run(ask_async, CASES[service], keep_raw)

    with pytest.raises(ReplyInvalid) as caught:
        call()
    return caught.value


def with_rich(error: ReplyInvalid) -> str:
    from rich.console import Console
    from rich.pretty import Pretty
    from rich.traceback import Traceback

    out = StringIO()
    console = Console(file=out, width=250)
    console.print(Pretty(error), Pretty(error.raw), Pretty(vars(error)))
    console.print(Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))
    return out.getvalue()


def with_devtools(error: ReplyInvalid) -> str:
    from devtools import pformat

    return str(pformat([error, error.raw, vars(error)]))


def with_sentry(error: ReplyInvalid) -> str:
    from sentry_sdk.serializer import serialize
    from sentry_sdk.utils import event_from_exception

    event, _ = event_from_exception((type(error), error, error.__traceback__))
    return str(serialize({**event, "vars": [error, error.raw, vars(error)]}, is_vars=True))


def with_traceback(error: ReplyInvalid) -> str:
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(told.format()) + str(error) + repr([error, error.raw, error.args, vars(error)])


def with_ipython(error: ReplyInvalid) -> str:
    return "".join(map(pretty, (error, error.raw, vars(error), error.args)))


PRINTERS: list[Callable[[ReplyInvalid], str]] = [with_rich, with_ipython, with_devtools, with_sentry, with_traceback]


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("service", CASES)
def test_a_client_keeps_the_body_only_where_it_was_asked_to(service: str, kind: str) -> None:
    assert error_of(service, kind, keep_raw=False).raw is None
    error = error_of(service, kind, keep_raw=True)
    assert error.raw is not None
    assert NAME in error.raw.reveal()
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301 - our own
        assert (str(other), other.raw) == (str(error), None)
    assert NAME.encode() not in pickle.dumps(error)
    for show in PRINTERS:
        shown = show(error)
        assert type(error).__name__ in shown
        assert NAME not in shown, show.__name__
