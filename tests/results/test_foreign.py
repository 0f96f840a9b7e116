"""Every plausible kind of service works with a contract file alone, or with a hook, without a change to its WSDL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from magister_connect.core.flow import Request
from magister_connect.core.secrets import Secret
from magister_connect.core.xml import Element
from magister_connect.errors import CursorStuck, NotAuthenticated, ServiceError, UsageError
from magister_connect.results import Contract, PageRequest
from magister_connect.store import Store
from tests.results import foreign
from tests.results.foreign import ADDRESS, KEY, Foreign

ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
KINDS: dict[str, Callable[[], Foreign]] = {
    "rpc encoded": lambda: foreign.rpc_encoded(""),
    "rpc encoded, imported": lambda: foreign.rpc_encoded(f'<xsd:import namespace="{ENCODING}"/>'),
    "nested": foreign.nested,
    "in a child": foreign.in_a_child,
    "attributes": foreign.of_attributes,
    "constants": foreign.with_constants,
    "header": foreign.in_a_header,
    "basic": foreign.over_basic,
    "wsse text": lambda: foreign.secured("password"),
    "wsse digest": lambda: foreign.secured("digest"),
    "page": foreign.by_page,
    "token": foreign.by_token,
    "latin": lambda: foreign.sent_as("text/xml; charset=iso-8859-1", lambda text: text.encode("latin-1")),
    "utf-16": lambda: foreign.sent_as("text/xml; charset=utf-16", lambda text: text.encode("utf-16")),
    "mtom": lambda: foreign.sent_as(
        'multipart/related; boundary="g"; type="application/xop+xml"', lambda text: foreign.MTOM % text.encode()
    ),
}
# What no WSDL can say, as a person adds it to the proposal.
ADDED: dict[str, dict[str, Any]] = {
    "in a child": {"limit": 10},
    "attributes": {
        "fields": {
            "submission_nr": "@submission_nr",
            "stamnummer": "@username",
            "modified_at": "@modified",
            "level": ".",
        }
    },
    "constants": {"constants": {"product": "Facet", "taal": "nl"}},
    "wsse text": {"credentials": {"institution": "wsse:username", "key": "wsse:password"}},
    "wsse digest": {"credentials": {"institution": "wsse:username", "key": "wsse:digest"}},
}
MORE: dict[str, dict[str, Any]] = {"header": {"credentials": {"username": "magister"}}}


def contract_of(kind: str, service: Foreign, folder: Path) -> Contract:
    """The proposal, with what a person adds, through a file."""
    proposed = Contract.from_wsdl(service.description).contract
    assert proposed is not None
    path = folder / f"contract.{'json' if len(kind) % 2 else 'toml'}"
    proposed.evolve(**ADDED.get(kind, {})).save(path)
    assert KEY not in path.read_text(encoding="utf-8")
    return Contract.load(path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_service_is_pulled_whole_with_a_contract_file_alone(kind: str, tmp_path: Path) -> None:
    service = KINDS[kind]()
    with (
        service.client(contract_of(kind, service, tmp_path), **MORE.get(kind, {})) as client,
        Store("sqlite://") as store,
    ):
        found = client.check()
        assert (found.blocking, len(found.proven) >= 2) == ((), True)
        assert service.requests == []
        report = client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026")
        assert (report.new, report.quarantined) == (35, 0)
        truth = {(str(row.nr), row.student, row.moment) for row in service.data}
        assert {(each.submission_nr, each.stamnummer, each.modified_at) for each in store.results()} == truth
        assert {each.level_raw for each in store.results()} == {row.level for row in service.data}
        assert {each.product for each in store.results()} == {"Facet"}
        assert client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026").stored == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_check_asks_for_one_small_window(kind: str, tmp_path: Path) -> None:
    service = KINDS[kind]()
    with service.client(contract_of(kind, service, tmp_path), **MORE.get(kind, {})) as client:
        found = client.check(live=True)
    assert len(service.requests) == 1
    assert found.proven[-1].startswith("the service answered: ")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"wsse text", "basic"}])
def test_a_wrong_key_costs_one_request(kind: str, tmp_path: Path) -> None:
    service = KINDS[kind]()
    client = service.client(contract_of(kind, service, tmp_path), soap_key="fout", **MORE.get(kind, {}))
    with client, pytest.raises(NotAuthenticated, match="Ongeldige sleutel"):
        client.pull(Store("sqlite://"), stamnummers=[1], from_school_year="2025-2026")
    assert len(service.requests) == 1


# -- what check() finds before the night ------------------------------------------------------------------------------


FLAT = {"submission_nr": "submission_nr", "modified_at": "modified"}


def changed(kind: str, tmp_path: Path, **changes: Any) -> Contract:
    return contract_of(kind, KINDS[kind](), tmp_path).evolve(**changes)


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("constants", {"constants": {"product": "Facet"}}, "requires the parameter taal"),
        ("header", {"credentials": {"key": "header:kop/Sleutel"}}, "requires the header field kop/"),
        ("in a child", {"fields": {**FLAT, "stamnummer": "kandidaat"}},
         "stamnummer is mapped to kandidaat, which has child elements: name one of them (kandidaat/naam"),
        ("page", {"paging": "token"}, "takes no token, by which the contract pages"),
        ("token", {"next_token": None}, "cannot move on, because the contract has no next_token"),
        ("token", {"next_token": "volgende"}, "has no volgende, where the contract has next_token"),
        ("page", {"paging": "offset"}, "takes no offset"),
        ("nested", {"credentials": {"key": "Secret"}}, "takes no Secret"),
    ],
)  # fmt: skip
def test_what_would_fail_at_night_fails_in_the_check(
    kind: str, changes: dict[str, Any], words: str, tmp_path: Path
) -> None:
    contract = changed(kind, tmp_path, **changes)
    with KINDS[kind]().client(contract, **MORE.get(kind, {})) as client:
        assert words in str(client.check())


def test_a_recorded_reply_proves_the_fields(tmp_path: Path) -> None:
    service = KINDS["in a child"]()
    contract = contract_of("in a child", service, tmp_path)
    recorded = service.answer(next(_requests(service, contract))).content
    with service.client(contract) as client:
        assert "the sample reply: 10 records" in client.check(recorded).proven
        spoilt = recorded.replace(b"2025-09", b"september")
        assert "a record of the sample reply cannot be read (modified_at" in str(client.check(spoilt))


def _requests(service: Foreign, contract: Contract) -> Any:
    import httpx

    sent: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return service.answer(request)

    http = httpx.Client(transport=httpx.MockTransport(respond))
    with service.client(contract, http=http) as client:
        next(iter(client.batches(since="2025-08-01")))
    return (each for each in sent if each.method == "POST")


# -- paging that is not what it is called ------------------------------------------------------------------------------


def test_pages_that_are_declared_as_an_offset_are_noticed() -> None:
    service = foreign.by_page()
    proposed = Contract.from_wsdl(service.description).contract
    assert proposed is not None
    contract = proposed.evolve(paging="offset", parameters=_moved(proposed))
    with service.client(contract) as client, pytest.raises(CursorStuck, match="takes no offset"):
        client.pull(Store("sqlite://"), stamnummers=range(1000, 2000), from_school_year="2025-2026")


def _moved(contract: Contract) -> Any:
    from attrs import evolve

    return evolve(contract.parameters, offset="page", page=None)


def test_a_page_that_is_not_heeded_is_noticed() -> None:
    service = foreign.by_page()
    service.select = lambda found, _texts: found[: foreign.PAGE]
    client = service.client(Contract.from_wsdl(service.description).contract)
    with client, pytest.raises(CursorStuck, match="second page is the same as the first"):
        client.pull(Store("sqlite://"), stamnummers=range(1000, 2000), from_school_year="2025-2026")


def test_a_cursor_that_does_not_move_is_noticed() -> None:
    service = foreign.by_token()
    service.write = lambda found, texts: (
        f"{foreign.plain_list(found, texts)}<next_token>na-10</next_token><has_more>true</has_more>"
    )
    client = service.client(Contract.from_wsdl(service.description).contract)
    with client, pytest.raises(CursorStuck, match="no new cursor"):
        client.pull(Store("sqlite://"), stamnummers=range(1000, 2000), from_school_year="2025-2026")


@pytest.mark.parametrize("kind", ["page", "token"])
def test_one_record_that_cannot_be_answered_costs_one_record(kind: str, tmp_path: Path) -> None:
    service = KINDS[kind]()
    service.poison = {1012}
    with service.client(contract_of(kind, service, tmp_path)) as client, Store("sqlite://") as store:
        report = client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026")
        assert (report.new, report.quarantined) == (34, 1)
        service.poison = set()
        assert client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026").new == 1


def test_a_list_that_shifts_between_pages_loses_nothing() -> None:
    service = foreign.by_page()
    plain = service.select
    moved: list[foreign.Row] = []

    def select(found: list[foreign.Row], texts: dict[str, str]) -> list[foreign.Row]:
        if texts.get("page") == "2" and not moved:  # the first record is graded again, so that all others move up
            moved.append(service.data.pop(0))
            service.data.append(foreign.Row(1000, "1001", foreign.NOW.replace(tzinfo=None)))
            found = service.within(texts)
        return plain(found, texts)

    service.select = select
    with service.client(Contract.from_wsdl(service.description).contract) as client, Store("sqlite://") as store:
        client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026")
        assert {each.submission_nr for each in store.results()} == {str(row.nr) for row in service.data}


# -- whose fault a failure is ------------------------------------------------------------------------------------------

FAULT = '<e:Fault xmlns:w="urn:w"><faultcode>{}</faultcode><faultstring>{}</faultstring></e:Fault>'


@pytest.mark.parametrize(
    ("code", "text", "content_type"),
    [
        ("w:InvalidSecurity", "An error was discovered processing the header", "text/xml"),
        ("e:Server", "Ongeldige sleutel", "text/html"),
        ("e:Server.AutorisatieOngeldig", "Fout 17", "text/xml"),
    ],
)
def test_a_refused_account_is_not_taken_for_a_poisoned_record(code: str, text: str, content_type: str) -> None:
    import httpx

    service = foreign.by_token()
    service.wrap = lambda _text: httpx.Response(
        500, text=service.envelope(FAULT.format(code, text)), headers={"content-type": content_type}
    )
    with service.client(Contract.from_wsdl(service.description).contract) as client, pytest.raises(NotAuthenticated):
        client.pull(Store("sqlite://"), stamnummers=[1], from_school_year="2025-2026")
    assert len(service.requests) == 1


@pytest.mark.parametrize("body", ["", "<html><body>Fout</body></html>"])
@pytest.mark.parametrize("kind", ["rpc encoded", "nested", "page", "token"])
def test_a_service_that_answers_nothing_is_out_of_order_and_not_poisoned(kind: str, body: str, tmp_path: Path) -> None:
    import httpx

    service = KINDS[kind]()
    service.wrap = lambda _text: httpx.Response(500, text=body, headers={"content-type": "text/html"})
    with service.client(contract_of(kind, service, tmp_path)) as client, Store("sqlite://") as store:
        with pytest.raises(ServiceError, match="No request of this run was answered") as told:
            client.pull(store, stamnummers=[1], from_school_year="2025-2026")
        assert store.count_waiting() == {}
    assert "refuse the account" in str(told.value)
    assert len(service.requests) <= 5


# -- the way out -------------------------------------------------------------------------------------------------------


def write_request(asked: PageRequest, credentials: Any) -> bytes:
    """The whole request of a service that no contract describes."""
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><vraag>'
        f"<wie>{credentials['institution'].reveal()}|{credentials['key'].reveal()}</wie>"
        f"<date_from>{asked.since}</date_from><offset>{asked.offset or 0}</offset></vraag></e:Body></e:Envelope>"
    ).encode()


def read_record(element: Element) -> dict[str, str]:
    """A record in one text: number, candidate, moment and level."""
    number, student, moment, level = (element.text or "").split(";")
    return {"submission_nr": number, "stamnummer": student, "modified_at": moment, "level": level, "kleur": "blauw"}


@pytest.mark.parametrize("whole", [False, True])
def test_two_hooks_adapt_a_service_without_a_wsdl(whole: bool) -> None:
    service = Foreign(b"this is no WSDL")
    service.write = lambda found, _texts: "".join(
        f"<r>{row.nr};{row.student};{row.moment};{row.level}</r>" for row in found
    )

    def write_whole(asked: PageRequest, credentials: Any) -> Request:
        return Request("POST", ADDRESS, headers=(("X-Soort", Secret("a")),), body=write_request(asked, credentials))

    contract = Contract(name="Facet", result_path="r", paging="offset")
    client = service.client(
        contract,
        wsdl=None,
        address=ADDRESS,
        write_request=write_whole if whole else write_request,
        read_record=read_record,
    )
    with client, Store("sqlite://") as store:
        assert not client.check(live=True)
        report = client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026")
        assert (report.new, report.quarantined) == (35, 0)
        assert {each.extra["kleur"] for each in store.results()} == {"blauw"}


# -- a contract holds no credential ------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["key", "request/Secret", "header:Kop/Wachtwoord", "basic:password", "wsse:digest"])
def test_a_credential_is_no_constant(place: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="where a credential belongs"):
        Contract(name="x", constants={place: KEY}, credentials={})
    path = tmp_path / "contract.toml"
    Contract(name="x", constants={"taal": "nl"}).save(path)
    path.write_text(path.read_text().replace("taal =", f'"{place}" ='))
    with pytest.raises(UsageError, match="where a credential belongs"):
        Contract.load(path)


def test_the_value_of_a_credential_is_no_constant() -> None:
    with pytest.raises(UsageError, match="is a credential") as told:
        foreign.with_constants().client(Contract(name="x", constants={"taal": KEY}))
    assert KEY not in str(told.value)


def test_a_credential_without_a_value_is_told_at_once() -> None:
    with pytest.raises(UsageError, match="no value: gebruiker"):
        foreign.in_a_header().client(Contract(name="x", credentials={"gebruiker": "header:Aanmelding/Gebruiker"}))


def test_the_wire_of_rpc_encoded_has_types() -> None:
    service = foreign.rpc_encoded("")
    with service.client(Contract.from_wsdl(service.description).contract) as client:
        next(iter(client.batches(since="2025-08-01")))
    wrapper = etree.fromstring(service.requests[0].encode())[0][0]
    kinds = {child.tag: child.get("{http://www.w3.org/2001/XMLSchema-instance}type") for child in wrapper}
    assert kinds["limit"] == "xsd:int"
    assert kinds["date_from"] == "xsd:string"


def test_a_hook_that_raises_costs_one_record() -> None:
    service = Foreign(b"this is no WSDL")
    service.write = lambda found, _texts: "".join(
        f"<r>{row.nr};{row.student};{row.moment};{row.level}</r>" for row in found
    )

    def read(element: Element) -> dict[str, str]:
        if (element.text or "").startswith("1012"):
            raise KeyError("1012")
        return read_record(element)

    contract = Contract(name="Facet", result_path="r", paging="offset")
    client = service.client(contract, wsdl=None, address=ADDRESS, write_request=write_request, read_record=read)
    with client, Store("sqlite://") as store:
        assert client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026").quarantined == 1
        [waiting] = store.waiting(kind="unreadable")
        assert waiting.reason == "read_record raised KeyError"
