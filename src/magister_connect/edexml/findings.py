"""What is wrong with a document, or remarkable: code, severity, line, path and words, and never a value."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import attrs

from magister_connect.core.reprs import MaskedRepr
from magister_connect.core.serialization import PlainData
from magister_connect.edexml.checking.advice import ADVICE, Advice, Language
from magister_connect.edexml.checking.dutch import translated


class Severity(StrEnum):
    """How serious a finding is: an error breaks a rule, a warning may, a hint need not; privacy stands apart."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"
    PRIVACY = "privacy"


class Cause(StrEnum):
    """One thing that many findings follow from."""

    VERSION = "version"
    """The file states another version than it is written in."""
    YEAR = "year"
    """The file is about another school year than its dates."""
    ENCODING = "encoding"
    """Text was read or written in the wrong encoding."""
    EXPORT = "export"
    """The export does the same with every record of a kind."""


@attrs.frozen(repr=False)
class Subject(MaskedRepr):
    """The person or group that a finding is about. It stands in a report only with ``reveal=True``."""

    kind: str
    key: str = attrs.field(metadata={"personal": True})
    name: str = attrs.field(default="", metadata={"personal": True})
    group: str = attrs.field(default="", metadata={"personal": True})

    def text(self) -> str:
        """In one line: key, name and group."""
        group = f"({self.group})" if self.group else ""
        return " ".join(filter(None, (self.key, self.name, group)))


@attrs.frozen
class Finding(PlainData):
    """One finding. ``path`` counts elements from 1, as in ``EDEX/leerlingen/leerling[3]/bsn``.

    Codes beginning with ``X`` are rules of the schema, those with ``S`` are rules of meaning, ``L`` marks a departure
    that a lenient reader let pass. ``cause`` is what it follows from, where that is known.
    """

    code: str
    severity: Severity
    message: str
    path: str
    line: int | None = None
    cause: Cause | None = None
    subject: Subject | None = attrs.field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.code} {self.severity}: {self.message}" + (f" ({self.place})" if self.place else "")

    def words(self, language: Language = "en") -> str:
        """The message in a language."""
        return translated(self.message, language)

    @property
    def remedy(self) -> Advice:
        """What to do about it, who does it, in both languages."""
        return ADVICE[self.code]

    @property
    def advice(self) -> str:
        """What to do about it: a sentence for the person at the school, in English."""
        return self.remedy.en

    @property
    def place(self) -> str:
        """Line and path in one text, as far as they are known; empty where neither is."""
        line = () if self.line is None else (f"line {self.line}",)
        return ", ".join((*line, *filter(None, (self.path,))))

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """The finding as plain data. The person or group it is about is in it only if ``reveal`` is true."""
        found = attrs.evolve(self, subject=None) if not reveal else self
        return {
            name: value for name, value in PlainData.to_dict(found, reveal=reveal).items() if name in _TOLD or value
        }


_TOLD: Final = frozenset({"code", "severity", "message", "path", "line"})
