"""Links from what a school has."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pandas as pd
import polars as pl
import pytest

from magister_connect import edexml
from magister_connect.crosswalk import (
    ADVICE,
    Built,
    Column,
    Crosswalk,
    Period,
    UnreadableRow,
    build_links,
    links_from_edexml,
    links_from_scim,
    read_text_table,
)
from magister_connect.errors import MappingError, Reason, UsageError
from magister_connect.identifiers import Brin, Crebo, MagisterUserId, Pgn, Remark, Role, Stamnummer, UwlrKey
from magister_connect.medius import MediusClient
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.school.identities import PUPIL_NUMBERS, synthetic_eck_id

PGN = Column("pgn", Pgn)
STAMNUMMER = Column("stamnr", Stamnummer, "99ZZ")
ANNA, BRAM = PUPIL_NUMBERS[:2]


pytestmark = pytest.mark.filterwarnings("ignore::magister_connect.core.records.unreadable.UnreadableRecordWarning")


def build(records: Any, **named: Any) -> Built:
    return build_links(records, PGN, STAMNUMMER, source="replica", on_unreadable="keep", **named)


def test_pitfall_03_a_replica_with_a_byte_order_mark_is_read() -> None:
    table = read_text_table(f"\ufeffpgn;stamnr\r\n{ANNA.reveal()};51155\r\n".encode())
    (link,) = build(table).links
    assert (link.left, link.right, link.source) == (ANNA, Stamnummer("51155", scope="99ZZ"), "replica")


@pytest.mark.parametrize(
    "record",
    [
        {"pgn": ANNA.reveal(), "stamnr": "51155"},
        {"pgn": ANNA.reveal(), "stamnr": 51155},
        SimpleNamespace(pgn=ANNA.reveal(), stamnr=51155),
    ],
)
def test_mappings_and_records_will_do(record: object) -> None:
    assert build([record]).links[0].right == Stamnummer("51155", scope="99ZZ")


class NamedRow(NamedTuple):
    pgn: str
    stamnr: str


def test_a_named_tuple_is_a_record() -> None:
    assert build([NamedRow(ANNA.reveal(), "51155")]).links[0].left == ANNA


@pytest.mark.parametrize("nothing", [None, "", float("nan"), pd.NaT, pd.NA], ids=repr)
def test_a_cell_without_a_value_is_empty_however_its_reader_says_so(nothing: object) -> None:
    row: dict[str, object] = {"pgn": ANNA.reveal(), "stamnr": "1", "van": nothing, "loc": nothing}
    (link,) = build([row], begin="van", location="loc").links
    assert (link.period, link.location) == (Period(), None)
    assert build([{**row, "pgn": nothing}]).incomplete == 1


@pytest.mark.parametrize(
    "frame", [pd.DataFrame({"pgn": ["1"]}), pl.DataFrame({"pgn": ["1"]})], ids=["pandas", "polars"]
)
def test_a_frame_in_place_of_its_rows_is_told_how_to_give_them(frame: object) -> None:
    with pytest.raises(UsageError, match=r"iter_rows\(named=True\)"):
        build(frame)


def test_what_cannot_be_read_is_told_by_row_column_and_reason() -> None:
    rows = [
        {"pgn": "111222334", "stamnr": "1"},
        {"pgn": "63138219.0", "stamnr": "1"},
        {"pgn": ANNA.reveal(), "stamnr": "51155.0"},
        {"pgn": 111222333, "stamnr": "1"},
        {"pgn": "", "stamnr": "1"},
        {"pgn": ANNA.reveal(), "stamnr": None},
    ]
    built = build(rows)
    assert built.unreadable == (
        UnreadableRow(0, "pgn", Reason.CHECKSUM),
        UnreadableRow(1, "pgn", Reason.MALFORMED),
        UnreadableRow(2, "stamnr", Reason.MALFORMED),
        UnreadableRow(3, "pgn", Reason.MALFORMED),
    )
    assert (len(built.links), built.incomplete) == (0, 2)
    assert repr(built) == "<Built: 0 links, 4 unreadable, 2 incomplete>"
    what = "The number is neither a BSN nor an onderwijsnummer"
    assert built.unreadable[0].advice == f"{what}. {ADVICE[Reason.CHECKSUM]}"


def test_a_row_of_a_file_is_told_by_its_line() -> None:
    assert build(read_text_table(b"pgn,stamnr\nx,1\n")).unreadable == (UnreadableRow(2, "pgn", Reason.MALFORMED),)


def test_what_was_repaired_is_counted() -> None:
    built = build([{"pgn": " 63138219", "stamnr": "1"}, {"pgn": "1112.22.333", "stamnr": " 2"}])
    assert dict(built.remarks) == {Remark.TRIMMED: 2, Remark.ZERO_PADDED: 1, Remark.SEPARATORS_REMOVED: 1}
    assert "63138219" not in repr(built)


def test_padded_stamnummers_need_a_scope_that_counts() -> None:
    numeric = Column("stamnr", Stamnummer, "99ZZ", Role.STAFF, numeric=True)
    built = build_links([{"pgn": ANNA.reveal(), "stamnr": "00123"}], PGN, numeric, source="x")
    assert built.links[0].right == Stamnummer("123", scope="99ZZ", role=Role.STAFF)
    (padded,) = build([{"pgn": ANNA.reveal(), "stamnr": "00123"}]).unreadable
    assert "numeric=True" in padded.advice
    (other,) = build([{"pgn": ANNA.reveal(), "stamnr": "12x"}]).unreadable
    assert "numeric=True" not in other.advice


@pytest.mark.parametrize(
    ("begin", "until", "inclusive", "expected"),
    [
        ("2025-08-01", "2026-08-01", False, Period(dt.date(2025, 8, 1), dt.date(2026, 8, 1))),
        ("2025/08/01", "2026/07/31", True, Period(dt.date(2025, 8, 1), dt.date(2026, 8, 1))),
        ("1-8-2025", "", False, Period(dt.date(2025, 8, 1), None)),
        (dt.date(2025, 8, 1), dt.datetime(2026, 8, 1, tzinfo=dt.UTC), False, None),
        ("", None, True, Period()),
    ],
)
def test_periods_are_read_by_the_convention_that_was_told(
    begin: object, until: object, inclusive: bool, expected: Period | None
) -> None:
    row = {"pgn": ANNA.reveal(), "stamnr": "1", "van": begin, "tot": until, "loc": "01", "born": "2012-03-04"}
    built = build([row], begin="van", until="tot", inclusive=inclusive, location="loc", born="born")
    link = built.links[0]
    assert link.period == expected or link.period == Period(dt.date(2025, 8, 1), dt.date(2026, 8, 1))
    assert (link.location, link.born) == ("01", dt.date(2012, 3, 4))


@pytest.mark.parametrize(
    ("begin", "until", "reason"), [("x", "", Reason.MALFORMED), ("2025-08-01", "2025-08-01", Reason.CONFLICT)]
)
def test_a_period_that_cannot_be_is_rejected(begin: str, until: str, reason: Reason) -> None:
    built = build([{"pgn": ANNA.reveal(), "stamnr": "1", "van": begin, "tot": until}], begin="van", until="tot")
    assert [one.reason for one in built.unreadable] == [reason]


@pytest.mark.parametrize(
    ("left", "right"),
    [(Column("x", Pgn), STAMNUMMER), (PGN, Column("stamnr", Stamnummer)), (PGN, Column("stamnr", UwlrKey))],
)
def test_a_column_that_cannot_be_is_the_callers_mistake(left: Column, right: Column) -> None:
    with pytest.raises(UsageError):
        build_links([{"pgn": ANNA.reveal(), "stamnr": "1"}], left, right, source="x")


def pupil(**fields: object) -> SimpleNamespace:
    return SimpleNamespace(**{"eckid": None, "bsn": None, "onderwijsnummer": None, "geboortedatum": None, **fields})


def test_pupils_of_an_edexml_document_give_their_key_and_their_numbers() -> None:
    scope = UwlrKey.document_scope("99ZZ", "", "2025-2026")
    pupils = [
        pupil(key="00001", eckid=synthetic_eck_id("1").reveal(), bsn=ANNA.reveal(), geboortedatum=dt.date(2012, 3, 4)),
        pupil(key="1", onderwijsnummer="133456785"),
        pupil(key="3"),
        pupil(key="4", bsn="111222334"),
    ]
    with pytest.raises(MappingError, match="row 3, column bsn"):
        links_from_edexml(pupils, scope=scope)
    built = links_from_edexml(pupils, scope=scope, on_unreadable="keep")
    assert [(link.left.reveal(), link.right.kind) for link in built.links] == [
        ("00001", "eck_id"),
        ("00001", "bsn"),
        ("1", "onderwijsnummer"),
    ]
    assert built.links[0].born == dt.date(2012, 3, 4)
    assert built.unreadable == (UnreadableRow(3, "bsn", Reason.CHECKSUM),)
    assert built.incomplete == 2
    assert dict(built.remarks) == {Remark.UNUSUAL_PREFIX: 1}


def test_accounts_give_their_user_id_and_their_stamnummer() -> None:
    users = [SimpleNamespace(id="a1", nr="51155"), SimpleNamespace(id="b2", nr=None), SimpleNamespace(id="c3", nr="x")]
    named: Any = {"tenant": "school.magister", "scope": "99ZZ"}
    with pytest.raises(MappingError, match="row 2, column stamnummer"):
        links_from_scim(users, lambda user: user.nr, **named)
    built = links_from_scim(users, lambda user: user.nr, **named, on_unreadable="keep")
    (link,) = built.links
    assert (link.left, link.right) == (
        MagisterUserId("a1", scope="school.magister"),
        Stamnummer("51155", scope="99ZZ"),
    )
    assert (built.incomplete, built.unreadable) == (1, (UnreadableRow(2, "stamnummer", Reason.MALFORMED),))


def test_records_of_medius_will_do() -> None:
    with (
        Sandbox(pupils=10, staff=6) as school,
        MediusClient(
            school.medius_url, username=school.medius_username, password=school.medius_password, allow_http=True
        ) as medius,
    ):
        pupils = medius.students()
    account = Column("loginaccount_naam", MagisterUserId, "school")
    built = build_links(pupils, Column("stamnummer", Stamnummer, "99ZZ"), account, source="medius", born="geb_datum")
    assert len(built.links) + built.incomplete == len(pupils)
    assert all(link.born is not None for link in built.links)


def test_an_official_document_is_read(shared_data: Path) -> None:
    document = edexml.read(shared_data / "edexml-samples" / "EDEXML.Voorbeeld.2.1.xml", lenient=True)
    built = links_from_edexml(document.leerlingen, scope="99ZZ/00/2025-2026")
    assert any(link.right.kind == "eck_id" for link in built.links)


# -- pitfalls -------------------------------------------------------------------------------------------------------


def test_pitfall_19_a_result_for_an_unknown_stamnummer_waits_until_it_appears() -> None:
    before = Crosswalk(build([{"pgn": ANNA.reveal(), "stamnr": "1"}]).links)
    after = before.with_links(build([{"pgn": BRAM.reveal(), "stamnr": "2"}]).links)
    assert before.texts_of(Stamnummer, scope="99ZZ") == {"1"}
    assert after.texts_of("stamnummer", scope="99ZZ") == {"1", "2"}
    assert after.texts_of(Stamnummer, scope="99YY") == frozenset()


def test_pitfall_22_a_uwlr_key_is_of_one_document_and_keeps_its_zeros() -> None:
    this, next_year = (UwlrKey.document_scope("99ZZ", None, year) for year in ("2025-2026", "2026-2027"))
    links = [
        *links_from_edexml([pupil(key="00001", bsn=ANNA.reveal())], scope=this).links,
        *links_from_edexml([pupil(key="00001", bsn=BRAM.reveal())], scope=next_year).links,
    ]
    crosswalk = Crosswalk(links)
    assert crosswalk.resolve(UwlrKey("00001", scope=this), to=Pgn, as_of=None).or_raise() == ANNA
    assert crosswalk.resolve(UwlrKey("00001", scope=next_year), to=Pgn, as_of=None).or_raise() == BRAM
    assert UwlrKey("1", scope=this) not in crosswalk


def test_pitfall_25_case_and_blanks_are_put_right_and_counted() -> None:
    built = build_links([{"brin": " 99zz", "crebo": "25187"}], Column("brin", Brin), Column("crebo", Crebo), source="x")
    assert built.links[0].left == Brin("99ZZ")
    assert dict(built.remarks) == {Remark.TRIMMED: 1, Remark.CASE_CHANGED: 1}
