"""Take a lease in a store, do the work, and release the lease, so that only one run works at a time.

A lease expires, so a run that was killed does not block others for long.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from magister_connect.core.flow import Flow, run_blocking

T = TypeVar("T")


def new_token() -> str:
    """Return a new token for a lease."""
    return secrets.token_hex(16)


def under_lease(
    take: Callable[[str], object], release: Callable[[str], object], work: Callable[[str], Flow[T]]
) -> Flow[T]:
    """Run ``work`` under a lease. ``take``, ``release`` and ``work`` each receive the token.

    Raises the error of ``take`` if another run has the lease, and any error of ``work``.
    """
    token = new_token()  # made before the lease is taken, so that an interruption in between can release it
    try:
        yield from run_blocking(partial(take, token))
        outcome = yield from work(token)
        yield from run_blocking(partial(release, token))  # inside the try: a cancellation may arrive just before this
    except BaseException:  # also a cancellation or Ctrl-C, after which a flow may still yield steps
        yield from run_blocking(partial(_without_failing, partial(release, token)))
        raise
    return outcome


def _without_failing(release: Callable[[], object]) -> None:
    """Release a lease without raising: the error in progress matters more, and the lease expires anyway."""
    with suppress(Exception):
        release()
