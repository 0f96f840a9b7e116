"""Read EDEX2000, the fixed-width predecessor of EDEXML. Its four text files become one document.

Two independent public programs agree on this layout (inferred). The official text is available only in part. Dates come
in three forms, and records may be cut short. The files do not state their encoding: old DOS programs wrote ``cp850``,
later programs wrote ``cp1252``.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import attrs

from magister_connect.core.boundary import file_boundary
from magister_connect.edexml.findings import Finding, Severity
from magister_connect.edexml.model import records
from magister_connect.edexml.model.codes import CodeList, Etniciteit, Geslacht, Gewicht, Jaargroep
from magister_connect.edexml.model.countries import Land
from magister_connect.errors import DocumentInvalid, Responsible

_SCHOOL: Final = ("schooljaar", "brincode", "dependancecode")
LAYOUT: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "LL": {
        "achternaam": (0, 40),
        "tussenvoegsel": (40, 50),
        "voornaam": (50, 70),
        "geboortedatum": (70, 78),
        "geslacht": (78, 79),
        "etniciteit": (79, 80),
        "key": (80, 85),
        "groep": (85, 90),
        "schooljaar": (90, 99),
        "sofinummer": (99, 108),
        "gewicht": (108, 112),
        "postcode": (112, 118),
        "instroomdatum": (118, 126),
        "uitstroomdatum": (126, 134),
        "land": (134, 136),
        "brincode": (136, 140),
        "dependancecode": (140, 145),
    },
    "LK": {
        "achternaam": (0, 40),
        "tussenvoegsel": (40, 50),
        "voornaam": (50, 70),
        "key": (70, 75),
        "brincode": (75, 79),
        "dependancecode": (79, 84),
    },
    "GR": {
        "naam": (0, 30),
        "jaargroep": (30, 31),
        "key": (31, 36),
        "schooljaar": (36, 45),
        "brincode": (45, 49),
        "dependancecode": (49, 54),
    },
    "LG": {
        "leerkracht": (0, 5),
        "groep": (5, 10),
        "schooljaar": (10, 19),
        "brincode": (19, 23),
        "dependancecode": (23, 28),
    },
}
"""The position of each field: the first number is its start, the second is just after its end."""
_FILE: Final = re.compile(r"edex(ll|lk|gr|lg)\w?\.txt", re.IGNORECASE)
_DATE: Final = re.compile(r"(\d\d)[/|-]?(\d\d)[/|-]?(\d\d(?:\d\d)?)")
_YEAR: Final = re.compile(r"\d{4}-\d{4}")
_POSTCODE: Final = re.compile(r"\d{4}[A-Z]{2}")
_Code = TypeVar("_Code", bound=CodeList)
_Row: TypeAlias = Mapping[str, str]
_Record = TypeVar("_Record", records.Groep, records.Leerling, records.Leerkracht)


@file_boundary.around
def read_edex2000(
    source: str | os.PathLike[str] | Mapping[str, bytes], *, encoding: str = "cp850", schooljaar: str | None = None
) -> records.Document:
    """Read the document from a folder with EDEXLL.TXT (and EDEXLK, EDEXGR, EDEXLG), or a mapping of names to bytes.

    Only the file of pupils is required. Years of two digits are in the hundred years up to the school year. Pass
    ``schooljaar`` if the files do not state it.

    A group with an unknown year group has none. Other data that is not understood is kept in ``extra``. ``findings``
    lists both, and also each reference to a group or teacher that is in no file.

    Raises :class:`~magister_connect.errors.DocumentInvalid` if the file of pupils is missing, or a key is missing or
    used twice. Raises it too if the files belong to several schools or years. Raises ``OSError`` if the folder or a
    file cannot be read.
    """
    texts = _texts(source, encoding)
    if "LL" not in texts:
        advice = "Pass the folder that contains EDEXLL.TXT, or request a new export."
        raise DocumentInvalid(
            "The file of the pupils, EDEXLL.TXT, is missing", responsible=Responsible.YOU, advice=advice
        )
    rows = {kind: list(_rows(kind, texts.get(kind, ""))) for kind in LAYOUT}
    school = _school(rows, schooljaar)
    reader = _Reader(int(school.schooljaar[:4]))
    groups = tuple(reader.each("GR", rows["GR"], reader.group))
    pupils = tuple(reader.each("LL", rows["LL"], reader.pupil))
    teachers = tuple(reader.each("LK", rows["LK"], reader.teacher))
    members = reader.members(rows["LG"], {teacher.key for teacher in teachers})
    return records.Document(
        school,
        groepen=groups,
        leerlingen=pupils,
        leerkrachten=tuple(attrs.evolve(one, groepen=members.get(one.key, ())) for one in teachers),
        findings=tuple(reader.findings),
    )


def _texts(source: str | os.PathLike[str] | Mapping[str, bytes], encoding: str) -> Mapping[str, str]:
    if isinstance(source, (str, os.PathLike)):
        source = {path.name: path.read_bytes() for path in Path(source).iterdir() if _FILE.fullmatch(path.name)}
    found = {name: _FILE.fullmatch(Path(name).name) for name in source}
    return {match[1].upper(): _decoded(source[name], encoding, match[0]) for name, match in found.items() if match}


def _decoded(content: bytes, encoding: str, where: str) -> str:
    text: str | None = None
    with contextlib.suppress(UnicodeDecodeError, LookupError):
        text = content.rstrip(b"\x1a").decode(encoding).replace("\r\n", "\n")
    if text is None:
        advice = "Pass the encoding of the file, such as 'cp850' or 'cp1252'."
        raise DocumentInvalid(
            "The file is not in the encoding that you passed", where=where, responsible=Responsible.YOU, advice=advice
        )
    _refuse_cut_off(text, where)
    return text


def _refuse_cut_off(text: str, where: str) -> None:
    """Raise if the last record ends early: it has no line end, and all other records are longer and equally long.

    Its key, or that of its group, could be another one.
    """
    *others, last = text.split("\n")
    lengths = {len(line) for line in others if line.strip()}
    if last.strip() and len(lengths) == 1 and len(last.rstrip("\r")) < min(lengths):
        what = "The file ends too early: its last record is shorter than the others"
        raise DocumentInvalid(
            what, where=where, line=len(others) + 1, advice="Copy the file again, or make a new export."
        )


def _rows(kind: str, text: str) -> Iterator[_Row]:
    """Yield a mapping for each line that is not blank. Fields beyond the end of a short line are empty."""
    for line in text.split("\n"):
        if line.strip():
            yield {name: line[start:end].strip() for name, (start, end) in LAYOUT[kind].items()}


def _school(rows: Mapping[str, Iterable[_Row]], schooljaar: str | None) -> records.School:
    found: dict[str, str] = {} if schooljaar is None else {"schooljaar": schooljaar}
    for row in (row for of in rows.values() for row in of):
        for name in _SCHOOL:
            value = row.get(name, "")
            if name == "schooljaar" and not _YEAR.fullmatch(value):
                continue  # a record that is cut short
            if value and value != found.setdefault(name, value):
                advice = "Put the files of one school and one year in a separate folder."
                raise DocumentInvalid("The files belong to several schools or years", where=name, advice=advice)
    if not _YEAR.fullmatch(found.get("schooljaar", "")):
        what = "The files do not state their school year"
        advice = "Pass it: read_edex2000(folder, schooljaar='2003-2004')."
        raise DocumentInvalid(what, where="schooljaar", responsible=Responsible.YOU, advice=advice)
    code = found.get("dependancecode", "")
    return records.School(
        found["schooljaar"],
        brincode=found.get("brincode") or None,
        dependancecode=code if found.get("brincode") and len(code) == 2 and code.isdecimal() else None,
        xsdversie="2.1",
    )


class _Reader:
    """Turns rows into records, and notes what it does not understand."""

    def __init__(self, year: int) -> None:
        self._year = year
        self.findings: list[Finding] = []
        self._place = ""
        self._line = 0
        self._extra: list[tuple[str, str]] = []
        self._years: dict[str, Jaargroep | None] = {}

    def each(self, kind: str, rows: Iterable[_Row], make: Callable[[_Row], _Record]) -> Iterator[_Record]:
        seen: set[str] = set()
        for self._line, row in enumerate(rows, 1):
            self._place, self._extra = f"EDEX{kind}.TXT", []
            if not row["key"] or row["key"] in seen:
                words = "The record has no key" if not row["key"] else "This key is used twice"
                advice = "Have the export made again, with a key of its own for every record."
                raise DocumentInvalid(words, where=self._place, line=self._line, advice=advice)
            seen.add(row["key"])
            record = make(row)
            yield attrs.evolve(record, extra=tuple(self._extra)) if self._extra else record

    def group(self, row: _Row) -> records.Groep:
        year = self._years[row["key"]] = self._code(Jaargroep, row, "jaargroep")
        return records.Groep(row["key"], row["naam"], year)

    def members(self, rows: Iterable[_Row], teachers: Container[str]) -> dict[str, tuple[records.GroepReferentie, ...]]:
        """Return the groups of each teacher."""
        found: dict[str, dict[str, records.GroepReferentie]] = {}
        self._place = "EDEXLG.TXT"
        for self._line, row in enumerate(rows, 1):
            known: dict[str, Container[str]] = {"leerkracht": teachers, "groep": self._years}
            if unknown := next((name for name, keys in known.items() if row[name] not in keys), None):
                self._dangling(unknown)
            else:
                found.setdefault(row["leerkracht"], {})[row["groep"]] = records.GroepReferentie(row["groep"])
        return {teacher: tuple(groups.values()) for teacher, groups in found.items()}

    def teacher(self, row: _Row) -> records.Leerkracht:
        surname, prefix, called = _names(row)
        return records.Leerkracht(row["key"], achternaam=surname, voorvoegsel=prefix, roepnaam=called)

    def pupil(self, row: _Row) -> records.Leerling:
        postcode = row["postcode"].upper().replace(" ", "")
        is_dutch = _POSTCODE.fullmatch(postcode) is not None
        sofinummer = row["sofinummer"]
        if sofinummer and not (len(sofinummer) == 9 and sofinummer.isdecimal()):
            self._keep("sofinummer", sofinummer)
            sofinummer = ""
        surname, prefix, called = _names(row)
        group = row["groep"] or None
        if group is not None and group not in self._years:
            self._extra.append(("groep", group))
            self._dangling("groep")
            group = None
        return records.Leerling(
            row["key"],
            achternaam=surname,
            voorvoegsel=prefix,
            roepnaam=called,
            geboortedatum=self._date(row, "geboortedatum", born=True),
            geslacht=self._code(Geslacht, row, "geslacht"),
            etniciteit=self._code(Etniciteit, row, "etniciteit"),
            land=self._code(Land, row, "land"),
            gewicht=self._code(Gewicht, row, "gewicht"),
            jaargroep=self._years[group] if group is not None else None,
            groep=group,
            sofinummer=sofinummer or None,
            postcodenl=postcode if is_dutch else None,
            postcodeoverig=None if is_dutch else row["postcode"] or None,
            instroomdatum=self._date(row, "instroomdatum"),
            uitstroomdatum=self._date(row, "uitstroomdatum"),
        )

    def _code(self, codes: type[_Code], row: _Row, name: str) -> _Code | None:
        text = row[name].replace(",", ".") if codes is Gewicht else row[name]
        found = codes.of(text)
        if found is None and text:
            self._keep(name, row[name])
        return found

    def _date(self, row: _Row, name: str, *, born: bool = False) -> dt.date | None:
        text = row[name]
        if not text or not text.strip("0/|-"):
            return None
        if found := _DATE.fullmatch(text):
            day, month, year = (int(part) for part in found.groups())
            if len(found[3]) == 2:
                year += self._century(year, born=born)
            try:
                return dt.date(year, month, day)
            except ValueError:
                pass
        self._keep(name, text)
        return None

    def _century(self, year: int, *, born: bool) -> int:
        """Complete a year of two digits.

        A birth is before the end of the school year; other dates are within fifty years of it.
        """
        last = self._year + 1 if born else self._year + 50
        return last // 100 * 100 - (100 if year > last % 100 else 0)

    def _dangling(self, name: str) -> None:
        words = "This refers to a key that does not exist"
        self.findings.append(Finding("X11", Severity.WARNING, words, f"{self._place}/{name}", self._line))

    def _keep(self, name: str, text: str) -> None:
        self._extra.append((name, text))
        words = "The value was not understood and was kept unchanged"
        self.findings.append(Finding("L09", Severity.WARNING, words, f"{self._place}/{name}", self._line))


def _names(row: _Row) -> tuple[str | None, str | None, str | None]:
    surname = row["achternaam"] or None
    return surname, (row["tussenvoegsel"] or None) if surname else None, row["voornaam"] or None
