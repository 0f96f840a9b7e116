"""Tables one by one: accounts, rows for each person, results that go, and two schools side by side."""

import datetime as dt
from typing import Any

import attrs
import pytest

from magister_connect.core.secrets import Secret
from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.errors import FieldInvalid, NotPermitted, SnapshotStopped, UsageError
from magister_connect.identifiers import MagisterUserId, Stamnummer
from magister_connect.login import StaticToken
from magister_connect.medius import PersonResult, Records, StaffMember, StudentSubject
from magister_connect.results import Result
from magister_connect.sandbox import Sandbox
from magister_connect.scim import ScimClient
from magister_connect.warehouse import MediusList, load, school_source
from tests.results.world import World
from tests.warehouse.conftest import PSEUDONYMS, Warehouse, source
from tests.warehouse.scripted import DAY, NIGHT, Scripted, closed_rows, open_rows, pupils, table, tonight

# -- accounts ---------------------------------------------------------------------------------------------------------


def test_accounts_come_without_names_and_join_by_the_stamnummer(duckdb_warehouse: Warehouse) -> None:
    with Sandbox(pupils=12, staff=6) as school:
        tokens = StaticToken(Secret(school.accounts.scim_token))
        with ScimClient(school.scim_url, tokens=tokens) as scim:
            users = list(scim.users())
            numbers = {user.id: number for user in users if (number := scim.stamnummer(user))}
            load(duckdb_warehouse.pipeline(), source(scim=scim, at=NIGHT))
    found = dict(duckdb_warehouse.rows("SELECT id_key, stamnummer_key FROM {}.accounts WHERE valid_to IS NULL"))
    expected = {user.id: PSEUDONYMS.of(MagisterUserId(user.id, scope="99ZZ")) for user in users}
    assert set(found) == set(expected.values())
    assert numbers
    for each, number in numbers.items():
        assert found[expected[each]] == PSEUDONYMS.of(Stamnummer(number, scope="99ZZ"))
    everything = duckdb_warehouse.everything()
    texts = ("id", "user_name", "display_name", "external_id")
    secrets = {text for user in users for name in texts if (text := getattr(user, name))}
    secrets |= {each.value for user in users for each in user.emails if each.value}
    assert [each for each in secrets if f"'{each}'" in everything] == []


# -- rows for each person ---------------------------------------------------------------------------------------------


@attrs.define
class PerPerson(Scripted):
    """A Medius with subjects of pupils; ``refused`` are those of whom it answers with an error."""

    subjects: dict[str, list[str]] = attrs.field(factory=dict)
    refused: tuple[str, ...] = ()

    def student_subjects_of(self, numbers: list[str], *_: object, **__: object) -> list[PersonResult[StudentSubject]]:
        return [
            PersonResult(each, Records([]), NotPermitted("no right to this person"))
            if each in self.refused
            else PersonResult(each, Records([StudentSubject(each, vak) for vak in self.subjects.get(each, ())]))
            for each in numbers
        ]


def test_of_whom_the_rows_do_not_come_the_rows_stay_open(duckdb_warehouse: Warehouse) -> None:
    subjects = {str(each): ["wi", "ne"] for each in range(1, 6)}
    options: dict[str, Any] = {"medius_tables": ["student_subjects"], "on_unreadable": "keep"}
    tonight(duckdb_warehouse, PerPerson(pupils(range(1, 6)), subjects=subjects), **options)
    later = PerPerson(pupils(range(1, 6)), subjects={**subjects, "2": ["wi"]}, refused=("5",))
    with pytest.raises(NotPermitted):
        tonight(duckdb_warehouse, later, 1, medius_tables=["student_subjects"])
    tonight(duckdb_warehouse, later, 1, **options)
    found = duckdb_warehouse.rows("SELECT stamnummer_key, vak FROM {}.student_subjects WHERE valid_to IS NOT NULL")
    assert found == [(PSEUDONYMS.of(Stamnummer("2", scope="99ZZ")), "ne")]
    told = duckdb_warehouse.rows("SELECT school, table_name, place, reason FROM {}.unreadable")
    assert told == [("99ZZ", "student_subjects", "student_subjects, person 5", "no right to this person")]


# -- results ----------------------------------------------------------------------------------------------------------

