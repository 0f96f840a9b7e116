"""Measure completeness: which share of the records have the fields that a purpose needs.

Only counts are kept, by kind of record and filled fields. No value is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import compress
from operator import attrgetter
from types import MappingProxyType
from typing import Final, Literal, Self, TypeAlias

import attrs

from magister_connect.core.boundary import boundary
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import from_plain, to_plain
from magister_connect.edexml.model import records
from magister_connect.edexml.model.records import Item
from magister_connect.errors import UsageError

Profile: TypeAlias = Literal["full", "simple", "limited", "accounts", "test supplier"]
Needs: TypeAlias = Mapping[str, tuple[tuple[str, ...], ...]]
PROFILES: Final[Mapping[Profile, Needs]] = MappingProxyType(
    {
        "full": {"leerling": (("achternaam", "roepnaam"), ("jaargroep",), ("groep",)), "leerkracht": (("groepen",),)},
        "simple": {"leerling": (("achternaam", "roepnaam"), ("jaargroep",), ("groep",))},
        "limited": {"leerling": (("achternaam", "roepnaam"),)},
        "accounts": {
            "leerling": (("achternaam", "roepnaam"), ("emailadres", "gebruikersnaam"), ("eckid",)),
            "leerkracht": (("achternaam", "roepnaam"), ("emailadres", "gebruikersnaam"), ("eckid",)),
        },
        "test supplier": {
            "leerling": (
                ("roepnaam",),
                ("geboortedatum",),
                ("geslacht",),
                ("jaargroep",),
                ("groep",),
                ("bsn_ondwnr_4", "eckid"),
            ),
            "leerkracht": (("groepen",),),
        },
    }
)
"""The fields that each purpose needs. Of each tuple of alternatives, at least one field must be filled.

The first three profiles are the fill levels of the handbook (S26). ``accounts`` and ``test supplier`` follow from what
public importers ask for and from what the LVS set of UWLR requires (inferred).
"""


@attrs.frozen
class Coverage:
    """How many records of a kind have at least one of the given fields."""

    kind: str
    fields: tuple[str, ...]
    filled: int
    of: int

    @property
    def share(self) -> float:
        """The share from 0 to 1; 1 if there are no records."""
        return self.filled / self.of if self.of else 1.0


@attrs.frozen
class _Filled:
    kind: str
    fields: tuple[str, ...]
    count: int


class Tally:
    """Counts records by the fields that are filled."""

    def __init__(self) -> None:
        self._count: dict[str, Counter[tuple[bool, ...]]] = {kind: Counter() for kind in _FIELDS}
        self.kinds: Counter[str] = Counter()

    def add(self, item: Item) -> None:
        """Count a record."""
        kind = type(item).__name__.lower()
        self.kinds[kind] += 1
        if (values := _VALUES.get(kind)) is not None:
            self._count[kind][tuple(map(bool, values(item)))] += 1  # an empty text or a zero does not occur as a value

    def result(self) -> Completeness:
        """Return the counts."""
        count = {
            (kind, frozenset(compress(_FIELDS[kind], filled))): times
            for kind, of in self._count.items()
            for filled, times in of.items()
        }
        return Completeness(dict(self.kinds), count)


_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "leerling": tuple(field.name for field in attrs.fields(records.Leerling)),
    "leerkracht": tuple(field.name for field in attrs.fields(records.Leerkracht)),
}
_VALUES: Final = {kind: attrgetter(*names) for kind, names in _FIELDS.items()}


@attrs.frozen(repr=False)
class Completeness(MaskedRepr):
    """The number of records by kind, and by which fields are filled."""

    kinds: Mapping[str, int]
    _count: Mapping[tuple[str, frozenset[str]], int]

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {kind}" for kind, count in self.kinds.items())
        return f"<Completeness: {self.fill_level}; {counts}>"

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:  # noqa: ARG002 - the form of all records
        """Return counts and profiles as plain data. They contain no personal data."""
        return {
            "kinds": dict(self.kinds),
            "fill_level": self.fill_level,
            "profiles": {name: to_plain(self.coverage(name), reveal=True) for name in PROFILES},
            "filled": [
                {"kind": kind, "fields": sorted(fields), "count": count}
                for (kind, fields), count in self._count.items()
            ],
        }

    @classmethod
    @boundary.around
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Build the object from what :meth:`to_dict` returned."""
        filled = from_plain(list[_Filled], data.get("filled"))
        count = {(one.kind, frozenset(one.fields)): one.count for one in filled}
        return cls(from_plain(dict[str, int], data.get("kinds")), count)

    def coverage(self, profile: Profile) -> tuple[Coverage, ...]:
        """Return for each need of a profile how many records meet it. Profile names are those of :data:`PROFILES`."""
        if profile not in PROFILES:
            raise UsageError(
                "This profile does not exist", where="profile", advice=f"Use one of {', '.join(PROFILES)}."
            )
        needs = PROFILES[profile]
        return tuple(self.of(kind, *fields) for kind, alternatives in needs.items() for fields in alternatives)

    def of(self, kind: str, *fields: str) -> Coverage:
        """Return how many records of a kind (``leerling`` or ``leerkracht``) have at least one of the fields."""
        wanted = set(fields)
        filled = sum(count for (of, slots), count in self._count.items() if of == kind and wanted & slots)
        return Coverage(kind, fields, filled, self.kinds.get(kind, 0))

    @property
    def fill_level(self) -> str:
        """The fill level by the handbook (S26): ``full``, ``simple`` or ``limited``."""
        if not self.kinds.get("groep"):
            return "limited"
        return "full" if self.kinds.get("leerkracht") else "simple"
