"""Wrong accounts, wrong contracts, and replies that are damaged, foreign, or very large."""

import gzip
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from lxml import etree

from magister_connect.errors import (
    ContractMismatch,
    MagisterConnectError,
    NotAuthenticated,
    NotXml,
    ReplyInvalid,
    UsageError,
)
from magister_connect.results import (
    HAND_WRITTEN,
    Connection,
    Contract,
    DateForm,
    Paging,
    Parameters,
    ResultsClient,
    check_contract,
)
from magister_connect.results.contracts.reading import RecordReader
from magister_connect.sandbox import ResultsSwitches
from magister_connect.sandbox.results.wsdl import wsdl
from tests.results.world import ADDRESS, KINDS, NOW, World

ACCOUNT: dict[str, Any] = {"product": "JIJ", "instellingscode": "ZAND", "soap_key": "key", "address": ADDRESS}


def intercepted(world: World, answer: Callable[[], httpx.Response]) -> None:
    """Let every request for results be answered so."""
    world.before.append(lambda request: answer() if request.method == "POST" else None)


# -- the account -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("vocabulary", ["Sender", "SOAP-ENV:Client"])
@pytest.mark.parametrize("detail", [False, True])
@pytest.mark.parametrize(
    ("code", "key", "words"),
    [
        ("ELSE", "zandbak-jij-sleutel", "does not know this instellingscode"),
        ("ZAND", "wrong", "refuses the key for JIJ!"),
        (
            "ZAND",
            "zandbak-toa-sleutel",
            "The service for JIJ! or TOA refuses the key, and says: Deze sleutel hoort bij TOA",
        ),
    ],
)
def test_a_refused_account_is_told_for_what_it_is(
    code: str, key: str, words: str, vocabulary: str, detail: bool, kind: str
) -> None:
    world = World(paging="offset", fault_vocabulary=vocabulary, fault_detail=detail, kind=kind)
    world.code, world.key = code, key
    with pytest.raises(NotAuthenticated) as refused:
        world.pull()
    assert words in refused.value.what
    assert world.requests == 1
    assert key not in str(refused.value)


def test_a_brin_may_be_meant_and_a_product_may_have_its_exclamation_mark() -> None:
    account: dict[str, Any] = {**ACCOUNT, "instellingscode": "19XH", "product": "jij!"}
    client = ResultsClient(b"", **account, allow_brin=True)
    assert repr(client) == f"<ResultsClient JIJ 19XH at {ADDRESS}>"


@pytest.mark.parametrize(("given", "product"), [(" toa! ", "TOA"), ("Jij", "JIJ"), ("Facet", "Facet")])
def test_a_product_is_any_text_and_two_are_known(given: str, product: str) -> None:
    account: dict[str, Any] = {**ACCOUNT, "product": given}
    client = ResultsClient(b"", **account)
    assert client.connection == Connection(product, "ZAND")


PLACES = {
    "parameters": {"institution": "institution_code", "key": "key"},
    "header": {"institution": "header:authentication/institution_code", "key": "header:authentication/key"},
    "basic": {"institution": "basic:username", "key": "basic:password"},
}


@pytest.mark.parametrize("credentials", PLACES)
@pytest.mark.parametrize("style", ["hand-written", "laminas"])
def test_credentials_are_placed_where_the_contract_says(credentials: str, style: str) -> None:
    changes = {"credentials": PLACES[credentials]}
    world = World(paging="offset", style=style, credentials=credentials, changes=changes)
    world.fill(3)
    world.pull()
    world.assert_complete()


# -- the contract ----------------------------------------------------------------------------------------------------


def test_a_wsdl_that_fits_no_profile_is_refused_with_the_difference() -> None:
    foreign = wsdl(ResultsSwitches(), ADDRESS).replace(b"get_results", b"fetch_submissions")
    client = ResultsClient(foreign, **ACCOUNT)
    with pytest.raises(ContractMismatch, match=r"no operation get_results \(there is: fetch_submissions\)"):
        next(iter(client.batches(since="2025-08-01")))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b'name="submission_nr"', b'name="ding"', "no submission_nr"),
        (b'name="modified"', b'name="ding"', "no modified_at"),
        (b'element name="result"', b'element name="thing"', "no results/result"),
        (b'name="key"', b'name="ding"', "takes no key"),
    ],
)
def test_the_difference_is_told_in_words(before: bytes, after: bytes, words: str) -> None:
    found = check_contract(wsdl(ResultsSwitches(), ADDRESS).replace(before, after))
    assert found
    assert words in str(found)


