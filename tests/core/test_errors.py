"""Errors tell what, where, who can fix it and what to do, and survive a trip to another process."""

import inspect
import pickle
import re
from pathlib import Path

import pytest

from magister_connect import errors
from magister_connect.errors import (
    AllowListSuspected,
    ConnectionFailed,
    DocumentInvalid,
    FieldInvalid,
    MagisterConnectError,
    MappingError,
    NotPermitted,
    Reason,
    Responsible,
    UsageError,
)

TREE = [kind for name in errors.__all__ if issubclass(kind := getattr(errors, name), MagisterConnectError)]
GUIDE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")


@pytest.mark.parametrize("kind", TREE)
def test_every_error_is_one_of_ours_and_pickles_with_all_it_knows(kind: type[MagisterConnectError]) -> None:
    error = kind(
        "Something happened", where="GET https://school.invalid/doc", responsible=Responsible.SCHOOL, advice="Ask."
    )
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is kind
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


@pytest.mark.parametrize("kind", [kind for kind in TREE if kind is not MagisterConnectError])
def test_every_error_that_is_raised_says_what_where_who_can_fix_it_and_what_to_do_in_one_line(
    kind: type[MagisterConnectError],
) -> None:
    text = str(kind("Something happened", where="somewhere"))
    begin = f"Something happened (somewhere). {kind.default_responsible.label}: "
    assert text.startswith(begin)
    assert re.fullmatch(r"[A-Z].{15,}[.?]", text.removeprefix(begin))


@pytest.mark.parametrize("responsible", Responsible)
def test_who_can_fix_it_is_an_order_that_the_advice_completes(responsible: Responsible) -> None:
    assert re.match(r"(?:Fix this in|Try again|Ask|Report this to) ", responsible.label + " ")
    assert str(MagisterConnectError("It broke", responsible=responsible, advice="Do it.")).endswith(
        f". {responsible.label}: Do it."
    )
    assert str(MagisterConnectError("It broke", responsible=responsible)) == f"It broke. {responsible.label}."


@pytest.mark.parametrize("text", [inspect.getdoc(errors) or "", GUIDE], ids=["docstring", "guide"])
def test_the_docstring_and_the_guide_name_every_error(text: str) -> None:
    assert [kind.__name__ for kind in TREE if not re.search(rf"\b{kind.__name__}\b", text)] == []


def test_a_failure_tells_how_often_it_was_tried_once_that_is_more_than_once() -> None:
    error = ConnectionFailed("No connection could be made")
    assert "tried" not in str(error)
    error.attempts = 4
    assert str(error).endswith(" It was tried 4 times.")


def test_a_usage_error_is_a_value_error_as_python_has_it() -> None:
    assert issubclass(UsageError, ValueError)


def test_an_unanswered_knock_asks_about_the_allow_list() -> None:
    assert "allow-list" in str(AllowListSuspected("No connection within 5 s"))


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([], "geboortedatum"),
        (["leerling[3]"], "leerling[3]/geboortedatum"),
        (["leerling[3]", "leerlingen"], "leerlingen/leerling[3]/geboortedatum"),
    ],
)
def test_a_field_error_gains_its_path_from_the_inside_out(places: list[str], expected: str) -> None:
    error = FieldInvalid("A date was expected", where="geboortedatum")
    for place in places:
        error = error.under(place)
    assert error.where == expected


def test_a_place_with_brackets_is_joined_without_a_slash() -> None:
    assert FieldInvalid("Wrong", where="[2]").under("rows").where == "rows[2]"


def test_a_field_error_without_a_place_takes_the_place_it_is_given() -> None:
    assert FieldInvalid("Wrong").under("rows").where == "rows"


def test_a_document_error_begins_with_its_line() -> None:
    assert str(DocumentInvalid("It is cut off", line=7)).startswith("line 7: It is cut off.")


def test_an_identifier_that_leads_nowhere_gives_its_reason() -> None:
    error = MappingError("This one is not known").because(Reason.UNKNOWN)
    assert (error.reason, pickle.loads(pickle.dumps(error)).reason) == (Reason.UNKNOWN, Reason.UNKNOWN)  # noqa: S301 - our own bytes


def test_a_refusal_keeps_the_status_and_the_code_of_the_service() -> None:
    error = NotPermitted("No", status=200, code="10")
    assert (error.status, error.code) == (200, "10")
