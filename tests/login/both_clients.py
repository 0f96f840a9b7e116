"""Both clients of a service from one table: the async one is run to its end, so that a test sees no difference."""

from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeAlias

import anyio

__all__ = ["Ask", "choose_client", "read_whole"]

Ask: TypeAlias = Callable[..., Any]


async def read_whole(found: Any) -> Any:
    """What a method of an async client comes to: a list whole, anything else awaited."""
    if isinstance(found, AsyncIterable):
        return [each async for each in found]
    return await found if isinstance(found, Awaitable) else found


def choose_client(kind: str, blocking: Ask, awaiting: Callable[..., Coroutine[Any, Any, Any]]) -> Ask:
    """``blocking`` as it is, or ``awaiting`` run to its end, by the word of a fixture."""
    if kind == "blocking":
        return blocking
    return lambda *arguments, **named: anyio.run(partial(awaiting, *arguments, **named))
