"""Three nights of two scripted schools with a table of each kind, loaded once for each database; the tests only read.

Night 1 brings what goes wrong: people who left, people who cannot be read, a new column, values that do not fit.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import attrs
import pytest

from magister_connect import edexml
from magister_connect.core.secrets import Secret
from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.errors import FieldInvalid, MagisterConnectError, NotPermitted, SnapshotStopped, UsageError
from magister_connect.identifiers import MagisterUserId
from magister_connect.login import StaticToken
from magister_connect.medius import Records, StaffMember
from magister_connect.results import Result, ResultsClient
from magister_connect.sandbox import Sandbox
from magister_connect.scim import ScimClient, User
from magister_connect.uwlr import NoData
from magister_connect.warehouse import MediusList, load, school_source
from tests.results.world import World
from tests.warehouse.conftest import KINDS, PSEUDONYMS, Warehouse, source, warehouses
from tests.warehouse.scripted import (
    DAY,
    NIGHT,
    NUMBERS,
    SECRET,
    Amount,
    Amounts,
    Scripted,
    history,
    key,
    pupils,
    table,
    tonight,
)

LISTS = (
    "stages",
    "Mijn lijst",
    "notities",
    MediusList(layout="absenties", key=("Nummer",), write="merge"),
    MediusList(layout="bedragen", to=Amount),
    MediusList(layout="vakken", key=("Vak",), write="merge"),
)
TOLD = "bel 999999999, of mail naam@school.example"
MENTOR = "Mentor Mentorsen"
PEOPLE = (
    pupils(range(1, 31)),
    pupils((*range(2, 28), 31), 29, 30, klas_3="4v", klas_4="4havo", klas_5="4havo", klas_6="4havo"),
    pupils((*range(1, 28), *range(29, 32)), klas_3="4v", klas_4="4havo", klas_5="4havo", klas_6="4havo"),
)


@attrs.frozen
class Accounts:
    client: ScimClient
    users: list[User]
    numbers: dict[str, str]


@pytest.fixture(scope="module")
def accounts() -> Iterator[Accounts]:
    with (
        Sandbox(pupils=12, staff=6) as school,
        ScimClient(school.scim_url, tokens=StaticToken(Secret(school.accounts.scim_token))) as scim,
    ):
        users = list(scim.users())
        yield Accounts(scim, users, {user.id: number for user in users if (number := scim.stamnummer(user))})


def result(number: str, **fields: Any) -> Result:
    return Result(product="TOA", instellingscode="X", submission_nr=number, **fields)


def answers(night: int) -> dict[str, Any]:
    """What the services of school 99ZZ answer in a night."""
    second = night > 0
    stages = (("Stamnr", "Crebo"), ("1", "01234"), ("2", "01234"))
    wider = (("Stamnr", "Crebo", "Stage.Bedrijf"), ("1", "01234", "007"), ("2", "01234", ""))
    odd = ("Stamnr", "Klas", "klas", "valid_to", "2e Vak", "Mentor")
    lists = {
        "stages": table(*(wider if second else stages)),
        "Mijn lijst": table(odd, ("1", "a", "b", "c", "d", MENTOR)),
        "notities": table(("Stamnr", "Stage"), ("1", TOLD)),
        "absenties": table(
            ("Stamnr", "Nummer", "Soort"), *((("1", "10", "Z"),) if second else (("1", "10", "A"), ("2", "11", "A")))
        ),
        "bedragen": Amounts({"1": ("1.5", "1E+40", "4.5")[night], "2": "3.5" if second else "2.5"}),
        "vakken": table(("Stamnr", "Vak"), ("1", "wi")),
    }
    medius = Scripted(
        PEOPLE[night],
        lists,
        Records([StaffMember("101", code="GEHM", oude_personeelscode="mgehe", functie_omschr="docent")]),
        {str(each): ["wi"] if second and each == 2 else ["wi", "ne"] for each in range(2, 6)},
        ("5",) if night == 1 else (),
    )
    leerling = edexml.Leerling("1", groep="a", etniciteit="Zandbaks")  # type: ignore[arg-type]  # shown nowhere
    document = edexml.Document(edexml.School("2025-2026", brincode="99ZZ"), leerlingen=(leerling,))
    told = result("9", stamnummer="0012", level_raw="2F" if second else "1F")
    unfit = result("7", stamnummer="12", score=Decimal("1E+40"))
    return {
        "medius": medius,
        "uwlr": NoData if second else document,
        "results": [told] if second else [told, unfit, result("8", stamnummer="12", level_raw="a\x00b\ud800")],
        "reveal": {"employees": ["code", "stamnummer"]} if second else {},
        "leave_out": {"employees": ["functie_omschr"]},
    }


def three_nights(warehouse: Warehouse, scim: ScimClient) -> Warehouse:
    tables = ["students", "employees", "student_subjects"]
    for night in range(3):
        tonight(
            warehouse,
            night=night,
            medius_tables=tables,
            lists=LISTS,
            on_unreadable="keep",
            scim=None if night else scim,
            **answers(night),
        )
        if night < 2:
            neighbour: Any = Scripted(
                pupils(range(1, 31 - night), *([30] if night else [])),
                {"vakken": table(("Stamnr", "Vak"), ("1", "wi"))},
            )
            nightly = school_source(
                "99YY",
                pseudonyms=PSEUDONYMS,
                medius=neighbour,
                medius_tables=["students"],
                lists=LISTS[-1:],
                on_unreadable="keep",
                at=NIGHT + night * DAY,
            )
            load(warehouse.pipeline(), nightly)
    return warehouse


@pytest.fixture(scope="module", params=KINDS)
def nights(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: Callable[[], str],
    accounts: Accounts,
) -> Iterator[Warehouse]:
    for warehouse in warehouses(request.param, tmp_path_factory.mktemp("nights"), postgres_server):
        yield three_nights(warehouse, accounts.client)


# -- the history of persons -------------------------------------------------------------------------------------------


def test_changes_and_leavers_close_rows_and_all_others_stay_open(nights: Warehouse) -> None:
    """Rows of whom nothing could be read stay open, and a renamed class is one change for each of its pupils."""
    rows = [(NUMBERS[one], *rest) for school, one, *rest in history(nights, "school, stamnummer_key, klas", "students")
            if school == "99ZZ"]  # fmt: skip
    changed = {"3": "4v", "4": "4havo", "5": "4havo", "6": "4havo"}
    stayed = {str(each) for each in range(2, 31)} - {"28", *changed}
    expected: list[tuple[object, ...]] = [(each, "4h", 0, None) for each in stayed]
    expected += [row for each, new in changed.items() for row in ((each, "4h", 0, 1), (each, new, 1, None))]
    expected += [("1", "4h", 0, 1), ("1", "4h", 2, None), ("28", "4h", 0, 1), ("31", "4h", 1, None)]
    assert sorted(rows, key=repr) == sorted(expected, key=repr)


def test_of_whom_the_rows_do_not_come_the_rows_stay_open(nights: Warehouse) -> None:
    found = [row for row in history(nights, "stamnummer_key, vak", "student_subjects") if row[0] in {key(2), key(5)}]
    expected = [(key(2), "ne", 0, 1), (key(2), "wi", 0, None), (key(5), "ne", 0, None), (key(5), "wi", 0, None)]
    assert found == sorted(expected, key=repr)


def test_what_could_not_be_read_is_told_by_place_path_and_reason(nights: Warehouse) -> None:
    told = nights.rows(
        "SELECT table_name, place, path, reason FROM {}.unreadable WHERE school = '99ZZ' ORDER BY table_name, place"
    )
    dates = [(f"Leerlingen, row {each}", "geb_datum_str", "A date was expected") for each in (29, 30)]
    digits = "The column holds at most 29 digits before the point"
    assert told == [
        ("bedragen", "row 1", "bedrag", digits),
        ("results", "row 2", "score", digits),
        *(("student_subjects", *each) for each in dates),
        ("student_subjects", "student_subjects, person 4", "", "no right to this person"),
        *(("students", *each) for each in dates),
    ]


def test_codes_of_staff_hold_parts_of_names_and_come_only_when_named(nights: Warehouse) -> None:
    rows = history(nights, "has_left, code, stamnummer", "employees")
    assert rows == [(False, "GEHM", "101", 1, None), (False, None, None, 0, 1)]
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'employees'"
    names = {name for (name,) in nights.rows(columns)}
    assert not names & {"oude_personeelscode", "functie_omschr"}, "not named, and left out"


def test_no_data_changes_nothing_and_descent_stays_behind(nights: Warehouse) -> None:
    assert history(nights, "groep", "uwlr_leerlingen") == [("a", 0, None)]
    assert "Zandbaks" not in nights.everything()


def test_accounts_come_without_names_and_join_by_the_stamnummer(nights: Warehouse, accounts: Accounts) -> None:
    found = dict(nights.rows("SELECT id_key, stamnummer_key FROM {}.accounts WHERE valid_to IS NULL"))
    expected = {user.id: PSEUDONYMS.of(MagisterUserId(user.id, scope="99ZZ")) for user in accounts.users}
    assert set(found) == set(expected.values())
    assert accounts.numbers
    for each, number in accounts.numbers.items():
        assert found[expected[each]] == key(number)


def test_names_and_addresses_of_nobody_are_in_any_table(nights: Warehouse, accounts: Accounts) -> None:
    texts = ("id", "user_name", "display_name", "external_id")
    secrets = {text for user in accounts.users for name in texts if (text := getattr(user, name))}
    secrets |= {each.value for user in accounts.users for each in user.emails if each.value}
    secrets |= {SECRET, MENTOR, "1@x.nl"}
    everything = nights.everything()
    assert [each for each in secrets if f"'{each}'" in everything] == []


# -- lists ------------------------------------------------------------------------------------------------------------


def test_a_new_column_of_a_list_changes_those_only_who_have_a_value_in_it(nights: Warehouse) -> None:
    assert history(nights, "crebo, stage_bedrijf", "stages") == [
        ("01234", "007", 1, None),
        ("01234", None, 0, 1),
        ("01234", None, 0, None),
    ]


def test_columns_of_any_name_come_under_names_of_their_own(nights: Warehouse) -> None:
    rows = history(nights, "klas, klas_1, valid_to_1, c_2e_vak", "mijn_lijst")
    assert rows == [("a", "b", "c", "d", 0, None)]


def test_what_looks_like_a_number_or_an_address_is_masked_in_texts(nights: Warehouse) -> None:
    ((text,),) = nights.rows("SELECT stage FROM {}.notities")
    assert text.startswith("bel ")
    everything = nights.everything()
    assert [each for each in ("999999999", "naam@school.example") if each in everything] == []


def test_a_list_that_is_merged_by_its_key_loses_nothing(nights: Warehouse) -> None:
    found = nights.rows("SELECT soort, nummer_key LIKE 'k1:%' FROM {}.absenties ORDER BY soort")
    assert found == [("A", True), ("Z", True)]


def test_a_value_that_no_database_can_hold_costs_its_own_row(nights: Warehouse) -> None:
    """Who is uncertain keeps the open row, until the next value that fits."""
    rows = [(float(amount), *period) for amount, *period in history(nights, "bedrag", "bedragen")]
    assert sorted(rows) == [(1.5, 0, 2), (2.5, 0, 1), (3.5, 1, None), (4.5, 2, None)]


def test_results_are_merged_by_their_submission_and_odd_characters_are_replaced(nights: Warehouse) -> None:
    found = nights.rows("SELECT level_raw, stamnummer_key FROM {}.results ORDER BY level_raw")
    assert found == [("2F", key(12)), ("a\ufffdb\ufffd", key(12))]


# -- two schools in one dataset ---------------------------------------------------------------------------------------


def test_two_schools_in_one_dataset_close_nothing_of_each_other(nights: Warehouse) -> None:
    rows = [row for row in history(nights, "school, stamnummer_key", "students") if row[0] == "99YY"]
    expected = [("99YY", key(each, "99YY"), 0, None) for each in range(1, 31)]
    assert rows == sorted(expected, key=repr), "30 cannot be read, and stays"
    assert nights.rows("SELECT school, vak FROM {}.vakken ORDER BY 1") == [("99YY", "wi"), ("99ZZ", "wi")]
    assert nights.rows("SELECT count(*) FROM {}.unreadable WHERE school = '99YY'") == [(1,)]


# -- what stops a load ------------------------------------------------------------------------------------------------

TOO_MUCH = {"lists": [MediusList(layout="bedragen", to=Amount)]}


@pytest.mark.parametrize(
    ("medius", "options", "error", "words"),
    [
        (Scripted(PEOPLE[1]), {}, FieldInvalid, "A date was expected"),
        (Scripted(lists={"bedragen": Amounts({"1": "1E+40"})}), TOO_MUCH, FieldInvalid, "29 digits"),
        (Scripted(lists={"bedragen": Amounts({"1": "NaN"})}), TOO_MUCH, FieldInvalid, "29 digits"),
        (
            Scripted(pupils([1, 2]), refused=("2",)),
            {"medius_tables": ["student_subjects"]},
            NotPermitted,
            "no right to this person",
        ),
    ],
    ids=["a row", "a number", "no number", "a person"],
)
def test_what_cannot_be_read_or_stored_stops_the_load_unless_it_is_kept_apart(
    duckdb_warehouse: Warehouse,
    medius: Scripted,
    options: dict[str, Any],
    error: type[MagisterConnectError],
    words: str,
) -> None:
    with pytest.raises(error, match=words) as refusal:
        tonight(duckdb_warehouse, medius, **options)
    assert [each for each in ("1E+40", "NaN") if each in str(refusal.value)] == []
    ours = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'school'"
    assert [name for (name,) in duckdb_warehouse.rows(ours) if not name.startswith("_dlt")] == []


def test_another_key_or_audience_stops_the_load_of_every_kind_of_table(duckdb_warehouse: Warehouse) -> None:
    """Results are merged by pseudonyms: another key would bring each of them twice, and no guard would see it."""
    read = [result("7", stamnummer="12")]
    load(duckdb_warehouse.pipeline(), source(results=read))
    other_key = Pseudonymiser(b"x" * 32, key_id="k1", audience=PSEUDONYMS.audience)
    other_audience = Pseudonymiser(b"a key of the tests, 32 bytes long", key_id="k1", audience=Audience("other"))
    students = {"medius": Scripted(pupils([1])), "medius_tables": ["students"]}
    for other, given in ((other_key, {"results": read}), (other_audience, students)):
        with pytest.raises(UsageError, match="another key") as stop:
            load(duckdb_warehouse.pipeline(), source(pseudonyms=other, **given))
        assert "use a new dataset" in str(stop.value)
    assert duckdb_warehouse.rows("SELECT count(*) FROM {}.results") == [(1,)]


# -- results of a service ---------------------------------------------------------------------------------------------

AUTUMN = dt.datetime(2025, 11, 20, 10, tzinfo=dt.UTC)
WITHDRAWN = """SELECT r.submission_nr_key FROM {}.results r JOIN {}.result_years y
USING (product, instellingscode, school_year) WHERE r.last_seen_at < y.read_whole_at"""


def results_of(warehouse: Warehouse, client: ResultsClient, day: int, **options: Any) -> None:
    options = {"from_school_year": "2025-2026", "on_unreadable": "keep", "reread": dt.timedelta(), **options}
    load(warehouse.pipeline(), source(results=client, at=AUTUMN + day * DAY, **options))


def test_a_withdrawn_result_stays_and_a_gap_withdraws_nothing(duckdb_warehouse: Warehouse) -> None:
    world = World(paging="offset", page_size=30)
    world.fill(20)
    client = world.client()
    results_of(duckdb_warehouse, client, 0)
    assert duckdb_warehouse.rows(WITHDRAWN) == []
    world.withdraw(103)
    world.change(105, dt.datetime(2025, 9, 10, 9), score="90,5")
    world.service.damaged[105] = {"score": "8l,5"}
    with pytest.raises(FieldInvalid, match="on_unreadable"):
        results_of(duckdb_warehouse, client, 1, on_unreadable="raise")
    results_of(duckdb_warehouse, client, 1)
    assert duckdb_warehouse.rows(WITHDRAWN) == [], "a reading with a gap proves nothing"
    assert "8l,5" not in duckdb_warehouse.everything()
    assert duckdb_warehouse.rows("SELECT table_name, path FROM {}.unreadable") == [("results", "result[18]/score")]
    world.service.damaged.clear()
    results_of(duckdb_warehouse, client, 2, reread=None)
    mended = "SELECT count(*) FROM {}.results WHERE score = 90.5"
    assert duckdb_warehouse.rows(mended) == [(1,)], "the gap was asked for again"
    results_of(duckdb_warehouse, client, 3)
    assert len(duckdb_warehouse.rows(WITHDRAWN)) == 1
    assert duckdb_warehouse.rows("SELECT count(*) FROM {}.results") == [(20,)]
    world.withdraw(*range(104, 118))
    with pytest.raises(SnapshotStopped):
        results_of(duckdb_warehouse, client, 4)
