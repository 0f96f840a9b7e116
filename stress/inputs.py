"""Readers of texts, documents and files, with samples for each."""

from __future__ import annotations

import datetime as dt
import json
import logging
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from magister_connect import crosswalk, edexml, identifiers, medius, uwlr
from magister_connect.core import values
from magister_connect.core.drivers.retrying import asked_by_header
from magister_connect.core.flow import Reply
from magister_connect.core.json import parse_json
from magister_connect.core.secrets import RedactionFilter, Secret, redact
from magister_connect.core.soap import describe, hold_documents
from magister_connect.core.soap.reply import read_body
from magister_connect.crosswalk.frames import read_parquet, write_parquet
from magister_connect.errors import MagisterConnectError
from magister_connect.nummervoorziening import wsdl
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.results import ResultsSwitches
from magister_connect.sandbox.results.wsdl import wsdl as results_wsdl
from stress.databases import IN_MEMORY
from stress.mutations import over_samples
from stress.tally import Runs
from tests.edexml.test_converting import files
from tests.uwlr.messages import FULL, exam
from tests.uwlr.test_version_1 import DATA, answer

SCRATCH: Final = (IN_MEMORY if IN_MEMORY.is_dir() else Path("/tmp")) / "magister-connect-stress"  # noqa: S108 - of one run
ENVELOPE: Final = b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>%s</S:Body></S:Envelope>'


# -- single values --------------------------------------------------------------------------------------------------


def texts() -> list[bytes]:
    """One text of each kind."""
    return [
        *(b"2025-08-01", b"2025-08-01T10:00:00.1234567+02:00", b"24:00:00", b"1-8-2025", b"81,5", b"ja", b"1e5"),
        *(b"123456782", b"https://ketenid.nl/201703/" + b"a" * 128, b"12AB", b"12AB00", b"2025-2026", b"10001"),
    ]


def of_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """A reader of text as a reader of bytes."""
    return lambda body: read(body.decode("utf-8", "surrogateescape"))


VALUES: Final = (
    lambda text: values.to_date(text, "x", slashed=True, day_first=True),
    lambda text: values.to_datetime(text, "x"),
    lambda text: values.to_time(text, "x"),
    lambda text: values.to_decimal(text, "x", comma=True),
    lambda text: values.to_integer(text, "x"),
    lambda text: values.to_boolean(text, "x", values.DUTCH_WORDS),
    identifiers.Bsn.parse,
    identifiers.EckId.parse,
    identifiers.Schooljaar.parse,
    lambda text: asked_by_header(Reply(503, (("retry-after", text), ("date", text)))),
    lambda text: (Secret(text) == Secret("x"), repr(Secret(text)), hash(Secret(text))),
    lambda text: redact(text, Secret(text[:9])),
    lambda text: RedactionFilter(Secret("x")).filter(logging.makeLogRecord({"msg": text, "args": (1,)})),
)


def read_identifier(text: str) -> None:
    """Read it as every kind of identifier; each can refuse it."""
    for name, kind in identifiers.KINDS.items():
        with suppress(MagisterConnectError):
            identifiers.restore(name, text[:3], text)
        with suppress(MagisterConnectError):
            kind.parse_lenient(text, **({"scope": "1"} if issubclass(kind, identifiers.Scoped) else {}))  # type: ignore[attr-defined]  # all have it


# -- JSON and SOAP --------------------------------------------------------------------------------------------------


def replies() -> list[bytes]:
    """One page and two envelopes."""
    page = {"items": [{"Id": 1, "Naam": "x", "Op": "2025-08-01T00:00:00Z"}], "totalCount": 1, "links": {}}
    return [
        json.dumps(page).encode(),
        ENVELOPE % b"<r id='a'><x href='#a'/></r>",
        ENVELOPE % b"<S:Fault><faultcode>S:Client</faultcode><faultstring>no</faultstring></S:Fault>",
    ]


def contracts() -> list[bytes]:
    """WSDLs."""
    address = "http://127.0.0.1/soap"
    return [wsdl(), *(results_wsdl(ResultsSwitches(style=style), address) for style in ("hand-written", "rpc-encoded"))]


# -- documents of schools -------------------------------------------------------------------------------------------


