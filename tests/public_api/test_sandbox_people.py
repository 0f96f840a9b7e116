"""People at the simulated school: settings, enrolments, the mentor's pupils, log book; and who is let in at all."""

import datetime as dt
from collections.abc import Iterator

import pytest
from attrs import evolve

from magister_connect.errors import ConsentMissing, NotPermitted, SessionLocked
from magister_connect.public_api.personen import Profiel
from magister_connect.sandbox import IssuerSwitches, PublicApiSwitches, Refusal, Sandbox
from magister_connect.sandbox.login.server import account_id
from magister_connect.sandbox.web.people.logbook import is_mentor
from tests.public_api.simulated import BOTH, Ask, fetch, first_pupil, mentor_of, parent_of, send, some_staff

TODAY = dt.date(2025, 11, 20)
YEAR = dt.date(2025, 8, 1), dt.date(2026, 7, 31)


@pytest.fixture
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=40, staff=15) as school:
        yield school


@BOTH
def test_settings_are_written_whole(school: Sandbox, ask: Ask) -> None:
    for person in (first_pupil(school), parent_of(school, first_pupil(school)), some_staff(school)):
        before = ask(school, person, "profiel", person.persoon_id)
        assert (before.email_adres, before.mobiel) == (person.email, person.telefoon)
        ask(school, person, "wijzig_profiel", person.persoon_id, evolve(before, elo_berichten_doorsturen=True))
        after = ask(school, person, "profiel", person.persoon_id)
        assert after == evolve(before, elo_berichten_doorsturen=True)
        ask(school, person, "wijzig_profiel", person.persoon_id, Profiel(mobiel="000-1"))
        assert ask(school, person, "profiel", person.persoon_id) == Profiel(mobiel="000-1")
        with pytest.raises(NotPermitted):
            ask(school, person, "wijzig_profiel", person.persoon_id + 1, before)
    path = f"personen/{first_pupil(school).persoon_id}/profiel"
    assert send(school, first_pupil(school), "PUT", path, json={"Mobiel": 6}).status_code == 400


@BOTH
def test_a_mentor_finds_the_pupils_whose_mentor_it_is(school: Sandbox, ask: Ask) -> None:
    mentor = mentor_of(school, first_pupil(school))
    found = ask(school, mentor, "zoek_leerlingen", rol="mentor")
    expected = {
        each.persoon_id
        for each, enrolment in school.school.pupils_on(TODAY)
        if mentor.code in {enrolment.mentor, enrolment.tweede_mentor}
    }
    assert {each.id for each in found} == expected
    everybody = ask(school, mentor, "zoek_leerlingen")
    assert len(expected) < len(everybody)
    assert [each.achternaam for each in everybody] == sorted(each.achternaam for each in everybody)
    backwards = ask(school, mentor, "zoek_leerlingen", volgorde="achternaam desc")
    assert [each.id for each in backwards] == [each.id for each in everybody][::-1]
    then = ask(school, mentor, "zoek_leerlingen", peildatum=dt.date(2023, 11, 20))
    assert {each.id for each in then} == {p.persoon_id for p, _ in school.school.pupils_on(dt.date(2023, 11, 20))}


@BOTH
@pytest.mark.parametrize("unread_for", ["mentor", "staff"])
def test_forms_of_the_log_book_wait_until_they_are_opened(ask: Ask, unread_for: str) -> None:
    switches = PublicApiSwitches(unread_for=unread_for)  # type: ignore[arg-type]  # one of the two
    with Sandbox(pupils=40, staff=15, public_api=switches) as school:
        pupils = [each for each, _ in school.school.pupils_on(TODAY)]
        reader = mentor_of(school, pupils[0])
        every = {
            each.id
            for pupil in pupils
            if unread_for == "staff" or is_mentor(reader, pupil, TODAY)
            for each in ask(school, reader, "logboekformulieren", pupil.persoon_id, *YEAR)
        }
        unread = ask(school, reader, "ongelezen_logboekformulieren")
        assert {each.id for each in unread} == every
        assert unread
        path = unread[0].links["self"].href.removeprefix("/api/")
        assert send(school, reader, "GET", path).json()["id"] == unread[0].id
        assert {each.id for each in ask(school, reader, "ongelezen_logboekformulieren")} == every - {unread[0].id}


@BOTH
def test_enrolments_are_those_of_a_range(school: Sandbox, ask: Ask) -> None:
    pupil = max(school.school.leerlingen.values(), key=lambda each: len(each.inschrijvingen))
    for enrolment in pupil.inschrijvingen:
        found = ask(school, pupil, "aanmeldingen", pupil.persoon_id, begin=enrolment.begin, einde=enrolment.begin)
        assert [each.id for each in found] == [enrolment.nummer]


@BOTH
def test_who_starts_later_is_left_out_where_that_is_asked(ask: Ask) -> None:
    with Sandbox(pupils=57, staff=15) as school:
        late = next(e for e in school.school.leerlingen.values() if e.inschrijvingen[-1].begin > TODAY)
        every = ask(school, late, "aanmeldingen_van_persoon", late.persoon_id)
        begun = ask(school, late, "aanmeldingen_van_persoon", late.persoon_id, geen_toekomstige=True)
        assert {each.id for each in every} - {each.id for each in begun} == {late.inschrijvingen[-1].nummer}


