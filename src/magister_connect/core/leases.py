"""One run at a time: a lease in a store is taken, work is done, and the lease is given back.

A lease ends by itself, so that a run that was killed stops nobody for long.
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

LEASE_SECONDS: Final = 900.0  # longer than any single request with its repetitions

T = TypeVar("T")


def new_token() -> str:
    """A token for a lease."""
    return secrets.token_hex(16)


def under_lease(
    take: Callable[[str], object], release: Callable[[str], object], work: Callable[[str], Flow[T]]
) -> Flow[T]:
    """Do something under a lease; all three take its token.

    Raises what ``take`` raises while another run has the lease, and what ``work`` raises.
    """
    token = new_token()  # known before it is taken, so that an interruption meanwhile leaves nothing behind
    try:
        yield from flows.run_blocking(partial(take, token))
        outcome = yield from work(token)
        yield from flows.run_blocking(partial(release, token))  # in here: a cancellation may come just before it
    except BaseException:  # a cancellation or Ctrl-C too, after which a flow may still ask for steps
        yield from flows.run_blocking(partial(_without_failing, partial(release, token)))
        raise
    return outcome


def _without_failing(release: Callable[[], object]) -> None:
    """Release a lease; an error on its way counts for more than one of the store, and the lease ends by itself."""
    with suppress(Exception):
        release()
