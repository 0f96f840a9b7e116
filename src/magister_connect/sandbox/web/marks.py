"""Marks as the web interface of the simulated school spells them, in both generations."""

from __future__ import annotations

from magister_connect.sandbox.school.marks import Cijfer, Cijferperiode
from magister_connect.sandbox.web.answers import Body, link, midnight, moment


def mark(each: Cijfer, place: int) -> Body:
    """A cell of the grade overview."""
    return {
        "CijferId": each.cijfer_id,
        "CijferStr": each.waarde,
        "IsVoldoende": each.is_voldoende,
        "IngevoerdDoor": each.ingevoerd_door,
        "DatumIngevoerd": moment(each.ingevoerd_op),
        "CijferPeriode": {
            "Id": each.kolom.periode,
            "Naam": f"P{each.kolom.periode}",
            "VolgNummer": each.kolom.periode,
        },
        "Vak": {"Id": place, "Afkorting": each.vak.code, "Omschrijving": each.vak.omschrijving, "Volgnr": place},
        "Inhalen": False,
        "Vrijstelling": False,
        "TeltMee": each.telt_mee,
        "CijferKolom": {
            "Id": each.kolom_id,
            "KolomNaam": each.kolom.naam,
            "KolomNummer": str(each.kolom.nummer),
            "KolomVolgNummer": f"{each.kolom.nummer:03}",
            "KolomKop": each.kolom.kop,
            "KolomOmschrijving": each.kolom.omschrijving,
            "KolomSoort": each.kolom.soort,
            "IsHerkansingKolom": False,
            "IsDocentKolom": False,
            "HeeftOnderliggendeKolommen": False,
            "IsPTAKolom": False,
        },
        "CijferKolomIdEloOpdracht": 0,
        "Docent": each.ingevoerd_door,
        "VakOntheffing": False,
        "VakVrijstelling": False,
    }


def column(each: Cijfer) -> Body:
    """What the overview does not tell of a column."""
    return {
        "KolomSoortKolom": each.kolom.soort,
        "KolomNaam": each.kolom.naam,
        "KolomKopnaam": each.kolom.kop,
        "KolomNiveau": None,
        "KolomOmschrijving": each.kolom.omschrijving,
        "Weging": float(each.kolom.weging),
        "WerkinformatieDatumIngevoerd": moment(each.ingevoerd_op),
        "WerkInformatieOmschrijving": each.kolom.omschrijving,
    }


def recent_mark(each: Cijfer) -> Body:
    """One of the latest grades."""
    return {
        "kolomId": each.kolom_id,
        "omschrijving": each.kolom.omschrijving,
        "ingevoerdOp": moment(each.ingevoerd_op),
        "vak": {"code": each.vak.code, "omschrijving": each.vak.omschrijving},
        "waarde": each.waarde,
        "weegfactor": float(each.kolom.weging),
        "isVoldoende": each.is_voldoende,
        "teltMee": each.telt_mee,
        "moetInhalen": False,
        "heeftVrijstelling": False,
        "behaaldOp": None,
        "links": {},
    }


def new_mark(each: Cijfer) -> Body:
    """A grade, newer generation."""
    return {
        "waarde": each.waarde,
        "isVoldoende": each.is_voldoende,
        "teltMee": each.telt_mee,
        "ingevoerdOp": moment(each.ingevoerd_op),
        "kolom": {
            "naam": each.kolom.naam,
            "omschrijving": each.kolom.omschrijving,
            "weegfactor": float(each.kolom.weging),
            "type": "gemiddelde" if each.kolom.soort == 2 else "cijfer",
        },
        "links": {"werkinformatie": link(f"aanmeldingen/{each.aanmelding}/cijfers/{each.cijfer_id}/werkinformatie")},
    }


def work_information(each: Cijfer) -> Body:
    """What a grade was given for."""
    return {
        "afgenomenOp": moment(each.ingevoerd_op),
        "weegfactor": float(each.kolom.weging),
        "omschrijving": each.kolom.omschrijving,
    }


def old_period(each: Cijferperiode) -> Body:
    """A period, older generation."""
    return {
        "Id": each.nummer,
        "Naam": each.naam,
        "VolgNummer": each.nummer,
        "Omschrijving": f"Periode {each.nummer}",
        "Start": midnight(each.begin),
        "Einde": midnight(each.einde),
    }


def new_period(each: Cijferperiode) -> Body:
    """A period, newer generation."""
    return {
        "id": each.nummer,
        "code": each.naam,
        "omschrijving": f"Periode {each.nummer}",
        "begin": each.begin.isoformat(),
        "einde": each.einde.isoformat(),
    }
