"""The contract map: what the service calls its operation, its parameters and its fields, and how it pages.

The WSDL of the results service is not public, so that every name here is a proposal in the vendor's house style
(snake case, English, ``institution_code``, ``submission_nr``; documented for a related service) and none is a fact.
A contract is data: one that differs is made with :meth:`Contract.evolve`, or proposed from a WSDL by
:meth:`Contract.from_wsdl`, and it is held against the WSDL before the first request.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import evolve, field, frozen

from magister_connect.core.frozen import FrozenDict
from magister_connect.core.serialization import PlainData
from magister_connect.errors import UsageError
from magister_connect.results.faults import FaultTexts
from magister_connect.results.values import SCORE_WORDS, DateForm, Status

if TYPE_CHECKING:
    import os

import os
from collections.abc import Iterable, Iterator

from magister_connect.core.soap import Description, Operation, Part, describe, hold_documents
from magister_connect.errors import ContractChanged

ESSENTIAL: Final = ("submission_nr", "stamnummer")
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


FIELDS: Final[Mapping[str, tuple[str, ...]]] = FrozenDict(
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

PART_FIELDS: Final[Mapping[str, tuple[str, ...]]] = FrozenDict(
    {
        "code": ("code", "part_code", "part_nr"),
        "name": ("name", "part_name", "naam"),
        "score": ("score", "score_abs"),
        "percentage": ("percentage", "score_pct"),
        "level": ("level", "niveau"),
    }
)


@frozen(kw_only=True, repr=False)
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
    parameters: Parameters = field(factory=Parameters)
    result_path: tuple[str, ...] = ("results", "result")
    fields: Mapping[str, tuple[str, ...]] = field(factory=lambda: FIELDS, repr=False)
    part_fields: Mapping[str, tuple[str, ...]] = field(factory=lambda: PART_FIELDS, repr=False)
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
    faults: FaultTexts = field(factory=FaultTexts, repr=False)
    score_words: Mapping[str, Status] = field(factory=lambda: SCORE_WORDS, repr=False)

    def __attrs_post_init__(self) -> None:
        strange = sorted(({*self.fields} - {*FIELDS}) | ({*self.part_fields} - {*PART_FIELDS}))
        if strange:
            raise UsageError(
                f"The contract {self.name} places elements in fields that a result does not have",
                where=", ".join(strange),
                advice="Leave them out: what a contract does not name stays in Result.extra.",
            )

    def __repr__(self) -> str:
        return f"<Contract {self.name!r}, by {self.paging.name}>"

    @property
    def repeatable(self) -> bool:
        """Whether asking again is harmless: not where each result is delivered once."""
        return self.paging is not Paging.ONCE

    def evolve(self, **changes: Any) -> Contract:  # noqa: ANN401 - the fields of this class
        """This contract with some of its fields changed."""
        return evolve(self, **changes)

    @classmethod
    def from_wsdl(cls, wsdl: str | os.PathLike[str] | bytes) -> Proposal:
        """Propose a contract for a WSDL (bytes or a file), with what could not be placed and what was assumed."""
        return propose(wsdl)


HAND_WRITTEN: Final = Contract(name="hand-written")
"""The shape of the related service's published types: the likeliest (inferred, about one half)."""

LAMINAS: Final = Contract(name="Laminas AutoDiscover", result_path=("get_resultsResult", "item"))
"""The shape that Laminas generates from PHP classes (inferred, about one third; form measured)."""

PROFILES: Final = (HAND_WRITTEN, LAMINAS)


def fold_name(name: str) -> str:
    """A name without case and underscores, as aliases are compared."""
    return name.replace("_", "").replace("-", "").lower()


_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "institution": ("institution_code", "institution", "instellingscode", "instelling", "institute_code", "school"),
    "key": ("key", "soap_key", "api_key", "sleutel", "token", "password"),
    "since": ("date_from", "from", "since", "from_date", "start_date", "modified_since", "vanaf", "datum_vanaf"),
    "until": ("date_to", "to", "until", "to_date", "end_date", "modified_until", "tot", "datum_tot"),
    "offset": ("offset", "start", "skip"),
    "limit": ("limit", "max", "max_results", "count", "page_size"),
    "last_number": ("last_submission_nr", "last_submission_id", "after", "last_nr", "last_id"),
}
_DATE_FORMS: Final = {"Date": DateForm.DATE, "DateTime": DateForm.SECONDS}


@frozen(kw_only=True)
class Proposal(PlainData):
    """A contract to be checked by a person. ``contract`` is ``None`` where the WSDL has nothing that lists results.

    ``unplaced`` are things of the service that the contract does not name, and things of the contract that the service
    does not have; ``assumed`` is what a WSDL cannot tell.
    """

    contract: Contract | None
    unplaced: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    def __str__(self) -> str:
        name = "No contract can be proposed" if self.contract is None else f"Proposed: {self.contract}"
        return "\n".join((name, *(f"not placed: {each}" for each in self.unplaced), *self.assumed))


