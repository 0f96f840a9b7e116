"""Grades from JSON to records, long lists in constant memory, and one token refresh for many tasks."""

import datetime as dt
import json

from benchmarks.figure import Figure, cpu_ratio

RECORDS = 10_000
PAGES = 5_000


def a_grade(number: int) -> dict[str, object]:
    """One cell of the grade overview, as the simulated school writes it."""
    from magister_connect.sandbox import School
    from magister_connect.sandbox.web.grades import old_mark

    school = School.seeded(1, pupils=1, staff=15)
    cell = next(iter(school.marks_of(10_001, dt.datetime(2026, 7, 1))))  # noqa: DTZ001 - local time
    return {**old_mark(cell, 1), "CijferId": number}


def reading() -> float:
    """CPU time of records, over that of the parser alone."""
    from magister_connect.core.json import parse_json
    from magister_connect.public_api.cijfers import CijferUitOverzicht
    from magister_connect.public_api.exchange.paging import read_page

    first = a_grade(1)
    body = json.dumps({"Items": [{**first, "CijferId": number} for number in range(RECORDS)]}).encode()
    return cpu_ratio(lambda: read_page(parse_json(body, "x"), CijferUitOverzicht, "x"), lambda: json.loads(body))


def paging() -> float:
    """Growth of memory in MB between page 500 and page 5,000."""
    import gc
    import tracemalloc

    from magister_connect.core.flow import Reply
    from magister_connect.core.secrets import Secret
    from magister_connect.login import StaticToken
    from magister_connect.public_api.berichten import Bericht
    from magister_connect.public_api.exchange.connection import Connection
    from magister_connect.public_api.exchange.operations import Listing
    from magister_connect.public_api.exchange.paging import walk_items

    connection = Connection(base_url="https://school.example/api", tokens=StaticToken(Secret("t")))
    series = walk_items(connection, Listing(path="berichten", kind=Bericht, paged=True, page_size=20))
    sizes = []
    tracemalloc.start()
    step, page = next(series), 0
    while True:
        if type(step).__name__ == "Emit":
            answer: object = None
        else:
            first = int(dict(step.query)["skip"]) + 1  # type: ignore[union-attr]  # a request for a page
            items = [{"id": number, "onderwerp": "x"} for number in range(first, min(first + 20, PAGES * 20 + 1))]
            answer = Reply(200, (), json.dumps({"items": items, "totalCount": PAGES * 20}).encode())
            page += 1
            if page in {500, PAGES}:
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
        try:
            step = series.send(answer)
        except StopIteration:
            break
    return (sizes[1] - sizes[0]) / 1e6


def refreshing() -> float:
    """Number of refreshes when a hundred tasks use an expired token."""
    import anyio

    from magister_connect.core.drivers import AsyncDriver
    from magister_connect.core.secrets import Secret
    from magister_connect.login import KeptTokens, LoginSettings, MemoryTokenStore, Tokens
    from magister_connect.login.operations import LoginServer
    from magister_connect.sandbox import Sandbox

    with Sandbox(pupils=1, staff=15) as school:
        accounts = school.accounts
        answer = school.issuer.issue_tokens(school.issuer_url, accounts.client_id, "x", "offline_access", refresh=True)
        settings = LoginSettings(
            client_id=accounts.client_id, client_secret=Secret(accounts.client_secret), issuer=school.issuer_url
        )
        source = KeptTokens(LoginServer(settings), MemoryTokenStore(), "k")
        expired = school.clock() - dt.timedelta(hours=1)
        source.put(
            Tokens(
                access_token=Secret(answer["access_token"]),
                refresh_token=Secret(answer["refresh_token"]),
                expires=expired,
            )
        )

        async def main() -> None:
            async with AsyncDriver(clock=school.clock) as driver, anyio.create_task_group() as group:
                for _ in range(100):
                    group.start_soon(driver.run, source.access_token())

        anyio.run(main)
        return school.issuer.grants.refreshes


FIGURES = (
    Figure("10,000 nested grades to records, over json.loads", "at most 4.0", reading),
    Figure("5,000 pages walked: growth of memory after page 500", "at most 0.1 MB", paging),
    Figure("refreshes by 100 tasks that meet an expired token", "at most 1", refreshing),
)
