"""Each module lists its figures, and a limit has the meaning of its text. `make bench` measures the values."""

import time
from itertools import accumulate, chain

import pytest

from benchmarks.__main__ import figures_of, modules
from benchmarks.figure import Figure, call_ratio, cpu_ratio


@pytest.mark.parametrize("module", modules())
def test_a_module_lists_figures_with_different_names(module: str) -> None:
    names = [figure.name for figure in figures_of(module)]
    assert names
    assert len(set(names)) == len(names)
    assert [figure.name for figure in figures_of(module) if len(figure.description) < 15] == []


@pytest.mark.parametrize(
    ("limit", "value", "met", "text"),
    [
        ("at most 2.2", 2.2, True, "2.20"),
        ("at most 2.2", 2.21, False, "2.21"),
        ("at least 6", 5.99, False, "5.99"),
        ("at least 6", 7, True, "7.00"),
        ("at most 60 MB", 12.5, True, "12.50 MB"),
    ],
)
def test_a_limit_is_read_as_it_is_written(limit: str, value: float, met: bool, text: str) -> None:
    figure = Figure("a figure", limit, lambda: value)
    assert figure.is_met(value) is met
    assert figure.with_unit(value) == text


@pytest.mark.parametrize("limit", ["", "fast", "at most", "at most two", "2.2"])
def test_an_unreadable_limit_is_refused(limit: str) -> None:
    with pytest.raises(ValueError, match="at most"):
        Figure("a figure", limit, float)


def test_a_ratio_is_that_of_the_fastest_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = iter([6, 2, 3, 4, 9, 1])  # seconds: ours and the floor in turn
    moments = iter(accumulate(chain.from_iterable((0, each) for each in spent)))
    monkeypatch.setattr(time, "process_time", lambda: next(moments))
    calls: list[str] = []
    assert cpu_ratio(lambda: calls.append("ours"), lambda: calls.append("floor"), rounds=3) == 3 / 1
    assert calls == ["ours", "floor"] * 4  # the first of them warms up


def test_a_ratio_of_calls_is_that_of_the_fastest_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0]
    spent = {"ours": iter([30, 9, 6] + [40] * 17), "floor": iter([50, 70, 4, 3] + [60] * 16)}

    def work(name: str) -> None:
        clock[0] += next(spent[name])

    monkeypatch.setattr(time, "perf_counter_ns", lambda: clock[0])
    assert call_ratio(lambda: work("ours"), lambda: work("floor"), calls=20) == 30 / 50
