"""What the core costs: a flow with its driver over a direct call."""

import time
from collections.abc import Callable

from benchmarks.figure import Figure

EXCHANGES = 20_000
ROUNDS = 7


def _seconds_each(work: Callable[[], object]) -> float:
    """The fastest of several rounds, in CPU seconds for each exchange."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) / EXCHANGES


def flow_over_direct_call() -> float:
    """Microseconds that a flow with its blocking driver adds to one exchange, the network left out."""
    from magister_connect.core.drivers import SyncDriver
    from magister_connect.core.flow import Flow, Reply, Request, exchange

    reply = Reply(200, body=b"x")
    request = Request("GET", "https://school.invalid/doc")
    driver = SyncDriver()

    def answer(_request: Request) -> Reply:
        return reply

    def read(received: Reply) -> int:
        return received.status

    def flow() -> Flow[int]:
        return read((yield from exchange(request)))

    def direct() -> int:
        return read(answer(request))

    driver._transport.send = answer  # type: ignore[method-assign, assignment]  # noqa: SLF001 - leaves the network out
    with_driver = _seconds_each(lambda: [driver.run(flow()) for _ in range(EXCHANGES)])
    without = _seconds_each(lambda: [direct() for _ in range(EXCHANGES)])
    driver.close()
    return (with_driver - without) * 1e6


FIGURES = (Figure("a flow with its driver over a direct call", "at most 5 microseconds", flow_over_direct_call),)
