"""What users ask for, in a few lines, against the simulated school; as docs/public-api.md shows it."""

import datetime as dt
from pathlib import Path

import pytest

from magister_connect.errors import UsageError
from magister_connect.sandbox import Sandbox
from tests.public_api.simulated import BOTH, Ask, first_pupil, parent_of, some_staff

TODAY = dt.date(2025, 11, 20)
YEAR = dt.date(2025, 8, 1), dt.date(2026, 7, 31)


def test_each_recipe_of_the_documentation_takes_four_lines_at_most() -> None:
    text = (Path(__file__).parents[2] / "docs" / "public-api.md").read_text(encoding="utf-8")
    recipes = text.partition("## Recipes")[2].partition("\n## ")[0].split("```python\n")[1:]
    blocks = [block.partition("```")[0] for block in recipes]
    lengths = [
        sum(bool(line.strip()) and not line.startswith(("from ", "import ")) for line in block.splitlines())
        for block in blocks
        if "def " not in block  # opens clients for the two after it
    ]
    assert len(lengths) >= 10
    assert max(lengths) <= 4


@BOTH
def test_me_knows_the_person(ask: Ask) -> None:
    with Sandbox(pupils=6, staff=15) as school:
        pupil = first_pupil(school)
        parent, staff = parent_of(school, pupil), some_staff(school)
        mine = ask(school, pupil, "me")
        assert (mine.id, mine.is_parent, mine.children) == (pupil.persoon_id, False, ())
        own = pupil.enrolment_on(TODAY)
        assert own is not None
        assert mine.enrolment_on(TODAY).id == own.nummer
        assert mine.enrolment_on(dt.date(1999, 1, 1)) is None
        theirs = ask(school, parent, "me")
        assert theirs.is_parent
        assert [each.stamnummer for each in theirs.children] == list(parent.kinderen)
        nobody = ask(school, staff, "me")
        assert (nobody.id, nobody.children, nobody.enrolments) == (staff.persoon_id, (), ())
        assert pupil.achternaam not in repr(mine)


@BOTH
def test_the_absence_of_a_class_comes_in_one_call(ask: Ask) -> None:
    with Sandbox(pupils=40, staff=15) as school:
        staff = some_staff(school)
        klas = next(enrolment.klas for _, enrolment in school.school.pupils_on(TODAY))
        found = ask(school, staff, "absence_of_class", klas, *YEAR[:1], TODAY)
        expected = {
            (pupil.persoon_id, each.nummer)
            for pupil, enrolment in school.school.pupils_on(YEAR[0])
            if enrolment.klas == klas
            for each in school.school.absence_of(pupil.stamnummer, school.clock.local())
            if YEAR[0] <= each.begin.date() <= TODAY
        }
        assert {(each.leerling.id, each.absentie.id) for each in found} == expected
        assert [each.dag for each in found] == sorted(each.dag for each in found)
        assert all(each.les is each.absentie.afspraak for each in found)
        with pytest.raises(UsageError, match="No pupil is in the class"):
            ask(school, staff, "absence_of_class", "9z", TODAY, TODAY)


@BOTH
def test_what_staff_register_is_seen_at_once(ask: Ask) -> None:
    with Sandbox(pupils=2, staff=15) as school:
        pupil, staff = first_pupil(school), some_staff(school)
        lesson = school.school.lessons_of(pupil.stamnummer, TODAY, TODAY)[0]
        ask(school, staff, "registreer_absentie", lesson.nummer, pupil.persoon_id, 3, opmerking="Gebeld")
        (found,) = ask(school, pupil, "absenties", pupil.persoon_id, TODAY, TODAY)
        assert (found.afspraak_id, found.dag, found.lesuur) == (lesson.nummer, TODAY, lesson.lesuur)
