"""The service as the WSDL and contract of a school declare it, to test a contract before you use the real service.

The contract states where parameters and credentials are in a request, and where fields are in a reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import evolve, field, frozen
from lxml import etree

from magister_connect.core.soap import Operation, describe, hold_documents
from magister_connect.core.soap.envelopes import SoapVersion, write_envelope
from magister_connect.core.xml import Element, local_name
from magister_connect.errors import UsageError
from magister_connect.results.contracts.checking import check_contract
from magister_connect.results.contracts.contract import Contract, leaves_of
from magister_connect.results.contracts.paths import FieldPath, Placement
from magister_connect.results.moments import DateForm
from magister_connect.sandbox.results.switches import ResultsSwitches
from magister_connect.sandbox.school.submissions import Toetsonderdeel

_NAMES: Final = {
    "since": "date_from",
    "until": "date_to",
    "offset": "offset",
    "limit": "limit",
    "last_number": "last_submission_nr",
    "page": "page",
    "token": "cursor",
}
_FIELDS: Final = {
    "stamnummer": "username",
    "taken_at": "taken",
    "graded_at": "graded",
    "modified_at": "modified",
    "report_address": "download_report",
}
_SELECTS_BY: Final[Mapping[str, Any]] = {
    "modified_at": "gewijzigd",
    "graded_at": "beoordeeld",
    "taken_at": "afgenomen",
}


class Missing(Exception):
    """A request lacks something that the WSDL or the contract requires. The text names it."""


@frozen
class DeclaredService:
    """Reads requests and writes replies as one WSDL and one contract declare them.

    Raises :class:`UsageError` if the contract does not match the WSDL.
    """

    wsdl: bytes
    contract: Contract
    operation: Operation = field(init=False)

    @operation.default  # pyright: ignore[reportAttributeAccessIssue, reportUntypedFunctionDecorator] - as attrs has it
    def _find_operation(self) -> Operation:
        difference = check_contract(self.wsdl, self.contract)
        if difference:
            raise UsageError(
                f"The contract of the simulated service does not fit its WSDL: {'; '.join(difference.blocking)}",
                where="results",
                advice="Correct the contract; ResultsClient.check() names every difference.",
            )
        return describe(hold_documents(self.wsdl)).operations[self.contract.operation]

    @property
    def version(self) -> SoapVersion:
        """The version of SOAP: 1.2 where the WSDL has no binding of SOAP 1.1."""
        return "1.1" if b"http://schemas.xmlsoap.org/wsdl/soap/" in self.wsdl else "1.2"

    def adapted(self, switches: ResultsSwitches) -> ResultsSwitches:
        """Return the switches with the settings that the contract declares."""
        contract = self.contract
        known: dict[str, Any] = {
            "since_includes": contract.since_includes,
            "until_includes": contract.until_includes,
            "page_size": contract.page_size,
            "moments": "day-first" if contract.day_first else None,
        }
        return evolve(
            switches,
            paging=contract.paging.value,
            selects_by=_SELECTS_BY[contract.cursor_field],
            date_form="date" if contract.date_form is DateForm.DATE else "dateTime",
            **{name: value for name, value in known.items() if value is not None},
        )

    def read(self, call: Element, header: Element | None, account: Mapping[str, str]) -> dict[str, str]:
        """Return the values of a request under the names of the simulated service.

        ``account`` are the values outside body and header, by placement. Raises :class:`Missing`.
        """
        for path, _, needed in leaves_of(self.operation):
            if needed and not path.startswith("header:") and _text_at([call], path.split("/")) is None:
                raise Missing(path)
        for constant, wanted in self.contract.constants.items():
            if self._text(constant, call, header, account) != wanted:
                raise Missing(constant)
        values: dict[str, str] = {}
        for role, name in _NAMES.items():
            place = getattr(self.contract.parameters, role)
            if place and (text := _text_at([call], place.split("/"))):
                values[name] = text
        if "page" in values:
            values["page"] = str(int(values["page"]) - self.contract.first_page + 1)
        for name, texts in self.contract.credentials.items():
            found = [self._text(text, call, header, account) for text in texts]
            values[{"institution": "institution_code"}.get(name, name)] = found[0] or ""
        return values

    def _text(self, place: str, call: Element, header: Element | None, account: Mapping[str, str]) -> str | None:
        placement = Placement.of(place)
        if placement.kind == "parameter":
            return _text_at([call], placement.path)
        if placement.kind == "header":
            return None if header is None else _text_at(list(header), placement.path[1:])
        return account.get(str(placement).lower())

    def write(
        self,
        records: Sequence[tuple[Mapping[str, str | None], Sequence[Toetsonderdeel]]],
        token: str | None,
    ) -> str:
        """Return a reply with these records."""
        wrapper = etree.Element(f"{self.contract.operation}Response")
        paths = [FieldPath.of(names[0]) for names in self.contract.fields.values() if names]
        path = ["item" if name == "*" else name for name in self.contract.result_path]
        apart = len(path) - 1 - max((each.up for each in paths), default=0)
        container = _element_at(wrapper, path[:apart])
        for values, parts in records:
            self._write_record(container, path[apart:], values, parts)
        if self.contract.next_token is not None and token is not None:
            _put(wrapper, self.contract.next_token, token)
        if self.contract.more is not None:
            _put(wrapper, self.contract.more, str(token is not None).lower())
        return write_envelope(wrapper, version=self.version).decode()

    def _write_record(
        self,
        container: Element,
        path: Sequence[str],
        values: Mapping[str, str | None],
        parts: Sequence[Toetsonderdeel],
    ) -> None:
        chain = [container]
        for name in path:
            chain.append(etree.SubElement(chain[-1], name))
        for name, names in self.contract.fields.items():
            text = values.get(_FIELDS.get(name, name))
            if names and text is not None:
                up = FieldPath.of(names[0]).up
                _put(chain[len(chain) - 1 - up], "/".join(names[0].split("/")[up:]), text)
        if parts and self.contract.fields.get("parts"):
            self._write_parts(_element_at(chain[-1], self.contract.fields["parts"][0].split("/")), parts)

    def _write_parts(self, container: Element, parts: Sequence[Toetsonderdeel]) -> None:
        for part in parts:
            element = etree.SubElement(container, "part")
            texts = {
                "code": part.code,
                "name": part.naam,
                "score": str(part.score),
                "percentage": str(part.percentage),
                "level": part.niveau,
            }
            for name, names in self.contract.part_fields.items():
                if names and name in texts:
                    _put(element, names[0], texts[name])


def _text_at(elements: Sequence[Element], path: Sequence[str]) -> str | None:
    """Return the text at a path of names below any of the elements, or ``None`` if there is no such element."""
    for name in path:
        if name.startswith("@"):
            return next((text for each in elements if (text := each.get(name[1:])) is not None), None)
        below = (child for element in elements for child in element.iterchildren("{*}*"))
        elements = [child for child in below if local_name(child) == name]
    return (elements[0].text or "").strip() if elements else None


def _element_at(element: Element, path: Sequence[str]) -> Element:
    """Return the element at a path of names, and create it if it is missing."""
    for name in path:
        found = element.find(name)
        element = etree.SubElement(element, name) if found is None else found
    return element


def _put(element: Element, path: str, text: str) -> None:
    """Write a text at the path of a field below an element."""
    *names, last = path.split("/")
    element = _element_at(element, names)
    if last.startswith("@"):
        element.set(last[1:], text)
    elif last in {".", ""}:
        element.text = text
    else:
        _element_at(element, [last]).text = text
