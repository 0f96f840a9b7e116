"""Check a parameter table, and report doubtful lines in plain English or Dutch to the person who maintains it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import combinations, pairwise
from typing import Final, Literal, TypeAlias

from attrs import field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.tables.text_tables import TextTable
from magister_connect.crosswalk.links import require_day
from magister_connect.crosswalk.parameters import Enrolment, ParameterRow, ParameterTable
from magister_connect.crosswalk.registers import Register, standing_of
from magister_connect.crosswalk.successors import Successors
from magister_connect.errors import DocumentInvalid, FieldInvalid, Reason
from magister_connect.identifiers import Crebo, Elementcode, Keuzedeel

Language: TypeAlias = Literal["en", "nl"]


class LintCode(StrEnum):
    """The subject of a finding."""

    DAMAGED = "damaged by a spreadsheet"
    KEUZEDEEL = "keuzedeel in the column crebo"
    MALFORMED = "no crebo"
    INVALID = "row that cannot be read"
    UNKNOWN = "crebo that is not in the register"
    EXPIRED = "crebo that expired and is in use"
    ENDED = "crebo that expired"
    NOT_YET = "crebo that is not valid yet"
    NEVER_HIT = "row that no enrolment uses"
    GAP = "days without a row"
    OVERLAP = "days with two rows"
    SUCCESSOR = "successor without a row"
    UNDECIDED = "rows that match the same enrolment, and neither takes precedence"


_TEXTS: Final[Mapping[LintCode, Mapping[Language, tuple[str, str]]]] = {
    LintCode.DAMAGED: {
        "en": (
            "column crebo: damaged by a spreadsheet",
            "Format the column as text, and type the crebo in with its five digits.",
        ),
        "nl": (
            "kolom crebo: beschadigd door een rekenblad",
            "Maak van de kolom tekst en typ de crebo opnieuw in, met vijf cijfers.",
        ),
    },
    LintCode.KEUZEDEEL: {
        "en": (
            "column crebo: keuzedeel in the column crebo",
            "Enter the crebo of the qualification, or move the row to a table of keuzedelen.",
        ),
        "nl": (
            "kolom crebo: hier staat een keuzedeel",
            "Vul de crebo van de kwalificatie in, of verplaats de rij naar een tabel voor keuzedelen.",
        ),
    },
    LintCode.MALFORMED: {
        "en": ("column crebo: this is not a crebo", "A crebo has five digits, an elementcode of vo has four."),
        "nl": ("kolom crebo: dit is geen crebo", "Een crebo heeft vijf cijfers, een elementcode van het vo vier."),
    },
    LintCode.INVALID: {
        "en": ("{column}{what}", "Correct the cell, or leave it empty."),
        "nl": ("{kolom}deze cel is niet te lezen", "Verbeter de cel, of laat die leeg. Een datum: 2025-08-01."),
    },
    LintCode.UNKNOWN: {
        "en": (
            "crebo {crebo} is not in the register",
            "Look for a typing error. If there is none, ask where this crebo comes from.",
        ),
        "nl": (
            "crebo {crebo} staat niet in het register",
            "Kijk of het een typefout is; zo niet, vraag dan na waar deze crebo vandaan komt.",
        ),
    },
    LintCode.EXPIRED: {
        "en": (
            "crebo {crebo} expired on {day}, but there are enrolments with it",
            "Keep the row while enrolments have the crebo, and add one for its successor.",
        ),
        "nl": (
            "crebo {crebo} geldt niet meer sinds {day}, maar er zijn inschrijvingen op",
            "Laat de rij staan zolang er inschrijvingen op zijn, en voeg een rij toe voor de opvolger.",
        ),
    },
    LintCode.ENDED: {
        "en": (
            "crebo {crebo} expired on {day}",
            "If nobody is enrolled in it, enter that day in valid_until. Add a row for its successor.",
        ),
        "nl": (
            "crebo {crebo} geldt niet meer sinds {day}",
            "Vul die dag in bij geldig_tot als niemand er nog op is ingeschreven; voeg een rij toe voor de opvolger.",
        ),
    },
    LintCode.NOT_YET: {
        "en": ("crebo {crebo} is not valid before {day}", "Enter that day in valid_from, or look for a typing error."),
        "nl": ("crebo {crebo} geldt pas vanaf {day}", "Vul die dag in bij geldig_van, of zoek naar een typefout."),
    },
    LintCode.NEVER_HIT: {
        "en": ("no active enrolment uses this row", "Remove the row if it is not for later years."),
        "nl": ("geen enkele inschrijving gebruikt deze rij", "Haal de rij weg als die niet voor later is."),
    },
    LintCode.GAP: {
        "en": (
            "days are missing between row {row} and this one",
            "Let this row begin on the day when the other row ends, unless the gap is intended.",
        ),
        "nl": (
            "tussen rij {row} en deze rij ontbreken dagen",
            "Laat deze rij beginnen op de dag waarop de andere eindigt, tenzij het gat zo bedoeld is.",
        ),
    },
    LintCode.OVERLAP: {
        "en": ("overlaps with row {row}", "Let one row end where the other begins."),
        "nl": ("overlapt met rij {row}", "Laat de ene rij eindigen waar de andere begint."),
    },
    LintCode.SUCCESSOR: {
        "en": (
            "crebo {new} replaced {crebo} and has no row yet",
            "Add a row for the successor, from the first day when it is valid.",
        ),
        "nl": (
            "crebo {new} is de opvolger van {crebo} en heeft nog geen rij",
            "Voeg een rij toe voor de opvolger, vanaf de dag waarop die geldt.",
        ),
    },
    LintCode.UNDECIDED: {
        "en": (
            "matches the same enrolments as row {row}, so there is no choice",
            "Fill in another key field, separate the periods, or give one row a higher priority.",
        ),
        "nl": (
            "past op dezelfde inschrijvingen als rij {row}, zodat er geen keuze is",
            "Vul nog een sleutelveld in, scheid de perioden, of geef een van de rijen een hogere prioriteit.",
        ),
    },
}


@frozen
class LintFinding(PlainData):
    """One finding: subject, line, message, and what to do."""

    code: LintCode
    line: int | None
    text: str
    advice: str = ""
    values: Mapping[str, str] = field(factory=FrozenDict, repr=False)

    @classmethod
    def of(cls, code: LintCode, line: int | None, **values: object) -> LintFinding:
        """Create a finding with the message for its code. ``values`` are filled into the message."""
        named = FrozenDict({name: str(value) for name, value in values.items()})
        text, advice = (words.format(**named) for words in _TEXTS[code]["en"])
        return cls(code, line, text, advice, named)

    def words(self, language: Language = "en") -> tuple[str, str]:
        """Return the message and what to do, in English or Dutch."""
        found, advice = _TEXTS[self.code][language]
        return found.format(**self.values), advice.format(**self.values)


def lint_parameters(
    table: TextTable,
    *,
    as_of: dt.date,
    register: Register | None = None,
    successors: Successors | None = None,
    enrolments: Iterable[Enrolment] | None = None,
    inclusive_until: bool = False,
) -> tuple[LintFinding, ...]:
    """Return all findings for a table, by line.

    - ``register``: the official list with the periods of each crebo (a ``CodeTable`` of ``codes``, or any mapping).
    - ``successors``: which crebo replaced which.
    - ``enrolments``: the active enrolments on ``as_of``.

    What you do not pass is not checked. An expired crebo is a finding if enrolments have it. Without ``enrolments``, it
    is a finding if its row is valid on ``as_of``.
    """
    require_day(as_of, "as_of")
    findings = list(_check_crebos(table))
    sound, unreadable = _valid_rows(table, findings, inclusive=inclusive_until)
    findings += unreadable
    findings += _ambiguous_rows(sound)
    findings += _gaps_and_overlaps(sound)
    used = None if enrolments is None else tuple(enrolments)
    if used is not None:
        findings += _unused_rows(sound, used, as_of)
    if register is not None:
        findings += _against_register(sound, register, used, as_of)
    if successors is not None:
        findings += _missing_successors(sound, successors, as_of)
    return tuple(sorted(findings, key=lambda finding: (finding.line or 0, finding.code, finding.text)))


def _check_crebos(table: TextTable) -> Iterator[LintFinding]:
    for row in table:
        if (found := _crebo_fault(row.get("crebo").strip())) is not None:
            yield LintFinding.of(found, row.line)


def _crebo_fault(text: str) -> LintCode | None:
    if not text or Crebo.is_valid(text) or Elementcode.is_valid(text):
        return None
    if Keuzedeel.is_valid(text):
        return LintCode.KEUZEDEEL
    whole, mark, rest = text.replace(",", ".").partition(".")
    is_number = whole.isascii() and whole.isdigit()
    if is_number and ((mark and not rest.strip("0")) or len(whole) < 4):
        return LintCode.DAMAGED
    return LintCode.MALFORMED


def _valid_rows(
    table: TextTable, damaged: Iterable[LintFinding], *, inclusive: bool
) -> tuple[list[ParameterRow], list[LintFinding]]:
    lines = {finding.line for finding in damaged}
    sound: list[ParameterRow] = []
    unreadable: list[LintFinding] = []
    for row in table:
        if row.line in lines:
            continue
        try:
            sound += ParameterTable.from_text(TextTable(table.columns, (row,)), inclusive_until=inclusive).rows
        except (DocumentInvalid, FieldInvalid) as error:
            unreadable.append(_unreadable(row.line, error))
    return sound, unreadable


def _unreadable(line: int, error: DocumentInvalid | FieldInvalid) -> LintFinding:
    column, kolom = (f"{word} {error.where}: " if error.where else "" for word in ("column", "kolom"))
    return LintFinding.of(LintCode.INVALID, line, column=column, kolom=kolom, what=error.what)


def _ambiguous_rows(rows: Iterable[ParameterRow]) -> Iterator[LintFinding]:
    for first, second in combinations(rows, 2):
        if first.conflicts_with(second):
            yield LintFinding.of(LintCode.UNDECIDED, second.line, row=first.line)


def _gaps_and_overlaps(rows: Iterable[ParameterRow]) -> Iterator[LintFinding]:
    groups: defaultdict[tuple[str, ...], list[ParameterRow]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.key.values())].append(row)
    for group in groups.values():
        ordered = sorted(group, key=lambda row: (row.period.begin or dt.date.min, row.line))
        for first, second in pairwise(ordered):
            if first.period.overlaps(second.period):
                yield LintFinding.of(LintCode.OVERLAP, second.line, row=first.line)
            elif first.period.end != second.period.begin:
                yield LintFinding.of(LintCode.GAP, second.line, row=first.line)


def _unused_rows(rows: list[ParameterRow], enrolments: Iterable[Enrolment], as_of: dt.date) -> Iterator[LintFinding]:
    hit: set[int] = set()
    for enrolment in enrolments:
        fitting = [row for row in rows if as_of in row.period and row.mismatch(enrolment) is None]
        if fitting:
            hit.add(max(fitting, key=lambda row: row.rank).line)
    for row in rows:
        if as_of in row.period and row.line not in hit:
            yield LintFinding.of(LintCode.NEVER_HIT, row.line)


def _against_register(
    rows: Iterable[ParameterRow], register: Register, used: Iterable[Enrolment] | None, as_of: dt.date
) -> Iterator[LintFinding]:
    in_use = None if used is None else {enrolment.crebo for enrolment in used}
    for row in rows:
        text = row.key["crebo"]
        if not Crebo.is_valid(text):
            continue
        standing = standing_of(Crebo(text), register, as_of)
        if standing.reason is Reason.UNKNOWN:
            yield LintFinding.of(LintCode.UNKNOWN, row.line, crebo=text)
        elif not standing.holds and (as_of in row.period if in_use is None else text in in_use):
            expired = LintCode.ENDED if in_use is None else LintCode.EXPIRED
            code = LintCode.NOT_YET if standing.reason is Reason.NOT_YET_VALID else expired
            yield LintFinding.of(code, row.line, crebo=text, day=standing.day)


def _missing_successors(rows: Iterable[ParameterRow], successors: Successors, as_of: dt.date) -> Iterator[LintFinding]:
    there = {row.key["crebo"]: row.line for row in rows}
    for text, line in there.items():
        if not Crebo.is_valid(text):
            continue
        for succession in successors.after(Crebo(text), as_of):
            if str(succession.new) not in there:
                yield LintFinding.of(LintCode.SUCCESSOR, line, new=succession.new, crebo=text)
