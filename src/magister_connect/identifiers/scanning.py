"""Search a folder for personal numbers before it leaves the school.

It searches for runs of nine digits, with an optional blank, dot or hyphen between them. It also searches for runs of
eight digits that are a BSN with a lost leading zero (inferred). A run that passes the eleven test is a finding. One in
six random runs passes too, so the other runs are counted as well. A file in which almost all runs pass is a list of
people. No number is shown.
"""

from __future__ import annotations

import gzip
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, cast

from attrs import define, field, frozen

from magister_connect.core.boundary import file_boundary
from magister_connect.core.elfproef import PgnKind, kind_of
from magister_connect.core.records.serialization import PlainData

_NINE: Final = re.compile(rb"(?<![0-9])(?:[0-9][ .\-]?){8}[0-9](?![0-9])")
_EIGHT: Final = re.compile(rb"(?<![0-9])[0-9]{8}(?![0-9])")
_PASSING: Final = frozenset({PgnKind.BSN, PgnKind.ONDERWIJSNUMMER})
_NOT_DIGITS: Final = re.compile(rb"[^0-9]")
_OPAQUE: Final = {
    b"PAR1": "Parquet",
    b"%PDF": "PDF",
    b"SQLi": "SQLite",
    b"\x89PNG": "image",
    b"\xff\xd8\xff\xe0": "image",
}
_LINES_TOLD: Final = 5
_LONGEST_LINE: Final = 1 << 20
_TAIL: Final = re.compile(rb"[0-9 .\-]*\Z")


@frozen
class ScannedFile(PlainData):
    """The result for one file: how many runs pass the eleven test, how many do not, and the first lines with a finding.

    ``path`` is shown without digits that would be a finding. ``in_name`` means that the name contains one.
    """

    path: str
    passing: int
    failing: int
    lines: tuple[int, ...] = ()
    in_name: bool = False

    @property
    def clean(self) -> bool:
        """Whether no possible personal number was found."""
        return not self.passing and not self.in_name


@frozen
class ScanReport(PlainData):
    """Every file that was searched, and those that could not be, each with its reason."""

    files: tuple[ScannedFile, ...]
    unread: tuple[tuple[str, str], ...] = field(default=())

    @property
    def findings(self) -> tuple[ScannedFile, ...]:
        """The files that may contain a personal number."""
        return tuple(file for file in self.files if not file.clean)

    @property
    def ok(self) -> bool:
        """Whether everything was read and nothing was found."""
        return not self.findings and not self.unread

    def __str__(self) -> str:
        found = [
            f"{file.path}: {file.passing} may be personal numbers, {file.failing} are other runs of nine digits"
            f"{'; its name contains one' if file.in_name else ''}"
            for file in self.findings
        ]
        return "\n".join(found + [f"{path}: not searched ({why})" for path, why in self.unread]) or "nothing found"


@define
class _Tally:
    passing: int = 0
    failing: int = 0
    lines: list[int] = field(factory=list)

    def take(self, number: int, text: bytes) -> None:
        found = list(_passes(text))
        self.passing += sum(found)
        self.failing += len(found) - sum(found)
        if any(found) and len(self.lines) < _LINES_TOLD and number not in self.lines:
            self.lines.append(number)


@file_boundary.around
def scan(path: str | os.PathLike[str]) -> ScanReport:
    """Search a file, or every file below a folder. Archives (zip, gz, xlsx, docx) are opened.

    Formats without readable text (Parquet, PDF, databases, images, encrypted archives) are reported as not searched.
    Raises :class:`FileNotFoundError` if the path does not exist.
    """
    root = Path(path)
    files: list[ScannedFile] = []
    unread: list[tuple[str, str]] = []
    for place in sorted(_files_below(root)):
        shown = str(place.relative_to(root)) if root.is_dir() else place.name
        try:
            with place.open("rb") as opened:
                files += _scan_opened(shown, opened, unread)
        except Exception as error:  # noqa: BLE001 - what a damaged archive trips differs with its format
            unread.append((_masked(shown), type(error).__name__))
    return ScanReport(tuple(files), tuple(unread))


def _files_below(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        root.stat()
        return iter((root,))
    return (each for each in root.rglob("*") if each.is_file())


def _scan_opened(shown: str, opened: IO[bytes], unread: list[tuple[str, str]]) -> Iterator[ScannedFile]:
    magic = opened.read(4)
    opened.seek(0)
    if magic == b"PK\x03\x04":
        with zipfile.ZipFile(opened) as archive:
            for member in archive.namelist():
                with archive.open(member) as inside:
                    yield _scan_text(f"{shown}!{member}", inside)
    elif magic[:2] == b"\x1f\x8b":
        with gzip.open(opened) as inside:
            yield _scan_text(shown, cast("IO[bytes]", inside))
    elif magic in _OPAQUE:
        unread.append((_masked(shown), _OPAQUE[magic]))
    else:
        yield _scan_text(shown, opened)


def _scan_text(shown: str, opened: IO[bytes]) -> ScannedFile:
    tally = _Tally()
    number, rest = 1, b""
    while piece := opened.readline(_LONGEST_LINE):
        text = rest + piece.replace(b"\x00", b"")  # ASCII digits in UTF-16 have zero bytes between them
        whole = text.endswith(b"\n")
        cut = len(text) if whole else _end_of_run(text)
        tally.take(number, text[:cut])
        number, rest = number + whole, text[cut:]
    tally.take(number, rest)
    return ScannedFile(_masked(shown), tally.passing, tally.failing, tuple(tally.lines), any(_passes(shown.encode())))


def _end_of_run(text: bytes) -> int:
    """Return where a piece of a long line can be split without splitting a number."""
    return len(text) - len(_TAIL.search(text)[0])  # type: ignore[index]  # the pattern matches nothing at all as well


def _passes(text: bytes) -> Iterator[bool]:
    """Yield for each run of digits whether it may be a personal number; a run of eight only if it may."""
    for run in _NINE.finditer(text):
        yield kind_of(_NOT_DIGITS.sub(b"", run[0]).decode()) in _PASSING
    for run in _EIGHT.finditer(_NINE.sub(b"", text)):
        if kind_of(f"0{run[0].decode()}") is PgnKind.BSN:
            yield True


def _masked(shown: str) -> str:
    text = _NINE.sub(b"*********", shown.encode())
    return _EIGHT.sub(b"********", text).decode()
