"""What may leave the school: audiences, and the guard in front of everything that writes for one.

A supplier of tests or learning materials has no ground in law for a personal number; the way that is open is the
stamnummer or the ECK iD (the law is documented, the conclusion inferred). So a target outside the school is refused
every BSN, onderwijsnummer, hPGN and stampseudoniem, whatever the caller meant to send.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import frozen

from magister_connect.errors import Move, UsageError
from magister_connect.identifiers import Bsn, Hpgn, Identifier, Onderwijsnummer, PgnKind, Stampseudoniem, kind_of

__all__ = ["SCHOOL", "Audience"]

_SCHOOL_ONLY: Final = (Bsn, Onderwijsnummer, Hpgn, Stampseudoniem)
_ADVICE: Final = "Send the stamnummer with a prefix, an ECK iD, or a pseudonym that is made for this audience."


@frozen
class Audience:
    """Whom something is written for. ``external`` is everybody who is not the school itself."""

    name: str
    external: bool = True

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise UsageError("An audience needs a name", where="Audience", advice="Name who gets what is written.")

    def check(self, identifiers: Iterable[Identifier]) -> None:
        """Raise :class:`UsageError` where one of these must not be written for this audience."""
        if not self.external:
            return
        for one in identifiers:
            if isinstance(one, _SCHOOL_ONLY):
                raise self._refusal(one.kind)

    def check_texts(self, rows: Iterable[Mapping[str, object]]) -> None:
        """The same for rows of text: a cell that passes the eleven test is refused, with its row and column."""
        if not self.external:
            return
        for place, row in enumerate(rows):
            for column, cell in row.items():
                if kind_of(cell) in {PgnKind.BSN, PgnKind.ONDERWIJSNUMMER}:
                    raise self._refusal(f"row {place}, column {column}")

    def _refusal(self, where: str) -> UsageError:
        what = f"A personal number must not be written for {self.name}, who is outside the school"
        return UsageError(what, where=where, move=Move.YOURS, advice=_ADVICE)


SCHOOL: Final = Audience("the school", external=False)
"""The school itself, and whoever works for it under its own roof."""
