"""Reads Magister through Medius: active students, and three lists that the school has created for this account.

You and the school must agree on the names and the columns of the lists (see the records
below).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from attrs import frozen

from magister_connect.medius import MediusClient
from magister_connect.medius.records import Student
from magister_connect.medius.tables.table import Records

ENROLMENTS: Final = "platform-inschrijvingen"
ABSENCE: Final = "platform-absenties"
PROGRESS: Final = "platform-voortgang"


@frozen(repr=False)
class Enrolment:
    """A row of the list of enrolments.

    Fields can be empty, because administrations leave them empty.
    """

    stamnr: str
    aanmelding: int
    lesperiode: str
    studie: str
    crebo: str
    leerweg: str
    leerjaar: int | None
    klas: str
    locatie: str
    begindatum: dt.date | None
    einddatum: dt.date | None
    vertrekdatum: dt.date | None


@frozen(repr=False)
class Absence:
    """A row of the list of absence: one lesson hour."""

    aanmelding: int
    datum: dt.date
    soort: str
    geoorloofd: bool


@frozen(repr=False)
class Progress:
    """A row of the list of progress: one subject of one enrolment."""

    aanmelding: int
    vak: str
    omschrijving: str
    aantal: int
    gemiddelde: Decimal
    bijgewerkt: dt.date


@frozen
class Gathered:
    """The data from Medius for one lesson period."""

    students: Records[Student]
    enrolments: Records[Enrolment]
    absence: Records[Absence]
    progress: Records[Progress]

    @property
    def warnings(self) -> list[str]:
        """Warnings about the tables, without an error of the service."""
        tables = (self.students, self.enrolments, self.absence, self.progress)
        return [warning for table in tables for warning in table.warnings]


def gather(medius: MediusClient, lesperiode: str) -> Gathered:
    """Request everything from Medius at the same time.

    Raises the errors of :mod:`magister_connect.errors`.
    """
    period = {"lesperiode": lesperiode}
    return Gathered(
        students=medius.students(lesperiode),
        enrolments=medius.get_data(ENROLMENTS, period).to(Enrolment),
        absence=medius.get_data(ABSENCE, period).to(Absence),
        progress=medius.get_data(PROGRESS, period).to(Progress),
    )
