"""The agenda of the simulated school: the timetable, what is written into it, and the service beside it."""

import datetime as dt
from collections.abc import Iterator

import pytest
from attrs import evolve

from magister_connect.errors import NotAuthenticated, NotFound, NotPermitted
from magister_connect.public_api.agenda import EigenAfspraak
from magister_connect.sandbox import PublicApiSwitches, Sandbox
from magister_connect.sandbox.login.server import account_id
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.sandbox.school.timetable import GEPLAND, VERVALLEN
from tests.public_api.simulated import (
    BOTH,
    Ask,
    ask_sync,
    fetch,
    first_pupil,
    parent_of,
    send,
    some_staff,
)

MONDAY, FRIDAY = dt.date(2025, 11, 17), dt.date(2025, 11, 21)
START = dt.datetime(2025, 11, 19, 15, tzinfo=AMSTERDAM)
OWN = EigenAfspraak(start=START, einde=START.replace(minute=30), omschrijving="Tandarts", extra={"Nieuw": "blijft"})
OWN_JSON = {
    "Type": 1,
    "Omschrijving": "Tandarts",
    "Start": "2025-11-19T15:00:00+01:00",
    "Einde": "2025-11-19T15:30:00+01:00",
}


@pytest.fixture
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=6, staff=15) as school:
        yield school


@BOTH
@pytest.mark.parametrize("monday", [dt.date(2025, 10, 20), dt.date(2025, 10, 27), MONDAY])
def test_a_week_is_the_week_of_the_timetable(school: Sandbox, ask: Ask, monday: dt.date) -> None:
    pupil, friday = first_pupil(school), monday + dt.timedelta(days=4)
    lessons = school.school.lessons_of(pupil.stamnummer, monday, friday)
    found = ask(school, pupil, "afspraken", pupil.persoon_id, monday, friday)
    assert [
        (each.start, each.einde, each.lesuur_van, each.status, each.info_type, each.inhoud, each.lokalen[0].naam)
        for each in found
    ] == [
        (
            each.begin.replace(tzinfo=AMSTERDAM),
            each.einde.replace(tzinfo=AMSTERDAM),
            each.lesuur,
            7 if each.status == GEPLAND else each.status,
            each.info_type,
            each.inhoud or None,
            each.lokaal,
        )
        for each in lessons
    ]
    assert [each.vakken[0].naam for each in found] == [each.vak.omschrijving for each in lessons]
    assert [each.docenten[0].docentcode for each in found] == [each.docent for each in lessons]
    assert found[0].links["Self"].href == f"/api/personen/{pupil.persoon_id}/afspraken/{lessons[0].nummer}"
    single = ask(school, pupil, "afspraak", pupil.persoon_id, found[0].id)
    assert evolve(single, bijlagen=()) == found[0]
    assert {(each.is_lesson, each.is_cancelled, each.is_changed) for each in found} <= {
        (True, False, False), (True, True, False), (True, False, True)
    }  # fmt: skip


@BOTH
def test_a_teacher_has_the_lessons_that_the_pupils_have_from_that_teacher(school: Sandbox, ask: Ask) -> None:
    for pupil in school.school.leerlingen.values():
        for lesson in school.school.lessons_of(pupil.stamnummer, MONDAY, MONDAY)[:2]:
            teacher = school.school.employee_with_code(lesson.docent)
            assert teacher is not None
            found = ask(school, teacher, "afspraken_van_medewerker", teacher.persoon_id, MONDAY, MONDAY)
            groups = {(each.id, each.deelnames[0].code) for each in found}
            assert (lesson.nummer, lesson.groep) in groups
            assert {each.deelnames[1].code for each in found} == {teacher.code}


