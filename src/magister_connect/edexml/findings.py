"""What is wrong with a document, or remarkable: code, severity, line, path and words, and never a value."""

from __future__ import annotations

from enum import StrEnum

import attrs

from magister_connect.core.serialization import PlainData
from magister_connect.edexml.checking.advice import REMEDIES


class Severity(StrEnum):
    """How heavy a finding is: an error breaks a rule, a warning may, a hint need not; privacy stands apart."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"
    PRIVACY = "privacy"


@attrs.frozen
class Finding(PlainData):
    """One finding. ``path`` counts elements from 1, as in ``EDEX/leerlingen/leerling[3]/bsn``.

    Codes beginning with ``X`` are rules of the schema, those with ``S`` are rules of meaning, ``L`` marks a departure
    that a lenient reader let pass.
    """

    code: str
    severity: Severity
    message: str
    path: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.code} {self.severity}: {self.message}" + (f" ({self.place})" if self.place else "")

    @property
    def advice(self) -> str:
        """What to do about it, and who: a sentence for the person at the school."""
        return REMEDIES[self.code]

    @property
    def place(self) -> str:
        """Line and path in one text, as far as they are known; empty where neither is."""
        line = () if self.line is None else (f"line {self.line}",)
        return ", ".join((*line, *filter(None, (self.path,))))