def documents() -> list[bytes]:
    """EDEXML of two versions, one in five zipped."""
    with Sandbox(pupils=4, staff=2) as school:
        plain = [school.edexml(version=version) for version in ("2.0", "2.1")]
    with zipfile.ZipFile(zipped := BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("school.xml", plain[0])
    return [*plain, *plain, zipped.getvalue()]


def fixed_widths() -> list[bytes]:
    """The pupils of EDEX2000."""
    return [files()["EDEXLL.TXT"]]


def messages() -> list[bytes]:
    """An answer of UWLR 1.0, and definitions of tests."""
    return [answer(DATA), uwlr.write_definitions((FULL, exam("T2")))]


# -- records and tables ---------------------------------------------------------------------------------------------


def records() -> list[bytes]:
    """Pupils as plain data."""
    with Sandbox(pupils=4, staff=2) as school:
        document = edexml.read(BytesIO(school.edexml()))
        with medius.MediusClient(
            school.medius_url, username=school.medius_username, password=school.medius_password, allow_http=True
        ) as client:
            students = client.students()
    return [each.to_json(reveal=True).encode() for each in (*document.leerlingen[:2], *list(students)[:2])]


def read_record(kind: Any) -> Callable[[bytes], object]:
    """A reader of one kind of record, for valid JSON."""

    def read(body: bytes) -> object:
        found = parse_json(body, "x")
        return kind.from_dict(found) if isinstance(found, dict) else None

    return read


def tables() -> list[bytes]:
    """Tables that schools keep, and a crosswalk."""
    import openpyxl

    with Sandbox(pupils=4, staff=2) as school:
        table = school.number_table_path.read_bytes()
        programmes = school.programme_table_path.read_bytes()
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in table.decode("utf-8-sig").splitlines():
        book.active.append(line.split(";"))
    book.save(workbook := BytesIO())
    return [table, programmes, "crebo;code\r\n25180;a\r\n".encode("utf-16"), workbook.getvalue()]


def crosswalks(suffix: str) -> Callable[[], list[bytes]]:
    """A crosswalk in a file."""

    def made() -> list[bytes]:
        with Sandbox(pupils=4, staff=2) as school:
            found = crosswalk.links_from_edexml(edexml.read(BytesIO(school.edexml())).leerlingen, scope="99ZZ")
        write = {"csv": crosswalk.write_csv, "db": crosswalk.write_sqlite, "parquet": write_parquet}[suffix]
        path = SCRATCH.with_suffix(f".{suffix}")
        path.unlink(missing_ok=True)
        write(crosswalk.Crosswalk(found.links), path)
        return [path.read_bytes()]

    return made


def from_file(read: Callable[[Path], object], suffix: str) -> Callable[[bytes], object]:
    """A reader of files as a reader of bytes."""

    def reading(body: bytes) -> object:
        path = SCRATCH.with_suffix(f".{suffix}")
        path.write_bytes(body)
        return read(path)

    return reading


def build_from(body: bytes) -> object:
    """A crosswalk from a table of a school."""
    table = crosswalk.read_text_table(body)
    left, right = (*table.columns, *table.columns)[:2]
    return crosswalk.build_links(
        table,
        crosswalk.Column(left, identifiers.Pgn),
        crosswalk.Column(right, identifiers.Stamnummer, scope="99ZZ"),
        source="x",
    )


def lint(body: bytes) -> object:
    """The findings in a table of parameters."""
    return crosswalk.lint_parameters(crosswalk.read_text_table(body), as_of=dt.date(2025, 11, 20))


INPUTS: Final[dict[str, tuple[float, Runs]]] = {
    "texts of single values": (0.16, over_samples(texts, *map(of_text, VALUES))),
    "texts of identifiers": (0.1, over_samples(texts, of_text(read_identifier))),
    "JSON and SOAP": (
        0.25,
        over_samples(
            replies,
            lambda body: parse_json(body, "x"),
            lambda body: read_body(Reply(200, (("content-type", "text/xml"),), body), "x"),
        ),
    ),
    "records as plain data": (0.1, over_samples(records, read_record(edexml.Leerling), read_record(medius.Student))),
    "WSDLs": (0.002, over_samples(contracts, lambda body: describe(hold_documents(body)))),
    "EDEXML, strict": (0.05, over_samples(documents, lambda body: edexml.read(BytesIO(body)))),
    "EDEXML, lenient": (0.05, over_samples(documents, lambda body: edexml.read(BytesIO(body), lenient=True))),
    "EDEXML, checked": (0.02, over_samples(documents, lambda body: str(edexml.check(BytesIO(body))))),
    "EDEX2000": (0.03, over_samples(fixed_widths, lambda body: edexml.read_edex2000({**files(), "EDEXLL.TXT": body}))),
    "UWLR, documents": (0.03, over_samples(messages, uwlr.read_version_1, uwlr.read_definitions, uwlr.read_vocabulary)),
    "tables in CSV and workbooks": (
        0.03,
        over_samples(tables, build_from, crosswalk.ParameterTable.read, lint),
    ),
    "crosswalks in CSV": (0.03, over_samples(crosswalks("csv"), from_file(crosswalk.read_csv, "csv"))),
    "crosswalks in SQLite": (0.01, over_samples(crosswalks("db"), from_file(crosswalk.read_sqlite, "db"))),
    "crosswalks in Parquet": (0.01, over_samples(crosswalks("parquet"), from_file(read_parquet, "parquet"))),
}
