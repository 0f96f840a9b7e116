"""A day is the same at every service, whichever way the clock came there and whatever was asked on the way."""

import datetime as dt
import re
from itertools import islice

import httpx
import pytest

from magister_connect.errors import UsageError
from magister_connect.medius import MediusClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import ChangeKind, Sandbox, School, VirtualClock
from magister_connect.sandbox.medius.lists import definitions
from tests.public_api.simulated import ask_sync, send

DAYS = (dt.date(2026, 8, 1), dt.date(2028, 2, 29))
PATHS = ("activiteiten", "aanmeldingen", "bronnen", "opdrachten", "cijfers/laatste")


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10))


def without_port(text: str) -> str:
    return re.sub(r"127\.0\.0\.1:\d+", "", text)


def accounts(sandbox: Sandbox) -> dict[str, dict[str, object]]:
    token = {"Authorization": f"Bearer {sandbox.accounts.scim_token}"}
    found = httpx.get(f"{sandbox.scim_url}/Users?count=100", headers=token).json()
    assert found["totalResults"] == len(found["Resources"])
    return {each["id"]: each for each in found["Resources"]}


def picture(sandbox: Sandbox) -> dict[str, object]:
    """What the services show on the day of the clock."""
    shown: dict[str, object] = {"edexml": sandbox.edexml(), "primary": sandbox.edexml(primary=True)}
    with MediusClient(
        sandbox.medius_url,
        username=sandbox.medius_username,
        password=sandbox.medius_password,
        allow_http=True,
        clock=sandbox.clock,
    ) as medius:
        for name in definitions().keys() - {"meldingen"}:
            shown[name] = [tuple(row.values()) for row in medius.get_data(name)]
    with ResultsClient(
        sandbox.results_wsdl,
        product="JIJ",
        instellingscode=sandbox.instellingscode,
        soap_key=sandbox.results_key,
        clock=sandbox.clock,
    ) as results:
        shown["results"] = [str(batch) for batch in islice(results.batches(since="2025-08-01T00:00:00"), 2)]
    shown["accounts"] = {one: without_port(str(each)) for one, each in accounts(sandbox).items()}
    pupil, _ = list(sandbox.school.pupils_on(sandbox.clock.today()))[-1]
    for path in PATHS:
        reply = send(sandbox, pupil, "GET", f"personen/{pupil.persoon_id}/{path}")
        shown[path] = reply.status_code, without_port(reply.text)
    shown["messages"] = send(sandbox, pupil, "GET", "berichten/postvakin/berichten").text
    return shown


def test_a_day_is_the_same_at_every_service_whichever_way_the_clock_came_there() -> None:
    at_once = {}
    for day in DAYS:
        with Sandbox(pupils=12, staff=5, now=moment(day)) as sandbox:
            at_once[day] = picture(sandbox)
    with Sandbox(pupils=12, staff=5) as sandbox:
        picture(sandbox)
        for day in reversed(DAYS):  # on, and back
            sandbox.clock.set(moment(day))
            found = picture(sandbox)
            assert [name for name, each in found.items() if each != at_once[day][name]] == []


def test_an_account_follows_a_new_name_on_its_day_unless_a_client_wrote_one() -> None:
    with Sandbox(pupils=40, staff=5) as sandbox:
        renamed = {
            each.stamnummer: each
            for each in sandbox.school.changes(dt.date(2025, 11, 20), dt.date(2031, 7, 31))
            if each.kind is ChangeKind.RENAMED
        }
        first, second = list(renamed.values())[:2]
        kept = sandbox.school.at(VirtualClock(moment(second.day))).leerlingen[second.stamnummer]
        sandbox.clock.set(moment(second.day - dt.timedelta(days=1)))
        before = {each["userName"]: each for each in accounts(sandbox).values()}
        token = {"Authorization": f"Bearer {sandbox.accounts.scim_token}"}
        mine = before[kept.loginnaam]
        change = {"op": "replace", "path": "displayName", "value": "Anders"}
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [change]}
        assert httpx.patch(f"{sandbox.scim_url}/Users/{mine['id']}", json=body, headers=token).is_success
        sandbox.clock.set(moment(max(first.day, second.day)))
        after = accounts(sandbox)
        assert after[str(mine["id"])]["displayName"] == "Anders"
        name = sandbox.school.leerlingen[first.stamnummer]
        (account,) = [each for each in after.values() if each["userName"] == name.loginnaam]
        assert account["displayName"] == name.volledige_naam == first.after
        assert account["meta"]["lastModified"] == f"{first.day - dt.timedelta(days=1)}T{_midnight(first.day)}:00:00Z"  # type: ignore[index]  # JSON


