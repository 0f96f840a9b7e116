"""Filters say what was meant, whatever the values are: read back by scim2-models."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import ScimFilter

from magister_connect.errors import UsageError
from magister_connect.scim import Filter, where

NAMES = st.sampled_from(["userName", "name.familyName", "active", "urn:a:b:stamnummer"])
VALUES = st.text() | st.integers(-(2**31), 2**31) | st.booleans() | st.none()
SIMPLE = st.builds(lambda name, value: where(name).equals(value), NAMES, VALUES) | NAMES.map(
    lambda name: where(name).present()
)
FILTERS = st.recursive(
    SIMPLE,
    lambda inner: (
        st.builds(lambda a, b: a & b, inner, inner)
        | st.builds(lambda a, b: a | b, inner, inner)
        | inner.map(lambda a: ~a)
    ),
    max_leaves=6,
)


@given(FILTERS)
def test_every_filter_is_one_of_the_standard(condition: Filter) -> None:
    ScimFilter(str(condition))


@given(st.text())
def test_a_value_stays_one_value(text: str) -> None:
    written = str(where("userName").equals(text))
    assert json.loads(written.removeprefix("userName eq ")) == text


def test_and_binds_closer_than_or() -> None:
    a, b, c = (where(name).present() for name in "abc")
    assert str((a | b) & c) == "(a pr or b pr) and c pr"
    assert str(a | b & c) == "a pr or b pr and c pr"
    assert str(~(a & b)) == "not (a pr and b pr)"


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (where("userName").contains("x"), 'userName co "x"'),
        (where("userName").ends_with("x"), 'userName ew "x"'),
        (where("userName").differs_from(None), "userName ne null"),
        (where("n").above(1), "n gt 1"),
        (where("n").at_least(1), "n ge 1"),
        (where("n").below(1.5), "n lt 1.5"),
        (
            where("meta.created").at_most(dt.datetime(2025, 1, 1, tzinfo=dt.UTC)),
            'meta.created le "2025-01-01T00:00:00Z"',
        ),
    ],
)
def test_each_comparison_has_its_operator(condition: Filter, text: str) -> None:
    assert str(condition) == text


def test_what_is_no_filter_is_refused() -> None:
    for path in ("", "1x", "a b", 'a" or b', "a.b.c"):
        with pytest.raises(UsageError):
            where(path)
    with pytest.raises(UsageError):
        where("meta.created").above(dt.datetime(2025, 1, 1))
    assert repr(where("userName").equals("jan")) == "<Filter>"
