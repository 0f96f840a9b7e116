"""People and enrolments in the form of the web interface of the simulated school, in both generations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from magister_connect.sandbox.login.server import account_id
from magister_connect.sandbox.school.people import Leerling, Medewerker, Ouder, Persoon
from magister_connect.sandbox.web.answers import Body, link, old_link, utc_midnight


def names(person: Persoon) -> Body:
    """Return names, older generation."""
    return {
        "Id": person.persoon_id,
        "Roepnaam": person.roepnaam,
        "Tussenvoegsel": person.tussenvoegsel or None,
        "Achternaam": person.achternaam,
        "OfficieleVoornamen": person.voornamen,
        "Voorletters": person.voorletters,
        "OfficieleTussenvoegsels": person.tussenvoegsel or None,
        "OfficieleAchternaam": person.achternaam,
        "ExterneId": person.externe_id if isinstance(person, Leerling) else None,
        "Geboortedatum": utc_midnight(person.geboortedatum),
        "GeboorteAchternaam": None,
        "GeboortenaamTussenvoegsel": None,
        "GebruikGeboortenaam": False,
    }


_READ, _WRITE = ("Read",), ("Read", "Create", "Update", "Delete")
_OF_PUPILS: Final = {
    "Aanmeldingen": _READ,
    "Absenties": _READ,
    "Activiteiten": _READ,
    "Afspraken": _WRITE,
    "Berichten": _WRITE,
    "Bronnen": _READ,
    "Cijfers": _READ,
    "DigitaalLesmateriaal": _READ,
    "EloOpdracht": ("Read", "Update"),
    "Lesperioden": _READ,
    "Persoonsgegevens": _READ,
    "Profiel": ("Read", "Update"),
    "Projecten": _READ,
    "Roosterwijzigingen": _READ,
    "Studiewijzers": _READ,
    "Toestemmingen": _READ,
    "Vakken": _READ,
}
_OF_PARENTS: Final = {
    **_OF_PUPILS,
    "Absentiemeldingen": _WRITE,
    "Afspraken": _READ,
    "EloOpdracht": _READ,
    "Kinderen": _READ,
}
_OF_STAFF: Final = {
    **_OF_PUPILS,
    "Absenties": ("Read", "Create"),
    "Afspraken": _READ,
    "LeerlingFoto": _READ,
    "Leerlingen": _READ,
    "Logboeken": _READ,
    "Terugkommaatregelen": ("Read", "Create", "Update"),
}
"""The privileges of each kind of person are inferred; the names are known (several clients)."""


def _privileges(person: Persoon) -> Mapping[str, Sequence[str]]:
    if isinstance(person, Ouder):
        return _OF_PARENTS
    return _OF_STAFF if isinstance(person, Medewerker) else _OF_PUPILS


def account(person: Persoon) -> Body:
    """Return the account of a person. Only parents may read ``Kinderen``."""
    privileges = [{"Naam": name, "AccessType": list(kinds)} for name, kinds in _privileges(person).items()]
    return {
        "UuId": account_id(person),
        "Persoon": names(person),
        "Groep": [{"Naam": "Standaard", "Privileges": privileges}],
        "Links": [old_link("account")],
    }


def account_details(person: Persoon, number: int) -> Body:
    """Return the same account, newer generation. Its links show whose account it is."""
    links = {"self": link(f"accounts/{number}")}
    if isinstance(person, Leerling):
        links["leerling"] = link(f"leerlingen/{person.persoon_id}")
    elif isinstance(person, Ouder):
        links["ouder"] = link(f"ouders/{person.persoon_id}")
    return {
        "id": number,
        "naam": person.volledige_naam,
        "emailadres": person.email,
        "mobielTelefoonnummer": person.telefoon,
        "softtokenStatus": "nietGekoppeld",
        "isEmailadresGeverifieerd": True,
        "moetEmailadresVerifieren": False,
        "uuId": account_id(person),
        "links": links,
    }


def child(pupil: Leerling) -> Body:
    """Return a child, older generation."""
    return {**names(pupil), "Stamnummer": pupil.stamnummer, "ZichtbaarVoorOuder": True}


def child_of_parent(pupil: Leerling, today: dt.date) -> Body:
    """Return a child, newer generation."""
    enrolment = pupil.enrolment_on(today)
    classes = [{"stamklas": {"code": enrolment.klas, "links": {}}, "links": {}}] if enrolment else []
    return {**short(pupil), "aanmeldingStatus": "actief", "actieveAanmeldingen": classes}


def short(person: Persoon) -> Body:
    """Return names, newer generation."""
    return {
        "id": person.persoon_id,
        "voorletters": person.voorletters,
        "roepnaam": person.roepnaam,
        "tussenvoegsel": person.tussenvoegsel or None,
        "achternaam": person.achternaam,
        "links": {"self": link(f"personen/{person.persoon_id}")},
    }


def pupil(found: Leerling) -> Body:
    """Return a pupil, newer generation."""
    own = f"leerlingen/{found.persoon_id}"
    return {
        **short(found),
        "externeId": found.externe_id,
        "accountExterneId": account_id(found),
        "stamnummer": found.stamnummer,
        "rollenVanGebruiker": ["leerling"],
        "links": {
            "self": link(own),
            "aanmeldingen": link(f"{own}/aanmeldingen"),
            "foto": link(f"{own}/foto"),
            "portfolio": None,
        },
    }


def personalia(found: Leerling, today: dt.date) -> Body:
    """Return the personalia of a pupil."""
    enrolment = found.enrolment_on(today)
    return {
        **{name: value for name, value in short(found).items() if name != "id"},
        "officieleVoornamen": found.voornamen,
        "officieleAchternaam": found.achternaam,
        "geboortedatum": found.geboortedatum.isoformat(),
        "geboorteplaats": found.adres.woonplaats,
        "geboorteland": {"id": 1, "omschrijving": "Nederland"},
        "geslacht": {"M": "man", "V": "vrouw"}.get(found.geslacht, "onbekend"),
        "nationaliteit": {"id": 1, "omschrijving": "Nederlandse"},
        "emailadres": found.email,
        "telefoonnummer": found.telefoon,
        "klassen": [enrolment.klas] if enrolment else [],
        "studies": [enrolment.studie.code] if enrolment else [],
    }


def address(person: Persoon) -> Body:
    """Return an address."""
    where = person.adres
    return {
        "straat": where.straat,
        "huisnummer": str(where.huisnummer),
        "toevoeging": where.toevoeging or None,
        "postcode": where.postcode,
        "plaats": where.woonplaats,
        "isGeheim": False,
        "land": where.land,
        "type": "woonadres",
        "isBuitenlandsAdres": False,
        "links": {},
    }


def parent(found: Ouder, place: int) -> Body:
    """Return a parent of a pupil."""
    own = f"ouders/{found.persoon_id}"
    return {
        **{name: value for name, value in short(found).items() if name != "roepnaam"},
        "aanhef": {"id": 1, "omschrijving": "Geachte heer/mevrouw", "korteOmschrijving": "Dhr./Mw.", "links": {}},
        "verzorgerTypeId": 1,
        "verzorgerType": "Ouder",
        "geslacht": {"M": "man", "V": "vrouw"}.get(found.geslacht, "onbekend"),
        "volgnummer": place,
        "heeftToestemming": True,
        "nationaliteit": None,
        "isPostOntvanger": place == 1,
        "geboorteland": None,
        "links": {"self": link(own), "contactgegevens": link(f"{own}/contactgegevens")},
    }


def contacts(found: Ouder) -> list[Body]:
    """Return the contact data of a parent."""
    common = {"label": "Privé", "soort": "prive", "isGebruikerContactGegeven": False, "links": {}}
    return [
        {**common, "id": 1, "type": "telefoonnummer", "telefoonnummer": found.telefoon, "isGeheim": False},
        {**common, "id": 2, "type": "emailadres", "emailadres": found.email},
    ]


def search_pupil(found: Leerling, today: dt.date) -> Body:
    """Return a pupil as a search result for staff. ``code`` is the stamnummer, as text."""
    holds = found.enrolment_on(today)
    return {
        **short(found),
        "code": str(found.stamnummer),
        "emailadres": found.email,
        "telefoonnummer": found.telefoon,
        "lesgroepen": list(holds.groepen) if holds else [],
        "klassen": [holds.klas] if holds else [],
        "studies": [holds.studie.code] if holds else [],
        "externeId": found.externe_id,
    }


def search_employee(found: Medewerker) -> Body:
    """Return a member of staff as a search result for staff."""
    return {**short(found), "code": found.code, "emailadres": found.email, "telefoonnummer": found.telefoon}


def filtered(people: Iterable[Persoon], words: str) -> list[Any]:
    """Return people with the words in their name; ``**`` matches all."""
    wanted = words.strip("*").casefold()
    return [each for each in people if wanted in each.volledige_naam.casefold()]
