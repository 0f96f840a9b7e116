"""Persons of the simulated school, drawn from a seed."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.names import BOYS, GIRLS, PLACES, STREETS, SURNAMES, TUSSENVOEGSELS, login_name
from magister_connect.sandbox.school.people import Adres, Leerling, Medewerker, Ouder
from magister_connect.sandbox.school.programmes import VAKKEN, Vak

DOMAIN: Final = "zandbakcollege.example"
FIRST_PARENT: Final = 5_000_000
SUPPORT: Final = ("Conciërge", "Administratie", "Decaan", "ICT-beheer", "Onderwijsassistent", "Teamleider")
SECOND: Final = ("Mentor", "Decaan", "Zorgcoördinator", "Teamleider")


def draw_person(dice: Dice, number: int, prefix: str, born: tuple[dt.date, dt.date]) -> dict[str, Any]:
    """The fields that every person has."""
    girl = dice.chance(0.5)
    first, last = dice.pick(GIRLS if girl else BOYS), dice.pick(SURNAMES)
    second = dice.pick(GIRLS if girl else BOYS)
    login = login_name(first, last, number)
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
