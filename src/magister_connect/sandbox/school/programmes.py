"""What the simulated schools offer: studies, subjects, profiles, locations and lesson periods.

There are two curricula: that of the secondary school (vmbo, havo, vwo and mbo) and that of a primary school. From its
fifth year on, the secondary school revises one mbo study a year. Pupils who begin then follow the study under the crebo
of its successor. Pupils who began before finish under the old one.

Crebo and element codes have the form of real ones, but are not known to be registered. Crebos begin with 99, which the
lists of SBB do not reach (inferred).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from attrs import evolve, frozen

from magister_connect.sandbox.school.dice import Dice

BRIN: Final = "99ZZ"
PRIMARY_BRIN: Final = "99PZ"
FOUNDED: Final = 2022
"""The calendar year in which the schools are founded, on 1 August, unless you pass another."""
FOUNDING_YEARS: Final = 4
"""The number of school years after the founding until the school has its full size."""
_REVISED_EVERY: Final = 6


@frozen
class Vak:
    """A subject: its code at this school, its name, and its official number."""

    code: str
    omschrijving: str
    officieel_nummer: str


@frozen
class Locatie:
    """A building of the school, with its vestigingscode."""

    code: str
    omschrijving: str
    plaats: str
    vestigingscode: str


@frozen
class Profiel:
    """A profile, such as ``NT``."""

    code: str
    omschrijving: str


@frozen
class Studie:
    """A study. ``soort`` is ``mbo``, ``vmbo``, ``havo``, ``vwo`` or ``po``; mbo has a crebo, vo an element code."""

    code: str
    omschrijving: str
    soort: str
    leerjaren: tuple[int, ...]
    crebo: str = ""
    niveau: int = 0
    leerweg: str = ""
    elementcode: str = ""
    profielen: tuple[Profiel, ...] = ()
    vakken: tuple[str, ...] = ()


@frozen
class Lesperiode:
    """A lesson period, here a school year: code ``2526``, first and last day."""

    code: str
    omschrijving: str
    begin: dt.date
    einde: dt.date

    @property
    def schooljaar(self) -> str:
        """The school year in the form of EDEXML and UWLR, ``2025-2026``."""
        return f"{self.begin.year}-{self.einde.year}"


@frozen
class PlatformProgramme:
    """A row of the parameter table: the programme of the receiving platform for a crebo."""

    crebo: str
    leerweg: str
    opleiding: str
    platformcode: str
    geldig_van: dt.date
    geldig_tot: dt.date | None = None


VAKKEN: Final = {
    vak.code: vak
    for vak in (
        Vak("ne", "Nederlands", "0011"),
        Vak("en", "Engels", "0071"),
        Vak("du", "Duits", "0072"),
        Vak("fa", "Frans", "0073"),
        Vak("wi", "Wiskunde", "0031"),
        Vak("re", "Rekenen", "0033"),
        Vak("bi", "Biologie", "0111"),
        Vak("na", "Natuurkunde", "0112"),
        Vak("sk", "Scheikunde", "0113"),
        Vak("ec", "Economie", "0211"),
        Vak("gs", "Geschiedenis", "0311"),
        Vak("ak", "Aardrijkskunde", "0312"),
        Vak("lo", "Lichamelijke opvoeding", "0411"),
        Vak("lb", "Loopbaan en burgerschap", "0511"),
        Vak("pr", "Praktijk", "0611"),
        Vak("th", "Vaktheorie", "0612"),
        Vak("st", "Stage", "0613"),
    )
}
_MBO: Final = ("ne", "en", "re", "lb", "th", "pr", "st")
_VO: Final = ("ne", "en", "wi", "du", "bi", "gs", "ak", "lo")
_BOVENBOUW: Final = ("ne", "en", "wi", "na", "sk", "bi", "ec", "lo")
_PROFIELEN: Final = (
    Profiel("CM", "Cultuur en maatschappij"),
    Profiel("EM", "Economie en maatschappij"),
    Profiel("NT", "Natuur en techniek"),
)

STUDIES: Final = (
    Studie("BK3", "Brood en banket (voorbeeld)", "mbo", (1, 2, 3), "99101", 3, "BOL", vakken=_MBO),
    Studie("MT2", "Metaaltechniek (voorbeeld)", "mbo", (1, 2), "99102", 2, "BBL", vakken=_MBO),
    Studie("MT4", "Werktuigbouw (voorbeeld)", "mbo", (1, 2, 3, 4), "99103", 4, "BOL", vakken=_MBO),
    Studie("ZO3", "Zorg (voorbeeld)", "mbo", (1, 2, 3), "99104", 3, "BOL", vakken=_MBO),
    Studie("LO2", "Logistiek (voorbeeld)", "mbo", (1, 2), "99105", 2, "BBL", vakken=_MBO),
    Studie("OUD", "Vervallen opleiding (voorbeeld)", "mbo", (1, 2, 3), "99190", 3, "BOL", vakken=_MBO),
    Studie("VB", "Vmbo-bb", "vmbo", (1, 2, 3, 4), elementcode="9071", vakken=_VO),
    Studie("VT", "Vmbo-tl", "vmbo", (1, 2, 3, 4), elementcode="9072", vakken=_VO),
    Studie("H", "Havo", "havo", (1, 2, 3, 4, 5), elementcode="9073", profielen=_PROFIELEN, vakken=_BOVENBOUW),
    Studie("V", "Vwo", "vwo", (1, 2, 3, 4, 5, 6), elementcode="9074", profielen=_PROFIELEN, vakken=_BOVENBOUW),
)
LOCATIES: Final = (
    Locatie("DAM", "Zandbakcollege Voorbeelddam", "Voorbeelddam", f"{BRIN}00"),
    Locatie("STAD", "Zandbakcollege Proefstad", "Proefstad", f"{BRIN}01"),
)
_SINCE: Final = dt.date(2020, 8, 1)
PLATFORM_PROGRAMMES: Final = (
    PlatformProgramme("99101", "", "Bakker", "BAK-3", _SINCE),
    PlatformProgramme("99102", "", "Metaalbewerker", "MET-2", _SINCE, dt.date(2024, 8, 1)),
    PlatformProgramme("99102", "", "Metaalbewerker (herzien)", "MET-2B", dt.date(2024, 8, 1)),
    PlatformProgramme("99103", "BOL", "Werktuigbouwer", "WTB-4", _SINCE),
    PlatformProgramme("99104", "", "Verzorgende", "ZRG-3", _SINCE),
    PlatformProgramme("99105", "BBL", "Logistiek medewerker", "LOG-2", _SINCE),
)
"""All mbo studies of the school except ``99190``, so that some enrolments have no programme."""
_PRIMARY_VAKKEN: Final = {
    vak.code: vak
    for vak in (
        Vak("ta", "Taal", "2001"),
        Vak("le", "Lezen", "2002"),
        Vak("rk", "Rekenen", "2003"),
        Vak("wo", "Wereldoriëntatie", "2004"),
        Vak("gy", "Gymnastiek", "2005"),
    )
}


@frozen(kw_only=True)
class Curriculum:
    """What a school offers. ``samen`` names the years that share combination groups.

    ``nummers`` are the positions in the list of personal numbers that its pupils use, in order.
    """

    naam: str
    brin: str
    domein: str
    locaties: tuple[Locatie, ...]
    studies: tuple[Studie, ...]
    vakken: Mapping[str, Vak]
    leeftijden: Mapping[str, int]
    eerste_stamnummer: int
    nummers: range
    samen: Mapping[int, str]
    producten: tuple[str, ...] = ()

    def draw_study(self, dice: Dice) -> int:
        """Draw the study of a pupil of the founding years, as a position in ``studies``."""
        if len(self.studies) == 1:
            return 0
        kind = "mbo" if dice.chance(_SHARE_OF_MBO) else dice.pick(("vmbo", "vmbo", "havo", "vwo"))
        return dice.pick(_PLACES_BY_KIND[kind])

    def class_of(self, study: int, year: int, division: int) -> str:
        """Return the code of a class, such as ``2BK3A``, or of a combination group, such as ``4/5A``."""
        if self.samen:
            return f"{self.samen[year]}{letters(division)}"
        return f"{year}{self.studies[study].code}{letters(division)}"

    def unit_of(self, study: int, year: int) -> tuple[int, int | str]:
        """Return what is divided into classes: the pupils of a study and year, or of the years that share groups."""
        return study, self.samen.get(year, year)

    def study_for(self, study: int, cohort: int, founded: int) -> Studie:
        """Return a study for pupils who began it in a calendar year: with the crebo of its latest revision then."""
        chosen = self.studies[study]
        if not chosen.crebo or cohort < founded + FOUNDING_YEARS:
            return chosen
        return revised(chosen, revisions(study, cohort, founded))

    def studies_until(self, year: int, founded: int) -> Iterator[Studie]:
        """Yield all studies in all revisions that have begun by a calendar year."""
        for place, study in enumerate(self.studies):
            yield study
            if study.crebo:
                yield from (revised(study, turn) for turn in range(1, revisions(place, year, founded) + 1))


_SHARE_OF_MBO: Final = 0.55
_PLACES_BY_KIND: Final = {
    kind: tuple(place for place, each in enumerate(STUDIES) if each.soort == kind)
    for kind in ("mbo", "vmbo", "havo", "vwo")
}
SECONDARY: Final = Curriculum(
    naam="Zandbakcollege",
    brin=BRIN,
    domein="zandbakcollege.example",
    locaties=LOCATIES,
    studies=STUDIES,
    vakken=VAKKEN,
    leeftijden={"mbo": 16, "vmbo": 12, "havo": 12, "vwo": 12},
    eerste_stamnummer=10_001,
    nummers=range(3_000),
    samen={},
    producten=("JIJ", "TOA"),
)
PRIMARY: Final = Curriculum(
    naam="Basisschool De Zandbak",
    brin=PRIMARY_BRIN,
    domein="dezandbak.example",
    locaties=(Locatie("HAL", "Basisschool De Zandbak", "Voorbeelddam", f"{PRIMARY_BRIN}00"),),
    studies=(Studie("BO", "Basisonderwijs", "po", (1, 2, 3, 4, 5, 6, 7, 8), vakken=tuple(_PRIMARY_VAKKEN)),),
    vakken=_PRIMARY_VAKKEN,
    leeftijden={"po": 4},
    eerste_stamnummer=20_001,
    nummers=range(3_000, 4_545),
    samen={1: "1/2", 2: "1/2", 3: "3", 4: "4/5", 5: "4/5", 6: "6", 7: "7/8", 8: "7/8"},
)


@cache
def letters(number: int) -> str:
    """Return A, B, ... Z, AA, AB, ..."""
    text = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("A") + letter) + text
    return text


def revisions(place: int, year: int, founded: int) -> int:
    """Return how often the mbo study at a position of the list was revised by a calendar year."""
    first = founded + FOUNDING_YEARS + place
    return 0 if year < first else (year - first) // _REVISED_EVERY + 1


@cache
def revised(study: Studie, times: int) -> Studie:
    """Return a study after a number of revisions. Each has ten crebos; after sixty years the first is used again."""
    if times == 0:
        return study
    return evolve(study, crebo=f"{99_000 + (int(study.crebo) - 99_000 + 100 * times) % 1_000}")


def platform_programmes(year: int, founded: int) -> Iterator[PlatformProgramme]:
    """Yield the parameter table in a calendar year: a row for each revision, of the last nine."""
    for place, study in enumerate(STUDIES):
        rows = [each for each in PLATFORM_PROGRAMMES if each.crebo == study.crebo]
        last = revisions(place, year, founded) if rows else 0
        if last < _CREBOS_OF_A_STUDY:
            yield from rows
        for turn in range(max(1, last - _CREBOS_OF_A_STUDY + 2), last + 1):
            begun = founded + FOUNDING_YEARS + place + (turn - 1) * _REVISED_EVERY
            yield evolve(
                rows[-1],
                crebo=revised(study, turn).crebo,
                opleiding=f"{rows[-1].opleiding} (herziening {turn})",
                platformcode=f"{rows[-1].platformcode}-R{turn}",
                geldig_van=dt.date(begun, 8, 1),
                geldig_tot=None,
            )


_CREBOS_OF_A_STUDY: Final = 10


@cache
def lesperiode_of(year: int) -> Lesperiode:
    """Return the lesson period that begins on 1 August of a calendar year."""
    code = f"{year % 100:02}{(year + 1) % 100:02}"
    return Lesperiode(code, f"{year}/{year + 1}", dt.date(year, 8, 1), dt.date(year + 1, 7, 31))


def year_of(day: dt.date) -> int:
    """Return the calendar year in which the school year of a day begins."""
    return day.year if day.month >= 8 else day.year - 1


def latest(month: int, day: int, *, until: dt.date) -> dt.date:
    """Return the last date with this month and day, up to and including ``until``."""
    found = dt.date(until.year, month, day)
    return found if found <= until else found.replace(year=until.year - 1)
