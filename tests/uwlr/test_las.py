"""The simulated administration: pupils by every operation in the way of each system, consent, faults, and results."""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal, TypeAlias, get_args

import anyio
import attrs
import pytest

from magister_connect import edexml
from magister_connect.core.drivers import RetryPolicy
from magister_connect.errors import (
    DocumentInvalid,
    Maintenance,
    NotAuthenticated,
    NotPermitted,
    Refused,
    ReplyInvalid,
    ServiceError,
    UsageError,
)
from magister_connect.sandbox import Sandbox, UwlrSwitches
from magister_connect.sandbox.uwlr import Las, Way, uwlr_document
from magister_connect.uwlr import (
    LVS_SET,
    SMALLE_SET,
    AsyncUwlrClient,
    FaultCode,
    NoData,
    NothingChanged,
    PupilData,
    ResultsMessage,
    UwlrClient,
    excess,
    result_key,
)
from tests.uwlr.messages import exam, message, norms, result, taking

YEAR = "2025-2026"
WAYS: tuple[Way, ...] = get_args(Way)
Kind: TypeAlias = Literal["sync", "async"]
KINDS: tuple[Kind, ...] = ("sync", "async")


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=60) as school:
        yield school


@pytest.fixture
def las(school: Sandbox) -> Iterator[Callable[..., Las]]:
    """Put the switches of the administration, for one test."""
    before = school.clock.now()

    def put(**switches: Any) -> Las:
        made = Las(school.state, lambda: school.primary, UwlrSwitches(**switches))
        school.uwlr.__dict__.update(made.__dict__)
        from magister_connect.sandbox.uwlr import application

        school.serve("uwlr", application(school.uwlr))
        return school.uwlr

    yield put
    school.clock.set(before)
    put()


def ask(kind: Kind, school: Sandbox, call: Callable[[Any], Any], **changes: Any) -> Any:
    """What a client of either kind makes of a call."""
    accounts = school.accounts
    settings: dict[str, Any] = {
        "endpoint": school.uwlr_url,
        "klantnaam": accounts.uwlr_klantnaam,
        "klantcode": accounts.uwlr_klantcode,
        "autorisatiesleutel": school.uwlr.keys,
        "results_endpoint": school.uwlr_url,
        "retries": RetryPolicy(attempts=1),
        "clock": school.clock,
        **changes,
    }
    if kind == "sync":
        with UwlrClient(**settings) as uwlr:
            return call(uwlr)

    async def asked() -> Any:
        async with AsyncUwlrClient(**settings) as uwlr:
            return await call(uwlr)

    return anyio.run(asked)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_the_pupils_come_in_the_way_of_each_system(
    kind: Kind, way: Way, school: Sandbox, las: Callable[..., Las]
) -> None:
    las(way=way)
    version = "2.3" if way == "magister" else "2.2"
    hosted = uwlr_document(school.school, school.clock())
    found = ask(kind, school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR), version=version)
    joined = ask(kind, school, lambda uwlr: uwlr.stepped(school.school.brin, YEAR), version=version)
    assert isinstance(found, PupilData)
    assert isinstance(joined, PupilData)
    assert attrs.evolve(joined.document, findings=()) == attrs.evolve(found.document, findings=())
    assert [each.eckid for each in found.document.leerlingen] == [each.eckid for each in hosted.leerlingen]
    assert [each.groep for each in found.document.leerlingen] == [each.groep for each in hosted.leerlingen]
    codes = {each.code for each in found.document.findings}
    assert codes == ({"L01", "L04"} if way == "magister" else set())
    beyond = {path.partition(".")[2] for path in excess(found.document, SMALLE_SET).counts}
    expected = {"magister": {"omschrijving", "mutatiedatum"}, "esis": {"vestiging", "bsn_ondwnr_4", "key", "naam"}}
    assert beyond == expected.get(way, set())


@pytest.mark.parametrize("kind", KINDS)
def test_a_deviation_of_magister_stops_strict_reading(kind: Kind, school: Sandbox, las: Callable[..., Las]) -> None:
    las(way="magister")
    with pytest.raises(ReplyInvalid):
        ask(kind, school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR), lenient=False)


def test_a_pupil_is_known_by_the_eck_id_alone_from_2_3_on(school: Sandbox, las: Callable[..., Las]) -> None:
    las(keyless=True)
    for version in ("2.2", "2.3"):
        found = ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR), version=version)
        assert all((each.key == each.eckid) == (version == "2.3") for each in found.document.leerlingen)


