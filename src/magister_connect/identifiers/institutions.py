"""Schools, their sites and their organisations: BRIN, vestiging, dependance, RIO codes and OIN.

None of them has a check digit, and none is personal. They change over time: schools merge and close (see
``crosswalk``).
"""

from __future__ import annotations

import re
from typing import ClassVar

from magister_connect.core.boundary import boundary
from magister_connect.identifiers.identifier import Code, Reading, Remark


class _UpperCase(Code):
    """A code in capitals. Lenient reading accepts small letters."""

    __slots__ = ()

    @classmethod
    def _tidied(cls, text: str) -> tuple[str, tuple[Remark, ...]]:
        bare, remarks = super()._tidied(text)
        if bare.upper() == bare or not bare.isascii():
            return bare, remarks
        return bare.upper(), (*remarks, Remark.CASE_CHANGED)


class Brin(_UpperCase):
    """The four characters of a school, now called instellingscode: two digits, two capitals (documented)."""

    __slots__ = ()

    kind: ClassVar[str] = "brin"
    form: ClassVar[str] = "Two digits and two capitals"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{2}[A-Z]{2}")
    recognisable: ClassVar[bool] = True


class Dependancecode(Code):
    """The two digits of a site within a BRIN. ``00`` and no digits mean the same main site (documented: UWLR)."""

    __slots__ = ()

    kind: ClassVar[str] = "dependancecode"
    form: ClassVar[str] = "Two digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{2}")

    @classmethod
    def _tidied(cls, text: str) -> tuple[str, tuple[Remark, ...]]:
        bare, remarks = super()._tidied(text)
        if not bare:
            return "00", (*remarks, Remark.EMPTY_MEANS_MAIN)
        if re.fullmatch(r"[0-9]", bare):
            return f"0{bare}", (*remarks, Remark.ZERO_PADDED)
        return bare, remarks


class Vestigingscode(_UpperCase):
    """A BRIN and the two digits of a site, called BRIN6 in RIO and Edu-V (documented)."""

    __slots__ = ()

    kind: ClassVar[str] = "vestigingscode"
    form: ClassVar[str] = "Two digits, two capitals and two digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{2}[A-Z]{2}[0-9]{2}")
    recognisable: ClassVar[bool] = True

    @classmethod
    def _tidied(cls, text: str) -> tuple[str, tuple[Remark, ...]]:
        bare, remarks = super()._tidied(text)
        if re.fullmatch(r"[0-9]{2}[A-Z]{2}\|[0-9]{2}", bare):  # a non-standard form that was observed
            return bare.replace("|", ""), (*remarks, Remark.SEPARATORS_REMOVED)
        return bare, remarks

    @classmethod
    def of(cls, brin: Brin, dependance: Dependancecode) -> Vestigingscode:
        """Combine a BRIN and a dependancecode."""
        return cls(f"{brin}{dependance}")

    @property
    def brin(self) -> Brin:
        """The school."""
        return Brin(self._text[:4])

    @property
    def dependance(self) -> Dependancecode:
        """The site within the school."""
        return Dependancecode(self._text[4:])


class RioOnderwijsaanbieder(_UpperCase):
    """An onderwijsaanbieder in RIO, such as ``999A999`` (documented: RIO LOD API v2)."""

    __slots__ = ()

    kind: ClassVar[str] = "rio_onderwijsaanbieder"
    form: ClassVar[str] = "Three digits, an A and three digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{3}A[0-9]{3}")


class RioOnderwijsbestuur(_UpperCase):
    """An onderwijsbestuur in RIO, such as ``999B999`` (documented: RIO LOD API v2)."""

    __slots__ = ()

    kind: ClassVar[str] = "rio_onderwijsbestuur"
    form: ClassVar[str] = "Three digits, a B and three digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{3}B[0-9]{3}")


class RioOnderwijslocatie(_UpperCase):
    """An onderwijslocatie in RIO, such as ``999X999`` (documented: RIO LOD API v2)."""

    __slots__ = ()

    kind: ClassVar[str] = "rio_onderwijslocatie"
    form: ClassVar[str] = "Three digits, an X and three digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{3}X[0-9]{3}")


class RioOpleidingseenheid(_UpperCase):
    """An opleidingseenheid in RIO, such as ``9999O9999``, with the letter O (documented: RIO LOD API v2)."""

    __slots__ = ()

    kind: ClassVar[str] = "rio_opleidingseenheid"
    form: ClassVar[str] = "Four digits, the letter O and four digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{4}O[0-9]{4}")


class Oin(_UpperCase):
    """An organisatie-identificatienummer: 20 positions. The first eight identify the register (documented)."""

    __slots__ = ()

    kind: ClassVar[str] = "oin"
    form: ClassVar[str] = "Twenty positions that begin with a known register,"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"000000(?:0[1-9]|99)[0-9A-Z]{12}")
    recognisable: ClassVar[bool] = True

    @classmethod
    def of_brin(cls, brin: Brin) -> Oin:
        """Return the number of a school: register 00000007, three zeros, the BRIN and five zeros (observed)."""
        return cls(f"00000007000{brin}00000")

    @property
    def brin(self) -> Brin | None:
        """The school, if the number is in the register of schools."""
        school = self._text[11:15]
        return Brin(school) if self._text.startswith("00000007") and Brin.is_valid(school) else None

    @property
    def is_test(self) -> bool:
        """Whether the number is in the register for tests."""
        return self._text.startswith("00000099")


@boundary.around
def vestigingscode_of(text: str) -> Reading[Vestigingscode]:
    """Parse a school reference as in EDEXML: a BRIN and no, one or two digits of a site."""
    brin = Brin.parse_lenient(text.strip()[:4])
    site = Dependancecode.parse_lenient(text.strip()[4:])
    return Reading(Vestigingscode.of(brin.identifier, site.identifier), brin.remarks + site.remarks)
