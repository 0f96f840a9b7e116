"""Whatever a reply holds, a method returns what its type says or raises an error of this library: nothing else."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from magister_connect.core.drivers import RetryPolicy
from magister_connect.core.secrets import Secret
from magister_connect.errors import InternalError, MagisterConnectError
from magister_connect.login import StaticToken
from magister_connect.public_api import PublicApiClient, Upload, averages, reply_to, write_calendar
from magister_connect.public_api.agenda import EigenAfspraak
from magister_connect.public_api.berichten import NieuwBericht, Ontvanger
from magister_connect.public_api.elo import Opdracht
from tests.public_api.conftest import quick
from tests.public_api.documented import aanmeldingen, absentie, account, agenda, berichten, cijfers, elo, personeel
from tests.public_api.test_mutations import GONE, changed, places

PARTS = (aanmeldingen, absentie, account, agenda, berichten, cijfers, elo, personeel)
KNOWN = {row.name: row.answer for part in PARTS for row in part.ROWS}
KINDS: tuple[object, ...] = (GONE, None, 7, "tekst", [None])
DAY, NOW = dt.date(2025, 1, 1), dt.datetime(2025, 1, 1, 9, tzinfo=dt.UTC)
START = "2025-01-01T08:00:00.0000000Z"
OWN = EigenAfspraak(start=NOW, einde=NOW, omschrijving="x")
WORK = Opdracht(id=2, mag_inleveren=True)
FILE = Upload(id=1, storage_id="s", name="a.txt", content_type="text/plain")
SLOT = {
    "id": 1,
    "storageId": "s",
    "uri": "https://opslag.example/x?sig=1",
    "method": "PUT",
    "requiredHeaders": {"x-a": "b"},
}
PUPILS = {
    "items": [{"id": 1, "achternaam": "x", "klassen": ["1a"], "links": {}}],
    "totalCount": 1,
    "links": {"next": None},
}
VERSION = {"Id": 71, "OpdrachtId": 2, "Status": 6, "LeerlingBijlagen": [], "Links": []}
LESSON = {"Id": 5, "Start": START, "Einde": START, "Inhoud": "<p>x</p>", "InfoType": 1, "Status": 7, "LesuurVan": 1}
LESSONS = {"Items": [{**LESSON, "Vakken": [{"Id": 1, "Naam": "x"}], "DuurtHeleDag": False}]}
SIGN_UP = [{"Rel": "Subscriptions", "Href": "/api/personen/1/activiteiten/2/onderdelen/3/inschrijvingen"}]
PARTS_OF_TWO = {"Items": [{"Id": 3, "ActiviteitId": 2, "IsOpInTeSchrijven": True, "Links": SIGN_UP}], "TotalCount": 1}

Replies = Mapping[str, Any]
"""What each address answers, by the end of its path; the first that fits counts."""
CASES: list[tuple[str, Replies, Callable[[PublicApiClient], object]]] = [
    ("me", {"/account": KNOWN["account"], "/aanmeldingen": KNOWN["aanmeldingen_van_persoon"]}, lambda api: api.me()),
    (
        "averages",
        {"/cijfers": KNOWN["cijfers"], "/vakken": KNOWN["vakken"]},
        lambda api: averages(api.grades_with_subjects(1, 7)),
    ),
    (
        "absence of a class",
        {"/zoeken": PUPILS, "/absenties": KNOWN["absenties"]},
        lambda api: api.absence_of_class("1a", DAY, DAY),
    ),
    ("calendar", {"/afspraken": LESSONS}, lambda api: write_calendar(api.afspraken(1, DAY, DAY), now=NOW)),
    (
        "create",
        {"/afspraken": {"Uri": "/api/personen/1/afspraken/5"}, "/5": {"Id": 5, "Start": START, "Einde": START}},
        lambda api: api.maak_afspraak(1, OWN),
    ),
    (
        "hand in",
        {"/versie": VERSION, "/71": VERSION},
        lambda api: api.lever_in(1, WORK, [FILE]),
    ),
    ("upload", {"/upload": SLOT, "/x": {}}, lambda api: api.upload("a.txt", b"x", "text/plain")),
    (
        "send",
        {"/berichten": {"id": 5, "links": {}}},
        lambda api: api.verstuur(NieuwBericht(ontvangers=(Ontvanger(id=1),))),
    ),
    ("reply", {"/7": KNOWN["bericht"]}, lambda api: reply_to(api.bericht(7), "x", to_all=True)),
    (
        "sign up",
        {"/inschrijvingen": {}, "/onderdelen": PARTS_OF_TWO},
        lambda api: api.schrijf_in(
            1, next(iter(api.activiteitonderdelen(1, 2)))
        ),
    ),
    ("pages", {"/berichten": KNOWN["berichten"]}, lambda api: list(api.berichten().pages())),
    ("whole list", {"/opdrachten": KNOWN["opdrachten"]}, lambda api: api.opdrachten(1).list(on_unreadable="keep")),
    ("first", {"/berichten": KNOWN["berichten"]}, lambda api: api.berichten().first()),
]  # fmt: skip


class Mutated:
    """A school whose replies change from call to call."""

    def __init__(self) -> None:
        self.replies: Replies = {}
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        assert self.asked < 60, "this goes on for ever"
        found = next((body for end, body in self.replies.items() if request.url.path.endswith(end)), None)
        return httpx.Response(404 if found is None else 200, json=found)


def mutations(replies: Replies) -> Iterator[Replies]:
    """One value of one reply changed at a time."""
    for end, body in replies.items():
        yield from ({**replies, end: new} for new in KINDS if new is not GONE)
        yield from ({**replies, end: changed(body, path, new)} for path in places(body) for new in KINDS)


@pytest.mark.filterwarnings("ignore")  # about items that are kept although they cannot be read
@pytest.mark.parametrize(("replies", "call"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mutated_reply_is_a_result_or_an_error_of_ours(
    replies: Replies, call: Callable[[PublicApiClient], object]
) -> None:
    school, results, errors = Mutated(), 0, 0
    http = httpx.Client(transport=httpx.MockTransport(school))
    settings: dict[str, Any] = {"tokens": StaticToken(Secret("t")), "pace": quick(), "retries": RetryPolicy(attempts=1)}
    with http, PublicApiClient("https://voorbeeld.magister.net/api", http=http, **settings) as api:
        for mutated in mutations(replies):
            school.replies, school.asked = mutated, 0
            try:
                call(api)
            except (MagisterConnectError, StopIteration) as error:
                assert not isinstance(error, InternalError)
                errors += 1
            else:
                results += 1
    assert errors
    assert results or "/upload" in replies  # of which every field is needed
