"""Code tables: when a code holds, what took its place, and files that are not what they should be."""

import datetime as dt
import itertools
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.codes import (
    CodeRow,
    CodeTable,
    draw_validity,
    read_crebokoppeltabel,
    read_rio_codes,
    read_rio_links,
    read_rio_transitions,
    read_sbb_accreditations,
)
from magister_connect.crosswalk import Crosswalk, Enrolment, ParameterTable, Period, Succession
from magister_connect.errors import (
    DocumentInvalid,
    FieldInvalid,
    MagisterConnectError,
    MappingError,
    NotJson,
    Reason,
    UsageError,
)
from magister_connect.identifiers import (
    Brin,
    Crebo,
    Keuzedeel,
    RioOnderwijsaanbieder,
    RioOpleidingseenheid,
    Vestigingscode,
)

DAY = dt.date(2025, 10, 1)
RIO = b"""\
ERKENDEOPLEIDINGSCODE,KWALIFICATIEDOSSIER,BEGINDATUM,EINDDATUM
99101,Brood,2015-08-01,2025-08-01
99201,Brood,2025-08-01,
99102,Metaal,01-08-2026,
99103,Werktuig,2012-08-01,2015-08-01
99103,Werktuig,2015-08-01,2026-08-01
K0067,Keuzedeel,2015-08-01,
3005,Rekenen,2015-08-01,
"""


def table(text: bytes = RIO) -> CodeTable[Crebo]:
    return read_rio_codes(text, Crebo, title="KWALIFICATIEDOSSIER")


@pytest.mark.parametrize(
    ("code", "day", "reason", "until"),
    [
        ("99101", dt.date(2025, 7, 31), None, dt.date(2025, 8, 1)),
        ("99101", dt.date(2025, 8, 1), Reason.EXPIRED, dt.date(2025, 8, 1)),
        ("99101", dt.date(2015, 8, 1), None, dt.date(2025, 8, 1)),
        ("99101", dt.date(2015, 7, 31), Reason.NOT_YET_VALID, dt.date(2015, 8, 1)),
        ("99201", DAY, None, None),
        ("99102", DAY, Reason.NOT_YET_VALID, dt.date(2026, 8, 1)),
        ("99103", dt.date(2015, 8, 1), None, dt.date(2026, 8, 1)),
        ("99999", DAY, Reason.UNKNOWN, None),
    ],
)
def test_a_crebo_holds_from_its_first_day_until_the_day_on_which_it_ends(
    code: str, day: dt.date, reason: Reason | None, until: dt.date | None
) -> None:
    standing = table().standing(Crebo(code), as_of=day)
    assert (standing.reason, standing.day, standing.holds) == (reason, until, reason is None)
    assert code in str(standing)


def test_a_code_that_is_a_text_is_refused() -> None:
    with pytest.raises(UsageError):
        table().standing("99101", as_of=DAY)  # type: ignore[arg-type]  # the point


def test_a_table_of_rio_keeps_its_rows_and_counts_codes_of_other_kinds() -> None:
    found = table()
    assert (len(found), found.others, len(found.rows)) == (4, 2, 5)
    row = found.row(Crebo("99101"), as_of=dt.date(2020, 1, 1))
    assert (row.title, row.line, row.cells["KWALIFICATIEDOSSIER"]) == ("Brood", 2, "Brood")
    assert [each.line for each in found.rows_of(Crebo("99103"))] == [5, 6]
    assert list(read_rio_codes(RIO, Keuzedeel)) == [Keuzedeel("K0067")]
    assert repr(found) == "<CodeTable table: 4 codes in 5 rows>"


def test_periods_that_touch_are_one_and_no_overlap() -> None:
    assert table()[Crebo("99103")] == (Period(dt.date(2012, 8, 1), dt.date(2026, 8, 1)),)
    assert table().overlaps == ()


def test_overlapping_rows_are_found_and_a_choice_between_them_is_left_to_you() -> None:
    text = b"ERKENDEOPLEIDINGSCODE,BEGINDATUM,EINDDATUM\n99101,2015-08-01,\n99101,2020-08-01,2021-08-01\n"
    found = read_rio_codes(text, Crebo)
    assert [(one.line, other.line) for one, other in found.overlaps] == [(2, 3)]
    assert found.standing(Crebo("99101"), as_of=DAY).holds
    with pytest.raises(MappingError, match="2, 3") as caught:
        found.row(Crebo("99101"), as_of=dt.date(2020, 8, 1))
    assert caught.value.reason is Reason.AMBIGUOUS
    with pytest.raises(MappingError, match="is not valid before") as early:
        found.row(Crebo("99101"), as_of=dt.date(2015, 7, 31))
    assert early.value.reason is Reason.NOT_YET_VALID


