"""Who is at the simulated school: pupils, parents and staff as records, and how a person is drawn from a seed.

Names are made up, and obviously so. Mail addresses lie below ``.example``, postcodes in a range that was never given
out.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from attrs import field, frozen

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.programmes import VAKKEN, Lesperiode, Locatie, Profiel, Studie, Vak

GIRLS: Final = (
    *("Alfamie", "Betsinne", "Caroos", "Deltje", "Echolien", "Fietske", "Golfien", "Hotelke", "Indine", "Juliëne"),
    *("Kilotje", "Limake", "Mikeline", "Novembra", "Oscarien", "Papaline", "Quebecca", "Romeline", "Sierrat"),
    "Tangolien",
)
BOYS: Final = (
    *("Alfons-Test", "Bravis", "Charliewijn", "Delthuis", "Echobert", "Foxtrotus", "Golfert", "Hoteljan"),
    *("Indiaan-Piet", "Juliëtus", "Kilobert", "Limaart", "Mikebert", "Novembert", "Oscarius", "Papajan", "Quebert"),
    *("Romeus", "Sierrabert", "Tangobert"),
)
SURNAMES: Final = (
    *("Voorbeeld", "Testman", "Proefstra", "Verzinsel", "Fictema", "Bedachtzaam", "Modelsma", "Monsterboer"),
    *("Schijnhuis", "Nepveld", "Oefenaar", "Demostra", "Sjabloon", "Namaaksel", "Dummyhoven", "Zandbakker"),
    *("Invulsma", "Probeersel", "Café-Proef", "Háček-Test", "Vooralsnog", "Denkbeeld", "Spiegelaar", "Papierstad"),
    *("Speeltuin", "Droomkamp"),
)
TUSSENVOEGSELS: Final = ("", "", "", "", "", "", "van", "de", "van der", "van den", "in 't", "ten")
STREETS: Final = ("Voorbeeldlaan", "Teststraat", "Proefplein", "Verzonnenweg", "Zandbakpad", "Modelhof", "Oefenkade")
PLACES: Final = ("Voorbeelddam", "Testerveen", "Proefstad", "Verzinsloot", "Zandbakhuizen")
DOMAIN: Final = "zandbakcollege.example"
FIRST_PARENT: Final = 5_000_000
SUPPORT: Final = ("Conciërge", "Administratie", "Decaan", "ICT-beheer", "Onderwijsassistent", "Teamleider")
SECOND: Final = ("Mentor", "Decaan", "Zorgcoördinator", "Teamleider")


@frozen
class Adres:
    """Where somebody lives; the postcodes lie in a range that was never given out."""

    straat: str
    huisnummer: int
    toevoeging: str
    postcode: str
    woonplaats: str
    land: str = "Nederland"


@frozen(kw_only=True)
class Persoon:
    """What pupils, parents and staff have in common. ``geslacht`` is ``M`` or ``V``."""

    persoon_id: int
    externe_id: str
    roepnaam: str
    voornamen: str
    voorletters: str
    tussenvoegsel: str
    achternaam: str
    geslacht: str
    geboortedatum: dt.date
    adres: Adres
    telefoon: str
    email: str
    loginnaam: str

    @property
    def volledige_naam(self) -> str:
        """First name, prefix and last name."""
        return " ".join(filter(None, (self.roepnaam, self.tussenvoegsel, self.achternaam)))


@frozen(kw_only=True)
class Inschrijving:
    """One enrolment of a pupil in one lesson period. ``einde`` is the last day that counts.

    ``vertrek`` is the day on which a pupil left early. ``gebrek`` is empty but for the few enrolments that the
    administration has not finished: it names what those lack (``klas``, ``crebo``, ``begin``, ``leerweg``). The field
    itself is there; whoever shows such an enrolment leaves it out.
    """

    nummer: int
    stamnummer: int
    lesperiode: Lesperiode
    begin: dt.date
    einde: dt.date
    vertrek: dt.date | None
    studie: Studie
    leerjaar: int
    klas: str
    locatie: Locatie
    profiel: Profiel | None
    vakken: tuple[Vak, ...]
    mentor: str
    tweede_mentor: str
    gebrek: str = ""

    def holds_on(self, day: dt.date) -> bool:
        """Whether it has begun and not ended on this day."""
        return self.begin <= day <= (self.vertrek or self.einde)

    @property
    def groepen(self) -> tuple[str, ...]:
        """The codes of the teaching groups, such as ``4ha.wi1``: one for each subject of the class."""
        return tuple(teaching_group(self.klas, vak) for vak in self.vakken)


def teaching_group(klas: str, vak: Vak) -> str:
    """The code of the group in which a class has a subject: ``4ha.wi1``."""
    return f"{klas.lower()}.{vak.code}1"


@frozen(kw_only=True)
class Leerling(Persoon):
    """A pupil. ``nummer`` is the place in the list of pupils; ``pgn`` is a BSN, an onderwijsnummer, or absent."""

    nummer: int
    stamnummer: int
    pgn: str | None = field(default=None, repr=False)
    vorige_pgn: str | None = field(default=None, repr=False)
    inschrijvingen: tuple[Inschrijving, ...] = ()

    def enrolment_on(self, day: dt.date) -> Inschrijving | None:
        """The enrolment that holds on this day."""
        return next((each for each in self.inschrijvingen if each.holds_on(day)), None)

    def enrolment_in(self, lesperiode: str) -> Inschrijving | None:
        """The enrolment in the lesson period with this code, such as ``2526``."""
        return next((each for each in self.inschrijvingen if each.lesperiode.code == lesperiode), None)


@frozen(kw_only=True)
class Ouder(Persoon):
    """A parent, with the stamnummers of the children."""

    kinderen: tuple[int, ...]


@frozen(kw_only=True)
class Medewerker(Persoon):
    """A member of staff. The code of one who left begins with ``*``; each of ``functies`` gives a row in Medius."""

    stamnummer: int
    code: str
    oude_code: str
    functies: tuple[str, ...]
    vakken: tuple[Vak, ...]
    datum_in: dt.date
    datum_uit: dt.date | None = None
    pgn: str | None = field(default=None, repr=False)

    @property
    def is_docent(self) -> bool:
        """Whether one of the functions is teaching."""
        return "Docent" in self.functies


def draw_person(dice: Dice, number: int, prefix: str, born: tuple[dt.date, dt.date]) -> dict[str, Any]:
    """The fields that every person has."""
    girl = dice.chance(0.5)
    first, last = dice.pick(GIRLS if girl else BOYS), dice.pick(SURNAMES)
    second = dice.pick(GIRLS if girl else BOYS)
    login = _login_name(first, last, number)
    return {
        "persoon_id": number,
        "externe_id": dice.identifier(),
        "roepnaam": first,
        "voornamen": f"{first} {second}",
        "voorletters": f"{first[0]}.{second[0]}.",
        "tussenvoegsel": dice.pick(TUSSENVOEGSELS),
        "achternaam": last,
        "geslacht": "V" if girl else "M",
        "geboortedatum": dice.day(*born),
        "adres": _draw_address(dice),
        "telefoon": f"000-{dice.number(1000000, 9999999)}",
        "email": f"{login}@{prefix}{DOMAIN}",
        "loginnaam": login,
    }


def draw_parents(seed: int, child: Leerling) -> tuple[Ouder, ...]:
    """One or two parents at the address of the child."""
    dice = Dice(seed, "parents", child.nummer)
    parents: list[Ouder] = []
    for turn in range(2 if dice.chance(0.8) else 1):
        fields = draw_person(
            dice, FIRST_PARENT + 2 * child.nummer + turn, "ouders.", (dt.date(1970, 1, 1), dt.date(1988, 12, 31))
        )
        fields |= {"adres": child.adres}
        if turn == 0:
            fields |= {"achternaam": child.achternaam, "tussenvoegsel": child.tussenvoegsel}
        parents.append(Ouder(**fields, kinderen=(child.stamnummer,)))
    return tuple(parents)


def draw_employee(seed: int, number: int, pgn: str | None) -> Medewerker:
    """The member of staff with this number, from 1 on: four in five teach, one in fifteen has left."""
    dice = Dice(seed, "staff", number)
    fields = draw_person(dice, number, "", (dt.date(1960, 1, 1), dt.date(2001, 12, 31)))
    teaches = number % 5 != 0
    left = number % 15 == 0
    code = f"{fields['achternaam'][0]}{fields['roepnaam'][0]}{number:02}".upper()
    return Medewerker(
        **fields,
        stamnummer=number,
        code=f"*{code}" if left else code,
        oude_code=code.lower() if number % 7 == 0 else "",
        functies=_functions(dice, number, teaches=teaches),
        vakken=_subjects_taught(number) if teaches else (),
        datum_in=dice.day(dt.date(2005, 8, 1), dt.date(2024, 8, 1)),
        datum_uit=dt.date(2025, 7, 31) if left else None,
        pgn=pgn,
    )


def _draw_address(dice: Dice) -> Adres:
    return Adres(
        straat=dice.pick(STREETS),
        huisnummer=dice.number(1, 250),
        toevoeging=dice.pick(("", "", "", "a", "bis")),
        postcode=f"0{dice.number(100, 999)} ZZ",
        woonplaats=dice.pick(PLACES),
    )


def _functions(dice: Dice, number: int, *, teaches: bool) -> tuple[str, ...]:
    if not teaches:
        return (dice.pick(SUPPORT),)
    return ("Docent", dice.pick(SECOND)) if number % 3 == 0 else ("Docent",)


def _subjects_taught(number: int) -> tuple[Vak, ...]:
    subjects = tuple(VAKKEN.values())
    first = subjects[number % len(subjects)]
    second = subjects[(number + 7) % len(subjects)]
    return (first, second) if number % 2 else (first,)


def _login_name(first: str, last: str, number: int) -> str:
    """An account name of ASCII letters and the number that makes it unique."""
    letters = "".join(letter for letter in f"{first[0]}{last}".lower() if letter.isascii() and letter.isalpha())
    return f"{letters[:12]}{number}"
