"""Compare the table of yesterday with that of today, and stop if the difference is too large.

A nightly job concludes from an absence: a person who is not in today's table has left. So a guard runs before each
comparison. It always stops an empty table. It also stops if more records of one kind are gone than a share and a
minimum number allow. The error explains why, without the name of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

from attrs import field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import UsageError

T = TypeVar("T")

RecordsByKey: TypeAlias = Mapping[str, Mapping[str, object]]
"""Records by their key, for each kind of record."""


def _unknown(_value: object) -> None:
    return None


def _every_record(_value: object) -> Callable[[Any], bool]:
    return lambda _record: True


@frozen
class SnapshotFormat(Generic[T]):
    """How a service stores one of its types as a snapshot, and compares two snapshots.

    - ``write`` and ``read``: convert a value to bytes and back. ``read`` also takes the class of the records, for a
      type that contains records of any class.
    - ``records``: the records by key. Takes the name of the key, as do the next two.
    - ``uncertain``: the keys of records that could not be read.
    - ``diff``: compares an older value with a newer one.
    - ``identities``: for records with more than one key. Returns the older records by the key that they have in the
      newer value.
    - ``year``: the school year of a value.
    - ``staying``: which records are expected in the next school year too, as far as the service knows.
    - ``carried``: the newer value, plus the older records of people who could not be read this time. So someone who
      leaves a day later is still in it.
    """

    kind: type[T]
    write: Callable[[T], bytes]
    read: Callable[[bytes, type[Any] | None], T]
    records: Callable[[T, str], RecordsByKey]
    uncertain: Callable[[T, str], frozenset[object]]
    diff: Callable[[T, T, str], object]
    key: str = "key"
    identities: Callable[[T, T, str], RecordsByKey] | None = None
    year: Callable[[T], str | None] = _unknown
    staying: Callable[[T], Callable[[Any], bool]] = _every_record
    carried: Callable[[T | None, T, str], T] | None = None

    def expected(self, old: T, new: T, key: str) -> RecordsByKey:
        """Return the older records, by the key that each has in the newer value if it is there."""
        return self.records(old, key) if self.identities is None else self.identities(old, new, key)

    @property
    def name(self) -> str:
        """The name of the type in the store: its service and its class."""
        return f"{self.kind.__module__.split('.')[1]}.{self.kind.__name__}"


def _checked_share(_guard: object, _field: object, share: float) -> None:
    if not 0 <= share <= 1:
        raise UsageError(
            "A share must be between 0 and 1",
            where="Guard(share=...)",
            advice="Pass a share such as 0.05, which is five in a hundred.",
        )


@frozen
class Guard(SafeRepr):
    """The limits on how many records may be gone.

    For each kind, at most ``share`` of the earlier records may be gone, or ``least`` records if that is more. The
    minimum exists because one family is a large share of a small school. ``kinds`` sets other limits for some kinds:
    ``{"leerkracht": (0.2, 3)}``.
    """

    share: float = field(default=0.05, validator=_checked_share)
    least: int = 10
    kinds: Mapping[str, tuple[float, int]] = field(factory=FrozenDict)

    def objections(self, before: Mapping[str, Collection[str]], after: RecordsByKey) -> tuple[str, ...]:
        """Return the reasons not to act on ``after``, or an empty tuple."""
        if not any(after.values()):
            return ("nothing was read",)
        found: list[str] = []
        for kind, keys in before.items():
            share, least = self.kinds.get(kind, (self.share, self.least))
            gone = len(set(keys) - set(after.get(kind, ())))
            if gone > max(least, share * len(keys)):
                found.append(f"{gone} of {len(keys)} {kind} are gone")
        return tuple(found)
