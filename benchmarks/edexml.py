"""EDEXML over its baselines, with synthetic files: a parser, libxml2 with the same checks, a tree and its text."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, cpu_ratio

PUPILS_20_MB = 35_000
PUPILS_200_MB = 350_000
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<EDEX xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="EDEXML.structuur.xsd">
  <school>
    <schooljaar>2024-2025</schooljaar>
    <peildatum>2024-10-01</peildatum>
    <brincode>99XX</brincode>
    <aanmaakdatum>2024-10-02T08:15:00</aanmaakdatum>
    <xsdversie>2.1</xsdversie>
  </school>
"""
_GROUP = """    <groep key="g{group}">
      <naam>b{group}</naam>
      <jaargroep>11</jaargroep>
    </groep>
"""
_FIELDS = (
    *("achternaam", "voorletters-1", "roepnaam", "geboortedatum", "geslacht", "jaargroep", "groep", "emailadres"),
    *("land", "bsn_ondwnr-4", "postcodenl", "instroomdatum", "mutatiedatum"),
)
_PUPIL = """    <leerling key="{key}">
      <achternaam>Achternaam{name}</achternaam>
      <voorletters-1>AB</voorletters-1>
      <roepnaam>Roepnaam{name}</roepnaam>
      <geboortedatum>{birth}</geboortedatum>
      <geslacht>{sex}</geslacht>
      <jaargroep>11</jaargroep>
      <groep key="g{group}"/>
      <emailadres>{key}@school.example</emailadres>
      <land>NL</land>
      <bsn_ondwnr-4>{last:04}</bsn_ondwnr-4>
      <postcodenl>9711AB</postcodenl>
      <instroomdatum>2024-08-01</instroomdatum>
      <mutatiedatum>2024-09-{day:02}T10:{minute:02}:12</mutatiedatum>
    </leerling>
"""


def parts(pupils: int) -> Iterator[str]:
    """A file of made-up pupils, 570 bytes each."""
    groups = pupils // 25 + 1
    yield _HEAD + "  <groepen>\n"
    for group in range(groups):
        yield _GROUP.format(group=group)
    yield "  </groepen>\n  <leerlingen>\n"
    for key in range(pupils):
        birth = f"20{10 + key % 4}-{1 + key % 12:02}-{1 + key % 28:02}"
        yield _PUPIL.format(
            key=100_000 + key,
            name=key % 5_000,
            birth=birth,
            sex=1 + key % 2,
            group=key % groups,
            last=key % 10_000,
            day=1 + key % 30,
            minute=key % 60,
        )
    yield "  </leerlingen>\n</EDEX>\n"


def make(folder: Path, pupils: int) -> Path:
    """Write the file."""
    path = folder / "school.xml"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(parts(pupils))
    return path


def streamed(path: Path) -> int:
    """Every pupil as a record."""
    from magister_connect import edexml

    with edexml.open(path) as stream:
        return sum(1 for _ in stream.leerlingen)


def checked(path: Path) -> object:
    """The whole report."""
    from magister_connect import edexml

    return edexml.check(path)


def parsed(path: Path) -> object:
    """The bare tree."""
    from lxml import etree

    return etree.parse(path)


def reading() -> float:
    """Stream to records, 20 MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), PUPILS_20_MB)
        return cpu_ratio(lambda: streamed(path), lambda: parsed(path))


def reading_much() -> float:
    """Stream to records, 200 MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), PUPILS_200_MB)
        return cpu_ratio(lambda: streamed(path), lambda: parsed(path), rounds=2)


def checking() -> float:
    """Full check, 20 MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), PUPILS_20_MB)
        return cpu_ratio(lambda: checked(path), lambda: parsed(path))


def writing() -> float:
    """Write 35,000 pupils, over a tree of the same elements and its text."""
    from lxml import etree

    from magister_connect import edexml

    with tempfile.TemporaryDirectory() as folder:
        document = edexml.read(make(Path(folder), PUPILS_20_MB))
        target = Path(folder) / "out.xml"
        model = edexml.model("2.1").item("leerlingen", "leerling")

        def tree() -> None:
            root = etree.Element("EDEX")
            pupils = etree.SubElement(root, "leerlingen")
            for pupil in document.leerlingen:
                element = etree.SubElement(pupils, "leerling", key=pupil.key)
                for child in model.elements:
                    if (value := getattr(pupil, child.slot)) is not None and value != ():
                        if child.name == "groep":
                            etree.SubElement(element, "groep", key=value)
                        else:
                            etree.SubElement(element, child.name).text = _text(value)
            target.write_bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))

        return cpu_ratio(lambda: edexml.write(document, target), tree, rounds=5)


def _text(value: object) -> str:
    isoformat = getattr(value, "isoformat", None)
    return str(value) if isoformat is None else str(isoformat())


def peak_of(work: str, pupils: int) -> float:
    """Peak memory in MB of a new process that does ``work`` with a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), pupils)
        code = f"from benchmarks.edexml import {work}; from pathlib import Path; {work}(Path({str(path)!r}))"
        code += "; import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        scale = 1024 if sys.platform != "darwin" else 1024 * 1024
        return float(done.stdout.split()[-1]) / scale


