"""Upload files, for a message or an assignment."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow, exchange
from magister_connect.core.json import CamelRecord, JsonValue, PascalRecord, read_record
from magister_connect.core.secrets import Secret
from magister_connect.public_api.agenda import Bijlage
from magister_connect.public_api.berichten import MeeTeSturen
from magister_connect.public_api.exchange.connection import Connection, path_part
from magister_connect.public_api.exchange.operations import Change, Single, json_object, send_change
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


def upload(connection: Connection, name: str, content: bytes, content_type: str) -> Flow[Upload]:
    """Upload a file (two clients of 2026). Return the reference for a message or an assignment.

    The API returns an address of its storage. The bytes are sent there once, without the token. Raises
    :class:`ReplyInvalid` for a storage at an unsafe address, and the usual errors if either service refuses.
    """
    reply = yield from send_change(connection, Change("POST", "bestanden/upload", {"name": name}))
    slot = read_record(_Slot, json_object(reply), "POST bestanden/upload")
    bare = bare_request(safe_address(connection, connection.base_url, slot.uri), slot.method, content)
    headers = {"content-type": content_type, **slot.required_headers}
    request = evolve(bare, headers=tuple((name, Secret(value)) for name, value in headers.items()))
    stored = yield from exchange(request)
    if stored.status >= 300:
        raise_for_refusal(stored, request)
    return Upload(id=slot.id, storage_id=slot.storage_id, name=name, content_type=content_type)
