"""Return a parameter table to its maintainer: a workbook with the findings next to the rows."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from magister_connect.core.tables.text_tables import read_text_table
from magister_connect.core.tables.workbooks import annotate, is_workbook, new_workbook
from magister_connect.crosswalk.linting import Language, LintFinding
from magister_connect.crosswalk.parameters import NOTES
from magister_connect.errors import UsageError

_HEADERS: Final[dict[Language, tuple[str, str]]] = {"en": NOTES[0], "nl": NOTES[1]}


def write_findings(
    source: str | os.PathLike[str] | bytes,
    findings: Iterable[LintFinding],
    target: str | os.PathLike[str],
    *,
    language: Language = "en",
    sheet: str | None = None,
    header_line: int = 1,
    delimiter: str | None = None,
    encoding: str | None = None,
) -> int:
    """Write the table with its findings to ``target`` (``.xlsx``, extra ``xlsx``).

    Returns how many rows have a finding.

    ``source`` is the table that was checked. A workbook keeps its columns, formats and sheets. Two columns are added
    after the last one: ``finding`` and ``what to do`` (Dutch with ``language="nl"``). A text table becomes a workbook
    with text cells. Formulas in the sheet become their values.

    A later run rewrites the two columns, and reading a parameter table ignores them. So the corrected copy can be the
    next table. Raises :class:`UsageError` if ``target`` is the source itself, and :class:`DocumentInvalid` as reading
    does.
    """
    if language not in _HEADERS:
        raise UsageError("This language is not known", where="language", advice='Pass "en" or "nl".')
    if not isinstance(source, bytes) and Path(source).resolve() == Path(target).resolve():
        raise UsageError(
            "The findings would overwrite the table", where="target", advice="Pass the name of another file."
        )
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    notes = _notes(findings, language)
    if not is_workbook(content):
        table = read_text_table(content, delimiter=delimiter, encoding=encoding, header_line=header_line)
        places = {row.line: place for place, row in enumerate(table, start=2)}
        notes = {places[line]: texts for line, texts in notes.items() if line in places}
        content = new_workbook(table.columns, [[row[name] for name in table.columns] for row in table])
        sheet, header_line = None, 1
    others = [names for names in NOTES if names != _HEADERS[language]]
    written = annotate(content, _HEADERS[language], notes, sheet=sheet, header_line=header_line, earlier=others)
    Path(target).write_bytes(written)
    return len(notes)


def _notes(findings: Iterable[LintFinding], language: Language) -> dict[int, tuple[str, str]]:
    words: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for finding in findings:
        if finding.line is not None:
            words[finding.line].append(finding.words(language))
    return {
        line: ("\n".join(dict.fromkeys(w for w, _ in found)), "\n".join(dict.fromkeys(a for _, a in found)))
        for line, found in words.items()
    }
