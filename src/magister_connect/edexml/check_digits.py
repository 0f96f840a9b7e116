"""Rules on the digits of numbers, which neither handbook nor schema has (S15, S16): on request only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from magister_connect.edexml import records
from magister_connect.edexml.feed import Item
from magister_connect.edexml.findings import Severity
from magister_connect.identifiers import Brin, Bsn, Onderwijsnummer

__all__ = ["remarks_on_digits"]

_UNUSED_LETTERS: Final = frozenset({"SA", "SD", "SS"})


def remarks_on_digits(item: Item) -> Iterator[tuple[str, Severity, str, str]]:
    """S15: BSN, onderwijsnummer, BRIN and postcode; S16: rijksregisternummer."""
    if isinstance(item, records.School) and item.brincode is not None and not Brin.is_valid(item.brincode):
        yield "S15", Severity.WARNING, "This cannot be a BRIN", "brincode"
    if not isinstance(item, records.Leerling):
        return
    for name in ("bsn", "sofinummer"):
        number = getattr(item, name)
        if number is not None and not Bsn.is_valid(number):
            yield "S15", Severity.WARNING, "This cannot be a BSN: its check digit is wrong", name
    if item.onderwijsnummer is not None and not Onderwijsnummer.is_valid(item.onderwijsnummer):
        yield "S15", Severity.WARNING, "This cannot be an onderwijsnummer", "onderwijsnummer"
    if item.postcodenl is not None and (item.postcodenl[0] == "0" or item.postcodenl[4:] in _UNUSED_LETTERS):
        yield "S15", Severity.WARNING, "This postcode is not in use", "postcodenl"
    if item.rijksregisternummer is not None and not _is_rijksregisternummer(item.rijksregisternummer):
        yield "S16", Severity.WARNING, "This cannot be a rijksregisternummer", "rijksregisternummer"


def _is_rijksregisternummer(text: str) -> bool:
    """The last two digits are 97 less the rest modulo 97; from the year 2000 with a 2 in front."""
    number, check = int(text[:9]), int(text[9:])
    return check in {97 - number % 97, 97 - (2_000_000_000 + number) % 97}
