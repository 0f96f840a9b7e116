"""Code files with their origin, date and hash, so that you can repeat a run with the same files."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from attrs import field, frozen

from magister_connect.core.records.serialization import PlainData
from magister_connect.core.tables.text_tables import TextTable, read_text_table
from magister_connect.errors import DocumentInvalid, Responsible

LARGEST_MEMBER: Final = 512 * 1024 * 1024
"""The limit for a file inside an archive, in bytes. The largest known table needs a tenth of it."""
_WRITE_AGAIN: Final = "Write the manifest again with Manifest.of(files)."
_AGAIN: Final = "Download the file again. If that does not help, report it to the publisher of the table."


def _size_only(content: bytes) -> str:
    return f"<{len(content)} bytes>"


@frozen
class CodeFile(PlainData):
    """A file as it was published. ``address`` and ``retrieved_at`` (aware) are set if it was downloaded."""

    name: str
    content: bytes = field(repr=_size_only)
    address: str | None = None
    retrieved_at: dt.datetime | None = None

    @classmethod
    def read(
        cls, path: str | os.PathLike[str], *, address: str | None = None, retrieved_at: dt.datetime | None = None
    ) -> CodeFile:
        """Read a file on this machine. Pass its origin and date if you know them. Raises :class:`FileNotFoundError`."""
        return cls(Path(path).name, Path(path).read_bytes(), address, retrieved_at)

    @property
    def sha256(self) -> str:
        """The SHA-256 hash of the content, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


Source: TypeAlias = str | os.PathLike[str] | bytes | CodeFile
"""A path, the content itself, or a :class:`CodeFile`."""


def file_of(source: Source) -> CodeFile:
    """Return the file for a source."""
    if isinstance(source, CodeFile):
        return source
    return CodeFile("table", source) if isinstance(source, bytes) else CodeFile.read(source)


@frozen
class ManifestEntry(PlainData):
    """The recorded data of a file: its name, address, size, hash, and when it was retrieved."""

    name: str
    sha256: str
    size: int
    address: str | None = None
    retrieved_at: dt.datetime | None = None


@frozen
class Manifest(PlainData):
    """The files that a job uses. Keep the manifest in version control, and the files with the job."""

    entries: tuple[ManifestEntry, ...] = ()

    @classmethod
    def of(cls, files: Iterable[CodeFile]) -> Manifest:
        """Create the manifest of these files."""
        return cls(
            tuple(
                ManifestEntry(each.name, each.sha256, len(each.content), each.address, each.retrieved_at)
                for each in files
            )
        )

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Manifest:
        """Read a manifest of :meth:`write`. Raises :class:`DocumentInvalid` for another file."""
        try:
            return cls.from_dict(json.loads(Path(path).read_bytes()))
        except (ValueError, TypeError, AttributeError):
            pass
        except Exception as error:  # noqa: BLE001 - FieldInvalid and others: the text names the path only
            raise DocumentInvalid(
                "This is not a manifest",
                where=f"{Path(path).name}: {error}",
                responsible=Responsible.YOU,
                advice=_WRITE_AGAIN,
            ) from None
        raise DocumentInvalid(
            "This is not a manifest", where=Path(path).name, responsible=Responsible.YOU, advice=_WRITE_AGAIN
        )

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the manifest as JSON."""
        text = json.dumps(self.to_dict(reveal=True), ensure_ascii=False, indent=2)
        Path(path).write_text(f"{text}\n", encoding="utf-8")

    def check(self, file: CodeFile) -> None:
        """Raise :class:`DocumentInvalid` unless the file is the one that the manifest has under its name."""
        known = next((entry for entry in self.entries if entry.name == file.name), None)
        if known is None:
            names = ", ".join(entry.name for entry in self.entries) or "nothing"
            raise DocumentInvalid(
                "The manifest does not list this file",
                where=file.name,
                responsible=Responsible.YOU,
                advice=f"Add it with Manifest.of(files), or pass a listed file. The manifest lists {names}.",
            )
        if known.sha256 != file.sha256:
            raise DocumentInvalid(
                "The file differs from the one in the manifest",
                where=file.name,
                responsible=Responsible.YOU,
                advice="Use the earlier file, or check what changed and write the manifest again.",
            )


def unpack(file: CodeFile, *, limit: int = LARGEST_MEMBER) -> Mapping[str, Callable[[], bytes]]:
    """Return the files in a zip, each with a function that reads it.

    Raises :class:`DocumentInvalid` if the file is not a complete zip. Reading a member raises it if the member is
    larger than ``limit`` bytes, is encrypted, or does not match its checksum.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(file.content))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError):
        archive = None
    if archive is None:
        raise DocumentInvalid("This is not a complete zip archive", where=file.name, advice=_AGAIN)

    def reader(info: zipfile.ZipInfo) -> Callable[[], bytes]:
        return lambda: _unpacked(archive, info, f"{file.name}/{info.filename}", limit)

    return {info.filename: reader(info) for info in archive.infolist() if not info.is_dir()}


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, limit: int) -> bytes:
    content = None
    if info.file_size <= limit:  # the size that the archive states; the real size is checked while reading
        try:
            with archive.open(info) as member:
                content = member.read(limit + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
            raise DocumentInvalid("A file in the archive is damaged or encrypted", where=where, advice=_AGAIN) from None
    if content is None or len(content) > limit:
        raise DocumentInvalid(f"A file in the archive unpacks to more than {limit} bytes", where=where, advice=_AGAIN)
    return content


def read_table(
    source: Source,
    columns: Sequence[str] = (),
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    header_line: int = 1,
) -> TextTable:
    """Read a CSV file or workbook as text, with at least these columns; see :func:`read_text_table`.

    Raises :class:`DocumentInvalid` with the name of the file, the missing columns, and the columns of the file.
    """
    file = file_of(source)
    try:
        table = read_text_table(
            file.content, delimiter=delimiter, encoding=encoding, sheet=sheet, header_line=header_line
        )
    except DocumentInvalid as error:
        error.where = file.name if error.where is None else f"{file.name}: {error.where}"
        raise
    require_columns(table.columns, columns, file.name)
    return table


def require_columns(there: Sequence[str], wanted: Iterable[str], where: str) -> None:
    """Raise :class:`DocumentInvalid` with the missing columns, and those of the file."""
    if missing := [name for name in wanted if name not in there]:
        raise DocumentInvalid(
            f"Columns are missing: {', '.join(missing)}",
            where=where,
            line=1,
            responsible=Responsible.YOU,
            advice=f"Check the table and its year, or pass the names of its columns. The file has {', '.join(there)}.",
        )


def require_rows(count: int, where: str) -> None:
    """Raise :class:`DocumentInvalid` for a table without rows: every code would be unknown."""
    if not count:
        raise DocumentInvalid("The table has no rows", where=where, responsible=Responsible.YOU, advice=_AGAIN)
