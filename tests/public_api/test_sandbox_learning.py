"""Study material, assignments and activities of the simulated school: files can be fetched, work handed in."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from magister_connect.errors import NotFound
from magister_connect.public_api.elo import OpdrachtStatus
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.sandbox.school.people import Leerling
from tests.public_api.simulated import BOTH, Ask, ask_sync, fetch, first_pupil, parent_of, send, some_staff

TODAY = dt.date(2025, 11, 20)


@pytest.fixture
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=6, staff=15) as school:
        yield school


@BOTH
@pytest.mark.parametrize(("many", "one"), [("studiewijzers", "studiewijzer"), ("projecten", "project")])
def test_each_year_has_a_guide_of_its_own(school: Sandbox, ask: Ask, many: str, one: str) -> None:
    pupil = max(school.school.leerlingen.values(), key=lambda each: len(each.inschrijvingen))
    assert len(pupil.inschrijvingen) > 1
    numbers = set()
    for enrolment in pupil.inschrijvingen:
        (short,) = ask(school, pupil, many, pupil.persoon_id, peildatum=enrolment.begin)
        guide = ask(school, pupil, one, pupil.persoon_id, short.id)
        assert guide.van == enrolment.lesperiode.begin
        assert [each.titel for each in guide.onderdelen.items] == [f"Week {number}" for number in range(1, 7)]
        assert (short.onderdelen, short.links["Self"].href) == (
            None,
            f"/api/leerlingen/{pupil.persoon_id}/{many}/{short.id}",
        )
        numbers.add(short.id)
    assert len(numbers) == len(pupil.inschrijvingen)


@BOTH
def test_a_file_can_be_fetched_by_its_signed_address_for_a_while(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    part = ask(school, pupil, "onderdeel", pupil.persoon_id, 1, 3)
    place = ask(school, pupil, "studiewijzerbijlage", pupil.persoon_id, 1, part.bronnen[0].id)
    fetched = fetch(place.location)
    assert len(fetched.content) == part.bronnen[0].grootte
    assert fetched.text.startswith(part.bronnen[0].naam)
    assert fetch(place.location.replace("sig=", "sig=0")).status_code == 403
    school.clock.advance(seconds=601)
    assert fetch(place.location).status_code == 403


def test_without_a_wish_a_file_is_led_to_by_302(school: Sandbox) -> None:
    pupil = first_pupil(school)
    answer = send(school, pupil, "GET", f"leerlingen/{pupil.persoon_id}/studiewijzers/1/bijlagen/2")
    assert answer.status_code == 302
    assert fetch(answer.headers["location"]).status_code == 200


@BOTH
def test_sources_lie_in_folders(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    folder, file = ask(school, pupil, "bronnen", pupil.persoon_id)
    assert (folder.bron_soort, file.bron_soort) == (0, 1)
    inside = ask(school, pupil, "bronnen", pupil.persoon_id, parent=folder.id)
    assert [(each.naam, each.parent_id) for each in inside] == [("Leesdossier.txt", 1), ("Formulekaart.txt", 1)]
    answer = send(school, pupil, "GET", f"{_path(inside[0].links['Contents'])}?redirect_type=body")
    assert fetch(answer.json()["location"]).text.startswith("Leesdossier.txt")


@BOTH
def test_a_material_opens_by_its_ean(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    for material in ask(school, pupil, "lesmateriaal", pupil.persoon_id):
        place = ask(school, pupil, "digitaal_lesmateriaal", pupil.persoon_id, material.ean)
        assert fetch(place.location).text.startswith(material.vak.omschrijving)
        digits = [int(each) for each in material.ean]
        assert sum(digits[::2] + [3 * each for each in digits[1::2]]) % 10 == 0
    with pytest.raises(NotFound):
        ask(school, pupil, "digitaal_lesmateriaal", pupil.persoon_id, "9990000000000")


@BOTH
def test_assignments_are_as_far_as_the_clock(school: Sandbox, ask: Ask) -> None:
    pupil, now = first_pupil(school), school.clock.now()
    found = ask(school, pupil, "opdrachten", pupil.persoon_id)
    assert {each.status_laatste_opdracht_versie for each in found} >= {OpdrachtStatus.OPEN, OpdrachtStatus.BEOORDEELD}
    for each in found:
        status = each.status_laatste_opdracht_versie
        assert each.mag_inleveren == (status is OpdrachtStatus.OPEN)
        assert (each.beoordeling is not None) == (status is OpdrachtStatus.BEOORDEELD)
        assert each.ingeleverd_op is None or each.ingeleverd_op <= now
        version = ask(school, pupil, "opdrachtversie", pupil.persoon_id, each.versie_navigatie_items[0].id)
        assert (version.opdracht_id, version.status, version.beoordeling) == (each.id, status, each.beoordeling)
    first, last = TODAY, TODAY + dt.timedelta(days=28)
    within = ask(school, pupil, "opdrachten", pupil.persoon_id, begin=first, einde=last)
    due = [each for each in found if first <= each.inleveren_voor.astimezone(AMSTERDAM).date() <= last]
    assert [each.id for each in within] == [each.id for each in due]
    assert len(due) == 2


def _open_assignment(school: Sandbox, pupil: Leerling) -> tuple[Any, dict[str, Any], str]:
    """An assignment that is open, its version as the interface has it, and the address to hand it in."""
    found = ask_sync(school, pupil, "opdrachten", pupil.persoon_id, begin=TODAY)[0]
    path = _path(found.versie_navigatie_items[0].links["Self"])
    version = send(school, pupil, "GET", path).json()
    return found, version, f"{path}?opdrachtId={found.id}"


@BOTH
def test_what_is_handed_in_is_there(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    assignment, version, path = _open_assignment(school, pupil)
    file = {"Id": 0, "Naam": "betoog.txt", "ContentType": "text/plain", "UniqueId": "x", "BronSoort": 1, "Links": None}
    sent = {**version, "LeerlingOpmerking": "Klaar", "LeerlingBijlagen": [file]}
    assert send(school, pupil, "POST", path, json=sent).json()["Status"] == OpdrachtStatus.INGELEVERD
    found = ask(school, parent_of(school, pupil), "opdrachtversie", pupil.persoon_id, version["Id"])
    assert (found.leerling_opmerking, found.ingeleverd_op, found.is_te_laat) == ("Klaar", school.clock(), False)
    kept = found.leerling_bijlagen[0]
    answer = send(school, pupil, "GET", f"{_path(kept.links['Self'])}?redirect_type=body")
    assert fetch(answer.json()["location"]).text.startswith("betoog.txt")
    whole = ask(school, pupil, "opdracht", pupil.persoon_id, assignment.id)
    assert (whole.status_laatste_opdracht_versie, whole.mag_inleveren) == (OpdrachtStatus.INGELEVERD, False)
    assert send(school, pupil, "POST", path, json=sent).status_code == 400  # it has been handed in


def test_only_the_pupil_hands_in_and_only_what_is_meant(school: Sandbox) -> None:
    pupil = first_pupil(school)
    _, version, path = _open_assignment(school, pupil)
    assert send(school, parent_of(school, pupil), "POST", path, json=version).status_code == 403
    assert send(school, pupil, "POST", path.partition("?")[0], json=version).status_code == 400
    assert send(school, pupil, "POST", path, json={"LeerlingBijlagen": [{}]}).status_code == 400
    assert send(school, pupil, "POST", path, content=b"{").status_code == 400
    assert send(school, pupil, "POST", path, json=[]).status_code == 400


def _subscription(part: Any, pupil: Leerling) -> tuple[str, dict[str, int]]:
    sent = {"persoonId": pupil.persoon_id, "activiteitId": part.activiteit_id, "onderdeelId": part.id}
    return _path(part.links["Subscriptions"]), sent


def _path(link: Any) -> str:
    return str(link.href).removeprefix("/api/")


@BOTH
def test_pupils_subscribe_while_there_is_room(school: Sandbox, ask: Ask) -> None:
    *first, last = list(school.school.leerlingen.values())[:4]
    for place, pupil in enumerate(first):
        part = ask(school, pupil, "activiteitonderdelen", pupil.persoon_id, 2)[0]
        assert (part.aantal_plaatsen_beschikbaar, part.is_ingeschreven) == (3 - place, False)
        path, sent = _subscription(part, pupil)
        assert send(school, pupil, "POST", path, json={**sent, "onderdeelId": 0}).status_code == 400
        assert send(school, pupil, "POST", path, json=sent).status_code == 204
        mine, *others = ask(school, pupil, "activiteitonderdelen", pupil.persoon_id, 2)
        assert mine.is_ingeschreven
        assert not any(each.is_op_in_te_schrijven for each in others)  # one part each
        assert ask(school, pupil, "activiteiten", pupil.persoon_id)[1].aantal_inschrijvingen == 1
    part = ask(school, last, "activiteitonderdelen", last.persoon_id, 2)[0]
    path, sent = _subscription(part, last)
    assert (part.aantal_plaatsen_beschikbaar, part.is_op_in_te_schrijven) == (0, False)
    assert send(school, last, "POST", path, json=sent).status_code == 400
    other_path, _ = _subscription(ask(school, first[0], "activiteitonderdelen", first[0].persoon_id, 2)[0], first[0])
    assert send(school, first[0], "DELETE", other_path).status_code == 204
    assert send(school, last, "POST", path, json=sent).status_code == 204


@BOTH
def test_what_everybody_takes_part_in_is_not_left(school: Sandbox, ask: Ask) -> None:
    pupil = first_pupil(school)
    (part,) = ask(school, pupil, "activiteitonderdelen", pupil.persoon_id, 1)
    assert (part.is_ingeschreven, part.is_verplicht_ingeschreven) == (True, True)
    path, sent = _subscription(part, pupil)
    assert send(school, pupil, "DELETE", path).status_code == 400
    assert send(school, parent_of(school, pupil), "POST", path, json=sent).status_code == 403
    with pytest.raises(NotFound):
        ask(school, pupil, "activiteitonderdelen", pupil.persoon_id, 9)


@pytest.mark.parametrize(
    "path",
    [
        "leerlingen/{p}/studiewijzers/77",
        "leerlingen/{p}/studiewijzers/1/onderdelen/7",
        "leerlingen/{p}/studiewijzers/1/bijlagen/1",
        "personen/{p}/opdrachten/77",
        "personen/{p}/opdrachten/versie/77",
        "personen/{p}/opdrachten/1/bijlagen/9",
        "personen/{p}/bronnen/1",
        "personen/{p}/activiteiten/9/onderdelen",
        "personen/{p}/afspraken/99999999999999",
        "personen/{p}/afspraken/99",
        "leerlingen/{p}/verantwoordingen/1",
        "leerlingen/{p}/lvs/logboekformulieren/999",
        "medewerkers/999/afspraken?begin=2025-11-20&einde=2025-11-20",
        "berichten/berichten/999",
        "berichten/berichten/10/bijlagen/2",
        "berichten/mappen/9/berichten",
    ],
)
def test_what_is_not_there_is_not_found(school: Sandbox, path: str) -> None:
    answer = send(school, some_staff(school), "GET", path.format(p=first_pupil(school).persoon_id))
    assert (answer.status_code, answer.json()) == (404, {"Message": "Niet gevonden."})
