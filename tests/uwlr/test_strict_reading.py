"""Strict reading of messages against the official schemas: each element of a message in turn is made wrong."""

import copy
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from magister_connect.uwlr import DataRequest, GroupReference, Operation, Refusal, SchoolReference, parse_request
from magister_connect.uwlr.messages import write_envelope, write_request
from magister_connect.uwlr.results import write_results
from tests.uwlr.messages import ACCOUNT, FULL, OSO, message, result, schema, taking

Element = etree._Element


def request_for(operation: Operation) -> Element:
    groups = (GroupReference("g1"), GroupReference("s1", True), GroupReference()) if operation.by_groups else ()
    asked = DataRequest(
        operation=operation,
        school=SchoolReference("00AA", "01"),
        schooljaar="2024-2025",
        gegevenssetid="Smalle-set",
        since=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
        groepen=groups,
    )
    return etree.fromstring(write_request(asked, ACCOUNT)).find("{*}Body")[0]  # type: ignore[index]  # it is there


def results() -> Element:
    takings = (
        taking(result(toetsonderdeelcode="O1"), result("k2", score=None, osoresultaat=OSO), eckid="https://id/1"),
        taking(result("k3"), leerlingid="L2"),
    )
    whole = message(*takings, tests=(FULL,), schooljaar="2024-2025", dependancecode="01", auteur="Uitgever")
    return etree.fromstring(etree.tostring(write_results(whole)))


MESSAGES: dict[str, tuple[str, Callable[[], Element]]] = {
    "results": ("UWLR_Leerresultaten_v2p2.xsd", results),
    "request": ("UWLR_Leerlinggegevens_v2p2.xsd", lambda: request_for(Operation.PUPILS_AND_STAFF)),
    "request by groups": ("UWLR_Leerlinggegevens_v2p2.xsd", lambda: request_for(Operation.PUPILS)),
}


def with_attribute(element: Element) -> None:
    element.set("vreemd", "1")


def with_element(element: Element) -> None:
    etree.SubElement(element, str(element.tag).partition("}")[0] + "}vreemd")


def with_text_behind(element: Element) -> None:
    element.tail = "vreemd"


def with_text_inside(element: Element) -> None:
    element.text = "vreemd" if len(element) else element.text


def in_another_namespace(element: Element) -> None:
    element.tag = "{urn:vreemd}" + str(element.tag).rpartition("}")[2]


def emptied(element: Element) -> None:
    for child in list(element):
        element.remove(child)
    element.text = None


def doubled(element: Element) -> None:
    element.addnext(copy.deepcopy(element))


def removed(element: Element) -> None:
    element.getparent().remove(element)  # type: ignore[union-attr]  # the root is left alone


WAYS = (
    with_attribute,
    with_element,
    with_text_behind,
    with_text_inside,
    in_another_namespace,
    emptied,
    doubled,
    removed,
)
OWN_CHECKS = ("toetsonderdelen/", "norm", "toetsonderdeelcode", "toetsonderdelen")
"""Where a message lacks a part or a norm, the schema lets pass what our own checks refuse."""


def changed(root: Element, way: Callable[[Element], None]) -> Iterator[tuple[str, Element]]:
    for place in range(1, len(list(root.iter("*")))):
        other = copy.deepcopy(root)
        element = list(other.iter("*"))[place]
        name = f"{way.__name__}: {place} {etree.QName(element).localname}"
        way(element)
        yield name, etree.fromstring(etree.tostring(other))


def is_read(element: Element, *, lenient: bool = False) -> bool:
    try:
        parse_request(write_envelope(copy.deepcopy(element), ACCOUNT), lenient=lenient)
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", MESSAGES)
def test_strict_reading_accepts_what_the_official_schema_accepts(
    name: str, way: Callable[[Element], None], shared_data: Path
) -> None:
    file, make = MESSAGES[name]
    official = schema(shared_data, file)
    apart = [
        which
        for which, element in changed(make(), way)
        if is_read(element) != official.validate(element) and not (way is removed and which.endswith(OWN_CHECKS))
    ]
    assert not apart


STRAYS = (with_attribute, with_element, with_text_behind, with_text_inside, in_another_namespace)


@pytest.mark.parametrize("way", STRAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", MESSAGES)
def test_what_the_schema_does_not_have_is_refused_in_strict_and_named_in_lenient_reading(
    name: str, way: Callable[[Element], None]
) -> None:
    sound = etree.tostring(MESSAGES[name][1]())
    for which, element in changed(etree.fromstring(sound), way):
        if etree.tostring(element) == sound or (way is with_element and not list(element.iter("{*}vreemd"))):
            continue
        assert not is_read(element), which
        read = parse_request(write_envelope(copy.deepcopy(element), ACCOUNT), lenient=True)
        assert read.departures, which


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("gegevenssetid", ""),
        ("laatstontvangengegevens", ""),
        ("laatstontvangengegevens", "2025-01-15T10:00"),
        ("laatstontvangengegevens", "2025-01-15T10:00:00+0100"),
    ],
)
def test_a_request_in_another_form_than_the_schema_has_is_a_departure(field: str, text: str) -> None:
    asked = request_for(Operation.STRUCTURE)
    asked.find(f"{{*}}{field}").text = text  # type: ignore[union-attr]  # it is there
    assert not is_read(asked)
    (departure,) = parse_request(write_envelope(asked, ACCOUNT), lenient=True).departures
    assert departure.where == field


def test_a_moment_of_results_without_seconds_is_a_departure() -> None:
    sent = results()
    sent.find("{*}school/{*}aanmaakdatum").text = "2025-01-15T10:00"  # type: ignore[union-attr]  # it is there
    assert not is_read(sent)
    assert [each.where for each in parse_request(write_envelope(sent, ACCOUNT), lenient=True).departures] == [
        "leerresultaten_verzoek/school/aanmaakdatum"
    ]


@pytest.mark.parametrize("key", ["", "x" * 257])
def test_a_group_has_a_key_of_1_to_256_characters_or_none(key: str) -> None:
    asked = request_for(Operation.PUPILS)
    asked.find("{*}groepen/{*}groep").set("key", key)  # type: ignore[union-attr]  # it is there
    assert not is_read(asked)
