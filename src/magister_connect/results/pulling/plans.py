"""The options of a pull, checked before anything is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import TypedDict

from attrs import field, frozen

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.results.moments import refuse_negative
from magister_connect.results.pulling.report import Progress
from magister_connect.results.pulling.store_protocol import ALL_YEARS


class PullOptions(TypedDict, total=False):
    """The options of ``pull``. :meth:`ResultsClient.pull` explains each of them."""

    from_school_year: str | None
    reopen: str | Collection[str]
    newest_first: bool
    overlap: dt.timedelta
    reread: dt.timedelta | None
    alarm_count: int
    alarm_share: float
    accept_withdrawals: bool
    progress: Callable[[Progress], None] | None


def _years(given: str | Collection[str]) -> tuple[str, ...]:
    if given == ALL_YEARS:
        return (ALL_YEARS,)
    years = [given] if isinstance(given, str) else given
    return tuple(sorted({Schooljaar.parse(year).reveal() for year in years}))


@frozen(kw_only=True)
class Plan(SafeRepr):
    """The checked options of a pull.

    - ``from_school_year``: the oldest year to read. By default, years are read back until two in a row are empty.
    - ``reopen``: a school year, several, or ``all``, to read completely again even if it is over.
    - ``overlap``: how far before the last moment each run starts, for results that appear late.
    - ``reread``: the time after which an open year is read completely again. ``None`` means never, zero means now.
    - ``alarm_count`` and ``alarm_share``: more withdrawn results in a year are not marked, unless
      ``accept_withdrawals``.
    - ``progress``: called after every batch.

    Raises :class:`UsageError` for impossible or contradictory options, and :class:`MappingError` for a text that is not
    a school year. Both come before anything is sent.
    """

    from_school_year: str | None = None
    reopen: tuple[str, ...] = field(default=(), converter=_years)
    newest_first: bool = True
    overlap: dt.timedelta = dt.timedelta(days=7)
    reread: dt.timedelta | None = dt.timedelta(days=30)
    alarm_count: int = 20
    alarm_share: float = 0.02
    accept_withdrawals: bool = False
    progress: Callable[[Progress], None] | None = None

    def __attrs_post_init__(self) -> None:
        refuse_negative(overlap=self.overlap, reread=self.reread)
        if self.from_school_year is not None:
            Schooljaar.parse(self.from_school_year)
        elif not self.newest_first:
            raise UsageError(
                "Reading the oldest year first needs a year to begin with",
                where="from_school_year",
                advice='Pass it, for example from_school_year="2020-2021".',
            )
        if self.alarm_count < 0 or not 0 <= self.alarm_share <= 1:
            raise UsageError(
                "A count cannot be negative, and a share must be between 0 and 1",
                where="alarm_count, alarm_share",
                advice="Pass values such as alarm_count=20, and alarm_share=0.02 for two in a hundred.",
            )
