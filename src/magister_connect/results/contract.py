"""The contract map: what the service calls its operation, its parameters and its fields, and how it pages.

The WSDL of the results service is not public, so that every name here is a proposal in the vendor's house style
(snake case, English, ``institution_code``, ``submission_nr``; documented for a related service) and none is a fact.
A contract is data: one that differs is made with :meth:`Contract.but`, or proposed from a WSDL by
:meth:`Contract.from_wsdl`, and it is held against the WSDL before the first request.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import evolve, field, frozen

from magister_connect.errors import UsageError
from magister_connect.results.fault_texts import FaultTexts
from magister_connect.results.moments import DateForm
from magister_connect.results.scores import SCORE_WORDS, Status

if TYPE_CHECKING:
    import os

    from magister_connect.results.proposal import Proposal

__all__ = [
    "FIELDS",
    "HAND_WRITTEN",
    "LAMINAS",
    "PART_FIELDS",
    "PROFILES",
    "Contract",
    "Credentials",
    "CursorField",
    "Paging",
    "Parameters",
]

CursorField = Literal["modified_at", "graded_at", "taken_at"]


class Paging(StrEnum):
    """How one gets from one batch to the next; which one the service has is unknown."""

    SINCE = "since only, with a limit of the server"
    OFFSET = "since and offset"
    NUMBER = "after the last submission number"
    ONCE = "the server delivers each result once"


class Credentials(StrEnum):
    """Where the institution code and the key are placed (inferred: parameters)."""

    PARAMETERS = "parameters"
    HEADER = "SOAP header"
    BASIC = "HTTP Basic"


@frozen(kw_only=True)
class Parameters:
    """The names of the request's parameters; ``None`` for what the service does not take."""

    institution: str | None = "institution_code"
    key: str | None = "key"
    since: str | None = "date_from"
    until: str | None = "date_to"
    offset: str | None = "offset"
    limit: str | None = "limit"
    last_number: str | None = "last_submission_nr"


FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "submission_nr": ("submission_nr", "submission_id", "submission", "afnamenummer", "afname_id"),
        "stamnummer": ("username", "user_name", "student_number", "student_nr", "stamnummer", "leerlingnummer"),
        "test_nr": ("test_nr", "test_id", "toetsnummer"),
        "test_code": ("test_code", "toetscode"),
        "test_name": ("test_name", "test_title", "toetsnaam"),
        "subject": ("subject", "vak", "course"),
        "skill": ("skill", "vaardigheid"),
        "taken_at": ("taken", "taken_at", "date_taken", "test_date", "started", "afnamedatum"),
        "graded_at": ("graded", "graded_at", "date_graded", "finished", "assessed", "beoordeeld_op"),
        "modified_at": ("modified", "modified_at", "date_modified", "changed", "updated", "last_modified", "gewijzigd"),
        "level": ("level", "niveau", "reference_level", "level_reached"),
        "development_score": ("development_score", "ontwikkelscore", "growth_score"),
        "score": ("score", "raw_score", "score_text"),
        "percentage": ("percentage", "score_percentage", "score_pct", "percentage_score"),
        "grade": ("grade", "mark", "cijfer"),
        "status": ("status", "review_status", "beoordelingsstatus"),
        "parts": ("parts", "test_parts", "onderdelen", "part_results"),
        "report_address": ("download_report", "report", "report_url"),
    }
)
"""Our fields and the names under which they may be sent, the likeliest first; compared without case and underscores."""

PART_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "code": ("code", "part_code", "part_nr"),
        "name": ("name", "part_name", "naam"),
        "score": ("score", "score_abs"),
        "percentage": ("percentage", "score_pct"),
        "level": ("level", "niveau"),
    }
)


@frozen(kw_only=True)
class Contract:
    """Everything that has to be known about the service's face.

    ``result_path`` leads from the response's wrapper to one record, by local names. ``cursor_field`` is the field of
    the record by which ``since`` selects. ``page_size`` is the most that one batch holds, if that is known;
    ``short_batch_ends`` says that a batch smaller than that is the last one. ``since_includes`` says whether a record
    of exactly that moment is sent: unknown (``None``) asks from one step earlier. ``until_includes`` says whether a
    record of exactly the upper bound is sent: unknown asks up to the bound itself, and to 31 July at the latest.
    ``batches_in_order`` says that no batch holds what belongs before an earlier one, even if its own records are mixed.

    Raises :class:`UsageError` for ``fields`` and ``part_fields`` with a key that is none of :data:`FIELDS` and
    :data:`PART_FIELDS`.
    """

    name: str
    operation: str = "get_results"
    parameters: Parameters = Parameters()
    result_path: tuple[str, ...] = ("results", "result")
    fields: Mapping[str, tuple[str, ...]] = field(default=FIELDS, repr=False)
    part_fields: Mapping[str, tuple[str, ...]] = field(default=PART_FIELDS, repr=False)
    cursor_field: CursorField = "modified_at"
    paging: Paging = Paging.OFFSET
    date_form: DateForm = DateForm.SECONDS
    day_first: bool = False
    credentials: Credentials = Credentials.PARAMETERS
    header: str = "authentication"
    page_size: int | None = None
    short_batch_ends: bool = False
    since_includes: bool | None = None
    until_includes: bool | None = None
    batches_in_order: bool | None = None
    faults: FaultTexts = field(default=FaultTexts(), repr=False)
    score_words: Mapping[str, Status] = field(default=SCORE_WORDS, repr=False)

    def __attrs_post_init__(self) -> None:
        strange = sorted(({*self.fields} - {*FIELDS}) | ({*self.part_fields} - {*PART_FIELDS}))
        if strange:
            raise UsageError(
                f"The contract {self.name} places elements in fields that a result does not have",
                where=", ".join(strange),
                advice="Leave them out: what a contract does not name stays in Result.extra.",
            )

    @property
    def repeatable(self) -> bool:
        """Whether asking again is harmless: not where each result is delivered once."""
        return self.paging is not Paging.ONCE

    def but(self, **changes: Any) -> Contract:  # noqa: ANN401 - the fields of this class
        """This contract with some of its fields changed."""
        return evolve(self, **changes)

    @classmethod
    def from_wsdl(cls, wsdl: str | os.PathLike[str] | bytes) -> Proposal:
        """Propose a contract for a WSDL (bytes or a file), with what could not be placed and what was assumed."""
        from magister_connect.results.proposal import propose

        return propose(wsdl)


HAND_WRITTEN: Final = Contract(name="hand-written")
"""The shape of the related service's published types: the likeliest (inferred, about one half)."""

LAMINAS: Final = Contract(name="Laminas AutoDiscover", result_path=("get_resultsResult", "item"))
"""The shape that Laminas generates from PHP classes (inferred, about one third; form measured)."""

PROFILES: Final = (HAND_WRITTEN, LAMINAS)
