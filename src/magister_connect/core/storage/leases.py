"""Take a lease in a store, do the work, and release the lease, so that only one run works at a time.

A lease expires, so a run that was killed does not block others for long.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from magister_connect.core.late import LateModule

if TYPE_CHECKING:
    from magister_connect.core import flow as flows
    from magister_connect.core.flow import Flow
else:
    flows = LateModule("magister_connect.core.flow")

LEASE_SECONDS: Final = 900.0  # longer than any single request with its retries

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
        yield from flows.run_blocking(partial(take, token))
        outcome = yield from work(token)
        yield from flows.run_blocking(partial(release, token))  # inside the try: it may be cancelled here
    except BaseException:  # also a cancellation or Ctrl-C, after which a flow may still yield steps
        yield from flows.run_blocking(partial(_release_quietly, partial(release, token)))
        raise
    return outcome


def _release_quietly(release: Callable[[], object]) -> None:
    """Release a lease without raising: the error in progress matters more, and the lease expires anyway."""
    with suppress(Exception):
        release()
