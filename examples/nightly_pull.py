"""The pull of one school, as a worker of any kind does it: what it needs, and what became of it.

Dask sends ``outcome_of`` to its workers (``many_schools.py``), because there a night is a list of outcomes; a task of
Celery or Airflow calls ``pull_school``, because there an error is what makes the queue try again.
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
    """One school, as a worker needs to know it. The key is text, so that it travels: encrypt the way to workers."""

    code: str
    wsdl: str
    soap_key: str = field(repr=False)
    pupils: frozenset[int] = field(repr=False)


@frozen
class Outcome:
    """What became of one school.

    ``trouble`` and ``to_do`` are an error in words, which hold nothing of a pupil; ``again`` says that nobody has to do
    anything about it, because the same pull will do later.
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
    """One store for each process: its connections are used again for the next school.

    The key that encrypts what waits in it is in the environment of the worker (``STORE_KEY``), so that no queue has it.
    """
    return Store(database, key=os.environ.get("STORE_KEY") or None)


def pull_school(school: Connected, database: str, moment: dt.datetime | None = None) -> PullReport:
    """Pull what is new. It may be done twice, and may stop anywhere.

    ``moment`` is for simulated schools, whose time stands still. Raises :class:`LeaseHeld` while another worker is at
    this school, or one died less than fifteen minutes ago, and the other errors of :mod:`magister_connect.errors`.
    """
    with ResultsClient(
        school.wsdl,
        product="JIJ",
        instellingscode=school.code,
        soap_key=school.soap_key,
        clock=utc_now if moment is None else lambda: moment,
    ) as service:
        return service.pull(store_at(database), stamnummers=school.pupils)


def outcome_of(school: Connected, database: str, moment: dt.datetime | None = None) -> Outcome:
    """Pull what is new, and say what became of it, trouble included: no school may end the night of the others."""
    try:
        report = pull_school(school, database, moment)
    except MagisterConnectError as error:
        again = error.responsible is Responsible.NOBODY
        return Outcome(school.code, trouble=error.what, to_do=error.to_do, again=again)
    return Outcome(school.code, report.stored, report.unchanged, report.unknown + report.quarantined)
