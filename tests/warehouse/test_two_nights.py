"""Two nights of a simulated school in each database, judged by the log of what changed at the school."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator

import attrs
import pytest

from magister_connect import edexml
from magister_connect.core.snapshots import Guard
from magister_connect.crosswalk import links_from_edexml
from magister_connect.crosswalk.table import Crosswalk
from magister_connect.identifiers import Stamnummer, UwlrKey
from magister_connect.medius import MediusClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Change, ChangeKind, Sandbox, School
from magister_connect.warehouse import Loaded, load
from tests.warehouse.conftest import KINDS, PSEUDONYMS, Warehouse, source, warehouses

DATA = School.seeded(pupils=40, staff=8)
BEFORE_SUMMER = dt.datetime(2026, 6, 20, 3)
DAYS = 90
INVISIBLE = {ChangeKind.RENAMED, ChangeKind.MOVED_HOUSE, ChangeKind.NUMBER_CHANGED}


@attrs.frozen
class Nights:
    warehouse: Warehouse
    loaded: list[Loaded]
    school: School
    moments: list[dt.datetime]
    changes: list[Change]
    names: set[str]


@pytest.fixture(scope="module", params=KINDS)
def nights(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: Callable[[], str]
) -> Iterator[Nights]:
    folder = tmp_path_factory.mktemp("nights")
    for warehouse in warehouses(request.param, folder, postgres_server):
        yield two_nights(warehouse)


def two_nights(warehouse: Warehouse) -> Nights:
    loaded, moments = [], []
    with (
        Sandbox(data=DATA, now=BEFORE_SUMMER) as school,
        MediusClient(
            school.medius_url, username=school.medius_username, password=school.medius_password, allow_http=True
        ) as medius,
        ResultsClient(
            school.results_wsdl,
            product="JIJ",
            instellingscode=school.instellingscode,
            soap_key=school.results_key,
            clock=school.clock,
        ) as results,
    ):
        names = {name for each in medius.students() for name in (each.volledige_naam, each.email, each.adres) if name}
        first, crosswalk = school.clock.today(), Crosswalk([], cardinality="n:m")
        for _ in range(2):
            document = edexml.read(school.edexml_path)
            scope = UwlrKey.document_scope("99ZZ", "00", document.school.schooljaar)
            crosswalk = crosswalk.with_links(links_from_edexml(document.leerlingen, scope=scope))
            nightly = source(
                medius=medius,
                lists=["platform-inschrijvingen", "platform-absenties"],
                results=results,
                from_school_year="2025-2026",
                reread=None,
                edexml=document,
                crosswalk=crosswalk,
                guard=Guard(share=0.8),  # after the summer many are gone
                at=school.clock(),
            )
            loaded.append(load(warehouse.pipeline(), nightly))
            moments.append(school.clock())
            school.clock.advance(days=DAYS)
        changes = [each for each in DATA.changes(first, moments[1].date()) if each.person == "leerling"]
        return Nights(warehouse, loaded, school.school, moments, changes, names)


def key_of(stamnummer: int) -> str:
    return PSEUDONYMS.of(Stamnummer(str(stamnummer), scope="99ZZ"))


def test_the_history_of_pupils_is_that_of_the_log(nights: Nights) -> None:
    """Over the summer every row changes: it names the school year."""
    by_pupil = defaultdict[int, list[Change]](list)
    for each in nights.changes:
        by_pupil[each.stamnummer] += [each] if each.kind not in INVISIBLE else []
    assert {each.kind for each in nights.changes} >= {ChangeKind.CAME, ChangeKind.LEFT, ChangeKind.MOVED_UP}
    before = {key_of(number): found[0].before for number, found in by_pupil.items() if found and found[0].before}
    after = {key_of(number): found[-1].after for number, found in by_pupil.items() if found and found[-1].after}
    found = nights.warehouse.rows("SELECT stamnummer_key, klas, valid_to IS NULL FROM {}.students")
    for is_open, expected in ((False, before), (True, after)):
        rows = [(key, klas) for key, klas, still in found if still is is_open]
        # A pupil whose class the administration has not filled in shows none.
        assert {key: klas or expected.get(key) for key, klas in rows} == expected
        assert len(rows) == len(expected)


def test_periods_begin_and_end_with_the_nights(nights: Nights) -> None:
    found = nights.warehouse.rows("SELECT DISTINCT valid_from, valid_to FROM {}.edexml_groepen")
    found += nights.warehouse.rows("SELECT DISTINCT valid_from, valid_to FROM {}.students")
    one, two = nights.moments
    assert {(begin.astimezone(dt.UTC), end and end.astimezone(dt.UTC)) for begin, end in found} == {
        (one, None),  # groups of a year that is over stay as they were
        (one, two),
        (two, None),
    }


def test_every_result_of_the_service_is_there_once(nights: Nights) -> None:
    counts = "SELECT count(*), count(DISTINCT submission_nr_key) FROM {}.results"
    ((counted, distinct),) = nights.warehouse.rows(counts)
    asked = nights.loaded[1].rows["results"]
    assert counted == distinct
    assert asked < counted, "the second night asks for what is new"


def test_tables_join_by_the_pseudonym(nights: Nights) -> None:
    joined = "SELECT count(*) FROM {}.platform_inschrijvingen i JOIN {}.students s ON i.stamnr_key = s.stamnummer_key"
    links = "SELECT count(*) FROM {}.edexml_leerlingen e JOIN {}.crosswalk_links l ON l.left_key = e.person_key"
    results = "SELECT count(*) FROM {}.results r JOIN {}.students s ON r.stamnummer_key = s.stamnummer_key"
    for sql in (joined, links, results):
        assert nights.warehouse.rows(sql)[0][0] > 0, sql


def test_texts_stay_texts(nights: Nights) -> None:
    kinds = dict(
        nights.warehouse.rows(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = 'platform_inschrijvingen' AND table_schema = 'school'"
        )
    )
    assert {kinds[name].lower() for name in ("crebo", "locatie", "aanmelding")} <= {"varchar", "character varying"}


def test_no_number_and_no_name_is_in_any_table_or_file(nights: Nights) -> None:
    pupils = nights.school.leerlingen.values()
    secrets = {number for each in pupils for number in (each.pgn, each.vorige_pgn) if number} | nights.names
    assert len(secrets) > len(pupils)
    everything = nights.warehouse.everything()
    stamnummers = {str(number) for number in nights.school.leerlingen}
    assert stamnummers & set(everything.replace("'", " ").split()) == set()
    files = [path.read_bytes() for path in nights.warehouse.folder.rglob("*") if path.is_file()]
    searched = b"\n".join((everything.encode(), *files))
    assert [each for each in secrets if each.encode() in searched] == []
