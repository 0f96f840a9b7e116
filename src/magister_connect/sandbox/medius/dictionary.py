"""The data dictionary, through which columns of lists are relabelled.

Rules (all but the first observed, or in code of clients): an alias that is no field of the dictionary passes as it is;
one that is, is replaced by the label of the field; ``table__field`` becomes ``TableLabel.FieldLabel``; a second column
of one name gets ``_1``; labels lose what an XML name cannot hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from magister_connect.medius.tables.table import distinct
from magister_connect.sandbox.medius.answer import Broken

FIELDS: Final = {
    "voornamen": "Off. voornamen",
    "naam_vol": "Volledige naam",
    "login_naam": "Naam",
    "gsm": "Mobiel nr",
    "geslacht": "M/V",
    "land": "Land",
    "lwoo": "LWOO-indicatie",
    "offic_naam": "Officiële naam",
    "email": "email",
}
TABLES: Final = {
    "sis_gebr": "Loginaccount",
    "sis_pers": "Personeelslid",
    "sis_aanm": "Aanmelding",
    "sis_land": "Land / Nationaliteit",
}
STUMBLES: Final = frozenset({"gemeld"})


def sanitised(label: str) -> str:
    """A label as a name in XML: blanks and slashes become ``_``, hyphens and letters beyond ASCII go."""
    kept = label.replace(" ", "_").replace("/", "_").replace("-", "")
    return "".join(each for each in kept if each.isascii())


def relabelled(aliases: Sequence[str]) -> tuple[str, ...]:
    """The columns that a list with these aliases shows."""
    if STUMBLES.intersection(aliases):
        raise Broken("EMGeneralFailure", "Fout bij het ophalen van het overzicht")
    return distinct([_label(alias) for alias in aliases])


def _label(alias: str) -> str:
    table, _, name = alias.partition("__")
    if name and table in TABLES:
        return f"{sanitised(TABLES[table])}.{sanitised(FIELDS.get(name, name))}"
    return sanitised(FIELDS[alias]) if alias in FIELDS else alias
