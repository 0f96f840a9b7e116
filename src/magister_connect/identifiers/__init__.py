"""BSN, onderwijsnummer, stamnummer, ECK iD, BRIN, crebo and the rest, as types.

Every type has ``parse`` (strict), ``parse_lenient`` (says what it repaired), ``is_valid`` and ``reveal()``; those that
exist as numbers have ``from_number``. Personal ones never show their digits.
"""

from magister_connect.identifiers.administration import (
    AmnDeelnemersnummer,
    MagisterUserId,
    Role,
    Stamnummer,
    ToaGebruikersnaam,
    UwlrKey,
)
from magister_connect.identifiers.elfproef import PgnKind, kind_of
from magister_connect.identifiers.identifier import Identifier, Personal, Reading, Remark, Scoped
from magister_connect.identifiers.institutions import (
    Brin,
    Dependancecode,
    Oin,
    RioOnderwijsaanbieder,
    RioOnderwijsbestuur,
    RioOnderwijslocatie,
    RioOpleidingseenheid,
    Vestigingscode,
    vestigingscode_of,
)
from magister_connect.identifiers.kinds import KINDS, kind_named, restore
from magister_connect.identifiers.persons import Bsn, Onderwijsnummer, Pgn
from magister_connect.identifiers.programmes import (
    Crebo,
    Elementcode,
    ExamUnit,
    Keuzedeel,
    SchoolVakcode,
    Vakcode,
    programme_code,
)
from magister_connect.identifiers.pseudonyms import EckId, Hpgn, Stampseudoniem
from magister_connect.identifiers.schooljaar import Schooljaar

__all__ = [
    "KINDS",
    "AmnDeelnemersnummer",
    "Brin",
    "Bsn",
    "Crebo",
    "Dependancecode",
    "EckId",
    "Elementcode",
    "ExamUnit",
    "Hpgn",
    "Identifier",
    "Keuzedeel",
    "MagisterUserId",
    "Oin",
    "Onderwijsnummer",
    "Personal",
    "Pgn",
    "PgnKind",
    "Reading",
    "Remark",
    "RioOnderwijsaanbieder",
    "RioOnderwijsbestuur",
    "RioOnderwijslocatie",
    "RioOpleidingseenheid",
    "Role",
    "SchoolVakcode",
    "Schooljaar",
    "Scoped",
    "Stamnummer",
    "Stampseudoniem",
    "ToaGebruikersnaam",
    "UwlrKey",
    "Vakcode",
    "Vestigingscode",
    "kind_named",
    "kind_of",
    "programme_code",
    "restore",
    "vestigingscode_of",
]
