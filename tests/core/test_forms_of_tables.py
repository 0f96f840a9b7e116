"""Every form in which a spreadsheet saves a table is the same table, for every reader of tables."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from magister_connect.core.tables.text_tables import read_text_table
from magister_connect.crosswalk import Column, ParameterTable, build_links
from magister_connect.errors import MagisterConnectError
from magister_connect.identifiers import Pgn, Stamnummer
from magister_connect.medius import Student, Table, column, diff
from tests.odd_values import DAYS, FORMS, NO_DAY, file_of


@attrs.frozen
class Absence:
    """A row of a replica's table of absence."""

    stamnummer: str
    datum: dt.date | None
    lesuur: int
    reden: str = attrs.field(metadata=column("Reden v/d absentie"))


def links(content: bytes) -> Sequence[object]:
    sides = Column("bsn", Pgn), Column("nr", Stamnummer, "99ZZ")
    return build_links(read_text_table(content), *sides, source="x", begin="van", until="tot").links


READERS: dict[str, tuple[list[list[str]], Callable[[bytes], Sequence[object]]]] = {
    "numbers": (
        [
            ["bsn", "nr", "van", "tot"],
            ["063138219", "10001", "2025-08-01", ""],
            ["111222333", "10002", "2024-08-01", "2025-07-31"],
        ],
        links,
    ),
    "parameters": (
        [["crebo", "toets", "geldig_van"], ["25187", "00012", "2025-08-01"], ["0011", "B; C", ""]],
        lambda content: [(row.key, row.values, row.period) for row in ParameterTable.read(content)],
    ),
    "pupils": (
        [
            ["stamnr_str", "Roepnaam", "geb_datum_str"],
            ["10001", "Zoë", "2010-03-14"],
            ["10002", "Jan, Piet", ""],
        ],
        lambda content: Table.read(content).to(Student),
    ),
    "absence": (
        [
            ["stamnummer", "datum", "lesuur", "Reden v/d absentie"],
            ["10001", "2025-10-01", "3", "ziek; thuis"],
            ["10002", "2025-10-02", "4", "'s ochtends te laat"],
        ],
        lambda content: Table.read(content).to(Absence),
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reader", READERS)
def test_a_table_is_the_same_in_every_form(reader: str, form: str) -> None:
    rows, read = READERS[reader]
    found = list(read(file_of(form, rows)))
    assert found == list(read(file_of("plain", rows)))
    assert len(found) == len(rows) - 1


@pytest.mark.parametrize("form", FORMS)
def test_a_file_differs_in_nothing_from_the_list_that_it_was_saved_from(form: str) -> None:
    rows, _ = READERS["pupils"]
    plain, saved = (Table.read(file_of(each, rows)).to(Student) for each in ("plain", form))
    assert not diff(plain, saved)


DATES = {"numbers": 2, "parameters": 2, "pupils": 2, "absence": 1}


def with_day(reader: str, text: str) -> bytes:
    rows = [list(row) for row in READERS[reader][0]]
    rows[1][DATES[reader]] = text
    return file_of("plain", rows)


@pytest.mark.parametrize("text", DAYS)
@pytest.mark.parametrize("reader", READERS)
def test_a_day_that_cannot_be_read_is_refused_in_words(reader: str, text: str) -> None:
    with pytest.raises(MagisterConnectError, match="date") as caught:
        READERS[reader][1](with_day(reader, text))
    assert text not in str(caught.value)
    if text == "1-8-25":
        assert "a year of four digits" in str(caught.value)


@pytest.mark.parametrize("text", NO_DAY)
@pytest.mark.parametrize("reader", READERS)
def test_a_day_that_is_not_there_is_none(reader: str, text: str) -> None:
    odd: Any = list(READERS[reader][1](with_day(reader, text)))
    assert odd == list(READERS[reader][1](with_day(reader, "")))
