"""The pseudonyms of Nummervoorziening: hPGN, stampseudoniem and ECK iD.

None of them can be told in logs (documented for the ECK iD). An hPGN is as good as a BSN: with a known salt all of
them can be tried in about four core-years (measured). A pattern is no proof of where a value comes from: a program
that fills its test set with hashes of the same length was observed.
"""

from __future__ import annotations

import re
from typing import ClassVar, Self

from magister_connect.errors import Reason
from magister_connect.identifiers.identifier import Code, Personal, Reading, Remark


class Hpgn(Personal, Code):
    """A PGN behind scrypt: 64 hexadecimal digits in small letters (documented). Treat it like a BSN."""

    __slots__ = ()

    kind: ClassVar[str] = "hpgn"
    form: ClassVar[str] = "64 hexadecimal digits in small letters"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9a-f]{64}")
    school_only: ClassVar[bool] = True
    recognisable: ClassVar[bool] = True


class Stampseudoniem(Personal, Code):
    """The pseudonym that a school keeps with its pupil; ECK iDs are made from it. Production's prefix is unknown."""

    __slots__ = ()

    kind: ClassVar[str] = "stampseudoniem"
    form: ClassVar[str] = "An address at ketenid.nl that ends in 128 hexadecimal digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"https://ketenid\.nl/[0-9a-z]{1,32}/[0-9a-f]{128}")
    school_only: ClassVar[bool] = True
    recognisable: ClassVar[bool] = True


class EckId(Personal, Code):
    """A pseudonym for one chain and one sector: the same at all schools of the sector (documented).

    Strict reading wants the form of production and pilot. EDEXML and UWLR type it as any text of 1 to 256 characters,
    and the official example holds addresses at ``id.school``: lenient reading keeps such a value, with a remark.
    """

    __slots__ = ()

    kind: ClassVar[str] = "eck_id"
    form: ClassVar[str] = "An address at ketenid.nl of a year and month or of the pilot, with 128 hexadecimal digits,"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"https://ketenid\.nl/(?:[0-9]{6}|pilot)/[0-9a-f]{128}")
    recognisable: ClassVar[bool] = True

    @classmethod
    def restore(cls, text: str, realm: str) -> Self:
        """The ECK iD with this text, of an unusual form too, since lenient reading may have let it in."""
        return super().restore(text, realm) if cls.is_valid(text) or realm else cls._unusual(text)

    @classmethod
    def parse_lenient(cls, text: str) -> Reading[Self]:
        """As :meth:`parse`, in capitals too, and any text of 1 to 256 characters with the remark ``unusual_form``."""
        cls._refuse_non_text(text)
        bare, remarks = cls._tidied(text)
        if cls.is_valid(bare):
            return Reading(cls(bare), remarks)
        if cls.is_valid(bare.lower()):
            return Reading(cls(bare.lower()), (*remarks, Remark.CASE_CHANGED))
        return Reading(cls._unusual(bare), (*remarks, Remark.UNUSUAL_FORM))

    @classmethod
    def _unusual(cls, text: str) -> Self:
        if not 1 <= len(text) <= 256:
            raise cls._complaint("1 to 256 characters expected").because(Reason.MALFORMED)
        kept = object.__new__(cls)
        object.__setattr__(kept, "_text", text)
        object.__setattr__(kept, "_realm", "")
        return kept
