"""Two clients of 2026 that others wrote, against the simulated school: what they read is what the school holds.

They pin versions that are not ours, so they run in their own environment. It is made once for the module, from the
package index. Without the index, these tests are skipped. Both have fixed addresses of Magister in their code, which
the scripts below lead to the simulated school. Their login through the screens of Magister is left out: it needs a
password. What follows it (host-meta, session, account, person) is theirs.
"""

import datetime as dt
import json
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from magister_connect.public_api import Grade, PublicApiClient
from magister_connect.sandbox import PublicApiSwitches, Sandbox
from magister_connect.sandbox.school.people import Leerling, Persoon
from magister_connect.sandbox.school.timetable import TOETS, VERVALLEN
from tests.public_api.conftest import client_for, token_for

pytestmark = pytest.mark.slow

INSTALLS = (
    ("magisterpy==0.1.53", "httpx", "pydantic", "pydantic-settings", "tenacity", "pyyaml"),
    ("--no-deps", "magister-cli==0.1.1"),  # of whose dependencies a browser and a keyring are not needed here
)
FIRST, LAST = dt.date(2025, 11, 10), dt.date(2025, 11, 21)
MAGISTERPY = """
import json, sys
from requests.adapters import HTTPAdapter
from MagisterPy import MagisterSession

host_meta, token, first, last = sys.argv[1:]

class ToTheSimulatedSchool(HTTPAdapter):
    def send(self, request, **options):
        request.url = host_meta
        return super().send(request, **options)

session = MagisterSession(automatically_handle_errors=False, enable_automatic_relogin=False)
session.session.mount("https://magister.net/", ToTheSimulatedSchool())
session.profile_auth_token = session.app_auth_token = f"Bearer {token}"
sender = session.request_sender
session.api_url = sender.get_api_url(session.session, session.profile_auth_token)
session.account_id = sender.get_accountid(session.session, session.app_auth_token, session.api_url)
session.person_id = sender.get_personid(session.session, session.app_auth_token, session.api_url, session.account_id)
for name in ("school_name", "username", "password"):
    setattr(session, f"_MagisterSession__{name}", "x")
schedule = session.get_schedule(first, last, with_changes=True)
grades = session.get_grades(top=50)
profile, account = session.get_person_profile(), session.get_account_profile()
print(json.dumps({
    "person": int(session.person_id),
    "valid": all(each.is_valid() for each in [*schedule, *grades, profile, account]),
    "schedule": [[each.get_id(), each.get_subject_names(), bool(each.is_cancelled())] for each in schedule],
    "grades": [
        [each.get_id(), each.get_value(), each.get_lesson_code(), each.get_weighting_factor()] for each in grades
    ],
    "names": [profile.get_first_name(), profile.get_last_name(), profile.get_student_number()],
    "account": [account.get_uuid(), account.get_email()],
    "photo": session.get_photo().hex(),
}))
"""
MAGISTER_CLI = """
import datetime, json, pathlib, sys
from magister_cli.api.client import MagisterClient
from magister_cli.api.resources.attendance import AttendanceResource

api, token, first, last = sys.argv[1:]
first, last = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
MagisterClient.base_url = property(lambda self: api)
with MagisterClient("zandbakcollege", token) as client:
    account = client.get_account()
    appointments = client.appointments.list(first, last)
    enrolments = client.grades.enrollments()
    current = [each for each in enrolments if each.van.date() <= last <= each.tot.date()][0]
    absences = AttendanceResource(client._client, client.person_id).get_absences(first, last)
    guide = client.study_guides.list()[0]
    homework = client.appointments.with_attachments(first, last)
    (file, *_) = [file for each in homework for file in each.bijlagen_lijst]
    saved = client.attachments.download(file, pathlib.Path.cwd())
    print(json.dumps({
        "person": client.person_id,
        "name": account.naam,
        "schedule": [[each.id, each.vak_naam, each.les_uur, each.start.isoformat()] for each in appointments],
        "homework": [each.id for each in client.appointments.with_homework(first, last)],
        "file": [file.naam, saved.read_bytes().hex()],
        "recent": [[each.id, each.cijfer_str, each.vak.code]
                   for each in client.grades.recent(50)],
        "subjects": [[each.studievak.id, each.vak_code] for each in client.grades.subjects(current.id)],
        "grades": [
            [each.id, each.vak.code, each.cijfer_str, each.weging] for each in client.grades.all_grades(current.id)
        ],
        "absences": [[each.id, each.les_uur, each.geoorloofd, each.code] for each in absences],
        "messages": [
            [each.id, each.onderwerp, each.is_unread, each.sender_name] for each in client.messages.inbox(top=50)
        ],
        "assignments": [[each.id, each.is_ingeleverd] for each in client.assignments.list()],
        "materials": [each.ean for each in client.learning_materials.list()],
        "guide": [part.titel for part in client.study_guides.get(guide.id).onderdelen.items],
    }))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with both clients."""
    folder = tmp_path_factory.mktemp("other-clients")
    venv.create(folder, symlinks=sys.platform != "win32")
    found = next(path for path in folder.glob("*/python*") if path.is_file())
    install = [sys.executable, "-m", "pip", "--python", str(found), "install", "--quiet", "--no-compile"]
    for names in INSTALLS:
        done = subprocess.run([*install, *names], capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"{names[-1]} cannot be installed here")
    return found


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    # MagisterPy takes the lessons that an agenda of what is active leaves out for cancelled ones.
    with Sandbox(pupils=40, staff=15, public_api=PublicApiSwitches(active_shows_cancelled=False)) as school:
        yield school