@pytest.mark.parametrize("style", ["hand-written", "laminas"])
@pytest.mark.parametrize("paging", ["since", "offset", "number"])
@pytest.mark.parametrize("form", ["dateTime", "date", "string"])
def test_a_proposed_contract_works(style: Any, paging: Any, form: Any) -> None:
    switches = ResultsSwitches(style=style, paging=paging, date_form=form)
    proposal = Contract.from_wsdl(wsdl(switches, ADDRESS))
    assert proposal.contract is not None
    world = World(style=style, paging=paging, date_form=form, contract=proposal.contract)
    world.fill(60)
    world.pull()
    world.assert_complete()


def test_a_proposal_lists_what_it_could_not_place() -> None:
    strange = (
        wsdl(ResultsSwitches(date_form="string"), ADDRESS)
        .replace(b'name="grade"', b'name="colour"')
        .replace(b"date_from", b"spin")
    )
    proposal = Contract.from_wsdl(strange)
    assert "the field colour (it stays in Result.extra)" in proposal.unplaced
    assert "the parameter spin (required): set it in parameters, or give it a text in constants" in proposal.unplaced
    assert "our since: no parameter looks like it" in proposal.unplaced
    assert "not placed" in str(proposal)


@pytest.mark.parametrize("document", [b"<html><body>login</body></html>", b"", b"%PDF-1.7", b"<a/>", b"{}"])
def test_what_is_no_wsdl_is_told(document: bytes) -> None:
    with pytest.raises((NotXml, ContractMismatch)):
        check_contract(document)


# -- replies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 200, "html": "<html><body>Inloggen</body></html>"},
        {"status_code": 200, "content": b""},
        {"status_code": 200, "content": b"<Envelope"},
        {"status_code": 200, "json": {"results": []}},
        {"status_code": 301, "headers": {"location": "https://elsewhere.example/"}},
        {"status_code": 404},
        {"status_code": 200, "text": '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>'},
    ],
    ids=["page", "nothing", "cut off", "json", "redirect", "absent", "empty body"],
)
def test_a_reply_that_is_none_is_an_error_of_ours(answer: dict[str, Any], kind: str) -> None:
    world = World(paging="offset", kind=kind)
    world.before.append(lambda request: httpx.Response(**answer) if request.method == "POST" else None)
    with pytest.raises(MagisterConnectError):
        world.pull()
    assert world.requests == 1


def reply_of(world: World) -> bytes:
    """The bytes of one batch."""
    held: list[bytes] = []

    def keep(request: httpx.Request) -> None:
        if request.method == "POST":
            held.append(world.service.answer("JIJ", request.content, ADDRESS).body.encode())

    world.before.append(keep)
    world.batches(school_year="2025-2026")
    world.before.clear()
    return held[0]


@pytest.mark.parametrize("form", ["latin", "gzip", "chunked"])
def test_a_reply_in_another_form_is_read(form: str) -> None:
    world = World(paging="offset", changes={"page_size": 50, "short_batch_ends": True})
    world.add(1, NOW)
    world.service.damaged[1] = {"test_name": "Café Über"}
    body = reply_of(world)
    headers = {"content-type": "text/xml"}
    if form == "latin":
        body = body.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")
        headers["content-type"] += "; charset=ISO-8859-1"
    elif form == "gzip":
        body = gzip.compress(body)
        headers["content-encoding"] = "gzip"

    def answer() -> httpx.Response:
        pieces = (body[place : place + 7] for place in range(0, len(body), 7))
        return httpx.Response(200, content=pieces if form == "chunked" else body, headers=headers)

    intercepted(world, answer)
    [result] = [result for batch in world.batches(school_year="2025-2026") for result in batch.results]
    assert result.test_name == "Café Über"


