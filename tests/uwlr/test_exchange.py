"""Client and server together, over ASGI without a socket, and each against the official schema."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import attrs
import httpx
import pytest
from lxml import etree

from magister_connect import edexml
from magister_connect.errors import DocumentInvalid, NotAuthenticated, NotPermitted, Refused, ReplyInvalid, UsageError
from magister_connect.sandbox import Sandbox
from magister_connect.uwlr import (
    AsyncUwlrClient,
    GroupReference,
    IncomingRequest,
    NoData,
    NothingChanged,
    PupilData,
    ResultsMessage,
    SchoolReference,
    Supplier,
    UwlrApplication,
    outcome_since,
)
from magister_connect.uwlr.server import Outcome
from tests.uwlr.messages import ACCOUNT, FULL, message, result, schema, taking

# httpx leaves generators of its own to the garbage collector when a stream ends early; only trio minds.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Exception ignored in. <async_generator object \w*(Response|Stream)\w*\."
)
ADDRESS = "http://las.localhost/uwlr"
CHANGED = dt.datetime(2026, 1, 10, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def document() -> edexml.Document:
    with Sandbox() as school:
        return edexml.read(school.edexml(version="2.1"))


class School:
    """Hosts one document, and keeps what it is sent."""

    def __init__(self, document: edexml.Document | None) -> None:
        self.document = document
        self.results: dict[str, object] = {}

    async def outcome(self, request: IncomingRequest, supplier: Supplier) -> Outcome:
        assert supplier.klantnaam == ACCOUNT.klantnaam.reveal()
        return outcome_since(request, self.document, CHANGED)

    async def take_results(self, results: ResultsMessage, supplier: Supplier) -> None:
        assert supplier.klantnaam
        self.results.update({each.key: each for each in results.results})


def application(school: School, reference: SchoolReference) -> UwlrApplication:
    supplier = Supplier(
        ACCOUNT.klantnaam.reveal(), ACCOUNT.klantcode.reveal(), {ACCOUNT.autorisatiesleutel.reveal(): (reference,)}
    )
    return UwlrApplication(school, lambda: (supplier,))


def client(app: UwlrApplication, **changes: object) -> AsyncUwlrClient:
    settings: dict[str, object] = {
        "klantnaam": ACCOUNT.klantnaam,
        "klantcode": ACCOUNT.klantcode,
        "autorisatiesleutel": ACCOUNT.autorisatiesleutel,
        "results_endpoint": ADDRESS,
        "lenient": False,
        "http": httpx.AsyncClient(transport=httpx.ASGITransport(app=app)),
    }
    return AsyncUwlrClient(ADDRESS, **{**settings, **changes})  # type: ignore[arg-type]  # of the types above


def reference_of(document: edexml.Document) -> SchoolReference:
    return SchoolReference(brincode=document.school.brincode, dependancecode=document.school.dependancecode)


@pytest.mark.anyio
async def test_the_whole_school_comes_as_it_is(document: edexml.Document) -> None:
    reference = reference_of(document)
    async with client(application(School(document), reference)) as uwlr:
        match await uwlr.pupils(reference, document.school.schooljaar):
            case PupilData(found, since):
                assert found.leerlingen == document.leerlingen
                assert found.groepen == document.groepen
                assert since.tzinfo is not None
            case other:
                pytest.fail(repr(other))


@pytest.mark.anyio
async def test_three_steps_make_the_same_document_as_one(document: edexml.Document) -> None:
    reference = reference_of(document)
    async with client(application(School(document), reference)) as uwlr:
        whole = await uwlr.pupils(reference, document.school.schooljaar)
        joined = await uwlr.stepped(reference, document.school.schooljaar)
    assert isinstance(whole, PupilData)
    assert isinstance(joined, PupilData)
    assert joined.document == whole.document


@pytest.mark.anyio
async def test_groups_are_asked_for_by_themselves(document: edexml.Document) -> None:
    reference, year = reference_of(document), document.school.schooljaar
    group = document.groepen[0]
    async with client(application(School(document), reference)) as uwlr:
        some = await uwlr.pupils_of(reference, year, [group])
        staff = await uwlr.staff_of(reference, year, [group])
        rest = await uwlr.pupils_of(reference, year, [GroupReference()])
    assert isinstance(some, PupilData)
    assert {each.groep for each in some.document.leerlingen} == {group.key}
    assert isinstance(staff, PupilData)
    assert all(group.key in {each.key for each in one.groepen} for one in staff.document.leerkrachten)
    assert not isinstance(rest, PupilData) or {each.groep for each in rest.document.leerlingen} == {None}


@pytest.mark.anyio
async def test_a_moment_decides_whether_anything_changed(document: edexml.Document) -> None:
    reference, year = reference_of(document), document.school.schooljaar
    async with client(application(School(document), reference)) as uwlr:
        assert await uwlr.pupils(reference, year, since=CHANGED) == NothingChanged(CHANGED)
        before = await uwlr.pupils(reference, year, since=CHANGED - dt.timedelta(seconds=1))
    assert isinstance(before, PupilData)
    async with client(application(School(None), reference)) as uwlr:
        assert await uwlr.pupils(reference, year) == NoData()
        assert [each async for each in uwlr.stream(reference, year)] == [NoData()]
        assert await uwlr.stepped(reference, year) == NoData()


@pytest.mark.anyio
@pytest.mark.parametrize("moment", [CHANGED, CHANGED.replace(microsecond=123456)])
async def test_the_moment_of_an_answer_is_never_older_than_the_last_change(
    moment: dt.datetime, document: edexml.Document
) -> None:
    """A supplier asks with it next time: an older one would bring everything again, a later one would lose a change."""
    stale = attrs.evolve(document, school=attrs.evolve(document.school, aanmaakdatum=dt.datetime(2026, 1, 1)))

    class Changing(School):
        last_change = moment

        async def outcome(self, request: IncomingRequest, supplier: Supplier) -> Outcome:
            await super().outcome(request, supplier)
            return outcome_since(request, stale, self.last_change)

    school, reference, year = Changing(stale), reference_of(document), document.school.schooljaar
    async with client(application(school, reference)) as uwlr:
        first = await uwlr.pupils(reference, year)
        assert isinstance(first, PupilData)
        assert first.since == moment
        assert await uwlr.pupils(reference, year, since=first.since) == NothingChanged(moment)
        school.last_change = moment + dt.timedelta(microseconds=1)
        assert isinstance(await uwlr.pupils(reference, year, since=first.since), PupilData)


@pytest.mark.anyio
@pytest.mark.parametrize("version", ["2.0", "2.1", "2.2", "2.3"])
async def test_a_version_before_2_2_gets_no_eck_id(version: str, document: edexml.Document) -> None:
    known = attrs.evolve(
        document,
        leerlingen=tuple(
            attrs.evolve(each, eckid=f"https://ketenid.nl/pilot/{each.key}") for each in document.leerlingen
        ),
    )
    reference = reference_of(document)
    async with client(application(School(known), reference), version=version) as uwlr:
        found = await uwlr.pupils(reference, document.school.schooljaar)
    assert isinstance(found, PupilData)
    assert found.document.school.xsdversie == version
    assert all((each.eckid is None) == (version in {"2.0", "2.1"}) for each in found.document.leerlingen)


@pytest.mark.parametrize("version", ["1.0", "2.4", "3.0", ""])
def test_a_version_that_is_not_known_is_refused_before_anything_is_sent(version: str) -> None:
    with pytest.raises(UsageError, match="not known"):
        client(application(School(None), SchoolReference.of("00AA")), version=version)


@pytest.mark.anyio
async def test_a_stream_gives_the_same_records_one_by_one(document: edexml.Document) -> None:
    reference, year = reference_of(document), document.school.schooljaar
    async with client(application(School(document), reference)) as uwlr:
        found = [each async for each in uwlr.stream(reference, year)]
    assert tuple(each for each in found if isinstance(each, edexml.Leerling)) == document.leerlingen
    assert isinstance(found[0], edexml.School)


REFUSED: dict[str, tuple[dict[str, object], type[Refused], str]] = {
    "another name": ({"klantnaam": "iemand"}, NotAuthenticated, "Client.OngeldigeKlantIdentificatie"),
    "another code": ({"klantcode": "iets"}, NotAuthenticated, "Client.OngeldigeKlantIdentificatie"),
    "another key": ({"autorisatiesleutel": "fout"}, NotPermitted, "Client.AutorisatieOngeldig"),
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", REFUSED)
async def test_an_account_that_is_wrong_is_refused_by_name(name: str, document: edexml.Document) -> None:
    changes, kind, code = REFUSED[name]
    reference = reference_of(document)
    async with client(application(School(document), reference), **changes) as uwlr:
        with pytest.raises(kind) as raised:
            await uwlr.pupils(reference, document.school.schooljaar)
    assert raised.value.code == code
    assert ACCOUNT.klantcode.reveal() not in str(raised.value)


@pytest.mark.anyio
async def test_the_key_of_one_school_opens_no_other(document: edexml.Document) -> None:
    async with client(application(School(document), reference_of(document))) as uwlr:
        with pytest.raises(NotPermitted):
            await uwlr.pupils("01ZZ", document.school.schooljaar)


@pytest.mark.anyio
async def test_an_answer_about_another_year_is_not_used(document: edexml.Document) -> None:
    class Careless(School):
        async def outcome(self, request: IncomingRequest, supplier: Supplier) -> Outcome:
            await super().outcome(request, supplier)
            return document

    reference = reference_of(document)
    async with client(application(School(document), reference)) as uwlr:
        assert await uwlr.pupils(reference, "2020-2021") == NoData()
    async with client(application(Careless(document), reference)) as uwlr:
        with pytest.raises(ReplyInvalid, match="another school year"):
            await uwlr.pupils(reference, "2020-2021")
        with pytest.raises(ReplyInvalid, match="another school year"):
            _ = [each async for each in uwlr.stream(reference, "2020-2021")]


@pytest.mark.anyio
async def test_results_arrive_and_sending_them_again_changes_nothing(document: edexml.Document) -> None:
    school, reference = School(document), SchoolReference.of("00AA")
    sent = message(taking(result("k1", toetsonderdeelcode="O1"), result("k2")), tests=(FULL,))
    async with client(application(school, reference)) as uwlr:
        await uwlr.send_results(sent)
        await uwlr.send_results(sent)
        assert list(school.results.values()) == list(sent.results)
        with pytest.raises(DocumentInvalid):
            await uwlr.send_results(message(taking(result(toetscode="T9"))))


def test_a_school_without_a_key_of_its_own_is_refused_before_anything_is_sent() -> None:
    app = application(School(None), SchoolReference.of("00AA"))
    with pytest.raises(UsageError, match="no key"):
        client(app, autorisatiesleutel={"00AA": "x"})._connection.authorisation(SchoolReference.of("00BB"))


class Recording:
    """Keeps what goes over the wire."""

    def __init__(self, app: UwlrApplication) -> None:
        self.app = app
        self.bodies: list[bytes] = []

    def transport(self) -> httpx.AsyncBaseTransport:
        inner, bodies = httpx.ASGITransport(app=self.app), self.bodies

        class Transport(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                bodies.append(request.content)
                response = await inner.handle_async_request(request)
                bodies.append(await response.aread())
                return response

        return Transport()


def contents(bodies: Iterable[bytes]) -> list[etree._Element]:
    return [etree.fromstring(body).find("{*}Body")[0] for body in bodies]  # type: ignore[index]  # it has one


@pytest.mark.anyio
async def test_every_message_of_client_and_server_is_valid_by_the_official_schema(
    document: edexml.Document, shared_data: Path
) -> None:
    official = schema(shared_data, "UWLR_Leerlinggegevens_v2p2.xsd")
    listed = attrs.evolve(document, school=attrs.evolve(document.school, schooljaar="2024-2025"))
    reference = reference_of(document)
    recording = Recording(application(School(listed), reference))
    async with client(recording.app, http=httpx.AsyncClient(transport=recording.transport())) as uwlr:
        await uwlr.pupils(reference, "2024-2025", since=CHANGED - dt.timedelta(days=1))
        await uwlr.pupils(reference, "2024-2025", since=CHANGED)
        await uwlr.stepped(reference, "2024-2025")
    found = contents(recording.bodies)
    assert len(found) == 10
    for element in found:
        assert official.validate(element), (element.tag, official.error_log)
