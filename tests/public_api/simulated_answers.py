"""What each method that reads has to answer at the simulated school, from what the school itself holds."""

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import frozen

from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.login.server import account_id
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.sandbox.school.people import Inschrijving, Leerling, Medewerker, Ouder
from magister_connect.sandbox.web.learning.materials import ean_of

FIRST, LAST = dt.date(2025, 11, 17), dt.date(2025, 11, 21)
YEAR = dt.date(2025, 8, 1), dt.date(2026, 7, 31)
WEEK = dt.datetime(2025, 11, 17, tzinfo=AMSTERDAM), dt.datetime(2025, 11, 22, tzinfo=AMSTERDAM)


@frozen
class World:
    """A school, and who is asked about and by whom."""

    school: Sandbox
    pupil: Leerling
    parent: Ouder
    staff: Medewerker
    mentor: Medewerker

    @property
    def enrolment(self) -> Inschrijving:
        found = self.pupil.enrolment_on(self.school.clock.today())
        assert found is not None
        return found

    @property
    def lessons(self) -> list[Any]:
        return self.school.school.lessons_of(self.pupil.stamnummer, FIRST, LAST)

    @property
    def absence(self) -> list[Any]:
        found = self.school.school.absence_of(self.pupil.stamnummer, self.school.clock.local())
        return [each for each in found if each.begin.date() >= YEAR[0]]

    @property
    def marks(self) -> list[Any]:
        found = self.school.school.marks_of(self.pupil.stamnummer, self.school.clock.local())
        return [each for each in found if each.aanmelding == self.enrolment.nummer]


Row: TypeAlias = tuple[str, str, Callable[[World], tuple[Any, ...]], Callable[[World, Any], bool]]


def own(_: World) -> tuple[Any, ...]:
    return ()


def pupil(world: World) -> tuple[Any, ...]:
    return (world.pupil.persoon_id,)


def parent(world: World) -> tuple[Any, ...]:
    return (world.parent.persoon_id,)


def enrolment(world: World) -> tuple[Any, ...]:
    return (world.enrolment.nummer,)


def pupil_and_enrolment(world: World) -> tuple[Any, ...]:
    return (world.pupil.persoon_id, world.enrolment.nummer)


def in_the_week(world: World) -> tuple[Any, ...]:
    return (world.pupil.persoon_id, FIRST, LAST)


def in_the_year(world: World) -> tuple[Any, ...]:
    return (world.pupil.persoon_id, *YEAR)


def guide(world: World) -> tuple[Any, ...]:
    return (world.pupil.persoon_id, world.pupil.nummer + 1)


def last_assignment(world: World) -> tuple[Any, ...]:
    return (world.pupil.persoon_id, world.pupil.nummer * 100 + 25)


