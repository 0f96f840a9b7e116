"""The pitfalls of the field that a crosswalk meets, each with its number in docs/crosswalk.md."""

import datetime as dt

import pytest

from magister_connect.crosswalk import (
    Ambiguous,
    ConflictKind,
    Crosswalk,
    Link,
    Match,
    NoMatch,
    Period,
    Reason,
    Succession,
    doubled_eck_ids,
    pending_substitutions,
)
from magister_connect.identifiers import (
    Brin,
    Bsn,
    Crebo,
    Dependancecode,
    Elementcode,
    Keuzedeel,
    Onderwijsnummer,
    Pgn,
    Role,
    Schooljaar,
    Stamnummer,
    UwlrKey,
    Vakcode,
    programme_code,
)
from magister_connect.sandbox.school.identities import (
    FORMER_NUMBERS,
    PUPIL_NUMBERS,
    synthetic_eck_id,
    synthetic_stampseudoniem,
)

DAY = dt.date(2025, 10, 1)
ANNA, BRAM = PUPIL_NUMBERS[:2]
ANNA_BEFORE = FORMER_NUMBERS[ANNA]
THIS_YEAR = Period(dt.date(2025, 8, 1), dt.date(2026, 8, 1))


def stamnummer(number: int, scope: str = "99ZZ", role: Role = Role.PUPIL) -> Stamnummer:
    return Stamnummer.from_number(number, scope=scope, role=role)


def test_pitfall_04_one_stamnummer_in_two_administrations_is_two_pupils() -> None:
    crosswalk = Crosswalk([Link(ANNA, stamnummer(1, "99ZZ")), Link(BRAM, stamnummer(1, "99YY"))])
    assert crosswalk.resolve(stamnummer(1, "99ZZ"), to=Pgn, as_of=DAY).or_raise() == ANNA
    assert crosswalk.resolve(stamnummer(1, "99YY"), to=Pgn, as_of=DAY).or_raise() == BRAM
    assert crosswalk.resolve(stamnummer(1, "99XX"), to=Pgn, as_of=DAY) == NoMatch(
        stamnummer(1, "99XX"), Reason.WRONG_SCOPE
    )


def test_pitfall_06_two_stamnummers_of_one_pgn_need_a_date_and_a_location() -> None:
    links = [
        Link(ANNA, stamnummer(1), Period(None, dt.date(2025, 8, 1))),
        Link(ANNA, stamnummer(2), THIS_YEAR, location="00"),
        Link(ANNA, stamnummer(3), THIS_YEAR, location="01"),
    ]
    crosswalk = Crosswalk(links)
    assert crosswalk.resolve(ANNA, to=Stamnummer, as_of=dt.date(2025, 5, 1)).or_raise() == stamnummer(1)
    assert crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY, location="01").or_raise() == stamnummer(3)
    assert isinstance(crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY), Ambiguous)


@pytest.mark.parametrize("linked", [ANNA, ANNA_BEFORE])
@pytest.mark.parametrize("asked", [ANNA, ANNA_BEFORE])
@pytest.mark.parametrize("day", [dt.date(2025, 9, 1), dt.date(2025, 12, 1)])
def test_pitfall_07_an_onderwijsnummer_and_the_bsn_after_it_are_one_person(
    linked: Pgn, asked: Pgn, day: dt.date
) -> None:
    crosswalk = Crosswalk([Link(linked, stamnummer(1))], successions=[Succession(ANNA_BEFORE, ANNA, on=DAY)])
    assert crosswalk.resolve(asked, to=Stamnummer, as_of=day).or_raise() == stamnummer(1)
    assert crosswalk.resolve(stamnummer(1), to=Pgn, as_of=None).or_raise() == ANNA


def test_pitfall_08_several_onderwijsnummers_are_one_person() -> None:
    other = list(FORMER_NUMBERS.values())[1]
    crosswalk = Crosswalk(
        [Link(ANNA_BEFORE, stamnummer(1)), Link(other, stamnummer(1))],
        successions=[Succession(ANNA_BEFORE, ANNA), Succession(other, ANNA)],
    )
    for number in (ANNA, ANNA_BEFORE, other):
        assert crosswalk.resolve(number, to=Stamnummer, as_of=DAY).or_raise() == stamnummer(1)
    assert crosswalk.resolve(stamnummer(1), to=Bsn, as_of=DAY).or_raise() == ANNA
    either = crosswalk.resolve(stamnummer(1), to=Onderwijsnummer, as_of=DAY)
    assert isinstance(either, Ambiguous)
    assert crosswalk.resolve(other, to=Bsn, as_of=DAY).or_raise() == ANNA


def test_pitfall_09_duplicates_are_reported_and_never_dropped() -> None:
    crosswalk = Crosswalk([Link(ANNA, stamnummer(1), source="a"), Link(ANNA, stamnummer(1), source="a")])
    assert len(crosswalk) == 2
    (conflict,) = crosswalk.conflicts
    assert conflict.kind == ConflictKind.DUPLICATE
    assert conflict.links == crosswalk.links
    assert crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY).or_raise() == stamnummer(1)


def test_pitfall_10_an_inclusive_end_has_to_be_said() -> None:
    assert Period.through(DAY, DAY) == Period(DAY, DAY + dt.timedelta(days=1))
    assert DAY in Period.through(DAY, DAY)
    assert DAY not in Period(None, DAY)
    assert Period.through(None, None) == Period()


