"""Pulls that are killed at a random moment: after the next pull, the store equals the service.

Every second pull is killed between two steps (before or after a request, a write or a commit), the others at a random
time. If a service delivers once, only steps after a delivery are used: nobody can recover a response before that.
One database in ten has no tables yet.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.store import Store
from stress.databases import FileDatabase, ServerDatabase, folder, postgres
from stress.tally import WAITING, Runs, Tally
from tests.results.puller import NO_CONNECTION
from tests.results.truth import truth

ROOT: Final = Path(__file__).parents[1]
PAGINGS: Final = ("since", "offset", "number", "page", "token", "once")


class Killing:
    """Pulls from a service with one way of paging, in processes that are killed at a random moment."""

    def __init__(self, paging: Any, database: FileDatabase | ServerDatabase, data: School, stack: ExitStack) -> None:
        self._paging = paging
        self._database = database
        self._sandbox = stack.enter_context(Sandbox(data=data, results=ResultsSwitches(paging=paging, page_size=5)))
        self._wanted = truth(self._sandbox)
        key = Store.generate_key().reveal()
        self._store = stack.enter_context(closing(Store(database.address, key=key)))
        self._process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "stress.forks"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
        )
        stack.callback(self._process.stdin.close)  # type: ignore[union-attr]  # a pipe
        self._begin_anew(without_tables=False)
        self._tell({"wsdl": self._sandbox.results_wsdl, "key": key, "paging": paging, "database": database.address})
        self._begin_anew(without_tables=False)
        self._whole = self._pull()

    def run(self, tally: Tally, number: int) -> None:
        """Kill one pull, finish the next, and check the store."""
        chance = random.Random(number)
        without_tables = chance.random() < 0.1
        by_clock = bool(number // len(PAGINGS) % 2) and self._paging != "once"
        longest = self._whole["seconds"]
        killed = False
        while not killed:
            self._begin_anew(without_tables=without_tables)
            if by_clock:
                longest *= 0.9  # until it was killed before its end
                end = self._pull(seconds=chance.random() * longest, without_tables=without_tables)
            else:
                end = self._pull(moments=chance.randrange(1, self._whole["moments"]), without_tables=without_tables)
            killed = end["killed"]
            if not killed and end["status"] and os.waitstatus_to_exitcode(end["status"]) != NO_CONNECTION:
                tally.note("foreign exceptions", f"{self._paging}: the first pull ended with status {end['status']}")
                break
        end, hours = self._pull(hours=1, without_tables=without_tables), 1
        while os.waitstatus_to_exitcode(end["status"]) == NO_CONNECTION and hours < 3:
            hours += 1
            end = self._pull(hours=hours, without_tables=without_tables)
        if end["status"] or end["moments"] == -1:
            tally.note("lost", f"{self._paging}: the pull after the kill ended with {end}")
        compare(tally, self._store, self._wanted)
        self._store.close()

    def _begin_anew(self, *, without_tables: bool) -> None:
        self._sandbox.results.begin_anew()
        self._database.begin_anew(without_tables=without_tables)

    def _pull(self, **order: Any) -> dict[str, Any]:
        self._tell({"moments": None, "seconds": None, "hours": 0, "without_tables": False, **order})
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def _tell(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()


@contextmanager
def file_database() -> Generator[FileDatabase]:
    """A file."""
    with folder() as place:
        yield FileDatabase(place)


@contextmanager
def server_database() -> Generator[ServerDatabase]:
    """A database on a server."""
    with postgres() as address:
        yield ServerDatabase(address)


def kills_on(new_database: Any) -> Runs:
    """Runs on one kind of database, each way of paging in turn."""

    def kills(tally: Tally, numbers: range) -> Iterator[int]:
        if not numbers:
            return
        with ExitStack() as stack:
            data = School.seeded(5, pupils=8)
            killing: dict[str, Killing] = {}
            for number in numbers:
                paging = PAGINGS[number % len(PAGINGS)]
                if paging not in killing:
                    killing[paging] = Killing(paging, stack.enter_context(new_database()), data, stack)
                killing[paging].run(tally, number)
                yield 1

    return kills


def compare(tally: Tally, store: Store, wanted: dict[str, Any]) -> None:
    """Count missing results, extra results, and results in another state.

    An unreadable record is not lost if it waits in the quarantine with its submission number.
    """
    held = {each.submission_nr: each.modified_at for each in store.results()}
    waiting = {each.submission_nr for each in store.waiting(kind="unreadable")}
    for number in wanted.keys() - held.keys():
        if number in waiting:
            tally.found[WAITING] += 1
        else:
            tally.note("lost", "a result is neither in the store nor in the quarantine")
    for number in held.keys() & wanted.keys():
        if held[number] != wanted[number]:
            if number in waiting:
                tally.found[WAITING] += 1
            else:
                tally.note("lost", "a later state is neither in the store nor in the quarantine")
    for _ in held.keys() - wanted.keys():
        tally.note("doubled", "a result is in the store that the service does not have")


KILLS: Final[dict[str, tuple[float, Runs]]] = {
    "a pull, SQLite": (0.6, kills_on(file_database)),
    "a pull, PostgreSQL": (0.16, kills_on(server_database)),
}
