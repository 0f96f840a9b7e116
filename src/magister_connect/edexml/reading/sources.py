"""Where the bytes of a document come from: files, bytes and streams, and zip archives around them."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from magister_connect.core.xml import CHUNK, Source, chunks_of
from magister_connect.errors import DocumentInvalid, Responsible, UsageError

_ZIP: Final = b"PK\x03\x04"
LONGEST_MARK: Final = len(_ZIP)
"""How many bytes tell what a file is."""
_GZIP: Final = b"\x1f\x8b"
_IN_MEMORY: Final = 16 * 2**20  # a larger archive that comes as a stream waits on disk
MOST_UNPACKED: Final = 4 * 2**30
"""What a zip archive may hold, in bytes: a school's file is a thousand times smaller."""
_HIGHEST_RATIO: Final = 200  # EDEXML packs about 1 to 15 (measured); deflate reaches 1 to 1000 only with bombs
_SHORTEST_EDEX2000: Final = 54  # a record of a group
_MOST_BLANKS: Final = 1024
_FREE: Final = 8 * 2**20  # below this no ratio is looked at


def is_zip(head: bytes) -> bool:
    """Whether bytes begin a zip archive."""
    return head.startswith(_ZIP)


def tells_enough(head: bytes) -> bool:
    """Whether the first bytes show what a file is: not blanks alone."""
    return len(head) >= LONGEST_MARK and (len(head) >= _MOST_BLANKS or not head.isspace())


def name_of(source: object) -> str | None:
    """The file name of a source, for messages; never the whole path, and ``None`` where there is no file."""
    return Path(source).name if isinstance(source, (str, os.PathLike)) else None


def bytes_of(source: Source) -> Generator[bytes, None, None]:
    """The bytes of a document, unpacked where it is the one XML file in a zip archive.

    Raises :class:`DocumentInvalid` for what is no XML, and for an archive that is encrypted, broken, too large, or
    holds none or several XML files; :class:`UsageError` for what is no source; ``OSError`` where a file cannot be read.
    """
    if not (hasattr(source, "read") or isinstance(source, (str, os.PathLike, bytes, Iterable))):
        raise _no_source(source)
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("<"):
        # As a path it would stand in the message of an OSError, with everybody in it.
        raise UsageError("The text is a document, but a text means the path of a file", advice="Pass its bytes.")
    where = name_of(source)
    chunks = chunks_of(source)
    head = b""
    for chunk in chunks:
        head += only_bytes(chunk)
        if tells_enough(head):
            break
    if is_zip(head):
        yield from _unpacked(_seekable(source, head, chunks), where)
        return
    if head:
        yield looked_at(head, where)
    yield from chunks


def only_bytes(chunk: object) -> bytes:
    """A piece as it is; files opened as text give another kind."""
    if not isinstance(chunk, bytes):
        raise _no_source(chunk)
    return chunk


def _no_source(given: object) -> UsageError:
    what = f"A document cannot be read from this: {type(given).__name__}"
    return UsageError(what, advice="Pass a path, bytes, a file opened in binary mode, or an iterable of bytes.")


def looked_at(head: bytes, where: str | None = None) -> bytes:
    """The first piece as it is; tells what a text is that is no XML: people export the wrong thing (observed)."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    line = head.partition(b"\n")[0].rstrip(b"\r")
    if first.startswith((b"<", b"\xff\xfe", b"\xfe\xff", b"\x00")):
        return head
    if first.startswith(_GZIP):
        what = "It is a gzip file, and no EDEXML"
        advice = "Open it with gzip.open(path), and give what that returns."
        raise DocumentInvalid(what, where=where, responsible=Responsible.YOU, advice=advice)
    if len(line) >= _SHORTEST_EDEX2000 and b"    " in line and b";" not in line:
        what = "It is text in columns of fixed width, as EDEX2000 has, and no EDEXML"
        advice = "Read its folder with read_edex2000(), or have EDEXML exported."
        raise DocumentInvalid(what, where=where, advice=advice)
    if any(separator in line for separator in (b";", b",", b"\t")):
        what = "It is a table of text, such as a CSV file, and no EDEXML"
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
    problem = "The zip archive is broken, encrypted or packed in a way that is not known"
    with file:
        size = file.seek(0, os.SEEK_END)
        try:
            with zipfile.ZipFile(file) as archive, archive.open(_document_in(archive, where)) as member:
                yield from _within_limits(member.read, size, where)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError):
            pass
        else:
            return
    raise DocumentInvalid(problem, where=where, advice="Request a new export, or unpack the file yourself.")


def _document_in(archive: zipfile.ZipFile, where: str | None) -> zipfile.ZipInfo:
    found = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".xml") and not entry.is_dir()]
    found = [entry for entry in found if not entry.filename.startswith("__MACOSX/")]
    if len(found) != 1:
        what = f"The zip archive holds {len(found)} XML files, where one was expected"
        advice = "Unpack it, and read the file that you mean."
        raise DocumentInvalid(what, where=where, responsible=Responsible.YOU, advice=advice)
    return found[0]


def _within_limits(read: Callable[[int], bytes], size: int, where: str | None) -> Iterator[bytes]:
    unpacked = 0
    while chunk := read(CHUNK):
        unpacked += len(chunk)
        if unpacked > MOST_UNPACKED or unpacked > _FREE + _HIGHEST_RATIO * size:
            what = "The zip archive unpacks to far more than a school's file can hold"
            raise DocumentInvalid(what, where=where, advice="Do not unpack the file. Did you mean to send it?")
        yield chunk
