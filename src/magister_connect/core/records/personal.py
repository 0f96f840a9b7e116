"""Decide by name which fields and columns may identify a person. Those are masked by default.

A school gives its own lists any column name, so the rule is cautious and sometimes masks too much. A record can
override the rule for a field with ``metadata={"personal": False}`` or ``True``.
"""

from __future__ import annotations

import re
from typing import Final

from magister_connect.core.secrets import MASK, redact

PERSONAL: Final = "personal"
_IDENTIFYING: Final = re.compile(
    r"naam|namen|name|initials|prefix|tussenv|voorvoegsel|voorletters|adres|straat|street|huisn|house|postcode|postal"
    r"|plaats|city|woon|geb|birth|born|bsn|nummer|stamn|stam_|mail|tel|mobiel|gsm|phone|login|account|_nr$|^nr|b_num"
    r"|volnr|rfid|vrij|foto|iban|mentor|ouder|verzorger|memo|opmerking|tekst|extra|kluiscode|^id|key|token|password"
    r"|sessi|pgn|eckid|eck_id",
    re.IGNORECASE,
)
_OF_A_THING: Final = re.compile(
    r"^(?:test|toets|vak|subject|skill|groep|school|profiel|studie|opleiding|locatie|vestiging|kolom|list|layout|table)"
    r"_?(?:naam|name|nummer|nr)s?$|^instellings?_?(?:code|nummer|naam)$",
    re.IGNORECASE,
)
_MAIL: Final = re.compile(r"\S+@\S+")
_DIGITS: Final = re.compile("[0-9][0-9 .\u00a0\u202f-]{6,}[0-9]")  # may contain a personal number; see redact


def identifies(name: str) -> bool:
    """Whether a field or column with this name may identify a person."""
    return bool(_IDENTIFYING.search(name)) and not _OF_A_THING.match(name)


def without_numbers(text: str) -> str:
    """Remove e-mail addresses and everything that may be a personal number from a text."""
    if "@" in text:
        text = _MAIL.sub(MASK, text)
    return redact(text) if len(text) > 7 and _DIGITS.search(text) else text
