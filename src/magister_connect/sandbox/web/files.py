"""Files of the simulated school, and signed addresses that give access to them for a limited time."""

from __future__ import annotations

import datetime as dt
import hashlib
from email.parser import BytesParser
from email.policy import HTTP
from itertools import count
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote

from attrs import define, field
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from magister_connect.sandbox.web.answers import Body, Routes, body_of, moment, old_link, refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from magister_connect.sandbox.school.clock import VirtualClock


LASTS: Final = dt.timedelta(minutes=10)
FILE: Final = 1
"""The ``BronSoort`` of a file, which a client hands in (one client)."""
FOLDER: Final = 0
"""The value for a folder is unknown; any other value."""


def content_of(name: str) -> bytes:
    """Return the content of a file with this name."""
    return f"{name}\nEen bestand van het Zandbakcollege.\n".encode()


def attachment(
    number: int, name: str, path: str, day: dt.date, *, rel: str = "Contents", content: bytes | None = None
) -> Body:
    """Return a file as appointments and assignments list it. ``path`` is the path that returns its address."""
    return {
        "Id": number,
        "BronSoort": FILE,
        "ContentType": "text/plain",
        "Datum": moment(dt.datetime.combine(day, dt.time(9))),
        "Grootte": len(content_of(name) if content is None else content),
        "Links": [old_link(path, rel)],
        "Naam": name,
        "Status": 0,
        "UniqueId": hashlib.sha256(path.encode()).hexdigest()[:32],
        "Url": None,
    }


def source(number: int, name: str, path: str | None, day: dt.date, *, parent: int = 0) -> Body:
    """Return a file as study guides and sources list it. Without a path it is a folder."""
    when = moment(dt.datetime.combine(day, dt.time(9)))
    return {
        "Id": number,
        "BronSoort": FILE if path else FOLDER,
        "ContentType": "text/plain" if path else None,
        "FileBlobId": number if path else 0,
        "GemaaktOp": when,
        "GeplaatstDoor": "Administratie",
        "GewijzigdOp": when,
        "Grootte": len(content_of(name)) if path else 0,
        "Links": [old_link(path, "Contents")] if path else [],
        "ModuleSoort": 0,
        "Naam": name,
        "ParentId": parent,
        "Privilege": 0,
        "Referentie": 0,
        "Type": 0,
        "UniqueId": hashlib.sha256(f"{path} {name}".encode()).hexdigest()[:32],
        "Uri": None,
        "Volgnr": number,
        "Zichtbaar": True,
    }


@define
class Uploaded:
    """An upload: a place for the file, and its content once it has arrived."""

    number: int
    name: str
    storage_id: str
    content: bytes | None = field(default=None, repr=False)


