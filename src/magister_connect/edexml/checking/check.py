"""Everything that is wrong with a document, in one pass."""

from __future__ import annotations

from collections import Counter
from typing import Final

from magister_connect.core.xml import Source
from magister_connect.edexml.checking.report import Report, Tally
from magister_connect.edexml.checking.rules import Meaning
from magister_connect.edexml.findings import Finding, Severity
from magister_connect.edexml.model import records
from magister_connect.edexml.model.blocks import BLOCKS, BlockTypes
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.versions import VERSIONS, model
from magister_connect.edexml.reading.builder import Problem
from magister_connect.edexml.reading.detection import needed_version
from magister_connect.edexml.reading.documents import records_of
from magister_connect.edexml.reading.feed import OLDER, DocumentFeed, Guard, Reading
from magister_connect.edexml.reading.identity import Lapse
from magister_connect.edexml.reading.observers import Observer, Place
from magister_connect.edexml.reading.sources import bytes_of, name_of
from magister_connect.errors import DocumentInvalid

_NOT_OF_THE_SCHEMA: Final = {"X20": Severity.WARNING}


def check(
    source: Source,
    *,
    version: str | None = None,
    strict_schooljaar: bool = False,
    numbers: bool = False,
    blocks: BlockTypes = BLOCKS,
    most: int = 10_000,
) -> Report:
    """Check a document against the schema of its version and against the rules of meaning; nothing is raised.

    ``version`` checks it as another version than it states. ``strict_schooljaar`` takes only the school years of the
    schema's list, which ends at 2019-2020 (1.03) and 2024-2025. ``numbers`` also checks the digits of personal numbers,
    postcodes and BRIN (S15, S16), which neither handbook nor schema asks for. ``blocks`` are the types of block that
    count as known; those of the standard are the remark and the LVS block. Of each rule at most ``most`` findings are
    kept, so that none is crowded out by another; all are counted.

    Memory grows by two 64-bit hashes a person, for the rule that keys and ECK iDs are unique. Raises ``OSError`` where
    a file cannot be read, and :class:`~magister_connect.errors.UsageError` for what is no source and no version.
    """
    where = name_of(source)
    checker = _Checker(most=most, strict_schooljaar=strict_schooljaar)
    feed = DocumentFeed(Reading(version, blocks, "error", where), checker)
    guard = Guard(feed, checker, everyone=True)
    tally = Tally()
    meaning: Meaning | None = None
    try:
        for item in guard.pass_on(records_of(feed, bytes_of(source))):
            meaning = meaning or Meaning(feed.version or VERSIONS[-1], guard.knows, numbers=numbers)
            for remark in meaning.remarks(item):
                checker.remark(remark, feed)
            tally.add(item)
            checker.see(item, feed)
    except DocumentInvalid as invalid:
        checker.note("X00", Severity.ERROR, invalid.what, Place(invalid.where or "", invalid.line))
    return Report(feed.version, tuple(checker.found), checker.counts, tally.result(), where)


class _Checker(Observer):
    """Remembers findings: the first ones of each rule whole, all of them as counts."""

    def __init__(self, *, most: int, strict_schooljaar: bool) -> None:
        self.found: list[Finding] = []
        self.counts: Counter[tuple[str, Severity]] = Counter()
        self._most = most
        self._kept: Counter[str] = Counter()
        self._strict_schooljaar = strict_schooljaar
        self._stated: str | None = None
        self._is_newer = False

    def note(self, code: str, severity: Severity, words: str, place: Place) -> None:
        if self._keeps(code, severity):
            self.found.append(Finding(code, severity, words, place.path, place.line))

    def _keeps(self, code: str, severity: Severity) -> bool:
        """Count a finding; tells whether it is one of the first of its rule."""
        self.counts[code, severity] += 1
        self._kept[code] += 1
        return self._kept[code] <= self._most

    def problem(self, problem: Problem, place: Place) -> None:
        self.note(problem.code, _NOT_OF_THE_SCHEMA.get(problem.code, Severity.ERROR), problem.words, place)

    def lapse(self, lapse: Lapse, place: Place) -> None:
        self.note(lapse.code, Severity.ERROR, lapse.words, place)

    def unknown_version(self, stated: str | None, place: Place) -> str:
        if stated is not None:
            words = "The stated xsdversie is not known; it is checked as the newest version"
            self.note("S24", Severity.WARNING, words, Place(f"{place.path}/xsdversie", place.line))
        return VERSIONS[-1]

    def remark(self, remark: tuple[str, Severity, str, str], feed: DocumentFeed) -> None:
        code, severity, words, field = remark
        if self._keeps(code, severity):
            place = feed.place_of_item()
            path = f"{place.path}/{field}" if field else place.path
            self.found.append(Finding(code, severity, words, path, place.line))

    def see(self, item: Item, feed: DocumentFeed) -> None:
        """The rules that need the version: S24, and the list of school years on request."""
        if isinstance(item, records.School):
            self._stated = OLDER.get(item.xsdversie or "", item.xsdversie)
            known = model(feed.version or VERSIONS[-1]).schooljaar
            if self._strict_schooljaar and item.schooljaar and not known.is_enumerated(item.schooljaar):
                place = feed.place_of_item()
                words = "The list of school years in the schema has ended"
                self.note("X16", Severity.ERROR, words, Place(f"{place.path}/schooljaar", place.line))
        if not self._is_newer and self._stated in VERSIONS and self._stated != VERSIONS[-1]:
            self._is_newer = VERSIONS.index(needed_version(item)) > VERSIONS.index(self._stated or "")
            if self._is_newer:
                words = "It holds what the version that it states does not have"
                self.note("S24", Severity.WARNING, words, feed.place_of_item())
