"""The pull of one school, as a worker of any kind does it: what it needs, and what became of it.

Used by ``many_schools.py`` on Dask; a task of Airflow or Celery would call the same function.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

from attrs import field, frozen

from magister_connect.errors import LeaseHeld, MagisterConnectError
from magister_connect.results import ResultsClient
from magister_connect.secrets import Secret
from magister_connect.store import Store


@frozen
class Connected:
    """One school, as a worker needs to know it. It pickles, key included: treat it like the key itself."""

    code: str
    wsdl: str
    soap_key: Secret
    pupils: frozenset[int] = field(repr=False)


@frozen
class Outcome:
    """What became of one school; ``trouble`` is an error in words, which hold nothing of a pupil."""

    code: str
    stored: int = 0
    unchanged: int = 0
    waiting: int = 0
    held: bool = False
    trouble: str = ""


@cache
def store_at(database: str) -> Store:
    """One store for each process: its connections are used again for the next school."""
    return Store(database)


def pull_school(school: Connected, database: str, moment: dt.datetime) -> Outcome:
    """Pull what is new, as of a moment. It may be done twice, and may stop anywhere."""
    with ResultsClient(
        school.wsdl, product="JIJ", instellingscode=school.code, soap_key=school.soap_key, clock=lambda: moment
    ) as service:
        try:
            report = service.pull(store_at(database), known=school.pupils)
        except LeaseHeld:
            return Outcome(school.code, held=True)
        except MagisterConnectError as error:
            return Outcome(school.code, trouble=str(error))
    return Outcome(school.code, report.stored, report.unchanged, report.unknown + report.quarantined)
