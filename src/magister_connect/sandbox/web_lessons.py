"""Grades, lessons and absence as the web interface of the simulated school spells them, in both generations."""

from __future__ import annotations

from magister_connect.sandbox.absence import Absentie
from magister_connect.sandbox.marks import Cijfer, Cijferperiode
from magister_connect.sandbox.timetable import Afspraak
from magister_connect.sandbox.web_people import Body, link, midnight, moment

__all__ = ["absence", "column", "lesson", "mark", "new_lesson", "new_mark", "recent_mark"]


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


def lesson(each: Afspraak) -> Body:
    """An appointment, older generation."""
    return {
        "Id": each.nummer,
        "Links": [{"Rel": "Self", "Href": f"/api/personen/0/afspraken/{each.nummer}"}],
        "Start": moment(each.begin),
        "Einde": moment(each.einde),
        "LesuurVan": each.lesuur,
        "LesuurTotMet": each.lesuur,
        "DuurtHeleDag": False,
        "Omschrijving": f"{each.vak.code} - {each.docent} - {each.groep}",
        "Lokatie": each.lokaal,
        "Status": each.status,
        "Type": 13,
        "Subtype": 0,
        "IsOnlineDeelname": False,
        "WeergaveType": 1,
        "Inhoud": each.inhoud or None,
        "Opmerking": None,
        "InfoType": each.info_type,
        "Aantekening": None,
        "Afgerond": False,
        "HerhaalStatus": 0,
        "Herhaling": None,
        "Vakken": [{"Id": 1, "Naam": each.vak.omschrijving}],
        "Docenten": [{"Id": 1, "Naam": each.docent, "Docentcode": each.docent}],
        "Lokalen": [{"Naam": each.lokaal}],
        "Groepen": None,
        "OpdrachtId": 0,
        "HeeftBijlagen": False,
        "Bijlagen": None,
        "Afwezigheid": None,
        "TaakAangemaaktOp": None,
        "TaakGewijzigdOp": None,
    }


def new_lesson(each: Afspraak) -> Body:
    """An appointment, newer generation."""
    return {
        "id": each.nummer,
        "heeftInhoud": bool(each.inhoud),
        "heeftAantekening": False,
        "onderwijstijd": 50,
        "subtype": "geen",
        "heeftBijlagen": False,
        "herhaalStatus": "geen",
        "begin": moment(each.begin),
        "einde": moment(each.einde),
        "lesuur": {"begin": each.lesuur, "einde": each.lesuur},
        "onderwerp": f"{each.vak.code} - {each.docent}",
        "type": "les",
        "opmerking": None,
        "deelnames": [
            {"type": "groep", "code": each.groep, "omschrijving": each.groep, "links": {}},
            {"type": "medewerker", "code": each.docent, "voorletters": "", "achternaam": each.docent, "links": {}},
        ],
        "vakken": [{"id": 1, "code": each.vak.code, "omschrijving": each.vak.omschrijving, "links": {}}],
        "locaties": [{"id": 1, "code": each.lokaal, "type": "lokaal", "links": {}}],
        "links": {"self": link(f"afspraken/{each.nummer}")},
    }


def absence(each: Absentie) -> Body:
    """An absence; its end is called ``Eind``."""
    return {
        "Id": each.nummer,
        "Start": moment(each.begin),
        "Eind": moment(each.einde),
        "Lesuur": each.lesuur,
        "Geoorloofd": each.soort.geoorloofd,
        "AfspraakId": each.nummer,
        "Omschrijving": each.soort.omschrijving,
        "Verantwoordingtype": each.soort.type,
        "Code": each.soort.code,
        "Afspraak": None,
    }
