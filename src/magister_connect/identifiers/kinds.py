"""All kinds of identifiers by name, to find the type of a value in a table or file."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from magister_connect.core.boundary import boundary
from magister_connect.errors import UsageError
from magister_connect.identifiers import administration, institutions, persons, programmes, pseudonyms
from magister_connect.identifiers.schooljaar import Schooljaar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magister_connect.identifiers.identifier import Identifier


_TYPES: Final[tuple[type[Identifier], ...]] = (
    persons.Pgn,
    persons.Bsn,
    persons.Onderwijsnummer,
    pseudonyms.Hpgn,
    pseudonyms.Stampseudoniem,
    pseudonyms.EckId,
    administration.Stamnummer,
    administration.MagisterUserId,
    administration.UwlrKey,
    administration.AmnDeelnemersnummer,
    administration.ToaGebruikersnaam,
    institutions.Brin,
    institutions.Vestigingscode,
    institutions.Dependancecode,
    institutions.RioOnderwijsaanbieder,
    institutions.RioOnderwijsbestuur,
    institutions.RioOnderwijslocatie,
    institutions.RioOpleidingseenheid,
    institutions.Oin,
    programmes.Crebo,
    programmes.Keuzedeel,
    programmes.ExamUnit,
    programmes.Elementcode,
    programmes.Vakcode,
    programmes.SchoolVakcode,
    Schooljaar,
)

KINDS: Final[Mapping[str, type[Identifier]]] = MappingProxyType({kind.kind: kind for kind in _TYPES})
"""Every type of identifier by its kind."""


@boundary.around
def kind_named(name: str) -> type[Identifier]:
    """Return the type of this kind. Raises :class:`UsageError`, with a list of kinds, if there is none."""
    if (found := KINDS.get(name)) is None:
        advice = f"Pass one of {', '.join(sorted(KINDS))}."
        raise UsageError("This kind of identifier does not exist", where="kind", advice=advice)
    return found


@boundary.around
def restore(kind: str, realm: str, text: str) -> Identifier:
    """Return the identifier that was stored as these three texts. Raises as its type does."""
    return kind_named(kind).restore(text, realm)
