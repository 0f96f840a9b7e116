"""What ``Personeel.UpdateMedewerker`` is told of an employee.

The call creates and changes alike, and whatever it is not told becomes empty in Magister (documented): hence a record
of all fields, in which what was not given can be told from what was given as empty.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import partial
from importlib.resources import files
from typing import Final, Literal, TypeAlias

import attrs
from attrs import field, frozen

from magister_connect.core.flow import Flow, Reply, Request, exchange
from magister_connect.core.secrets import MASK, Secret
from magister_connect.core.soap import Description, HeldDocuments, describe, fetch_documents, hold_documents, read_body
from magister_connect.core.soap.reply import read_texts, refuse_status
from magister_connect.errors import NotAuthenticated, NotXml, Refused, ReplyInvalid, SoapFault, UsageError
from magister_connect.medius.account import Account
from magister_connect.medius.answers import STRANGER, Question, refuse_message
from magister_connect.medius.calls import stamnummer_text
from magister_connect.medius.records import StaffMember
from magister_connect.medius.session import Login, Session, log_in, token_of, with_pass


class Omitted(Enum):
    """The mark of a field that was not given."""

    OMITTED = "omitted"

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED: Final = Omitted.OMITTED
WIRE: Final = "magister_connect.wire"
Text: TypeAlias = str | Literal[Omitted.OMITTED]
Moment: TypeAlias = dt.date | Literal[Omitted.OMITTED] | None


@frozen(kw_only=True, repr=False)
class Employee:
    """An employee, in the fields of the vendor and in their order (client code).

    ``personeelsnummer`` is the key. Texts may be ``""`` and dates ``None``, to empty them on purpose. The one client
    that is known sends ``2099-12-31`` as ``datum_uit_dienst`` of those who stay and as ``datum_overlijden``, and ``?``
    for texts that it does not know.
    """

    personeelsnummer: int = field(metadata={WIRE: "PersoneelsNummer"})
    roepnaam: Text = field(default=OMITTED, metadata={WIRE: "Roepnaam"})
    geboortenaam: Text = field(default=OMITTED, metadata={WIRE: "Geboortenaam"})
    geslacht: Text = field(default=OMITTED, metadata={WIRE: "Geslacht"})
    voorletters: Text = field(default=OMITTED, metadata={WIRE: "Voorletters"})
    voornamen: Text = field(default=OMITTED, metadata={WIRE: "Voornamen"})
    tussenvoegsel: Text = field(default=OMITTED, metadata={WIRE: "Tussenvoegsel"})
    achternaam: Text = field(default=OMITTED, metadata={WIRE: "Achternaam"})
    tussenvoegsel_meisjesnaam: Text = field(default=OMITTED, metadata={WIRE: "Tussenvoegsel_meisjesnaam"})
    meisjesnaam: Text = field(default=OMITTED, metadata={WIRE: "Meisjesnaam"})
    geboorte_datum: Moment = field(default=OMITTED, metadata={WIRE: "GeboorteDatum"})
    datum_overlijden: Moment = field(default=OMITTED, metadata={WIRE: "DatumOverlijden"})
    geboorteplaats: Text = field(default=OMITTED, metadata={WIRE: "Geboorteplaats"})
    geboorteland: Text = field(default=OMITTED, metadata={WIRE: "Geboorteland"})
    nationaliteit: Text = field(default=OMITTED, metadata={WIRE: "Nationaliteit"})
    huis_straat: Text = field(default=OMITTED, metadata={WIRE: "Huis_Straat"})
    huis_huisnummer: Text = field(default=OMITTED, metadata={WIRE: "Huis_Huisnummer"})
    huis_huisnummer_toevoeging: Text = field(default=OMITTED, metadata={WIRE: "Huis_Huisnummer_toevoeging"})
    huis_postcode: Text = field(default=OMITTED, metadata={WIRE: "Huis_Postcode"})
    huis_woonplaats: Text = field(default=OMITTED, metadata={WIRE: "Huis_Woonplaats"})
    huis_woonland: Text = field(default=OMITTED, metadata={WIRE: "Huis_Woonland"})
    post_straat: Text = field(default=OMITTED, metadata={WIRE: "Post_Straat"})
    post_huisnummer: Text = field(default=OMITTED, metadata={WIRE: "Post_Huisnummer"})
    post_huisnummer_toevoeging: Text = field(default=OMITTED, metadata={WIRE: "Post_Huisnummer_toevoeging"})
    post_postcode: Text = field(default=OMITTED, metadata={WIRE: "Post_Postcode"})
    post_woonplaats: Text = field(default=OMITTED, metadata={WIRE: "Post_Woonplaats"})
    post_woonland: Text = field(default=OMITTED, metadata={WIRE: "Post_Woonland"})
    datum_in_dienst: Moment = field(default=OMITTED, metadata={WIRE: "DatumInDienst"})
    datum_uit_dienst: Moment = field(default=OMITTED, metadata={WIRE: "DatumUitDienst"})
    telefoon_prive: Text = field(default=OMITTED, metadata={WIRE: "Telefoon_Prive"})
    telefoon_prive_mobiel: Text = field(default=OMITTED, metadata={WIRE: "Telefoon_Prive_Mobiel"})
    telefoon_werk: Text = field(default=OMITTED, metadata={WIRE: "Telefoon_Werk"})
    email_prive: Text = field(default=OMITTED, metadata={WIRE: "Email_Prive"})
    email_werk: Text = field(default=OMITTED, metadata={WIRE: "Email_Werk"})
    functie: Text = field(default=OMITTED, metadata={WIRE: "Functie"})

    @property
    def omitted(self) -> tuple[str, ...]:
        """The names of the fields that were not given."""
        return tuple(each.name for each in attrs.fields(Employee) if getattr(self, each.name) is OMITTED)

    def on_the_wire(self) -> dict[str, str | int | dt.datetime]:
        """Every argument under its own name and in its order; what was not given is empty.

        Raises :class:`UsageError` for a number that is none, and for a value of another kind than the field takes.
        """
        return {each.metadata[WIRE]: _sent(each.name, getattr(self, each.name)) for each in attrs.fields(Employee)}

    def __repr__(self) -> str:
        given = len(attrs.fields(Employee)) - len(self.omitted)
        return f"<Employee with {given} fields given>"


_UNWRITABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATES: Final = frozenset({"geboorte_datum", "datum_overlijden", "datum_in_dienst", "datum_uit_dienst"})


def _sent(name: str, value: object) -> str | int | dt.datetime:
    where = f"Employee.{name}"
    if name == "personeelsnummer":
        return int(stamnummer_text(value if isinstance(value, int | str) else str(value), where))
    if value is OMITTED or (value is None and name in _DATES):
        return ""
    if name in _DATES and isinstance(value, dt.date):
        return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    if name not in _DATES and isinstance(value, str):
        if _UNWRITABLE.search(value):
            raise UsageError("This text holds a control character, which XML cannot hold", where=where)
        return value
    kind = "a date, or None to empty it" if name in _DATES else 'a text, or "" to empty it'
    raise UsageError(f"This field takes {kind}; what was given is of the class {type(value).__name__}", where=where)


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
    """The request that :meth:`update_employee` would send.

    ``address`` and SOAP action, ``fields`` by their names on the wire, the ``envelope``. ``blanked`` names the fields
    that were not given, which the service would empty. The session token is masked. All of it is about a person, so the
    ``repr`` shows the names alone.
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


