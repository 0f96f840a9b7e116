"""Test results, loaded incrementally by checkpoints in the state of the pipeline.

dlt stores rows and state together, so that a load can stop at any point. If a record of a year cannot be read, or the
service cannot answer a range, the year keeps its earlier checkpoint. The next load requests it again.

A result that the service no longer lists is not deleted. After a complete reading of its year, its ``last_seen_at`` is
before ``read_whole_at`` of the year in ``result_years``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from attrs import field, frozen, mutable

from magister_connect.core.records.unreadable import OnUnreadable, Unreadable
from magister_connect.errors import FieldInvalid, Responsible, UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.results import Batch, Result, ResultsClient
from magister_connect.results.moments import local_time
from magister_connect.results.pulling.windows import is_open, years_back
from magister_connect.results.records import Checkpoint, Connection, Part
from magister_connect.warehouse.columns import Column, Columns, column_of_text, columns_of
from magister_connect.warehouse.history import LoadRun
from magister_connect.warehouse.privacy import Choice, Keys
from magister_connect.warehouse.quiet import dlt
from magister_connect.warehouse.resources import Read, by_key, marked, merge_hints, resource, set_aside

if TYPE_CHECKING:
    from dlt.extract import DltResource

RESULTS: Final = "results"
YEARS: Final = "result_years"
OVERLAP: Final = dt.timedelta(days=7)
REREAD: Final = dt.timedelta(days=30)
_EMPTY_YEARS: Final = 2  # before the first year with results, as in a pull
_KEY: Final = ("product", "instellingscode", "submission_nr_key")
_INSIDE: Final = frozenset({"parts", "extra", "findings", "fingerprint", "report_address", "cursor"})


@frozen
class Results:
    """The results of one connection, or results that were read elsewhere."""

    keys: Keys
    choice: Choice
    run: LoadRun
    on_unreadable: OnUnreadable
    from_school_year: str | None = None
    reread: dt.timedelta | None = field(default=REREAD)

    def resource(self, name: str, source: ResultsClient | Iterable[Result]) -> DltResource:
        """Return the resource. For results that were read elsewhere, there is no checkpoint."""
        if not isinstance(source, ResultsClient):
            return by_key(name, lambda: Read(self.columns(), list(source)), _KEY, self.run)

        def rows() -> Iterator[object]:
            if not source.check().contract.repeatable:
                raise UsageError(
                    "This service delivers each result once, so replies must be kept before they are read",
                    where=str(source.connection),
                    advice="Pull them into a store, then pass results=store.results(changed_since=...).",
                )
            state = dlt.current.resource_state().setdefault("years", {})
            yield from self._years(name, source, state)

        return resource(name, rows, self.run)

    def columns(self, year: str | None = None) -> Columns:
        """Return the columns of a result. ``school_year`` is the year under which the service lists it."""
        person = self.keys.person
        keys = {"stamnummer": person, "submission_nr": lambda value: self.keys.text(RESULTS, value)}
        first = (
            column_of_text("school", lambda _: self.keys.school, as_it_is=True),
            column_of_text("school_year", lambda one: year or _year_of(one), as_it_is=True),
            Column("last_seen_at", "timestamp", lambda _: self.run.at, zoned=True),
        )
        found = columns_of(RESULTS, Result, self.choice, keys, person="stamnummer", more=first, without=_INSIDE)
        parts = columns_of("parts", Part, Choice(), {}, without=("extra",))
        # A list of rows becomes a separate table, results__parts.
        inner = Column("parts", "rows", lambda result: parts.rows(result.parts))
        return Columns(RESULTS, (*found.all, inner), found.person)

    def _years(self, name: str, client: ResultsClient, state: dict[str, Any]) -> Iterator[object]:
        hints = merge_hints(self.columns(), _KEY)
        readings = []
        for year in self._wanted(client.connection, state):
            reading = _Reading(client.connection, year, state.get(_place(client.connection, year)), self)
            columns = self.columns(year)
            for batch in reading.batches(client):
                rows, unstorable = self.run.rows_of(columns, batch.results)
                yield from marked(rows, hints)
                yield from set_aside(name, [*reading.left_out(batch), *unstorable], self.run)
                reading.gaps = reading.gaps or bool(unstorable)
            reading.settle(state)
            readings.append(reading)
        yield from marked([each.row(self.keys.school) for each in readings], merge_hints(_YEAR_COLUMNS, _YEAR_KEY))

    def _wanted(self, connection: Connection, state: Mapping[str, Any]) -> Iterator[str]:
        """Yield the years to read, newest first. Years that have ended and were read are skipped."""
        now = local_time(self.run.at)
        oldest = None if self.from_school_year is None else Schooljaar.parse(self.from_school_year)
        empty = 0
        for year in years_back(Schooljaar.of(now.date())):
            if oldest is not None and year < oldest:
                return
            place = _place(connection, year.reveal())
            if place not in state or is_open(year, now) or not state[place]["complete"]:
                yield year.reveal()
            empty = 0 if state[place]["checkpoint"]["watermark"] else empty + 1
            if oldest is None and empty >= _EMPTY_YEARS:
                return


@mutable
class _Reading:
    """The reading of one year, and its checkpoint."""

    connection: Connection
    year: str
    before: Mapping[str, Any] | None
    plan: Results
    count: int = 0
    gaps: bool = False
    checkpoint: Checkpoint | None = None

    @property
    def whole(self) -> bool:
        """Whether the year is read from its beginning."""
        if self.before is None or not self.before["complete"] or not self.before["checkpoint"]["watermark"]:
            return True
        reread, last = self.plan.reread, self.before["read_whole_at"]
        return reread is not None and self.plan.run.at - dt.datetime.fromisoformat(last) >= reread

    def batches(self, client: ResultsClient) -> Iterator[Batch]:
        """Yield what the service returns."""
        if self.whole:
            found = client.batches(school_year=self.year)
        else:
            found = client.batches(since=Checkpoint.from_dict((self.before or {})["checkpoint"]), overlap=OVERLAP)
        for batch in found:
            self.count += len(batch.results)
            self.checkpoint = batch.checkpoint
            yield batch

    def left_out(self, batch: Batch) -> list[Unreadable]:
        """Return what could not be read in a batch. Raises at the first unless such records are kept."""
        place = f"{self.connection} {self.year}"
        found = [Unreadable(place, each.path, each.reason) for each in batch.unreadable]
        found += [Unreadable(place, "", each.reason or "The service cannot answer it") for each in batch.unanswered]
        if found and self.plan.on_unreadable == "raise":
            first = found[0]
            raise FieldInvalid(
                first.reason,
                where=f"{place}, {first.path}",
                responsible=Responsible.YOU,
                advice='Pass on_unreadable="keep" to load the others.',
            )
        self.gaps = self.gaps or bool(found)
        return found

    def settle(self, state: dict[str, Any]) -> None:
        """Store the checkpoint of the year, or keep the earlier one if something was left out."""
        place, run = _place(self.connection, self.year), self.plan.run
        before, checkpoint = self.before, self.checkpoint
        if self.whole and before is not None and not self.gaps:
            run.require(f"{RESULTS} of {self.year}", _labels(before["results"]), _labels(self.count))
        if self.gaps and before is not None:
            return
        assert checkpoint is not None  # the last batch always is_included  # noqa: S101 - what paging promises
        whole = before if before is not None and not self.whole else None
        state[place] = {
            "checkpoint": checkpoint.to_dict(reveal=True),
            "complete": not self.gaps and checkpoint.complete,
            "read_whole_at": run.at.isoformat() if whole is None else whole["read_whole_at"],
            "results": self.count if whole is None else whole["results"],
        }

    def row(self, school: str) -> dict[str, object]:
        """Return the row for ``result_years``.

        If something was left out, the year does not count as completely read.
        """
        row: dict[str, object] = {
            "school": school,
            "product": self.connection.product,
            "instellingscode": self.connection.instellingscode,
            "school_year": self.year,
            "read_at": self.plan.run.at,
        }
        whole = self.plan.run.at if self.whole and not self.gaps else self.before and _moment(self.before)
        return {**row, "read_whole_at": whole or None}


def _moment(before: Mapping[str, Any]) -> dt.datetime | None:
    return dt.datetime.fromisoformat(before["read_whole_at"]) if before["complete"] else None


def _labels(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def _place(connection: Connection, year: str) -> str:
    return f"{connection} {year}"


def _year_of(result: Result) -> str | None:
    moment = result.modified_at or result.taken_at
    return None if moment is None else Schooljaar.of(moment.date()).reveal()


_YEAR_KEY: Final = ("product", "instellingscode", "school_year")
_YEAR_COLUMNS: Final = Columns(
    YEARS,
    (
        *(column_of_text(name, itemgetter(name)) for name in ("school", *_YEAR_KEY)),
        Column("read_at", "timestamp", itemgetter("read_at"), zoned=True),
        Column("read_whole_at", "timestamp", itemgetter("read_whole_at"), zoned=True),
    ),
)
