"""Pulls that are killed at a random moment: after the next one, the store equals the service."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from magister_connect.sandbox import ResultsSwitches, Sandbox, School
from magister_connect.store import Store
from stress.tally import Tally
from tests.results.truth import stored, truth

ROOT = Path(__file__).parents[1]


def kills(tally: Tally, numbers: range) -> Iterator[int]:
    """One kill a run, at a moment that the number of the run decides."""
    if not numbers:
        return
    key = Store.generate_key().reveal()
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-m", "tests.results.puller"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        ) as puller,
        Sandbox(data=School.seeded(5, pupils=8), results=ResultsSwitches(page_size=5)) as sandbox,
    ):
        plain = {"wsdl": sandbox.results_wsdl, "key": key, "paging": "offset", "moments": None, "hours": 0}

        def order(**more: Any) -> dict[str, Any]:
            assert puller.stdin is not None
            assert puller.stdout is not None
            puller.stdin.write(json.dumps([{**plain, **more}]) + "\n")
            puller.stdin.flush()
            answer: list[dict[str, Any]] = json.loads(puller.stdout.readline())
            return answer[0]

        whole = order(database=f"sqlite:///{folder}/whole.db")["moments"]
        for number in numbers:
            sandbox.results.begin_anew()
            database = f"sqlite:///{folder}/{number}.db"
            order(database=database, moments=random.Random(number).randrange(1, whole))
            order(database=database, hours=1)
            compare(tally, stored(database, key), truth(sandbox))
            for left in Path(folder).glob(f"{number}.db*"):
                left.unlink()
            yield 1
        puller.stdin.close()  # type: ignore[union-attr]  # a pipe


def compare(tally: Tally, held: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Count what a store lacks, and what it should not hold or holds in another state."""
    for _ in wanted.keys() - held.keys():
        tally.note("lost", "a result is not in the store")
    for number in held.keys() & wanted.keys():
        if held[number] != wanted[number]:
            tally.note("lost", "a later state is not in the store")
    for _ in held.keys() - wanted.keys():
        tally.note("doubled", "a result is in the store that the service does not have")
