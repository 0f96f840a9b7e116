"""Profiles: which fields an exchange may contain. A field that is not in the profile is forbidden (documented).

The host of the data restricts a document before it answers (:func:`restrict`). The receiver reports fields beyond the
profile (:func:`excess`), because data that is not needed may not be kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

import attrs
from attrs import evolve, field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.serialization import PlainData
from magister_connect.edexml import (
    Document,
    Groep,
    Leerkracht,
    Leerling,
    SamengesteldeGroep,
    School,
    Vestiging,
)

T = TypeVar("T", School, Vestiging, Groep, SamengesteldeGroep, Leerling, Leerkracht)

_SCHOOL: Final = (
    "schooljaar peildatum brincode dependancecode instellingsnummer schoolkey aanmaakdatum auteur xsdversie commentaar"
)
_NAMES: Final = "key eckid achternaam voorvoegsel roepnaam"


def _fields(**kinds: str) -> Mapping[str, frozenset[str]]:
    return FrozenDict({kind: frozenset(names.split()) for kind, names in kinds.items()})


@frozen
class Profile(PlainData):
    """The fields that each kind of record may have. A kind that is not listed may not occur.

    Roles of staff are allowed only inside references to groups (documented).
    """

    name: str
    fields: Mapping[str, frozenset[str]] = field(repr=False)

    def allows(self, record: object, name: str) -> bool:
        """Return whether a record may have this field."""
        return name in self.fields.get(type(record).__name__, frozenset())


SMALLE_SET: Final = Profile(
    "smalle set 2.2",
    _fields(
        School=_SCHOOL,
        Groep="key naam jaargroep",
        SamengesteldeGroep="key naam omschrijving",
        Leerling=f"{_NAMES} geboortedatum jaargroep groep samengestelde_groepen",
        Leerkracht=f"{_NAMES} emailadres groepen",
    ),
)
"""For learning and testing material (documented, schema of UWLR 2.2)."""

SMALLE_SET_2_3: Final = Profile(
    "smalle set 2.3",
    FrozenDict({**SMALLE_SET.fields, "Leerling": SMALLE_SET.fields["Leerling"] - {"geboortedatum"}}),
)
"""The same without the date of birth (documented in the text of UWLR 2.3; its schema is not public)."""

LVS_SET: Final = Profile(
    "LVS set 2.2",
    _fields(
        School=_SCHOOL,
        Groep="key naam jaargroep",
        SamengesteldeGroep="key naam omschrijving",
        Leerling=(
            f"{_NAMES} voorletters_1 geboortedatum geslacht start_ondw_jgr3 jaargroep bsn_ondwnr_4 groep"
            " samengestelde_groepen"
        ),
        Leerkracht=f"{_NAMES} voorletters_1 groepen",
    ),
)
"""For pupil tracking systems (documented, schema of UWLR 2.2)."""

PROFILES: Final = (SMALLE_SET, SMALLE_SET_2_3, LVS_SET)


@frozen
class ProfileReport(PlainData):
    """How often each field beyond a profile occurred, by name such as ``"Leerling.geslacht"``.

    It contains no value of a field.
    """

    profile: Profile
    counts: Mapping[str, int]

    def __bool__(self) -> bool:
        return bool(self.counts)

    def __str__(self) -> str:
        if not self.counts:
            return f"No field is beyond the profile {self.profile.name}"
        lines = (f"{field}: {count}" for field, count in sorted(self.counts.items()))
        return "\n".join((f"Fields beyond the profile {self.profile.name}:", *lines))


def excess(document: Document, profile: Profile) -> ProfileReport:
    """Report what a document contains beyond a profile. ``extra`` of lenient reading counts as a field too."""
    beyond = Counter(
        f"{type(record).__name__}.{name}"
        for record in _records(document)
        for name in _filled(record)
        if not profile.allows(record, name)
    )
    return ProfileReport(profile, FrozenDict(dict(beyond)))


def restrict(document: Document, profile: Profile) -> tuple[Document, ProfileReport]:
    """Return the document with only the fields of a profile, and a report of what was removed.

    Fields are removed one by one. The schema of the receiver decides whether the rest is sufficient. References to
    groups keep their roles.
    """
    report = excess(document, profile)
    restricted = evolve(
        document,
        school=_restricted(document.school, profile),
        vestigingen=tuple(_restricted(each, profile) for each in document.vestigingen)
        if "Vestiging" in profile.fields
        else (),
        groepen=tuple(_restricted(each, profile) for each in document.groepen),
        samengestelde_groepen=tuple(_restricted(each, profile) for each in document.samengestelde_groepen),
        leerlingen=tuple(_restricted(each, profile) for each in document.leerlingen),
        leerkrachten=tuple(_restricted(each, profile) for each in document.leerkrachten),
    )
    return restricted, report


def _records(document: Document) -> Iterator[attrs.AttrsInstance]:
    yield document.school
    yield from document.vestigingen
    yield from document.groepen
    yield from document.samengestelde_groepen
    yield from document.leerlingen
    yield from document.leerkrachten


def _filled(record: attrs.AttrsInstance) -> Iterator[str]:
    for each in attrs.fields(type(record)):
        if getattr(record, each.name) not in (None, ()):
            yield each.name


def _restricted(record: T, profile: Profile) -> T:
    """Return the record without fields beyond the profile. Required fields are in every profile."""
    gone = (name for name in _filled(record) if not profile.allows(record, name))
    empty: dict[str, Any] = {name: () if isinstance(getattr(record, name), tuple) else None for name in gone}
    return evolve(record, **empty) if empty else record
