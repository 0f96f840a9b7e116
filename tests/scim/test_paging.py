"""Nobody is missed and nobody comes twice while the population shifts."""

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.flow import Reply
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
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
    found = walk(people, page_size, between)
    assert len(found) == len(set(found))
    assert set(found) >= set(people) & set(original)


def test_a_page_of_one_is_refused() -> None:
    with pytest.raises(UsageError):
        Stepper(walk_users(SERVER, Search(page_size=1)))
