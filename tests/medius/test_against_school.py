"""What each function gives, against the simulated school, with both clients."""

from collections.abc import Callable

import pytest

from magister_connect.core.flow import Reply
from magister_connect.errors import NotAuthenticated, NotPermitted, Refused
from magister_connect.medius import Student
from magister_connect.sandbox import MediusAccount, Sandbox
from magister_connect.testing import Script
from tests.medius.conftest import KINDS, Connect, MakeSandbox

pytestmark = pytest.mark.parametrize("connect", KINDS, indirect=True)

PER_PERSON = [
    ("student_groups", "GetLeerlingGroepen", "leerlingen"),
    ("student_subjects", "GetLeerlingVakken", "leerlingen"),
    ("employee_groups", "GetPersoneelGroepVakken", "medewerkers"),
    ("employee_classes", "GetPersoneelKlasVakken", "medewerkers"),
    ("employee_subjects", "GetPersoneelVakken", "medewerkers"),
]


def test_students_are_records_of_the_active_pupils(connect: Connect, school: Sandbox) -> None:
    students = connect(school).students()
    expected = {str(pupil.stamnummer): pupil for pupil, _ in school.school.pupils_on(school.clock.today())}
    assert {each.stamnummer for each in students} == set(expected)
    assert "Student" in repr(students[0])
    first: Student = students[0]
    pupil = expected[first.stamnummer]
    assert (first.roepnaam, first.geb_datum, first.nr_tv) == (
        pupil.roepnaam,
        pupil.geboortedatum,
        pupil.adres.toevoeging,
    )
    assert first.tel_1_geheim in {True, False}
    assert not first.extra
    assert students.warnings == ()


def test_employees_come_once_for_each_role_with_leavers_and_strays(connect: Connect, school: Sandbox) -> None:
    staff = connect(school).employees()
    people = school.school.medewerkers
    assert len(staff) == sum(len(each.functies) for each in people.values()) + 1
    assert [each.code for each in staff if each.stamnummer is None] == ["KIOSK"]
    left = {each.stamnummer: each.d_vertrek for each in staff if each.has_left}
    assert left == {str(each.stamnummer): each.datum_uit for each in people.values() if each.datum_uit}
    assert all(each.d_vertrek is None for each in staff if not each.has_left)


@pytest.mark.parametrize(("method", "function", "people"), PER_PERSON)
def test_functions_of_one_person_give_records(
    connect: Connect, school: Sandbox, method: str, function: str, people: str
) -> None:
    medius, numbers = connect(school), list(getattr(school.school, people))[:3]
    found = [record for number in numbers for record in getattr(medius, method)(number)]
    assert found
    assert {record.stamnummer for record in found} <= set(map(str, numbers))
    assert school.medius.calls[-1] == f"ADFuncties.{function}"


@pytest.mark.parametrize("function", ["GetLeerlingen", "GetInactieveLeerlingen"])
def test_functions_without_a_method_are_called_by_name(connect: Connect, school: Sandbox, function: str) -> None:
    result = connect(school).call("ADFuncties", function, LesPeriode="2425")
    assert result.texts["Result"] == "True"
    assert result.table.to(Student)[0].klas
    assert school.medius.calls[-1] == f"ADFuncties.{function}"


@pytest.mark.parametrize(
    ("lesperiode", "reason"),
    [("2026-2027", "four digits"), ("2026", "does not exist"), ("9900", "does not exist"), ("", "")],
)
def test_an_empty_answer_is_explained(connect: Connect, school: Sandbox, lesperiode: str, reason: str) -> None:
    students = connect(school).students(lesperiode)
    assert bool(students) is (not reason)
    assert reason in " ".join(students.warnings)


