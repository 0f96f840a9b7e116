"""Records of the RIO LOD API, and code tables made from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TypeVar

from attrs import frozen

from magister_connect.codes.tables import CodeRow, CodeTable
from magister_connect.core.json import CamelRecord
from magister_connect.core.records.unreadable import OnUnreadable, UnreadableRecords
from magister_connect.crosswalk import Period
from magister_connect.errors import FieldInvalid, MappingError
from magister_connect.identifiers.identifier import Code

C = TypeVar("C", bound=Code)


@frozen(kw_only=True, repr=False, slots=False)
class RioRecord(CamelRecord):
    """The common fields of RIO records (documented). Other fields are in ``extra`` under their own name.

    ``einddatum`` is the first day when the record is no longer valid.
    """

    begindatum: dt.date | None = None
    einddatum: dt.date | None = None
    organisatorische_eenheidcode: str | None = None
    erkendeopleidingscode: str | None = None

    def holds_on(self, day: dt.date) -> bool:
        """Return whether the record is valid on a day."""
        return (self.begindatum is None or self.begindatum <= day) and (self.einddatum is None or day < self.einddatum)

    @property
    def href(self) -> str | None:
        """The address of the record, if it contains a link to itself."""
        links = self.extra.get("_links")
        found = links.get("self") if isinstance(links, dict) else None
        href = found.get("href") if isinstance(found, dict) else None
        return href if isinstance(href, str) else None


def table_of_records(
    records: Iterable[RioRecord],
    kind: type[C],
    *,
    key: str = "erkendeopleidingscode",
    title: str | None = None,
    on_unreadable: OnUnreadable | UnreadableRecords = "raise",
) -> CodeTable[C]:
    """Make a code table from records of the API: ``table_of_records(client.records(...), Crebo)``.

    ``key`` is the name of the field with the code, spelled as in the API, and ``title`` that of the field with the
    name. Raises :class:`FieldInvalid` for a record without it, with a list of its fields, unless
    ``on_unreadable="keep"``.
    """
    policy = UnreadableRecords.of(on_unreadable)
    rows: list[CodeRow] = []
    for number, record in enumerate(records):
        try:
            rows.append(CodeRow(_code(record, kind, key), _period(record), _text(record, title)))
        except FieldInvalid as error:
            policy.add(error, place=f"record {number}", raw=record.to_dict(reveal=True))
    return CodeTable(rows, kind=kind, unreadable=policy.kept, name="RIO LOD API")


def _text(record: RioRecord, name: str | None) -> str:
    spelled = {record.spell(field): field for field in ("organisatorische_eenheidcode", "erkendeopleidingscode")}
    value = getattr(record, spelled[name]) if name in spelled else record.extra.get(name or "")
    return value if isinstance(value, str) else ""


def _code(record: RioRecord, kind: type[C], key: str) -> C:
    text = _text(record, key)
    if not text:
        names = ", ".join(name for name in record.extra if not name.startswith("_"))
        raise FieldInvalid(f"The record has no such field; it has {names or 'none'}", where=key)
    try:
        return kind.restore(text, "")
    except MappingError as error:
        what = error.what
    raise FieldInvalid(what, where=key)


def _period(record: RioRecord) -> Period:
    if record.begindatum is not None and record.einddatum is not None and record.einddatum <= record.begindatum:
        raise FieldInvalid("The end date is before the begin date", where="einddatum")
    return Period(record.begindatum, record.einddatum)