@frozen
class Colleague:
    """One person of the staff. ``member`` is the first of the ``rows``; ``functies`` are the roles of all of them.

    ``differing`` names the other fields in which the rows do not agree.
    """

    member: StaffMember
    functies: tuple[str, ...]
    rows: tuple[StaffMember, ...] = field(repr=lambda rows: f"<{len(rows)} rows>")
    differing: tuple[str, ...] = ()

    @property
    def stamnummer(self) -> int | None:
        """The number of the person; ``None`` for an account that is nobody's."""
        return self.member.stamnummer

    @property
    def has_left(self) -> bool:
        """Whether the person has left."""
        return self.member.has_left


def merge_employees(staff: Iterable[StaffMember]) -> tuple[Colleague, ...]:
    """One :class:`Colleague` for each stamnummer, in the order of the first row of each.

    Rows without a stamnummer (accounts that are nobody's) stay apart, each for itself.
    """
    grouped: dict[object, list[StaffMember]] = {}
    for row in staff:
        grouped.setdefault(row.stamnummer if row.stamnummer is not None else object(), []).append(row)
    return tuple(_merged(rows) for rows in grouped.values())


def _merged(rows: list[StaffMember]) -> Colleague:
    roles = tuple(dict.fromkeys(row.functie_omschr for row in rows if row.functie_omschr))
    names = (each.name for each in attrs.fields(StaffMember) if each.name != "functie_omschr")
    differing = tuple(name for name in names if any(getattr(row, name) != getattr(rows[0], name) for row in rows))
    return Colleague(rows[0], roles, tuple(rows), differing)