def test_where_nobody_is_active_the_table_says_so(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    school.school.leerlingen.clear()
    students = connect(school).students()
    assert not students
    assert "summer holidays" in students.warnings[0]


def test_a_wrong_password_is_told_without_the_password(connect: Connect, school: Sandbox) -> None:
    with pytest.raises(NotAuthenticated) as caught:
        connect(school, password="geheim-en-fout").login()
    assert "platform" in str(caught.value)
    assert "geheim" not in repr(caught.value) + str(caught.value)


def test_rights_are_per_function_and_per_list(connect: Connect, sandbox: MakeSandbox) -> None:
    account = MediusAccount(
        "smal", "w", frozenset({"ADFuncties.GetActiveStudents", "Data.GetData"}), frozenset({"SDS-Medewerker"})
    )
    medius = connect(sandbox(accounts=(account,)), username="smal", password="w")
    assert medius.students()
    assert medius.get_data("SDS-Medewerker")
    with pytest.raises(NotPermitted, match="smal"):
        medius.employees()
    with pytest.raises(NotPermitted, match="kluisjes-actueel") as caught:
        medius.get_data("kluisjes-actueel")
    assert caught.value.code == "10"


def test_writes_change_what_reads_give(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    medius = connect(school)
    pupil, employee = next(iter(school.school.leerlingen)), next(iter(school.school.medewerkers))
    medius.update_student_email(pupil, "nieuw@zandbakcollege.example")
    medius.update_employee_email(employee, "")
    medius.rename_user(school.school.leerlingen[pupil].loginnaam, "nieuwe.naam")
    changed = school.school.leerlingen[pupil]
    assert (changed.email, changed.loginnaam) == ("nieuw@zandbakcollege.example", "nieuwe.naam")
    assert school.school.medewerkers[employee].email == ""


def test_a_write_that_is_refused_is_told_as_such_and_sent_once(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    medius = connect(school)
    writes: tuple[Callable[[], object], ...] = (
        lambda: medius.rename_user("niemand", "iemand"),
        lambda: medius.update_student_email(9999999, ""),
    )
    for write in writes:
        medius.login()
        school.medius.calls.clear()
        with pytest.raises(Refused, match="Check the arguments") as caught:
            write()
        assert type(caught.value) is Refused
        assert len(school.medius.calls) == 1


def test_a_write_is_called_by_name_too_and_gives_its_texts(connect: Connect, sandbox: MakeSandbox) -> None:
    school = sandbox()
    number = next(iter(school.school.leerlingen))
    result = connect(school).call("ADFuncties", "UpdateLeerEMail", StamNr=number, EMail="x@y.example")
    assert (result.texts, result.table) == ({"Result": "True"}, None)
    assert school.school.leerlingen[number].email == "x@y.example"
    assert "True" not in repr(result)


def test_a_write_that_is_answered_with_nothing_at_all_was_done(connect: Connect, magister_script: Script) -> None:
    magister_script.add(Reply(200), query={"Function": "UpdateLeerEMail"})
    medius = connect("https://school.invalid", http=connect.scripted(magister_script), stateless=True)
    medius.update_student_email(1, "x@y.example")


@pytest.mark.parametrize("name", ["LesPeriode", "lesperiode"])
def test_a_lesson_period_is_noted_on_whatever_the_function_is_called_by(
    connect: Connect, school: Sandbox, name: str
) -> None:
    table = connect(school).call("ADFuncties", "GetActiveStudents", **{name: "2024-2025"}).table
    assert "four digits" in table.warnings[0]


def test_a_number_that_nobody_has_gives_no_rows_and_a_warning(connect: Connect, school: Sandbox) -> None:
    assert "whether this stamnummer exists" in connect(school).student_groups(9999999).warnings[0]


def test_a_list_is_streamed_and_refused_alike(connect: Connect, school: Sandbox) -> None:
    medius = connect(school)
    for form in ("XML", "CSV"):
        assert len(list(medius.iter_data("SDS-Medewerker", form=form))) == len(medius.get_data("SDS-Medewerker"))
        with pytest.raises(NotPermitted):
            list(medius.iter_data("bestaat-niet", form=form))
