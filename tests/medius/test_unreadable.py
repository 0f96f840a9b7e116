"""One odd value costs one record, and only where that was asked for; the others come, sync and async."""

import copy
import json
import pickle
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import attrs
import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.flow import Reply
from magister_connect.core.records.unreadable import UnreadableRecords, UnreadableRecordWarning
from magister_connect.errors import FieldInvalid, MagisterConnectError, NotPermitted, ReplyInvalid, UsageError
from magister_connect.medius import (
    PersonResult,
    Records,
    Row,
    Student,
    StudentSubject,
    Table,
    TableDiff,
    UnknownColumn,
    diff,
)
from magister_connect.testing import Script, medius_session, medius_table
from tests.medius.conftest import Connect
from tests.odd_values import CONTROL_CHARACTERS, DAYS, HEADS, NO_DAY, NUMBERS

SECRET = "Zwanenburg"


def answered(connect: Connect, *replies: Reply) -> Any:
    """A client of this kind whose calls are answered by these replies, one each."""
    script = Script()
    script.add(medius_session())
    for reply in replies:
        script.add(reply)
    return connect("https://school.invalid", http=connect.scripted(script), retries=NO_RETRIES)


def rows(*odd: Mapping[str, object], count: int = 4) -> list[dict[str, object]]:
    """Pupils 1 to ``count``, of whom the ones from the third on have these odd values."""
    plain: list[dict[str, object]] = [
        {"stamnr_str": 10_000 + n, "Roepnaam": "Sam", "geb_datum_str": "2010/03/14"} for n in range(1, count + 1)
    ]
    for place, change in enumerate(odd):
        plain[2 + place].update(change)
    return plain


def students(connect: Connect, replies: list[dict[str, object]], **settings: Any) -> Records[Student]:
    found: Records[Student] = answered(connect, medius_table(replies)).students(**settings)
    return found


ODD_CELLS = [
    *(("stamnr_str", text) for text in NUMBERS),
    *(("geb_datum_str", text) for text in DAYS),
    ("Tel._1_geheim", "misschien"),
]


@pytest.mark.parametrize(("column", "text"), ODD_CELLS)
def test_an_odd_cell_costs_the_list_or_one_record(connect: Connect, column: str, text: str) -> None:
    table = rows({"Roepnaam": SECRET, column: text}, count=4)
    with pytest.raises(FieldInvalid, match='on_unreadable="keep"') as caught:
        students(connect, table)
    assert caught.value.where == f"ADFuncties.GetActiveStudents, row 3/column {column}"
    with pytest.warns(UnreadableRecordWarning, match="row 3") as seen:
        found = students(connect, table, on_unreadable="keep")
    assert [each.stamnummer for each in found] == ["10001", "10002", "10004"]
    (unreadable,) = found.unreadable
    assert (unreadable.place, unreadable.path) == ("ADFuncties.GetActiveStudents, row 3", f"column {column}")
    assert unreadable.raw is not None
    assert json.loads(unreadable.raw.reveal())["Roepnaam"] == SECRET
    shown = repr(found) + repr(unreadable) + str([str(each.message) for each in seen]) + str(caught.value)
    assert SECRET not in shown
    assert not text.strip() or text not in shown.replace("row 3", "").replace("10001", "")
    assert "1 unreadable" in repr(found)


@pytest.mark.parametrize("text", NO_DAY)
def test_a_date_that_is_not_there_is_none(connect: Connect, text: str) -> None:
    assert students(connect, rows({"geb_datum_str": text}))[2].geb_datum is None


def test_a_header_among_the_rows_and_a_row_without_a_number_cost_one_record_each(connect: Connect) -> None:
    header = {"stamnr_str": "stamnr_str", "Roepnaam": "Roepnaam", "geb_datum_str": "geb_datum_str"}
    with pytest.warns(UnreadableRecordWarning) as seen:
        found = students(connect, rows(header, {"stamnr_str": ""}, count=5), on_unreadable="keep")
    assert [each.stamnummer for each in found] == ["10001", "10002", "10005"]
    assert [each.place.rpartition(" ")[2] for each in found.unreadable] == ["3", "4"]
    assert len(seen) == 2