def test_a_user_name_that_a_client_wrote_is_shown_by_every_service() -> None:
    with Sandbox(pupils=10, staff=2) as sandbox:
        token = {"Authorization": f"Bearer {sandbox.accounts.scim_token}"}
        pupil = next(iter(sandbox.school.pupils_on(sandbox.clock.today())))[0]
        (one,) = [key for key, each in accounts(sandbox).items() if each["userName"] == pupil.loginnaam]
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "userName", "value": "nieuwe.naam"}],
        }
        assert httpx.patch(f"{sandbox.scim_url}/Users/{one}", json=body, headers=token).is_success
        school = MediusClient(
            sandbox.medius_url, username=sandbox.medius_username, password=sandbox.medius_password, allow_http=True
        )
        with school:
            (shown,) = [each for each in school.students() if each.stamnummer == str(pupil.stamnummer)]
        assert shown.loginaccount_naam == "nieuwe.naam"
        assert accounts(sandbox)[one]["userName"] == "nieuwe.naam"


def test_an_enrolment_shows_that_its_pupil_repeats_the_year_as_the_change_log_does() -> None:
    first = dt.date(2028, 8, 1)
    with Sandbox(pupils=40, staff=5, now=moment(first)) as sandbox:
        log = sandbox.school.changes(first - dt.timedelta(days=1), first)
        repeating = {each.stamnummer for each in log if each.kind is ChangeKind.REPEATS}
        moving = {each.stamnummer for each in log if each.kind is ChangeKind.MOVED_UP}
        assert repeating
        for number in [*sorted(repeating), *sorted(moving)[:3]]:
            pupil = sandbox.school.leerlingen[number]
            (enrolment,) = ask_sync(sandbox, pupil, "aanmeldingen", pupil.persoon_id)
            assert enrolment.is_zitten_blijver is (number in repeating)


def _midnight(day: dt.date) -> int:
    return dt.datetime.combine(day, dt.time(), VirtualClock().now().tzinfo).astimezone(dt.UTC).hour


@pytest.mark.parametrize("year", [2025, 2031])
def test_activities_are_those_of_the_running_school_year(year: int) -> None:
    with Sandbox(pupils=5, staff=3, now=dt.datetime(year, 11, 20)) as sandbox:
        pupil, _ = next(sandbox.school.pupils_on(sandbox.clock.today()))
        _, choice, _ = ask_sync(sandbox, pupil, "activiteiten", pupil.persoon_id)
        assert choice.start_inschrijfdatum.date() <= sandbox.clock.today() <= choice.einde_inschrijfdatum.date()
        part = ask_sync(sandbox, pupil, "activiteitonderdelen", pupil.persoon_id, 2)[0]
        assert part.is_op_in_te_schrijven


def test_a_day_without_pupils_has_no_edexml_file_and_says_so() -> None:
    with Sandbox(pupils=1, staff=1, now=dt.datetime(2022, 8, 1, 10)) as sandbox:
        assert list(sandbox.school.pupils_on(sandbox.clock.today())) == []
        with pytest.raises(UsageError, match=r"Nobody is enrolled on 2022-08-01.+Choose another day"):
            sandbox.edexml()


@pytest.mark.parametrize("pupils", [1, 2])
def test_a_grown_school_of_one_or_two_is_never_empty(pupils: int) -> None:
    for seed in range(3):
        school = School.seeded(seed, pupils=pupils, staff=1)
        for month in range(12 * 20):
            day = dt.date(2026 + month // 12, month % 12 + 1, 1)
            assert list(school.at(VirtualClock(moment(day))).pupils_on(day)), day
