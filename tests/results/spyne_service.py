"""A service of spyne in a process of its own, because spyne changes how a process imports: python -m ... PORT."""

import datetime as dt
import importlib
import sys
from typing import Any
from wsgiref.simple_server import make_server

from tests.results import foreign

SIZE = 10


def application() -> Any:
    """Document/literal, qualified, wrapped in types that spyne names itself."""
    spyne: Any = importlib.import_module("spyne")  # which has no types
    refused: Any = importlib.import_module("spyne.error").InvalidCredentialsError
    soap: Any = importlib.import_module("spyne.protocol.soap").Soap11
    wsgi: Any = importlib.import_module("spyne.server.wsgi").WsgiApplication
    text, number, moment = spyne.Unicode, spyne.Integer, spyne.DateTime

    class TestResult(spyne.ComplexModel):  # type: ignore[misc]  # as above
        __namespace__ = "urn:facet"
        SubmissionId = number
        StudentNumber = text
        Modified = moment
        Level = text

    def get_results(
        _context: Any, client_code: str, secret: str, modified_since: Any, page: int, page_size: int
    ) -> Any:
        if (client_code, secret) != ("ZAND", foreign.KEY):
            raise refused("Toegang geweigerd")
        since: dt.datetime = modified_since.replace(tzinfo=None)
        found = [each for each in foreign.rows(35) if each.moment >= since]
        begin = ((page or 1) - 1) * (page_size or SIZE)
        return [
            TestResult(SubmissionId=each.nr, StudentNumber=each.student, Modified=each.moment, Level=each.level)
            for each in found[begin : begin + (page_size or SIZE)]
        ]

    published = spyne.rpc(text, text, moment, number, number, _returns=spyne.Array(TestResult))(get_results)
    service = type("Results", (spyne.ServiceBase,), {"get_results": published})
    made = spyne.Application([service], "urn:facet", in_protocol=soap(validator="lxml"), out_protocol=soap())
    return wsgi(made)


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), application()).serve_forever()
