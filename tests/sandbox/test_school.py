import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from magister_connect import edexml
from magister_connect.errors import UsageError
from magister_connect.sandbox import School, VirtualClock
from magister_connect.sandbox.school.edexml_export import edexml_document
from magister_connect.sandbox.school.identities import is_synthetic
from magister_connect.sandbox.school.lists import LISTS
from magister_connect.sandbox.school.people import Leerling, Medewerker
from magister_connect.sandbox.school.submissions import PRODUCTS
from magister_connect.sandbox.school.tables import number_table, programme_table

NOW = VirtualClock().local()


@pytest.fixture(scope="module")
def school() -> School:
    return School.seeded()


def test_the_same_seed_gives_the_same_school(school: School) -> None:
    again = School.seeded()
    assert again.leerlingen == school.leerlingen
    assert again.medewerkers == school.medewerkers
    assert again.marks_of(10001, NOW) == school.marks_of(10001, NOW)
    assert again.submissions("JIJ") == school.submissions("JIJ")


def test_another_seed_gives_another_school(school: School) -> None:
    assert School.seeded(2).leerlingen != school.leerlingen


def test_it_has_400_pupils_and_60_staff_at_two_locations_over_four_years(school: School) -> None:
    enrolments = [each for pupil in school.leerlingen.values() for each in pupil.inschrijvingen]
    assert (len(school.leerlingen), len(school.medewerkers)) == (400, 60)
    assert {each.locatie.code for each in enrolments} == {"DAM", "STAD"}
    assert {each.lesperiode.code for each in enrolments} == {"2223", "2324", "2425", "2526"}


def test_every_personal_number_is_synthetic_and_no_two_people_share_one(school: School) -> None:
    numbers = [each.pgn for each in school.leerlingen.values() if each.pgn]
    numbers += [each.pgn for each in school.medewerkers.values() if each.pgn]
    numbers += [each.vorige_pgn for each in school.leerlingen.values() if each.vorige_pgn]
    assert all(map(is_synthetic, numbers))
    assert len(set(numbers)) == len(numbers) > 450
    assert [each.nummer for each in school.leerlingen.values() if each.pgn is None] == [77, 177, 277]


def test_no_record_shows_a_personal_number(school: School) -> None:
    people: list[Leerling | Medewerker] = [*school.leerlingen.values(), *school.medewerkers.values()]
    assert [each.stamnummer for each in people if each.pgn and each.pgn in repr(each)] == []


def test_pupils_of_the_founding_years_beyond_the_list_of_numbers_have_none() -> None:
    large = School.seeded(pupils=450)
    assert {each.pgn for each in list(large.leerlingen.values())[400:]} == {None}


@pytest.mark.parametrize("people", [{"pupils": -1}, {"pupils": 0}, {"staff": 0}])
def test_a_school_that_cannot_be_is_refused(people: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=r"at least one pupil .+ \(School\).+Pass pupils= and staff="):
        School.seeded(**people)


@pytest.mark.parametrize(
    "ask",
    [
        lambda school: school.marks_of(1, NOW),
        lambda school: school.absence_of(1, NOW),
        lambda school: school.lessons_of(1, NOW.date(), NOW.date()),
        lambda school: school.lessons_taught_by(10001, NOW.date(), NOW.date()),
        lambda school: list(school.taught_by(10001, "2526")),
    ],
)
def test_a_stamnummer_that_nobody_has_is_told(school: School, ask: Callable[[School], object]) -> None:
    with pytest.raises(UsageError, match=r"No (pupil|employee) has that stamnummer \(School\)\. Fix this in your code"):
        ask(school)


def test_a_product_that_does_not_exist_is_refused(school: School) -> None:
    with pytest.raises(UsageError, match="Pass JIJ or TOA"):
        school.results("DIA", NOW)


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        ("has left", lambda pupil: any(each.vertrek for each in pupil.inschrijvingen)),
        ("starts later", lambda pupil: any(each.begin > NOW.date() for each in pupil.inschrijvingen)),
        ("has an unfinished enrolment", lambda pupil: any(each.gebrek for each in pupil.inschrijvingen)),
        ("had an onderwijsnummer before", lambda pupil: pupil.vorige_pgn),
    ],
)
def test_some_pupil(claim: str, wanted: object, school: School) -> None:
    assert callable(wanted)
    assert 0 < sum(1 for each in school.leerlingen.values() if wanted(each)) < 60


def test_staff_have_several_functions_and_leavers_a_star(school: School) -> None:
    staff = school.medewerkers.values()
    assert any(len(each.functies) > 1 for each in staff)
    assert all(each.code.startswith("*") == (each.datum_uit is not None) for each in staff)
    assert len({each.code for each in staff}) == 60


def test_every_class_has_a_teacher_for_every_subject(school: School) -> None:
    for period, klas in school.klassen:
        teachers = school.teachers_of(period, klas)
        assert all(school.employee_with_code(code) for code in teachers.values())
    taught = {(klas.klas, vak.code) for number in school.medewerkers for klas, vak in school.taught_by(number, "2526")}
    assert taught == {
        (klas, vak.code) for (period, klas), each in school.klassen.items() if period == "2526" for vak in each.vakken
    }


def test_time_brings_marks_absence_and_results(school: School) -> None:
    later = NOW + dt.timedelta(days=60)
    everyone = list(school.leerlingen)
    for before, after in [
        [sum(len(school.marks_of(each, moment)) for each in everyone) for moment in (NOW, later)],
        [sum(len(school.absence_of(each, moment)) for each in everyone) for moment in (NOW, later)],
        [len(school.results("JIJ", moment)) for moment in (NOW, later)],
    ]:
        assert 0 < before < after