WITHDRAWN = """SELECT r.submission_nr_key FROM {}.results r JOIN {}.result_years y
USING (product, instellingscode, school_year) WHERE r.last_seen_at < y.read_whole_at"""


def results_of(warehouse: Warehouse, world: World, day: int, **options: Any) -> None:
    options = {"from_school_year": "2025-2026", "on_unreadable": "keep", "reread": dt.timedelta(), **options}
    load(warehouse.pipeline(), source(results=world.client(), at=world.clock() + day * DAY, **options))


def test_a_withdrawn_result_stays_and_is_found_by_when_it_was_last_seen(duckdb_warehouse: Warehouse) -> None:
    world = World(paging="offset", page_size=30)
    world.fill(20)
    results_of(duckdb_warehouse, world, 0)
    assert duckdb_warehouse.rows(WITHDRAWN) == []
    world.withdraw(103)
    results_of(duckdb_warehouse, world, 1)
    assert len(duckdb_warehouse.rows(WITHDRAWN)) == 1
    assert duckdb_warehouse.rows("SELECT count(*) FROM {}.results") == [(20,)]
    world.withdraw(*range(104, 118))
    with pytest.raises(SnapshotStopped):
        results_of(duckdb_warehouse, world, 2)


def test_a_reading_with_a_gap_keeps_its_checkpoint_and_withdraws_nothing(duckdb_warehouse: Warehouse) -> None:
    world = World(paging="offset", page_size=30)
    world.fill(5)
    results_of(duckdb_warehouse, world, 0)
    world.service.damaged[102] = {"score": "8l,5"}
    with pytest.raises(FieldInvalid, match="on_unreadable"):
        results_of(duckdb_warehouse, world, 1, on_unreadable="raise")
    results_of(duckdb_warehouse, world, 1)
    assert duckdb_warehouse.rows(WITHDRAWN) == []
    assert "8l,5" not in duckdb_warehouse.everything()
    assert duckdb_warehouse.rows("SELECT table_name, path FROM {}.unreadable") == [("results", "result[2]/score")]
    world.service.damaged.clear()
    results_of(duckdb_warehouse, world, 2, reread=None)
    seen = "SELECT count(DISTINCT last_seen_at), count(*) FROM {}.results"
    assert duckdb_warehouse.rows(seen) == [(1, 5)], "the gap was asked for again"


# -- approvals --------------------------------------------------------------------------------------------------------


@attrs.define
class WithStaff(Scripted):
    staff: Records[StaffMember] = attrs.field(factory=lambda: Records([]))

    def employees(self, **_: object) -> Records[StaffMember]:
        return self.staff


def staff(count: int) -> Records[StaffMember]:
    return Records([StaffMember(str(100 + each)) for each in range(count)])


def test_each_table_is_approved_for_itself_and_nothing_is_loaded_until_all_are(duckdb_warehouse: Warehouse) -> None:
    options: dict[str, Any] = {"medius_tables": ["students", "employees"]}
    tonight(duckdb_warehouse, WithStaff(pupils(range(1, 31)), staff=staff(30)), **options)
    fewer = WithStaff(pupils(range(1, 11)), staff=staff(10))
    approvals: list[str] = []
    for name in ("students", "employees"):
        with pytest.raises(SnapshotStopped, match=name) as stop:
            tonight(duckdb_warehouse, fewer, 1, approvals=approvals, **options)
        assert closed_rows(duckdb_warehouse) == 0
        approvals.append(stop.value.approval)
    tonight(duckdb_warehouse, fewer, 1, approvals=approvals, **options)
    counts = "SELECT count(*) FROM {}.%s WHERE valid_to IS NOT NULL"
    assert [duckdb_warehouse.rows(counts % name) for name in options["medius_tables"]] == [[(20,)], [(20,)]]


