"""The personal numbers with a legal status: BSN and onderwijsnummer, together called PGN.

A person can have several over time. An onderwijsnummer is replaced once the BSN is known, and DUO warns that an asylum
pupil may have received more than one (documented). So a PGN is not a key of a person; see ``crosswalk``.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final, Self

from magister_connect.core.elfproef import NINE_DIGITS
from magister_connect.core.elfproef import PgnKind as PgnKind
from magister_connect.core.elfproef import kind_of as kind_of
from magister_connect.errors import MappingError, Reason, Responsible, UsageError
from magister_connect.identifiers.identifier import Code, Personal, Remark

_WRONG_DIGIT: Final = "Correct it where it was typed in: a digit is wrong, or two digits changed places."
_GROUPED: Final = re.compile(r"([0-9]{4})([ .-])([0-9]{2})\2([0-9]{3})|([0-9]{3})([ .-])([0-9]{3})\6([0-9]{3})")
_OVERLONG: Final = re.compile(r"0{1,3}([0-9]{9})")


class Pgn(Personal, Code):
    """A persoonsgebonden nummer: a :class:`Bsn` or an :class:`Onderwijsnummer`. The eleven test distinguishes them.

    ``Pgn.parse`` returns one of the two. It accepts exactly nine ASCII digits (documented: BRP API, EDEXML, OSO).
    Lenient reading also
    accepts:

    - blanks at the ends, and the groupings ``1112.22.333`` and ``111 222 333``;
    - one lost zero: eight digits that are a BSN with it (documented in the logical design of BSN; an onderwijsnummer
      does not begin with a zero);
    - up to three extra zeros (1CHO deliveries, observed).
    """

    __slots__ = ()

    kind: ClassVar[str] = "pgn"
    form: ClassVar[str] = "Nine digits, as text,"
    pattern: ClassVar[re.Pattern[str]] = NINE_DIGITS
    school_only: ClassVar[bool] = True

    @classmethod
    def _check(cls, text: str) -> None:
        if cls is Pgn:
            raise UsageError("A PGN is a BSN or an onderwijsnummer", where=cls.kind, advice="Use Pgn.parse().")
        super()._check(text)
        if (found := kind_of(text)) is PgnKind.CHECKSUM:
            raise cls._wrong_digit("The number does not pass the eleven test")
        if found != cls.kind:
            advice = "Use Pgn.parse(), which distinguishes the two kinds."
            raise cls._complaint("The number is a PGN of the other kind", advice).because(Reason.CHECKSUM)

    @classmethod
    def _wrong_digit(cls, what: str) -> MappingError:
        return MappingError(what, where=cls.kind, responsible=Responsible.SCHOOL, advice=_WRONG_DIGIT).because(
            Reason.CHECKSUM
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse exactly nine ASCII digits that pass the eleven test. Raises :class:`MappingError`."""
        if cls is not Pgn:
            return cls(text)
        cls._refuse_non_text(text)
        found = _CLASSES.get(kind_of(text))
        if found is None:
            super()._check(text)
            raise cls._wrong_digit("The number is neither a BSN nor an onderwijsnummer")
        return found(text)  # type: ignore[return-value]  # both classes are kinds of Pgn, which cls is

    @classmethod
    def from_number(cls, number: int) -> Self:
        """Create it from a number of eight or nine digits.

        A lost zero is restored; fewer digits are refused (documented).
        """
        if not 10_000_000 <= cls._whole(number) <= 999_999_999:
            raise cls._complaint("A number of eight or nine digits was expected").because(Reason.MALFORMED)
        return cls.parse(f"{number:09d}")

    @classmethod
    def _tidied(cls, text: str) -> tuple[str, tuple[Remark, ...]]:
        bare, remarks = super()._tidied(text)
        if grouped := _GROUPED.fullmatch(bare):
            return re.sub(r"[ .-]", "", grouped[0]), (*remarks, Remark.SEPARATORS_REMOVED)
        if overlong := _OVERLONG.fullmatch(bare):
            return overlong[1], (*remarks, Remark.PADDING_REMOVED)
        if re.fullmatch(r"[0-9]{8}", bare) and kind_of(f"0{bare}") is PgnKind.BSN:
            return f"0{bare}", (*remarks, Remark.ZERO_PADDED)
        return bare, remarks


class Bsn(Pgn):
    """A burgerservicenummer: remainder 0 in the eleven test, and not nine zeros (documented).

    It can change (inferred: double issue, identity fraud), so the crosswalk keeps its history too.
    """

    __slots__ = ()

    kind: ClassVar[str] = "bsn"


class Onderwijsnummer(Pgn):
    """A number that DUO assigns to a pupil without a BSN: remainder 5 in the eleven test (documented).

    Published checkers also require that it begins with ``10``. No statement of DUO about that is known. So another
    beginning is a remark of lenient reading, not an error.
    """

    __slots__ = ()

    kind: ClassVar[str] = "onderwijsnummer"

    @property
    def has_usual_prefix(self) -> bool:
        """Whether it begins with ``10``."""
        return self._text.startswith("10")

    @property
    def oddities(self) -> tuple[Remark, ...]:
        """Return ``unusual_prefix`` if it does not begin with ``10``."""
        return () if self.has_usual_prefix else (Remark.UNUSUAL_PREFIX,)


_CLASSES: Final[dict[PgnKind, type[Bsn | Onderwijsnummer]]] = {
    PgnKind.BSN: Bsn,
    PgnKind.ONDERWIJSNUMMER: Onderwijsnummer,
}
