"""Crosswalks over the columns of a frame."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magister_connect.crosswalk import Column, Crosswalk, Link, Match, Period, Succession
from magister_connect.crosswalk.frames import resolve_many
from magister_connect.errors import UsageError
from magister_connect.identifiers import Brin, Bsn, MagisterUserId, Pgn, Stamnummer, ToaGebruikersnaam
from magister_connect.sandbox.school.identities import FORMER_NUMBERS, PUPIL_NUMBERS

DAY = dt.date(2025, 10, 1)
PGN = Column("pgn", Pgn)
ANNA, BRAM, CEM = PUPIL_NUMBERS[:3]


def stamnummer(number: int, scope: str = "99ZZ") -> Stamnummer:
    return Stamnummer.from_number(number, scope=scope)


CROSSWALK = Crosswalk(
    [
        Link(ANNA, stamnummer(1), Period(None, DAY)),
        Link(ANNA, stamnummer(2), Period(DAY, None)),
        Link(BRAM, stamnummer(3), Period(DAY, dt.date(2026, 1, 1))),
        Link(CEM, stamnummer(4)),
        Link(CEM, stamnummer(5)),
    ],
    successions=[Succession(FORMER_NUMBERS[ANNA], ANNA)],
)
TEXTS = [ANNA.reveal(), BRAM.reveal(), CEM.reveal(), PUPIL_NUMBERS[9].reveal(), "111222334", "x", "", None]


def frame(texts: list[str | None], days: list[dt.date] | None = None) -> pl.DataFrame:
    columns = {"pgn": pl.Series(texts, dtype=pl.String)}
    return pl.DataFrame(columns if days is None else {**columns, "day": days})


def test_each_row_gets_what_it_resolves_to_and_why_not() -> None:
    found, report = resolve_many(frame(TEXTS), CROSSWALK, of=PGN, to=Stamnummer, as_of=DAY)
    assert found["resolved"].to_list() == ["2", "3", *[None] * 6]
    outcomes = ["matched", "matched", "ambiguous", "unknown", "checksum", "malformed", "missing", "missing"]
    assert found["outcome"].to_list() == outcomes
    assert found["pgn"].to_list() == TEXTS
    assert (report.total, report.unmatched, report.exit_code) == (8, 4, 1)
    assert report.examples["unknown"] == (repr(PUPIL_NUMBERS[9]),)


def test_each_row_has_its_own_day() -> None:
    days = [dt.date(2025, 9, 30), DAY, dt.date(2025, 12, 31), dt.date(2026, 1, 1)]
    texts: list[str | None] = [ANNA.reveal(), ANNA.reveal(), BRAM.reveal(), BRAM.reveal()]
    found, _ = resolve_many(frame(texts, days), CROSSWALK, of=PGN, to="stamnummer", as_of="day")
    assert found["resolved"].to_list() == ["1", "2", "3", None]
    assert found["outcome"].to_list() == ["matched", "matched", "matched", "expired"]


def test_days_matter_without_any_succession_too() -> None:
    crosswalk = Crosswalk([Link(BRAM, stamnummer(3), Period(DAY, None))])
    found, _ = resolve_many(
        frame([BRAM.reveal()] * 2, [DAY, DAY - dt.timedelta(days=1)]), crosswalk, of=PGN, to=Stamnummer, as_of="day"
    )
    assert found["outcome"].to_list() == ["matched", "not_yet_valid"]


def test_whenever_is_a_day_as_well() -> None:
    found, _ = resolve_many(frame([BRAM.reveal(), ANNA.reveal()]), CROSSWALK, of=PGN, to=Stamnummer, as_of=None)
    assert found["outcome"].to_list() == ["matched", "ambiguous"]


@settings(max_examples=60)
@given(
    texts=st.lists(st.sampled_from([*TEXTS, FORMER_NUMBERS[ANNA].reveal(), f" {BRAM.reveal()}"]), max_size=8),
    offsets=st.lists(st.integers(-400, 400), min_size=8, max_size=8),
    kind=st.sampled_from([Pgn, Bsn]),
)
def test_a_frame_is_answered_as_each_of_its_rows_is(
    texts: list[str | None], offsets: list[int], kind: type[Pgn]
) -> None:
    days = [DAY + dt.timedelta(days=offset) for offset in offsets[: len(texts)]]
    asked = frame(texts, days).cast({"day": pl.Date})
    found, _ = resolve_many(asked, CROSSWALK, of=Column("pgn", kind), to=Stamnummer, as_of="day")
    for text, day, resolved, outcome in found.iter_rows():
        if not kind.is_valid((text or "").strip()):
            assert outcome in {"missing", "malformed", "checksum"}
            continue
        answer = CROSSWALK.resolve(kind.parse(text.strip()), to=Stamnummer, as_of=day)
        assert outcome == ("matched" if isinstance(answer, Match) else answer.reason)
        assert resolved == (answer.target.reveal() if isinstance(answer, Match) else None)


TOA = [ToaGebruikersnaam(f"zz-{place}", scope="99ZZ") for place in range(3)]
CHAIN = Crosswalk(
    [
        *CROSSWALK.links,
        Link(stamnummer(2), TOA[0], Period(DAY, dt.date(2026, 3, 1))),
        Link(stamnummer(2), TOA[1], Period(dt.date(2026, 3, 1), None), confidence=0.5),
        Link(stamnummer(3), TOA[2], Period(None, dt.date(2025, 11, 1))),
    ],
    successions=[Succession(FORMER_NUMBERS[ANNA], ANNA)],
)


@settings(max_examples=60)
@given(
    number=st.sampled_from([ANNA, BRAM, CEM, FORMER_NUMBERS[ANNA]]),
    offsets=st.lists(st.integers(-60, 250), min_size=1, max_size=8),
    least=st.sampled_from([0.0, 0.8]),
)
def test_a_frame_goes_over_other_kinds_as_one_identifier_does(number: Pgn, offsets: list[int], least: float) -> None:
    days = [DAY + dt.timedelta(days=offset) for offset in offsets]
    asked = frame([number.reveal()] * len(days), days)
    found, _ = resolve_many(
        asked, CHAIN, of=PGN, to=ToaGebruikersnaam, via=["stamnummer"], as_of="day", least_confidence=least
    )
    resolved = [
        CHAIN.resolve_many([number], to=ToaGebruikersnaam, via=[Stamnummer], as_of=day, least_confidence=least)
        for day in days
    ]
    answers = [answer for one in resolved for answer in one]
    assert found["outcome"].to_list() == [
        "matched" if isinstance(answer, Match) else answer.reason for answer in answers
    ]
    assert found["resolved"].to_list() == [
        answer.target.reveal() if isinstance(answer, Match) else None for answer in answers
    ]


def test_a_school_that_went_over_in_part_later_still_leads_to_its_heir_before() -> None:
    later = DAY + dt.timedelta(days=30)
    period = Period(DAY + dt.timedelta(days=3), DAY + dt.timedelta(days=7))
    crosswalk = Crosswalk(
        [Link(Brin("99YY"), stamnummer(1), period)],
        successions=[
            Succession(Brin("99XX"), Brin("99YY"), on=DAY),
            Succession(Brin("99XX"), Brin("99WW"), on=later, complete=False),
        ],
    )
    days = [DAY, DAY + dt.timedelta(days=5), DAY + dt.timedelta(days=7), later]
    asked = pl.DataFrame({"brin": ["99XX"] * 4, "day": days})
    found, _ = resolve_many(asked, crosswalk, of=Column("brin", Brin), to=Stamnummer, as_of="day")
    assert found["outcome"].to_list() == ["not_yet_valid", "matched", "expired", "superseded"]


@pytest.mark.parametrize(
    ("result", "outcome", "column"),
    [("pgn", "why", "pgn"), ("stamnr", "pgn", "pgn"), ("same", "same", "same"), ("day", "why", "day")],
)
def test_no_column_is_written_over(result: str, outcome: str, column: str) -> None:
    asked = frame([ANNA.reveal()], [DAY])
    with pytest.raises(UsageError) as caught:
        resolve_many(asked, CROSSWALK, of=PGN, to=Stamnummer, as_of=DAY, result=result, outcome=outcome)
    assert caught.value.where == column


def test_a_moment_is_no_day() -> None:
    with pytest.raises(UsageError, match=r"datetime\.date"):
        resolve_many(frame([]), CROSSWALK, of=PGN, to=Stamnummer, as_of=dt.datetime(2025, 10, 1, tzinfo=dt.UTC))


def test_other_kinds_are_resolved_as_well() -> None:
    user = MagisterUserId("a1", scope="school")
    crosswalk = Crosswalk([Link(user, stamnummer(7)), Link(stamnummer(7), ANNA)])
    found, _ = resolve_many(
        pl.DataFrame({"user": ["a1", "b2", "c 3"]}),
        crosswalk,
        of=Column("user", MagisterUserId, "school"),
        to=Stamnummer,
        as_of=DAY,
        result="stamnr",
        outcome="why",
    )
    assert found["stamnr"].to_list() == ["7", None, None]
    assert found["why"].to_list() == ["matched", "unknown", "malformed"]
    numbers = pl.DataFrame({"nr": ["7", "8", "0", "2147483648", "51155.0"]})
    back, _ = resolve_many(numbers, crosswalk, of=Column("nr", Stamnummer, "99ZZ"), to=Pgn, as_of=DAY)
    assert back["outcome"].to_list() == ["matched", "unknown", "malformed", "malformed", "malformed"]


@pytest.mark.parametrize(
    ("table", "as_of"),
    [
        (pl.DataFrame({"pgn": [111222333]}), DAY),
        (pl.DataFrame({"other": ["111222333"]}), DAY),
        (pl.DataFrame({"pgn": ["111222333"], "day": ["2025-10-01"]}), "day"),
        (pl.DataFrame({"pgn": ["111222333"], "day": [None]}, schema={"pgn": pl.String, "day": pl.Date}), "day"),
        (pl.DataFrame({"pgn": ["111222333"]}), "day"),
    ],
)
def test_a_column_of_another_type_is_refused(table: pl.DataFrame, as_of: dt.date | str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_many(table, CROSSWALK, of=PGN, to=Stamnummer, as_of=as_of)
    assert "111222333" not in str(caught.value)


def test_an_empty_frame_stays_empty() -> None:
    found, report = resolve_many(frame([]), CROSSWALK, of=PGN, to=Stamnummer, as_of=DAY)
    assert found.columns == ["pgn", "resolved", "outcome"]
    assert report.total == 0


def test_a_frame_of_pandas_and_a_name_for_a_column_are_the_caller_s_move() -> None:
    with pytest.raises(UsageError, match="from_pandas"):
        resolve_many({}, Crosswalk(), of=Column("pgn", Pgn), to=Stamnummer, as_of=None)  # type: ignore[arg-type]  # the point
    with pytest.raises(UsageError, match="Column"):
        resolve_many(pl.DataFrame({"pgn": ["1"]}), Crosswalk(), of="pgn", to=Stamnummer, as_of=None)  # type: ignore[arg-type]  # the point
