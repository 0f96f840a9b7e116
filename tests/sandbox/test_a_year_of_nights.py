"""A year of nights in one go, 1 August included: what each interface shows is what the log of changes says."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from magister_connect import edexml
from magister_connect.medius import MediusClient, diff, lesperiode_on
from magister_connect.results import ResultsClient, pull_results
from magister_connect.sandbox import Change, ChangeKind, Sandbox
from magister_connect.store import Store
from tests.public_api.simulated import ask_sync

FIRST, LAST = dt.date(2025, 11, 20), dt.date(2026, 11, 20)
NEW_YEAR = dt.date(2026, 8, 1)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(pupils=60, staff=20) as running:
        yield running


def nights(sandbox: Sandbox) -> Iterator[tuple[dt.date, list[Change]]]:
    """Every night in which something changed, and the first of every month, with what changed since the one before."""
    before = FIRST
    for turn in range(1, (LAST - FIRST).days + 1):
        night = FIRST + dt.timedelta(days=turn)
        changes = sandbox.school.changes(before, night)
        if changes or night.day == 1:
            sandbox.clock.set(dt.datetime.combine(night, dt.time(3)))
            yield night, changes
            before = night


def people(changes: list[Change], kind: ChangeKind, person: str = "leerling") -> set[int]:
    return {each.stamnummer for each in changes if each.kind is kind and each.person == person}


def test_medius_shows_every_night_what_the_log_says(sandbox: Sandbox) -> None:
    with MediusClient(
        sandbox.medius_url,
        username=sandbox.medius_username,
        password=sandbox.medius_password,
        allow_http=True,
        clock=sandbox.clock,
    ) as medius:
        before, seen = medius.students(), 0
        for night, changes in nights(sandbox):
            after = medius.students()
            change = diff(before, after)
            assert {int(str(each.stamnummer)) for each in change.added} == people(changes, ChangeKind.CAME)
            assert {int(str(each.stamnummer)) for each in change.left} == people(changes, ChangeKind.LEFT)
            moved = people(changes, ChangeKind.MOVED_UP) | people(changes, ChangeKind.REPEATS)
            if night == NEW_YEAR:
                assert len(moved) > 15
                assert moved <= {int(str(each.after[0].stamnummer)) for each in change.changed}
                staff = {each.stamnummer: each.code for each in medius.employees()}
                for number in people(changes, ChangeKind.LEFT, "medewerker"):
                    assert str(staff[str(number)]).startswith("*")
            assert {each.lesperiode_korte_omschrijving for each in after} <= {_long(lesperiode_on(night))}
            before, seen = after, seen + 1
        assert seen > 15


def _long(code: str) -> str:
    return f"20{code[:2]}/20{code[2:]}"


def test_edexml_says_every_night_what_the_log_says(sandbox: Sandbox) -> None:
    sandbox.clock.set(dt.datetime.combine(FIRST, dt.time(3)))
    before = edexml.read(sandbox.edexml())
    for night, changes in nights(sandbox):
        after = edexml.read(sandbox.edexml())
        found = edexml.diff(before, after)
        for kind, keys in ((ChangeKind.CAME, found.added), (ChangeKind.LEFT, found.left)):
            assert {10_000 + int(key[2:]) for key in keys.get("leerling", ())} == people(changes, kind)
        assert found.same_year is (night != NEW_YEAR)
        renamed = people(changes, ChangeKind.RENAMED)
        assert renamed <= {10_000 + int(key[2:]) for key in found.changed.get("leerling", ())}
        before = after


def test_results_come_all_once_and_over_a_whole_year(sandbox: Sandbox, tmp_path: Path) -> None:
    pulled = 0
    with (
        Store(f"sqlite:///{tmp_path / 'school.db'}") as store,
        ResultsClient(
            sandbox.results_wsdl,
            product="JIJ",
            instellingscode=sandbox.instellingscode,
            soap_key=sandbox.results_key,
            clock=sandbox.clock,
        ) as service,
    ):
        for fortnight in range(27):
            sandbox.clock.set(dt.datetime.combine(FIRST + dt.timedelta(weeks=2 * fortnight), dt.time(3)))
            known = {str(number) for number in sandbox.school.leerlingen}
            pulled += pull_results(service, store, stamnummers=known).stored
        shown = sandbox.school.results("JIJ", sandbox.clock.local())
        stored = {each.submission_nr: each.modified_at for each in store.results(product="JIJ")}
    expected = {str(each.submission_nr) for each in shown if each.stamnummer}
    assert stored.keys() >= expected
    years = {each.afgenomen.year for each in shown}
    assert years >= {2025, 2026}
    assert len(stored) <= pulled < 1.2 * len(stored)


def test_who_came_has_an_account_and_an_agenda_the_next_morning(sandbox: Sandbox) -> None:
    token = {"Authorization": f"Bearer {sandbox.accounts.scim_token}"}
    users = f"{sandbox.scim_url}/Users"
    before = httpx.get(users, headers=token).json()["totalResults"]
    sandbox.clock.set(dt.datetime.combine(NEW_YEAR, dt.time(8)))
    came = [each for each in sandbox.school.changes(NEW_YEAR - dt.timedelta(days=1)) if each.kind is ChangeKind.CAME]
    newcomer = sandbox.school.leerlingen[max(each.stamnummer for each in came if each.person == "leerling")]
    assert httpx.get(users, headers=token).json()["totalResults"] >= before + len(came)
    monday = dt.date(2026, 8, 3)
    (enrolment,) = ask_sync(sandbox, newcomer, "aanmeldingen", newcomer.persoon_id)
    assert enrolment.begin == NEW_YEAR
    lessons = ask_sync(sandbox, newcomer, "afspraken", newcomer.persoon_id, monday, monday + dt.timedelta(days=4))
    assert (
        [each.id for each in lessons]
        == [
            each.nummer
            for each in sandbox.school.lessons_of(newcomer.stamnummer, monday, monday + dt.timedelta(days=4))
        ]
        != []
    )
