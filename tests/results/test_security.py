"""The UsernameToken of WS-Security: zeep's own against the simulated service, and ours beside zeep's."""

import datetime as dt
import logging
import traceback
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import zeep
from lxml import etree
from zeep.exceptions import Fault as ZeepFault
from zeep.wsse import utils
from zeep.wsse.username import UsernameToken

from magister_connect.core.secrets import Secret
from magister_connect.core.soap import describe, hold_documents
from magister_connect.errors import NotAuthenticated, Responsible
from magister_connect.results import HAND_WRITTEN, Contract, PageRequest
from magister_connect.results.contracts.requests import RequestWriter
from magister_connect.sandbox import ResultsSwitches
from magister_connect.sandbox.results.wsdl import wsdl
from tests.results.world import ADDRESS, NOW, World

KEY, WRONG, CODE = "zandbak-jij-sleutel", "verkeerd-4711-sleutel", "ZAND"
MOMENT = NOW.replace(tzinfo=dt.UTC)
PLACES = {"wsse-text": "wsse:password", "wsse-digest": "wsse:digest"}


def contract(way: str, **changes: Any) -> Contract:
    """A contract with the account in a UsernameToken."""
    return HAND_WRITTEN.evolve(credentials={"institution": "wsse:username", "key": PLACES[way]}, **changes)


def timestamp(moment: dt.datetime, seconds: int = 300) -> Any:
    """A Timestamp as zeep makes one."""
    made: Any = utils.WSU.Timestamp()
    for name, at in (("Created", moment), ("Expires", moment + dt.timedelta(seconds=seconds))):
        made.append(getattr(utils.WSU, name)(at.strftime("%Y-%m-%dT%H:%M:%SZ")))
    return made


def ask(world: World, token: Any) -> int:
    """Ask for a year with zeep. Returns the number of records."""

    class Wire(zeep.Transport):
        def _load_remote_data(self, url: str) -> bytes:
            return world.respond(httpx.Request("GET", url)).content

        def post(self, address: str, message: bytes, headers: dict[str, str]) -> Any:
            return world.respond(httpx.Request("POST", address, content=message, headers=headers))

    client: Any = zeep.Client(f"{ADDRESS}?wsdl", transport=Wire(), wsse=token)  # type: ignore[no-untyped-call]  # publishes no types
    found = client.service.get_results(date_from=dt.datetime(2025, 8, 1), date_to=dt.datetime(2026, 7, 31))
    return len(found or ())


@pytest.mark.parametrize("way", PLACES)
@pytest.mark.parametrize("stamped", [False, True])
def test_a_token_of_zeep_is_accepted_with_and_without_a_timestamp(way: str, stamped: bool) -> None:
    world = World(credentials=way, contract=contract(way), token_seconds=300)
    world.fill(3)
    now = world.clock()
    token = UsernameToken(  # type: ignore[no-untyped-call]  # publishes no types
        CODE, KEY, use_digest=way == "wsse-digest", created=now.astimezone(dt.UTC),
        timestamp_token=timestamp(now + dt.timedelta(seconds=1)) if stamped else None,
    )  # fmt: skip
    assert ask(world, token) == 3


@pytest.mark.parametrize("way", PLACES)
@pytest.mark.parametrize(
    ("account", "changes"),
    [((CODE, WRONG), {}), (("ANDE", KEY), {}), ((CODE, KEY), {"other": True})],
    ids=["another key", "another institution", "the other form"],
)
def test_a_wrong_token_of_zeep_is_refused(way: str, account: tuple[str, str], changes: Mapping[str, bool]) -> None:
    world = World(credentials=way, contract=contract(way))
    digest = (way == "wsse-digest") is not changes.get("other", False)
    with pytest.raises(ZeepFault, match=r"Authentication failed|Onbekende instelling"):
        ask(world, UsernameToken(*account, use_digest=digest))  # type: ignore[no-untyped-call]  # publishes no types


@pytest.mark.parametrize(
    ("minutes", "code"), [(0, None), (4, None), (-4, None), (6, "MessageExpired"), (-6, "MessageExpired")]
)
def test_a_digest_of_another_moment_is_refused_where_the_service_checks_it(minutes: int, code: str | None) -> None:
    world = World(credentials="wsse-digest", contract=contract("wsse-digest"), token_seconds=300)
    made = world.clock().astimezone(dt.UTC) + dt.timedelta(minutes=minutes)
    token = UsernameToken(CODE, KEY, use_digest=True, created=made)  # type: ignore[no-untyped-call]  # publishes no types
    if code is None:
        assert ask(world, token) == 0
        return
    with pytest.raises(ZeepFault) as raised:
        ask(world, token)
    assert raised.value.code == f"wsu:{code}"


def test_a_nonce_counts_once_and_ours_is_new_each_time() -> None:
    world = World(credentials="wsse-digest", contract=contract("wsse-digest"), token_seconds=300, page_size=2)
    world.fill(9)
    world.pull()
    world.assert_complete()
    again = UsernameToken(CODE, KEY, use_digest=True, nonce="once", created=world.clock().astimezone(dt.UTC))  # type: ignore[no-untyped-call]  # publishes no types
    assert ask(world, again) == 2
    with pytest.raises(ZeepFault, match="used before"):
        ask(world, again)


def test_a_clock_that_is_wrong_is_told_as_such_after_one_request() -> None:
    world = World(credentials="wsse-digest", contract=contract("wsse-digest"), token_seconds=300)
    world.client_clock = lambda: world.clock() + dt.timedelta(minutes=20)
    with pytest.raises(NotAuthenticated, match="has expired") as raised:
        world.pull()
    assert (raised.value.responsible, world.requests) == (Responsible.YOU, 1)
    assert "clock of this machine" in str(raised.value)


@pytest.mark.parametrize("way", PLACES)
@pytest.mark.parametrize("seconds", [None, 300])
def test_our_header_is_that_of_zeep(way: str, seconds: int | None) -> None:
    nonce, digest = "a nonce of zeep", way == "wsse-digest"
    writer = RequestWriter(
        address=ADDRESS, contract=contract(way, timestamp_seconds=seconds), nonce=nonce.encode,
        credentials={"institution": Secret(CODE), "key": Secret(KEY)},
        description=describe(hold_documents(wsdl(ResultsSwitches(credentials="wsse-text"), ADDRESS))),
    )  # fmt: skip
    body = writer.write(PageRequest(since="2025-08-01T00:00:00"), MOMENT).body
    stamp = timestamp(MOMENT) if seconds else None
    zeeps: Any = etree.fromstring(
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>'
    )
    token: Any = UsernameToken(  # type: ignore[no-untyped-call]  # publishes no types
        CODE, KEY, use_digest=digest, nonce=nonce, created=MOMENT, zulu_timestamp=True, timestamp_token=stamp
    )
    token.apply(zeeps, {})
    assert isinstance(body, bytes)
    mine, theirs = (
        sorted((str(each.tag), each.text, sorted(each.items())) for each in root.iterfind(".//{*}Security//*"))
        for root in (etree.fromstring(body), zeeps)
    )
    assert mine == theirs


@pytest.mark.parametrize("way", PLACES)
def test_a_wrong_key_is_in_no_error_traceback_repr_or_log(way: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(credentials=way, contract=contract(way))
    world.key = WRONG
    with pytest.raises(NotAuthenticated, match="Authentication failed") as raised:
        world.pull()
    shown = "".join(traceback.TracebackException.from_exception(raised.value, capture_locals=True).format())
    assert WRONG not in shown + repr(raised.value) + caplog.text
