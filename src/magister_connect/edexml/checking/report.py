"""What a check found, for people and for programs; never with a value of a pupil's field."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import compress
from operator import attrgetter
from types import MappingProxyType
from typing import Final

import attrs

from magister_connect.core.html import page, table
from magister_connect.core.serialization import PlainData, to_plain
from magister_connect.edexml.checking.advice import REMEDIES
from magister_connect.edexml.findings import Finding, Severity
from magister_connect.edexml.model import records
from magister_connect.edexml.model.records import Item
from magister_connect.errors import UsageError

Needs = Mapping[str, tuple[tuple[str, ...], ...]]
PROFILES: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        "full": {"leerling": (("achternaam", "roepnaam"), ("jaargroep",), ("groep",)), "leerkracht": (("groepen",),)},
        "simple": {"leerling": (("achternaam", "roepnaam"), ("jaargroep",), ("groep",))},
        "limited": {"leerling": (("achternaam", "roepnaam"),)},
        "accounts": {
            "leerling": (("achternaam", "roepnaam"), ("emailadres", "gebruikersnaam"), ("eckid",)),
            "leerkracht": (("achternaam", "roepnaam"), ("emailadres", "gebruikersnaam"), ("eckid",)),
        },
        "test supplier": {
            "leerling": (
                ("roepnaam",),
                ("geboortedatum",),
                ("geslacht",),
                ("jaargroep",),
                ("groep",),
                ("bsn_ondwnr_4", "eckid"),
            ),
            "leerkracht": (("groepen",),),
        },
    }
)
"""What a purpose needs: of each alternative at least one field. The first three are the fill levels of the handbook
(S26); ``accounts`` and ``test supplier`` are what public importers ask for and what the LVS set of UWLR requires
(inferred)."""


@attrs.frozen
class Coverage:
    """How many records of a kind have at least one of some fields."""

    kind: str
    fields: tuple[str, ...]
    filled: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where there is nothing to fill."""
        return self.filled / self.of if self.of else 1.0


class Tally:
    """Counts records by which fields are filled."""

    def __init__(self) -> None:
        self._count: dict[str, Counter[tuple[bool, ...]]] = {kind: Counter() for kind in _FIELDS}
        self.kinds: Counter[str] = Counter()

    def add(self, item: Item) -> None:
        """Count a record."""
        kind = type(item).__name__.lower()
        self.kinds[kind] += 1
        if (values := _VALUES.get(kind)) is not None:
            self._count[kind][tuple(map(bool, values(item)))] += 1  # no field has an empty text or a zero

    def result(self) -> Completeness:
        """What was counted."""
        count = {
            (kind, frozenset(compress(_FIELDS[kind], filled))): times
            for kind, of in self._count.items()
            for filled, times in of.items()
        }
        return Completeness(dict(self.kinds), count)


_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "leerling": tuple(field.name for field in attrs.fields(records.Leerling)),
    "leerkracht": tuple(field.name for field in attrs.fields(records.Leerkracht)),
}
_VALUES: Final = {kind: attrgetter(*names) for kind, names in _FIELDS.items()}


@attrs.frozen(repr=False)
class Completeness:
    """How many records there are by kind, and by which fields are filled."""

    kinds: Mapping[str, int]
    _count: Mapping[tuple[str, frozenset[str]], int]

    def coverage(self, profile: str) -> tuple[Coverage, ...]:
        """What a purpose needs, and how much of it is there; the names are those of :data:`PROFILES`."""
        if profile not in PROFILES:
            raise UsageError("This profile is not known", where="profile", advice=f"Known are {', '.join(PROFILES)}.")
        needs = PROFILES[profile]
        return tuple(self.of(kind, *fields) for kind, alternatives in needs.items() for fields in alternatives)

    def of(self, kind: str, *fields: str) -> Coverage:
        """How many records of a kind (``leerling`` or ``leerkracht``) have at least one of some fields."""
        wanted = set(fields)
        filled = sum(count for (of, slots), count in self._count.items() if of == kind and wanted & slots)
        return Coverage(kind, fields, filled, self.kinds.get(kind, 0))

    @property
    def fill_level(self) -> str:
        """The level of the handbook (S26): ``full``, ``simple`` or ``limited``."""
        if not self.kinds.get("groep"):
            return "limited"
        return "full" if self.kinds.get("leerkracht") else "simple"


_COUNTED: Final = re.compile(r"\[\d+\]")
_MOST_PLACES: Final = 3
_CONSEQUENCES: Final = {
    "fine": "A receiver can take it as it is.",
    "valid, with errors": "It has the form of the standard, but something in it contradicts itself.",
    "not valid": "A receiver that holds to the standard refuses the whole file.",
}


def _count(severity: Severity, count: int) -> str:
    if severity is Severity.PRIVACY:
        return f"{count} about privacy"
    return f"{count} {severity.value}" + ("s" if count > 1 else "")


@attrs.frozen
class _Repeated:
    """Findings that say the same of the same element."""

    findings: list[Finding]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    def _places(self, told: Callable[[Finding], str]) -> Iterator[str]:
        yield from filter(None, map(told, self.findings[:_MOST_PLACES]))
        if len(self.findings) > _MOST_PLACES:
            yield f"and {len(self.findings) - _MOST_PLACES} more"

    def to_lines(self) -> Iterator[str]:
        first, times = self.first, len(self.findings)
        yield f"{first.code} {first.severity}{f', {times} times' if times > 1 else ''}: {first.message}"
        yield from (f"    {place}" for place in self._places(lambda one: one.place))
        yield f"    To do: {first.advice}"

    def to_row(self) -> tuple[object, ...]:
        first, places = self.first, "; ".join(self._places(_spot))
        element = _COUNTED.sub("", first.path).removeprefix("EDEX/")
        return (first.severity.value, element, first.message, len(self.findings), places, first.advice, first.code)


