"""Write an employee with ``Personeel.UpdateMedewerker``, over SOAP.

One call creates and changes, and the service empties every field that is missing (documented). So the record has all
fields, and distinguishes a field that you omit from one that you set to empty.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import Final, Literal, TypeAlias, cast

import attrs
from attrs import field, frozen

from magister_connect.core.flow import Flow, Reply, Request
from magister_connect.core.records.personal import PERSONAL
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.secrets import MASK, Secret
from magister_connect.core.soap import read_body
from magister_connect.core.soap.reply import read_texts, refuse_status
from magister_connect.errors import NotAuthenticated, NotXml, Refused, ReplyInvalid, SoapFault, UsageError
from magister_connect.medius.answers import SESSION_WORDS, Question, refuse_message
from magister_connect.medius.calls import Person, stamnummer_text
from magister_connect.medius.session import Session, with_session
from magister_connect.medius.soap import NO, UPDATE, Contracts


class Omitted(Enum):
    """Marks a field that was not set."""

    OMITTED = "omitted"

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED: Final = Omitted.OMITTED
WIRE: Final = "magister_connect.wire"
Text: TypeAlias = str | Literal[Omitted.OMITTED]
Moment: TypeAlias = dt.date | Literal[Omitted.OMITTED] | None


@frozen(kw_only=True, repr=False)
class Employee(MaskedRepr):
    """An employee, with the supplier's fields in their order (client code).

    ``personeelsnummer`` is the key: a whole number, its digits or a ``Stamnummer``. Set texts to ``""`` and dates to
    ``None`` to empty them on purpose. The one known client sends ``2099-12-31`` as ``datum_uit_dienst`` of people who
    stay and as ``datum_overlijden``, and ``?`` for unknown texts.
    """

    personeelsnummer: Person = field(metadata={WIRE: "PersoneelsNummer"})
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
        """The names of the fields that were not set."""
        return tuple(each.name for each in attrs.fields(Employee) if getattr(self, each.name) is OMITTED)

    def on_the_wire(self) -> dict[str, str | int | dt.datetime]:
        """Return every argument under its SOAP name and in its order. Fields that were not set are empty.

        Raises :class:`UsageError` for a value that is not a number where one is needed, or has another wrong type.
        """
        return {each.metadata[WIRE]: _sent(each.name, getattr(self, each.name)) for each in attrs.fields(Employee)}

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return the fields that were set, as plain data. Personal data are masked unless ``reveal`` is true."""
        return {name: value for name, value in super().to_dict(reveal=reveal).items() if name not in self.omitted}

    def __repr__(self) -> str:
        given = len(attrs.fields(Employee)) - len(self.omitted)
        return f"<Employee with {given} fields given>"


_UNWRITABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DATES: Final = frozenset({"geboorte_datum", "datum_overlijden", "datum_in_dienst", "datum_uit_dienst"})


def _sent(name: str, value: object) -> str | int | dt.datetime:
    where = f"Employee.{name}"
    if name == "personeelsnummer":
        return int(stamnummer_text(cast("Person", value), where))
    if value is OMITTED or (value is None and name in _DATES):
        return ""
    if name in _DATES and isinstance(value, dt.date):
        return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    if name not in _DATES and isinstance(value, str):
        if _UNWRITABLE.search(value):
            raise UsageError("This text contains a control character, which XML does not allow", where=where)
        return value
    kind = "a date, or None to empty it" if name in _DATES else 'a text, or "" to empty it'
    raise UsageError(f"This field takes {kind}, but received a value of the class {type(value).__name__}", where=where)


@frozen(repr=False)
class Preview(MaskedRepr):
    """The request that :meth:`update_employee` would send.

    It contains the ``address``, the SOAP action, the ``fields`` by their SOAP names, and the ``envelope``. ``blanked``
    names the fields that were not set; the service would empty them. The session token is masked.
    """

    address: str
    soap_action: str
    fields: Mapping[str, str]
    blanked: tuple[str, ...]
    envelope: str = field(metadata={PERSONAL: True})


def preview_employee(contracts: Contracts, employee: Employee) -> Preview:
    """Return the request without sending it."""
    call = contracts.stored_description("Personeel").call(
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
    """Send ``UpdateMedewerker`` once, without retries."""
    if employee.omitted and not partial_record:
        raise UsageError(
            f"The service would empty the missing fields: {', '.join(employee.omitted)}",
            where="Employee",
            advice="Pass all fields, or pass partial=True to empty them.",
        )
    arguments = employee.on_the_wire()
    description = yield from contracts.contract("Personeel")

    def make(token: Secret) -> Request:
        call = description.call("UpdateMedewerker", {"SessionToken": token, **arguments}, typed=True)
        return attrs.evolve(call.request(contracts.address("Personeel"), timeout=timeout), allow_list=True)

    question = Question(UPDATE, UPDATE, session.account.username)
    yield from with_session(session, make, partial(_read_done, question=question), writes=True)


def _read_done(reply: Reply, question: Question) -> None:
    """Check the response to a write. It succeeded unless the response contains a fault or a false result."""
    refuse_status(reply, question.place)
    if not reply.body.strip():
        return
    try:
        texts = read_texts(read_body(reply, question.place))
    except SoapFault as fault:
        raise _session_error(fault) from None
    except ReplyInvalid as error:
        if isinstance(error, NotXml):
            raise
        return  # an envelope without content
    if texts.get("Result") in NO or texts.get("ResultMessage"):
        raise refuse_message(texts.get("ResultMessage") or "", question)


def _session_error(fault: SoapFault) -> Refused:
    """Return the fault as :class:`NotAuthenticated` if it mentions the session.

    It is unknown how the service responds to an expired token.
    """
    if not SESSION_WORDS.search(fault.what):
        return fault
    return NotAuthenticated(fault.what, where=fault.where, status=fault.status, code=fault.code)
