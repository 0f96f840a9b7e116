"""The results web service of JIJ! at ``/api/v3/results/doclit`` and that of TOA at ``/toa/api/v3/results/doclit``."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha1
from typing import TYPE_CHECKING, Final

from attrs import frozen
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from magister_connect.core.xml import Element, local_name, parse
from magister_connect.errors import MagisterConnectError, NotXml
from magister_connect.sandbox.results.envelopes import Values, empty_envelope, fault, results_envelope, values_of
from magister_connect.sandbox.results.selecting import Selection, next_token, select
from magister_connect.sandbox.results.switches import ResultsSwitches
from magister_connect.sandbox.results.wsdl import wsdl
from magister_connect.sandbox.school.submissions import Toetsresultaat
from magister_connect.sandbox.serving import Application
from magister_connect.sandbox.state import SandboxState

if TYPE_CHECKING:
    from starlette.requests import Request


PATHS: Final[Mapping[str, str]] = {"JIJ": "/api/v3/results/doclit", "TOA": "/toa/api/v3/results/doclit"}
_NAMES: Final = {"JIJ": "JIJ!", "TOA": "TOA"}


@frozen
class Answer:
    """Status, body and media type."""

    status: int
    body: str
    media_type: str = "text/xml"


class _Faulty(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def application(state: SandboxState, switches: ResultsSwitches) -> Application:
    """The service as an ASGI application."""
    return ResultsService(state, switches).application()


class ResultsService:
    """The service, whose inside may be changed while it runs.

    ``poison`` are submission numbers over which every batch that holds them breaks down, ``damaged`` replaces fields of
    a submission by texts (``None`` leaves the field empty), ``more`` are fields that every record gets besides.
    ``calls`` are the values of all requests so far, without the key; ``delivered`` counts how often each submission
    was sent.
    """

    def __init__(self, state: SandboxState, switches: ResultsSwitches) -> None:
        self._state = state
        self.switches = switches
        self.poison: set[int] = set()
        self.damaged: dict[int, Values] = {}
        self.more: Values = {}
        self.calls: list[dict[str, str]] = []
        self.delivered: Counter[int] = Counter()
        self._handed_out: set[tuple[str, int, object]] = set()

    def __repr__(self) -> str:
        return f"<ResultsService: {len(self.calls)} requests>"

    def application(self) -> Application:
        """The ASGI application."""
        routes = [Route(path, self._endpoint(product), methods=["GET", "POST"]) for product, path in PATHS.items()]
        return Starlette(routes=routes)

    def begin_anew(self) -> None:
        """Forget what was delivered, as if nobody had asked before."""
        self._handed_out.clear()
        self.delivered.clear()
        self.calls.clear()

    def truth(self, product: str) -> list[Toetsresultaat]:
        """What the service shows now, all of it."""
        return self._state.school.results(product, self._state.clock.local())

    def _endpoint(self, product: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            address = str(request.url).partition("?")[0]
            if request.method == "GET":
                found = self.describe(address) if "wsdl" in request.query_params else _empty_request()
            else:
                found = self.answer(product, await request.body(), address, request.headers.get("authorization", ""))
            return Response(found.body.encode(), found.status, media_type=f"{found.media_type}; charset=utf-8")

        return answer

    def describe(self, address: str) -> Answer:
        """The WSDL."""
        return Answer(200, wsdl(self.switches, address).decode())

    def answer(self, product: str, body: bytes, address: str, authorization: str = "") -> Answer:
        """The answer to one envelope."""
        try:
            values = self._read(body, authorization)
            self._check_account(product, values)
            return Answer(200, self._batch(product, values, address))
        except _Faulty as error:
            detail = {"code": "17", "hint": "zie de handleiding"} if self.switches.fault_detail else None
            return Answer(500, fault(error.code, error.text, detail=detail))

    def _read(self, body: bytes, authorization: str) -> dict[str, str]:
        """The values of the call and of its header, by local name: ext-soap is lenient about what it is sent."""
        try:
            envelope = parse(body, lambda what, _line: NotXml(what))
        except MagisterConnectError:
            raise self._blame("Invalid XML") from None
        if not isinstance(envelope.tag, str) or "/soap/envelope/" not in envelope.tag:
            raise _Faulty("SOAP-ENV:VersionMismatch", "Wrong Version")
        found = next(iter(envelope.iterchildren("{*}Body")), None)
        call = None if found is None else next(iter(found), None)
        if call is None or local_name(call) != "get_results":
            raise _Faulty("SOAP-ENV:Server", "Procedure not present")
        header = next(iter(envelope.iterchildren("{*}Header")), None)
        values = {**_texts_below(header), **_texts_below(call), **_basic(authorization)}
        self.calls.append({name: text for name, text in values.items() if name not in {"key", "Password"}})
        return values

    def _check_account(self, product: str, values: Mapping[str, str]) -> None:
        accounts = self._state.accounts
        keys = {"JIJ": accounts.results_key, "TOA": accounts.toa_key}
        if self.switches.credentials.startswith("wsse"):
            values = _of_username_token(values, keys[product], digest=self.switches.credentials == "wsse-digest")
        if values.get("institution_code") != accounts.instellingscode:
            raise self._blame("Onbekende instelling")
        if values.get("key") == keys[product]:
            return
        other = next((name for name, key in keys.items() if key == values.get("key")), None)
        if other is not None and self.switches.names_other_product:
            raise self._blame(f"Deze sleutel hoort bij {_NAMES[other]} en niet bij {_NAMES[product]}")
        raise self._blame("Authentication failed")

    def _blame(self, text: str) -> _Faulty:
        return _Faulty(self.switches.fault_vocabulary, text)

    def _batch(self, product: str, values: Mapping[str, str], address: str) -> str:
        wanted = Selection.of(values)
        if self.switches.refuses_long_periods and wanted.is_long:
            raise self._blame("De periode is langer dan een schooljaar")
        batch = select(self._candidates(product), wanted, self.switches)
        poisoned = next((each for each in batch if each.submission_nr in self.poison), None)
        if poisoned is not None:
            raise _Faulty("SOAP-ENV:Server", "SOAP-ERROR: Encoding: object has no 'test_nr' property")
        self.delivered.update(each.submission_nr for each in batch)
        if self.switches.paging == "once":
            self._handed_out |= {_delivery(product, each) for each in batch}
        if not batch:
            if self.switches.empty == "fault":
                raise _Faulty("SOAP-ENV:Server", "Geen resultaten gevonden")
            return empty_envelope(self.switches, address)
        token = next_token(self._candidates(product), wanted, self.switches)
        return results_envelope(
            [(self._values(each), each.onderdelen) for each in batch], self.switches, address, token=token
        )

    def _candidates(self, product: str) -> list[Toetsresultaat]:
        shown = self.truth(product)
        if self.switches.paging != "once":
            return shown
        return [each for each in shown if _delivery(product, each) not in self._handed_out]

    def _values(self, state: Toetsresultaat) -> Values:
        return {**values_of(state, self.switches), **self.more, **self.damaged.get(state.submission_nr, {})}


def _delivery(product: str, state: Toetsresultaat) -> tuple[str, int, object]:
    return product, state.submission_nr, state.gewijzigd


def _empty_request() -> Answer:
    return Answer(500, fault("Sender", "Empty request"))


def _texts_below(element: Element | None) -> dict[str, str]:
    if element is None:
        return {}
    leaves = (each for each in element.iter("{*}*") if len(each) == 0 and each is not element)
    return {local_name(each): (each.text or "").strip() for each in leaves}


def _of_username_token(values: Mapping[str, str], key: str, *, digest: bool) -> Mapping[str, str]:
    """The account of a UsernameToken; a digest (profile 1.0) that is right stands for the key."""
    sent = values.get("Password", "")
    if digest:
        once = b64decode(values.get("Nonce", ""))
        made = sha1(once + values.get("Created", "").encode() + key.encode()).digest()  # noqa: S324 - of the profile
        sent = key if sent == b64encode(made).decode() else ""
    return {**values, "institution_code": values.get("Username", ""), "key": sent}


def _basic(authorization: str) -> dict[str, str]:
    if not authorization.startswith("Basic "):
        return {}
    code, _, key = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
    return {"institution_code": code, "key": key}
