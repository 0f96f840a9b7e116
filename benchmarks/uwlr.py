"""UWLR: a response over the same records as a file, the memory of a long response, and results over a tree."""

from __future__ import annotations

import datetime as dt
import resource
from collections.abc import Iterator
from functools import cache

from lxml import etree

from benchmarks.edexml import parts
from benchmarks.figure import Figure, cpu_ratio
from magister_connect import edexml
from magister_connect.core.flow import Reply
from magister_connect.uwlr import (
    DataRequest,
    Operation,
    Resultaat,
    ResultsMessage,
    ResultsSchool,
    SchoolReference,
    Toets,
    Toetsafname,
    VocabulaireTerm,
)
from magister_connect.uwlr.answers import AnswerFeed, SentRequest, read_answer
from magister_connect.uwlr.messages import LEERLINGGEGEVENS, LEERRESULTATEN, SOAP
from magister_connect.uwlr.results import write_results

ONE_MB = 1_800  # pupils
HUNDRED_MB = 175_000
RESULTS = 10_000
_XML = (("content-type", "text/xml"),)
_ASKED = SentRequest(
    DataRequest(Operation.PUPILS_AND_STAFF, SchoolReference.of("99XX"), "2024-2025"),
    "POST",
    dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
)


def answer_parts(pupils: int) -> Iterator[bytes]:
    """The same invented pupils as in a file, in an envelope."""
    opening = f'<leerlinggegevens_antwoord xmlns="{LEERLINGGEGEVENS}"><leerlinggegevens>'
    for place, part in enumerate(parts(pupils)):
        text = part
        if place == 0:
            school = part[part.index("<school>") :]
            text = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{opening}{school}'
        yield text.replace("</EDEX>", "</leerlinggegevens></leerlinggegevens_antwoord></s:Body></s:Envelope>").encode()


def answer() -> float:
    """A response of 1 MB to records, over the same records in a file."""
    body = b"".join(answer_parts(ONE_MB))
    file = "".join(parts(ONE_MB)).encode()
    reply = Reply(200, _XML, body)
    return cpu_ratio(lambda: read_answer(reply, _ASKED), lambda: edexml.read(file, lenient=True))


def memory() -> float:
    """Growth of memory in MB while a process reads 100 MB."""
    feed = AnswerFeed(Reply(200, _XML, b""), _ASKED)
    before = 0
    for place, part in enumerate(answer_parts(HUNDRED_MB)):
        for _ in feed.feed(part):
            pass
        if place == 12_000:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in feed.close():
        pass
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


@cache
def _message() -> ResultsMessage:
    takings = tuple(
        Toetsafname(
            leerlingid=f"L{number}",
            resultaten=(
                Resultaat(key=f"k{number}", afnamedatum=dt.date(2026, 1, 15), toetscode="T1", score=number % 50),
            ),
        )
        for number in range(RESULTS)
    )
    head = ResultsSchool(
        schooljaar="2025-2026", brincode="99XX", aanmaakdatum=dt.datetime(2026, 1, 16, tzinfo=dt.UTC), xsdversie="2.2"
    )
    return ResultsMessage(school=head, toetsafnames=takings, toetsen=(Toets(toetscode=VocabulaireTerm("T1")),))


def _tree(message: ResultsMessage) -> bytes:
    """The same message written by hand: a tree and its text."""
    space = f"{{{LEERRESULTATEN}}}"
    root = etree.Element(f"{space}leerresultaten_verzoek", nsmap={None: LEERRESULTATEN})
    takings = etree.SubElement(root, f"{space}toetsafnames")
    for each in message.toetsafnames:
        taking = etree.SubElement(takings, f"{space}toetsafname")
        etree.SubElement(taking, f"{space}leerlingid").text = each.leerlingid
        results = etree.SubElement(taking, f"{space}resultaten")
        for one in each.resultaten:
            result = etree.SubElement(results, f"{space}resultaat")
            result.set("key", one.key)
            etree.SubElement(result, f"{space}afnamedatum").text = one.afnamedatum.isoformat()
            etree.SubElement(result, f"{space}toetscode").text = one.toetscode
            etree.SubElement(result, f"{space}score").text = str(one.score)
    return etree.tostring(root)


def results() -> float:
    """10,000 results written, over a tree and its text."""
    message = _message()
    return cpu_ratio(lambda: etree.tostring(write_results(message)), lambda: _tree(message))


FIGURES = (
    Figure("an answer of 1 MB to records / the same as a file", "at most 1.5", answer),
    Figure("growth while 100 MB of an answer are read", "at most 40 MB", memory),
    Figure("10,000 results written / a tree and its text", "at most 1.3", results),
)
