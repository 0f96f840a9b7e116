"""The functions of the HTTP interface: their parameters, and what they do at this school."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from attrs import frozen

from magister_connect.sandbox.medius import tables
from magister_connect.sandbox.medius.answer import Answer, Grid, int32, refused
from magister_connect.sandbox.medius.lists import answer_list
from magister_connect.sandbox.medius.switches import MediusAccount, MediusSwitches
from magister_connect.sandbox.school.people import Leerling, Medewerker
from magister_connect.sandbox.state import SandboxState


@frozen
class Situation:
    """One call: the school, the switches, the account, and the arguments by lower-case name."""

    state: SandboxState
    switches: MediusSwitches
    account: MediusAccount
    arguments: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return an argument, or an empty text if it is missing."""
        return self.arguments.get(name.lower(), "")

    def number(self, name: str) -> int:
        """Return an argument as Int32."""
        return int32(self.text(name))


@frozen
class Function:
    """A function: its in-parameters and out-parameters with their types, and its implementation."""

    ins: tuple[tuple[str, str], ...]
    outs: tuple[tuple[str, str], ...]
    act: Callable[[Situation], Answer]
    about: str


def _table(make: Callable[[SandboxState, str, int], Grid]) -> Callable[[Situation], Answer]:
    return lambda call: Answer(grid=make(call.state, call.text("LesPeriode"), call.number("StamNr")))


def _students(call: Situation) -> Answer:
    return Answer(grid=tables.student_grid(call.state, call.text("LesPeriode"), call.switches.date_text))


def _inactive(call: Situation) -> Answer:
    day = call.state.clock.today()
    grid = tables.student_grid(call.state, call.text("LesPeriode") or _period_before(call), call.switches.date_text)
    gone = {str(each.stamnummer) for each in call.state.school.leerlingen.values() if not each.enrolment_on(day)}
    return Answer(grid=Grid(grid.plural, grid.singular, grid.columns, [row for row in grid.rows if row[0] in gone]))


def _period_before(call: Situation) -> str:
    ended = [each.code for each in call.state.school.lesperioden if each.einde < call.state.clock.today()]
    return ended[-1] if ended else ""


def _set_email(
    people: Callable[[SandboxState], Mapping[int, Leerling] | Mapping[int, Medewerker]],
) -> Callable[[Situation], Answer]:
    def act(call: Situation) -> Answer:
        person = people(call.state).get(call.number("StamNr"))
        if person is None:
            return refused("Onbekend stamnummer")
        call.state.school.replace(person, email=call.text("EMail"))
        return Answer()

    return act


def _rename(call: Situation) -> Answer:
    old, new = call.text("LoginNaam"), call.text("NieuweLoginNaam")
    school = call.state.school
    people: list[Leerling | Medewerker] = [*school.leerlingen.values(), *school.medewerkers.values()]
    every = {each.loginnaam: each for each in people}
    if old not in every or not new or new in every:
        return refused("Onbekende loginnaam" if old not in every else "Loginnaam bestaat al")
    school.replace(every[old], loginnaam=new)
    return Answer()


_TOKEN: Final = ("SessionToken", "String")
_PERIOD: Final = ("LesPeriode", "String")
_NUMBER: Final = ("StamNr", "Int32")
_TABLE: Final = (("Data", "TTable"), ("Result", "Boolean"))
_DONE: Final = (("Result", "Boolean"),)


def _of_person(make: Callable[[SandboxState, str, int], Grid], about: str) -> Function:
    return Function((_TOKEN, _PERIOD, _NUMBER), _TABLE, _table(make), about)


FUNCTIONS: Final[Mapping[str, Function]] = {
    "ADFuncties.GetActiveEmpoyees": Function(
        (_TOKEN,),
        _TABLE,
        lambda call: Answer(grid=tables.employee_grid(call.state, call.switches.date_text)),
        "Personeel",
    ),
    "ADFuncties.GetActiveStudents": Function((_TOKEN, _PERIOD), _TABLE, _students, "Actieve leerlingen"),
    "ADFuncties.GetLeerlingen": Function((_TOKEN, _PERIOD), _TABLE, _students, "Leerlingen"),
    "ADFuncties.GetInactieveLeerlingen": Function((_TOKEN, _PERIOD), _TABLE, _inactive, "Inactieve leerlingen"),
    "ADFuncties.GetLeerlingGroepen": _of_person(tables.group_grid, "Lesgroepen van een leerling"),
    "ADFuncties.GetLeerlingVakken": _of_person(tables.subject_grid, "Vakken van een leerling"),
    "ADFuncties.GetPersoneelGroepVakken": _of_person(tables.taught_groups_grid, "Groepen en vakken van personeel"),
    "ADFuncties.GetPersoneelKlasVakken": _of_person(tables.class_grid, "Klassen van personeel"),
    "ADFuncties.GetPersoneelVakken": _of_person(tables.taught_subjects_grid, "Vakken van personeel"),
    "ADFuncties.UpdateLeerEMail": Function(
        (_TOKEN, _NUMBER, ("EMail", "String")),
        _DONE,
        _set_email(lambda state: state.school.leerlingen),
        "E-mailadres van een leerling",
    ),
    "ADFuncties.UpdatePersEMail": Function(
        (_TOKEN, _NUMBER, ("EMail", "String")),
        _DONE,
        _set_email(lambda state: state.school.medewerkers),
        "E-mailadres van een personeelslid",
    ),
    "ADFuncties.UpdateGebruiker": Function(
        (_TOKEN, ("LoginNaam", "String"), ("NieuweLoginNaam", "String")), _DONE, _rename, "Loginnaam wijzigen"
    ),
    "Data.GetData": Function(
        (_TOKEN, ("Layout", "String"), ("Parameters", "String"), ("Encoding", "String")),
        (("Table", "TTable"), ("Result", "Boolean")),
        lambda call: answer_list(call.state, call.switches, call.account, call.text("Layout"), call.text("Parameters")),
        "Een in Magister gedefinieerd overzicht ophalen",
    ),
}
"""All functions except ``Algemeen.Login``, which needs no token.

``GetLeerlingen`` and ``GetInactieveLeerlingen`` are known by name only; their signatures are inferred.
"""
