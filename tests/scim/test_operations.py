"""What goes out and what is read, step by step and without a server."""

import json

import pytest
from attrs import evolve

from magister_connect.core.flow import Reply, Request
from magister_connect.core.secrets import Secret
from magister_connect.errors import FieldInvalid, NotJson, UsageError
from magister_connect.login import StaticToken
from magister_connect.scim import AttributePath, Changes, where
from magister_connect.scim.operations import (
    ScimServer,
    Search,
    patch_user,
    read_config,
    read_schemas,
    read_user,
    walk_users,
)
from magister_connect.testing import Stepper, html_page, json_reply, play

SERVER = ScimServer(base_url="https://login.example/scim/", tokens=StaticToken(Secret("t")))
SEARCH = Search(
    filter=where("userName").equals("jan"),
    attributes=("userName", "name"),
    excluded=("emails",),
    sort_by="userName",
    page_size=2,
)
NONE = json_reply({"totalResults": 0})  # Resources may be absent when empty (standard)


def query_of(request: Request) -> dict[str, str]:
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in request.query}


@pytest.mark.parametrize(("descending", "order"), [(True, "descending"), (False, "ascending")])
@pytest.mark.parametrize("post", [True, False])
def test_a_search_goes_out_whole_and_names_nobody_where_it_may_be_printed(
    post: bool, descending: bool, order: str
) -> None:
    stepper = Stepper(walk_users(SERVER, evolve(SEARCH, descending=descending, post=post)))
    request = stepper.request
    assert "jan" not in repr(request) + request.line
    lists = {"attributes": ["userName", "name"], "excludedAttributes": ["emails"]}
    plain = {"filter": 'userName eq "jan"', "sortBy": "userName", "sortOrder": order}
    if post:
        assert request.line == "POST https://login.example/scim/Users/.search"
        assert request.repeatable
        schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]
        assert isinstance(request.body, bytes)
        assert json.loads(request.body) == {"schemas": schemas, "startIndex": 1, "count": 2, **lists, **plain}
    else:
        assert request.line == "GET https://login.example/scim/Users"
        joined = {name: ",".join(values) for name, values in lists.items()}
        assert query_of(request) == {"startIndex": "1", "count": "2", **joined, **plain}
    stepper.answer(NONE)
    assert (stepper.items, stepper.done) == ([], True)


@pytest.mark.parametrize(
    ("body", "headers", "version"),
    [
        ({"id": "1"}, (), None),
        ({"id": "1"}, (("ETag", 'W/"2"'),), 'W/"2"'),
        ({"id": "1", "meta": {"created": "2025-01-01T00:00:00Z"}}, (("ETag", 'W/"2"'),), 'W/"2"'),
        ({"id": "1", "meta": {"version": 'W/"1"'}}, (("ETag", 'W/"2"'),), 'W/"1"'),
    ],
)
def test_the_version_of_the_header_counts_where_the_account_has_none(
    body: dict[str, object], headers: tuple[tuple[str, str], ...], version: str | None
) -> None:
    assert play(read_user(SERVER, "1"), [Reply(200, headers, json.dumps(body).encode())]).version == version


@pytest.mark.parametrize("body", [[], 3, None, {"id": 1}, {}])
def test_what_is_no_account_is_refused_with_its_place(body: object) -> None:
    for headers in ((), (("ETag", "2"),)):
        with pytest.raises(FieldInvalid, match=r"scim/Users/\{id\}"):
            play(read_user(SERVER, "1"), [Reply(200, headers, json.dumps(body).encode())])


def test_a_page_where_an_account_was_expected_is_named() -> None:
    with pytest.raises(NotJson, match=r"scim/Users/\{id\}") as caught:
        play(read_user(SERVER, "1"), [html_page()])
    assert caught.value.advice


@pytest.mark.parametrize("answer", [Reply(204), Reply(200)])
def test_a_change_that_is_not_answered_with_the_account_gives_nothing(answer: Reply) -> None:
    assert play(patch_user(SERVER, "1", Changes().block()), [answer]) is None


@pytest.mark.parametrize(("version", "repeatable"), [(None, False), ('W/"1"', True)])
def test_a_change_is_repeated_only_under_its_version(version: str | None, repeatable: bool) -> None:
    changes = Changes().add("emails", {"value": "a@b"}).remove("displayName")
    stepper = Stepper(patch_user(SERVER, "a/b", changes, version))
    request = stepper.request
    assert (request.method, request.address) == ("PATCH", "https://login.example/scim/Users/a%2Fb")
    assert request.shown == "https://login.example/scim/Users/{id}"
    assert dict(request.headers).get("if-match") == version
    assert request.repeatable is repeatable
    assert isinstance(request.body, bytes)
    assert json.loads(request.body)["Operations"] == [
        {"op": "add", "path": "emails", "value": {"value": "a@b"}},
        {"op": "remove", "path": "displayName"},
    ]


ATTRIBUTE = {
    "name": "stamnummer",
    "type": "string",
    "description": "Het nummer",
    "multiValued": False,
    "required": True,
    "caseExact": True,
    "mutability": "readOnly",
    "returned": "default",
    "uniqueness": "server",
    "canonicalValues": ["1"],
    "referenceTypes": ["external"],
    "subAttributes": [{"name": "x"}],
}


@pytest.mark.parametrize("bare", [True, False])
def test_schemas_come_in_a_list_of_the_standard_or_bare(bare: bool) -> None:
    resources = [{"id": "urn:x", "name": "X", "description": "Ons schema", "attributes": [ATTRIBUTE]}]
    (schema,) = play(read_schemas(SERVER), [json_reply(resources if bare else {"Resources": resources})])
    (found,) = schema.attributes
    assert (schema.extra, found.extra) == ({}, {})  # every key of the standard has its field
    assert (found.required, found.case_exact, found.uniqueness) == (True, True, "server")
    assert (found.canonical_values, found.reference_types) == (("1",), ("external",))


def test_what_a_server_can_do_is_read_with_its_bounds() -> None:
    told = {
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": 200},
        "etag": {"supported": True},
        "authenticationSchemes": [{"type": "oauthbearertoken"}],
    }
    config = play(read_config(SERVER), [json_reply(told)])
    assert (config.patch.supported, config.bulk.supported, config.sort.supported) == (True, False, False)
    assert (config.filter.max_results, config.bulk.max_operations) == (200, 0)
    assert config.authentication_schemes == ({"type": "oauthbearertoken"},)


def test_an_attribute_is_written_as_a_filter_wants_it() -> None:
    path = AttributePath("urn:x:Leerling", "stamnummer")
    assert str(where(str(path)).starts_with("10")) == 'urn:x:Leerling:stamnummer sw "10"'


@pytest.mark.parametrize("user_id", ["", ".", ".."])
def test_an_id_that_would_lead_elsewhere_is_not_sent(user_id: str) -> None:
    with pytest.raises(UsageError, match=r"id of a user that users\(\)"):
        play(read_user(SERVER, user_id), [])
