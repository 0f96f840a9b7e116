"""The records of EDEXML, with the Dutch names of the standard.

Readers build records, and a record that exists is complete and correct. Nothing is guessed. Printing a record hides its
values. Read them from its attributes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Self, TypeAlias

import attrs

from magister_connect.core.boundary import boundary
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import from_plain, to_plain
from magister_connect.edexml.findings import Finding
from magister_connect.edexml.model.blocks import Blok, fields_from
from magister_connect.edexml.model.codes import Etniciteit, Geslacht, Gewicht, GewichtNieuw, Jaargroep, Rol
from magister_connect.edexml.model.countries import Land
from magister_connect.errors import FieldInvalid

Extra: TypeAlias = tuple[tuple[str, str], ...]
"""Data that a lenient reader kept without understanding it: name and raw text (or markup)."""


class _Keyed(MaskedRepr):
    """A record with a key.

    The key should stay the same in the next file, and never be used for another record (documented).
    """

    __slots__: tuple[str, ...] = ()
    key: str

    @property
    def is_dummy_key(self) -> bool:
        """Whether the key begins with ``#``, because the sender has no lasting keys (documented)."""
        return self.key.startswith("#")


class _WithRoles(MaskedRepr):
    """A record with roles.

    A role is a member of ``Rol`` or free text. Plain data keep these apart, and also groups of both kinds.
    """

    __slots__: tuple[str, ...] = ()

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return the record as plain data. Each role is ``{"rol": code}`` or ``{"rolomschrijving": text}``."""
        roles: tuple[Rol | str, ...] = getattr(self, "rollen", ())
        plain = [
            {"rol" if isinstance(role, Rol) else "rolomschrijving": to_plain(role, reveal=reveal)} for role in roles
        ]
        found = {**MaskedRepr.to_dict(self, reveal=reveal), "rollen": plain}
        if isinstance(self, GroepReferentie | SamengesteldeGroepReferentie):
            kind = "groep" if isinstance(self, GroepReferentie) else "samengestelde_groep"
            return {"soort": kind, **found}
        return found

    @classmethod
    @boundary.around
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Build a record from what ``to_dict(reveal=True)`` returned."""
        roles = from_plain(tuple[dict[str, str], ...], data.get("rollen", []))
        rest = {name: value for name, value in data.items() if name not in {"rollen", "groepen", "soort"}}
        made = fields_from(cls, rest)
        groups = from_plain(tuple[dict[str, object], ...], data.get("groepen", []))
        more = {"groepen": tuple(_reference(one) for one in groups)} if "groepen" in data else {}
        rollen = tuple(_role(one) for one in roles)
        return attrs.evolve(made, rollen=rollen, **more)  # type: ignore[misc] # both classes have the fields


@attrs.frozen(repr=False, weakref_slot=False)
class School(MaskedRepr):
    """The school (one location of it) and the school year of the file.

    ``peildatum`` is the reference date of the contents. If it is absent, ``aanmaakdatum`` is the reference date.
    """

    schooljaar: str
    peildatum: dt.date | None = None
    brincode: str | None = None
    dependancecode: str | None = None
    instellingsnummer: str | None = None
    schoolkey: str | None = None
    aanmaakdatum: dt.datetime | None = None
    auteur: str | None = None
    xsdversie: str | None = None
    commentaar: str | None = None
    toevoegingen: tuple[Blok, ...] = ()
    extra: Extra = ()


@attrs.frozen(repr=False, weakref_slot=False)
class Vestiging(_Keyed):
    """A location of the school."""

    key: str
    naam: str
    omschrijving: str | None = None
    mutatiedatum: dt.datetime | None = None
    extra: Extra = ()


@attrs.frozen(repr=False, weakref_slot=False)
class Groep(_Keyed):
    """A base group; each pupil is in at most one. ``jaargroep`` is ``None`` only after lenient reading."""

    key: str
    naam: str
    jaargroep: Jaargroep | None
    omschrijving: str | None = None
    toevoegingen: tuple[Blok, ...] = ()
    mutatiedatum: dt.datetime | None = None
    extra: Extra = ()


@attrs.frozen(repr=False, weakref_slot=False)
class SamengesteldeGroep(_Keyed):
    """A group across base groups, such as one for a subject. A pupil can be in any number of them."""

    key: str
    naam: str
    omschrijving: str | None = None
    toevoegingen: tuple[Blok, ...] = ()
    mutatiedatum: dt.datetime | None = None
    extra: Extra = ()


