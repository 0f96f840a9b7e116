"""The example of a service that no contract describes, against such a service."""

import datetime as dt
import re
from pathlib import Path
from xml.sax.saxutils import escape

import httpx
import pytest

from magister_connect.store import Store
from tests.results.foreign import NOW, Row, rows

EXAMPLES = Path(__file__).parents[2] / "examples"
ADDRESS = "https://toetsen.example/soap"
ROWS = rows(35)


def answer(request: httpx.Request) -> httpx.Response:
    """What the odd service answers."""
    asked = dict(re.findall(r'(\w+)="([^"]*)"', request.content.decode()))
    assert "ZAND|geheim" in request.content.decode()
    since, until = (dt.datetime.fromisoformat(asked[name]) for name in ("vanaf", "tot"))
    found = [row for row in ROWS if since <= row.moment < until][int(asked["na"]) :][:10]
    body = "".join(f"<uitslag>{escape(written(row))}</uitslag>" for row in found)
    text = f"<e:Envelope xmlns:e='urn:e'><e:Body><a><uitslagen>{body}</uitslagen></a></e:Body></e:Envelope>"
    return httpx.Response(200, text=text, headers={"content-type": "text/xml"})


def written(row: Row) -> str:
    return f"{row.nr}|{row.student}|{row.moment}|Lezen|{row.level}"


def test_a_service_without_a_wsdl_is_pulled_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    from odd_results import odd_client

    http = httpx.Client(transport=httpx.MockTransport(answer))
    client = odd_client(ADDRESS, "ZAND", "geheim", http)
    client._driver._clock = lambda: NOW
    with client, Store("sqlite://") as store:
        report = client.pull(store, stamnummers=range(1000, 2000), from_school_year="2025-2026")
        assert (report.new, report.quarantined) == (35, 0)
        assert {each.test_name for each in store.results()} == {"Lezen"}
