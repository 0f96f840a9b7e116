"""Replies as the services write them, for scripts. Each function returns a :class:`Reply`.

The forms are those that the clients expect. The client that reads a form states its grade of evidence. Values may be
text or Python objects. Dates become ``2025/08/01``, bools ``True`` and ``False``, and ``None`` an empty element, as in
Medius (documented and observed).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

import attrs  # noqa: TC002 - so that tools can read the annotations

from magister_connect.core.flow import Reply
from magister_connect.core.soap.envelopes import SoapVersion

_XML: Final = (("Content-Type", "text/xml; charset=utf-8"),)

_SCIM: Final = "urn:ietf:params:scim:api:messages:2.0"

Row: TypeAlias = Mapping[str, object]


def medius_session(token: str = "0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9") -> Reply:  # noqa: S107 - it opens nothing
    """Return the reply of Medius to a successful login."""
    return _medius(f"<Result>True</Result><SessionToken>{escape(token)}</SessionToken>")


def medius_refusal(message: str = "Ongeldige gebruikersnaam of wachtwoord") -> Reply:
    """Return the reply of Medius to a refused login: status 200, ``Result`` False and a message."""
    return _medius(f"<Result>False</Result><ResultMessage>{escape(message)}</ResultMessage>")


def medius_exception(message: str, kind: str = "EMGeneralFailure") -> Reply:
    """Return the reply of Medius to a call that fails inside Medius: status 200, a class name and a text."""
    return _medius(f"<Exception>{escape(kind)}</Exception><ExceptionMsg>{escape(message)}</ExceptionMsg>")


def medius_table(
    rows: Sequence[Row | attrs.AttrsInstance] = (),
    *,
    out: str = "Data",
    plural: str = "Leerlingen",
    singular: str = "Leerling",
) -> Reply:
    """Return a Medius table. ``out`` is ``Data`` for its functions and ``Table`` for the lists of ``get_data``.

    A row is a mapping with the column names of the service, or a record such as ``Student("10001", klas="1a")``.
    """
    lines = [row if isinstance(row, Mapping) else _row_of(row) for row in rows]
    return _medius(f"<Result>True</Result>{_table(lines, out, plural, singular)}")


def medius_error(
    code: str = "10",
    text: str = "Gebruikersaccount heeft geen recht op deze layout!",
    *,
    code_column: str = "Foutcode",
) -> Reply:
    """Return the error table of Medius. Clients know its first column as ``Foutcode`` and as ``Fout_nummer``."""
    row = {code_column: code, "Fout_omschrijving": text}
    return _medius(f"<Result>False</Result>{_table([row], 'Table', 'Regels', 'Regel')}")


def soap_reply(operation: str, content: Row, *, namespace: str = "urn:service", version: SoapVersion = "1.1") -> Reply:
    """Return an envelope with the body ``<operation>Response``. Mappings and sequences become nested elements."""
    from magister_connect.core.soap.envelopes import NAMESPACES

    body = f'<m:{operation}Response xmlns:m="{escape(namespace)}">{_elements(content)}</m:{operation}Response>'
    opening = f'<?xml version="1.0" encoding="utf-8"?><e:Envelope xmlns:e="{NAMESPACES[version]}"><e:Body>'
    return Reply(200, _typed(version), f"{opening}{body}</e:Body></e:Envelope>".encode())


def soap_fault(
    text: str, *, code: str = "Client", status: int | None = None, version: SoapVersion = "1.1", actor: str = ""
) -> Reply:
    """Return a SOAP fault. ``Client`` is an error of the request, ``Server`` of the service.

    The status is that of the version: 500, or 400 for an error of the request in SOAP 1.2.

    ``actor`` is where Nummervoorziening puts the name of a fault, such as ``NotFinishedException`` (documented).
    """
    from magister_connect.core.soap.envelopes import fault_element, fault_status, write_envelope

    fault = fault_element(f"e:{code}", text, version=version, prefix="e", actor=actor)
    body = write_envelope(fault, version=version, prefix="e")
    return Reply(status or fault_status(code, version), _typed(version), body)


def results_contract(address: str) -> Reply:
    """Return the WSDL of a results service at an address, which a results client requests first.

    It is that of the simulated school.

    Its names follow the style of the supplier (unknown: only its customers may read the real WSDL).
    """
    from magister_connect.sandbox.results import ResultsSwitches  # here, because every run of pytest loads the plugin
    from magister_connect.sandbox.results.wsdl import wsdl

    return Reply(200, _XML, wsdl(ResultsSwitches(), address))


def results_batch(rows: Sequence[Row] = ()) -> Reply:
    """Return a batch of test results by the contract of :func:`results_contract`. Without rows, it ends the list.

    A row has at least ``submission_nr``, ``username`` (the stamnummer), ``test_nr`` and ``modified``. Moments are local
    times without a zone. Scores with decimals are text with a comma.
    """
    return soap_reply("get_results", {"results": {"result": rows}})


def public_api_page(items: Sequence[object], *, total: int | None = None, following: str | None = None) -> Reply:
    """Return a page of a Public API list: the total number of the list, and the address of the next page.

    Some lists are a plain array: use :func:`json_reply` for these (both documented by public clients).
    """
    counted = {} if total is None else {"totalCount": total}
    linked = {} if following is None else {"links": {"next": {"href": following}}}
    return json_reply({"items": items, **counted, **linked})


def public_api_refusal(status: int, kind: str = "", message: str = "") -> Reply:
    """Return a refusal of the Public API, such as ``public_api_refusal(403, "OnvoldoendePrivileges")`` (documented)."""
    return json_reply({"Fouttype": kind, "Message": message}, status)


def scim_page(users: Sequence[Mapping[str, object]], *, total: int | None = None, start: int = 1) -> Reply:
    """Return a page of accounts as in RFC 7644.

    ``total`` is the number of all accounts if there are more; ``start`` counts from 1.

    Our clients begin each page with the last account of the page before, so let ``start`` overlap by one.
    """
    page = {"totalResults": len(users) if total is None else total, "startIndex": start, "itemsPerPage": len(users)}
    return json_reply({"schemas": [f"{_SCIM}:ListResponse"], **page, "Resources": users})


def scim_refusal(status: int, kind: str | None = None, detail: str = "") -> Reply:
    """Return a refusal of SCIM as in RFC 7644. ``kind`` is its ``scimType``, such as ``uniqueness`` with status 409."""
    named = {} if kind is None else {"scimType": kind}
    return json_reply({"schemas": [f"{_SCIM}:Error"], "status": str(status), **named, "detail": detail}, status)


def json_reply(value: object, status: int = 200, **headers: str) -> Reply:
    """Return a JSON reply. Underscores in header names become hyphens."""
    pairs = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Reply(status, (("Content-Type", "application/json"), *pairs), json.dumps(value).encode())


def html_page(text: str = "Wegens onderhoud is Magister tijdelijk niet beschikbaar.", status: int = 200) -> Reply:
    """Return an HTML page instead of data: of a proxy, of maintenance, or of a wrong address."""
    page = f"<!DOCTYPE html><html><head><title>Magister</title></head><body><h1>{escape(text)}</h1></body></html>"
    return Reply(status, (("Content-Type", "text/html; charset=utf-8"),), page.encode())


def unavailable(status: int = 503, retry_after: int | None = None) -> Reply:
    """Return a reply of a server that is temporarily unavailable (503) or overloaded (429).

    ``retry_after`` is in seconds.
    """
    wait = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return Reply(status, wait)


def cut_off(reply: Reply, keep: int) -> Reply:
    """Return the same reply with only the first ``keep`` bytes of its body, although the server ended it properly."""
    return Reply(reply.status, reply.headers, reply.body[:keep])


def _medius(content: str) -> Reply:
    return Reply(200, _XML, f'<?xml version="1.0" encoding="utf-8"?><Response>{content}</Response>'.encode())


def _table(rows: Sequence[Row], out: str, plural: str, singular: str) -> str:
    lines = "".join(f"<{singular}>{_elements(row)}</{singular}>" for row in rows)
    return f"<{out}><{plural}>{lines}</{plural}></{out}>"


def _row_of(record: attrs.AttrsInstance) -> Row:
    """Return the cells of a record, by the column of each field."""
    from magister_connect.medius.tables.columns import fields_of  # here, because every run of pytest loads the plugin

    row: dict[str, object] = {}
    for each in fields_of(type(record)):
        value = getattr(record, each.name)
        row.update(value if each.is_rest else {each.column: value})
    return row


def _elements(content: Row) -> str:
    return "".join(_element(name, value) for name, value in content.items())


def _element(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_element(name, each) for each in value)
    return f"<{name}>{escape(_text(value))}</{name}>"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return f"{value:%Y/%m/%d}"
    return str(value)


def _typed(version: SoapVersion) -> tuple[tuple[str, str], ...]:
    from magister_connect.core.soap.envelopes import MEDIA_TYPES

    return (("Content-Type", f"{MEDIA_TYPES[version]}; charset=utf-8"),)
