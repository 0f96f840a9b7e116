"""A school with three odd rows among 2,000 is synchronised every night, and a report names the three."""

import datetime as dt
from collections.abc import Iterable, Mapping

import pytest

from magister_connect.core.drivers import NO_RETRIES
from magister_connect.core.records.unreadable import UnreadableRecordWarning
from magister_connect.errors import SnapshotStopped
from magister_connect.medius import Records, Student
from magister_connect.store import Store
from magister_connect.testing import Script, medius_session, medius_table
from tests.medius.conftest import Connect

MONDAY = dt.datetime(2025, 11, 3, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SCHOOL = range(10_001, 12_001)
A_DAY, A_WORD, A_NUMBER = {"geb_datum_str": "31-02-2010"}, {"Tel._1_geheim": "misschien"}, {"stamnr_str": "n.v.t."}
READABLE = {10_003: A_DAY, 10_004: A_WORD}
THREE = {**READABLE, 10_005: A_NUMBER}


class Job:
    """What a user writes, and the services that it meets."""

    def __init__(self, connect: Connect) -> None:
        self.connect, self.store = connect, Store("sqlite://", key=Store.generate_key())

    def read(self, pupils: Iterable[int], odd: Mapping[int, Mapping[str, str]], moved: int = 0) -> Records[Student]:
        rows: list[dict[str, object]] = [
            {"stamnr_str": each, "Klas": "5h" if each == moved else "4h", "geb_datum_str": "", **odd.get(each, {})}
            for each in pupils
        ]
        script = Script()
        script.add(medius_session())
        script.add(medius_table(rows))
        medius = self.connect("https://school.invalid", http=self.connect.scripted(script), retries=NO_RETRIES)
        found: Records[Student] = medius.students(on_unreadable="keep")
        return found

    def night(
        self, at: dt.datetime, pupils: Iterable[int], odd: Mapping[int, Mapping[str, str]], moved: int = 0
    ) -> list[str]:
        students = self.read(pupils, odd, moved)
        night = self.store.snapshots.compare("99ZZ", students, at=at)
        report = [str(each) for each in students.unreadable]
        if night.diff is not None and night.age is not None:
            report.append(f"since {night.age.days} days: {night.diff!r}")
            report += [f"came: {each.stamnummer}" for each in night.diff.added]
            report += [f"left: {each.stamnummer}" for each in night.diff.left]
            report += [f"missing: {number}" for number in sorted(each.stamnummer for each in night.diff.unsure)]
            others = [each for each in night.diff.changed if "klas" in each.columns]
            report += [f"moved: {each.after[0].stamnummer} to {each.after[0].klas}" for each in others]
        self.store.snapshots.keep("99ZZ", students, at=at)
        return report


PLACE = "ADFuncties.GetActiveStudents, row"
NAMED = [
    f"{PLACE} 3, column geb_datum_str: A date that exists was expected",
    f"{PLACE} 4, column Tel._1_geheim: True or false was expected",
]
NAMELESS = f"{PLACE} 5, column stamnr_str: A whole number was expected"


@pytest.fixture
def job(connect: Connect) -> Job:
    return Job(connect)


@pytest.mark.filterwarnings("ignore::magister_connect.core.records.unreadable.UnreadableRecordWarning")
def test_three_odd_rows_among_two_thousand_cost_no_night(job: Job) -> None:
    assert job.night(MONDAY, SCHOOL, {}) == []
    assert job.night(MONDAY + DAY, SCHOOL, THREE) == [
        *NAMED,
        NAMELESS,
        "since 1 days: <TableDiff: 0 added, 0 left, 0 changed, 1 unsure>",
        "missing: 10005",
    ]
    # the job does not run for a week; somebody came, somebody left, somebody moved
    later = [each for each in (*SCHOOL, 12_001) if each != 10_009]
    assert job.night(MONDAY + 8 * DAY, later, THREE, moved=10_010) == [
        *NAMED,
        NAMELESS,
        "since 7 days: <TableDiff: 1 added, 0 left, 1 changed, 2 unsure>",
        "came: 12001",
        "missing: 10005",
        "missing: 10009",
        "moved: 10010 to 5h",
    ]
    # the row without a number is corrected: now it is sure who left
    assert job.night(MONDAY + 9 * DAY, later, READABLE, moved=10_010) == [
        *NAMED,
        "since 1 days: <TableDiff: 0 added, 1 left, 0 changed>",
        "left: 10009",
    ]
    # somebody who could not be read for a week leaves
    gone = [each for each in later if each != 10_003]
    assert job.night(MONDAY + 10 * DAY, gone, {}, moved=10_010) == [
        "since 1 days: <TableDiff: 0 added, 1 left, 0 changed>",
        "left: 10003",
    ]
    with pytest.raises(SnapshotStopped, match="101 of 1999 records are gone"):
        job.night(MONDAY + 11 * DAY, gone[101:], {}, moved=10_010)


def test_each_of_the_three_is_told_once_and_shows_nobody(job: Job) -> None:
    with pytest.warns(UnreadableRecordWarning) as seen:
        students = job.read(SCHOOL, THREE)
    assert [len(students), len(students.unreadable), len(seen)] == [1997, 3, 3]
    assert isinstance(students[0], Student)
    assert "31-02-2010" not in "".join(str(each.message) for each in seen) + repr(students.unreadable)


@pytest.mark.filterwarnings("ignore::magister_connect.core.records.unreadable.UnreadableRecordWarning")
def test_somebody_who_was_unreadable_on_the_first_night_comes_when_the_row_is_right(job: Job) -> None:
    job.night(MONDAY, SCHOOL, READABLE)
    assert job.night(MONDAY + DAY, SCHOOL, {})[1:] == ["came: 10003", "came: 10004"]
