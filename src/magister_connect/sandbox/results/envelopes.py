"""Answers as PHP's ext-soap writes them (measured): ``id`` and ``href``, a blank for ``T``, 500 for every fault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

from lxml import etree

from magister_connect.core.soap.envelopes import SOAP_11, SOAP_12, SoapVersion, fault_element, write_envelope
from magister_connect.core.xml import Element
from magister_connect.sandbox.results.switches import ResultsSwitches
from magister_connect.sandbox.results.wsdl import FIELDS, namespace_of
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.sandbox.school.submissions import Toetsonderdeel, Toetsresultaat

Values: TypeAlias = dict[str, str | None]

_OPEN: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_11}" xmlns:ns1="{{namespace}}" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
)
_CLOSE: Final = "</SOAP-ENV:Body></SOAP-ENV:Envelope>\n"


def values_of(state: Toetsresultaat, switches: ResultsSwitches) -> Values:
    """Return the fields of a result as texts, ``None`` for missing ones."""
    development, percentage = state.ontwikkelscore, state.percentage
    return {
        "submission_nr": str(state.submission_nr),
        "username": state.username,
        "test_nr": str(state.toets.nummer),
        "test_code": state.toets.code,
        "test_name": state.toets.naam,
        "subject": state.toets.vak,
        "skill": state.toets.vaardigheid,
        "taken": _moment(state.afgenomen, switches),
        "graded": None if state.beoordeeld is None else _moment(state.beoordeeld, switches),
        "modified": _moment(state.gewijzigd, switches),
        "level": _level(state.niveau, switches),
        "development_score": None if development is None else str(development),
        "score": _number(state.score, switches),
        "percentage": None if percentage is None else str(percentage),
        "grade": _number(state.cijfer, switches),
        "status": state.status,
        "download_report": f"https://tap.example.invalid/report.php?institution_code=ZAND&submission_nr="
        f"{state.submission_nr}&hash={state.submission_nr:032x}",
    }


def _level(level: str | None, switches: ResultsSwitches) -> str | None:
    return switches.lowest_level if level == "<1F" else level


def _number(text: str | None, switches: ResultsSwitches) -> str | None:
    return text.replace(",", ".") if text is not None and switches.decimal == "point" else text


def _moment(moment: dt.datetime, switches: ResultsSwitches) -> str:
    if switches.moments == "zoned":
        return moment.replace(tzinfo=AMSTERDAM).isoformat(timespec="seconds")
    if switches.moments == "day-first":
        return f"{moment:%d-%m-%Y %H:%M:%S}"
    return moment.isoformat(" " if switches.moments == "blank" else "T", timespec="seconds")


def results_envelope(
    records: Sequence[tuple[Values, Sequence[Toetsonderdeel]]],
    switches: ResultsSwitches,
    address: str,
    *,
    token: str | None = None,
) -> str:
    """Return a batch, with the cursor of the next one if the service uses cursors."""
    writer = _Writer(switches)
    if switches.style == "rpc-encoded":
        rows = "".join(writer.record("item", "item", values, parts) for values, parts in records)
        array = f'SOAP-ENC:arrayType="ns1:Result[{len(records)}]" xsi:type="ns1:ResultArray"'
        return _wrapped(f"<return {array}>{rows}</return>", switches, address, token)
    if switches.style == "nested":
        return _wrapped(
            f"<students>{''.join(_student(writer, *each) for each in records)}</students>", switches, address, token
        )
    container, item, part = ("get_resultsResult", "item", "item") if switches.style == "laminas" else _HAND_WRITTEN
    rows = "".join(writer.record(item, part, values, parts) for values, parts in records)
    return _wrapped(f"<{writer.q(container)}>{rows}</{writer.q(container)}>", switches, address, token)


def _student(writer: _Writer, values: Values, parts: Sequence[Toetsonderdeel]) -> str:
    """Write one candidate with one result. The user name is on the candidate."""
    name = escape(values.get("username") or "")
    below = {field: text for field, text in values.items() if field != "username"}
    result = writer.record("result", "part", below, parts)
    return f"<student><username>{name}</username><results>{result}</results></student>"


_HAND_WRITTEN: Final = ("results", "result", "part")


def empty_envelope(switches: ResultsSwitches, address: str) -> str:
    """Return a batch without records, in each of its three forms."""
    containers = {"laminas": "get_resultsResult", "rpc-encoded": "return", "nested": "students"}
    container = containers.get(switches.style, "results")
    name = _Writer(switches).q(container)
    inside = {"empty": f"<{name}/>", "nil": f'<{name} xsi:nil="true"/>', "absent": ""}[switches.empty]
    return _wrapped(inside, switches, address)


def _wrapped(inside: str, switches: ResultsSwitches, address: str, token: str | None = None) -> str:
    if switches.paging == "token":
        following = f"<next_token>{token}</next_token>" if token else ""
        inside += f"{following}<has_more>{str(token is not None).lower()}</has_more>"
    opened = _OPEN.format(namespace=escape(namespace_of(switches, address)))
    return f"{opened}<ns1:get_resultsResponse>{inside}</ns1:get_resultsResponse>{_CLOSE}"


def fault(
    code: str,
    text: str,
    *,
    version: SoapVersion = "1.1",
    detail: Mapping[str, str] | None = None,
    upgrade: bool = False,
) -> str:
    """Return a fault. A detail is written like a PHP array: ``item`` with ``key`` and ``value`` (measured).

    ``upgrade`` adds the header that names SOAP 1.2 as the version to use (SOAP 1.2, part 1, 5.4.7).
    """
    element = fault_element(code, text, version=version, detail=[_item(*each) for each in (detail or {}).items()])
    return write_envelope(element, version=version, header=[_upgrade()] if upgrade else []).decode()


def _item(key: str, value: str) -> Element:
    item = etree.Element("item")
    etree.SubElement(item, "key").text = key
    etree.SubElement(item, "value").text = value
    return item


def _upgrade() -> Element:
    upgrade = etree.Element(f"{{{SOAP_12}}}Upgrade", nsmap={"env12": SOAP_12})
    etree.SubElement(upgrade, f"{{{SOAP_12}}}SupportedEnvelope", {"qname": "env12:Envelope"})
    return upgrade


class _Writer:
    """Writes the elements of one answer. An object that occurs twice is written once."""

    def __init__(self, switches: ResultsSwitches) -> None:
        self._switches = switches
        self._prefix = "ns1:" if switches.qualified and switches.style == "hand-written" else ""
        self._written: dict[object, str] = {}

    def q(self, name: str) -> str:
        """Return a name below the wrapper."""
        return f"{self._prefix}{name}"

    def record(self, name: str, part_name: str, values: Values, parts: Sequence[Toetsonderdeel]) -> str:
        """One result."""
        fields = "".join(self._field(field, values.get(field)) for field, _ in FIELDS if field in values)
        more = "".join(self._field(field, text) for field, text in values.items() if field not in _NAMES)
        listed = "".join(self._part(part_name, part) for part in parts)
        inside = f"<{self.q('parts')}>{listed}</{self.q('parts')}>" if parts else ""
        return f"<{self.q(name)}>{fields}{more}{inside}</{self.q(name)}>"

    def _field(self, name: str, text: str | None) -> str:
        if text is None:
            form = self._switches.nothing
            return {"nil": f'<{self.q(name)} xsi:nil="true"/>', "empty": f"<{self.q(name)}/>", "absent": ""}[form]
        return f"<{self.q(name)}>{escape(text)}</{self.q(name)}>"

    def _part(self, name: str, part: Toetsonderdeel) -> str:
        if self._switches.references and part in self._written:
            return f'<{self.q(name)} href="#{self._written[part]}"/>'
        self._written[part] = identity = f"ref{len(self._written) + 1}"
        marked = f' id="{identity}"' if self._switches.references else ""
        values = (
            ("code", part.code),
            ("name", part.naam),
            ("score", str(part.score)),
            ("percentage", str(part.percentage)),
            ("level", part.niveau),
        )
        fields = "".join(self._field(field, text) for field, text in values)
        return f"<{self.q(name)}{marked}>{fields}</{self.q(name)}>"


_NAMES: Final = frozenset(name for name, _ in FIELDS)
