"""A fault that asks for another try is repeated within the call, whatever its status and form; no other fault is."""

import httpx
import pytest

from magister_connect.core.drivers import RetryPolicy
from magister_connect.errors import Maintenance, Refused
from magister_connect.uwlr import PupilData, UwlrClient
from tests.uwlr.messages import message
from tests.uwlr.test_answers import AT, content, data, envelope, fault

QUICK = RetryPolicy(attempts=3, first_wait=0, longest_wait=0, jitter=0)
CONFIRMED = envelope('<leerresultaten_bevestiging xmlns="http://www.edustandaard.nl/leerresultaten/2/leerresultaten"/>')
LATER = fault("s:Server.TijdelijkNietBeschikbaar")


class Unreliable:
    """A service that answers what it was told to, in that order, and counts."""

    def __init__(self, *replies: tuple[int, bytes]) -> None:
        self.replies = list(replies)

    def client(self, retries: RetryPolicy = QUICK) -> UwlrClient:
        return UwlrClient(
            "http://las.localhost/uwlr",
            "leverancier",
            "code",
            "Sleutel1",
            results_endpoint="http://las.localhost/uwlr",
            http=httpx.Client(transport=httpx.MockTransport(self._answer)),
            clock=lambda: AT,
            retries=retries,
        )

    def _answer(self, _: httpx.Request) -> httpx.Response:
        status, body = self.replies.pop(0)
        return httpx.Response(status, content=body, headers={"content-type": "text/xml"})


@pytest.mark.parametrize("status", [200, 400, 500, 503])
@pytest.mark.parametrize("form", ["s:Server.TijdelijkNietBeschikbaar", "Server.TijdelijkNietBeschikbaar"])
def test_a_call_goes_on_after_a_fault_that_asks_for_patience(status: int, form: str) -> None:
    service = Unreliable((status, fault(form)), (status, fault(form)), (200, envelope(content(data()))))
    with service.client() as uwlr:
        assert isinstance(uwlr.pupils("00AA", "2025-2026"), PupilData)
    service = Unreliable((status, fault(form)), (200, CONFIRMED))
    with service.client() as uwlr:
        uwlr.send_results(message())
    assert service.replies == []


def test_patience_ends_and_is_the_users_own() -> None:
    service = Unreliable(*[(500, LATER)] * 4)
    with service.client() as uwlr, pytest.raises(Maintenance):
        uwlr.pupils("00AA", "2025-2026")
    assert len(service.replies) == 1
    never = RetryPolicy(attempts=3, is_unusable=lambda _: False)
    with service.client(retries=never) as uwlr, pytest.raises(Maintenance):
        uwlr.pupils("00AA", "2025-2026")
    assert service.replies == []


OTHERS = {
    "a fault about the request": fault("s:Client.OngeldigBericht"),
    "a fault inside": fault("s:Server.InterneFout"),
    "a fault that quotes the code": fault("s:Client.OngeldigBericht", text="Server.TijdelijkNietBeschikbaar"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_no_other_fault_is_repeated(name: str) -> None:
    service = Unreliable((500, OTHERS[name]), (500, OTHERS[name]))
    with service.client() as uwlr, pytest.raises(Refused):
        uwlr.pupils("00AA", "2025-2026")
    assert len(service.replies) == 1


def test_an_answer_that_holds_the_code_as_a_text_is_an_answer() -> None:
    quoting = data().replace("Achternaam1", "Server.TijdelijkNietBeschikbaar")
    service = Unreliable((200, envelope(content(quoting))))
    with service.client() as uwlr:
        assert isinstance(uwlr.pupils("00AA", "2025-2026"), PupilData)
