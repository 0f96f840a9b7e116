"""What each method sends: method and path, as public clients know them."""

import datetime as dt
from typing import Any

import pytest

from magister_connect.drivers import NO_RETRIES, AwaitingDriver, BlockingDriver, Pace, Timeouts
from magister_connect.errors import UsageError
from magister_connect.exchange import Reply
from magister_connect.login import StaticToken
from magister_connect.public_api import AsyncPublicApiClient, PublicApiClient
from magister_connect.public_api.personen.records import Profiel
from magister_connect.secrets import Secret
from magister_connect.testing import Script, json_reply

A, B = dt.date(2025, 1, 1), dt.date(2025, 1, 2)
M = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
SCHOOL = "https://school.example/api"
LISTS: list[tuple[str, tuple[Any, ...], str]] = [
    ("adressen", (1,), "/personen/1/adressen"),
    ("toestemmingen", (1,), "/toestemmingen/personen/1/antwoorden"),
    ("vakken_van_aanmelding", (2,), "/aanmeldingen/2/vakken"),
    ("absentieperioden", (1,), "/personen/1/absentieperioden"),
    ("verantwoordingen", (1, A, B), "/leerlingen/1/verantwoordingen"),
    ("verantwoordingen_per_maand", (1, A, B), "/m6/leerlingen/1/verantwoordingen/maanden"),
    ("ongeoorloofde_registraties", (A,), "/m6/verantwoordingen/ongeoorloofderegistraties"),
    ("terugkommaatregelen", (1,), "/leerlingen/1/verantwoordingen/terugkommaatregelen"),
    ("terugkomers", (), "/m6/leerlingen/terugkomers"),
    ("absentiemeldingen", ("aa-bb",), "/v2/student/aabb/absence-notices"),
    ("absentiemeldingen_vandaag", (), "/v2/absence-notices/today"),
    ("meldingssoorten", (), "/v2/attendance-types"),
    ("afspraken_van_medewerker", (1, A, B), "/medewerkers/1/afspraken"),
    ("extra_afspraken", ("aa-bb", M, M), "/user/aa-bb/additional-appointments"),
    ("projecten", (1,), "/leerlingen/1/projecten"),
    ("lesmateriaal", (1,), "/personen/1/lesmateriaal"),
    ("bronnen", (1,), "/personen/1/bronnen"),
    ("activiteiten", (1,), "/personen/1/activiteiten"),
    ("activiteitonderdelen", (1, 2), "/personen/1/activiteiten/2/onderdelen"),
    ("berichten", (7,), "/berichten/mappen/7/berichten"),
    ("berichtbijlagen", (7,), "/berichten/berichten/7/bijlagen"),
    ("ongelezen_logboekformulieren", (), "/lvs/logboekformulieren/ongelezen"),
    ("logboekformulieren", (1, A, B), "/leerlingen/1/lvs/logboekformulieren"),
    ("kluisjes", (), "/v1/lockers/details"),
]
SINGLES: list[tuple[str, tuple[Any, ...], str, dict[str, Any]]] = [
    ("sessie", (), "/sessions/current", {"links": {}}),
    ("accountgegevens", (3,), "/accounts/3", {"id": 3}),
    ("profiel", (1,), "/personen/1/profiel", {}),
    ("opleidinggegevens", (1,), "/personen/1/opleidinggegevensprofiel", {"StamNr": 3}),
    ("autorisatie", (1,), "/leerlingen/1/autorisatie", {}),
    ("kolominfo", (1, 2, 3), "/personen/1/aanmeldingen/2/cijfers/extracijferkolominfo/3", {"Weging": 1}),
    ("agendafeed", (), "/icalendar", {"href": "x"}),
    ("project", (1, 2), "/leerlingen/1/projecten/2", {"Id": 2, "Titel": "x"}),
    ("studiewijzerbijlage", (1, 2, 3), "/leerlingen/1/studiewijzers/2/bijlagen/3", {"location": "x"}),
    ("opdracht", (1, 2), "/personen/1/opdrachten/2", {"Id": 2}),
    ("opdrachtversie", (1, 2), "/personen/1/opdrachten/versie/2", {"Id": 2}),
    ("digitaal_lesmateriaal", (1, "978"), "/personen/1/digitaallesmateriaal/Ean/978", {"location": "x"}),
]
CHANGES: list[tuple[str, tuple[Any, ...], str, str]] = [
    ("wijzig_profiel", (1, Profiel(mobiel="06")), "PUT", "/personen/1/profiel"),
    ("maak_afspraak", (1, {"Type": 1}), "POST", "/personen/1/afspraken"),
    ("wijzig_afspraak", (1, {"Id": 4}), "PUT", "/personen/1/afspraken/4"),
    ("verwijder_afspraak", (1, 4), "DELETE", "/personen/1/afspraken/4"),
    ("verplaats", ([7], 3), "PATCH", "/berichten/berichten"),
    ("verwijder", ([7],), "DELETE", "/berichten/berichten"),
    ("verstuur", ({"ontvangers": [{"id": 1}]},), "POST", "/berichten/berichten"),
]


def ask(answer: Reply, name: str, arguments: tuple[Any, ...]) -> tuple[str, str]:
    script = Script()
    script.add(answer)
    driver = BlockingDriver(script.client())
    with PublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), driver=driver) as api:
        found = getattr(api, name)(*arguments)
        if hasattr(found, "pages"):
            assert list(found) == []
    return script.sent[0].method, script.sent[0].path


@pytest.mark.parametrize(("name", "arguments", "path"), LISTS)
def test_lists_are_asked_for_where_they_are(name: str, arguments: tuple[Any, ...], path: str) -> None:
    method, asked = ask(json_reply({"items": []}), name, arguments)
    assert method == "GET"
    assert asked in {f"/api{path}", path}


@pytest.mark.parametrize(("name", "arguments", "path", "body"), SINGLES)
def test_records_are_asked_for_where_they_are(
    name: str, arguments: tuple[Any, ...], path: str, body: dict[str, Any]
) -> None:
    method, asked = ask(json_reply(body), name, arguments)
    assert method == "GET"
    assert asked in {f"/api{path}", path}


@pytest.mark.parametrize(("name", "arguments", "method", "path"), CHANGES)
def test_changes_are_sent_once_where_they_belong(name: str, arguments: tuple[Any, ...], method: str, path: str) -> None:
    assert ask(Reply(204), name, arguments) == (method, f"/api{path}")


@pytest.mark.parametrize(
    ("name", "arguments", "wrong"),
    [
        ("afspraken", (1, M, B), "a moment was given"),
        ("verantwoordingen", (1, A, M), "a moment was given"),
        ("extra_afspraken", ("aa-bb", M.replace(tzinfo=None), M), "needs a time zone"),
    ],
)
def test_days_and_moments_are_not_mistaken_for_each_other(name: str, arguments: tuple[Any, ...], wrong: str) -> None:
    driver = BlockingDriver(Script().client())  # which answers nothing
    with (
        PublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), driver=driver) as api,
        pytest.raises(UsageError, match=wrong),
    ):
        list(getattr(api, name)(*arguments))


@pytest.mark.parametrize(
    "beside",
    [
        {"http": Script().client()},
        {"timeouts": Timeouts()},
        {"retries": NO_RETRIES},
        {"pace": Pace()},
        {"clock": lambda: M},
    ],
)
def test_what_a_driver_would_overrule_is_refused(beside: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="A driver brings its own"):
        PublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), driver=BlockingDriver(), **beside)
    with pytest.raises(UsageError, match="A driver brings its own"):
        AsyncPublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), driver=AwaitingDriver(), **beside)
