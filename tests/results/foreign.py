"""Results services in dialects of their own, written by hand: a WSDL, a reader of requests, a writer of replies.

Nothing here comes from the package: only the text of the request decides the response. So a contract that fits one of
these fits a service that was not written together with its client.
"""

import datetime as dt
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, Final

import httpx
from attrs import field, frozen, mutable

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.results import Contract, ResultsClient

ADDRESS: Final = "https://toetsen.example/soap"
NOW: Final = dt.datetime(2025, 11, 20, 10, tzinfo=dt.UTC)
PAGE: Final = 10
KEY: Final = "geheim-0123456789"
_ENVELOPES: Final = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
XSD: Final = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema"'


@frozen
class Row:
    """One result, as the service has it."""

    nr: int
    student: str
    moment: dt.datetime
    level: str = "2F"


def rows(count: int) -> list[Row]:
    """So many results at even distances."""
    begin = dt.datetime(2025, 9, 1, 8)
    return [Row(1000 + place, str(1001 + place % 7), begin + dt.timedelta(hours=place)) for place in range(count)]


def wsdl(types: str, message: str, *, rpc: str = "", header: str = "", version: str = "1.1", more: str = "") -> bytes:
    """A WSDL of one operation; ``message`` are the parts of its two messages, split by a bar."""
    sent, received = message.split("|")
    soap = "soap12" if version == "1.2" else "soap"
    use = (
        f'use="encoded" namespace="{rpc}" encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
        if rpc
        else 'use="literal"'
    )
    bound = '<soap:header message="tns:kop" part="kop" use="literal"/>' if header else ""
    return f"""<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" {XSD}
 xmlns:soap="http://schemas.xmlsoap.org/wsdl/{soap}/" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/"
 xmlns:tns="urn:toetsen" targetNamespace="urn:toetsen">{more}<types>{types}</types>
<message name="vraag">{sent}</message><message name="antwoord">{received}</message>{header}
<portType name="P"><operation name="Haal"><input message="tns:vraag"/><output message="tns:antwoord"/></operation>
</portType>
<binding name="B" type="tns:P"><soap:binding style="{"rpc" if rpc else "document"}"
 transport="http://schemas.xmlsoap.org/soap/http"/><operation name="Haal">
<soap:operation soapAction="urn:toetsen#Haal"/><input><soap:body {use}/>{bound}</input>
<output><soap:body {use}/></output></operation></binding>
<service name="S"><port name="P" binding="tns:B"><soap:address location="http://127.0.0.1:1/"/></port></service>
</definitions>""".encode()


def elements(names: str) -> str:
    """Elements of a sequence: ``name:type``, with a question mark behind what may be left out."""
    made = ""
    for each in names.split():
        name, _, kind = each.rstrip("?").partition(":")
        made += f'<xsd:element name="{name}" type="xsd:{kind or "string"}"'
        made += ' minOccurs="0"/>' if each.endswith("?") else "/>"
    return made


def schema(inside: str, *, qualified: bool = False) -> str:
    """One schema of the service."""
    form = "qualified" if qualified else "unqualified"
    return f'<xsd:schema targetNamespace="urn:toetsen" elementFormDefault="{form}">{inside}</xsd:schema>'


def _sequence(inside: str, name: str = "") -> str:
    named = f' name="{name}"' if name else ""
    return f"<xsd:complexType{named}><xsd:sequence>{inside}</xsd:sequence></xsd:complexType>"


def document(request: str, reply: str, more: str = "") -> tuple[str, str]:
    """The types of document style, and the parts of the messages."""
    types = (
        f'<xsd:element name="Haal">{_sequence(request)}</xsd:element>'
        f'<xsd:element name="HaalAntwoord">{_sequence(reply)}</xsd:element>{more}'
    )
    return types, '<part name="p" element="tns:Haal"/>|<part name="p" element="tns:HaalAntwoord"/>'


LIST: Final = '<xsd:element name="uitslag" type="tns:Uitslag" minOccurs="0" maxOccurs="unbounded"/>'
RECORD: Final = elements("submission_nr:int username:string modified:string level:string?")


def plain_type(inside: str = RECORD) -> str:
    """The type of a record."""
    return f'<xsd:complexType name="Uitslag"><xsd:sequence>{inside}</xsd:sequence></xsd:complexType>'


