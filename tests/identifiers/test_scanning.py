"""Looking for personal numbers before an export leaves the school."""

import gzip
import zipfile
from pathlib import Path

import pytest

from magister_connect.identifiers import scanning
from magister_connect.identifiers.scanning import scan
from magister_connect.sandbox.school.identities import PUPIL_NUMBERS

NUMBERS = [number.reveal() for number in PUPIL_NUMBERS[:10]]


def lines(*texts: str) -> bytes:
    return "\n".join(texts).encode() + b"\n"


@pytest.mark.parametrize(
    ("content", "passing", "failing", "told"),
    [
        (lines("naam;bsn", *(f"x;{number}" for number in NUMBERS)), 10, 0, (2, 3, 4, 5, 6)),
        (lines("111222334", "182071648"), 0, 2, ()),
        (b"1112.22.333 and 111 222 333 and 111-222-333.", 3, 0, (1,)),
        (b"111222333.0", 1, 0, (1,)),
        (b"63138219,12345678", 1, 0, (1,)),
        (b"00000007000250000000 1763629200 0612345678 2025-10-01T10:00:00 51155", 0, 0, ()),
        ("bsn\n111222333\n".encode("utf-16"), 1, 0, (2,)),
        (gzip.compress(b"111222333", mtime=0), 1, 0, (1,)),
        (b"", 0, 0, ()),
    ],
)
def test_a_file_is_looked_into(
    tmp_path: Path, content: bytes, passing: int, failing: int, told: tuple[int, ...]
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    (found,) = scan(path).files
    assert (found.passing, found.failing, found.lines) == (passing, failing, told)
    assert found.clean is (passing == 0)


@pytest.mark.parametrize("size", range(1, 24))
def test_a_number_is_found_wherever_a_long_line_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(scanning, "_LONGEST_LINE", size)
    (tmp_path / "x").write_bytes(b"abc,111222333,abc,1112.22.333\n101222331")
    (found,) = scan(tmp_path).files
    assert (found.passing, found.failing, found.lines) == (3, 0, (1, 2))


def test_a_folder_is_looked_into_with_its_archives(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "clean.csv").write_bytes(b"51155;A\n")
    with zipfile.ZipFile(tmp_path / "all.xlsx", "w") as archive:
        archive.writestr("sheet.xml", "<v>111222333</v>")
        archive.writestr("other.xml", "<v>1</v>")
    (tmp_path / "table.parquet").write_bytes(b"PAR1...")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04...")
    report = scan(tmp_path)
    assert [file.path for file in report.findings] == ["all.xlsx!sheet.xml"]
    assert report.unread == (("broken.zip", "BadZipFile"), ("table.parquet", "Parquet"))
    assert not report.ok
    assert str(report).splitlines() == [
        "all.xlsx!sheet.xml: 1 may be personal numbers, 0 are other runs of nine digits",
        "broken.zip: not searched (BadZipFile)",
        "table.parquet: not searched (Parquet)",
    ]


@pytest.mark.parametrize(("name", "shown"), [("111222333.pdf.txt", "*********.pdf.txt"), ("63138219", "********")])
def test_a_number_in_a_name_is_found_and_not_told(tmp_path: Path, name: str, shown: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    report = scan(tmp_path)
    assert [(file.path, file.in_name) for file in report.findings] == [(shown, True)]
    assert "its name contains one" in str(report)


def test_nothing_found_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"51155")
    assert scan(tmp_path).ok
    assert str(scan(tmp_path)) == "nothing found"


def test_a_report_never_tells_a_number(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(lines(*NUMBERS))
    shown = f"{scan(tmp_path)!r} {scan(tmp_path)}"
    assert not any(number in shown for number in NUMBERS)


def test_what_is_not_there_cannot_be_scanned(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "nothing")
