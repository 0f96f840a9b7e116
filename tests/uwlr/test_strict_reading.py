"""Strict reading of messages against the official schemas: each element of a message in turn is made wrong."""

import copy
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest
from lxml import etree

from magister_connect.errors import DocumentInvalid, FieldInvalid, UsageError
from magister_connect.uwlr import DataRequest, GroupReference, Operation, Refusal, SchoolReference, parse_request
from magister_connect.uwlr.messages import AUTORISATIE, LEERLINGGEGEVENS, write_envelope, write_request
from magister_connect.uwlr.results import read_definitions, write_definitions, write_results
from tests.uwlr.messages import ACCOUNT, FULL, OSO, head, message, result, schema, taking

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


ENVELOPE = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
{}</xs:schema>"""
IMPORTED = {
    "http://schemas.xmlsoap.org/soap/envelope/": "SOAP_Envelope.xsd",
    AUTORISATIE: "UWLR_Autorisatie_v2p2.xsd",
    LEERLINGGEGEVENS: "UWLR_Leerlinggegevens_v2p2.xsd",
}


def envelope_schema(shared_data: Path) -> etree.XMLSchema:
    """The official schemas of the envelope, its header and its body, together."""
    folder = shared_data / "uwlr" / "2.2" / "Schemas"
    imports = (f'<xs:import namespace="{space}" schemaLocation="{folder / file}"/>' for space, file in IMPORTED.items())
    return etree.XMLSchema(etree.fromstring(ENVELOPE.format("".join(imports))))


def reversed_children(element: Element) -> None:
    element[:] = reversed(element)


def with_wide_blank(element: Element) -> None:
    element.tail = "\u00a0"


def is_request(content: bytes) -> bool:
    try:
        parse_request(content)
    except Refusal:
        return False
    return True


@pytest.mark.parametrize("way", [*WAYS, reversed_children, with_wide_blank], ids=lambda way: way.__name__)
def test_strict_reading_of_an_envelope_and_its_header_is_that_of_the_official_schemas(
    way: Callable[[Element], None], shared_data: Path
) -> None:
    official = envelope_schema(shared_data)
    root = etree.fromstring(write_envelope(request_for(Operation.PUPILS), ACCOUNT))
    without_request = {"removed: 1 Header", "removed: 2 autorisatie", "removed: 7 leerlingen_verzoek"}
    without_request |= {
        "doubled: 2 autorisatie",
        "doubled: 7 leerlingen_verzoek",
        "emptied: 1 Header",
        "emptied: 6 Body",
    }
    assert official.validate(root)
    assert not [
        which
        for which, element in changed(root, way)
        if is_request(etree.tostring(element)) != official.validate(element) and which not in without_request
    ]


def test_a_header_in_another_order_is_read_leniently_and_named() -> None:
    root = etree.fromstring(write_envelope(request_for(Operation.STRUCTURE), ACCOUNT))
    reversed_children(root.find("{*}Header/{*}autorisatie"))  # type: ignore[arg-type]  # it is there
    read = parse_request(etree.tostring(root), lenient=True)
    assert read.authorisation.same_as(ACCOUNT)
    assert {each.where.partition("/")[0] for each in read.departures} == {"autorisatie"}


URIS = (
    *("", "urn:voc", "http://a/%41?b#c", "//a:80/", "http://[::1]/", "a b", "\u00e9", "\\", "mailto:a@b", " urn:a "),
    *("%", "%zz", "a#b#c", "::", "1:b", "\u00e9:b", "http://a:x/", "a[b]", "http://u@@h/", "http://[::1", "x" * 300),
)


@pytest.mark.parametrize("uri", URIS)
@pytest.mark.parametrize("name", ["vocabulaire", "vocabulairelocatie"])
def test_a_vocabulary_is_a_uri_where_the_official_schema_has_one(name: str, uri: str, shared_data: Path) -> None:
    sent = results()
    sent.find("{*}toetsen/{*}toets/{*}versie").set(name, uri)  # type: ignore[union-attr]  # it is there
    assert is_read(sent) == schema(shared_data, "UWLR_Leerresultaten_v2p2.xsd").validate(sent)


@pytest.mark.parametrize("way", [*WAYS, reversed_children], ids=lambda way: way.__name__)
def test_strict_reading_of_definitions_accepts_what_the_official_schema_accepts(
    way: Callable[[Element], None], shared_data: Path
) -> None:
    official = schema(shared_data, "UWLR_Toetsdefinities_v2p2.xsd")

    def is_definitions(content: bytes) -> bool:
        try:
            read_definitions(content)
        except (DocumentInvalid, FieldInvalid):
            return False
        return True

    root = etree.fromstring(write_definitions((FULL,)))
    assert not [
        which
        for which, element in changed(root, way)
        if is_definitions(etree.tostring(element)) != official.validate(element)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"schooljaar": "2025/2026"},
        {"xsdversie": ""},
        {"xsdversie": "x" * 33},
        {"gegevenssetid": ""},
        {"gegevenssetid": "x" * 65},
        {"gegevenssetid": "a\x01"},
    ],
)
def test_a_request_that_the_schema_refuses_cannot_be_made(changes: dict[str, str]) -> None:
    asked = {"operation": Operation.STRUCTURE, "school": SchoolReference("00AA"), "schooljaar": "2025-2026", **changes}
    with pytest.raises(UsageError):
        DataRequest(**asked)  # type: ignore[arg-type]  # texts


@pytest.mark.parametrize("seconds", [19 * 60 + 32, 15 * 3600, -15 * 3600])
def test_a_moment_is_written_with_a_zone_that_the_schema_allows(seconds: int, shared_data: Path) -> None:
    moment = dt.datetime(2025, 1, 1, tzinfo=dt.timezone(dt.timedelta(seconds=seconds)))
    asked = DataRequest(
        operation=Operation.STRUCTURE, school=SchoolReference("00AA"), schooljaar="2025-2026", since=moment
    )
    sent = write_request(asked, ACCOUNT)
    assert envelope_schema(shared_data).validate(etree.fromstring(sent))
    read = parse_request(sent).asked
    assert read is not None
    assert read.since == moment
    whole = attrs.evolve(message(), school=head(schooljaar="2025-2026", aanmaakdatum=moment))
    assert schema(shared_data, "UWLR_Leerresultaten_v2p2.xsd").validate(write_results(whole))
