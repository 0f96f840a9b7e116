"""The cost of the core: a call, over a plain httpx call, one and many at a time."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from inspect import unwrap
from typing import Any

from benchmarks.figure import Figure, call_ratio, cpu_ratio, fastest

EXCHANGES = 2_000
CALLS = 1_000
AT_ONCE = 20

# Answers each request 50 ms after it came, in a process of its own.
SERVER = """
import asyncio
REPLY = b"HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: 5\\r\\n\\r\\nhello"
async def serve(reader, writer):
    try:
        while True:
            await reader.readuntil(b"\\r\\n\\r\\n")
            await asyncio.sleep(0.05)
            writer.write(REPLY)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=100)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextmanager
def _slow_server() -> Generator[str, None, None]:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield f"http://127.0.0.1:{line.strip()}/doc"
        finally:
            process.terminate()


def one_call() -> float:
    """CPU time of a flow with its driver, over that of a plain httpx request, both without a network."""
    import httpx

    from magister_connect.core.drivers import SyncDriver
    from magister_connect.core.flow import Request, exchange

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"x")

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        driver = SyncDriver(http)
        request = Request("GET", "https://school.invalid/doc")
        return cpu_ratio(
            lambda: [driver.run(exchange(request)).body for _ in range(EXCHANGES)],
            lambda: [http.get(request.address).content for _ in range(EXCHANGES)],
        )


def guards() -> float:
    """Time of a call of a client inside a deadline, over the same call without boundary, deadline and masking."""
    import httpx

    from magister_connect import MediusClient
    from magister_connect.core.drivers import deadline

    reply = b"<Response><Result>True</Result><Data/></Response>"

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=reply, headers={"content-type": "text/xml"})

    def make(http: httpx.Client) -> MediusClient:
        return MediusClient("https://school.invalid", username="u", password="p", stateless=True, http=http)  # noqa: S106 - nobody's

    def guarded() -> object:
        with deadline(60):
            return client.call("ADFuncties", "GetVersion")

    def bare() -> object:
        return unguarded(without, "ADFuncties", "GetVersion")

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        client, without = make(http), make(http)
        unguarded: Callable[..., object] = unwrap(MediusClient.call)
        driver: Any = vars(without)["_driver"]
        vars(without)["_run"] = driver._run  # noqa: SLF001 - inside the boundary
        transport = driver._transport  # noqa: SLF001 - as above
        transport._wait = lambda action, *_bounds: action()  # noqa: SLF001 - without a deadline
        transport._library.address = lambda address, _shown: address  # noqa: SLF001 - without masking
        return call_ratio(guarded, bare)


def many_calls() -> float:
    """1,000 calls, 20 at a time with a latency of 50 ms, over httpx with 20 threads."""
    import httpx

    from magister_connect.core.drivers import SyncDriver
    from magister_connect.core.flow import Request, exchange_all

    with _slow_server() as address, httpx.Client() as http, httpx.Client() as bare:
        driver = SyncDriver(http)
        requests = [Request("GET", address)] * CALLS

        def floor() -> None:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(lambda _: bare.get(address).content, range(CALLS)))

        return fastest(lambda: driver.run(exchange_all(requests, AT_ONCE)), floor)


def many_awaited_calls() -> float:
    """The same with async calls, over httpx with 20 tasks."""
    import httpx

    from magister_connect.core.drivers import AsyncDriver
    from magister_connect.core.flow import Request, exchange_all

    async def work(address: str) -> None:
        async with httpx.AsyncClient() as http:
            await AsyncDriver(http).run(exchange_all([Request("GET", address)] * CALLS, AT_ONCE))

    async def floor(address: str) -> None:
        places = asyncio.Semaphore(AT_ONCE)
        async with httpx.AsyncClient() as http:

            async def get() -> None:
                async with places:
                    await http.get(address)

            await asyncio.gather(*(get() for _ in range(CALLS)))

    with _slow_server() as address:
        return fastest(lambda: asyncio.run(work(address)), lambda: asyncio.run(floor(address)))


FIGURES = (
    Figure("one call in memory, over httpx", "at most 2.2", one_call),
    Figure("one call of a client in memory, over one without boundary, deadline and masking", "at most 1.05", guards),
    Figure("1,000 calls at 20 in flight and 50 ms, over httpx", "at most 1.05", many_calls),
    Figure("1,000 awaited calls at 20 in flight and 50 ms, over httpx", "at most 1.05", many_awaited_calls),
)
