"""Nobody is missed and nobody comes twice while the population shifts, and no list ends in silence."""

import json
from collections import deque
from collections.abc import Callable
from itertools import count, repeat
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.flow import Reply
from magister_connect.core.records.unreadable import UnreadableRecords
from magister_connect.core.secrets import Secret
from magister_connect.errors import CursorStuck, FieldInvalid, ListShifted, UsageError
from magister_connect.login import StaticToken
from magister_connect.scim.operations import ScimServer, Search, walk_users
from magister_connect.testing import Stepper

SERVER = ScimServer(base_url="https://x.example/scim", tokens=StaticToken(Secret("t")))


def walk(people: list[str], page_size: int, between: dict[int, tuple[str, int]], largest: int = 1000) -> list[str]:
    """Walk a population that changes: ``between`` says what happens after which request."""
    stepper, turns = Stepper(walk_users(SERVER, Search(page_size=page_size))), count()
    while not stepper.done:
        query = {name: value.reveal() if isinstance(value, Secret) else value for name, value in stepper.request.query}
        start, size = int(query["startIndex"]), min(int(query["count"]), largest)
        page = people[start - 1 : start - 1 + size]
        body = {"totalResults": len(people), "startIndex": start, "itemsPerPage": len(page)}
        if page:
            body["Resources"] = [{"id": each} for each in page]  # type: ignore[assignment]  # absent when empty
        turn = next(turns)
        assert turn < 10_000
        what, where_ = between.get(turn, ("", 0))
        if what == "remove" and people:
            del people[where_ % len(people)]
        elif what == "add":
            people.insert(where_ % (len(people) + 1), f"new{turn}")
        stepper.answer(Reply(200, (), json.dumps(body).encode()))
    return [each.id for each in stepper.items]


@given(st.integers(0, 40), st.integers(2, 12), st.integers(2, 50))
def test_a_quiet_population_comes_whole(size: int, page_size: int, largest: int) -> None:
    people = [f"p{number}" for number in range(size)]
    assert walk(list(people), page_size, {}, largest) == people


@given(
    st.integers(0, 40),
    st.integers(3, 12),
    st.dictionaries(st.integers(0, 20), st.tuples(st.sampled_from(["remove", "add"]), st.integers(0, 60)), max_size=4),
)
def test_whoever_stays_is_found_and_nobody_twice(
    size: int, page_size: int, between: dict[int, tuple[str, int]]
) -> None:
    people = [f"p{number}" for number in range(size)]
    original = list(people)
    try:
        found = walk(people, page_size, between)
    except ListShifted:  # it changed so much that somebody may be missing, which is said
        return
    assert len(found) == len(set(found))
    assert set(found) >= set(people) & set(original)


def test_a_page_of_one_is_refused() -> None:
    with pytest.raises(UsageError):
        Stepper(walk_users(SERVER, Search(page_size=1)))


Handler = Callable[[dict[str, str]], dict[str, object]]


def read_all(handler: Handler, **search: Any) -> list[str]:
    """Every account that a server gives, of which only the answers are known."""
    stepper, turns = Stepper(walk_users(SERVER, Search(**search))), count()
    while not stepper.done:
        query = {name: value.reveal() if isinstance(value, Secret) else value for name, value in stepper.request.query}
        assert next(turns) < 1_000
        stepper.answer(Reply(200, (), json.dumps(handler(query)).encode()))
    return [each.id for each in stepper.items]


def capped(size: int, largest: int, total: object) -> Handler:
    """A server that gives no more than so many accounts at a time, whatever it says of its total."""

    def answer(query: dict[str, str]) -> dict[str, object]:
        start, wanted = int(query["startIndex"]), min(int(query["count"]), largest)
        found = [{"id": f"p{number}"} for number in range(start, min(start + wanted, size + 1))]
        return {"Resources": found, **({} if total == "absent" else {"totalResults": total})}

    return answer


@pytest.mark.parametrize("total", ["absent", None, 0, -1, "250", "true total"])
@pytest.mark.parametrize(("size", "largest"), [(7, 2), (250, 10), (250, 100), (100, 100), (1, 1), (0, 10)])
def test_a_list_comes_whole_whatever_its_total_says_rfc7644_3_4_2_4(size: int, largest: int, total: object) -> None:
    answer = capped(size, largest, size if total == "true total" else total)
    assert read_all(answer) == [f"p{number}" for number in range(1, size + 1)]


