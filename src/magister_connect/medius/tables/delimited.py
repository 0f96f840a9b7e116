"""Tables as text: cells separated by ``;`` (CSV) or tabs, with one header row.

Observed: UTF-8 with a byte-order mark in 2024, and windows-1252 with line ends CR CR LF in 2013. It is unknown how a
``;``, a quotation mark or a line break inside a cell is written. Every known client reads double quotes in the usual
way, and so does this module by default. ``quoted=False`` reads them as plain characters.

Each row must have as many cells as the header. A row with more or fewer is an error, or is kept apart on request. The
last row must always be complete, because that shows whether the response broke off. Control characters become U+FFFD,
as in XML.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from typing import Final, Literal

from magister_connect.core.records.unreadable import UnreadableRecords
from magister_connect.core.repairs import REPLACEMENT
from magister_connect.errors import FieldInvalid, ReplyInvalid, Responsible
from magister_connect.medius.tables.table import distinct, note_doubled

_MARK: Final = codecs.BOM_UTF8
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


class DelimitedReader:
    """Push bytes in, take rows of text out. ``columns`` is set after the header has been read.

    ``encoding`` is the requested one; ``"ANSI"`` means windows-1252. A byte-order mark overrides it.
    """

    def __init__(
        self,
        place: str,
        delimiter: str,
        encoding: str | None = None,
        *,
        quoted: bool = True,
        unreadable: UnreadableRecords | None = None,
    ) -> None:
        self.columns: tuple[str, ...] | None = None
        self.warnings: tuple[str, ...] = ()
        self._place = place
        self._delimiter = delimiter
        self._ansi = (encoding or "").upper() == "ANSI"
        self._quoted = quoted
        self._decoder: codecs.IncrementalDecoder | None = None
        self._head = b""
        self._rest = ""
        self._lines: list[str] = []
        self._count = 0
        self._unreadable = unreadable or UnreadableRecords()
        self._odd: tuple[FieldInvalid, list[str]] | None = None
        self._replaced = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Descriptions of the repairs."""
        if not self._replaced:
            return ()
        return (f"{self._replaced} control characters were replaced by U+FFFD.",)

    def feed(self, chunk: bytes) -> Iterator[tuple[str, ...]]:
        """Push bytes, and yield the rows that they finish. Use up the iterator before the next feed."""
        *lines, self._rest = (self._rest + self._decode(chunk)).split("\n")
        self._lines += [f"{line}\n" for line in lines]
        return self._rows(last=False)

    def close(self) -> Iterator[tuple[str, ...]]:
        """Mark the end of the bytes. Raises :class:`ReplyInvalid` for an incomplete row."""
        self._rest += self._decode(b"", last=True)
        if self._rest:
            self._lines.append(self._rest)
        yield from self._rows(last=True)
        if self._odd is not None:
            raise self._odd[0].under(f"{self._place}, row {self._count}")
        if self.columns is None:
            raise ReplyInvalid("The response is empty, without the names of the columns", where=self._place)

    def _decode(self, chunk: bytes, *, last: bool = False) -> str:
        if self._decoder is None:
            chunk = self._head = self._head + chunk
            if len(chunk) < len(_MARK) and not last:
                return ""
            marked = chunk.startswith(_MARK)
            self._decoder = codecs.getincrementaldecoder("cp1252" if self._ansi and not marked else "utf-8-sig")()
        try:
            text = self._decoder.decode(chunk, last)
        except UnicodeDecodeError:
            pass
        else:
            if _CONTROL.search(text):
                text, count = _CONTROL.subn(REPLACEMENT, text)
                self._replaced += count
            return text
        raise ReplyInvalid(
            "The response has another encoding than requested",
            where=self._place,
            responsible=Responsible.YOU,
            advice='Request the other encoding: encoding="ANSI" for windows-1252, or encoding="UTF-8".',
        )

    def _rows(self, *, last: bool) -> Iterator[tuple[str, ...]]:
        lines, self._lines = self._lines, []
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if self._quoted else csv.QUOTE_NONE
        reader = csv.reader(iter(lines), delimiter=self._delimiter, quoting=quoting, strict=True)
        done, problem = 0, None
        try:
            for cells in reader:
                done = reader.line_num
                if (row := self._checked(cells)) is not None:
                    yield row
        except csv.Error as error:
            problem = error
        if problem is not None:
            if last or reader.line_num < len(lines):
                raise self._complaint(problem)
            self._lines = lines[done:]  # the cell continues in a line that has not arrived

    def _checked(self, cells: list[str]) -> tuple[str, ...] | None:
        if self.columns is None:
            self.columns = distinct(cells)
            self.warnings = note_doubled(cells, self.columns)
            return None
        if not cells:  # a blank line: an empty cell if there is one column, else ignored
            return ("",) if len(self.columns) == 1 else None
        if self._odd is not None:  # it was not the last one
            self._keep(*self._odd)
        self._count += 1
        if len(cells) != len(self.columns):
            what = f"A row has {len(cells)} cells where there are {len(self.columns)} columns"
            self._odd = FieldInvalid(what), cells
            if not self._unreadable.keeps:
                self._keep(*self._odd)
            return None
        return tuple(cells)

    def _keep(self, error: FieldInvalid, cells: list[str]) -> None:
        self._odd = None
        self._unreadable.add(error, place=f"{self._place}, row {self._count}", raw=cells)

    def _complaint(self, problem: csv.Error) -> ReplyInvalid:
        large = "field limit" in str(problem)
        what = (
            f"A cell is larger than {csv.field_size_limit()} characters"
            if large
            else "A cell is not written as it should be"
        )
        advice = "Request XML instead." if large else "Does this server use quotation marks? If not, pass quoted=False."
        return ReplyInvalid(what, where=f"{self._place}, row {self._count + 1}", advice=advice)
