"""What can be followed at the simulated school: studies, subjects, profiles, locations and lesson periods.

The crebo and element codes have the form of real ones and are none that are known to be registered: crebos begin with
99, which the lists of SBB do not reach (inferred).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from attrs import frozen

SCHOOL_NAME: Final = "Zandbakcollege"
BRIN: Final = "99ZZ"


@frozen
class Vak:
    """A subject: the code at this school, its name, and its official number."""

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
    """A study. ``soort`` is ``mbo``, ``vmbo``, ``havo`` or ``vwo``; mbo has a crebo, the rest an element code."""

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
        """The form ``2025-2026`` of EDEXML and UWLR."""
        return f"{self.begin.year}-{self.einde.year}"


@frozen
class PlatformProgramme:
    """A row of the parameter table: which programme of the receiving platform belongs to a crebo."""

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
LESPERIODEN: Final = tuple(
    Lesperiode(
        f"{year % 100:02}{(year + 1) % 100:02}", f"{year}/{year + 1}", dt.date(year, 8, 1), dt.date(year + 1, 7, 31)
    )
    for year in range(2022, 2026)
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
"""Knows all mbo studies of the school but ``99190``, so that some enrolments have no programme."""


def lesperiode_on(day: dt.date) -> Lesperiode | None:
    """The lesson period in which a day lies."""
    return next((each for each in LESPERIODEN if each.begin <= day <= each.einde), None)
