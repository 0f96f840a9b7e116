"""What a spreadsheet would compute becomes a text, and nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.tables.spreadsheets import harmless


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("=12", "'=12"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("-12", "-12"),
        ("+3.5", "+3.5"),
        ("-", "'-"),
        ("", ""),
        ("Jansen", "Jansen"),
        ("a=b", "a=b"),
    ],
)
def test_only_what_would_be_computed_gets_an_apostrophe(text: str, written: str) -> None:
    assert harmless(text) == written


@given(st.text())
def test_the_text_can_be_had_back(text: str) -> None:
    assert harmless(text) in {text, f"'{text}"}
    assert not harmless(text).startswith(("=", "@", "\t", "\r"))
