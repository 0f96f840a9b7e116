"""Identifiers in columns of one to a hundred million values, with polars.

Use the expressions in any polars query, eager or lazy. No function here changes a column: damaged values are counted,
and repairs are proposed. A failed cast of polars quotes the value in its message (measured), so casts here are never
strict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import field, frozen

from magister_connect.core.elfproef import PgnKind
from magister_connect.core.extras import require_extra
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.values import is_missing
from magister_connect.errors import MappingError
from magister_connect.identifiers.identifier import Identifier, Remark
from magister_connect.identifiers.kinds import KINDS
from magister_connect.identifiers.persons import Bsn, Onderwijsnummer, Pgn

if TYPE_CHECKING:
    import polars as pl

require_extra("frames", "polars")

_NINE: Final = r"\A[0-9]{9}\z"  # \z, because $ accepts a newline; [0-9], because \d accepts other scripts (measured)
_DAMAGED: Final = r"\A[0-9]{8,9}[.,]0+\z"
_SCIENTIFIC: Final = r"\A[0-9](?:[.,][0-9]+)?[eE]\+?0?[78]\z"
# Each digit is n // 10^k minus ten times n // 10^(k+1). So the weighted sum of the eleven test is, modulo 11, the sum
# of these multiples of n // 10^k, minus n. This needs one remainder instead of nine (derived; tested against the rule
# itself).
_MULTIPLES: Final = ((1, 1), (2, 5), (3, 7), (4, 9), (6, 2), (7, 4), (8, 6))
_LOOKALIKES: Final = re.compile(r"rsin|leerbedrijf|telefoon|mobiel|iban|rekening|fiscaal", re.IGNORECASE)
ENOUGH: Final = 20  # one in eleven random numbers passes, so fewer values prove nothing
MOST: Final = 0.9


def pgn_kind(column: str | pl.Expr) -> pl.Expr:
    """Return the kind of each text: ``missing``, ``malformed``, ``checksum``, ``bsn`` or ``onderwijsnummer``.

    The column holds text. The result is a ``pl.Enum`` of :class:`PgnKind`, which compares with text. Null and the empty
    text are missing.
    """
    import polars as pl

    text = pl.col(column) if isinstance(column, str) else column
    # One pass over the column computes the number and the remainder once. Otherwise polars computes them again for each
    # branch of an expression, which is five times slower (measured).
    return text.map_batches(_kinds, return_dtype=_kind_type(), is_elementwise=True)


def is_bsn(column: str | pl.Expr) -> pl.Expr:
    """Return whether each text is a BSN; false for null."""
    return pgn_kind(column) == PgnKind.BSN.value


def is_onderwijsnummer(column: str | pl.Expr) -> pl.Expr:
    """Return whether each text is an onderwijsnummer; false for null."""
    return pgn_kind(column) == PgnKind.ONDERWIJSNUMMER.value


def kinds_of(values: Iterable[object]) -> list[str]:
    """Return the kind of each value of a pandas column, a numpy array or another iterable, as a list.

    Values are text, or ``None``, NaN or the ``NA`` of pandas if missing. A number is ``malformed``, because it lost its
    leading zeros.
    """
    import polars as pl

    texts = [value if isinstance(value, str) else None if is_missing(value) else "?" for value in values]
    return pl.Series("value", texts, dtype=pl.String).to_frame().select(pgn_kind("value"))["value"].to_list()


@frozen
class ColumnReport(PlainData):
    """What a column seems to contain.

    ``guess`` is the kind of most values (``pgn`` for a mixture of both kinds), or nothing. ``counts`` is by kind of
    personal number. ``damaged`` counts values that look like a number that was converted to a float or lost its zeros.
    """

    column: str
    rows: int
    counts: Mapping[str, int]
    guess: str | None
    share: float
    damaged: int
    note: str = ""

    @property
    def missing(self) -> int:
        """The number of missing values."""
        return self.counts.get(PgnKind.MISSING, 0)

    def __str__(self) -> str:
        damage = f"; {self.damaged} look damaged" if self.damaged else ""
        note = f"; {self.note}" if self.note else ""
        return f"{self.column}: {self.guess or 'no identifier'}{self._shares()}{damage}{note}"

    def _shares(self) -> str:
        """Return the share of the guess; with personal numbers, the share of each kind."""
        if not any(self.counts.get(kind) for kind in (PgnKind.BSN, PgnKind.ONDERWIJSNUMMER)):
            return f" ({100 * self.share:.1f} %)" if self.guess else ""
        held = self.rows - self.missing
        ordered = sorted(self.counts.items(), key=lambda item: -item[1])
        shown = (f"{100 * count / held:.1f} % {kind}" for kind, count in ordered if kind != PgnKind.MISSING and count)
        return f" ({', '.join(shown)})"


def inspect(frame: object) -> tuple[ColumnReport, ...]:
    """Report for each column of a frame what it contains, how much of it, and what looks damaged.

    ``frame`` is a polars frame, or something that polars can convert, such as a pandas frame. A kind is reported if
    there are at least 20 values and nine in ten are of that kind. The name of the column counts too. One in eleven
    random nine-digit numbers passes the test of a BSN, and an RSIN always passes.
    """
    import polars as pl

    table = frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(cast("Any", frame))
    return tuple(_inspect_column(table[name]) for name in table.columns)


@frozen
class Proposal(PlainData):
    """What a damaged value may have been. It is never applied automatically. ``identifier`` shows only a tag."""

    row: int
    identifier: Pgn
    remarks: tuple[Remark, ...]
    confirmed: bool = field(default=False)


def repair(
    values: Iterable[object], *, born: Iterable[object] | None = None, known: Mapping[Pgn, object] | None = None
) -> tuple[Proposal, ...]:
    """Propose repairs for values that are not a valid personal number, by row. Nothing is changed.

    A value is read again without the ``.0`` of a float, and leniently. It is proposed if it then passes the eleven
    test. One in eleven wrong numbers passes too. ``known`` contains the numbers of the administration, each with its
    birth date, and ``born`` the birth date of each row. A proposal is ``confirmed`` only if both have the same birth
    date for the number.
    """
    days = list(born) if born is not None else None
    found: list[Proposal] = []
    for row, value in enumerate(values):
        if (proposal := _proposal(row, value)) is not None:
            day = None if days is None else days[row]
            agreed = known is not None and day is not None and known.get(proposal.identifier) == day
            found.append(Proposal(row, proposal.identifier, proposal.remarks, agreed))
    return tuple(found)


def _kind_type() -> pl.Enum:
    import polars as pl

    return pl.Enum([kind.value for kind in PgnKind])


def _kinds(texts: pl.Series) -> pl.Series:
    import polars as pl

    text, number, left = pl.col("text"), pl.col("number"), pl.col("left")
    missing, malformed, checksum, bsn, onderwijsnummer = (pl.lit(kind.value, dtype=_kind_type()) for kind in PgnKind)
    terms = [multiple * (number // 10**power) for power, multiple in _MULTIPLES]
    kind = (
        pl.when(text.is_null() | (text == ""))
        .then(missing)
        .when(number.is_null() | ~text.str.contains(_NINE))
        .then(malformed)
        .when((left == 0) & (number != 0))
        .then(bsn)
        .when(left == 5)
        .then(onderwijsnummer)
        .otherwise(checksum)
    )
    frame = texts.to_frame("text").with_columns(text.cast(pl.Int32, strict=False).alias("number"))
    return frame.with_columns(((pl.sum_horizontal(terms) - number) % 11).alias("left")).select(kind).to_series()


def _inspect_column(series: pl.Series) -> ColumnReport:
    import polars as pl

    text, *notes = _as_text(series)
    frame = text.to_frame("value")
    counts = {
        str(kind): int(count)
        for kind, count in frame.select(pgn_kind("value").value_counts().alias("k")).unnest("k").iter_rows()
    }
    damaged = int(frame.select(pl.col("value").str.contains(f"{_DAMAGED}|{_SCIENTIFIC}").sum()).item() or 0)
    held = len(series) - counts.get(PgnKind.MISSING, 0)
    codes = [
        kind
        for kind in KINDS.values()
        if kind.recognisable and (kind.column_name is None or kind.column_name.search(series.name))
    ]
    guess, share = _guess(text, counts, held, codes)
    if guess in {Bsn.kind, Onderwijsnummer.kind, Pgn.kind} and _LOOKALIKES.search(series.name):
        notes = ["its name says that these are other numbers, which pass the same test"]
    if 0 < held < ENOUGH:
        notes.append(f"fewer than {ENOUGH} values, too few to tell")
    return ColumnReport(series.name, len(series), counts, guess, share, damaged, "; ".join(filter(None, notes)))


def _as_text(series: pl.Series) -> tuple[pl.Series, str]:
    import polars as pl

    if series.dtype == pl.String:
        return series, ""
    note = "a column of numbers: zeros in front are lost" if series.dtype.is_numeric() else ""
    if series.dtype.is_float():  # pandas prints a whole number in a float column with .0
        whole = series.cast(pl.Int64, strict=False)
        return pl.select(pl.when(whole == series).then(whole.cast(pl.String) + ".0")).to_series(), note
    return series.cast(pl.String, strict=False), note


def _guess(
    text: pl.Series, counts: Mapping[str, int], held: int, codes: Iterable[type[Identifier]]
) -> tuple[str | None, float]:
    if held < ENOUGH:
        return None, 0.0
    bsn, other = counts.get(PgnKind.BSN, 0) / held, counts.get(PgnKind.ONDERWIJSNUMMER, 0) / held
    shares: list[tuple[float, str]] = [(bsn, Bsn.kind), (other, Onderwijsnummer.kind), (bsn + other, Pgn.kind)]
    shares += [(_share(text, kind, held), kind.kind) for kind in codes]
    enough = next(((kind, share) for share, kind in shares if share >= MOST), None)
    return enough or (None, max(share for share, _ in shares))


def _share(text: pl.Series, kind: type[Identifier], held: int) -> float:
    return int(text.str.contains(rf"\A(?:{kind.pattern.pattern})\z").sum()) / held


def _proposal(row: int, value: object) -> Proposal | None:
    if is_missing(value) or Pgn.is_valid(value):
        return None
    text = f"{value:.0f}" if isinstance(value, float) else str(value).strip()
    if re.fullmatch(r"[0-9]{1,9}[.,]0+", text):
        text = re.split("[.,]", text)[0]
    try:
        reading = Pgn.parse_lenient(text)
    except MappingError:
        return None
    return Proposal(row, reading.identifier, reading.remarks)
