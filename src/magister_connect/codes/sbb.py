"""Crebo files of SBB: accreditations with their equivalents, and the crebokoppeltabel.

Documented: an accreditation has ``startdatum`` and ``einddatum``, and ``equivalenten`` with ``crebocode``, ``id`` and
``naam``. Whether ``einddatum`` is the last day or the day after is unknown, so you must state it. The layout of the
crebokoppeltabel is unknown, so you pass its column names. SBB makes that table for analysis, not for setting up
education.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from magister_connect.codes.sources import CodeFile, Source, file_of, read_table, require_rows
from magister_connect.codes.tables import CodeRow, CodeTable
from magister_connect.core.json import CamelRecord, NumberOrText, parse_json, read_record
from magister_connect.core.records.unreadable import OnUnreadable, UnreadableRecords
from magister_connect.crosswalk import Period, Succession
from magister_connect.errors import DocumentInvalid, FieldInvalid, MappingError, NotJson, Responsible
from magister_connect.identifiers import Crebo, Schooljaar


@frozen(kw_only=True, repr=False, slots=False)
class Equivalent(CamelRecord):
    """A crebo that SBB considers equivalent."""

    crebocode: NumberOrText
    id: NumberOrText | None = None
    naam: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Accreditation(CamelRecord):
    """A crebo in the accreditation file of SBB.

    The name of its own key, ``crebocode``, is inferred from ``equivalenten``.
    """

    crebocode: NumberOrText
    naam: str | None = None
    startdatum: dt.date | None = None
    einddatum: dt.date | None = None
    equivalenten: tuple[Equivalent, ...] = ()


def read_sbb_accreditations(
    source: Source, *, inclusive_until: bool, on_unreadable: OnUnreadable | UnreadableRecords = "raise"
) -> CodeTable[Crebo]:
    """Read the accreditation file (JSON) as a table of crebos with their successors.

    ``inclusive_until`` states whether a crebo is still valid on its ``einddatum``. Equivalents have no direction. Of
    two, the one that begins later is the successor, from its first day (inferred). If both begin on the same day, or a
    begin is unknown, there is no succession. The records are an array, or the only array in an object. Raises
    :class:`NotJson`, and :class:`FieldInvalid` with the path for a record of another form.
    """
    file = file_of(source)
    policy = UnreadableRecords.of(on_unreadable)
    rows: list[CodeRow] = []
    equivalents = defaultdict[Crebo, set[Crebo]](set)
    records = _records(_json_of(file), file.name)
    require_rows(len(records), file.name)
    for number, value in enumerate(records):
        try:
            record = read_record(Accreditation, value)
            code = _crebo(record.crebocode, "crebocode")
            row = CodeRow(code, _period(record, inclusive=inclusive_until), record.naam or "")
            others = [_crebo(one.crebocode, "equivalenten/crebocode") for one in record.equivalenten]
        except FieldInvalid as error:
            policy.add(error, place=f"{file.name}[{number}]", raw=value)
            continue
        rows.append(row)
        for other in others:
            equivalents[code].add(other)
            equivalents[other].add(code)
    successions = _directed(equivalents, _begins(rows), file.name)
    return CodeTable(rows, kind=Crebo, successions=successions, unreadable=policy.kept, name=file.name)


def _json_of(file: CodeFile) -> object:
    try:
        return parse_json(file.content, file.name)
    except NotJson as error:
        what = error.what.replace("The answer", "The file")
    raise NotJson(
        what,
        where=file.name,
        responsible=Responsible.YOU,
        advice="Pass the file of accreditations as SBB publishes it; read_rio_codes reads the CSV files of DUO.",
    )


def read_crebokoppeltabel(
    source: Source,
    *,
    old: str,
    new: str,
    schooljaar: Schooljaar | str,
    sheet: str | None = None,
    header_line: int = 1,
    on_unreadable: OnUnreadable | UnreadableRecords = "raise",
) -> tuple[Succession, ...]:
    """Read the crebokoppeltabel of one school year (``.xlsx`` or CSV), for ``CodeTable.with_successions``.

    ``old`` is the column with the issued crebo, ``new`` the column with that of the qualification in ``schooljaar``. A
    crebo that leads to itself, or has an empty new cell, is not a succession. The day is the first day of the school
    year: the table states that the new crebo is correct then, not since when. Raises :class:`DocumentInvalid` with a
    list of columns for another layout.
    """
    file = file_of(source)
    year = schooljaar if isinstance(schooljaar, Schooljaar) else Schooljaar.parse(schooljaar)
    table = read_table(file, (old, new), sheet=sheet, header_line=header_line)
    require_rows(len(table), file.name)
    policy = UnreadableRecords.of(on_unreadable)
    found: dict[tuple[Crebo, Crebo], Succession] = {}
    for row in table:
        if not row[old].strip() or not row[new].strip():
            continue
        try:
            one, other = _crebo(row[old].strip(), old), _crebo(row[new].strip(), new)
        except FieldInvalid as error:
            policy.add(error, place=f"{file.name}, line {row.line}", raw=dict(row.cells))
            continue
        if one != other:
            found[one, other] = Succession(one, other, year.begin, source=file.name)
    return tuple(found.values())


def _records(value: object, where: str) -> list[object]:
    arrays = [value] if isinstance(value, list) else []
    if isinstance(value, dict):
        arrays = [each for each in value.values() if isinstance(each, list)]
    if len(arrays) != 1:
        raise DocumentInvalid(
            "An array of accreditations was expected, or an object with one",
            where=where,
            responsible=Responsible.YOU,
            advice="Extract the array from the file, and pass it as JSON bytes.",
        )
    return arrays[0]


def _crebo(value: NumberOrText, where: str) -> Crebo:
    try:
        return Crebo.from_number(value) if isinstance(value, int) else Crebo.parse(str(value).strip())
    except MappingError as error:
        what = error.what
    raise FieldInvalid(what, where=where)


def _period(record: Accreditation, *, inclusive: bool) -> Period:
    first, last = record.startdatum, record.einddatum
    if first is not None and last is not None and (last < first or (last == first and not inclusive)):
        raise FieldInvalid("The end date is before the begin date", where="einddatum")
    return Period.through(first, last) if inclusive else Period(first, last)


def _begins(rows: Iterable[CodeRow]) -> Mapping[Crebo, dt.date]:
    begins: dict[Crebo, dt.date] = {}
    for row in rows:
        if isinstance(row.code, Crebo) and row.period.begin is not None:
            begins[row.code] = min(row.period.begin, begins.get(row.code, dt.date.max))
    return begins


def _directed(
    equivalents: Mapping[Crebo, set[Crebo]], begins: Mapping[Crebo, dt.date], source: str
) -> Iterator[Succession]:
    """Yield successions from each crebo to the next ones.

    A crebo that another successor also leads to is linked from that one only.
    """
    later = {
        old: {new for new in others if old in begins and new in begins and begins[old] < begins[new]}
        for old, others in equivalents.items()
    }
    for old, heirs in sorted(later.items()):
        for new in sorted(heirs):
            if not any(new in later.get(between, ()) for between in heirs):
                yield Succession(old, new, begins[new], source=source)
