"""Write an agenda as an iCalendar file: lessons with their changes, homework and lesson hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

from magister_connect.core.extras import require_extra
from magister_connect.core.json import AMSTERDAM
from magister_connect.public_api.agenda import Afspraak

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT: Final = "-//magister-connect//agenda//NL"


def write_calendar(appointments: Iterable[Afspraak], *, now: dt.datetime, name: str = "Agenda") -> bytes:
    """Return appointments as an iCalendar file (RFC 5545), for a calendar program or a feed.

    A cancelled lesson is included with ``STATUS:CANCELLED``. A changed lesson has a mark in its title. The description
    contains homework and tests, and the title starts with the lesson hour (``3 wiskunde``). Times are in
    Europe/Amsterdam; an all-day appointment has dates. ``UID`` is the id of the appointment, so a later file updates
    the same events. ``now`` is the time of writing (``DTSTAMP``). Needs the extra ``calendar``.
    """
    require_extra("calendar", "icalendar")
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for each in appointments:
        calendar.add_component(_event(each, now))
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _event(appointment: Afspraak, stamp: dt.datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{appointment.id}@magister-connect")
    event.add("dtstamp", stamp.astimezone(dt.UTC))
    begin, end = appointment.start.astimezone(AMSTERDAM), appointment.einde.astimezone(AMSTERDAM)
    if appointment.duurt_hele_dag:
        # Recorded: an all-day appointment ends at the midnight after its last day, as in iCalendar.
        event.add("dtstart", begin.date())
        event.add("dtend", max(end.date(), begin.date() + dt.timedelta(days=1)))
    else:
        event.add("dtstart", begin)
        event.add("dtend", end)
    event.add("summary", _title(appointment))
    if place := appointment.lokatie or ", ".join(each.naam for each in appointment.lokalen if each.naam):
        event.add("location", place)
    if words := _description(appointment):
        event.add("description", words)
    event.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
    return event


def _title(appointment: Afspraak) -> str:
    subject = ", ".join(each.naam for each in appointment.vakken if each.naam)
    words = subject if appointment.is_lesson and subject else appointment.omschrijving or subject or "Afspraak"
    marks = [
        _hours(appointment),
        "[vervalt]" if appointment.is_cancelled else "[gewijzigd]" if appointment.is_changed else "",
        words,
    ]
    return " ".join(filter(None, marks))


def _hours(appointment: Afspraak) -> str:
    first, last = appointment.lesuur_van, appointment.lesuur_tot_met
    if first is None:
        return ""
    return str(first) if last in {None, first} else f"{first}-{last}"


def _description(appointment: Afspraak) -> str:
    teachers = ", ".join(each.naam for each in appointment.docenten if each.naam)
    kind = f"{appointment.info_type.name.capitalize().replace('_', ' ')}:" if appointment.is_homework else ""  # type: ignore[union-attr]  # homework has a kind
    content = _text(appointment.inhoud or "")
    return "\n".join(filter(None, [" ".join(filter(None, [kind, content])), teachers, appointment.opmerking]))


class _HtmlText(HTMLParser):
    """Collects the text from the HTML of homework."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the signature of the parser
        if tag in {"br", "p", "li", "div"}:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _text(html: str) -> str:
    parser = _HtmlText()
    parser.feed(html)
    parser.close()
    lines = ("".join(parser.words)).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())
