"""Matches the pupils of the EDEXML file with those of Medius: by personal number, with the table of numbers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

from attrs import frozen

from magister_connect import edexml
from magister_connect.crosswalk import ADVICE, Crosswalk, Match, NoMatch, Reason
from magister_connect.identifiers import Pgn, Stamnummer
from platform_feed.documents import HeldBack

IN_THE_FILE: Final = "pupils of the EDEXML file"
"""The kind of records for pupils of the file without a known stamnummer: their birth date is not delivered."""
ACTIONS: Final = {
    Reason.UNKNOWN: (
        "the number is not in the table of numbers",
        "Add the number to the table of numbers.",
    ),
    Reason.EXPIRED: (
        "the number is no longer valid in the table of numbers",
        "Ask the school for a new file.",
    ),
    Reason.NOT_YET_VALID: (
        "the number is not valid yet in the table of numbers",
        "Nothing, until that day.",
    ),
}


@frozen
class Matched:
    """Birth dates by stamnummer, the pupils of the file without a match, and the ``schooljaar`` of the file."""

    school: str
    schooljaar: str
    pupils: int
    births: dict[str, dt.date]
    held_back: list[HeldBack]


def match_file(path: Path, numbers: Crosswalk, today: dt.date) -> Matched:
    """Read the file, of any version, and match its pupils.

    Raises :class:`DocumentInvalid`.
    """
    births: dict[str, dt.date] = {}
    held_back: list[HeldBack] = []
    place = 0
    with edexml.open(path) as stream:
        for place, pupil in enumerate(stream.leerlingen, start=1):
            answer = _stamnummer_of(pupil, numbers, today)
            if isinstance(answer, Unmatched):
                origin = f"pupil {place} of {path.name}"
                found_by = f"leerling {pupil.key}"
                held_back.append(
                    HeldBack(
                        IN_THE_FILE, origin, answer.reason, answer.action, found_by=found_by
                    )
                )
            elif pupil.geboortedatum is not None:
                births[answer.reveal()] = pupil.geboortedatum
        for _ in stream.leerkrachten:
            pass  # read to the end: a truncated file is an error
        return Matched(
            _name_of(stream.school), stream.school.schooljaar, place, births, held_back
        )


def _name_of(school: edexml.School) -> str:
    code = school.brincode or school.instellingsnummer or school.schoolkey
    return (
        f"School {code}, {school.schooljaar}"
        if code
        else f"School year {school.schooljaar}"
    )


@frozen
class Unmatched:
    """The reason why a pupil of the file has no match."""

    reason: str
    action: str


def _stamnummer_of(
    pupil: edexml.Leerling, numbers: Crosswalk, today: dt.date
) -> Stamnummer | Unmatched:
    text = pupil.bsn or pupil.sofinummer or pupil.onderwijsnummer
    if text is None:
        return Unmatched(
            "no personal number in the file",
            "Ask the school to fill in the number, or match the pupil by hand.",
        )
    if not Pgn.is_valid(text):
        return Unmatched(
            "the personal number is not valid",
            "Ask the school to correct the number at its source.",
        )
    match numbers.resolve(Pgn.parse(text), to=Stamnummer, as_of=today):
        case Match(target=Stamnummer() as found):
            return found
        case NoMatch(reason=reason):
            why, action = ACTIONS.get(
                reason, (f"the table of numbers does not help: {reason}", ADVICE[reason])
            )
            return Unmatched(why, action)
        case _:
            return Unmatched(
                "one personal number for several pupils",
                "Ask the school to correct the table of numbers.",
            )
