"""The school lives on: its years follow from the seed alone, and its log of changes says what a sync should find."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magister_connect import edexml
from magister_connect.errors import UsageError
from magister_connect.identifiers import Bsn
from magister_connect.sandbox import Change, ChangeKind, Sandbox, SandboxState, School, VirtualClock
from magister_connect.sandbox.school.edexml_export import edexml_document
from magister_connect.sandbox.school.identities import is_synthetic
from magister_connect.sandbox.school.people import Inschrijving, Leerling
from magister_connect.sandbox.school.tables import number_table, programme_table

FIRST, LAST = dt.date(2022, 8, 1), dt.date(2040, 7, 31)
DAYS = st.dates(FIRST, LAST)
NOON = dt.time(12)


@pytest.fixture(scope="module")
def school() -> School:
    return School.seeded()


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, NOON)


Picture: TypeAlias = tuple[object, ...]


def picture(school: School) -> Picture:
    """All that a school shows on the day of its clock."""
    day, now = school.clock.today(), school.clock.local()
    some = list(school.leerlingen)[-5:]
    return (
        dict(school.leerlingen),
        dict(school.medewerkers),
        [(pupil.stamnummer, each.nummer) for pupil, each in school.pupils_on(day)],
        school.klassen,
        school.lesgroepen,
        [school.marks_of(each, now) for each in some],
        [school.absence_of(each, now) for each in some],
        [school.lessons_of(each, day, day) for each in some],
        school.results("JIJ", now),
        number_table(school),
        programme_table(school),
    )


@settings(max_examples=8)
@given(seed=st.integers(0, 99), way=st.lists(DAYS, max_size=3), day=DAYS)
def test_a_day_is_the_same_whatever_way_the_clock_took(seed: int, way: list[dt.date], day: dt.date) -> None:
    straight = School.seeded(seed, pupils=30, staff=6).at(VirtualClock(moment(day)))
    wandered = School.seeded(seed, pupils=30, staff=6)
    for step in way:
        wandered.clock.set(moment(step))
        picture(wandered)
    wandered.clock.set(moment(day))
    assert picture(wandered) == picture(straight)


def shown(pupil: Leerling, enrolment: Inschrijving) -> dict[ChangeKind, str | None]:
    return {
        ChangeKind.CHANGED_CLASS: enrolment.klas,
        ChangeKind.RENAMED: pupil.volledige_naam,
        ChangeKind.MOVED_HOUSE: pupil.adres.regel,
        ChangeKind.NUMBER_CHANGED: pupil.pgn,
    }


def pupils_of(school: School, day: dt.date) -> dict[int, dict[ChangeKind, str | None]]:
    view = school.at(VirtualClock(moment(day)))
    return {pupil.stamnummer: shown(pupil, each) for pupil, each in view.pupils_on(day)}


_OF_CLASS = {ChangeKind.MOVED_UP, ChangeKind.REPEATS, ChangeKind.CHANGED_STUDY, ChangeKind.CHANGED_CLASS}


def replay(before: dict[int, dict[ChangeKind, str | None]], changes: Iterable[Change]) -> dict[int, object]:
    """What the changes make of the pupils of a day; of who came only the class is known from the log."""
    known: dict[int, dict[ChangeKind, str | None]] = {number: dict(each) for number, each in before.items()}
    for each in changes:
        if each.person != "leerling":
            continue
        if each.kind is ChangeKind.CAME:
            known[each.stamnummer] = {ChangeKind.CHANGED_CLASS: each.after}
        elif each.kind is ChangeKind.LEFT:
            assert known.pop(each.stamnummer)[ChangeKind.CHANGED_CLASS] == each.before
        else:
            kind = ChangeKind.CHANGED_CLASS if each.kind in _OF_CLASS else each.kind
            if kind in known[each.stamnummer]:
                assert known[each.stamnummer][kind] == each.before
            known[each.stamnummer][kind] = each.after
    return dict(known)


@settings(max_examples=12)
@given(seed=st.integers(0, 20), days=st.tuples(DAYS, DAYS).map(sorted))
def test_the_log_of_changes_leads_from_one_day_to_any_later_one(seed: int, days: list[dt.date]) -> None:
    drawn = School.seeded(seed, pupils=40, staff=6)
    since, until = days
    came_to = replay(pupils_of(drawn, since), drawn.changes(since, until))
    truth = pupils_of(drawn, until)
    assert came_to.keys() == truth.keys()
    for number, seen in came_to.items():
        assert isinstance(seen, dict)
        assert seen.items() <= truth[number].items()


def test_the_log_of_staff_says_who_came_and_left(school: School) -> None:
    since, until = dt.date(2025, 11, 20), dt.date(2030, 11, 20)

    def present(day: dt.date) -> set[int]:
        staff = school.at(VirtualClock(moment(day))).medewerkers.values()
        return {each.stamnummer for each in staff if each.datum_uit is None}

    changes = [each for each in school.changes(since, until) if each.person == "medewerker"]
    came = {each.stamnummer for each in changes if each.kind is ChangeKind.CAME}
    left = {each.stamnummer for each in changes if each.kind is ChangeKind.LEFT}
    assert present(until) == (present(since) | came) - left
    assert {(each.day.month, each.day.day) for each in changes} == {(8, 1)}
    assert all(each.after == f"*{each.before}" for each in changes if each.kind is ChangeKind.LEFT)
    assert 10 < len(came) == len(left) < 40


def test_every_kind_of_change_happens_within_two_years_and_the_night_of_1_august_has_most(school: School) -> None:
    changes = school.changes(dt.date(2025, 11, 20), dt.date(2027, 11, 20))
    assert {each.kind for each in changes} == set(ChangeKind)
    by_day = Counter(each.day for each in changes)
    assert by_day.most_common(2)[1][1] > 200
    assert by_day.most_common(3)[2][1] < 10
    assert {day for day, _ in by_day.most_common(2)} == {dt.date(2026, 8, 1), dt.date(2027, 8, 1)}


def test_a_change_shows_nothing_of_a_person_when_it_is_printed(school: School) -> None:
    (renamed, *_) = [each for each in school.changes(dt.date(2025, 11, 20), dt.date(2027, 7, 1)) if each.after]
    assert renamed.after is not None
    assert renamed.after not in repr(renamed)


@pytest.mark.parametrize("year", [2026, 2030, 2045])
def test_classes_move_up_pupils_leave_and_come_and_the_school_keeps_its_size(school: School, year: int) -> None:
    before, after = (dict(listed(school, dt.date(year + turn, 10, 1))) for turn in (0, 1))
    stayed = before.keys() & after.keys()
    moved_up = [each for each in stayed if after[each].leerjaar == before[each].leerjaar + 1]
    assert 380 <= len(after) <= 400
    assert 0.8 * len(stayed) < len(moved_up) < len(stayed)
    assert 60 < len(before.keys() - after.keys()) < 260
    assert {each.nummer % 10 for number, each in after.items() if number not in before} <= {1, 2}


def listed(school: School, day: dt.date) -> list[tuple[int, Inschrijving]]:
    return [(pupil.stamnummer, each) for pupil, each in school.pupils_on(day)]


def test_numbers_of_enrolments_marks_absence_and_submissions_are_given_once() -> None:
    drawn = School.seeded(4, pupils=30, staff=10)
    drawn.clock.set(dt.datetime(2040, 11, 20))
    now = drawn.clock.local()
    pupils = drawn.leerlingen.values()
    for numbers in (
        [each.nummer for pupil in pupils for each in pupil.inschrijvingen],
        [each.cijfer_id for pupil in pupils for each in drawn.marks_of(pupil.stamnummer, now)],
        [each.nummer for pupil in pupils for each in drawn.absence_of(pupil.stamnummer, now)],
        [states[0].submission_nr for states in drawn.submissions("JIJ").values()],
        [states[0].submission_nr for states in drawn.submissions("TOA").values()],
    ):
        assert len(numbers) == len(set(numbers)) > 300


def test_personal_numbers_are_synthetic_and_ones_own_for_thirty_years_in_both_schools() -> None:
    with Sandbox(now=dt.datetime(2048, 11, 20)) as sandbox:
        people = [*sandbox.school.leerlingen.values(), *sandbox.primary.leerlingen.values()]
    numbers = [number for each in people for number in (each.pgn, each.vorige_pgn) if number]
    assert all(map(is_synthetic, numbers))
    assert len(numbers) == len(set(numbers)) > 2_500


def test_crebos_get_successors_that_the_table_of_programmes_knows(school: School) -> None:
    view = school.at(VirtualClock(dt.datetime(2031, 10, 1)))
    followed = defaultdict(set)
    for _, each in view.pupils_in("3132"):
        if each.studie.crebo:
            followed[each.studie.code].add(each.studie.crebo)
    known = {line.split(";")[0] for line in programme_table(view).decode("utf-8-sig").splitlines()[1:]}
    assert any(len(crebos) > 1 for crebos in followed.values())
    assert {crebo for crebos in followed.values() for crebo in crebos} - known == followed["OUD"]
    assert {each.crebo for each in view.studies if each.crebo} >= set().union(*followed.values())


def test_a_pupil_keeps_the_crebo_of_the_year_of_beginning(school: School) -> None:
    for pupil in school.at(VirtualClock(dt.datetime(2033, 10, 1))).leerlingen.values():
        crebos = {(each.studie.code, each.studie.crebo) for each in pupil.inschrijvingen}
        assert len(crebos) == len({code for code, _ in crebos})


@pytest.mark.parametrize("day", [dt.date(2026, 7, 31), dt.date(2026, 8, 1), dt.date(2028, 1, 2), dt.date(2041, 10, 4)])
def test_every_subject_has_a_teacher_and_no_lesson_two_in_any_year(school: School, day: dt.date) -> None:
    view = school.at(VirtualClock(moment(day)))
    period = view.lesperiode_on(day)
    assert period is not None
    taught = [(each.klas, vak.code) for number in view.medewerkers for each, vak in view.taught_by(number, period.code)]
    classes = {klas: each for (code, klas), each in view.klassen.items() if code == period.code}
    assert len(taught) == len(set(taught)) == sum(len(each.vakken) for each in classes.values())
    present = {each.code for each in view.medewerkers.values() if each.datum_uit is None}
    assert {each.mentor for each in classes.values()} <= present


def test_years_go_back_to_the_founding_and_as_early_as_it_is_wanted(school: School) -> None:
    assert [each.code for each in school.lesperioden] == ["2223", "2324", "2425", "2526"]
    assert not list(school.pupils_in("2627"))
    early = School.seeded(founded=1998)
    assert early.clock.today() == dt.date(2001, 11, 20)
    assert len(list(early.pupils_on(dt.date(2001, 11, 20)))) == len(list(school.pupils_on(dt.date(2025, 11, 20))))
    assert early.lesperiode_on(dt.date(1999, 12, 31)) == early.lesperioden[1]
    with Sandbox(founded=2010, now=dt.datetime(2012, 2, 1)) as sandbox:
        assert sandbox.edexml().count(b"<schooljaar>2011-2012</schooljaar>") == 1


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: Sandbox(now=dt.datetime(2022, 7, 31)), r"no data on 2022-07-31: .+ 1 August 2022 \(School\)"),
        (
            lambda: SandboxState(clock=VirtualClock(dt.datetime(2019, 1, 1))),
            r"Pass a later day, or an earlier year as founded=",
        ),
        (lambda: SandboxState().clock.set(dt.datetime(9995, 1, 1)), r"has no data after 9991 .+Pass an earlier day"),
        (lambda: Sandbox(pupils=0), r"at least one pupil"),
        (lambda: Sandbox(now=dt.date(2026, 8, 1)), r"takes a datetime, not a date .+Pass a datetime"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: Sandbox(founded=99), r"from 1900 to 9986 .+Pass such a year as founded="),
        (lambda: Sandbox(clock=VirtualClock(), now=dt.datetime(2026, 1, 1)), r"Pass clock= or now=, not both"),
        (lambda: School.seeded().changes(dt.date(2020, 1, 1)), r"founded on 1 August 2022"),
        (lambda: School.seeded().changes(dt.date(2026, 1, 1)), r"ends before it begins .+the earlier day as since"),
    ],
)
def test_a_time_that_cannot_be_is_told_in_words(ask: Callable[[], object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        ask()


def test_a_clock_that_may_not_go_somewhere_stays_where_it_was() -> None:
    with Sandbox(pupils=3, staff=3) as sandbox:
        with pytest.raises(UsageError, match="was founded"):
            sandbox.clock.set(dt.datetime(2020, 1, 1))
        assert sandbox.clock.now() == VirtualClock().now()


def test_what_was_written_stays_written_while_the_school_goes_on() -> None:
    with Sandbox(pupils=40, staff=6) as sandbox:
        school, number = sandbox.school, 10003
        school.replace(school.leerlingen[number], email="nieuw@example.invalid")
        del school.leerlingen[10004]
        before = len(school.leerlingen)
        sandbox.clock.set(dt.datetime(2026, 10, 1))
        assert school.leerlingen[number].email == "nieuw@example.invalid"
        assert len(school.leerlingen[number].inschrijvingen) > 0
        assert 10004 not in school.leerlingen
        assert len(school.leerlingen) > before
        assert not [pupil for pupil, _ in school.pupils_on(dt.date(2026, 10, 1)) if pupil.stamnummer == 10004]


def test_a_school_under_two_clocks_is_one_school() -> None:
    data = School.seeded(pupils=20, staff=6)
    with Sandbox(data=data) as now, Sandbox(data=data, now=dt.datetime(2029, 10, 1)) as later:
        now.school.replace(now.school.leerlingen[10001], roepnaam="Anders")
        assert later.school.leerlingen[10001].roepnaam == data.leerlingen[10001].roepnaam == "Anders"
        assert len(now.school.leerlingen) == 20 < len(later.school.leerlingen)


# -- the primary school ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2025, 2031])
def test_the_primary_school_has_years_1_to_8_in_combination_groups(year: int) -> None:
    school = School.primary()
    enrolled = [(pupil, each) for pupil, each in school.pupils_on(dt.date(year, 10, 1))]
    assert {each.leerjaar for _, each in enrolled} == set(range(1, 9))
    years = defaultdict(set)
    for _, each in enrolled:
        years[each.klas].add(each.leerjaar)
    assert {frozenset(each) for each in years.values()} >= {frozenset({1, 2}), frozenset({4, 5}), frozenset({6})}
    assert max(Counter(each.klas for _, each in enrolled).values()) <= 26
    for pupil, each in enrolled:
        assert each.leerjaar + 2 <= year - pupil.geboortedatum.year <= each.leerjaar + 5


@pytest.mark.parametrize(("combination", "codes"), [("split", 0), ("combined", 5)])
def test_its_edexml_file_writes_combination_groups_both_ways(combination: str, codes: int) -> None:
    with Sandbox() as sandbox:
        content = sandbox.edexml(primary=True, combination=combination)  # type: ignore[arg-type]  # from a table
    document = edexml.read(content)
    names = [each.naam for each in document.groepen]
    combined = [each for each in document.groepen if each.jaargroep is edexml.Jaargroep.COMBINATIE]
    assert (len(combined) > codes) if codes else (not combined and len(names) > len(set(names)))
    keys = {each.key: each.jaargroep for each in document.groepen}
    for pupil in document.leerlingen:
        assert pupil.groep is not None
        assert keys[pupil.groep] in {pupil.jaargroep, edexml.Jaargroep.COMBINATIE}
    assert document.school.brincode == "99PZ"


# -- a year of nights -----------------------------------------------------------------------------------------------


def test_the_edexml_file_of_every_night_says_what_the_log_says() -> None:
    school = School.seeded(pupils=60, staff=10)
    night, last = dt.date(2025, 11, 20), dt.date(2026, 11, 20)
    before = exported(school, night)
    while night < last:
        night += dt.timedelta(days=1)
        changes = school.changes(night - dt.timedelta(days=1), night)
        if not changes and night.day != 1:
            continue  # a night without a change is looked at once a month
        after = exported(school, night)
        diff = edexml.diff(before, after)
        of_pupils = [each for each in changes if each.person == "leerling"]
        for kind, found in ((ChangeKind.CAME, diff.added), (ChangeKind.LEFT, diff.left)):
            expected = {f"L-{each.stamnummer - 10_000:04}" for each in of_pupils if each.kind is kind}
            assert set(found.get("leerling", ())) == expected
        before = after


def exported(school: School, day: dt.date) -> edexml.Document:
    return edexml_document(school, VirtualClock(moment(day)))


def test_bsn_is_checked_in_later_years(school: School) -> None:
    pupils = [pupil for pupil, _ in school.pupils_on(dt.date(2033, 10, 1))]
    assert sum(1 for each in pupils if each.pgn and Bsn.is_valid(each.pgn)) > 350
