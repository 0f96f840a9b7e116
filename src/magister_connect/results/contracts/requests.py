"""Build requests: write parameters, constants and credentials at their places in the contract.

Some required parameters have no value in a way of paging. They are sent with a neutral value (offset 0, the first page,
an empty cursor), because all parts of rpc messages are required.
"""

from __future__ import annotations

import datetime as dt
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha1
from typing import Final, TypeAlias, cast

from attrs import asdict, evolve, field, frozen
from lxml import etree

from magister_connect.core.flow import Request
from magister_connect.core.secrets import Secret
from magister_connect.core.soap import Call, Description
from magister_connect.core.xml import Element
from magister_connect.errors import UsageError
from magister_connect.results.contracts.contract import DEFAULT_LIMIT, Contract, find_parameter
from magister_connect.results.contracts.paths import Placement

_SECURITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_PROFILE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
_BASE64: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


@frozen(kw_only=True)
class PageRequest:
    """The parameters of one request, as texts for the service. ``None`` is left out."""

    since: str | None = None
    until: str | None = None
    offset: int | None = None
    limit: int | None = None
    last_number: int | None = None
    page: int | None = None
    token: str | None = None


Credentials: TypeAlias = Mapping[str, Secret]
WriteRequest: TypeAlias = Callable[[PageRequest, Credentials], bytes | Request]
"""Your own writer of requests.

It takes the parameters, and the credentials by name (``institution``, ``key`` and your own ones). It returns the
envelope, or a whole request.
"""


@frozen(kw_only=True)
class RequestWriter:
    """Writes the requests of one contract. With a ``hook``, ``description`` may be missing."""

    address: str
    contract: Contract
    credentials: Credentials = field(repr=False)
    description: Description | None = field(default=None, repr=False)
    hook: WriteRequest | None = field(default=None, repr=False)
    nonce: Callable[[], bytes] = field(default=lambda: secrets.token_bytes(16), repr=False)
    _neutral: Mapping[str, object] = field(init=False, repr=False)

    @_neutral.default  # pyright: ignore[reportAttributeAccessIssue, reportUntypedFunctionDecorator] - as in attrs
    def _neutral_values(self) -> Mapping[str, object]:
        """Return neutral values for required parameters."""
        contract = self.contract
        values = {"offset": 0, "last_number": 0, "page": contract.first_page, "token": "", "limit": DEFAULT_LIMIT}
        needed = {name: value for name, value in values.items() if self._is_required(name)}
        return {**needed, "limit": contract.limit} if contract.limit is not None else needed

    def _is_required(self, role: str) -> bool:
        path = getattr(self.contract.parameters, role)
        operation = None if self.description is None else self.description.operations.get(self.contract.operation)
        if path is None or operation is None:
            return False
        part = find_parameter(operation, Placement.of(path))
        return part is not None and part.required and not part.nillable

    def limit_of(self, asked: PageRequest) -> int | None:
        """Return how many records a request asks for, or ``None`` if it does not say."""
        limit = asked.limit or self._neutral.get("limit")
        return limit if self.contract.parameters.limit and isinstance(limit, int) else None

    @property
    def has_one_time_digest(self) -> bool:
        """Whether a request contains a one-time digest, so that it must never be sent twice."""
        return any("wsse:digest" in texts for texts in self.contract.credentials.values())

    @property
    def names_its_time(self) -> bool:
        """Whether a request contains the moment at which it is written."""
        return self.has_one_time_digest or self.contract.timestamp_seconds is not None

    def write(self, asked: PageRequest, now: dt.datetime) -> Request:
        """Return the request. Raises :class:`UsageError` if the WSDL does not accept it."""
        if self.hook is not None:
            written = self.hook(asked, self.credentials)
            return written if isinstance(written, Request) else self._request(Call(written, self._action()))
        if self.description is None:
            raise UsageError(
                "Requests cannot be written without a WSDL", where="wsdl", advice="Pass wsdl= or write_request=."
            )
        return self._written(self.contract.operation, self._values(asked), now)

    def call(self, operation: str, arguments: Mapping[str, object], now: dt.datetime) -> Request:
        """Return the request for any operation, with its arguments and the credentials of the contract.

        It is sent once.
        """
        if self.description is None:
            raise UsageError(
                "Operations cannot be called without a WSDL", where="wsdl", advice="Pass wsdl= to the client."
            )
        values = [*self._credentials(), *((Placement.of(name), value) for name, value in arguments.items())]
        return evolve(self._written(operation, values, now), safe_to_repeat=False)

    def _written(self, operation: str, values: Iterable[tuple[Placement, object]], now: dt.datetime) -> Request:
        body: dict[str, object] = {}
        headers: dict[str, object] = {}
        account: dict[str, str] = {}
        http: list[tuple[str, Secret]] = []
        for placement, value in values:
            if placement.kind == "parameter":
                _put(body, placement.path, value)
            elif placement.kind == "header":
                _put(headers, placement.path, value)
            elif placement.kind == "http":
                http.append((placement.path[0], value if isinstance(value, Secret) else Secret(str(value))))
            else:
                account[f"{placement.kind}:{placement.path[0]}"] = _text(value)
        security = self._security(account, now) if any("wsse:" in each for each in account) else None
        call = cast("Description", self.description).call(
            operation, body, headers=headers, header_elements=() if security is None else (security,)
        )
        request = self._request(call)
        return evolve(request, headers=(*request.headers, *_basic(account), *http))

    def _security(self, account: Mapping[str, str], now: dt.datetime) -> Element:
        security = etree.Element(f"{{{_SECURITY}}}Security", nsmap={"wsse": _SECURITY, "wsu": _UTILITY})
        if self.contract.timestamp_seconds is not None:
            timestamp = etree.SubElement(security, f"{{{_UTILITY}}}Timestamp")
            etree.SubElement(timestamp, f"{{{_UTILITY}}}Created").text = _zulu(now)
            until = now + dt.timedelta(seconds=self.contract.timestamp_seconds)
            etree.SubElement(timestamp, f"{{{_UTILITY}}}Expires").text = _zulu(until)
        security.append(_username_token(account, now, self.nonce))
        return security

    def _values(self, asked: PageRequest) -> list[tuple[Placement, object]]:
        contract = self.contract
        values: list[tuple[str, object]] = [*contract.constants.items()]
        for role, value in asdict(asked).items():
            path = getattr(contract.parameters, role)
            given = self._neutral.get(role) if value is None else value
            if path and given is not None:
                values.append((path, str(given)))  # zeep takes the number 0 for nothing where there is a choice
        return [*self._credentials(), *((Placement.of(text), value) for text, value in values)]

    def _credentials(self) -> list[tuple[Placement, object]]:
        return [
            (Placement.of(text), self.credentials[name])
            for name, texts in self.contract.credentials.items()
            for text in texts
            if name in self.credentials
        ]

    def _action(self) -> str:
        operation = None if self.description is None else self.description.operations.get(self.contract.operation)
        return operation.soap_action if operation else ""

    def _request(self, call: Call) -> Request:
        repeatable = self.contract.repeatable and not self.has_one_time_digest
        return call.request(self.address, safe_to_repeat=repeatable)


