"""The main join of every user: pupils of Medius, results of tests, and the pupils of an EDEXML file, by stamnummer."""

import datetime as dt

from magister_connect import edexml
from magister_connect.crosswalk import Column, Crosswalk, Match, build_links, read_text_table
from magister_connect.identifiers import Pgn, Role, Stamnummer, canonical_stamnummer
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox
from tests.medius.conftest import Connect

SCOPE = "99ZZ"


def test_students_and_results_join_by_stamnummer_and_everybody_is_found(connect: Connect, school: Sandbox) -> None:
    students = {each.stamnummer for each in connect(school).students("2526")}
    students |= {each.stamnummer for each in connect(school).students("2425")}
    with ResultsClient(
        school.results_wsdl,
        product="JIJ",
        instellingscode=school.accounts.instellingscode,
        soap_key=school.results_key,
        clock=school.clock,
    ) as service:
        found = [
            each.stamnummer
            for batch in service.batches(since=dt.datetime(2025, 8, 1, tzinfo=dt.UTC))
            for each in batch.results
        ]
    pupils = {each for each in found if not each.startswith("gast")}  # guests have no number, and join with nobody
    assert pupils
    assert pupils <= students


def test_the_pupils_of_an_edexml_file_join_through_the_table_of_numbers(connect: Connect, school: Sandbox) -> None:
    document = edexml.read(school.edexml_path)
    built = build_links(
        read_text_table(school.number_table_path),
        Column("pgn", Pgn),
        Column("stamnummer", Stamnummer, SCOPE, numeric=True),
        source="table",
        begin="geldig_van",
        until="geldig_tot",
    )
    numbers, students = Crosswalk(built.links), {each.stamnummer for each in connect(school).students()}
    today = school.clock.today()
    joined, missing = set[str](), list[str]()
    for pupil in document.leerlingen:
        if number := pupil.bsn or pupil.onderwijsnummer:
            answer = numbers.resolve(Pgn.parse(number), to=Stamnummer, as_of=today)
            if isinstance(answer, Match):
                joined.add(answer.target.reveal())
            elif Pgn.parse(number) in numbers:
                missing.append(pupil.key)
    assert joined
    assert joined <= students
    assert len(missing) <= 1  # one number of two pupils, which only a person can decide


def test_every_form_of_a_stamnummer_finds_the_same_student(connect: Connect, school: Sandbox) -> None:
    medius = connect(school)
    student = next(each for each in medius.students() if each.klas)
    number = int(student.stamnummer)
    identifier = Stamnummer(student.stamnummer, scope=SCOPE, role=Role.PUPIL)
    asked = [student.stamnummer, number, f"00{number}", identifier]
    assert {canonical_stamnummer(each) for each in asked} == {student.stamnummer}
    first, *others = [list(medius.student_groups(each)) for each in asked]
    assert all(each == first for each in others)