def plain_row(row: Row) -> str:
    """A record of four elements."""
    return (
        f"<uitslag><submission_nr>{row.nr}</submission_nr><username>{row.student}</username>"
        f"<modified>{row.moment:%Y-%m-%d %H:%M:%S}</modified><level>{row.level}</level></uitslag>"
    )


def plain_list(found: list[Row], _texts: dict[str, str]) -> str:
    """A list of such records."""
    return "".join(plain_row(each) for each in found)


def by_offset(found: list[Row], texts: dict[str, str]) -> list[Row]:
    """A page of a list by an offset."""
    begin = int(texts.get("offset") or texts.get("Skip") or 0)
    size = min(int(texts.get("limit") or texts.get("Take") or PAGE), PAGE)
    return found[begin : begin + size]


@mutable
class Foreign:
    """One service. ``select`` takes what is in the period and the texts of the request, and returns one page."""

    description: bytes
    write: Callable[[list[Row], dict[str, str]], str] = plain_list
    select: Callable[[list[Row], dict[str, str]], list[Row]] = by_offset
    account: Callable[[httpx.Request, str], bool] = lambda _request, text: KEY in text
    needs: tuple[str, ...] = ()
    wrap: Callable[[str], httpx.Response] | None = None
    version: str = "1.1"
    data: list[Row] = field(factory=lambda: rows(35))
    requests: list[str] = field(factory=list)
    poison: set[int] = field(factory=set)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the service answers to a request over HTTP."""
        if request.method == "GET":
            return httpx.Response(200, content=self.description, headers={"content-type": "text/xml"})
        text = request.content.decode()
        self.requests.append(text)
        texts = dict(re.findall(r"<(?:\w+:)?(\w+)(?: [^<>]*)?>([^<>]*)</", text))
        if not self.account(request, text):
            return self.fault("Client", "Ongeldige sleutel")
        if missing := [each for each in self.needs if each not in texts]:
            return self.fault("Server", f"SOAP-ERROR: Encoding: object has no '{missing[0]}' property")
        page = self.select(self.within(texts), texts)
        if any(each.nr in self.poison for each in page):
            return self.fault("Server", "Internal error")
        envelope = self.envelope(f'<r:HaalAntwoord xmlns:r="urn:toetsen">{self.write(page, texts)}</r:HaalAntwoord>')
        if self.wrap is not None:
            return self.wrap(envelope)
        return httpx.Response(200, content=envelope.encode(), headers={"content-type": "text/xml; charset=utf-8"})

    def within(self, texts: dict[str, str]) -> list[Row]:
        """What lies in the period that is asked for."""

        def bound(*names: str) -> dt.datetime | None:
            found = next((texts[name] for name in names if texts.get(name)), None)
            return None if found is None else dt.datetime.fromisoformat(found)

        since, until = bound("date_from", "Since"), bound("date_to", "Until")
        return [
            each for each in sorted(self.data, key=lambda each: (each.moment, each.nr))
            if (since is None or each.moment >= since) and (until is None or each.moment < until)
        ]  # fmt: skip

    def envelope(self, body: str) -> str:
        """An envelope around a body."""
        return f'<e:Envelope xmlns:e="{_ENVELOPES[self.version]}"><e:Body>{body}</e:Body></e:Envelope>'

    def fault(self, code: str, text: str) -> httpx.Response:
        """A fault."""
        body = f"<e:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring></e:Fault>"
        return httpx.Response(500, text=self.envelope(body), headers={"content-type": "text/xml"})

    def client(self, contract: Contract | None = None, **more: Any) -> ResultsClient:
        """A client of it, over a transport without sockets."""
        options: dict[str, Any] = {
            "product": "Facet",
            "instellingscode": "ZAND",
            "soap_key": KEY,
            "contract": contract,
            "clock": lambda: NOW,
            "retries": NO_RETRIES,
            "http": httpx.Client(transport=httpx.MockTransport(self.answer)),
            **more,
        }
        source = options.pop("wsdl", f"{ADDRESS}?wsdl")
        client = ResultsClient(source, **options)
        client._driver._sleep = lambda _seconds: None
        return client


# -- the kinds ---------------------------------------------------------------------------------------------------------

PERIOD: Final = "date_from:dateTime date_to:dateTime?"
ACCOUNT: Final = "institution_code:string key:string"


def literal(request: str, reply: str = LIST, more: str = "", **options: Any) -> bytes:
    """A document/literal WSDL."""
    types, message = document(request, reply, more or plain_type())
    return wsdl(schema(types), message, **options)


def rpc_encoded(imported: str) -> Foreign:
    """PHP's usual form: rpc/encoded with an array of the encoding, every parameter required."""
    types = schema(
        f'{imported}<xsd:complexType name="Uitslag"><xsd:all>{RECORD}</xsd:all></xsd:complexType>'
        '<xsd:complexType name="Lijst"><xsd:complexContent><xsd:restriction base="enc:Array">'
        '<xsd:attribute ref="enc:arrayType" wsdl:arrayType="tns:Uitslag[]"/></xsd:restriction></xsd:complexContent>'
        "</xsd:complexType>"
    )
    names = (
        *(f"{name}:string" for name in ("institution_code", "key", "date_from", "date_to")),
        "limit:int",
        "offset:int",
    )
    parts = "".join(f'<part name="{n}" type="xsd:{k}"/>' for n, k in (each.split(":") for each in names))

    def write(found: list[Row], _texts: dict[str, str]) -> str:
        inside = (
            plain_list(found, {}).replace("<uitslag>", '<item xsi:type="tns:Uitslag">').replace("</uitslag>", "</item>")
        )
        return (
            f'<return enc:arrayType="tns:Uitslag[{len(found)}]" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/" '
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:tns="urn:toetsen">{inside}</return>'
        )

    needs = ("institution_code", "key", "date_from", "date_to", "limit", "offset")
    description = wsdl(types, f'{parts}|<part name="return" type="tns:Lijst"/>', rpc="urn:toetsen")
    return Foreign(description, write, needs=needs)