def _put(values: dict[str, object], path: tuple[str, ...], value: object) -> None:
    *above, name = path
    for step in above:
        values = cast("dict[str, object]", values.setdefault(step, {}))
    values[name] = value


def _text(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _basic(account: Mapping[str, str]) -> list[tuple[str, Secret]]:
    if not any(name.startswith("basic:") for name in account):
        return []
    pair = f"{account.get('basic:username', '')}:{account.get('basic:password', '')}".encode()
    return [("Authorization", Secret(f"Basic {b64encode(pair).decode('ascii')}"))]


def _username_token(account: Mapping[str, str], now: dt.datetime, nonce: Callable[[], bytes]) -> Element:
    """Return WS-Security's UsernameToken (profile 1.0), with the password as text or as a one-time digest."""
    token = etree.Element(f"{{{_SECURITY}}}UsernameToken")
    etree.SubElement(token, f"{{{_SECURITY}}}Username").text = account.get("wsse:username", "")
    password = etree.SubElement(token, f"{{{_SECURITY}}}Password")
    if "wsse:digest" not in account:
        password.set("Type", f"{_PROFILE}#PasswordText")
        password.text = account.get("wsse:password", "")
        return token
    once, created = nonce(), _zulu(now)
    digest = sha1(once + created.encode() + account["wsse:digest"].encode(), usedforsecurity=False).digest()
    password.set("Type", f"{_PROFILE}#PasswordDigest")
    password.text = b64encode(digest).decode("ascii")
    element = etree.SubElement(token, f"{{{_SECURITY}}}Nonce")
    element.set("EncodingType", _BASE64)
    element.text = b64encode(once).decode("ascii")
    etree.SubElement(token, f"{{{_UTILITY}}}Created").text = created
    return token


def _zulu(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
