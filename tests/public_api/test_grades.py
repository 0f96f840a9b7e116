"""Grades with their subjects, their averages, and the overview of years past."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.json import read_record
from magister_connect.public_api import Grade, averages
from magister_connect.public_api.cijfers import Cijfer, KolomType
from magister_connect.sandbox import PublicApiSwitches, Sandbox
from tests.public_api.simulated import BOTH, Ask, first_pupil, send

TODAY = dt.date(2025, 11, 20)


def a_grade(waarde: str | None, weight: float | None = 1.0, **changes: Any) -> Cijfer:
    column = {"type": "cijfer", "studievakId": 7, "weegfactor": weight, "periode": {"id": 1}}
    told = {"waarde": waarde, "teltMee": True, **changes, "kolom": {**column, **changes.get("kolom", {})}}
    return read_record(Cijfer, told)


@pytest.mark.parametrize(
    "other",
    [
        a_grade("RV", cijferGetal=7),
        a_grade("Vr", heeftVrijstelling=True),
        a_grade("", cijferGetal=3.0),
        a_grade(None, cijferGetal=3.0),
        a_grade("1,0", teltMee=False),
        a_grade("1,0", teltMee=None),
        a_grade("1,0", kolom={"type": "som"}),
        a_grade("1,0", kolom={"type": "formule"}),
        a_grade("1,0", 0.0),
        a_grade("1,0", None),
    ],
)
def test_what_does_not_count_leaves_the_average_as_it_is(other: Cijfer) -> None:
    found = averages([a_grade("6,4", 3), other, a_grade("8,0", 1)])
    assert {each.value for each in found} == {Decimal("6.8")}
    assert averages([other]) == ()


def test_the_school_s_own_average_is_compared_within_its_rounding() -> None:
    marks = [a_grade("6,4"), a_grade("6,5"), a_grade("6,4")]
    for own, agrees in (("6,4", True), ("6,5", False), ("6,43", True), ("6,44", False)):
        of_period, whole = averages([*marks, a_grade(own, 0, teltMee=False, kolom={"type": "gemiddelde"})])
        assert (of_period.school, of_period.agrees) == (Decimal(own.replace(",", ".")), agrees)
        assert (whole.periode, whole.school, whole.agrees) == (None, None, None)
    first = averages(marks)[0]
    assert (first.count, first.weight, first.rounded) == (3, Decimal("3.0"), Decimal("6.4"))


def test_each_subject_and_period_has_its_own() -> None:
    grades = [a_grade("4,0"), a_grade("8,0", kolom={"periode": {"id": 2}}), a_grade("5,0", kolom={"studievakId": 8})]
    found = {(each.studievak_id, each.periode.id if each.periode else None): each.value for each in averages(grades)}
    assert found == {(7, 1): 4, (7, 2): 8, (7, None): 6, (8, 1): 5, (8, None): 5}


@given(st.lists(st.tuples(st.decimals(1, 10, places=1), st.integers(1, 9)), min_size=1, max_size=8))
def test_an_average_lies_between_its_grades_whatever_their_order(marks: list[tuple[Decimal, int]]) -> None:
    grades = [a_grade(str(value).replace(".", ","), weight) for value, weight in marks]
    found = averages(grades)[0].value
    assert min(marks)[0] - Decimal("1e-20") <= found <= max(marks)[0] + Decimal("1e-20")
    assert abs(averages(grades[::-1])[0].value - found) < Decimal("1e-20")


@BOTH
def test_the_simulated_school_agrees_with_the_averages(ask: Ask) -> None:
    with Sandbox(pupils=2, staff=15) as school:
        pupil = first_pupil(school)
        enrolment = pupil.enrolment_on(TODAY)
        assert enrolment is not None
        grades = ask(school, pupil, "grades_with_subjects", pupil.persoon_id, enrolment.nummer)
        compared = [each for each in averages(grades) if each.school is not None]
        assert {each.vak.afkorting for each in compared if each.vak} == {each.code for each in enrolment.vakken}
        assert {each.agrees for each in compared} == {True}
        assert {each.cijfer.waarde for each in grades if each.getal is None} == {"RV", "Vr", "Inh", "v"}
        (whole,) = [each for each in grades if each.cijfer.kolom.type is KolomType.GEMIDDELDE][:1]
        behind = ask(school, pupil, "gerelateerde_kolommen", whole.cijfer)
        assert [each.kop for each in behind] == ["SO", "PW"]
        work = ask(school, pupil, "werkinformatie", grades[0].cijfer)
        assert work.omschrijving == grades[0].cijfer.kolom.omschrijving


def test_a_grade_prints_nothing_of_the_pupil() -> None:
    assert "6,4" not in repr(Grade(cijfer=a_grade("6,4"), vak=None))
    assert "6.4" not in repr(averages([a_grade("6,4")]))


@BOTH
def test_the_overview_of_a_year_past_is_asked_for_on_its_last_day(ask: Ask) -> None:
    with Sandbox(pupils=40, staff=15) as school:
        pupil = next(each for each in school.school.leerlingen.values() if len(each.inschrijvingen) > 1)
        enrolments = ask(school, pupil, "aanmeldingen_van_persoon", pupil.persoon_id)
        for each, own in zip(enrolments, pupil.inschrijvingen, strict=True):
            assert (each.start, each.einde) == (own.begin, own.vertrek or own.einde)
            assert each.covers(own.begin)
            assert not each.covers(own.begin - dt.timedelta(days=1))
        cells = ask(school, pupil, "cijferoverzicht", pupil.persoon_id, enrolments[0])
        assert cells
        assert not any(each.is_leeg for each in cells)


def test_a_moment_in_place_of_a_day_fails_at_the_school() -> None:
    with Sandbox(pupils=2, staff=15) as school:
        pupil = first_pupil(school)
        number = pupil.inschrijvingen[-1].nummer
        path = f"personen/{pupil.persoon_id}/aanmeldingen/{number}/cijfers/cijferoverzichtvooraanmelding"
        assert send(school, pupil, "GET", f"{path}?peildatum=2026-07-31T22:00:00Z").status_code == 500


@BOTH
@pytest.mark.parametrize("form", ["amsterdam", "utc", "date"])
def test_days_are_the_same_in_each_form(form: str, ask: Ask) -> None:
    switches = PublicApiSwitches(days=form)  # type: ignore[arg-type]  # one of the three
    with Sandbox(pupils=2, staff=15, public_api=switches) as school:
        pupil = first_pupil(school)
        (own,) = pupil.inschrijvingen[-1:]
        (newer,) = ask(school, pupil, "aanmeldingen", pupil.persoon_id)
        assert (newer.begin, newer.einde) == (own.begin, own.vertrek or own.einde)
        periods = ask(school, pupil, "perioden", own.nummer)
        assert (periods[0].begin, periods[-1].einde) == (own.lesperiode.begin, own.lesperiode.einde)
        assert ask(school, pupil, "account").persoon.geboortedatum == pupil.geboortedatum


@BOTH
def test_grades_of_before_2026_are_read_too(ask: Ask) -> None:
    with Sandbox(pupils=2, staff=15, public_api=PublicApiSwitches(grades="2024", subjects="2024")) as school:
        pupil = first_pupil(school)
        number = pupil.inschrijvingen[-1].nummer
        grades = ask(school, pupil, "grades_with_subjects", pupil.persoon_id, number)
        assert grades
        assert {each.vak for each in grades} == {None}
        assert ask(school, pupil, "werkinformatie", grades[0].cijfer).weegfactor > 0
