"""An agenda as an iCalendar file, read back by the library that others use."""

import datetime as dt
from typing import Any

import pytest
from icalendar import Calendar

from magister_connect.core.json import AMSTERDAM, read_record
from magister_connect.public_api import write_calendar
from magister_connect.public_api.agenda import Afspraak
from magister_connect.sandbox import Sandbox
from tests.public_api.simulated import ask_sync, first_pupil

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LESSON = {
    "Id": 5,
    "Start": "2026-03-27T08:00:00.0000000Z",  # the Friday before the clock goes forward
    "Einde": "2026-03-27T08:50:00.0000000Z",
    "Status": 7,
    "Type": 13,
    "InfoType": 0,
    "LesuurVan": 2,
    "LesuurTotMet": 3,
    "Lokatie": "101",
    "Vakken": [{"Id": 1, "Naam": "wiskunde; a, b"}],
    "Docenten": [{"Naam": "V. Ermeer"}],
}


def events(*told: dict[str, Any]) -> list[Any]:
    written = write_calendar([read_record(Afspraak, {**LESSON, **each}) for each in told], now=NOW)
    return list(Calendar.from_ical(written).walk("VEVENT"))


@pytest.mark.parametrize(
    ("change", "title", "status"),
    [
        ({}, "2-3 wiskunde; a, b", "CONFIRMED"),
        ({"Status": 5}, "2-3 [vervalt] wiskunde; a, b", "CANCELLED"),
        ({"Status": 9}, "2-3 [gewijzigd] wiskunde; a, b", "CONFIRMED"),
        ({"LesuurTotMet": 2}, "2 wiskunde; a, b", "CONFIRMED"),
        ({"Type": 1, "Omschrijving": "Tandarts", "LesuurVan": None}, "Tandarts", "CONFIRMED"),
        ({"Vakken": None, "LesuurVan": None}, "Afspraak", "CONFIRMED"),
    ],
)
def test_a_lesson_says_what_changed(change: dict[str, Any], title: str, status: str) -> None:
    (event,) = events(change)
    assert (str(event["summary"]), str(event["status"]), str(event["location"])) == (title, status, "101")
    assert event.decoded("dtstart") == dt.datetime(2026, 3, 27, 9, tzinfo=AMSTERDAM)
    assert event.decoded("dtend") == dt.datetime(2026, 3, 27, 9, 50, tzinfo=AMSTERDAM)


def test_homework_stands_in_the_description() -> None:
    (event,) = events({"InfoType": 1, "Inhoud": "<p>Maak opgave 3 &amp; 4</p><p>Leer  H2</p>", "Opmerking": "let op"})
    assert str(event["description"]) == "Huiswerk: Maak opgave 3 & 4\nLeer  H2\nV. Ermeer\nlet op"


def test_an_all_day_appointment_has_days() -> None:
    whole = {"DuurtHeleDag": True, "Start": "2026-03-28T23:00:00Z", "Einde": "2026-03-29T22:00:00Z"}
    (event,) = events(whole)
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (dt.date(2026, 3, 29), dt.date(2026, 3, 30))


def test_the_same_appointment_is_the_same_event_later() -> None:
    assert {str(each["uid"]) for each in events({}, {"Status": 5})} == {"5@magister-connect"}


def test_a_week_of_the_simulated_school() -> None:
    with Sandbox(pupils=2, staff=15) as school:
        pupil, day = first_pupil(school), dt.date(2025, 11, 17)
        week = ask_sync(school, pupil, "afspraken", pupil.persoon_id, day, day + dt.timedelta(days=4))
        written = write_calendar(week, now=school.clock(), name="Rooster")
        calendar = Calendar.from_ical(written)
        assert str(calendar["x-wr-calname"]) == "Rooster"
        found = calendar.walk("VEVENT")
        assert [each.decoded("dtstart") for each in found] == [each.start for each in week]
        assert len(calendar.walk("VTIMEZONE")) == 1