_LG = b"http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"


def _as_uwlr(content: bytes, prefix: bytes) -> bytes:
    """The same people as the body of a UWLR response; ``prefix`` comes before the names."""
    declared = b"xmlns%s='%s'" % (b":" + prefix if prefix else b"", _LG)
    body = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1" + (prefix + b":" if prefix else b""), content)
    named = body.replace(b"EDEX ", b"leerlinggegevens " + declared + b" ", 1).replace(b"EDEX>", b"leerlinggegevens>")
    return re.sub(rb" xsi:noNamespaceSchemaLocation='?\"?[^ >]*", b"", named, count=1)


def _against_plain(prefix: bytes, *, lenient: bool) -> float:
    from magister_connect import edexml

    with tempfile.TemporaryDirectory() as folder:
        plain = make(Path(folder), 8_000).read_bytes()
    body = _as_uwlr(plain, prefix)
    return cpu_ratio(lambda: edexml.from_uwlr_body(body, lenient=lenient), lambda: edexml.read(plain), rounds=7)


def uwlr_body() -> float:
    """The body of a UWLR response with 8,000 pupils, over a file with the same people."""
    return _against_plain(b"", lenient=False)


def uwlr_body_leniently() -> float:
    """The same with a lenient reader."""
    return _against_plain(b"", lenient=True)


def prefixed() -> float:
    """The same with a prefix before every name, as Magister writes it."""
    return _against_plain(b"le", lenient=False)


_SHAPES: dict[str, Callable[[int], bytes]] = {
    "plain pupils": lambda n: _listed(b'<leerling key="%d"><roepnaam>A</roepnaam></leerling>', n),
    "pupils in an odd spelling": lambda n: _listed(b"<leerling key='%d'><roepnaam>A</roepnaam></leerling >", n),
    "unknown children in one pupil": lambda n: _one(b"<x/>" * n),
    "unknown blocks in one pupil": lambda n: _one(
        b"<toevoegingen>" + b"<blok><code>A</code></blok>" * n + b"</toevoegingen>"
    ),
    "groups without anything": lambda n: _document(b"<groepen>" + b"<groep/>" * n + b"</groepen>", b""),
    "comments": lambda n: _one(b"<!-- x -->" * n),
}


def _document(groups: bytes, pupils: bytes) -> bytes:
    head = b"<EDEX><school><schooljaar>2024-2025</schooljaar></school>"
    return (
        head
        + groups
        + b"<leerlingen><leerling key='1'><roepnaam>A</roepnaam></leerling>"
        + pupils
        + b"</leerlingen></EDEX>"
    )


def _listed(each: bytes, count: int) -> bytes:
    return _document(b"", b"".join(each % number for number in range(2, count)))


def _one(content: bytes) -> bytes:
    return _document(b"", b"<leerling key='2'><roepnaam>A</roepnaam>" + content + b"</leerling>")


def growth() -> float:
    """Time for eight times the size, over eight times the time of the small document: the worst of all forms."""
    from magister_connect import edexml

    worst = 0.0
    for make_shape in _SHAPES.values():
        small, large = make_shape(4_000), make_shape(32_000)
        worst = max(worst, cpu_ratio(lambda: edexml.check(large), lambda: edexml.check(small), rounds=2) / 8)  # noqa: B023 - run at once
    return worst


def memory_of_reading() -> float:
    """A stream of 200 MB."""
    return peak_of("streamed", PUPILS_200_MB)


def memory_of_checking() -> float:
    """A check of 350,000 pupils."""
    return peak_of("checked", PUPILS_200_MB)


def _element(name: str, **options: Any) -> Any:  # noqa: ANN401 - what dataclasses take and give
    from dataclasses import field

    return field(**options, metadata={"type": "Element", "name": name})


def against_generated_classes() -> float:
    """How many times faster it is than generated dataclasses for the same pupils."""
    from dataclasses import make_dataclass

    from xsdata.formats.dataclass.context import XmlContext
    from xsdata.formats.dataclass.parsers import XmlParser

    texts = {name: _element(name, default="") for name in _FIELDS}
    pupil: Any = make_dataclass("Leerling", [(name.replace("-", "_"), str, made) for name, made in texts.items()])
    pupils: Any = make_dataclass("Leerlingen", [("leerling", list[pupil], _element("leerling", default_factory=list))])
    whole: Any = make_dataclass("EDEX", [("leerlingen", pupils | None, _element("leerlingen", default=None))])
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), 3_000)
        content = path.read_bytes()
        start, end = content.index(b"  <school>"), content.index(b"  <leerlingen>")
        bare = content[:start] + content[end:]
        parser = XmlParser(context=XmlContext())
        return 1 / cpu_ratio(lambda: streamed(path), lambda: parser.from_bytes(bare, whole), rounds=3)


