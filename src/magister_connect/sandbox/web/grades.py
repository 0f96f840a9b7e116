"""Grades in the web interface of the simulated school, in both generations.

The application of 2026 reads ``aanmeldingen/{a}/cijfers``. The old overview is nearly empty for the current year
(recorded). Both older forms are switches.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.marks import GEMIDDELDE, Cijfer, Cijferperiode, periods_of
from magister_connect.sandbox.web.answers import (
    Body,
    Days,
    Routes,
    day_in,
    first_of,
    link,
    moment,
    new_list,
    nothing,
    old_list,
)
from magister_connect.sandbox.web.people.enrolments import studie_vak

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


class Grades:
    """The grade book of the school up to the time of the clock."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        new = "aanmeldingen/{enrolment:int}/cijfers"
        old = f"personen/{{person:int}}/{new}"
        return [
            ("GET", f"{old}/cijferoverzichtvooraanmelding", self._overview),
            ("GET", f"{old}/extracijferkolominfo/{{column:int}}", self._column),
            ("GET", f"{old}/cijferperiodenvooraanmelding", self._old_periods),
            ("GET", "personen/{person:int}/cijfers/laatste", self._recent),
            ("GET", new, self._list),
            ("GET", f"{new}/perioden", self._new_periods),
            ("GET", f"{new}/{{mark:int}}/werkinformatie", self._work),
            ("GET", "cijfers/werkinformatie/{mark:int}", self._work_by_number),
            ("GET", "leerlingen/{person:int}/cijfers/kolommen/{column:int}/gerelateerdekolommen", self._related),
        ]

    def _overview(self, request: Request) -> Response:
        asked = request.query_params
        if "T" in asked.get("peildatum", ""):
            return Response(status_code=500)  # a moment instead of a day (several clients)
        until = day_in(request, "peildatum", default=dt.date.max)
        found = [each for each in self.access.marks(request) if each.ingevoerd_op.date() <= until]
        if asked.get("alleenBerekendeKolommen") == "true":
            found = [each for each in found if each.kolom.soort == GEMIDDELDE]
        if asked.get("alleenPTAKolommen") == "true":
            found = []  # the school has none
        running = self.access.enrolment(request)[1].holds_on(self.access.clock.today())
        empty = self.access.switches.overview == "emptied" and running
        return old_list(
            (_empty_cell if empty and at % 18 else old_mark)(each, each.kolom_id // 100)
            for at, each in enumerate(found)
        )

    def _column(self, request: Request) -> Response:
        wanted = request.path_params["column"]
        return JSONResponse(_column(first_of(each for each in self.access.marks(request) if each.kolom_id == wanted)))

    def _old_periods(self, request: Request) -> Response:
        return old_list(_old_period(each, self.access.days) for each in self._periods(request))

    def _new_periods(self, request: Request) -> Response:
        return new_list(_new_period(each, self.access.days) for each in self._periods(request))

    def _periods(self, request: Request) -> tuple[Cijferperiode, ...]:
        return periods_of(self.access.enrolment(request)[1].lesperiode)

    def _recent(self, request: Request) -> Response:
        marks = self.access.school.marks_of(self.access.pupil(request).stamnummer, self.access.clock.local())
        latest = {each.kolom_id: each for each in marks}
        return self.access.page(request, map(_recent_mark, reversed(latest.values())))

    def _list(self, request: Request) -> Response:
        found = self.access.marks(request)
        if self.access.switches.grades == "2024":
            return new_list(_new_mark(each, since_2026=False) for each in found)
        person = str(request.path_params["person"])
        firsts = {each.vak.code: each for each in reversed(found)}
        words = [_word(each, place) for place, each in enumerate(firsts.values())]
        return new_list([*(_with_person(_new_mark(each, since_2026=True), person) for each in found), *words])

    def _work(self, request: Request) -> Response:
        wanted = request.path_params["mark"]
        found = first_of(each for each in self.access.marks(request) if each.cijfer_id == wanted)
        return JSONResponse(_work_information(found))

    def _work_by_number(self, request: Request) -> Response:
        return JSONResponse(_work_information(self._visible_mark(request, request.path_params["mark"])))

    def _related(self, request: Request) -> Response:
        """Return the columns of an average: those of its subject and period with a weight."""
        whole = self._visible_mark(request, request.path_params["column"])
        marks = self.access.school.marks_of(whole.stamnummer, self.access.clock.local())
        behind = [each for each in marks if each.aanmelding == whole.aanmelding and each.vak == whole.vak]
        found = [each for each in behind if each.kolom.periode == whole.kolom.periode and each.telt_mee]
        return new_list(_new_mark(each, since_2026=True)["kolom"] for each in found)

    def _visible_mark(self, request: Request, number: int) -> Cijfer:
        """Return a mark by its number, of a pupil whom the person may see."""
        for pupil in self.access.visible_pupils(request):
            for each in self.access.school.marks_of(pupil.stamnummer, self.access.clock.local()):
                if each.cijfer_id == number:
                    return each
        raise nothing()


def _with_person(mark: Body, person: str) -> Body:
    links = {name: {"href": each["href"].replace("{person}", person)} for name, each in mark["links"].items()}
    return {**mark, "links": links}


def old_mark(each: Cijfer, place: int) -> Body:
    """Return a cell of the grade overview."""
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


def _column(each: Cijfer) -> Body:
    """Return the data of a column that is not in the overview."""
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


def _empty_cell(each: Cijfer, place: int) -> Body:
    """Return a cell of the old overview for the current year (recorded: 17 cells of 18)."""
    column: Body = dict.fromkeys(("KolomNaam", "KolomNummer", "KolomKop", "KolomOmschrijving"))
    flags = ("IsHerkansingKolom", "IsDocentKolom", "HeeftOnderliggendeKolommen", "IsPTAKolom")
    return {
        **old_mark(each, place),
        "CijferId": 0,
        "CijferStr": None,
        "IsVoldoende": False,
        "IngevoerdDoor": None,
        "DatumIngevoerd": None,
        "CijferPeriode": None,
        "TeltMee": False,
        "CijferKolom": {"Id": 0, **column, "KolomVolgNummer": None, "KolomSoort": 0, **dict.fromkeys(flags, False)},
        "Docent": None,
    }


def _recent_mark(each: Cijfer) -> Body:
    """Return one of the latest grades."""
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


def _new_mark(each: Cijfer, *, since_2026: bool) -> Body:
    """Return a grade, newer generation."""
    average = each.kolom.soort == GEMIDDELDE
    own = f"aanmeldingen/{each.aanmelding}/cijfers/{each.cijfer_id}"
    column = {
        "naam": each.kolom.naam,
        "omschrijving": each.kolom.omschrijving,
        "weegfactor": float(each.kolom.weging),
        "type": "gemiddelde" if average else "cijfer",
    }
    then: Body = {
        "waarde": each.waarde,
        "isVoldoende": each.is_voldoende,
        "teltMee": each.telt_mee,
        "ingevoerdOp": moment(each.ingevoerd_op),
        "kolom": column,
        "links": {} if average else {"werkinformatie": link(f"cijfers/werkinformatie/{each.cijfer_id}")},
    }
    if not since_2026:
        return {**then, "links": {"werkinformatie": link(f"{own}/werkinformatie")}}
    if average:
        related = f"leerlingen/{{person}}/cijfers/kolommen/{each.cijfer_id}/gerelateerdekolommen"
        then["links"] = {"gerelateerdeKolommen": link(related)}
    return {
        **then,
        "cijferGetal": float(each.waarde.replace(",", ".")),
        "heeftVrijstelling": False,
        "moetInhalen": False,
        "kolom": {**column, **_column_since_2026(each)},
    }


def _column_since_2026(each: Cijfer) -> Body:
    period = each.kolom.periode
    return {
        "id": each.cijfer_id,
        "nummer": each.kolom.nummer,
        "kop": each.kolom.kop,
        "werkinformatieKop": None,
        "opties": [],
        "deelcijferOptie": "geen",
        "studievakId": studie_vak(each.vak.code),
        "volgNummer": each.kolom.nummer,
        "periode": {"id": period, "code": f"P{period}", "links": {}},
    }


WORDS: Final = (
    {"waarde": "RV", "cijferGetal": 7.0, "isVoldoende": True},
    {"waarde": "Vr", "cijferGetal": None, "isVoldoende": True, "heeftVrijstelling": True},
    {"waarde": "Inh", "cijferGetal": None, "isVoldoende": False, "moetInhalen": True},
    {"waarde": "v", "cijferGetal": None, "isVoldoende": True},
)
"""Grades that are words (recorded), one in each subject. The first has a number too."""


def _word(each: Cijfer, place: int) -> Body:
    """Return a grade that is a word, in its own column next to the first of a subject."""
    column, number = _new_mark(each, since_2026=True), each.cijfer_id + 80
    kolom = {
        **column["kolom"],
        "id": number,
        "nummer": 90,
        "naam": "HO1",
        "kop": "HO",
        "omschrijving": "Handelingsopdracht",
    }
    return {**column, **WORDS[place % len(WORDS)], "kolom": {**kolom, "volgNummer": 90}, "links": {}}


def _work_information(each: Cijfer) -> Body:
    """Return what a grade was given for."""
    return {
        "afgenomenOp": moment(each.ingevoerd_op),
        "weegfactor": float(each.kolom.weging),
        "omschrijving": each.kolom.omschrijving,
    }


def _old_period(each: Cijferperiode, days: Days) -> Body:
    """Return a period, older generation."""
    return {
        "Id": each.nummer,
        "Naam": each.naam,
        "VolgNummer": each.nummer,
        "Omschrijving": f"Periode {each.nummer}",
        "Start": days.first(each.begin),
        "Einde": days.last(each.einde),
    }


def _new_period(each: Cijferperiode, days: Days) -> Body:
    """Return a period, newer generation."""
    return {
        "id": each.nummer,
        "code": each.naam,
        "omschrijving": f"Periode {each.nummer}",
        "begin": days.first(each.begin),
        "einde": days.last(each.einde),
    }
