"""Messages of UWLR for the tests, made of synthetic values."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
from lxml import etree

from magister_connect.uwlr import (
    Authorisation,
    Norm,
    Normering,
    Normkleur,
    Osoresultaat,
    Referentiescore,
    Resultaat,
    ResultsMessage,
    ResultsSchool,
    Toets,
    Toetsafname,
    Toetsonderdeel,
    Toetsscore,
    VocabulaireTerm,
)

ACCOUNT = Authorisation(klantnaam="leverancier", klantcode="code=1", autorisatiesleutel="Sleutel1")
DAY = dt.date(2026, 1, 15)


def schema(shared_data: Path, name: str) -> etree.XMLSchema:
    """An official schema, with the list of school years replaced by its pattern: the list ended in 2025."""
    folder = shared_data / "uwlr" / "2.2" / "Schemas"
    return etree.XMLSchema(etree.parse(folder / name))


def result(key: str = "k1", **changes: Any) -> Resultaat:
    values: dict[str, Any] = {"key": key, "afnamedatum": DAY, "toetscode": "T1", "score": 5}
    return Resultaat(**{**values, **changes})


def taking(*results: Resultaat, **changes: Any) -> Toetsafname:
    values: dict[str, Any] = {"leerlingid": "L1", "resultaten": results or (result(),), **changes}
    return Toetsafname(**values)


def norms(*pairs: tuple[int, int]) -> Normering:
    return Normering(norm=tuple(Norm(term=f"n{low}", beginnormwaarde=low, eindnormwaarde=high) for low, high in pairs))


def exam(code: str = "T1", **changes: Any) -> Toets:
    return Toets(toetscode=VocabulaireTerm(code), **changes)


def head(**changes: Any) -> ResultsSchool:
    values: dict[str, Any] = {
        "schooljaar": "2025-2026",
        "brincode": "00AA",
        "aanmaakdatum": dt.datetime(2026, 1, 16, 3, tzinfo=dt.UTC),
        "xsdversie": "2.2",
    }
    return ResultsSchool(**{**values, **changes})


def message(*takings: Toetsafname, tests: tuple[Toets, ...] = (), **changes: Any) -> ResultsMessage:
    return ResultsMessage(school=head(**changes), toetsafnames=takings or (taking(),), toetsen=tests or (exam(),))


COLOUR = Normkleur(rood_code=0, groen_code=128, blauw_code=255, transparantie=Decimal("0.50"))
PART = Toetsonderdeel(
    toetsonderdeelvolgnummer=1, toetsonderdeelcode=VocabulaireTerm("O1"), toetsonderdeelnormering=norms((0, 4), (5, 9))
)
FULL = exam(
    versie=VocabulaireTerm("1", vocabulaire="urn:voc:versie"),
    toetsnaam="Rekenen",
    toetsnormering=attrs.evolve(
        norms((0, 9)),
        norm=(
            Norm(
                term="voldoende",
                omschrijving="Voldoende",
                beginnormwaarde=0,
                eindnormwaarde=9,
                normkleur=COLOUR,
                schoolcijfer_vanaf=Decimal("5.50"),
                schoolcijfer_totenmet=Decimal("10.00"),
            ),
        ),
    ),
    toetsonderdelen=(PART,),
)
OSO = Osoresultaat(
    toetsscore=Toetsscore(aantalopgaven=10, aantalgoed=7, vaardigheidsscore=Decimal("101.5")),
    referentiescore=(Referentiescore(codereferentiescore="A", codevergelijkingsgroep="B", waarde="C"),),
)
