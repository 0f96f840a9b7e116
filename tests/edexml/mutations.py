"""Random changes of a document: elements deleted, doubled, reordered; values and attributes changed."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Final

from lxml import etree

XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
VALUES: Final = (
    "",
    " ",
    "   ",
    "x",
    "?",
    "0",
    "1",
    "2",
    "9",
    "3",
    "01",
    "+1",
    "-0",
    " 1 ",
    " 4 ",
    "4",
    "11",
    "14",
    "C",
    "H",
    "N",
    "B",
    "16",
    "S",
    "TAL",
    "LRK",
    "lrk",
    "IB",
    "2012-02-30",
    "2012-02-29",
    "2013-02-29",
    "30-12-2012",
    "2012-12-30",
    "2012-12-30Z",
    "2012-12-30+02:00",
    "12012-01-01",
    "-0001-01-01",
    "0000-01-01",
    "2012-1-1",
    "2012-12-30T10:00:00",
    "2012-12-30T24:00:00",
    "2012-12-30T24:00:01",
    "2012-12-30T10:00",
    "2012-12-30T10:00:60",
    "2012-12-30T10:00:00+15:00",
    "2012-12-30T10:00:00+14:00",
    "2012-12-30T10:00:00.123",
    "2012-12-30T10:00:00.",
    "2012-12-30T10:00:00Z",
    "2012-12-30 10:00:00",
    "99ZZ",
    "99zz",
    "01A2",
    "00",
    "012",
    "1",
    "1234567",
    "1234",
    "123456789",
    "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
    "133456785",
    "12345678901",
    "6971VB",
    "6971 VB",
    "6971vb",
    "0,3",
    "0.3",
    "0.40",
    "1,2",
    "NL",
    "nl",
    "HM",
    "ME",
    "CW",
    "2014-2015",
    "1991-1992",
    "1990-1991",
    "2019-2020",
    "2020-2021",
    "2024-2025",
    "2012-2014",
    "2012/2013",
    "a" * 6,
    "a" * 7,
    "a" * 10,
    "a" * 11,
    "a" * 32,
    "a" * 33,
    "a" * 64,
    "a" * 65,
    "a" * 70,
    "a" * 71,
    "a" * 128,
    "a" * 129,
    "a" * 200,
    "a" * 201,
    "a" * 256,
    "a" * 257,
    "\U0001f600" * 64,
    "\U0001f600" * 65,
    "001",
    "002",
    "GRP4A",
    "sg1",
    "VH",
    " 001",
    "00001",
    "true",
    "banana",
    "2.1",
)
NAMES: Final = (
    "naam",
    "jaargroep",
    "groep",
    "samengestelde_groep",
    "samengestelde_groepen",
    "vestiging",
    "bsn",
    "rol",
    "rolomschrijving",
    "omschrijving",
    "mutatiedatum",
    "toevoegingen",
    "blok",
    "code",
    "opmerking",
    "schoolkey",
    "brincode",
    "instellingsnummer",
    "voornamen",
    "geslacht",
    "geboortedatum",
    "postcodenl",
    "postnummerbe",
    "sofinummer",
    "onderwijsnummer",
    "emailadres",
    "tussenvoegsel",
    "leerling",
    "leerkrachten",
    "leerlingen",
    "groepen",
    "vestigingen",
    "peildatum",
    "onzin",
)
ATTRIBUTES: Final = ("key", "eckid", "onzin", f"{XSI}type", f"{XSI}nil", f"{XSI}schemaLocation")


def mutated(document: bytes, rng: random.Random) -> bytes:
    """The document after one to three random changes."""
    root = etree.fromstring(document)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        elements = [element for element in root.iter() if isinstance(element.tag, str)]
        rng.choice(CHANGES)(rng.choice(elements), rng)
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


def _delete(element: etree._Element, rng: random.Random) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _double(element: etree._Element, rng: random.Random) -> None:
    if element.getparent() is not None:
        element.addnext(copy.deepcopy(element))


def _move(element: etree._Element, rng: random.Random) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.insert(rng.randrange(len(parent) + 1), element)


def _adopt(element: etree._Element, rng: random.Random) -> None:
    others = [other for other in element.getroottree().getroot().iter() if isinstance(other.tag, str)]
    element.insert(rng.randrange(len(element) + 1), copy.deepcopy(rng.choice(others)))


def _insert(element: etree._Element, rng: random.Random) -> None:
    child = etree.Element(rng.choice(NAMES))
    child.text = rng.choice(VALUES)
    if rng.random() < 0.5:
        child.set("key", rng.choice(VALUES))
    element.insert(rng.randrange(len(element) + 1), child)


def _rename(element: etree._Element, rng: random.Random) -> None:
    element.tag = rng.choice(NAMES)


def _text(element: etree._Element, rng: random.Random) -> None:
    leaves = [leaf for leaf in element.iter() if isinstance(leaf.tag, str) and not len(leaf)]
    rng.choice(leaves or [element]).text = rng.choice(VALUES)


def _stray_text(element: etree._Element, rng: random.Random) -> None:
    if element.getparent() is not None:
        element.tail = rng.choice((" ", "x", "\n", "\u00a0"))


def _attribute(element: etree._Element, rng: random.Random) -> None:
    keyed = [one for one in element.iter() if isinstance(one.tag, str) and one.attrib] or [element]
    target = rng.choice(keyed) if rng.random() < 0.7 else element
    name = rng.choice(ATTRIBUTES)
    if name.endswith("}type"):
        target.set(name, rng.choice(("OpmerkingGegevensType", "VolgsysteemVOType", "LVSGegevensType", "")))
    elif name.endswith("}nil"):
        target.set(name, rng.choice(("true", "false")))
    else:
        target.set(name, rng.choice(VALUES))


def _strip_attribute(element: etree._Element, rng: random.Random) -> None:
    keyed = [one for one in element.iter() if isinstance(one.tag, str) and one.attrib]
    if keyed:
        target = rng.choice(keyed)
        del target.attrib[rng.choice(list(target.attrib))]


def _remark(element: etree._Element, rng: random.Random) -> None:
    element.insert(rng.randrange(len(element) + 1), etree.Comment("a remark"))


CHANGES: Final[tuple[Callable[[etree._Element, random.Random], None], ...]] = (
    _delete,
    _double,
    _move,
    _adopt,
    _insert,
    _rename,
    _text,
    _text,
    _text,
    _stray_text,
    _attribute,
    _strip_attribute,
    _remark,
)
