"""Mapping between identifiers: validity in time, conflicts, unmatched records, parameter tables."""

from magister_connect.crosswalk.answers import ADVICE, Ambiguous, Answer, Match, NoMatch
from magister_connect.crosswalk.audiences import SCHOOL, Audience
from magister_connect.crosswalk.building import Built, Column, Rejected, build_links, links_from_edexml, links_from_scim
from magister_connect.crosswalk.conflicts import Cardinality, Conflict, ConflictKind
from magister_connect.crosswalk.files import read_csv, read_sqlite, write_csv, write_sqlite
from magister_connect.crosswalk.links import ALWAYS, Link, Period, Succession
from magister_connect.crosswalk.lint import LintCode, LintFinding, lint_parameters
from magister_connect.crosswalk.matching import Candidate, Person, decide, propose
from magister_connect.crosswalk.parameters import Enrolment, Explanation, ParameterRow, ParameterTable, Verdict
from magister_connect.crosswalk.pseudonyms import Pseudonymiser
from magister_connect.crosswalk.reports import Report, Resolved
from magister_connect.crosswalk.snapshots import Changed, Difference, Rekeyed, diff
from magister_connect.crosswalk.substitutions import doubled_eck_ids, pending_substitutions
from magister_connect.crosswalk.successors import Successors
from magister_connect.crosswalk.table import Crosswalk
from magister_connect.crosswalk.text_tables import TextRow, TextTable, read_text_table
from magister_connect.errors import Reason

__all__ = [
    "ADVICE",
    "ALWAYS",
    "SCHOOL",
    "Ambiguous",
    "Answer",
    "Audience",
    "Built",
    "Candidate",
    "Cardinality",
    "Changed",
    "Column",
    "Conflict",
    "ConflictKind",
    "Crosswalk",
    "Difference",
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
    "Person",
    "Pseudonymiser",
    "Reason",
    "Rejected",
    "Rekeyed",
    "Report",
    "Resolved",
    "Succession",
    "Successors",
    "TextRow",
    "TextTable",
    "Verdict",
    "build_links",
    "decide",
    "diff",
    "doubled_eck_ids",
    "links_from_edexml",
    "links_from_scim",
    "lint_parameters",
    "pending_substitutions",
    "propose",
    "read_csv",
    "read_sqlite",
    "read_text_table",
    "write_csv",
    "write_sqlite",
]
