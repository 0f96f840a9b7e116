"""Pupils, parents and children, personal details, addresses, contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from attrs import field, frozen

from magister_connect.core.json import CamelRecord, JsonValue, Link, NumberOrText, PascalRecord, Variant, Variants
from magister_connect.errors import UsageError
from magister_connect.public_api.account import Persoonsnaam
from magister_connect.public_api.exchange.connection import path_part
from magister_connect.public_api.exchange.operations import Change, Listing, Single


@frozen(kw_only=True, repr=False, slots=False)
class Naam(CamelRecord):
    """Names of a person, in the spelling of the newer generation."""

    voorletters: str | None = None
    roepnaam: str | None = None
    tussenvoegsel: str | None = None
    achternaam: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Omschrijving(CamelRecord):
    """A value of a list: its number and its description."""

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
    """The class of a pupil. One client saw an object, another its code as text."""

    text_field = "code"

    id: int | None = None
    code: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class ActieveAanmelding(CamelRecord):
    """A current enrolment, in the list of children."""

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
    """Personal details of a pupil (shape: one client)."""

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
    nationaliteit: Omschrijving | None = None
    is_post_ontvanger: bool | None = None
    geboorteland: Omschrijving | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Profiel(PascalRecord):
    """A person's settings for messages (several clients)."""

    elo_berichten_doorsturen: bool | None = None
    email_adres: str | None = None
    email_adres_prive: str | None = None
    mobiel: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Opleidinggegevens(PascalRecord):
    """The study of a person (several clients). ``stam_nr`` is a number or text, depending on the school.

    No client shows the type of ``profielen``; it is kept as received.
    """

    studie: str | None = None
    klas: str | None = None
    stam_nr: NumberOrText | None = None
    examen_nr: NumberOrText | None = None
    profielen: JsonValue = None


@frozen(kw_only=True, repr=False, slots=False)
class Autorisatie(CamelRecord):
    """Whether parents may see a pupil's data (one client)."""

    ouders_mogen_gegevens_zien: bool | None = None
    mag_inzage_ouders_instellen: bool | None = None
    meerder_jarige_leeftijd: int | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Toestemming(CamelRecord):
    """The answer to a consent question of the school itself (one client).

    That client does not show the type of ``toestemming``; it is kept as received.
    """

    vraag_id: int | None = None
    code: str | None = None
    omschrijving: str | None = None
    uitleg: str | None = None
    volgnummer: int | None = None
    datum_aangepast: dt.datetime | None = None
    toestemming: JsonValue = None


@frozen(kw_only=True, repr=False, slots=False)
class Contact(Naam):
    """A person who can receive messages (several clients)."""

    id: int
    code: str | None = None
    klas: str | None = None
    type: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Contactgegeven(Variant, CamelRecord):
    """Contact details, by ``type``. An unknown type keeps its keys in ``extra`` (one client)."""

    id: int | None = None
    type: str | None = None
    label: str | None = None
    soort: NumberOrText | None = None
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


def kinderen(persoon: int) -> Listing[Kind]:
    """The children of a parent (several clients)."""
    return Listing(path=f"personen/{path_part(persoon)}/kinderen", kind=Kind, query={"openData": ""})


def kinderen_van_ouder(ouder: int) -> Listing[KindVanOuder]:
    """The children of a parent, in the newer generation (one client)."""
    return Listing(path=f"ouders/{path_part(ouder)}/kinderen", kind=KindVanOuder)


def leerling(leerling: int) -> Single[Leerling]:
    """A pupil (one client)."""
    return Single(path=f"leerlingen/{path_part(leerling)}", kind=Leerling)


def personalia(leerling: int) -> Single[Personalia]:
    """Personal details of a pupil (shape: one client)."""
    return Single(path=f"leerlingen/{path_part(leerling)}/personalia", kind=Personalia)


def adresgegevens(leerling: int) -> Listing[Adres]:
    """Addresses of a pupil (one client)."""
    return Listing(path=f"leerlingen/{path_part(leerling)}/adresgegevens", kind=Adres)


def adresgegevens_van_ouder(ouder: int) -> Listing[Adres]:
    """Addresses of a parent (one client)."""
    return Listing(path=f"ouders/{path_part(ouder)}/adresgegevens", kind=Adres)


def adressen(persoon: int) -> Listing[Adres]:
    """Addresses of a person (shape: one client)."""
    return Listing(path=f"personen/{path_part(persoon)}/adressen", kind=Adres)


def ouders(leerling: int) -> Listing[Ouder]:
    """Parents and carers of a pupil (one client)."""
    return Listing(path=f"leerlingen/{path_part(leerling)}/ouders", kind=Ouder)


def contactgegevens(ouder: int) -> Listing[Contactgegeven]:
    """Contact details of a parent (one client)."""
    return Listing(path=f"ouders/{path_part(ouder)}/contactgegevens", kind=Contactgegeven)


def profiel(persoon: int) -> Single[Profiel]:
    """A person's settings for messages (several clients)."""
    return Single(path=f"personen/{path_part(persoon)}/profiel", kind=Profiel)


def opleidinggegevens(persoon: int) -> Single[Opleidinggegevens]:
    """The study of a person (several clients)."""
    return Single(path=f"personen/{path_part(persoon)}/opleidinggegevensprofiel", kind=Opleidinggegevens)


def autorisatie(leerling: int) -> Single[Autorisatie]:
    """Whether parents may see a pupil's data (one client)."""
    return Single(path=f"leerlingen/{path_part(leerling)}/autorisatie", kind=Autorisatie)


def toestemmingen(persoon: int) -> Listing[Toestemming]:
    """Answers to the consent questions of the school (one client)."""
    return Listing(path=f"toestemmingen/personen/{path_part(persoon)}/antwoorden", kind=Toestemming)


def contacten(zoekterm: str, *, soort: str = "alle") -> Listing[Contact]:
    """People who can receive messages (several clients). Pass at least two characters, or ``**`` for all."""
    if len(zoekterm) < 2:
        raise UsageError(
            "A search for contacts needs at least two characters",
            advice="Pass at least two characters; '**' finds everybody.",
        )
    return Listing(path="contacten/personen", kind=Contact, query={"q": zoekterm, "top": 250, "type": soort})


def wijzig_profiel(persoon: int, profiel: Profiel) -> Change:
    """Write all settings for messages of a person (PUT; several clients)."""
    body = {
        "EloBerichtenDoorsturen": profiel.elo_berichten_doorsturen,
        "EmailAdres": profiel.email_adres,
        "EmailAdresPrive": profiel.email_adres_prive,
        "Mobiel": profiel.mobiel,
    }
    return Change("PUT", f"personen/{path_part(persoon)}/profiel", {**profiel.extra, **body})
