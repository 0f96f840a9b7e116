"""Protect work from cancellation: the work runs to its end, and the cancellation is raised afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import anyio.lowlevel

T = TypeVar("T")


async def run_shielded(work: Callable[[], Awaitable[T]]) -> tuple[T, BaseException | None]:
    """Return the result of ``work``, and the cancellation that arrived while it ran.

    A shield keeps out cancel scopes of anyio and trio. A task of asyncio can also be cancelled directly. So on asyncio
    the work runs in its own task, which no other code can cancel.
    """
    import asyncio  # imported here: programs without async code do not need it

    async def shielded() -> T:
        with anyio.CancelScope(shield=True):
            result = await work()
        # Pyright assumes that a scope may swallow an exception; a shield does not.
        return result  # noqa: RET504 # pyright: ignore[reportPossiblyUnboundVariable, reportReturnType] - as above

    interruption: BaseException | None = None
    if not isinstance(anyio.lowlevel.current_token().native_token, asyncio.AbstractEventLoop):
        return await shielded(), interruption
    task = asyncio.ensure_future(shielded())
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait((task,))
            except asyncio.CancelledError as error:  # raised again by the caller after the work
                interruption = error
    if interruption is not None and task.exception() is not None:
        raise interruption
    return task.result(), interruption
