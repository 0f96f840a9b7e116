"""The pull of one school on a worker: its settings and its outcome.

Dask sends ``outcome_of`` to its workers (``many_schools.py``), because it needs a list of
outcomes. A task of Celery or Airflow calls ``pull_school``, because it tries again after an
error.
"""

from __future__ import annotations

import datetime as dt
import os
from functools import cache

from attrs import field, frozen

from magister_connect.core.drivers import utc_now
from magister_connect.errors import MagisterConnectError, Responsible
from magister_connect.results import PullReport, ResultsClient
from magister_connect.store import Store


@frozen
class Connected:
    """The settings of one school.

    The key is text, so that you can send it: encrypt the connection to the workers.
    """

    code: str
    wsdl: str
    soap_key: str = field(repr=False)
    pupils: frozenset[int] = field(repr=False)


@frozen
class Outcome:
    """The outcome of one school.

    ``trouble`` and ``to_do`` are the text of an error, without personal data. If ``again``
    is true, nobody needs to act: the same pull can succeed later.
    """

    code: str
    stored: int = 0
    unchanged: int = 0
    waiting: int = 0
    trouble: str = ""
    to_do: str = ""
    again: bool = False


@cache
def store_at(database: str) -> Store:
    """One store for each process: the next school uses the same connections.

    The key for the quarantine is in the environment of the worker (``STORE_KEY``), so no
    queue contains it.
    """
    return Store(database, key=os.environ.get("STORE_KEY") or None)


def pull_school(
    school: Connected, database: str, moment: dt.datetime | None = None
) -> PullReport:
    """Pull new results. You can run it twice, and kill it at any moment.

    ``moment`` is for simulated schools, which have their own clock. Raises
    :class:`LeaseHeld` while another worker pulls this school, or if one was killed less
    than fifteen minutes ago, and the other errors of :mod:`magister_connect.errors`.
    """
    with ResultsClient(
        school.wsdl,
        product="JIJ",
        instellingscode=school.code,
        soap_key=school.soap_key,
        clock=utc_now if moment is None else lambda: moment,
    ) as service:
        return service.pull(store_at(database), stamnummers=school.pupils)


def outcome_of(
    school: Connected, database: str, moment: dt.datetime | None = None
) -> Outcome:
    """Pull new results, and return the outcome, also after a failure.

    So a failure does not stop the other schools.
    """
    try:
        report = pull_school(school, database, moment)
    except MagisterConnectError as error:
        again = error.responsible is Responsible.NOBODY
        return Outcome(school.code, trouble=error.what, to_do=error.to_do, again=again)
    return Outcome(
        school.code, report.stored, report.unchanged, report.unknown + report.quarantined
    )
