"""Lists are walked to their end, and what is wrong with them is noticed."""

import json
import re
from functools import partial
from typing import Any

import pytest

from magister_connect.core.flow import Reply, Request
from magister_connect.core.json import CamelRecord
from magister_connect.core.secrets import Secret
from magister_connect.errors import CursorStuck, FieldInvalid, ListShifted
from magister_connect.login import StaticToken
from magister_connect.public_api.asking import Listing
from magister_connect.public_api.berichten import Bericht
from magister_connect.public_api.connection import Connection, Service
from magister_connect.public_api.paging import Page, walk_items, walk_pages
from magister_connect.testing import Stepper
from tests.public_api.conftest import MakeSchool, client_for, pupil_of

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
    assert [dict(each.query)["skip"] for each in sent] == ["0", "3", "6"]


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

    got, sent = walk(answer)
    assert got == [0, 1, 2, 3, 4, 5]
    assert dict(sent[1].query) == {"skip": "2", "trefwoorden": "a b"}


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


@pytest.mark.parametrize(("size", "asked"), [(0, 1), (2, 1), (3, 2), (7, 3), (9, 4)])
def test_a_full_page_that_tells_no_total_may_have_more_behind_it(size: int, asked: int) -> None:
    got, sent = walk(lambda skip: items(*range(skip + 1, min(skip + 3, size) + 1)))
    assert got == list(range(1, size + 1))
    assert len(sent) == asked


def test_a_list_longer_than_its_page_that_tells_no_total_came_whole() -> None:
    got, sent = walk(lambda _: {"Items": items(1, 2, 3, 4, 5)})
    assert (got, len(sent)) == ([1, 2, 3, 4, 5], 1)


@pytest.mark.parametrize("period", [1, 2, 3, 5, 8])
def test_pages_that_come_again_are_noticed(period: int) -> None:
    def answer(skip: int) -> dict[str, object]:
        turn = skip // 3 % period
        return {"items": items(turn * 3 + 1, turn * 3 + 2, turn * 3 + 3), "totalCount": 10_000}

    if period == 1:  # the page before holds the same items, so nothing of it is given twice
        with pytest.raises(CursorStuck):
            walk(answer)
    with pytest.raises(CursorStuck):
        walk(answer)


def test_a_link_that_never_moves_on_is_noticed() -> None:
    with pytest.raises(CursorStuck):
        walk(lambda _: {"items": items(1), "links": {"next": {"href": "/api/berichten?skip=0"}}})


def test_a_list_that_shrinks_is_noticed() -> None:
    with pytest.raises(ListShifted, match="shorter"):
        walk(lambda skip: {"items": items(skip, skip + 1, skip + 2), "totalCount": 9 - skip})


def test_a_list_that_breaks_its_promise_is_noticed() -> None:
    with pytest.raises(ListShifted, match="promised"):
        walk(lambda skip: {"items": items(*range(skip, min(skip + 3, 5))), "totalCount": 9})


def test_an_item_that_moved_over_the_edge_is_given_once() -> None:
    pages = {0: [1, 2, 3], 3: [3, 4, 5], 6: [6]}
    got, _ = walk(lambda skip: {"items": items(*pages[skip]), "totalCount": 6 if skip == 0 else 7})
    assert got == [1, 2, 3, 4, 5, 6]


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
