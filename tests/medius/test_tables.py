"""From texts to typed records, by annotation and metadata, with the row and the column of what does not fit."""

import dataclasses
import datetime as dt
import io
import json
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.records.personal import identifies
from magister_connect.core.records.serialization import to_plain, values_of
from magister_connect.errors import ContractMismatch, FieldInvalid, Responsible, UsageError
from magister_connect.identifiers import Bsn
from magister_connect.medius import (
    EmployeeClass,
    EmployeeGroup,
    EmployeeSubject,
    Records,
    Row,
    StaffMember,
    Student,
    StudentGroup,
    StudentSubject,
    Table,
    active_on,
    column,
    diff,
    one_per_pupil,
    rest,
)
from magister_connect.medius.tables.table import frame_of_records


class Soort(Enum):
    ZIEK = "Z"
    LAAT = "TL"


@attrs.frozen
class Alles:
    """A record of a user, with a field of each kind."""

    tekst: str
    geheel: int
    getal: Decimal
    breuk: float
    waar: bool
    dag: dt.date
    moment: dt.datetime
    tijd: dt.time
    soort: Soort
    bsn: Bsn
    eigen: str = attrs.field(metadata=column("Heel.anders", read=str.upper))
    misschien: dt.date | None = None
    standaard: str = "geen"
    lijst: list[str] = attrs.Factory(list)
    over: dict[str, str] = attrs.field(factory=dict, metadata=rest())


GOOD = {
    "Tekst": "é",
    "GEHEEL": "-12",
    "getal": "7,5",
    "breuk": "0.5",
    "waar": "True",
    "dag": "2025/08/01",
    "moment": "2025/08/01 8:30:00",
    "tijd": "08:30",
    "soort": "TL",
    "bsn": "111222333",
    "Heel.anders": "klein",
    "misschien": "1899/12/30",
    "Onbekend": "blijft",
}


def table(*rows: dict[str, str], name: str = "lijst") -> Table:
    columns = tuple(rows[0])
    positions = {each: place for place, each in enumerate(columns)}
    return Table(name, columns, tuple(Row(positions, tuple(row.values())) for row in rows))


