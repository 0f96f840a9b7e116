"""What spreadsheets and the people behind them write is read as what was meant, or refused in words."""

import datetime as dt
import io
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from magister_connect.core.tables.text_tables import read_text_table, write_text_table
from magister_connect.errors import DocumentInvalid, UsageError

BSN = "063138219"


def cells(content: bytes, **named: Any) -> list[dict[str, str]]:
    return [dict(row.cells) for row in read_text_table(content, **named)]


@pytest.mark.parametrize(
    "content",
    [
        b"bsn;nr\r\n063138219;1,5\r\n",
        b"sep=;\r\nbsn;nr\r\n063138219;1,5\r\n",
        b"\xef\xbb\xbfsep=;\nbsn;nr\n063138219;1,5\n",
        b"SEP=|\nbsn|nr\n063138219|1,5\n",
        b"bsn;nr;\r\n063138219;1,5;\r\n",
        b"bsn;nr;;;\r\n063138219;1,5;;;\r\n;;;;\r\n\r\n",
        b'bsn;nr\n="063138219";1,5\n',
        b'bsn;nr\n"=""063138219""";1,5\n',
        b"bsn;nr\n'063138219;'1,5\n",
        "bsn;nr\r\n063138219;1,5\r\n".encode("utf-16"),
        "bsn;nr\r\n063138219;1,5\r\n".encode("utf-16-le"),
        "bsn;nr\r\n063138219;1,5\r\n".encode("utf-16-be"),
        "\ufeffbsn;nr\r\n063138219;1,5\r\n".encode("utf-16-le"),
    ],
)
def test_the_habits_of_spreadsheets_are_read(content: bytes) -> None:
    assert cells(content) == [{"bsn": BSN, "nr": "1,5"}]


@pytest.mark.parametrize("text", ["'s-Gravenhage", "'t Hof", "O'Neill", '="a', "=1+1", "a=b"])
def test_a_text_that_only_looks_marked_stays(text: str) -> None:
    table = write_text_table(["plaats"], [[text]]).encode()
    assert cells(table) == [{"plaats": text}]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"sep=;\na;b\n1\n", 3),
        (b"a;b\n1;2;3\n", 2),
        (b"a;;b\n1;2;3\n", 1),
        (b"sep=;\n;\n", 2),
        (b'sep=;\na;b\n1;"2"3\n', 3),
        (b'a\n"x\ny"\n1;2\n', 4),
    ],
)
def test_what_is_no_table_is_refused_by_its_line(content: bytes, line: int) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        read_text_table(content, delimiter=";")
    assert caught.value.line == line


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0rest", b"PK\x03\x04rest"])
def test_another_workbook_is_refused_with_what_to_do(content: bytes) -> None:
    pytest.importorskip("openpyxl")
    with pytest.raises(DocumentInvalid, match="save it as CSV UTF-8"):
        read_text_table(content)


def workbook(*rows: list[object], title: str = "Leerlingen") -> bytes:
    """A workbook as openpyxl writes it; what other programs write is read by the same library."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.create_sheet("Leeg")
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_a_workbook_that_is_damaged_anywhere_is_refused_or_read() -> None:
    content = workbook(["bsn", "nr"], [BSN, "1"])
    for place in range(0, len(content), 7):
        with suppress(DocumentInvalid):
            read_text_table(content[:place] + b"\xff\x00" + content[place + 2 :])


def test_a_workbook_that_unpacks_to_far_more_than_a_table_is_refused() -> None:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w") as part,
    ):
        for _ in range(257):
            part.write(bytes(1024 * 1024))
    with pytest.raises(DocumentInvalid, match="unpacks"):
        read_text_table(packed.getvalue())


def test_a_workbook_is_a_table_of_text_and_its_numbers_are_named(tmp_path: Path) -> None:
    content = workbook(
        ["bsn", "nr", "begin", "gezien", "actief", None],
        [BSN, 10001, dt.datetime(2025, 8, 1), dt.datetime(2025, 8, 1, 8, 30), True, None],
        [None, None, None, None, None, None],
        [63138219, 7.0, dt.date(2025, 8, 2), "", False, None],
    )
    path = tmp_path / "leerlingen.xlsx"
    path.write_bytes(content)
    table = read_text_table(path)
    assert [tuple(row.cells.values()) for row in table] == [
        (BSN, "10001", "2025-08-01", "2025-08-01 08:30:00", "True"),
        ("63138219", "7", "2025-08-02", "", "False"),
    ]
    assert [row.line for row in table] == [2, 4]
    assert [warning.partition(":")[0] for warning in table.warnings] == [
        "2 cells of the column nr are numbers, the first on line 2",
        "1 cells of the column bsn are numbers, the first on line 4",
    ]
    assert BSN not in repr(table) + repr(table.rows[0]) + str(table.warnings)


def test_a_sheet_is_taken_by_its_name() -> None:
    content = workbook(["a"], ["1"])
    assert len(read_text_table(content, sheet="Leerlingen")) == 1
    with pytest.raises(UsageError, match="Pass one of: Leerlingen, Leeg"):
        read_text_table(content, sheet="leerlingen")
    with pytest.raises(DocumentInvalid, match="Fill the first line"):
        read_text_table(content, sheet="Leeg")