def test_three_odd_rows_among_two_thousand_are_named_and_the_school_is_synchronised(connect: Connect) -> None:
    table = rows({"geb_datum_str": "31-02-2010"}, {"stamnr_str": "n.v.t."}, {"Tel._1_geheim": "x"}, count=2000)
    with pytest.warns(UnreadableRecordWarning) as seen:
        found = students(connect, table, on_unreadable="keep")
    assert len(found) == 1997
    assert [str(each) for each in found.unreadable] == [
        "ADFuncties.GetActiveStudents, row 3, column geb_datum_str: A date that exists was expected",
        "ADFuncties.GetActiveStudents, row 4, column stamnr_str: A whole number was expected",
        "ADFuncties.GetActiveStudents, row 5, column Tel._1_geheim: True or false was expected",
    ]
    assert len(seen) == 3


@pytest.mark.parametrize("what", CONTROL_CHARACTERS)
def test_a_control_character_in_a_text_is_replaced_and_noted(connect: Connect, what: str) -> None:
    reply = medius_table(rows({"Roepnaam": "S@m"}))
    body = reply.body.replace(b"S@m", b"S" + CONTROL_CHARACTERS[what] + b"m")
    found = answered(connect, Reply(200, reply.headers, body)).students()
    assert [each.roepnaam for each in found] == ["Sam", "Sam", "S\ufffdm", "Sam"]
    assert found.warnings == (
        "1 control characters, which XML does not allow, were replaced by U+FFFD.",
        "They are in row 3, column Roepnaam.",
    )


@pytest.mark.parametrize("column", ["stamnr_str", "Email", "Loginaccount.Naam"])
def test_a_control_character_in_a_key_or_an_address_makes_the_record_unreadable(connect: Connect, column: str) -> None:
    plain = medius_table(rows({column: "10@03"}))
    reply = Reply(200, plain.headers, plain.body.replace(b"10@03", b"10&#x1B;03"))
    with pytest.raises(FieldInvalid) as caught:
        answered(connect, reply).students()
    assert caught.value.where == f"ADFuncties.GetActiveStudents, row 3/column {column}"
    with pytest.warns(UnreadableRecordWarning):
        found = answered(connect, reply).students(on_unreadable="keep")
    assert len(found) == 3


@pytest.mark.parametrize("what", HEADS)
def test_what_stands_before_the_declaration_costs_nothing(connect: Connect, what: str) -> None:
    reply = medius_table(rows())
    declared = reply.body if reply.body.startswith(b"<?xml") else b'<?xml version="1.0"?>' + reply.body
    odd = Reply(200, reply.headers, HEADS[what] + declared)
    found = answered(connect, odd).students()
    assert len(found) == 4
    assert bool(found.warnings) == ("PHP" in what)
    with warnings.catch_warnings():
        warnings.simplefilter("error" if "PHP" not in what else "ignore")
        assert len(list(answered(connect, odd).iter_data("lijst"))) == 4


LIST = b"Stamnr;Naam\r\n1;a\r\n2;b;c\r\n3;d\r\n"


@pytest.mark.parametrize("form", ["CSV", "XML"])
def test_rows_of_a_list_are_kept_apart_whole_and_streamed(connect: Connect, form: str) -> None:
    cells = b"<r><Stamnr>1</Stamnr></r><r><Stamnr><b/>2</Stamnr></r><r><Stamnr>3</Stamnr></r>"
    xml = b"<Response><Result>True</Result><T><R>%b</R></T></Response>" % cells
    reply = Reply(200, (("Content-Type", "text/csv" if form == "CSV" else "text/xml"),), LIST if form == "CSV" else xml)
    with pytest.raises(FieldInvalid, match="row 2"):
        answered(connect, reply).get_data("lijst", form=form)
    with pytest.warns(UnreadableRecordWarning):
        table: Table = answered(connect, reply).get_data("lijst", form=form, on_unreadable="keep")
    assert [row["Stamnr"] for row in table] == ["1", "3"]
    assert [each.place for each in table.unreadable] == ["Data.GetData, list lijst, row 2"]
    kept = UnreadableRecords("keep")
    with pytest.warns(UnreadableRecordWarning):
        streamed = list(answered(connect, reply).iter_data("lijst", form=form, on_unreadable=kept))
    assert streamed == list(table)
    assert [each.place for each in kept.kept] == ["Data.GetData, list lijst, row 2"]


