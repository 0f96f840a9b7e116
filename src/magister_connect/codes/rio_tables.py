"""The RIO tables that DUO publishes: recognised programmes, relations between codes, and transitions.

Documented: CSV, ``BEGINDATUM`` is the first day and ``EINDDATUM`` the first day after. Codes of mbo are in
``ERKENDEOPLEIDINGSCODE`` and ``OPLEIDINGSEENHEIDCODE``. The names of other code columns are not documented here. They
are found by the form of their cells, which is different for each kind of institution code. Pass the name if several
columns have the form.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

from attrs import frozen

from magister_connect.codes.sources import Source, file_of, read_table, require_columns, require_rows
from magister_connect.codes.tables import CodeRow, CodeTable
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.records.unreadable import OnUnreadable, Unreadable, UnreadableRecords
from magister_connect.core.tables.text_tables import TextRow, TextTable
from magister_connect.core.values import to_optional_day
from magister_connect.crosswalk import Built, Column, Period, Succession, build_links
from magister_connect.errors import DocumentInvalid, FieldInvalid, MappingError, Responsible
from magister_connect.identifiers import (
    Brin,
    Crebo,
    Elementcode,
    ExamUnit,
    Identifier,
    Keuzedeel,
    RioOnderwijsaanbieder,
    RioOnderwijsbestuur,
    RioOnderwijslocatie,
    RioOpleidingseenheid,
    Vestigingscode,
)
from magister_connect.identifiers.identifier import Code

C = TypeVar("C", bound=Code)
BEGIN: Final = "BEGINDATUM"
UNTIL: Final = "EINDDATUM"
_MUTATION: Final = "MUTATIESOORT"
_KNOWN: Final[Mapping[type[Code], str]] = {
    **dict.fromkeys((Crebo, Keuzedeel, ExamUnit, Elementcode), "ERKENDEOPLEIDINGSCODE"),
    RioOpleidingseenheid: "OPLEIDINGSEENHEIDCODE",
}
_INSTITUTIONS: Final = (Brin, Vestigingscode, RioOnderwijsaanbieder, RioOnderwijsbestuur, RioOnderwijslocatie)
_MOST: Final = 0.5
_COMPLETE: Final = "OVERGANG_VOLLEDIG"
_PARTIAL: Final = "OVERGANG_GEDEELTELIJK"


def read_rio_codes(
    source: Source,
    kind: type[C],
    *,
    column: str | None = None,
    title: str | None = None,
    begin: str = BEGIN,
    until: str = UNTIL,
    inclusive_until: bool = False,
    on_unreadable: OnUnreadable | UnreadableRecords = "raise",
    delimiter: str | None = None,
    encoding: str | None = None,
) -> CodeTable[C]:
    """Read a table of codes with their periods, such as ``mbo_opleidingserkenningen`` with the kind :class:`Crebo`.

    ``column`` contains the codes (see the module), and ``title`` their names. Pass ``inclusive_until=True`` if the last
    day still counts; in RIO tables it does not. Rows with another kind of mbo code are counted in ``others``. Raises
    :class:`DocumentInvalid` for another layout, with a list of columns, and for a table without rows. Raises
    :class:`FieldInvalid` for an unreadable row, unless ``on_unreadable="keep"``.
    """
    table = _full_table(source, (begin, until, *filter(None, (column, title))), delimiter, encoding)
    name = file_of(source).name
    require_rows(len(table), name)
    codes = column or column_of(table, kind, name)
    policy = UnreadableRecords.of(on_unreadable)
    rows: list[CodeRow] = []
    others = 0
    for row in table:
        text = row[codes].strip()
        if not kind.is_valid(text) and any(each.is_valid(text) for each in (Crebo, Keuzedeel, ExamUnit)):
            others += 1
            continue
        try:
            period = _period(row, begin, until, inclusive=inclusive_until)
            rows.append(CodeRow(_code(kind, text, codes), period, row.get(title or ""), row.line, row.cells))
        except FieldInvalid as error:
            policy.add(error, place=f"{name}, line {row.line}", raw=dict(row.cells))
    return CodeTable(rows, kind=kind, unreadable=policy.kept, others=others, name=name)


def read_rio_links(
    source: Source,
    left: type[Code] | Column,
    right: type[Code] | Column,
    *,
    begin: str = BEGIN,
    until: str = UNTIL,
    inclusive_until: bool = False,
    seen_at: dt.datetime | None = None,
    on_unreadable: OnUnreadable = "keep",
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Built:
    """Read a table of relations as crosswalk links: onderwijsaanbieder and BRIN, BRIN and vestigingscode, ...

    ``left`` and ``right`` are kinds, whose columns are found by form, or columns that you name. Pass the result to
    :class:`~magister_connect.crosswalk.Crosswalk`. Raises :class:`DocumentInvalid` for another layout.
    """
    table = _full_table(source, (begin, until), delimiter, encoding)
    name = file_of(source).name
    sides = [side if isinstance(side, Column) else Column(column_of(table, side, name), side) for side in (left, right)]
    require_columns(table.columns, (side.name for side in sides), name)
    return build_links(
        table,
        *sides,
        source=name,
        begin=begin,
        until=until,
        inclusive=inclusive_until,
        seen_at=seen_at,
        on_unreadable=on_unreadable,
    )


@frozen
class Transitions(PlainData):
    """Changes of institutions: successions of codes, and the number of rows of each other sort."""

    successions: tuple[Succession, ...]
    others: Mapping[str, int]
    unreadable: tuple[Unreadable, ...] = ()

    def __iter__(self) -> Iterator[Succession]:
        return iter(self.successions)


def read_rio_transitions(
    source: Source,
    *,
    old: str,
    new: str,
    sort: str,
    day: str = BEGIN,
    on_unreadable: OnUnreadable | UnreadableRecords = "raise",
    delimiter: str | None = None,
    encoding: str | None = None,
) -> Transitions:
    """Read the table ``overgangen``: which institution replaced which, in whole or in part.

    ``old``, ``new``, ``sort`` and ``day`` name the columns with both codes, the sort, and the first day of the new one.
    Only the sorts themselves are documented. ``OVERGANG_VOLLEDIG`` is a complete succession, ``OVERGANG_GEDEELTELIJK``
    a partial one. Other sorts, such as ``SAMENWERKING``, are not successions and are counted in ``others``. So are
    transitions between codes of two kinds.
    """
    table = _full_table(source, (old, new, sort, day), delimiter, encoding)
    name = file_of(source).name
    policy, others = UnreadableRecords.of(on_unreadable), Counter[str]()
    successions: list[Succession] = []
    for row in table:
        word = row[sort].strip()
        if word not in {_COMPLETE, _PARTIAL}:
            others[word] += 1
            continue
        try:
            one, other = (_institution(row[column].strip(), column) for column in (old, new))
            since = to_optional_day(row[day], day)
        except FieldInvalid as error:
            policy.add(error, place=f"{name}, line {row.line}", raw=dict(row.cells))
            continue
        if type(one) is type(other) and one != other:
            successions.append(Succession(one, other, since, complete=word == _COMPLETE, source=name))
        else:
            others["between codes of two kinds"] += 1
    return Transitions(tuple(successions), FrozenDict(others), policy.kept)


def _institution(text: str, column: str) -> Identifier:
    kind = next((each for each in _INSTITUTIONS if each.is_valid(text)), None)
    if kind is None:
        raise FieldInvalid("A code of an institution was expected", where=column)
    return kind.restore(text, "")


def _full_table(source: Source, columns: tuple[str, ...], delimiter: str | None, encoding: str | None) -> TextTable:
    table = read_table(source, columns, delimiter=delimiter, encoding=encoding)
    if _MUTATION in table.columns:
        raise DocumentInvalid(
            "The file holds only the changes since yesterday, not the whole table",
            where=file_of(source).name,
            responsible=Responsible.YOU,
            advice=f"Use the file with the full table; it has no column {_MUTATION}.",
        )
    return table


def column_of(table: TextTable, kind: type[Code], where: str) -> str:
    """Return the column with codes of a kind: the documented one, or the only one with cells of that form.

    If no column has only such cells, it is the one in which most cells are.
    """
    if _KNOWN.get(kind) in table.columns:
        return _KNOWN[kind]
    shares = {name: _share(table, name, kind) for name in table.columns}
    found = [name for name, share in shares.items() if share == 1] or [
        name for name, share in shares.items() if share > _MOST
    ]
    if len(found) == 1:
        return found[0]
    what = (
        f"{len(found)} columns contain a {kind.kind}: {', '.join(found)}"
        if found
        else f"No column contains a {kind.kind}"
    )
    raise DocumentInvalid(
        what,
        where=where,
        responsible=Responsible.YOU,
        advice=f"Pass the name of the column. The file has {', '.join(table.columns)}.",
    )


def _share(table: TextTable, name: str, kind: type[Code]) -> float:
    """Return which share of the filled cells has the form of a kind."""
    cells = [text for row in table if (text := row[name].strip())]
    return sum(map(kind.is_valid, cells)) / len(cells) if cells else 0


def _code(kind: type[C], text: str, column: str) -> C:
    try:
        return kind.restore(text, "")
    except MappingError as error:
        what = error.what
    raise FieldInvalid(what, where=column)


def _period(row: TextRow, begin: str, until: str, *, inclusive: bool) -> Period:
    first, last = to_optional_day(row[begin], begin), to_optional_day(row[until], until)
    if first is not None and last is not None and (last < first or (last == first and not inclusive)):
        raise FieldInvalid("The row ends before it begins", where=until)
    return Period.through(first, last) if inclusive else Period(first, last)
