"""The pseudonyms of Nummervoorziening: hPGN, stampseudoniem and ECK iD.

None of them may appear in logs (documented for the ECK iD). An hPGN is as sensitive as a BSN: with a known salt, all of
them can be tried in about four core-years (measured). The form does not prove the origin of a value: a program that
fills its test set with hashes of the same length was observed.
"""

from __future__ import annotations

import re
from typing import ClassVar, Self

from magister_connect.errors import Reason
from magister_connect.identifiers.identifier import Code, Personal, Reading, Remark


class Hpgn(Personal, Code):
    """A PGN hashed with scrypt: 64 hexadecimal digits in small letters (documented). Protect it like a BSN."""

    __slots__ = ()

    kind: ClassVar[str] = "hpgn"
    form: ClassVar[str] = "64 hexadecimal digits in small letters"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9a-f]{64}")
    school_only: ClassVar[bool] = True
    recognisable: ClassVar[bool] = True


class Stampseudoniem(Personal, Code):
    """The pseudonym that a school stores with its pupil, and from which ECK iDs are made.

    The prefix of production is unknown.
    """

    __slots__ = ()

    kind: ClassVar[str] = "stampseudoniem"
    form: ClassVar[str] = "An address at ketenid.nl that ends in 128 hexadecimal digits"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"https://ketenid\.nl/[0-9a-z]{1,32}/[0-9a-f]{128}")
    school_only: ClassVar[bool] = True
    recognisable: ClassVar[bool] = True


class EckId(Personal, Code):
    """A pseudonym for one chain and one sector: the same at all schools of the sector (documented).

    Strict reading requires the form of production and pilot. EDEXML and UWLR allow any text of 1 to 256 characters, and
    the official example has addresses at ``id.school``. Lenient reading accepts such a value, with a remark.
    """

    __slots__ = ()

    kind: ClassVar[str] = "eck_id"
    form: ClassVar[str] = "An address at ketenid.nl of a year and month or of the pilot, with 128 hexadecimal digits,"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"https://ketenid\.nl/(?:[0-9]{6}|pilot)/[0-9a-f]{128}")
    recognisable: ClassVar[bool] = True

    @classmethod
    def restore(cls, text: str, realm: str) -> Self:
        """Return the ECK iD with this text.

        An unusual form is accepted, because lenient reading may have accepted it before.
        """
        return super().restore(text, realm) if cls.is_valid(text) or realm else cls._unusual(text)

    @classmethod
    def parse_lenient(cls, text: str) -> Reading[Self]:
        """Parse as :meth:`parse` does, also in capitals.

        Other texts of 1 to 256 characters have the remark ``unusual_form``.
        """
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
