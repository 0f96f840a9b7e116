"""The results web service of JIJ! at ``/api/v3/results/doclit``, and that of TOA at ``/toa/api/v3/results/doclit``."""

from __future__ import annotations

import datetime as dt
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from hashlib import sha1
from typing import TYPE_CHECKING, Final

from attrs import frozen
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.soap.envelopes import MEDIA_TYPES, NAMESPACES, SoapVersion, fault_status
from magister_connect.core.values import to_datetime
from magister_connect.core.xml import Element, local_name, parse
from magister_connect.errors import FieldInvalid, MagisterConnectError, NotXml, UsageError
from magister_connect.results.levels import LevelFamily
from magister_connect.results.records import Result
from magister_connect.sandbox.results.declared import DeclaredService, Missing
from magister_connect.sandbox.results.envelopes import Values, empty_envelope, fault, results_envelope, values_of
from magister_connect.sandbox.results.selecting import Selection, next_token, select
from magister_connect.sandbox.results.switches import ResultsSwitches
from magister_connect.sandbox.results.wsdl import wsdl
from magister_connect.sandbox.school.submissions import Toets, Toetsonderdeel, Toetsresultaat
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
    """Return the service as an ASGI application."""
    return ResultsService(state, switches).application()


class ResultsService(SafeRepr):
    """The service. You can change its state while it runs.

    - ``poison``: submission numbers that make every batch with them fail.
    - ``damaged``: replaces fields of a submission by texts (``None`` leaves the field empty).
    - ``more``: extra fields in every record.
    - ``calls``: the values of all requests so far, without the key.
    - ``delivered``: how often each submission was sent.
    """

    def __init__(self, state: SandboxState, switches: ResultsSwitches) -> None:
        self._state = state
        self._declared = (
            None
            if switches.wsdl is None or switches.contract is None
            else DeclaredService(switches.wsdl, switches.contract)
        )
        self.switches = switches if self._declared is None else self._declared.adapted(switches)
        self.poison: set[int] = set()
        self.damaged: dict[int, Values] = {}
        self.more: Values = {}
        self.calls: list[dict[str, str]] = []
        self.delivered: Counter[int] = Counter()
        self._handed_out: set[tuple[str, int, object]] = set()
        self._nonces: set[str] = set()

    def __repr__(self) -> str:
        return f"<ResultsService: {len(self.calls)} requests>"

    def application(self) -> Application:
        """Return the ASGI application."""
        routes = [Route(path, self._endpoint(product), methods=["GET", "POST"]) for product, path in PATHS.items()]
        return Starlette(routes=routes)

    def begin_anew(self) -> None:
        """Forget what was delivered, as before the first request."""
        self._handed_out.clear()
        self.delivered.clear()
        self.calls.clear()

    def current_results(self, product: str) -> list[Toetsresultaat]:
        """Return all results that the service shows now."""
        return self._state.school.results(product, self._state.clock.local())

    def _endpoint(self, product: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            address = str(request.url).partition("?")[0]
            if request.method != "POST":  # a HEAD is a GET without a body
                found = self.describe(address) if "wsdl" in request.query_params else _empty_request()
            else:
                authorization = request.headers.get("authorization", "")
                found = self.answer(product, await request.body(), address, authorization, dict(request.headers))
            return Response(found.body.encode(), found.status, media_type=f"{found.media_type}; charset=utf-8")

        return answer

    def describe(self, address: str) -> Answer:
        """Return the WSDL."""
        return Answer(200, (self.switches.wsdl or wsdl(self.switches, address)).decode())

    def replace(self, product: str, results: Iterable[Result]) -> None:
        """Serve these results of a product instead of the simulated ones, for example those of a store.

        Raises :class:`UsageError` for a result without a moment, or with a submission number that is not a number.
        """
        states = {int(each.submission_nr): (_state_of(each, product),) for each in _checked(results)}
        served = self._state.school.submissions(product)
        served.clear()
        served.update(states)

    def answer(
        self,
        product: str,
        body: bytes,
        address: str,
        authorization: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Answer one envelope. ``headers`` are the HTTP headers, for a contract with credentials in them."""
        try:
            values = self._read(body, authorization, headers or {})
            self._check_account(product, values)
            return Answer(200, self._batch(product, values, address), MEDIA_TYPES[self._version])
        except _Faulty as error:
            return self._refusal(error)

    @property
    def _version(self) -> SoapVersion:
        return "1.1" if self._declared is None else self._declared.version

    def _refusal(self, error: _Faulty) -> Answer:
        """Write a fault. One about the version is always one of SOAP 1.1, which both sides can read (1.2, app. A)."""
        mismatch = error.code.endswith("VersionMismatch")
        version: SoapVersion = "1.1" if mismatch else self._version
        detail = {"code": "17", "hint": "zie de handleiding"} if self.switches.fault_detail else None
        written = fault(
            error.code, error.text, version=version, detail=detail, upgrade=mismatch and self._version == "1.2"
        )
        return Answer(fault_status(error.code, version), written, MEDIA_TYPES[version])

    def _read(self, body: bytes, authorization: str, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the values of the call and of its header, by local name. ext-soap is lenient about requests."""
        try:
            envelope = parse(body, lambda what, _line: NotXml(what))
        except MagisterConnectError:
            raise self._faulty("Invalid XML") from None
        if envelope.tag != f"{{{NAMESPACES[self._version]}}}Envelope":
            raise _Faulty("SOAP-ENV:VersionMismatch", "Wrong Version")
        found = next(iter(envelope.iterchildren("{*}Body")), None)
        call = None if found is None else next(iter(found), None)
        operation = "get_results" if self._declared is None else self._declared.contract.operation
        if call is None or local_name(call) != operation:
            raise _Faulty("SOAP-ENV:Server", "Procedure not present")
        header = next(iter(envelope.iterchildren("{*}Header")), None)
        token = None if header is None else next(header.iterfind("{*}Security/{*}UsernameToken"), None)
        self._check_moment(_texts_below(token))
        if self._declared is None:
            account = header if token is None else token  # beside a token stands a Timestamp, with a Created of its own
            values = {**_texts_below(account), **_texts_below(call), **_basic(authorization)}
        else:
            values = self._read_declared(self._declared, call, header, authorization, headers, _texts_below(token))
        self.calls.append({name: text for name, text in values.items() if name not in {"key", "Password"}})
        return values

    def _read_declared(
        self,
        declared: DeclaredService,
        call: Element,
        header: Element | None,
        authorization: str,
        headers: Mapping[str, str],
        token: Mapping[str, str],
    ) -> dict[str, str]:
        basic = _basic(authorization)
        digest = _of_username_token(token, self._state.accounts.results_key, digest=True)
        account = {
            "basic:username": basic.get("institution_code", ""),
            "basic:password": basic.get("key", ""),
            "wsse:username": token.get("Username", ""),
            "wsse:password": token.get("Password", ""),
            "wsse:digest": digest["key"],
            **{f"http:{name.lower()}": text for name, text in headers.items()},
        }
        try:
            return declared.read(call, header, account)
        except Missing as error:
            text = f"SOAP-ERROR: Encoding: object has no '{error}' property"
        raise _Faulty("SOAP-ENV:Server", text)

    def _check_account(self, product: str, values: Mapping[str, str]) -> None:
        accounts = self._state.accounts
        keys = {"JIJ": accounts.results_key, "TOA": accounts.toa_key}
        if self._declared is None and self.switches.credentials.startswith("wsse"):
            values = _of_username_token(values, keys[product], digest=self.switches.credentials == "wsse-digest")
        if values.get("institution_code") != accounts.instellingscode:
            raise self._faulty("Onbekende instelling")
        if values.get("key") == keys[product]:
            return
        other = next((name for name, key in keys.items() if key == values.get("key")), None)
        if other is not None and self.switches.names_other_product:
            raise self._faulty(f"Deze sleutel hoort bij {_NAMES[other]} en niet bij {_NAMES[product]}")
        raise self._faulty("Authentication failed")

    def _check_moment(self, token: Mapping[str, str]) -> None:
        """Refuse a digest of another moment, and a nonce that came before (UsernameToken profile 1.0, 3.1)."""
        limit, nonce = self.switches.token_seconds, token.get("Nonce")
        if limit is None or nonce is None:
            return
        try:
            made = to_datetime(token.get("Created", ""), "Created")
        except FieldInvalid:
            raise _Faulty("wsse:InvalidSecurity", "The token has no moment") from None
        if made.tzinfo is None or abs(self._state.clock() - made) > dt.timedelta(seconds=limit):
            raise _Faulty("wsu:MessageExpired", "The token has expired")
        if nonce in self._nonces:
            raise _Faulty("wsse:FailedAuthentication", "The nonce was used before")
        self._nonces.add(nonce)

    def _faulty(self, text: str) -> _Faulty:
        return _Faulty(self.switches.fault_vocabulary, text)

    def _batch(self, product: str, values: Mapping[str, str], address: str) -> str:
        wanted = Selection.of(values)
        if self.switches.refuses_long_periods and wanted.is_long:
            raise self._faulty("De periode is langer dan een schooljaar")
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
            return empty_envelope(self.switches, address) if self._declared is None else self._declared.write([], None)
        token = next_token(self._candidates(product), wanted, self.switches)
        if self._declared is not None:
            return self._declared.write([(self._values(each), each.onderdelen) for each in batch], token)
        return results_envelope(
            [(self._values(each), each.onderdelen) for each in batch], self.switches, address, token=token
        )

    def _candidates(self, product: str) -> list[Toetsresultaat]:
        shown = self.current_results(product)
        if self.switches.paging != "once":
            return shown
        return [each for each in shown if _delivery(product, each) not in self._handed_out]

    def _values(self, state: Toetsresultaat) -> Values:
        return {**values_of(state, self.switches), **self.more, **self.damaged.get(state.submission_nr, {})}


def _checked(results: Iterable[Result]) -> Iterator[Result]:
    for each in results:
        if not (each.submission_nr.isascii() and each.submission_nr.isdigit()):
            raise UsageError(
                "A result has a submission number that is not a whole number",
                where="results",
                advice="Use whole numbers as submission numbers, as JIJ! and TOA do.",
            )
        if each.modified_at is None and each.graded_at is None and each.taken_at is None:
            raise UsageError(
                f"The result {each.submission_nr} has no date from which it can be requested",
                where="results",
                advice="Set its modified_at, graded_at or taken_at.",
            )
        yield each


def _state_of(result: Result, product: str) -> Toetsresultaat:
    """Convert a result to the form of the simulated service."""
    moments = [each for each in (result.modified_at, result.graded_at, result.taken_at) if each is not None]
    test = Toets(
        int(result.test_nr or 0),
        result.test_code or "",
        result.test_name or "",
        result.subject or "",
        result.skill or "",
        referentie=result.level is not None and result.level.family is LevelFamily.REFERENTIE,
    )
    return Toetsresultaat(
        product=product,
        submission_nr=int(result.submission_nr),
        username=result.stamnummer_raw or result.stamnummer,
        stamnummer=None,
        toets=test,
        afgenomen=result.taken_at or moments[-1],
        beoordeeld=result.graded_at,
        gewijzigd=moments[0],
        zichtbaar_vanaf=moments[0],
        niveau=result.level_raw,
        ontwikkelscore=None if result.development_score is None else int(result.development_score),
        score=result.score_raw,
        percentage=None if result.percentage is None else int(result.percentage),
        cijfer=result.grade_raw,
        onderdelen=tuple(
            Toetsonderdeel(
                code=part.code or "",
                naam=part.name or "",
                score=int(part.score or 0),
                percentage=int(part.percentage or 0),
                niveau=part.level_raw or "",
            )
            for part in result.parts
        ),
    )


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
    """Return the account of a UsernameToken. A correct digest (profile 1.0) counts as the key."""
    sent = values.get("Password", "")
    if digest:
        try:
            once = b64decode(values.get("Nonce", ""))
        except ValueError:  # such a nonce is no base64, so no digest fits it
            return {**values, "institution_code": values.get("Username", ""), "key": ""}
        made = sha1(once + values.get("Created", "").encode() + key.encode(), usedforsecurity=False).digest()
        sent = key if sent == b64encode(made).decode() else ""
    return {**values, "institution_code": values.get("Username", ""), "key": sent}


def _basic(authorization: str) -> dict[str, str]:
    if not authorization.startswith("Basic "):
        return {}
    code, _, key = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
    return {"institution_code": code, "key": key}
