"""Tables as the service gives them: rows of text under columns, and sequences of records.

Nothing of what is in them shows in a ``repr``; in a notebook, columns that may identify a person are masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, TypeVar, overload

from attrs import field, frozen

from magister_connect.core.secrets import MASK, redact
from magister_connect.medius.tables.columns import plan_for

if TYPE_CHECKING:
    import polars as pl
from collections.abc import Callable
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs

from magister_connect.core.extras import require_extra
from magister_connect.core.xml import Element
from magister_connect.errors import ReplyInvalid, UsageError
from magister_connect.medius.tables.columns import is_rest

MOST_ROWS: Final = 10
_IDENTIFYING: Final = re.compile(
    r"naam|namen|name|initials|prefix|tussenv|voorletters|adres|straat|street|huisn|house|postcode|postal|plaats|city"
    r"|woon|geb|birth|bsn|nummer|stamn|stam_|mail|tel|mobiel|gsm|phone|login|account|_nr$|^nr|b_num|volnr|rfid|vrij"
    r"|foto|iban|mentor|ouder|verzorger|memo|opmerking|tekst|extra|kluiscode|^id|key|token|password|sessi",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"\S+@\S+")


def identifies(column: str) -> bool:
    """Whether a column of this name may tell who somebody is; cautious, so that it masks rather too much."""
    return bool(_IDENTIFYING.search(column))


def html_table(
    name: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]], count: int, warnings: Sequence[str]
) -> str:
    """An HTML table of the first rows; addresses of e-mail and runs of nine digits are masked in every column."""
    masked = [identifies(column) for column in columns]
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{_cells(row, masked)}</tr>" for row in islice(rows, MOST_ROWS))
    notes = "".join(f"<p>{escape(warning)}</p>" for warning in warnings)
    caption = f"{escape(name)}: {count} rows, {len(columns)} columns"
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def _cells(row: tuple[str, ...], masked: Sequence[bool]) -> str:
    return "".join(
        f"<td>{MASK if hidden and text else escape(_MAIL.sub(MASK, redact(text)))}</td>"
        for text, hidden in zip(row, masked, strict=True)
    )


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
        return frame_of_rows(self.columns, [row.texts for row in self.rows])

    def _repr_html_(self) -> str:
        return html_table(self.name, self.columns, (row.texts for row in self.rows), len(self), self.warnings)


def _fields_of(items: Sequence[object]) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    names = tuple(field.name for field in getattr(type(items[0]), "__attrs_attrs__", ())) if items else ()
    return names, (tuple(str(getattr(item, name)) for name in names) for item in items)


# Getters and not comprehensions: a table of a school has hundreds of thousands of cells (measured).
_TAG: Final[Callable[[Element], str]] = attrgetter("tag")
_TEXT: Final[Callable[[Element], str]] = attrgetter("text")


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, a second ``email`` being called ``email_1``, as the service itself does it (client code)."""
    genuine, found = frozenset(names), dict[str, None]()
    for name in names:
        new, number = name, 0
        while new in found or (number and new in genuine):
            number += 1
            new = f"{name}_{number}"
        found[new] = None
    return tuple(found)


def note_doubled(names: Sequence[str], new_names: Sequence[str]) -> tuple[str, ...]:
    """A warning for each column that had to be given a name of its own."""
    pairs = dict.fromkeys((old, new) for old, new in zip(names, new_names, strict=True) if old != new)
    return tuple(f"The column {old} comes more than once; one of them is called {new} here." for old, new in pairs)


class RowReader:
    """Reads row after row, and keeps every column that any of them has.

    Rows of one table may differ in their columns: a cell that a row lacks is empty. A column that stands twice in a row
    is kept under a name of its own, and told of in the warnings.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._tags: list[str] = []
        self._order: tuple[int, ...] | None = None
        self._shapes: dict[tuple[str, ...], tuple[int, ...] | None] = {}
        self._at: dict[str, int] = {}
        self._warnings: dict[str, None] = {}
        self._count = 0
        self.positions: Mapping[str, int] = MappingProxyType({})

    def read(self, row: Element) -> tuple[str, ...]:
        """The texts of a row, in the order of the columns that are known by now.

        Raises :class:`ReplyInvalid` where a cell holds elements, which a table cannot.
        """
        self._count += 1
        cells = list(row)
        tags = list(map(_TAG, cells))
        if tags != self._tags:
            self._turn_to(tags)
        if any(map(len, cells)):
            raise ReplyInvalid("A cell holds elements instead of text", where=f"{self._place}, row {self._count}")
        texts = list(map(_TEXT, cells))
        if None in texts:
            texts = [text or "" for text in texts]
        return tuple(texts) if self._order is None else self._ordered(texts)

    def row(self, element: Element) -> Row:
        """A row under the columns that are known by now."""
        texts = self.read(element)
        return Row(self.positions, texts + ("",) * (len(self._at) - len(texts)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that are known by now."""
        return tuple(self._at)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the columns."""
        return tuple(self._warnings)

    def table(self, name: str, rows: Sequence[tuple[str, ...]]) -> Table:
        """All rows as a table, those with fewer columns filled up."""
        width = len(self._at)
        whole = (texts if len(texts) == width else texts + ("",) * (width - len(texts)) for texts in rows)
        return Table(name, self.columns, tuple([Row(self.positions, texts) for texts in whole]), self.warnings)

    def _turn_to(self, tags: list[str]) -> None:
        shape = tuple(tags)
        if shape not in self._shapes:
            self._shapes[shape] = self._learn(shape)
        self._tags, self._order = tags, self._shapes[shape]

    def _learn(self, shape: tuple[str, ...]) -> tuple[int, ...] | None:
        local = [tag.rpartition("}")[2] for tag in shape]
        names = distinct(local)
        self._warnings |= dict.fromkeys(note_doubled(local, names))
        order = tuple([self._at.setdefault(name, len(self._at)) for name in names])
        self.positions = MappingProxyType(dict(self._at))
        return None if order == tuple(range(len(order))) else order

    def _ordered(self, texts: list[str]) -> tuple[str, ...]:
        whole = [""] * len(self._at)
        for place, text in zip(self._order or (), texts, strict=True):
            whole[place] = text
        return tuple(whole)


require_extra("frames", "polars")


def frame_of_rows(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    """A frame of texts, one column for each column of the table."""
    import polars as pl

    return pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String), orient="row")


def frame_of_records(items: Sequence[object]) -> pl.DataFrame:
    """A frame with a column for each field, and for each column that a field of :func:`rest` keeps one of text.

    So the frame of our own records is flat, and can be written in every format that polars knows. A kept column that is
    called like a field gets ``_1`` behind its name. Raises :class:`UsageError` for records that are not attrs classes.
    """
    import polars as pl

    if not items:
        return pl.DataFrame()
    kind = type(items[0])
    if not attrs.has(kind):
        raise UsageError(f"{kind.__name__} is not an attrs class")
    fields = attrs.fields(kind)
    columns = [(each.name, [getattr(item, each.name) for item in items]) for each in fields if not is_rest(each)]
    for each in filter(is_rest, fields):
        columns += _kept([getattr(item, each.name) for item in items])
    titles = distinct([title for title, _ in columns])
    return pl.DataFrame(dict(zip(titles, (values for _, values in columns), strict=True)), strict=False)


def _kept(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, list[object]]]:
    """What mappings of text hold, by column; what one of them lacks is empty, as everywhere in these tables."""
    titles = dict.fromkeys(title for row in rows for title in row)
    return [(title, [row.get(title, "") for row in rows]) for title in titles]
