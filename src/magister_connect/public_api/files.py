"""Files: attachments of messages, assignments, study guides and appointments, and the files of sources.

The interface answers with a redirect to a storage elsewhere, under an address that is signed for a while (2026 clients
and older ones). The token must not travel there, so it is followed without it, to https only; plain http is followed on
loopback, where the school itself is plain http on loopback.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias
from urllib.parse import parse_qsl, urljoin, urlsplit

from attrs import evolve, field, frozen

from magister_connect.core.flow import (
    Flow,
    Reply,
    Request,
    StreamingFlow,
    emit,
    exchange,
    exchange_stream,
    next_chunk,
    run_blocking,
)
from magister_connect.core.json import CamelRecord, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import NotFound, ReplyInvalid, ReplyTooLarge, UsageError
from magister_connect.login.settings import is_secure
from magister_connect.public_api.agenda import Bijlage
from magister_connect.public_api.berichten import Berichtbijlage, MeeTeSturen
from magister_connect.public_api.elo import Bron
from magister_connect.public_api.exchange.connection import Connection, path_part, show
from magister_connect.public_api.exchange.operations import Change, json_object, send_change
from magister_connect.public_api.exchange.refusals import LOGIN_PAGE, raise_for_refusal

File: TypeAlias = Berichtbijlage | Bijlage | Bron
"""What can be fetched."""
LIMIT: Final = 512 * 1024 * 1024
"""The largest file, in bytes, unless you say otherwise."""
REDIRECTS: Final = 3
NO_FILES: Final = {"application/json", "application/problem+json", "text/html", "application/xhtml+xml"}


@frozen(kw_only=True)
class FileContent:
    """A file in memory: its name and content type as the interface has them, and its bytes."""

    name: str | None
    content_type: str
    content: bytes = field(repr=lambda content: f"<{len(content)} bytes>")


def stream_file(connection: Connection, file: File, *, limit: int = LIMIT) -> StreamingFlow[bytes]:
    """The bytes of a file, as they come, in constant memory.

    Raises :class:`NotFound` where there is no file any more, :class:`ReplyTooLarge` beyond ``limit`` bytes, and
    :class:`ReplyInvalid` where JSON or a web page comes in place of it, or the storage is at an unsafe address.
    """
    yield from _open(connection, file)
    size = 0
    while chunk := (yield from next_chunk()):
        if (size := size + len(chunk)) > limit:
            raise _too_large(limit)
        yield from emit(chunk)


def open_file(connection: Connection, file: File, *, limit: int = LIMIT) -> Flow[FileContent]:
    """A file in memory. Raises what :func:`stream_file` raises."""
    reply = yield from _open(connection, file)
    chunks: list[bytes] = []
    yield from _read(limit, chunks.append)
    return FileContent(name=file.naam, content_type=reply.media_type, content=b"".join(chunks))


def download(connection: Connection, file: File, target: str | Path | BinaryIO, *, limit: int = LIMIT) -> Flow[int]:
    """Write a file to ``target``, a path or an open binary file, in constant memory; return its size in bytes.

    A path is written under another name first, and gets its own name when the file is whole. Raises what
    :func:`stream_file` raises.
    """
    yield from _open(connection, file)
    if not isinstance(target, str | Path):
        return (yield from _read(limit, target.write))
    path = Path(target)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as opened:
            size = yield from _read(limit, opened.write)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return size


def _read(limit: int, write: Callable[[bytes], object]) -> Flow[int]:
    size = 0
    while chunk := (yield from next_chunk()):
        if (size := size + len(chunk)) > limit:
            raise _too_large(limit)
        yield from run_blocking(partial(write, chunk))
    return size


def _too_large(limit: int) -> ReplyTooLarge:
    return ReplyTooLarge(f"The file is larger than {limit:,} bytes", advice="Pass a larger limit= if you want it.")


def upload(connection: Connection, name: str, content: bytes, content_type: str) -> Flow[Upload]:
    """Upload a file, to send along with a message or to hand in (two clients of 2026).

    The interface answers an address of its storage; the bytes go there without the token. Nothing refers to the file
    yet: pass ``upload.for_message`` in ``bijlagen`` of a ``NieuwBericht``.
    """
    reply = yield from send_change(connection, Change("POST", "bestanden/upload", {"name": name}))
    slot = read_record(_Slot, json_object(reply), "POST bestanden/upload")
    bare = _bare_request(_safe_storage(connection, connection.base_url, slot.uri))
    headers = {"content-type": content_type, **slot.required_headers}
    request = evolve(
        bare, method=slot.method, body=content, stream=False, headers=tuple((k, Secret(v)) for k, v in headers.items())
    )
    stored = yield from exchange(request)
    if stored.status >= 300:
        raise_for_refusal(stored, request)
    return Upload(id=slot.id, storage_id=slot.storage_id, name=name)


@frozen(kw_only=True, repr=False, slots=False)
class _Slot(CamelRecord):
    """Where a file can be put in the storage: the method, and the headers that are required."""

    id: int
    storage_id: str | None = None
    uri: str
    method: str = "PUT"
    required_headers: Mapping[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Upload:
    """A file that was uploaded, and its id in the storage."""

    id: int
    storage_id: str | None
    name: str

    @property
    def for_message(self) -> MeeTeSturen:
        """What a message takes in ``bijlagen``."""
        return MeeTeSturen(id=self.id)


def link_of(file: File) -> str:
    """Where the interface has a file: ``download`` of a message's, ``Contents`` or ``Self`` of others (2026 clients).

    Raises :class:`UsageError` for one without a link.
    """
    if isinstance(file, Berichtbijlage):
        named = file.links.get("download")
        return (named and named.href) or f"berichten/bijlagen/{path_part(file.id)}/download"
    links: Mapping[str, str | None] = {name.lower(): link.href for name, link in file.links.items()}
    if href := links.get("contents") or links.get("self"):
        return href
    raise UsageError("This file has no link to its content", advice="A folder has none; of a file, read it anew.")


def _open(connection: Connection, file: File) -> Flow[Reply]:
    address, query = connection.locate(link_of(file))
    reply = yield from connection.open(address, query)
    for _ in range(REDIRECTS):
        if not 300 <= reply.status < 400:
            break
        address = _storage(connection, address, reply)
        reply = yield from exchange_stream(_bare_request(address))
    where = f"GET {show(address.partition('?')[0])}"
    if reply.status in {404, 410} or reply.status == 204:
        raise NotFound("There is no such file any more", where=where, status=reply.status)
    if reply.status >= 300:
        raise_for_refusal(reply, Request("GET", address.partition("?")[0], shown=show(address.partition("?")[0])))
    declared = (getattr(file, "content_type", None) or "").partition(";")[0].strip().lower()
    if reply.media_type in NO_FILES and reply.media_type != declared:
        raise ReplyInvalid(f"{reply.media_type} came where a file was expected", where=where)
    return reply


def _storage(connection: Connection, address: str, reply: Reply) -> str:
    location = reply.header("location") or ""
    if LOGIN_PAGE.search(urlsplit(location).path):
        raise_for_refusal(reply, Request("GET", address.partition("?")[0], shown=show(address.partition("?")[0])))
    return _safe_storage(connection, address, location)


def _safe_storage(connection: Connection, address: str, location: str) -> str:
    target = urljoin(address, location)
    plain_school = urlsplit(connection.base_url).scheme == "http"  # which is on loopback then
    safe = is_secure(target) and (urlsplit(target).scheme == "https" or plain_school)
    if not location or not safe:
        raise ReplyInvalid(
            "The interface leads to a storage that is not at https", where=f"GET {show(address.partition('?')[0])}"
        )
    return target


def _bare_request(target: str) -> Request:
    """A request without the token and without the headers of the contract; the signature is a secret."""
    parts = urlsplit(target)
    query = tuple((name, Secret(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return Request("GET", address, query=query, stream=True, shown=f"{parts.scheme}://{parts.netloc}/...")
