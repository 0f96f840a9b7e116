"""The SOAP face: logging in, and ``Personeel.UpdateMedewerker``.

No contract of the real service is public; the packaged ones are written from a client in use. Style is rpc/encoded with
``xsi:type`` on each argument, as that client sends it (client code). Answers are read by local name and in any order,
and a write is known to answer little but status 200 (documented).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from typing import Final, Literal, TypeAlias

import attrs
from attrs import field, frozen

from magister_connect.errors import NotAuthenticated, NotXml, Refused, ReplyInvalid, SoapFault, UsageError
from magister_connect.exchange import Flow, Reply, Request, exchange
from magister_connect.medius.account import Account
from magister_connect.medius.employee import Employee
from magister_connect.medius.refusals import STRANGER, Question, refuse_message
from magister_connect.medius.session import Login, Session, log_in, token_of, with_pass
from magister_connect.secrets import MASK, Secret
from magister_connect.soap import Description, HeldDocuments, describe, fetch_documents, hold_documents, read_body
from magister_connect.soap.faults import refuse_status
from magister_connect.soap.reply import read_texts

__all__ = ["Contracts", "Face", "Preview", "SoapSource", "login_by", "preview_employee", "update_employee"]

Face: TypeAlias = Literal["http", "soap"]
Service: TypeAlias = Literal["Algemeen", "Personeel"]
SoapSource: TypeAlias = Mapping[str, bytes | str | os.PathLike[str]] | Literal["live"] | None
"""Contracts by service, as bytes or files; ``"live"`` for those that the server hands out; ``None`` for the packaged
ones."""

LOGIN: Final = "Algemeen.Login"
UPDATE: Final = "Personeel.UpdateMedewerker"
_NO: Final = frozenset({"False", "false", "0"})


class Contracts:
    """The contracts of one server, each read when it is first needed."""

    def __init__(self, origin: str, source: SoapSource = None) -> None:
        if isinstance(source, str) and source != "live":
            raise UsageError('wsdl= takes a contract for each service, or "live"', where="wsdl")
        self._origin = origin
        self._source = source
        self._read: dict[str, Description] = {}

    def address(self, service: Service) -> str:
        """Where the service is called; the address in a contract is not used."""
        return f"{self._origin}/soap/{service.lower()}?service={service}"

    def contract(self, service: Service) -> Flow[Description]:
        """The contract of a service. Raises :class:`ContractChanged` for one that cannot be used."""
        if service not in self._read:
            held = yield from self._hold(service)
            self._read[service] = describe(held)
        return self._read[service]

    def at_hand(self, service: Service) -> Description:
        """The contract of a service, without asking the server: the packaged one stands in for a live one."""
        if service not in self._read and self._source != "live":
            self._read[service] = describe(self._held(service))
        return self._read.get(service) or describe(_packaged(service))

    def _hold(self, service: Service) -> Flow[HeldDocuments]:
        if self._source == "live":  # the server technology hands its contract out on a plain GET (inferred)
            return (yield from fetch_documents(self.address(service)))
        return self._held(service)

    def _held(self, service: Service) -> HeldDocuments:
        given = self._source.get(service) if isinstance(self._source, Mapping) else None
        return _packaged(service) if given is None else hold_documents(given)


def _packaged(service: Service) -> HeldDocuments:
    name = f"{service.lower()}.wsdl"
    return hold_documents(files("magister_connect.medius").joinpath("contracts", name).read_bytes())


@frozen
class Preview:
    """What :meth:`update_employee` would send: ``fields`` by their names on the wire, and the ``envelope``.

    ``blanked`` names the fields that were not given, which the service would empty. The session token is masked. All of
    it is about a person, so the ``repr`` tells the names alone.
    """

    address: str
    soap_action: str
    fields: Mapping[str, str] = field(repr=lambda fields: f"<{len(fields)} fields>")
    blanked: tuple[str, ...]
    envelope: str = field(repr=False)


def preview_employee(contracts: Contracts, employee: Employee) -> Preview:
    """What would be sent; nothing is."""
    call = contracts.at_hand("Personeel").call(
        "UpdateMedewerker", {"SessionToken": MASK, **employee.on_the_wire()}, typed=True
    )
    shown = {
        name: value.isoformat() if isinstance(value, dt.datetime) else str(value)
        for name, value in employee.on_the_wire().items()
    }
    return Preview(contracts.address("Personeel"), call.soap_action, shown, employee.omitted, call.body.decode())


def update_employee(
    session: Session, contracts: Contracts, employee: Employee, *, partial_record: bool, timeout: float | None
) -> Flow[None]:
    """``UpdateMedewerker``, once and never repeated."""
    if employee.omitted and not partial_record:
        raise UsageError(
            f"Not all fields are given, and the service empties what it is not told: {', '.join(employee.omitted)}",
            where="Employee",
            advice="Give them all, or pass partial=True to have them emptied.",
        )
    arguments = employee.on_the_wire()
    description = yield from contracts.contract("Personeel")

    def make(token: Secret) -> Request:
        call = description.call("UpdateMedewerker", {"SessionToken": token, **arguments}, typed=True)
        return attrs.evolve(call.request(contracts.address("Personeel"), timeout=timeout), allow_list=True)

    question = Question(UPDATE, UPDATE, session.account.username)
    yield from with_pass(session, make, partial(_read_done, question=question), writes=True)


def login_by(face: Face, contracts: Contracts) -> Login:
    """How a session is opened at a face of the service. Raises :class:`UsageError` for another face."""
    logins: Mapping[str, Login] = {"http": log_in, "soap": partial(log_in_by_soap, contracts)}
    if face not in logins:
        raise UsageError("There is no such face to log in at", where="login_over", advice="Give http or soap.")
    return logins[face]


def log_in_by_soap(contracts: Contracts, account: Account) -> Flow[Secret]:
    """``Login`` of the service Algemeen. Raises :class:`NotAuthenticated`."""
    description = yield from contracts.contract("Algemeen")
    call = description.call("Login", {"UserName": account.username, "Password": account.password}, typed=True)
    request = attrs.evolve(call.request(contracts.address("Algemeen"), safe_to_repeat=True), allow_list=True)
    reply = yield from exchange(request)
    texts = read_texts(read_body(reply, LOGIN))
    token = texts.get("SessionToken")
    if not token and (texts.get("ResultMessage") or texts.get("Result") in _NO):
        raise refuse_message(texts.get("ResultMessage") or "", Question(LOGIN, LOGIN, account.username))
    return token_of(token or "", LOGIN)


def _read_done(reply: Reply, question: Question) -> None:
    """A write was done unless the answer says otherwise: a fault, or a result that is false."""
    refuse_status(reply, question.place)
    if not reply.body.strip():
        return
    try:
        texts = read_texts(read_body(reply, question.place))
    except SoapFault as fault:
        raise _stranger(fault) from None
    except ReplyInvalid as error:
        if isinstance(error, NotXml):
            raise
        return  # an envelope with nothing in it
    if texts.get("Result") in _NO or texts.get("ResultMessage"):
        raise refuse_message(texts.get("ResultMessage") or "", question)


def _stranger(fault: SoapFault) -> Refused:
    """A fault that speaks of the session is about who we are: what an expired token answers is unknown."""
    if not STRANGER.search(fault.what):
        return fault
    return NotAuthenticated(fault.what, where=fault.where, status=fault.status, code=fault.code)