def test_texts_become_what_the_annotations_say() -> None:
    records = table(GOOD, GOOD).to(Alles)
    one = records[0]
    assert (one.tekst, one.geheel, one.getal, one.breuk, one.waar) == ("é", -12, Decimal("7.5"), 0.5, True)
    assert (one.dag, one.moment) == (dt.date(2025, 8, 1), dt.datetime(2025, 8, 1, 8, 30))
    assert (one.tijd, one.soort, one.bsn) == (dt.time(8, 30), Soort.LAAT, Bsn.parse("111222333"))
    assert (one.eigen, one.misschien, one.standaard) == ("KLEIN", None, "geen")
    assert dict(one.over) == {"Onbekend": "blijft"}
    assert table({name: text for name, text in GOOD.items() if name != "Onbekend"}).to(Alles)[0].over == {}
    assert one.lijst == []
    assert one.lijst is not records[1].lijst


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GEHEEL", "12a"),
        ("GEHEEL", ""),
        ("getal", "1.234,5"),
        ("breuk", "veel"),
        ("waar", "misschien"),
        ("dag", "2025/02/30"),
        ("dag", "1899/12/30"),
        ("dag", ""),
        ("moment", "2025/08/01 25:00"),
        ("moment", "30-12-1899 00:00:00"),
        ("tijd", "laat"),
        ("soort", "geheim"),
        ("bsn", "123456789"),
    ],
)
def test_a_text_that_does_not_fit_is_told_by_row_and_column_and_never_shown(name: str, text: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        table(GOOD, {**GOOD, name: text}).to(Alles)
    assert caught.value.where == f"lijst, row 2/column {name}"
    assert not text or text not in str(caught.value)
    assert caught.value.__context__ is None


DAYS = ["2025-08-01", "2025/08/01", "01-08-2025", "1-8-2025", "01/08/2025", "2025-08-01T00:00:00", "1-8-2025 0:00:00"]


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_read_in_every_form_that_cannot_be_mistaken(text: str) -> None:
    assert table({"dag": text}).to(OneDay)[0].dag == dt.date(2025, 8, 1)


@attrs.frozen
class Nothing:
    pass


def test_a_record_without_fields_is_made_for_each_row() -> None:
    assert list(table(GOOD, GOOD).to(Nothing)) == [Nothing(), Nothing()]


@attrs.frozen
class OneDay:
    dag: dt.date | None


@attrs.frozen
class OneMoment:
    moment: dt.datetime | None


@attrs.frozen(kw_only=True)
class ByName:
    b: str
    a: int = 7


@attrs.frozen
class TwoColumns:
    klas: str = attrs.field(metadata=column("Klas.Naam"))
    vak: str
    uren: str = ""
    over: dict[str, str] = attrs.field(kw_only=True, metadata=rest())


@attrs.frozen
class Picky:
    n: int = attrs.field(validator=attrs.validators.lt(5))


@pytest.mark.parametrize("empty", ["", " ", "1899/12/30", "30-12-1899", "1899-12-30", "1899-12-30T00:00:00"])
def test_an_empty_day_is_none(empty: str) -> None:
    assert table({"dag": empty}).to(OneDay)[0].dag is None
    assert table({"moment": empty}).to(OneMoment)[0].moment is None


def test_other_forms_of_dates_can_be_passed() -> None:
    formats = ("%d %m %Y", "%Y%m%d")
    assert table({"dag": "20250801"}).to(OneDay, date_formats=formats)[0].dag == dt.date(2025, 8, 1)
    assert table({"moment": "1 8 2025"}).to(OneMoment, date_formats=formats)[0].moment == dt.datetime(2025, 8, 1)
    assert table({"dag": "2025/08/01"}).to(OneDay, date_formats=formats)[0].dag == dt.date(2025, 8, 1)


@pytest.mark.parametrize("forms", ["%Y%m%d", ["yyyy"], [""]])
def test_a_form_of_dates_that_is_none_is_the_callers_to_mend(forms: str | list[str]) -> None:
    with pytest.raises(UsageError, match="strptime") as caught:
        table({"dag": "20250801"}).to(OneDay, date_formats=forms)
    assert caught.value.where == "date_formats"


@pytest.mark.parametrize("text", ["2025-08-01T08:30:00", "2025-08-01 08:30", "1-8-2025 8:30"])
def test_a_moment_has_no_zone(text: str) -> None:
    assert table({"moment": text}).to(OneMoment)[0].moment == dt.datetime(2025, 8, 1, 8, 30)


def test_a_day_alone_is_midnight() -> None:
    assert table({"moment": "2025/08/01"}).to(OneMoment)[0].moment == dt.datetime(2025, 8, 1)


def test_fields_by_keyword_and_validators_of_the_user_work() -> None:
    assert table({"B": "x"}).to(ByName)[0] == ByName(b="x")
    with pytest.raises(FieldInvalid, match="refuses") as caught:
        table({"n": "4"}, {"n": "987654"}).to(Picky)
    assert caught.value.where == "lijst, row 2"
    assert "987654" not in str(caught.value)


def test_a_column_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ContractMismatch, match="column n for the field n; there are: a, b"):
        table({"a": "1", "b": "2"}).to(Picky)


@pytest.mark.parametrize(
    ("kind", "wanted", "responsible"),
    [
        (Student, "stamnr_str for the field stamnummer", Responsible.SUPPLIER),
        (StaffMember, "stamnr_str for the field stamnummer", Responsible.SUPPLIER),
        (StudentGroup, "Stamnr for the field stamnummer", Responsible.SUPPLIER),
        (StudentSubject, "Stamnr for the field stamnummer", Responsible.SUPPLIER),
        (EmployeeGroup, "Personeelslid.Stamnr for the field stamnummer", Responsible.SUPPLIER),
        (EmployeeClass, "Personeelslid.Stamnr for the field stamnummer", Responsible.SUPPLIER),
        (EmployeeSubject, "Personeelslid.Stamnr for the field stamnummer", Responsible.SUPPLIER),
        (TwoColumns, "Klas.Naam for the field klas, vak for the field vak", Responsible.YOU),
    ],
)
def test_every_column_that_has_to_be_there_is_told_under_the_name_that_it_must_have(
    kind: type, wanted: str, responsible: Responsible
) -> None:
    with pytest.raises(ContractMismatch) as caught:
        table({"stamnr": "10042"}).to(kind)
    assert caught.value.what == f"No column {wanted}; there are: stamnr"
    assert caught.value.responsible is responsible


