"""The calendar service beside the interface of the simulated school: hours to choose, and a feed (one client).

Its JSON has English names. Each pupil has an hour to choose on Tuesdays and Thursdays, after the last lesson. Links to
enrol are left out, because their answers are unknown.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.login.server import account_id
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.sandbox.school.dice import Dice
from magister_connect.sandbox.school.people import Leerling, Medewerker, Persoon
from magister_connect.sandbox.school.timetable import lesson_times
from magister_connect.sandbox.web.answers import (
    Body,
    Routes,
    local_time,
    moment,
    read_moment,
    refused,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.school.timetable import Afspraak
    from magister_connect.sandbox.web.access import Access


CALENDAR_SCOPES: Final = ("calendar.user",)
FEED_SCOPES: Final = ("calendar.ical.user",)
"""Scopes with these names were observed. What each gives access to is inferred from its name."""
LAST_HOUR: Final = 8
DAYS: Final = (1, 3)
FEED_BACK, FEED_AHEAD = dt.timedelta(days=7), dt.timedelta(days=21)


class Calendar:
    """The calendar service. Everyone with the address of the feed can read it."""

    def __init__(self, access: Access) -> None:
        self.access, self.school = access, access.school

    def routes(self) -> Routes:
        """Return the routes below the service, for tokens with access to it."""
        return [("GET", "user/{uuid}/additional-appointments", self._additional)]

    def address_routes(self) -> Routes:
        """Return the routes below the service, for tokens with the scope of the feed."""
        return [("GET", "icalendar", self._address)]

    def open_routes(self) -> Routes:
        """Return the routes below the service, without a token."""
        return [("GET", "icalendar/feed", self._feed)]

    def _additional(self, request: Request) -> Response:
        pupil, asked = self.access.pupil_by_account(request), request.query_params
        first, last = (read_moment(asked.get(name)) for name in ("start", "end"))
        if last < first:
            raise refused()
        return JSONResponse(list(self._chosen(pupil, local_time(first), local_time(last))))

    def _chosen(self, pupil: Leerling, first: dt.datetime, last: dt.datetime) -> Iterator[Body]:
        for turn in range((last.date() - first.date()).days + 1):
            day = first.date() + dt.timedelta(days=turn)
            begin, end = lesson_times(day, LAST_HOUR)
            enrolment = pupil.enrolment_on(day)
            if enrolment is None or day.weekday() not in DAYS or end <= first or begin >= last:
                continue
            dice = Dice(self.school.seed, "choice", pupil.nummer, day)
            subject = dice.pick(enrolment.vakken)
            teachers = self.school.teachers_of(enrolment.lesperiode.code, enrolment.klas)
            teacher = self.school.employee_with_code(teachers.get(subject.code, ""))
            yield {
                "id": dice.identifier(),
                "start": moment(begin),
                "end": moment(end),
                "startTimeSlot": LAST_HOUR,
                "endTimeSlot": LAST_HOUR,
                "topic": f"Keuzewerktijd {subject.omschrijving}",
                "locations": [{"description": f"{dice.number(0, 3)}{dice.number(1, 20):02}"}],
                "status": "completed" if end <= self.access.clock.local() else "confirmed",
                "remark": None,
                "subjects": [{"description": subject.omschrijving}],
                "participants": [_participant(teacher)] if teacher else [],
                "links": {},
            }

    def _address(self, request: Request) -> Response:
        key = _key_of(self.access.asker(request))
        href = f"{str(request.url).partition('?')[0]}/feed?key={key}"
        return JSONResponse({"href": href, "lastModified": moment(self.access.clock.local())})

    def _feed(self, request: Request) -> Response:
        key = request.query_params.get("key", "")
        pupil = next((each for each in self.school.leerlingen.values() if _key_of(each) == key), None)
        if pupil is None:
            return Response(status_code=404)
        today = self.access.clock.today()
        lessons = self.school.lessons_of(pupil.stamnummer, today - FEED_BACK, today + FEED_AHEAD)
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Zandbakcollege//NL"]
        lines += [line for each in lessons for line in _event(each, self.access.clock.local())]
        return Response("\r\n".join([*lines, "END:VCALENDAR", ""]), media_type="text/calendar")


def _participant(teacher: Medewerker) -> Body:
    return {
        "type": "staffMember",
        "firstName": teacher.roepnaam,
        "lastName": " ".join(filter(None, (teacher.tussenvoegsel, teacher.achternaam))),
        "code": teacher.code,
    }


def _key_of(person: Persoon) -> str:
    return hashlib.sha256(f"feed {account_id(person)}".encode()).hexdigest()[:32]


def _event(each: Afspraak, now: dt.datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{each.nummer}@zandbakcollege.example"
    yield f"DTSTAMP:{_stamp(now)}"
    yield f"DTSTART:{_stamp(each.begin)}"
    yield f"DTEND:{_stamp(each.einde)}"
    yield f"SUMMARY:{each.vak.omschrijving}"
    yield f"LOCATION:{each.lokaal}"
    yield "END:VEVENT"


def _stamp(local: dt.datetime) -> str:
    return f"{local.replace(tzinfo=AMSTERDAM).astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