@attrs.frozen(repr=False, weakref_slot=False)
class Leerling(_Keyed):
    """A pupil. ``groep``, ``samengestelde_groepen`` and ``vestiging`` are keys."""

    key: str
    eckid: str | None = None
    achternaam: str | None = None
    voorvoegsel: str | None = None
    voornamen: str | None = None
    voorletters_1: str | None = None
    roepnaam: str | None = None
    geboortedatum: dt.date | None = None
    geslacht: Geslacht | None = None
    start_ondw_jgr3: dt.date | None = None
    jaargroep: Jaargroep | None = None
    groep: str | None = None
    samengestelde_groepen: tuple[str, ...] = ()
    vestiging: str | None = None
    gebruikersnaam: str | None = None
    emailadres: str | None = None
    fotourl: str | None = None
    etniciteit: Etniciteit | None = None
    land: Land | None = None
    land_vader: Land | None = None
    land_moeder: Land | None = None
    sofinummer: str | None = None
    bsn: str | None = None
    onderwijsnummer: str | None = None
    bsn_ondwnr_4: str | None = None
    rijksregisternummer: str | None = None
    gewicht_nieuw: GewichtNieuw | None = None
    gewicht: Gewicht | None = None
    postcodenl: str | None = None
    postnummerbe: str | None = None
    postcodeoverig: str | None = None
    instroomdatum: dt.date | None = None
    uitstroomdatum: dt.date | None = None
    toevoegingen: tuple[Blok, ...] = ()
    mutatiedatum: dt.datetime | None = None
    extra: Extra = ()


@attrs.frozen(repr=False, weakref_slot=False)
class GroepReferentie(_WithRoles):
    """A group of a member of staff, with the roles in it: members of ``Rol``, or free text (rolomschrijving)."""

    key: str
    rollen: tuple[Rol | str, ...] = ()
    extra: Extra = ()


@attrs.frozen(repr=False, weakref_slot=False)
class SamengesteldeGroepReferentie(_WithRoles):
    """A samengestelde groep of a member of staff, with the roles in it."""

    key: str
    rollen: tuple[Rol | str, ...] = ()
    extra: Extra = ()


@attrs.frozen(repr=False, weakref_slot=False)
class Leerkracht(_WithRoles, _Keyed):
    """A member of staff.

    ``rollen`` holds members of ``Rol``, and plain strings for roles that are described in words.
    """

    key: str
    eckid: str | None = None
    achternaam: str | None = None
    voorvoegsel: str | None = None
    voornamen: str | None = None
    voorletters_1: str | None = None
    roepnaam: str | None = None
    gebruikersnaam: str | None = None
    emailadres: str | None = None
    rollen: tuple[Rol | str, ...] = ()
    groepen: tuple[GroepReferentie | SamengesteldeGroepReferentie, ...] = ()
    toevoegingen: tuple[Blok, ...] = ()
    mutatiedatum: dt.datetime | None = None
    extra: Extra = ()


@attrs.frozen(repr=False, weakref_slot=False)
class Document(MaskedRepr):
    """A whole EDEXML document.

    ``version`` is the version that it was read as. ``group_order`` holds the order of both kinds of groups together, so
    that writing keeps that order. ``findings`` are the deviations that a lenient reader accepted.
    """

    school: School
    vestigingen: tuple[Vestiging, ...] = ()
    groepen: tuple[Groep, ...] = ()
    samengestelde_groepen: tuple[SamengesteldeGroep, ...] = ()
    leerlingen: tuple[Leerling, ...] = ()
    leerkrachten: tuple[Leerkracht, ...] = ()
    version: str = attrs.field(default="2.1", eq=False)
    group_order: tuple[str, ...] = attrs.field(default=(), eq=False)
    schema_location: str | None = attrs.field(default="EDEXML.structuur.xsd", eq=False)
    findings: tuple[Finding, ...] = attrs.field(default=(), eq=False)

    def __repr__(self) -> str:
        return (
            f"<Document {self.version} of {self.school.schooljaar}: {len(self.groepen)} groepen, "
            f"{len(self.leerlingen)} leerlingen, {len(self.leerkrachten)} leerkrachten>"
        )


def _reference(data: Mapping[str, object]) -> GroepReferentie | SamengesteldeGroepReferentie:
    if data.get("soort") == "groep":
        return GroepReferentie.from_dict(data)
    if data.get("soort") == "samengestelde_groep":
        return SamengesteldeGroepReferentie.from_dict(data)
    raise FieldInvalid("groep or samengestelde_groep was expected", where="groepen.soort")


def _role(data: Mapping[str, str]) -> Rol | str:
    role = Rol.of(data["rol"]) if "rol" in data else data.get("rolomschrijving")
    if role is None:
        raise FieldInvalid("A rol or a rolomschrijving was expected", where="rollen")
    return role


Item: TypeAlias = School | Vestiging | Groep | SamengesteldeGroep | Leerling | Leerkracht
"""A record that a reader yields."""
