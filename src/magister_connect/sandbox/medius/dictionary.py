"""The data dictionary, which renames columns of lists.

Rules (all but the first observed, or in code of clients):

- An alias that is not a field of the dictionary stays as it is. A field is replaced by its label.
- ``table__field`` becomes ``TableLabel.FieldLabel``.
- A second column with the same name gets ``_1``.
- Characters that an XML name does not allow are removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from magister_connect.medius.tables.table import distinct
from magister_connect.sandbox.medius.answer import DelphiError

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
    """Return a label as an XML name: blanks and slashes become ``_``; hyphens and letters outside ASCII are removed."""
    kept = label.replace(" ", "_").replace("/", "_").replace("-", "")
    return "".join(each for each in kept if each.isascii())


def relabelled(aliases: Sequence[str]) -> tuple[str, ...]:
    """Return the column names of a list with these aliases."""
    if STUMBLES.intersection(aliases):
        raise DelphiError("EMGeneralFailure", "Fout bij het ophalen van het overzicht")
    return distinct([_label(alias) for alias in aliases])


def _label(alias: str) -> str:
    table, _, name = alias.partition("__")
    if name and table in TABLES:
        return f"{sanitised(TABLES[table])}.{sanitised(FIELDS.get(name, name))}"
    return sanitised(FIELDS[alias]) if alias in FIELDS else alias