def over_the_standard_library() -> float:
    """Stream to records, over a tree of the standard library without records."""
    from xml.etree import ElementTree as ET

    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), PUPILS_20_MB)
        return cpu_ratio(lambda: streamed(path), lambda: ET.parse(path), rounds=5)  # noqa: S314 - written here


_TYPES = {
    "achternaam": '"xs:string"><xs:maxLength value="50"/>',
    "geboortedatum": '"xs:date">',
    "geslacht": '"xs:string"><xs:enumeration value="1"/><xs:enumeration value="2"/>',
    "bsn_ondwnr-4": '"xs:string"><xs:pattern value="[0-9]{4}"/>',
    "mutatiedatum": '"xs:dateTime">',
}
_KEY = '<xs:attribute name="key" type="xs:string" use="required"/>'


def _typed(name: str) -> str:
    if name == "groep":
        return f'<xs:element name="groep"><xs:complexType>{_KEY}</xs:complexType></xs:element>'
    restricted = _TYPES.get(name, '"xs:string">')
    kind = f"<xs:simpleType><xs:restriction base={restricted}</xs:restriction></xs:simpleType>"
    return f'<xs:element name="{name}">{kind}</xs:element>'


def _several(group: str, item: str, fields: str) -> str:
    """A group of elements with keys."""
    return f"""<xs:element name="{group}"><xs:complexType><xs:sequence><xs:element name="{item}" maxOccurs="unbounded">
      <xs:complexType><xs:sequence>{fields}</xs:sequence>{_KEY}</xs:complexType></xs:element></xs:sequence>
      </xs:complexType></xs:element>"""


def _schema() -> str:
    """Thirteen fields, their types, and groups that must exist: a part of the full check."""
    groups = _several("groepen", "groep", _typed("naam") + _typed("jaargroep"))
    pupils = _several("leerlingen", "leerling", "".join(map(_typed, _FIELDS)))
    return f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="EDEX"><xs:complexType>
      <xs:sequence><xs:element name="school"><xs:complexType><xs:sequence>
      <xs:any maxOccurs="unbounded" processContents="skip"/></xs:sequence></xs:complexType></xs:element>
      {groups}{pupils}</xs:sequence></xs:complexType>
      <xs:key name="groups"><xs:selector xpath="groepen/groep"/><xs:field xpath="@key"/></xs:key>
      <xs:keyref name="of_pupils" refer="groups"><xs:selector xpath="leerlingen/leerling/groep"/>
      <xs:field xpath="@key"/></xs:keyref></xs:element></xs:schema>"""


def against_xmlschema() -> float:
    """How many times faster the full check is than xmlschema with a part of the schema."""
    import xmlschema

    schema = xmlschema.XMLSchema(_schema())
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), 2_000)
        if errors := [error.reason for error in schema.iter_errors(str(path))]:
            raise ValueError(errors[0])
        return 1 / cpu_ratio(lambda: checked(path), lambda: list(schema.iter_errors(str(path))), rounds=3)


def importing() -> float:
    """Import of the package, over import of the libraries that it needs."""
    from benchmarks.imports import import_ratio

    return import_ratio("magister_connect.edexml", "attrs, lxml.etree")


FIGURES = (
    Figure("EDEXML to records (20 MB), over lxml.etree.parse", "at most 1.9", reading),
    Figure("EDEXML to records (200 MB), over lxml.etree.parse", "at most 1.9", reading_much),
    Figure("peak memory of a stream of 200 MB", "at most 40 MB", memory_of_reading),
    Figure("full check (20 MB), over lxml.etree.parse", "at most 3.2", checking),
    Figure("peak memory of a check of 350,000 pupils", "at most 120 MB", memory_of_checking),
    Figure("a UWLR body (8,000 pupils), over a plain file", "at most 1.5", uwlr_body),
    Figure("a UWLR body, read leniently, over a plain file", "at most 1.5", uwlr_body_leniently),
    Figure("a UWLR body with prefixes, over a plain file", "at most 2", prefixed),
    Figure("growth of a check, worst of six shapes of document", "at most 1.6", growth),
    Figure("writing 35,000 pupils, over a tree and its text", "at most 1.3", writing),
    Figure("EDEXML to records, times faster than generated classes", "at least 10", against_generated_classes),
    Figure(
        "EDEXML to records (20 MB), over xml.etree of the standard library", "at most 1.3", over_the_standard_library
    ),
    Figure("full check, times faster than a part of it by xmlschema", "at least 10", against_xmlschema),
    Figure("import magister_connect.edexml, over attrs and lxml", "at most 1.2", importing),
)
