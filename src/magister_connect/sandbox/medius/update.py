"""``UpdateMedewerker`` creates or changes an employee, and empties every field that is missing (documented)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final

import attrs

from magister_connect.sandbox.medius.answer import DelphiError, int32
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.lists import ZERO_DATE
from magister_connect.sandbox.school.people import Adres, Medewerker

STAYS: Final = dt.date(2099, 12, 31)  # the known client sends this for a person who does not leave


def update_employee(school: School, arguments: Mapping[str, str], *, dutch_dates: bool = False) -> None:
    """Store the employee with this number. Missing fields become empty."""
    number = int32(arguments.get("PersoneelsNummer", ""))
    known = school.medewerkers.get(number)
    days = {name: _day(arguments.get(name, ""), dutch=dutch_dates) for name in _DAYS}
    employee = _employee(number, arguments, days, known)
    school.medewerkers[number] = employee if known is None else attrs.evolve(employee, persoon_id=known.persoon_id)


def _employee(
    number: int, arguments: Mapping[str, str], days: Mapping[str, dt.date | None], known: Medewerker | None
) -> Medewerker:
    text = {name: arguments.get(name, "") for name in _TEXTS}
    leaves = days["DatumUitDienst"]
    function = arguments.get("Functie", "")
    return Medewerker(
        persoon_id=number,
        externe_id=known.externe_id if known else "",
        roepnaam=text["Roepnaam"],
        voornamen=text["Voornamen"],
        voorletters=text["Voorletters"],
        tussenvoegsel=text["Tussenvoegsel"],
        achternaam=text["Achternaam"],
        geslacht=text["Geslacht"],
        geboortedatum=days["GeboorteDatum"] or ZERO_DATE,
        adres=_address(arguments),
        telefoon=text["Telefoon_Werk"],
        email=text["Email_Werk"],
        loginnaam=known.loginnaam if known else "",
        stamnummer=number,
        code=known.code if known else f"N{number}",
        oude_code=known.oude_code if known else "",
        functies=(function,) if function else (),
        vakken=known.vakken if known else (),
        datum_in=days["DatumInDienst"] or ZERO_DATE,
        datum_uit=None if leaves == STAYS else leaves,
        pgn=known.pgn if known else None,
    )


_DAYS: Final = ("GeboorteDatum", "DatumOverlijden", "DatumInDienst", "DatumUitDienst")
_DUTCH_DAY: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?: \d{1,2}:\d{2}:\d{2})?")
_TEXTS: Final = (
    *("Roepnaam", "Voornamen", "Voorletters", "Tussenvoegsel", "Achternaam", "Geslacht"),
    *("Telefoon_Werk", "Email_Werk"),
)


def _address(arguments: Mapping[str, str]) -> Adres:
    number = arguments.get("Huis_Huisnummer", "")
    return Adres(
        straat=arguments.get("Huis_Straat", ""),
        huisnummer=int(number) if number.isdigit() else 0,
        toevoeging=arguments.get("Huis_Huisnummer_toevoeging", ""),
        postcode=arguments.get("Huis_Postcode", ""),
        woonplaats=arguments.get("Huis_Woonplaats", ""),
        land=arguments.get("Huis_Woonland", ""),
    )


def _day(text: str, *, dutch: bool) -> dt.date | None:
    """Parse a date, with or without a time. Which forms the real service accepts is unknown."""
    try:
        if dutch and (found := _DUTCH_DAY.fullmatch(text)):
            return dt.date(int(found[3]), int(found[2]), int(found[1]))
        return dt.datetime.fromisoformat(text).date() if text else None
    except ValueError:
        raise DelphiError("EConvertError", f"'{text}' is not a valid date and time") from None
