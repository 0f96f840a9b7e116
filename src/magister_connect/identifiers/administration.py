"""The numbers that an administration or a supplier gives a person: each of them is unique inside a scope only.

Entree writes ``studentnumber@administrationnumber.schooldomain`` because one school may have several administrations
in which the same stamnummer means two people (documented). So the scope is never optional here.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import ClassVar, Final, Self

from magister_connect.core.boundary import boundary
from magister_connect.core.elfproef import PgnKind, kind_of
from magister_connect.errors import MappingError, Reason, UsageError
from magister_connect.identifiers.identifier import Identifier, Personal, Reading, Remark, Scoped
from magister_connect.identifiers.institutions import Brin, Dependancecode
from magister_connect.identifiers.schooljaar import Schooljaar

_LARGEST: Final = 2_147_483_647  # Int32 in the SOAP interface (documented)
_PADDED: Final = re.compile(r"0+([1-9][0-9]*)")


@boundary.around
def canonical_stamnummer(value: str | int | Identifier, *, numeric: bool = True) -> str:
    """The one form in which stamnummers are compared: text without blanks at its ends and without leading zeros.

    Medius and the web interface keep the number as a whole number, so zeros in front of a text of digits come from a
    spreadsheet or a platform (documented for the SOAP interface, inferred elsewhere). A text with any other character
    keeps its zeros, as does every text with ``numeric=False``, for a school whose own numbers begin with zeros. An
    identifier is revealed. A result that differs from the text tells that it was padded.

    >>> canonical_stamnummer(10001), canonical_stamnummer("0010001"), canonical_stamnummer("N-0012")
    ('10001', '10001', 'N-0012')

    Raises :class:`UsageError` for anything but a text, a whole number or an identifier.
    """
    if isinstance(value, Identifier):
        text = value.reveal()
    elif isinstance(value, str):
        text = value.strip()
    elif type(value) is int:
        return str(value)
    else:
        raise UsageError(
            f"A stamnummer cannot be of the class {type(value).__name__}",
            where="stamnummer",
            advice="Pass a text, a whole number or a Stamnummer.",
        )
    padded = _PADDED.fullmatch(text) if numeric else None
    return padded[1] if padded else text


class Role(StrEnum):
    """Whose number it is: Magister numbers pupils and staff each in a table of their own (observed)."""

    PUPIL = "pupil"
    STAFF = "staff"


class Stamnummer(Personal, Scoped):
    """The number of a pupil or of a member of staff in one Magister administration.

    An Int32 in the SOAP interface, so leading zeros cannot exist there (documented); four to six digits were observed.
    Rules for reuse and for a maximum are unknown.
    """

    __slots__ = ()

    kind: ClassVar[str] = "stamnummer"
    form: ClassVar[str] = "Digits without leading zeros, at most 2147483647,"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[1-9][0-9]{0,9}")

    def __init__(self, text: str, *, scope: str, role: Role = Role.PUPIL) -> None:
        super().__init__(text, scope=scope)
        object.__setattr__(self, "_realm", f"{scope}|{self._known_role(role)}")

    @classmethod
    def _known_role(cls, role: str) -> Role:
        if role not in set(Role):
            raise UsageError("A role is 'pupil' or 'staff'", where=cls.kind, advice="Pass Role.PUPIL or Role.STAFF.")
        return Role(role)

    @classmethod
    def _check(cls, text: str) -> None:
        super()._check(text)
        if int(text) > _LARGEST:
            raise cls._complaint(f"{cls.form} expected").because(Reason.MALFORMED)

    @classmethod
    def restore(cls, text: str, realm: str) -> Self:
        """The stamnummer with this text in this realm, which is the scope, a bar and the role."""
        scope, _, role = realm.partition("|")
        return cls(text, scope=scope, role=cls._known_role(role))

    @property
    def scope(self) -> str:
        """The administration."""
        return self._realm.partition("|")[0]

    @property
    def role(self) -> Role:
        """Whether it is the number of a pupil or of a member of staff."""
        return Role(self._realm.partition("|")[2])

    @classmethod
    def parse(cls, text: str, *, scope: str, role: Role = Role.PUPIL) -> Self:
        """Strictly: digits without leading zeros. ``scope`` is the administration; raises :class:`MappingError`."""
        return cls(text, scope=scope, role=role)

    @classmethod
    def parse_lenient(cls, text: str, *, scope: str, role: Role = Role.PUPIL, numeric: bool = False) -> Reading[Self]:
        """As :meth:`parse`, without blanks at the ends.

        With ``numeric`` the scope is known to count in whole numbers, and leading zeros are taken for what a receiver
        added (inferred); without it they are an error.
        """
        cls._refuse_non_text(text)
        bare, remarks = cls._tidied(text)
        if numeric and (artefact := _PADDED.fullmatch(bare)):
            bare, remarks = artefact[1], (*remarks, Remark.PADDING_REMOVED)
        return Reading(cls(bare, scope=scope, role=role), remarks)

    @classmethod
    def from_number(cls, number: int, *, scope: str, role: Role = Role.PUPIL) -> Self:
        """From a number, as Magister's SOAP interface has it."""
        return cls(str(cls._whole(number)), scope=scope, role=role)

    def reveal_number(self) -> int:
        """The number itself, as Magister's SOAP interface wants it."""
        return int(self._text)


