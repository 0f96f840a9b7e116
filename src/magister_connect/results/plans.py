"""How a pull goes about it: the options of a caller, checked before anything is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import TypedDict

from attrs import field, frozen

from magister_connect.core.half_made import HalfMade
from magister_connect.errors import UsageError
from magister_connect.identifiers import Schooljaar
from magister_connect.results.moments import refuse_negative
from magister_connect.results.report import Progress
from magister_connect.results.store_protocol import ALL_YEARS


class PullOptions(TypedDict, total=False):
    """What ``pull`` takes beside the store and who is known; :meth:`ResultsClient.pull` says what each of them does."""

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
class Plan(HalfMade):
    """How a pull goes about it.

    ``from_school_year`` is the oldest year to read; without it years are read back until two in a row are empty.
    ``reopen`` is a school year, or several, or ``all``, to read whole again although it may be over. ``overlap`` is
    how far before the last moment each run begins, for what shows late. ``reread`` is after how long an open year is
    read whole again, ``None`` for never, zero for now. More withdrawn results than ``alarm_count`` or ``alarm_share``
    of a year are not marked unless ``accept_withdrawals`` says so. ``progress`` is called after every batch.

    Raises :class:`UsageError` for what contradicts itself or cannot be meant, and :class:`MappingError` for a text
    that is no school year: before anything is sent.
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
