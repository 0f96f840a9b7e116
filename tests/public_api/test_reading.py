"""What the interface of the simulated school gives, against what the school's administration holds."""

import datetime as dt
from decimal import Decimal

import pytest

from magister_connect.errors import NotFound, NotPermitted
from magister_connect.public_api.agenda import AfspraakStatus, GroepDeelname, MedewerkerDeelname
from magister_connect.public_api.personen import Emailadres, Telefoonnummer
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.login.server import account_id
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.sandbox.school.people import Leerling
from tests.login.both_clients import Ask
from tests.public_api.conftest import client_for, pupil_of

FIRST, LAST = dt.date(2025, 11, 17), dt.date(2025, 11, 21)


@pytest.fixture
def pupil(school: Sandbox) -> Leerling:
    return next(each for each in school.school.leerlingen.values() if len(each.inschrijvingen) > 1)


def test_the_account_tells_who_it_is(school: Sandbox, ask: Ask) -> None:
    pupil = pupil_of(school)
    account = ask(school, pupil, "account")
    assert account.uu_id == account_id(pupil)
    assert account.persoon.id == pupil.persoon_id
    assert account.persoon.achternaam == pupil.achternaam
    assert account.persoon.geboortedatum == pupil.geboortedatum
    assert account.may("Cijfers")
    assert not account.may("Cijfers", "Update")
    assert not account.is_ouder


def test_a_parent_sees_the_children_and_their_grades(school: Sandbox, ask: Ask) -> None:
    parent = next(iter(school.school.ouders.values()))
    assert ask(school, parent, "account").is_ouder
    children = ask(school, parent, "kinderen", parent.persoon_id)
    assert [each.stamnummer for each in children] == list(parent.kinderen)
    assert [each.id for each in ask(school, parent, "kinderen_van_ouder", parent.persoon_id)] == [
        each.id for each in children
    ]
    assert ask(school, parent, "leerling", children[0].id).stamnummer == parent.kinderen[0]


def test_the_grade_overview_is_the_grade_book(school: Sandbox, ask: Ask, pupil: Leerling) -> None:
    enrolment = pupil.inschrijvingen[0]
    expected = [
        each
        for each in school.school.marks_of(pupil.stamnummer, school.clock.local())
        if each.aanmelding == enrolment.nummer
    ]
    found = ask(school, pupil, "cijferoverzicht", pupil.persoon_id, enrolment.nummer)
    assert [(each.cijfer_id, each.cijfer_str) for each in found] == [(each.cijfer_id, each.waarde) for each in expected]
    assert [each.getal for each in found] == [Decimal(each.waarde.replace(",", ".")) for each in expected]
    local = expected[0].ingevoerd_op.replace(tzinfo=AMSTERDAM)
    assert found[0].datum_ingevoerd == local
    assert found[0].datum_ingevoerd.tzinfo == AMSTERDAM
    weights = ask(school, pupil, "kolominfo_van", pupil.persoon_id, enrolment.nummer, [e.kolom_id for e in expected])
    assert {number: each.weging for number, each in weights.items()} == {
        each.kolom_id: each.kolom.weging for each in expected
    }


def test_the_latest_grades_come_page_by_page(school: Sandbox, ask: Ask, pupil: Leerling) -> None:
    marks = school.school.marks_of(pupil.stamnummer, school.clock.local())
    found = ask(school, pupil, "laatste_cijfers", pupil.persoon_id)
    assert {each.kolom_id for each in found} == {each.kolom_id for each in marks}


def test_new_grades_lead_to_what_they_were_given_for(school: Sandbox, ask: Ask, pupil: Leerling) -> None:
    grades = ask(school, pupil, "cijfers", pupil.inschrijvingen[0].nummer)
    assert ask(school, pupil, "werkinformatie", grades[0]).weegfactor == grades[0].kolom.weegfactor
    assert len(ask(school, pupil, "perioden", pupil.inschrijvingen[0].nummer)) == 4
    assert len(ask(school, pupil, "cijferperioden", pupil.persoon_id, pupil.inschrijvingen[0].nummer)) == 4


def test_the_agenda_is_the_timetable(school: Sandbox, ask: Ask) -> None:
    pupil = pupil_of(school)
    lessons = school.school.lessons_of(pupil.stamnummer, FIRST, LAST)
    found = ask(school, pupil, "afspraken", pupil.persoon_id, FIRST, LAST)
    assert [(each.id, each.lesuur_van) for each in found] == [(each.nummer, each.lesuur) for each in lessons]
    assert [each.start for each in found] == [each.begin.replace(tzinfo=AMSTERDAM) for each in lessons]
    changes = ask(school, pupil, "roosterwijzigingen", pupil.persoon_id, FIRST, LAST)
    assert [each.id for each in changes] == [each.nummer for each in lessons if each.status >= 3]
    assert all(isinstance(each.status, AfspraakStatus) for each in found)
    newer = ask(school, pupil, "afspraken_van_leerling", pupil.persoon_id, FIRST, LAST)
    assert [each.id for each in newer] == [each.id for each in found]
    assert [type(each) for each in newer[0].deelnames] == [GroepDeelname, MedewerkerDeelname]


