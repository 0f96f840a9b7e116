"""What the warehouse may contain: pseudonyms as keys, and columns that can identify a person only if you name them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final

from attrs import field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.personal import identifies, without_numbers
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.crosswalk import Pseudonymiser
from magister_connect.errors import MappingError, UsageError
from magister_connect.identifiers import Identifier, Role, Stamnummer, canonical_stamnummer
from magister_connect.identifiers.identifier import Scoped

Names = Mapping[str, Iterable[str]]
"""Names of fields or columns, by table."""

SENSITIVE: Final = frozenset({"etniciteit", "land", "land_vader", "land_moeder", "gewicht", "gewicht_nieuw"})
"""EDEXML fields about descent. They do not identify a person, but are included only on request."""


class KeptText(Scoped):
    """Any text that is unique in one column of one school."""

    __slots__ = ()

    kind: ClassVar[str] = "kept_text"
    form: ClassVar[str] = "Any text"
    pattern: ClassVar[re.Pattern[str]] = re.compile(r".+", re.DOTALL)


class Keys(SafeRepr):
    """The keys of one school for one audience: the pseudonyms of its identifiers, each computed once.

    ``pseudonyms.of(Stamnummer("10001", scope=school))`` returns the same text, so that you can find and delete a
    person. Raises :class:`UsageError` if there is no key for pseudonyms.
    """

    def __init__(self, school: str, pseudonyms: Pseudonymiser | None) -> None:
        given: object = pseudonyms
        if not isinstance(given, Pseudonymiser):
            raise UsageError(
                "A load needs a key for pseudonyms",
                where="pseudonyms",
                advice='Pass Pseudonymiser(key, key_id="k1", audience=Audience("warehouse")), with a key of 32 bytes.',
            )
        self.school, self._pseudonyms = school, given
        self._found: dict[tuple[object, str], str] = {}

    def __repr__(self) -> str:
        return f"<Keys of {self.school} for {self._pseudonyms.audience.name}>"

    @property
    def external(self) -> bool:
        """Whether the audience is outside the school."""
        return self._pseudonyms.audience.external

    def of(self, identifier: Identifier) -> str:
        """Return the pseudonym of an identifier."""
        return self._pseudonyms.of(identifier)

    def person(self, stamnummer: object, role: Role = Role.PUPIL) -> str | None:
        """Return the pseudonym of a stamnummer, ignoring leading zeros.

        A text that is not a stamnummer gets its own pseudonym.
        """
        if stamnummer is None or stamnummer == "":
            return None
        text = canonical_stamnummer(stamnummer) if isinstance(stamnummer, int) else str(stamnummer)
        return self._kept((role, text), lambda: self._of_number(canonical_stamnummer(text), role))

    def text(self, place: str, value: object) -> str | None:
        """Return the pseudonym of a text in one column, ``place``."""
        if value is None or value == "":
            return None
        text = str(value)
        return self._kept((place, text), lambda: self._of_text(place, text))

    def require_same(self, state: dict[str, Any]) -> None:
        """Raise :class:`UsageError` if earlier loads of this school, by the state of dlt, used another key."""
        mine = self._of_text("keys", "all")
        if state.setdefault("keys", {}).setdefault(self.school, mine) != mine:
            raise UsageError(
                "The last load used another key for pseudonyms, so people cannot be matched with it",
                where=f"pseudonyms, school {self.school}",
                advice="Pass the key and the audience of the last load, or use a new dataset.",
            )

    def _of_number(self, text: str, role: Role) -> str:
        try:
            return self.of(Stamnummer(text, scope=self.school, role=role))
        except MappingError:  # a guest, or a name on a test platform
            return self._of_text(f"stamnummer.{role}", text)

    def _of_text(self, place: str, text: str) -> str:
        return self.of(KeptText(text, scope=f"{self.school}/{place}"))

    def _kept(self, place: tuple[object, str], make: Callable[[], str]) -> str:
        found = self._found.get(place)
        if found is None:
            found = self._found[place] = make()
        return found


@frozen
class Choice:
    """Which columns are included: ``revealed`` although they can identify a person, ``left_out`` never."""

    revealed: Mapping[str, frozenset[str]] = field(default=FrozenDict())
    left_out: Mapping[str, frozenset[str]] = field(default=FrozenDict())

    @classmethod
    def of(cls, reveal: Names, leave_out: Names, tables: Iterable[str], *, external: bool) -> Choice:
        """Build the choice of the caller. Raises :class:`UsageError` for a table that this load does not have.

        Raises it too if a personal number is revealed to an audience outside the school.
        """
        known = frozenset(tables)
        for argument, names in (("reveal", reveal), ("leave_out", leave_out)):
            for table, given in names.items():
                if table not in known:
                    advice = f"Use one of: {', '.join(sorted(known))}."
                    raise UsageError(f"This load has no table {table}", where=argument, advice=advice)
                if isinstance(given, str):
                    advice = f'Pass {argument}={{"{table}": ["..."]}}.'
                    raise UsageError("The names of columns must be a list", where=argument, advice=advice)
        choice = cls(
            *(FrozenDict({table: frozenset(each) for table, each in names.items()}) for names in (reveal, leave_out))
        )
        numbers = [name for names in choice.revealed.values() for name in names if _PERSONAL_NUMBER.search(name)]
        if external and numbers:
            raise UsageError(
                "A personal number must not be written for an audience outside the school",
                where=f"reveal, {numbers[0]}",
                advice="Leave it out: the pseudonym is the same for the same person.",
            )
        return choice

    def check(self, table: str, names: Iterable[str]) -> None:
        """Raise :class:`UsageError` for a named column that the table does not have."""
        there = frozenset(names)
        for argument, chosen in (("reveal", self.revealed), ("leave_out", self.left_out)):
            if missing := sorted(chosen.get(table, frozenset()) - there):
                raise UsageError(
                    f"The table {table} has no column {missing[0]}",
                    where=argument,
                    advice=f"Use one of: {', '.join(sorted(there))}.",
                )

    def is_included(self, table: str, name: str, *, personal: bool | None = None) -> bool:
        """Return whether a column is included. Without ``personal``, the name of the column decides."""
        if name in self.left_out.get(table, ()):
            return False
        hidden = (identifies(name) if personal is None else personal) or name in SENSITIVE
        return not hidden or self.is_revealed(table, name)

    def is_revealed(self, table: str, name: str) -> bool:
        """Return whether the caller named the column, so that its texts are included unchanged."""
        return name in self.revealed.get(table, ())


_PERSONAL_NUMBER: Final = re.compile(r"bsn|pgn|sofinummer|onderwijsnummer|ondwnr|rijksregister", re.IGNORECASE)


def harmless(value: object) -> str | None:
    """Return a text without e-mail addresses and possible personal numbers, or ``None`` if it is empty."""
    text = str(value) if value is not None else ""
    return without_numbers(text) or None
