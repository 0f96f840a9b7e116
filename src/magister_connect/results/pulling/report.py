"""The report of a pull: counts, reasons, and what to do next. It contains no pupil data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from attrs import field, frozen

from magister_connect.core.html import paragraphs, table
from magister_connect.core.records.serialization import PlainData
from magister_connect.results.pulling.store_protocol import RowCounts
from magister_connect.results.records import Connection


@frozen(kw_only=True)
class Progress:
    """The progress of a pull after a batch. ``results`` is the number of results in this batch."""

    school_year: str
    batches: int
    results: int


@frozen(kw_only=True)
class YearReport(PlainData):
    """The counts of one school year. ``whole`` is whether it was read from its beginning."""

    school_year: str
    kept: RowCounts = field(factory=RowCounts)
    requests: int = 0
    whole: bool = False
    withdrawn: int = 0


@frozen(kw_only=True, repr=False)
class PullReport(PlainData):
    """The counts of a pull.

    - ``new``, ``changed`` and ``unchanged``: results that were delivered. ``delivered`` is how many of them had waited.
    - ``unknown``: results of unknown candidates that wait now.
    - ``quarantined``: everything else that waits now, because it could not be read or fetched. ``reasons`` has the
      reasons.
    - ``newly_unknown``: results of unknown candidates that no earlier run has reported.
    - ``left_out_by_year``: results that this run left out, by school year. Their candidates are unknown and their
      school year is over. ``left_out`` is the sum.
    - ``repeatable``: whether the service can send these results again without the supplier.
    - ``withdrawn``: results that the service no longer lists.
    - ``recovered``: records from raw responses that an earlier run had stored but not read.

    Moments are aware.
    """

    derived = ("stored", "newly_unknown", "left_out", "withdrawn", "requests", "next_action")

    connection: Connection
    started_at: dt.datetime
    ended_at: dt.datetime
    years: tuple[YearReport, ...] = ()
    delivered: int = 0
    recovered: int = 0
    unknown: int = 0
    left_out_by_year: Mapping[str, int] = field(factory=dict)
    repeatable: bool = True
    quarantined: int = 0
    reasons: Mapping[str, int] = field(factory=dict)
    alarms: tuple[str, ...] = ()
    kept: RowCounts = field(factory=RowCounts)

    @property
    def new(self) -> int:
        """Results that were not in the store before."""
        return self.kept.new

    @property
    def changed(self) -> int:
        """Results that differ from the stored ones. The store keeps the older state."""
        return self.kept.changed

    @property
    def unchanged(self) -> int:
        """Results that were the same as the stored ones."""
        return self.kept.unchanged

    @property
    def newly_unknown(self) -> int:
        """Results of unknown candidates that this run was the first to quarantine."""
        return self.kept.waiting

    @property
    def left_out(self) -> int:
        """Results that this run left out, because their candidates are unknown and their school year is over."""
        return sum(self.left_out_by_year.values())

    @property
    def stored(self) -> int:
        """Results that this run wrote to the store, new and changed."""
        return self.kept.new + self.kept.changed

    @property
    def withdrawn(self) -> int:
        """Results that were marked because the service no longer lists them."""
        return sum(year.withdrawn for year in self.years)

    @property
    def requests(self) -> int:
        """Batches that were requested."""
        return sum(year.requests for year in self.years)

    @property
    def next_action(self) -> str:
        """What to do next, as text."""
        if self.alarms:
            return f"Look into this: {self.alarms[0]}."
        if self.quarantined:
            return "Report what is in quarantine to the supplier of the tests; it is tried again at every run."
        if self.left_out:
            return self._about_left_out()
        if self.newly_unknown:
            return "Add the unknown candidates, or leave them: their results wait until the year is over."
        if self.unknown:
            return "Nothing to do: run it again tomorrow. Results of unknown candidates wait as before."
        return "Nothing to do: run it again tomorrow."

    def _about_left_out(self) -> str:
        what = f"Results of unknown candidates were left out, because their year is over: {self.left_out}"
        anew = "" if self.repeatable else ", ask the supplier of the tests to deliver these years again,"
        years = ", ".join(f'"{year}"' for year in sorted(self.left_out_by_year))
        return f"{what}. If any of them are yours, add the candidates{anew} and pull once with reopen=[{years}]."

    def __repr__(self) -> str:
        return (
            f"<PullReport {self.connection}: {self.new} new, {self.changed} changed, {self.unknown} unknown, "
            f"{self.quarantined} quarantined, {self.withdrawn} withdrawn, {self.requests} requests>"
        )

    def __str__(self) -> str:
        return (
            f"{self.connection}: {self.new} new, {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.unknown} unknown, {self.left_out} left out, {self.quarantined} quarantined, "
            f"{self.withdrawn} withdrawn. {self.next_action}"
        )

    def _repr_html_(self) -> str:
        years = table(
            ("school year", "new", "changed", "unchanged", "withdrawn", "requests"),
            [
                (
                    year.school_year,
                    year.kept.new,
                    year.kept.changed,
                    year.kept.unchanged,
                    year.withdrawn,
                    year.requests,
                )
                for year in self.years
            ],
            caption=str(self.connection),
            sortable=False,
        )
        counts = (
            f"Delivered after waiting: {self.delivered}. Unknown: {self.unknown}. "
            f"Left out: {self.left_out}. Quarantined: {self.quarantined}."
        )
        reasons = (f"{reason}: {count}" for reason, count in sorted(self.reasons.items()))
        return years + paragraphs((counts, *reasons, self.next_action))
