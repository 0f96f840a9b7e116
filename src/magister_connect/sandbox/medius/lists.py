"""Lists by name: those of the school's administrator, and some that show the features of lists.

A value replaces ``#naam#`` in the SQL of a list as text, before the SQL is parsed. So a ``'`` in a value ends the text
around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from attrs import frozen

from magister_connect.medius.tables.lists import decode_parameters
from magister_connect.sandbox.medius.answer import Answer, DelphiError, Grid, refused_list
from magister_connect.sandbox.medius.dictionary import relabelled
from magister_connect.sandbox.medius.switches import MediusAccount, MediusList, MediusSwitches
from magister_connect.sandbox.school.lists import LISTS, shown_date
from magister_connect.sandbox.school.people import teaching_group
from magister_connect.sandbox.school.programmes import latest
from magister_connect.sandbox.state import SandboxState

Rows = Callable[[SandboxState, Mapping[str, str]], Sequence[tuple[str, ...]]]
_PLACEHOLDER: Final = re.compile(r"#(\w*)#")


@frozen
class Definition:
    """A list as its author wrote it: the declarations of its SQL, the aliases of its columns, and its rows."""

    plural: str
    singular: str
    aliases: tuple[str, ...]
    rows: Rows
    declarations: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters in the declarations."""
        return tuple(_PLACEHOLDER.findall(self.declarations))


def answer_list(
    state: SandboxState, switches: MediusSwitches, account: MediusAccount, layout: str, parameters: str
) -> Answer:
    """Return the table of a list, or number 10 if it does not exist or the account has no right to it."""
    own = switches.lists.get(layout)
    definition = definitions().get(layout) if own is None else _of_user(own)
    if definition is None or (account.lists is not None and layout not in account.lists):
        return refused_list(switches)
    given = _declared(definition, decode_parameters(parameters), switches)
    columns = relabelled(definition.aliases)
    return Answer(
        out="Table", grid=Grid(definition.plural, definition.singular, columns, definition.rows(state, given))
    )


def _declared(definition: Definition, given: Mapping[str, str], switches: MediusSwitches) -> dict[str, str]:
    """Put the values into the declarations, and read the result as the SQL server would."""
    lower = {name.lower(): value for name, value in given.items()}

    def substitute(found: re.Match[str]) -> str:
        missing = found[0] if switches.missing_parameter == "kept" else ""
        return lower.get(found[1].lower(), missing)

    declared: dict[str, str] = {}
    for name, line in zip(definition.parameters, definition.declarations.splitlines(), strict=True):
        text = _PLACEHOLDER.sub(substitute, line)
        if not (whole := re.fullmatch(r"DECLARE @\w+ varchar\(\d+\) = '([^']*)'", text)):
            raise DelphiError("EOleException", "Incorrect syntax near the keyword")
        if "#" in whole[1] and switches.missing_parameter == "empty":
            raise DelphiError("EConvertError", "'p' is not a valid integer value")  # a stray # breaks a list (observed)
        declared[name] = whole[1]
    return declared


def _declare(*names: str) -> str:
    return "\n".join(f"DECLARE @{name} varchar(50) = '#{name}#'" for name in names)


def definitions() -> dict[str, Definition]:
    """Return all lists by name."""
    return {**{name: _of_school(name) for name in LISTS}, **EXAMPLES}


def _of_user(own: MediusList) -> Definition:
    return Definition(
        own.plural, own.singular, own.columns, lambda _, given: own.rows_for(given), _declare(*own.parameters)
    )


def _of_school(name: str) -> Definition:
    each = LISTS[name]

    def rows(state: SandboxState, given: Mapping[str, str]) -> list[tuple[str, ...]]:
        return list(each.rijen(state.school, state.clock, {key: value for key, value in given.items() if value}))

    return Definition(each.tabel, each.rij, each.kolommen, rows, _declare(*each.parameters))


def _pupils(state: SandboxState, given: Mapping[str, str]) -> list[tuple[str, ...]]:
    period, day = given["lesperiode"], state.clock.today()
    found = state.school.pupils_in(period) if period else state.school.pupils_on(day)
    return [
        (
            str(pupil.stamnummer),
            pupil.voornamen,
            pupil.loginnaam,
            pupil.email,
            f"ouders.{pupil.email}",
            pupil.telefoon,
            shown_date(pupil.geboortedatum),
            shown_date(enrolment.vertrek),
            str(not enrolment.gebrek),
            enrolment.profiel.code if enrolment.profiel else "",
        )
        for pupil, enrolment in found
        if given["klas"] in {"", enrolment.klas}
    ]


def _staff(state: SandboxState, _given: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [
        (str(each.stamnummer), each.email, each.volledige_naam)
        for each in state.school.medewerkers.values()
        if each.datum_uit is None
    ]


def _teachers_of_groups(state: SandboxState, given: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [
        (each.email, enrolment.locatie.code, teaching_group(enrolment.klas, vak))
        for each in state.school.medewerkers.values()
        for enrolment, vak in state.school.taught_by(each.stamnummer, given["lesperiode"])
    ]


def _pupils_of_groups(state: SandboxState, given: Mapping[str, str]) -> list[tuple[str, ...]]:
    return [
        (f"b{pupil.stamnummer}", group)
        for pupil, enrolment in state.school.pupils_in(given["lesperiode"])
        for group in enrolment.groepen
    ]


def _lockers(state: SandboxState, _given: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    since = latest(8, 25, until=state.clock.today())
    for place, (pupil, _) in enumerate(islice(state.school.pupils_on(state.clock.today()), 40)):
        taken = place % 4 != 0
        dates = (since, None) if taken else (None, None)
        yield (
            *(f"A{place}", "Kluisje; begane grond", f"S{place:03}", str(place), "", ""),
            *(str(pupil.stamnummer) if taken else "", shown_date(dates[0]), shown_date(dates[1])),
            *("10", "15", str(taken), "False", "", "", "", 'klemt "soms"' if place % 5 == 0 else "", "False"),
        )


EXAMPLES: Final = {
    "leerlinggegevens": Definition(
        "Leerlingen",
        "Leerling",
        (
            *("stamnummer", "voornamen", "sis_gebr__login_naam", "email", "email"),
            *("gsm", "geboortedatum", "vertrekdatum", "volledig", "profiel"),
        ),
        _pupils,
        _declare("lesperiode", "klas"),
    ),
    "SDS-Medewerker": Definition(
        "Personeelsleden", "Personeelslid", ("Stamnr", "Email_werk", "Volledige_naam"), _staff
    ),
    "EduTeam-Doc-lesgroep": Definition(
        "Regels", "Regel", ("email", "LocatieCode", "team"), _teachers_of_groups, _declare("lesperiode")
    ),
    "EduTeam-Lln-lesgroep": Definition(
        "Regels", "Regel", ("b_nummer", "code"), _pupils_of_groups, _declare("lesperiode")
    ),
    "kluisjes-actueel": Definition(
        "Kluisjes",
        "Kluisje",
        (
            *("KluisCode", "Omschrijving", "Slotnummer_def", "Volgnr", "Hangslotnr_def", "Sleutel_def"),
            *("Leerlingnummer", "DatumVan", "DatumTot", "Borg", "Huur", "BorgOntvangen", "BorgRetour"),
            *("Slotnummer_toew", "Hangslotnr_toew", "Sleutel_toew", "Info", "Ingeleverd"),
        ),
        lambda state, given: list(_lockers(state, given)),
    ),
    "meldingen": Definition("Regels", "Regel", ("Stamnr", "gemeld"), _staff),
}
"""``meldingen`` has an alias that makes the service fail (observed for ``gemeld``)."""
