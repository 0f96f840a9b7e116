"""Errors tell what, where, whose move and what to do, and survive a trip to another process."""

import inspect
import pickle

import pytest

from magister_connect import errors
from magister_connect.errors import (
    AllowListSuspected,
    DocumentInvalid,
    FieldInvalid,
    MagisterConnectError,
    Move,
    NotPermitted,
    UsageError,
)

TREE = [kind for name in errors.__all__ if issubclass(kind := getattr(errors, name), MagisterConnectError)]


@pytest.mark.parametrize("kind", TREE)
def test_every_error_is_one_of_ours_and_pickles_with_all_it_knows(kind: type[MagisterConnectError]) -> None:
    error = kind("Something happened", where="GET https://school.invalid/doc", move=Move.SCHOOL, advice="Ask.")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is kind
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


@pytest.mark.parametrize("kind", TREE)
def test_every_error_says_what_where_and_whose_move_in_one_line(kind: type[MagisterConnectError]) -> None:
    text = str(kind("Something happened", where="somewhere"))
    assert text.startswith("Something happened (somewhere). The move is ")
    assert "\n" not in text


def test_the_docstring_draws_every_error() -> None:
    drawn = inspect.getdoc(errors) or ""
    assert [kind.__name__ for kind in TREE if kind.__name__ not in drawn] == []


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


def test_a_refusal_keeps_the_status_and_the_code_of_the_service() -> None:
    error = NotPermitted("No", status=200, code="10")
    assert (error.status, error.code) == (200, "10")
