"""What a check found, for people and for programs; never with a value of a pupil's field."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Iterator, Mapping

import attrs

from magister_connect.edexml.completeness import PROFILES, Completeness
from magister_connect.edexml.findings import Finding, Severity
from magister_connect.pages import page, table

__all__ = ["Report"]


@attrs.frozen(repr=False)
class Report:
    """The outcome of a check. ``findings`` are the first ones, ``counts`` counts all of them by code and severity."""

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
        """Plain text: a heading, then one line for each finding."""
        return "\n".join([self._heading(), *(str(finding) for finding in self.findings), *self._more()]) + "\n"

    def to_json(self) -> str:
        """JSON, with the keys ``version``, ``schema_valid``, ``ok``, ``counts``, ``findings`` and ``completeness``."""
        whole = {
            "version": self.version,
            "schema_valid": self.schema_valid,
            "ok": self.ok,
            "counts": [
                {"code": code, "severity": severity.value, "count": count}
                for (code, severity), count in sorted(self.counts.items())
            ],
            "findings": [{**attrs.asdict(finding), "severity": finding.severity.value} for finding in self.findings],
            "completeness": {
                "kinds": dict(self.completeness.kinds),
                "fill_level": self.completeness.fill_level,
                "profiles": {
                    name: [attrs.asdict(one) for one in self.completeness.coverage(name)] for name in PROFILES
                },
            },
        }
        return json.dumps(whole, ensure_ascii=False, indent=2)

    def to_html(self) -> str:
        """A page that stands by itself, for the person at the school who has to mend the file."""
        return page(
            self._heading(),
            f"<h1>{html.escape(self._heading())}</h1><h2>Findings</h2>",
            table(
                ("code", "severity", "line", "place", "what"),
                [(each.code, each.severity.value, each.line or "", each.path, each.message) for each in self.findings],
                marks=[each.severity.value for each in self.findings],
            ),
            *(f"<p>{html.escape(line)}</p>" for line in self._more()),
            "<h2>Completeness</h2>",
            table(("purpose", "kind", "filled", "field"), self._coverage_rows()),
        )

    def _heading(self) -> str:
        name = f"{self.name}: " if self.name else ""
        counts = ", ".join(f"{count} {severity.value}" for severity, count in self.by_severity().items() if count)
        return f"{name}EDEXML {self.version or ''} is {self.verdict} ({counts or 'no findings'})"

    def _more(self) -> Iterator[str]:
        if (more := sum(self.counts.values()) - len(self.findings)) > 0:
            yield f"and {more} findings more"

    def _coverage_rows(self) -> Iterator[tuple[str, ...]]:
        for name in PROFILES:
            for one in self.completeness.coverage(name):
                yield name, one.kind, f"{one.filled} of {one.of}", " or ".join(one.fields)
