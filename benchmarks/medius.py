"""The cost of a table of Medius, the memory of a stream, and the time of a thousand calls."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

from benchmarks.figure import Figure, cpu_ratio, fastest

if TYPE_CHECKING:
    from magister_connect.medius import PersonResult, StudentGroup

ROWS: Final = 10_000
ROUNDS: Final = 3
STREAMED: Final = 60_000_000
CALLS: Final = 1_000
CONCURRENCY: Final = 20
LATENCY: Final = 0.05
PLACE: Final = "ADFuncties.GetActiveStudents"

SERVE: Final = f"""
from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.faults import Latency
with Sandbox(pupils={CALLS}, staff=60) as school:
    school.faults.on("/doc", Latency({LATENCY}))
    print(school.medius_url, flush=True)
    input()
"""


def student_rows(
    count: int, names: Mapping[str, str], born: str = "2009/03/14", hidden: str = "False"
) -> Iterator[str]:
    """Rows with a stamnummer, a date, a truth value, and texts of the usual length in the other columns."""
    fixed = {"geb_datum_str": born, "Tel._1_geheim": hidden, "Tussenv": ""}
    for number in range(1, count + 1):
        texts = {column: f"waarde {number} {place}" for place, column in enumerate(names)}
        cells = {**texts, **fixed, "stamnr_str": str(number)}
        yield "".join(f"<{name}>{cells[column]}</{name}>" for column, name in names.items())


def table(count: int = ROWS) -> bytes:
    """An answer with the 32 columns of the pupils."""
    from magister_connect.sandbox.medius.tables import STUDENT_COLUMNS

    rows = "".join(
        f"<Leerling>{row}</Leerling>" for row in student_rows(count, {column: column for column in STUDENT_COLUMNS})
    )
    return f"<Response><Result>True</Result><Data><Leerlingen>{rows}</Leerlingen></Data></Response>".encode()


def read_records(body: bytes) -> object:
    """From the bytes of an answer to records."""
    from magister_connect.core.flow import Reply
    from magister_connect.medius import Student
    from magister_connect.medius.answers import Question, read_table_answer

    question = Question(PLACE, PLACE, "platform")
    return read_table_answer(Reply(200, (), body), question).to(Student)


def reading() -> float:
    """Records, over the parser alone."""
    from lxml import etree

    body = table()
    return cpu_ratio(lambda: read_records(body), lambda: etree.fromstring(body))


def plain_data(*, reveal: bool) -> float:
    """``to_dict()`` of ten thousand pupils over ``attrs.asdict``."""
    import attrs

    students: Any = read_records(table())
    return cpu_ratio(
        lambda: [each.to_dict(reveal=reveal) for each in students], lambda: [attrs.asdict(each) for each in students]
    )


def zeep_reader(columns: tuple[str, ...]) -> Callable[[bytes], object]:
    """The same rows in zeep, with a contract that describes them."""
    from lxml import etree
    from zeep import Settings
    from zeep.wsdl import Document

    names = {column: f"c{place}" for place, column in enumerate(columns)}
    kinds = {"stamnr_str": "int", "geb_datum_str": "date", "Tel._1_geheim": "boolean"}
    fields = "".join(
        f'<xsd:element name="{name}" type="xsd:{kinds.get(column, "string")}"/>' for column, name in names.items()
    )
    contract = f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
      xmlns:t="urn:t" xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"><types>
      <xsd:schema targetNamespace="urn:t"><xsd:element name="ask"><xsd:complexType/></xsd:element>
      <xsd:element name="answer"><xsd:complexType><xsd:sequence><xsd:element name="row" maxOccurs="unbounded">
      <xsd:complexType><xsd:sequence>{fields}</xsd:sequence></xsd:complexType></xsd:element></xsd:sequence>
      </xsd:complexType></xsd:element></xsd:schema></types>
      <message name="i"><part name="p" element="t:ask"/></message><message name="o"><part name="p" element="t:answer"/>
      </message><portType name="P"><operation name="ask"><input message="t:i"/><output message="t:o"/></operation>
      </portType><binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
      <operation name="ask"><s:operation soapAction="a"/><input><s:body use="literal"/></input>
      <output><s:body use="literal"/></output></operation></binding></definitions>"""

    class Held:
        def load(self, _address: str) -> bytes:
            return contract.encode()

    held: Any = Held()
    document: Any = Document("https://contract.invalid/", held, settings=Settings())
    operation: Any = next(iter(document.bindings.values())).all()["ask"]
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        '<t:answer xmlns:t="urn:t">{}</t:answer></e:Body></e:Envelope>'
    )
    rows = "".join(f"<row>{row}</row>" for row in student_rows(ROWS, names, "2009-03-14", "false"))
    body = envelope.format(rows).encode()
    return lambda _: operation.process_reply(etree.fromstring(body))


def against_zeep() -> float:
    """How many times longer zeep takes for a table of the same size, without records."""
    from magister_connect.sandbox.medius.tables import STUDENT_COLUMNS

    body, by_zeep = table(), zeep_reader(STUDENT_COLUMNS)
    return cpu_ratio(lambda: by_zeep(body), lambda: read_records(body), rounds=5)


