"""Select the results for one request, in each way of paging."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

from attrs import frozen

from magister_connect.sandbox.results.switches import ResultsSwitches
from magister_connect.sandbox.school.clock import on_the_wall
from magister_connect.sandbox.school.submissions import Toetsresultaat


@frozen(kw_only=True)
class Selection:
    """The parameters of one request."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    offset: int = 0
    limit: int | None = None
    last: int = 0
    page: int = 1
    token: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Selection:
        """Build the selection from a request's values."""
        return cls(
            since=_moment(values.get("date_from")),
            until=_moment(values.get("date_to")),
            offset=int(values.get("offset") or 0),
            limit=int(values["limit"]) if values.get("limit") else None,
            last=int(values.get("last_submission_nr") or 0),
            page=max(1, int(values.get("page") or 1)),
            token=values.get("cursor", ""),
        )

    @property
    def is_long(self) -> bool:
        """Whether the period is longer than a school year."""
        return self.since is not None and self.until is not None and self.until - self.since > dt.timedelta(days=366)


def select(results: Sequence[Toetsresultaat], wanted: Selection, switches: ResultsSwitches) -> list[Toetsresultaat]:
    """Return the results of one batch, in sending order."""
    found = _listed(results, wanted, switches)
    start = _start_of(wanted, switches)
    batch = found[max(0, start - switches.repeats) : start + _size_of(wanted, switches)]
    return sorted(batch, key=_scramble) if switches.order == "shuffled" else batch


def next_token(results: Sequence[Toetsresultaat], wanted: Selection, switches: ResultsSwitches) -> str | None:
    """Return the cursor after one batch, or ``None`` if it is the last."""
    following = _start_of(wanted, switches) + _size_of(wanted, switches)
    return f"na-{following}" if following < len(_listed(results, wanted, switches)) else None


def _size_of(wanted: Selection, switches: ResultsSwitches) -> int:
    return min(wanted.limit or switches.page_size, switches.page_size)


def _start_of(wanted: Selection, switches: ResultsSwitches) -> int:
    starts = {
        "offset": wanted.offset,
        "page": (wanted.page - 1) * _size_of(wanted, switches),
        "token": int(wanted.token.removeprefix("na-") or 0),
    }
    return starts.get(switches.paging, 0)


def _listed(results: Sequence[Toetsresultaat], wanted: Selection, switches: ResultsSwitches) -> list[Toetsresultaat]:
    """Return all requested results, in the order of the service."""
    found = [each for each in results if _is_within(_moment_of(each, switches), wanted, switches)]
    if switches.paging == "number":
        found = [
            each for each in sorted(found, key=lambda each: each.submission_nr) if each.submission_nr > wanted.last
        ]
    else:
        found.sort(key=lambda each: (_moment_of(each, switches), each.submission_nr))
    if switches.order == "arbitrary":
        found.sort(key=_scramble)
    return found


def _moment_of(result: Toetsresultaat, switches: ResultsSwitches) -> dt.datetime:
    return getattr(result, switches.selects_by) or result.gewijzigd


def _is_within(moment: dt.datetime, wanted: Selection, switches: ResultsSwitches) -> bool:
    """Compare as a database compares local texts; a service with dates compares days."""
    since, until = wanted.since, wanted.until
    if switches.date_form == "date":
        moment = dt.datetime.combine(moment.date(), dt.time())
    after = since is None or (moment >= since if switches.since_includes else moment > since)
    before = until is None or (moment <= until if switches.until_includes else moment < until)
    return after and before


def _scramble(result: Toetsresultaat) -> str:
    return hashlib.sha256(str(result.submission_nr).encode()).hexdigest()


def _moment(text: str | None) -> dt.datetime | None:
    return on_the_wall(dt.datetime.fromisoformat(text)) if text else None
