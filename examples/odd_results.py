"""A results service without a WSDL, with its own envelope.

Each record is one text, with fields separated by bars.

    with odd_client("https://toetsen.example/soap", "ZAND", key) as client:
        client.pull(store, stamnummers=pupils)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lxml import etree

from magister_connect.results import Contract, PageRequest, ResultsClient

if TYPE_CHECKING:
    import httpx

    from magister_connect.core.secrets import Secret
    from magister_connect.core.xml import Element

ODD = Contract(name="odd", result_path="uitslagen/uitslag", paging="offset")
FIELDS = ("submission_nr", "stamnummer", "modified_at", "test_name", "level")


def write_request(asked: PageRequest, credentials: Mapping[str, Secret]) -> bytes:
    """The envelope for one page."""
    envelope = etree.Element("{http://schemas.xmlsoap.org/soap/envelope/}Envelope")
    body = etree.SubElement(envelope, "{http://schemas.xmlsoap.org/soap/envelope/}Body")
    asking = etree.SubElement(
        body,
        "vraag",
        vanaf=asked.since or "",
        tot=asked.until or "",
        na=str(asked.offset or 0),
    )
    asking.text = f"{credentials['institution'].reveal()}|{credentials['key'].reveal()}"
    return etree.tostring(envelope)


def read_record(record: Element) -> Mapping[str, str]:
    """The texts of the fields, by name; unknown names would go to ``extra``."""
    return dict(zip(FIELDS, (record.text or "").split("|"), strict=True))


def odd_client(
    address: str, instellingscode: str, key: str, http: httpx.Client | None = None
) -> ResultsClient:
    """A client of the odd service."""
    return ResultsClient(
        None, address=address, product="Odd", instellingscode=instellingscode, soap_key=key,
        contract=ODD, write_request=write_request, read_record=read_record, http=http,
    )  # fmt: skip
