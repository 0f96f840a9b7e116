"""Sources of a document: files, bytes and streams, and zip archives with one of these."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from magister_connect.core.xml import CHUNK, Readable, Source, chunks_of
from magister_connect.edexml.reading.encoding import NEW_EXPORT
from magister_connect.errors import DocumentInvalid, Responsible, UsageError

_ZIP: Final = b"PK\x03\x04"
LONGEST_MARK: Final = len(_ZIP)
"""How many bytes are needed to recognise a file."""
_GZIP: Final = b"\x1f\x8b"
_IN_MEMORY: Final = 16 * 2**20  # bytes; a larger archive from a stream is stored on disk
MOST_UNPACKED: Final = 4 * 2**30
"""The limit for the contents of a zip archive, in bytes. The file of a school is a thousand times smaller."""
_HIGHEST_RATIO: Final = 200  # EDEXML packs about 1 to 15 (measured); only zip bombs get near the 1 to 1000 of deflate
_ZIP_CUT_OFF: Final = "The zip archive ends too early: it seems to be cut off"
_SHORTEST_EDEX2000: Final = 54  # the length of a group record
_MOST_BLANKS: Final = 1024
_FREE: Final = 8 * 2**20  # bytes; below this, the ratio is not checked


def is_zip(head: bytes) -> bool:
    """Return whether bytes begin a zip archive."""
    return head.startswith(_ZIP)


def is_recognisable(head: bytes) -> bool:
    """Return whether the first bytes are enough to recognise a file: they are not all blanks."""
    return len(head) >= LONGEST_MARK and (len(head) >= _MOST_BLANKS or not head.isspace())


def name_of(source: object) -> str | None:
    """Return the file name of a source, for messages: without its folder, and ``None`` if there is no file."""
    return Path(source).name if isinstance(source, (str, os.PathLike)) else None


def bytes_of(source: Source) -> Generator[bytes, None, None]:
    """Yield the bytes of a document. A zip archive with one XML file is unpacked.

    Raises :class:`DocumentInvalid` if the source is not XML, or an archive that is encrypted, broken or too large, or
    has no XML file or several. Raises :class:`UsageError` for an invalid source, and ``OSError`` if a file cannot be
    read.
    """
    if not (hasattr(source, "read") or isinstance(source, (str, os.PathLike, bytes, Iterable))):
        raise _no_source(source)
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("<"):
        # A document that is passed as a path would be printed in an OSError, with all its pupils.
        raise UsageError(
            "The text is a document, but a text argument must be the path of a file", advice="Pass its bytes."
        )
    where = name_of(source)
    chunks = _chunks(source, where)
    head = b""
    for chunk in chunks:
        head += only_bytes(chunk)
        if is_recognisable(head):
            break
    if is_zip(head):
        yield from _unpacked(_seekable(source, head, chunks), where)
        return
    if head:
        yield require_xml(head, where)
    yield from chunks


def _chunks(source: Source, where: str | None) -> Iterator[bytes]:
    """Yield the bytes of a source. Raises if it is a compressed file, such as one of ``gzip.open``, that ends early."""
    try:
        yield from chunks_of(source)
    except EOFError:
        if not isinstance(source, Readable):
            raise
    else:
        return
    what = "The compressed file ends too early: it seems to be cut off"
    raise DocumentInvalid(what, where=where, advice=NEW_EXPORT)


def only_bytes(chunk: object) -> bytes:
    """Return a piece unchanged. Raises if it is not bytes, as from a file that was opened as text."""
    if not isinstance(chunk, bytes):
        raise _no_source(chunk)
    return chunk


def _no_source(given: object) -> UsageError:
    what = f"A document cannot be read from this: {type(given).__name__}"
    return UsageError(what, advice="Pass a path, bytes, a file opened in binary mode, or an iterable of bytes.")


def require_xml(head: bytes, where: str | None = None) -> bytes:
    """Return the first piece unchanged.

    Raises if it is not XML, and names what it is: people export the wrong file (observed).
    """
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    line = head.partition(b"\n")[0].rstrip(b"\r")
    if head and _ZIP.startswith(head):
        raise DocumentInvalid(_ZIP_CUT_OFF, where=where, advice=NEW_EXPORT)
    if first.startswith((b"<", b"\xff\xfe", b"\xfe\xff", b"\x00")):
        return head
    if first.startswith(_GZIP):
        what = "It is a gzip file, not an EDEXML file"
        advice = "Open it with gzip.open(path), and pass the result."
        raise DocumentInvalid(what, where=where, responsible=Responsible.YOU, advice=advice)
    if len(line) >= _SHORTEST_EDEX2000 and b"    " in line and b";" not in line:
        what = "It is text in fixed-width columns, as in EDEX2000, not an EDEXML file"
        advice = "Read its folder with read_edex2000(), or request an EDEXML export."
        raise DocumentInvalid(what, where=where, advice=advice)
    if any(separator in line for separator in (b";", b",", b"\t")):
        what = "It is a table of text, such as a CSV file, not an EDEXML file"
        raise DocumentInvalid(what, where=where, advice="Request an EDEXML export.")
    return head


def _seekable(source: Source, head: bytes, rest: Iterator[bytes]) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if isinstance(source, (str, os.PathLike)):
        return Path(source).open("rb")
    kept = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by the reader of the archive
    kept.write(head)
    for chunk in rest:
        kept.write(chunk)
    return kept  # type: ignore[return-value] # typeshed does not count it as BinaryIO; it has all that is used


def _unpacked(file: BinaryIO, where: str | None) -> Iterator[bytes]:
    problem = "The zip archive is broken or encrypted, or uses an unknown compression"
    with file:
        size = file.seek(0, os.SEEK_END)
        try:
            with zipfile.ZipFile(file) as archive, archive.open(_document_in(archive, where)) as member:
                yield from _within_limits(member.read, size, where)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError):
            if not zipfile.is_zipfile(file):
                problem = _ZIP_CUT_OFF
        else:
            return
    raise DocumentInvalid(problem, where=where, advice="Request a new export, or unpack the file yourself.")


def _document_in(archive: zipfile.ZipFile, where: str | None) -> zipfile.ZipInfo:
    found = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".xml") and not entry.is_dir()]
    found = [entry for entry in found if not entry.filename.startswith("__MACOSX/")]
    if len(found) != 1:
        what = f"The zip archive holds {len(found)} XML files; one was expected"
        advice = "Unpack it, and read the right file."
        raise DocumentInvalid(what, where=where, responsible=Responsible.YOU, advice=advice)
    return found[0]


def _within_limits(read: Callable[[int], bytes], size: int, where: str | None) -> Iterator[bytes]:
    unpacked = 0
    while chunk := read(CHUNK):
        unpacked += len(chunk)
        if unpacked > MOST_UNPACKED or unpacked > _FREE + _HIGHEST_RATIO * size:
            what = "The zip archive is far too large, when unpacked, for the file of a school"
            raise DocumentInvalid(what, where=where, advice="Do not unpack the file. Did you mean to send it?")
        yield chunk
