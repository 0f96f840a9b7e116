"""Programmes and subjects: crebo, keuzedeel and exam units of mbo, elementcode and vakcode of vo.

Mbo codes have five characters, vo codes four digits. One column of an administration may contain both (documented:
EduArte's "crebo- / elementcode"); :func:`programme_code` distinguishes them by form. Letters and zeros are part of a
code.
"""

from __future__ import annotations

import re
from typing import ClassVar, Self

from magister_connect.core.boundary import boundary
from magister_connect.errors import MappingError, Reason
from magister_connect.identifiers.identifier import Code, Remark, Scoped


class _NumberedCode(Code):
    """A code of digits only, which spreadsheets often turn into a number."""

    __slots__ = ()

    width: ClassVar[int]

    @classmethod
    def from_number(cls, number: int) -> Self:
        """Create it from a number. Lost leading zeros are restored."""
        return cls(f"{cls._whole(number):0{cls.width}d}")


class Crebo(_NumberedCode):
    """An erkende opleidingscode of mbo: five digits (documented: DUO, AN5).

    It is valid for a period, and can have successors.
    """

    __slots__ = ()

    kind: ClassVar[str] = "crebo"
    form: ClassVar[str] = "Five digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{5}")
    recognisable: ClassVar[bool] = True
    column_name: ClassVar[re.Pattern[str] | None] = re.compile("crebo|oplei", re.IGNORECASE)
    width: ClassVar[int] = 5


class _LetteredCode(Code):
    """A code that begins with a letter, often written as a small letter."""

    __slots__ = ()

    @classmethod
    def _tidied(cls, text: str) -> tuple[str, tuple[Remark, ...]]:
        bare, remarks = super()._tidied(text)
        upper = bare.upper()
        return upper, remarks if upper == bare else (*remarks, Remark.CASE_CHANGED)


class Keuzedeel(_LetteredCode):
    """A keuzedeel of mbo, such as ``K0067``: the letter is part of the code (documented: SBB)."""

    __slots__ = ()

    kind: ClassVar[str] = "keuzedeel"
    form: ClassVar[str] = "A K and four digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"K[0-9]{4}")
    recognisable: ClassVar[bool] = True


class ExamUnit(_LetteredCode):
    """A unit of an AMvB, such as ``C0163``, or a generic exam unit, such as ``3005`` (documented: SBB)."""

    __slots__ = ()

    kind: ClassVar[str] = "exam_unit"
    form: ClassVar[str] = "A C and four digits, or four digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"C?[0-9]{4}")


class Elementcode(_NumberedCode):
    """An erkende opleidingscode of vo: four digits, with zeros (documented: OSO). Its table changes each year."""

    __slots__ = ()

    kind: ClassVar[str] = "elementcode"
    form: ClassVar[str] = "Four digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{4}")
    recognisable: ClassVar[bool] = True
    column_name: ClassVar[re.Pattern[str] | None] = re.compile("element|oplei", re.IGNORECASE)
    width: ClassVar[int] = 4


class Vakcode(_NumberedCode):
    """The official code of a subject: four digits (documented). A school's own code is a :class:`SchoolVakcode`."""

    __slots__ = ()

    kind: ClassVar[str] = "vakcode"
    form: ClassVar[str] = "Four digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{4}")
    width: ClassVar[int] = 4


class SchoolVakcode(Scoped):
    """A school's own code of a subject, such as ``netl``. Several codes may mean one official subject (observed)."""

    __slots__ = ()

    kind: ClassVar[str] = "school_vakcode"
    form: ClassVar[str] = "1 to 20 characters without blanks"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[!-~]{1,20}")


@boundary.around
def programme_code(text: str, *, lenient: bool = False) -> Crebo | Elementcode | Keuzedeel | ExamUnit:
    """Parse a code from a column with crebo, elementcode, keuzedeel or a unit such as ``C0123``.

    Four digits are read as an elementcode, although a generic exam unit has the same form. ``lenient`` also accepts
    blanks at the ends and small letters. Raises :class:`MappingError`.
    """
    bare = text.strip().upper() if lenient else text
    for kind in (Crebo, Elementcode, Keuzedeel, ExamUnit):
        if kind.is_valid(bare):
            return kind(bare)
    raise MappingError(
        "A crebo, an elementcode, a keuzedeel or a unit was expected",
        where="programme code",
        advice="Pass text: five digits, four digits, or a K or a C and four digits.",
    ).because(Reason.MALFORMED)
