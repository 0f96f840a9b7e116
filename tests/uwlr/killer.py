"""A process that pulls or delivers by UWLR, and dies when it is told to: lines in, lines out.

Each order names the address, the account, the database with its key, and the time. It also names the number of moments
to live (or ``null``), and a school to pull or a message of results to deliver. What was applied of a pull goes to
``platform``, a file that is replaced at once.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import httpcore
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite

from magister_connect.core.drivers.transport import SyncTransport
from magister_connect.errors import LeaseHeld
from magister_connect.store import Store
from magister_connect.uwlr import Pulled, PupilData, ResultsMessage, UwlrClient
from tests.results.puller import Countdown, main

PRELOADED = (httpcore, postgresql, sqlite)  # else every fork would import them anew


def work(order: dict[str, Any], countdown: Countdown) -> int:
    """One run; gives the number of moments, or -1 where another run was at work."""
    store = Store(order["database"], key=order["key"], patience=5)
    SyncTransport.send = countdown.around(SyncTransport.send)  # type: ignore[method-assign]  # to be killed
    event.listen(store._database._engine, "commit", countdown.pass_by)
    moment = dt.datetime.fromisoformat(order["moment"])
    with UwlrClient(**order["client"], clock=lambda: moment) as uwlr:
        try:
            if "results" in order:
                log = store.deliveries
                watch(log, countdown, "announce", "acknowledged", "acknowledge")
                uwlr.deliver(log, ResultsMessage.from_dict(order["results"]), most=2)
            else:
                snapshots = store.snapshots
                watch(snapshots, countdown, "take_lease", "last", "compare", "keep", "release_lease")
                uwlr.pull(snapshots, *order["school"], apply=countdown.around(Platform(order["platform"])))
        except LeaseHeld:
            return -1
    return countdown.passed


def watch(thing: object, countdown: Countdown, *names: str) -> None:
    """Let a moment pass before and behind each of these methods."""
    for name in names:
        setattr(thing, name, countdown.around(getattr(thing, name)))


class Platform:
    """Takes over what a night brought."""

    def __init__(self, place: str) -> None:
        self._place = Path(place)

    def __call__(self, pulled: Pulled) -> None:
        assert isinstance(pulled.answer, PupilData)
        beside = self._place.with_suffix(".new")
        beside.write_text(pulled.answer.document.to_json(reveal=True))
        beside.replace(self._place)


if __name__ == "__main__":
    main(work)
