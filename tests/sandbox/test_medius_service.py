"""What the simulated Medius says of its own answers, takes from the only known caller of SOAP, and can be given."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from magister_connect.errors import UsageError
from magister_connect.sandbox import MediusList, MediusSwitches, Sandbox

Make = Callable[..., Sandbox]
OWN = MediusList(columns=("stamnr", "klas"), rows=(("10001", "3A"), ("10002", "é")))


@pytest.fixture
def make() -> Iterator[Make]:
    opened: list[Sandbox] = []

    def begin(**switches: Any) -> Sandbox:
        opened.append(Sandbox(pupils=3, staff=15, medius=MediusSwitches(**switches)))
        return opened[-1]

    yield begin
    for school in opened:
        school.close()


def ask(school: Sandbox, **arguments: str) -> httpx.Response:
    token = f"{school.medius_username};{school.medius_password}"
    query = {"Library": "Data", "Function": "GetData", "SessionToken": token, "Layout": "mijn-lijst", **arguments}
    return httpx.get(school.medius_url, params=query)


@pytest.mark.parametrize("kind", ["CSV", "TAB"])
@pytest.mark.parametrize(
    ("encoding", "charset", "codec"),
    [("ANSI", "windows-1252", "cp1252"), ("UTF-8", "utf-8", "utf-8-sig"), ("", "utf-8", "utf-8-sig")],
)
def test_a_table_says_in_which_character_set_it_is(
    make: Make, kind: str, encoding: str, charset: str, codec: str
) -> None:
    reply = ask(make(lists={"mijn-lijst": OWN}), Type=kind, Encoding=encoding)
    assert f"charset={charset}" in reply.headers["content-type"]
    assert "é" in reply.content.decode(codec)


def test_a_school_gives_lists_of_its_own(make: Make) -> None:
    asked: list[dict[str, str]] = []

    def rows(given: Any) -> list[tuple[str, ...]]:
        asked.append(dict(given))
        return [("10001", given["klas"])]

    own = MediusList(
        columns=("stamnr", "klas"), rows=rows, parameters=("klas",), plural="Leerlingen", singular="Leerling"
    )
    school = make(lists={"mijn-lijst": own, "leerlinggegevens": OWN})
    reply = ask(school, Type="XML", Parameters="klas=3A")
    assert "<Leerlingen><Leerling><stamnr>10001</stamnr><klas>3A</klas></Leerling></Leerlingen>" in reply.text
    assert asked == [{"klas": "3A"}]
    assert "<klas>3A</klas>" in ask(school, Type="XML", Layout="leerlinggegevens").text  # it replaces the shipped one
    assert "Foutcode" in ask(school, Type="XML", Layout="nergens").text


def test_a_row_of_another_width_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="row 0"):
        MediusList(columns=("a", "b"), rows=(("1",),)).rows_for({})


@pytest.mark.parametrize(
    ("switch", "text", "day"),
    [
        ("dutch", "1-8-2025 00:00:00", dt.date(2025, 8, 1)),
        ("dutch", "01-08-2025", dt.date(2025, 8, 1)),
        ("dutch", "2025-08-01T00:00:00", dt.date(2025, 8, 1)),
        ("iso", "2025-08-01T00:00:00", dt.date(2025, 8, 1)),
        ("iso", "1-8-2025 00:00:00", None),
        ("dutch", "8/13/2025 12:00:00 AM", None),
        ("dutch", "31-2-2025 00:00:00", None),
    ],
)
def test_dates_of_the_only_known_caller_are_a_switch(make: Make, switch: str, text: str, day: dt.date | None) -> None:
    school = make(soap_dates=switch)
    token = f"{school.medius_username};{school.medius_password}"
    given = {"SessionToken": token, "PersoneelsNummer": "901", "DatumInDienst": text}
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in given.items())
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<m:UpdateMedewerker xmlns:m="urn:MediusServer_Soap-Personeel">{inside}</m:UpdateMedewerker>'
        "</s:Body></s:Envelope>"
    )
    reply = httpx.post(f"{school.medius_url}/soap/personeel", content=body.encode())
    assert reply.status_code == (500 if day is None else 200)
    if day is not None:
        assert school.school.medewerkers[901].datum_in == day