@BOTH
def test_what_is_made_is_there_until_it_is_removed(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    before = ask(school, pupil, "afspraken", pupil.persoon_id, MONDAY, FRIDAY)
    created = ask(school, pupil, "maak_afspraak", pupil.persoon_id, OWN)
    after = ask(school, pupil, "afspraken", pupil.persoon_id, MONDAY, FRIDAY)
    (made,) = [each for each in after if each not in before]
    assert (made.omschrijving, made.type, made.extra["Nieuw"]) == ("Tandarts", 1, "blijft")
    assert made == created
    assert made.start == START
    assert not made.is_lesson
    assert [each.start for each in after] == sorted(each.start for each in after)
    elsewhere = ask(school, pupil, "afspraken", pupil.persoon_id, MONDAY, MONDAY)
    assert made not in elsewhere

    changed = ask(school, pupil, "wijzig_afspraak", pupil.persoon_id, evolve(made, omschrijving="Orthodontist"))
    assert (changed.omschrijving, changed.extra["Nieuw"]) == ("Orthodontist", "blijft")
    assert ask(school, pupil, "afspraak", pupil.persoon_id, made.id).omschrijving == "Orthodontist"

    ask(school, pupil, "verwijder_afspraak", pupil.persoon_id, made.id)
    assert ask(school, pupil, "afspraken", pupil.persoon_id, MONDAY, FRIDAY) == before
    with pytest.raises(NotFound):
        ask(school, pupil, "afspraak", pupil.persoon_id, made.id)


@BOTH
def test_homework_is_ticked_off_and_the_lesson_stays_as_it_is(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    lesson = ask(school, pupil, "afspraken", pupil.persoon_id, MONDAY, FRIDAY)[0]
    ticked = ask(school, pupil, "vink_af", pupil.persoon_id, evolve(lesson, lokatie="thuis"))
    assert (ticked.afgerond, ticked.lokatie) == (True, lesson.lokatie)
    found = ask(school, parent_of(school, pupil), "afspraak", pupil.persoon_id, lesson.id)
    assert (lesson.afgerond, found.afgerond, found.lokatie) == (False, True, lesson.lokatie)
    with pytest.raises(NotPermitted):
        ask(school, pupil, "verwijder_afspraak", pupil.persoon_id, lesson.id)


@BOTH
def test_nobody_writes_in_the_agenda_of_another(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    for other in (parent_of(school, pupil), some_staff(school)):
        with pytest.raises(NotPermitted):
            ask(school, other, "maak_afspraak", pupil.persoon_id, OWN)


@pytest.mark.parametrize(
    "wrong",
    [{"Start": "morgen"}, {"Start": None}, {"Einde": "2025-11-19T14:00:00+01:00"}],
    ids=["word", "none", "back"],
)
def test_an_appointment_that_makes_no_sense_is_refused(school: Sandbox, wrong: dict[str, object]) -> None:
    pupil = first_pupil(school)
    answer = send(school, pupil, "POST", f"personen/{pupil.persoon_id}/afspraken", json={**OWN_JSON, **wrong})
    assert (answer.status_code, answer.json()["foutcode"]) == (400, "a1b2c3d")


@BOTH
def test_files_of_a_lesson_are_asked_for_when_they_are_wanted(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    lessons = ask(school, pupil, "afspraken", pupil.persoon_id, MONDAY, FRIDAY)
    with_file = next(each for each in lessons if each.heeft_bijlagen)
    assert with_file.bijlagen == ()
    (file,) = ask(school, pupil, "afspraakbijlagen", pupil.persoon_id, with_file)
    found = ask(school, pupil, "open", file)
    assert (found.name, len(found.content), found.content_type) == (file.naam, file.grootte, "text/plain")
    without = next(each for each in lessons if not each.heeft_bijlagen)
    assert ask(school, pupil, "afspraakbijlagen", pupil.persoon_id, without) == ()


@BOTH
@pytest.mark.parametrize("created", ["uri", "record", "nothing"])
def test_what_was_created_comes_back_with_its_id(created: str, ask: Ask) -> None:
    with Sandbox(pupils=2, staff=15, public_api=PublicApiSwitches(created=created)) as school:  # type: ignore[arg-type]  # one of the three
        made = ask(school, first_pupil(school), "maak_afspraak", first_pupil(school).persoon_id, OWN)
        assert (None if made is None else (made.id, made.omschrijving)) == (
            None if created == "nothing" else (1, "Tandarts")
        )


@pytest.mark.parametrize(
    ("created", "status", "keys"), [("uri", 201, {"Uri"}), ("record", 201, {"Id", "Start"}), ("nothing", 204, set())]
)
def test_what_a_new_appointment_is_answered_by_is_a_switch(created: str, status: int, keys: set[str]) -> None:
    with Sandbox(pupils=2, staff=15, public_api=PublicApiSwitches(created=created)) as school:  # type: ignore[arg-type]  # one of the three
        pupil = first_pupil(school)
        answer = send(school, pupil, "POST", f"personen/{pupil.persoon_id}/afspraken", json=OWN_JSON)
        assert answer.status_code == status
        assert keys <= set(answer.json() if keys else ())
        assert ask_sync(school, pupil, "afspraak", pupil.persoon_id, 1).omschrijving == "Tandarts"


@BOTH
@pytest.mark.parametrize("shown", [True, False])
def test_whether_cancelled_lessons_are_active_is_a_switch(ask: Ask, shown: bool) -> None:
    with Sandbox(pupils=2, staff=15, public_api=PublicApiSwitches(active_shows_cancelled=shown)) as school:
        pupil = first_pupil(school)
        first, last = dt.date(2025, 9, 1), dt.date(2025, 10, 31)
        lessons = school.school.lessons_of(pupil.stamnummer, first, last)
        cancelled = {each.nummer for each in lessons if each.status == VERVALLEN}
        assert cancelled
        every = {each.nummer for each in lessons}
        active = every if shown else every - cancelled
        person = pupil.persoon_id
        assert {each.id for each in ask(school, pupil, "afspraken", person, first, last)} == every
        assert {each.id for each in ask(school, pupil, "afspraken", person, first, last, status=0)} == every
        assert {each.id for each in ask(school, pupil, "afspraken", person, first, last, status=1)} == active
        assert {each.id for each in ask(school, pupil, "afspraken_van_leerling", person, first, last)} == active


@BOTH
def test_hours_to_choose_are_told_by_the_calendar_service(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    begin, end = (dt.datetime.combine(day, dt.time(12), AMSTERDAM) for day in (MONDAY, FRIDAY))
    found = ask(school, pupil, "extra_afspraken", account_id(pupil), begin, end)
    enrolment = pupil.enrolment_on(MONDAY)
    assert enrolment is not None
    assert [each.status for each in found] == ["completed", "confirmed"]
    assert {each.subjects[0].description for each in found} <= {each.omschrijving for each in enrolment.vakken}
    assert all(begin <= each.start < each.end <= end for each in found)
    assert school.school.employee_with_code(found[0].participants[0].code) is not None
    just_after = found[0].end
    assert found[0].id not in {
        each.id for each in ask(school, pupil, "extra_afspraken", account_id(pupil), just_after, end)
    }
    with pytest.raises(NotFound):
        ask(school, pupil, "extra_afspraken", pupil.externe_id, begin, end)  # of the person, not of the account


@BOTH
def test_the_feed_is_open_to_whoever_has_its_address(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    address = ask(school, pupil, "agendafeed").href
    feed = fetch(address)
    assert feed.headers["content-type"].startswith("text/calendar")
    lesson = school.school.lessons_of(pupil.stamnummer, MONDAY, FRIDAY)[0]
    begin = lesson.begin.replace(tzinfo=AMSTERDAM).astimezone(dt.UTC)
    assert f"UID:{lesson.nummer}@zandbakcollege.example" in feed.text.splitlines()
    assert f"DTSTART:{begin:%Y%m%dT%H%M%SZ}" in feed.text.splitlines()
    assert fetch(address.partition("?")[0]).status_code == 404


SCOPES = [
    ("agendafeed", "calendar.ical.user"),
    ("extra_afspraken", "calendar.user"),
    ("meldingssoorten", "attendance.overview"),
    ("kluisjes", "lockers.administration"),
]


@BOTH
@pytest.mark.parametrize(("name", "scope"), SCOPES)
def test_a_service_beside_the_interface_may_ask_for_a_scope_of_its_own(ask: Ask, name: str, scope: str) -> None:
    with Sandbox(pupils=2, staff=15, public_api=PublicApiSwitches(services_beside="scope")) as school:
        asker = some_staff(school)
        moments = (dt.datetime.combine(day, dt.time(), AMSTERDAM) for day in (MONDAY, FRIDAY))
        arguments = (account_id(first_pupil(school)), *moments) if name == "extra_afspraken" else ()
        with pytest.raises(NotAuthenticated, match="audience") as caught:
            ask(school, asker, name, *arguments, scope="openid grades.read")
        assert caught.value.code == "invalid_token"
        assert ask(school, asker, name, *arguments, scope=f"openid {scope}")
        ask(school, asker, "account", scope="openid")  # the interface itself asks for none


@BOTH
def test_a_service_beside_the_interface_may_refuse_every_token(ask: Ask) -> None:
    closed = PublicApiSwitches(services_beside="closed")
    with (
        Sandbox(pupils=2, staff=15, public_api=closed) as school,
        pytest.raises(NotAuthenticated, match="audience"),
    ):
        ask(school, some_staff(school), "kluisjes", scope="openid lockers.administration")
