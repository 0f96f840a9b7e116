"""One finding of a check: code, severity, line, path and message. It never contains a value of a field."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import attrs

from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.edexml.checking.advice import ADVICE, Advice, Language
from magister_connect.edexml.checking.dutch import translated


class Severity(StrEnum):
    """How serious a finding is.

    An error breaks a rule, a warning may break one, and a hint may be correct. Privacy marks data that should not be
    shared.
    """

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"
    PRIVACY = "privacy"


class Cause(StrEnum):
    """A single cause of many findings."""

    VERSION = "version"
    """The file states another version than the one it was written in."""
    YEAR = "year"
    """The file states another school year than its dates."""
    ENCODING = "encoding"
    """Text was read or written with the wrong encoding."""
    EXPORT = "export"
    """The export makes the same error in every record of a kind."""


@attrs.frozen(repr=False)
class Subject(MaskedRepr):
    """The person or group of a finding. A report shows it only with ``reveal=True``."""

    kind: str
    key: str = attrs.field(metadata={"personal": True})
    name: str = attrs.field(default="", metadata={"personal": True})
    group: str = attrs.field(default="", metadata={"personal": True})

    def text(self) -> str:
        """Key, name and group in one line."""
        group = f"({self.group})" if self.group else ""
        return " ".join(filter(None, (self.key, self.name, group)))


@attrs.frozen
class Finding(PlainData):
    """One finding. ``path`` counts elements from 1, as in ``EDEX/leerlingen/leerling[3]/bsn``.

    Codes with ``X`` are rules of the schema and codes with ``S`` are rules of meaning. Codes with ``L`` mark a
    deviation that a lenient reader accepted. ``cause`` is the cause, if it is known.
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
        """Return the message in one language."""
        return translated(self.message, language)

    @property
    def remedy(self) -> Advice:
        """What to do, and who does it, in both languages."""
        return ADVICE[self.code]

    @property
    def advice(self) -> str:
        """What to do, as an English sentence for the person at the school."""
        return self.remedy.en

    @property
    def place(self) -> str:
        """Line and path in one text, as far as they are known; empty if neither is."""
        line = () if self.line is None else (f"line {self.line}",)
        return ", ".join((*line, *filter(None, (self.path,))))

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return the finding as plain data. The person or group is included only if ``reveal`` is true."""
        found = attrs.evolve(self, subject=None) if not reveal else self
        return {
            name: value for name, value in PlainData.to_dict(found, reveal=reveal).items() if name in _TOLD or value
        }


_TOLD: Final = frozenset({"code", "severity", "message", "path", "line"})
