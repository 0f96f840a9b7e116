"""The report of a check, for people and for programs. It names no person, unless you pass ``reveal=True``.

Identical findings of the same element form one group. Groups with the same cause (the stated version, the school year,
the encoding, the export) are listed under that cause. Causes come first: fixing the cause also fixes its findings.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, Self

import attrs

from magister_connect.core.boundary import boundary
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import from_plain
from magister_connect.edexml.checking.advice import ADVICE, Language
from magister_connect.edexml.checking.causes import REVEALS, CauseGroup, FindingGroup, count_in_words, in_order
from magister_connect.edexml.checking.completeness import Completeness
from magister_connect.edexml.checking.dutch import translated
from magister_connect.edexml.checking.page import PageContent, page_of
from magister_connect.edexml.findings import Cause, Finding, Severity

_COUNTED: Final = re.compile(r"\[\d+\]")
_FEWEST: Final = 10  # with fewer records of a kind, "all of them" is no evidence that the export is the cause
CONSEQUENCES: Final = {
    "fine": "A receiver can read the file as it is.",
    "valid, with errors": "The file follows the schema, but some of its data contradict each other.",
    "not valid": "A receiver that follows the standard refuses the whole file.",
}


@attrs.frozen(repr=False)
class Report(MaskedRepr):
    """The result of a check.

    - ``findings``: the first findings of each rule, in document order.
    - ``counts``: the number of all findings, by code and severity.
    - ``extensions``: the known block types in the document that the schema of the version does not have.
    - :attr:`causes`: the findings, grouped by cause. The text and the HTML page are made from it.
    """

    version: str | None
    schooljaar: str | None
    findings: tuple[Finding, ...]
    counts: Mapping[tuple[str, Severity], int]
    completeness: Completeness
    extensions: tuple[str, ...] = ()
    name: str | None = None

    def __repr__(self) -> str:
        return f"<Report: {self.verdict}, {sum(self.counts.values())} findings>"

    @property
    def schema_valid(self) -> bool:
        """Whether the document is valid by the schema of its version alone, without any extension."""
        return self.valid_with_extensions and not self.extensions

    @property
    def valid_with_extensions(self) -> bool:
        """Whether the document is valid for a receiver that knows :attr:`extensions`: no ``X`` code is an error."""
        return not any(code[0] == "X" and severity is Severity.ERROR for code, severity in self.counts)

    @property
    def ok(self) -> bool:
        """Whether there is no error of any kind."""
        return all(severity is not Severity.ERROR for _, severity in self.counts)

    @property
    def verdict(self) -> str:
        """The result in a few words: ``fine``, ``valid with extensions``, ``valid, with errors`` or ``not valid``."""
        if not self.valid_with_extensions:
            return "not valid"
        if not self.ok:
            return "valid, with errors"
        return "valid with extensions" if self.extensions else "fine"

    def consequence(self, language: Language = "en") -> str:
        """Return in one sentence what the verdict means for the school."""
        if self.verdict == "valid with extensions":
            names = ", ".join(self.extensions)
            words = f"The file follows the schema, with extensions that a strict receiver may refuse: {names}."
            return translated(words, language)
        return translated(CONSEQUENCES[self.verdict], language)

    def by_severity(self) -> Mapping[Severity, int]:
        """The number of findings by severity."""
        total: Counter[Severity] = Counter()
        for (_, severity), count in self.counts.items():
            total[severity] += count
        return {severity: total[severity] for severity in Severity}

    @property
    def causes(self) -> tuple[CauseGroup, ...]:
        """What there is to fix: common causes first, then by severity."""
        together: dict[Cause, list[FindingGroup]] = {}
        alone: list[CauseGroup] = []
        for group in self._groups():
            cause = self._cause_of(group)
            if cause is None:
                alone.append(CauseGroup(None, (group,)))
            else:
                together.setdefault(cause, []).append(group)
        order = list(Severity)
        found = [CauseGroup(cause, in_order(together[cause])) for cause in Cause if cause in together]
        found.sort(key=lambda one: (one.cause is Cause.EXPORT, order.index(one.severity)))
        return (*found, *sorted(alone, key=lambda one: order.index(one.severity)))

    def _groups(self) -> Iterator[FindingGroup]:
        groups: dict[tuple[object, ...], list[Finding]] = {}
        for one in self.findings:
            element = _COUNTED.sub("", one.path).partition("/")[2]
            groups.setdefault((one.code, one.severity, one.message, one.cause, element), []).append(one)
        for key, found in groups.items():
            element = str(key[-1])
            yield FindingGroup(element, tuple(found), self._is_of_all(element, found))

    def _is_of_all(self, element: str, found: list[Finding]) -> bool:
        """Return whether every record of the kind that contains the element has the finding."""
        steps = element.split("/")
        total = self.completeness.kinds.get(steps[1].replace("_", ""), 0) if len(steps) > 1 else 0
        return total >= _FEWEST and len({_record_of(one.path) for one in found}) == total

    def _cause_of(self, group: FindingGroup) -> Cause | None:
        code = group.first.code
        if group.first.cause is not None:
            return group.first.cause
        if code == "S32" and any(found == "S18" for found, _ in self.counts):
            return Cause.YEAR
        return Cause.EXPORT if group.of_all and group.severity is not Severity.PRIVACY else None

    def heading(self, language: Language = "en") -> str:
        """Return name, version, school year, verdict and counts in one line."""
        name = f"{self.name}: " if self.name else ""
        counted = [(severity, count) for severity, count in self.by_severity().items() if count]
        counts = ", ".join(count_in_words(severity, count, language) for severity, count in counted)
        year = f", {translated(f'school year {self.schooljaar}', language)}" if self.schooljaar else ""
        verdict = translated(self.verdict, language)
        title = f"EDEXML {self.version or ''}".strip()
        return f"{name}{title}{year}, is {verdict} ({counts or translated('no findings', language)})"

    def to_text(self, language: Language = "en", *, reveal: bool = False) -> str:
        """Return the report as plain text: what there is to fix, the first places, and who does what.

        ``reveal`` names the person or group at each place by key, name and group. Keep such a report inside the school.
        """
        lines = [line for one in self.causes for line in _lines(one, language, reveal=reveal)]
        notice = [translated(REVEALS, language)] if reveal else []
        return (
            "\n".join([self.heading(language), self.consequence(language), *notice, *lines, *self.more(language)])
            + "\n"
        )

    def to_html(self, language: Language = "en", *, reveal: bool = False) -> str:
        """Return the report as a complete HTML page, for the person at the school who has to fix the file.

        ``reveal`` names the person or group at each place by key, name and group. Keep such a page inside the school.
        """
        content = PageContent(
            self.heading(language),
            self.verdict,
            self.ok,
            self.consequence(language),
            self.by_severity(),
            self.causes,
            tuple(self.more(language)),
            self.completeness,
        )
        return page_of(content, language, reveal=reveal)

    def more(self, language: Language = "en") -> Iterator[str]:
        """Yield how many findings were counted but not kept, by code."""
        if (more := sum(self.counts.values()) - len(self.findings)) > 0:
            yield translated(f"and {more} more findings" if more > 1 else "and 1 more finding", language)

    def to_dict(self, *, reveal: bool = False, language: Language = "en") -> dict[str, object]:
        """Return the report as plain data, with messages in one language. ``from_dict`` reads the English form."""
        return {
            "name": self.name,
            "version": self.version,
            "schooljaar": self.schooljaar,
            "verdict": self.verdict,
            "schema_valid": self.schema_valid,
            "valid_with_extensions": self.valid_with_extensions,
            "extensions": list(self.extensions),
            "ok": self.ok,
            "counts": [
                {"code": code, "severity": severity.value, "count": count, "advice": ADVICE[code].text(language)}
                for (code, severity), count in sorted(self.counts.items())
            ],
            "causes": [_plain_cause(one, language) for one in self.causes],
            "findings": [{**one.to_dict(reveal=reveal), "message": one.words(language)} for one in self.findings],
            "completeness": self.completeness.to_dict(),
        }

    def to_json(self, *, reveal: bool = False, language: Language = "en") -> str:
        """Return :meth:`to_dict` as JSON text."""
        return json.dumps(self.to_dict(reveal=reveal, language=language), ensure_ascii=False, indent=2)

    @classmethod
    @boundary.around
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Build a report from what :meth:`to_dict` returned in English. Persons are included if ``reveal`` was true."""
        counts = from_plain(list[dict[str, object]], data.get("counts"))
        return cls(
            from_plain(str | None, data.get("version")),  # type: ignore[arg-type] # a union is a type to cattrs
            from_plain(str | None, data.get("schooljaar")),  # type: ignore[arg-type] # likewise
            from_plain(tuple[Finding, ...], data.get("findings")),
            {(str(one["code"]), Severity(str(one["severity"]))): int(str(one["count"])) for one in counts},
            Completeness.from_dict(from_plain(dict[str, object], data.get("completeness"))),
            from_plain(tuple[str, ...], data.get("extensions")),
            from_plain(str | None, data.get("name")),  # type: ignore[arg-type] # likewise
        )