@attrs.frozen
class Odd:
    what: object


@attrs.frozen
class Unknown:
    what: "Nergens"  # type: ignore[name-defined]  # noqa: F821 - that is the case that is tested


@attrs.frozen
class Circular:
    a: str
    b: str = attrs.Factory(lambda self: self.a, takes_self=True)


@attrs.frozen
class NoStart:
    a: str
    b: str = attrs.field(init=False, default="b")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Odd, "cannot be read as this type"),
        (Unknown, "Nergens"),
        (Circular, "needs the record"),
        (int, "not an attrs class"),
    ],
)
def test_a_class_that_cannot_be_filled_is_the_callers_to_mend(kind: type, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        table({"what": "1", "a": "1"}).to(kind)


def test_fields_that_are_not_passed_are_left_alone() -> None:
    assert table({"a": "x", "b": "y"}).to(NoStart)[0] == NoStart("x")


def test_a_name_that_two_columns_share_feeds_no_field() -> None:
    with pytest.raises(ContractMismatch):
        table({"N.": "1", "N_": "2"}).to(Picky)


def test_an_empty_table_without_columns_has_no_records() -> None:
    assert list(Table("lijst", (), (), ("leeg",)).to(Alles)) == []


@given(st.dates(dt.date(1900, 1, 3)), st.sampled_from(["%Y/%m/%d", "%d-%m-%Y", "%Y-%m-%d"]))
def test_every_day_is_read_as_it_was_written(day: dt.date, form: str) -> None:
    text = day.strftime(form).replace(f"{day.year}", f"{day.year:04}")
    assert table({"dag": text}).to(OneDay)[0].dag == day


class TestContainers:
    records = table({"Stamnr": "1", "Vak": "wi"}, {"Stamnr": "2", "Vak": "ne"}).to(StudentSubject)

    def test_records_are_a_sequence(self) -> None:
        assert len(self.records) == 2
        assert self.records[1].vak == "ne"
        assert [each.vak for each in self.records[:1]] == ["wi"]
        assert isinstance(self.records[:1], Records)
        assert self.records[:] == self.records
        assert self.records != [1]

    def test_rows_are_mappings_and_tables_sequences_of_them(self) -> None:
        rows = table({"A": "1", "B": "2"})
        assert rows[0]["B"] == "2"
        assert dict(rows[0]) == {"A": "1", "B": "2"}
        with pytest.raises(KeyError):
            rows[0]["C"]

    def test_nothing_of_a_person_shows(self) -> None:
        rows = table({"Roepnaam": "Zoë", "Klas": "4h", "Mail": "", "Info": "z@x.nl 123456782"})
        for shown in (repr(rows), repr(rows[0]), repr(rows.to(Rest)), repr(self.records[0]), repr(self.records)):
            assert "Zoë" not in shown
        page = rows._repr_html_()
        assert "<button" not in page
        assert "4h" in page
        assert not [each for each in ("Zoë", "z@x", "123456782") if each in page]
        assert "***" in page

    def test_a_notebook_shows_the_first_rows_and_the_warnings(self) -> None:
        many = Table("l", ("Klas",), tuple(Row({"Klas": 0}, (f"k{n}",)) for n in range(30)), ("let <op>",))
        assert many._repr_html_().count("<tr>") == 11
        assert "let &lt;op&gt;" in many._repr_html_()
        assert "wi" in self.records._repr_html_()
        assert "0 rows" in Records[Rest](())._repr_html_()

    def test_frames_have_the_types_of_the_fields(self) -> None:
        polars = pytest.importorskip("polars")
        frame = self.records.to_polars()
        assert frame.schema["stamnummer"] == polars.String
        assert frame["vak"].to_list() == ["wi", "ne"]
        assert frame.columns == ["stamnummer", "vak"]
        assert table({"A": "1"}).to_polars().to_dicts() == [{"A": "1"}]
        assert Records[Rest](()).to_polars().is_empty()
        with pytest.raises(UsageError):
            frame_of_records([1])

    def test_a_frame_is_flat_so_that_it_can_be_written_anywhere(self) -> None:
        polars = pytest.importorskip("polars")
        rows = table(
            {"Stamnr": "1", "Vak": "wi", "Uren": "3", "vak": "x"}, {"Stamnr": "2", "Vak": "ne", "Uren": "", "vak": ""}
        )
        frame = rows.to(StudentSubject).to_polars()
        assert frame.columns == ["stamnummer", "vak", "Uren", "vak_1"]
        assert frame.rows() == [("1", "wi", "3", "x"), ("2", "ne", "", "")]
        text = io.StringIO()
        frame.write_csv(text)
        assert polars.read_csv(io.StringIO(text.getvalue())).shape == frame.shape

    def test_records_of_several_tables_have_the_columns_of_all(self) -> None:
        pytest.importorskip("polars")
        frame = frame_of_records([Rest({"a": "1"}), Rest({"b": "2"})])
        assert frame.to_dicts() == [{"a": "1", "b": ""}, {"a": "", "b": "2"}]


@attrs.frozen(repr=False)
class Rest:
    all: dict[str, str] = attrs.field(metadata=rest())


@pytest.mark.parametrize("name", ["Leerlingnummer", "Roepnaam", "stamnr_str", "Nr", "geb_datum_str", "Telefoon_2"])
def test_columns_that_identify_are_recognised(name: str) -> None:
    assert identifies(name)


@pytest.mark.parametrize("name", ["Klas", "Studie", "Leerjaar", "Vak.Vakcode", "Datum", "Aantal"])
def test_columns_that_do_not_identify_stay_readable(name: str) -> None:
    assert not identifies(name)


@dataclasses.dataclass(frozen=True)
class DataPupil:
    stamnummer: str
    roepnaam: str
    begin: dt.date | None = None
    einde: dt.date | None = None


class TuplePupil(NamedTuple):
    stamnummer: str
    roepnaam: str
    begin: dt.date | None = None
    einde: dt.date | None = None


@attrs.frozen
class AttrsPupil:
    stamnummer: str
    roepnaam: str
    begin: dt.date | None = None
    einde: dt.date | None = None


@pytest.mark.parametrize("kind", [AttrsPupil, DataPupil, TuplePupil, dict])
class TestRecordsOfAnyClass:
    """What works for records of one class works for all that ``to`` takes."""

    first: ClassVar = {"stamnummer": "1", "roepnaam": "Jan", "begin": "2025-08-01", "einde": "1899/12/30"}
    second: ClassVar = {"stamnummer": "2", "roepnaam": "Piet", "begin": "2024-08-01", "einde": "2025-07-31"}

    def test_they_are_compared(self, kind: type) -> None:
        both: Records[Any] = table(self.first, self.second).to(kind)
        changed: Records[Any] = table({**self.first, "roepnaam": "Johan"}).to(kind)
        found = diff(both, changed)
        assert [values_of(each)["stamnummer"] for each in found.left] == ["2"]
        assert [each.columns for each in found.changed] == [("roepnaam",)]
        assert "Jan" not in str(found.to_dict())

    def test_enrolments_are_chosen(self, kind: type) -> None:
        both: Records[Any] = table(self.first, self.second).to(kind)
        day = dt.date(2025, 9, 1)
        held = active_on(both, day, begin="begin", until="einde")
        assert [values_of(each)["stamnummer"] for each in held] == ["1"]
        assert len(one_per_pupil(both, day, begin="begin", until="einde")) == 2

    def test_plain_data_mask_persons_and_come_back_when_revealed(self, kind: type) -> None:
        records: Records[Any] = table(self.first, self.second).to(kind)
        assert not {"Jan", "Piet"} & {*str(records.to_dict()).replace("'", " ").split()}
        assert Records.from_dict(json.loads(records.to_json(reveal=True)), kind) == records

    def test_frames_and_notebooks_show_their_columns(self, kind: type) -> None:
        records: Records[Any] = table(self.first, self.second).to(kind)
        assert records.to_polars().columns == ["stamnummer", "roepnaam", "begin", "einde"]
        shown = records._repr_html_()
        assert "roepnaam" in shown
        assert "Jan" not in shown


def test_plain_data_of_an_object_that_nobody_knows_are_masked() -> None:
    assert to_plain({"plaats": Path("Jan")}) == {"plaats": "***"}
    assert to_plain({"plaats": Path("Jan")}, reveal=True) == {"plaats": "Jan"}
    with pytest.raises(FieldInvalid, match=r"do not fit|not those"):
        Records.from_dict({"name": "", "records": [{"x": 1}], "warnings": [], "unreadable": []}, TuplePupil)
