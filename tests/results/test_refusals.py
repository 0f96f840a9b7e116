"""Every refusal of this room says what happened, where, who can fix it and what to do, and nothing of a pupil."""

import ast
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve

import magister_connect
from magister_connect.core.soap import Fault
from magister_connect.errors import (
    ContractMismatch,
    CursorStuck,
    MagisterConnectError,
    MappingError,
    NotPermitted,
    ReplyInvalid,
    Responsible,
    UsageError,
)
from magister_connect.identifiers import AmnDeelnemersnummer, Stamnummer, ToaGebruikersnaam
from magister_connect.results import HAND_WRITTEN, Checkpoint, Connection, FaultTexts, ResultsClient
from magister_connect.results.candidates import (
    Action,
    Candidate,
    Change,
    amn_file,
    changes_between,
    number_candidates,
    platform_file,
)
from magister_connect.results.contracts.contract import FIELDS
from magister_connect.results.pulling import window_reader as reader
from magister_connect.results.records import stamnummer_filter
from tests.results.world import ADDRESS, World

ROOMS = [Path(str(magister_connect.__file__)).parent / room for room in ("results", "store")]
MUST_ADVISE = {"UsageError", "CursorStuck", "LeaseHeld"}  # whose classes cannot know what to do, or not all of it
VALUES = ("Fenna", "Dijkman", "stamnummer-77", "geheime-sleutel")
PLATFORM = Candidate(
    number=ToaGebruikersnaam("N-77", scope="ZAND"), voornaam="Fenna", achternaam="Dijkman", department="VO"
)
AMN = Candidate(number=AmnDeelnemersnummer("N-77", scope="ZAND"), voornaam="Fenna", achternaam="")
OTHERS = Checkpoint(connection=Connection("TOA", "ZAND"), school_year="2025-2026")
WEEK = dt.timedelta(days=7)
BORN = dt.date(2010, 3, 1)