@BOTH
def test_the_overview_of_grades_is_that_of_a_day_and_of_averages(ask: Ask) -> None:
    with Sandbox(pupils=2, staff=15, public_api=PublicApiSwitches(overview="full")) as school:
        _compare_overviews(school, ask)


def _compare_overviews(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    enrolment = pupil.enrolment_on(TODAY)
    assert enrolment is not None
    named = (pupil.persoon_id, enrolment.nummer)
    every = ask(school, pupil, "cijferoverzicht", *named)
    day = dt.date(2025, 10, 1)
    then = ask(school, pupil, "cijferoverzicht", *named, peildatum=day)
    assert 0 < len(then) < len(every)
    assert max(each.datum_ingevoerd.date() for each in then) <= day
    averages = ask(school, pupil, "cijferoverzicht", *named, alleen_berekende_kolommen=True)
    assert {each.cijfer_kolom.kolom_soort for each in averages} == {2}
    assert ask(school, pupil, "cijferoverzicht", *named, alleen_pta_kolommen=True) == []


def test_lockers_are_of_the_pupils_who_rent_them(school: Sandbox) -> None:
    base = school.service_urls["lockers_url"]
    lockers = send(school, some_staff(school), "GET", "lockers/details", base=base).json()["lockersDetails"]
    by_uuid = {each.externe_id: each for each in school.school.leerlingen.values()}
    rented = [each["rentalPeriod"]["student"] for each in lockers if each["rentalPeriod"]]
    assert rented
    for student in rented:
        pupil = by_uuid[student["id"]]
        assert (student["studentNumber"], student["personId"]) == (str(pupil.stamnummer), pupil.persoon_id)
    assert len({each["id"] for each in lockers}) == len(lockers)
    assert send(school, first_pupil(school), "GET", "lockers/details", base=base).status_code == 403


def test_the_version_is_told_to_anyone(school: Sandbox) -> None:
    assert set(fetch(f"{school.public_api_url}/versie").json()) == {
        *("CoreVersie", "ApiVersie", "DatabaseVersie", "ProductVersie", "ReleaseDatum")
    }


@pytest.mark.parametrize("path", ["leerlingen/1/afspraken", "berichten/mappen", "personen/1/absenties"])
def test_an_unknown_method_is_refused_as_the_interface_does(school: Sandbox, path: str) -> None:
    answer = send(school, some_staff(school), "DELETE", path)
    words = "The requested resource does not support http method 'DELETE'."
    assert (answer.status_code, answer.json()) == (405, {"Message": words})


@pytest.mark.parametrize("query", ["", "?van=morgen&tot=2025-11-20", "?van=2025-11-20"])
def test_days_that_are_none_are_refused(school: Sandbox, query: str) -> None:
    pupil = first_pupil(school)
    answer = send(school, pupil, "GET", f"personen/{pupil.persoon_id}/afspraken{query}")
    assert (answer.status_code, set(answer.json())) == (400, {"foutcode", "omschrijving"})


@pytest.mark.parametrize("query", ["top=x", "top=-1", "skip=-1"])
def test_pages_that_are_none_are_refused(school: Sandbox, query: str) -> None:
    assert send(school, some_staff(school), "GET", f"medewerkers/zoeken?{query}").status_code == 400


@BOTH
@pytest.mark.parametrize(
    "name", ["afspraken", "activiteiten", "meldingssoorten", "agendafeed", "kluisjes", "terugkomers"]
)
def test_without_consent_no_service_answers(ask: Ask, name: str) -> None:
    issuer = IssuerSwitches(consent=False, refusal=Refusal.RESOURCE)
    with Sandbox(pupils=2, staff=15, issuer=issuer) as school:
        person = first_pupil(school).persoon_id
        arguments = {"afspraken": (person, *YEAR), "activiteiten": (person,)}.get(name, ())
        with pytest.raises(ConsentMissing):
            ask(school, some_staff(school), name, *arguments)


@BOTH
@pytest.mark.parametrize("name", ["mappen", "meldingssoorten", "agendafeed", "kluisjes"])
def test_a_school_that_is_closed_answers_nowhere(ask: Ask, name: str) -> None:
    locked = PublicApiSwitches(locked=True)
    with Sandbox(pupils=2, staff=15, public_api=locked) as school, pytest.raises(SessionLocked):
        ask(school, some_staff(school), name)


@BOTH
def test_an_application_without_a_person_has_nothing_of_its_own(school: Sandbox, ask: Ask) -> None:
    for name, arguments in (("account", ()), ("mappen", ()), ("meldingssoorten", ()), ("agendafeed", ())):
        with pytest.raises(NotPermitted):
            ask(school, None, name, *arguments)


@BOTH
def test_the_account_tells_whose_it_is_and_what_it_may(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    parent, staff = parent_of(school, pupil), some_staff(school)
    for person, link in ((pupil, "leerling"), (parent, "ouder"), (staff, None)):
        details = ask(school, person, "accountgegevens", 1)
        assert (details.uu_id, details.emailadres) == (account_id(person), person.email)
        assert set(details.links) == {"self", link} - {None}
    assert ask(school, pupil, "account").may("Afspraken", "Create")
    assert not ask(school, parent, "account").may("Afspraken", "Create")
    assert ask(school, parent, "account").may("Absentiemeldingen", "Create")
    assert ask(school, staff, "account").may("Absenties", "Create")
