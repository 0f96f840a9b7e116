"""The simulated school serves Nummervoorziening with the rest."""

import httpx

from magister_connect.identifiers import Hpgn
from magister_connect.nummervoorziening import NummervoorzieningClient, wsdl
from magister_connect.sandbox import NummervoorzieningSwitches, Sandbox, School


def test_the_school_has_it_with_its_wsdl_and_its_switches() -> None:
    switches = NummervoorzieningSwitches(oins=frozenset({"0000000700099ZZ00000"}))
    with Sandbox(data=School.seeded(pupils=3, staff=6), nummervoorziening=switches) as school:
        published = b"https://service.eckid.nl/eck/ws/201703"
        assert httpx.get(f"{school.nummervoorziening_url}?wsdl").content == wsdl().replace(
            published, school.nummervoorziening_url.encode()
        )
        with NummervoorzieningClient(school.nummervoorziening_url, oin="0000000700099ZZ00000") as service:
            assert service.retrieve_stampseudonym(Hpgn("0" * 64)).personal
        assert school.nummervoorziening.asked == {"retrieveStampseudonym": 1}