def nested() -> Foreign:
    """The manner of .NET: the request in one object, results below the student who carries the number."""
    asked = elements("ClientCode? Secret? Since:dateTime? Until:dateTime? Skip:int? Take:int?")
    student = '<xsd:element name="Leerling" type="tns:Leerling" minOccurs="0" maxOccurs="unbounded"/>'
    more = (
        _sequence(asked, "Vraag")
        + _sequence(student, "Leerlingen")
        + _sequence(elements("StudentNumber") + '<xsd:element name="Uitslagen" type="tns:Uitslagen"/>', "Leerling")
        + _sequence(LIST, "Uitslagen")
        + plain_type(elements("SubmissionId:int Modified:dateTime Level?"))
    )
    types, message = document(
        '<xsd:element name="request" type="tns:Vraag"/>', '<xsd:element name="Leerlingen" type="tns:Leerlingen"/>', more
    )

    def write(found: list[Row], _texts: dict[str, str]) -> str:
        inside = "".join(
            f"<Leerling><StudentNumber>{row.student}</StudentNumber><Uitslagen><uitslag><SubmissionId>{row.nr}"
            f"</SubmissionId><Modified>{row.moment.isoformat()}</Modified><Level>{row.level}</Level></uitslag></Uitslagen>"
            "</Leerling>"
            for row in found
        )
        return f"<Leerlingen>{inside}<Leerling><StudentNumber>9</StudentNumber><Uitslagen/></Leerling></Leerlingen>"

    return Foreign(wsdl(schema(types, qualified=True), message), write, needs=("Secret", "ClientCode"))


def in_a_child() -> Foreign:
    """The number of the candidate stands in a structure of the record."""
    more = plain_type(
        elements("submission_nr:int modified:string level?") + '<xsd:element name="kandidaat" type="tns:Kandidaat"/>'
    ) + _sequence(elements("naam gebruikersnaam"), "Kandidaat")

    def write(found: list[Row], _texts: dict[str, str]) -> str:
        return "".join(
            plain_row(row).replace(
                f"<username>{row.student}</username>",
                f"<kandidaat><naam>Sanne</naam><gebruikersnaam>{row.student}</gebruikersnaam></kandidaat>",
            )
            for row in found
        )

    return Foreign(
        literal(elements(f"{ACCOUNT} {PERIOD} offset:int limit:int"), more=more), write, needs=("limit", "offset")
    )