def test_a_server_that_always_gives_its_first_page_is_no_end_in_silence() -> None:
    with pytest.raises(CursorStuck):
        read_all(lambda _: {"totalResults": 250, "Resources": [{"id": f"p{n}"} for n in range(10)]})


def test_a_list_that_ends_before_its_total_says_so() -> None:
    def answer(query: dict[str, str]) -> dict[str, object]:
        found = [{"id": f"p{n}"} for n in range(10)] if query["startIndex"] == "1" else []
        return {"totalResults": 250, "Resources": found}

    with pytest.raises(ListShifted):
        read_all(answer)


# -- cursors (RFC 9865) -----------------------------------------------------------------------------------------------


def with_cursors(size: int, *, total: object = None, step: int = 3) -> Handler:
    def answer(query: dict[str, str]) -> dict[str, object]:
        start = int(query.get("cursor") or 0)
        end = min(start + step, size)
        following = {"nextCursor": str(end)} if end < size else {}
        return {"totalResults": total, **following, "Resources": [{"id": f"p{n}"} for n in range(start, end)]}

    return answer


@pytest.mark.parametrize("paging", ["cursor", "index"])
@pytest.mark.parametrize("size", [0, 1, 3, 10])
def test_cursors_are_followed_to_their_end_rfc9865_2(size: int, paging: str) -> None:
    assert read_all(with_cursors(size, total=size), paging=paging) == [f"p{n}" for n in range(size)]


def test_the_first_page_is_asked_for_with_an_empty_cursor_rfc9865_2_1() -> None:
    stepper = Stepper(walk_users(SERVER, Search(paging="cursor", page_size=1)))
    assert [name for name, _ in stepper.request.query] == ["cursor", "count"]
    assert [value.reveal() for _, value in stepper.request.query if isinstance(value, Secret)] == ["", "1"]


def test_a_cursor_that_comes_again_never_ends_and_says_so() -> None:
    with pytest.raises(CursorStuck, match="sent before"):
        read_all(lambda _: {"nextCursor": "x", "Resources": [{"id": "a"}]}, paging="cursor")


def test_cursors_that_end_before_the_total_say_so() -> None:
    with pytest.raises(ListShifted, match="announced"):
        read_all(with_cursors(10, total=11), paging="cursor")


def test_a_way_of_paging_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="way of paging"):
        Search(paging="offset")  # type: ignore[arg-type]  # none of the two


@pytest.mark.parametrize(("smallest", "found"), [(1, 7), (20, 3)])
def test_a_server_may_be_told_to_cut_lists_into_small_pages_with_wrong_totals(smallest: int, found: int) -> None:
    server = evolve(SERVER, smallest_page=smallest)
    stepper = Stepper(walk_users(server, Search()))
    while not stepper.done:
        asked = dict(stepper.request.query)["startIndex"]
        start = int(asked.reveal() if isinstance(asked, Secret) else asked)
        page = [{"id": f"p{number}"} for number in range(start, min(start + 3, 8))]
        body = {"totalResults": len(page), "startIndex": start, "Resources": page}
        stepper.answer(Reply(200, (), json.dumps(body).encode()))
    assert len(stepper.items) == found


@pytest.mark.parametrize("size", [2, 19, 20, 50, 99, 100, 101, 250])
def test_a_server_that_knows_no_pages_gives_all_accounts_once(size: int) -> None:
    people = [{"id": f"p{number}"} for number in range(1, size + 1)]
    found = read_all(lambda _: {"totalResults": size, "Resources": people})
    assert found == [f"p{number}" for number in range(1, size + 1)]


@pytest.mark.parametrize("body", [{}, {"message": "onderhoud"}, {"totalResults": None, "Resources": None}])
def test_json_that_is_no_list_is_not_a_school_without_accounts(body: dict[str, object]) -> None:
    with pytest.raises(FieldInvalid, match="A list of accounts"):
        read_all(lambda _: body)


@pytest.mark.filterwarnings("ignore::magister_connect.core.records.unreadable.UnreadableRecordWarning")
def test_a_first_page_that_comes_for_ever_ends_also_with_an_account_that_shows_no_id() -> None:
    page = {"totalResults": 250, "Resources": [{"id": f"p{number}"} for number in range(99)] + [{"userName": 7}]}
    stepper = Stepper(walk_users(SERVER, Search(), UnreadableRecords("keep")))
    answer = Reply(200, (), json.dumps(page).encode())
    with pytest.raises(CursorStuck):
        deque(map(stepper.answer, repeat(answer, 100)), maxlen=0)
