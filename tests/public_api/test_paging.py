"""Lists are walked to their end, and what is wrong with them is noticed."""

import json
import re
from functools import partial
from typing import Any

import httpx
import pytest
from attrs import evolve

from magister_connect.core.flow import Reply, Request
from magister_connect.core.json import CamelRecord
from magister_connect.core.records.unreadable import UnreadableRecordWarning
from magister_connect.core.secrets import Secret
from magister_connect.errors import CursorStuck, FieldInvalid, ListShifted, UsageError
from magister_connect.login import StaticToken
from magister_connect.public_api import PublicApiClient
from magister_connect.public_api.berichten import Bericht
from magister_connect.public_api.exchange.connection import Connection, Service
from magister_connect.public_api.exchange.operations import Listing
from magister_connect.public_api.exchange.paging import Page, walk_items, walk_pages
from magister_connect.testing import Stepper
from tests.public_api.conftest import MakeSchool, client_for, pupil_of, quick

CONNECTION = Connection(base_url="https://voorbeeld.magister.net/api", tokens=StaticToken(Secret("t")))
LISTING: Listing[Bericht] = Listing(path="berichten", kind=Bericht, paged=True, page_size=3)


def walk(answer: Any, listing: Listing[Bericht] = LISTING) -> tuple[list[int], list[Request]]:
    """Walk a list whose page at ``skip`` is ``answer(skip)``."""
    stepper, sent = Stepper(walk_items(CONNECTION, listing)), []
    while not stepper.done:
        sent.append(stepper.request)
        skip = int(str(dict(stepper.request.query).get("skip", 0)))
        stepper.answer(Reply(200, (("content-type", "application/json"),), json.dumps(answer(skip)).encode()))
    return [each.id for each in stepper.items], sent


def items(*numbers: int) -> list[dict[str, object]]:
    return [{"id": number} for number in numbers]


@pytest.mark.parametrize("envelope", [("items", "totalCount"), ("Items", "TotalCount"), ("Resources", "totalResults")])
def test_three_envelopes_are_read_by_their_total(envelope: tuple[str, str]) -> None:
    listed, total = envelope
    got, sent = walk(lambda skip: {listed: items(*range(skip + 1, min(skip + 3, 7) + 1)), total: 7})
    assert got == [1, 2, 3, 4, 5, 6, 7]
    assert [dict(each.query)["skip"] for each in sent] == ["0", "2", "4"]  # each begins with the last one before


@pytest.mark.parametrize("old", [True, False])
def test_links_are_followed_where_there_are_any(old: bool) -> None:
    def answer(skip: int) -> dict[str, object]:
        href = f"/api/berichten?skip={skip + 2}&trefwoorden=a%20b"
        if old:
            links: object = [{"Rel": "Next", "Href": href}] if skip < 4 else []
            return {"Items": items(skip, skip + 1), "Links": links}
        return {
            "items": items(skip, skip + 1),
            "links": {"next": {"href": href} if skip < 4 else None, "nieuw": {"href": "/api/x"}},
        }

    got, sent = walk(answer, Listing(path="berichten", kind=Bericht))
    assert got == [0, 1, 2, 3, 4, 5]
    assert dict(sent[1].query) == {"skip": "2", "trefwoorden": "a b"}


def test_a_link_behind_the_last_page_is_not_followed() -> None:
    """Recorded: a whole list of 9, with a total of 9 and a link to what comes after 250."""
    links = {"next": {"href": "/api/berichten?skip=250&top=250"}}
    for listing in (LISTING, Listing(path="berichten", kind=Bericht)):
        whole = evolve(listing, page_size=250)
        got, sent = walk(lambda _: {"items": items(*range(1, 10)), "totalCount": 9, "links": links}, whole)
        assert (got, len(sent)) == ([*range(1, 10)], 1)


@pytest.mark.parametrize("cap", [20, 100])
@pytest.mark.parametrize("total", [None, 0, -1, 7, 20, 100, 250])
def test_a_server_that_caps_pages_is_read_whole_whatever_total_it_names(total: int | None, cap: int) -> None:
    def answer(skip: int) -> dict[str, object]:
        page: dict[str, object] = {"items": items(*range(skip + 1, min(skip + cap, 250) + 1))}
        return page if total is None else {**page, "totalCount": total}

    got, _ = walk(answer, evolve(LISTING, page_size=100))
    assert got == [*range(1, 251)]


@pytest.mark.parametrize(
    "answer", [items(1, 2), {"items": items(1, 2)}, {"Items": items(1, 2), "TotalCount": 2, "Links": None}]
)
def test_a_list_that_comes_whole_is_read_once(answer: object) -> None:
    got, sent = walk(lambda _: answer, Listing(path="berichten", kind=Bericht))
    assert got == [1, 2]
    assert len(sent) == 1
    assert sent[0].query == ()


