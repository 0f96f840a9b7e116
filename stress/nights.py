"""UWLR pulls and deliveries that are killed at a random moment: after the next one, store and school are the same.

After a killed pull, the next pull stores and applies the current pupils of the school. After a killed delivery, the
next delivery sends the rest, and each result is at the school exactly once.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any, Final

from magister_connect import edexml
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store
from magister_connect.uwlr import PupilData
from stress.databases import folder
from stress.kills import ROOT, file_database, server_database
from stress.tally import Runs, Tally
from tests.uwlr.test_las import YEAR, of_school

_SENT: Final = (1, 2, 3)


class Killing:
    """Runs over one simulated school and one database, in processes that are killed."""

    def __init__(self, new_database: Any, stack: ExitStack) -> None:
        self.school = stack.enter_context(Sandbox(pupils=8, staff=4))
        self.database = stack.enter_context(new_database())
        self.platform = stack.enter_context(folder()) / "platform.json"
        self._key = Store.generate_key().reveal()
        self._process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.uwlr.killer"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
        )
        stack.callback(self._process.stdin.close)  # type: ignore[union-attr]  # a pipe
        self.database.begin_anew(without_tables=False)
        self.store = stack.enter_context(closing(Store(self.database.address, key=self._key)))

    def order(self, moments: int | None, **told: Any) -> dict[str, Any]:
        """One run, an hour after the last one (longer than a lease); killed after some steps or seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.school.clock.advance(hours=1)
        accounts = self.school.accounts
        client = {
            "endpoint": self.school.uwlr_url,
            "klantnaam": accounts.uwlr_klantnaam,
            "klantcode": accounts.uwlr_klantcode,
            "autorisatiesleutel": dict(self.school.uwlr.keys),
            "results_endpoint": self.school.uwlr_url,
        }
        told |= {"client": client, "database": self.database.address, "key": self._key, "moments": moments}
        self._process.stdin.write(json.dumps([{**told, "moment": self.school.clock().isoformat()}]) + "\n")
        self._process.stdin.flush()
        answer: list[dict[str, Any]] = json.loads(self._process.stdout.readline())
        return answer[0]

    def killed(self, tally: Tally, chance: random.Random, whole: int, told: dict[str, Any]) -> None:
        """One run that is killed at a random moment, and one that is not."""
        if not self.order(chance.randrange(1, whole), **told)["killed"]:
            tally.note("foreign exceptions", "the first run ended before it was killed")
        if (end := self.order(None, **told))["status"] or end["moments"] == -1:
            tally.note("lost", f"the run after the kill ended with {end}")


def nights(killing: Killing) -> Callable[[Tally, int], None]:
    """Pulls from a school in which one pupil gets a new name every day."""
    told: dict[str, Any] = {"school": [killing.school.school.brin, YEAR], "platform": str(killing.platform)}
    pupil = next(iter(killing.school.school.pupils_on(killing.school.clock.today())))[0]
    whole = killing.order(None, **told)["moments"]

    def one(tally: Tally, number: int) -> None:
        chance = random.Random(number)
        name = f"Nacht {number}"
        killing.school.school.replace(pupil, roepnaam=name)
        killing.killed(tally, chance, whole, told)
        (series,) = killing.store.snapshots.names()
        kept = killing.store.snapshots.last(series)
        if kept is None or not isinstance(kept.value, PupilData):
            tally.note("lost", "no response is stored")
            return
        document = kept.value.document
        if [each.roepnaam for each in document.leerlingen].count(name) != 1:
            tally.note("lost", "the change of the day is not in the stored response")
        if edexml.Document.from_dict(json.loads(killing.platform.read_text())).leerlingen != document.leerlingen:
            tally.note("lost", "the applied data differ from the stored data")

    return one


def deliveries(killing: Killing) -> Callable[[Tally, int], None]:
    """Deliveries of three results."""
    first = {"results": of_school(killing.school, *_SENT, test="eerste").to_dict(reveal=True)}
    whole = killing.order(None, **first)["moments"]

    def one(tally: Tally, number: int) -> None:
        chance = random.Random(number)
        killing.school.uwlr.results.clear()
        killing.killed(
            tally, chance, whole, {"results": of_school(killing.school, *_SENT, test=f"T{number}").to_dict(reveal=True)}
        )
        scores = [each.result.score for each in killing.school.uwlr.results.values()]
        for _ in set(_SENT) - set(scores):
            tally.note("lost", "a result is not at the school")
        for _ in scores[len(_SENT) :]:
            tally.note("doubled", "a result is at the school twice")

    return one


def over(new_database: Any, prepare: Callable[[Killing], Callable[[Tally, int], None]]) -> Runs:
    """Runs on one kind of database; one in fifty begins with an empty database."""

    def runs(tally: Tally, numbers: range) -> Iterator[int]:
        for start in range(numbers.start, numbers.stop, 50):
            with ExitStack() as stack:
                one = prepare(Killing(new_database, stack))
                for number in range(start, min(start + 50, numbers.stop)):
                    one(tally, number)
                    yield 1

    return runs


NIGHTS: Final[dict[str, tuple[float, Runs]]] = {
    "a night by UWLR, SQLite": (0.08, over(file_database, nights)),
    "a night by UWLR, PostgreSQL": (0.02, over(server_database, nights)),
    "a delivery by UWLR, SQLite": (0.12, over(file_database, deliveries)),
    "a delivery by UWLR, PostgreSQL": (0.02, over(server_database, deliveries)),
}
