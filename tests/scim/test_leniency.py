"""What RFC 7643 lets a server write in more than one way, each read as its section says."""

import datetime as dt
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.json import key_of
from magister_connect.core.secrets import Secret
from magister_connect.errors import FieldInvalid
from magister_connect.login import StaticToken
from magister_connect.scim.operations import ScimServer, Search, read_config, read_schemas, read_user, walk_users
from magister_connect.scim.reading import read_scim
from magister_connect.scim.records import User
from magister_connect.testing import Stepper, json_reply, play

SERVER = ScimServer(base_url="https://x.example/scim", tokens=StaticToken(Secret("t")))
MOMENT = dt.datetime(2025, 1, 1, 9, 0, tzinfo=dt.UTC)


def user(**body: Any) -> User:
    read: User = play(read_user(SERVER, "1"), [json_reply({"id": "1", **body})])
    return read


@pytest.mark.parametrize(
    "name", ["userName", "externalId", "name", "displayName", "active", "userType", "emails", "meta", "schemas", "iets"]
)
def test_null_is_unassigned_rfc7643_2_5(name: str) -> None:
    found = user(**{name: None})
    assert found == user()
    assert name not in found.extra


def test_null_inside_is_unassigned_as_well_rfc7643_2_5() -> None:
    found = user(name={"givenName": None, "familyName": "V"}, emails=[None, {"value": "a@b", "primary": None}])
    assert found.name is not None
    assert (found.name.given_name, found.name.family_name) == (None, "V")
    assert [each.value for each in found.emails] == ["a@b"]
    assert user(emails=[]).emails == ()


def test_names_compare_without_regard_to_case_rfc7643_2_1() -> None:
    body = {
        "USERNAME": "jan", "externalid": "x", "Name": {"GIVENNAME": "Jan", "familyname": "V"}, "ACTIVE": True,
        "eMails": [{"VALUE": "a@b", "Type": "work"}], "META": {"resourcetype": "User", "VERSION": "1"},
        "URN:x:Leerling": {"StamNummer": "10001"},
    }  # fmt: skip
    found = user(**body)
    assert (found.user_name, found.external_id, found.active, found.version) == ("jan", "x", True, "1")
    assert found.name is not None
    assert (found.name.given_name, found.name.family_name) == ("Jan", "V")
    assert (found.emails[0].value, found.emails[0].type) == ("a@b", "work")
    assert dict(found.extra) == {"URN:x:Leerling": {"StamNummer": "10001"}}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025-01-01T09:00:00Z", MOMENT),
        ("2025-01-01T10:00:00+01:00", MOMENT),
        ("2025-01-01T09:00:00.1234567Z", MOMENT.replace(microsecond=123456)),
        ("2025-01-01 09:00:00Z", MOMENT),
        ("2025-01-01T09:00:00", None),
        ("2025-01-01", None),
        ("2025-13-01T09:00:00Z", None),
        ("gisteren", None),
        ("", None),
        (1735722000, None),
        (["2025-01-01T09:00:00Z"], None),
    ],
)
def test_an_odd_moment_costs_nobody_the_account_rfc7643_3_1(written: object, read: dt.datetime | None) -> None:
    found = user(userName="jan", meta={"created": written, "lastModified": "2025-01-01T09:00:00Z"})
    assert found.user_name == "jan"
    assert found.meta is not None
    assert (found.meta.created, found.meta.last_modified) == (read, MOMENT)
    assert dict(found.meta.extra) == ({} if read else {"created (unreadable)": written})


@pytest.mark.parametrize(
    "body",
    [
        {"totalResults": 0},
        {"totalResults": 0, "Resources": None},
        {"TOTALRESULTS": 0, "resources": []},
        {"schemas": []},
    ],
)
def test_resources_may_be_absent_rfc7644_3_4_2(body: dict[str, object]) -> None:
    stepper = Stepper(walk_users(SERVER, Search()))
    stepper.answer(json_reply(body))
    assert (stepper.items, stepper.done) == ([], True)


def test_schemas_and_configuration_are_read_alike() -> None:
    schemas = play(read_schemas(SERVER), [json_reply({"RESOURCES": [{"ID": "urn:x", "Attributes": None}]})])
    assert [each.id for each in schemas] == ["urn:x"]
    config = play(read_config(SERVER), [json_reply({"PATCH": {"Supported": True}, "bulk": None, "sort": {}})])
    assert (config.patch.supported, config.bulk.supported, config.pagination.cursor) == (True, False, False)
    paged = json_reply({"pagination": {"cursor": True, "index": False, "cursorTimeout": 3600}})
    pagination = play(read_config(SERVER), [paged]).pagination
    assert (pagination.cursor, pagination.index, pagination.cursor_timeout) == (True, False, 3600)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"userName": 7}, "userName"),
        ({"name": "Jan"}, "name"),
        ({"emails": "a@b"}, "emails"),
        ({"EMAILS": [{"value": 7}]}, "emails[0]/value"),
        ({"active": "ja"}, "active"),
        ({"meta": []}, "meta"),
    ],
)
def test_a_value_of_another_kind_is_named_by_its_path(body: dict[str, object], where: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        user(**body)
    assert (caught.value.where or "").endswith(f"Users/{{id}}/{where}")


NAMES = [key_of(User, each) for each in attrs.fields(User) if each.name != "extra"]
SPELLED = st.sampled_from(NAMES).flatmap(lambda name: st.sampled_from([name, name.upper(), name.lower()]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(SPELLED | st.sampled_from(["created", "VALUE", "type"]), inner),
    max_leaves=6,
)


@given(st.dictionaries(SPELLED, JSON))
def test_whatever_a_server_writes_is_an_account_or_names_its_path(body: dict[str, Any]) -> None:
    try:
        found = read_scim(User, {"id": "1", **body}, "Users/{id}")
    except FieldInvalid as error:
        assert (error.where or "").startswith("Users/{id}")
    else:
        assert found.id
