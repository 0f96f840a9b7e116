"""A register: the official codes, and the periods in which each is valid.

``codes`` reads registers that the authorities publish. This module defines only what parameter tables need, so your own
mapping works too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar

from attrs import frozen

from magister_connect.core.records.serialization import PlainData
from magister_connect.crosswalk.links import Period, require_identifiers
from magister_connect.errors import Reason, UsageError
from magister_connect.identifiers import Crebo, Identifier

Code = TypeVar("Code", bound=Identifier)
Register: TypeAlias = Mapping[Crebo, Sequence[Period]]
"""The periods of each crebo. A ``CodeTable`` can be used."""


@frozen
class Standing(PlainData):
    """The status of a code in a register on a day.

    ``reason`` is ``None`` if the code is valid; otherwise ``unknown``, ``expired`` or ``not_yet_valid``. ``day`` is the
    first day when it is no longer valid, also if it is valid today. For ``not_yet_valid``, it is the first day when it
    is.
    """

    code: Identifier
    reason: Reason | None = None
    day: dt.date | None = None

    @property
    def holds(self) -> bool:
        """Whether the code is known and valid on the day."""
        return self.reason is None

    def __str__(self) -> str:
        name = f"{self.code.kind} {self.code}"
        if self.reason is Reason.UNKNOWN:
            return f"{name} is not in the register"
        if self.reason is Reason.NOT_YET_VALID:
            return f"{name} is not valid before {self.day}"
        if self.reason is Reason.EXPIRED:
            return f"{name} expired on {self.day}"
        return f"{name} is valid until {self.day}" if self.day else f"{name} is valid"


def standing_of(code: Code, register: Mapping[Code, Sequence[Period]], as_of: dt.date) -> Standing:
    """Return the status of a code in a register on a day. Between two periods, the code is expired.

    Raises :class:`UsageError` if the arguments are not an identifier and a register.
    """
    require_identifiers(code, where="standing_of")
    periods = register.get(code, ())
    if isinstance(periods, Period):
        raise UsageError(
            "A register needs a sequence of periods for each code",
            where="register",
            advice="Write (period,) for a single period.",
        )
    if holding := [period for period in periods if as_of in period]:
        ends = [period.end for period in holding]
        return Standing(code, None, None if None in ends else max(end for end in ends if end is not None))
    if past := [period.end for period in periods if period.end is not None and period.is_before(as_of)]:
        return Standing(code, Reason.EXPIRED, max(past))
    if periods:
        return Standing(code, Reason.NOT_YET_VALID, min(period.begin for period in periods if period.begin is not None))
    return Standing(code, Reason.UNKNOWN)
