"""Settings of a contract and of a client, each shown by what it changes."""

import csv
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from magister_connect.errors import NotAuthenticated, NotXml, ReplyInvalid, SoapFault, UsageError
from magister_connect.results import Connection, Contract, FaultTexts, ResultsClient
from magister_connect.store import Store
from tests.results import foreign
from tests.results.foreign import Foreign, Row
from tests.results.world import DAY, KNOWN, NOW, SEPTEMBER, World

HUGE = 10_500_000  # characters; the parser takes ten million at most unless it is told otherwise
EVERYBODY = range(1000, 2000)


def contract_of(service: Foreign) -> Contract:
    proposed = Contract.from_wsdl(service.description).contract
    assert proposed is not None
    return proposed


def pull(client: ResultsClient, store: Store) -> int:
    return client.pull(store, stamnummers=EVERYBODY, from_school_year="2025-2026").new


# -- one huge text -----------------------------------------------------------------------------------------------------


def with_a_huge_text() -> Foreign:
    service = foreign.with_constants()
    service.needs = ()
    service.data = [Row(1000, "1001", SEPTEMBER, "2F" + "x" * HUGE)]
    return service


def test_a_huge_text_is_read_where_it_is_allowed() -> None:
    service = with_a_huge_text()
    contract = contract_of(service).evolve(constants={"product": "Facet", "taal": "nl"})
    with service.client(contract, huge_text=True) as client:
        [result] = next(iter(client.batches(since="2025-08-01"))).results
    assert len(result.level_raw or "") == HUGE + 2


def test_a_huge_text_is_refused_where_it_is_not_and_the_error_says_why() -> None:
    service = with_a_huge_text()
    contract = contract_of(service).evolve(constants={"product": "Facet", "taal": "nl"})
    with service.client(contract) as client, pytest.raises(NotXml, match="contains a text that is too large"):
        next(iter(client.batches(since="2025-08-01")))


# -- a live check of a service that delivers once ----------------------------------------------------------------------


@pytest.mark.parametrize("store", [None, "without a key"])
def test_a_live_check_of_a_service_that_delivers_once_is_refused_where_its_reply_would_be_lost(
    store: str | None,
) -> None:
    world = World(paging="once")
    world.add(1, NOW - DAY)
    with pytest.raises(UsageError, match=r"delivers each result once.*store with a key"):
        world.client().check(live=True, store=None if store is None else Store("sqlite://"))
    assert world.requests == 0


def test_a_live_check_of_a_service_that_delivers_once_keeps_its_reply_for_the_next_pull() -> None:
    world = World(paging="once")
    world.fill(3, begin=NOW - DAY)
    found = world.client().check(live=True, store=world.store)
    assert found.proven[-1] == "the service answered: 3 records"
    assert (world.requests, world.store.count()) == (1, 0)
    assert len(list(world.store.spooled(Connection("JIJ", "ZAND")))) == 1
    report = world.pull()
    assert report.recovered == 3
    world.assert_complete()


# -- settings ----------------------------------------------------------------------------------------------------------


def test_pages_may_count_from_zero() -> None:
    service = foreign.by_page()
    plain = service.select
    service.select = lambda found, texts: plain(found, {**texts, "page": str(int(texts["page"]) + 1)})
    with service.client(contract_of(service).evolve(first_page=0)) as client, Store("sqlite://") as store:
        assert pull(client, store) == 35
        assert [int(each.partition("<page>")[2].partition("<")[0]) for each in service.requests[:5]] == [0, 1, 2, 3, 4]


def test_a_limit_is_sent_with_every_request() -> None:
    service = foreign.by_page()
    with service.client(contract_of(service).evolve(limit=7)) as client:
        next(iter(client.batches(since="2025-08-01")))
    assert "<page_size>7</page_size>" in service.requests[0]


def test_parts_of_a_test_are_read_under_names_of_their_own() -> None:
    world = World(
        contract=Contract(name="own parts", paging="offset", part_fields={"code": "code", "score": "percentage"})
    )
    first = World()
    for each in (world, first):
        each.add(1, SEPTEMBER, onderdelen=(_part(),))
        each.pull(from_school_year="2025-2026")
    [part] = next(iter(world.store.results())).parts
    assert (part.code, part.score, part.percentage) == ("A", Decimal(80), None)
    assert part.extra == {"name": "Begrijpen", "score": "8", "level": "2F"}
    [part] = next(iter(first.store.results())).parts
    assert (part.score, part.percentage) == (Decimal(8), Decimal(80))


def _part() -> object:
    from magister_connect.sandbox.school.submissions import Toetsonderdeel

    return Toetsonderdeel("A", "Begrijpen", 8, 80, "2F")


def faulty(code: str, text: str) -> Foreign:
    service = foreign.by_token()
    service.wrap = lambda _text: httpx.Response(
        500, text=service.envelope(f"<e:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring></e:Fault>")
    )
    return service


def test_a_fault_in_words_of_its_own_means_that_there_is_nothing() -> None:
    service = faulty("e:Client", "Rien à signaler")
    with service.client(contract_of(service)) as client, pytest.raises(SoapFault):
        next(iter(client.batches(since="2025-08-01")))
    told = contract_of(service).evolve(faults=FaultTexts(no_results=("rien",)))
    with service.client(told) as client:
        assert [batch.results for batch in client.batches(since="2025-08-01")] == [()]


def test_a_code_of_its_own_means_that_the_account_is_refused() -> None:
    service = faulty("e:Server.Fout.K17", "Neem contact op")
    told = contract_of(service).evolve(faults=FaultTexts(account_codes=("k17",)))
    with service.client(told) as client, pytest.raises(NotAuthenticated):
        next(iter(client.batches(since="2025-08-01")))
    assert len(service.requests) == 1


def test_a_recorded_reply_that_is_no_reply_fails_the_check() -> None:
    service = foreign.by_page()
    with service.client(contract_of(service)) as client:
        [wrong] = client.check(b"<html><body>Log in</body></html>").blocking
        assert "the sample reply cannot be read: An HTML page came instead of XML" in wrong


# -- the product of a third supplier -----------------------------------------------------------------------------------


def test_results_of_a_third_product_stand_beside_the_others_in_one_neutral_table(tmp_path: Path) -> None:
    world = World()
    world.fill(4)
    world.pull(KNOWN)
    service = foreign.nested()
    with service.client(contract_of(service)) as client:
        assert pull(client, world.store) == 35
    path = tmp_path / "results.csv"
    assert world.store.export(path, school_year="2025-2026") == 39
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["product"]: sum(each["product"] == row["product"] for each in rows) for row in rows} == {
        "Facet": 35,
        "JIJ": 4,
    }
    assert {row["level"] for row in rows} == {"2F"}
    assert all(row["stamnummer"] and row["modified_at"] and row["submission_nr"] for row in rows)
    frame = world.store.results().to_polars()
    assert sorted(frame["product"].unique()) == ["Facet", "JIJ"]
    assert frame.columns == list(rows[0])


def test_a_record_without_a_moment_says_which_setting_to_change() -> None:
    service = foreign.by_page()
    service.write = lambda found, _texts: "".join(
        foreign.plain_row(row).replace(f"{row.moment:%Y-%m-%d}", f"{row.moment:%d-%m-%Y}") for row in found
    )
    with service.client(contract_of(service)) as client, pytest.raises(ReplyInvalid, match="day_first"):
        client.pull(Store("sqlite://"), stamnummers=EVERYBODY, from_school_year="2025-2026")
