"""What may leave the school: audiences, and a check before data is written for one.

A supplier of tests or learning materials has no legal basis for a personal number. It may receive the stamnummer or the
ECK iD (the law is documented, the conclusion inferred). So BSN, onderwijsnummer, hPGN and stampseudoniem are always
refused for an audience outside the school.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import frozen

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.crosswalk.links import require_identifiers
from magister_connect.errors import Responsible, UsageError
from magister_connect.identifiers import EckId, Hpgn, Identifier, PgnKind, Stampseudoniem, kind_of

_PASSING: Final = frozenset({PgnKind.BSN, PgnKind.ONDERWIJSNUMMER})
# Not inside a word, a hexadecimal id or the decimals of a number.
_NINE_DIGITS: Final = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9][.,])"
    r"(?:[0-9]{9}|[0-9]{4}([ .-])[0-9]{2}\1[0-9]{3}|[0-9]{3}([ .-])[0-9]{3}\2[0-9]{3})(?![0-9A-Za-z])"
)
_EIGHT_DIGITS: Final = re.compile(r"([0-9]{8})(?:[.,]0+)?")
_DAY: Final = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_MARKS: Final = re.compile(r"[ .-]")
_ADVICE: Final = "Send the stamnummer with a prefix, an ECK iD, or a pseudonym for this audience."


@frozen(repr=False)
class Audience(SafeRepr):
    """The audience of a file or message. ``external`` is everybody except the school itself."""

    name: str
    external: bool = True

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise UsageError("An audience needs a name", where="Audience", advice="Pass the name of the recipient.")

    def __repr__(self) -> str:
        return f"<Audience {self.name!r}, {'external' if self.external else 'internal'}>"

    def check(self, identifiers: Iterable[Identifier]) -> None:
        """Raise :class:`UsageError` if one of these identifiers must not be written for this audience."""
        if not self.external:
            return
        for one in identifiers:
            if one.school_only:
                raise self._refusal(one.kind)

    def check_texts(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Check rows of cells: raise if a cell looks like a forbidden number, with its row (from 0) and column.

        These are forbidden:

        - a run of nine digits that passes the eleven test; it may be grouped, inside other text, or a number;
        - a cell of eight digits that is a BSN without its leading zero, and not a date;
        - an hPGN or a stampseudoniem.

        One in six other numbers of nine digits passes the test too. Add letters to such a column, or leave it out.
        """
        if not self.external:
            return
        for place, row in enumerate(rows):
            for column, cell in row.items():
                if _is_for_the_school(cell):
                    raise self._refusal(f"row {place}, column {column}")

    def _refusal(self, where: str) -> UsageError:
        what = f"A personal number must not be written for {self.name}, an audience outside the school"
        return UsageError(what, where=where, responsible=Responsible.YOU, advice=_ADVICE)


def _is_for_the_school(cell: object) -> bool:
    if isinstance(cell, Identifier):
        return cell.school_only
    text = f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    if Hpgn.is_valid(text) or (Stampseudoniem.is_valid(text) and not EckId.is_valid(text)):
        return True
    if short := _EIGHT_DIGITS.fullmatch(text):
        return kind_of(f"0{short[1]}") is PgnKind.BSN and not _DAY.fullmatch(short[1])
    return any(kind_of(_MARKS.sub("", run[0])) in _PASSING for run in _NINE_DIGITS.finditer(text))


SCHOOL: Final = Audience("the school", external=False)
"""The school itself, and people who work for it under its responsibility."""


SHORTEST_KEY: Final = 32
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Pseudonymiser(SafeRepr):
    """Creates pseudonyms ``key_id:hex`` of 256 bits for one audience.

    ``key`` has at least 32 random bytes. Keep it in a secret store, and use a new ``key_id`` when you replace it.
    Raises :class:`UsageError` if the key is too short or not bytes.
    """

    __slots__ = ("_key", "audience", "key_id")

    def __init__(self, key: bytes, *, key_id: str, audience: Audience) -> None:
        if not _is_key(key):
            raise UsageError(
                f"The key of a pseudonym must have at least {SHORTEST_KEY} bytes",
                where="Pseudonymiser(key=...)",
                advice=f"Make one with secrets.token_bytes({SHORTEST_KEY}), and keep it with your secrets.",
            )
        if not _KEY_ID.fullmatch(key_id):
            raise UsageError(
                "The id of a key must consist of at most 32 letters, digits, hyphens and underscores",
                where="Pseudonymiser(key_id=...)",
                advice="Use an id such as k1, and k2 for the next key.",
            )
        self._key, self.key_id, self.audience = key, key_id, audience

    def __repr__(self) -> str:
        return f"Pseudonymiser(key_id={self.key_id!r}, audience={self.audience.name!r})"

    def of(self, identifier: Identifier) -> str:
        """Return the pseudonym of an identifier."""
        require_identifiers(identifier, where="Pseudonymiser.of")
        what = f"{identifier.kind}|{identifier.realm}|{identifier.reveal()}"
        message = f"magister-connect.v1|{self.audience.name}|{what}"
        return f"{self.key_id}:{hmac.new(self._key, message.encode(), hashlib.sha256).hexdigest()}"


def _is_key(key: object) -> bool:
    """Return whether the key is long enough, and bytes. Many secret stores return text."""
    return isinstance(key, bytes) and len(key) >= SHORTEST_KEY
