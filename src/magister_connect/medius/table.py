"""Tables as the service gives them: rows of text under columns, and sequences of records.

Nothing of what is in them shows in a ``repr``; in a notebook, columns that may identify a person are masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from attrs import field, frozen

from magister_connect.medius.columns import plan_for
from magister_connect.medius.preview import html_table

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Records", "Row", "Table"]

T = TypeVar("T")


class Row(Mapping[str, str]):
    """One row: column name to text.

    An empty cell, a NULL and an absent cell are all ``""``: the service makes no difference that could be relied on
    (inferred).
    """

    __slots__ = ("_positions", "texts")

    def __init__(self, positions: Mapping[str, int], texts: tuple[str, ...]) -> None:
        self._positions = positions
        self.texts = texts

    def __getitem__(self, column: str) -> str:
        return self.texts[self._positions[column]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)

    def __repr__(self) -> str:
        return f"<Row of {len(self)} columns>"


class Records(Sequence[T], Generic[T]):
    """Records that were made of the rows of a table, in its order.

    ``warnings`` are those of the table: what is odd about it although the service said nothing.
    """

    __slots__ = ("_items", "name", "warnings")

    def __init__(self, items: Sequence[T], *, name: str = "", warnings: tuple[str, ...] = ()) -> None:
        self._items = tuple(items)
        self.name = name
        self.warnings = warnings

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Records[T]: ...
    def __getitem__(self, index: int | slice) -> T | Records[T]:
        if isinstance(index, slice):
            return Records(self._items[index], name=self.name, warnings=self.warnings)
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, Records) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # compared by content, like any sequence of records

    def __repr__(self) -> str:
        return f"<{len(self)} records of {self.name or 'a table'}>"

    def to_polars(self) -> pl.DataFrame:
        """A polars frame with a typed column for each field, and one of text for each further column in ``extra``.

        Without records it has no columns. Needs the extra ``frames``. Raises :class:`UsageError` for records that are
        not attrs classes.
        """
        from magister_connect.medius.frames import frame_of_records

        return frame_of_records(self._items)

    def _repr_html_(self) -> str:
        names, rows = _fields_of(self._items)
        return html_table(self.name, names, rows, len(self), self.warnings)


@frozen
class Table:
    """A table as it came: ``columns``, ``rows`` of text in their order, and ``warnings``.

    ``name`` is that of the function or the list. The service relabels columns through its data dictionary, so the names
    here may differ from the aliases in the definition of a list (observed).
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...] = field(repr=lambda rows: f"<{len(rows)} rows>")
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def to(self, kind: type[T], *, date_formats: Sequence[str] = ()) -> Records[T]:
        """The rows as records of an attrs class of yours.

        A field takes the column that ``attrs.field(metadata=column("Loginaccount.Naam"))`` names, or else the column
        whose name reads like the field (``nr_tv`` for ``Nr.tv``). Texts become what the annotation says: ``str``,
        ``int``, ``float``, ``Decimal``, ``bool``, ``date``, ``datetime``, ``time``, an enumeration, a class with
        ``parse``; with ``| None`` an empty cell becomes ``None``, as does the empty date ``1899/12/30``.
        ``date_formats`` are further forms for ``strptime``.

        Raises :class:`UsageError` for a class that cannot be filled, :class:`ContractChanged` for a column that is not
        there, and :class:`FieldInvalid` with the row and the column of a text that does not fit, never with the text.
        """
        if not self.rows and not self.columns:  # an empty table does not even tell what its columns would be
            return Records((), name=self.name, warnings=self.warnings)
        plan = plan_for(kind, self.columns, tuple(date_formats), self.name)
        return Records(plan.build(row.texts for row in self.rows), name=self.name, warnings=self.warnings)

    def to_polars(self) -> pl.DataFrame:
        """A polars frame of texts. Needs the extra ``frames``."""
        from magister_connect.medius.frames import frame_of_rows

        return frame_of_rows(self.columns, [row.texts for row in self.rows])

    def _repr_html_(self) -> str:
        return html_table(self.name, self.columns, (row.texts for row in self.rows), len(self), self.warnings)


def _fields_of(items: Sequence[object]) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    names = tuple(field.name for field in getattr(type(items[0]), "__attrs_attrs__", ())) if items else ()
    return names, (tuple(str(getattr(item, name)) for name in names) for item in items)