# -- laws -----------------------------------------------------------------------------------------------------------

DAYS = st.dates(dt.date(2010, 1, 1), dt.date(2010, 2, 20))
OPEN = st.one_of(st.none(), DAYS)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    begin, end = draw(OPEN), draw(OPEN)
    if begin is not None and end is not None:
        begin, end = min(begin, end), max(begin, end) + dt.timedelta(days=1)
    return Period(begin, end)


@given(st.lists(periods(), max_size=6), DAYS)
def test_joining_periods_changes_no_day(found: list[Period], day: dt.date) -> None:
    crebo = Crebo("99101")
    made = CodeTable([CodeRow(crebo, period) for period in found], kind=Crebo)
    assert made.standing(crebo, as_of=day).holds is any(day in period for period in found)
    joined = made.get(crebo, ())
    assert not any(one.overlaps(other) or one.end == other.begin for one, other in itertools.pairwise(joined))


@given(DAYS, DAYS, DAYS)
def test_a_last_day_that_counts_is_the_day_before_the_first_that_does_not(
    begin: dt.date, last: dt.date, day: dt.date
) -> None:
    begin, last = min(begin, last), max(begin, last)
    head = "ERKENDEOPLEIDINGSCODE,BEGINDATUM,EINDDATUM\n99101"
    after = last + dt.timedelta(days=1)
    inclusive = read_rio_codes(f"{head},{begin},{last}\n".encode(), Crebo, inclusive_until=True)
    exclusive = read_rio_codes(f"{head},{begin},{after:%d-%m-%Y}\n".encode(), Crebo)
    assert inclusive[Crebo("99101")] == exclusive[Crebo("99101")] == (Period(begin, after),)
    assert exclusive.standing(Crebo("99101"), as_of=day).holds is (begin <= day <= last)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=10))
def test_successions_load_exactly_where_they_run_in_no_circle(edges: list[tuple[int, int]]) -> None:
    successions = [Succession(crebo(old), crebo(new)) for old, new in edges if old != new]
    try:
        CodeTable([], kind=Crebo, successions=successions)
    except MappingError as error:
        assert error.reason is Reason.CONFLICT
        assert has_circle(successions)
    else:
        assert not has_circle(successions)


def crebo(number: int) -> Crebo:
    return Crebo.from_number(99100 + number)


def has_circle(successions: list[Succession]) -> bool:
    reached = {(one.old, one.new) for one in successions}
    for _ in range(6):
        reached |= {(a, d) for a, b in reached for c, d in reached if b == c}
    return any(one == other for one, other in reached)


@given(st.dictionaries(st.integers(0, 6), st.tuples(DAYS, st.sets(st.integers(0, 6))), min_size=1, max_size=6))
def test_equivalents_never_run_in_a_circle_and_lead_to_what_begins_later(
    crebos: dict[int, tuple[dt.date, set[int]]],
) -> None:
    records = [
        {
            "crebocode": str(crebo(number)),
            "startdatum": str(begin),
            "equivalenten": [{"crebocode": str(crebo(each)), "id": each} for each in others],
        }
        for number, (begin, others) in crebos.items()
    ]
    found = read_sbb_accreditations(json.dumps(records).encode(), inclusive_until=True)
    for one in found.successors.successions:
        old, new = (int(str(side)) - 99100 for side in (one.old, one.new))
        assert crebos[old][0] < crebos[new][0] == one.on
        assert new in crebos[old][1] or old in crebos[new][1]


# -- SBB ------------------------------------------------------------------------------------------------------------

SBB = json.dumps(
    {
        "accreditaties": [
            {"crebocode": 99101, "naam": "Brood", "startdatum": "2012-08-01", "einddatum": "2016-07-31"},
            {
                "crebocode": "99201",
                "startdatum": "2016-08-01",
                "einddatum": "2025-07-31",
                "equivalenten": [{"crebocode": "99101", "id": 1, "naam": "Brood"}],
            },
            {
                "crebocode": "99301",
                "startdatum": "2025-08-01",
                "einddatum": None,
                "nieuw": True,
                "equivalenten": [{"crebocode": "99101", "id": 1}, {"crebocode": "99201", "id": 2}],
            },
        ]
    }
).encode()