def test_a_server_that_gives_smaller_pages_than_asked_is_read_whole() -> None:
    got, _ = walk(lambda skip: {"items": items(*range(skip, min(skip + 2, 5))), "totalCount": 5})
    assert got == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("size", "asked"), [(0, 1), (1, 2), (2, 2), (3, 2), (5, 3), (9, 5)])
def test_without_a_total_a_list_ends_where_nothing_new_comes(size: int, asked: int) -> None:
    got, sent = walk(lambda skip: items(*range(skip + 1, min(skip + 3, size) + 1)))
    assert got == list(range(1, size + 1))
    assert len(sent) == asked


def test_a_list_longer_than_its_page_that_tells_no_total_is_requested_once_more() -> None:
    got, sent = walk(lambda _: {"Items": items(1, 2, 3, 4, 5)})
    assert (got, len(sent)) == ([1, 2, 3, 4, 5], 2)


@pytest.mark.parametrize("period", [1, 2, 5, 40])
def test_pages_that_come_again_are_noticed(period: int) -> None:
    def answer(skip: int) -> dict[str, object]:
        turn = skip // 2 % period
        return {"items": items(turn * 2 + 1, turn * 2 + 2, turn * 2 + 3), "totalCount": 10_000}

    with pytest.raises((CursorStuck, ListShifted)):
        walk(answer)


def test_a_link_that_never_moves_on_is_noticed() -> None:
    listing = Listing(path="berichten", kind=Bericht)
    with pytest.raises(CursorStuck):
        walk(lambda _: {"items": items(1), "links": {"next": {"href": "/api/berichten?skip=0"}}}, listing)


def test_a_message_that_is_deleted_while_reading_hides_no_other() -> None:
    left = [*range(1, 13)]

    def answer(skip: int) -> dict[str, object]:
        if skip == 4:
            del left[:3]
        return {"items": items(*left[skip : skip + 3]), "totalCount": len(left)}

    got, _ = walk(answer)
    assert got == [*range(1, 13)]


def test_a_list_that_was_not_asked_for_in_pages_keeps_its_promise_too() -> None:
    with pytest.raises(ListShifted, match="announced"):
        walk(lambda _: {"items": items(1, 2), "totalCount": 9}, Listing(path="berichten", kind=Bericht))


def test_a_list_that_breaks_its_promise_is_noticed() -> None:
    with pytest.raises(ListShifted, match="announced"):
        walk(lambda skip: {"items": items(*range(skip, min(skip + 3, 5))), "totalCount": 9})


def test_an_item_that_moved_over_the_edge_is_given_once() -> None:
    pages = {0: [1, 2, 3], 2: [2, 3, 4], 4: [4, 5, 6]}
    got, _ = walk(lambda skip: {"items": items(*pages[skip]), "totalCount": 6 if skip == 0 else 7})
    assert got == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("limit", "size", "asked"), [(1, None, 1), (3, None, 1), (4, None, 2), (5, 2, 4)])
def test_no_page_is_read_beyond_the_limit(limit: int, size: int | None, asked: int) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        skip, top = int(request.url.params["skip"]), int(request.url.params["top"])
        return httpx.Response(200, json={"items": items(*range(skip + 1, skip + min(top, 3) + 1)), "totalCount": 900})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as http,
        PublicApiClient(CONNECTION.base_url, tokens=StaticToken(Secret("t")), http=http, pace=quick()) as api,
    ):
        found = api.berichten().list(limit=limit, page_size=size)
        assert [each.id for each in found] == [*range(1, limit + 1)]
        assert (repr(found), len(sent)) == (f"<RecordList of {limit} Bericht>", asked)
        pages = list(api.berichten().pages(limit=limit, page_size=size))
        assert [each.id for page in pages for each in page.items] == [*range(1, limit + 1)]
        sent.clear()
        first = api.berichten().first()
        assert first is not None
        assert (first.id, len(sent), sent[0].url.params["top"]) == (1, 1, "1")
        with pytest.raises(UsageError, match="limit is below 1"):
            api.berichten().list(limit=0)
        with pytest.raises(UsageError, match="page_size is below 1"):
            api.berichten().pages(page_size=-1).__next__()


def test_what_cannot_be_read_is_kept_on_request() -> None:
    pages = [[{"id": 1}, {"id": "twee"}, {"id": 3}], [{"id": 3}, {"id": 5}, {"id": 6, "mapId": "x"}]]

    def answer(request: httpx.Request) -> httpx.Response:
        page = pages[int(request.url.params["skip"]) // 2]
        return httpx.Response(200, json={"items": page, "totalCount": 5})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as http,
        PublicApiClient(CONNECTION.base_url, tokens=StaticToken(Secret("t")), http=http, pace=quick()) as api,
    ):
        with pytest.warns(UnreadableRecordWarning):
            found = api.berichten().list(on_unreadable="keep", page_size=3)
        assert [each.id for each in found] == [1, 3, 5]
        assert [(each.place, each.path) for each in found.unreadable] == [
            ("GET https://voorbeeld.magister.net/api/berichten/postvakin/berichten, item 1", "id"),
            ("GET https://voorbeeld.magister.net/api/berichten/postvakin/berichten, item 4", "mapId"),
        ]
        assert repr(found) == "<RecordList of 3 Bericht, 2 unreadable>"
        with pytest.raises(FieldInvalid, match=r"\[1\]/id") as caught:
            list(api.berichten())
        assert 'on_unreadable="keep"' in str(caught.value)