def streaming(form: Literal["XML", "CSV"]) -> float:
    """Peak memory in MB of a process that streams a list of 60 MB and keeps no row."""
    import resource

    import httpx

    from magister_connect.medius import MediusClient

    seen = 0
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=pieces(form)))
    account: dict[str, Any] = {"username": "u", "password": "p", "stateless": True}
    with MediusClient("https://school.invalid", **account, http=httpx.Client(transport=transport)) as medius:
        for row in medius.iter_data("groot", form=form):
            seen += len(row)
    if not seen:
        raise RuntimeError(form)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pieces(form: str) -> Iterator[bytes]:
    """A list of 60 MB, made while it is sent."""
    cells = [f"waarde van kolom {place}" for place in range(32)]
    if form == "CSV":
        head, foot = ";".join(f"Kolom{place}" for place in range(32)) + "\r\n", ""
        row = ";".join(cells) + "\r\n"
    else:
        head, foot = "<Response><Result>True</Result><Table><Regels>", "</Regels></Table></Response>"
        row = (
            "<Regel>" + "".join(f"<Kolom{place}>{cell}</Kolom{place}>" for place, cell in enumerate(cells)) + "</Regel>"
        )
    piece = (row * 50).encode()
    yield head.encode()
    yield from (piece for _ in range(STREAMED // len(piece) + 1))
    yield foot.encode()


@contextmanager
def slow_school() -> Generator[str]:
    """The simulated school in a process of its own, 50 ms away."""
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as serving:
        if serving.stdout is None:  # pragma: no cover - it was asked for
            raise RuntimeError(command)
        yield serving.stdout.readline().strip()
        serving.communicate("\n")


def settings() -> dict[str, Any]:
    """The account of the simulated school."""
    return {"username": "platform", "password": "zandbak-wachtwoord", "allow_http": True}


def many_sync() -> float:
    """Wall time of a thousand calls, over the same requests by httpx with as many threads, unread."""
    import httpx

    from magister_connect.medius import MediusClient

    asked: list[httpx.Request] = []
    with (
        slow_school() as address,
        httpx.Client(event_hooks={"request": [asked.append]}) as http,
        httpx.Client() as bare,
        MediusClient(address, http=http, **settings()) as medius,
        ThreadPoolExecutor(CONCURRENCY) as pool,
    ):
        numbers = [medius.students("2425")[0].stamnummer] * CALLS
        require_answers(medius.student_groups_of(numbers[:1]))
        target, headers = str(httpx.URL(asked[-1].url)), asked[-1].headers

        def floor() -> None:
            list(pool.map(lambda _: bare.get(target, headers=headers).content, range(CALLS)))

        return fastest(lambda: require_answers(medius.student_groups_of(numbers, concurrency=CONCURRENCY)), floor)


def many_async() -> float:
    """The same with async calls, over httpx with as many tasks."""
    import asyncio

    import httpx

    from magister_connect.medius import AsyncMediusClient

    asked: list[httpx.Request] = []

    async def listen(request: httpx.Request) -> None:
        asked.append(request)

    async def measure(address: str) -> float:
        async with (
            httpx.AsyncClient(event_hooks={"request": [listen]}) as http,
            httpx.AsyncClient() as bare,
            AsyncMediusClient(address, http=http, **settings()) as medius,
        ):
            numbers = [(await medius.students("2425"))[0].stamnummer] * CALLS
            require_answers(await medius.student_groups_of(numbers[:1]))
            target, headers = str(httpx.URL(asked[-1].url)), asked[-1].headers
            places = asyncio.Semaphore(CONCURRENCY)

            async def get() -> None:
                async with places:
                    await bare.get(target, headers=headers)

            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(ROUNDS):
                start = time.perf_counter()
                require_answers(await medius.student_groups_of(numbers, concurrency=CONCURRENCY))
                middle = time.perf_counter()
                await asyncio.gather(*(get() for _ in range(CALLS)))
                times[0].append(middle - start)
                times[1].append(time.perf_counter() - middle)
            return min(times[0]) / min(times[1])

    with slow_school() as address:
        return asyncio.run(measure(address))


def require_answers(found: Sequence[PersonResult[StudentGroup]]) -> None:
    """Raise RuntimeError if a call failed."""
    if any(each.failure for each in found):
        raise RuntimeError("a call failed")


PLAIN = "Plain data of every record, over attrs.asdict without masking."
ROW_BY_ROW = "Peak memory of a process that reads a list of 60 MB row by row: it must not keep the list."
FIGURES = (
    Figure("10,000 pupils from XML to records, over lxml.etree.fromstring", "at most 6", reading),
    Figure("zeep for a table of that size, over XML to records", "at least 6", against_zeep),
    Figure(
        "to_dict() of 10,000 pupils, masked, over attrs.asdict", "at most 3", lambda: plain_data(reveal=False), PLAIN
    ),
    Figure(
        "to_dict() of 10,000 pupils, revealed, over attrs.asdict", "at most 3", lambda: plain_data(reveal=True), PLAIN
    ),
    Figure("60 MB of XML streamed: memory of the process", "at most 60 MB", lambda: streaming("XML"), ROW_BY_ROW),
    Figure("60 MB of CSV streamed: memory of the process", "at most 60 MB", lambda: streaming("CSV"), ROW_BY_ROW),
    Figure("1,000 calls 20 at a time and 50 ms, sync, over httpx", "at most 1.05", many_sync),
    Figure("1,000 calls 20 at a time and 50 ms, async, over httpx", "at most 1.05", many_async),
)
