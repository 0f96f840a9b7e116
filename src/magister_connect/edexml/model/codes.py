"""The code lists of EDEXML as enums with Dutch labels.

Each member is a ``str``, the code as it is written in a file, and has a ``label``.
:mod:`magister_connect.edexml.model.versions` defines which members a version has. The codes are documented (schema).
The labels are our own, because those in the schemas contain broken characters.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class CodeList(StrEnum):
    """A list of codes. Each member is its code, and has a Dutch ``label``."""

    label: str

    def __new__(cls, code: str, label: str) -> Self:
        """Create a member: the code is its value, the label an attribute."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    @classmethod
    def of(cls, code: str) -> Self | None:
        """Return the member with this code, or ``None``."""
        return next((member for member in cls if member.value == code), None)


class Geslacht(CodeList):
    """Sex by ISO 5218 (documented)."""

    ONBEKEND = ("0", "onbekend")
    MAN = ("1", "jongen of man")
    VROUW = ("2", "meisje of vrouw")
    NIET_GESPECIFICEERD = ("9", "niet gespecificeerd")


class Etniciteit(CodeList):
    """Ethnicity. Discouraged since EDEXML 2.0 for privacy reasons (documented)."""

    ONBEKEND = ("9", "onbekend")
    AUTOCHTOON = ("0", "autochtoon")
    ALLOCHTOON = ("1", "allochtoon")


class Jaargroep(CodeList):
    """Year groups of primary, secondary and special education in one list (documented)."""

    BABY = ("B", "baby, tot 1 jaar")
    DREUMES = ("D", "dreumes, 1 tot 2 jaar")
    PEUTER = ("0", "peutergroep")
    GROEP_1 = ("1", "groep 1")
    GROEP_2 = ("2", "groep 2")
    GROEP_3 = ("3", "groep 3")
    GROEP_4 = ("4", "groep 4")
    GROEP_5 = ("5", "groep 5")
    GROEP_6 = ("6", "groep 6")
    GROEP_7 = ("7", "groep 7")
    GROEP_8 = ("8", "groep 8")
    LEERJAAR_1 = ("11", "vo leerjaar 1")
    LEERJAAR_2 = ("12", "vo leerjaar 2")
    LEERJAAR_3 = ("13", "vo leerjaar 3")
    LEERJAAR_4 = ("14", "vo leerjaar 4")
    LEERJAAR_5 = ("15", "vo leerjaar 5")
    LEERJAAR_6 = ("16", "vo leerjaar 6")
    SPECIAAL = ("S", "speciaal (basis)onderwijs")
    VOORTGEZET_SPECIAAL = ("V", "voortgezet speciaal onderwijs")
    COMBINATIE = ("C", "combinatiegroep, de jaargroep staat bij de leerling")
    OVERIG = ("N", "geen primair of voortgezet onderwijs")
    HISTORISCH = ("H", "historisch")

    @property
    def is_numeric(self) -> bool:
        """Whether the code is a number (``S``, ``V``, ``C``, ``H``, ``N``, ``B`` and ``D`` are not)."""
        return str.isdecimal(self)

    @property
    def po_group(self) -> int | None:
        """The group in primary education, 0 to 8, or ``None``."""
        return int(self.value) if self.is_numeric and len(self.value) == 1 else None

    @property
    def vo_year(self) -> int | None:
        """The year in secondary education, 1 to 6, or ``None``."""
        return int(self.value) - 10 if self.is_numeric and len(self.value) == 2 else None


class Rol(CodeList):
    """The role of a member of staff. Do not base access rights on it (documented: strongly discouraged)."""

    ADJUNCT_DIRECTEUR = ("ADJ", "adjunct-directeur")
    ADMINISTRATIEF = ("ADM", "administratief medewerker")
    CONCIERGE = ("CON", "conciërge")
    DIRECTEUR = ("DIR", "directeur")
    ICT_COORDINATOR = ("ICT", "ict-coördinator")
    INTERN_BEGELEIDER = ("IB", "intern begeleider")
    KLASSENASSISTENT = ("KLA", "klassenassistent")
    LEERKRACHT = ("LRK", "leerkracht")
    LERARENONDERSTEUNER = ("LOS", "lerarenondersteuner")
    LOCATIELEIDER = ("LOC", "locatieleider")
    ONDERWIJSASSISTENT = ("OWA", "onderwijsassistent")
    OUDER = ("OUD", "ouder")
    REMEDIAL_TEACHER = ("RT", "remedial teacher")
    MAATSCHAPPELIJK_WERK = ("SMW", "schoolmaatschappelijk werk")
    STAGIAIR = ("STA", "stagiair")
    TOETSAFNAMELEIDER = ("TAL", "toetsafnameleider")
    VAKLEERKRACHT = ("VAK", "vakleerkracht")


