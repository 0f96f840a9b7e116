"""What people write with typed records, against the simulated school: work, sign-ups, drafts, registrations."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from attrs import evolve

from magister_connect.core.flow import Reply
from magister_connect.core.secrets import Secret
from magister_connect.errors import MagisterConnectError, NotFound, Refused, ReplyInvalid, UsageError
from magister_connect.login import StaticToken
from magister_connect.public_api import PublicApiClient, Upload, edit_draft
from magister_connect.public_api.absentie import Verantwoording
from magister_connect.public_api.berichten import NieuwBericht, Ontvanger
from magister_connect.public_api.elo import Activiteitonderdeel, Opdracht, OpdrachtStatus
from magister_connect.public_api.exchange.connection import Connection
from magister_connect.public_api.uploads import upload as upload_flow
from magister_connect.sandbox import PublicApiSwitches, Sandbox
from magister_connect.testing import Stepper
from tests.public_api.conftest import MakeSchool, quick
from tests.public_api.simulated import BOTH, Ask, ask_sync, first_pupil, parent_of, some_staff

SCHOOL = "https://voorbeeld.magister.net/api"
TODAY = dt.date(2025, 11, 20)
ESSAY = b"Geachte lezer"


@pytest.fixture
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=8, staff=15) as school:
        yield school


# -- handing in -------------------------------------------------------------------------------------------------------


@BOTH
def test_an_assignment_is_handed_in_with_what_was_uploaded(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    (assignment, *_) = ask(school, pupil, "opdrachten", pupil.persoon_id, begin=TODAY)
    essay = ask(school, pupil, "upload", "betoog.txt", ESSAY, "text/plain")
    version = ask(school, pupil, "lever_in", pupil.persoon_id, assignment, [essay], opmerking="Klaar")
    assert (version.status, version.opdracht_id) == (OpdrachtStatus.VERSIE_INGELEVERD, assignment.id)
    seen = ask(school, parent_of(school, pupil), "opdrachtversie", pupil.persoon_id, version.id)
    assert (seen.leerling_opmerking, seen.ingeleverd_op) == ("Klaar", school.clock())
    assert ask(school, pupil, "open", seen.leerling_bijlagen[0]).content == ESSAY
    again = ask(school, pupil, "opdracht", pupil.persoon_id, assignment.id)
    with pytest.raises(UsageError, match="does not accept work now"):
        ask(school, pupil, "lever_in", pupil.persoon_id, again, [essay])


VERSION = {"Id": 71, "OpdrachtId": 7, "Status": 7}
UPLOAD = Upload(id=3, storage_id="abc", name="a.txt", content_type="text/plain")
OPEN = Opdracht(id=7, titel="Betoog", mag_inleveren=True, laatste_opdracht_versienummer=1)
HANDED_IN = {**VERSION, "Status": 6}


@pytest.mark.parametrize(
    ("created", "handed_in", "asked"),
    [
        (httpx.Response(201, json=VERSION), httpx.Response(200, json=HANDED_IN), ["POST", "PUT"]),
        (httpx.Response(201, json=VERSION), httpx.Response(204), ["POST", "PUT", "GET"]),
        (
            httpx.Response(201, headers={"location": "/api/personen/1/opdrachten/versie/71"}),
            httpx.Response(200, json=HANDED_IN),
            ["POST", "GET", "PUT"],
        ),
    ],
)
def test_whatever_is_answered_the_version_comes_back(
    created: httpx.Response, handed_in: httpx.Response, asked: list[str]
) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.method == "GET":
            return httpx.Response(200, json=HANDED_IN if any(each.method == "PUT" for each in sent) else VERSION)
        return created if request.method == "POST" else handed_in

    http = httpx.Client(transport=httpx.MockTransport(answer))
    with (
        http,
        PublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), http=http, pace=quick()) as api,
    ):
        assert api.lever_in(1, OPEN, [UPLOAD]).status is OpdrachtStatus.VERSIE_INGELEVERD
    assert [each.method for each in sent] == asked
    lines = {each.method: each.url.raw_path.decode() for each in sent}
    assert lines["POST"] == "/api/personen/1/opdrachten/7/versie"
    assert lines["PUT"] == "/api/personen/1/opdrachten/versie/71?opdrachtId=7"
    bodies = {each.method: httpx.Response(200, content=each.content).json() for each in sent if each.content}
    assert "Id" not in bodies["POST"]
    assert (bodies["POST"]["Status"], bodies["PUT"]["Status"], bodies["PUT"]["Id"]) == (7, 2, 71)
    for body in bodies.values():
        (file,) = body["LeerlingBijlagen"]
        assert (file["Id"], file["Naam"], file["UniqueId"], file["BronSoort"]) == (0, "a.txt", "abc", 1)


def test_a_version_that_nobody_names_is_an_error_that_says_where_to_look() -> None:
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(204)))
    with (
        http,
        PublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), http=http, pace=quick()) as api,
        pytest.raises(ReplyInvalid, match=r"Read the assignment again with opdracht\(\)"),
    ):
        api.lever_in(1, OPEN, [UPLOAD])


# -- activities -------------------------------------------------------------------------------------------------------


@BOTH
def test_a_pupil_signs_up_and_withdraws(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    cooking, music, _ = ask(school, pupil, "activiteitonderdelen", pupil.persoon_id, 2)
    joined = ask(school, pupil, "schrijf_in", pupil.persoon_id, cooking)
    assert (joined.id, joined.is_ingeschreven, joined.is_op_in_te_schrijven) == (cooking.id, True, False)
    with pytest.raises(UsageError, match="not open for sign-up"):
        ask(school, pupil, "schrijf_in", pupil.persoon_id, joined)
    with pytest.raises(Refused):  # one part at most, which the school decides
        ask(school, pupil, "schrijf_in", pupil.persoon_id, music)
    left = ask(school, pupil, "schrijf_uit", pupil.persoon_id, joined)
    assert (left.is_ingeschreven, left.is_op_in_te_schrijven) == (False, True)


# -- drafts and files of messages -------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("draft_list", ["saved", "map"])
def test_a_draft_is_found_changed_and_sent(ask: Ask, draft_list: Any) -> None:
    with Sandbox(pupils=4, staff=15, public_api=PublicApiSwitches(draft_list=draft_list)) as school:
        pupil, staff = first_pupil(school), some_staff(school)
        first = NieuwBericht(ontvangers=(Ontvanger(id=staff.persoon_id),), onderwerp="Vraag", inhoud="<p>Wanneer?</p>")
        number = ask(school, pupil, "bewaar_concept", first)
        (listed,) = ask(school, pupil, "concepten", in_map=draft_list == "map")
        assert (listed.id, listed.onderwerp, listed.map_id) == (number, "Vraag", None)
        assert listed.laatste_wijziging_datum_tijd == school.clock()
        draft = edit_draft(ask(school, pupil, "concept", number))
        assert draft == first
        ask(school, pupil, "bewaar_concept", evolve(draft, inhoud="<p>Waar?</p>"), number)
        sent = ask(school, pupil, "verstuur", edit_draft(ask(school, pupil, "concept", number)))
        assert ask(school, staff, "bericht", sent).inhoud == "<p>Waar?</p>"
        with pytest.raises(NotFound):
            ask(school, pupil, "concepten", in_map=draft_list != "map")


@BOTH
def test_what_was_uploaded_goes_along_with_a_message_and_is_passed_on(school: Sandbox, ask: Ask) -> None:
    pupil, staff = first_pupil(school), some_staff(school)
    upload = ask(school, pupil, "upload", "betoog.txt", ESSAY, "text/plain")
    message = NieuwBericht(
        ontvangers=(Ontvanger(id=staff.persoon_id),), onderwerp="Betoog", bijlagen=(upload.for_message,)
    )
    number = ask(school, pupil, "verstuur", message)
    assert ask(school, staff, "bericht", number).heeft_bijlagen
    (file,) = ask(school, staff, "berichtbijlagen", number)
    assert (file.naam, file.grootte) == ("betoog.txt", len(ESSAY))
    assert ask(school, staff, "open", file).content == ESSAY


@BOTH
@pytest.mark.parametrize("where", ["body", "location"])
def test_a_file_in_a_form_goes_along_with_a_message(make_school: MakeSchool, ask: Ask, where: Any) -> None:
    school = make_school(upload_reply=where)
    pupil, staff = first_pupil(school), some_staff(school)
    content = b"--\r\nregel\r\n\r\n\x00\xff\r\n"
    upload = ask(school, pupil, "upload", 'be"to\nog \u00e9.txt', content, "text/plain", multipart=True)
    assert (upload.storage_id is None) == (where == "location")
    message = NieuwBericht(
        ontvangers=(Ontvanger(id=staff.persoon_id),), onderwerp="Betoog", bijlagen=(upload.for_message,)
    )
    (file,) = ask(school, staff, "berichtbijlagen", ask(school, pupil, "verstuur", message))
    assert (file.naam, ask(school, staff, "open", file).content) == ("be%22to%0Aog \u00e9.txt", content)


def test_a_storage_that_names_no_headers_gets_those_that_clients_send() -> None:
    connection = Connection(base_url=SCHOOL, tokens=StaticToken(Secret("t")))
    stepper = Stepper(upload_flow(connection, "a.txt", b"x", "text/plain"))
    slot = {"id": 5, "uri": "https://opslag.example/5?sig=1"}
    stepper.answer(Reply(200, (), json.dumps(slot).encode()))
    headers = {name: value.reveal() if isinstance(value, Secret) else value for name, value in stepper.request.headers}
    assert headers == {
        "content-type": "text/plain",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-blob-content-type": "text/plain",
    }


# -- absence ----------------------------------------------------------------------------------------------------------


@BOTH
def test_a_registration_is_undone(school: Sandbox, ask: Ask) -> None:
    pupil, staff = first_pupil(school), some_staff(school)
    before = ask(school, pupil, "absenties", pupil.persoon_id, TODAY, TODAY)
    lesson = school.school.lessons_of(pupil.stamnummer, TODAY, TODAY)[-1]
    ask(school, staff, "registreer_absentie", lesson.nummer, pupil.persoon_id, 3, opmerking="Vergissing")
    *_, record = ask(school, staff, "verantwoordingen", pupil.persoon_id, TODAY, TODAY)
    assert record.opmerking == "Vergissing"
    ask(school, staff, "verwijder_verantwoording", record)
    assert ask(school, pupil, "absenties", pupil.persoon_id, TODAY, TODAY) == before


def test_a_school_may_not_know_how_to_undo_one() -> None:
    with Sandbox(pupils=2, staff=15, public_api=PublicApiSwitches(undo_absence=False)) as school:
        pupil, staff = first_pupil(school), some_staff(school)
        lesson = school.school.lessons_of(pupil.stamnummer, TODAY, TODAY)[-1]
        ask_sync(school, staff, "registreer_absentie", lesson.nummer, pupil.persoon_id, 3)
        *_, record = ask_sync(school, staff, "verantwoordingen", pupil.persoon_id, TODAY, TODAY)
        with pytest.raises(Refused) as caught:
            ask_sync(school, staff, "verwijder_verantwoording", record)
        assert caught.value.status == 405


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("verwijder_verantwoording", (Verantwoording(id=1),)),
        ("schrijf_in", (1, Activiteitonderdeel(id=1, activiteit_id=2))),
        ("schrijf_uit", (1, Activiteitonderdeel(id=1))),
        ("lever_in", (1, {"Id": 1}, [])),
        ("lever_in", (1, evolve(OPEN, afgesloten=True), [])),
    ],
)
def test_what_cannot_be_written_is_not_sent(name: str, arguments: tuple[Any, ...]) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing is to be sent")

    http = httpx.Client(transport=httpx.MockTransport(refuse))
    with http, PublicApiClient(SCHOOL, tokens=StaticToken(Secret("t")), http=http) as api:
        with pytest.raises(UsageError) as caught:
            getattr(api, name)(*arguments)
        assert isinstance(caught.value, MagisterConnectError)
        assert caught.value.advice
