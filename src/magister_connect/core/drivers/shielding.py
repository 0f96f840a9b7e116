"""What must not be broken off by a cancellation: it runs to its end, and the cancellation is raised afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import anyio.lowlevel

T = TypeVar("T")


async def to_its_end(work: Callable[[], Awaitable[T]]) -> tuple[T, BaseException | None]:
    """What ``work`` returns, and the cancellation that came while it ran.

    Cancel scopes of anyio and trio are kept out by a shield. A task of asyncio can also be cancelled directly, so the
    work is a task of its own there, which nobody else can cancel.
    """
    import asyncio  # here, since whoever awaits nothing needs none of it

    async def shielded() -> T:
        with anyio.CancelScope(shield=True):
            result = await work()
        # To pyright, a scope may swallow what is raised inside; a shield does not.
        return result  # noqa: RET504 # pyright: ignore[reportPossiblyUnboundVariable, reportReturnType] - as above

    interruption: BaseException | None = None
    if not isinstance(anyio.lowlevel.current_token().native_token, asyncio.AbstractEventLoop):
        return await shielded(), interruption
    task = asyncio.ensure_future(shielded())
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait((task,))
            except asyncio.CancelledError as error:  # raised again by the caller, when the work is done
                interruption = error
    if interruption is not None and task.exception() is not None:
        raise interruption
    return task.result(), interruption
