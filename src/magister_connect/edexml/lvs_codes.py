"""The code lists of the block of the Cito pupil tracking system (documented for 2.0; those of 1.03 are unknown)."""

from __future__ import annotations

from magister_connect.edexml.codes import CodeList

__all__ = [
    "AdviesVo",
    "Instroomwijze",
    "LwooIndicatie",
    "OpleidingOuders",
    "Taalgroep",
    "Thuistaal",
    "Uitstroomreden",
]


class OpleidingOuders(CodeList):
    """Education of the parents (LVS block; documented)."""

    ONBEKEND = ("9", "onbekend")
    LAGER = ("1", "geen of lager onderwijs")
    VMBO = ("2", "lager voortgezet of voorbereidend middelbaar beroepsonderwijs")
    HAVO_VWO = ("3", "hoger voortgezet onderwijs")
    MBO = ("4", "middelbaar beroepsonderwijs")
    HBO = ("5", "hoger beroepsonderwijs")
    WO = ("6", "universiteit")


class Thuistaal(CodeList):
    """Language at home (LVS block; documented)."""

    ONBEKEND = ("9", "onbekend")
    NEDERLANDS = ("1", "Nederlands")
    VOORAL_NEDERLANDS = ("2", "vooral Nederlands")
    EVENVEEL = ("3", "evenveel Nederlands als een andere taal")
    VOORAL_ANDERE = ("4", "vooral een andere taal")
    ANDERE = ("5", "een andere taal")


class Taalgroep(CodeList):
    """Family of the language at home (LVS block; documented)."""

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
    """Advice for secondary education (LVS block; documented)."""

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
    """Indication for extra support (LVS block; documented)."""

    ONBEKEND = ("9", "onbekend")
    GEEN = ("0", "geen indicatie")
    WEL = ("1", "indicatie")
