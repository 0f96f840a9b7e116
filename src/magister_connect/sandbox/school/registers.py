"""The crebos of the simulated school as the authorities would publish them.

The school does not maintain the register, so the two differ as in reality. One study is still taught under a crebo that
ended last summer; the school does not know its successor. One crebo is in no register. And pupils who began before a
revision finish under an expired crebo.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.programmes import FOUNDING_YEARS, STUDIES, Studie, latest, revised, revisions

BEGUN: Final = dt.date(2012, 8, 1)
ENDED: Final = {"99190": dt.date(2023, 8, 1)}
RENEWED: Final = "ZO3"
"""The study with a crebo that ended last summer, unknown to the school."""
UNREGISTERED: Final = "LO2"
"""The study whose latest crebo is in no register."""
_REVISED_EVERY: Final = 6


@frozen
class Recognition:
    """A crebo in the register. ``einde`` is the first day when it is no longer valid."""

    crebo: str
    omschrijving: str
    niveau: int
    begin: dt.date
    einde: dt.date | None
    opvolger: str = ""


def recognitions(school: School) -> Iterator[Recognition]:
    """Yield the register of today."""
    today = school.clock.today()
    for place, study in enumerate(STUDIES):
        if study.crebo:
            yield from _of_study(study, place, school.founded, today)


def _of_study(study: Studie, place: int, founded: int, today: dt.date) -> Iterator[Recognition]:
    turns = revisions(place, latest(8, 1, until=today).year, founded)
    first = founded + FOUNDING_YEARS + place
    begins = [BEGUN, *(dt.date(first + turn * _REVISED_EVERY, 8, 1) for turn in range(turns))]
    for turn, begin in list(enumerate(begins))[-9:]:  # the tenth crebo of a study is the first one again
        crebo = revised(study, turn).crebo
        newest = turn == turns
        if newest and study.code == UNREGISTERED:
            continue
        end = ENDED.get(crebo) if newest else begins[turn + 1]
        heir = "" if newest else revised(study, turn + 1).crebo
        if newest and study.code == RENEWED:
            end, heir = max(latest(8, 1, until=today), begin + dt.timedelta(days=1)), str(int(crebo) + 50)
            yield Recognition(heir, f"{study.omschrijving}, herzien", study.niveau, end, None)
        yield Recognition(crebo, study.omschrijving, study.niveau, begin, end, heir)


def crebo_register(school: School) -> bytes:
    """Return the file ``mbo_opleidingserkenningen`` of RIO: CSV, ``EINDDATUM`` is the first day after (documented)."""
    rows = ["ERKENDEOPLEIDINGSCODE,KWALIFICATIEDOSSIER,MBONIVEAU,BEGINDATUM,EINDDATUM"]
    rows += [
        f"{each.crebo},{each.omschrijving.replace(',', '')},{each.niveau},{each.begin},{each.einde or ''}"
        for each in recognitions(school)
    ]
    return "\r\n".join([*rows, ""]).encode()


def sbb_accreditations(school: School) -> bytes:
    """Return SBB's file of accreditations: JSON, with ``equivalenten``. Here ``einddatum`` is the last day."""
    found = [
        {
            "crebocode": each.crebo,
            "id": number,
            "naam": each.omschrijving,
            "startdatum": each.begin.isoformat(),
            "einddatum": (each.einde - dt.timedelta(days=1)).isoformat() if each.einde else None,
            "equivalenten": [{"crebocode": each.opvolger, "id": 0, "naam": ""}] if each.opvolger else [],
        }
        for number, each in enumerate(recognitions(school), start=1)
    ]
    return json.dumps(found, ensure_ascii=False).encode()
