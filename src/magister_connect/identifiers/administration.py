"""The numbers that an administration or a supplier assigns to a person. Each is unique only within a scope.

Entree writes ``studentnumber@administrationnumber.schooldomain``, because one school may have several administrations.
In these, the same stamnummer can belong to different people (documented). So the scope is required here.
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
    """Return the form in which stamnummers are compared: text without blanks at its ends and without leading zeros.

    Medius and the web interface store a whole number, so leading zeros come from a spreadsheet or a platform
    (documented for the SOAP
    interface, inferred elsewhere). A text with other characters keeps its zeros. With ``numeric=False`` every text
    keeps them, for a
    school with numbers that begin with zeros. An identifier is revealed. If the result differs from the text, the text
    was padded.

    >>> [canonical_stamnummer(text) for text in (10001, "0010001", "N-0012")]
    ['10001', '10001', 'N-0012']

    Raises :class:`UsageError` if the value is not a text, a whole number or an identifier.
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
    """The kind of person with the number. Magister numbers pupils and staff in separate tables (observed)."""

    PUPIL = "pupil"
    STAFF = "staff"


class Stamnummer(Personal, Scoped):
    """The number of a pupil or a member of staff in one Magister administration.

    It is an Int32 in the SOAP interface, so it has no leading zeros there (documented). Four to six digits were
    observed. Whether numbers are reused, and a maximum, are unknown.
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
        """Return the stamnummer with this text in this realm, which is the scope, a bar and the role."""
        scope, _, role = realm.partition("|")
        return cls(text, scope=scope, role=cls._known_role(role))

    @property
    def scope(self) -> str:
        """The administration."""
        return self._realm.partition("|")[0]

    @property
    def role(self) -> Role:
        """Whether the number belongs to a pupil or a member of staff."""
        return Role(self._realm.partition("|")[2])

    @classmethod
    def parse(cls, text: str, *, scope: str, role: Role = Role.PUPIL) -> Self:
        """Parse digits without leading zeros. ``scope`` is the administration. Raises :class:`MappingError`."""
        return cls(text, scope=scope, role=role)

    @classmethod
    def parse_lenient(cls, text: str, *, scope: str, role: Role = Role.PUPIL, numeric: bool = False) -> Reading[Self]:
        """Parse as :meth:`parse` does, after removing blanks at the ends.

        Pass ``numeric`` if the administration uses whole numbers. Leading zeros are then removed, because a receiver
        probably added them (inferred). Otherwise they are an error.
        """
        cls._refuse_non_text(text)
        bare, remarks = cls._tidied(text)
        if numeric and (artefact := _PADDED.fullmatch(bare)):
            bare, remarks = artefact[1], (*remarks, Remark.PADDING_REMOVED)
        return Reading(cls(bare, scope=scope, role=role), remarks)

    @classmethod
    def from_number(cls, number: int, *, scope: str, role: Role = Role.PUPIL) -> Self:
        """Create it from a number, as in the SOAP interface of Magister."""
        return cls(str(cls._whole(number)), scope=scope, role=role)

    def reveal_number(self) -> int:
        """Return the number, as in the SOAP interface of Magister."""
        return int(self._text)


class MagisterUserId(Personal, Scoped):
    """The user id that SCIM, UWLR and single sign-on share (documented). Its form is unknown, so treat it as opaque."""

    __slots__ = ()

    kind: ClassVar[str] = "magister_user_id"
    form: ClassVar[str] = "1 to 256 characters without blanks"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[!-~]{1,256}")


class UwlrKey(Personal, Scoped):
    """The ``key`` of a pupil in EDEXML and UWLR: 1 to 256 characters, unique in one document (documented).

    Leading zeros are significant: the official example has ``00001``. Use :meth:`document_scope` as the scope, unless
    the supplier states that its keys are stable.
    """

    __slots__ = ()

    kind: ClassVar[str] = "uwlr_key"
    form: ClassVar[str] = "1 to 256 characters"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[^\x00-\x1f]{1,256}")

    @staticmethod
    def document_scope(brin: str, dependance: str | None, schooljaar: str) -> str:
        """Return the scope for keys that are only unique within one document. Each part is checked."""
        site = Dependancecode.parse_lenient(dependance or "").identifier
        return f"{Brin.parse(brin)}/{site}/{Schooljaar.parse(schooljaar)}"


class _Candidate(Personal, Scoped):
    """The identifier of a person at a test supplier.

    The supplier has no legal basis for a BSN, so a PGN is refused (inferred).
    """

    __slots__ = ()

    form: ClassVar[str] = "1 to 256 characters"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r"[^\x00-\x1f]{1,256}")

    @classmethod
    def _check(cls, text: str) -> None:
        super()._check(text)
        if text != text.strip():
            raise cls._complaint("There are blanks at the beginning or end").because(Reason.MALFORMED)
        if kind_of(text) in {PgnKind.BSN, PgnKind.ONDERWIJSNUMMER}:
            raise MappingError(
                "The number looks like a personal number, which must not be sent to a test supplier",
                where=cls.kind,
                advice="Send the stamnummer with a prefix, or a number from a mapping table.",
            ).because(Reason.MALFORMED)

    @classmethod
    def from_stamnummer(cls, stamnummer: Stamnummer, *, scope: str, prefix: str) -> Self:
        """Create it from a stamnummer with a prefix for the administration.

        The prefix makes it unique at a supplier with many schools.
        """
        return cls(f"{prefix}{stamnummer.reveal()}", scope=scope)


class AmnDeelnemersnummer(_Candidate):
    """The participant number at AMN: unique at one customer, and never reused (documented)."""

    __slots__ = ()

    kind: ClassVar[str] = "amn_deelnemersnummer"


class ToaGebruikersnaam(_Candidate):
    """The user name at TOA: unique within one instelling (documented for the sister product). Compare it as text."""

    __slots__ = ()

    kind: ClassVar[str] = "toa_gebruikersnaam"
