"""Messages in the web interface of the simulated school, newer generation: read, mark, move, remove and send.

Everybody has the same messages of the administration from the start, newest first. Every tenth has a file.
"""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen
from starlette.responses import JSONResponse, Response

from magister_connect.sandbox.school.people import Persoon
from magister_connect.sandbox.school.programmes import latest
from magister_connect.sandbox.web.answers import (
    Body,
    Handle,
    Routes,
    body_of,
    link,
    moment,
    new_list,
    nothing,
    refused,
)
from magister_connect.sandbox.web.files import Files, content_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.web.access import Access


COUNT: Final = 45  # more than one page
INBOX, SENT, BIN = 1, 2, 3
FOLDERS: Final = {INBOX: "Postvak IN", SENT: "Verzonden items", BIN: "Verwijderde items"}
NAMED: Final = {"postvakin": INBOX, "verzondenitems": SENT, "verwijderdeitems": BIN}
WITH_FILE: Final = 10
RECIPIENTS: Final = ("ontvangers", "kopieOntvangers", "blindeKopieOntvangers")
_SENT_AT: Final = dt.time(9)


@frozen
class _File:
    """A file of a message. ``upload`` is its number if a person uploaded it."""

    name: str
    content: bytes = field(repr=False)
    upload: int = 0


@define
class _Copy:
    """The copy of a message that one person has."""

    message: Body
    folder: int
    is_read: bool = False
    recipients: list[Body] = field(factory=list)
    files: tuple[_File, ...] = ()