def test_a_moment_may_be_naive_or_aware(school: School) -> None:
    aware = VirtualClock()()
    assert school.marks_of(10001, aware) == school.marks_of(10001, NOW) != []
    assert school.absence_of(10001, aware) == school.absence_of(10001, NOW)
    assert school.results("JIJ", aware) == school.results("JIJ", NOW) != []


def test_lessons_lie_on_school_days_and_do_not_overlap(school: School) -> None:
    lessons = school.lessons_of(10001, dt.date(2025, 11, 17), dt.date(2025, 11, 30))
    assert {each.begin.weekday() for each in lessons} == {0, 1, 2, 3, 4}
    assert all(first.einde <= second.begin for first, second in pairwise(lessons))


@settings(max_examples=20)
@given(
    seed=st.integers(0, 10_000),
    pupils=st.sampled_from((1, 30, 150)),
    staff=st.integers(1, 40),
    weeks=st.lists(st.integers(0, 51), min_size=1, max_size=3, unique=True),
)
def test_no_teacher_class_or_room_is_asked_for_twice_at_the_same_time(
    seed: int, pupils: int, staff: int, weeks: list[int]
) -> None:
    drawn = School.seeded(seed, pupils=pupils, staff=staff)
    mondays = [dt.date(2025, 8, 4) + dt.timedelta(weeks=each) for each in weeks]
    lessons = [
        lesson
        for number in drawn.medewerkers
        for monday in mondays
        for lesson in drawn.lessons_taught_by(number, monday, monday + dt.timedelta(days=6))
    ]
    assert lessons
    for claim in (
        [each.nummer for each in lessons],
        [(each.begin, each.docent) for each in lessons],
        [(each.begin, each.klas) for each in lessons],
        [(each.begin, each.lokaal) for each in lessons],
    ):
        assert len(set(claim)) == len(claim)


def test_pupils_have_the_lessons_that_their_teachers_give(school: School) -> None:
    week = dt.date(2025, 11, 17), dt.date(2025, 11, 23)
    given_by_staff = {each for number in school.medewerkers for each in school.lessons_taught_by(number, *week)}
    had_by_pupils = {each for number in school.leerlingen for each in school.lessons_of(number, *week)}
    assert had_by_pupils == given_by_staff
    assert {each.klas for each in had_by_pupils} == {klas for period, klas in school.klassen if period == "2526"}
    assert all(each.vak in school.klassen["2526", each.klas].vakken for each in had_by_pupils)
    assert all(school.teachers_of("2526", each.klas)[each.vak.code] == each.docent for each in had_by_pupils)


@pytest.mark.parametrize("product", PRODUCTS)
def test_results_are_of_more_than_three_school_years_and_some_change(school: School, product: str) -> None:
    results = school.results(product, NOW)
    states = school.submissions(product).values()
    assert min(each.afgenomen for each in results) < dt.datetime.fromisoformat("2022-12-31T00:00")
    assert any(len(each) > 1 for each in states)
    assert any(each[-1].ingetrokken for each in states)
    assert any(each.status == "Niet meer beoordelen" for each in results)
    assert len({each.submission_nr for each in results}) == len(results)
    assert [each for each in results if each.stamnummer is None and not each.username.startswith("gast")] == []


def test_a_changed_person_is_seen_by_whoever_asks_next(school: School) -> None:
    changed = School.seeded(pupils=2, staff=5)
    changed.replace(changed.leerlingen[10001], email="nieuw@example.invalid")
    assert changed.leerlingen[10001].email == "nieuw@example.invalid"
    changed.replace(changed.medewerkers[1], roepnaam="Nieuw")
    assert changed.medewerkers[1].roepnaam == "Nieuw"


@pytest.mark.parametrize("name", LISTS)
def test_lists_have_as_many_values_as_columns_and_nobody_in_an_unknown_period(name: str, school: School) -> None:
    chosen = LISTS[name]
    rows = list(chosen.rijen(school, VirtualClock(), {}))
    assert rows
    assert {len(row) for row in rows} == {len(chosen.kolommen)}
    assert list(chosen.rijen(school, VirtualClock(), {"lesperiode": "2526"})) == rows
    assert not list(chosen.rijen(school, VirtualClock(), {"lesperiode": "2025-2026"}))


def test_the_edexml_file_is_valid_by_the_official_schema_but_for_its_expired_list_of_years(
    school: School, shared_data: Path
) -> None:
    content = edexml.to_bytes(edexml_document(school, VirtualClock()))
    schema = etree.XMLSchema(etree.parse(shared_data / "edexml-xsd" / "2.1" / "EDEXML.structuur.xsd"))
    assert not schema.validate(etree.fromstring(content))
    assert {each.path for each in schema.error_log} == {"/EDEX/school/schooljaar"}
    assert schema.validate(etree.fromstring(content.replace(b"2025-2026", b"2024-2025")))


def test_the_table_of_numbers_leaves_some_out_and_has_one_number_twice(school: School) -> None:
    lines = number_table(school).decode("utf-8-sig").splitlines()
    numbers = [line.split(";")[0] for line in lines[1:]]
    missing = {each.pgn for each in school.leerlingen.values() if each.pgn} - set(numbers)
    assert lines[0] == "pgn;stamnummer;geldig_van;geldig_tot"
    assert len(missing) == 9
    assert len(numbers) == len(set(numbers)) + 1


def test_the_table_of_programmes_knows_all_crebos_but_one(school: School) -> None:
    known = {line.split(";")[0] for line in programme_table(school).decode("utf-8-sig").splitlines()[1:]}
    assert {each.crebo for each in school.studies if each.crebo} - known == {"99190"}
