"""A pace that several processes share, through leases in a token store."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, Final

from attrs import define, field

from magister_connect.core.drivers.driver import utc_now
from magister_connect.core.drivers.pacing import Pace
from magister_connect.core.flow import Reply
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.login.token_stores.protocol import StoredTokens, TokenStore

PLACE_LASTS: Final = dt.timedelta(seconds=60)
"""The place of a killed process becomes free after this time. One request may take that long."""


@define(eq=False, kw_only=True)
class SharedPace(Pace, SafeRepr):
    """A pace shared by all processes with the same ``store`` and ``key``.

    Pass it to each client (``PublicApiClient(..., pace=SharedPace(store=..., key=...))``), with one key per school and
    client id. Use the store of the tokens or another one: a folder for the processes of one machine, or a database for
    several machines.

    Places and turns are leases in the store, which are compared and set atomically. The ``at_once`` places are stored
    under ``key`` and a number. The wait that a 429 asks for, and the wider gap after it, apply to all processes.

    A turn costs about three writes to the store. An async client does them in a worker thread. The clocks of the
    machines must agree to within the gap. Raises :class:`StoreFailed` if the store fails.
    """

    blocks: ClassVar[bool] = True

    store: TokenStore = field(repr=False)
    key: str
    clock: Callable[[], dt.datetime] = field(default=utc_now, repr=False)
    _held: list[tuple[str, StoredTokens]] = field(factory=list, init=False, repr=False)

    def take_place(self) -> bool:
        """Take a free place, if there is one."""
        for number in range(self.at_once):
            key = f"{self.key} place {number}"
            seen, now = self.store.read(key), self.clock()
            if seen is not None and seen.leased_until is not None and now < seen.leased_until:
                continue
            mine = StoredTokens(lease=secrets.token_hex(8), leased_until=now + PLACE_LASTS)
            if self.store.replace(key, seen, mine):
                self._held.append((key, mine))
                return True
        return False

    def release(self) -> None:
        """Give a place back. After too long, another process may have taken it."""
        with suppress(IndexError):
            key, mine = self._held.pop()
            self.store.replace(key, mine, None)

    def reserve(self) -> float:
        """Take the next turn of all processes, and return how many seconds to wait for it."""
        waits: list[float] = []

        def take(free: dt.datetime, gap: float, now: dt.datetime) -> tuple[dt.datetime, float]:
            turn = max(now, free)
            waits.append((turn - now).total_seconds())
            return turn + dt.timedelta(seconds=gap), gap

        self._change(take)
        return waits[-1]

    def learn(self, reply: Reply) -> None:
        """Adjust the gap of all processes to a response."""
        if reply.status != 429:
            calm = self._calm + 1
            self._calm = calm % self.calm
            if calm >= self.calm and self.current_gap > self.gap:
                self._change(lambda free, gap, _: (free, max(self.gap, gap / 2)))
            return
        self._calm = 0
        asked = dt.timedelta(seconds=self.asked(reply) or 0.0)
        self._change(lambda free, gap, now: (max(free, now + asked), min(self.slowest, max(self.slow, gap * 2))))

    @property
    def current_gap(self) -> float:
        """The current gap of all processes, in seconds."""
        return self._read(self.store.read(self.key))[1]

    def _change(self, change: Callable[[dt.datetime, float, dt.datetime], tuple[dt.datetime, float]]) -> None:
        while True:
            seen, now = self.store.read(self.key), self.clock()
            free, gap = change(*self._read(seen), now)
            if self.store.replace(self.key, seen, StoredTokens(lease=repr(gap), leased_until=free)):
                return

    def _read(self, seen: StoredTokens | None) -> tuple[dt.datetime, float]:
        """Return the next free turn and the gap."""
        if seen is None or seen.leased_until is None:
            return dt.datetime.min.replace(tzinfo=dt.UTC), self.gap
        try:
            return seen.leased_until, max(self.gap, float(seen.lease or 0))
        except ValueError:
            return seen.leased_until, self.gap
