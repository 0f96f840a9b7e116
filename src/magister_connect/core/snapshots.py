"""Yesterday's table against today's: what a service tells of its tables, and when a difference is too large to act on.

A nightly job draws conclusions from absence: who is not in today's table has left. So one guard stands before every
comparison. It stops an empty read always, and one in which more of a kind of record are gone than a share and a least
count allow. Who stops has a reason in words and no name of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

from attrs import field, frozen

from magister_connect.core.frozen import FrozenDict
from magister_connect.core.half_made import HalfMade
from magister_connect.errors import UsageError

T = TypeVar("T")

RecordsByKey: TypeAlias = Mapping[str, Mapping[str, object]]
"""Records by their key, for each kind of record."""


def _unknown(_value: object) -> None:
    return None


def _everybody(_value: object) -> Callable[[Any], bool]:
    return lambda _record: True


@frozen
class SnapshotFormat(Generic[T]):
    """How a service keeps one of its types, and compares two of them.

    ``write`` and ``read`` turn a value into bytes and back; ``read`` also takes the class of the records, where the
    type holds records of any class. ``records`` are its records by key, and ``uncertain`` the keys of those who could
    not be read. ``diff`` compares an older with a newer value. The last three take the name of the key. ``identities``
    is for records that are known by more than one key: those of an older value by the key that each has in a newer one.

    ``year`` is the school year that a value states, and ``staying`` tells of its records who is expected in the next
    school year too, as far as the service knows. ``carried`` is the newer value with the older records of those who
    could not be read in it, where there are any: whoever leaves on the next day is in it then.
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
    staying: Callable[[T], Callable[[Any], bool]] = _everybody
    carried: Callable[[T | None, T, str], T] | None = None

    def expected(self, old: T, new: T, key: str) -> RecordsByKey:
        """The records of an older value by the key that each has in a newer one, where it is there."""
        return self.records(old, key) if self.identities is None else self.identities(old, new, key)

    @property
    def name(self) -> str:
        """The name under which the store knows the type: its service and its class."""
        return f"{self.kind.__module__.split('.')[1]}.{self.kind.__name__}"


def _checked_share(_guard: object, _field: object, share: float) -> None:
    if not 0 <= share <= 1:
        raise UsageError(
            "A share must be between 0 and 1",
            where="Guard(share=...)",
            advice="Pass a share such as 0.05, which is five in a hundred.",
        )


@frozen
class Guard(HalfMade):
    """How many records may be gone at a time.

    Of each kind at most ``share`` of those before, or ``least`` where that is more, since in a small school one family
    that moves is a large share. ``kinds`` has other limits for some kinds: ``{"leerkracht": (0.2, 3)}``.
    """

    share: float = field(default=0.05, validator=_checked_share)
    least: int = 10
    kinds: Mapping[str, tuple[float, int]] = field(factory=FrozenDict)

    def objections(self, before: Mapping[str, Collection[str]], after: RecordsByKey) -> tuple[str, ...]:
        """Why ``after`` must not be acted on; nothing where it may be."""
        if not any(after.values()):
            return ("nothing was read",)
        found: list[str] = []
        for kind, keys in before.items():
            share, least = self.kinds.get(kind, (self.share, self.least))
            gone = len(set(keys) - set(after.get(kind, ())))
            if gone > max(least, share * len(keys)):
                found.append(f"{gone} of {len(keys)} {kind} are gone")
        return tuple(found)
