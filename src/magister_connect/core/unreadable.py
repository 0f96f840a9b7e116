"""Records of a list that cannot be read: an error by default, kept apart on request.

A list that silently lacks a person makes somebody delete an account, so reading is strict: the first record that does
not fit raises :class:`FieldInvalid`. With ``on_unreadable="keep"`` reading goes on. The readable records come, and each
other one stands in ``unreadable`` of the list, with an :class:`UnreadableRecordWarning`.

Whatever draws a conclusion from absence asks :func:`unreadable_keys` first: somebody whose record could not be read has
not left.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from attrs import field, frozen

from magister_connect.core.boundary import boundary
from magister_connect.core.frozen import FrozenDict
from magister_connect.core.secrets import Secret
from magister_connect.core.serialization import to_plain
from magister_connect.errors import FieldInvalid, Responsible, UsageError

OnUnreadable: TypeAlias = Literal["raise", "keep"]
"""``"raise"`` stops at the first record that cannot be read, ``"keep"`` goes on and keeps it apart."""

WAY_ON: Final = 'Pass on_unreadable="keep" to read the other records; this one is then in .unreadable.'
_NOTHING: Final[Mapping[str, object]] = FrozenDict()


class UnreadableRecordWarning(UserWarning):
    """A record could not be read and was kept apart. The text names its place and the reason, never a value."""


@frozen(repr=False, eq=False)
class Unreadable:
    """A record that could not be read.

    ``place`` says where it stood (``Leerlingen, row 3``), ``path`` which of its values does not fit and ``reason`` what
    was expected. ``raw`` is the whole record as JSON text; it is left out of pickles and of ``to_dict()``. ``fields``
    holds those values that could be read, by the name of the field.
    """

    place: str
    path: str
    reason: str
    raw: Secret | None = None
    fields: Mapping[str, object] = field(default=_NOTHING)

    def __repr__(self) -> str:
        return f"<Unreadable {self}>"

    def __str__(self) -> str:
        path = f", {self.path}" if self.path else ""
        return f"{self.place}{path}: {self.reason}"

    def __reduce__(self) -> tuple[object, ...]:
        return Unreadable, (self.place, self.path, self.reason, None, dict(self.fields))

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Place, path and reason, and with ``reveal`` the values that could be read; never the raw record."""
        plain: dict[str, object] = {"place": self.place, "path": self.path, "reason": self.reason}
        return {**plain, "fields": to_plain(dict(self.fields), reveal=True)} if reveal else plain

    @classmethod
    @boundary.around
    def from_dict(cls, data: Mapping[str, Any]) -> Unreadable:
        """The record that :meth:`to_dict` wrote; its values are plain data now."""
        return cls(data["place"], data["path"], data["reason"], None, FrozenDict(data.get("fields", {})))


class UnreadableRecords:
    """Collects the records of one list that could not be read, or raises at the first, as ``on_unreadable`` says."""

    def __init__(self, on_unreadable: OnUnreadable = "raise") -> None:
        if on_unreadable not in {"raise", "keep"}:
            raise UsageError("on_unreadable is neither 'raise' nor 'keep'", where="on_unreadable", advice=_CHOICES)
        self.keeps = on_unreadable == "keep"
        self._kept: dict[tuple[str, str], Unreadable] = {}

    @classmethod
    def of(cls, given: OnUnreadable | UnreadableRecords) -> UnreadableRecords:
        """The collector that was given, or a new one for a policy."""
        return given if isinstance(given, UnreadableRecords) else cls(given)

    @property
    def kept(self) -> tuple[Unreadable, ...]:
        """The records that were kept so far, in their order."""
        return tuple(self._kept.values())

    def add(
        self, error: FieldInvalid, *, place: str, raw: object = None, fields: Mapping[str, object] = _NOTHING
    ) -> Unreadable:
        """Keep a record apart and warn; or raise ``error``, with the way on in its advice.

        ``raw`` is the record as it came, in values of JSON or as text. A record that comes again in the same place, as
        where pages overlap, is kept once.
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
    """Warn of one record that was kept apart; its text names the place and the reason, and no value."""
    warnings.warn(f"A record cannot be read and is kept apart ({record})", UnreadableRecordWarning, stacklevel=3)


_CHOICES: Final = 'Pass on_unreadable="raise" or on_unreadable="keep".'


def unreadable_keys(records: object, key: str) -> frozenset[object]:
    """The keys of the records that could not be read, so that nobody of them is taken for absent.

    ``records`` is any list with ``unreadable``; ``key`` is the field by which people are compared. Raises
    :class:`UsageError` where a record does not even show its key: then nothing follows from anybody's absence.
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
    """The keys of the records that could not be read, and those records that show none, which may be anybody's."""
    kept: tuple[Unreadable, ...] = getattr(records, "unreadable", ())
    nameless = tuple(each for each in kept if each.fields.get(key) in {None, ""})
    return frozenset(each.fields[key] for each in kept if each not in nameless), nameless
