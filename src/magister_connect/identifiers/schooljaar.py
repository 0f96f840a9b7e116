"""The school year, from 1 August until the next 1 August (exclusive)."""

from __future__ import annotations

import datetime as dt
import re
from typing import ClassVar, Final

from magister_connect.errors import Reason
from magister_connect.identifiers.identifier import Code, Remark

_OTHER_FORM: Final = re.compile(r"([0-9]{4}|[0-9]{2})\s*[-/]?\s*([0-9]{4}|[0-9]{2})")
FIRST_MONTH: Final = 8  # documented for mbo, vo and po


class Schooljaar(Code):
    """A school year as in UWLR, ``2025-2026``: two consecutive years (documented)."""

    __slots__ = ()

    kind: ClassVar[str] = "schooljaar"
    form: ClassVar[str] = "Two consecutive years, such as 2025-2026,"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{4}-[0-9]{4}")
    recognisable: ClassVar[bool] = True

    @classmethod
    def _check(cls, text: str) -> None:
        super()._check(text)
        if int(text[5:]) != int(text[:4]) + 1 or text.startswith("0000"):
            raise cls._complaint(f"{cls.form} expected").because(Reason.MALFORMED)

    @classmethod
    def _tidied(cls, text: str) -> tuple[str, tuple[Remark, ...]]:
        """Accept the forms that other exports use: ``2024/2025``, ``2024 - 2025``, ``24/25`` and ``2425``."""
        bare, remarks = super()._tidied(text)
        if cls.pattern.fullmatch(bare) or not (found := _OTHER_FORM.fullmatch(bare)):
            return bare, remarks
        first, second = (year if len(year) == 4 else f"20{year}" for year in found.groups())
        return f"{first}-{second}", (*remarks, Remark.UNUSUAL_FORM)

    @classmethod
    def of(cls, day: dt.date) -> Schooljaar:
        """Return the school year that contains a day."""
        return cls.starting(day.year if day.month >= FIRST_MONTH else day.year - 1)

    @classmethod
    def starting(cls, year: int) -> Schooljaar:
        """Return the school year that begins in a calendar year."""
        return cls(f"{year:04d}-{year + 1:04d}")

    @classmethod
    def from_lesperiode(cls, lesperiode: str) -> Schooljaar:
        """Create it from the four digits of a Medius lesperiode such as ``2526``. Only years of this century."""
        cls._refuse_non_text(lesperiode)
        if not re.fullmatch(r"[0-9]{4}", lesperiode):
            raise cls._complaint("A lesperiode of four digits was expected").because(Reason.MALFORMED)
        return cls(f"20{lesperiode[:2]}-20{lesperiode[2:]}")

    @property
    def lesperiode(self) -> str:
        """The four digits of the year in Medius, such as ``2526``."""
        return f"{self._text[2:4]}{self._text[7:9]}"

    @property
    def begin(self) -> dt.date:
        """The first day."""
        return dt.date(int(self._text[:4]), FIRST_MONTH, 1)

    @property
    def end(self) -> dt.date:
        """The first day after the school year."""
        return dt.date(int(self._text[5:]), FIRST_MONTH, 1)

    @property
    def following(self) -> Schooljaar:
        """The next school year."""
        return self.starting(int(self._text[5:]))

    def __contains__(self, day: dt.date) -> bool:
        return self.begin <= day < self.end
