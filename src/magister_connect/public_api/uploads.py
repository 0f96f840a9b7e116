"""Upload files, for a message or an assignment."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow, exchange
from magister_connect.core.json import CamelRecord, JsonValue, PascalRecord, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import ReplyInvalid
from magister_connect.public_api.agenda import Bijlage
from magister_connect.public_api.berichten import MeeTeSturen
from magister_connect.public_api.exchange.connection import Connection, path_part, show
from magister_connect.public_api.exchange.operations import (
    Change,
    Single,
    created_number,
    json_object,
    send_change,
)
from magister_connect.public_api.exchange.refusals import raise_for_refusal
from magister_connect.public_api.exchange.storage import bare_request, safe_address

FILE = 1
"""``BronSoort`` of a submitted file (one client)."""


@frozen(kw_only=True)
class Upload:
    """An uploaded file and its id in the storage. No message or assignment uses it yet."""

    id: int
    storage_id: str | None
    name: str = field(repr=False)
    content_type: str

    @property
    def for_message(self) -> MeeTeSturen:
        """The value for ``NieuwBericht(bijlagen=...)``."""
        return MeeTeSturen(id=self.id)

    @property
    def for_assignment(self) -> Bijlage:
        """The value for ``leerling_bijlagen`` of a version of an assignment (one client)."""
        return Bijlage(
            id=0, naam=self.name, content_type=self.content_type, grootte=0, url="", unique_id=self.storage_id,
            bron_soort=FILE,
        )  # fmt: skip


@frozen(kw_only=True, repr=False, slots=False)
class Uploadinstellingen(PascalRecord):
    """How much a person may upload (one client of 2026). Sizes are in bytes (inferred).

    Contains the quota of the person's own (my) disk and of the shared one, the used space, the max size of one file,
    and blacklisted extensions. That client does not show the type of the extensions; they are kept as received.
    """

    my_disk_quota: int | None = None
    max_upload_file_size: int | None = None
    blacklisted_extensions: JsonValue = None
    shared_disk_quota: int | None = None
    my_space_used: int | None = None


@frozen(kw_only=True, repr=False, slots=False)
class _Slot(CamelRecord):
    """Where and how to put a file in the storage: the address, the method, and the required headers."""

    id: int
    storage_id: str | None = None
    uri: str
    method: str = "PUT"
    required_headers: Mapping[str, str] = field(factory=dict)


def uploadinstellingen(persoon: int) -> Single[Uploadinstellingen]:
    """How much a person may upload (one client of 2026)."""
    return Single(path=f"personen/{path_part(persoon)}/bestanden/uploadinstellingen", kind=Uploadinstellingen)


def upload(
    connection: Connection, name: str, content: bytes, content_type: str, *, multipart: bool = False
) -> Flow[Upload]:
    """Upload a file (two clients of 2026). Return the reference for a message or an assignment.

    By default, the API returns an address of its storage, and the bytes are sent there once, without the token.
    ``multipart`` sends the file to the API itself, as a form with one field ``file`` (one client). The name of the
    field and the response are inferred: an id in the body, or at the end of ``Location``.

    Raises :class:`ReplyInvalid` for a storage at an unsafe address and for a response without an id, and the usual
    errors if either service refuses.
    """
    if multipart:
        return (yield from _upload_form(connection, name, content, content_type))
    reply = yield from send_change(connection, Change("POST", "bestanden/upload", {"name": name}))
    slot = read_record(_Slot, json_object(reply), "POST bestanden/upload")
    bare = bare_request(safe_address(connection, connection.base_url, slot.uri), slot.method, content)
    required = slot.required_headers or {"x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": content_type}
    headers = {"content-type": content_type, **required}
    request = evolve(bare, headers=tuple((name, Secret(value)) for name, value in headers.items()))
    stored = yield from exchange(request)
    if stored.status >= 300:
        raise_for_refusal(stored, request)
    return Upload(id=slot.id, storage_id=slot.storage_id, name=name, content_type=content_type)


def _upload_form(connection: Connection, name: str, content: bytes, content_type: str) -> Flow[Upload]:
    boundary = hashlib.sha256(content).hexdigest()  # does not occur in any content
    quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as browsers write it (HTML)
    head = f'Content-Disposition: form-data; name="file"; filename="{quoted}"\r\nContent-Type: {content_type}'
    body = b"".join((f"--{boundary}\r\n{head}\r\n\r\n".encode(), content, f"\r\n--{boundary}--\r\n".encode()))
    form = f"multipart/form-data; boundary={boundary}"
    address = connection.address("bestanden")
    reply = yield from connection.ask("POST", address, body=body, content_type=form, safe_to_repeat=False)
    number, storage_id = created_number(reply), json_object(reply).get("storageId")
    if number is None:
        raise ReplyInvalid("The reply to an upload names no id", where=f"POST {show(address)}")
    return Upload(
        id=number, storage_id=storage_id if isinstance(storage_id, str) else None, name=name, content_type=content_type
    )
