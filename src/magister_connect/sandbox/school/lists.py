"""Lists of the simulated school, as an administrator defines them in Decibel and Medius returns them by name.

A list here is the result of its SQL: columns with the names that the service shows, and rows of text. Values have the
forms of real lists (observed): dates ``2025/08/01``, an empty date ``1899/12/30``, ``True`` and ``False``, and an empty
text for a missing value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, TypeAlias

from attrs import frozen

from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.clock import VirtualClock
from magister_connect.sandbox.school.marks import GEMIDDELDE, Cijfer
from magister_connect.sandbox.school.people import Inschrijving, Leerling

Row: TypeAlias = tuple[str, ...]
ZERO_DATE: Final = dt.date(1899, 12, 30)
"""How a missing date is shown (observed): day 0 of Delphi."""


@frozen
class Lijst:
    """A list: its name, the names of its table and rows, its parameters, its columns and its rows.

    ``rijen`` receives the parameters of the call, by lower-case name. A missing parameter is absent.
    """

    naam: str
    tabel: str
    rij: str
    parameters: tuple[str, ...]
    kolommen: tuple[str, ...]
    rijen: Callable[[School, VirtualClock, Mapping[str, str]], Iterable[Row]]


def shown_date(day: dt.date | None) -> str:
    """Return a date as lists show it."""
    return f"{day or ZERO_DATE:%Y/%m/%d}"


def _enrolled(
    school: School, clock: VirtualClock, parameters: Mapping[str, str]
) -> Iterator[tuple[Leerling, Inschrijving]]:
    current = school.lesperiode_on(clock.today())
    for pupil, enrolment in school.pupils_in(parameters.get("lesperiode") or (current.code if current else "")):
        if enrolment.studie.soort == "mbo" and enrolment.begin <= clock.today():
            yield pupil, enrolment


def _enrolments(school: School, clock: VirtualClock, parameters: Mapping[str, str]) -> Iterator[Row]:
    for pupil, each in _enrolled(school, clock, parameters):
        study = each.studie
        yield (
            str(pupil.stamnummer),
            str(each.nummer),
            each.lesperiode.code,
            study.code,
            "" if each.gebrek == "crebo" else study.crebo,
            "" if each.gebrek == "leerweg" else study.leerweg,
            str(study.niveau),
            str(each.leerjaar),
            "" if each.gebrek == "klas" else each.klas,
            each.locatie.code,
            shown_date(None if each.gebrek == "begin" else each.begin),
            shown_date(each.einde),
            shown_date(each.vertrek if each.vertrek and each.vertrek <= clock.today() else None),
            each.mentor,
        )


def _absence(school: School, clock: VirtualClock, parameters: Mapping[str, str]) -> Iterator[Row]:
    for pupil, enrolment in _enrolled(school, clock, parameters):
        for each in school.absence_of(pupil.stamnummer, clock.local()):
            if each.aanmelding == enrolment.nummer:
                yield (
                    str(pupil.stamnummer),
                    str(enrolment.nummer),
                    str(each.nummer),
                    shown_date(each.begin.date()),
                    str(each.lesuur),
                    each.soort.code,
                    each.soort.omschrijving,
                    str(each.soort.geoorloofd),
                )


def _progress(school: School, clock: VirtualClock, parameters: Mapping[str, str]) -> Iterator[Row]:
    for pupil, enrolment in _enrolled(school, clock, parameters):
        marks = [
            each
            for each in school.marks_of(pupil.stamnummer, clock.local())
            if each.aanmelding == enrolment.nummer and each.kolom.soort != GEMIDDELDE
        ]
        for vak in enrolment.vakken:
            if of_subject := [each for each in marks if each.vak == vak]:
                yield (
                    str(pupil.stamnummer),
                    str(enrolment.nummer),
                    vak.code,
                    vak.omschrijving,
                    str(len(of_subject)),
                    _average(of_subject),
                    shown_date(of_subject[-1].ingevoerd_op.date()),
                )


def _average(marks: list[Cijfer]) -> str:
    weights = sum(each.kolom.weging for each in marks)
    total = sum((Decimal(each.waarde.replace(",", ".")) * each.kolom.weging for each in marks), Decimal(0))
    return str((total / weights).quantize(Decimal("0.1"), ROUND_HALF_UP)).replace(".", ",")


LISTS: Final[dict[str, Lijst]] = {
    each.naam: each
    for each in (
        Lijst(
            "platform-inschrijvingen",
            "Aanmeldingen",
            "Aanmelding",
            ("lesperiode",),
            (
                *("Stamnr", "Aanmelding", "Lesperiode", "Studie", "Crebo", "Leerweg", "Niveau", "Leerjaar"),
                *("Klas", "Locatie", "Begindatum", "Einddatum", "Vertrekdatum", "Mentor"),
            ),
            _enrolments,
        ),
        Lijst(
            "platform-absenties",
            "Absenties",
            "Absentie",
            ("lesperiode",),
            ("Stamnr", "Aanmelding", "Nummer", "Datum", "Lesuur", "Soort", "Omschrijving", "Geoorloofd"),
            _absence,
        ),
        Lijst(
            "platform-voortgang",
            "Cijfers",
            "Cijfer",
            ("lesperiode",),
            ("Stamnr", "Aanmelding", "Vak", "Omschrijving", "Aantal", "Gemiddelde", "Bijgewerkt"),
            _progress,
        ),
    )
}
"""The lists that the account of a receiving platform may read, by name. Enrolments of mbo studies only."""
