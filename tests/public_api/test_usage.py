"""What cannot be right is refused before anything is sent, in words that tell what to do instead."""

import datetime as dt
from typing import Any

import pytest
from attrs import evolve

from magister_connect.core.drivers import NO_RETRIES, AsyncDriver, Pace, SyncDriver, Timeouts
from magister_connect.core.secrets import Secret
from magister_connect.errors import Responsible, UsageError
from magister_connect.login import StaticToken
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.public_api.agenda import AfspraakType, EigenAfspraak
from magister_connect.public_api.berichten import NieuwBericht
from magister_connect.public_api.cijfers import Cijfer
from magister_connect.testing import Script

DAY, MOMENT = dt.date(2025, 1, 1), dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
OWN = EigenAfspraak(start=MOMENT, einde=MOMENT, omschrijving="x", type=AfspraakType.LES)
BACKWARDS = evolve(OWN, type=AfspraakType.PERSOONLIJK, einde=MOMENT.replace(year=2024))
SCHOOL = "https://voorbeeld.magister.net/api"


@pytest.mark.parametrize(
    ("name", "arguments", "wrong", "advice"),
    [
        ("afspraken", (1, MOMENT, DAY), "not a datetime", r"moment\.date\(\)"),
        ("verantwoordingen", (1, DAY, MOMENT), "not a datetime", r"moment\.date\(\)"),
        ("extra_afspraken", ("aa-bb", MOMENT.replace(tzinfo=None), MOMENT), "no time zone", "aware datetime"),
        ("contacten", ("a",), "at least two characters", "everybody"),
        ("berichten", ("ergens",), "The folder is not a number", r"mappen\(\)"),
        ("digitaal_lesmateriaal", (1, "../account"), "An identifier may hold", "without the path"),
        ("leerling", ("",), "An identifier may hold", "without the path"),
        ("leerling", ("..",), "An identifier may hold", "without the path"),
        ("maak_afspraak", (1, {"Type": 1}), "An EigenAfspraak is expected", r"EigenAfspraak\("),
        ("maak_afspraak", (1, OWN), "Only appointments of type", "to one of these"),
        (
            "maak_afspraak",
            (1, evolve(OWN, type=AfspraakType.PERSOONLIJK, einde=MOMENT.replace(year=2024))),
            "ends before",
            "Swap",
        ),
        ("wijzig_afspraak", (1, {}), "An Afspraak is expected", "evolve"),
        ("vink_af", (1, 5), "An Afspraak is expected", r"afspraken\(\)"),
        ("verstuur", ({},), "A NieuwBericht is expected", r"reply_to\(\)"),
        ("verstuur", (NieuwBericht(),), "has no ontvangers", r"contacten\(\)"),
        ("werkinformatie", (Cijfer(waarde="7,4"),), "has no link", r"cijfers\(\)"),
        ("gerelateerde_kolommen", (Cijfer(waarde="7,4"),), "no link to the columns behind it", r"cijfers\(\)"),
        ("afspraken", (1, DAY, DAY.replace(year=2024)), "van is after tot", "Swap"),
    ],
)
def test_what_cannot_be_asked_is_not_sent(name: str, arguments: tuple[Any, ...], wrong: str, advice: str) -> None:
    with (
        PublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), http=Script().client()) as api,  # answers nothing
        pytest.raises(UsageError, match=wrong) as caught,
    ):
        list(getattr(api, name)(*arguments))
    assert caught.value.responsible is Responsible.YOU
    caught.match(advice)


@pytest.mark.parametrize(
    "beside",
    [
        {"http": Script().client()},
        {"timeouts": Timeouts()},
        {"retries": NO_RETRIES},
        {"pace": Pace()},
        {"clock": lambda: MOMENT},
    ],
)
def test_what_a_driver_would_overrule_is_refused(beside: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="already has its own"):
        PublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), driver=SyncDriver(), **beside)
    with pytest.raises(UsageError, match="already has its own"):
        AsyncPublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), driver=AsyncDriver(), **beside)