def propose(wsdl: str | os.PathLike[str] | bytes) -> Proposal:
    """Propose a contract. Raises :class:`NotXml` and :class:`ContractChanged` for what is no usable WSDL."""
    operations = describe(hold_documents(wsdl)).operations
    ranked = sorted(operations.values(), key=_likelihood, reverse=True)
    for operation in ranked:
        if (found := _list_of(operation)) is not None:
            others = tuple(f"the operation {name}" for name in sorted(operations) if name != operation.name)
            return _proposal(operation, *found, others)
    return Proposal(contract=None, unplaced=tuple(f"the operation {name}" for name in sorted(operations)))


def _likelihood(operation: Operation) -> tuple[int, int]:
    found = _list_of(operation)
    known = len(_placed(found[1], FIELDS)) if found else 0
    return known, "result" in operation.name.lower()


def _list_of(operation: Operation) -> tuple[tuple[str, ...], Part] | None:
    """The path to the first element that may be repeated and has parts."""
    for part in operation.output:
        for path, found in part.walk():
            if found.repeated and found.parts:
                return tuple(path.split("/")), found
    return None


def _proposal(operation: Operation, path: tuple[str, ...], record: Part, others: tuple[str, ...]) -> Proposal:
    parameters = {role: _first(operation.input, names) for role, names in _PARAMETERS.items()}
    fields = _placed(record, FIELDS)
    cursor = next((name for name in ("modified_at", "graded_at", "taken_at") if name in fields), "modified_at")
    header = operation.headers[0].name if operation.headers else None
    in_parameters = parameters["institution"] is not None and parameters["key"] is not None
    contract = Contract(
        name="proposed",
        operation=operation.name,
        parameters=Parameters(**parameters),
        result_path=path,
        fields={field: _names(field, name) for field, name in fields.items()} | _parts_of(record),
        part_fields=PART_FIELDS,
        cursor_field=cursor,  # type: ignore[arg-type]  # one of the three
        paging=_paging(parameters),
        date_form=_date_form(operation, parameters["since"]),
        credentials=Credentials.PARAMETERS if in_parameters else Credentials.HEADER if header else Credentials.BASIC,
        header=header or "authentication",
    )
    return Proposal(
        contract=contract,
        unplaced=(*others, *_unplaced(operation, parameters, record, fields)),
        assumed=tuple(_assumed(contract)),
    )


def _first(parts: tuple[Part, ...], names: tuple[str, ...]) -> str | None:
    given = {fold_name(part.name): part.name for part in parts}
    return next((given[fold_name(name)] for name in names if fold_name(name) in given), None)


def _placed(record: Part, fields: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    found = {field: _first(record.parts, names) for field, names in fields.items() if field != "parts"}
    return {field: name for field, name in found.items() if name is not None}


def _names(field: str, name: str) -> tuple[str, ...]:
    return (name, *(alias for alias in FIELDS[field] if fold_name(alias) != fold_name(name)))


def _parts_of(record: Part) -> dict[str, tuple[str, ...]]:
    return {"parts": FIELDS["parts"]} if _first(record.parts, FIELDS["parts"]) else {}


def _paging(parameters: Mapping[str, str | None]) -> Paging:
    if parameters["offset"]:
        return Paging.OFFSET
    if parameters["last_number"]:
        return Paging.NUMBER
    return Paging.SINCE if parameters["since"] else Paging.ONCE


def _date_form(operation: Operation, name: str | None) -> DateForm:
    kind = next((part.type_name for part in operation.input if part.name == name), "")
    return _DATE_FORMS.get(kind[:1].upper() + kind[1:], DateForm.BLANK)


def _unplaced(
    operation: Operation, parameters: Mapping[str, str | None], record: Part, fields: Mapping[str, str]
) -> Iterator[str]:
    for part in operation.input:
        if part.name not in parameters.values():
            yield f"the parameter {part.name}" + (" (required)" if part.required and not part.nillable else "")
    for role in ("institution", "key", "since"):
        if parameters[role] is None:
            yield f"our {role}: no parameter looks like it"
    parts = _first(record.parts, FIELDS["parts"])
    for part in record.parts:
        if part.name not in fields.values() and part.name != parts:
            yield f"the field {part.name} (it stays in Result.extra)"
    for name in ("submission_nr", "stamnummer", "modified_at"):
        if name not in fields:
            yield f"our {name}: no field looks like it"


def _assumed(contract: Contract) -> Iterator[str]:
    yield f"assumed: batches are asked for by {contract.paging.value}; a service that delivers once looks the same"
    yield f"assumed: the period is about {contract.cursor_field}; whether its bounds are included is unknown"
    yield f"assumed: moments are written like {contract.date_form.value}"


@frozen
class ContractDiff(PlainData):
    """What a WSDL has otherwise than a contract says; false when nothing stands in the way.

    ``blocking`` makes the contract useless for this service, ``remarks`` do not: fields that nobody named stay in
    ``Result.extra``.
    """

    contract: Contract
    blocking: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.blocking)

    def __str__(self) -> str:
        if not self.blocking:
            return f"The service fits the contract {self.contract.name}"
        return f"The service differs from the contract {self.contract.name}: {'; '.join(self.blocking)}"

    def error(self, where: str) -> ContractChanged:
        """The difference as an error to raise."""
        return ContractChanged(
            str(self),
            where=where,
            advice="Contract.from_wsdl() proposes a contract for it; pass the one that you have checked as contract=.",
        )


