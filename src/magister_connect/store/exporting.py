"""Results as a table for others: no names, nothing that the contract does not name, and numbers only if wanted."""

from __future__ import annotations

import csv
import hmac
import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from magister_connect.errors import UsageError
from magister_connect.secrets import Secret

__all__ = ["COLUMNS", "as_pseudonym", "write_export"]

COLUMNS: Final = (
    "product",
    "instellingscode",
    "submission_nr",
    "stamnummer",
    "school_year",
    "test_nr",
    "test_code",
    "test_name",
    "subject",
    "skill",
    "taken_at",
    "graded_at",
    "modified_at",
    "level",
    "development_score",
    "score",
    "percentage",
    "grade",
    "status",
)
"""What an export holds: the fields of the contract. ``extra`` may hold a name, so it stays behind."""

_LEAST_KEY: Final = 16  # bytes: stamnummers are so few that a short key could be tried out


def as_pseudonym(key: Secret) -> Callable[[str], str]:
    """A function from stamnummers to pseudonyms: the same for the same key, and not to be turned back without it."""
    secret = key.reveal().encode()
    if len(secret) < _LEAST_KEY:
        raise UsageError(
            f"The key of pseudonyms needs at least {_LEAST_KEY} characters",
            where="pseudonyms",
            advice="Make one with Store.generate_key(), and keep it: the same key gives the same pseudonyms.",
        )
    return lambda text: hmac.new(secret, text.strip().encode(), sha256).hexdigest()[:32]


def write_export(
    rows: Iterable[Mapping[str, Any]], path: str | os.PathLike[str], pseudonym: Callable[[str], str] | None
) -> int:
    """Write rows as CSV, UTF-8, one header; gives how many."""
    count = 0
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            values = {name: row[name] for name in COLUMNS}
            if pseudonym is not None:
                values["stamnummer"] = pseudonym(values["stamnummer"])
                values["submission_nr"] = pseudonym(values["submission_nr"])
            writer.writerow(["" if value is None else _harmless(value) for value in values.values()])
            count += 1
    return count


def _harmless(value: object) -> str:
    """A text that a spreadsheet does not take for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdigit()
