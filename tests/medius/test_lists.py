"""Lists in every form: what the school writes is what the client reads, whole and streamed."""

import datetime as dt
import typing
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.flow import NextChunk, Reply, Request
from magister_connect.errors import ConnectionFailed, NotPermitted, NotXml, ReplyInvalid, UsageError
from magister_connect.medius.account import account_at
from magister_connect.medius.session import Session
from magister_connect.medius.tables.delimited import DelimitedReader
from magister_connect.medius.tables.lists import ListQuery, get_data
from magister_connect.medius.tables.streams import iter_data
from magister_connect.medius.tables.table import Row, Table
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.medius.answer import Answer, Grid
from magister_connect.sandbox.medius.forms import formed
from magister_connect.sandbox.medius.switches import MediusSwitches
from magister_connect.testing import Stepper, play
from tests.medius.conftest import Connect, MakeSandbox

FORMS = ["XML", "XMLTable", "CSV", "TAB"]
ACCOUNT = account_at("https://school.invalid", "u", "p", stateless=True)


def query(form: str = "XML", **settings: object) -> ListQuery:
    return ListQuery("lijst", {}, form, **settings)  # type: ignore[arg-type]  # one test fits all settings


def read_whole(body: bytes, asked: ListQuery, media_type: str = "text/xml") -> Table:
    return play(get_data(Session(ACCOUNT), asked), [Reply(200, (("Content-Type", media_type),), body)])


def read_stream(body: bytes, asked: ListQuery, size: int = 7, status: int = 200) -> list[Row]:
    """Step through the stream of a list by hand, in pieces of some bytes."""
    pieces = iter([body[start : start + size] for start in range(0, len(body), size)])
    stepper: Stepper[Row] = Stepper(iter_data(Session(ACCOUNT), asked))
    while not stepper.done:
        if isinstance(stepper.step, Request):
            stepper.answer(Reply(status, (("Content-Type", "text/xml"),)))
        else:
            assert isinstance(stepper.step, NextChunk)
            stepper.answer(next(pieces, b""))
    return stepper.items


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff"), max_size=12
)
NAMES = st.lists(st.from_regex(r"[A-Za-z_][A-Za-z0-9_.]{0,8}", fullmatch=True), min_size=2, max_size=5, unique=True)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    names = [f"K{name}" for name in draw(NAMES)]
    rows = draw(st.lists(st.tuples(*[TEXTS for _ in names]), min_size=1, max_size=6))
    return Grid("Rijen", "Rij", tuple(names), rows)


@given(grid=grids(), form=st.sampled_from(FORMS), size=st.integers(1, 40))
def test_what_the_school_writes_is_read_whole_and_streamed(grid: Grid, form: str, size: int) -> None:
    body, media_type = formed(Answer(out="Table", grid=grid), form.upper(), "", MediusSwitches())
    table = read_whole(body, query(form), media_type)
    assert table.columns == grid.columns
    assert [row.texts for row in table] == list(grid.rows)
    assert [dict(row) for row in read_stream(body, query(form), size)] == [dict(row) for row in table]


@given(cells=st.lists(st.lists(st.sampled_from(["", "a", '"', ";", "\n", "\r\n", "é"]), min_size=2, max_size=2)))
def test_quoted_cells_hold_separators_quotes_and_line_breaks(cells: list[list[str]]) -> None:
    grid = Grid("Rijen", "Rij", ("a", "b"), [tuple(row) for row in cells])
    body, _ = formed(Answer(out="Table", grid=grid), "CSV", "", MediusSwitches())
    table = read_whole(body, query("CSV"), "text/csv")
    assert [row.texts for row in table] == [tuple(row) for row in cells if row]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("\ufeffStamnr;Naam\r\n1;Zoë\r\n".encode(), None),
        ("\ufeffStamnr;Naam\r\n1;Zoë\r\n".encode(), "ANSI"),
        (b"Stamnr;Naam\r\n1;Zo\xc3\xab\r\n", "UTF-8"),
        (b"Stamnr;Naam\r\n1;Zo\xeb", "ANSI"),
        (b"Stamnr;Naam\r\r\n1;Zo\xeb\r\r\n", "ANSI"),
        (b"Stamnr;Naam\n1;Zo\xeb\n\n", "ANSI"),
    ],
)
def test_encodings_and_line_ends_of_every_year_are_read(body: bytes, encoding: str | None, size: int) -> None:
    table = read_whole(body, query("CSV", encoding=encoding), "text/csv")
    assert [dict(row) for row in table] == [{"Stamnr": "1", "Naam": "Zoë"}]
    assert read_stream(body, query("CSV", encoding=encoding), size) == list(table)


