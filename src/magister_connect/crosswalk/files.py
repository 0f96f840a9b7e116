"""Store a crosswalk in files: CSV and SQLite here, Parquet in ``frames``. All use one format, with text in every cell.

The last row states the format, the number of rows and their hash. So a file that was cut off, sorted or saved by a
spreadsheet is refused. Nothing becomes a number (``00001`` stays as it is). The files contain numbers in plain text:
pass the audience they are for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol, TypeVar

from magister_connect.core.boundary import file_boundary
from magister_connect.core.storage.sqlite_files import LOCK_PATIENCE, read_table, write_table
from magister_connect.core.tables.text_tables import TextRow as TextRow
from magister_connect.core.tables.text_tables import TextTable as TextTable
from magister_connect.core.tables.text_tables import read_text_table as read_text_table
from magister_connect.core.tables.text_tables import write_text_table
from magister_connect.core.values import to_date, to_datetime
from magister_connect.crosswalk.audiences import SCHOOL, Audience
from magister_connect.crosswalk.links import Link, Period, Succession
from magister_connect.crosswalk.table import Crosswalk
from magister_connect.errors import DocumentInvalid, MagisterConnectError
from magister_connect.identifiers import restore

FORMAT: Final = "magister-connect crosswalk 1"
COLUMNS: Final = (
    "relation",
    "left_kind",
    "left_realm",
    "left",
    "right_kind",
    "right_realm",
    "right",
    "valid_from",
    "valid_until",
    "location",
    "source",
    "seen_at",
    "confidence",
    "decided_by",
    "born",
)
_TABLE: Final = "crosswalk"
_LINK: Final = "link"
_SUCCESSION: Final = "succession"
_PARTIAL: Final = "partial succession"
_END: Final = "end"
NOT_OURS: Final = (
    "Pass a file of write_csv(), write_sqlite() or write_parquet(). Read a table of a school with build_links()."
)
_WRITE_IT_ANEW: Final = "Write the crosswalk again with this version, and do not open the file with another program."
Row = tuple[str, ...]
T = TypeVar("T")


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...


def rows_of(crosswalk: Crosswalk, audience: Audience = SCHOOL) -> Iterator[Row]:
    """Yield the rows of the format. Raises :class:`UsageError` if the audience may not have a number."""
    audience.check(crosswalk.identifiers)
    digest, count = hashlib.sha256(), 0
    for row in (*map(_link_row, crosswalk.links), *map(_succession_row, crosswalk.successors.successions)):
        _add(digest, row)
        count += 1
        yield row
    _add(digest, (crosswalk.cardinality,))
    yield _padded(_END, FORMAT, crosswalk.cardinality, str(count), "sha256", "", digest.hexdigest())


@file_boundary.around
def crosswalk_from_rows(rows: Iterable[Sequence[object]]) -> Crosswalk:
    """Build a crosswalk from rows. Raises :class:`DocumentInvalid` if the last row does not match the others."""
    *body, end = [_texts(row) for row in rows] or [()]
    if len(end) != len(COLUMNS) or end[0] != _END:
        raise DocumentInvalid(
            "The last row is missing: the file was cut off or sorted", where="crosswalk", advice=_WRITE_IT_ANEW
        )
    if end[1] != FORMAT:
        raise DocumentInvalid(
            "The file has a different version of the format", where="crosswalk", advice=_WRITE_IT_ANEW
        )
    _check_sum(body, end)
    links = [_read(_link, row, place) for place, row in enumerate(body) if row[0] == _LINK]
    others = {_SUCCESSION, _PARTIAL}
    successions = [_read(_succession, row, place) for place, row in enumerate(body) if row[0] in others]
    return Crosswalk(links, successions=successions, cardinality=end[2])


def write_csv(crosswalk: Crosswalk, path: str | os.PathLike[str], *, audience: Audience = SCHOOL) -> None:
    """Write a crosswalk as CSV. Raises :class:`UsageError` if the audience may not have a number."""
    Path(path).write_text(write_text_table(COLUMNS, rows_of(crosswalk, audience)), encoding="utf-8", newline="")


@file_boundary.around
def read_csv(path: str | os.PathLike[str]) -> Crosswalk:
    """Read a file of :func:`write_csv`.

    Raises :class:`DocumentInvalid` if it was changed since, and :class:`FileNotFoundError` if it does not exist.
    """
    table = read_text_table(path, delimiter=",")
    if table.columns != COLUMNS:
        raise DocumentInvalid("The file has other columns than a crosswalk", line=1, advice=NOT_OURS)
    return crosswalk_from_rows(tuple(row.cells.values()) for row in table)


def write_sqlite(
    crosswalk: Crosswalk,
    path: str | os.PathLike[str],
    *,
    audience: Audience = SCHOOL,
    patience: float = LOCK_PATIENCE,
) -> None:
    """Write a crosswalk into the table ``crosswalk`` of an SQLite file, and replace an older one.

    Only the owner can read a new file. ``patience`` is how many seconds to wait for another process that has locked it.
    Raises :class:`UsageError` if the audience may not have a number, and :class:`StoreFailed` if the file cannot be
    written.
    """
    write_table(path, _TABLE, COLUMNS, rows_of(crosswalk, audience), patience=patience)


@file_boundary.around
def read_sqlite(path: str | os.PathLike[str]) -> Crosswalk:
    """Read a file of :func:`write_sqlite`.

    Raises :class:`DocumentInvalid` if it was changed since, :class:`StoreFailed` while another process has it locked,
    and :class:`FileNotFoundError` if it does not exist.
    """
    try:
        rows = read_table(path, _TABLE, COLUMNS)
    except DocumentInvalid as error:
        error.advice = NOT_OURS
        raise
    return crosswalk_from_rows(rows)


def _padded(*cells: str) -> Row:
    return (*cells, *[""] * (len(COLUMNS) - len(cells)))


def _link_row(link: Link) -> Row:
    return (
        _LINK,
        link.left.kind,
        link.left.realm,
        link.left.reveal(),
        link.right.kind,
        link.right.realm,
        link.right.reveal(),
        _iso(link.period.begin),
        _iso(link.period.end),
        link.location or "",
        link.source,
        _iso(link.seen_at),
        repr(link.confidence),
        link.decided_by or "",
        _iso(link.born),
    )


def _succession_row(one: Succession) -> Row:
    relation = _SUCCESSION if one.complete else _PARTIAL
    old, new = one.old, one.new
    sides = (old.kind, old.realm, old.reveal(), new.kind, new.realm, new.reveal())
    return _padded(relation, *sides, _iso(one.on), "", "", one.source)


def _iso(moment: dt.date | None) -> str:
    return "" if moment is None else moment.isoformat()


def _add(digest: _Digest, row: Sequence[str]) -> None:
    digest.update("\x1f".join(row).encode("utf-8", "surrogatepass") + b"\x1e")


def _texts(row: Sequence[object]) -> Row:
    texts = tuple(cell for cell in row if isinstance(cell, str))
    if len(texts) != len(row):
        raise DocumentInvalid("A cell does not contain text", where="crosswalk", advice=_WRITE_IT_ANEW)
    return texts


def _check_sum(body: Sequence[Row], end: Row) -> None:
    digest = hashlib.sha256()
    for row in body:
        _add(digest, row)
    _add(digest, (end[2],))
    if str(len(body)) != end[3] or digest.hexdigest() != end[6]:
        raise DocumentInvalid(
            "The file was changed after it was written",
            where="crosswalk",
            advice="Change the source and build the crosswalk again; a spreadsheet changes numbers and dates.",
        )


def _read(read: Callable[[Row], T], row: Row, place: int) -> T:
    try:
        return read(row)
    except (MagisterConnectError, ValueError) as error:
        reason = error.what if isinstance(error, MagisterConnectError) else "a number was expected"
    raise DocumentInvalid(f"A row cannot be read: {reason}", where=f"row {place + 1}")


def _link(row: Row) -> Link:
    return Link(
        restore(row[1], row[2], row[3]),
        restore(row[4], row[5], row[6]),
        Period(_date(row[7]), _date(row[8])),
        source=row[10],
        seen_at=to_datetime(row[11], "seen_at") if row[11] else None,
        confidence=float(row[12]),
        location=row[9] or None,
        decided_by=row[13] or None,
        born=_date(row[14]),
    )


def _succession(row: Row) -> Succession:
    old, new = restore(row[1], row[2], row[3]), restore(row[4], row[5], row[6])
    return Succession(old, new, _date(row[7]), complete=row[0] == _SUCCESSION, source=row[10])


def _date(text: str) -> dt.date | None:
    return to_date(text, "date") if text else None
