"""Find everything that is wrong with a document, in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import attrs

from magister_connect.core.boundary import file_boundary
from magister_connect.core.xml import Source
from magister_connect.edexml.checking.completeness import Tally
from magister_connect.edexml.checking.report import Report
from magister_connect.edexml.checking.rules import Meaning, Remark
from magister_connect.edexml.findings import Cause, Finding, Severity, Subject
from magister_connect.edexml.model import records
from magister_connect.edexml.model.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.model.kinds import KIND_OF
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.versions import VERSIONS, model
from magister_connect.edexml.reading.builder import Problem
from magister_connect.edexml.reading.detection import needed_version
from magister_connect.edexml.reading.documents import reading_of, records_of
from magister_connect.edexml.reading.feed import DocumentFeed, Guard, stated_version
from magister_connect.edexml.reading.identity import KeyViolation
from magister_connect.edexml.reading.observers import Observer, Place
from magister_connect.edexml.reading.sources import bytes_of, name_of
from magister_connect.errors import DocumentInvalid

_NOT_OF_THE_SCHEMA: Final = {"X20": Severity.WARNING, "X17": Severity.HINT}
_UNDEFINED: Final = {
    "groep": "undefined group",
    "samengestelde_groep": "undefined combined group",
    "vestiging": "undefined location",
}


@file_boundary.around
def check(
    source: Source,
    *,
    version: str | None = None,
    strict_schooljaar: bool = False,
    numbers: bool = False,
    blocks: BlockTypes = BLOCKS,
    encoding: str | None = None,
    most: int = 10_000,
) -> Report:
    """Check a document against the schema of its version and the rules of meaning.

    What is wrong with the document is in the report; it never raises an error.

    - ``version`` checks the document as this version, whatever version it states.
    - ``strict_schooljaar`` accepts only the school years in the schema's list, which ends at 2019-2020 (1.03) and
      2024-2025.
    - ``numbers`` also checks the digits of personal numbers, postcodes and BRIN (S15, S16). The handbook and the schema
      do not require this.
    - ``blocks`` are the block types that count as known extensions. The standard ones are the remark, which is part of
      the schema, and the LVS block.
    - ``encoding`` replaces the encoding that the file declares. Use it if the declaration is wrong.
    - ``most`` limits how many findings are kept for each rule, so that one rule cannot push out the others. All are
      counted.

    Memory grows by two 64-bit hashes per person, because keys and ECK iDs must be unique. Raises ``OSError`` if a file
    cannot be read, and :class:`~magister_connect.errors.UsageError` for an invalid source, version or encoding.
    """
    reading = reading_of(source, version, blocks, "error", lenient=False, encoding=encoding)
    checker = _Checker(most=most, strict_schooljaar=strict_schooljaar)
    feed = checker.feed = DocumentFeed(reading, checker)
    guard = Guard(feed, checker, everyone=True)
    tally = Tally()
    meaning: Meaning | None = None
    try:
        for item in guard.pass_on(records_of(feed, bytes_of(source))):
            meaning = meaning or Meaning(feed.version or VERSIONS[-1], guard.knows, numbers=numbers)
            for remark in meaning.remarks(item):
                checker.remark(remark, item)
            tally.add(item)
            checker.see(item)
    except DocumentInvalid as invalid:
        checker.refuse(invalid)
    return Report(
        feed.version,
        checker.schooljaar,
        tuple(checker.found),
        checker.counts,
        tally.result(),
        tuple(checker.extensions),
        name_of(source),
    )


class _Checker(Observer):
    """Collects findings: keeps the first ones of each rule, and counts all of them."""

    feed: DocumentFeed

    def __init__(self, *, most: int, strict_schooljaar: bool) -> None:
        self.found: list[Finding] = []
        self.counts: Counter[tuple[str, Severity]] = Counter()
        self.extensions: dict[str, None] = {}
        self.schooljaar: str | None = None
        self._most = most
        self._kept: Counter[str] = Counter()
        self._strict_schooljaar = strict_schooljaar
        self._stated: str | None = None
        self._is_newer = False
        self._undefined: dict[tuple[str, str | None], int] = {}
        self._names: dict[str, str] = {}  # of the groups, by key

    def note(
        self,
        code: str,
        severity: Severity,
        words: str,
        place: Place,
        item: Item | None = None,
        cause: Cause | None = None,
    ) -> None:
        """Count a finding, and keep it if it is among the first of its rule."""
        if self._keeps(code, severity):
            subject = None if item is None else self._subject(item)
            self.found.append(Finding(code, severity, words, place.path, place.line, cause, subject))

    def _keeps(self, code: str, severity: Severity) -> bool:
        self.counts[code, severity] += 1
        self._kept[code] += 1
        return self._kept[code] <= self._most

    def _subject(self, item: Item) -> Subject | None:
        if isinstance(item, records.School):
            return None
        kind = KIND_OF[type(item)].name
        if isinstance(item, (records.Leerling, records.Leerkracht)):
            group = getattr(item, "groep", None) or ""
            name = " ".join(filter(None, (item.roepnaam, item.voorvoegsel, item.achternaam)))
            return Subject(kind, item.key or "", name, self._names.get(group, group))
        return Subject(kind, item.key or "", item.naam or "")

    def _subject_of_markup(self, texts: Mapping[str, str]) -> Subject | None:
        """Return the subject from the texts of an element, when no record has been built yet."""
        if not texts.get("@key"):
            return None
        names = ("roepnaam", "voorvoegsel", "achternaam") if texts[""].startswith("leer") else ("naam",)
        name = " ".join(filter(None, (texts.get(one) for one in names)))
        group = texts.get("groep", "")
        return Subject(texts[""], texts["@key"], name, self._names.get(group, group))

    def problem(self, problem: Problem, place: Place) -> None:
        """Note a deviation from the schema. If the newest version allows it, its cause is the stated version."""
        if problem.code == "X17":
            self.extensions[problem.name or ""] = None
        severity = _NOT_OF_THE_SCHEMA.get(problem.code, Severity.ERROR)
        cause = Cause.VERSION if self.feed.fits_newest(problem) else None
        if self._keeps(problem.code, severity):
            subject = self._subject_of_markup(self.feed.texts_of_record())
            self.found.append(Finding(problem.code, severity, problem.words, place.path, place.line, cause, subject))

    def violation(self, violation: KeyViolation, place: Place, item: Item) -> None:
        """Note a key or a reference that breaks a rule. Keys that do not exist are numbered."""
        words = violation.words
        if violation.code == "X11":
            number = self._undefined.setdefault((violation.kind, violation.target), len(self._undefined) + 1)
            words = f"This refers to {_UNDEFINED[violation.kind]} {number}, which is not in the file"
        self.note(violation.code, Severity.ERROR, words, place, item)

    def unknown_version(self, stated: str | None, place: Place) -> str:
        """Return the newest version, and note a finding if the stated version is unknown."""
        if stated is not None:
            words = "The stated xsdversie is unknown; the file was checked as the newest version"
            self.note("S24", Severity.WARNING, words, attrs.evolve(place, path=f"{place.path}/xsdversie"))
        return VERSIONS[-1]

    def remark(self, remark: Remark, item: Item) -> None:
        """Note a breach of a rule of meaning."""
        code, severity, words, field = remark
        cause = {"S18": Cause.YEAR, "S37": Cause.ENCODING}.get(code)
        if self._keeps(code, severity):
            place = self.feed.place_of_item(field)
            self.found.append(Finding(code, severity, words, place.path, place.line, cause, self._subject(item)))

    def refuse(self, invalid: DocumentInvalid) -> None:
        """Note that the document cannot be read to its end."""
        cause = Cause.ENCODING if "encoding" in invalid.what else None
        self.note("X00", Severity.ERROR, invalid.what, Place(invalid.where or "", invalid.line), cause=cause)

    def see(self, item: Item) -> None:
        """Apply the rules that depend on the version: S24 and, on request, the list of school years."""
        if isinstance(item, records.School):
            self._school(item)
        elif isinstance(item, records.Groep):
            self._names[item.key] = item.naam
        if not self._is_newer and self._stated in VERSIONS and self._stated != VERSIONS[-1]:
            self._is_newer = VERSIONS.index(needed_version(item)) > VERSIONS.index(self._stated or "")
            if self._is_newer:
                words = "The record contains data that the stated version does not have"
                self.note("S24", Severity.WARNING, words, self.feed.place_of_item(), item, Cause.VERSION)

    def _school(self, school: records.School) -> None:
        self._stated = stated_version(school.xsdversie)
        self.schooljaar = school.schooljaar
        known = model(self.feed.version or VERSIONS[-1]).schooljaar
        if self._strict_schooljaar and school.schooljaar and not known.is_enumerated(school.schooljaar):
            words = "The school year is not in the list of the schema"
            self.note("X16", Severity.ERROR, words, self.feed.place_of_item("schooljaar"))