@pytest.mark.parametrize(
    ("body", "form", "words"),
    [
        (b"", "CSV", "HTML|Nothing"),
        (b"a;b\r\n1;2\r\n3", "CSV", "row 2"),
        (b"a;b\r\n1;2;3\r\n", "CSV", "3 cells"),
        (b'a;b\r\n1;"2', "CSV", "row 1"),
        (b'a;b\r\n"1"2;3\r\n', "CSV", "quoted=False"),
        (b"a;b\r\n1;\xff\r\n", "CSV", "ANSI"),
        (b"a;b\r\n1;" + b"x" * 140_000 + b"\r\n", "CSV", "Request XML"),
        (b"<Response></Response>", "XML", "contains no table"),
        (
            b"<Response><Result>True</Result><Table><R><r><A>1</A></r></R></Table></Response>",
            "CSV",
            "but the response is XML",
        ),
        (b"<Response><Result>True</Result><Table><R><r><A>1</A></r><r><A>2", "XML", "cut off"),
        (b"<R><r><A>1</A></r><r>", "XMLTable", "too early"),
    ],
)
def test_an_answer_that_is_not_whole_gives_no_table(body: bytes, form: str, words: str) -> None:
    with pytest.raises(ReplyInvalid, match=words):
        read_whole(body, query(form))


def test_a_server_without_quotation_marks_is_taken_at_its_word() -> None:
    body = b'a;b\r\n"een" twee;3"\r\n'
    assert read_whole(body, query("CSV", quoted=False)).rows[0].texts == ('"een" twee', '3"')


def test_one_column_keeps_its_empty_cells() -> None:
    assert [row.texts for row in read_whole(b"a\r\n1\r\n\r\n2\r\n", query("CSV"))] == [("1",), ("",), ("2",)]


def test_two_columns_of_one_name_are_kept_in_text_too() -> None:
    table = read_whole(b"email;email\r\na;b\r\n", query("CSV"))
    assert table.columns == ("email", "email_1")
    assert table.warnings


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"Foutcode;Fout_omschrijving\r\n10;geen recht\r\n", "CSV"),
        (b"Fout_nummer\tFout_omschrijving\r\n10\tgeen recht\r\n", "TAB"),
        (b"Exception;ExceptionMsg\r\nEMGeneralFailure;x\r\n", "CSV"),
        (b"Fout\r\ngeen recht\r\n", "CSV"),
        (b"Fout_omschrijving;Fout_plaats\r\ngeen recht;x\r\n", "CSV"),
        (b"<Response><Result>False</Result><T><R><r><Fout>geen recht</Fout></r></R></T></Response>", "XML"),
        (b"Result;ResultMessage\r\nFalse;geen toegang\r\n", "CSV"),
        (b"<Regels><Regel><Foutcode>10</Foutcode><Fout_omschrijving/></Regel></Regels>", "XMLTable"),
        (
            b"<Regels><Regel><Result>False</Result><ResultMessage>geen recht</ResultMessage></Regel></Regels>",
            "XMLTable",
        ),
        (b"<Response><Exception>EMGeneralFailure</Exception></Response>", "CSV"),
        (b"<Response><Table><R><r><Foutcode>10</Foutcode></r></R></Table><Result>False</Result></Response>", "XML"),
        (b"<Response><Result>False</Result><Table><R><r><Foutcode>10</Foutcode></r></R></Table></Response>", "XML"),
    ],
)
def test_a_refusal_is_recognised_in_every_form_whole_and_streamed(body: bytes, form: str) -> None:
    for read in (read_whole, read_stream):
        with pytest.raises(NotPermitted):
            read(body, query(form))