def calls() -> Iterator[Any]:
    """Every call of an error class whose own advice is not enough, as a case of its own."""
    for path in sorted(path for room in ROOMS for path in room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MUST_ADVISE:
                yield pytest.param(node, id=f"{path.parent.name}.{path.stem}-{node.lineno}")


@pytest.mark.parametrize("call", list(calls()))
def test_an_error_that_only_we_can_explain_has_a_place_and_an_advice(call: ast.Call) -> None:
    assert {"where", "advice"} <= {keyword.arg for keyword in call.keywords}


def evolved(**changes: Any) -> Candidate:
    return evolve(PLATFORM, **changes)


def client(**changes: Any) -> ResultsClient:
    account: dict[str, Any] = {"product": "JIJ", "instellingscode": "ZAND", "soap_key": "geheime-sleutel"}
    account |= {"address": ADDRESS, **changes}
    return ResultsClient(b"<definitions/>", **account)


def number(**prefixes: str) -> object:
    return number_candidates([Stamnummer("77", scope="zuid")], ToaGebruikersnaam, scope="ZAND", prefixes=prefixes)


def batches(**period: Any) -> object:
    return World(paging="offset").batches(**period)


def pulled(**options: Any) -> object:
    return World(paging="offset").pull(**options)


USAGE: list[tuple[str, Callable[[], object], str, str]] = [
    ("no product", lambda: client(product=""), "product", 'product="JIJ"'),
    ("no code", lambda: client(instellingscode=""), "instellingscode", "supplier of the tests"),
    ("no key", lambda: client(soap_key=""), "soap_key", "Fill in this setting"),
    ("a brin", lambda: client(instellingscode="98XX"), "instellingscode", "allow_brin=True"),
    ("a brin of a site", lambda: client(instellingscode="98xx01"), "instellingscode", "allow_brin=True"),
    ("no address", lambda: client(address=None), "address", "Pass address="),
    ("own fields", lambda: HAND_WRITTEN.evolve(fields={**FIELDS, "colour": ("colour",)}), "colour", "Result.extra"),
    ("no period", batches, "since", 'since="2025-08-01"'),
    ("no date", lambda: batches(since="Fenna"), "since", 'since="2025-08-01 08:30:00"'),
    ("no end", lambda: batches(since="2025-09-01", until="Fenna"), "until", 'until="2025-08-01"'),
    ("two years", lambda: batches(since="2025-05-01", until="2025-09-01"), "since, until", "Split the period"),
    ("overlap", lambda: batches(school_year="2025-2026", overlap=-WEEK), "overlap", "timedelta(days=7)"),
    ("other checkpoint", lambda: batches(since=OTHERS), "since", "its own"),
    ("overlap of a pull", lambda: pulled(overlap=-WEEK), "overlap", "timedelta(days=7)"),
    ("reread", lambda: pulled(reread=-WEEK), "reread", "timedelta(days=7)"),
    ("share in per cent", lambda: pulled(alarm_share=2), "alarm_count, alarm_share", "two in a hundred"),
    ("negative count", lambda: pulled(alarm_count=-1), "alarm_count, alarm_share", "alarm_count=20"),
    ("oldest first", lambda: pulled(newest_first=False), "from_school_year", 'from_school_year="2020-2021"'),
    ("future", lambda: pulled(from_school_year="2026-2027"), "from_school_year", "the clock of this machine"),
    ("one text", lambda: stamnummer_filter("stamnummer-77"), "stamnummers", "stamnummers=[stamnummer]"),
    ("other things", lambda: stamnummer_filter([b"stamnummer-77"]), "stamnummers", "whole numbers or identifiers"),  # type: ignore[arg-type]  # what a caller may do
    ("truth values", lambda: stamnummer_filter([True]), "stamnummers", "a function that returns whether"),
    ("no prefix", lambda: number(noord="N-"), "zuid", "for each scope"),
    ("empty prefix", lambda: number(zuid=""), "prefixes", "a letter or a dash"),
    ("same prefix", lambda: number(zuid="A", noord="A"), "prefixes", "its own"),
    ("one for two", lambda: changes_between([], [PLATFORM, evolved(voornaam="Daan")]), "toa", "number_candidates()"),
    (
        "given away",
        lambda: changes_between([], [evolved(geboortedatum=BORN)], archived=[evolved(geboortedatum=BORN + WEEK)]),
        "toa",
        "another number",
    ),
    ("amn to toa", lambda: platform_file([Change(Action.INSERT, AMN)]), "amn", "amn_file()"),
    ("no department", lambda: platform_file([Change(Action.INSERT, evolved(department=""))]), "[DEPARTMENT]", "code"),
    ("toa to amn", lambda: amn_file([Change(Action.INSERT, PLATFORM)]), "toa", "platform_file()"),
    ("no surname", lambda: amn_file([Change(Action.INSERT, AMN)]), "achternaam", "leave this participant out"),
]  # fmt: skip


def refused(action: Callable[[], object]) -> MagisterConnectError:
    with pytest.raises(MagisterConnectError) as caught:
        action()
    assert not [value for value in VALUES if value in str(caught.value)]
    return caught.value


@pytest.mark.parametrize(("action", "where", "advice"), [one[1:] for one in USAGE], ids=[one[0] for one in USAGE])
def test_a_mistake_of_the_caller_is_told_with_its_place_and_what_to_do(
    action: Callable[[], object], where: str, advice: str
) -> None:
    error = refused(action)
    assert isinstance(error, UsageError)
    assert error.responsible is Responsible.YOU
    assert where in (error.where or "")
    assert advice in (error.advice or "")


@pytest.mark.parametrize(
    ("options", "kind", "named"),
    [
        ({"newest_first": False}, UsageError, "from_school_year"),
        ({"overlap": -WEEK}, UsageError, "overlap"),
        ({"alarm_share": 2}, UsageError, "alarm_share"),
        ({"from_school_year": "2025"}, MappingError, "such as 2025-2026"),
        ({"reopen": "2025"}, MappingError, "such as 2025-2026"),
        ({"reopen": ["2024-2025", "all"]}, MappingError, "such as 2025-2026"),
        ({"reopen": "2030-2031"}, UsageError, "in the future"),
        ({"reraed": WEEK}, TypeError, "reraed"),
    ],
    ids=str,
)
def test_wrong_options_are_named_before_anything_is_sent_or_kept(
    options: dict[str, Any], kind: type[Exception], named: str
) -> None:
    world = World(paging="offset")
    with pytest.raises(kind, match=named):
        world.pull(**options)
    assert world.requests == 0
    assert world.store.checkpoints(Connection("JIJ", "ZAND")) == {}


def endless(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(reader, "MOST_BATCHES", 3)
    world = World(paging="offset", page_size=4)
    world.fill(40)
    return world.pull()


def backwards(_monkeypatch: pytest.MonkeyPatch) -> object:
    """A service that takes no notice of the last number."""
    world = World(paging="number", page_size=4)
    world.fill(9)
    same = world.respond(world.first_request())
    world.before.append(lambda request: same if request.method == "POST" else None)
    return world.pull()


def no_moments(_monkeypatch: pytest.MonkeyPatch) -> object:
    world = World(paging="offset")
    world.fill(2)
    world.service.damaged = {100: {"modified": None}, 101: {"modified": None}}
    return world.pull()


def no_numbers(_monkeypatch: pytest.MonkeyPatch) -> object:
    world = World(paging="number")
    world.fill(1)
    world.service.damaged = {100: {"submission_nr": "Fenna"}}
    return world.pull()


def other_records(_monkeypatch: pytest.MonkeyPatch) -> object:
    world = World(paging="offset", changes={"page_size": 50})
    world.fill(1)
    whole = world.respond(world.first_request())
    renamed = httpx.Response(200, content=whole.content.replace(b"result>", b"uitslag>"), headers=whole.headers)
    world.before.append(lambda request: renamed if request.method == "POST" else None)
    return world.pull()


@pytest.mark.parametrize(
    ("kind", "action", "advice", "responsible"),
    [
        (CursorStuck, endless, "Set the paging of the contract", Responsible.SUPPLIER),
        (CursorStuck, backwards, "parameters.last_number", Responsible.SUPPLIER),
        (ReplyInvalid, no_moments, "cursor_field", Responsible.YOU),
        (ReplyInvalid, no_numbers, "How does the service page", Responsible.SUPPLIER),
        (ContractMismatch, other_records, "Report the difference", Responsible.SUPPLIER),
    ],
)
def test_a_service_that_cannot_be_paged_is_told_with_the_setting_to_look_at(
    kind: type[MagisterConnectError],
    action: Callable[[pytest.MonkeyPatch], object],
    advice: str,
    responsible: Responsible,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = refused(lambda: action(monkeypatch))
    assert isinstance(error, kind)
    assert error.responsible is responsible
    assert error.where
    assert advice in (error.advice or "")


def test_what_a_key_may_not_do_is_told_with_whom_to_ask() -> None:
    error = FaultTexts().error(Fault("Sender", "Geen toegang tot deze dienst"), "JIJ", f"POST {ADDRESS}", 500)
    assert isinstance(error, NotPermitted)
    assert error.responsible is Responsible.SCHOOL
    assert "supplier" in (error.advice or "")
