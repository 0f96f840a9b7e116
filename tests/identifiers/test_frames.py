"""Identifiers in columns."""

import datetime as dt

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.identifiers import Pgn, Remark, kind_of
from magister_connect.identifiers.frames import inspect, is_bsn, is_onderwijsnummer, kinds_of, pgn_kind, repair
from magister_connect.sandbox.school.identities import PUPIL_NUMBERS

TEXTS = [number.reveal() for number in PUPIL_NUMBERS]
ODD = [
    None,
    "",
    "12345678",
    "111222333",
    "101222331",
    "111222334",
    "000000000",
    "+11122233",
    "-11122233",
    " 11222333",
    "111222333\n",
    "111222333.0",
    "1e8",
    "1112_2333",
    "0x1111111",
    "\uff11\uff11\uff11\uff12\uff12\uff12\uff13\uff13\uff13",
    "999999999999",
]


@pytest.mark.parametrize("text", ODD)
def test_a_column_agrees_with_the_rule_on_odd_texts(text: str | None) -> None:
    frame = pl.DataFrame({"pgn": [text]}, schema={"pgn": pl.String})
    row = frame.select(kind=pgn_kind("pgn"), bsn=is_bsn(pl.col("pgn")), onderwijsnummer=is_onderwijsnummer("pgn")).row(
        0, named=True
    )
    kind = kind_of(text)
    assert row == {"kind": kind, "bsn": kind == "bsn", "onderwijsnummer": kind == "onderwijsnummer"}


@given(st.lists(st.integers(0, 9_999_999).map(lambda number: f"{number:09d}"), min_size=1))
def test_a_column_agrees_with_the_rule_on_every_number(texts: list[str]) -> None:
    column = pl.DataFrame({"pgn": texts}).select(pgn_kind("pgn"))["pgn"].to_list()
    assert column == [kind_of(text) for text in texts]


def test_a_lazy_query_keeps_the_name_of_the_column() -> None:
    query = pl.LazyFrame({"pgn": TEXTS}).select(pgn_kind("pgn")).group_by("pgn").len()
    assert dict(query.collect().iter_rows()) == {"bsn": 376, "onderwijsnummer": 24}


def test_a_pandas_column_is_classified() -> None:
    frame = pd.DataFrame(
        {"pgn": ["111222333", "101222331", None, "", float("nan"), pd.NA, 111222333, 63138219.0]}, dtype=object
    )
    frame["kind"] = kinds_of(frame["pgn"])
    assert list(frame["kind"]) == ["bsn", "onderwijsnummer", *["missing"] * 4, *["malformed"] * 2]


# -- inspect --------------------------------------------------------------------------------------------------------


def test_inspect_tells_what_each_column_holds() -> None:
    frame = pl.DataFrame(
        {
            "pgn": [*TEXTS[:399], "111222334"],
            "bsn": [text for text in TEXTS if kind_of(text) == "bsn"][:300] + [None] * 100,
            "stamnr": [str(place) for place in range(400)],
            "brin": ["99ZZ"] * 400,
            "rsin": ["111222333"] * 400,
            "stamnummer": ["10001"] * 400,
            "opleiding": ["25187"] * 400,
            "born": [dt.date(2012, 1, 1)] * 400,
        }
    )
    reports = {report.column: report for report in inspect(frame)}
    assert {name: report.guess for name, report in reports.items()} == {
        "pgn": "bsn",
        "bsn": "bsn",
        "stamnr": None,
        "brin": "brin",
        "rsin": "bsn",
        "stamnummer": None,
        "opleiding": "crebo",
        "born": None,
    }
    assert reports["bsn"].missing == 100
    assert "other numbers" in reports["rsin"].note
    assert str(reports["pgn"]) == "pgn: bsn (93.8 % bsn, 6.0 % onderwijsnummer, 0.2 % checksum)"
    assert str(reports["brin"]) == "brin: brin (100.0 %)"
    assert str(reports["stamnr"]) == "stamnr: no identifier"


def test_inspect_takes_a_pandas_frame_and_sees_the_damage_of_floats() -> None:
    whole = pd.DataFrame({"bsn": ["111222333", "063138219", None] * 10})
    damaged = whole.assign(bsn=pd.to_numeric(whole["bsn"]))
    assert inspect(whole)[0].guess == "bsn"
    (report,) = inspect(damaged)
    assert (report.guess, report.damaged, report.missing) == (None, 20, 10)
    assert "20 look damaged" in str(report)
    assert "leading zeros are lost" in str(report)


@pytest.mark.parametrize(("texts", "damaged"), [(["63138219.0"], 1), (["6,3138219E7"], 1), (["6.3138219E+07"], 1)])
def test_inspect_sees_damage_in_text(texts: list[str], damaged: int) -> None:
    assert inspect({"bsn": texts})[0].damaged == damaged


def test_a_mixture_of_both_kinds_is_called_pgn() -> None:
    numbers = [text for text in TEXTS if kind_of(text) == "onderwijsnummer"]
    assert inspect({"pgn": numbers + TEXTS[:24]})[0].guess == "pgn"


def test_pitfall_24_a_few_values_that_pass_prove_nothing() -> None:
    (few,) = inspect({"x": TEXTS[:19]})
    assert few.guess is None
    assert "fewer than 20 values, too few to tell" in str(few)
    assert inspect({"x": TEXTS[:12] + ["111222334"] * 12})[0].guess is None


# -- repair ---------------------------------------------------------------------------------------------------------

BORN = dt.date(2012, 3, 4)
KNOWN = {Pgn.parse("063138219"): BORN}


def test_repair_proposes_and_changes_nothing() -> None:
    values: list[object] = ["111222333", 63138219.0, "63138219.0", "63138219", 63138219, None, "", "abc", "12.0", True]
    proposals = repair(values)
    assert [(one.row, one.remarks) for one in proposals] == [(row, (Remark.ZERO_PADDED,)) for row in (1, 2, 3, 4)]
    assert not any(one.confirmed for one in proposals)
    assert values[1] == 63138219.0
    assert "63138219" not in repr(proposals)


@pytest.mark.parametrize(
    ("born", "known", "confirmed"),
    [
        ([BORN], KNOWN, True),
        ([dt.date(2012, 3, 5)], KNOWN, False),
        ([BORN], {}, False),
        ([None], KNOWN, False),
        (None, KNOWN, False),
    ],
)
def test_a_proposal_is_confirmed_by_the_birth_date(
    born: list[object] | None, known: dict[Pgn, object], confirmed: bool
) -> None:
    (proposal,) = repair(["63138219.0"], born=born, known=known)
    assert proposal.confirmed is confirmed


@pytest.mark.parametrize("text", ["10000094.0"])
def test_pitfall_01_a_float_is_never_taken_for_another_number(text: str) -> None:
    (proposal,) = repair([text])
    assert proposal.identifier == Pgn.parse("010000094")
    assert not Pgn.is_valid(text)
    assert Pgn.is_valid("100000940")  # what a checker that drops the dot would make of it


def test_pitfall_02_inference_breaks_what_text_keeps() -> None:
    content = b"bsn,stamnr\n063138219,00123\n,124\n"
    inferred = pl.read_csv(content)
    kept = pl.read_csv(content, infer_schema=False)
    assert inferred["bsn"].to_list() == [63138219, None]
    assert kept.write_csv().encode() == content
    assert kept.select(pgn_kind("bsn"))["bsn"].to_list() == ["bsn", "missing"]
