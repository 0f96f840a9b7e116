"""Search schools that consented, and find the API address of a token's school in host-meta."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from magister_connect.core.flow import Flow, Request, exchange
from magister_connect.core.json import CamelRecord, parse_json, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import ConsentMissing, LoginRequired, ReplyInvalid, UsageError
from magister_connect.login.error_responses import SWITCH_ON, raise_for_error
from magister_connect.login.settings import LoginSettings
from magister_connect.login.tenants import School
from magister_connect.login.token_stores import TokenSource
from magister_connect.login.tokens import Tokens

SHORTEST_QUERY: Final = 3


@frozen(kw_only=True, repr=False, slots=False)
class _MetaLink(CamelRecord):
    rel: str
    href: str


@frozen(kw_only=True, repr=False, slots=False)
class _HostMeta(CamelRecord):
    links: tuple[_MetaLink, ...]


def search_schools(settings: LoginSettings, query: str) -> Flow[tuple[School, ...]]:
    """Search the schools that consented to this application, by at least three characters of their name."""
    if len(query.strip()) < SHORTEST_QUERY:
        raise UsageError(
            f"A search for schools needs at least {SHORTEST_QUERY} characters",
            advice="Enter more characters of the school's name.",
        )
    request = Request(
        "GET",
        settings.address("challenges/tenant/search"),
        query=(("key", query.strip()), *settings.search_query.items()),
        headers=(("accept", "application/json"),),
    )
    reply = yield from exchange(request)
    raise_for_error(reply, request)
    return read_record(tuple[School, ...], parse_json(reply.body, request.line), request.line)


def find_school(settings: LoginSettings, name: str) -> Flow[School]:
    """Return the school with this name or tenant id. Raises :class:`ConsentMissing` if the search does not find it.

    Official: the search only shows schools that consented to the application. So no login is possible at a school that
    is not found. Raises :class:`UsageError` if schools with different tenant ids have this name.
    """
    wanted = name.strip().casefold()
    shown = yield from search_schools(settings, name)
    found = {each.id: each for each in shown if wanted in {each.display_name.casefold(), each.id.casefold()}}
    where = f"GET {settings.address('challenges/tenant/search')}"
    if not found:
        raise ConsentMissing(
            "The search for schools does not show this school to your application",
            where=where,
            advice=f"{SWITCH_ON} Check the name of the school too.",
        )
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} schools have this name", where=where, advice="Choose one from schools(), by its tenant id."
        )
    return found.popitem()[1]


def find_api_address(settings: LoginSettings, tokens: Tokens | TokenSource) -> Flow[str]:
    """Do the same as :func:`read_api_address`. A source renews a token that has expired or is refused."""
    if isinstance(tokens, Tokens):
        return (yield from read_api_address(settings, tokens.access_token))
    token = yield from tokens.access_token()
    try:
        return (yield from read_api_address(settings, token))
    except LoginRequired:
        token = yield from tokens.access_token(rejected=token)
    return (yield from read_api_address(settings, token))


def read_api_address(settings: LoginSettings, access_token: Secret) -> Flow[str]:
    """Return the base address of the API of the token's school, from host-meta (documented by several clients)."""
    request = Request(
        "GET",
        settings.host_meta,
        query=(("rel", "magister-api"),),
        headers=(("authorization", Secret(f"Bearer {access_token.reveal()}")), ("accept", "application/json")),
    )
    reply = yield from exchange(request)
    if reply.status == 401:
        raise LoginRequired("host-meta does not accept the token", where=request.line, status=401)
    raise_for_error(reply, request)
    found = read_record(_HostMeta, parse_json(reply.body, request.line), request.line)
    for link in found.links:
        if link.rel == "magister-api":
            return link.href
    raise ReplyInvalid("host-meta contains no API address for this token", where=request.line)