class MagisterUserId(Personal, Scoped):
    """The user id that SCIM, UWLR and single sign-on share (documented); opaque, since its form is unknown."""

    __slots__ = ()

    kind: ClassVar[str] = "magister_user_id"
    form: ClassVar[str] = "1 to 256 characters without blanks"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[!-~]{1,256}")


class UwlrKey(Personal, Scoped):
    """The ``key`` of a pupil in EDEXML and UWLR: 1 to 256 characters, unique in one document (documented).

    Leading zeros are significant: the official example has ``00001``. Unless the supplier says that its keys are
    stable, the scope is :meth:`document_scope`.
    """

    __slots__ = ()

    kind: ClassVar[str] = "uwlr_key"
    form: ClassVar[str] = "1 to 256 characters"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[^\x00-\x1f]{1,256}")

    @staticmethod
    def document_scope(brin: str, dependance: str | None, schooljaar: str) -> str:
        """The scope of keys that are promised for one document only; each part is checked."""
        site = Dependancecode.parse_lenient(dependance or "").identifier
        return f"{Brin.parse(brin)}/{site}/{Schooljaar.parse(schooljaar)}"


class _Candidate(Personal, Scoped):
    """What a test supplier knows a person by. It has no ground in law for a BSN, so a PGN is refused (inferred)."""

    __slots__ = ()

    form: ClassVar[str] = "1 to 256 characters"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[^\x00-\x1f]{1,256}")

    @classmethod
    def _check(cls, text: str) -> None:
        super()._check(text)
        if text != text.strip():
            raise cls._complaint("Blanks stand at an end").because(Reason.MALFORMED)
        if kind_of(text) in {PgnKind.BSN, PgnKind.ONDERWIJSNUMMER}:
            raise MappingError(
                "The number passes the test of a personal number, which a test supplier must not be sent",
                where=cls.kind,
                advice="Send the stamnummer with a prefix, or a number from a mapping table.",
            ).because(Reason.MALFORMED)

    @classmethod
    def from_stamnummer(cls, stamnummer: Stamnummer, *, scope: str, prefix: str) -> Self:
        """The stamnummer with a prefix of the administration, which makes it unique at a supplier with many schools."""
        return cls(f"{prefix}{stamnummer.reveal()}", scope=scope)


class AmnDeelnemersnummer(_Candidate):
    """The participant number at AMN: unique at one customer, and never to be used again (documented)."""

    __slots__ = ()

    kind: ClassVar[str] = "amn_deelnemersnummer"


class ToaGebruikersnaam(_Candidate):
    """The user name at TOA: unique inside one instelling (documented for the sister product). Compare it as text."""

    __slots__ = ()

    kind: ClassVar[str] = "toa_gebruikersnaam"