def test_every_cut_of_a_reply_is_noticed() -> None:
    world = World(paging="offset")
    world.fill(2)
    body = reply_of(world).rstrip()
    for place in range(1, len(body), 97):
        cut = World(paging="offset")
        intercepted(cut, partial(httpx.Response, 200, content=body[:place], headers={"content-type": "text/xml"}))
        with pytest.raises((NotXml, ReplyInvalid)):
            list(cut.client().batches(school_year="2025-2026"))


def test_many_results_in_one_reply() -> None:
    """How many more it may be without costing more each is a figure of ``make bench``."""
    world = World(paging="offset", page_size=2_000, changes={"page_size": 2_000, "short_batch_ends": True})
    world.fill(2_000, step=60)
    assert world.pull(from_school_year="2025-2026").new == 2_000


@pytest.mark.parametrize(
    ("field", "text", "path"),
    [
        ("score", "8l,5", "score"),
        ("percentage", "81.5.2", "percentage"),
        ("modified", "01-10-2024", "modified_at"),
        ("taken", "2024-02-30 10:00:00", "taken_at"),
        ("username", None, "stamnummer"),
        ("submission_nr", None, "submission_nr"),
    ],
)
def test_a_field_that_cannot_be_read_sets_its_record_apart_and_nothing_else(field: str, text: Any, path: str) -> None:
    world = World(paging="offset")
    world.fill(5)
    world.service.damaged[102] = {field: text}
    report = world.pull()
    assert (report.new, report.quarantined) == (4, 1)
    [waiting] = world.store.waiting(kind="unreadable")
    assert waiting.path == f"result[2]/{path}"
    world.service.damaged.clear()
    world.pull(reread=NOW - NOW)
    world.assert_complete()


def test_a_record_in_order_by_number_that_cannot_be_read_does_not_look_out_of_order() -> None:
    world = World(paging="number", page_size=3, changes={"parameters": Parameters(until=None)})
    world.fill(9)
    world.service.damaged[104] = {"score": "8l,5"}
    report = world.pull()
    assert (report.new, report.quarantined) == (8, 1)


@pytest.mark.parametrize("more", [{}, {"colour": "blue", "score%": "5"}], ids=["mapped", "unmapped"])
def test_the_fingerprint_of_a_record_is_the_same_in_whatever_way_it_is_read(more: dict[str, str]) -> None:
    texts = {"username": "1001", "submission_nr": "1", "level": "2F", "score": " 81,5 ", "grade": "", **more}
    record = etree.Element("result")
    for name, text in texts.items():
        etree.SubElement(record, name.replace("%", "_percent")).text = text
    reader = RecordReader(HAND_WRITTEN, Connection("JIJ", "ZAND"))
    assert reader._result(record) == reader._result_in_full(record)


@pytest.mark.parametrize(
    ("text", "status"),
    [("Niet meer beoordelen", "not_assessed"), ("Nog te beoordelen", "pending"), ("Onbekend", "other")],
)
def test_words_in_the_place_of_a_score_are_kept_and_classified(text: str, status: str) -> None:
    world = World(paging="offset")
    world.add(1, NOW)
    world.service.damaged[1] = {"score": text, "status": None}
    world.pull()
    [result] = world.store.results()
    assert (result.score, result.score_raw, result.status) == (None, text, status)


def test_what_the_contract_does_not_name_is_kept() -> None:
    world = World(paging="offset")
    world.add(1, NOW)
    world.service.more = {"colour": "blue"}
    world.pull()
    [result] = world.store.results()
    assert result.extra == {"colour": "blue"}


def test_a_period_that_the_service_refuses_is_told() -> None:
    world = World(paging="offset", changes={"faults": HAND_WRITTEN.faults})
    world.before.append(
        lambda request: (
            httpx.Response(500, text=_TOO_LONG, headers={"content-type": "text/xml"})
            if request.method == "POST"
            else None
        )
    )
    with pytest.raises(UsageError, match="refuses this period"):
        world.pull()


_TOO_LONG = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>Sender</faultcode>'
    "<faultstring>De periode is langer dan een schooljaar</faultstring></e:Fault></e:Body></e:Envelope>"
)


def test_the_forms_of_dates_and_pagings_have_names() -> None:
    assert {form.name for form in DateForm} == {"DATE", "SECONDS", "BLANK", "ZONED"}
    assert {way.name for way in Paging} == {"SINCE", "OFFSET", "NUMBER", "PAGE", "TOKEN", "ONCE"}
