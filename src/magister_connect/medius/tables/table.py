"""Tables: rows of text by column, records made from them, and reading of XML rows.

Printing a table or row shows names and counts, no values. A notebook masks columns that may identify a person. Rows,
tables and records can be pickled with all their values, so that your own processes can exchange them. Protect a pickle
like the list itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast, overload

from attrs import field, frozen

from magister_connect.core.boundary import file_boundary
from magister_connect.core.extras import require_extra
from magister_connect.core.html import paragraphs
from magister_connect.core.html import table as html_table
from magister_connect.core.records.personal import identifies, without_numbers
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.serialization import from_plain, personal_by_field, to_plain, values_of
from magister_connect.core.records.unreadable import OnUnreadable, Unreadable, UnreadableRecords
from magister_connect.core.repairs import REPLACEMENT
from magister_connect.core.secrets import MASK
from magister_connect.core.tables.text_tables import read_text_table
from magister_connect.core.xml import Element, local_name
from magister_connect.errors import FieldInvalid, UsageError
from magister_connect.medius.tables.columns import fields_of, padded_columns, plan_for

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")

SHOWN_ROWS: Final = 10
NAMED_PLACES: Final = 5


class UnknownColumn(UsageError, KeyError):
    """The row has no column with this name. The text lists the columns."""


class Row(Mapping[str, str], SafeRepr):
    """One row: column name to text.

    An empty cell, a NULL and a missing cell are all ``""``, because the service makes no reliable difference
    (inferred). Raises :class:`UnknownColumn`, a ``KeyError``, for a column that does not exist.
    """

    __slots__ = ("_positions", "texts")

    def __init__(self, positions: Mapping[str, int], texts: tuple[str, ...]) -> None:
        self._positions = positions
        self.texts = texts

    def __getitem__(self, column: str) -> str:
        place = self._positions.get(column)
        if place is None:
            raise UnknownColumn(
                f"There is no column {column!r}; there are: {', '.join(self._positions)}",
                advice="Use one of these; the service relabels the aliases of a list through its data dictionary.",
            )
        return self.texts[place]

    def __contains__(self, column: object) -> bool:
        return column in self._positions

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)

    def __repr__(self) -> str:
        return f"<Row of {len(self)} columns>"

    def __reduce__(self) -> tuple[object, ...]:
        return Row, (self._positions, self.texts)

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return the texts by column. Columns that may identify a person are masked unless ``reveal`` is true."""
        return cast("dict[str, object]", to_plain(dict(self), reveal=reveal))

    def to_json(self, *, reveal: bool = False) -> str:
        """Return :meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(reveal=reveal), ensure_ascii=False)

    @classmethod
    @file_boundary.around
    def from_dict(cls, data: Mapping[str, str]) -> Row:
        """Read a row from ``to_dict(reveal=True)``."""
        return cls({name: place for place, name in enumerate(data)}, tuple(data.values()))


class Records(SafeRepr, Sequence[T], Generic[T]):
    """Records made from the rows of a table, in the same order.

    ``warnings`` are those of the table: oddities that the service did not report. ``unreadable`` contains the
    unreadable rows, if they were kept (``on_unreadable="keep"``).
    """

    __slots__ = ("_items", "name", "unreadable", "warnings")

    def __init__(
        self,
        items: Sequence[T],
        *,
        name: str = "",
        warnings: tuple[str, ...] = (),
        unreadable: tuple[Unreadable, ...] = (),
    ) -> None:
        self._items = tuple(items)
        self.name = name
        self.warnings = warnings
        self.unreadable = unreadable

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Records[T]: ...
    def __getitem__(self, index: int | slice) -> T | Records[T]:
        if isinstance(index, slice):
            return Records(self._items[index], name=self.name, warnings=self.warnings, unreadable=self.unreadable)
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, Records) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # compared by content, like any sequence of records

    def __repr__(self) -> str:
        return f"<{len(self)} records of {self.name or 'a table'}{_oddities(self.warnings, self.unreadable)}>"

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return records, warnings and unreadable rows as plain data. ``reveal=True`` unmasks personal data."""
        return {
            "name": self.name,
            "records": [to_plain(item, reveal=reveal) for item in self._items],
            "warnings": list(self.warnings),
            "unreadable": [each.to_dict(reveal=reveal) for each in self.unreadable],
        }

    def to_json(self, *, reveal: bool = False) -> str:
        """Return :meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(reveal=reveal), ensure_ascii=False)

    @classmethod
    @file_boundary.around
    def from_dict(cls, data: Mapping[str, object], kind: type[T]) -> Records[T]:
        """Read records of this class from ``to_dict(reveal=True)``."""
        held = from_plain(_HeldRecords, data)
        items = [from_plain(kind, each) for each in held.records]
        return Records(items, name=held.name, warnings=held.warnings, unreadable=held.unreadable)

    def to_polars(self) -> pl.DataFrame:
        """Return a polars frame: a typed column per field, and a text column per column in ``extra``.

        Without records it has no columns. Needs the extra ``frames``. Raises :class:`UsageError` for records of a class
        without fields.
        """
        return frame_of_records(self._items)

    def _repr_html_(self) -> str:
        names = tuple(values_of(self._items[0])) if self._items else ()
        rows = (tuple(map(str, values_of(item).values())) for item in self._items)
        return _shown(self.name, names, rows, len(self), self.warnings)


@frozen
class _HeldRecords:
    name: str
    records: tuple[object, ...]
    warnings: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]


@frozen
class Table:
    """A table as received: ``columns``, ``rows`` of text in their order, and ``warnings``.

    - ``name``: the function or the list.
    - ``columns``: the service renames columns through its data dictionary, so the names may differ from the aliases in
      the definition of a list (observed).
    - ``unreadable``: the unreadable rows, if they were kept.
    - ``repaired``: whether control characters became U+FFFD.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = field(default=(), eq=False)
    repaired: bool = field(default=False, eq=False)

    def __repr__(self) -> str:
        counts = f"{len(self.rows)} rows, {len(self.columns)} columns"
        return f"<Table {self.name}: {counts}{_oddities(self.warnings, self.unreadable)}>"

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    @file_boundary.around
    def to(
        self, kind: type[T], *, date_formats: Sequence[str] = (), on_unreadable: OnUnreadable = "raise"
    ) -> Records[T]:
        """Return the rows as records of your own class: an attrs class, a dataclass, a NamedTuple, or ``dict``.

        A field is filled from the column in ``attrs.field(metadata=column("Loginaccount.Naam"))``, or else from the
        column with the same name in another spelling (``nr_tv`` for ``Nr.tv``). Texts are converted to the annotated
        type: ``str``, ``int``, ``float``, ``Decimal``, ``bool``, ``date``, ``datetime``, ``time``, an enumeration, or a
        class with ``parse``. With ``| None``, an empty cell becomes ``None``, and so does the empty date
        ``1899/12/30``. ``date_formats`` are extra formats for ``strptime``.

        Raises :class:`UsageError` for an unsuitable class, and :class:`ContractMismatch` for a missing column. Raises
        :class:`FieldInvalid` with row and column, but without the text, for a text that does not fit. With
        ``on_unreadable="keep"``, such a row is in ``unreadable`` instead.
        """
        unreadable = UnreadableRecords(on_unreadable)
        if not self.rows and not self.columns:  # an empty table does not even show its columns
            return Records((), name=self.name, warnings=self.warnings, unreadable=self.unreadable)
        if kind is dict:
            items = cast("list[T]", [dict(row) for row in self.rows])
            return Records(items, name=self.name, warnings=self.warnings, unreadable=self.unreadable)
        plan = plan_for(kind, self.columns, tuple(date_formats), self.name, repaired=self.repaired)
        items = plan.build((row.texts for row in self.rows), unreadable)
        warnings = (*self.warnings, *self._padded(padded_columns(kind, self.columns)))
        return Records(items, name=self.name, warnings=warnings, unreadable=(*self.unreadable, *unreadable.kept))

    @classmethod
    @file_boundary.around
    def read(
        cls,
        source: str | os.PathLike[str] | bytes,
        *,
        name: str = "",
        delimiter: str | None = None,
        encoding: str | None = None,
        sheet: str | None = None,
    ) -> Table:
        """Read a table from a file that a school saved: CSV, or a workbook with the extra ``xlsx``.

        You can use it like a list of the service, for example for absence or master data: ``to()``, ``diff`` and
        snapshots work. ``delimiter`` and ``encoding`` are detected unless you pass them. ``sheet`` is the first one by
        default. Raises :class:`DocumentInvalid` with the line, and :class:`FileNotFoundError`.
        """
        found = read_text_table(source, delimiter=delimiter, encoding=encoding, sheet=sheet)
        positions = {column: place for place, column in enumerate(found.columns)}
        rows = tuple(Row(positions, tuple(row.cells.values())) for row in found)
        return cls(name, found.columns, rows, found.warnings)

    def _padded(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            place = self.columns.index(name)
            if count := sum(row.texts[place][:1] == "0" for row in self.rows):
                yield f"{count} numbers in the column {name} have leading zeros, which were removed."

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return the table as plain data. Columns that may identify a person are masked unless ``reveal`` is true."""
        return {
            "name": self.name,
            "columns": list(self.columns),
            "rows": [row.to_dict(reveal=reveal) for row in self.rows],
            "warnings": list(self.warnings),
            "unreadable": [each.to_dict(reveal=reveal) for each in self.unreadable],
        }

    def to_json(self, *, reveal: bool = False) -> str:
        """Return :meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(reveal=reveal), ensure_ascii=False)

    @classmethod
    @file_boundary.around
    def from_dict(cls, data: Mapping[str, object]) -> Table:
        """Read a table from ``to_dict(reveal=True)``. Raises :class:`FieldInvalid`."""
        held = from_plain(_HeldTable, data)
        if any(tuple(row) != held.columns for row in held.rows):
            raise FieldInvalid("The row has other columns than the table", where=held.name)
        positions = {name: place for place, name in enumerate(held.columns)}
        rows = tuple(Row(positions, tuple(row.values())) for row in held.rows)
        return cls(held.name, held.columns, rows, held.warnings, held.unreadable)

    def to_polars(self) -> pl.DataFrame:
        """Return a polars frame of texts. Needs the extra ``frames``."""
        return frame_of_rows(self.columns, [row.texts for row in self.rows])

    def _repr_html_(self) -> str:
        return _shown(self.name, self.columns, (row.texts for row in self.rows), len(self), self.warnings)


