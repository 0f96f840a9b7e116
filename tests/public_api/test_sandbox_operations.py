"""Every method that reads, against the simulated school: by both clients, and with the contents that the school has."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from magister_connect.public_api.client import ApiMethods
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.school.people import Leerling
from tests.public_api.simulated import BOTH, Ask, ask_sync, mentor_of, parent_of, pupils_with, some_staff
from tests.public_api.simulated_answers import ROWS, YEAR, World

ELSEWHERE = {
    *("afspraakbijlagen", "vink_af", "open", "stream", "download", "upload", "get"),  # test_sandbox_agenda, test_files
    *("maak_afspraak", "wijzig_afspraak", "verwijder_afspraak", "wijzig_profiel"),  # test_sandbox_agenda, _people
    *("me", "absence_of_class", "registreer_absentie", "bewaar_concept", "verwijder_concepten"),  # test_recipes
    *("markeer_gelezen", "verplaats", "verwijder", "verstuur", "concepten", "concept"),  # test_sandbox_messages
    *("lever_in", "schrijf_in", "schrijf_uit", "verwijder_verantwoording"),  # test_writing
    *(
        "werkinformatie",
        "gerelateerde_kolommen",
        "kolominfo_van",
    ),  # which take what another method gave: test_reading, test_grades
}
"""Methods that have tests of their own."""


def _one_of_whom_there_is_much(school: Sandbox) -> Leerling:
    """A pupil with a photo who has been late and ill this year, and about whom there is something in the log book."""
    wanted = {each.stamnummer for each in pupils_with(school, 2)} & {each.stamnummer for each in pupils_with(school, 3)}
    return next(
        each
        for each, _ in school.school.pupils_on(school.clock.today())
        if each.stamnummer in wanted
        and each.nummer % 2 == 0
        and ask_sync(school, some_staff(school), "logboekformulieren", each.persoon_id, *YEAR)
    )


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Sandbox(pupils=40, staff=15) as school:
        pupil = _one_of_whom_there_is_much(school)
        world = World(school, pupil, parent_of(school, pupil), some_staff(school), mentor_of(school, pupil))
        assert world.absence
        assert world.lessons
        assert world.marks
        yield world


@BOTH
@pytest.mark.parametrize(("name", "asker", "arguments", "agrees"), ROWS, ids=[row[0] for row in ROWS])
def test_the_school_answers_with_what_it_holds(
    world: World,
    ask: Ask,
    name: str,
    asker: str,
    arguments: Callable[[World], tuple[Any, ...]],
    agrees: Callable[[World, Any], bool],
) -> None:
    found = ask(world.school, getattr(world, asker), name, *arguments(world))
    assert agrees(world, found)


def test_no_method_of_the_clients_is_left_out() -> None:
    methods = {name for name in vars(ApiMethods) if not name.startswith("_")}
    assert methods == {row[0] for row in ROWS} | ELSEWHERE
