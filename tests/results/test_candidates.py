"""Who is to be tested: numbers that are nobody else's, differences, and the two files."""

import csv
import datetime as dt
from typing import Any

import hypothesis.strategies as st
import pytest
from attrs import evolve
from hypothesis import given

from magister_connect.errors import MappingError, UsageError
from magister_connect.identifiers import AmnDeelnemersnummer, Stamnummer, ToaGebruikersnaam
from magister_connect.results.candidates import (
    Action,
    Candidate,
    Change,
    amn_file,
    changes_between,
    number_candidates,
    platform_file,
)

PREFIXES = {"noord": "N-", "zuid": "Z-"}


def toa(number: int = 1, **changes: Any) -> Candidate:
    plain = Candidate(
        number=ToaGebruikersnaam(f"N-{number}", scope="ZAND"), voornaam="Sanne", achternaam="Vries",
        tussenvoegsel="de", department="VO", group="3A", geboortedatum=dt.date(2010, 3, 1),
    )  # fmt: skip
    return evolve(plain, **changes)


def amn(number: int = 1, **changes: Any) -> Candidate:
    return evolve(toa(), number=AmnDeelnemersnummer(f"N-{number}", scope="klant"), crebonummer="25655", **changes)


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(content.decode("utf-8-sig").splitlines(), delimiter=";"))


def test_numbers_of_two_administrations_never_meet() -> None:
    pupils = [Stamnummer("12345", scope=scope) for scope in PREFIXES]
    numbered = number_candidates(pupils, ToaGebruikersnaam, scope="ZAND", prefixes=PREFIXES)
    assert [numbered[pupil].reveal() for pupil in pupils] == ["N-12345", "Z-12345"]


@pytest.mark.parametrize("prefixes", [{"noord": "N-"}, {"noord": "A", "zuid": "A"}, {"noord": "N-", "zuid": ""},
                                      {"noord": "N1", "zuid": "N"}])  # fmt: skip
def test_prefixes_that_may_give_one_number_twice_are_refused(prefixes: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        number_candidates([Stamnummer("1", scope="zuid")], ToaGebruikersnaam, scope="ZAND", prefixes=prefixes)


@pytest.mark.parametrize("kind", [ToaGebruikersnaam, AmnDeelnemersnummer])
def test_a_personal_number_is_no_candidate_number(kind: Any) -> None:
    with pytest.raises(MappingError) as refused:
        kind("111222333", scope="ZAND")
    assert "111222333" not in str(refused.value)


def test_a_difference_tells_who_is_new_who_changed_and_who_is_gone() -> None:
    changes = changes_between([toa(1), toa(2), toa(3)], [toa(2, group="3B"), toa(3), toa(4)])
    assert [(each.action, each.candidate.number.reveal()) for each in changes] == [
        (Action.ARCHIVE, "N-1"),
        (Action.INSERT, "N-4"),
        (Action.UPDATE, "N-2"),
    ]


def test_who_comes_back_is_activated_again() -> None:
    changes = changes_between([], [toa(1, group="4A")], archived=[toa(1)])
    assert [each.action for each in changes] == [Action.REACTIVATE, Action.UPDATE]


def test_an_archived_number_is_given_to_nobody_else() -> None:
    with pytest.raises(UsageError, match="another person"):
        changes_between([], [toa(1, geboortedatum=dt.date(2011, 1, 1))], archived=[toa(1)])


def test_one_number_for_two_people_is_refused() -> None:
    with pytest.raises(UsageError, match="Two people"):
        changes_between([], [toa(1), toa(1, voornaam="Daan")])


people = st.dictionaries(st.integers(1, 9), st.sampled_from(["3A", "3B"]))


@given(before=people, now=people)
def test_applying_a_difference_gives_the_present(before: dict[int, str], now: dict[int, str]) -> None:
    held = {toa(number).number: toa(number, group=group) for number, group in before.items()}
    wanted = {toa(number).number: toa(number, group=group) for number, group in now.items()}
    for change in changes_between(held.values(), wanted.values()):
        if change.action is Action.ARCHIVE:
            del held[change.candidate.number]
        else:
            held[change.candidate.number] = change.candidate
    assert held == wanted


def test_the_platform_file_has_bracketed_labels_and_days_first() -> None:
    [row] = read(platform_file([Change(Action.INSERT, toa())]))
    assert row == {
        "[USERNAME]": "N-1",
        "[DEPARTMENT]": "VO",
        "[GROUP]": "3A",
        "[FIRSTNAME]": "Sanne",
        "[MIDDLE_NAME]": "de",
        "[SURNAME]": "Vries",
        "[GENDER]": "",
        "[BIRTHDATE]": "01-03-2010",
        "[EMAIL]": "",
        "[ACTION]": "INSERT",
    }


def test_a_file_for_a_spreadsheet_computes_nothing_and_one_for_the_supplier_is_as_it_is() -> None:
    changes = [Change(Action.INSERT, amn(tussenvoegsel="", achternaam="=1+1"))]
    assert [row["achternaam"] for row in read(amn_file(changes, spreadsheet=True))] == ["'=1+1"]
    assert [row["achternaam"] for row in read(amn_file(changes))] == ["=1+1"]
    changes = [Change(Action.INSERT, toa(achternaam="@x"))]
    assert [row["[SURNAME]"] for row in read(platform_file(changes, spreadsheet=True))] == ["'@x"]


def test_the_amn_file_has_one_row_for_each_participant_who_stays() -> None:
    changes = [Change(Action.REACTIVATE, amn()), Change(Action.UPDATE, amn()), Change(Action.ARCHIVE, amn(2))]
    [row] = read(amn_file(changes))
    assert (row["deelnemersnummer"], row["achternaam"], row["crebonummer"]) == ("N-1", "de Vries", "25655")


@pytest.mark.parametrize(
    ("write", "candidate"),
    [
        (platform_file, toa(department="")),
        (platform_file, amn()),
        (amn_file, amn(voornaam="")),
        (amn_file, toa()),
    ],
)
def test_what_a_supplier_would_refuse_is_refused_here(write: Any, candidate: Candidate) -> None:
    with pytest.raises(UsageError) as refused:
        write([Change(Action.INSERT, candidate)])
    assert "Vries" not in str(refused.value)


def test_a_candidate_shows_nothing_of_a_person() -> None:
    shown = repr(toa(email="sanne@example.nl"))
    assert not any(text in shown for text in ("Sanne", "Vries", "2010", "sanne@", "N-1"))
