"""Messages of the simulated school: what is marked, moved, removed and sent can be read back."""

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from magister_connect.core.json import read_record
from magister_connect.errors import NotFound, Refused
from magister_connect.public_api import forward, reply_to
from magister_connect.public_api.berichten import Berichtbijlage, NieuwBericht, Ontvanger, VolledigBericht
from magister_connect.public_api.exchange.operations import write_record
from magister_connect.sandbox import Sandbox
from tests.public_api.simulated import BOTH, Ask, fetch, first_pupil, parent_of, send, some_staff

READ = {"op": "replace", "path": "/IsGelezen", "value": True}


@pytest.fixture
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=2, staff=15) as school:
        yield school


def numbers(found: list[Any]) -> list[int]:
    return [each.id for each in found]


@BOTH
def test_a_message_is_sent_and_arrives(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    parent, teacher = parent_of(school, pupil), some_staff(school)
    people = tuple(Ontvanger(id=each.persoon_id) for each in (pupil, parent))
    new = NieuwBericht(ontvangers=people, onderwerp="Excursie", inhoud="<p>Morgen</p>")
    number = ask(school, teacher, "verstuur", new)
    (sent,) = ask(school, teacher, "berichten", "verzondenitems")
    assert sent.id == number
    for reader in (pupil, parent):
        newest = ask(school, reader, "berichten")[0]
        assert (newest.id, newest.afzender.id, newest.is_gelezen) == (sent.id, teacher.persoon_id, False)
        whole = ask(school, reader, "bericht", newest.id)
        assert (whole.inhoud, whole.onderwerp, whole.verzonden_op) == ("<p>Morgen</p>", "Excursie", school.clock())
        assert {each.id for each in whole.ontvangers} == {pupil.persoon_id, parent.persoon_id}
    assert sent.id not in numbers(ask(school, teacher, "berichten"))


@BOTH
def test_a_message_to_nobody_known_is_refused(school: Sandbox, ask: Ask) -> None:
    with pytest.raises(Refused):
        ask(school, first_pupil(school), "verstuur", NieuwBericht(ontvangers=(Ontvanger(id=999_999),)))
    assert ask(school, first_pupil(school), "berichten", "verzondenitems") == []


@BOTH
def test_messages_are_read_moved_and_removed(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    ask(school, pupil, "markeer_gelezen", [45, 44])
    assert [each.aantal_ongelezen for each in ask(school, pupil, "mappen")] == [43, 0, 0]
    ask(school, pupil, "markeer_gelezen", [44], gelezen=False)
    assert [each.id for each in ask(school, pupil, "berichten") if each.is_gelezen] == [45]
    ask(school, pupil, "verplaats", [45, 10], 3)
    assert numbers(ask(school, pupil, "berichten", "verwijderdeitems")) == [45, 10]
    assert numbers(ask(school, pupil, "berichten", 3)) == [45, 10]
    assert ask(school, pupil, "bericht", 45).map_id == 3
    ask(school, pupil, "verwijder", [45])
    with pytest.raises(NotFound):
        ask(school, pupil, "bericht", 45)
    assert len(ask(school, parent_of(school, pupil), "berichten")) == 45  # everybody has their own


@BOTH
def test_words_find_messages(school: Sandbox, ask: Ask) -> None:
    found = ask(school, first_pupil(school), "berichten", trefwoorden="mededeling 4")
    assert numbers(found) == [45, 44, 43, 42, 41, 40, 4]


@BOTH
def test_a_file_of_a_message_can_be_fetched(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    listed = ask(school, pupil, "berichten")
    assert [each.id for each in listed if each.heeft_bijlagen] == [40, 30, 20, 10]
    (file,) = ask(school, pupil, "berichtbijlagen", 40)
    path = file.links["download"].href.removeprefix("/api/")
    location = send(school, pupil, "GET", f"{path}?redirect_type=body").json()["location"]
    assert len(fetch(location).content) == file.grootte
    assert ask(school, pupil, "berichtbijlagen", 41) == []


@pytest.mark.parametrize(
    ("method", "sent", "status"),
    [
        ("PATCH", {"berichten": [{"berichtId": 1}]}, 400),
        ("PATCH", {"berichten": [{"berichtId": 999, "operations": [READ]}]}, 400),
        ("PATCH", {"berichten": [{"berichtId": 1, "operations": [READ, {**READ, "path": "/Af"}]}]}, 400),
        ("PATCH", {"berichten": [{"berichtId": 1, "operations": [READ, {**READ, "path": "/MapId", "value": 9}]}]}, 400),
        ("DELETE", [{"nummer": 1}], 400),
        ("DELETE", [{"berichtId": 999}], 404),
        ("DELETE", None, 400),
        ("POST", {"onderwerp": "aan niemand"}, 400),
        ("POST", {"ontvangers": []}, 400),
        ("POST", {"ontvangers": ["iemand"]}, 400),
    ],
)
def test_what_makes_no_sense_changes_nothing(school: Sandbox, method: str, sent: object, status: int) -> None:
    pupil = first_pupil(school)
    assert send(school, pupil, method, "berichten/berichten", json=sent).status_code == status
    folders = send(school, pupil, "GET", "berichten/mappen").json()["items"]
    assert [each["aantalOngelezen"] for each in folders] == [45, 0, 0]


@BOTH
def test_a_draft_is_saved_written_again_and_removed(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    draft = NieuwBericht(onderwerp="Vraag")
    number = ask(school, pupil, "bewaar_concept", draft)
    assert ask(school, pupil, "bewaar_concept", evolve(draft, inhoud="<p>Wanneer?</p>"), number) == number
    ask(school, pupil, "verwijder_concepten", [number])
    with pytest.raises(NotFound):
        ask(school, pupil, "verwijder_concepten", [number])


@BOTH
def test_an_upload_goes_to_the_storage_without_the_token(school: Sandbox, ask: Ask) -> None:
    found = ask(school, first_pupil(school), "upload", "betoog.txt", b"Geachte lezer", "text/plain")
    assert (found.name, found.for_message.type, found.for_message.id) == ("betoog.txt", "upload", found.id)


def test_a_reply_goes_to_the_sender_and_once_to_each() -> None:
    people = [{"id": 3}, {"id": 1}, {"id": None}, {"id": 2}]
    told = {"id": 9, "onderwerp": "Re: les", "afzender": {"id": 1}, "ontvangers": people, "inhoud": "<p>a</p>"}
    message = read_record(VolledigBericht, {**told, "kopieOntvangers": [{"id": 2}]})
    answer = reply_to(message, "<p>b</p>")
    assert ([each.id for each in answer.ontvangers], answer.onderwerp) == ([1], "Re: les")
    assert [each.id for each in reply_to(message, "", to_all=True).ontvangers] == [1, 3, 2]
    passed_on = forward(message, [7], "<p>c</p>", bijlagen=[Berichtbijlage(id=5)])
    assert (passed_on.onderwerp, passed_on.inhoud) == ("FW: Re: les", "<p>c</p><p>a</p>")
    written = write_record(passed_on)
    assert (written["bijlagen"], written["verzendOptie"]) == ([{"id": 5, "type": "bijlage"}], "doorgestuurd")
