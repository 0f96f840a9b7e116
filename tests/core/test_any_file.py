"""Any bytes, and any damage to a file that was good, give records or an error of the library."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magister_connect.core.flow import Reply
from magister_connect.core.tables.text_tables import read_text_table
from magister_connect.crosswalk import Column, ParameterTable, build_links
from magister_connect.errors import InternalError, MagisterConnectError
from magister_connect.identifiers import Pgn, Stamnummer
from magister_connect.medius import Student, Table
from magister_connect.medius.answers import Question, read_table_answer
from magister_connect.medius.tables.delimited import DelimitedReader
from magister_connect.testing import medius_table
from tests.odd_values import file_of

SIDES = Column("bsn", Pgn), Column("nr", Stamnummer, "99ZZ")
ROWS = [
    ["bsn", "nr", "crebo", "stamnr_str", "geb_datum_str", "geldig_van"],
    ["063138219", "10001", "25187", "10001", "2010-03-14", "2025-08-01"],
    ["111222333", "10002", "", "10002", "1899/12/30", ""],
]
ANSWER = medius_table([dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]).body


def answered(content: bytes) -> object:
    return read_table_answer(Reply(200, (), content), Question("students", "students", "u"), on_unreadable="keep").to(
        Student
    )


def delimited(content: bytes) -> object:
    reader = DelimitedReader("lijst", ";")
    return [*reader.feed(content), *reader.close()]


def linked(content: bytes) -> object:
    return build_links(read_text_table(content), *SIDES, source="x", begin="geldig_van", on_unreadable="keep")


READERS: dict[str, Callable[[bytes], object]] = {
    "text": read_text_table,
    "table": lambda content: Table.read(content).to(Student, on_unreadable="keep"),
    "parameters": ParameterTable.read,
    "numbers": linked,
}
ANSWERS: dict[str, Callable[[bytes], object]] = {"answer in XML": answered, "answer in CSV": delimited}
TEXTS = ("plain", "UTF-16", "UTF-16 without a mark", "sep=;", "tabs")
FEW = settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
"""Enough to find what breaks often, and under two seconds for each reader."""


@cache
def good(form: str) -> bytes:
    return file_of(form, ROWS)


Cuts = list[tuple[float, int, bytes]]
CUTS: st.SearchStrategy[Cuts] = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=4)), min_size=1, max_size=4
)


def damaged(content: bytes, cuts: Cuts) -> bytes:
    """Some bytes taken out and others put in."""
    for share, length, others in cuts:
        place = int(share * len(content))
        content = content[:place] + others + content[place + length :]
    return content


def damaged_inside(content: bytes, which: float, cuts: Cuts) -> bytes:
    """A workbook with damage in one of its parts, packed anew so that its checksums fit."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as parts, zipfile.ZipFile(held, "w") as others:
        names = parts.namelist()
        chosen = names[min(int(which * len(names)), len(names) - 1)]
        for name in names:
            others.writestr(name, damaged(parts.read(name), cuts) if name == chosen else parts.read(name))
    return held.getvalue()


def holds(read: Callable[[bytes], object], content: bytes) -> None:
    """Read it, and let nothing out but an error of the library that is no bug of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(content)
        except InternalError:
            raise
        except MagisterConnectError as error:
            assert str(error)


@pytest.mark.parametrize("reader", [*READERS, *ANSWERS])
def test_any_bytes_are_read_or_refused(reader: str) -> None:
    @FEW
    @given(st.binary(max_size=60), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"bsn;nr\r\n", b"<?xml ", b'"']))
    def law(content: bytes, head: bytes) -> None:
        holds({**READERS, **ANSWERS}[reader], head + content)

    law()


@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_table_of_text_is_read_or_refused(reader: str) -> None:
    @FEW
    @given(st.sampled_from(TEXTS), CUTS)
    def law(form: str, cuts: Cuts) -> None:
        holds(READERS[reader], damaged(good(form), cuts))

    law()


@pytest.mark.parametrize("reader", ANSWERS)
def test_a_damaged_answer_is_read_or_refused(reader: str) -> None:
    @FEW
    @given(CUTS)
    def law(cuts: Cuts) -> None:
        holds(ANSWERS[reader], damaged(ANSWER if reader == "answer in XML" else good("plain"), cuts))

    law()


@pytest.mark.parametrize("reader", READERS)
def test_a_damaged_workbook_is_read_or_refused(reader: str) -> None:
    @settings(FEW, max_examples=25)
    @given(st.booleans(), st.floats(0, 1), CUTS)
    def law(inside: bool, which: float, cuts: Cuts) -> None:
        content = good("workbook with dates")
        holds(READERS[reader], damaged_inside(content, which, cuts) if inside else damaged(content, cuts))

    law()