class GewichtNieuw(CodeList):
    """The weight of a pupil by the rule of 2006, written with a comma (documented)."""

    ONBEKEND = ("?", "onbekend")
    GEEN = ("0", "geen gewicht")
    LAAG = ("0,3", "ouders hoogstens lbo of vbo")
    HOOG = ("1,2", "één ouder hoogstens basisonderwijs, de ander hoogstens lbo of vbo")


class Gewicht(CodeList):
    """The weight of a pupil by the old rule, written with a point. Discouraged (documented)."""

    ONBEKEND = ("?", "onbekend")
    GEEN = ("0.00", "geen gewicht")
    GEWICHT_025 = ("0.25", "gewicht 0,25")
    SCHIPPERS = ("0.40", "schipperskind")
    REIZENDEN = ("0.70", "kind van reizenden")
    GEWICHT_090 = ("0.90", "gewicht 0,90")


class OpleidingOuders(CodeList):
    """The education of the parents (LVS block; documented)."""

    ONBEKEND = ("9", "onbekend")
    LAGER = ("1", "geen of lager onderwijs")
    VMBO = ("2", "lager voortgezet of voorbereidend middelbaar beroepsonderwijs")
    HAVO_VWO = ("3", "hoger voortgezet onderwijs")
    MBO = ("4", "middelbaar beroepsonderwijs")
    HBO = ("5", "hoger beroepsonderwijs")
    WO = ("6", "universiteit")


class Thuistaal(CodeList):
    """The language spoken at home (LVS block; documented)."""

    ONBEKEND = ("9", "onbekend")
    NEDERLANDS = ("1", "Nederlands")
    VOORAL_NEDERLANDS = ("2", "vooral Nederlands")
    EVENVEEL = ("3", "evenveel Nederlands als een andere taal")
    VOORAL_ANDERE = ("4", "vooral een andere taal")
    ANDERE = ("5", "een andere taal")


class Taalgroep(CodeList):
    """The family of the language spoken at home (LVS block; documented)."""

    ONBEKEND = ("99", "onbekend")
    BANTOE = ("1", "Bantoe")
    BERBERS = ("2", "Berbers")
    OOST_AZIATISCH = ("3", "Chinees, Japans, Koreaans")
    GERMAANS = ("4", "Germaans")
    INDISCH = ("5", "Indisch en Dravidisch")
    IRAANS = ("6", "Iraans")
    MALEIS = ("7", "Maleis-Polynesisch")
    PAPIAMENTO = ("8", "Papiamento")
    ROMAANS = ("9", "Romaans")
    SEMITISCH = ("10", "Semitisch")
    SLAVISCH = ("11", "Slavisch, Baltisch, Kaukasisch, Fins-Oegrisch")
    TURKS = ("12", "Turks")
    OVERIG = ("88", "overig")


class Instroomwijze(CodeList):
    """How the pupil came to the school (LVS block; documented)."""

    ONBEKEND = ("9", "onbekend")
    VIERJARIGE = ("1", "als vierjarige")
    VERHUISD = ("2", "verhuisd")
    REGIO = ("3", "van een andere school in de regio")
    SPECIAAL_ONDERWIJS = ("4", "van het speciaal onderwijs")
    BUITENLAND = ("5", "uit het buitenland")


class Uitstroomreden(CodeList):
    """Why the pupil left (LVS block; documented)."""

    ONBEKEND = ("9", "onbekend")
    VOORTGEZET = ("1", "naar het voortgezet onderwijs")
    SPECIAAL = ("2", "naar het speciaal onderwijs")
    VERHUISD = ("3", "verhuisd")
    REGIO = ("4", "naar een andere school in de regio")
    VERWIJDERD = ("5", "verwijderd")


class AdviesVo(CodeList):
    """The advice for secondary education (LVS block; documented)."""

    ONBEKEND = ("99", "onbekend")
    VMBO = ("11", "vmbo algemeen")
    PRAKTIJK = ("12", "praktijkonderwijs")
    LWOO = ("13", "vmbo met leerwegondersteuning")
    BASIS = ("14", "vmbo basisberoepsgericht")
    KADER = ("15", "vmbo kaderberoepsgericht")
    GEMENGD = ("16", "vmbo gemengd")
    THEORETISCH = ("17", "vmbo theoretisch")
    THEORETISCH_HAVO = ("21", "vmbo theoretisch of havo")
    HAVO_VWO = ("22", "havo of vwo")
    HAVO = ("23", "havo")
    VWO = ("24", "vwo")
    VSO = ("31", "voortgezet speciaal onderwijs")


class LwooIndicatie(CodeList):
    """The indication for extra support (LVS block; documented)."""

    ONBEKEND = ("9", "onbekend")
    GEEN = ("0", "geen indicatie")
    WEL = ("1", "indicatie")