@pytest.fixture(scope="module")
def pupil(school: Sandbox) -> Leerling:
    """A pupil with a photo, with absence in these days, a lesson that has a file, and a cancelled one."""

    def is_one(pupil: Leerling) -> bool:
        absence = school.school.absence_of(pupil.stamnummer, school.clock.local())
        lessons = school.school.lessons_of(pupil.stamnummer, FIRST, LAST)
        return (
            pupil.nummer % 2 == 0
            and any(FIRST <= each.begin.date() <= LAST for each in absence)
            and any(each.info_type == TOETS for each in lessons)
            and any(each.status == VERVALLEN for each in lessons)
        )

    return next(each for each, _ in school.school.pupils_on(LAST) if is_one(each))


def run(python: Path, folder: Path, script: str, school: Sandbox, person: Persoon, address: str) -> Any:
    (folder / "script.py").write_text(script, encoding="utf-8")
    token = token_for(school, person).reveal()
    done = subprocess.run(
        [python, "script.py", address, token, FIRST.isoformat(), LAST.isoformat()],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:].replace(token, "***")
    return json.loads(done.stdout.splitlines()[-1])


def grades_of(api: PublicApiClient, person: int) -> tuple[Grade, ...]:
    (enrolment,) = api.aanmeldingen(person)
    return api.grades_with_subjects(person, enrolment.id)


def test_magisterpy_reads_what_the_school_holds(python: Path, tmp_path: Path, school: Sandbox, pupil: Leerling) -> None:
    told = run(python, tmp_path, MAGISTERPY, school, pupil, school.host_meta_url)
    assert told["valid"]
    assert told["person"] == pupil.persoon_id
    assert told["names"] == [pupil.roepnaam, pupil.achternaam, pupil.stamnummer]
    with client_for(school, pupil) as api:
        lessons = api.afspraken(pupil.persoon_id, FIRST, LAST).list()
        latest = api.laatste_cijfers(pupil.persoon_id).list(limit=50)
        photo = api.foto(pupil.persoon_id)
    assert told["schedule"] == [
        [each.id, [subject.naam for subject in each.vakken], each.is_cancelled] for each in lessons
    ]
    assert any(each.is_cancelled for each in lessons)
    assert told["grades"] == [[each.kolom_id, each.waarde, each.vak.code, each.weegfactor] for each in latest]
    assert photo is not None
    assert told["photo"] == photo.content.hex()


def test_magister_cli_reads_what_the_school_holds(
    python: Path, tmp_path: Path, school: Sandbox, pupil: Leerling
) -> None:
    told = run(python, tmp_path, MAGISTER_CLI, school, pupil, school.public_api_url)
    person = pupil.persoon_id
    with client_for(school, pupil) as api:
        lessons = api.afspraken(person, FIRST, LAST).list()
        latest, grades = api.laatste_cijfers(person).list(limit=50), grades_of(api, person)
        absence = api.absenties(person, FIRST, LAST).list()
        messages, assignments = api.berichten().list(limit=50), api.opdrachten(person).list(limit=20)
        materials = api.lesmateriaal(person).list()
        guide = api.studiewijzer(person, api.studiewijzers(person).list()[0].id)
        file = next(file for each in lessons for file in api.afspraakbijlagen(person, each))
        content = api.open(file).content
    assert told["person"] == person
    assert [row[:3] for row in told["schedule"]] == [
        [each.id, each.vakken[0].naam, each.lesuur_van] for each in lessons
    ]
    starts = [dt.datetime.fromisoformat(row[3]) for row in told["schedule"]]
    assert starts == [each.start for each in lessons]
    assert told["homework"] == [each.id for each in lessons if each.inhoud]
    assert told["file"] == [file.naam, content.hex()]
    assert told["recent"] == [[each.kolom_id, each.waarde, each.vak.code] for each in latest]
    assert told["subjects"] == [[each.studie_vak_id, each.afkorting] for each in subjects_of(school, pupil)]
    expected = [(each.cijfer.kolom, each) for each in grades]
    assert told["grades"] == [
        [kolom.id, each.vak.afkorting, each.cijfer.waarde, kolom.weegfactor]
        for kolom, each in expected
        if kolom is not None and each.vak is not None
    ]
    assert told["absences"] == [[each.id, each.lesuur, each.geoorloofd, each.code] for each in absence]
    assert absence
    assert told["messages"] == [
        [each.id, each.onderwerp, not each.is_gelezen, each.afzender.naam] for each in messages if each.afzender
    ]
    assert told["assignments"] == [[each.id, each.ingeleverd_op is not None] for each in assignments]
    assert told["materials"] == [each.ean for each in materials]
    assert guide.onderdelen is not None
    assert told["guide"] == [each.titel for each in guide.onderdelen.items]


def subjects_of(school: Sandbox, pupil: Leerling) -> Any:
    with client_for(school, pupil) as api:
        (enrolment,) = api.aanmeldingen(pupil.persoon_id)
        return api.vakken(pupil.persoon_id, enrolment.id).list()