def test_a_list_that_was_cut_off_is_an_error_whatever_is_kept(connect: Connect) -> None:
    reply = Reply(200, (("Content-Type", "text/csv"),), b"Stamnr;Naam\r\n1;a\r\n2")
    with pytest.raises(ReplyInvalid, match="row 2"):
        answered(connect, reply).get_data("lijst", form="CSV", on_unreadable="keep")


def test_an_odd_row_of_one_person_is_reported_with_that_person(connect: Connect) -> None:
    good, odd = (medius_table([{"Stamnr": number, "Vak": "wi"}]) for number in ("1", "x"))
    found = answered(connect, good, odd).student_subjects_of([1, 2], concurrency=1)
    assert [type(each.failure).__name__ for each in found] == ["NoneType", "FieldInvalid"]
    with pytest.warns(UnreadableRecordWarning):
        found = answered(connect, good, odd).student_subjects_of([1, 2], concurrency=1, on_unreadable="keep")
    assert [(len(each.records), len(each.records.unreadable)) for each in found] == [(1, 0), (0, 1)]


@pytest.mark.parametrize("call", ["students", "employees", "get_data", "iter_data", "student_groups"])
def test_another_policy_is_refused(connect: Connect, call: str) -> None:
    arguments: dict[str, Any] = {"get_data": ["lijst"], "iter_data": ["lijst"], "student_groups": [1]}
    with pytest.raises(UsageError, match="on_unreadable"):
        list(getattr(answered(connect, medius_table(rows())), call)(*arguments.get(call, []), on_unreadable="skip"))


def test_nobody_who_could_not_be_read_has_left(connect: Connect) -> None:
    before = students(connect, rows(count=5))
    with pytest.warns(UnreadableRecordWarning):
        after = students(connect, rows({"geb_datum_str": "31-02-2010"}, count=4), on_unreadable="keep")
    found = diff(before, after)
    assert [each.stamnummer for each in found.left] == ["10005"]
    assert [(each.stamnummer) for each in found.added] == []
    back = diff(after, before)
    assert ([each.stamnummer for each in back.added], back.left) == (["10005"], ())
    with pytest.warns(UnreadableRecordWarning):
        nameless = students(connect, rows({"stamnr_str": "n.v.t."}, count=4), on_unreadable="keep")
    unsure = diff(before, nameless)
    assert ([each.stamnummer for each in unsure.unsure], unsure.left) == (["10003", "10005"], ())
    assert repr(unsure) == "<TableDiff: 0 added, 0 left, 0 changed, 2 unsure>"


# -- what records, rows and tables can do ---------------------------------------------------------------------------


@attrs.frozen
class AsAttrs:
    stamnr: str
    uren: int = 0


@dataclass(frozen=True)
class AsDataclass:
    stamnr: str
    uren: int = 0


class AsTuple(NamedTuple):
    stamnr: str
    uren: int = 0


@pytest.mark.parametrize("kind", [AsAttrs, AsDataclass, AsTuple])
@pytest.mark.parametrize("columns", [("Stamnr", "Uren"), ("Stamnr",)])
def test_a_table_becomes_records_of_any_kind_of_class(kind: Any, columns: tuple[str, ...]) -> None:
    positions = {name: place for place, name in enumerate(columns)}
    table = Table("lijst", columns, (Row(positions, ("7", "12")[: len(columns)]),))
    assert list(table.to(kind)) == [kind("7", 12 if len(columns) == 2 else 0)]
    with pytest.raises(FieldInvalid, match="row 1"):
        Table("lijst", ("stamnr", "uren"), (Row({"stamnr": 0, "uren": 1}, ("7", "x")),)).to(kind)


