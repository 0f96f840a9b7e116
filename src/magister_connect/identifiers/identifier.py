"""The base classes of all identifiers.

- A value that exists is well-formed. The constructor checks it, and :class:`~magister_connect.errors.MappingError`
  states the kind and the expected form, never the text.
- Only ASCII is accepted. A number has lost its zeros, so it becomes an identifier only by :meth:`from_number`.
  ``10000094.0`` is always refused.
- Values are immutable, hashable and ordered, also between kinds, so that reports are always in the same order.
- Personal identifiers (:class:`Personal`) show a short tag instead of their digits. They are not attrs classes, so
  ``attrs.asdict`` of a record does not open them. ``to_dict()`` masks them unless ``reveal`` is true.
- A pickle contains the digits, so that records can move between your own processes. Protect a pickle like the records
  themselves, and never send it to others.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import total_ordering
from types import FunctionType
from typing import ClassVar, Final, Generic, NoReturn, Self, TypeVar

from attrs import frozen

from magister_connect.core.boundary import boundary
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.secrets import MASK
from magister_connect.errors import MappingError, Reason, UsageError

_TAG_KEY: Final = secrets.token_bytes(32)  # per process: a tag distinguishes numbers within this process only
_ADVICE: Final = "Correct it in the column that it comes from; no digit is ever guessed."
_TEXT_MARK: Final = re.compile(r"=\"([^\"]+)\"|'([0-9A-Za-z][^']*)")
_CONSTRUCTORS: Final = frozenset({"parse", "parse_lenient", "from_number", "from_lesperiode", "restore"})
_UNFIT_FOR_SCOPE: Final = re.compile(r"[\s|]|\A\Z")


class Remark(StrEnum):
    """What lenient reading repaired or noticed."""

    TRIMMED = "trimmed"
    ZERO_PADDED = "zero_padded"
    PADDING_REMOVED = "padding_removed"
    SEPARATORS_REMOVED = "separators_removed"
    CASE_CHANGED = "case_changed"
    EMPTY_MEANS_MAIN = "empty_means_main"
    UNUSUAL_PREFIX = "unusual_prefix"
    UNUSUAL_FORM = "unusual_form"
    TEXT_MARK_REMOVED = "text_mark_removed"


KindT = TypeVar("KindT", bound="Identifier")
I_co = TypeVar("I_co", bound="Identifier", covariant=True)


@frozen
class Reading(Generic[I_co]):
    """The result of lenient reading: the identifier, and a list of what was repaired or noticed, in order."""

    identifier: I_co
    remarks: tuple[Remark, ...] = ()

    @property
    def unchanged(self) -> bool:
        """Whether strict reading accepts the text too."""
        return not self.remarks


@total_ordering
class Identifier(SafeRepr, ABC):
    """One identifier: a text of one kind, in one realm.

    - ``kind``: the name of the type in tables, files and messages.
    - ``realm``: the scope in which the text is unique; empty if it is unique in the whole country.
    - ``personal``: the kind identifies a person.
    - ``school_only``: it may not leave the school at all.
    - ``recognisable``: a column of this kind is recognised by its form. With ``column_name`` the name of the column
      must match too, because the form alone is too common.
    """

    __slots__ = ("_realm", "_text")

    kind: ClassVar[str]
    form: ClassVar[str]
    pattern: ClassVar[re.Pattern[str]]
    personal: ClassVar[bool] = False
    school_only: ClassVar[bool] = False
    recognisable: ClassVar[bool] = False
    column_name: ClassVar[re.Pattern[str] | None] = None

    _text: str
    _realm: str

    def __init_subclass__(cls) -> None:
        """Wrap the constructor, so that no frame of it holds the text when it raises."""
        super().__init_subclass__()
        for name, member in tuple(vars(cls).items()):
            if isinstance(member, classmethod) and name in _CONSTRUCTORS:
                setattr(cls, name, classmethod(boundary.around(member.__func__)))
            elif name == "__init__" and isinstance(member, FunctionType):
                setattr(cls, name, boundary.around(member))

    def __init__(self, text: str, realm: str = "") -> None:
        try:
            self._refuse_non_text(text)
            self._check(text)
        except MappingError as error:
            text = ""  # debuggers show this frame
            raise error.with_traceback(None)  # noqa: B904 - the same error, without the frames that hold the text
        object.__setattr__(self, "_text", text)
        object.__setattr__(self, "_realm", realm)

    def __getattr__(self, name: str) -> str:
        """Return a repr for a half-built identifier, which a debugger may show."""
        if name in Identifier.__slots__:
            return ""
        message = f"{type(self).__name__} has no attribute {name}"
        raise AttributeError(message)

    @classmethod
    def _refuse_non_text(cls, text: object) -> None:
        if not isinstance(text, str):
            advice = "Pass it as text."
            if hasattr(cls, "from_number"):
                advice += " For a whole number that lost its zeros, use from_number()."
            raise cls._complaint("A text was expected", advice).because(Reason.MALFORMED) from None

    @classmethod
    def _check(cls, text: str) -> None:
        """Raise :class:`MappingError` unless ``text`` is a well-formed identifier of this kind."""
        if not cls.pattern.fullmatch(text):
            raise cls._complaint(f"{cls.form} expected").because(Reason.MALFORMED)

    @classmethod
    def _whole(cls, number: object) -> int:
        """Check a number for ``from_number``: an ``int``, but not a bool or a float."""
        if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
            return number
        raise cls._complaint("A whole number was expected").because(Reason.MALFORMED)

    @classmethod
    def _complaint(cls, what: str, advice: str = _ADVICE) -> MappingError:
        return MappingError(what, where=cls.kind, advice=advice)

    @classmethod
    def _tidied(cls, text: str) -> tuple[str, tuple[Remark, ...]]:
        """Repair a text before it is checked in lenient reading.

        A spreadsheet keeps zeros as ``="063138219"`` or ``'063138219``. The text inside is used.
        """
        bare = text.strip()
        trimmed = () if bare == text else (Remark.TRIMMED,)
        if marked := _TEXT_MARK.fullmatch(bare):
            return (marked[1] or marked[2]).strip(), (*trimmed, Remark.TEXT_MARK_REMOVED)
        return bare, trimmed

    @classmethod
    @abstractmethod
    def restore(cls, text: str, realm: str) -> Self:
        """Return the identifier of this kind with this ``reveal()`` and ``realm``, as stored in files and tables."""

    @property
    def realm(self) -> str:
        """The scope in which the text is unique; empty for the whole country."""
        return self._realm

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    @property
    def _order(self) -> tuple[str, str, str]:
        return self.kind, self._realm, self._text

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._text == other._text and self._realm == other._realm

    def __lt__(self, other: object) -> bool:
        return self._order < other._order if isinstance(other, Identifier) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.kind, self._realm, self._text))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = f"{type(self).__name__} is immutable"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        self.__setattr__(name, None)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return type(self).restore, (self._text, self._realm)

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return kind, realm and text. The text of a personal identifier is masked unless ``reveal`` is true."""
        text = self._text if reveal or not self.personal else MASK
        return {"kind": self.kind, "realm": self._realm, "text": text}

    @classmethod
    @boundary.around
    def from_dict(cls, data: Mapping[str, str]) -> Self:
        """Build an identifier from what ``to_dict(reveal=True)`` returned.

        Raises :class:`MappingError` as its type does.

        ``Identifier.from_dict`` accepts any kind. A subclass accepts only its own kind and its subclasses.
        """
        found = next((each for each in _kinds_of(cls) if each.kind == data["kind"]), None)
        if found is None:
            raise UsageError(
                "This is an identifier of another kind", where=cls.__name__, advice="Parse it with its own class."
            )
        return found.restore(data["text"], data["realm"])

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r})"


