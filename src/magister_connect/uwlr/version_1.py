"""Read UWLR 1.0 answers, which some old partners still send, into the current records.

UWLR 1.0 has its own data model (documented: the schema of 2012). A ``subgroep`` becomes a ``samengestelde_groep``.
``geslacht`` 3 (unknown) becomes 0, which now has that meaning. A ``jaargroep`` without a current code is kept in
``extra``. An ``ictcoordinator`` gets the role ICT (all inferred).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from magister_connect.core.boundary import boundary
from magister_connect.core.values import to_date, to_datetime
from magister_connect.core.xml import Element, document_complaint, local_name, parse
from magister_connect.edexml import (
    Document,
    Geslacht,
    Groep,
    GroepReferentie,
    Jaargroep,
    Leerkracht,
    Leerling,
    Rol,
    SamengesteldeGroep,
    SamengesteldeGroepReferentie,
    School,
)
from magister_connect.errors import DocumentInvalid, FieldInvalid, Responsible
from magister_connect.uwlr.answers import NoData, NothingChanged

_ROOTS: Final = ("leerlinggegevens", "geenwijzigingen", "geengegevens")
_CODES: Final = {each.value: each for each in Jaargroep}
_NAMES: Final = {
    "achternaam": "achternaam",
    "voorvoegsel": "voorvoegsel",
    "voornamen": "voornamen",
    "voorletters-1": "voorletters_1",
    "roepnaam": "roepnaam",
    "gebruikersnaam": "gebruikersnaam",
    "emailadres": "emailadres",
}


@boundary.around
def read_version_1(body: bytes) -> Document | NothingChanged | NoData:
    """Read the document in a UWLR 1.0 answer: alone, in ``leerlinggegevensantwoord`` or in an envelope.

    Raises :class:`DocumentInvalid` if it is not such an answer, and :class:`FieldInvalid` with the path of an
    unreadable value or a missing key.
    """
    root = parse(body, document_complaint())
    found = next((each for each in root.iter("{*}*") if local_name(each) in _ROOTS), None)
    if found is None or "/leerresultaten/1/" not in str(found.tag):
        advice = "Read an answer of UWLR 2 with UwlrClient, or with edexml.from_uwlr_body()."
        raise DocumentInvalid(
            "The document is not an answer of UWLR 1.0",
            where=local_name(root),
            responsible=Responsible.YOU,
            advice=advice,
        )
    if local_name(found) != "leerlinggegevens":
        return NoData() if local_name(found) == "geengegevens" else NothingChanged(None)
    return Document(
        school=_school(_one(found, "school")),
        groepen=tuple(_group(each, where) for each, where in _listed(found, "groepen", "groep")),
        samengestelde_groepen=tuple(
            SamengesteldeGroep(
                _key(each, where), _text(each, "naam") or "", _text(each, "omschrijving"), (), _moment(each)
            )
            for each, where in _listed(found, "subgroepen", "subgroep")
        ),
        leerlingen=tuple(_pupil(each, where) for each, where in _listed(found, "leerlingen", "leerling")),
        leerkrachten=tuple(_teacher(each, where) for each, where in _listed(found, "leerkrachten", "leerkracht")),
        version="uwlr-1.0",
    )


def _school(element: Element) -> School:
    made = _text(element, "aanmaakdatum")
    return School(
        schooljaar=_text(element, "schooljaar") or "",
        brincode=_text(element, "brincode"),
        dependancecode=_text(element, "dependancecode"),
        schoolkey=_text(element, "schoolkey"),
        aanmaakdatum=None if made is None else to_datetime(made, "school/aanmaakdatum"),
        auteur=_text(element, "auteur"),
        xsdversie=_text(element, "xsdversie"),
        commentaar=_text(element, "commentaar"),
    )


def _group(element: Element, where: str) -> Groep:
    return Groep(
        _key(element, where), _text(element, "naam") or "", None, _text(element, "omschrijving"), (), _moment(element)
    )


def _pupil(element: Element, where: str) -> Leerling:
    year, sex, birth = (_text(element, name) for name in ("jaargroep", "geslacht", "geboortedatum"))
    known = _CODES.get(year or "")
    return Leerling(
        key=_key(element, where),
        **_named(element),
        geboortedatum=None if birth is None else to_date(birth, f"{where}/geboortedatum"),
        geslacht=_sex(sex, where),
        jaargroep=known,
        groep=next(iter(_references(element, "groep")), None),
        samengestelde_groepen=tuple(_references(element, "subgroepen")),
        fotourl=_text(element, "fotourl"),
        mutatiedatum=_moment(element),
        extra=() if known or year is None else (("jaargroep", year),),
    )


def _sex(code: str | None, where: str) -> Geslacht | None:
    meant = {None: None, "1": Geslacht.MAN, "2": Geslacht.VROUW, "3": Geslacht.ONBEKEND}
    if code not in meant:
        raise FieldInvalid("1, 2 or 3 was expected", where=f"{where}/geslacht")
    return meant[code]


def _teacher(element: Element, where: str) -> Leerkracht:
    return Leerkracht(
        key=_key(element, where),
        **_named(element),
        rollen=(Rol.ICT_COORDINATOR,) if _text(element, "ictcoordinator") == "J" else (),
        groepen=(
            *(GroepReferentie(key) for key in _references(element, "groepen")),
            *(SamengesteldeGroepReferentie(key) for key in _references(element, "subgroepen")),
        ),
        mutatiedatum=_moment(element),
    )


def _named(element: Element) -> dict[str, Any]:
    return {field: _text(element, name) for name, field in _NAMES.items()}


def _one(element: Element, name: str) -> Element:
    found = next(element.iterchildren(f"{{*}}{name}"), None)
    if found is None:
        raise FieldInvalid("The element is missing", where=f"{local_name(element)}/{name}")
    return found


def _listed(element: Element, around: str, name: str) -> Iterator[tuple[Element, str]]:
    for outer in element.iterchildren(f"{{*}}{around}"):
        for place, each in enumerate(outer.iterchildren(f"{{*}}{name}"), 1):
            yield each, f"{around}/{name}[{place}]"


def _references(element: Element, name: str) -> Iterator[str]:
    """Yield the keys of the groups that an element, or one inside it, refers to."""
    for outer in element.iterchildren(f"{{*}}{name}"):
        yield from (each.get("key", "") for each in (outer, *outer.iterchildren("{*}*")) if each.get("key"))


def _key(element: Element, where: str) -> str:
    key = element.get("key")
    if not key:
        raise FieldInvalid("The attribute is missing", where=f"{where}/@key")
    return key


def _moment(element: Element) -> dt.datetime | None:
    text = _text(element, "mutatiedatum")
    return None if text is None else to_datetime(text, f"{local_name(element)}/mutatiedatum")


def _text(element: Element, name: str) -> str | None:
    found = next(element.iterchildren(f"{{*}}{name}"), None)
    return None if found is None else (found.text or "").strip() or None