class Files:
    """Everyone with a signed address may fetch the file, without a token, for ten minutes of the sandbox's clock."""

    def __init__(
        self, clock: VirtualClock, *, same_host: bool = False, upload_reply: Literal["body", "location"] = "body"
    ) -> None:
        self._clock, self._same_host, self._upload_reply = clock, same_host, upload_reply
        self._numbers = count(1)
        self.uploads: dict[int, Uploaded] = {}

    def routes(self) -> Routes:
        """Return the routes below the root of the server. In reality the files are on a separate storage host."""
        return [("GET", "bestanden/{name}", self._fetch), ("PUT", "opslag/{number:int}", self._store)]

    def upload_routes(self) -> Routes:
        """Return the routes below the interface of the school."""
        return [
            ("POST", "bestanden/upload", self._slot),
            ("POST", "bestanden", self._form),
            ("GET", "personen/{person:int}/bestanden/uploadinstellingen", self._settings),
        ]

    def _settings(self, _: Request) -> Response:
        """Return the limits for uploads (one client of 2026)."""
        return JSONResponse(
            {
                "MyDiskQuota": 104_857_600,
                "MaxUploadFileSize": 26_214_400,
                "BlacklistedExtensions": ["exe", "bat"],
                "SharedDiskQuota": 0,
                "MySpaceUsed": sum(len(each.content or b"") for each in self.uploads.values()),
            }
        )

    def stored(self, attachment: Body) -> Uploaded | None:
        """Return the file in the storage with the ``UniqueId`` of an attachment."""
        place = attachment.get("UniqueId")
        return next((each for each in self.uploads.values() if each.content and each.storage_id == place), None)

    def _slot(self, request: Request) -> Response:
        """Return an address for uploading a file (two clients of 2026)."""
        name = body_of(request).get("name")
        if not isinstance(name, str) or not name:
            raise refused()
        number, storage_id = self._add(name)
        until = int((self._clock() + LASTS).timestamp())
        root = request.base_url if self._same_host else request.base_url.replace(hostname="localhost")
        return JSONResponse(
            {
                "id": number,
                "storageId": storage_id,
                "uri": f"{root}opslag/{number}?tot={until}&sig={_sign(str(number), until)}",
                "method": "PUT",
                "requiredHeaders": {"x-ms-blob-type": "BlockBlob"},
            }
        )

    def _add(self, name: str, content: bytes | None = None) -> tuple[int, str]:
        number = next(self._numbers)
        storage_id = hashlib.sha256(f"slot {number}".encode()).hexdigest()[:32]
        self.uploads[number] = Uploaded(number, name, storage_id, content)
        return number, storage_id

    def _form(self, request: Request) -> Response:
        """A file in a form (one client; the reply is inferred, and has its id in one of two places)."""
        head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + getattr(request.state, "content", b""))
        file = next((part for part in message.iter_parts() if part.get_filename()), None)
        content = None if file is None else file.get_payload(decode=True)
        if file is None or not isinstance(content, bytes):
            raise refused()
        number, storage_id = self._add(str(file.get_filename()), content)
        if self._upload_reply == "location":
            return Response(status_code=201, headers={"location": f"/api/bestanden/{number}"})
        return JSONResponse({"id": number, "storageId": storage_id}, status_code=201)

    def _store(self, request: Request) -> Response:
        number, asked = request.path_params["number"], request.query_params
        until = int(asked["tot"]) if asked.get("tot", "").isdecimal() else 0
        if "authorization" in request.headers or request.headers.get("x-ms-blob-type") != "BlockBlob":
            return Response(status_code=400)
        if asked.get("sig") != _sign(str(number), until) or self._clock().timestamp() > until:
            return Response(status_code=403)
        self.uploads[number].content = request.state.content
        return Response(status_code=201)

    def redirect_to(self, request: Request, name: str, upload: int = 0) -> Response:
        """Return the address in the body with ``redirect_type=body`` (several clients), otherwise a 302 to it.

        A file with the number of an ``upload`` contains the uploaded bytes; any other file contains a line of text.
        """
        until = int((self._clock() + LASTS).timestamp())
        # Recorded: the storage is on another host than the school, and does not know its tokens.
        root = request.base_url if self._same_host else request.base_url.replace(hostname="localhost")
        address = f"{root}bestanden/{quote(name)}?nr={upload}&tot={until}&sig={_sign(f'{upload} {name}', until)}"
        if request.query_params.get("redirect_type") == "body":
            return JSONResponse({"location": address})
        return RedirectResponse(address, status_code=302)

    def _fetch(self, request: Request) -> Response:
        name, asked = request.path_params["name"], request.query_params
        until = int(asked["tot"]) if asked.get("tot", "").isdecimal() else 0
        if "authorization" in request.headers:
            return Response(status_code=400)  # a blob storage refuses a token that is not its own
        number = asked.get("nr", "")
        if asked.get("sig") != _sign(f"{number} {name}", until) or self._clock().timestamp() > until:
            return Response(status_code=403)
        return PlainTextResponse(self.uploads[int(number)].content or b"" if int(number) else content_of(name))


def _sign(name: str, until: int) -> str:
    return hashlib.sha256(f"zandbak {name} {until}".encode()).hexdigest()
