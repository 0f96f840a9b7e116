"""Parameter tables: what wins, why, what is refused when a table is loaded, and what is doubtful about it."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.crosswalk import (
    Enrolment,
    LintCode,
    ParameterTable,
    Period,
    Succession,
    Successors,
    lint_parameters,
    read_text_table,
)
from magister_connect.errors import DocumentInvalid, MappingError, Reason, Responsible, UsageError
from magister_connect.identifiers import Crebo

DAY = dt.date(2025, 10, 1)
TABLE = """\
crebo;leerweg;niveau;locatie;cohort;valid_from;valid_until;priority;opleiding;toets
25187;;;;;;;;ICT;T-ALG
25187;BBL;;;;;;;ICT-BBL;T-BBL
25187;BBL;;01;;1-8-2025;1-8-2026;;ICT-BBL-01;T-BBL
25187;BOL;4;01;;;;;ICT-4-01;T-4
25187;BBL;4;;;;;5;ICT-BBL-4;T-BBL
25998;BOL;;;;2024-08-01;2025-08-01;;ZORG-OUD;T-Z
25998;BOL;;;;2025-08-01;;;ZORG;T-Z
;;;;;;;;OVERIG;T-0
"""


def table(text: str = TABLE) -> ParameterTable:
    return ParameterTable.read(text.encode())


@pytest.mark.parametrize(
    ("enrolment", "day", "opleiding"),
    [
        (Enrolment("25187"), DAY, "ICT"),
        (Enrolment("25187", "BOL"), DAY, "ICT"),
        (Enrolment("25187", "BBL"), DAY, "ICT-BBL"),
        (Enrolment("25187", "BBL", locatie="01"), DAY, "ICT-BBL-01"),
        (Enrolment("25187", "BBL", locatie="01"), dt.date(2026, 8, 1), "ICT-BBL"),
        (Enrolment("25187", "BBL", "4", locatie="01"), DAY, "ICT-BBL-4"),
        (Enrolment("25998", "BOL"), dt.date(2025, 7, 31), "ZORG-OUD"),
        (Enrolment("25998", "BOL"), DAY, "ZORG"),
        (Enrolment("25998", "BBL"), DAY, "OVERIG"),
        (Enrolment("10830"), DAY, "OVERIG"),
        (Enrolment(), DAY, "OVERIG"),
    ],
)
def test_the_most_specific_row_wins_and_then_the_priority(enrolment: Enrolment, day: dt.date, opleiding: str) -> None:
    assert table().value(enrolment, "opleiding", as_of=day) == opleiding


def test_an_explanation_tells_about_every_row() -> None:
    explanation = table().explain(Enrolment("25187", "BBL", locatie="01"), as_of=DAY)
    lines = str(explanation).splitlines()
    assert lines[0] == "row 4 was chosen: specificity 3, priority 0"
    assert lines[1:] == [
        "row 2: matches, but has a lower rank: specificity 1 and priority 0",
        "row 3: matches, but has a lower rank: specificity 2 and priority 0",
        "row 4: chosen: specificity 3 and priority 0",
        "row 5: requires another leerweg",
        "row 6: requires another niveau",
        "row 7: requires another crebo",
        "row 8: requires another crebo",
        "row 9: matches, but has a lower rank: specificity 0 and priority 0",
    ]


def test_where_nothing_fits_the_explanation_says_so() -> None:
    small = table("crebo,valid_until,toets\n25187,2025-01-01,T\n")
    explanation = small.explain(Enrolment("25187"), as_of=DAY)
    assert explanation.winner is None
    assert str(explanation) == "no row matches\nrow 2: is not valid on this day"
    with pytest.raises(MappingError) as caught:
        small.value(Enrolment("25187"), "toets", as_of=DAY)
    assert caught.value.reason == Reason.UNKNOWN
    assert small.find(Enrolment(), as_of=DAY) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("crebo,toets\n25187,A\n25187,B\n", 3),
        ("crebo,leerweg,niveau,toets\n25187,BBL,,A\n25187,,4,B\n", 3),
        ("crebo,valid_until,valid_from,toets\n25187,2025-08-02,,A\n25187,,2025-08-01,B\n", 3),
        ("crebo,leerweg,toets\n,BBL,A\n25187,,B\n", 3),
        ("crebo,toets\n,A\n,B\n", 3),
    ],
)
def test_rows_that_leave_a_choice_undecided_are_refused_when_the_table_is_loaded(text: str, line: int) -> None:
    with pytest.raises(DocumentInvalid, match="neither takes precedence") as caught:
        table(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("crebo,toets\n25187.0,A\n", "damaged"),
        ("crebo,toets\n2518,A\n251877,B\n", "damaged"),
        ("crebo,toets\nK0067,A\n", "keuzedeel"),
        ("opleiding,toets\nX,A\n", "column crebo"),
        ("crebo,valid_from,valid_until,toets\n25187,2025-08-01,2025-08-01,A\n", "ends before"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(DocumentInvalid, match=words):
        table(text)


@pytest.mark.parametrize("column", ["valid_from", "priority"])
def test_a_bad_cell_is_named_by_line_and_column(column: str) -> None:
    with pytest.raises(DocumentInvalid, match=f"line 2: .*{column}") as caught:
        table(f"crebo,{column},toets\n25187,x,A\n")
    assert caught.value.responsible is Responsible.SENDER


def test_a_bad_date_is_named_as_its_own_column_is_called() -> None:
    with pytest.raises(DocumentInvalid, match="geldig_tot"):
        table("crebo,geldig_tot,toets\n25187,1 aug,A\n")


def test_a_column_that_the_table_does_not_give_is_told_with_those_that_it_does() -> None:
    with pytest.raises(UsageError, match=r"kleur.*Pass one of opleiding, toets"):
        table(TABLE).value(Enrolment("25187"), "kleur", as_of=DAY)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: table(TABLE).programmes("kleur", as_of=DAY), r"kleur.*Pass one of opleiding, toets"),
        (lambda: table(TABLE).programmes("toets", as_of="2025"), r"datetime\.date"),  # type: ignore[arg-type]  # the point
        (
            lambda: lint_parameters(read_text_table(b"crebo\n25187\n"), as_of=DAY, register={Crebo("25187"): Period()}),  # type: ignore[dict-item]  # the point
            "sequence of periods",
        ),
        (lambda: lint_parameters(read_text_table(b"crebo\n"), as_of="2025"), r"datetime\.date"),  # type: ignore[arg-type]  # the point
    ],
)
def test_the_reverse_and_lint_refuse_what_they_cannot_mean(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ask()


def test_a_table_made_of_rows_gives_what_the_rows_give() -> None:
    rows = table(TABLE).rows
    assert ParameterTable(rows).columns == ("opleiding", "toets")


def test_an_enrolment_without_a_row_is_the_school_s_move() -> None:
    with pytest.raises(MappingError, match="explain") as caught:
        table("crebo,toets\n25187,A\n").value(Enrolment("25998"), "toets", as_of=DAY)
    assert caught.value.responsible is Responsible.SCHOOL


def test_an_enrolment_takes_text_only() -> None:
    with pytest.raises(UsageError, match=r"Enrolment\.crebo"):
        Enrolment(25187)  # type: ignore[arg-type]  # the point of the test


def test_a_table_shows_its_size_and_what_it_gives() -> None:
    assert repr(table(TABLE)) == "<ParameterTable: 8 rows that give opleiding, toets>"


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"], ids=["xlsx", "xls"])
def test_a_workbook_is_told_from_text(head: bytes) -> None:
    with pytest.raises(DocumentInvalid, match="CSV UTF-8"):
        read_text_table(head + b"crebo;toets")


def test_an_inclusive_end_has_to_be_said() -> None:
    text = b"crebo,valid_from,valid_until,toets\n25187,2025-10-01,2025-10-01,A\n"
    inclusive = ParameterTable.read(text, inclusive_until=True)
    assert inclusive.value(Enrolment("25187"), "toets", as_of=DAY) == "A"


def test_the_reverse_shows_programmes_with_several_crebos() -> None:
    assert table().programmes("toets", as_of=DAY)["T-BBL"] == {"25187"}
    assert table().programmes("toets", as_of=DAY)["T-Z"] == {"25998"}


def test_a_table_is_a_sequence_of_rows_with_values() -> None:
    assert (len(table()), len(list(table())), table().columns) == (8, 8, ("opleiding", "toets"))


KEY = st.sampled_from(["", "a", "b"])


@given(st.lists(st.tuples(KEY, KEY, st.integers(0, 2)), max_size=6), st.tuples(KEY, KEY))
def test_a_table_that_loads_decides_every_case(rows: list[tuple[str, str, int]], case: tuple[str, str]) -> None:
    text = "crebo,leerweg,niveau,priority,toets\n" + "".join(
        f",{leerweg},{niveau},{priority},T{place}\n" for place, (leerweg, niveau, priority) in enumerate(rows)
    )
    try:
        loaded = table(text)
    except DocumentInvalid:
        return
    enrolment = Enrolment(leerweg=case[0], niveau=case[1])
    fitting = [row for row in loaded if row.mismatch(enrolment) is None]
    best = max((row.rank for row in fitting), default=None)
    assert sum(row.rank == best for row in fitting) <= 1
    assert (loaded.find(enrolment, as_of=DAY) is None) is (not fitting)


# -- lint -----------------------------------------------------------------------------------------------------------

DOUBTFUL = """\
crebo,leerweg,valid_from,valid_until,priority,toets
25187.0,,,,,A
187,,,,,A
K0067,,,,,A
abcde,,,,,A
25187,,,2025-08-01,,A
25187,,2025-09-01,,,B
25998,,,,,A
25998,,,,1,B
10830,,x,,,A
95530,,,,,A
23089,,,,,A
23089,,,,,B
,,,,,Z
0011,,,,,Z
"""


def test_lint_finds_each_kind_of_doubt() -> None:
    findings = lint_parameters(
        read_text_table(DOUBTFUL.encode()),
        as_of=DAY,
        register={Crebo("25187"): (Period(),), Crebo("95530"): (Period(None, DAY),), Crebo("23089"): (Period(),)},
        successors=Successors([Succession(Crebo("95530"), Crebo("25999")), Succession(Crebo("25998"), Crebo("25187"))]),
        enrolments=[Enrolment("25187"), Enrolment("95530"), Enrolment("23089")],
    )
    assert [(finding.line, finding.code) for finding in findings] == [
        (2, LintCode.DAMAGED),
        (3, LintCode.DAMAGED),
        (4, LintCode.KEUZEDEEL),
        (5, LintCode.MALFORMED),
        (7, LintCode.GAP),
        (8, LintCode.UNKNOWN),
        (8, LintCode.NEVER_HIT),
        (9, LintCode.UNKNOWN),
        (9, LintCode.OVERLAP),
        (9, LintCode.NEVER_HIT),
        (10, LintCode.INVALID),
        (11, LintCode.EXPIRED),
        (11, LintCode.SUCCESSOR),
        (13, LintCode.OVERLAP),
        (13, LintCode.NEVER_HIT),
        (13, LintCode.UNDECIDED),
        (14, LintCode.NEVER_HIT),
        (15, LintCode.NEVER_HIT),
    ]


def test_an_enrolment_that_no_row_decides_hits_none() -> None:
    table = read_text_table(b"crebo,x\n25187,1\n")
    findings = lint_parameters(table, as_of=DAY, enrolments=[Enrolment("25998")])
    assert [finding.code for finding in findings] == [LintCode.NEVER_HIT]


def test_lint_names_the_column_that_it_could_not_read() -> None:
    (finding,) = lint_parameters(read_text_table(b"crebo,geldig_van\n25187,augustus\n"), as_of=DAY)
    assert (finding.line, finding.text) == (2, "column geldig_van: A date was expected")


def test_lint_checks_only_what_it_was_given() -> None:
    assert lint_parameters(read_text_table(TABLE.encode()), as_of=DAY) == ()


# -- text tables ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"a;b\n0011;x,y\n",
        "\ufeffa;b\r\n0011;x,y\r\n".encode(),
        "a\tb\n0011\tx,y\n".encode("utf-16"),
        b'a,b\n0011,"x,y"\n\n,\n',
    ],
)
def test_text_stays_text_in_every_form_that_a_spreadsheet_saves(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    for read in (read_text_table(content), read_text_table(path)):
        assert read.columns == ("a", "b")
        assert [dict(row.cells) for row in read] == [{"a": "0011", "b": "x,y"}]
        assert len(read) == 1


def test_the_line_of_a_row_counts_lines_inside_cells() -> None:
    rows = list(read_text_table(b'a,b\n"x\ny",1\nz,2\n'))
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a,a\n1,2\n", 1),
        (b"a,\n1,2\n", 2),
        (b"a,,b\n1,2,3\n", 1),
        (b"", 1),
        (b"a,b\n1\n", 2),
        (b'a,b\n1,"2"3\n', 2),
        (b"a\n\xe9\n", None),
    ],
)
def test_a_table_that_cannot_be_trusted_is_refused(content: bytes, line: int | None) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        read_text_table(content)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("named", "words"), [({"encoding": "klingon"}, "encoding"), ({"delimiter": ";;"}, "one character")]
)
def test_a_way_of_reading_that_does_not_exist_is_the_caller_s_move(named: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_text_table(b"a;b\n", encoding=named.get("encoding"), delimiter=named.get("delimiter"))


def test_another_encoding_has_to_be_named() -> None:
    content = "crebo|naam\n25187|Zo\u00eb\n".encode("cp1252")
    with pytest.raises(DocumentInvalid, match="cp1252") as caught:
        ParameterTable.read(content)
    assert caught.value.responsible is Responsible.YOU
    named = ParameterTable.read(content, delimiter="|", encoding="cp1252")
    assert named.value(Enrolment("25187"), "naam", as_of=DAY) == "Zo\u00eb"
    assert read_text_table("naam\nZo\u00eb\n".encode("cp1252"), encoding="cp1252").rows[0]["naam"] == "Zo\u00eb"