@frozen
class _HeldTable:
    name: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    warnings: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]


def _oddities(warnings: Sequence[str], unreadable: Sequence[Unreadable]) -> str:
    counts = [(len(warnings), "warnings"), (len(unreadable), "unreadable")]
    return "".join(f", {count} {what}" for count, what in counts if count)


def _shown(
    name: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]], count: int, warnings: Sequence[str]
) -> str:
    """Return the first rows for a notebook. E-mail addresses and personal numbers are masked in every column."""
    masked = [identifies(column) for column in columns]
    shown = [
        [MASK if hidden and text else without_numbers(text) for text, hidden in zip(row, masked, strict=True)]
        for row in islice(rows, SHOWN_ROWS)
    ]
    caption = f"{name}: {count} rows, {len(columns)} columns"
    return html_table(columns, shown, caption=caption, sortable=False) + paragraphs(warnings)


# -- rows of XML ----------------------------------------------------------------------------------------------------

# Getters instead of comprehensions: a table of a school has hundreds of thousands of cells (measured).
_TAG: Final[Callable[[Element], str]] = attrgetter("tag")
_TEXT: Final[Callable[[Element], str]] = attrgetter("text")


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Make the names unique: a second ``email`` becomes ``email_1``, as in the service itself (client code)."""
    genuine, found = frozenset(names), dict[str, None]()
    for name in names:
        new, number = name, 0
        while new in found or (number and new in genuine):
            number += 1
            new = f"{name}_{number}"
        found[new] = None
    return tuple(found)


def note_doubled(names: Sequence[str], new_names: Sequence[str]) -> tuple[str, ...]:
    """Return a warning for each column that was renamed."""
    pairs = dict.fromkeys((old, new) for old, new in zip(names, new_names, strict=True) if old != new)
    return tuple(f"The column {old} occurs more than once; one of them is renamed to {new}." for old, new in pairs)


def note_replaced(columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return a warning with the first places of unreadable characters."""
    places = (
        f"row {number}, column {name}"
        for number, texts in enumerate(rows, start=1)
        for name, text in zip(columns, texts, strict=False)
        if REPLACEMENT in text
    )
    named = list(islice(places, NAMED_PLACES))
    return (f"They are in {'; '.join(named)}.",) if named else ()