def of_attributes() -> Foreign:
    """A record made of attributes, its level as its own text, over SOAP 1.2."""
    attributes = "".join(
        f'<xsd:attribute name="{name}" type="xsd:string"/>' for name in ("submission_nr", "username", "modified")
    )
    more = (
        '<xsd:complexType name="Uitslag"><xsd:simpleContent><xsd:extension base="xsd:string">'
        f"{attributes}</xsd:extension></xsd:simpleContent></xsd:complexType>"
    )

    def write(found: list[Row], _texts: dict[str, str]) -> str:
        return "".join(
            f'<uitslag submission_nr="{row.nr}" username="{row.student}" modified="{row.moment}">{row.level}</uitslag>'
            for row in found
        )

    description = literal(elements(f"{ACCOUNT} {PERIOD} offset:int?"), more=more, version="1.2")
    return Foreign(description, write, version="1.2")


def with_constants() -> Foreign:
    """A product and a language are wanted."""
    return Foreign(literal(elements(f"{ACCOUNT} {PERIOD} offset:int? product taal")), needs=("product", "taal"))


def in_a_header() -> Foreign:
    """Three credentials in a SOAP header with names of its own."""
    kop = f'<xsd:element name="Aanmelding">{_sequence(elements("Klantcode Sleutel Gebruiker"))}</xsd:element>'
    types, message = document(elements(f"{PERIOD} offset:int?"), LIST, plain_type() + kop)
    header = '<message name="kop"><part name="kop" element="tns:Aanmelding"/></message>'
    return Foreign(
        wsdl(schema(types), message, header=header),
        account=lambda _request, text: all(each in text.partition("Body")[0] for each in (KEY, "ZAND", "magister")),
    )


def over_basic() -> Foreign:
    """HTTP Basic beside a parameter for the institution."""

    def account(request: httpx.Request, text: str) -> bool:
        pair = b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        return pair == f"ZAND:{KEY}" and "<institution_code>ZAND<" in text

    return Foreign(literal(elements(f"institution_code {PERIOD} offset:int?")), account=account)


def secured(kind: str) -> Foreign:
    """WS-Security's UsernameToken, as text or as a digest."""

    def account(_request: httpx.Request, text: str) -> bool:
        found: dict[str, str] = dict(re.findall(r"<wss?e?u?:(\w+)[^>]*>([^<]*)<", text))
        if found.get("Username") != "ZAND":
            return False
        if kind == "password":
            return found["Password"] == KEY
        once = b64decode(found["Nonce"])
        digest = hashlib.sha1(once + found["Created"].encode() + KEY.encode()).digest()  # noqa: S324 - as the profile says
        return found["Password"] == b64encode(digest).decode()

    return Foreign(literal(elements(f"{PERIOD} offset:int?"), more=plain_type()), account=account)


def by_page() -> Foreign:
    """Pages have numbers."""

    def select(found: list[Row], texts: dict[str, str]) -> list[Row]:
        begin = max(0, int(texts.get("page") or 1) - 1) * PAGE
        return found[begin : begin + PAGE]

    return Foreign(
        literal(elements(f"{ACCOUNT} {PERIOD} page:int page_size:int")), select=select, needs=("page", "page_size")
    )


def by_token() -> Foreign:
    """The reply has the cursor for the next request, and a flag."""
    reply = f"{LIST}{elements('next_token? has_more:boolean')}"

    def begin(texts: dict[str, str]) -> int:
        return int(texts["next_token"].removeprefix("na-")) if texts.get("next_token") else 0

    def select(found: list[Row], texts: dict[str, str]) -> list[Row]:
        return found[begin(texts) : begin(texts) + PAGE]

    def write(found: list[Row], texts: dict[str, str]) -> str:
        more = len(found) == PAGE
        token = f"<next_token>na-{begin(texts) + PAGE}</next_token>" if more else ""
        return f"{plain_list(found, texts)}{token}<has_more>{str(more).lower()}</has_more>"

    return Foreign(literal(elements(f"{ACCOUNT} {PERIOD} next_token?"), reply), write, select)


def sent_as(content_type: str, encode: Callable[[str], bytes]) -> Foreign:
    """The envelope in another form of bytes."""
    made = Foreign(literal(elements(f"{ACCOUNT} {PERIOD} offset:int?")))
    made.wrap = lambda text: httpx.Response(200, content=encode(text), headers={"content-type": content_type})
    made.data = [Row(row.nr, row.student, row.moment, "2F é") for row in rows(35)]
    return made


MTOM: Final = b"--g\r\nContent-Type: application/xop+xml; charset=utf-8\r\nContent-ID: <w>\r\n\r\n%s\r\n--g--\r\n"
