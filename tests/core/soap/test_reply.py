"""Replies are read by local names; every odd answer has its own error, and none of them quotes a value."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.flow import Reply
from magister_connect.core.soap import Fault, read_body, read_texts
from magister_connect.core.soap.reply import fault_of, read_fault
from magister_connect.core.xml import Element, local_name, parse, reply_complaint
from magister_connect.errors import (
    MagisterConnectError,
    Maintenance,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    NotXml,
    RateLimited,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
    SoapFault,
)

WHERE = "POST https://school.invalid/soap"
XML = (("Content-Type", "text/xml; charset=utf-8"),)
ENVELOPE = '<E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/"><E:Body>{}</E:Body></E:Envelope>'


def envelope(content: str, status: int = 200) -> Reply:
    return Reply(status, XML, ENVELOPE.format(content).encode())


def fault(code: str, text: str, detail: str = "") -> str:
    return f"<E:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail></E:Fault>"


def element(text: str) -> Element:
    return parse(text.encode(), reply_complaint(WHERE))


def test_the_content_of_the_body_is_given() -> None:
    assert local_name(read_body(envelope('<n:menuResponse xmlns:n="urn:n"/>'), WHERE)) == "menuResponse"


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("code", "local", "responsible"),
    [
        ("E:Client", "Client", Responsible.YOU),
        ("Sender", "Sender", Responsible.YOU),
        ("Client.AutorisatieOngeldig", "Client.AutorisatieOngeldig", Responsible.YOU),
        ("SOAP-ENV:Server", "Server", Responsible.SUPPLIER),
        ("Receiver", "Receiver", Responsible.SUPPLIER),
        ("", "unknown", Responsible.SUPPLIER),
    ],
)
def test_a_fault_says_who_can_fix_it_whatever_its_prefix_and_status(
    status: int, code: str, local: str, responsible: Responsible
) -> None:
    with pytest.raises(SoapFault) as caught:
        read_body(envelope(fault(code, "Nee"), status), WHERE)
    assert (caught.value.code, caught.value.responsible, caught.value.status) == (local, responsible, status)


@pytest.mark.parametrize(
    "text",
    [
        "string 'Noortje Proefkonijn' is not a valid utf-8 string",
        "leerling 111222333 onbekend",
        "bad value <roepnaam>Noortje</roepnaam>".replace("<", "&lt;"),
        'invalid "Noortje"',
        "mail aan noortje@school.invalid",
        "failed in /var/www/school/result.php",
    ],
)
def test_the_text_of_a_fault_is_printed_without_what_may_be_a_value(text: str) -> None:
    with pytest.raises(SoapFault) as caught:
        read_body(envelope(fault("Server", text)), WHERE)
    assert not any(value in str(caught.value) for value in ("Noortje", "noortje", "111222333", "result.php"))


def test_the_detail_of_a_fault_is_kept_by_path_and_not_printed() -> None:
    found = fault_of(envelope(fault("Server", "x", "<item><key>code</key><value>7</value></item>"), 500), WHERE)
    assert found == Fault("Server", "x", (("detail/item/key", "code"), ("detail/item/value", "7")))
    assert "7" not in repr(found)


def test_a_fault_of_soap_12_is_read_too() -> None:
    body = "<E:Fault><E:Code><E:Value>E:Sender</E:Value></E:Code><E:Reason><E:Text>Nee</E:Text></E:Reason></E:Fault>"
    found = fault_of(envelope(body), WHERE)
    assert found is not None
    assert (found.code, found.text, found.blames_request) == ("Sender", "Nee", True)


def test_what_carries_no_fault_has_none() -> None:
    assert fault_of(envelope("<ok/>"), WHERE) is None
    assert fault_of(Reply(503, body=b"<html/>"), WHERE) is None


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(200, XML, b"<html><body/></html>"), NotXml),
        (Reply(200, XML, b"<Response/>"), NotXml),
        (Reply(200, XML, b""), NotXml),
        (Reply(200, XML, ENVELOPE.format("<ok/>").encode()[:-9]), NotXml),
        (envelope(""), ReplyInvalid),
        (Reply(200, XML, b"<Envelope/>"), ReplyInvalid),
        (envelope('<a href="#ref1"/>'), ReplyInvalid),
        (Reply(301, XML), ReplyInvalid),
        (Reply(401), NotAuthenticated),
        (Reply(403), NotPermitted),
        (Reply(404), NotFound),
        (Reply(429), RateLimited),
        (Reply(503, (("Content-Type", "text/html"),), b"<html/>"), Maintenance),
        (Reply(500, (("Content-Type", "text/html"),), b""), ServiceError),
        (Reply(500, XML, b""), ServiceError),
        (Reply(400), Refused),
        (Reply(418), Refused),
        (Reply(501), ServiceError),
    ],
)
def test_every_odd_answer_has_its_own_error(reply: Reply, kind: type[MagisterConnectError]) -> None:
    with pytest.raises(kind) as caught:
        read_body(reply, WHERE)
    assert type(caught.value) is kind
    assert caught.value.where is not None
    assert WHERE in caught.value.where or caught.value.where == "a"


@pytest.mark.parametrize(
    ("body", "responsible"),
    [
        (b"<html><body/></html>", Responsible.YOU),
        (b"<Response/>", Responsible.YOU),
        (ENVELOPE.format("<ok/>").encode()[:-9], Responsible.SUPPLIER),
        (ENVELOPE.format("<ok></no>").encode(), Responsible.SUPPLIER),
    ],
)
def test_another_answer_is_a_matter_of_the_address_and_a_broken_one_of_the_vendor(
    body: bytes, responsible: Responsible
) -> None:
    with pytest.raises(NotXml) as caught:
        read_body(Reply(200, XML, body), WHERE)
    assert caught.value.responsible is responsible
    assert ("Check that the address" in str(caught.value)) is (responsible is Responsible.YOU)


def test_a_reference_is_replaced_by_what_it_refers_to() -> None:
    content = read_body(
        envelope('<r><x id="ref1"><naam>A</naam><bij href="#ref2"/></x><x href="#ref1"/><y id="ref2">7</y></r>'), WHERE
    )
    first, second = content[0], content[1]
    assert [child.tag for child in second] == [child.tag for child in first]
    assert second[0].text == "A"
    assert second[1].text == "7"


def test_an_href_that_is_no_reference_is_left_alone() -> None:
    content = read_body(envelope('<r><a href="https://school.invalid/">7</a></r>'), WHERE)
    assert (content[0].text, content[0].get("href")) == ("7", "https://school.invalid/")


def test_texts_tell_nil_from_empty_from_absent() -> None:
    texts = read_texts(
        element(
            '<r xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><a>x</a><b i:nil="true"/><c/><d i:nil="0">y</d></r>'
        )
    )
    assert texts == {"a": "x", "b": None, "c": "", "d": "y"}


def test_a_name_that_comes_twice_is_refused() -> None:
    with pytest.raises(ReplyInvalid, match="twice"):
        read_texts(element("<r><a/><a/></r>"))


@given(st.binary(), st.integers(100, 599))
def test_any_reply_is_content_or_an_error_of_ours(body: bytes, status: int) -> None:
    with suppress(MagisterConnectError):
        read_body(Reply(status, XML, body), WHERE)


PLAIN = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><menu>Crème</menu></e:Body></e:Envelope>'
)
DECLARED = '<?xml version="1.0" encoding="UTF-16"?>' + PLAIN
XOP = "application/xop+xml"
MULTIPART = (
    b'--grens\r\nContent-Type: application/xop+xml; charset=utf-8; type="text/xml"\r\n'
    b"Content-Transfer-Encoding: 8bit\r\nContent-ID: <wortel@menu>\r\n\r\n%s\r\n"
    b"--grens\r\nContent-Type: image/png\r\nContent-ID: <plaatje@menu>\r\n\r\nPNG\r\n--grens--\r\n"
)
INCLUDING = PLAIN.replace(
    "Crème", '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:plaatje%40menu"/>'
)


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/xml; charset=iso-8859-1", PLAIN.encode("latin-1"), "Crème"),
        ("text/xml; charset=utf-16", PLAIN.encode("utf-16-le"), "Crème"),
        ("text/xml; charset=utf-16", PLAIN.encode("utf-16"), "Crème"),
        ("text/xml", DECLARED.encode("utf-16"), "Crème"),
        ("text/xml; charset=iso-8859-1", ('<?xml version="1.0" encoding="UTF-8"?>' + PLAIN).encode(), "Crème"),
        ('multipart/related; boundary="grens"; start="<wortel@menu>"', MULTIPART % PLAIN.encode(), "Crème"),
        ("multipart/related; boundary=grens", MULTIPART % PLAIN.encode(), "Crème"),
        ("multipart/related; boundary=grens", MULTIPART % INCLUDING.encode(), "UE5H"),
    ],
    ids=[
        "latin in the header",
        "wide in the header",
        "with a mark",
        "wide",
        "the declaration counts",
        "mtom",
        "no start",
        "xop",
    ],
)
def test_an_envelope_is_unpacked_before_it_is_read(content_type: str, body: bytes, text: str) -> None:
    assert read_body(Reply(200, (("Content-Type", content_type),), body), "POST").text == text


def test_a_multipart_reply_without_an_envelope_is_told() -> None:
    reply = Reply(200, (("Content-Type", "multipart/related; boundary=grens"),), b"--grens--\r\n")
    with pytest.raises(NotXml):
        read_body(reply, "POST")


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("content_type", ["text/html", "text/xml; charset=utf-16", ""])
def test_a_fault_counts_whatever_its_media_type(status: int, content_type: str) -> None:
    encoding = "utf-16" if "utf-16" in content_type else "utf-8"
    body = PLAIN.replace("<menu>Crème</menu>", fault("Sender", "Onbekend").replace("E:", "e:")).encode(encoding)
    with pytest.raises(SoapFault, match="Onbekend"):
        read_body(Reply(status, (("Content-Type", content_type),), body), "POST")


def test_the_second_code_of_soap_12_is_kept() -> None:
    text = "<Fault><Code><Value>e:Sender</Value><Subcode><Value>w:FailedAuthentication</Value></Subcode></Code></Fault>"
    found = read_fault(element(text))
    assert (found.code, found.subcode) == ("Sender", "FailedAuthentication")


@pytest.mark.parametrize("charset", ["\x00x", "unicode_escape", "zlib", "idna", "utf-7"])
def test_an_odd_character_set_is_no_exception_of_python(charset: str) -> None:
    body = (
        rb"<S:Envelope xmlns:S='http://schemas.xmlsoap.org/soap/envelope/'><S:Body><r>\ud800</r></S:Body></S:Envelope>"
    )
    with suppress(MagisterConnectError):
        read_body(Reply(200, (("content-type", f"text/xml; charset={charset}"),), body), "x")
