"""The clients of all services can be scripted: what the builders write is what they read."""

import datetime as dt
from collections.abc import Callable

import pytest

from magister_connect.core.flow import Reply
from magister_connect.core.secrets import Secret
from magister_connect.errors import MagisterConnectError, NotFound, NotPermitted, Refused, ServiceError
from magister_connect.identifiers import EckId
from magister_connect.login import StaticToken
from magister_connect.nummervoorziening import NummervoorzieningClient, NummervoorzieningFault
from magister_connect.public_api import PublicApiClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox.school.identities import synthetic_eck_id, synthetic_stampseudoniem
from magister_connect.scim import ScimClient
from magister_connect.testing import (
    Script,
    public_api_page,
    public_api_refusal,
    results_batch,
    results_contract,
    scim_page,
    scim_refusal,
    soap_fault,
    soap_reply,
)

TAP = "https://tap.example/api/v3/results/doclit"
TOKENS = StaticToken(Secret("a-token"))
SINCE = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)
NOW = dt.datetime(2025, 11, 20, 9, tzinfo=dt.UTC)
RESULT = {"submission_nr": 7, "username": "10001", "test_nr": 5, "modified": "2025-11-01 10:00:00", "score": "7,5"}


def results_of(script: Script) -> list[tuple[str, str | None]]:
    with ResultsClient(
        f"{TAP}?wsdl",
        product="JIJ",
        instellingscode="ZAND",
        soap_key="a-key",
        http=script.client(),
        clock=lambda: NOW,
    ) as service:
        return [
            (each.submission_nr, each.stamnummer) for batch in service.batches(since=SINCE) for each in batch.results
        ]


def children_of(script: Script) -> list[int]:
    with PublicApiClient("https://school.example/api", tokens=TOKENS, http=script.client()) as school:
        return [each.id for each in school.kinderen(1)]


def accounts_of(script: Script) -> list[str]:
    with ScimClient("https://school.example/scim", tokens=TOKENS, http=script.client()) as school:
        return [each.id for each in school.users()]


def eck_id_of(script: Script) -> EckId:
    with NummervoorzieningClient(
        "https://school.example/eck", oin="0000000700099ZZ00000", http=script.client()
    ) as service:
        return service.retrieve_eck_id(synthetic_stampseudoniem("a pupil"), sector_id="VO")


ECKID = "http://ketenid.nl/eck/schemas/v1_0"
Ask = Callable[[Script], object]


@pytest.mark.parametrize(
    ("ask", "answers", "expected"),
    [
        (results_of, [results_contract(TAP), results_batch([RESULT]), results_batch()], [("7", "10001")]),
        (
            children_of,
            [
                public_api_page(
                    [{"Id": 1, "Achternaam": "Monster"}], total=2, following="/api/ouders/1/kinderen?skip=1"
                ),
                public_api_page([{"Id": 2, "Achternaam": "Monster"}]),
            ],
            [1, 2],
        ),
        (
            accounts_of,
            [
                scim_page([{"id": "a"}, {"id": "b"}], total=3),
                scim_page([{"id": "b"}, {"id": "c"}], total=3, start=2),
                scim_page([{"id": "c"}], total=3, start=3),  # the total of a list that comes in pages is not believed
            ],
            ["a", "b", "c"],
        ),
        (
            eck_id_of,
            [soap_reply("retrieveEckId", {"eckId": synthetic_eck_id("a pupil").reveal()}, namespace=ECKID)],
            synthetic_eck_id("a pupil"),
        ),
    ],
)
def test_a_service_can_be_scripted(ask: Ask, answers: list[Reply], expected: object) -> None:
    script = Script()
    for answer in answers:
        script.add(answer)
    assert ask(script) == expected
    script.assert_played()


@pytest.mark.parametrize(
    ("ask", "refusal", "error", "code"),
    [
        (children_of, public_api_refusal(403, "OnvoldoendePrivileges"), NotPermitted, "OnvoldoendePrivileges"),
        (accounts_of, scim_refusal(400, "invalidFilter"), Refused, "invalidFilter"),
        (accounts_of, scim_refusal(404), NotFound, None),
        (eck_id_of, soap_fault("later", actor="NotFinishedException"), NummervoorzieningFault, "Client"),
        (
            eck_id_of,
            soap_fault("later", actor="NotFinishedException", version="1.2"),
            NummervoorzieningFault,
            "Sender",
        ),
    ],
)
def test_a_refusal_can_be_scripted(
    ask: Ask, refusal: Reply, error: type[MagisterConnectError], code: str | None
) -> None:
    script = Script()
    script.add(refusal)
    with pytest.raises(error) as raised:
        ask(script)
    assert getattr(raised.value, "code", None) == code


def test_a_results_service_that_breaks_down_over_a_batch_can_be_scripted() -> None:
    script = Script()
    script.add(results_contract(TAP), method="GET")
    script.add(soap_fault("Encoding: object has no property", code="Server"), method="POST", times=None)
    with pytest.raises(ServiceError):
        results_of(script)