def test_equivalents_become_a_chain_and_no_fork() -> None:
    found = read_sbb_accreditations(SBB, inclusive_until=True)
    assert found.successors.current(Crebo("99101"), DAY) == Crebo("99301")
    assert [(str(one.old), str(one.new)) for one in found.successors.successions] == [
        ("99101", "99201"),
        ("99201", "99301"),
    ]
    crosswalk = Crosswalk(successions=found.successors.successions)
    assert crosswalk.resolve(Crebo("99101"), to=Crebo, as_of=DAY).or_raise() == Crebo("99301")
    assert found.standing(Crebo("99101"), as_of=dt.date(2016, 7, 31)).holds
    later = read_sbb_accreditations(SBB, inclusive_until=False)
    assert not later.standing(Crebo("99101"), as_of=dt.date(2016, 7, 31)).holds


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"<html>", NotJson, "web page"),
        (SBB[:-5], NotJson, "cut off"),
        (b"{}", DocumentInvalid, "array of accreditations"),
        (b'{"a": [], "b": []}', DocumentInvalid, "array of accreditations"),
        (b'[{"crebo": 99101}]', FieldInvalid, r"\[0\]/crebocode"),
        (b'[{"crebocode": 99101, "startdatum": "vroeger"}]', FieldInvalid, r"\[0\]/startdatum"),
        (b'[{"crebocode": "K0067"}]', FieldInvalid, r"\[0\]/crebocode"),
        (b'[{"crebocode": 1, "startdatum": "2020-01-01", "einddatum": "2019-01-01"}]', FieldInvalid, "einddatum"),
        (b'[{"crebocode": 99101, "equivalenten": [{"code": 1}]}]', FieldInvalid, r"equivalenten\[0\]/crebocode"),
    ],
)
def test_an_accreditation_of_another_form_is_named_by_its_path(
    content: bytes, error: type[MagisterConnectError], words: str
) -> None:
    with pytest.raises(error, match=words):
        read_sbb_accreditations(content, inclusive_until=True)


def test_an_accreditation_that_cannot_be_read_is_kept_apart_on_request() -> None:
    equivalent = b'{"crebocode": 99102, "equivalenten": [{"crebocode": "x"}]}'
    content = b'[{"crebocode": 99101}, {"crebocode": "x"}, ' + equivalent + b"]"
    with pytest.warns(UserWarning, match="kept apart"):
        found = read_sbb_accreditations(content, inclusive_until=True, on_unreadable="keep")
    unreadable = [each.path for each in found.unreadable]
    assert (list(found), unreadable) == ([Crebo("99101")], ["crebocode", "equivalenten/crebocode"])


def test_a_crebokoppeltabel_leads_old_crebos_to_those_of_a_school_year() -> None:
    text = b"Koppeltabel;\n;\noud;nieuw\n99101;99201\n99201;99201\n99102;\n99103;99203\n99103;99204\n"
    found = read_crebokoppeltabel(text, old="oud", new="nieuw", schooljaar="2025-2026", header_line=3)
    assert [(str(one.old), str(one.new), one.on) for one in found] == [
        ("99101", "99201", dt.date(2025, 8, 1)),
        ("99103", "99203", dt.date(2025, 8, 1)),
        ("99103", "99204", dt.date(2025, 8, 1)),
    ]
    more = table().with_successions(found)
    assert more.successors.current(Crebo("99101"), DAY) == Crebo("99201")
    assert more.successors.is_partial(Crebo("99103"), DAY)


def test_a_crebokoppeltabel_of_another_layout_names_its_columns() -> None:
    with pytest.raises(DocumentInvalid, match=r"missing: oud.*The file has crebo, nieuw"):
        read_crebokoppeltabel(b"crebo;nieuw\n99101;99201\n", old="oud", new="nieuw", schooljaar="2025-2026")


def test_successions_of_two_tables_that_contradict_each_other_are_a_circle() -> None:
    with pytest.raises(MappingError, match="circle"):
        table().with_successions([Succession(crebo(1), crebo(2)), Succession(crebo(2), crebo(1))])


# -- relations and transitions --------------------------------------------------------------------------------------