def _local(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(AMSTERDAM).replace(tzinfo=None)


def _subjects(world: World) -> list[str]:
    return [each.code for each in world.enrolment.vakken]


def _values(marks: list[Any]) -> list[str]:
    return [each.waarde for each in marks]


def _places(world: World) -> list[tuple[int, str]]:
    return [(each.nummer, each.lokaal) for each in world.lessons]


def _present(world: World) -> set[str]:
    return {each.externe_id for each, _ in world.school.school.pupils_on(world.school.clock.today())}


def _rented(lockers: list[Any]) -> set[str]:
    rented = {each.rental_period.student.id for each in lockers if each.rental_period}
    assert rented
    assert len(rented) < len(lockers)
    return rented


def _about(form: Any, pupil: Leerling) -> bool:
    return bool(form.extra["leerling"]["id"] == pupil.persoon_id)


def _of_the_mentor(world: World, forms: list[Any]) -> bool:
    today, code = world.school.clock.today(), world.mentor.code
    own = {
        each.persoon_id
        for each, enrolment in world.school.school.pupils_on(today)
        if code in {enrolment.mentor, enrolment.tweede_mentor}
    }
    about = {each.extra["leerling"]["id"] for each in forms}
    return bool(about) and about <= own


def _teacher(world: World) -> Medewerker:
    found = world.school.school.employee_with_code(world.lessons[0].docent)
    assert found is not None
    return found


def _day_without_excuse(world: World) -> tuple[dt.date, set[int]]:
    """A day on which pupils were absent without an excuse, and who."""
    school, now = world.school.school, world.school.clock.local()
    days: dict[dt.date, set[int]] = {}
    for each in school.leerlingen.values():
        for absence in school.absence_of(each.stamnummer, now):
            if not absence.soort.geoorloofd:
                days.setdefault(absence.begin.date(), set()).add(each.persoon_id)
    return max(days.items(), key=lambda day: (len(day[1]), day[0]))


def _times_late(world: World) -> int:
    absence = world.school.school.absence_of(world.pupil.stamnummer, world.school.clock.local())
    return sum(each.soort.type == 2 for each in absence)


def _late_last_week(world: World) -> int:
    """How often pupils were late so short ago that they still have to come back."""
    school, now = world.school.school, world.school.clock.local()
    since = now.date() - dt.timedelta(days=7)
    found = (each for pupil, _ in school.pupils_on(now.date()) for each in school.absence_of(pupil.stamnummer, now))
    return sum(each.soort.type == 2 and each.begin.date() >= since for each in found)


def _times_ill(world: World) -> int:
    absence = world.school.school.absence_of(world.pupil.stamnummer, world.school.clock.local())
    return sum(each.soort.type == 3 for each in absence)


PEOPLE: list[Row] = [
    ("account", "pupil", own, lambda w, found: found.uu_id == account_id(w.pupil)),
    ("sessie", "pupil", own, lambda _, found: found.links["account"].href == "/api/accounts/1"),
    (
        "accountgegevens",
        "pupil",
        lambda _: (1,),
        lambda w, f: f.links["leerling"].href.endswith(f"/{w.pupil.persoon_id}"),
    ),
    ("versie", "pupil", own, lambda _, found: found.product_versie == "zandbak"),
    ("kinderen", "parent", parent, lambda w, f: [each.stamnummer for each in f] == list(w.parent.kinderen)),
    ("kinderen_van_ouder", "parent", parent, lambda w, f: [each.id for each in f] == [w.pupil.persoon_id]),
    ("leerling", "parent", pupil, lambda w, found: found.externe_id == w.pupil.externe_id),
    ("personalia", "staff", pupil, lambda w, found: found.klassen == (w.enrolment.klas,)),
    ("adresgegevens", "pupil", pupil, lambda w, f: f[0].postcode == w.pupil.adres.postcode),
    ("adresgegevens_van_ouder", "parent", parent, lambda w, f: f[0].straat == w.parent.adres.straat),
    ("adressen", "pupil", pupil, lambda w, f: f[0].plaats == w.pupil.adres.woonplaats),
    ("ouders", "staff", pupil, lambda w, f: f[0].id == w.parent.persoon_id),
    ("contactgegevens", "parent", parent, lambda w, f: f[1].emailadres == w.parent.email),
    ("profiel", "pupil", pupil, lambda w, found: found.email_adres == w.pupil.email),
    ("opleidinggegevens", "pupil", pupil, lambda w, f: (f.stam_nr, f.klas) == (w.pupil.stamnummer, w.enrolment.klas)),
    ("autorisatie", "pupil", pupil, lambda _, found: found.meerder_jarige_leeftijd == 18),
    ("toestemmingen", "parent", pupil, lambda _, found: [each.code for each in found] == ["FOTO", "FILM"]),
    ("foto", "staff", pupil, lambda _, found: found.content.startswith(b"\x89PNG")),
    ("foto_van_persoon", "pupil", pupil, lambda _, found: found.content.startswith(b"\x89PNG")),
    ("contacten", "pupil", lambda _: ("**",), lambda w, f: len(f) == len(w.school.school.medewerkers)),
    ("aanmeldingen", "pupil", pupil, lambda w, found: [each.id for each in found] == [w.enrolment.nummer]),
    ("aanmeldingen_van_persoon", "pupil", pupil, lambda w, f: len(f) == len(w.pupil.inschrijvingen)),
    ("vakken", "pupil", pupil_and_enrolment, lambda w, f: [e.afkorting for e in f] == _subjects(w)),
    ("vakken_van_aanmelding", "pupil", enrolment, lambda w, f: [e.studievak.code for e in f] == _subjects(w)),
    ("mentoren", "pupil", enrolment, lambda w, found: found[0].id == w.mentor.persoon_id),
    ("zoek_leerlingen", "staff", own, lambda w, f: {each.externe_id for each in f} == _present(w)),
    ("zoek_medewerkers", "staff", own, lambda w, f: w.mentor.code in {each.code for each in f}),
    ("kluisjes", "staff", own, lambda w, f: _rented(f) <= _present(w)),
    ("logboekformulieren", "staff", in_the_year, lambda w, f: bool(f) and all(_about(each, w.pupil) for each in f)),
    ("ongelezen_logboekformulieren", "mentor", own, _of_the_mentor),
]
GRADES: list[Row] = [
    (
        "cijferoverzicht",
        "pupil",
        pupil_and_enrolment,
        lambda w, f: [e.cijfer_str for e in f if not e.is_leeg] == _values(w.marks[::18]),
    ),
    (
        "kolominfo",
        "pupil",
        lambda w: (*pupil_and_enrolment(w), w.marks[0].kolom_id),
        lambda w, f: f.kolom_naam == w.marks[0].kolom.naam,
    ),
    (
        "cijferperioden",
        "pupil",
        pupil_and_enrolment,
        lambda _, found: [each.naam for each in found] == ["P1", "P2", "P3", "P4"],
    ),
    ("laatste_cijfers", "parent", pupil, lambda w, f: f[0].vak.code in _subjects(w)),
    ("cijfers", "pupil", enrolment, lambda w, found: [e.waarde for e in found if e.getal] == _values(w.marks)),
    (
        "grades_with_subjects",
        "pupil",
        pupil_and_enrolment,
        lambda w, f: [e.vak.afkorting for e in f if e.getal] == [e.vak.code for e in w.marks],
    ),
    ("perioden", "pupil", enrolment, lambda _, found: found[0].begin == YEAR[0]),
]
AGENDA: list[Row] = [
    ("afspraken", "pupil", in_the_week, lambda w, f: [(each.id, each.lokatie) for each in f] == _places(w)),
    (
        "afspraak",
        "parent",
        lambda w: (w.pupil.persoon_id, w.lessons[0].nummer),
        lambda w, f: _local(f.start) == w.lessons[0].begin,
    ),
    (
        "roosterwijzigingen",
        "pupil",
        in_the_week,
        lambda w, f: {e.id for e in f} == {e.nummer for e in w.lessons if e.status > 2},
    ),
    (
        "afspraken_van_leerling",
        "staff",
        in_the_week,
        lambda w, f: [(e.id, e.locaties[0].code) for e in f] == _places(w),
    ),
    (
        "afspraken_van_medewerker",
        "staff",
        lambda w: (_teacher(w).persoon_id, FIRST, LAST),
        lambda w, f: w.lessons[0].nummer in {e.id for e in f},
    ),
    (
        "extra_afspraken",
        "pupil",
        lambda w: (account_id(w.pupil), *WEEK),
        lambda _, f: [_local(e.start).isoweekday() for e in f] == [2, 4],
    ),
    ("agendafeed", "pupil", own, lambda _, found: "/icalendar/feed?key=" in found.href),
]
ABSENCE: list[Row] = [
    ("absenties", "pupil", in_the_year, lambda w, f: [each.id for each in f] == [each.nummer for each in w.absence]),
    ("absentieperioden", "pupil", pupil, lambda _, found: found[-1].omschrijving == "2025/2026"),
    (
        "verantwoordingen",
        "staff",
        in_the_year,
        lambda w, f: [e.reden.code for e in f] == [e.soort.code for e in w.absence],
    ),
    (
        "verantwoordingen_per_maand",
        "staff",
        in_the_year,
        lambda w, f: [e.id for e in f] == [e.nummer for e in w.absence],
    ),
    (
        "ongeoorloofde_registraties",
        "staff",
        lambda w: (_day_without_excuse(w)[0],),
        lambda w, f: {e.id for e in f} == _day_without_excuse(w)[1],
    ),
    ("terugkommaatregelen", "staff", pupil, lambda w, f: len(f) == _times_late(w)),
    ("terugkomers", "staff", own, lambda w, f: len(f) == _late_last_week(w)),
    ("absentiemeldingen", "parent", lambda w: (w.pupil.externe_id,), lambda w, f: len(f) == _times_ill(w)),
    ("absentiemeldingen_vandaag", "staff", own, lambda _, found: found == []),
    ("meldingssoorten", "parent", own, lambda _, found: [each.code for each in found] == ["ZIEK", "ARTS"]),
]
LEARNING: list[Row] = [
    ("studiewijzers", "pupil", pupil, lambda _, found: [each.titel for each in found] == ["Planner"]),
    ("studiewijzer", "pupil", guide, lambda _, found: found.onderdelen.total_count == 6),
    ("onderdeel", "pupil", lambda w: (*guide(w), 2), lambda _, f: f.bronnen[0].naam == "Planner week 2.txt"),
    ("studiewijzerbijlage", "pupil", lambda w: (*guide(w), 2), lambda _, f: "Planner%20week%202" in f.location),
    ("projecten", "pupil", pupil, lambda _, found: [each.titel for each in found] == ["Project"]),
    ("project", "pupil", guide, lambda _, f: f.onderdelen.items[0].titel == "Week 1"),
    ("opdrachten", "pupil", pupil, lambda _, found: len({each.id for each in found}) == 25),
    ("uploadinstellingen", "pupil", pupil, lambda _, found: found.max_upload_file_size == 26_214_400),
    ("opdracht", "pupil", last_assignment, lambda _, found: found.titel == "Opdracht 25"),
    (
        "opdrachtversie",
        "pupil",
        lambda w: (w.pupil.persoon_id, last_assignment(w)[1] * 10 + 1),
        lambda w, f: f.opdracht_id == last_assignment(w)[1],
    ),
    ("lesmateriaal", "pupil", pupil, lambda w, f: [each.vak.afkorting for each in f] == _subjects(w)),
    (
        "digitaal_lesmateriaal",
        "pupil",
        lambda w: (w.pupil.persoon_id, ean_of(w.enrolment.vakken[0])),
        lambda _, f: "sig=" in f.location,
    ),
    ("bronnen", "pupil", pupil, lambda _, found: [each.naam for each in found] == ["Gedeeld", "Schoolgids.txt"]),
    (
        "activiteiten",
        "pupil",
        pupil,
        lambda _, f: [each.titel for each in f] == ["Sportdag", "Keuzemiddag", "Excursie"],
    ),
    (
        "activiteitonderdelen",
        "pupil",
        lambda w: (w.pupil.persoon_id, 2),
        lambda _, f: [e.titel for e in f] == ["Koken", "Muziek", "Techniek"],
    ),
]
MESSAGES: list[Row] = [
    ("mappen", "pupil", own, lambda _, found: [each.aantal_ongelezen for each in found] == [45, 0, 0]),
    ("berichten", "pupil", own, lambda _, found: [each.id for each in found] == list(range(45, 0, -1))),
    ("bericht", "pupil", lambda _: (40,), lambda w, f: f.ontvangers[0].id == w.pupil.persoon_id),
    ("berichtbijlagen", "pupil", lambda _: (40,), lambda _, found: [each.naam for each in found] == ["Bijlage 40.txt"]),
]
ROWS = [*PEOPLE, *GRADES, *AGENDA, *ABSENCE, *LEARNING, *MESSAGES]
