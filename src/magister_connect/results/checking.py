"""A contract held against a WSDL: the difference, in words."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from attrs import evolve, frozen

from magister_connect.errors import ContractChanged
from magister_connect.results.contract import HAND_WRITTEN, PROFILES, Contract, Credentials, Paging
from magister_connect.results.reading import ESSENTIAL, fold_name
from magister_connect.soap import Description, Part, describe, hold_documents

__all__ = ["Difference", "check_contract", "contract_for", "difference"]


@frozen
class Difference:
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


def check_contract(wsdl: str | os.PathLike[str] | bytes, contract: Contract = HAND_WRITTEN) -> Difference:
    """Hold a WSDL (bytes or a file) against a contract.

    Raises :class:`NotXml` and :class:`ContractChanged` for what is no usable WSDL.
    """
    return difference(describe(hold_documents(wsdl)), contract)


def difference(description: Description, contract: Contract) -> Difference:
    """Hold a service's description against a contract."""
    operation = description.operations.get(contract.operation)
    if operation is None:
        there = ", ".join(sorted(description.operations)) or "none"
        return Difference(contract, (f"there is no operation {contract.operation} (there is: {there})",))
    blocking = [*_inputs(operation.input, operation.headers, contract)]
    record = _record(operation.output, contract.result_path)
    if record is None:
        shape = ", ".join(path for part in operation.output for path, _ in part.walk()) or "nothing"
        blocking.append(f"the answer has no {'/'.join(contract.result_path)} (it has: {shape})")
        return Difference(contract, tuple(blocking))
    missing, unnamed = _fields(record, contract)
    return Difference(contract, (*blocking, *missing), unnamed)


def contract_for(description: Description) -> Contract:
    """The shipped profile that fits, with the way of paging that the service's parameters allow.

    An offset means paging by offset, a last number paging by number, and a moment alone paging by moment; a service
    that delivers once looks like any of them and has to be named. Raises :class:`ContractChanged` with the difference.
    """
    differences = [difference(description, _paged(description, profile)) for profile in PROFILES]
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
    return fitted(description, profile.but(paging=paging))


def fitted(description: Description, contract: Contract) -> Contract:
    """The contract without the optional parameters that the service does not take."""
    operation = description.operations.get(contract.operation)
    if operation is None:
        return contract
    given = {part.name for part in operation.input}
    names = contract.parameters
    optional = {"since", "until", "offset", "limit", "last_number"}
    absent = {name: None for name in optional if getattr(names, name) not in given}
    return contract.but(parameters=evolve(names, **absent))


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
