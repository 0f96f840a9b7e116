"""The tables of ADFuncties, with the columns of a real server (observed)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from magister_connect.sandbox.medius.answer import Grid
from magister_connect.sandbox.school.lists import ZERO_DATE
from magister_connect.sandbox.school.people import Inschrijving, Leerling, Medewerker, teaching_group
from magister_connect.sandbox.school.programmes import Vak
from magister_connect.sandbox.state import SandboxState

STUDENT_COLUMNS: Final = (
    *("stamnr_str", "Achternaam", "Administratieve_eenheid.Omschrijving", "Administratieve_eenheid.Plaats", "Adres"),
    *("c_vrij1", "c_vrij2", "Email", "geb_datum_str", "Geslacht", "Klas", "Land___Nationaliteit.Land"),
    *("Leerfase.Leerjaar", "Lesperiode.Korte_omschrijving", "Loginaccount.Naam", "Nr", "Nr.tv"),
    *("Personeelslid.Volledige_naam", "Plaats.Woonplaats", "Postcode", "Profiel.Code", "Profiel.Omschrijving"),
    *("Roepnaam", "sis_pers0.sis_pers0.sis_pers0__naam_vol", "Straat", "Studie", "Tel._1_geheim", "Telefoon"),
    *("Telefoon_2", "Tussenv", "Volledige_naam", "Voorletters"),
)
EMPLOYEE_COLUMNS: Final = (
    *("stamnr_str", "Achternaam", "Administratieve_eenheid.Omschrijving", "Adres", "Code", "c_vrij1", "c_vrij2"),
    *("c_vrij3", "c_vrij4", "datum_in_str", "dVertrek_str", "Functie.Omschr", "Geheim", "Huisnr"),
    *("Huisnr._toevoeging", "Loginaccount.Naam", "Loginaccount.Volledige_naam", "M_V", "Off._voornamen"),
    *("Oude_personeelscode", "Plaats", "Postcode", "Roepnaam", "Straat", "Telefoon", "Telefoon_2", "Telefoon_3"),
    *("Telefoon_4", "Tussenv", "Voorletters"),
)


def student_grid(state: SandboxState, lesperiode: str, date_text: str) -> Grid:
    """Return the active pupils of a lesson period: the current one if it is empty, none if the code is unknown."""
    rows = [
        _cells(STUDENT_COLUMNS, _student(state, pupil, enrolment, date_text))
        for pupil, enrolment in _active(state, lesperiode)
    ]
    return Grid("Leerlingen", "Leerling", STUDENT_COLUMNS, rows)


def _active(state: SandboxState, lesperiode: str) -> Iterator[tuple[Leerling, Inschrijving]]:
    if lesperiode:
        return state.school.pupils_in(lesperiode)
    return state.school.pupils_on(state.clock.today())


def _student(state: SandboxState, pupil: Leerling, enrolment: Inschrijving, date_text: str) -> Mapping[str, str]:
    adres, profiel = pupil.adres, enrolment.profiel
    first = state.school.employee_with_code(enrolment.mentor)
    second = state.school.employee_with_code(enrolment.tweede_mentor)
    return {
        "stamnr_str": str(pupil.stamnummer),
        "Achternaam": pupil.achternaam,
        "Administratieve_eenheid.Omschrijving": enrolment.locatie.omschrijving,
        "Administratieve_eenheid.Plaats": enrolment.locatie.plaats,
        "Adres": f"{adres.straat} {adres.huisnummer}{adres.toevoeging}",
        "Email": pupil.email,
        "geb_datum_str": pupil.geboortedatum.strftime(date_text),
        "Geslacht": pupil.geslacht,
        "Klas": "" if enrolment.gebrek == "klas" else enrolment.klas,
        "Land___Nationaliteit.Land": adres.land,
        "Leerfase.Leerjaar": str(enrolment.leerjaar),
        "Lesperiode.Korte_omschrijving": enrolment.lesperiode.omschrijving,
        "Loginaccount.Naam": pupil.loginnaam,
        "Nr": str(adres.huisnummer),
        "Nr.tv": adres.toevoeging,
        "Personeelslid.Volledige_naam": first.volledige_naam if first else "",
        "Plaats.Woonplaats": adres.woonplaats,
        "Postcode": adres.postcode,
        "Profiel.Code": profiel.code if profiel else "",
        "Profiel.Omschrijving": profiel.omschrijving if profiel else "",
        "Roepnaam": pupil.roepnaam,
        "sis_pers0.sis_pers0.sis_pers0__naam_vol": second.volledige_naam if second else "",
        "Straat": adres.straat,
        "Studie": enrolment.studie.code,
        "Tel._1_geheim": str(pupil.nummer % 9 == 0),
        "Telefoon": pupil.telefoon,
        "Tussenv": pupil.tussenvoegsel,
        "Volledige_naam": pupil.volledige_naam,
        "Voorletters": pupil.voorletters,
    }


def employee_grid(state: SandboxState, date_text: str) -> Grid:
    """Return staff: a row for each function of a person, leavers with a ``*``, and one account without a person."""
    rows = [
        _cells(EMPLOYEE_COLUMNS, _employee(each, function, date_text))
        for each in state.school.medewerkers.values()
        for function in each.functies or ("",)
    ]
    stray = {"Loginaccount.Naam": "kiosk", "Loginaccount.Volledige_naam": "Kiosk aula", "Code": "KIOSK"}
    return Grid("Personeelsleden", "Personeelslid", EMPLOYEE_COLUMNS, [*rows, _cells(EMPLOYEE_COLUMNS, stray)])


def _employee(each: Medewerker, function: str, date_text: str) -> Mapping[str, str]:
    adres = each.adres
    return {
        "stamnr_str": str(each.stamnummer),
        "Achternaam": each.achternaam,
        "Administratieve_eenheid.Omschrijving": "Zandbakcollege",
        "Adres": f"{adres.straat} {adres.huisnummer}{adres.toevoeging}",
        "Code": each.code,
        "datum_in_str": _day(each.datum_in, date_text),
        "dVertrek_str": _day(each.datum_uit, date_text),
        "Functie.Omschr": function,
        "Geheim": str(each.stamnummer % 9 == 0),
        "Huisnr": str(adres.huisnummer),
        "Huisnr._toevoeging": adres.toevoeging,
        "Loginaccount.Naam": each.loginnaam,
        "Loginaccount.Volledige_naam": each.volledige_naam,
        "M_V": each.geslacht,
        "Off._voornamen": each.voornamen,
        "Oude_personeelscode": each.oude_code,
        "Plaats": adres.woonplaats,
        "Postcode": adres.postcode,
        "Roepnaam": each.roepnaam,
        "Straat": adres.straat,
        "Telefoon": each.telefoon,
        "Tussenv": each.tussenvoegsel,
        "Voorletters": each.voorletters,
    }


def _day(day: dt.date | None, date_text: str) -> str:
    # A missing date is 30-12-1899 or 1899/12/30 (observed), whatever form the others have.
    return (day or ZERO_DATE).strftime(date_text)


def group_grid(state: SandboxState, lesperiode: str, stamnummer: int) -> Grid:
    """Return the teaching groups of a pupil."""
    enrolment = _enrolment(state, lesperiode, stamnummer)
    numbers = state.school.lesgroepen
    rows = (
        []
        if enrolment is None
        else [(str(stamnummer), str(numbers[enrolment.lesperiode.code, group]), group) for group in enrolment.groepen]
    )
    return Grid("vakken", "vak", ("Stamnr", "Lesgroep", "groep"), rows)


def subject_grid(state: SandboxState, lesperiode: str, stamnummer: int) -> Grid:
    """Return the subjects of a pupil."""
    enrolment = _enrolment(state, lesperiode, stamnummer)
    rows = [(str(stamnummer), vak.code) for vak in (enrolment.vakken if enrolment else ())]
    return Grid("vakken", "vak", ("Stamnr", "Vak"), rows)


def _enrolment(state: SandboxState, lesperiode: str, stamnummer: int) -> Inschrijving | None:
    pupil = state.school.leerlingen.get(stamnummer)
    if pupil is None:
        return None
    return pupil.enrolment_in(lesperiode) if lesperiode else pupil.enrolment_on(state.clock.today())


def taught_groups_grid(state: SandboxState, lesperiode: str, stamnummer: int) -> Grid:
    """Return the groups that a member of staff teaches, with the subject."""
    rows = [
        (str(stamnummer), teaching_group(enrolment.klas, vak), vak.code, vak.omschrijving)
        for enrolment, vak in _taught(state, lesperiode, stamnummer)
    ]
    return Grid("Lessen", "Les", ("Personeelslid.Stamnr", "Klas", "Vak.Vakcode", "Vak.Omschrijving"), rows)


def class_grid(state: SandboxState, lesperiode: str, stamnummer: int) -> Grid:
    """Return the classes that a member of staff teaches."""
    numbers = state.school.lesgroepen
    classes = {
        enrolment.klas: str(numbers[enrolment.lesperiode.code, teaching_group(enrolment.klas, vak)])
        for enrolment, vak in _taught(state, lesperiode, stamnummer)
    }
    rows = [(str(stamnummer), number, klas) for klas, number in classes.items()]
    return Grid("Lessen", "Les", ("Personeelslid.Stamnr", "Klas_Lesgroep", "Klas"), rows)


def taught_subjects_grid(state: SandboxState, lesperiode: str, stamnummer: int) -> Grid:
    """Return the subjects that a member of staff teaches."""
    subjects = {vak.code: vak.omschrijving for _, vak in _taught(state, lesperiode, stamnummer)}
    rows = [(str(stamnummer), code, text) for code, text in subjects.items()]
    return Grid("Lessen", "Les", ("Personeelslid.Stamnr", "Vak.Vakcode", "Vak.Omschrijving"), rows)


def _taught(state: SandboxState, lesperiode: str, stamnummer: int) -> list[tuple[Inschrijving, Vak]]:
    current = state.school.lesperiode_on(state.clock.today())
    code = lesperiode or (current.code if current else "")
    return list(state.school.taught_by(stamnummer, code)) if stamnummer in state.school.medewerkers else []


def _cells(columns: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(values.get(column, "") for column in columns)
