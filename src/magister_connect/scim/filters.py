"""SCIM filters (RFC 7644, 3.4.2.2), built from parts so that every value is quoted.

>>> str(where("userName").starts_with("leerling.") & where("active").equals(True))
'userName sw "leerling." and active eq true'
>>> str(where("emails").any(where("type").equals("work")) | ~where("externalId").present())
'emails[type eq "work"] or not (externalId pr)'
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Final, TypeAlias

from attrs import field, frozen

from magister_connect.errors import UsageError

Comparable: TypeAlias = str | int | float | bool | dt.datetime | None
# RFC 7643, 2.1: a name, optionally with a sub-attribute, and optionally after the URN of its schema.
PATH: Final = re.compile(r"(?:urn:[A-Za-z0-9:._-]+:)?[$A-Za-z][A-Za-z0-9_-]*(?:\.[$A-Za-z][A-Za-z0-9_-]*)?")
OR, AND, WHOLE = 1, 2, 3


@frozen
class Filter:
    """A condition. Combine conditions with ``&``, ``|`` and ``~``. ``str()`` returns the SCIM filter text."""

    text: str = field(repr=False)  # it may name a person
    precedence: int = WHOLE

    def __and__(self, other: Filter) -> Filter:
        return Filter(f"{self._within(AND)} and {other._within(AND)}", AND)

    def __or__(self, other: Filter) -> Filter:
        return Filter(f"{self.text} or {other.text}", OR)

    def __invert__(self) -> Filter:
        return Filter(f"not ({self.text})")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return "<Filter>"

    def _within(self, precedence: int) -> str:
        return self.text if self.precedence >= precedence else f"({self.text})"


@frozen
class ComparedAttribute:
    """An attribute to compare."""

    path: str

    def equals(self, value: Comparable) -> Filter:
        """Equal. Text ignores case if the schema says so, as for ``userName``."""
        return self._compare("eq", value)

    def differs_from(self, value: Comparable) -> Filter:
        """Not equal."""
        return self._compare("ne", value)

    def contains(self, text: str) -> Filter:
        """Contains this text."""
        return self._compare("co", text)

    def starts_with(self, text: str) -> Filter:
        """Starts with this text."""
        return self._compare("sw", text)

    def ends_with(self, text: str) -> Filter:
        """Ends with this text."""
        return self._compare("ew", text)

    def above(self, value: Comparable) -> Filter:
        """Greater than this value."""
        return self._compare("gt", value)

    def at_least(self, value: Comparable) -> Filter:
        """Greater than or equal to this value."""
        return self._compare("ge", value)

    def below(self, value: Comparable) -> Filter:
        """Less than this value."""
        return self._compare("lt", value)

    def at_most(self, value: Comparable) -> Filter:
        """Less than or equal to this value."""
        return self._compare("le", value)

    def present(self) -> Filter:
        """Has a value."""
        return Filter(f"{self.path} pr")

    def any(self, condition: Filter) -> Filter:
        """At least one of its values matches a condition."""
        return Filter(f"{self.path}[{condition}]")

    def _compare(self, operator: str, value: Comparable) -> Filter:
        return Filter(f"{self.path} {operator} {_write(value)}")


def where(path: str) -> ComparedAttribute:
    """Start a condition on an attribute, such as ``userName``, ``name.familyName`` or ``urn:...:stamnummer``.

    Raises :class:`UsageError` for a text that is not an attribute name.
    """
    if not PATH.fullmatch(path):
        raise UsageError("This is not the name of a SCIM attribute", advice="Use a name that schemas() lists.")
    return ComparedAttribute(path)


def _write(value: Comparable) -> str:
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise UsageError(
                "A moment in a filter needs a time zone", advice="Make it aware: moment.replace(tzinfo=...)."
            )
        return json.dumps(value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
