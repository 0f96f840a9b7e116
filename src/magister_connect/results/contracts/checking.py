"""Compare a contract with a WSDL and prove it: build requests, read a sample response, and optionally ask the service.

:func:`diff` finds problems that would otherwise appear at night. Examples are a required part that is never sent, a
header with unknown fields, and a paging that cannot move on.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen
from lxml import etree

from magister_connect.core.flow import Reply
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.soap import Description, Operation, Part, describe, hold_documents
from magister_connect.core.xml import Element
from magister_connect.errors import ContractMismatch, MagisterConnectError, Responsible
from magister_connect.results.contracts.contract import (
    DEFAULT_LIMIT,
    ESSENTIAL,
    FIELDS,
    HAND_WRITTEN,
    PROFILES,
    Contract,
    Paging,
    find_parameter,
    is_own_text,
    leaves_of,
    written_paths,
)
from magister_connect.results.contracts.paths import OWN_TEXT, FieldPath, Placement, chain_of, fold_name
from magister_connect.results.contracts.requests import PageRequest
from magister_connect.results.service import Page, Service

_NEEDED: Final[Mapping[Paging, tuple[str, ...]]] = {
    Paging.SINCE: ("since",),
    Paging.OFFSET: ("offset",),
    Paging.NUMBER: ("last_number",),
    Paging.PAGE: ("page",),
    Paging.TOKEN: ("token",),
    Paging.ONCE: (),
}
_MOMENTS: Final = ("taken_at", "graded_at", "modified_at")
_DEEPEST: Final = 6
_ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_SAMPLE_DAY: Final = dt.datetime(2025, 9, 1, 8)  # noqa: DTZ001 - naive local time, as the service sends it
_BUILT_AT: Final = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)


@frozen
class ContractDiff(PlainData):
    """How a service differs from a contract. It is false if nothing blocks the use of the contract.

    - ``blocking``: problems that make the contract useless for this service.
    - ``remarks``: other differences. For example, fields that are not in the contract go to ``Result.extra``.
    - ``proven``: the requests that were built and the responses that were read.
    """

    contract: Contract
    blocking: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    proven: tuple[str, ...] = field(default=(), kw_only=True)

    def __bool__(self) -> bool:
        return bool(self.blocking)

    def __str__(self) -> str:
        if not self.blocking:
            return f"The service fits the contract {self.contract.name}"
        return f"The service differs from the contract {self.contract.name}: {'; '.join(self.blocking)}"

    def error(self, where: str) -> ContractMismatch:
        """Return the difference as an error to raise."""
        return ContractMismatch(
            str(self),
            where=where,
            responsible=Responsible.YOU,
            advice="Propose a contract with Contract.from_wsdl(), check it, and pass it as contract=.",
        )


def check_contract(wsdl: str | os.PathLike[str] | bytes, contract: Contract = HAND_WRITTEN) -> ContractDiff:
    """Compare a WSDL (bytes or a file) with a contract. :meth:`ResultsClient.check` proves more.

    Raises :class:`NotXml` and :class:`ContractMismatch` for an unusable WSDL.
    """
    description = describe(hold_documents(wsdl))
    return diff(description, fitted(description, contract))


def diff(description: Description, contract: Contract) -> ContractDiff:
    """Compare the description of a service with a contract."""
    operation = description.operations.get(contract.operation)
    if operation is None:
        there = ", ".join(sorted(description.operations)) or "none"
        return ContractDiff(contract, (f"there is no operation {contract.operation} (there is: {there})",))
    blocking = [*_inputs(operation, contract), *_reply_paths(operation, contract)]
    chain = chain_of(operation.output, contract.result_path)
    if chain is None:
        shape = ", ".join(path for part in operation.output for path, _ in part.walk()) or "nothing"
        blocking.append(f"the answer has no {'/'.join(contract.result_path)} (it has: {shape})")
        return ContractDiff(contract, tuple(blocking))
    missing, unnamed = _fields(chain, contract)
    return ContractDiff(contract, (*blocking, *missing), unnamed)


def contract_for(description: Description) -> Contract:
    """Return the built-in profile that matches, with a paging that the parameters of the service allow.

    The parameters decide: an offset means paging by offset, a last number by number, and a page by page. Only a moment
    means paging by moment. A service that delivers each result once cannot be recognised; you must name it. Raises
    :class:`ContractMismatch` with the difference.
    """
    differences = [diff(description, _paged(description, profile)) for profile in PROFILES]
    for found in differences:
        if not found:
            return found.contract
    nearest = min(differences, key=lambda found: len(found.blocking))
    raise nearest.error(description.held.place)


def _paged(description: Description, profile: Contract) -> Contract:
    contract = fitted(description, profile.evolve(paging=Paging.ONCE))  # needs no parameter
    names = contract.parameters
    ways = ((names.offset, Paging.OFFSET), (names.last_number, Paging.NUMBER), (names.page, Paging.PAGE))
    paging = next((way for path, way in ways if path), Paging.SINCE if names.since else Paging.ONCE)
    return contract.evolve(paging=paging)


def fitted(description: Description, contract: Contract) -> Contract:
    """Return the contract without parameters that the service does not take, except those that its paging needs."""
    operation = description.operations.get(contract.operation)
    if operation is None:
        return contract
    names, kept = contract.parameters, _NEEDED[contract.paging]
    roles = ("since", "until", "offset", "limit", "last_number", "page", "token")
    absent = {role: None for role in roles if role not in kept and _part_of(operation, getattr(names, role)) is None}
    return contract.evolve(parameters=evolve(names, **absent))


def _part_of(operation: Operation, path: str | None) -> Part | None:
    return None if path is None else find_parameter(operation, Placement.of(path))


def _inputs(operation: Operation, contract: Contract) -> Iterator[str]:
    for role in _NEEDED[contract.paging]:
        path = getattr(contract.parameters, role)
        if _part_of(operation, path) is None:
            yield f"the operation takes no {path or role}, by which the contract pages ({contract.paging})"
    headers = {part.name for part in operation.headers}
    texts = [text for placed in contract.credentials.values() for text in placed]
    for placement in map(Placement.of, (*texts, *contract.constants)):
        if placement.kind == "header" and placement.path[0] not in headers:
            yield f"the operation takes no header {placement.path[0]}"
        elif placement.kind in {"parameter", "header"} and find_parameter(operation, placement) is None:
            yield f"the operation takes no {'/'.join(placement.path)}"
    written = written_paths(contract)
    for path, part, needed in leaves_of(operation):
        if path not in written and needed:
            kind = "header field" if path.startswith("header:") else "parameter"
            yield (
                f"the operation requires the {kind} {path.removeprefix('header:')}, which is not in the contract: "
                f"place a credential or a constant of type {part.type_name} there"
            )


def _reply_paths(operation: Operation, contract: Contract) -> Iterator[str]:
    wrapper = Part("response", "", parts=operation.output)
    for name, path in (("next_token", contract.next_token), ("more", contract.more)):
        if path is not None and FieldPath.of(path).find_part((wrapper,)) is None:
            yield f"the answer has no {path}, where the contract has {name}"
    if contract.paging is Paging.TOKEN and contract.next_token is None:
        yield "paging by a cursor cannot move on, because the contract has no next_token"


def _fields(chain: tuple[Part, ...], contract: Contract) -> tuple[tuple[str, ...], tuple[str, ...]]:
    needed = [*ESSENTIAL] if contract.paging is Paging.ONCE else [*ESSENTIAL, contract.cursor_field]
    missing: list[str] = []
    for name in needed:
        paths = contract.fields.get(name, ())
        part = next((found for path in paths if (found := FieldPath.of(path).find_part(chain)) is not None), None)
        if part is None:
            missing.append(f"a record has no {name} under any of its names ({', '.join(paths) or 'it names none'})")
        elif part.parts:
            inside = ", ".join(f"{part.name}/{each.name}" for each in part.parts)
            missing.append(f"{name} is mapped to {part.name}, which has child elements: name one of them ({inside})")
    named = {fold_name(path) for paths in contract.fields.values() for path in paths}
    names = (
        *(OWN_TEXT if is_own_text(part) else part.name for part in chain[-1].parts),
        *(f"@{name}" for name in chain[-1].attributes),
    )
    unnamed = sorted(name for name in names if fold_name(name) not in named)
    return tuple(missing), tuple(unnamed)


def siblings_of(description: Description, contract: Contract) -> frozenset[str]:
    """Return the names that may occur beside the elements on the path to a record."""
    operation = description.operations.get(contract.operation)
    chain = None if operation is None else chain_of(operation.output, contract.result_path)
    if operation is None or chain is None:
        return frozenset()
    levels = (operation.output, *(part.parts for part in chain[:-1]))
    return frozenset(part.name for level in levels for part in level)


# -- proving ---------------------------------------------------------------------------------------------------------


def prove(found: ContractDiff, service: Service, description: Description | None, sample: bytes | None) -> ContractDiff:
    """Build a request for every step of the paging, and read a sample response.

    ``sample`` is a recorded one. Without it, one is made from the WSDL.
    """
    if found:
        return found
    blocking: list[str] = []
    proven: list[str] = []
    for words, asked in _steps(found.contract):
        try:
            service.writer.write(asked, _BUILT_AT)
        except MagisterConnectError as error:
            blocking.append(f"{words} cannot be written: {error.what}")
        else:
            proven.append(words)
    operation = None if description is None else description.operations.get(found.contract.operation)
    body = sample if sample is not None else None if operation is None else sample_reply(operation, found.contract)
    if body is not None:
        wrong, read = _read_sample(service, body, made_up=sample is None)
        blocking += wrong
        proven += read
    return evolve(found, blocking=(*found.blocking, *blocking), proven=tuple(proven))


def _steps(contract: Contract) -> Iterator[tuple[str, PageRequest]]:
    text = contract.date_form.value
    first = PageRequest(since=text, until=text)
    yield "the first request", first
    following: Mapping[Paging, PageRequest] = {
        Paging.OFFSET: evolve(first, offset=DEFAULT_LIMIT),
        Paging.NUMBER: evolve(first, last_number=DEFAULT_LIMIT),
        Paging.PAGE: evolve(first, page=contract.first_page + 1),
        Paging.TOKEN: evolve(first, token="cursor"),  # noqa: S106 - of a page
    }
    if contract.paging in following:
        yield "the request for the next batch", following[contract.paging]
    if contract.parameters.limit is not None:
        yield "a request with a limit", evolve(first, limit=DEFAULT_LIMIT)


def _read_sample(service: Service, body: bytes, *, made_up: bool) -> tuple[list[str], list[str]]:
    kind = "a reply made from the WSDL" if made_up else "the sample reply"
    try:
        page = service.read(Reply(200, (("content-type", "text/xml"),), body), PageRequest())
    except MagisterConnectError as error:
        return [f"{kind} cannot be read: {error.what} ({error.where})"], []
    reasons = sorted({f"{each.path.partition('/')[2] or each.path}: {each.reason}" for each in page.unreadable})
    wrong = [f"a record of {kind} cannot be read ({reason})" for reason in reasons]
    if made_up and not page.count:
        wrong.append(f"{kind} has no record")
    if page.results and all(getattr(each, service.contract.cursor_field) is None for each in page.results):
        wrong.append(
            f"no record of {kind} has the moment by which batches are asked for ({service.contract.cursor_field})"
        )
    return wrong, [f"{kind}: {_count(page)}"]


def _count(page: Page) -> str:
    unreadable = f", {len(page.unreadable)} of them not readable" if page.unreadable else ""
    return f"{page.count} {'record' if page.count == 1 else 'records'}{unreadable}"


def sample_reply(operation: Operation, contract: Contract) -> bytes:
    """Return a response with one record, made from the WSDL: values by type, and by field if the type is a text."""
    moments = {
        fold_name(path.rpartition("/")[2].lstrip("@"))
        for name in _MOMENTS
        for path in (*contract.fields.get(name, ()), *FIELDS[name])
    }
    flags = {fold_name(contract.more.rpartition("/")[2])} if contract.more else set[str]()
    moment = _SAMPLE_DAY.strftime("%d-%m-%Y %H:%M:%S" if contract.day_first else "%Y-%m-%d %H:%M:%S")
    texts = dict.fromkeys(moments, moment) | dict.fromkeys(flags, "false")
    envelope = etree.Element(f"{{{_ENVELOPE}}}Envelope")
    wrapper = etree.SubElement(etree.SubElement(envelope, f"{{{_ENVELOPE}}}Body"), "response")
    for part in operation.output:
        _add_sample(wrapper, part, texts, 0)
    return etree.tostring(envelope)


_VALUES: Final = {
    **dict.fromkeys(("int", "integer", "long", "short", "byte", "decimal", "float", "double"), "1"),
    "boolean": "false",
    "date": "2025-09-01",
    "dateTime": "2025-09-01T08:00:00",
}


def _add_sample(parent: Element, part: Part, texts: Mapping[str, str], depth: int) -> None:
    name = "item" if part.name == "*" else part.name
    if depth > _DEEPEST or name.startswith("_"):  # names that zeep invents for "any" elements and text content
        return
    element = etree.SubElement(parent, name)
    for attribute in part.attributes:
        element.set(attribute, _value(attribute, "string", texts))
    for each in part.parts:
        _add_sample(element, each, texts, depth + 1)
    if not part.parts:
        element.text = _value(name, part.type_name, texts)


def _value(name: str, kind: str, texts: Mapping[str, str]) -> str:
    return _VALUES.get(kind) or texts.get(fold_name(name)) or "1001"


def seen_live(found: ContractDiff, page: Page) -> ContractDiff:
    """Return the difference, with the results of one small window of the service."""
    wrong = sorted({f"{each.path.partition('/')[2] or each.path}: {each.reason}" for each in page.unreadable})
    remarks: Sequence[str] = [f"a record of the service cannot be read ({reason})" for reason in wrong]
    proven = (*found.proven, f"the service answered: {_count(page)}")
    return evolve(found, remarks=(*found.remarks, *remarks), proven=proven)