def test_codes_of_staff_hold_parts_of_names_and_come_only_when_named(duckdb_warehouse: Warehouse) -> None:
    people = Records([StaffMember("101", code="GEHM", oude_personeelscode="mgehe")])
    options: dict[str, Any] = {"medius_tables": ["employees"]}
    tonight(duckdb_warehouse, WithStaff(staff=people), **options)
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'employees'"
    names = {name for (name,) in duckdb_warehouse.rows(columns)}
    assert {"stamnummer_key", "has_left"} <= names
    assert not names & {"code", "oude_personeelscode", "stamnummer"}
    tonight(duckdb_warehouse, WithStaff(staff=people), 1, reveal={"employees": ["code"]}, **options)
    current = "SELECT code FROM {}.employees WHERE valid_to IS NULL"
    assert duckdb_warehouse.rows(current) == [("GEHM",)]


def test_an_approved_reading_of_nothing_closes_with_the_next_rows(duckdb_warehouse: Warehouse) -> None:
    tonight(duckdb_warehouse, Scripted(pupils(range(1, 4))))
    with pytest.raises(SnapshotStopped) as stop:
        tonight(duckdb_warehouse, Scripted(pupils([])), 1)
    tonight(duckdb_warehouse, Scripted(pupils([])), 1, approvals=[stop.value.approval])
    assert closed_rows(duckdb_warehouse) == 0
    tonight(duckdb_warehouse, Scripted(pupils([3])), 2)
    assert (set(open_rows(duckdb_warehouse)), closed_rows(duckdb_warehouse)) == ({"3"}, 2)


# -- two schools, another key -----------------------------------------------------------------------------------------


def test_two_schools_in_one_dataset_close_nothing_of_each_other(warehouse: Warehouse) -> None:
    columns = ("Stamnr", "Vak")
    wanted = MediusList(layout="vakken", key=("Vak",), write="merge")
    for night, last in enumerate((30, 29)):
        for school in ("99ZZ", "99YY"):
            medius: Any = Scripted(pupils(range(1, last + 1), last + 1), {"vakken": table(columns, (school[2:], "wi"))})
            nightly = school_source(
                school,
                pseudonyms=PSEUDONYMS,
                medius=medius,
                lists=[wanted],
                medius_tables=["students"],
                on_unreadable="keep",
                at=NIGHT + night * DAY,
            )
            load(warehouse.pipeline(), nightly)
    counts = "SELECT school, count(*), count(valid_to) FROM {}.students GROUP BY school ORDER BY school"
    assert warehouse.rows(counts) == [("99YY", 30, 0), ("99ZZ", 30, 0)], "30 cannot be read, and stays"
    assert warehouse.rows("SELECT school, vak FROM {}.vakken ORDER BY 1") == [("99YY", "wi"), ("99ZZ", "wi")]
    assert warehouse.rows("SELECT school, count(*) FROM {}.unreadable GROUP BY 1 ORDER BY 1") == [
        ("99YY", 2),
        ("99ZZ", 2),
    ]


def test_another_key_or_audience_stops_the_load_of_every_kind_of_table(duckdb_warehouse: Warehouse) -> None:
    """Results are merged by pseudonyms: another key would bring each of them twice, and no guard would see it."""
    read = [Result(product="TOA", instellingscode="X", submission_nr="7", stamnummer="12")]
    load(duckdb_warehouse.pipeline(), source(results=read))
    other_key = Pseudonymiser(b"x" * 32, key_id="k1", audience=PSEUDONYMS.audience)
    other_audience = Pseudonymiser(b"a key of the tests, 32 bytes long", key_id="k1", audience=Audience("other"))
    students = {"medius": Scripted(pupils([1])), "medius_tables": ["students"]}
    for other, given in ((other_key, {"results": read}), (other_audience, students)):
        with pytest.raises(UsageError, match="another key") as stop:
            load(duckdb_warehouse.pipeline(), source(pseudonyms=other, **given))
        assert "use a new dataset" in str(stop.value)
    assert duckdb_warehouse.rows("SELECT count(*) FROM {}.results") == [(1,)]


def test_a_renamed_class_is_one_change_for_each_of_its_pupils(duckdb_warehouse: Warehouse) -> None:
    for night, name in enumerate(("4h", "4havo")):
        renamed = {f"klas_{each}": name for each in range(1, 4)}
        tonight(duckdb_warehouse, Scripted(pupils(range(1, 6), **renamed)), night)
    assert (open_rows(duckdb_warehouse)["1"], open_rows(duckdb_warehouse)["5"]) == ("4havo", "4h")
    assert closed_rows(duckdb_warehouse) == 3
