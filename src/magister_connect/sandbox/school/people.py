"""The people of the simulated school: pupils, parents and staff as records, and how a person is generated from a seed.

Names are visibly invented. Mail addresses are below ``.example``. Postcodes are in a range that was never issued.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from attrs import field, frozen

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.programmes import Curriculum, Lesperiode, Locatie, Profiel, Studie, Vak

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
FIRST_PARENT: Final = 5_000_000
_PARENTS_BORN_FOR: Final = 2013  # until this year of birth, parents are as old as those of the founding years
SUPPORT: Final = ("Conciërge", "Administratie", "Decaan", "ICT-beheer", "Onderwijsassistent", "Teamleider")
SECOND: Final = ("Mentor", "Decaan", "Zorgcoördinator", "Teamleider")


@frozen
class Adres:
    """An address. The postcodes are in a range that was never issued."""

    straat: str
    huisnummer: int
    toevoeging: str
    postcode: str
    woonplaats: str
    land: str = "Nederland"

    @property
    def regel(self) -> str:
        """The address in one line."""
        return f"{self.straat} {self.huisnummer}{self.toevoeging}, {self.postcode} {self.woonplaats}"


@frozen(kw_only=True)
class Persoon:
    """The common fields of pupils, parents and staff. ``geslacht`` is ``M`` or ``V``."""

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
    """One enrolment of a pupil in one lesson period. ``einde`` is its last day.

    ``vertrek`` is the day when a pupil left early. ``gebrek`` is empty, except for the few enrolments that the
    administration has not completed: it names what is missing (``klas``, ``crebo``, ``begin``, ``leerweg``). The field
    itself has a value; an interface leaves it out.
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
        """Return whether it has begun and not ended on this day."""
        return self.begin <= day <= (self.vertrek or self.einde)

    @property
    def groepen(self) -> tuple[str, ...]:
        """The codes of the teaching groups, such as ``4ha.wi1``: one for each subject of the class."""
        return tuple(teaching_group(self.klas, vak) for vak in self.vakken)


def teaching_group(klas: str, vak: Vak) -> str:
    """Return the code of the group for a subject of a class: ``4ha.wi1``."""
    return f"{klas.lower()}.{vak.code}1"


@frozen(kw_only=True)
class Leerling(Persoon):
    """A pupil. ``nummer`` is the position in the list of pupils; ``pgn`` is a BSN, an onderwijsnummer, or absent.

    ``pgn_sinds`` is the day when the number replaced ``vorige_pgn``, or became known.
    """

    nummer: int
    stamnummer: int
    pgn: str | None = field(default=None, repr=False)
    vorige_pgn: str | None = field(default=None, repr=False)
    pgn_sinds: dt.date | None = None
    inschrijvingen: tuple[Inschrijving, ...] = ()

    def enrolment_on(self, day: dt.date) -> Inschrijving | None:
        """Return the enrolment on this day."""
        return next((each for each in self.inschrijvingen if each.holds_on(day)), None)

    def enrolment_in(self, lesperiode: str) -> Inschrijving | None:
        """Return the enrolment in the lesson period with this code, such as ``2526``."""
        return next((each for each in self.inschrijvingen if each.lesperiode.code == lesperiode), None)


@frozen(kw_only=True)
class Ouder(Persoon):
    """A parent, with the stamnummers of the children."""

    kinderen: tuple[int, ...]


@frozen(kw_only=True)
class Medewerker(Persoon):
    """A member of staff. The code of a person who left begins with ``*``; each of ``functies`` is a row in Medius."""

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


PERSON_DRAWS: Final = 42
"""The number of draws of :func:`draw_person`."""


def draw_person(dice: Dice, number: int, domain: str, born: tuple[dt.date, dt.date]) -> dict[str, Any]:
    """Generate the fields that every person has."""
    girl = dice.chance(0.5)
    first, last = dice.pick(GIRLS if girl else BOYS), dice.pick(SURNAMES)
    second = dice.pick(GIRLS if girl else BOYS)
    login = f"{_letters_of(first[0], last)}{number}"
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
        "adres": draw_address(dice),
        "telefoon": f"000-{dice.number(1000000, 9999999)}",
        "email": f"{login}@{domain}",
        "loginnaam": login,
    }


def draw_parents(seed: int, child: Leerling, domain: str) -> tuple[Ouder, ...]:
    """Generate one or two parents at the address of the child."""
    dice = Dice(seed, "parents", child.nummer)
    parents: list[Ouder] = []
    later = max(0, child.geboortedatum.year - _PARENTS_BORN_FOR)
    for turn in range(2 if dice.chance(0.8) else 1):
        fields = draw_person(
            dice,
            FIRST_PARENT + 2 * child.nummer + turn,
            f"ouders.{domain}",
            (dt.date(1970 + later, 1, 1), dt.date(1988 + later, 12, 31)),
        )
        fields |= {"adres": child.adres}
        if turn == 0:
            fields |= {"achternaam": child.achternaam, "tussenvoegsel": child.tussenvoegsel}
        parents.append(Ouder(**fields, kinderen=(child.stamnummer,)))
    return tuple(parents)


def draw_employee(seed: int, number: int, curriculum: Curriculum, founded: int, pgn: str | None) -> Medewerker:
    """Generate a member of the first staff, with a number from 1.

    Four in five teach; two in three of them have one function.
    """
    dice = Dice(seed, "staff", number)
    fields = draw_person(dice, number, curriculum.domein, _born(founded))
    teaches = number % 5 != 0
    code = staff_code(fields, number)
    return Medewerker(
        **fields,
        stamnummer=number,
        code=code,
        oude_code=code.lower() if number % 7 == 0 else "",
        functies=_functions(dice, number, teaches=teaches),
        vakken=_subjects_taught(number, tuple(curriculum.vakken.values())) if teaches else (),
        datum_in=dice.day(dt.date(founded - 17, 8, 1), dt.date(founded + 2, 8, 1)),
        pgn=pgn,
    )


def draw_successor(seed: int, number: int, before: Medewerker, year: int, curriculum: Curriculum) -> Medewerker:
    """Generate the successor, on 1 August of a year, of a person who left, with the same functions and subjects."""
    fields = draw_person(Dice(seed, "staff", number), number, curriculum.domein, _born(year - 4))
    return Medewerker(
        **fields,
        stamnummer=number,
        code=staff_code(fields, number),
        oude_code="",
        functies=before.functies,
        vakken=before.vakken,
        datum_in=dt.date(year, 8, 1),
    )


def staff_code(fields: dict[str, Any], number: int) -> str:
    """Return the code of a member of staff, such as ``TB07``."""
    return f"{fields['achternaam'][0]}{fields['roepnaam'][0]}{number:02}".upper()


def _born(year: int) -> tuple[dt.date, dt.date]:
    return dt.date(year - 62, 1, 1), dt.date(year - 21, 12, 31)


def draw_address(dice: Dice) -> Adres:
    """Generate an address."""
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


def _subjects_taught(number: int, subjects: Sequence[Vak]) -> tuple[Vak, ...]:
    first = subjects[number % len(subjects)]
    second = subjects[(number + 7) % len(subjects)]
    return (first, second) if number % 2 and first != second else (first,)


@cache
def _letters_of(initial: str, last: str) -> str:
    """Return the beginning of an account name: ASCII letters only."""
    return "".join(letter for letter in f"{initial}{last}".lower() if letter.isascii() and letter.isalpha())[:12]