def _spot(finding: Finding) -> str:
    """Which one of a list it is, and its line; many files are one long line."""
    which = "/".join(step for step in finding.path.split("/") if "[" in step)
    return ", ".join(filter(None, (which, "" if finding.line is None else f"line {finding.line}")))


@attrs.frozen(repr=False)
class Report(PlainData):
    """The outcome of a check.

    ``findings`` are the first ones of each rule, in the order of the document; ``counts`` counts all of them, by code
    and severity. The forms for people put together what repeats itself.
    """

    version: str | None
    findings: tuple[Finding, ...]
    counts: Mapping[tuple[str, Severity], int]
    completeness: Completeness
    name: str | None = None

    def __repr__(self) -> str:
        return f"<Report: {self.verdict}, {sum(self.counts.values())} findings>"

    @property
    def schema_valid(self) -> bool:
        """Whether the rules of the schema hold: no error with a code beginning with ``X``."""
        return not any(code[0] == "X" and severity is Severity.ERROR for code, severity in self.counts)

    @property
    def ok(self) -> bool:
        """Whether there is no error of any kind."""
        return all(severity is not Severity.ERROR for _, severity in self.counts)

    @property
    def verdict(self) -> str:
        """In one word or three: ``fine``, ``valid, with errors`` or ``not valid``."""
        if not self.schema_valid:
            return "not valid"
        return "fine" if self.ok else "valid, with errors"

    def by_severity(self) -> Mapping[Severity, int]:
        """How many findings there are of each severity."""
        total: Counter[Severity] = Counter()
        for (_, severity), count in self.counts.items():
            total[severity] += count
        return {severity: total[severity] for severity in Severity}

    def to_text(self) -> str:
        """Plain text: a heading; then for each kind of finding what it is, the first places, and what to do."""
        lines = (line for repeated in self._repeated() for line in repeated.to_lines())
        return "\n".join([self._heading(), self._consequence(), *lines, *self._more()]) + "\n"

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:  # noqa: ARG002 - a report names nobody
        """Plain data under ``version``, ``schema_valid``, ``ok``, ``counts``, ``findings`` and ``completeness``."""
        return {
            "version": self.version,
            "schema_valid": self.schema_valid,
            "ok": self.ok,
            "counts": [
                {"code": code, "severity": severity.value, "count": count, "advice": REMEDIES[code]}
                for (code, severity), count in sorted(self.counts.items())
            ],
            "findings": [finding.to_dict(reveal=True) for finding in self.findings],
            "completeness": {
                "kinds": dict(self.completeness.kinds),
                "fill_level": self.completeness.fill_level,
                "profiles": {name: to_plain(self.completeness.coverage(name), reveal=True) for name in PROFILES},
            },
        }

    def to_html(self) -> str:
        """A page that stands by itself, for the person at the school who has to mend the file."""
        return page(
            self._heading(),
            f"<h1>{html.escape(self._heading())}</h1><p>{html.escape(self._consequence())}</p><h2>Findings</h2>",
            table(
                ("severity", "element", "what", "times", "first places", "what to do", "rule"),
                [each.to_row() for each in self._repeated()],
                marks=[each.first.severity.value for each in self._repeated()],
            ),
            *(f"<p>{html.escape(line)}</p>" for line in self._more()),
            "<h2>Completeness</h2><p>What each purpose needs, and of how many people the file holds it.</p>",
            table(
                ("purpose", "kind", "filled", "field"),
                self._coverage_rows(),
                marks=["warning" if one.filled < one.of else "" for _, one in self._coverage()],
            ),
        )

    def _heading(self) -> str:
        name = f"{self.name}: " if self.name else ""
        counts = ", ".join(_count(severity, count) for severity, count in self.by_severity().items() if count)
        return f"{name}EDEXML {self.version or ''} is {self.verdict} ({counts or 'no findings'})"

    def _consequence(self) -> str:
        return _CONSEQUENCES[self.verdict]

    def _repeated(self) -> tuple[_Repeated, ...]:
        """The findings that say the same of the same element, together; the heaviest first."""
        groups: dict[object, list[Finding]] = {}
        for one in self.findings:
            groups.setdefault((one.code, one.severity, one.message, _COUNTED.sub("", one.path)), []).append(one)
        order = list(Severity)
        return tuple(sorted(map(_Repeated, groups.values()), key=lambda each: order.index(each.first.severity)))

    def _more(self) -> Iterator[str]:
        if (more := sum(self.counts.values()) - len(self.findings)) > 0:
            yield f"and {more} findings more"

    def _coverage(self) -> Iterator[tuple[str, Coverage]]:
        for name in PROFILES:
            for one in self.completeness.coverage(name):
                yield name, one

    def _coverage_rows(self) -> Iterator[tuple[str, ...]]:
        for name, one in self._coverage():
            yield name, one.kind, f"{one.filled} of {one.of}", " or ".join(one.fields)