class TestStreams:
    """What is only known at the end of a stream is raised there."""

    def test_rows_come_before_the_end_of_the_answer(self) -> None:
        stepper: Stepper[Row] = Stepper(iter_data(Session(ACCOUNT), query()))
        stepper.answer(Reply(200))
        stepper.answer(b"<Response><Result>True</Result><Table><R><r><A>1</A></r><r><A>")
        assert [dict(row) for row in stepper.items] == [{"A": "1"}]

    @pytest.mark.parametrize("failure", [None, ConnectionFailed("weg")])
    def test_a_stream_that_is_cut_off_raises_after_its_rows(self, failure: ConnectionFailed | None) -> None:
        stepper: Stepper[Row] = Stepper(iter_data(Session(ACCOUNT), query()))
        stepper.answer(Reply(200))
        stepper.answer(b"<Response><Result>True</Result><Table><R><r><A>1</A></r><r><A>")
        with pytest.raises((NotXml, ConnectionFailed)):
            stepper.fail(failure) if failure else stepper.answer(b"")
        assert len(stepper.items) == 1

    def test_a_result_behind_the_table_counts(self) -> None:
        body = b"<Response><Table><R><r><A>1</A></r></R></Table><Result>False</Result></Response>"
        with pytest.raises(Exception, match="refused the request"):
            read_stream(body, query())

    def test_a_result_before_the_table_counts_at_once(self) -> None:
        body = b"<Response><Result>False</Result><Table><R><r><A>1</A></r></R></Table></Response>"
        with pytest.raises(Exception, match="refused the request"):
            read_stream(body, query())

    @pytest.mark.parametrize("form", FORMS)
    def test_rows_of_different_columns_keep_their_own(self, form: str) -> None:
        if form in {"CSV", "TAB"}:
            return
        rows = b"<r><A>1</A><B>2</B></r><r><A>3</A></r><r><C>4</C></r>"
        body = b"<R>%b</R>" % rows if form == "XMLTable" else b"<Response><T><R>%b</R></T></Response>" % rows
        found = read_stream(body, query(form))
        assert [dict(row) for row in found] == [
            {"A": "1", "B": "2"},
            {"A": "3", "B": ""},
            {"A": "", "B": "", "C": "4"},
        ]

    @pytest.mark.parametrize(
        ("body", "status"), [(b"<html><p>Onderhoud</p></html>", 200), (b"weg", 503), (b"<R><r>", 500), (b"", 200)]
    )
    def test_what_is_no_list_is_no_stream(self, body: bytes, status: int) -> None:
        with pytest.raises(Exception, match=r"HTML|unavailable|early|cut off|Nothing|failed"):
            read_stream(body, query(), status=status)

    def test_an_empty_table_has_no_rows(self) -> None:
        assert read_stream(b"<Response><Result>True</Result><Table><R/></Table></Response>", query()) == []
        assert read_stream(b"\xef\xbb\xbfa;b\r\n", query("CSV")) == []


def test_relabelled_columns_have_the_names_that_the_service_gives(connect: Connect, school: Sandbox) -> None:
    table = connect(school).get_data("leerlinggegevens", {"lesperiode": "2526", "klas": ""})
    assert {"Off._voornamen", "Loginaccount.Naam", "email", "email_1", "Mobiel_nr"} <= set(table.columns)
    assert table[0]["vertrekdatum"] == "1899/12/30"


def test_parameters_reach_the_list(connect: Connect, school: Sandbox) -> None:
    medius = connect(school)
    klas = next(each.klas for each in medius.students() if each.klas)
    found = medius.get_data("leerlinggegevens", {"klas": klas})
    assert 0 < len(found) < len(medius.get_data("leerlinggegevens"))
    assert len(list(medius.iter_data("leerlinggegevens", {"klas": klas}))) == len(found)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("parameters", "warned"),
    [
        ({"lesperiode": "2025-2026"}, True),
        ({"LesPeriode": 25}, True),
        ({"lesperiode": "9900"}, False),
        ({"lesperiode": 9900}, False),
        ({"klas": "2025-2026"}, False),
        ({"lesperiode": None, "klas": "bestaat-niet"}, False),
    ],
)
def test_a_list_without_rows_warns_of_a_lesson_period_that_is_none(
    connect: Connect, school: Sandbox, parameters: dict[str, str | int | None], warned: bool, form: str
) -> None:
    table = connect(school).get_data("leerlinggegevens", parameters, form=form)
    assert not table
    assert [warning for warning in table.warnings if "four digits" in warning] == (
        [*connect(school).students("2025-2026").warnings] if warned else []
    )


