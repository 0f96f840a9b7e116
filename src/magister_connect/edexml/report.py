"""What a check found, for people and for programs; never with a value of a pupil's field."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from magister_connect.edexml.completeness import PROFILES, Completeness
from magister_connect.edexml.findings import Finding, Severity

__all__ = ["Report"]

_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}"
    ".error{color:#a40000}.warning{color:#8a5a00}.privacy{color:#5a2ca0}.hint{color:#44546a}"
    "td:nth-child(4){font-family:ui-monospace,monospace;font-size:13px}"
)


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
        heading = html.escape(self._heading())
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{heading}</title>'
            f"<style>{_STYLE}</style></head><body><h1>{heading}</h1>"
            f"<table><thead><tr><th>code</th><th>severity</th><th>line</th><th>place</th><th>what</th></tr></thead>"
            f"<tbody>{''.join(_row(finding) for finding in self.findings)}</tbody></table>"
            f"{''.join(f'<p>{html.escape(line)}</p>' for line in self._more())}"
            f"<h2>Completeness</h2><table><thead><tr><th>purpose</th><th>kind</th><th>filled</th><th>field</th></tr>"
            f"</thead><tbody>{''.join(self._coverage_rows())}</tbody></table></body></html>\n"
        )

    def _heading(self) -> str:
        name = f"{self.name}: " if self.name else ""
        counts = ", ".join(f"{count} {severity.value}" for severity, count in self.by_severity().items() if count)
        return f"{name}EDEXML {self.version or ''} is {self.verdict} ({counts or 'no findings'})"

    def _more(self) -> Iterator[str]:
        if (more := sum(self.counts.values()) - len(self.findings)) > 0:
            yield f"and {more} findings more"

    def _coverage_rows(self) -> Iterator[str]:
        for name in PROFILES:
            for one in self.completeness.coverage(name):
                fields = html.escape(" or ".join(one.fields))
                yield f"<tr><td>{name}</td><td>{one.kind}</td><td>{one.filled} of {one.of}</td><td>{fields}</td></tr>"


def _row(finding: Finding) -> str:
    cells = (finding.code, finding.severity.value, finding.line or "", finding.path, finding.message)
    inside = "".join(f"<td>{html.escape(str(cell))}</td>" for cell in cells)
    return f'<tr class="{finding.severity.value}">{inside}</tr>'
