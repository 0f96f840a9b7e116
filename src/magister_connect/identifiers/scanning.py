"""Looking for personal numbers in a folder before it leaves the school.

Runs of nine digits, with or without a blank, dot or hyphen between them, and runs of eight that are a BSN with the zero
in front that they lost (inferred). What passes the eleven test is a finding; one in six random runs passes too, so the
runs that do not are counted next to it: a file in which almost all pass is a list of people. No number is told.
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
from magister_connect.core.serialization import PlainData

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
    """What was found in one file: how many runs pass the eleven test, how many do not, and the first lines of those.

    ``path`` is told without digits that would themselves be a finding. ``in_name`` says that the name holds one.
    """

    path: str
    passing: int
    failing: int
    lines: tuple[int, ...] = ()
    in_name: bool = False

    @property
    def clean(self) -> bool:
        """Whether nothing that may be a personal number was found."""
        return not self.passing and not self.in_name


@frozen
class ScanReport(PlainData):
    """Every file that was looked into, and those that could not be, each with its reason."""

    files: tuple[ScannedFile, ...]
    unread: tuple[tuple[str, str], ...] = field(default=())

    @property
    def findings(self) -> tuple[ScannedFile, ...]:
        """The files that hold what may be a personal number."""
        return tuple(file for file in self.files if not file.clean)

    @property
    def ok(self) -> bool:
        """Whether everything was read and nothing found."""
        return not self.findings and not self.unread

    def __str__(self) -> str:
        found = [
            f"{file.path}: {file.passing} may be personal numbers, {file.failing} are other runs of nine digits"
            f"{'; its name holds one' if file.in_name else ''}"
            for file in self.findings
        ]
        return "\n".join(found + [f"{path}: not looked into ({why})" for path, why in self.unread]) or "nothing found"


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
    """Look into a file, or into every file below a folder; archives (zip, gz, xlsx, docx) are opened.

    Formats whose text cannot be seen from outside (Parquet, PDF, databases, images, encrypted archives) are told as not
    looked into. Raises :class:`FileNotFoundError` where there is nothing.
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
        text = rest + piece.replace(b"\x00", b"")  # UTF-16 is digits with zeros between them
        whole = text.endswith(b"\n")
        cut = len(text) if whole else _end_of_run(text)
        tally.take(number, text[:cut])
        number, rest = number + whole, text[cut:]
    tally.take(number, rest)
    return ScannedFile(_masked(shown), tally.passing, tally.failing, tuple(tally.lines), any(_passes(shown.encode())))


def _end_of_run(text: bytes) -> int:
    """Where a piece of a long line can be cut without cutting through a number."""
    return len(text) - len(_TAIL.search(text)[0])  # type: ignore[index]  # the pattern matches nothing at all as well


def _passes(text: bytes) -> Iterator[bool]:
    """For each run of digits whether it may be a personal number; runs of eight only where it may."""
    for run in _NINE.finditer(text):
        yield kind_of(_NOT_DIGITS.sub(b"", run[0]).decode()) in _PASSING
    for run in _EIGHT.finditer(_NINE.sub(b"", text)):
        if kind_of(f"0{run[0].decode()}") is PgnKind.BSN:
            yield True


def _masked(shown: str) -> str:
    text = _NINE.sub(b"*********", shown.encode())
    return _EIGHT.sub(b"********", text).decode()