RELATIONS = b"""\
ONDERWIJSAANBIEDER,INSTELLING,BEGINDATUM,EINDDATUM
999A998,99ZZ,2010-08-01,2024-08-01
999A999,99ZZ,2024-08-01,
"""
SITES = b"INSTELLING;VESTIGING;BEGINDATUM;EINDDATUM\n99ZZ;99ZZ00;2010-08-01;\n99ZZ;99ZZ01;2010-08-01;2020-08-01\n"


def test_brin_vestigingscode_and_onderwijsaanbieder_lead_to_one_another() -> None:
    relations = read_rio_links(RELATIONS, RioOnderwijsaanbieder, Brin)
    sites = read_rio_links(SITES, Brin, Vestigingscode)
    crosswalk = Crosswalk([*relations, *sites])
    provider, school, site = RioOnderwijsaanbieder("999A999"), Brin("99ZZ"), Vestigingscode("99ZZ00")
    assert crosswalk.resolve(school, to=RioOnderwijsaanbieder, as_of=DAY).or_raise() == provider
    assert crosswalk.resolve(provider, to=Brin, as_of=DAY).or_raise() == school
    assert crosswalk.resolve(provider, to=Vestigingscode, via=[Brin], as_of=DAY).or_raise() == site
    assert crosswalk.resolve(site, to=RioOnderwijsaanbieder, via=[Brin], as_of=DAY).or_raise() == provider
    before = dt.date(2024, 7, 31)
    earlier = crosswalk.resolve(school, to=RioOnderwijsaanbieder, as_of=before).or_raise()
    assert earlier == RioOnderwijsaanbieder("999A998")


def test_one_odd_code_costs_its_own_row_and_the_column_is_still_found() -> None:
    with pytest.warns(UserWarning, match="row 4"):
        found = read_rio_links(RELATIONS + b"999A997,9ZZ,2010-08-01,\n", RioOnderwijsaanbieder, Brin)
    assert (len(found.links), [each.row for each in found.unreadable]) == (2, [4])


def test_units_of_programmes_are_linked_by_the_documented_columns() -> None:
    text = b"OPLEIDINGSEENHEIDCODE,ERKENDEOPLEIDINGSCODE,BEGINDATUM,EINDDATUM\n9999O9999,99101,2020-08-01,\n"
    (link,) = read_rio_links(text, Crebo, RioOpleidingseenheid)
    assert (link.left, link.right) == (Crebo("99101"), RioOpleidingseenheid("9999O9999"))


TRANSITIONS = b"""\
VAN;NAAR;SOORT;DATUM
99YY;99ZZ;OVERGANG_VOLLEDIG;2020-08-01
99XX;99ZZ;OVERGANG_GEDEELTELIJK;2021-08-01
99XX;99WW;SAMENWERKING;2021-08-01
99XX;999A999;OVERGANG_VOLLEDIG;2021-08-01
"""


def test_whole_mergers_are_followed_and_partial_ones_are_left_to_a_person() -> None:
    found = read_rio_transitions(TRANSITIONS, old="VAN", new="NAAR", sort="SOORT", day="DATUM")
    assert found.others == {"SAMENWERKING": 1, "between codes of two kinds": 1}
    crosswalk = Crosswalk(read_rio_links(RELATIONS, RioOnderwijsaanbieder, Brin), successions=found)
    merged = crosswalk.resolve(Brin("99YY"), to=RioOnderwijsaanbieder, as_of=DAY)
    assert merged.or_raise() == RioOnderwijsaanbieder("999A999")
    with pytest.raises(MappingError) as caught:
        crosswalk.resolve(Brin("99XX"), to=RioOnderwijsaanbieder, as_of=DAY).or_raise()
    assert caught.value.reason is Reason.SUPERSEDED
    with pytest.raises(FieldInvalid, match="line 2/VAN"):
        read_rio_transitions(TRANSITIONS.replace(b"99YY", b"0011"), old="VAN", new="NAAR", sort="SOORT", day="DATUM")


