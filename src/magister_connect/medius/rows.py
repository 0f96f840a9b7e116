"""Rows of an XML table, in one pass over their cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from magister_connect.errors import ReplyInvalid
from magister_connect.markup import Element
from magister_connect.medius.table import Row, Table

__all__ = ["RowReader", "distinct", "note_doubled"]

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
