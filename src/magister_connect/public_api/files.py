"""Files: attachments of messages, assignments, study guides and appointments, files of sources, and photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO, ClassVar, Final, Self, TypeAlias, cast

from attrs import field, frozen

from magister_connect.core.flow import Flow, Reply, StreamingFlow, emit, next_chunk, run_blocking
from magister_connect.errors import NotFound, ReplyInvalid, UsageError
from magister_connect.public_api.agenda import Bijlage
from magister_connect.public_api.berichten import Berichtbijlage
from magister_connect.public_api.elo import Bron
from magister_connect.public_api.exchange.connection import Connection, Query, path_part, write_query
from magister_connect.public_api.exchange.storage import open_stored

LIMIT: Final = 512 * 1024 * 1024
"""The default limit on the size of a file, in bytes."""
NO_FILES: Final = {"application/json", "application/problem+json", "text/html", "application/xhtml+xml"}
UNNAMED: Final = {"", "application/octet-stream"}
"""Content types without information."""


@frozen(kw_only=True)
class Foto:
    """A photo of a person, for ``open``, ``stream`` or ``download``. ``path`` and ``query`` are its address."""

    path: str = field(repr=False)
    query: Query = field(factory=dict, repr=False)
    naam: ClassVar[None] = None

    @classmethod
    def of_pupil(cls, leerling: int) -> Self:
        """The photo of a pupil (several clients)."""
        return cls(path=f"leerlingen/{path_part(leerling)}/foto")

    @classmethod
    def of_person(
        cls, persoon: int, *, breedte: int | None = None, hoogte: int | None = None, uitsnede: bool | None = None
    ) -> Self:
        """The photo of a person, scaled to ``breedte`` and ``hoogte`` pixels or cut out (several clients)."""
        return cls(
            path=f"personen/{path_part(persoon)}/foto", query={"width": breedte, "height": hoogte, "crop": uitsnede}
        )


File: TypeAlias = Berichtbijlage | Bijlage | Bron | Foto
"""A file that can be downloaded."""


@frozen(kw_only=True)
class FileContent:
    """A file in memory: its name and content type according to the API, and its bytes."""

    name: str | None = field(repr=False)
    content_type: str
    content: bytes = field(repr=lambda content: f"<{len(content)} bytes>")


def stream_file(connection: Connection, file: File, *, limit: int = LIMIT) -> StreamingFlow[bytes]:
    """Yield the bytes of a file as they arrive, in constant memory.

    The API redirects to a separate storage. The redirect is followed without your token, and only to HTTPS.

    Raises :class:`NotFound` if the file no longer exists, and :class:`ReplyTooLarge` beyond ``limit`` bytes. Raises
    :class:`ReplyInvalid` if the response is JSON or a web page instead of a file, or if a photo is not an image. Also
    raises it if the storage is at an unsafe address.
    """
    yield from _open(connection, file, limit)
    while chunk := (yield from next_chunk()):
        yield from emit(chunk)


def open_file(connection: Connection, file: File, *, limit: int = LIMIT) -> Flow[FileContent]:
    """Return a file in memory. Raises the errors of :func:`stream_file`."""
    reply = yield from _open(connection, file, limit)
    chunks: list[bytes] = []
    while chunk := (yield from next_chunk()):
        chunks.append(chunk)
    return FileContent(name=file.naam, content_type=reply.media_type, content=b"".join(chunks))


def download(connection: Connection, file: File, target: str | Path | BinaryIO, *, limit: int = LIMIT) -> Flow[int]:
    """Write a file to ``target``, a path or an open binary file, in constant memory. Return its size in bytes.

    A path is first written under a temporary name, and renamed when the file is complete. Raises the errors of
    :func:`stream_file`.
    """
    yield from _open(connection, file, limit)
    if not isinstance(target, str | Path):
        return (yield from _write(target.write))
    path = Path(target)
    part = path.with_name(f"{path.name}.part")
    try:
        opened = cast("BinaryIO", (yield from run_blocking(partial(part.open, "wb"))))
        with opened:
            size = yield from _write(opened.write)
        yield from run_blocking(partial(part.replace, path))
    finally:
        part.unlink(missing_ok=True)
    return size


def foto(connection: Connection, leerling: int, *, limit: int = LIMIT) -> Flow[FileContent | None]:
    """Return the photo of a pupil in memory, or ``None`` if there is none (the API returns 404).

    Several clients. To write it to a file: ``api.download(Foto.of_pupil(leerling), "photo.jpg")``. Raises the errors of
    ``stream``.
    """
    return (yield from _open_photo(connection, Foto.of_pupil(leerling), limit))


def foto_van_persoon(
    connection: Connection,
    persoon: int,
    *,
    breedte: int | None = None,
    hoogte: int | None = None,
    uitsnede: bool | None = None,
    limit: int = LIMIT,
) -> Flow[FileContent | None]:
    """Return the photo of a person in memory, scaled to ``breedte`` and ``hoogte`` pixels or cropped, or ``None``.

    Several clients. Raises the errors of ``stream``.
    """
    photo = Foto.of_person(persoon, breedte=breedte, hoogte=hoogte, uitsnede=uitsnede)
    return (yield from _open_photo(connection, photo, limit))


def _open_photo(connection: Connection, photo: Foto, limit: int) -> Flow[FileContent | None]:
    try:
        found = yield from open_file(connection, photo, limit=limit)
    except NotFound:
        return None
    return found if found.content else None


def _write(write: Callable[[bytes], object]) -> Flow[int]:
    size = 0
    while chunk := (yield from next_chunk()):
        size += len(chunk)
        yield from run_blocking(partial(write, chunk))
    return size


def link_of(file: File) -> str:
    """Return the link of a file: ``download`` for a message's file, ``Contents`` or ``Self`` for others (2026 clients).

    Raises :class:`UsageError` for a file without a link.
    """
    if isinstance(file, Foto):
        return file.path
    if isinstance(file, Berichtbijlage):
        named = file.links.get("download")
        return (named and named.href) or f"berichten/bijlagen/{path_part(file.id)}/download"
    links: Mapping[str, str | None] = {name.lower(): link.href for name, link in file.links.items()}
    if href := links.get("contents") or links.get("self"):
        return href
    raise UsageError(
        "This file has no link to its content",
        advice="Pass a file, not a folder. If it is a file, read its record again.",
    )


def _open(connection: Connection, file: File, limit: int) -> Flow[Reply]:
    query = write_query(file.query) if isinstance(file, Foto) else ()
    reply, line = yield from open_stored(connection, link_of(file), query, limit=limit)
    kind = reply.media_type
    if isinstance(file, Foto):
        if not kind.startswith("image/") and kind not in UNNAMED:
            raise ReplyInvalid(f"{kind} came where an image was expected", where=line)
    elif kind in NO_FILES and kind != (file.content_type or "").partition(";")[0].strip().lower():
        raise ReplyInvalid(f"{kind} came where a file was expected", where=line)
    return reply
