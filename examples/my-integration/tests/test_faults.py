"""The job when something fails, with scripted responses instead of a service."""

from pathlib import Path

import pytest
from class_lists.__main__ import TRY_AGAIN_LATER, run

from magister_connect.core.flow import Reply
from magister_connect.medius import MediusClient, Student
from magister_connect.testing import (
    NetworkFault,
    Script,
    html_page,
    medius_exception,
    medius_refusal,
    medius_session,
    medius_table,
    unavailable,
)

PUPILS = medius_table([Student("10001", klas="1a"), Student("10002")])


def client_of(script: Script) -> MediusClient:
    return MediusClient(
        "https://school.example:8800",
        username="platform",
        password="geheim",
        http=script.client(),
    )


def test_what_the_service_says_becomes_a_file(
    magister_script: Script, tmp_path: Path
) -> None:
    magister_script.add(medius_session("a-token"), query={"Function": "Login"})
    magister_script.add(
        PUPILS, query={"Function": "GetActiveStudents", "SessionToken": "a-token"}
    )
    assert run(client_of(magister_script), tmp_path / "classes.csv") == 0
    assert (tmp_path / "classes.csv").read_text().splitlines() == [
        "klas,stamnummer",
        "1a,10001",
    ]


@pytest.mark.usefixtures("without_waiting")
def test_a_service_that_is_out_of_order_for_a_moment_is_asked_again(
    magister_script: Script, tmp_path: Path
) -> None:
    magister_script.add(unavailable(503), times=2)
    magister_script.add(medius_session(), query={"Function": "Login"})
    magister_script.add(PUPILS)
    assert run(client_of(magister_script), tmp_path / "classes.csv") == 0


@pytest.mark.usefixtures("without_waiting")
@pytest.mark.parametrize(
    ("answer", "code", "word"),
    [
        (NetworkFault.NOT_ON_ALLOW_LIST, TRY_AGAIN_LATER, "allow-list"),
        (NetworkFault.REFUSED, TRY_AGAIN_LATER, "connection"),
        (unavailable(503), TRY_AGAIN_LATER, "temporarily unavailable"),
        (medius_refusal("Onbekende gebruiker"), 1, "Onbekende gebruiker"),
        (medius_exception("geen rechten"), 1, "geen rechten"),
        (html_page(), 1, "page"),
    ],
    ids=[
        "not on the allow-list",
        "refused",
        "unavailable",
        "wrong account",
        "exception",
        "a page",
    ],
)
def test_a_failure_leaves_a_word_in_the_log_and_no_file(
    answer: Reply | NetworkFault,
    code: int,
    word: str,
    tmp_path: Path,
    private_log: pytest.LogCaptureFixture,
) -> None:
    script = Script()
    script.add(answer, times=None)
    assert run(client_of(script), tmp_path / "classes.csv") == code
    assert list(tmp_path.iterdir()) == []
    assert word in private_log.text
    assert "geheim" not in private_log.text
