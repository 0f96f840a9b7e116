"""The table of programmes of the main demo, against the register that the simulated authorities publish."""

import datetime as dt

import pytest

from magister_connect.codes import read_rio_codes, read_sbb_accreditations
from magister_connect.crosswalk import Enrolment, LintCode, lint_parameters, read_text_table
from magister_connect.identifiers import Crebo
from magister_connect.sandbox import Sandbox

NOW = dt.datetime(2025, 11, 20, 10)


@pytest.mark.parametrize("years", [0, 1, 4, 30])
def test_both_registers_of_the_simulated_school_say_the_same(years: int) -> None:
    with Sandbox(pupils=20, staff=5, now=NOW.replace(year=NOW.year + years)) as school:
        rio = read_rio_codes(school.crebo_register_path, Crebo, title="KWALIFICATIEDOSSIER")
        sbb = read_sbb_accreditations(school.sbb_path, inclusive_until=True)
    assert dict(rio) == dict(sbb)
    assert rio.overlaps == ()
    assert sbb.successors.successions


def test_the_table_of_the_demo_has_each_fault_that_a_register_finds() -> None:
    with Sandbox(pupils=20, staff=5, now=NOW) as school:
        table = read_text_table(school.programme_table_path)
        codes = read_sbb_accreditations(school.sbb_path, inclusive_until=True)
    used = [Enrolment(f"9910{number}", leerweg=leerweg) for number in range(1, 6) for leerweg in ("BOL", "BBL")]
    today = NOW.date()
    found = lint_parameters(table, as_of=today, register=codes, successors=codes.successors, enrolments=used)
    assert [(each.line, each.code, each.text) for each in found if each.code is not LintCode.NEVER_HIT] == [
        (6, LintCode.EXPIRED, "crebo 99104 expired on 2025-08-01, but there are enrolments with it"),
        (6, LintCode.SUCCESSOR, "crebo 99154 replaced 99104 and has no row yet"),
        (7, LintCode.UNKNOWN, "crebo 99105 is not in the register"),
    ]
    unused = lint_parameters(table, as_of=today, register=codes)
    assert [each.code for each in unused] == [LintCode.ENDED, LintCode.UNKNOWN]
    assert found[0].words("nl")[0].startswith("crebo 99104 geldt niet meer sinds 2025-08-01")
