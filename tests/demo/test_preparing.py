"""What the platform gets of enrolments as they come: several for a pupil, doubled rows, nothing filled in."""

import datetime as dt

import attrs
import pytest
from platform_feed.gathering import Enrolment, Gathered
from platform_feed.preparing import prepare

from magister_connect.crosswalk import ParameterTable
from magister_connect.medius import Records, Student

TODAY = dt.date(2025, 11, 20)
PROGRAMMES = ParameterTable.read(
    b"crebo;leerweg;valid_from;valid_until;platformcode\r\n"
    b"99101;;2020-08-01;2025-08-01;OLD\r\n99101;;2025-08-01;;NEW\r\n99101;BBL;2025-08-01;;WORK\r\n"
)
COMPLETE = Enrolment(
    stamnr="10001",
    aanmelding=1,
    lesperiode="2526",
    studie="BK3",
    crebo="99101",
    leerweg="BOL",
    leerjaar=1,
    klas="1BK3A",
    locatie="DAM",
    begindatum=dt.date(2025, 8, 1),
    einddatum=dt.date(2026, 7, 31),
    vertrekdatum=None,
)


def prepared_of(*rows: Enrolment) -> tuple[dict[tuple[str, str], object], list[tuple[str, str]]]:
    """Bodies by kind and key, and where and why records were held back."""
    gathered = Gathered(
        students=Records([Student(stamnummer="10001", roepnaam="Alfamie", tussenv="van", achternaam="Voorbeeld")]),
        enrolments=Records(rows),
        absence=Records([]),
        progress=Records([]),
    )
    prepared = prepare(gathered, PROGRAMMES, {"10001": dt.date(2009, 1, 1)}, TODAY)
    keys = [(each.kind, each.key) for each in prepared.documents]
    assert len(keys) == len(set(keys)), "each document once, or it would change at every run"
    return (
        {(each.kind, each.key): each.body for each in prepared.documents},
        [(each.origin, each.reason) for each in prepared.held_back],
    )


def test_a_complete_enrolment_has_a_participant_and_a_programme() -> None:
    documents, held_back = prepared_of(COMPLETE)
    assert held_back == []
    assert documents["participants", "10001"] == {
        "name": "Alfamie van Voorbeeld",
        "email": "",
        "born": "2009-01-01",
        "location": "DAM",
    }
    assert documents["enrolments", "1"] == {
        "participant": "10001",
        "programme": "NEW",
        "class": "1BK3A",
        "year": 1,
        "begin": "2025-08-01",
        "end": "2026-07-31",
    }


@pytest.mark.parametrize(
    ("row", "programme"),
    [
        (COMPLETE, "NEW"),
        (attrs.evolve(COMPLETE, leerweg="BBL"), "WORK"),
        (attrs.evolve(COMPLETE, begindatum=dt.date(2024, 8, 1)), "OLD"),
    ],
)
def test_the_programme_is_that_of_the_day_on_which_the_enrolment_began(row: Enrolment, programme: str) -> None:
    documents, _ = prepared_of(row)
    body = documents["enrolments", "1"]
    assert isinstance(body, dict)
    assert body["programme"] == programme


def test_a_pupil_with_two_enrolments_is_one_participant_at_the_place_of_the_latest() -> None:
    later = attrs.evolve(COMPLETE, aanmelding=2, begindatum=dt.date(2025, 10, 1), locatie="STAD")
    for rows in ((COMPLETE, later), (later, COMPLETE)):
        documents, held_back = prepared_of(*rows)
        assert held_back == []
        assert {kind for kind, _ in documents} == {"participants", "enrolments", "absence"}
        body = documents["participants", "10001"]
        assert isinstance(body, dict)
        assert body["location"] == "STAD"


@pytest.mark.parametrize(
    ("rows", "held_back"),
    [
        ([COMPLETE, COMPLETE], [(2, "a second row for the same enrolment")]),
        ([attrs.evolve(COMPLETE, stamnr="10002")], [(1, "not an active student")]),
        ([attrs.evolve(COMPLETE, crebo="")], [(1, "the enrolment is incomplete: no crebo")]),
        ([attrs.evolve(COMPLETE, leerweg="")], [(1, "the enrolment is incomplete: no leerweg")]),
        ([attrs.evolve(COMPLETE, klas="")], [(1, "the enrolment is incomplete: no class")]),
        ([attrs.evolve(COMPLETE, begindatum=None)], [(1, "the enrolment is incomplete: no first day")]),
        ([attrs.evolve(COMPLETE, crebo="99190")], [(1, "no programme of the platform for this crebo")]),
    ],
)
def test_what_is_held_back_is_told_by_its_row(rows: list[Enrolment], held_back: list[tuple[int, str]]) -> None:
    _, found = prepared_of(*rows)
    assert found == [(f"row {number} of platform-inschrijvingen", reason) for number, reason in held_back]