def test_a_list_with_rows_has_its_own_lesson_periods() -> None:
    asked = ListQuery("lijst", {"lesperiode": "schooljaar 2025"}, "CSV")
    assert read_whole(b"a;b\r\n1;2\r\n", asked, "text/csv").warnings == ()


def test_sql_cannot_be_reached_by_accident_but_on_purpose(connect: Connect, school: Sandbox) -> None:
    medius = connect(school)
    with pytest.raises(UsageError, match="parameter klas"):
        medius.get_data("leerlinggegevens", {"klas": "x' OR '1'='1"})
    with pytest.raises(Exception, match="syntax"):
        medius.get_data("leerlinggegevens", {"klas": "x'"}, allow_unsafe=True)


@pytest.mark.parametrize("encoding", [None, "UTF-8", "ANSI"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_and_encoding_of_the_school_gives_the_same(
    connect: Connect, school: Sandbox, form: str, encoding: str | None
) -> None:
    medius = connect(school)
    expected = medius.get_data("kluisjes-actueel")
    assert medius.get_data("kluisjes-actueel", form=form, encoding=encoding) == expected
    assert list(medius.iter_data("kluisjes-actueel", form=form, encoding=encoding)) == list(expected)


def other_positions() -> Iterator[dict[str, str | bool]]:
    """Every position of every switch but its default one; those of SOAP are taken elsewhere."""
    for name, kind in typing.get_type_hints(MediusSwitches).items():
        taken = getattr(MediusSwitches(), name)
        if not name.startswith("soap_"):
            choices = (not taken,) if kind is bool else typing.get_args(kind)
            yield from ({name: choice} for choice in choices if isinstance(choice, str | bool) and choice != taken)


SWITCHES: list[dict[str, str | bool]] = [
    *other_positions(),
    {"date_text": "%Y/%m/%d"},
    {"date_text": "%Y-%m-%d"},
    {"line_end": "\r\r\n"},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_the_client_reads_the_same_under_every_position_of_every_switch(
    connect: Connect, sandbox: MakeSandbox, school: Sandbox, switches: dict[str, str | bool]
) -> None:
    other = sandbox(**switches)
    medius, quoted = connect(other), "csv_quotes" not in switches
    assert {each.geb_datum for each in medius.students()} == {
        pupil.geboortedatum for pupil, _ in other.school.pupils_on(other.clock.today())
    }
    assert not medius.students("9900")
    lockers = medius.get_data("kluisjes-actueel")
    for form in ("CSV", "TAB"):
        assert medius.get_data("EduTeam-Lln-lesgroep", {"lesperiode": "2526"}, form=form, quoted=quoted)
    assert lockers[0]["DatumTot"] == "1899/12/30"
    with pytest.raises(NotPermitted):
        medius.get_data("bestaat-niet")
    medius.update_student_email(next(iter(other.school.leerlingen)), "")


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"layout": " "}, "layout"),
        ({"form": "HTML"}, "form"),
        ({"encoding": "latin1"}, "encoding"),
        ({"parameters": {"a b": 1}}, "a b"),
        ({"parameters": {"a": [1]}}, "a"),
    ],
)
def test_a_wrong_question_is_not_asked(connect: Connect, settings: dict[str, object], where: str) -> None:
    medius = connect("https://school.invalid")
    with pytest.raises(UsageError) as caught:
        medius.get_data(**{"layout": "lijst", **settings})
    assert caught.value.where == where


def test_dates_travel_as_iso_text(connect: Connect, school: Sandbox) -> None:
    medius = connect(school)
    assert medius.get_data("leerlinggegevens", {"klas": dt.date(2025, 8, 1)}).rows == ()


def pieces_of(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


def test_a_cell_may_go_on_in_bytes_that_have_not_arrived() -> None:
    reader, found = DelimitedReader("lijst", ";"), list[tuple[str, ...]]()
    for piece in pieces_of('a;b\r\n1;"regel\r\nregel"\r\n2;é\r\n'.encode(), 1):
        found += reader.feed(piece)
    found += reader.close()
    assert found == [("1", "regel\r\nregel"), ("2", "é")]
