"""Resolve columns of a frame with a crosswalk, and store crosswalks in Parquet.

The answer for an identifier changes only on days when one of its links or successions begins or ends. So each
identifier is resolved once for each period in between, and the frame is joined with the answers. A million rows cost
little more than the join.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from magister_connect.core.boundary import file_boundary
from magister_connect.core.extras import require_extra
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.crosswalk.answers import Match
from magister_connect.crosswalk.audiences import SCHOOL, Audience
from magister_connect.crosswalk.building import Column
from magister_connect.crosswalk.files import COLUMNS, NOT_OURS, crosswalk_from_rows, rows_of
from magister_connect.crosswalk.links import require_day
from magister_connect.crosswalk.reports import EXAMPLES, MATCHED, MISSING, ResolutionReport, outcome_of
from magister_connect.crosswalk.table import Crosswalk
from magister_connect.errors import DocumentInvalid, MappingError, Reason, UsageError
from magister_connect.identifiers import Bsn, Identifier, Onderwijsnummer, Pgn, Stamnummer, kind_named
from magister_connect.identifiers.frames import pgn_kind

if TYPE_CHECKING:
    import polars as pl

require_extra("frames", "polars")


_TEXT: Final = "__magister_connect_text"
_DAY: Final = "__magister_connect_day"
_PLACE: Final = "__magister_connect_place"
_Answer: TypeAlias = tuple[str, dt.date, str | None, str]


def resolve_many(
    frame: pl.DataFrame,
    crosswalk: Crosswalk,
    *,
    of: Column,
    to: type[Identifier] | str,
    as_of: dt.date | str | None,
    scope: str | None = None,
    location: str | None = None,
    via: Sequence[type[Identifier] | str] = (),
    least_confidence: float = 0.0,
    result: str = "resolved",
    outcome: str = "outcome",
) -> tuple[pl.DataFrame, ResolutionReport]:
    """Resolve a column. Returns the frame with the columns ``result`` and ``outcome``, and a report.

    ``of`` names the text column with the identifiers, their type and scope. ``to`` is the requested kind. ``as_of`` is
    a day, the name of a date column with the day of the event in each row, or ``None`` for any day. ``scope``,
    ``location``, ``via`` and ``least_confidence`` are as in :meth:`Crosswalk.resolve`.

    The column ``result`` contains text or null. The column ``outcome`` is ``matched``, ``missing`` or the reason. The
    rows keep their order. The frame contains numbers in plain text; the report contains none. Raises
    :class:`UsageError` for a column that is missing, has another type, or would be overwritten.
    """
    import polars as pl

    _check_kinds(frame, of)
    _check_columns(frame, of, as_of)
    _check_new_columns(frame, result, outcome)
    steps = tuple(kind_named(kind) if isinstance(kind, str) else kind for kind in (*via, to))
    question = _Question(crosswalk, of, steps, scope, location, least_confidence)
    day = pl.col(as_of) if isinstance(as_of, str) else pl.lit(as_of or dt.date.min, dtype=pl.Date)
    asked = frame.select(pl.col(of.name).alias(_TEXT), day.alias(_DAY)).with_row_index(_PLACE)
    texts = question.worth_asking(asked.get_column(_TEXT).drop_nulls().unique())
    stretches = question.stretches(texts) if isinstance(as_of, str) else question.moment(texts, as_of)
    answered = _joined(asked, stretches, of.kind)
    found = frame.with_columns(answered.get_column("target").alias(result), answered.get_column("why").alias(outcome))
    return found, _report(found, of, outcome)


def write_parquet(crosswalk: Crosswalk, path: str | os.PathLike[str], *, audience: Audience = SCHOOL) -> None:
    """Write a crosswalk as Parquet, with text in every cell; see ``files``."""
    import polars as pl

    rows = list(rows_of(crosswalk, audience))
    pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row").write_parquet(Path(path))


@file_boundary.around
def read_parquet(path: str | os.PathLike[str]) -> Crosswalk:
    """Read a file of :func:`write_parquet`.

    Raises :class:`DocumentInvalid` if it was changed since, and :class:`FileNotFoundError` if it does not exist.
    """
    import polars as pl

    table: pl.DataFrame | None = None
    with suppress(pl.exceptions.PolarsError, pl.exceptions.PanicException):  # PanicException is not an Exception
        table = pl.read_parquet(Path(path))
    if table is None:
        raise DocumentInvalid("The file is not a Parquet file", where=Path(path).name, advice=NOT_OURS)
    if tuple(table.columns) != COLUMNS or set(table.dtypes) != {pl.String()}:
        raise DocumentInvalid("The file has other columns than a crosswalk", where=Path(path).name, advice=NOT_OURS)
    return crosswalk_from_rows(table.iter_rows())


def _check_kinds(frame: object, of: object) -> None:
    import polars as pl

    if not isinstance(frame, pl.DataFrame) or not isinstance(of, Column):
        raise UsageError(
            "A frame of polars and a Column were expected",
            where="resolve_many",
            advice="Pass polars.from_pandas(frame), and of=Column(name, kind, scope).",
        )


def _check_columns(frame: pl.DataFrame, of: Column, as_of: dt.date | str | None) -> None:
    import polars as pl

    if frame.schema.get(of.name) != pl.String():
        raise UsageError(
            "The column of identifiers is not text", where=of.name, advice="Read the file with infer_schema=False."
        )
    if isinstance(as_of, str) and frame.schema.get(as_of) != pl.Date():
        raise UsageError(
            "The column of days does not contain dates",
            where=as_of,
            advice="Convert text with str.to_date(), and moments with dt.date().",
        )
    if isinstance(as_of, str) and frame.get_column(as_of).null_count():
        raise UsageError(
            "Rows without a day cannot be resolved",
            where=as_of,
            advice="Resolve these rows separately, with as_of=None or a day of your choice.",
        )
    if not isinstance(as_of, str):
        require_day(as_of, "as_of")


def _check_new_columns(frame: pl.DataFrame, result: str, outcome: str) -> None:
    names = [*frame.columns, result, outcome]
    taken = next((name for name in (result, outcome) if names.count(name) > 1), None)
    if taken is not None:
        raise UsageError(
            "A column with this name exists already",
            where=taken,
            advice="Name the new columns: resolve_many(..., result=..., outcome=...).",
        )


@frozen
class _Question:
    """The same question for many texts. The answers are rows of text, first day, target and outcome.

    ``steps`` are the kinds to go through; the last is the requested kind.
    """

    crosswalk: Crosswalk
    of: Column
    steps: tuple[type[Identifier], ...]
    scope: str | None
    location: str | None
    least_confidence: float

    def worth_asking(self, texts: pl.Series) -> list[str]:
        """Return the texts that the crosswalk contains, or that are not well-formed.

        All others are known to be unknown.
        """
        import polars as pl

        known = pl.Series([one.reveal() for one in self.crosswalk.identifiers], dtype=pl.String)
        frame = texts.to_frame(_TEXT)
        worth = pl.col(_TEXT).is_in(known.implode()) | _plain_outcome(self.of.kind, pl.col(_TEXT)).is_null()
        return frame.filter(worth).get_column(_TEXT).to_list()

    def moment(self, texts: Iterable[str], as_of: dt.date | None) -> Iterator[_Answer]:
        """Yield one answer for each text."""
        for text in texts:
            identifier, why = self._read(text)
            yield (
                (text, dt.date.min, None, why)
                if identifier is None
                else self._ask(text, identifier, as_of, dt.date.min)
            )

    def stretches(self, texts: Iterable[str]) -> Iterator[_Answer]:
        """Yield an answer for each text and each period in which it stays the same."""
        for text in texts:
            identifier, why = self._read(text)
            if identifier is None:
                yield text, dt.date.min, None, why
                continue
            yield from (self._ask(text, identifier, day, day) for day in self._turning_days(identifier))

    def _read(self, text: str) -> tuple[Identifier | None, str]:
        try:
            reading = self.of.read(text)
        except MappingError as error:
            return None, str(error.reason or Reason.MALFORMED)
        return (None, MISSING) if reading is None else (reading.identifier, "")

    def _ask(self, text: str, identifier: Identifier, as_of: dt.date | None, first: dt.date) -> _Answer:
        *via, to = self.steps
        answer = self.crosswalk.resolve(
            identifier,
            to=to,
            as_of=as_of,
            scope=self.scope,
            location=self.location,
            via=via,
            least_confidence=self.least_confidence,
        )
        return text, first, answer.target.reveal() if isinstance(answer, Match) else None, outcome_of(answer)

    def _turning_days(self, identifier: Identifier) -> list[dt.date]:
        """Return the first day, and the days when a link or succession reachable from ``identifier`` begins or ends."""
        successors = self.crosswalk.successors
        days: set[dt.date | None] = {dt.date.min, *(one.on for one in successors.successions)}
        here = {identifier}
        for kind in self.steps:
            around = {one for start in here for one in successors.connected(start)}
            links = [(one, link) for one in around for link in self.crosswalk.links_of(one)]
            days |= {day for _, link in links for day in (link.period.begin, link.period.end)}
            ends = {link.other_side(one) for one, link in links}
            here = {near for end in ends for near in successors.connected(end) if isinstance(near, kind)}
            here |= {one for one in around if isinstance(one, kind)}
        return sorted(day for day in days if day is not None)


def _plain_outcome(kind: type[Identifier], text: pl.Expr) -> pl.Expr:
    """Return the outcome for a text without links, if a pattern can determine it; null if the text must be parsed."""
    import polars as pl

    unknown, nothing = pl.lit(str(Reason.UNKNOWN)), pl.lit(None, dtype=pl.String)
    if kind in {Pgn, Bsn, Onderwijsnummer}:
        found = pgn_kind(text).cast(pl.String)
        wanted = [Bsn.kind, Onderwijsnummer.kind] if kind is Pgn else [kind.kind]
        plain = pl.when(found.is_in(wanted)).then(unknown)
        return plain.when(found.is_in(["missing", "malformed"])).then(nothing).otherwise(pl.lit(str(Reason.CHECKSUM)))
    if kind is Stamnummer:
        return pl.when(text.str.contains(r"\A[1-9][0-9]{0,8}\z")).then(unknown).otherwise(nothing)
    return nothing


def _joined(asked: pl.DataFrame, answers: Iterator[_Answer], kind: type[Identifier]) -> pl.DataFrame:
    import polars as pl

    schema = {_TEXT: pl.String, _DAY: pl.Date, "target": pl.String, "why": pl.String}
    table = pl.DataFrame(list(answers), schema=schema, orient="row")
    if table.get_column(_TEXT).n_unique() == table.height:
        joined = asked.join(table.drop(_DAY), on=_TEXT, how="left", maintain_order="left")
    else:
        joined = asked.sort(_DAY).join_asof(table.sort(_DAY), on=_DAY, by=_TEXT, check_sortedness=False).sort(_PLACE)
    nothing = pl.col(_TEXT).is_null() | (pl.col(_TEXT) == "")
    plain = pl.when(nothing).then(pl.lit(MISSING)).otherwise(_plain_outcome(kind, pl.col(_TEXT)))
    return joined.with_columns(pl.col("why").fill_null(plain))


def _report(found: pl.DataFrame, of: Column, outcome: str) -> ResolutionReport:
    import polars as pl

    counts = dict(found.get_column(outcome).value_counts().iter_rows())
    examples: dict[str, tuple[str, ...]] = {}
    for why in counts:
        if why not in {MATCHED, MISSING, Reason.MALFORMED, Reason.CHECKSUM}:
            some = found.filter(pl.col(outcome) == why).get_column(of.name).head(EXAMPLES).to_list()
            examples[why] = tuple(repr(reading.identifier) for text in some if (reading := of.read(text)))
    return ResolutionReport(counts, FrozenDict(examples))