class RowReader:
    """Reads row after row, and collects all columns that occur.

    Rows of one table may have different columns. A missing cell is empty. A column that occurs twice in a row is
    renamed, with a warning. A row with elements inside a cell goes to ``unreadable``.
    """

    def __init__(self, place: str, unreadable: UnreadableRecords | None = None) -> None:
        self._place = place
        self._unreadable = unreadable or UnreadableRecords()
        self._tags: list[str] = []
        self._order: tuple[int, ...] | None = None
        self._shapes: dict[tuple[str, ...], tuple[int, ...] | None] = {}
        self._at: dict[str, int] = {}
        self._warnings: dict[str, None] = {}
        self._count = 0
        self.positions: Mapping[str, int] = {}

    def read(self, row: Element) -> tuple[str, ...] | None:
        """Return the texts of a row, in the order of the columns known so far. ``None`` for a row kept apart.

        Raises :class:`FieldInvalid` if a cell contains elements, unless such rows are kept.
        """
        self._count += 1
        cells = list(row)
        tags = list(map(_TAG, cells))
        if tags != self._tags:
            self._use_shape(tags)
        if any(map(len, cells)):
            self._refuse(cells)
            return None
        texts = list(map(_TEXT, cells))
        if None in texts:
            texts = [text or "" for text in texts]
        return tuple(texts) if self._order is None else self._ordered(texts)

    def row(self, element: Element) -> Row | None:
        """Return a row with the columns known so far, or ``None`` for a row kept apart."""
        texts = self.read(element)
        return None if texts is None else Row(self.positions, texts + ("",) * (len(self._at) - len(texts)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns known so far."""
        return tuple(self._at)

    def table(self, name: str, rows: Sequence[tuple[str, ...]], notes: tuple[str, ...] = ()) -> Table:
        """Return all rows as a table, with empty cells where columns are missing. ``notes`` describe repairs."""
        width, positions = len(self._at), self.positions
        whole = [texts if len(texts) == width else texts + ("",) * (width - len(texts)) for texts in rows]
        replaced = note_replaced(self.columns, whole) if notes else ()
        return Table(
            name,
            self.columns,
            tuple([Row(positions, texts) for texts in whole]),
            (*notes, *replaced, *self._warnings),
            self._unreadable.kept,
            repaired=bool(replaced),
        )

    def _refuse(self, cells: Sequence[Element]) -> None:
        names = [local_name(each) for each in cells]
        wrong = next(name for name, cell in zip(names, cells, strict=True) if len(cell))
        self._unreadable.add(
            FieldInvalid("A cell holds elements instead of text", where=f"column {wrong}"),
            place=f"{self._place}, row {self._count}",
            raw={name: "".join(map(str, cell.itertext())) for name, cell in zip(names, cells, strict=True)},
        )

    def _use_shape(self, tags: list[str]) -> None:
        shape = tuple(tags)
        if shape not in self._shapes:
            self._shapes[shape] = self._learn(shape)
        self._tags, self._order = tags, self._shapes[shape]

    def _learn(self, shape: tuple[str, ...]) -> tuple[int, ...] | None:
        local = [tag.rpartition("}")[2] for tag in shape]
        names = distinct(local)
        self._warnings |= dict.fromkeys(note_doubled(local, names))
        order = tuple([self._at.setdefault(name, len(self._at)) for name in names])
        self.positions = dict(self._at)
        return None if order == tuple(range(len(order))) else order

    def _ordered(self, texts: list[str]) -> tuple[str, ...]:
        whole = [""] * len(self._at)
        for place, text in zip(self._order or (), texts, strict=True):
            whole[place] = text
        return tuple(whole)


# -- frames ---------------------------------------------------------------------------------------------------------


def frame_of_rows(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    """Return a frame of texts with the columns of the table."""
    require_extra("frames", "polars")
    import polars as pl

    return pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")


def frame_of_records(items: Sequence[object]) -> pl.DataFrame:
    """Return a frame with a column per field, and a text column per column kept in a field of ``rest()``.

    So the frame of our own records is flat, and polars can write it in every format. A kept column with the name of a
    field gets the suffix ``_1``. Raises :class:`UsageError` for records of a class without fields.
    """
    require_extra("frames", "polars")
    import polars as pl

    if not items:
        return pl.DataFrame()
    kind: Any = type(items[0])
    if kind is dict:
        rows = cast("Sequence[Mapping[str, str]]", items)
        return frame_of_rows(tuple(rows[0]), [tuple(row.values()) for row in rows])
    rests = [each.name for each in fields_of(kind) if each.is_rest]
    names = [name for name in personal_by_field(kind) if name not in rests]
    columns = [(name, [getattr(item, name) for item in items]) for name in names]
    for name in rests:
        columns += _kept([getattr(item, name) for item in items])
    titles = distinct([title for title, _ in columns])
    return pl.DataFrame(dict(zip(titles, (values for _, values in columns), strict=True)), strict=False)


def _kept(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, list[object]]]:
    """Return the values of text mappings, by column. A missing value is empty."""
    titles = dict.fromkeys(title for row in rows for title in row)
    return [(title, [row.get(title, "") for row in rows]) for title in titles]