class Messages:
    """The messages of each person in each folder."""

    def __init__(self, access: Access, files: Files) -> None:
        self.access, self.files = access, files
        self._copies: dict[int, dict[int, _Copy]] = {}  # by person, then by number
        self._numbers = count(COUNT + 1)
        self.drafts: dict[int, dict[int, Body]] = {}  # by person, then by number

    def routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        one = "berichten/berichten/{message:int}"
        named: Routes = [("GET", f"berichten/{name}/berichten", self._lister(place)) for name, place in NAMED.items()]
        return [
            ("GET", "berichten/mappen", self._folders),
            ("GET", "berichten/mappen/alle", self._folders),
            ("GET", "berichten/mappen/{folder:int}/berichten", self._list_numbered),
            *named,
            ("GET", one, self._read),
            ("GET", f"{one}/bijlagen", self._attachments),
            ("GET", f"{one}/bijlagen/{{file:int}}", self._file),
            ("GET", "berichten/bijlagen/{file:int}/download", self._download),
            ("GET", "berichten/concepten", self._list_drafts),
            ("GET", "berichten/concepten/berichten", self._list_drafts),
            ("GET", "berichten/concepten/{draft:int}", self._read_draft),
            ("POST", "berichten/concepten", self._save_draft),
            ("PUT", "berichten/concepten/{draft:int}", self._save_draft),
            ("DELETE", "berichten/concepten", self._remove_drafts),
            ("PATCH", "berichten/berichten", self._change),
            ("DELETE", "berichten/berichten", self._remove),
            ("POST", "berichten/berichten", self._send),
        ]

    def _of(self, person: Persoon) -> dict[int, _Copy]:
        """Return the messages of a person.

        Those of the school date from the last autumn in which all of them were sent.
        """
        if person.persoon_id not in self._copies:
            drawn = {number: _Copy(_drawn(number), INBOX, files=_drawn_files(number)) for number in range(1, COUNT + 1)}
            self._copies[person.persoon_id] = drawn
        copies = self._copies[person.persoon_id]
        first = latest(9, 1, until=self.access.clock.today() - dt.timedelta(days=COUNT + 1))
        for number in copies.keys() & range(1, COUNT + 1):
            sent = dt.datetime.combine(first + dt.timedelta(days=number), _SENT_AT)
            copies[number].message["verzondenOp"] = moment(sent)
        return copies

    # -- reading ----------------------------------------------------------------------------------------------------

    def _folders(self, request: Request) -> Response:
        copies = self._of(self.access.asker(request)).values()
        return new_list(
            {
                "id": place,
                "naam": name,
                "aantalOngelezen": sum(each.folder == place and not each.is_read for each in copies),
                "bovenliggendeId": 0,
                "links": {
                    "self": link(f"berichten/mappen/{place}"),
                    "parent": None,
                    "berichten": link(f"berichten/mappen/{place}/berichten"),
                },
            }
            for place, name in FOLDERS.items()
        )

    def _lister(self, folder: int) -> Handle:
        return lambda request: self._list(request, folder)

    def _list_numbered(self, request: Request) -> Response:
        if request.path_params["folder"] not in FOLDERS:
            raise nothing()
        return self._list(request, request.path_params["folder"])

    def _list(self, request: Request, folder: int) -> Response:
        words = request.query_params.get("trefwoorden", "").casefold()
        copies = sorted(self._of(self.access.asker(request)).items(), reverse=True)
        found = [each for _, each in copies if each.folder == folder and words in each.message["onderwerp"].casefold()]
        return self.access.page(request, map(_short, found))

    def _named(self, request: Request) -> _Copy:
        found = self._of(self.access.asker(request)).get(request.path_params["message"])
        if found is None:
            raise nothing()
        return found

    def _read(self, request: Request) -> Response:
        reader, found = self.access.asker(request), self._named(request)
        return JSONResponse(
            {
                **_short(found),
                "inhoud": found.message["inhoud"],
                "ontvangers": found.recipients or [_recipient(reader)],
                "kopieOntvangers": [],
                "blindeKopieOntvangers": [],
            }
        )

    def _attachments(self, request: Request) -> Response:
        return new_list(_files(self._named(request), self.access.switches.message_files))

    def _file(self, request: Request) -> Response:
        return self._redirect_to(request, self._named(request), request.path_params["file"])

    def _download(self, request: Request) -> Response:
        request.path_params["message"], place = divmod(request.path_params["file"], 10)
        return self._redirect_to(request, self._named(request), place)

    def _redirect_to(self, request: Request, copy: _Copy, place: int) -> Response:
        if not 0 < place <= len(copy.files):
            raise nothing()
        file = copy.files[place - 1]
        return self.files.redirect_to(request, file.name, file.upload)

    # -- drafts -------------------------------------------------------------------------------------------------------

    def _list_drafts(self, request: Request) -> Response:
        in_map = request.url.path.endswith("/concepten/berichten")
        if in_map != (self.access.switches.draft_list == "map"):
            raise nothing()
        drafts = self.drafts.get(self.access.asker(request).persoon_id, {})
        return self.access.page(request, [_short_draft(each) for _, each in sorted(drafts.items(), reverse=True)])

    def _read_draft(self, request: Request) -> Response:
        drafts = self.drafts.get(self.access.asker(request).persoon_id, {})
        if (found := drafts.get(request.path_params["draft"])) is None:
            raise nothing()
        return JSONResponse(found)

    def _save_draft(self, request: Request) -> Response:
        """Save a draft. It gets a number, which is returned in the same form as that of a message (inferred)."""
        writer, sent = self.access.asker(request), body_of(request)
        number = request.path_params.get("draft") or next(self._numbers)
        drafts = self.drafts.setdefault(writer.persoon_id, {})
        if "draft" in request.path_params and number not in drafts:
            raise nothing()
        path = f"berichten/concepten/{number}"
        drafts[number] = {
            "id": number,
            "onderwerp": sent.get("onderwerp"),
            "inhoud": sent.get("inhoud"),
            "afzender": {"id": writer.persoon_id, "naam": writer.volledige_naam, "links": {}},
            **{name: self._people(sent.get(name) or []) for name in RECIPIENTS},
            "heeftPrioriteit": sent.get("heeftPrioriteit") is True,
            "heeftBijlagen": bool(sent.get("bijlagen")),
            "laatsteWijzigingDatumTijd": moment(self.access.clock.local()),
            "links": {"self": link(path)},
        }
        return JSONResponse({"id": number, "links": {"self": link(path)}}, status_code=201)

    def _people(self, sent: list[Body]) -> list[Body]:
        """Check the named persons: all must be at school (inferred)."""
        try:
            wanted = {each["id"] for each in sent if each.get("type", "persoon") == "persoon"}
        except (KeyError, TypeError, AttributeError):
            raise refused() from None
        people = [each for each in self.access.people() if each.persoon_id in wanted]
        if len(people) != len(wanted):
            raise refused()
        return [_recipient(each) for each in people]

    def _remove_drafts(self, request: Request) -> Response:
        drafts, sent = self.drafts.get(self.access.asker(request).persoon_id, {}), request.state.body
        try:
            numbers = [each["conceptId"] for each in sent]
        except (KeyError, TypeError):
            raise refused() from None
        if not set(numbers) <= drafts.keys():
            raise nothing()
        for number in numbers:
            del drafts[number]
        return Response(status_code=204)

    # -- writing ----------------------------------------------------------------------------------------------------

    def _change(self, request: Request) -> Response:
        """Mark as read, or move. If any part is invalid, nothing is changed (inferred)."""
        copies, changes = self._of(self.access.asker(request)), body_of(request).get("berichten")
        try:
            wanted = [
                (copies[each["berichtId"]], operation["path"], operation["value"])
                for each in changes or []
                for operation in each["operations"]
                if operation["op"] == "replace"
            ]
        except (KeyError, TypeError):
            raise refused() from None
        for _, path, value in wanted:
            if not ((path == "/IsGelezen" and isinstance(value, bool)) or (path == "/MapId" and value in FOLDERS)):
                raise refused()
        for copy, path, value in wanted:
            if path == "/IsGelezen":
                copy.is_read = value
            else:
                copy.folder = value
        return Response(status_code=204)

    def _remove(self, request: Request) -> Response:
        """Remove permanently. Moving puts a message in the bin (inferred)."""
        copies, sent = self._of(self.access.asker(request)), request.state.body
        try:
            numbers = [each["berichtId"] for each in sent]
        except (KeyError, TypeError):
            raise refused() from None
        if not set(numbers) <= copies.keys():
            raise nothing()
        for number in numbers:
            copies.pop(number, None)
        return Response(status_code=204)

    def _send(self, request: Request) -> Response:
        """Send to persons; groups are not supported here.

        The answer is unknown; here it is the number of the message.
        """
        sender, sent = self.access.asker(request), body_of(request)
        recipients, files = self._people(sent.get("ontvangers") or []), self._sent_files(sender, sent)
        wanted = {each["id"] for each in recipients}
        if not recipients:
            raise refused()
        people = [each for each in self.access.people() if each.persoon_id in wanted]
        subject, text = str(sent.get("onderwerp") or ""), str(sent.get("inhoud") or "")
        number = next(self._numbers)
        message: Body = {
            "id": number,
            "onderwerp": subject,
            "inhoud": text,
            "afzender": {"id": sender.persoon_id, "naam": sender.volledige_naam, "links": {}},
            "heeftPrioriteit": sent.get("heeftPrioriteit") is True,
            "verzondenOp": moment(self.access.clock.local()),
        }
        for each in people:
            self._of(each)[number] = _Copy(message, INBOX, recipients=recipients, files=files)
        if sender.persoon_id not in wanted:
            self._of(sender)[number] = _Copy(message, SENT, is_read=True, recipients=recipients, files=files)
        return JSONResponse({"id": number, "links": {"self": link(f"berichten/berichten/{number}")}}, status_code=201)

    def _sent_files(self, sender: Persoon, sent: Body) -> tuple[_File, ...]:
        """Return uploaded files, and those of messages that the sender has (several clients)."""
        found: list[_File] = []
        for each in sent.get("bijlagen") or []:
            number, kind = (each.get("id"), each.get("type")) if isinstance(each, dict) else (None, None)
            upload = self.files.uploads.get(number or 0) if kind == "upload" else None
            if upload is not None and upload.content is not None:
                found.append(_File(upload.name, upload.content, upload.number))
            elif kind == "bijlage" and isinstance(number, int) and (own := self._of(sender).get(number // 10)):
                found += own.files[number % 10 - 1 : number % 10]
            else:
                raise refused()
        return tuple(found)


def _short_draft(draft: Body) -> Body:
    """Return a draft as a list shows it, without folder and read mark (one client)."""
    left_out = {"inhoud", "kopieOntvangers", "blindeKopieOntvangers"}
    return {name: value for name, value in draft.items() if name not in left_out}


def _drawn_files(number: int) -> tuple[_File, ...]:
    name = f"Bijlage {number}.txt"
    return () if number % WITH_FILE else (_File(name, content_of(name)),)


def _drawn(number: int) -> Body:
    return {
        "id": number,
        "onderwerp": f"Mededeling {number}",
        "inhoud": f"<p>Bericht {number} &amp; meer.</p>",
        "afzender": {"id": 1, "naam": "Administratie", "links": {}},
        "heeftPrioriteit": False,
        "verzondenOp": None,
    }


def _short(copy: _Copy) -> Body:
    number, files = copy.message["id"], copy.files
    own = f"berichten/berichten/{number}"
    return {
        **{name: value for name, value in copy.message.items() if name != "inhoud"},
        "mapId": copy.folder,
        "heeftBijlagen": bool(files),
        "isGelezen": copy.is_read,
        "doorgestuurdOp": None,
        "beantwoordOp": None,
        "links": {
            "self": link(own),
            "map": link(f"berichten/mappen/{copy.folder}"),
            "bijlagen": link(f"{own}/bijlagen") if files else None,
        },
    }


def _files(copy: _Copy, form: str) -> list[Body]:
    return [_file(copy, place, file, form) for place, file in enumerate(copy.files, start=1)]


def _file(copy: _Copy, place: int, file: _File, form: str) -> Body:
    number = copy.message["id"] * 10 + place if form == "download" else place
    own = f"berichten/berichten/{copy.message['id']}/bijlagen/{place}"
    return {
        "id": number,
        "naam": file.name,
        "contentType": "text/plain",
        "grootte": len(file.content),
        "status": "beschikbaar",
        "aangemaaktOp": copy.message["verzondenOp"],
        "gewijzigdOp": copy.message["verzondenOp"],
        "links": {
            "self": link(own),
            "download": link(f"berichten/bijlagen/{number}/download" if form == "download" else own),
        },
    }


def _recipient(person: Persoon) -> Body:
    return {"id": person.persoon_id, "type": "persoon", "weergavenaam": person.volledige_naam, "links": {}}