def test_a_table_becomes_dicts() -> None:
    assert list(Table("lijst", ("A b",), (Row({"A b": 0}, ("7",)),)).to(dict)) == [{"A b": "7"}]


def test_a_row_without_a_column_names_those_there_are() -> None:
    row = Row({"Stamnr": 0, "Klas": 1}, ("1", "4h"))
    with pytest.raises(UnknownColumn, match=r"no column 'klas'; there are: Stamnr, Klas") as caught:
        row["klas"]
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, MagisterConnectError)
    assert (row.get("klas"), "klas" in row, "Klas" in row) == (None, False, True)


def test_tables_rows_and_records_pickle_and_copy(connect: Connect) -> None:
    with pytest.warns(UnreadableRecordWarning):
        found = students(connect, rows({"geb_datum_str": "x"}), on_unreadable="keep")
    table = answered(connect, medius_table(rows())).get_data("lijst")
    for value in (found, found[0], table, table[0], found.unreadable[0].to_dict()):
        for other in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):  # noqa: S301 - ours
            assert other == value
    assert str(pickle.loads(pickle.dumps(found)).unreadable[0]) == str(found.unreadable[0])  # noqa: S301 - our own


def test_tables_rows_and_records_become_plain_data_and_come_back(connect: Connect) -> None:
    found = students(connect, rows(count=2))
    table = answered(connect, medius_table(rows(count=2))).get_data("lijst")
    assert Records.from_dict(json.loads(found.to_json(reveal=True)), Student) == found
    assert Table.from_dict(json.loads(table.to_json(reveal=True))) == table
    assert Row.from_dict(table[0].to_dict(reveal=True)) == table[0]
    for value in (found, found[0], table, table[0]):
        assert "10001" not in value.to_json()
        assert "2010" not in value.to_json()
    assert table.to_dict()["columns"] == ["stamnr_str", "Roepnaam", "geb_datum_str"]


def test_differences_and_what_was_found_for_one_person_read_back(connect: Connect) -> None:
    older, newer = students(connect, rows(count=3)), students(connect, rows({"Roepnaam": SECRET}, count=4))
    found = diff(older, newer)
    assert TableDiff.from_dict(json.loads(found.to_json(reveal=True)), Student) == found
    assert SECRET not in found.to_json()
    with pytest.raises(FieldInvalid, match="TableDiff"):
        TableDiff.from_dict({"added": "x"}, Student)
    failure = NotPermitted("No right", where="ADFuncties", status=200, code="10")
    failed: PersonResult[Student] = PersonResult("10001", Records(()), failure)
    copied = PersonResult.from_dict(json.loads(failed.to_json(reveal=True)), Student).failure
    assert isinstance(copied, NotPermitted)
    assert (str(copied), copied.code, copied.status) == (str(failure), "10", 200)


def test_numbers_that_somebody_padded_lose_their_zeros_with_a_warning(connect: Connect) -> None:
    found = students(connect, rows({"stamnr_str": "0010003"}))
    assert found[2].stamnummer == "10003"
    assert found.warnings == ("1 numbers in the column stamnr_str have leading zeros, which were removed.",)
    reply = medius_table([{"Stamnr": "007", "Vak": "wi"}])
    subjects: Records[StudentSubject] = answered(connect, reply).student_subjects(7)
    assert subjects[0].stamnummer == "7"


def test_a_file_of_a_school_is_the_same_table(connect: Connect) -> None:
    listed: Table = answered(connect, medius_table(rows(count=2))).get_data("lijst")
    file = b'sep=;\nstamnr_str;Roepnaam;geb_datum_str;\n10001;Sam;2010/03/14;\n="10002";Sam;2010/03/14 00:00;\n;;;\n'
    table = Table.read(file, name="leerlingen.csv")
    assert table.columns == listed.columns
    assert list(table.to(Student)) == list(listed.to(Student))
    assert not diff(listed.to(Student), table.to(Student))
    assert diff(table, Table.read(file.replace(b"10002", b"10003")), key="stamnr_str").added[0]["Roepnaam"] == "Sam"
