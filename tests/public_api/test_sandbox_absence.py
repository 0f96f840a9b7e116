"""Absence at the simulated school: what staff record shows everywhere; measures and notices can be read back."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from magister_connect.errors import NotFound, NotPermitted
from magister_connect.public_api.absentie import Verantwoordingtype
from magister_connect.sandbox import PublicApiSwitches, Sandbox
from magister_connect.sandbox.school.absence import Absentie
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.sandbox.school.people import Leerling
from magister_connect.sandbox.school.timetable import Afspraak
from magister_connect.sandbox.web.absence.registrations import REDENEN
from tests.public_api.simulated import BOTH, Ask, first_pupil, parent_of, pupils_with, send, some_staff

TODAY = dt.date(2025, 11, 20)
YEAR = dt.date(2025, 8, 1), dt.date(2026, 7, 31)
EVER = dt.date(2022, 8, 1), dt.date(2026, 7, 31)
BY_CODE = {each.code: number for number, each in REDENEN.items()}


@pytest.fixture
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=40, staff=15) as school:
        yield school


def missed(school: Sandbox) -> Iterator[tuple[Leerling, Absentie, Afspraak]]:
    """Absence without an excuse, each with the lesson that was missed."""
    for pupil in school.school.leerlingen.values():
        for each in school.school.absence_of(pupil.stamnummer, school.clock.local()):
            lessons = school.school.lessons_of(pupil.stamnummer, each.begin.date(), each.begin.date())
            lesson = next((lesson for lesson in lessons if lesson.lesuur == each.lesuur), None)
            if lesson and not each.soort.geoorloofd and pupil.enrolment_on(each.begin.date()):
                yield pupil, each, lesson


def account_for(school: Sandbox, lesson: int, **sent: Any) -> int:
    path = f"medewerkers/afspraken/{lesson}/verantwoordingen"
    return send(school, some_staff(school), "POST", path, json=sent).status_code


@BOTH
def test_an_absence_leads_to_the_lesson_that_was_missed(school: Sandbox, ask: Ask) -> None:
    pupil, absence, lesson = next(missed(school))
    (found,) = [e for e in ask(school, pupil, "absenties", pupil.persoon_id, *EVER) if e.id == absence.nummer]
    assert found.afspraak_id == found.afspraak.id == lesson.nummer
    assert found.afspraak.start == lesson.begin.replace(tzinfo=AMSTERDAM)
    assert (found.dag, found.start, found.eind) == (lesson.begin.date(), found.eind, found.start)
    assert (found.afspraak.docenten, found.afspraak.links, found.afspraak.vakken[0].naam) == ((), {}, None)
    assert found.afspraak.einde == lesson.einde.replace(tzinfo=AMSTERDAM)
    assert ask(school, pupil, "afspraak", pupil.persoon_id, found.afspraak_id).start == found.afspraak.start


@BOTH
def test_what_staff_record_shows_everywhere(school: Sandbox, ask: Ask) -> None:
    (pupil, absence, lesson), staff = next(missed(school)), some_staff(school)
    day, person = absence.begin.date(), pupil.persoon_id

    def rows() -> dict[int, Any]:
        return {each.id: each for each in ask(school, staff, "ongeoorloofde_registraties", day)}

    before = rows()[person].afspraken
    assert lesson.nummer in {each.id for each in before}
    assert not any(each.is_verantwoord for each in before)
    assert before[0].verantwoordingen[0].reden.is_geoorloofd is False

    assert account_for(school, lesson.nummer, persoonId=person, redenId=BY_CODE["A"], opmerking="Gebeld") == 204
    (row,) = [each for each in rows()[person].afspraken if each.id == lesson.nummer]
    assert (row.is_verantwoord, row.verantwoordingen[0].opmerking) == (True, "Gebeld")

    assert account_for(school, lesson.nummer, persoonId=person, redenId=BY_CODE["Z"], opmerking=None) == 204
    assert lesson.nummer not in {each.id for row in rows().values() if row.id == person for each in row.afspraken}
    of_the_day = ask(school, pupil, "absenties", person, day, day)
    (found,) = [each for each in of_the_day if each.afspraak_id == lesson.nummer]
    assert (found.verantwoordingtype, found.geoorloofd, found.code) == (Verantwoordingtype.ZIEK, True, "Z")
    record = {each.id: each for each in ask(school, staff, "verantwoordingen", person, day, day)}
    assert record[found.id].reden.code == "Z"
    assert send(school, staff, "GET", f"leerlingen/{person}/verantwoordingen/{found.id}").json()["id"] == found.id
    assert len(of_the_day) == len(ask(school, staff, "verantwoordingen_per_maand", person, day, day))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 400),
        ({"redenId": 99}, 400),
        ({"redenId": "1"}, 400),
        ({"persoonId": "iemand"}, 400),
        ({"opmerking": 3}, 400),
        ({"persoonId": 999_999}, 404),
    ],
)
def test_what_cannot_be_recorded_is_refused(school: Sandbox, sent: dict[str, Any], status: int) -> None:
    pupil, _, lesson = next(missed(school))
    whole = {"persoonId": pupil.persoon_id, "redenId": 1, "opmerking": None, **sent} if sent else {}
    assert account_for(school, lesson.nummer, **whole) == status


def test_only_staff_record_and_see_the_record(school: Sandbox) -> None:
    pupil, _, lesson = next(missed(school))
    sent = {"persoonId": pupil.persoon_id, "redenId": 1, "opmerking": None}
    path = f"medewerkers/afspraken/{lesson.nummer}/verantwoordingen"
    for asker in (pupil, parent_of(school, pupil), None):
        answer = send(school, asker, "POST", path, json=sent)
        assert (answer.status_code, answer.json()["Fouttype"]) == (403, "OnvoldoendePrivileges")


def test_absence_without_an_excuse_is_counted_by_kind_and_comes_in_pages(school: Sandbox) -> None:
    _, absence, _ = next(missed(school))
    path = f"m6/verantwoordingen/ongeoorloofderegistraties?datum={absence.begin.date()}"
    whole = send(school, some_staff(school), "GET", path).json()
    assert sum(each["count"] for each in whole["filters"]["types"]) == sum(len(e["afspraken"]) for e in whole["items"])
    none = send(school, some_staff(school), "GET", f"{path}&top=0").json()
    assert (none["items"], none["totalCount"]) == ([], whole["totalCount"])
    assert all(each["stamnummer"].isdecimal() for each in whole["items"])


@BOTH
@pytest.mark.parametrize("end", ["Eind", "Einde"])
def test_how_a_period_of_absence_ends_is_a_switch(ask: Ask, end: str) -> None:
    switches = PublicApiSwitches(absence_period_end=end)  # type: ignore[arg-type]  # one of the two
    with Sandbox(pupils=2, staff=15, public_api=switches) as school:
        pupil = first_pupil(school)
        newest = ask(school, pupil, "absentieperioden", pupil.persoon_id)[-1]
        assert (newest.eind or newest.einde) == YEAR[1]
        assert (newest.eind is None) == (end == "Einde")


@BOTH
def test_the_record_by_month_may_be_a_list_of_months(ask: Ask) -> None:
    with Sandbox(pupils=40, staff=15, public_api=PublicApiSwitches(months="grouped")) as school:
        pupil, staff = next(pupils_with(school, 2)), some_staff(school)
        months = ask(school, staff, "verantwoordingen_per_maand", pupil.persoon_id, *EVER)
        flat = ask(school, staff, "verantwoordingen", pupil.persoon_id, *EVER)
        grouped = [each["id"] for month in months for each in month.extra["verantwoordingen"]]
        assert grouped == [each.id for each in flat]
        names = [month.extra["maand"] for month in months]
        assert names == sorted(set(names))


@BOTH
def test_a_measure_is_made_read_and_reported(school: Sandbox, ask: Ask) -> None:
    pupil, staff = first_pupil(school), some_staff(school)
    path = f"leerlingen/{pupil.persoon_id}/verantwoordingen/terugkommaatregelen"
    sent = {
        "omschrijving": "Nablijven",
        "terugkomenOp": TODAY.isoformat(),
        "beginTijd": "15:00",
        "eindTijd": "15:45",
        "aantalDagen": 2,
    }
    assert send(school, staff, "POST", path, json=sent).status_code == 201
    (made,) = ask(school, staff, "terugkommaatregelen", pupil.persoon_id, begin=TODAY, einde=TODAY)
    assert (made.omschrijving, made.terugkomen_op, made.begin_tijd, made.aantal_dagen) == (
        "Nablijven",
        TODAY,
        "15:00",
        2,
    )
    assert made.id in {each.id for each in ask(school, staff, "terugkomers")}
    report = made.links["melding"].href.removeprefix("/api/")
    assert send(school, staff, "PUT", report, json={"type": "Nooit"}).status_code == 400
    assert send(school, staff, "PUT", report, json={"type": "Tijdig"}).status_code == 204
    assert made.id not in {each.id for each in ask(school, staff, "terugkomers")}
    (again,) = ask(school, staff, "terugkommaatregelen", pupil.persoon_id, begin=TODAY, einde=TODAY)
    assert again.extra["melding"] == "Tijdig"


def test_a_measure_that_makes_no_sense_is_refused(school: Sandbox) -> None:
    path = f"leerlingen/{first_pupil(school).persoon_id}/verantwoordingen/terugkommaatregelen"
    assert send(school, some_staff(school), "POST", path, json={"omschrijving": "x"}).status_code == 400
    answer = send(school, some_staff(school), "PUT", "terugkommaatregelen/1/melding", json={"type": "Tijdig"})
    assert answer.status_code == 404
    assert send(school, first_pupil(school), "GET", path).status_code == 403


@BOTH
def test_a_notice_is_written_changed_and_taken_back(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    parent, uuid = parent_of(school, pupil), pupil.externe_id
    base = school.service_urls["attendance_url"]
    path = f"student/{uuid.replace('-', '')}/absence-notices"

    def notices() -> dict[str, Any]:
        return {each.id: each.extra for each in ask(school, parent, "absentiemeldingen", uuid)}

    before = notices()
    answer = send(school, parent, "POST", path, base=base, json={"wat": "koorts"})
    assert answer.json() == {"isValid": True, "validationMessages": []}
    (number,) = notices().keys() - before.keys()
    assert notices()[number] == {"wat": "koorts"}
    for asker in (parent, some_staff(school)):
        assert number in {each.id for each in ask(school, asker, "absentiemeldingen_vandaag")}
    send(school, parent, "PUT", f"{path}/{number}", base=base, json={"wat": "beter"})
    assert notices()[number] == {"wat": "beter"}
    assert send(school, parent, "DELETE", f"{path}/{number}", base=base).status_code == 204
    assert notices() == before
    assert send(school, parent, "DELETE", f"{path}/{number}", base=base).status_code == 404


@BOTH
def test_notices_are_in_the_order_that_is_asked_for(school: Sandbox, ask: Ask) -> None:
    pupil = max(pupils_with(school, 3), key=lambda each: len(_ill(school, each)))
    days = [each.begin for each in _ill(school, pupil)]
    assert len(days) > 1
    for order, expected in (("asc", days), ("desc", days[::-1])):
        named = {"volgorde_kolom": "startDate", "volgorde": order}
        found = ask(school, pupil, "absentiemeldingen", pupil.externe_id, **named)
        moments = [dt.datetime.fromisoformat(each.extra["startDate"]) for each in found]
        assert moments == [each.replace(tzinfo=AMSTERDAM) for each in expected]


def _ill(school: Sandbox, pupil: Leerling) -> list[Absentie]:
    absence = school.school.absence_of(pupil.stamnummer, school.clock.local())
    return [each for each in absence if each.soort.type == 3]


@BOTH
def test_what_is_reported_for_today_comes_in_pages(school: Sandbox, ask: Ask) -> None:
    base = school.service_urls["attendance_url"]
    for pupil, _ in school.school.pupils_on(TODAY):
        path = f"student/{pupil.externe_id.replace('-', '')}/absence-notices"
        for _ in range(3):
            send(school, pupil, "POST", path, base=base, json={})
    expected = 3 * len(list(school.school.pupils_on(TODAY)))
    assert expected > 100  # more than a page of the client
    assert len(ask(school, some_staff(school), "absentiemeldingen_vandaag")) == expected
    first = send(school, some_staff(school), "GET", "absence-notices/today?top=7&skip=14", base=base).json()
    assert {name: value for name, value in first.items() if name != "items"} == {
        "overviewDate": "2025-11-20",
        "count": expected,
        "top": 7,
        "skip": 14,
    }
    assert len(first["items"]) == 7


def test_notices_may_be_found_invalid_and_are_not_written_by_staff() -> None:
    with Sandbox(pupils=2, staff=15, public_api=PublicApiSwitches(notices_valid=False)) as school:
        pupil, base = first_pupil(school), school.service_urls["attendance_url"]
        path = f"student/{pupil.externe_id.replace('-', '')}/absence-notices"
        answer = send(school, pupil, "POST", path, base=base, json={})
        assert answer.json()["isValid"] is False
        assert answer.json()["validationMessages"]
        assert send(school, some_staff(school), "POST", path, base=base, json={}).status_code == 403


@BOTH
def test_a_pupil_sees_no_other_pupils_absence(school: Sandbox, ask: Ask) -> None:
    one, other = list(school.school.leerlingen.values())[:2]
    for name, arguments in (
        ("absenties", (other.persoon_id, *YEAR)),
        ("absentieperioden", (other.persoon_id,)),
        ("absentiemeldingen", (other.externe_id,)),
        ("verantwoordingen", (one.persoon_id, *YEAR)),
        ("terugkomers", ()),
        ("ongeoorloofde_registraties", (TODAY,)),
    ):
        with pytest.raises(NotPermitted):
            ask(school, one, name, *arguments)
    with pytest.raises(NotFound):
        ask(school, some_staff(school), "absentiemeldingen", "0" * 32)
