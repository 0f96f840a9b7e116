"""One function: from the clients of a school to a dlt source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from dlt.extract.source import DltSource  # noqa: TC002 - so that tools can read the annotations

from magister_connect.core.drivers import utc_now
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.unreadable import OnUnreadable
from magister_connect.core.snapshots import Guard
from magister_connect.core.values import require_aware
from magister_connect.crosswalk import Crosswalk, Pseudonymiser
from magister_connect.errors import UsageError
from magister_connect.medius import MediusClient
from magister_connect.results import Result, ResultsClient
from magister_connect.scim import ScimClient
from magister_connect.warehouse.accounts import ACCOUNTS, LINKS, accounts, links
from magister_connect.warehouse.documents import Documents, Given, tables_of
from magister_connect.warehouse.history import LoadRun
from magister_connect.warehouse.medius import MEDIUS_TABLES, Medius, MediusList
from magister_connect.warehouse.privacy import Choice, Keys, Names
from magister_connect.warehouse.quiet import dlt
from magister_connect.warehouse.results import REREAD, RESULTS, Results

if TYPE_CHECKING:
    from dlt.extract import DltResource

NAME: Final = "magister"
"""The name of the source, and of its schema."""
DEFAULT_GUARD: Final = Guard()
_NONE: Final[Names] = FrozenDict()


def school_source(
    school: str,
    *,
    pseudonyms: Pseudonymiser | None,
    medius: MediusClient | None = None,
    medius_tables: Collection[str] = ("students", "employees"),
    lists: Iterable[MediusList | str] = (),
    lesperiode: str = "",
    results: ResultsClient | Sequence[ResultsClient] | Iterable[Result] | None = None,
    from_school_year: str | None = None,
    reread: dt.timedelta | None = REREAD,
    edexml: Given = None,
    uwlr: Given = None,
    scim: ScimClient | None = None,
    crosswalk: Crosswalk | None = None,
    reveal: Names = _NONE,
    leave_out: Names = _NONE,
    on_unreadable: OnUnreadable = "raise",
    guard: Guard = DEFAULT_GUARD,
    approvals: Collection[str] = (),
    at: dt.datetime | None = None,
) -> DltSource:
    """Return a dlt source with a resource for each table of a school. Nothing is read before dlt iterates over it.

    ``school`` is the scope of its stamnummers, such as a BRIN. ``pseudonyms`` creates the keys: ``stamnummer_key`` is
    the person of a row, the same in every table. Personal numbers, names, birth dates, addresses and other data that
    can identify a person are left out. ``reveal`` names columns to include anyway, by table: ``{"students":
    ["email"]}``. ``leave_out`` names columns to leave out.

    The sources of data:

    - ``medius`` is read for ``medius_tables`` of ``lesperiode``, and for the ``lists`` of the school.
      ``student_groups``, ``student_subjects``, ``employee_groups``, ``employee_classes`` and ``employee_subjects`` need
      a request for each person. These tables have a history: ``valid_from``, and ``valid_to`` once a row was closed.
    - ``results`` are merged by their submission number. A client is read from its checkpoints in the state of the
      pipeline, back to ``from_school_year``. After ``reread``, a whole year is read again. Pass a list of clients for
      several products.
    - ``edexml`` and ``uwlr`` are documents, answers, or functions that read one.
    - ``scim`` is read for accounts, ``crosswalk`` for its links.

    ``on_unreadable="keep"`` loads what can be read. The rest is listed in ``unreadable`` with place, path and reason. A
    person with such a row keeps the open rows. ``guard`` limits how many may be gone at a time. ``approvals`` contains
    the texts of errors whose loads a person approved. ``at`` is the time of the load, by default now.

    Raises :class:`UsageError` for invalid arguments, and for a missing pseudonym key. During the load,
    :class:`SnapshotStopped` is raised if too many are gone, and the errors of the clients. :func:`load` passes these on
    unchanged.
    """
    require_aware(at, "at")
    keys = Keys(school, pseudonyms)
    run = LoadRun(at or utc_now(), keys, guard, frozenset(approvals), on_unreadable)
    wanted = [MediusList(layout=each) if isinstance(each, str) else each for each in lists]
    _refuse_unknown(medius, medius_tables, wanted)
    clients = _clients(results)
    tables = [
        *(medius_tables if medius is not None else ()),
        *(each.name for each in wanted),
        *([RESULTS] if clients else []),
        *(tables_of("edexml") if edexml is not None else ()),
        *(tables_of("uwlr") if uwlr is not None else ()),
        *([ACCOUNTS] if scim is not None else []),
        *([LINKS] if crosswalk is not None else []),
    ]
    if twice := sorted({name for name in tables if tables.count(name) > 1}):
        raise UsageError(
            f"Two tables would be called {twice[0]}", where="lists", advice="Name one of them: MediusList(table=...)."
        )
    choice = Choice.of(reveal, leave_out, tables, external=keys.external)
    found: list[DltResource] = []
    if medius is not None:
        reader = Medius(medius, keys, choice, run, lesperiode, on_unreadable)
        found += reader.resources(medius_tables, wanted)
    plan = Results(keys, choice, run, on_unreadable, from_school_year, reread)
    names = [RESULTS, *(f"{RESULTS}_{number}" for number in range(2, len(clients) + 1))]
    found += [plan.resource(name, each) for name, each in zip(names, clients, strict=False)]
    for prefix, given in (("edexml", edexml), ("uwlr", uwlr)):
        if given is not None:
            found += Documents(prefix, keys, choice, run).resources(given)
    if scim is not None:
        found.append(accounts(scim, keys, choice, run, on_unreadable))
    if crosswalk is not None:
        found.append(links(crosswalk, keys, run))
    if not found:
        raise UsageError(
            "There is nothing to load", where="school_source", advice="Pass a client, such as medius= or results=."
        )
    return dlt.source(lambda: found, name=NAME, section=NAME)()


def _clients(results: object) -> list[ResultsClient | Iterable[Result]]:
    if results is None:
        return []
    if isinstance(results, ResultsClient):
        return [results]
    if isinstance(results, list | tuple) and results and all(isinstance(each, ResultsClient) for each in results):
        return [*results]
    if isinstance(results, Iterable):
        return [results]
    raise UsageError("Results must come from a client, or be results", where="results", advice="Pass a ResultsClient.")


def _refuse_unknown(medius: object, tables: Collection[str], lists: Sequence[MediusList]) -> None:
    there = f"They are: {', '.join(MEDIUS_TABLES)}."
    if isinstance(tables, str):
        raise UsageError("medius_tables must be a list of names", where="medius_tables", advice=there)
    if unknown := sorted(set(tables) - MEDIUS_TABLES.keys()):
        raise UsageError(f"There is no table {unknown[0]}", where="medius_tables", advice=there)
    if medius is None and lists:
        raise UsageError("Lists need a client of Medius", where="lists", advice="Pass medius=MediusClient(...) too.")
