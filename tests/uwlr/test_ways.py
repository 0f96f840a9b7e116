"""Every way of a system that was observed, as its switch writes it on the wire; and what each receiver takes."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from lxml import etree

from magister_connect.sandbox import Sandbox, UwlrSwitches
from magister_connect.uwlr import Authorisation, DataRequest, Operation, SchoolReference
from magister_connect.uwlr.messages import write_envelope, write_request
from magister_connect.uwlr.results import write_results
from tests.uwlr.test_las import YEAR, of_school


def account(school: Sandbox) -> Authorisation:
    accounts = school.accounts
    return Authorisation(accounts.uwlr_klantnaam, accounts.uwlr_klantcode, school.uwlr.keys[school.school.brin])


def post(school: Sandbox, body: bytes) -> httpx.Response:
    return httpx.post(school.uwlr_url, content=body, headers={"content-type": "text/xml"})


def answered(school: Sandbox, version: str) -> etree._Element:
    request = DataRequest(Operation.PUPILS_AND_STAFF, SchoolReference(school.school.brin), YEAR, version)
    return etree.fromstring(post(school, write_request(request, account(school))).content)


@pytest.fixture(scope="module")
def answers() -> dict[str, etree._Element]:
    """An answer in each way, in the version that the system serves."""
    found = {}
    for way, version in (("standard", "2.3"), ("magister", "2.3"), ("somtoday", "2.2"), ("esis", "2.2")):
        with Sandbox(pupils=20, uwlr=UwlrSwitches(way=way)) as school:  # type: ignore[arg-type]  # one of them
            found[way] = answered(school, version)
    return found


def names(element: etree._Element | None) -> list[str]:
    return [] if element is None else [etree.QName(child).localname for child in element]


def texts(answer: etree._Element, path: str) -> set[str]:
    return {each.text or "" for each in answer.iterfind(f".//{{*}}{path}")}


WAYS: dict[str, tuple[str, Any]] = {
    "the prefix le": ("magister", lambda answer: answer.find(".//{*}leerling").prefix == "le"),
    "the school in another order": (
        "magister",
        lambda answer: names(answer.find(".//{*}school"))[:3] == ["dependancecode", "brincode", "schooljaar"],
    ),
    "staff in another order": (
        "magister",
        lambda answer: (
            [
                name
                for name in names(answer.find(".//{*}leerkracht"))
                if name in {"roepnaam", "emailadres", "achternaam"}
            ]
            == ["roepnaam", "emailadres", "achternaam"]
        ),
    ),
    "empty elements": ("magister", lambda answer: "" in texts(answer, "voorvoegsel")),
    "moments in Zulu time": (
        "magister",
        lambda answer: all(text.endswith("Z") for text in texts(answer, "mutatiedatum")),
    ),
    "jaargroep 1 and 2 for 11 and 12": (
        "magister",
        lambda answer: {"1", "2"} <= texts(answer, "jaargroep") and not {"11", "12"} & texts(answer, "jaargroep"),
    ),
    "fields beyond the profile": ("magister", lambda answer: bool(texts(answer, "groep/{*}omschrijving"))),
    "a date of birth in 2.3": ("magister", lambda answer: bool(texts(answer, "geboortedatum"))),
    "staff without an ECK iD": (
        "magister",
        lambda answer: not any(each.get("eckid") for each in answer.iterfind(".//{*}leerkracht")),
    ),
    "keys of staff that begin with medewerker": (
        "somtoday",
        lambda answer: all(each.get("key").startswith("medewerker") for each in answer.iterfind(".//{*}leerkracht")),
    ),
    "subgroups in those of staff": (
        "somtoday",
        lambda answer: bool(answer.findall(".//{*}leerkracht/{*}groepen/{*}samengestelde_groep")),
    ),
    "locations": ("esis", lambda answer: bool(answer.findall(".//{*}vestigingen/{*}vestiging"))),
    "the last four digits of the personal number": (
        "esis",
        lambda answer: {len(text) for text in texts(answer, "bsn_ondwnr-4")} == {4},
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_way_is_that_of_one_system_and_not_of_the_standard(name: str, answers: dict[str, etree._Element]) -> None:
    way, is_so = WAYS[name]
    assert is_so(answers[way])
    if name not in {"subgroups in those of staff", "moments in Zulu time"}:  # the standard may write them as well
        assert not is_so(answers["standard"])


def test_esis_takes_an_empty_school_year_as_the_current_one() -> None:
    for way, status in (("esis", 200), ("standard", 500)):
        with Sandbox(pupils=4, uwlr=UwlrSwitches(way=way)) as school:  # type: ignore[arg-type]  # one of them
            request = DataRequest(Operation.PUPILS_AND_STAFF, SchoolReference(school.school.brin), YEAR)
            body = write_request(request, account(school)).replace(YEAR.encode(), b"")
            reply = post(school, body)
            assert reply.status_code == status
            assert (f"<schooljaar>{YEAR}<".encode() in reply.content) is (status == 200)


def test_magister_has_one_key_for_all_schools_and_the_others_one_for_each() -> None:
    for way, count in (("magister", 1), ("somtoday", 2), ("esis", 2)):
        with Sandbox(pupils=4, uwlr=UwlrSwitches(way=way)) as school:  # type: ignore[arg-type]  # one of them
            assert len({*school.uwlr.keys.values()}) == count


@pytest.fixture(scope="module", params=["schema", "rtti", "none"])
def receiving(request: pytest.FixtureRequest) -> Iterator[tuple[str, Sandbox]]:
    with Sandbox(pupils=8, uwlr=UwlrSwitches(receiver=request.param)) as school:
        yield request.param, school


SENT: dict[str, tuple[str, str]] = {
    "by the schema": ("", ""),
    "no xsdversie": ("<xsdversie>2.2</xsdversie>", ""),
    "a score with a decimal": ("<score>5</score>", "<score>7.5</score>"),
    "an X for not offered": ("<score>5</score>", "<score>X</score>"),
    "a norm with its end alone": (
        "<term>n0</term><beginnormwaarde>0</beginnormwaarde><eindnormwaarde>4<",
        "<eindnormwaarde>4<",
    ),
    "a code of four parts": (">T1<", ">Toets 1|wi|1a|17<"),
}


@pytest.mark.parametrize("name", SENT)
def test_rtti_takes_what_it_was_observed_to_take_and_the_schema_refuses(
    name: str, receiving: tuple[str, Sandbox]
) -> None:
    receiver, school = receiving
    before, after = SENT[name]
    body = write_envelope(write_results(of_school(school, 5)), account(school)).decode()
    assert before in body
    reply = post(school, (body.replace(before, after) if before else body).encode())
    assert b"ns0:" not in body.encode()
    taken = receiver == "rtti" or (receiver == "schema" and name in {"by the schema", "a code of four parts"})
    assert reply.status_code == (200 if taken else 500), reply.text
    assert (b"leerresultaten_bevestiging" in reply.content) is taken
