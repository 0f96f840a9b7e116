"""Account, session and privileges."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from attrs import field, frozen

from magister_connect.core.json import CamelRecord, Link, PascalRecord
from magister_connect.public_api.exchange.connection import path_part
from magister_connect.public_api.exchange.operations import Single


@frozen(kw_only=True, repr=False, slots=False)
class Persoonsnaam(PascalRecord):
    """Names of a person, in the spelling of the older generation."""

    id: int
    roepnaam: str | None = None
    tussenvoegsel: str | None = None
    achternaam: str
    officiele_voornamen: str | None = None
    voorletters: str | None = None
    officiele_tussenvoegsels: str | None = None
    officiele_achternaam: str | None = None
    geboortedatum: dt.date | None = None
    geboorte_achternaam: str | None = None
    geboortenaam_tussenvoegsel: str | None = None
    gebruik_geboortenaam: bool | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Privilege(PascalRecord):
    """A privilege and the access that it allows: ``Read``, ``Create``, ``Update``, ``Delete``."""

    naam: str
    access_type: tuple[str, ...]


@frozen(kw_only=True, repr=False, slots=False)
class Groep(PascalRecord):
    """A group of privileges."""

    naam: str | None = None
    privileges: tuple[Privilege, ...]
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Account(PascalRecord):
    """The account of the token. ``uu_id`` is probably the id in SCIM (inferred, weak: compare)."""

    uu_id: str | None = None
    persoon: Persoonsnaam
    groep: tuple[Groep, ...]
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    def may(self, privilege: str, access: str = "Read") -> bool:
        """Whether the account has a privilege with this kind of access."""
        return any(
            each.naam == privilege and access in each.access_type for groep in self.groep for each in groep.privileges
        )

    @property
    def is_ouder(self) -> bool:
        """Whether this is a parent's account: only those may read ``Kinderen`` (several clients)."""
        return self.may("Kinderen")


@frozen(kw_only=True, repr=False, slots=False)
class Sessie(CamelRecord):
    """The current session. Its link ``account`` is the address of the account."""

    links: Mapping[str, Link] = field(eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Accountgegevens(CamelRecord):
    """An account in the newer generation (one client)."""

    id: int
    naam: str | None = None
    emailadres: str | None = None
    mobiel_telefoonnummer: str | None = None
    softtoken_status: str | None = None
    is_emailadres_geverifieerd: bool | None = None
    moet_emailadres_verifieren: bool | None = None
    uu_id: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Versie(PascalRecord):
    """The versions of the school's Magister (one client). No token is needed."""

    core_versie: str | None = None
    api_versie: str | None = None
    database_versie: str | None = None
    product_versie: str | None = None
    release_datum: dt.date | None = None


def account() -> Single[Account]:
    """The account of the token, with its privileges (several clients)."""
    return Single(path="account", kind=Account)


def sessie() -> Single[Sessie]:
    """The current session (several clients)."""
    return Single(path="sessions/current", kind=Sessie)


def accountgegevens(account: int) -> Single[Accountgegevens]:
    """One account in the newer generation (one client)."""
    return Single(path=f"accounts/{path_part(account)}", kind=Accountgegevens)


def versie() -> Single[Versie]:
    """Versions of the school's Magister (one client)."""
    return Single(path="versie", kind=Versie)