def test_the_data_set_of_the_request_is_the_profile_of_the_answer(school: Sandbox, las: Callable[..., Las]) -> None:
    las(profile=None)
    whole, small, followed = (
        ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR), data_set=name).document
        for name in (None, "Smalle-set-VO", "LVS-set")
    )
    assert whole.leerlingen[0].gebruikersnaam
    assert not excess(small, SMALLE_SET)
    assert not excess(followed, LVS_SET)
    assert followed.leerlingen[0].geslacht is not None
    assert small.leerlingen[0].geslacht is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_changes_as_the_days_go_by_is_sent_and_nothing_when_nothing_did(
    kind: Kind, school: Sandbox, las: Callable[..., Las]
) -> None:
    las()
    first = ask(kind, school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR))
    again = ask(kind, school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR, since=first.since))
    assert again == NothingChanged(first.since)
    begin = school.clock.today()
    while not school.school.changes(begin):
        school.clock.advance(days=7)
    later = ask(kind, school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR, since=first.since))
    assert isinstance(later, PupilData)
    assert later.since > first.since


@pytest.mark.parametrize(
    ("since", "comes"),
    [(dt.datetime.min, True), (dt.datetime(2019, 1, 1), True), (dt.datetime.max, False)],  # noqa: DTZ901 - the zone follows
    ids=["the first moment there is", "before the school was founded", "the last moment there is"],
)
def test_any_moment_may_be_asked_with(
    since: dt.datetime, comes: bool, school: Sandbox, las: Callable[..., Las]
) -> None:
    las()
    moment = since.replace(tzinfo=dt.UTC)
    found = ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR, since=moment))
    assert isinstance(found, PupilData) is comes


def test_what_was_written_over_a_record_is_a_change(school: Sandbox, las: Callable[..., Las]) -> None:
    las()
    first = ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR))
    school.clock.advance(hours=1)
    pupil = next(iter(school.school.pupils_on(school.clock.today())))[0]
    school.school.replace(pupil, roepnaam="Anders")
    later = ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR, since=first.since))
    school.school.replace(pupil, roepnaam=pupil.roepnaam)
    assert isinstance(later, PupilData)
    diff = edexml.diff(first.document, later.document)
    assert {kind: len(keys) for kind, keys in diff.renamed.items()} == {"leerling": 1}


def test_an_administration_that_does_not_honour_the_moment_sends_everything(
    school: Sandbox, las: Callable[..., Las]
) -> None:
    las(honours_since=False)
    first = ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR))
    again = ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR, since=first.since))
    assert isinstance(again, PupilData)


@pytest.mark.parametrize("kind", KINDS)
def test_each_school_has_its_own_key_and_its_own_consent(kind: Kind, school: Sandbox, las: Callable[..., Las]) -> None:
    own, primary = school.school.brin, school.primary.brin
    hosting = las()
    assert isinstance(ask(kind, school, lambda uwlr: uwlr.pupils(primary, YEAR)), PupilData)
    with pytest.raises(NotPermitted):
        ask(kind, school, lambda uwlr: uwlr.pupils(primary, YEAR), autorisatiesleutel=school.uwlr.keys[own])
    hosting.withdraw(own)
    with pytest.raises(NotPermitted):
        ask(kind, school, lambda uwlr: uwlr.pupils(own, YEAR))
    assert isinstance(ask(kind, school, lambda uwlr: uwlr.pupils(primary, YEAR)), PupilData)
    hosting.consent(own)
    assert isinstance(ask(kind, school, lambda uwlr: uwlr.pupils(own, YEAR)), PupilData)
    assert ask(kind, school, lambda uwlr: uwlr.pupils(own, "2031-2032")) == NoData()


FAULTS: dict[FaultCode, type[Refused]] = {
    FaultCode.TIJDELIJK_NIET_BESCHIKBAAR: Maintenance,
    FaultCode.INTERNE_FOUT: ServiceError,
    FaultCode.XSD_VERSIE_ONGELDIG: Refused,
    FaultCode.ONGELDIGE_KLANT_IDENTIFICATIE: NotAuthenticated,
}


