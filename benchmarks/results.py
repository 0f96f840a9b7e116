"""The results service: responses to records, a large school into the store, and a night without new results."""

import datetime as dt
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.figure import Figure, cpu_ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from magister_connect.results import Contract, ResultsClient
    from magister_connect.sandbox import VirtualClock
    from magister_connect.sandbox.results import ResultsService

ADDRESS = "https://tap.example/api/v3/results/doclit"
RECORDS = 10_000
MANY = 100_000
BEGIN = dt.datetime(2025, 8, 2, 8)  # noqa: DTZ001 - naive local time, as the service has it
SIX_FIELDS = ("submission_nr", "username", "test_nr", "level", "score", "modified")  # those of the published figure


def service(count: int, page_size: int, *, seconds: float = 60) -> "tuple[ResultsService, VirtualClock]":
    """The simulated service with so many results, all of one school year, at even distances."""
    from magister_connect.sandbox import ResultsSwitches, SandboxState, School, VirtualClock
    from magister_connect.sandbox.results import ResultsService
    from magister_connect.sandbox.school.submissions import TESTS, Toetsresultaat

    school = School(1, [], [])
    states = school.submissions("JIJ")
    states.clear()
    for number in range(count):
        moment = BEGIN + dt.timedelta(seconds=seconds * number)
        states[number] = (
            Toetsresultaat(
                product="JIJ", submission_nr=number, username=f"{1000 + number % 900}", stamnummer=None,
                toets=TESTS["JIJ"][0], afgenomen=moment, beoordeeld=moment, gewijzigd=moment, zichtbaar_vanaf=BEGIN,
                niveau="2F", ontwikkelscore=80, score="81,5", percentage=81, cijfer="7,3",
            ),
        )  # fmt: skip
    clock = VirtualClock(BEGIN.replace(year=2026, month=6))
    return ResultsService(SandboxState(school, clock), ResultsSwitches(page_size=page_size)), clock


def client(served: "ResultsService", clock: "VirtualClock", contract: "Contract") -> "ResultsClient":
    """A client over a transport without sockets."""
    import httpx

    from magister_connect.results import ResultsClient

    def respond(request: httpx.Request) -> httpx.Response:
        asked = request.method == "POST"
        answer = served.answer("JIJ", request.content, ADDRESS) if asked else served.describe(ADDRESS)
        return httpx.Response(answer.status, text=answer.body, headers={"content-type": "text/xml; charset=utf-8"})

    return ResultsClient(
        f"{ADDRESS}?wsdl", product="JIJ", instellingscode="ZAND", soap_key="zandbak-jij-sleutel", clock=clock,
        http=httpx.Client(transport=httpx.MockTransport(respond)), contract=contract,
    )  # fmt: skip


def reply(count: int = RECORDS) -> tuple[bytes, bytes]:
    """The WSDL, and one reply with all records."""
    served, _ = service(count, count, seconds=RECORDS / count * 60)
    envelope = (
        '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><get_results><institution_code>ZAND'
        "</institution_code><key>zandbak-jij-sleutel</key></get_results></Body></Envelope>"
    )
    return served.describe(ADDRESS).body.encode(), served.answer("JIJ", envelope.encode(), ADDRESS).body.encode()


def small_reply() -> tuple[bytes, bytes]:
    """The same with the six fields over which zeep was measured."""
    from lxml import etree

    contract, body = (etree.fromstring(each) for each in reply())
    for name in ("result", "Result"):
        types = contract.iterfind(f".//{{*}}complexType[@name='{name}']/{{*}}all")
        for record in [*body.iter(name), *types]:
            for child in list(record):
                if (child.get("name") or child.tag) not in SIX_FIELDS:
                    record.remove(child)
    return etree.tostring(contract), etree.tostring(body)


def reader(body: bytes) -> "Callable[[], object]":
    """A function from the reply to records, as the client does it."""
    from magister_connect.core.flow import Reply
    from magister_connect.core.soap import read_body
    from magister_connect.results import HAND_WRITTEN, Connection
    from magister_connect.results.contracts.reading import RecordReader

    made = RecordReader(HAND_WRITTEN, Connection("JIJ", "ZAND"))
    answer = Reply(200, (("content-type", "text/xml"),), body)
    return lambda: made.read(read_body(answer, "POST"))


def over_lxml() -> float:
    """CPU time of records, over that of a tree alone."""
    from lxml import etree

    _, body = reply()
    return cpu_ratio(reader(body), lambda: etree.fromstring(body))


def over_lxml_with_the_collector() -> float:
    """The same with the garbage collector on, as for users; it does not affect the tree."""
    from lxml import etree

    _, body = reply()
    return cpu_ratio(reader(body), lambda: etree.fromstring(body), collector=True)


def large_reply() -> float:
    """The cost of a record in a response with 100,000, over that in a response with 10,000."""
    (_, large), (_, small) = reply(MANY), reply()
    return cpu_ratio(reader(large), reader(small), rounds=3) * RECORDS / MANY


def against_zeep() -> float:
    """How many times faster it is than zeep."""
    from lxml import etree
    from zeep import Settings
    from zeep.wsdl import Document

    class Held:
        def load(self, _address: str) -> bytes:
            return contract

    contract, body = small_reply()
    document = Document(ADDRESS, Held(), settings=Settings(strict=True))  # type: ignore[arg-type]  # all that it needs
    binding: Any = next(iter(document.bindings.values()))
    operation = binding.get("get_results")
    return 1 / cpu_ratio(reader(body), lambda: operation.process_reply(etree.fromstring(body)), rounds=3)


