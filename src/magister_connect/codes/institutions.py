"""DUO's basic data of institutions: a zip with three tables and the full history, as an index by day.

Documented: the archive contains ``ORGANISATIES``, ``RELATIES`` and ``OVERGANGEN``, each with the day in its name. Days
are dd-mm-yyyy. Every record has ``DT_BEGIN_RECORD``, ``DT_EINDE_RECORD`` and ``CODE_STAND_RECORD``; a transition has
``IND_VOLLEDIG``. The other names in :class:`InstitutionColumns` are inferred: if one is missing, the error lists the
columns of the file. Whether ``DT_EINDE_RECORD`` is the last day or the day after is unknown, so you must state it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from magister_connect.codes.sources import CodeFile, Source, file_of, read_table, require_columns, require_rows, unpack
from magister_connect.core.extras import require_extra
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.values import DUTCH_WORDS, to_boolean, to_optional_day
from magister_connect.crosswalk import Crosswalk, Link, Period, Succession, Successors
from magister_connect.crosswalk.links import require_day
from magister_connect.errors import DocumentInvalid, FieldInvalid, MappingError, Reason, Responsible
from magister_connect.identifiers import Brin, Identifier, RioOnderwijsaanbieder, RioOnderwijsbestuur, Vestigingscode

if TYPE_CHECKING:
    import polars as pl

_TABLES: Final = ("ORGANISATIES", "RELATIES", "OVERGANGEN")
_NAME: Final = re.compile(r"(?:.*/)?(ORGANISATIES|RELATIES|OVERGANGEN)_?([0-9]{8})?\.csv", re.IGNORECASE)
_KINDS: Final = (Brin, Vestigingscode, RioOnderwijsaanbieder, RioOnderwijsbestuur)
_BEGIN, _UNTIL, _ROW = " begin", " until", " row"  # our own columns: a published name has no leading blank
_MARK: Final = b"\xef\xbb\xbf"
_PLAIN_DAYS: Final = (dt.date(1900, 1, 2), dt.date(9999, 12, 30))  # other days can mean "no date"


@frozen(kw_only=True)
class InstitutionColumns:
    """The columns of the three tables. ``begin``, ``until``, ``state`` and ``complete`` are documented names."""

    code: str = "NR_ADMINISTRATIE"
    title: str = "NAAM_VOLLEDIG"
    begin: str = "DT_BEGIN_RECORD"
    until: str = "DT_EINDE_RECORD"
    state: str = "CODE_STAND_RECORD"
    left: str = "NR_ADMINISTRATIE"
    right: str = "NR_ADMINISTRATIE_2"
    relation: str = "CODE_FUNCTIE"
    old: str = "NR_ADMINISTRATIE_VAN"
    new: str = "NR_ADMINISTRATIE_NAAR"
    complete: str = "IND_VOLLEDIG"


@frozen
class InstitutionRecord(PlainData):
    """An organisation during a period: its code, its name, and all cells of the record."""

    code: str
    title: str
    period: Period
    state: str = ""
    cells: Mapping[str, str] = field(factory=FrozenDict, repr=False)


@frozen
class InstitutionRelation(PlainData):
    """Two related organisations during a period. ``sort`` is the code of the relation."""

    left: str
    right: str
    sort: str
    period: Period


class Institutions(SafeRepr):
    """The institutions of the country, their relations and their transitions, on any day.

    Rows are stored as columns, and become records when you read them. Codes are identifiers or their text.
    ``published`` is the day in the names of the files.
    """

    def __init__(
        self,
        organisations: _History,
        relations: _History,
        transitions: _History,
        columns: InstitutionColumns,
        *,
        published: dt.date | None = None,
    ) -> None:
        self._organisations, self._relations, self._transitions = organisations, relations, transitions
        self._columns = columns
        self.published = published

    @classmethod
    def read(
        cls,
        source: Source,
        *,
        inclusive_until: bool,
        columns: InstitutionColumns | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
    ) -> Institutions:
        """Read the zip as DUO publishes it (extra ``frames``).

        ``inclusive_until`` states whether a record is still valid on its last day. Raises :class:`DocumentInvalid` if
        the source is another kind of file, is truncated or too large, or has files of several days. Raises it too for a
        table with another layout (with a list of its columns), and for a day that cannot be read.
        """
        require_extra("frames", "polars")
        names = columns or InstitutionColumns()
        file = file_of(source)
        members, published = _members(file)
        wanted = (
            ((names.code,), (names.title, names.state)),
            ((names.left, names.right), (names.relation,)),
            ((names.old, names.new), (names.complete,)),
        )
        organisations, relations, transitions = (
            _History(_frame(member, codes, others, names, encoding, delimiter), codes[0], inclusive=inclusive_until)
            for member, (codes, others) in zip(members, wanted, strict=True)
        )
        require_rows(organisations.rows, members[0].name)
        organisations.index(names.code)
        return cls(organisations, relations, transitions, names, published=published)

    def __len__(self) -> int:
        return len(self._organisations)

    def __contains__(self, code: Identifier | str) -> bool:
        return str(code) in self._organisations

    def __repr__(self) -> str:
        return f"<Institutions: {len(self)} codes, {self._organisations.rows} records, published {self.published}>"

    def history(self, code: Identifier | str) -> tuple[InstitutionRecord, ...]:
        """Return all records of a code, earliest first."""
        names = self._columns
        return tuple(
            InstitutionRecord(str(code), cells[names.title], period, cells[names.state], FrozenDict(cells))
            for cells, period in self._organisations.by(names.code, str(code))
        )

    def record(self, code: Identifier | str, *, as_of: dt.date) -> InstitutionRecord:
        """Return the record of a code that is valid on a day.

        Raises :class:`MappingError` with the reason: ``unknown``, ``expired``, ``not_yet_valid``, or ``ambiguous`` if
        several records are valid.
        """
        require_day(as_of, "as_of")
        history = self.history(code)
        holding = [each for each in history if as_of in each.period]
        if len(holding) == 1:
            return holding[0]
        reason = _why(holding, history, as_of)
        raise MappingError(
            f"{len(holding)} records of institution {code} are valid on {as_of}",
            where="ORGANISATIES",
            responsible=Responsible.SENDER if holding else Responsible.YOU,
            advice=f"{'Report the overlap' if holding else 'Check the code and as_of'}; see history(code).",
        ).because(reason)

    def relations(self, code: Identifier | str, *, as_of: dt.date | None = None) -> tuple[InstitutionRelation, ...]:
        """Return the relations of an organisation, on a day or ever, on either side of the relation."""
        require_day(as_of, "as_of")
        names = self._columns
        found = [
            *self._relations.by(names.left, str(code)),
            *(row for row in self._relations.by(names.right, str(code)) if row[0][names.left] != str(code)),
        ]
        return tuple(
            InstitutionRelation(cells[names.left], cells[names.right], cells[names.relation], period)
            for cells, period in found
            if as_of is None or as_of in period
        )

    @cached_property
    def successions(self) -> tuple[Succession, ...]:
        """Return the transitions between two BRINs, two sites, or two RIO codes.

        They are complete if the table states it.
        """
        return tuple(self._each_succession())

    @cached_property
    def successors(self) -> Successors:
        """Return the graph of the transitions. Raises :class:`MappingError` (``conflict``) if it has a cycle."""
        return Successors(self.successions)

    def crosswalk(self) -> Crosswalk:
        """Return the relations and transitions of BRINs, sites and RIO codes as one crosswalk.

        A site is linked to the BRIN at the start of its code, for the periods of its records.
        """
        return Crosswalk([*self._site_links(), *self._relation_links()], successions=self.successions)

    @cached_property
    def overlaps(self) -> tuple[str, ...]:
        """Return the codes with two valid records on one day. Report them to DUO, or check ``inclusive_until``."""
        return self._organisations.overlaps()

    @property
    def empty(self) -> int:
        """Return how many rows of the three tables end before they begin.

        They are valid on no day, and in no result.
        """
        return sum(each.empty for each in (self._organisations, self._relations, self._transitions))

    def _each_succession(self) -> Iterator[Succession]:
        names = self._columns
        for cells, period in self._transitions.all():
            old, new = _identifier(cells[names.old]), _identifier(cells[names.new])
            if old is not None and new is not None and type(old) is type(new) and old != new:
                complete = to_boolean(cells[names.complete], f"OVERGANGEN/{names.complete}", DUTCH_WORDS)
                yield Succession(old, new, period.begin, complete=complete, source="OVERGANGEN")

    def _site_links(self) -> Iterator[Link]:
        for cells, period in self._organisations.all():
            site = _identifier(cells[self._columns.code])
            if isinstance(site, Vestigingscode):
                yield Link(site, site.brin, period, source="ORGANISATIES")

    def _relation_links(self) -> Iterator[Link]:
        names = self._columns
        for cells, period in self._relations.all():
            left, right = _identifier(cells[names.left]), _identifier(cells[names.right])
            if left is not None and right is not None and type(left) is not type(right):
                if {type(left), type(right)} == {Brin, Vestigingscode}:
                    continue  # the code of a site contains its BRIN
                yield Link(left, right, period, source="RELATIES")


def _identifier(text: str) -> Identifier | None:
    kind = next((each for each in _KINDS if each.is_valid(text)), None)
    return None if kind is None else kind.restore(text, "")


def _why(holding: list[InstitutionRecord], history: Iterable[InstitutionRecord], as_of: dt.date) -> Reason:
    if holding:
        return Reason.AMBIGUOUS
    periods = [each.period for each in history]
    if not periods:
        return Reason.UNKNOWN
    return Reason.NOT_YET_VALID if all(period.is_after(as_of) for period in periods) else Reason.EXPIRED


# -- columns and their index ----------------------------------------------------------------------------------------


class _Index:
    """The row numbers for each value of a column."""

    def __init__(self, frame: pl.DataFrame, column: str) -> None:
        rows = frame.lazy().select(column).with_row_index(_ROW).drop_nulls(column)
        groups = rows.group_by(column).agg(_ROW).collect()
        self._rows = groups[_ROW]
        self.places = dict(zip(groups[column].to_list(), range(groups.height), strict=True))

    def rows(self, value: str) -> pl.Series | None:
        place = self.places.get(value)
        return None if place is None else self._rows[place]


class _History:
    """Rows of one table, by the value of a column. A column is indexed when it is first used."""

    def __init__(self, frame: pl.DataFrame, key: str, *, inclusive: bool) -> None:
        self.frame, self.key, self.inclusive = frame, key, inclusive
        self._indexes: dict[str, _Index] = {}

    def index(self, column: str) -> _Index:
        if column not in self._indexes:
            self._indexes[column] = _Index(self.frame, column)
        return self._indexes[column]

    def __len__(self) -> int:
        return len(self.index(self.key).places)

    def __contains__(self, key: str) -> bool:
        return key in self.index(self.key).places

    @property
    def rows(self) -> int:
        return self.frame.height

    def by(self, column: str, value: str) -> Iterator[tuple[dict[str, str], Period]]:
        if (rows := self.index(column).rows(value)) is not None:
            yield from self._records(self.frame[rows].sort(_BEGIN, nulls_last=False, maintain_order=True))

    def all(self) -> Iterator[tuple[dict[str, str], Period]]:
        yield from self._records(self.frame)

    def _records(self, rows: pl.DataFrame) -> Iterator[tuple[dict[str, str], Period]]:
        for row in rows.iter_rows(named=True):
            begin, until = row.pop(_BEGIN), row.pop(_UNTIL)
            if not self._is_empty(begin, until):
                cells = {name: text or "" for name, text in row.items()}
                yield cells, Period.through(begin, until) if self.inclusive else Period(begin, until)

    def _is_empty(self, begin: dt.date | None, until: dt.date | None) -> bool:
        return begin is not None and until is not None and (until < begin or (until == begin and not self.inclusive))

    @property
    def empty(self) -> int:
        late = self.frame[_UNTIL] < self.frame[_BEGIN] if self.inclusive else self.frame[_UNTIL] <= self.frame[_BEGIN]
        return int(late.sum() or 0)

    def overlaps(self) -> tuple[str, ...]:
        import polars as pl

        day = pl.col(_UNTIL).dt.offset_by("1d") if self.inclusive else pl.col(_UNTIL)
        held = self.frame.sort(self.key, _BEGIN, nulls_last=False).select(
            self.key, _BEGIN, end=day.fill_null(dt.date.max)
        )
        held = held.filter(pl.col(_BEGIN).is_null() | (pl.col(_BEGIN) < pl.col("end")))
        latest = pl.col("end").cum_max().shift().over(self.key)
        found = held.filter(pl.col(_BEGIN).fill_null(dt.date.min) < latest)
        return tuple(found[self.key].unique(maintain_order=True))


def _members(file: CodeFile) -> tuple[list[CodeFile], dt.date | None]:
    """Return the three tables of the archive, and the day in their names."""
    archive = unpack(file)
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in _TABLES}
    for path in archive:
        if match := _NAME.fullmatch(path):
            found[match[1].upper()].append((path, match[2] or ""))
    if wrong := [f"{name} ({len(each)})" for name, each in found.items() if len(each) != 1]:
        raise DocumentInvalid(
            f"The archive must contain one file of each table; it has another number for {', '.join(wrong)}",
            where=file.name,
            responsible=Responsible.YOU,
            advice=f"Use the zip of basic data with full history. This one holds {', '.join(archive) or 'nothing'}.",
        )
    days = {day for ((_, day),) in found.values()}
    if len(days) > 1:
        raise DocumentInvalid(
            f"The tables in the archive are of several days: {', '.join(sorted(days))}", where=file.name
        )
    members = [CodeFile(f"{file.name}/{path}", archive[path]()) for ((path, _),) in found.values()]
    return members, _day_of(days.pop())


def _day_of(digits: str) -> dt.date | None:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) if digits else None
    except ValueError:
        return None


def _frame(
    file: CodeFile,
    codes: Iterable[str],
    others: Iterable[str],
    names: InstitutionColumns,
    encoding: str | None,
    delimiter: str | None,
) -> pl.DataFrame:
    """Read a table as text columns, and its two days as dates.

    Uses polars, or reads line by line if polars refuses it.
    """
    import polars as pl

    frame = _read_at_once(file.content.removeprefix(_MARK), delimiter) if encoding is None else None
    if frame is None:  # read_table reports the wrong line, or handles files of spreadsheets
        table = read_table(file, delimiter=delimiter, encoding=encoding)
        columns = {name: [row[name] for row in table] for name in table.columns}
        frame = pl.DataFrame(columns, schema=dict.fromkeys(table.columns, pl.String))
    require_columns(frame.columns, (*codes, *others, names.begin, names.until), file.name)
    return frame.with_columns(
        pl.col(codes).str.strip_chars(),
        _days(frame[names.begin], file.name).alias(_BEGIN),
        _days(frame[names.until], file.name).alias(_UNTIL),
    )


def _read_at_once(content: bytes, delimiter: str | None) -> pl.DataFrame | None:
    """Read a table with polars.

    Returns ``None`` if polars refuses it, has to fill short lines, or a spreadsheet saved it.
    """
    import polars as pl

    head = content[: content.find(b"\n") + 1 or len(content)].decode("latin-1")
    mark = delimiter or max(";,\t", key=head.count)
    quoted = b'"' in content  # searching one byte is ten times faster than two
    if '"' in head or head.lower().startswith("sep=") or (quoted and b'="' in content):
        return None
    try:
        frame = pl.read_csv(content, separator=mark, infer_schema=False)
    except (pl.exceptions.PolarsError, ValueError, TypeError):
        return None
    return frame if content.count(mark.encode()) == (frame.width - 1) * (frame.height + 1) else None


def _days(texts: pl.Series, where: str) -> pl.Series:
    """Parse dates: the publisher's form for the whole column at once, and each other distinct text once."""
    import polars as pl

    days = texts.str.to_date("%d-%m-%Y", strict=False)  # polars reads "15" as the year 15
    plain = days.is_between(*_PLAIN_DAYS).fill_null(texts.is_null() | (texts == ""))
    if plain.all():
        return days
    known: dict[str, dt.date | None] = {}
    for text in texts.filter(~plain).unique():
        try:
            known[text] = to_optional_day(text, texts.name)
        except FieldInvalid as error:
            line = (texts == text).arg_max()
            raise DocumentInvalid(error.what, where=f"{where}/{texts.name}", line=(line or 0) + 2) from None
    return days.zip_with(plain, texts.replace_strict(known, default=None, return_dtype=pl.Date))
