"""Pages that stand by themselves; how they look is seen in tests/browser."""

import re

import pytest

from magister_connect.core.html import page, table


def test_texts_are_escaped() -> None:
    shown = page("<b>", table(["<i>"], [["<u>"]], marks=['"x']))
    assert not re.search(r"<(?:b|i|u)>", shown)
    assert 'class="&quot;x"' in shown


@pytest.mark.parametrize(
    ("rows", "right"), [([], 0), ([["a", 1]], 1), ([["a", 1], ["b", ""]], 0), ([[1, 2], [3, 4]], 2)]
)
def test_columns_of_whole_numbers_stand_right(rows: list[list[object]], right: int) -> None:
    assert table(["name", "count"], rows).count('<th scope="col" class="number">') == right


@pytest.mark.parametrize("rows", [[["only one"]], [["a", "b"], ["only one"]], [["a", "b", "c"]]])
def test_a_row_of_another_width_is_refused(rows: list[list[object]]) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        table(["a", "b"], rows)


def test_nothing_is_fetched() -> None:
    assert not re.search(r"https?:|src=|href=|@import|url\(", page("title", table(["a"], [["b"]])))
