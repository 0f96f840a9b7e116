"""Answers for a supplier: every form that was measured or observed, faults, and what is hostile."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from magister_connect.core.drivers import RetryPolicy
from magister_connect.core.flow import Reply
from magister_connect.edexml import Leerling, from_uwlr_body
from magister_connect.errors import (
    DocumentInvalid,
    Maintenance,
    NotAuthenticated,
    NotPermitted,
    NotXml,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
)
from magister_connect.uwlr import (
    DataRequest,
    NoData,
    NothingChanged,
    Operation,
    PupilData,
    SchoolReference,
    UwlrClient,
)
from magister_connect.uwlr.answers import AnswerFeed, SentRequest, read_answer
from magister_connect.uwlr.messages import LEERLINGGEGEVENS
from tests.uwlr.messages import message, schema

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
AT = dt.datetime(2026, 1, 16, 3, tzinfo=dt.UTC)
MADE = "2026-01-16T02:00:00+01:00"
XML = (("content-type", "text/xml; charset=utf-8"),)


def school(year: str = "2025-2026", *, made: bool = True) -> str:
    moment = f"<aanmaakdatum>{MADE}</aanmaakdatum>" if made else ""
    return (
        f"<school><schooljaar>{year}</schooljaar><brincode>00AA</brincode>{moment}<xsdversie>2.2</xsdversie></school>"
    )


def pupil(number: int, *, group: str = "g1", eckid: str = "") -> str:
    mark = f' eckid="{eckid}"' if eckid else ""
    return (
        f'<leerling key="l{number}"{mark}><achternaam>Achternaam{number}</achternaam><roepnaam>Roep</roepnaam>'
        f'<jaargroep>11</jaargroep><groep key="{group}"/></leerling>'
    )


GROUPS = '<groepen><groep key="g1"><naam>1a</naam><jaargroep>11</jaargroep></groep></groepen>'
STAFF = (
    '<leerkrachten><leerkracht key="d1"><achternaam>Docent</achternaam>'
    '<groepen><groep key="g1"/></groepen></leerkracht></leerkrachten>'
)


def data(*pupils: str, name: str = "leerlinggegevens", head: str | None = None, rest: str = STAFF) -> str:
    inner = f"<leerlingen>{''.join(pupils or (pupil(1),))}</leerlingen>"
    return f"<{name}>{head or school()}{GROUPS}{inner}{rest}</{name}>"


def content(inner: str, name: str = "leerlinggegevens_antwoord") -> str:
    return f'<{name} xmlns="{LEERLINGGEGEVENS}">{inner}</{name}>'


def envelope(inner: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def asked(
    operation: Operation = Operation.PUPILS_AND_STAFF, *, lenient: bool = False, version: str = "2.2"
) -> SentRequest:
    from magister_connect.uwlr import GroupReference

    groups = (GroupReference(),) if operation.by_groups else ()
    request = DataRequest(operation, SchoolReference.of("00AA"), "2025-2026", version, None, None, groups)
    return SentRequest(request, "POST http://las.localhost/uwlr", AT, lenient)


def read(inner: str, question: SentRequest | None = None, *, headers: tuple[tuple[str, str], ...] = XML) -> object:
    return read_answer(Reply(200, headers, envelope(inner)), question or asked())


PARTS = {
    "structure, school alone": (
        Operation.STRUCTURE,
        f"<leerlinggegevens-structuur>{school()}</leerlinggegevens-structuur>",
    ),
    "structure with groups": (
        Operation.STRUCTURE,
        f"<leerlinggegevens-structuur>{school()}{GROUPS}</leerlinggegevens-structuur>",
    ),
    "pupils": (
        Operation.PUPILS,
        f"<leerlinggegevens-leerlingen>{school()}<leerlingen>{pupil(1)}</leerlingen></leerlinggegevens-leerlingen>",
    ),
    "staff": (
        Operation.STAFF,
        f"<leerlinggegevens-leerkrachten>{school()}{STAFF}</leerlinggegevens-leerkrachten>",
    ),
    "no staff": (Operation.STAFF, f"<leerlinggegevens-leerkrachten>{school()}</leerlinggegevens-leerkrachten>"),
    "everything": (Operation.PUPILS_AND_STAFF, data()),
    "everything without staff": (Operation.PUPILS_AND_STAFF, data(rest="")),
}


@pytest.mark.parametrize("name", PARTS)
def test_an_answer_that_the_official_schema_accepts_is_read(name: str, shared_data: Path) -> None:
    operation, inner = PARTS[name]
    official = schema(shared_data, "UWLR_Leerlinggegevens_v2p2.xsd")
    listed = content(inner.replace("2025-2026", "2024-2025"), operation.answer)  # the list of years ended there
    assert official.validate(etree.fromstring(listed)), official.error_log
    found = read(content(inner, operation.answer), asked(operation))
    assert isinstance(found, PupilData)
    assert found.since == dt.datetime.fromisoformat(MADE)


@pytest.mark.parametrize("blank", ["", " ", "\n  "])
@pytest.mark.parametrize("operation", [each for each in Operation if each is not Operation.RESULTS])
def test_an_answer_without_data_is_no_error_in_any_operation(operation: Operation, blank: str) -> None:
    for name, outcome in (("geengegevens", NoData()), ("geenwijzigingen", NothingChanged(None))):
        inner = content(f"<{name}>{blank}</{name}>", operation.answer)
        assert read(inner, asked(operation)) == outcome


REFUSED = {
    "the role TAL": data(rest=STAFF.replace('<groep key="g1"/>', '<groep key="g1"><rol>TAL</rol></groep>')),
    "a key twice": data(pupil(1), pupil(1)),
    "a group that is nowhere": data(pupil(1, group="g9")),
    "no pupils": f"<leerlinggegevens>{school()}<leerlingen/></leerlinggegevens>",
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_answer_that_is_wrong_is_refused_and_named_leniently(name: str) -> None:
    inner = REFUSED[name]
    with pytest.raises(ReplyInvalid, match="cannot be read") as raised:
        read(content(inner))
    assert raised.value.responsible is Responsible.SUPPLIER
    assert "Achternaam" not in str(raised.value)
    found = read(content(inner), asked(lenient=True))
    assert isinstance(found, PupilData)
    assert found.document.findings


ECK = "https://ketenid.nl/pilot/aaaabbbb"


def test_a_pupil_of_version_2_3_may_have_an_eck_id_alone() -> None:
    inner = content(data(pupil(1, eckid=ECK).replace('key="l1" ', ""), pupil(2)))
    with pytest.raises(ReplyInvalid):
        read(inner)
    found = read(inner, asked(lenient=True, version="2.3"))
    assert isinstance(found, PupilData)
    assert [each.key for each in found.document.leerlingen] == [ECK, "l2"]
    assert [each.code for each in found.document.findings] == ["L13"]


def test_the_moment_to_ask_with_is_of_the_document_else_of_the_server_else_ours_less_a_slack() -> None:
    inner = content(data(head=school(made=False)))
    dated = (*XML, ("date", "Fri, 16 Jan 2026 02:59:30 GMT"))
    for headers, moment in (
        (dated, dt.datetime(2026, 1, 16, 2, 59, 30, tzinfo=dt.UTC)),
        (XML, AT - dt.timedelta(minutes=5)),
        ((*XML, ("date", "gisteren")), AT - dt.timedelta(minutes=5)),
    ):
        found = read(inner, headers=headers)
        assert isinstance(found, PupilData)
        assert found.since == moment
    local = content(data(head=school().replace("+01:00", "")))
    found = read(local)
    assert isinstance(found, PupilData)
    assert found.since == dt.datetime.fromisoformat(MADE)


OTHERS = {
    "another year": data(head=school("2024-2025")),
    "another school": data(head=school().replace("00AA", "00BB")),
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_answer_about_another_school_or_year_is_never_used(name: str) -> None:
    for lenient in (False, True):
        with pytest.raises(ReplyInvalid, match=f"about {name}|about another school"):
            read(content(OTHERS[name]), asked(lenient=lenient))


MAGISTER = f"""<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="{SOAP}"><s:Body><le:leerlinggegevens_antwoord xmlns:le="{LEERLINGGEGEVENS}"><le:leerlinggegevens>
<le:school><le:dependancecode>00</le:dependancecode><le:brincode>00AA</le:brincode>
<le:schooljaar>2025-2026</le:schooljaar>
<le:aanmaakdatum>{MADE}</le:aanmaakdatum><le:xsdversie>2.3</le:xsdversie></le:school>
<le:groepen><le:groep key="g1"><le:naam>1a</le:naam><le:jaargroep>1</le:jaargroep>
<le:omschrijving>Eerste</le:omschrijving>
<le:mutatiedatum>2026-01-02T10:00:00Z</le:mutatiedatum></le:groep></le:groepen>
<le:leerlingen><le:leerling key="l1" eckid="{ECK}"><le:achternaam>Achternaam</le:achternaam>
<le:voorvoegsel></le:voorvoegsel><le:roepnaam>Roep</le:roepnaam>
<le:geboortedatum>2012-03-04</le:geboortedatum><le:jaargroep>1</le:jaargroep>
<le:groep key="g1" /></le:leerling></le:leerlingen>
<le:leerkrachten><le:leerkracht key="d1"><le:roepnaam>Roep</le:roepnaam><le:emailadres>d@school.example</le:emailadres>
<le:voorvoegsel></le:voorvoegsel><le:groepen><le:groep key="g1" /></le:groepen><le:achternaam>Docent</le:achternaam>
</le:leerkracht></le:leerkrachten></le:leerlinggegevens></le:leerlinggegevens_antwoord></s:Body></s:Envelope>"""


def test_the_ways_of_magister_are_read_and_named() -> None:
    body = MAGISTER.encode()
    with pytest.raises(ReplyInvalid):
        read_answer(Reply(200, XML, body), asked(version="2.3"))
    found = read_answer(Reply(200, XML, body), asked(lenient=True, version="2.3"))
    assert isinstance(found, PupilData)
    (only,), (teacher,) = found.document.leerlingen, found.document.leerkrachten
    assert (only.eckid, only.voorvoegsel, only.groep) == (ECK, None, "g1")
    assert (teacher.achternaam, teacher.roepnaam) == ("Docent", "Roep")
    assert found.document.school.xsdversie == "2.3"
    assert {each.code for each in found.document.findings}


PREFIXES = ("", "a:", "le:", "ns0:")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_an_answer_is_the_same_under_any_prefix(prefix: str, mark: str) -> None:
    text = content(data()).replace("</", "\0").replace("<", f"<{prefix}").replace("\0", f"</{prefix}")
    text = text.replace("xmlns=", f"xmlns{':' + prefix[:-1] if prefix else ''}=")
    found = read_answer(Reply(200, XML, (mark + envelope(text).decode()).encode()), asked())
    assert found == read(content(data()))


@pytest.mark.parametrize("charset", ["\x00x", "bestaat-niet", "utf-8", "UTF8", ""])
def test_a_character_set_that_the_reply_is_not_in_costs_nothing(charset: str) -> None:
    headers = (("content-type", f"text/xml; charset={charset}"),)
    found = read_answer(Reply(200, headers, envelope(content(data()))), asked(lenient=True))
    assert isinstance(found, PupilData)


# -- faults -----------------------------------------------------------------------------------------------------------


def fault(code: str, *, text: str = "Sleutel1 van Jansen is onbekend") -> bytes:
    return envelope(f"<s:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring></s:Fault>")


WCF = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
PAGE = b"<!DOCTYPE html><html><body>Jansen</body></html>"
HTML = (("content-type", "text/html"),)
FAULTS: dict[str, tuple[Reply, type[Exception], str | None, Responsible]] = {
    "with a prefix": (
        Reply(500, XML, fault("s:Client.AutorisatieOngeldig")),
        NotPermitted,
        "Client.AutorisatieOngeldig",
        Responsible.SCHOOL,
    ),
    "without a prefix": (
        Reply(500, XML, fault("Client.AutorisatieOngeldig")),
        NotPermitted,
        "Client.AutorisatieOngeldig",
        Responsible.SCHOOL,
    ),
    "under status 200": (
        Reply(200, XML, fault("s:Client.XsdVersieOngeldig")),
        Refused,
        "Client.XsdVersieOngeldig",
        Responsible.YOU,
    ),
    "under status 400": (
        Reply(400, XML, fault("s:Client.OngeldigBericht")),
        Refused,
        "Client.OngeldigBericht",
        Responsible.YOU,
    ),
    "under status 403": (
        Reply(403, XML, fault("s:Client.OngeldigeKlantIdentificatie")),
        NotAuthenticated,
        "Client.OngeldigeKlantIdentificatie",
        Responsible.YOU,
    ),
    "for the moment": (
        Reply(500, XML, fault("s:Server.TijdelijkNietBeschikbaar")),
        Maintenance,
        "Server.TijdelijkNietBeschikbaar",
        Responsible.NOBODY,
    ),
    "inside": (Reply(500, XML, fault("s:Server.InterneFout")), ServiceError, "Server.InterneFout", Responsible.NOBODY),
    "an unknown code of the client": (
        Reply(500, XML, fault("s:Client.IetsAnders")),
        Refused,
        "Client.IetsAnders",
        Responsible.YOU,
    ),
    "an unknown code of the server": (
        Reply(500, XML, fault("s:Server.IetsAnders")),
        ServiceError,
        "Server.IetsAnders",
        Responsible.NOBODY,
    ),
    "WCF about the request": (
        Reply(
            500, XML, fault("a:DeserializationFailed").replace(b"<faultcode>", f'<faultcode xmlns:a="{WCF}">'.encode())
        ),
        Refused,
        "DeserializationFailed",
        Responsible.YOU,
    ),
    "WCF about itself": (
        Reply(
            500, XML, fault("a:InternalServiceFault").replace(b"<faultcode>", f'<faultcode xmlns:a="{WCF}">'.encode())
        ),
        ServiceError,
        "InternalServiceFault",
        Responsible.NOBODY,
    ),
    "WCF, a class alone": (Reply(500, XML, fault("s:Client")), Refused, "Client", Responsible.YOU),
    "a page": (Reply(200, HTML, PAGE), NotXml, None, Responsible.YOU),
    "a page under 403": (Reply(403, HTML, PAGE), NotPermitted, None, Responsible.SCHOOL),
    "a page under 500": (Reply(500, HTML, PAGE), ServiceError, None, Responsible.SUPPLIER),
    "a page under 503": (Reply(503, HTML, PAGE), Maintenance, None, Responsible.NOBODY),
    "nothing under 200": (Reply(200, XML, b""), ReplyInvalid, None, Responsible.SUPPLIER),
    "nothing under 202": (Reply(202, (), b""), ReplyInvalid, None, Responsible.SUPPLIER),
    "another answer": (
        Reply(200, XML, envelope(content("<geengegevens/>", "structuur_antwoord"))),
        ReplyInvalid,
        None,
        Responsible.SUPPLIER,
    ),
    "an envelope of nothing": (Reply(200, XML, envelope("")), NotXml, None, Responsible.YOU),
    "a document type": (
        Reply(200, XML, b"<!DOCTYPE s:Envelope>" + envelope(content(data()))),
        NotXml,
        None,
        Responsible.YOU,
    ),
}


def client_of(reply: Reply, **settings: Any) -> UwlrClient:
    response = httpx.Response(reply.status, headers=list(reply.headers), content=reply.body)
    transport = httpx.MockTransport(lambda _: response)
    return UwlrClient(
        "http://las.localhost/uwlr",
        "leverancier",
        "code",
        "Sleutel1",
        results_endpoint="http://las.localhost/uwlr",
        http=httpx.Client(transport=transport),
        retries=RetryPolicy(attempts=1),
        clock=lambda: AT,
        **settings,
    )


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_no_answer_raises_the_error_that_it_stands_for(name: str) -> None:
    reply, kind, code, responsible = FAULTS[name]
    with client_of(reply) as uwlr:
        with pytest.raises(kind) as raised:
            uwlr.pupils("00AA", "2025-2026")
        with pytest.raises(kind):
            list(uwlr.stream("00AA", "2025-2026"))
    error = raised.value
    assert type(error) is kind
    assert (getattr(error, "code", None), getattr(error, "responsible", None)) == (code, responsible)
    for secret in ("Jansen", "Sleutel1", "Achternaam"):
        assert secret not in f"{error} {error!r}"


def test_results_may_be_confirmed_by_an_element_or_an_empty_202_and_by_nothing_else() -> None:
    confirmed = '<leerresultaten_bevestiging xmlns="http://www.edustandaard.nl/leerresultaten/2/leerresultaten"/>'
    for reply in (Reply(200, XML, envelope(confirmed)), Reply(202, (), b"")):
        with client_of(reply) as uwlr:
            uwlr.send_results(message())
    for reply in (Reply(200, XML, b""), Reply(200, XML, envelope(content("<geengegevens/>"))), Reply(200, HTML, PAGE)):
        with client_of(reply) as uwlr, pytest.raises(ReplyInvalid):
            uwlr.send_results(message())


# -- what is hostile, and what is large -------------------------------------------------------------------------------


def fed(body: bytes, cuts: list[int], *, lenient: bool = False) -> list[object]:
    feed = AnswerFeed(Reply(200, XML, b""), asked(lenient=lenient))
    found: list[object] = []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        found += feed.feed(body[start:end])
    found += feed.close()
    return [feed.without_data] if feed.without_data else found


AROUND = {
    "an attribute": (content(data()).replace("<leerlinggegevens_antwoord", '<leerlinggegevens_antwoord a="1"'), "X"),
    "a text": (content("tekst" + data()), "X08"),
    "a text behind": (content(data() + "tekst"), "X08"),
    "another element": (content(data() + "<geengegevens/>"), "X01"),
    "another element in front": (content("<vreemd/>" + data()), ""),
    "no data and data": (content("<geengegevens/>" + data()), ""),
    "nothing changed and data": (content("<geenwijzigingen/>" + data()), ""),
    "another namespace": (
        f'<a:leerlinggegevens_antwoord xmlns:a="urn:a">{data()}</a:leerlinggegevens_antwoord>'.replace(
            "<leerlinggegevens>", f'<leerlinggegevens xmlns="{LEERLINGGEGEVENS}">'
        ),
        "X14",
    ),
}


@pytest.mark.parametrize("name", AROUND)
def test_an_answer_holds_one_element_and_nothing_else(name: str) -> None:
    inner, code = AROUND[name]
    body = envelope(inner)
    with pytest.raises((NotXml, ReplyInvalid)):
        read(inner)
    with pytest.raises((NotXml, ReplyInvalid)):
        fed(body, [])
    if not code:
        return
    found = read(inner, asked(lenient=True))
    assert isinstance(found, PupilData)
    assert [each.code for each in found.document.findings if each.code.startswith(code)]
    assert fed(body, [], lenient=True)


def test_a_reply_that_is_cut_into_two_anywhere_gives_the_same_records() -> None:
    for inner in (content(data(pupil(1), pupil(2, eckid=ECK))), content("<geengegevens/>")):
        body = envelope(inner)
        whole = fed(body, [])
        assert whole
        for cut in range(1, len(body)):
            assert fed(body, [cut]) == whole


def test_a_reply_that_ends_early_anywhere_is_cut_off_whole_and_streamed() -> None:
    for inner in (content(data()), content("<geengegevens/>")):
        body = envelope(inner)
        for end in range(1, len(body)):
            with pytest.raises((NotXml, ReplyInvalid), match="cut off"):
                read_answer(Reply(200, XML, body[:end]), asked())
            with pytest.raises((NotXml, ReplyInvalid), match="cut off"):
                fed(body[:end], [])


def pieces(count: int) -> Iterator[bytes]:
    head, tail = envelope(content(data("\0"))).split(b"\0")
    yield head
    for start in range(0, count, 100):
        yield "".join(pupil(number) for number in range(start, start + 100)).encode()
    yield tail


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux says what a process holds")
def test_fifty_thousand_pupils_are_read_under_a_ceiling_of_memory() -> None:
    feed = AnswerFeed(Reply(200, XML, b""), asked())
    count, before = 0, 0
    for piece in pieces(50_000):
        count += sum(isinstance(each, Leerling) for each in feed.feed(piece))
        if count == 1_000:
            before = resident()
    assert not list(feed.close())
    assert count == 50_000
    assert resident() - before < 24_000_000  # the keys, to find one that stands twice; the records would take 60 MB


def odd_forms() -> dict[str, tuple[str, bytes]]:
    """Replies that are odd in their bytes alone, each with its media type."""
    named = envelope(content(data())).decode().replace("Achternaam1", "Ren\xe9e")
    part = b"--x\r\nContent-Type: application/xop+xml; charset=utf-8\r\nContent-ID: <r>\r\n\r\n"
    return {
        "UTF-16": ("text/xml", f"<?xml version='1.0' encoding='UTF-16'?>{named}".encode("utf-16")),
        "UTF-16 without a declaration": ("text/xml", named.encode("utf-16")),
        "ISO-8859-1": ("text/xml", f"<?xml version='1.0' encoding='ISO-8859-1'?>{named}".encode("iso-8859-1")),
        "a character set in the header alone": ("text/xml; charset=iso-8859-1", named.encode("iso-8859-1")),
        "a declaration in CDATA": ("text/xml", named.replace("Ren\xe9e", "<![CDATA[<?xml Ren\xe9e]]>").encode()),
        "a blank line": ("text/xml", b"\r\n<?xml version='1.0' encoding='utf-8'?>" + named.encode()),
        "a notice of PHP": ("text/xml", b"<br />\n<b>Notice</b>\n<?xml version='1.0'?>" + named.encode()),
        "MTOM": ('multipart/related; boundary=x; start="<r>"', part + named.encode() + b"\r\n--x--\r\n"),
    }


@pytest.mark.parametrize("size", [1, 3, 50, 100_000])
@pytest.mark.parametrize("name", odd_forms())
def test_an_odd_reply_is_read_whole_and_streamed_in_pieces_of_any_size(name: str, size: int) -> None:
    kind, body = odd_forms()[name]

    class Pieces(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return (body[start : start + size] for start in range(0, len(body), size))

    def answering(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": kind}, stream=Pieces())

    with httpx.Client(transport=httpx.MockTransport(answering)) as http:
        uwlr = UwlrClient("https://las.example/uwlr", "naam", "code", "sleutel", http=http)
        whole = uwlr.pupils("00AA", "2025-2026")
        streamed = list(uwlr.stream("00AA", "2025-2026"))
    assert isinstance(whole, PupilData)
    assert [each.achternaam for each in streamed if isinstance(each, Leerling)] == [
        each.achternaam for each in whole.document.leerlingen
    ]
    assert (whole.document.leerlingen[0].achternaam or "").endswith("Ren\xe9e")


@pytest.mark.parametrize("made", ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59"])
def test_what_programs_write_for_no_date_is_no_moment_to_ask_with(made: str) -> None:
    answer = read(content(data(head=school().replace(MADE, made))))
    assert isinstance(answer, PupilData)
    assert answer.since == AT - dt.timedelta(minutes=5)


@pytest.mark.parametrize("inner", ["<leerlinggegevens/>", "<leerlinggegevens></leerlinggegevens>"])
def test_data_that_hold_nothing_at_all_are_refused_whole_streamed_and_as_a_body(inner: str) -> None:
    with pytest.raises(ReplyInvalid, match="cannot be read"):
        read(content(inner))
    with pytest.raises(ReplyInvalid, match="cannot be read"):
        fed(envelope(content(inner)), [], lenient=True)
    for body in (envelope(content(inner)), f'<leerlinggegevens xmlns="{LEERLINGGEGEVENS}"/>'.encode()):
        for lenient in (False, True):
            with pytest.raises(DocumentInvalid):
                from_uwlr_body(body, lenient=lenient)