@pytest.mark.parametrize("code", FAULTS)
@pytest.mark.parametrize("form", [{}, {"fault_prefix": False}, {"fault_status": 200}, {"fault_status": 403}])
def test_a_fault_on_request_comes_in_each_form(
    code: FaultCode, form: dict[str, Any], school: Sandbox, las: Callable[..., Las]
) -> None:
    las(**form).refuse_next(code)
    with pytest.raises(FAULTS[code]) as raised:
        ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR))
    assert raised.value.code == code
    assert isinstance(ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR)), PupilData)


def send(message: ResultsMessage, uwlr: Any) -> Any:
    return uwlr.send_results(message)


def of_school(school: Sandbox, *scores: int, test: str = "T1", **changes: Any) -> ResultsMessage:
    """Results of the first pupils of a school."""
    pupils = uwlr_document(school.school, school.clock()).leerlingen
    takings = (
        taking(result(result_key(each.key, test), toetscode=test, score=score), leerlingid=each.key, eckid=each.eckid)
        for each, score in zip(pupils, scores, strict=False)
    )
    tests = (exam(test, toetsnormering=norms((0, 4), (5, 9))),)
    return message(*takings, tests=tests, brincode=school.school.brin, **changes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("confirmation", ["element", "empty 202"])
def test_results_arrive_whole_or_not_at_all_and_the_same_key_replaces(
    kind: Kind, confirmation: str, school: Sandbox, las: Callable[..., Las]
) -> None:
    hosting = las(confirmation=confirmation)
    ask(kind, school, lambda uwlr: uwlr.send_results(of_school(school, 3, 5, 9)))
    ask(kind, school, lambda uwlr: uwlr.send_results(of_school(school, 4, 5, 9)))
    assert [each.result.score for each in hosting.results.values()] == [4, 5, 9]
    assert {each.times for each in hosting.results.values()} == {2}
    stranger = attrs.evolve(of_school(school, 1), toetsafnames=(taking(leerlingid="L-9999"),))
    with pytest.raises(Refused) as raised:
        ask(kind, school, partial(send, stranger))
    assert raised.value.code == "Client.LeerlingOngeldig"
    with pytest.raises(DocumentInvalid, match="No norm of the test holds this score"):
        ask(kind, school, partial(send, of_school(school, 1, 2, 10)))
    assert [each.result.score for each in hosting.results.values()] == [4, 5, 9]


def test_a_receiver_by_the_schema_refuses_what_the_receiver_of_rtti_takes(
    school: Sandbox, las: Callable[..., Las]
) -> None:
    (first,) = of_school(school, 5).toetsafnames
    odd = attrs.evolve(first, resultaten=(result("k", score=None, afwijkende_score="X"),))
    sent = attrs.evolve(of_school(school, 5), toetsafnames=(odd,))
    with pytest.raises(DocumentInvalid, match="deviating_scores"):
        ask("sync", school, lambda uwlr: uwlr.send_results(sent))
    with pytest.raises(Refused) as raised:
        ask("sync", school, lambda uwlr: uwlr.send_results(sent, deviating_scores=True))
    assert raised.value.code == "Client.ScoreOngeldig"
    hosting = las(receiver="rtti")
    ask("sync", school, lambda uwlr: uwlr.send_results(sent, deviating_scores=True))
    assert [each.result.afwijkende_score for each in hosting.results.values()] == ["X"]


def test_results_without_an_address_are_not_sent(school: Sandbox) -> None:
    with pytest.raises(UsageError, match="results_endpoint="):
        ask("sync", school, partial(send, of_school(school, 5)), results_endpoint=None)


def test_a_stream_gives_the_same_pupils_in_each_way(school: Sandbox, las: Callable[..., Las]) -> None:
    for way in WAYS:
        las(way=way)
        whole = ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR))
        items = ask("sync", school, lambda uwlr: list(uwlr.stream(school.school.brin, YEAR)))
        assert tuple(each for each in items if isinstance(each, edexml.Leerling)) == whole.document.leerlingen


def test_the_clock_of_the_school_is_the_moment_of_the_answer(school: Sandbox, las: Callable[..., Las]) -> None:
    las()
    found = ask("sync", school, lambda uwlr: uwlr.pupils(school.school.brin, YEAR))
    assert found.since == school.clock.now().replace(microsecond=0)
    assert found.since.tzinfo is not None
    assert found.since.astimezone(dt.UTC) == school.clock().replace(microsecond=0)