def _kinds_of(kind: type[KindT]) -> Iterator[type[KindT]]:
    """Yield a class and its subclasses that have a kind."""
    if "kind" in vars(kind):
        yield kind
    for each in kind.__subclasses__():
        yield from _kinds_of(each)


class Code(Identifier):
    """An identifier that is unique in the whole country."""

    __slots__ = ()

    def __init__(self, text: str) -> None:
        super().__init__(text)

    @classmethod
    def restore(cls, text: str, realm: str) -> Self:
        """Return the code with this text. A code has no realm."""
        if realm:
            raise UsageError("This kind of identifier has no realm", where=cls.kind, advice="Pass an empty text.")
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the exact form. Raises :class:`MappingError` with ``reason`` ``malformed`` or ``checksum``."""
        return cls(text)

    @classmethod
    def parse_lenient(cls, text: str) -> Reading[Self]:
        """Parse as :meth:`parse` does, after harmless repairs, which are reported. Never guesses a digit."""
        cls._refuse_non_text(text)
        tidied, remarks = cls._tidied(text)
        found = cls.parse(tidied)
        return Reading(found, remarks + found.oddities)

    @property
    def oddities(self) -> tuple[Remark, ...]:
        """Return what is unusual about a well-formed value."""
        return ()

    @classmethod
    def is_valid(cls, text: object) -> bool:
        """Return whether :meth:`parse` accepts the text. Values that are not text are not valid."""
        try:
            cls.parse(text)  # type: ignore[arg-type]  # parse answers any object with an identifier or an error
        except MappingError:
            return False
        return True


class Scoped(Identifier):
    """An identifier that is unique only within a scope. The scope is required."""

    __slots__ = ()

    def __init__(self, text: str, *, scope: str) -> None:
        self._check_scope(scope)
        super().__init__(text, scope)

    @classmethod
    def _check_scope(cls, scope: object) -> None:
        if not isinstance(scope, str) or _UNFIT_FOR_SCOPE.search(scope):
            raise UsageError(
                "A scope must be a text without blanks and bars",
                where=cls.kind,
                advice="Pass where the text is unique: a BRIN, a tenant, a customer.",
            )

    @classmethod
    def restore(cls, text: str, realm: str) -> Self:
        """Return the identifier with this text in this scope."""
        return cls(text, scope=realm)

    @property
    def scope(self) -> str:
        """The administration, tenant, customer or document in which the text is unique."""
        return self._realm

    @classmethod
    def parse(cls, text: str, *, scope: str) -> Self:
        """Parse the exact form. ``scope`` is where the text is unique. Raises :class:`MappingError`."""
        return cls(text, scope=scope)

    @classmethod
    def parse_lenient(cls, text: str, *, scope: str) -> Reading[Self]:
        """Parse as :meth:`parse` does, after harmless repairs, which are reported."""
        cls._refuse_non_text(text)
        tidied, remarks = cls._tidied(text)
        return Reading(cls(tidied, scope=scope), remarks)

    @classmethod
    def is_valid(cls, text: object) -> bool:
        """Return whether :meth:`parse` accepts the text, in any scope."""
        try:
            cls._refuse_non_text(text)
            cls._check(str(text))
        except MappingError:
            return False
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r}, scope={self._realm!r})"


class Personal(Identifier):
    """An identifier of a person. It is shown as a tag; only ``reveal()`` returns the text.

    The tag is the beginning of an HMAC with a key of this process. The same number has the same tag until the process
    ends, so you can compare lines of one log. A tag cannot be reversed, or compared with a tag of another process.
    """

    __slots__ = ()

    personal: ClassVar[bool] = True

    @property
    def tag(self) -> str:
        """Four hexadecimal digits that distinguish numbers within one process."""
        message = "|".join(self._order).encode()
        return hmac.new(_TAG_KEY, message, hashlib.sha256).hexdigest()[:4]

    def __repr__(self) -> str:
        if not hasattr(self, "_realm"):  # debugging tools print objects that are not complete yet
            return f"<{type(self).__name__}>"
        scope = f" {self._realm}" if self._realm else ""
        return f"{type(self).__name__}<#{self.tag}{scope}>"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, _specification: str) -> str:
        return repr(self)