# -- files that are not what they should be -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda: table(b"CREBO,BEGIN\n99101,\n"), r"missing: BEGINDATUM, EINDDATUM, KWALIFICATIEDOSSIER.*CREBO, BEGIN"),
        (
            lambda: read_rio_codes(b"A,BEGINDATUM,EINDDATUM\nx,,\n", Crebo),
            r"No column contains a crebo.*The file has A",
        ),
        (
            lambda: read_rio_codes(b"A,B,BEGINDATUM,EINDDATUM\n99101,99102,,\n", Crebo),
            "2 columns contain a crebo: A, B",
        ),
        (lambda: read_rio_codes(RIO.replace(b"KWALIFICATIEDOSSIER", b"MUTATIESOORT"), Crebo), "since yesterday"),
        (lambda: read_rio_codes(RIO[: RIO.rindex(b",") - 5], Crebo), "line 8"),
        (
            lambda: read_rio_links(b"A,BEGINDATUM,EINDDATUM\n99ZZ,,\n", Brin, Vestigingscode),
            "contains a vestigingscode",
        ),
        (lambda: read_rio_codes(b"\xff\xfe\x00", Crebo), "table"),
        (lambda: read_rio_codes(RIO[: RIO.index(b"\n")], Crebo), "has no rows"),
        (lambda: read_sbb_accreditations(b"[]", inclusive_until=True), "has no rows"),
        (
            lambda: read_crebokoppeltabel(b"oud;nieuw\n", old="oud", new="nieuw", schooljaar="2025-2026"),
            "has no rows",
        ),
    ],
    ids=[
        *("layout", "no codes", "two columns", "mutations", "cut off", "relation", "no text"),
        *("only a header", "an empty array", "an empty crebokoppeltabel"),
    ],
)
def test_a_file_of_another_layout_is_refused_with_its_columns(read: Callable[[], object], words: str) -> None:
    with pytest.raises(DocumentInvalid, match=words) as caught:
        read()
    assert "99101" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (b"9910,2020-08-01,", "ERKENDEOPLEIDINGSCODE"),
        (b"99101,20-8-1,", "BEGINDATUM"),
        (b"99101,2020-08-01,2020-08-01", "EINDDATUM"),
        (b"99101,2020-08-01,2019-08-01", "EINDDATUM"),
    ],
)
def test_a_row_that_cannot_be_read_stops_or_is_kept_apart(row: bytes, place: str) -> None:
    text = b"ERKENDEOPLEIDINGSCODE,BEGINDATUM,EINDDATUM\n99102,,\n" + row.replace(b"9910,", b"991,")
    with pytest.raises(FieldInvalid, match=f"line 3/{place}"):
        read_rio_codes(text, Crebo)
    with pytest.warns(UserWarning, match="line 3"):
        kept = read_rio_codes(text, Crebo, on_unreadable="keep")
    assert (list(kept), [each.path for each in kept.unreadable]) == ([Crebo("99102")], [place])


# -- what they are for ----------------------------------------------------------------------------------------------


def test_an_explanation_says_how_the_crebo_stands_and_who_took_its_place() -> None:
    parameters = ParameterTable.read(b"crebo,toets\n99101,T\n")
    codes = table().with_successions([Succession(Crebo("99101"), Crebo("99201"), dt.date(2025, 8, 1))])
    told = parameters.explain(Enrolment("99101"), as_of=DAY, register=codes, successors=codes.successors)
    assert str(told).splitlines()[-2:] == [
        "crebo 99101 expired on 2025-08-01",
        "crebo 99201 replaced it, and has no row",
    ]
    both = ParameterTable.read(b"crebo,toets\n99101,T\n99201,U\n")
    told = both.explain(Enrolment("99101"), as_of=DAY, register=codes, successors=codes.successors)
    assert told.remarks[1] == "crebo 99201 replaced it, and has row 3"
    assert both.explain(Enrolment("0011"), as_of=DAY, register=codes).remarks == ()


def test_the_picture_shows_each_code_once_and_how_it_stands() -> None:
    codes = table().with_successions([Succession(Crebo("99101"), Crebo("99201"), dt.date(2025, 8, 1))])
    drawn = draw_validity(codes, [*codes, Crebo("99999")], as_of=DAY, successors=codes.successors)
    assert drawn.count("<rect") == 5
    for words in ("expired on 2025-08-01, now 99201", "from 2026-08-01", "until 2026-08-01", "not in the register"):
        assert words in drawn
    in_dutch = draw_validity(codes, [*codes, Crebo("99999")], as_of=DAY, successors=codes.successors, language="nl")
    for words in ("vervallen op 2025-08-01, nu 99201", "vanaf 2026-08-01", "tot 2026-08-01", "niet in het register"):
        assert words in in_dutch
    assert draw_validity({}, as_of=DAY).startswith("<svg")
    with pytest.raises(UsageError):
        draw_validity(codes, as_of="2025")  # type: ignore[arg-type]  # the point
