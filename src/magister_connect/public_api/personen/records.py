"""Pupils, parents and children, personalia, addresses, contacts: what the interface answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from attrs import field, frozen

from magister_connect.json_records import CamelRecord, Link, PascalRecord, Variant, Variants
from magister_connect.public_api.account.records import Persoonsnaam

__all__ = [
    "ActieveAanmelding",
    "Adres",
    "Autorisatie",
    "Contact",
    "Contactgegeven",
    "Emailadres",
    "Kind",
    "KindVanOuder",
    "Leerling",
    "Naam",
    "Omschrijving",
    "Opleidinggegevens",
    "Ouder",
    "Personalia",
    "Profiel",
    "Stamklas",
    "Telefoonnummer",
    "Toestemming",
]


@frozen(kw_only=True, repr=False, slots=False)
class Naam(CamelRecord):
    """Names of a person, as the newer generation spells them."""

    voorletters: str | None = None
    roepnaam: str | None = None
    tussenvoegsel: str | None = None
    achternaam: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Omschrijving(CamelRecord):
    """A value of a list, with its number and its words."""

    id: int | None = None
    omschrijving: str | None = None
    korte_omschrijving: str | None = None
    code: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Kind(Persoonsnaam):
    """A child of a parent (several clients)."""

    stamnummer: int | None = None
    zichtbaar_voor_ouder: bool | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Stamklas(CamelRecord):
    """The class that a pupil belongs to."""

    id: int | None = None
    code: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class ActieveAanmelding(CamelRecord):
    """An enrolment that holds, as the list of children shows it."""

    stamklas: Stamklas | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class KindVanOuder(Naam):
    """A child of a parent in the newer generation (one client)."""

    id: int
    aanmelding_status: str | None = None
    actieve_aanmeldingen: tuple[ActieveAanmelding, ...] = ()
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Leerling(Naam):
    """A pupil (one client). ``externe_id`` is the UUID of the pupil, ``account_externe_id`` that of the account."""

    id: int
    externe_id: str | None = None
    account_externe_id: str | None = None
    stamnummer: int | None = None
    rollen_van_gebruiker: tuple[str, ...] = ()
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Personalia(Naam):
    """Personalia of a pupil (shape: one client)."""

    officiele_voornamen: str | None = None
    officiele_tussenvoegsels: str | None = None
    officiele_achternaam: str | None = None
    geboortedatum: dt.date | None = None
    geboorteplaats: str | None = None
    geboortegemeente: Omschrijving | None = None
    geboorteland: Omschrijving | None = None
    geslacht: str | None = None
    nationaliteit: Omschrijving | None = None
    emailadres: str | None = None
    telefoonnummer: str | None = None
    klassen: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    woonsituatie: Omschrijving | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Adres(CamelRecord):
    """An address (one client)."""

    id_gemeente: int | None = None
    gemeente: str | None = None
    straat: str | None = None
    huisnummer: str | None = None
    toevoeging: str | None = None
    postcode: str | None = None
    plaats: str | None = None
    is_geheim: bool | None = None
    id_land: int | None = None
    land: str | None = None
    type: str | None = None
    is_buitenlands_adres: bool | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Ouder(CamelRecord):
    """A parent or carer of a pupil (one client)."""

    id: int
    voorletters: str | None = None
    tussenvoegsel: str | None = None
    achternaam: str | None = None
    aanhef: Omschrijving | None = None
    verzorger_type_id: int | None = None
    verzorger_type: str | None = None
    geslacht: str | None = None
    volgnummer: int | None = None
    heeft_toestemming: bool | None = None
    nationaliteit: object | None = None
    is_post_ontvanger: bool | None = None
    geboorteland: object | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Profiel(PascalRecord):
    """What a person set for messages (several clients)."""

    elo_berichten_doorsturen: bool | None = None
    email_adres: str | None = None
    email_adres_prive: str | None = None
    mobiel: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Opleidinggegevens(PascalRecord):
    """What a person follows (several clients). ``stam_nr`` is a number or text, as the school has it."""

    studie: str | None = None
    klas: str | None = None
    stam_nr: object | None = None
    examen_nr: object | None = None
    profielen: object | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Autorisatie(CamelRecord):
    """Whether parents may see a pupil's data (one client)."""

    ouders_mogen_gegevens_zien: bool | None = None
    mag_inzage_ouders_instellen: bool | None = None
    meerder_jarige_leeftijd: int | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Toestemming(CamelRecord):
    """An answer to a question of consent of the school's own (one client)."""

    vraag_id: int | None = None
    code: str | None = None
    omschrijving: str | None = None
    uitleg: str | None = None
    volgnummer: int | None = None
    datum_aangepast: dt.datetime | None = None
    toestemming: object | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Contact(Naam):
    """A person who can be written to (several clients)."""

    id: int
    code: str | None = None
    klas: str | None = None
    type: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Contactgegeven(Variant, CamelRecord):
    """A way to reach somebody, told apart by ``type``; an unknown type keeps its keys in ``extra`` (one client)."""

    id: int | None = None
    type: str | None = None
    label: str | None = None
    soort: object | None = None
    is_gebruiker_contact_gegeven: bool | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)

    @classmethod
    def variants(cls) -> Variants:
        """Telephone numbers and e-mail addresses."""
        return {} if cls is not Contactgegeven else {"telefoonnummer": Telefoonnummer, "emailadres": Emailadres}


@frozen(kw_only=True, repr=False, slots=False)
class Telefoonnummer(Contactgegeven):
    """A telephone number."""

    telefoonnummer: str | None = None
    is_geheim: bool | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Emailadres(Contactgegeven):
    """An e-mail address."""

    emailadres: str | None = None