def test_no_list_is_a_named_error() -> None:
    values: tuple[object, ...] = ({"iets": 1}, 3, "x", {"items": {}})
    for value in values:
        with pytest.raises(FieldInvalid, match="list"):
            walk(partial(lambda value, _: value, value))


def test_an_empty_answer_is_an_empty_list() -> None:
    stepper = Stepper(walk_pages(CONNECTION, LISTING))
    stepper.answer(Reply(204))
    assert stepper.items == [Page(items=())]


@pytest.mark.parametrize("links", [True, False])
def test_pages_of_the_school_are_shown(make_school: MakeSchool, links: bool) -> None:
    school = make_school(next_links=links)
    with client_for(school, pupil_of(school)) as api:
        pages = list(api.opdrachten(pupil_of(school).persoon_id).pages())
        assert [(len(page.items), page.skipped, page.total) for page in pages] == [(25, 0, 25)]
        assert re.fullmatch(r"<ResourceList \w+>", repr(api.opdrachten(1)))


def test_a_school_that_caps_its_pages_is_read_whole(make_school: MakeSchool) -> None:
    whole, capped = make_school(), make_school(page_cap=7)
    with client_for(whole, pupil_of(whole)) as one, client_for(capped, pupil_of(capped)) as other:
        assert [each.id for each in other.berichten()] == [each.id for each in one.berichten()]
        assert max(len(page.items) for page in other.berichten().pages()) == 7


def test_a_link_of_a_service_beside_the_interface_is_followed_there() -> None:
    def answer(skip: int) -> dict[str, object]:
        following = {"href": "/api/v2/absence-notices/today?skip=1"} if skip == 0 else None
        return {"items": items(skip), "links": {"next": following}}

    _, sent = walk(answer, Listing(path="absence-notices/today", kind=Bericht, service=Service.ATTENDANCE))
    assert {each.address for each in sent} == {"https://attendance.magister.net/api/v2/absence-notices/today"}
    assert len(sent) == 2


def test_a_shape_that_nobody_knows_stays_readable() -> None:
    class Onbekend(CamelRecord):
        """Nothing is known of it."""

    from magister_connect.core.json import read_record

    assert read_record(Onbekend, {"a": [1]}).extra == {"a": [1]}


@pytest.mark.parametrize("link", ["skip={}&top=25", "$skip={}", "SKIP={}"])
@pytest.mark.parametrize("total", [5, None])
def test_a_link_to_a_page_right_after_this_one_is_stronger_than_a_total(link: str, total: int | None) -> None:
    def answer(skip: int) -> dict[str, object]:
        page = items(*range(skip + 1, min(skip + 3, 5) + 1))
        following = {"next": {"href": f"/api/berichten?{link.format(skip + len(page))}"}}
        return {"items": page, "totalCount": total or len(page), "links": following}

    found, sent = walk(answer)
    assert (found, len(sent)) == ([1, 2, 3, 4, 5], 3)


def test_a_recorded_link_far_behind_the_only_page_costs_no_request() -> None:
    def answer(skip: int) -> dict[str, object]:
        return {"items": items(*range(skip + 1, 10)), "totalCount": 9, "links": {"next": {"href": "/api/b?skip=250"}}}

    found, sent = walk(answer, evolve(LISTING, page_size=250))
    assert (len(found), len(sent)) == (9, 1)


@pytest.mark.parametrize("total", ["none", "of the page", "right"])
@pytest.mark.parametrize("count", [5, 6, 14, 15])
def test_a_server_with_pages_larger_than_asked_for_is_read_whole(total: str, count: int) -> None:
    def answer(skip: int) -> dict[str, object]:
        page = items(*range(skip + 1, min(skip + 5, count) + 1))
        counted = {"none": None, "of the page": len(page), "right": count}[total]
        return {"items": page, "totalCount": counted}

    assert walk(answer)[0] == list(range(1, count + 1))


@pytest.mark.parametrize(("smallest", "found"), [(1, [1, 2, 3, 4, 5, 6, 7]), (20, [1, 2, 3])])
def test_a_school_may_be_told_to_cut_lists_into_small_pages_with_wrong_totals(smallest: int, found: list[int]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        skip = int(request.url.params["skip"])
        page = items(*range(skip + 1, min(skip + 3, 7) + 1))
        return httpx.Response(200, json={"items": page, "totalCount": len(page)})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        api = PublicApiClient(
            CONNECTION.base_url, tokens=CONNECTION.tokens, http=http, pace=quick(), smallest_page=smallest
        )
        assert [each.id for each in api.berichten()] == found