def _record_of(path: str) -> str:
    return "/".join(path.split("/")[:3])


def _lines(one: CauseGroup, language: Language, *, reveal: bool) -> Iterator[str]:
    remedy, indent = one.remedy, ""
    to_do = f"{translated('To do', language)} ({translated(remedy.fixer.value, language)}): {remedy.text(language)}"
    if one.cause is not None:
        follows = translated(
            "1 finding has this cause" if one.number == 1 else f"{one.number} findings have this cause", language
        )
        yield f"{one.title(language)}: {follows}"
        yield f"    {to_do}"
        indent = "    "
    for group in one.groups:
        first = group.first
        severity = translated(first.severity.value, language)
        yield f"{indent}{first.code} {severity}, {group.times(language)}: {first.words(language)}"
        yield from (f"{indent}    {place}" for place in group.places(language, reveal=reveal))
    if one.cause is None:
        yield f"    {to_do}"


def _plain_cause(one: CauseGroup, language: Language) -> dict[str, object]:
    return {
        "cause": None if one.cause is None else one.cause.value,
        "title": one.title(language),
        "severity": one.severity.value,
        "count": one.number,
        "fixer": one.remedy.fixer.value,
        "advice": one.remedy.text(language),
        "groups": [
            {
                "code": group.first.code,
                "severity": group.severity.value,
                "element": group.element,
                "message": group.first.words(language),
                "count": len(group.findings),
                "of_all": group.of_all,
            }
            for group in one.groups
        ],
    }
