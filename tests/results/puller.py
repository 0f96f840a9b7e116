"""A process that pulls, and dies when it is told to: lines in, lines out. Run by the tests of faults.

Each line on standard input is JSON: the WSDL, the database and its key, the way of paging, and the options of a pull.
It also has the number of moments to live (or ``null``) and the time. Each pull runs in a process of its own; the answer
tells how that process ended.
"""

import datetime as dt
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

import httpcore
import lxml.builder
import zeep.wsa
import zeep.wsdl.bindings
from sqlalchemy import event
from sqlalchemy.dialects import sqlite

from magister_connect.errors import ConnectionFailed, LeaseHeld
from magister_connect.results import HAND_WRITTEN, Paging, ResultsClient, pull_results
from magister_connect.results.service import Service
from magister_connect.store import Store

PRELOADED = (httpcore, lxml.builder, sqlite, zeep.wsa, zeep.wsdl.bindings)  # else every fork would import them anew
CONTRACTS = {  # the other ways of paging show in the WSDL
    "once": HAND_WRITTEN.evolve(paging=Paging.ONCE),
    "token": HAND_WRITTEN.evolve(paging=Paging.TOKEN, next_token="next_token", more="has_more"),
}
NO_CONNECTION = 3
START = dt.datetime(2025, 11, 20, 9, tzinfo=dt.UTC)


class Countdown:
    """Counts the moments of a pull, and ends the process at the last one."""

    def __init__(self, left: int | None) -> None:
        self.left = left
        self.passed = 0
        self.counts = True

    def pass_by(self, *_ignored: object) -> None:
        """One moment."""
        self.passed += self.counts
        if self.counts and self.left is not None and self.passed > self.left:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Any], *, before: bool = True) -> Callable[..., Any]:
        """A function with a moment before it and one behind it."""

        def watched(*arguments: Any, **named: Any) -> Any:
            if before:
                self.pass_by()
            outcome = function(*arguments, **named)
            self.pass_by()
            return outcome

        return watched

    def uncounted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function within which no moment counts."""

        def unwatched(*arguments: Any, **named: Any) -> Any:
            self.counts = False
            outcome = function(*arguments, **named)
            self.counts = True
            return outcome

        return unwatched


Work: TypeAlias = Callable[[dict[str, Any], Countdown], int]
"""What a forked process does with its order; gives the number of moments that it lived."""


def pull(order: dict[str, Any], countdown: Countdown, store: Store | None = None) -> int:
    """One pull; gives the number of moments, or -1 where another run was at work."""
    once = order["paging"] == "once"
    store = store or Store(order["database"], key=order["key"], patience=5)
    # A reply that the service has marked as delivered and that never arrives is lost to everybody: that moment is
    # left out where results are delivered once, and from the spool on every moment counts.
    driver_sends = not once
    Service.read = countdown.around(Service.read, before=driver_sends)  # type: ignore[method-assign]  # to be killed
    for name in ("commit", "take_lease", "checkpoints"):
        setattr(store, name, countdown.around(getattr(store, name)))
    store.spool = countdown.uncounted(store.spool)  # type: ignore[method-assign]  # until a reply is on disk
    event.listen(store._database._engine, "commit", countdown.pass_by)
    with ResultsClient(
        order["wsdl"],
        product="JIJ",
        instellingscode="ZAND",
        soap_key="zandbak-jij-sleutel",
        contract=CONTRACTS.get(order["paging"]),
        clock=lambda: START + dt.timedelta(hours=order["hours"]),
    ) as service:
        try:
            known: list[str] | Callable[[str], bool] = [] if order.get("nobody_known") else str.isdigit
            pull_results(service, store, stamnummers=known, reopen=order.get("reopen", ()))
        except LeaseHeld:
            return -1
    return countdown.passed


def in_process_of_its_own(order: dict[str, Any], work: Work) -> tuple[int, int]:
    """Fork, work, and give the number of moments."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        countdown = Countdown(order["moments"])
        try:
            os.write(writing, str(work(order, countdown)).encode())
        except ConnectionFailed:  # on a busy machine the service may close an idle connection just then
            os._exit(NO_CONNECTION)
        os._exit(0)
    os.close(writing)
    return child, reading


def settle(child: int, reading: int) -> dict[str, Any]:
    """Wait for a process."""
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    return {"killed": os.WIFSIGNALED(status), "moments": int(told) if told else None, "status": status}


def main(work: Work = pull) -> None:
    """Read orders until there are none: a list of orders runs at once."""
    for line in sys.stdin:
        orders = json.loads(line)
        children = [in_process_of_its_own(order, work) for order in orders]
        sys.stdout.write(json.dumps([settle(*child) for child in children]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