@pytest.mark.parametrize(("complete", "expected"), [(True, Match), (False, Ambiguous)])
def test_pitfall_12_only_a_whole_merger_is_followed(complete: bool, expected: type) -> None:
    crosswalk = Crosswalk(
        [Link(Brin("99ZZ"), Crebo("25187"))],
        successions=[Succession(Brin("99YY"), Brin("99ZZ"), complete=complete)],
    )
    for kind in (Brin, Crebo):
        answer = crosswalk.resolve(Brin("99YY"), to=kind, as_of=DAY)
        assert isinstance(answer, expected)
    nothing = crosswalk.resolve(Brin("99YY"), to=Pgn, as_of=DAY)
    assert nothing == NoMatch(Brin("99YY"), Reason.UNKNOWN if complete else Reason.SUPERSEDED)


def test_pitfall_13_one_crebo_that_became_two_is_not_chosen_between() -> None:
    heirs = [Crebo("25187"), Crebo("25188")]
    crosswalk = Crosswalk(successions=[Succession(Crebo("95530"), heir) for heir in heirs])
    answer = crosswalk.resolve(Crebo("95530"), to=Crebo, as_of=DAY)
    assert isinstance(answer, Ambiguous)
    assert [one.target for one in answer.candidates] == heirs
    assert answer.reason == Reason.SUPERSEDED


def test_pitfall_17_a_pupil_and_a_teacher_may_have_the_same_number() -> None:
    crosswalk = Crosswalk([Link(ANNA, stamnummer(7))])
    answer = crosswalk.resolve(stamnummer(7, role=Role.STAFF), to=Pgn, as_of=DAY)
    assert answer == NoMatch(stamnummer(7, role=Role.STAFF), Reason.WRONG_SCOPE)


def test_pitfall_20_a_leaver_is_found_by_the_day_of_the_test() -> None:
    left_on = dt.date(2026, 1, 15)
    crosswalk = Crosswalk([Link(stamnummer(1), ANNA, Period(None, left_on))])
    tested, today = dt.date(2026, 1, 10), dt.date(2026, 2, 1)
    assert crosswalk.resolve(stamnummer(1), to=Pgn, as_of=tested).or_raise() == ANNA
    assert crosswalk.resolve(stamnummer(1), to=Pgn, as_of=today) == NoMatch(stamnummer(1), Reason.EXPIRED)


def test_pitfall_21_a_transfer_is_a_new_scope_for_the_same_person() -> None:
    crosswalk = Crosswalk([Link(ANNA, stamnummer(1, "99YY")), Link(ANNA, stamnummer(900, "99ZZ"))])
    assert crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY, scope="99ZZ").or_raise() == stamnummer(900, "99ZZ")
    answer = crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY, scope="99XX")
    assert answer == NoMatch(ANNA, Reason.WRONG_SCOPE)
    moved = crosswalk.resolve(stamnummer(1, "99YY"), to=Stamnummer, via=[Pgn], scope="99ZZ", as_of=DAY)
    assert moved.or_raise() == stamnummer(900, "99ZZ")


def test_pitfall_07_a_changed_number_asks_for_a_substitution_of_the_eck_id() -> None:
    change = Succession(ANNA_BEFORE, ANNA, on=DAY)
    undone = Crosswalk([Link(ANNA_BEFORE, synthetic_stampseudoniem("1"))], successions=[change])
    assert pending_substitutions(undone) == (change,)
    assert pending_substitutions(undone.with_links([Link(ANNA, synthetic_stampseudoniem("1"))])) == ()
    assert pending_substitutions(Crosswalk(successions=[change])) == ()


def test_pitfall_11_no_dependance_is_the_main_one() -> None:
    assert Dependancecode.parse_lenient("").identifier == Dependancecode("00")
    assert UwlrKey.document_scope("99ZZ", "", "2025-2026") == UwlrKey.document_scope("99ZZ", "00", "2025-2026")


@pytest.mark.parametrize(
    ("text", "kind"), [("25187", Crebo), ("0171", Elementcode), ("K0067", Keuzedeel), ("00171", Crebo)]
)
def test_pitfall_14_crebo_and_elementcode_in_one_column_are_told_apart_by_length(text: str, kind: type) -> None:
    assert type(programme_code(text)) is kind


def test_pitfall_15_the_letter_of_a_keuzedeel_is_part_of_it() -> None:
    assert Keuzedeel("K0067").reveal() == "K0067"
    assert not Keuzedeel.is_valid("0067")
    assert Keuzedeel("K0067") != Elementcode("0067")


def test_pitfall_16_a_table_of_one_school_year_is_not_that_of_the_next() -> None:
    years = [Schooljaar("2024-2025"), Schooljaar("2025-2026")]
    links = [
        Link(Elementcode("0171"), Vakcode(code), Period(year.begin, year.end), source=f"regeling {year}")
        for year, code in zip(years, ("2003", "2004"), strict=True)
    ]
    crosswalk = Crosswalk(links, cardinality="n:1", on_conflict="raise")
    found = [crosswalk.resolve(Elementcode("0171"), to=Vakcode, as_of=year.begin).or_raise() for year in years]
    assert found == [Vakcode("2003"), Vakcode("2004")]


def test_pitfall_23_two_eck_ids_of_one_pupil_are_reported() -> None:
    first, second = synthetic_eck_id("1"), synthetic_eck_id("2")
    crosswalk = Crosswalk(
        [Link(ANNA_BEFORE, first), Link(ANNA, stamnummer(1)), Link(stamnummer(1), second), Link(BRAM, first)],
        successions=[Succession(ANNA_BEFORE, ANNA)],
    )
    assert doubled_eck_ids(crosswalk) == {ANNA: tuple(sorted((first, second)))}
