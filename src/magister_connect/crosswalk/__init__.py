"""Mapping between identifiers: validity in time, conflicts, unmatched records, parameter tables."""

from magister_connect.crosswalk.answers import ADVICE, Ambiguous, Answer, Match, NoMatch
from magister_connect.crosswalk.conflicts import Cardinality, Conflict, ConflictKind
from magister_connect.crosswalk.links import ALWAYS, Link, Period, Succession
from magister_connect.crosswalk.lint import LintCode, LintFinding, lint_parameters
from magister_connect.crosswalk.parameters import Enrolment, Explanation, ParameterRow, ParameterTable
from magister_connect.crosswalk.reports import Report, Resolved
from magister_connect.crosswalk.successors import Successors
from magister_connect.crosswalk.table import Crosswalk
from magister_connect.crosswalk.text_tables import TextRow, TextTable, read_text_table
from magister_connect.errors import Reason

__all__ = [
    "ADVICE",
    "ALWAYS",
    "Ambiguous",
    "Answer",
    "Cardinality",
    "Conflict",
    "ConflictKind",
    "Crosswalk",
    "Enrolment",
    "Explanation",
    "Link",
    "LintCode",
    "LintFinding",
    "Match",
    "NoMatch",
    "ParameterRow",
    "ParameterTable",
    "Period",
    "Reason",
    "Report",
    "Resolved",
    "Succession",
    "Successors",
    "TextRow",
    "TextTable",
    "lint_parameters",
    "read_text_table",
]
