"""EDEXML documents and UWLR answers as tables: pupils, staff, groups, locations, and who is in which group.

A key is valid for one school year (documented for groups; many senders promise it for one document only). So a history
covers one school year. Rows of an earlier year stay as they were at its end, and those people do not count as having
left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from magister_connect.edexml import Document
from magister_connect.edexml.model.records import (
    Groep,
    GroepReferentie,
    Leerkracht,
    Leerling,
    SamengesteldeGroep,
    Vestiging,
)
from magister_connect.errors import UsageError
from magister_connect.identifiers import EckId, Role, UwlrKey
from magister_connect.uwlr import NoData, NothingChanged, PupilData
from magister_connect.warehouse.columns import Column, Columns, KeyOf, column_of_text, columns_of
from magister_connect.warehouse.history import LoadRun
from magister_connect.warehouse.privacy import Choice, Keys
from magister_connect.warehouse.resources import Read, with_history

if TYPE_CHECKING:
    from dlt.extract import DltResource

Answered: TypeAlias = Document | PupilData | NothingChanged | NoData | None
Given: TypeAlias = Answered | Callable[[], Answered]
"""A document, a UWLR answer, or a function that reads one when the load begins.

An answer without data changes nothing.
"""

DOCUMENT_TABLES: Final = (
    "leerlingen",
    "leerkrachten",
    "groepen",
    "samengestelde_groepen",
    "vestigingen",
    "lidmaatschappen",
)
_PEOPLE: Final = {"leerlingen": (Leerling, Role.PUPIL), "leerkrachten": (Leerkracht, Role.STAFF)}
_THINGS: Final = {"groepen": Groep, "samengestelde_groepen": SamengesteldeGroep, "vestigingen": Vestiging}
_PARTITION: Final = "schooljaar"


@frozen
class Documents:
    """The tables of one document. Their names begin with ``prefix``."""

    prefix: str
    keys: Keys
    choice: Choice
    run: LoadRun

    def resources(self, given: Given) -> list[DltResource]:
        """Return a resource for each table. The document is read once, when dlt reads the first one."""
        read = cache(partial(_document_of, given))
        return [
            with_history(f"{self.prefix}_{name}", partial(self._read, name, read), self.run) for name in DOCUMENT_TABLES
        ]

    def _read(self, name: str, read: Callable[[], Document | None]) -> Read | None:
        document = read()
        if document is None:
            return None
        columns = self._columns(name, document)
        records = list(_memberships(document)) if name == "lidmaatschappen" else getattr(document, name)
        return Read(columns, records, part={_PARTITION: document.school.schooljaar})

    def _columns(self, name: str, document: Document) -> Columns:
        table, year = f"{self.prefix}_{name}", document.school.schooljaar
        first = (
            column_of_text("school", lambda _: self.keys.school, as_it_is=True),
            column_of_text(_PARTITION, lambda _: year, as_it_is=True),
        )
        if name in _PEOPLE:
            kind, role = _PEOPLE[name]
            keys: dict[str, KeyOf] = {"key": self._key_of(document, role), "eckid": self._eck_id}
            names = {"key": "person_key"}
            return columns_of(table, kind, self.choice, keys, person="key", more=first, names=names)
        if name in _THINGS:
            texts = [column_of_text(each, _attribute(each), as_it_is=each == "key") for each in _NAMES_OF_THINGS]
            return Columns(table, (*first, *(each for each in texts if name == "groepen" or each.name != "jaargroep")))
        person = Column("person_key", "text", lambda one: self._key_of(document, one[0])(one[1]))
        group = (Column("soort", "text", _at(2)), Column("groep", "text", _at(3)), Column("rol", "text", _at(0)))
        return Columns(table, (*first, person, *group), "person_key")

    def _key_of(self, document: Document, role: Role) -> KeyOf:
        """Return the function for the pseudonym of a key. A crosswalk of this document has the same pseudonyms."""
        school = document.school
        scope = (
            UwlrKey.document_scope(school.brincode, school.dependancecode, school.schooljaar) if school.brincode else ""
        )

        def key(text: str | None) -> str | None:
            if not text:
                return None
            if role is Role.PUPIL and scope and UwlrKey.is_valid(text):
                return self.keys.of(UwlrKey(text, scope=scope))
            return self.keys.text(f"{school.schooljaar}.{role}", text)

        return key

    def _eck_id(self, text: str | None) -> str | None:
        if not text:
            return None
        return self.keys.of(EckId(text)) if EckId.is_valid(text) else self.keys.text("eckid", text)


_NAMES_OF_THINGS: Final = ("key", "naam", "omschrijving", "jaargroep")


def _attribute(name: str) -> Callable[[object], object]:
    return lambda record: getattr(record, name, None)


def _at(place: int) -> Callable[[tuple[object, ...]], object]:
    return lambda row: str(row[place])


def _memberships(document: Document) -> Iterator[tuple[Role, str, str, str]]:
    for pupil in document.leerlingen:
        if pupil.groep is not None:
            yield Role.PUPIL, pupil.key, "groep", pupil.groep
        for key in pupil.samengestelde_groepen:
            yield Role.PUPIL, pupil.key, "samengestelde_groep", key
    for member in document.leerkrachten:
        for one in member.groepen:
            kind = "groep" if isinstance(one, GroepReferentie) else "samengestelde_groep"
            yield Role.STAFF, member.key, kind, one.key


def _document_of(given: Given) -> Document | None:
    found = given() if callable(given) else given
    if isinstance(found, PupilData):
        return found.document
    if found is None or isinstance(found, Document):
        return found
    other: object = found
    if isinstance(other, NothingChanged | NoData):  # pyright: ignore[reportUnnecessaryIsInstance] - callers have dicts
        return None
    what = f"A document was expected, not an object of the class {type(found).__name__}"
    raise UsageError(what, where="edexml, uwlr", advice="Pass edexml.read(path), or an answer of UwlrClient.pupils().")


def tables_of(prefix: str) -> Iterable[str]:
    """Return the names of the tables of a document."""
    return [f"{prefix}_{name}" for name in DOCUMENT_TABLES]
