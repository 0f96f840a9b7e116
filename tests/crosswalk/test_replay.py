"""Results of numbers that the crosswalk does not know wait in the store, and are replayed when it knows them."""

from magister_connect.crosswalk import Column, Crosswalk, build_links, read_text_table
from magister_connect.identifiers import Pgn, Stamnummer
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store

SCOPE = "99ZZ"


def test_pitfall_19_what_waited_is_delivered_when_its_number_has_come() -> None:
    with (
        Sandbox(pupils=30, staff=6) as school,
        Store("sqlite://", key=Store.generate_key()) as store,
        ResultsClient(
            school.results_wsdl,
            product="JIJ",
            instellingscode=school.instellingscode,
            soap_key=school.results_key,
            clock=school.clock,  # what waits is given up when its school year is over
        ) as service,
    ):
        table = read_text_table(school.number_table_path)
        links = build_links(table, Column("pgn", Pgn), Column("stamnummer", Stamnummer, SCOPE), source="table").links
        half = Crosswalk(links[: len(links) // 2])
        first = service.pull(store, stamnummers=half.texts_of(Stamnummer, scope=SCOPE))
        whole = Crosswalk(links)
        store.save_crosswalk(whole)
        second = service.pull(store, stamnummers=whole.texts_of(Stamnummer, scope=SCOPE))
        kept = store.crosswalk()
    assert first.unknown > second.unknown
    assert second.delivered == first.unknown - second.unknown
    assert first.new > 0
    assert kept is not None
    assert kept.links == whole.links
