"""Creates the documents for the platform, and holds back incomplete records with a reason."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import Factory, frozen

from magister_connect.crosswalk import Enrolment as Asked
from magister_connect.crosswalk import ParameterTable
from magister_connect.medius.records import Student
from platform_feed.documents import Document, HeldBack
from platform_feed.gathering import (
    ABSENCE,
    ENROLMENTS,
    PROGRESS,
    Absence,
    Enrolment,
    Gathered,
    Progress,
)

Why = tuple[str, str]  # the reason, and what to do

NOT_ACTIVE: Final[Why] = (
    "not an active student",
    "Nothing, if the pupil left or has not begun. Otherwise, correct the enrolment in Magister.",
)
NO_PROGRAMME: Final[Why] = (
    "no programme of the platform for this crebo",
    "Add the crebo to the table of programmes, or tell the school that the platform does not offer it.",
)
TWICE: Final[Why] = (
    "a second row for the same enrolment",
    "Ask the school to correct the list: each enrolment should occur once.",
)
COMPLETE_IT: Final = "Complete the enrolment in Magister; the next run delivers it."
NEEDED: Final = (
    ("crebo", "no crebo"),
    ("leerweg", "no leerweg"),
    ("klas", "no class"),
    ("begindatum", "no first day"),
)


@frozen
class Prepared:
    """Documents, records that are held back, and the accepted enrolments (aanmelding to stamnummer).

    ``at_the_school`` has kind and key of all data of active students, delivered or not.
    """

    documents: list[Document] = Factory(list)
    held_back: list[HeldBack] = Factory(list)
    accepted: dict[int, str] = Factory(dict)
    at_the_school: set[tuple[str, str]] = Factory(set)

    def hold(self, row: Enrolment, origin: str, why: Why) -> None:
        """Hold back an enrolment."""
        found_by = f"stamnummer {row.stamnr}, aanmelding {row.aanmelding}"
        self.held_back.append(
            HeldBack("enrolments", origin, *why, key=str(row.aanmelding), found_by=found_by)
        )

    def expect(self, row: Enrolment) -> None:
        """Store that the school has this enrolment, delivered or held back: it is not gone."""
        kinds = ("enrolments", "absence", "progress")
        self.at_the_school.update(
            (("participants", row.stamnr), *((kind, str(row.aanmelding)) for kind in kinds))
        )


def prepare(
    gathered: Gathered,
    programmes: ParameterTable,
    births: Mapping[str, dt.date],
    today: dt.date,
) -> Prepared:
    """Prepare complete enrolments with a programme, with their participants, absence and progress."""
    prepared = Prepared()
    students = {each.stamnummer: each for each in gathered.students}
    latest: dict[str, tuple[Enrolment, str]] = {}
    for number, row in enumerate(gathered.enrolments, start=1):
        origin = f"row {number} of {ENROLMENTS}"
        why = _objection(row, prepared) if row.stamnr in students else NOT_ACTIVE
        programme = None if why else _programme(programmes, row, today)
        if why is not NOT_ACTIVE:
            prepared.expect(row)
        if programme is None:
            prepared.hold(row, origin, why or NO_PROGRAMME)
            continue
        prepared.accepted[row.aanmelding] = row.stamnr
        prepared.documents.append(_enrolment(row, programme, origin))
        if row.stamnr not in latest or _begin(row) > _begin(latest[row.stamnr][0]):
            latest[row.stamnr] = row, origin
    for stamnr, (row, origin) in latest.items():
        prepared.documents.append(
            _participant(row, students[stamnr], births.get(stamnr), origin)
        )
    prepared.documents.extend(_absence(prepared, gathered.absence))
    prepared.documents.extend(_progress(prepared, gathered.progress))
    return prepared


def _objection(row: Enrolment, prepared: Prepared) -> Why | None:
    """Why an enrolment cannot be delivered, apart from its programme."""
    if row.aanmelding in prepared.accepted:
        return TWICE
    missing = next((words for field, words in NEEDED if not getattr(row, field)), None)
    return (f"the enrolment is incomplete: {missing}", COMPLETE_IT) if missing else None


def _begin(row: Enrolment) -> tuple[dt.date, int]:
    """The sort key for the latest enrolment of a pupil: a pupil can have several, but is one participant."""
    return row.begindatum or dt.date.min, row.aanmelding


def _programme(table: ParameterTable, row: Enrolment, today: dt.date) -> str | None:
    """The programme in the table for the first day of the enrolment."""
    found = table.find(asked_for(row), as_of=row.begindatum or today)
    return None if found is None else found.values["platformcode"]


def asked_for(row: Enrolment) -> Asked:
    """The facts of an enrolment for the lookup of its programme."""
    return Asked(
        crebo=row.crebo,
        leerweg=row.leerweg,
        leerjaar=str(row.leerjaar or ""),
        locatie=row.locatie,
    )


def _participant(
    row: Enrolment, student: Student, born: dt.date | None, origin: str
) -> Document:
    body = {
        "name": student.volledige_naam
        or " ".join(filter(None, (student.roepnaam, student.tussenv, student.achternaam))),
        "email": student.email,
        "born": born.isoformat() if born else None,
        "location": row.locatie,
    }
    return Document("participants", row.stamnr, body, origin)


def _enrolment(row: Enrolment, programme: str, origin: str) -> Document:
    end = row.vertrekdatum or row.einddatum
    body = {
        "participant": row.stamnr,
        "programme": programme,
        "class": row.klas,
        "year": row.leerjaar,
        "begin": row.begindatum.isoformat() if row.begindatum else None,
        "end": end.isoformat() if end else None,
    }
    return Document("enrolments", str(row.aanmelding), body, origin)


def _absence(prepared: Prepared, rows: Iterable[Absence]) -> Iterator[Document]:
    """Counts only: the platform may not know on which day somebody was ill."""
    grouped: defaultdict[int, list[Absence]] = defaultdict(list)
    for row in rows:
        grouped[row.aanmelding].append(row)
    for aanmelding, stamnr in prepared.accepted.items():
        excused = Counter(row.geoorloofd for row in grouped[aanmelding])
        body = {
            "participant": stamnr,
            "enrolment": str(aanmelding),
            "hours_excused": excused[True],
            "hours_unexcused": excused[False],
        }
        yield Document("absence", str(aanmelding), body, ABSENCE)


def _progress(prepared: Prepared, rows: Iterable[Progress]) -> Iterator[Document]:
    grouped: defaultdict[int, list[Progress]] = defaultdict(list)
    for row in rows:
        grouped[row.aanmelding].append(row)
    for aanmelding, stamnr in prepared.accepted.items():
        subjects = {
            row.vak: {
                "name": row.omschrijving,
                "marks": row.aantal,
                "average": str(row.gemiddelde),
            }
            for row in grouped[aanmelding]
        }
        if subjects:
            body = {
                "participant": stamnr,
                "enrolment": str(aanmelding),
                "subjects": subjects,
            }
            yield Document("progress", str(aanmelding), body, PROGRESS)
