"""Records of a list that cannot be read: an error by default, or kept apart on request.

If a person is silently missing from a list, somebody may delete an account. So reading is strict: the first unreadable
record raises :class:`FieldInvalid`. With ``on_unreadable="keep"``, reading goes on. The list then contains the readable
records. Its ``unreadable`` contains the others, each with an :class:`UnreadableRecordWarning`.

Before you conclude anything from an absence, call :func:`unreadable_keys`. A person whose record could not be read has
not left.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from attrs import field, frozen

from magister_connect.core.boundary import boundary
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.serialization import to_plain
from magister_connect.core.secrets import Secret
from magister_connect.errors import FieldInvalid, Responsible, UsageError

OnUnreadable: TypeAlias = Literal["raise", "keep"]
"""``"raise"`` stops at the first unreadable record. ``"keep"`` goes on and keeps it apart."""

WAY_ON: Final = 'Pass on_unreadable="keep" to read the other records; this one is then in .unreadable.'
_NOTHING: Final[Mapping[str, object]] = FrozenDict()


class UnreadableRecordWarning(UserWarning):
    """A record could not be read and was kept apart. The text contains its place and the reason, never a value."""


@frozen(repr=False, eq=False)
class Unreadable:
    """A record that could not be read.

    - ``place``: where it was, such as ``Leerlingen, row 3``.
    - ``path``: which value does not fit.
    - ``reason``: what was expected.
    - ``raw``: the whole record as JSON text. Pickles and ``to_dict()`` leave it out.
    - ``fields``: the readable values, by field name.
    """

    place: str
    path: str
    reason: str
    raw: Secret | None = None
    fields: Mapping[str, object] = field(default=_NOTHING, repr=False)

    def __repr__(self) -> str:
        return f"<Unreadable {self}>"

    def __str__(self) -> str:
        path = f", {self.path}" if self.path else ""
        return f"{self.place}{path}: {self.reason}"

    def __reduce__(self) -> tuple[object, ...]:
        return Unreadable, (self.place, self.path, self.reason, None, dict(self.fields))

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return place, path and reason, and with ``reveal`` the readable values. The raw record is never included."""
        plain: dict[str, object] = {"place": self.place, "path": self.path, "reason": self.reason}
        return {**plain, "fields": to_plain(dict(self.fields), reveal=True)} if reveal else plain

    @classmethod
    @boundary.around
    def from_dict(cls, data: Mapping[str, Any]) -> Unreadable:
        """Read the record that :meth:`to_dict` wrote. Its values are now plain data."""
        return cls(data["place"], data["path"], data["reason"], None, FrozenDict(data.get("fields", {})))


class UnreadableRecords:
    """Collects the unreadable records of one list, or raises at the first one, depending on ``on_unreadable``."""

    def __init__(self, on_unreadable: OnUnreadable = "raise") -> None:
        if on_unreadable not in {"raise", "keep"}:
            raise UsageError("on_unreadable is neither 'raise' nor 'keep'", where="on_unreadable", advice=_CHOICES)
        self.keeps = on_unreadable == "keep"
        self._kept: dict[tuple[str, str], Unreadable] = {}

    @classmethod
    def of(cls, given: OnUnreadable | UnreadableRecords) -> UnreadableRecords:
        """Return the given collector, or a new one for a policy."""
        return given if isinstance(given, UnreadableRecords) else cls(given)

    @property
    def kept(self) -> tuple[Unreadable, ...]:
        """The records kept so far, in order."""
        return tuple(self._kept.values())

    def add(
        self, error: FieldInvalid, *, place: str, raw: object = None, fields: Mapping[str, object] = _NOTHING
    ) -> Unreadable:
        """Keep a record apart and warn, or raise ``error`` with advice on how to continue.

        ``raw`` is the record as received, as JSON values or text. A record that comes again at the same place is kept
        once; this happens when pages overlap.
        """
        if not self.keeps:
            error.advice = f"{error.advice} {WAY_ON}" if error.advice else WAY_ON
            raise error.under(place) if place else error
        text = raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, default=str)
        record = Unreadable(place, error.where or "", error.what, Secret(text), fields)
        kept = self._kept.setdefault((place, text), record)
        if kept is record:
            warn_of(record)
        return kept


def warn_of(record: object) -> None:
    """Warn about one record that was kept apart. The text contains the place and the reason, no value."""
    warnings.warn(f"A record cannot be read and is kept apart ({record})", UnreadableRecordWarning, stacklevel=3)


_CHOICES: Final = 'Pass on_unreadable="raise" or on_unreadable="keep".'


def unreadable_keys(records: object, key: str) -> frozenset[object]:
    """Return the keys of the records that could not be read. Do not treat these people as absent.

    ``records`` is any list with ``unreadable``. ``key`` is the field by which people are compared. Raises
    :class:`UsageError` if the key of a record cannot be read: then no absence proves anything.
    """
    keys, nameless = shown_keys(records, key)
    if nameless:
        raise UsageError(
            f"{len(nameless)} records could not be read and show no {key}, so it is unknown who is absent",
            where=str(nameless[0]),
            responsible=Responsible.SCHOOL,
            advice="Correct these records at their source, and read the list again.",
        )
    return keys


def shown_keys(records: object, key: str) -> tuple[frozenset[object], tuple[Unreadable, ...]]:
    """Return the keys of the unreadable records, and the records without a readable key, which may be anyone's."""
    kept: tuple[Unreadable, ...] = getattr(records, "unreadable", ())
    nameless = tuple(each for each in kept if each.fields.get(key) in {None, ""})
    return frozenset(each.fields[key] for each in kept if each not in nameless), nameless
