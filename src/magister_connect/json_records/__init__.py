"""JSON to records: names in snake_case, unknown keys in ``extra``, wrong values as errors with a path.

A record class derives from :class:`PascalRecord` or :class:`CamelRecord`, after the way its service spells keys, and
declares its fields in order; a key that follows no rule is named by :func:`named`. A field with a default may be
absent. Reading goes through cattrs: first the fast way, and only when that fails once more, in detail, to find the
path of the value that is wrong.

>>> from attrs import frozen
>>> @frozen(kw_only=True, repr=False, slots=False)
... class Vak(PascalRecord):
...     id: int
...     omschrijving: str | None = None
>>> vak = read_record(Vak, {"Id": 1, "Omschrijving": "natuurkunde", "Nieuw": True})
>>> vak.omschrijving, dict(vak.extra)
('natuurkunde', {'Nieuw': True})
"""

from magister_connect.json_records.classes import (
    CamelRecord,
    DateOrMoment,
    JsonObject,
    Link,
    OpenInteger,
    OpenText,
    PascalRecord,
    Record,
    Variant,
    Variants,
    named,
)
from magister_connect.json_records.reading import parse_json, read_record

__all__ = [
    "CamelRecord",
    "DateOrMoment",
    "JsonObject",
    "Link",
    "OpenInteger",
    "OpenText",
    "PascalRecord",
    "Record",
    "Variant",
    "Variants",
    "named",
    "parse_json",
    "read_record",
]
