"""Every way in which a SCIM server says no, by status and by scimType; each tells who can fix it and what to do."""

import json

import pytest

from magister_connect.core.flow import Reply, Request
from magister_connect.core.secrets import Secret
from magister_connect.errors import (
    ConsentMissing,
    LoginRequired,
    Maintenance,
    NotAuthenticated,
    NotFound,
    RateLimited,
    Refused,
    Responsible,
    ServiceError,
)
from magister_connect.scim.error_responses import TYPES, raise_for_error

PRIVATE = "Jan Jansen"
REQUEST = Request(
    "PATCH",
    "https://login.example/scim/Users/17",
    body=json.dumps({"Operations": [{"op": "replace", "path": "userName", "value": PRIVATE}]}).encode(),
    shown="https://login.example/scim/Users/{id}",
)


def reply(status: int, body: object = None, **headers: str) -> Reply:
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(status, told, b"" if body is None else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "error", "responsible", "advice"),
    [
        (reply(302), Refused, Responsible.YOU, "base address"),
        (reply(400), Refused, Responsible.YOU, r"schemas\(\)"),
        (reply(400, {"scimType": PRIVATE}), Refused, Responsible.YOU, r"schemas\(\)"),
        (reply(400, [PRIVATE]), Refused, Responsible.YOU, r"schemas\(\)"),
        (reply(401), LoginRequired, Responsible.YOU, "partner contract"),
        (
            reply(401, www_authenticate='Bearer error_description="The audience"'),
            NotAuthenticated,
            Responsible.YOU,
            "scope",
        ),
        (reply(403), ConsentMissing, Responsible.SCHOOL, "Request access"),
        (reply(404, {"detail": PRIVATE}), NotFound, Responsible.YOU, "id of the account"),
        (reply(409), Refused, Responsible.YOU, "Read the account again"),
        (reply(412), Refused, Responsible.YOU, "Read the account again"),
        (reply(413), Refused, Responsible.YOU, "fewer changes"),
        (reply(418), Refused, Responsible.YOU, r"config\(\)"),
        (reply(429), RateLimited, Responsible.NOBODY, "fewer requests"),
        (reply(500, {"detail": PRIVATE}), ServiceError, Responsible.SUPPLIER, "report it"),
        (reply(501), Refused, Responsible.SUPPLIER, r"config\(\)"),
        (reply(503), Maintenance, Responsible.NOBODY, "next run"),
    ],
)
def test_each_status_has_its_meaning(
    answer: Reply, error: type[Refused], responsible: Responsible, advice: str
) -> None:
    with pytest.raises(error, match=advice) as caught:
        raise_for_error(answer, REQUEST)
    assert type(caught.value) is error
    assert (caught.value.status, caught.value.responsible) == (answer.status, responsible)
    assert caught.value.where == "PATCH https://login.example/scim/Users/{id}"
    assert PRIVATE not in str(caught.value) + repr(caught.value.__dict__)


@pytest.mark.parametrize("code", TYPES)
def test_each_word_of_the_standard_is_the_code_and_is_explained(code: str) -> None:
    with pytest.raises(Refused, match=TYPES[code]) as caught:
        raise_for_error(reply(400, {"scimType": code, "detail": PRIVATE}), REQUEST)
    assert (caught.value.code, caught.value.responsible) == (code, Responsible.YOU)
    assert caught.value.advice
    assert PRIVATE not in str(caught.value)


def test_a_limit_tells_how_long_it_lasts() -> None:
    with pytest.raises(RateLimited, match="wait asked for is 12 s") as caught:
        raise_for_error(reply(429, retry_after="12"), REQUEST)
    assert caught.value.retry_after == 12.0


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_no_refusal(status: int) -> None:
    raise_for_error(reply(status, {"scimType": "uniqueness"}), REQUEST)


DETAILS = [
    ("Unknown attribute: bestaatNiet", "Unknown attribute: bestaatNiet"),
    ("userName Jan Jansen is not a userName", "userName *** is not a userName"),
    ("The value JAN of userName is too short", "The value *** of userName is too short"),
    ('Invalid value "Piet" for name.givenName', "Invalid value *** for name.givenName"),
    ("Invalid value 'Piet' for 111222333", "Invalid value *** for ***"),
    ("p.de.vries@school.example is no login name", "*** is no login name"),
    ("one\nline  after\tanother", "one line after another"),
    ("x" * 300, "x" * 200),
]


@pytest.mark.parametrize(("detail", "shown"), DETAILS)
@pytest.mark.parametrize("code", ["invalidValue", None])
def test_a_400_says_what_is_wrong_and_no_value_rfc7644_3_12(detail: str, shown: str, code: str | None) -> None:
    body = {"detail": detail, "status": "400"} | ({"scimType": code} if code else {})
    with pytest.raises(Refused) as caught:
        raise_for_error(reply(400, body), REQUEST)
    assert f'; it says: "{shown}"' in str(caught.value)
    assert caught.value.code == code


@pytest.mark.parametrize("detail", [None, "", 7, [], {"a": "b"}])
def test_a_400_without_words_is_a_refusal_all_the_same(detail: object) -> None:
    with pytest.raises(Refused, match="does not say why"):
        raise_for_error(reply(400, {"detail": detail}), REQUEST)


def test_compared_values_of_a_filter_are_not_quoted_back() -> None:
    request = Request("GET", "https://x.example/Users", query=(("filter", Secret('userName eq "jan.jansen"')),))
    with pytest.raises(Refused, match=r'it says: "no \*\*\* in userName"'):
        raise_for_error(reply(400, {"detail": "no jan.jansen in userName"}), request)


def test_names_in_the_body_of_an_error_compare_without_regard_to_case_rfc7643_2_1() -> None:
    body = {"SCHEMAS": [], "SCIMTYPE": "invalidFilter", "Detail": "The attribute is not filterable"}
    reply = Reply(400, (("content-type", "application/scim+json"),), json.dumps(body).encode())
    with pytest.raises(Refused, match="not filterable") as raised:
        raise_for_error(reply, Request("GET", "https://x.example/scim/Users"))
    assert raised.value.code == "invalidFilter"
