"""Tables that a school's administrator sends as files: personal numbers and stamnummers, and crebos and programmes.

Both are text with a byte-order mark, ``;`` between columns and every value as text, so that a spreadsheet opens them
without removing zeros.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.programmes import platform_programmes, year_of

LEFT_OUT: Final = 41  # one pupil in so many is missing from the table of numbers
DOUBLED: Final = (60, 61)  # positions of two pupils with the same number in it


def number_table(school: School) -> bytes:
    """Return the personal number and stamnummer of each pupil: ``pgn;stamnummer;geldig_van;geldig_tot``.

    Some pupils are missing, two share a number, and a pupil whose BSN replaced an onderwijsnummer has two lines.
    """
    rows: list[tuple[str, ...]] = [("pgn", "stamnummer", "geldig_van", "geldig_tot")]
    for pupil in school.leerlingen.values():
        if pupil.pgn is None or pupil.nummer % LEFT_OUT == LEFT_OUT - 1:
            continue
        changed = pupil.pgn_sinds.isoformat() if pupil.pgn_sinds else ""
        rows.append((pupil.pgn, str(pupil.stamnummer), changed, ""))
        if pupil.vorige_pgn:
            rows.append((pupil.vorige_pgn, str(pupil.stamnummer), "", changed))
        if pupil.nummer == DOUBLED[0] and len(school.leerlingen) > DOUBLED[1]:
            rows.append((pupil.pgn, str(pupil.stamnummer + 1), "", ""))
    return _csv(rows)


def programme_table(school: School) -> bytes:
    """Return crebos and programmes of the platform, as of today.

    An empty ``leerweg`` means any. The last day of validity is not included.
    """
    rows: list[tuple[str, ...]] = [("crebo", "leerweg", "valid_from", "valid_until", "opleiding", "platformcode")]
    for each in platform_programmes(year_of(school.clock.today()), school.founded):
        until = each.geldig_tot.isoformat() if each.geldig_tot else ""
        rows.append((each.crebo, each.leerweg, each.geldig_van.isoformat(), until, each.opleiding, each.platformcode))
    return _csv(rows)


def _csv(rows: Iterable[tuple[str, ...]]) -> bytes:
    return "".join(";".join(row) + "\r\n" for row in rows).encode("utf-8-sig")
