"""How far a connection has come in a school year, and what stands in its way."""

from __future__ import annotations

import datetime as dt

from attrs import evolve, frozen

from magister_connect.results.records import Connection

__all__ = ["Checkpoint", "PoisonSlice"]


@frozen(kw_only=True)
class Checkpoint:
    """How far one connection has come in one school year; it moves only together with the rows it stands for.

    ``watermark`` is the service's own text of the highest moment of change up to which everything has been fetched,
    ``last_number`` the highest submission number, for services that page by it. ``complete`` tells whether the year
    has been read to its end since it was begun. ``largest`` is the largest batch that the service has cut off, which
    tells a full batch from the last one. Moments of our own are aware, in UTC.
    """

    connection: Connection
    school_year: str
    watermark: str | None = None
    last_number: int | None = None
    complete: bool = False
    largest: int = 0
    read_at: dt.datetime | None = None
    read_whole_at: dt.datetime | None = None
    deleted: bool = False

    @property
    def is_reopened(self) -> bool:
        """Whether the year had been read to its end, was reopened, and has not been read to its end since."""
        return self.read_at is not None and not self.complete

    def reopened(self) -> Checkpoint:
        """The checkpoint from which the year is read anew, from its beginning to its end."""
        return evolve(self, watermark=None, last_number=None, complete=False)


@frozen(kw_only=True)
class PoisonSlice:
    """A stretch that the service cannot answer, because of a record in it: isolated, and tried again every run.

    ``since`` and ``until`` are texts as the service takes them, ``after`` and ``before`` submission numbers.
    """

    connection: Connection
    school_year: str
    since: str | None = None
    until: str | None = None
    after: int | None = None
    before: int | None = None
    reason: str = ""
