"""Files of the simulated school, and the signed addresses under which they can be fetched for a while."""

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
"""The ``BronSoort`` of a file, which is what a client hands in with (one client)."""
FOLDER: Final = 0
"""That of a folder is not known: any other."""


def content_of(name: str) -> bytes:
    """What is in a file of this name."""
    return f"{name}\nEen bestand van het Zandbakcollege.\n".encode()


def attachment(
    number: int, name: str, path: str, day: dt.date, *, rel: str = "Contents", content: bytes | None = None
) -> Body:
    """A file as appointments and assignments list it; ``path`` is where the interface tells its address."""
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
    """A file as study guides and sources list it; a folder where there is no path to an address."""
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
    """A file that somebody uploads: a slot for it, and its content once that has come."""

    number: int
    name: str
    storage_id: str
    content: bytes | None = field(default=None, repr=False)


class Files:
    """Whoever has a signed address may fetch the file, without a token, for ten minutes of the sandbox's clock."""

    def __init__(
        self, clock: VirtualClock, *, same_host: bool = False, upload_reply: Literal["body", "location"] = "body"
    ) -> None:
        self._clock, self._same_host, self._upload_reply = clock, same_host, upload_reply
        self._numbers = count(1)
        self.uploads: dict[int, Uploaded] = {}

    def routes(self) -> Routes:
        """Below the root of the server, beside the interfaces: the real ones are at a store of blobs."""
        return [("GET", "bestanden/{name}", self._fetch), ("PUT", "opslag/{number:int}", self._store)]

    def upload_routes(self) -> Routes:
        """Below the interface of the school."""
        return [
            ("POST", "bestanden/upload", self._slot),
            ("POST", "bestanden", self._form),
            ("GET", "personen/{person:int}/bestanden/uploadinstellingen", self._settings),
        ]

    def _settings(self, _: Request) -> Response:
        """How much may be uploaded (one client of 2026)."""
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
        """What lies in the storage under the ``UniqueId`` of an attachment."""
        place = attachment.get("UniqueId")
        return next((each for each in self.uploads.values() if each.content and each.storage_id == place), None)

    def _slot(self, request: Request) -> Response:
        """Where the bytes of a file can be put (two clients of 2026)."""
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

    def lead_to(self, request: Request, name: str, upload: int = 0) -> Response:
        """The address in the body with ``redirect_type=body`` (several clients), otherwise a 302 to it.

        A file with the number of an ``upload`` holds what was uploaded, any other a line of text.
        """
        until = int((self._clock() + LASTS).timestamp())
        # Recorded: the storage is at another host than the school, and knows nothing of its tokens.
        root = request.base_url if self._same_host else request.base_url.replace(hostname="localhost")
        address = f"{root}bestanden/{quote(name)}?nr={upload}&tot={until}&sig={_sign(f'{upload} {name}', until)}"
        if request.query_params.get("redirect_type") == "body":
            return JSONResponse({"location": address})
        return RedirectResponse(address, status_code=302)

    def _fetch(self, request: Request) -> Response:
        name, asked = request.path_params["name"], request.query_params
        until = int(asked["tot"]) if asked.get("tot", "").isdecimal() else 0
        if "authorization" in request.headers:
            return Response(status_code=400)  # a storage of blobs refuses a token that is not its own
        number = asked.get("nr", "")
        if asked.get("sig") != _sign(f"{number} {name}", until) or self._clock().timestamp() > until:
            return Response(status_code=403)
        return PlainTextResponse(self.uploads[int(number)].content or b"" if int(number) else content_of(name))


def _sign(name: str, until: int) -> str:
    return hashlib.sha256(f"zandbak {name} {until}".encode()).hexdigest()
