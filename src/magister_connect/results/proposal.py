"""A contract proposed from a WSDL: by the names that things are likely to have, with what could not be placed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen

from magister_connect.results.contract import FIELDS, PART_FIELDS, Contract, Credentials, Paging, Parameters
from magister_connect.results.moments import DateForm
from magister_connect.results.reading import fold_name
from magister_connect.soap import Operation, Part, describe, hold_documents

__all__ = ["Proposal", "propose"]

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
class Proposal:
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
    for field in ("submission_nr", "stamnummer", "modified_at"):
        if field not in fields:
            yield f"our {field}: no field looks like it"


def _assumed(contract: Contract) -> Iterator[str]:
    yield f"assumed: batches are asked for by {contract.paging.value}; a service that delivers once looks the same"
    yield f"assumed: the period is about {contract.cursor_field}; whether its bounds are included is unknown"
    yield f"assumed: moments are written like {contract.date_form.value}"
