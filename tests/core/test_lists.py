"""Lists in pages by position: whole, nothing twice, nothing lost in silence, while they change."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.lists import STEPS_BACK, ListReader
from magister_connect.errors import CursorStuck, ListShifted, UsageError

Change = Callable[[list[int], int], None]


def read(
    server: list[int],
    *,
    size: int = 5,
    cap: int = 250,
    total: Callable[[list[int]], int | None] = lambda _: None,
    change: Change = lambda _items, _turn: None,
    more: bool = False,
) -> tuple[list[int], int]:
    """What a reader gives of a list that may change before each page, and how many pages that took."""
    reader, got, pages = ListReader[int](key=lambda item: item, page_size=size, where="list"), list[int](), 0
    while reader.start is not None:
        change(server, pages)
        page = server[reader.start : reader.start + min(size, cap)]
        got += reader.take(page, total(server), more=more)
        pages += 1
        assert pages < 500
    return got, pages


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 6, 9, 10, 11, 250])
@pytest.mark.parametrize("cap", [1, 2, 3, 250])
@pytest.mark.parametrize(
    "total", [None, 0, -1, 1, "right"], ids=["no total", "zero", "minus one", "too small", "right"]
)
def test_a_list_is_read_whole_whatever_the_server_says_of_it(count: int, cap: int, total: int | str | None) -> None:
    say: Callable[[list[int]], int | None] = (lambda _: total) if not isinstance(total, str) else len
    if total == 1 and (cap == 1 or count == 0) and count != 1:
        pytest.skip("a total that is reached ends a list, and one that is not is an error")
    got, _ = read(list(range(1, count + 1)), cap=cap, total=say)
    assert got == list(range(1, count + 1))


def test_a_right_total_costs_no_page_more() -> None:
    assert read(list(range(1, 10)), size=100, total=len) == (list(range(1, 10)), 1)


WRONG_TOTALS: dict[str, Callable[[int, int, int], int]] = {
    "of the page": lambda _start, page, _count: page,
    "of what came so far": lambda start, page, _count: start + page,
    "half": lambda _start, _page, count: count // 2,
}


@pytest.mark.parametrize("wrong", WRONG_TOTALS)
@pytest.mark.parametrize("cap", [1, 2, 3, 7, 19, 20])
@pytest.mark.parametrize("count", [0, 1, 2, 8, 21, 40])
def test_with_a_smallest_page_of_one_no_wrong_total_ends_a_list(count: int, cap: int, wrong: str) -> None:
    server, got = list(range(1, count + 1)), list[int]()
    reader = ListReader[int](key=lambda item: item, page_size=25, where="list", smallest_page=1)
    while reader.start is not None:
        page = server[reader.start : reader.start + cap]
        got += reader.take(page, WRONG_TOTALS[wrong](reader.start, len(page), count))
    assert got == server


def test_the_total_of_a_list_that_the_server_cuts_is_not_believed() -> None:
    got, pages = read(list(range(1, 11)), size=25, cap=2, total=lambda _: 5)
    assert (got, pages) == (list(range(1, 11)), 10)


def test_a_smallest_page_has_an_item() -> None:
    with pytest.raises(UsageError, match="below 1"):
        ListReader[int](key=lambda item: item, page_size=5, where="list", smallest_page=0)


def test_a_link_behind_the_last_page_is_not_followed() -> None:
    assert read(list(range(1, 10)), size=250, total=len, more=True) == (list(range(1, 10)), 1)


def test_a_full_page_whose_total_is_its_own_is_followed_where_there_is_a_link() -> None:
    got, _ = read(list(range(1, 12)), size=5, total=lambda _: 5, more=True)
    assert got == list(range(1, 12))


@given(
    count=st.integers(0, 40),
    size=st.integers(2, 9),
    cap=st.integers(2, 9),
    counted=st.booleans(),
    gone=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 45)), max_size=6),
    new=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 45)), max_size=6),
)
def test_what_stays_is_never_missed_and_nothing_comes_twice(
    count: int,
    size: int,
    cap: int,
    counted: bool,
    gone: list[tuple[int, int]],
    new: list[tuple[int, int]],
) -> None:
    server, numbers = list(range(1, count + 1)), iter(range(1000, 2000))
    stay = set(server)

    def change(items: list[int], turn: int) -> None:
        for when, place in gone:
            if when == turn and items:
                stay.discard(items.pop(place % len(items)))
        for when, place in new:
            if when == turn:
                items.insert(place % (len(items) + 1), next(numbers))

    got, _ = read(server, size=size, cap=cap, total=len if counted else lambda _: None, change=change)
    assert len(got) == len(set(got))
    assert stay <= set(got)


def test_a_list_that_changes_altogether_is_an_error() -> None:
    fresh = iter(range(10_000_000))

    def change(items: list[int], turn: int) -> None:
        if turn:
            items[:] = [next(fresh) + 1000 for _ in items]

    with pytest.raises(ListShifted, match="items may be missing"):
        read(list(range(1, 10 * STEPS_BACK)), size=2, change=change)


def test_a_list_that_breaks_its_promise_is_an_error() -> None:
    with pytest.raises(ListShifted, match="announced"):
        read([1, 2, 3], total=lambda _: 9)


@pytest.mark.parametrize("period", [1, 2, 3, 7, 13, 40])
@pytest.mark.parametrize("total", [None, 10_000])
def test_pages_that_come_again_are_noticed(period: int, total: int | None) -> None:
    def pages() -> Iterator[list[int]]:
        while True:
            for turn in range(period):
                yield [turn * 4 + 1, turn * 4 + 2, turn * 4 + 3, turn * 4 + 4, turn * 4 + 5]

    reader, given_pages = ListReader[int](key=lambda item: item, page_size=5, where="list"), pages()

    def read_on() -> None:
        for _ in range(500):
            reader.take(next(given_pages), total)

    with pytest.raises((CursorStuck, ListShifted)):
        read_on()


def test_items_without_a_key_are_all_given() -> None:
    reader = ListReader[str](key=lambda _: None, page_size=2, where="list")
    assert reader.take(["a", "a"]) == ["a", "a"]
    assert reader.start == 2
    assert reader.take(["b"], 3) == ["b"]
    assert reader.start is None


def test_pages_behind_links_need_not_overlap() -> None:
    reader = ListReader[int](key=lambda item: item, page_size=2, where="list", overlap=False)
    assert (reader.take([1, 2], more=True), reader.take([3, 4], more=True)) == ([1, 2], [3, 4])
    assert (reader.take([], more=True), reader.start) == ([], None)
