"""Mapping between identifiers: validity in time, conflicts, unmatched records, parameter tables."""

from magister_connect.crosswalk.answers import ADVICE, Ambiguous, Answer, Match, NoMatch
from magister_connect.crosswalk.conflicts import Cardinality, Conflict, ConflictKind
from magister_connect.crosswalk.links import ALWAYS, Link, Period, Succession
from magister_connect.crosswalk.reports import Report, Resolved
from magister_connect.crosswalk.successors import Successors
from magister_connect.crosswalk.table import Crosswalk
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
    "Link",
    "Match",
    "NoMatch",
    "Period",
    "Reason",
    "Report",
    "Resolved",
    "Succession",
    "Successors",
]