def memory() -> float:
    """Memory in MB for 100,000 results into SQLite, without the memory of the service itself."""
    import psutil

    from magister_connect.results import HAND_WRITTEN
    from magister_connect.store import Store

    served, clock = service(MANY, 1000)
    setattr(served, "calls", _Nothing())  # noqa: B010 - neither is of the type that it stands for
    setattr(served, "delivered", _Nothing())  # noqa: B010 - as above
    process, peak = psutil.Process(), 0
    with TemporaryDirectory() as folder, Store(f"sqlite:///{Path(folder) / 'school.db'}") as store:
        puller = client(served, clock, HAND_WRITTEN)
        before = process.memory_info().rss

        def look(_progress: object) -> None:
            nonlocal peak
            peak = max(peak, process.memory_info().rss - before)

        puller.pull(store, stamnummers=lambda _text: True, from_school_year="2025-2026", progress=look)
        if store.count() != MANY:
            message = "results were lost"
            raise AssertionError(message)
    return peak / 1e6


class _Nothing(list[Any]):
    """Keeps nothing of what the simulated service would note."""

    def append(self, _value: object) -> None:
        """Forget it."""

    def update(self, _values: object) -> None:
        """Forget it."""


# Says the same to every request: the contract to a GET, a reply without news to a POST.
REPLAY = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
CONTRACT, REPLY = (open(path, "rb").read() for path in sys.argv[1:3])
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    def log_message(self, *_):
        pass
    def do_GET(self):
        self.say(CONTRACT)
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.say(REPLY)
    def say(self, body):
        self.send_response(200)
        self.send_header("content-type", "text/xml; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""
NIGHTS = 50
OPTIONS: "dict[str, Any]" = {"stamnummers": lambda _text: True, "from_school_year": "2025-2026"}


def quiet_requests() -> float:
    """Return the requests for an open year in which nothing is new."""
    from magister_connect.store import Store

    served, clock = service(2000, 250, seconds=300 * 24 * 3600 / 2000)
    with Store("sqlite://") as store:
        puller = client(served, clock, _short_batches())
        puller.pull(store, **OPTIONS)
        return puller.pull(store, **OPTIONS).requests


def quiet_night() -> float:
    """CPU time of a night without news, over that of one bare POST and one commit.

    Both sides send a request to the same service over loopback, read the same response and write to an SQLite file.
    Both keep their client and database open, as a job for many schools does.
    """
    with TemporaryDirectory() as folder:
        place = Path(folder)
        clock = _fill(place)
        command = [sys.executable, "-c", REPLAY, str(place / "contract"), str(place / "reply")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                address = f"http://127.0.0.1:{process.stdout.readline().strip() if process.stdout else ''}/doclit"
                return _night_ratio(place, address, clock)
            finally:
                process.terminate()


def _short_batches() -> "Contract":
    from magister_connect.results import HAND_WRITTEN

    return HAND_WRITTEN.evolve(page_size=250, short_batch_ends=True)


def _fill(place: Path) -> "VirtualClock":
    """Pull everything into a store, and keep the contract and the reply of a night without news."""
    from magister_connect.store import Store

    served, clock = service(2000, 250, seconds=300 * 24 * 3600 / 2000)
    answer = served.answer

    def listen(*asked: Any) -> object:  # noqa: ANN401 - as it came
        found = answer(*asked)
        (place / "reply").write_text(found.body, encoding="utf-8")
        return found

    setattr(served, "answer", listen)  # noqa: B010 - replaced while it runs
    (place / "contract").write_text(served.describe(ADDRESS).body, encoding="utf-8")
    with Store(f"sqlite:///{place / 'school.db'}") as store:
        for _ in range(2):
            client(served, clock, _short_batches()).pull(store, **OPTIONS)
    return clock


def _night_ratio(place: Path, address: str, clock: "VirtualClock") -> float:
    import httpx
    from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert

    from magister_connect.results import ResultsClient
    from magister_connect.store import Store

    table, engine = (
        Table("row", MetaData(), Column("number", Integer)),
        create_engine(f"sqlite:///{place / 'floor.db'}"),
    )
    table.create(engine)
    with (
        httpx.Client() as http,
        Store(f"sqlite:///{place / 'school.db'}") as store,
        ResultsClient(
            f"{address}?wsdl", product="JIJ", instellingscode="ZAND", soap_key="zandbak-jij-sleutel", clock=clock,
            contract=_short_batches(),
        ) as puller,
    ):  # fmt: skip

        def floor() -> None:
            http.post(address, content=b"<Envelope/>").read()
            with engine.begin() as database:
                database.execute(insert(table).values(number=1))

        return cpu_ratio(lambda: puller.pull(store, **OPTIONS), floor, rounds=NIGHTS)


QUIET = "A night in which nothing changed, after one in which everything was pulled."
FIGURES = (
    Figure("reply to records, over lxml.etree.fromstring", "at most 6.5", over_lxml),
    Figure("the same with the garbage collector on", "at most 6.5", over_lxml_with_the_collector),
    Figure("reply to records, times faster than zeep", "at least 6", against_zeep),
    Figure("a record in a reply of 100,000, over one in a reply of 10,000", "at most 1.3", large_reply),
    Figure("100,000 results into SQLite, memory on top", "at most 150 MB", memory),
    Figure("nothing new: requests for an open year", "at most 1", quiet_requests, QUIET),
    Figure("a night without news, over one bare POST and one commit", "at most 3", quiet_night),
)
