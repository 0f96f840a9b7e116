"""The service over SOAP: its WSDLs, and the login.

No WSDL of the real service is public. The packaged ones were written from a client in use. The server technology
returns its WSDL to a plain GET (inferred); ``wsdl="live"`` uses that.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from typing import Final, Literal, TypeAlias

import attrs

from magister_connect.core.flow import Flow, exchange
from magister_connect.core.secrets import Secret
from magister_connect.core.soap import Description, HeldDocuments, describe, fetch_documents, hold_documents, read_body
from magister_connect.core.soap.reply import read_texts
from magister_connect.errors import UsageError
from magister_connect.medius.account import Account, account_at
from magister_connect.medius.answers import Question, refuse_message
from magister_connect.medius.session import Login, Session, log_in, token_of

LoginOver: TypeAlias = Literal["http", "soap"]
Service: TypeAlias = Literal["Algemeen", "Personeel"]
SoapSource: TypeAlias = Mapping[str, bytes | str | os.PathLike[str]] | Literal["live"] | None
"""WSDLs by service name, as bytes or files. ``"live"`` uses those of the server, ``None`` the packaged ones."""

LOGIN: Final = "Algemeen.Login"
UPDATE: Final = "Personeel.UpdateMedewerker"
NO: Final = frozenset({"False", "false", "0"})


class Contracts:
    """The WSDLs of one server, each read on first use."""

    def __init__(self, origin: str, source: SoapSource = None) -> None:
        if isinstance(source, str) and source != "live":
            raise UsageError(
                'wsdl= is neither a mapping nor "live"',
                where="wsdl",
                advice='Pass a contract for each service, {"Personeel": "personeel.wsdl"}, or "live".',
            )
        self._origin = origin
        self._source = source
        self._read: dict[str, Description] = {}

    def address(self, service: Service) -> str:
        """Return the address of the service. The address in a WSDL is not used."""
        return f"{self._origin}/soap/{service.lower()}?service={service}"

    def contract(self, service: Service) -> Flow[Description]:
        """Return the WSDL of a service. Raises :class:`ContractMismatch` if it is not usable."""
        if service not in self._read:
            held = yield from self._hold(service)
            self._read[service] = describe(held)
        return self._read[service]

    def stored_description(self, service: Service) -> Description:
        """Return the WSDL of a service without a request to the server. A packaged one replaces a live one."""
        if service not in self._read and self._source != "live":
            self._read[service] = describe(self._held(service))
        return self._read.get(service) or describe(_packaged(service))

    def _hold(self, service: Service) -> Flow[HeldDocuments]:
        if self._source == "live":  # the server technology returns its WSDL to a plain GET (inferred)
            return (yield from fetch_documents(self.address(service)))
        return self._held(service)

    def _held(self, service: Service) -> HeldDocuments:
        given = self._source.get(service) if isinstance(self._source, Mapping) else None
        return _packaged(service) if given is None else hold_documents(given)


def _packaged(service: Service) -> HeldDocuments:
    name = f"{service.lower()}.wsdl"
    content = files("magister_connect.medius").joinpath("contracts", name).read_bytes()
    return hold_documents(content, name=name)


def open_session(
    address: str,
    username: str,
    password: str | Secret,
    *,
    stateless: bool,
    allow_http: bool,
    login_over: LoginOver,
    wsdl: SoapSource,
    token_lifetime: dt.timedelta,
) -> tuple[Session, Contracts]:
    """Return the session and the contracts of one client. Raises :class:`UsageError` for invalid settings."""
    account = account_at(address, username, password, stateless=stateless, allow_http=allow_http)
    contracts = Contracts(account.origin, wsdl)
    return Session(account, login_by(login_over, contracts), token_lifetime), contracts


def login_by(login_over: LoginOver, contracts: Contracts) -> Login:
    """Return the login flow. Raises :class:`UsageError` for values other than ``http`` and ``soap``."""
    logins: Mapping[str, Login] = {"http": log_in, "soap": partial(log_in_by_soap, contracts)}
    if login_over not in logins:
        raise UsageError("login_over is neither 'http' nor 'soap'", where="login_over", advice="Pass 'http' or 'soap'.")
    return logins[login_over]


def log_in_by_soap(contracts: Contracts, account: Account) -> Flow[Secret]:
    """Call ``Login`` of the service Algemeen. Raises :class:`NotAuthenticated`."""
    description = yield from contracts.contract("Algemeen")
    call = description.call("Login", {"UserName": account.username, "Password": account.password}, typed=True)
    request = attrs.evolve(call.request(contracts.address("Algemeen"), safe_to_repeat=True), allow_list=True)
    reply = yield from exchange(request)
    texts = read_texts(read_body(reply, LOGIN))
    token = texts.get("SessionToken")
    if not token and (texts.get("ResultMessage") or texts.get("Result") in NO):
        raise refuse_message(texts.get("ResultMessage") or "", Question(LOGIN, LOGIN, account.username))
    return token_of(token or "", LOGIN)