def check_contract(wsdl: str | os.PathLike[str] | bytes, contract: Contract = HAND_WRITTEN) -> ContractDiff:
    """Hold a WSDL (bytes or a file) against a contract.

    Raises :class:`NotXml` and :class:`ContractChanged` for what is no usable WSDL.
    """
    return diff(describe(hold_documents(wsdl)), contract)


def diff(description: Description, contract: Contract) -> ContractDiff:
    """Hold a service's description against a contract."""
    operation = description.operations.get(contract.operation)
    if operation is None:
        there = ", ".join(sorted(description.operations)) or "none"
        return ContractDiff(contract, (f"there is no operation {contract.operation} (there is: {there})",))
    blocking = [*_inputs(operation.input, operation.headers, contract)]
    record = _record(operation.output, contract.result_path)
    if record is None:
        shape = ", ".join(path for part in operation.output for path, _ in part.walk()) or "nothing"
        blocking.append(f"the answer has no {'/'.join(contract.result_path)} (it has: {shape})")
        return ContractDiff(contract, tuple(blocking))
    missing, unnamed = _fields(record, contract)
    return ContractDiff(contract, (*blocking, *missing), unnamed)


def contract_for(description: Description) -> Contract:
    """The shipped profile that fits, with the way of paging that the service's parameters allow.

    An offset means paging by offset, a last number paging by number, and a moment alone paging by moment; a service
    that delivers once looks like any of them and has to be named. Raises :class:`ContractChanged` with the difference.
    """
    differences = [diff(description, _paged(description, profile)) for profile in PROFILES]
    for found in differences:
        if not found:
            return found.contract
    nearest = min(differences, key=lambda found: len(found.blocking))
    raise nearest.error(description.held.root)


def _paged(description: Description, profile: Contract) -> Contract:
    operation = description.operations.get(profile.operation)
    given = {part.name for part in operation.input} if operation else set[str]()
    names = profile.parameters
    if names.offset in given:
        paging = Paging.OFFSET
    elif names.last_number in given:
        paging = Paging.NUMBER
    else:
        paging = Paging.SINCE if names.since in given else Paging.ONCE
    return fitted(description, profile.evolve(paging=paging))


def fitted(description: Description, contract: Contract) -> Contract:
    """The contract without the optional parameters that the service does not take."""
    operation = description.operations.get(contract.operation)
    if operation is None:
        return contract
    given = {part.name for part in operation.input}
    names = contract.parameters
    optional = {"since", "until", "offset", "limit", "last_number"}
    absent = {name: None for name in optional if getattr(names, name) not in given}
    return contract.evolve(parameters=evolve(names, **absent))


def _inputs(parts: tuple[Part, ...], headers: tuple[Part, ...], contract: Contract) -> Iterator[str]:
    given = {part.name: part for part in parts}
    names, paging = contract.parameters, contract.paging
    needed = {
        Paging.SINCE: (names.since,),
        Paging.OFFSET: (names.since, names.offset),
        Paging.NUMBER: (names.last_number,),
        Paging.ONCE: (),
    }[paging]
    account = (names.institution, names.key) if contract.credentials is Credentials.PARAMETERS else ()
    for name in (*account, *needed):
        if name is None or name not in given:
            yield f"the operation takes no {name or 'parameter for paging ' + paging}"
    if contract.credentials is Credentials.HEADER and not headers:
        yield f"the operation takes no header {contract.header}"
    ours = {names.institution, names.key, names.since, names.until, names.offset, names.limit, names.last_number}
    for name, part in given.items():
        if part.required and not part.nillable and name not in ours:
            yield f"the operation wants {name}, which the contract does not know"


def _record(parts: Iterable[Part], path: tuple[str, ...]) -> Part | None:
    found: Part | None = None
    for name in path:
        found = next((part for part in parts if part.name == name), None)
        if found is None:
            return None
        parts = found.parts
    return found


def _fields(record: Part, contract: Contract) -> tuple[tuple[str, ...], tuple[str, ...]]:
    given = {fold_name(part.name): part.name for part in record.parts}
    placed = {field: {fold_name(name) for name in names} & set(given) for field, names in contract.fields.items()}
    needed = [*ESSENTIAL] if contract.paging is Paging.ONCE else [*ESSENTIAL, contract.cursor_field]
    missing = tuple(
        f"a record has no {field} under any of its names ({', '.join(names) or 'it names none'})"
        for field, names in ((field, contract.fields.get(field, ())) for field in needed)
        if not placed.get(field)
    )
    known = set[str]().union(*placed.values())
    return missing, tuple(sorted(name for folded, name in given.items() if folded not in known))
