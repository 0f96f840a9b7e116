"""A parameter table as a workbook: read as its keeper sees it, and given back with the findings beside the rows."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from python_calamine import CalamineWorkbook

from magister_connect.core.tables import workbooks
from magister_connect.crosswalk import (
    Enrolment,
    ParameterTable,
    Period,
    lint_parameters,
    read_text_table,
    write_findings,
)
from magister_connect.errors import DocumentInvalid, UsageError
from magister_connect.identifiers import Crebo

DAY = dt.date(2025, 10, 1)
REGISTER = {Crebo("99101"): (Period(),), Crebo("99102"): (Period(None, dt.date(2025, 8, 1)),)}


def workbook(rows: list[list[object]], change: Callable[[Any], None] = lambda _: None) -> bytes:
    book: Any = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def sheet_of(source: Path | io.BytesIO) -> Any:
    return openpyxl.load_workbook(source).active


def read_elsewhere(content: bytes) -> list[list[Any]]:
    """What a reader of other people sees in the first sheet."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def with_formula(content: bytes, cell: str, formula: str, value: str) -> bytes:
    """The same with a formula and its last value in a cell, as spreadsheet programs write them."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                start = part.index(f'<c r="{cell}"'.encode())
                end = part.index(b"</c>", start) + len(b"</c>")
                part = part[:start] + f'<c r="{cell}" t="str"><f>{formula}</f><v>{value}</v></c>'.encode() + part[end:]
            target.writestr(name, part)
    return made.getvalue()


def has_formula(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return bool(etree.fromstring(opened.read("xl/worksheets/sheet1.xml")).findall(".//{*}f"))


ROWS: list[list[object]] = [
    ["crebo", "leerweg", "geldig_van", "toetscode"],
    ["99101", "BOL", dt.datetime(2025, 8, 1), "T-1"],
    ["99102", "", None, "T-2"],
    ["99109", "", None, "=SUM(A1)"],
]


def dressed(book: Any) -> None:
    sheet = book.active
    sheet["A1"].font = Font(bold=True)
    sheet["A2"].fill = PatternFill("solid", start_color="00FF00")
    sheet["D2"].comment = Comment("nakijken", "keeper")
    sheet.column_dimensions["A"].width = 33
    sheet.freeze_panes = "B2"
    sheet["D4"].data_type = "s"
    choice = DataValidation(type="list", formula1='"BOL,BBL"')
    sheet.add_data_validation(choice)
    choice.add("B2:B9")
    book.create_sheet("uitleg")["A1"] = "van mij"


def findings_of(source: bytes | Path, **named: Any) -> Any:
    return lint_parameters(read_text_table(source, **named), as_of=DAY, register=REGISTER)


def test_the_findings_stand_beside_the_rows_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    source, target = tmp_path / "tabel.xlsx", tmp_path / "terug.xlsx"
    source.write_bytes(workbook(ROWS, dressed))
    assert write_findings(source, findings_of(source), target, language="nl") == 2
    sheet = sheet_of(target)
    assert [cell.value for cell in sheet[1]] == [
        "crebo",
        "leerweg",
        "geldig_van",
        "toetscode",
        "bevinding",
        "wat te doen",
    ]
    assert sheet["E2"].value is None
    assert sheet["E3"].value == "crebo 99102 geldt niet meer sinds 2025-08-01"
    assert sheet["E4"].value == "crebo 99109 staat niet in het register"
    assert sheet["F4"].value.startswith("Kijk of het een typefout is")
    assert (sheet["A1"].font.bold, sheet["E1"].font.bold) == (True, True)
    assert sheet["A2"].fill.start_color.rgb == "0000FF00"
    assert (sheet["D2"].comment.text, sheet.column_dimensions["A"].width, sheet.freeze_panes) == ("nakijken", 33, "B2")
    assert len(sheet.data_validations.dataValidation) == 1
    assert openpyxl.load_workbook(target)["uitleg"]["A1"].value == "van mij"
    assert (sheet["C2"].value, sheet["A3"].value) == (dt.datetime(2025, 8, 1), "99102")


def test_the_mended_copy_is_the_next_table_and_notes_do_not_pile_up(tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{name}.xlsx" for name in "abc")
    first.write_bytes(workbook(ROWS, dressed))
    write_findings(first, findings_of(first), second)
    book: Any = openpyxl.load_workbook(second)
    book.active["A4"] = "99101"
    book.active["B4"] = "BBL"
    book.save(second)
    assert write_findings(second, findings_of(second), third, language="nl") == 1
    sheet = sheet_of(third)
    assert [cell.value for cell in sheet[1]][4:] == ["bevinding", "wat te doen"]
    assert sheet["E4"].value is None
    table = ParameterTable.read(third)
    assert table.columns == ("toetscode",)
    assert table.value(Enrolment("99101", leerweg="BBL"), "toetscode", as_of=DAY) == "=SUM(A1)"


def test_a_table_of_text_comes_back_as_a_workbook_of_texts(tmp_path: Path) -> None:
    text = b'crebo;toetscode\n99101;"eerste\nregel"\n;\n99109;=HYPERLINK("x")\n0011;0007\n'
    target = tmp_path / "terug.xlsx"
    assert write_findings(text, findings_of(text), target) == 1
    sheet = sheet_of(target)
    assert sheet["C3"].value == "crebo 99109 is not in the register"
    assert {cell.number_format for cell in sheet["B"]} == {"@"}
    table = read_text_table(target)
    assert [row["toetscode"] for row in table] == ["eerste\nregel", '=HYPERLINK("x")', "0007"]
    assert table.warnings == ()
    assert not has_formula(target.read_bytes())


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8).map(str.strip)
CELLS = st.one_of(TEXTS, TEXTS.map(lambda text: f"={text}"), st.sampled_from(["+1", "-1", "@SUM(1)", "0012", "1e3"]))


@settings(max_examples=5)
@given(st.lists(st.lists(CELLS.filter(bool), min_size=2, max_size=2), min_size=1, max_size=12))
def test_texts_stay_texts_on_the_way_through_a_workbook(rows: list[list[str]]) -> None:
    content = workbooks.new_workbook(["a", "b"], rows)
    noted = workbooks.annotate(content, ["note"], {2: ["=1+1"]})
    assert not has_formula(noted)
    assert [list(row.cells) for row in workbooks.read_rows(content, None)][1:] == rows
    assert [list(row.cells[:2]) for row in workbooks.read_rows(noted, None)][1:] == rows
    assert [line[:2] for line in read_elsewhere(noted)][1:] == rows


# -- formulas -------------------------------------------------------------------------------------------------------


def test_a_formula_is_read_as_what_it_last_gave_and_is_written_as_that(tmp_path: Path) -> None:
    source, target = tmp_path / "tabel.xlsx", tmp_path / "terug.xlsx"
    source.write_bytes(
        with_formula(workbook(ROWS, dressed), "A3", "CONCATENATE(&quot;991&quot;,&quot;02&quot;)", "99102")
    )
    table = read_text_table(source)
    assert [row["crebo"] for row in table] == ["99101", "99102", "99109"]
    assert any("column crebo are formulas, the first on line 3" in warning for warning in table.warnings)
    write_findings(source, findings_of(source), target)
    assert sheet_of(target)["A3"].value == "99102"
    assert not has_formula(target.read_bytes())


def test_a_formula_whose_value_was_not_saved_is_told_with_its_place(tmp_path: Path) -> None:
    content = workbook([["crebo", "toetscode"], ["99101", "=1+1"]])
    with pytest.raises(DocumentInvalid, match=r"line 2: .*column B"):
        read_text_table(content)
    with pytest.raises(DocumentInvalid, match=r"line 2: .*column B"):
        write_findings(content, (), tmp_path / "terug.xlsx")
    assert not (tmp_path / "terug.xlsx").exists()


def test_a_table_whose_columns_are_formatted_to_their_ends_is_no_larger_than_its_rows(tmp_path: Path) -> None:
    def formatted(book: Any) -> None:
        book.active.cell(1_000_000, 1).number_format = "@"

    content = workbook([["crebo"], ["99109"]], formatted)
    written = workbooks.annotate(content, ["note"], {2: ["look"]})
    sheet = sheet_of(io.BytesIO(written))
    assert (sheet["A2"].value, sheet["B1"].value, sheet["B2"].value) == ("99109", "note", "look")
    assert len(written) < 10_000


# -- where the table stands -----------------------------------------------------------------------------------------


def test_a_table_below_a_title_on_another_sheet_is_named(tmp_path: Path) -> None:
    def second(book: Any) -> None:
        sheet = book.create_sheet("tabel")
        for row in (["Parametertabel 2025"], [], ["crebo", "toetscode"], ["99109", "T"]):
            sheet.append(row)

    content, target = workbook([["iets anders"]], second), tmp_path / "terug.xlsx"
    found = findings_of(content, sheet="tabel", header_line=3)
    assert [each.line for each in found] == [4]
    write_findings(content, found, target, sheet="tabel", header_line=3)
    assert openpyxl.load_workbook(target)["tabel"]["C4"].value == "crebo 99109 is not in the register"
    assert ParameterTable.read(target, sheet="tabel", header_line=3).rows[0].line == 4
    with pytest.raises(UsageError, match="Pass one of: Sheet, tabel"):
        read_text_table(content, sheet="blad1")


def test_the_findings_do_not_take_the_place_of_the_table(tmp_path: Path) -> None:
    source = tmp_path / "tabel.xlsx"
    source.write_bytes(workbook(ROWS))
    with pytest.raises(UsageError, match="another file"):
        write_findings(source, (), source)
    with pytest.raises(UsageError, match='Pass "en" or "nl"'):
        write_findings(source, (), tmp_path / "x.xlsx", language="de")  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (workbook(ROWS)[:-40], "damaged workbook"),
        (workbook(ROWS)[:200] + b"\x00" * 60 + workbook(ROWS)[260:], "damaged workbook"),
        (b"PK\x03\x04", "damaged workbook"),
    ],
    ids=["truncated", "overwritten", "empty"],
)
def test_a_workbook_that_is_not_whole_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    for use in (read_text_table, lambda given: write_findings(given, (), tmp_path / "x.xlsx")):
        with pytest.raises(DocumentInvalid, match=words):
            use(content)


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(workbooks, "LARGEST", 2_000)
    for use in (read_text_table, lambda given: write_findings(given, (), tmp_path / "x.xlsx")):
        with pytest.raises(DocumentInvalid, match="more than 2000 bytes"):
            use(workbook(ROWS))