def test_absence_is_what_was_recorded(school: Sandbox, ask: Ask) -> None:
    first, last = dt.date(2023, 8, 1), dt.date(2026, 7, 31)
    for pupil in list(school.school.leerlingen.values())[:5]:
        expected = school.school.absence_of(pupil.stamnummer, school.clock.local())
        found = ask(school, pupil, "absenties", pupil.persoon_id, first, last)
        assert [(each.id, each.verantwoordingtype, each.geoorloofd) for each in found] == [
            (each.nummer, each.soort.type, each.soort.geoorloofd) for each in expected
        ]


def test_enrolments_without_a_range_are_those_of_today(school: Sandbox, ask: Ask, pupil: Leerling) -> None:
    today = ask(school, pupil, "aanmeldingen", pupil.persoon_id)
    every = ask(school, pupil, "aanmeldingen", pupil.persoon_id, begin=dt.date(1970, 1, 1))
    assert len(every) == len(pupil.inschrijvingen) > len(today)
    assert [each.id for each in ask(school, pupil, "aanmeldingen_van_persoon", pupil.persoon_id)] == [
        each.id for each in every
    ]
    assert every[0].begin == pupil.inschrijvingen[0].begin
    subjects = ask(school, pupil, "vakken", pupil.persoon_id, every[0].id)
    assert [each.afkorting for each in subjects] == [each.code for each in pupil.inschrijvingen[0].vakken]
    assert (subjects[0].vrijstelling, subjects[0].vak_vrijstelling) == (False, None)
    assert ask(school, pupil, "mentoren", every[0].id)[0].type == ("mentor",)


def test_people_around_a_pupil(school: Sandbox, ask: Ask) -> None:
    pupil, parent = pupil_of(school), next(iter(school.school.ouders.values()))
    assert ask(school, pupil, "personalia", pupil.persoon_id).geboortedatum == pupil.geboortedatum
    assert ask(school, pupil, "adresgegevens", pupil.persoon_id)[0].huisnummer == str(pupil.adres.huisnummer)
    assert len(ask(school, pupil, "ouders", pupil.persoon_id)) == len(school.school.parents_of(pupil.stamnummer))
    ways = ask(school, parent, "contactgegevens", parent.persoon_id)
    assert [type(each) for each in ways] == [Telefoonnummer, Emailadres]
    assert ways[1].emailadres == parent.email
    assert ask(school, parent, "adresgegevens_van_ouder", parent.persoon_id)[0].postcode == parent.adres.postcode


def test_no_photo_is_no_error(school: Sandbox, ask: Ask) -> None:
    staff = next(iter(school.school.medewerkers.values()))
    first, second = list(school.school.leerlingen.values())[:2]
    assert ask(school, staff, "foto", first.persoon_id).content.startswith(b"\x89PNG")
    assert ask(school, staff, "foto", second.persoon_id) is None


def test_what_is_empty_is_nothing(school: Sandbox, ask: Ask) -> None:
    pupil = pupil_of(school)
    assert ask(school, pupil, "onderdeel", pupil.persoon_id, 1, 1) is None
    (guide,) = ask(school, pupil, "studiewijzers", pupil.persoon_id)
    assert ask(school, pupil, "studiewijzer", pupil.persoon_id, guide.id).onderdelen.items[0].titel == "Week 1"
    assert len(ask(school, pupil, "opdrachten", pupil.persoon_id)) == 25


def test_staff_find_people(school: Sandbox, ask: Ask) -> None:
    staff = next(iter(school.school.medewerkers.values()))
    found = ask(school, staff, "zoek_leerlingen")
    assert {each.code for each in found} == {str(each.stamnummer) for each, _ in school.school.pupils_on(LAST)}
    assert ask(school, staff, "zoek_medewerkers", "niemand heet zo") == []
    assert ask(school, staff, "contacten", "**")


def test_messages_are_read_and_marked(school: Sandbox) -> None:
    with client_for(school, pupil_of(school)) as api:
        assert [each.id for each in api.mappen()] == [1, 2, 3]
        inbox = list(api.berichten())
        assert len(inbox) == 45
        assert not api.bericht(inbox[0].id).is_gelezen
        api.markeer_gelezen([inbox[0].id])
        assert api.bericht(inbox[0].id).is_gelezen
        assert api.bericht(inbox[0].id).inhoud == "<p>Bericht 45 &amp; meer.</p>"


def test_what_an_account_may_not_see_is_named(school: Sandbox, ask: Ask) -> None:
    pupil, other = list(school.school.leerlingen.values())[:2]
    with pytest.raises(NotPermitted, match="Cijfers") as caught:
        ask(school, pupil, "cijferoverzicht", other.persoon_id, other.inschrijvingen[0].nummer)
    assert caught.value.code == "OnvoldoendePrivileges"
    assert str(other.persoon_id) not in str(caught.value)
    with pytest.raises(NotFound):
        ask(school, pupil, "leerling", 999_999)
