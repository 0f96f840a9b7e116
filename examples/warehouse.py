"""The nightly load of schools into warehouses of their own, in parallel.

    pip install "magister-connect[warehouse,sandbox]"     # in a checkout: pip install ".[warehouse,sandbox]"
    python examples/warehouse.py                          # two nights of three simulated schools, into duckdb files
    python examples/warehouse.py --schools 20 --workers 4
    python examples/warehouse.py --nights 2025-11-20 2026-03-20 --most-gone 0.05

There is a summer between the two nights: pupils left, came and changed class, so
``--most-gone`` is 1 by default.

Each school has its own pipeline, dataset and key for pseudonyms, so the data of two schools
never mix. A worker runs ``load_school``, with any engine; for your own schools, read the
settings from your table. You can load twice, and kill a load at any moment.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

from attrs import field, frozen

from magister_connect.core.snapshots import Guard
from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.errors import MagisterConnectError, Responsible
from magister_connect.medius import MediusClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox, School
from magister_connect.warehouse import load, school_source
from magister_connect.warehouse.quiet import dlt

LISTS = ("platform-inschrijvingen", "platform-absenties")
# A pupil without an open row has left. A pupil with an open row and earlier rows has
# changed.
HISTORY = """
    SELECT count(*), count(*) FILTER (NOT here), count(*) FILTER (here AND rows > 1)
    FROM (
        SELECT count(*) AS rows, bool_or(valid_to IS NULL) AS here FROM school.students GROUP BY stamnummer_key
    )
"""


@frozen
class Settings:
    """The settings of one school.

    Passwords and keys are text, so that you can send them: encrypt the connection.
    """

    code: str
    medius_url: str
    medius_username: str
    medius_password: str = field(repr=False)
    results_wsdl: str
    instellingscode: str
    soap_key: str = field(repr=False)
    pseudonym_key: bytes = field(repr=False)
    folder: Path
    most_gone: float = 0.05  # the part of the rows that may be gone in a night; if more are, nothing is loaded


@frozen
class Outcome:
    """The outcome of one school: the loaded rows, or the failure.

    If ``again`` is true, the next round tries again.
    """

    code: str
    loaded: str = ""
    trouble: str = ""
    again: bool = False


def load_school(school: Settings, moment: dt.datetime) -> Outcome:
    """Load the data of one school; a failure does not stop the other schools."""
    try:
        return Outcome(school.code, loaded=str(_load(school, moment)))
    except MagisterConnectError as error:
        return Outcome(
            school.code, trouble=str(error), again=error.responsible is Responsible.NOBODY
        )


def _load(school: Settings, moment: dt.datetime) -> object:
    pipeline = dlt.pipeline(
        f"school_{school.code.lower()}",
        # dlt.destinations.postgres(...) is the same on a server, with a dataset for each
        # school
        destination=dlt.destinations.duckdb(str(school.folder / f"{school.code}.duckdb")),
        dataset_name="school",
        pipelines_dir=str(school.folder / "pipelines"),
    )
    with (
        MediusClient(
            school.medius_url,
            username=school.medius_username,
            password=school.medius_password,
            allow_http=True,  # the simulated ones are on this machine
        ) as medius,
        ResultsClient(
            school.results_wsdl,
            product="JIJ",
            instellingscode=school.instellingscode,
            soap_key=school.soap_key,
            clock=lambda: moment,
        ) as results,
    ):
        source = school_source(
            school.code,
            pseudonyms=Pseudonymiser(
                school.pseudonym_key,
                key_id="k1",
                audience=Audience("data layer", external=False),
            ),
            medius=medius,
            lists=LISTS,
            results=results,
            from_school_year="2025-2026",
            on_unreadable="keep",
            guard=Guard(share=school.most_gone),
            at=moment,
        )
        return load(pipeline, source)


def night(
    schools: Sequence[Settings], moment: dt.datetime, workers: int
) -> Iterator[Outcome]:
    """Load all schools, each in its own process: dlt keeps one pipeline for each process."""
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        yield from pool.map(load_school, schools, [moment] * len(schools))


def settings_of(
    code: str, school: Sandbox, folder: Path, *, most_gone: float = 0.05
) -> Settings:
    """The settings of a simulated school; a real platform has them in a table, and the keys in a secret store."""
    return Settings(
        code=code,
        medius_url=school.medius_url,
        medius_username=school.medius_username,
        medius_password=school.medius_password,
        results_wsdl=school.results_wsdl,
        instellingscode=school.instellingscode,
        soap_key=school.results_key,
        pseudonym_key=sha256(
            f"a key for {code}, for the simulated school only".encode()
        ).digest(),
        folder=folder,
        most_gone=most_gone,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Two nights of simulated schools; 0 when every school is loaded."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--schools", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="processes on this machine")
    parser.add_argument(
        "--nights",
        type=dt.date.fromisoformat,
        nargs="+",
        metavar="DAY",
        default=[dt.date(2025, 11, 20), dt.date(2026, 9, 1)],
        help="the days of the loads, in order (2025-11-20 2026-09-01)",
    )
    parser.add_argument(
        "--most-gone",
        type=float,
        default=1.0,
        help="part of a table that may be gone; all of it, after a summer (1)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("warehouse-output"),
        help="for databases (warehouse-output)",
    )
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    with ExitStack() as stack:
        opened = {
            f"S{seed:03d}": stack.enter_context(
                Sandbox(data=School.seeded(seed, pupils=40, staff=8))
            )
            for seed in range(1, chosen.schools + 1)
        }
        schools = [
            settings_of(code, school, chosen.folder, most_gone=chosen.most_gone)
            for code, school in opened.items()
        ]
        for day in chosen.nights:
            moment = dt.datetime.combine(day, dt.time(2, 30), dt.UTC)
            print(f"night of {moment:%d-%m-%Y}")
            for school in opened.values():
                school.clock.set(moment)
            for outcome in night(schools, moment, chosen.workers):
                failed += bool(outcome.trouble)
                print(f"  {outcome.code}  {outcome.trouble or outcome.loaded}")
    import duckdb  # here, because the import of magister_connect.warehouse names the extra if it is missing

    for code in opened:
        with duckdb.connect(
            str(chosen.folder / f"{code}.duckdb"), read_only=True
        ) as database:
            ((pupils, left, changed),) = database.sql(HISTORY).fetchall()
            print(f"{code}: {pupils} pupils, of whom {left} left and {changed} changed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
