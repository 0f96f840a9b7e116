"""The example of a warehouse for each school: what one of its workers does."""

import sys
from pathlib import Path

import attrs
import duckdb

from magister_connect.sandbox import Sandbox, School

sys.path.append(str(Path(__file__).parents[2] / "examples"))


def test_two_nights_of_a_school_are_loaded_and_trouble_is_an_outcome(tmp_path: Path) -> None:
    from warehouse import HISTORY, load_school, settings_of

    with Sandbox(data=School.seeded(pupils=30, staff=6)) as school:
        settings = settings_of("S001", school, tmp_path, most_gone=1)
        first = load_school(settings, school.clock())
        school.clock.advance(days=280)  # over a summer
        second = load_school(settings, school.clock())
        refused = load_school(attrs.evolve(settings, medius_password="wrong"), school.clock())
    assert "students" in first.loaded
    assert "results" in second.loaded
    assert (first.trouble, second.trouble, refused.loaded, refused.again) == ("", "", "", False)
    assert refused.trouble
    with duckdb.connect(str(tmp_path / "S001.duckdb"), read_only=True) as database:
        ((pupils, left, changed),) = database.sql(HISTORY).fetchall()
    assert 0 < left < pupils
    assert 0 < changed < pupils
