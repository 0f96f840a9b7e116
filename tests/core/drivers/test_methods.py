"""A method that is declared once: what a user sees of it on either client, and that it runs there."""

from __future__ import annotations

import inspect
import pydoc
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import anyio
import pytest

from magister_connect.core.drivers import AsyncClient, AsyncDriver, ClientMethod, SyncClient, SyncDriver
from magister_connect.core.flow import Flow, current_time
from magister_connect.core.late import LateOperations

P = ParamSpec("P")
T = TypeVar("T")


def per_year(operation: Callable[Concatenate[str, P], Flow[T]]) -> ClientMethod[P, T, Coroutine[Any, Any, T]]:
    def ask(self: SyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(operation("2526", *args, **kwargs))

    async def ask_async(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run(operation("2526", *args, **kwargs))

    return ClientMethod(operation, ask, ask_async, hidden=1)


def groups(year: str, pupil: int, *, active: bool = True) -> Flow[str]:
    """The groups of a pupil."""
    yield from current_time()
    return f"{year} {pupil} {active}"


class Methods:
    """What both clients can."""

    student_groups = per_year(groups)


class Client(Methods, SyncClient):
    """Sync."""


class AsyncTwin(Methods, AsyncClient):
    """Async."""


def test_it_runs_on_either_client() -> None:
    assert Client(SyncDriver()).student_groups(3) == "2526 3 True"

    async def ask() -> str:
        return await AsyncTwin(AsyncDriver()).student_groups(3, active=False)

    assert anyio.run(ask) == "2526 3 False"


@pytest.mark.parametrize(("kind", "prefix"), [(Client, ""), (AsyncTwin, "async ")])
def test_help_and_signature_are_those_of_the_operation(kind: type[Client | AsyncTwin], prefix: str) -> None:
    shown = pydoc.plain(pydoc.render_doc(kind.student_groups))
    assert f"{prefix}student_groups(self, pupil: int, *, active: bool = True) -> str" in shown.replace("'", "")
    assert "The groups of a pupil." in shown
    assert prefix + "student_groups(self, pupil" in pydoc.plain(pydoc.render_doc(kind)).replace("'", "")
    assert inspect.iscoroutinefunction(kind.student_groups) is bool(prefix)
    assert list(inspect.signature(kind.student_groups).parameters) == ["self", "pupil", "active"]


def test_a_bound_method_has_the_arguments_that_are_left() -> None:
    bound = Client(SyncDriver()).student_groups
    assert list(inspect.signature(bound).parameters) == ["pupil", "active"]
    assert repr(bound).startswith("<bound method Methods.student_groups of <")


def test_wrong_arguments_name_the_operation() -> None:
    with pytest.raises(TypeError, match=r"groups\(\) got an unexpected keyword argument 'actief'"):
        Client(SyncDriver()).student_groups(3, actief=True)  # type: ignore[call-arg]  # what is tested


@pytest.mark.parametrize("kind", [SyncDriver, AsyncDriver])
def test_a_driver_prints_in_one_short_line(kind: type[SyncDriver | AsyncDriver]) -> None:
    assert repr(kind(concurrency=3)) == f"<{kind.__name__}, 3 at a time>"


def test_a_late_operation_is_imported_when_a_method_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "late_operations.py").write_text(
        'def double(number: int) -> int:\n    """Twice."""\n    return 2 * number\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    double = LateOperations("late_operations").double
    method = ClientMethod(double, lambda _self, number: double(number), lambda _self, number: double(number))
    assert "late_operations" not in sys.modules
    assert method.__wrapped__.__doc__ == "Twice."
    assert double(4) == 8
    monkeypatch.delitem(sys.modules, "late_operations")
