"""Cost grows with the size of every shape of document; values are judged as the schema does; lines are right."""

import contextlib
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from magister_connect import edexml
from magister_connect.edexml.checking import check as checking_module
from magister_connect.edexml.model.blocks import BASE_BLOCKS
from magister_connect.edexml.reading.feed import DocumentFeed
from magister_connect.errors import DocumentInvalid, MagisterConnectError, UsageError
from tests.edexml.synthetic import minimal
from tests.edexml.vectors import NAME, pupils, teacher

PUPIL = b'<leerling key="p%d"><roepnaam>A</roepnaam><jaargroep>11</jaargroep></leerling>'

ODD = PUPIL.replace(b'key="p%d"', b"key='q%d'")
BLOCK = "<blok xsi:type='K'><code>A</code></blok>"
GROUP = "<samengestelde_groep key='a'/>"


def staffed(content: str) -> bytes:
    return minimal().replace(b"</EDEX>", f"<leerkrachten>{teacher(content)}</leerkrachten></EDEX>".encode())


def listed(each: bytes, count: int) -> bytes:
    return minimal().replace(b"</leerlingen>", b"".join(each % number for number in range(count)) + b"</leerlingen>")


SHAPES: dict[str, Callable[[int], bytes]] = {
    "plain pupils": lambda n: listed(PUPIL, n),
    "odd pupils": lambda n: listed(PUPIL.replace(b"</leerling>", b"</leerling >"), n),
    "every other one odd": lambda n: minimal().replace(
        b"</leerlingen>", b"".join(PUPIL % k + ODD % k for k in range(n // 2)) + b"</leerlingen>"
    ),
    "unknown children": lambda n: minimal(pupil=NAME + "<x/>" * n),
    "unknown blocks": lambda n: minimal(pupil=f"{NAME}<toevoegingen>{BLOCK * n}</toevoegingen>"),
    "empty groups": lambda n: minimal(rest=f"<groepen>{'<groep/>' * n}</groepen>"),
    "strangers between the lists": lambda n: minimal(rest="<x/>" * n),
    "strangers in a list": lambda n: minimal().replace(b"<leerlingen>", b"<leerlingen>" + b"<x/>" * n),
    "groups that do not exist": lambda n: minimal(
        pupil=f"{NAME}<samengestelde_groepen>{GROUP * n}</samengestelde_groepen>"
    ),
    "roles": lambda n: staffed("<rol>LRK</rol>" * n),
    "comments": lambda n: minimal(pupil=NAME + "<!-- - -->" * n),
    "one long comment": lambda n: minimal(pupil=f"{NAME}<!--{' -' * 10 * n} -->"),
    "one long text": lambda n: minimal(pupil=f"{NAME}<x>{'y' * 20 * n}</x>"),
    "zeros in front of a number": lambda n: minimal(pupil=f"{NAME}<geslacht>{'0' * 20 * n}x</geslacht>"),
    "one field again and again": lambda n: minimal(pupil=NAME * n),
    "attributes": lambda n: minimal().replace(
        b"<leerling ", "<leerling {} ".format(" ".join(f"a{k}=''" for k in range(8 * n))).encode()
    ),
    "quotes that are not closed": lambda n: minimal(pupil=NAME + "<x a='" * n),
    "blanks": lambda n: minimal().replace(b"</leerlingen>", b" \n" * 20 * n + b"</leerlingen>"),
}


def quiet(work: Callable[[], object]) -> float:
    start = time.process_time()
    with contextlib.suppress(MagisterConnectError):
        work()
    return time.process_time() - start


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_size_costs_far_less_than_sixteen_times_as_much(shape: str) -> None:
    small, large = (SHAPES[shape](count) for count in (1_000, 4_000))
    for work in (edexml.check, partial(edexml.read, lenient=True), edexml.read):
        before = min(quiet(lambda work=work: work(small)) for _ in range(2))  # type: ignore[misc]  # bound at once
        after = min(quiet(lambda work=work: work(large)) for _ in range(2))  # type: ignore[misc]  # likewise
        assert after < 9 * before + 0.05, (shape, before, after)


# -- values ---------------------------------------------------------------------------------------------------------

SAMPLES = int(os.environ.get("EDEXML_VALUES", "150"))
DIGITS = st.text("0123456789", min_size=1, max_size=30)
VALUES = {
    "geslacht": st.from_regex(r"[ \t\n]?[+-]?[0-9]{1,30}[ \t\n]?", fullmatch=True),
    "geboortedatum": st.builds(
        "{}{}-{}-{}{}".format,
        st.sampled_from(("", "-")),
        st.one_of(st.from_regex(r"[0-9]{4}", fullmatch=True), DIGITS),
        st.sampled_from(("01", "02", "12", "13", "00")),
        st.sampled_from(("01", "28", "29", "30", "31", "32", "00")),
        st.sampled_from(("", "Z", "+14:00", "+14:01", "-13:59", "+01", " ")),
    ),
    "mutatiedatum": st.builds(
        "{}-{}-28T{}{}".format,
        st.one_of(st.from_regex(r"-?[0-9]{4}", fullmatch=True), DIGITS),
        st.sampled_from(("02", "11", "13")),
        st.sampled_from(
            ("00:00:00", "24:00:00", "24:00:00.0", "24:00:00.1", "23:59:59.123456789", "23:59:60", "9:00:00")
        ),
        st.sampled_from(("", "Z", "+02:00", "-14:00", "+15:00")),
    ),
    "postcodenl": st.from_regex(r"[0-9\u0660-\u0669]{3,5}[A-Z\u00c9]{1,3}", fullmatch=True),
    "roepnaam": st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="<&>\ufffe\uffff")
    ),
}
LONG = {
    "geslacht": ["0" * 4_400 + "1", "1" * 4_401, "+" + "0" * 5_000, "-" + "0" * 5_000, "-1", "", "+", "\u0661"],
    "geboortedatum": [f"{'1' * 4_400}-01-01", "9223372036854775807-01-01", "9223372036854775808-01-01", "0000-01-01"],
    "mutatiedatum": [f"{'1' * 4_400}-01-01T00:00:00", f"2012-01-01T00:00:00.{'1' * 5_000}", "9999-12-31T24:00:00"],
    "postcodenl": [],
    "roepnaam": ["", "a" * 64, "a" * 65, "\U0001f600" * 64],
}


@pytest.mark.parametrize("field", VALUES)
def test_values_are_judged_as_the_official_schema_judges_them(field: str, shared_data: Path) -> None:
    """``EDEXML_VALUES=20000`` tries as many of each field."""
    schema = etree.XMLSchema(etree.parse(shared_data / "edexml-xsd" / "2.1" / "EDEXML.structuur.xsd"))

    def holds(value: str) -> None:
        element = f"<{field}>{value}</{field}>"
        content = minimal(pupil=element if field == "roepnaam" else NAME + element)
        expected = schema.validate(etree.fromstring(content))
        assert edexml.check(content, blocks=BASE_BLOCKS).schema_valid is expected, value[:40]
        try:
            edexml.read(content)
        except DocumentInvalid as invalid:
            assert not expected or "range that Python supports" in invalid.what

    for value in LONG[field]:
        holds(value)
    settings(max_examples=SAMPLES, deadline=None)(given(VALUES[field])(holds))()


@pytest.mark.parametrize("year", ["0000-0001", "9998-9999", "9999-10000"])
def test_any_school_year_is_checked_beside_any_date(year: str) -> None:
    edexml.check(minimal(school="<peildatum>2014-10-01</peildatum>").replace(b"2014-2015", year.encode()))


@pytest.mark.parametrize("encoding", ["rot13", "base64", "hex", "zip", "bz2", "uu", "undefined", "a\0b", ""])
def test_what_is_no_encoding_of_text_is_refused(encoding: str) -> None:
    for work in (edexml.read, edexml.check, edexml.open):
        with pytest.raises(UsageError, match="encoding is not known"):
            work(minimal(), encoding=encoding)


@pytest.mark.parametrize("size", [1, 3, 100_000])
@pytest.mark.parametrize(
    ("codec", "declared"),
    [
        *((f"utf-{width}", f"UTF-{width}") for width in (16, 32)),
        *((f"utf-{width}-{order}", f"UTF-{width}") for width in (16, 32) for order in ("le", "be")),
        *(("cp1252", "windows-1252"), ("iso-8859-15", "ISO-8859-15"), ("utf-8-sig", "ISO-8859-1")),
        *(("cp1250", "windows-1250"), ("utf-8", "utf8")),
    ],
)
def test_every_encoding_that_is_declared_is_read_in_pieces_of_any_size(codec: str, declared: str, size: int) -> None:
    content = minimal(pupil="<roepnaam>Zo\u00e9</roepnaam>").decode().replace("UTF-8", declared).encode(codec)
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    assert edexml.read(pieces).leerlingen[0].roepnaam == "Zo\u00e9"


@pytest.mark.parametrize("lenient", [True, False])
def test_bytes_beyond_a_declared_ascii_are_refused_in_every_way(lenient: bool) -> None:
    content = (
        listed(PUPIL, 3).replace(b"UTF-8", b"US-ASCII").replace(b"<roepnaam>A<", "<roepnaam>Zo\u00eb<".encode(), 2)
    )
    with pytest.raises(DocumentInvalid, match="not in the encoding that it declares"):
        edexml.read(content, lenient=lenient)
    assert not edexml.check(content).schema_valid


def test_a_control_character_is_not_answered_with_an_encoding() -> None:
    with pytest.raises(DocumentInvalid, match="control character") as caught:
        edexml.read(minimal(pupil="<roepnaam>a\x1bb</roepnaam>"))
    assert "encoding=" not in str(caught.value)
    assert "administration" in str(caught.value)


def test_blanks_before_the_declaration_have_a_way_out() -> None:
    with pytest.raises(DocumentInvalid, match="lenient=True") as caught:
        edexml.read(b"\r\n" + minimal())
    assert caught.value.line == 1
    read = edexml.read(b"\r\n" + minimal(pupil=NAME + "<onzin/>"), lenient=True)
    assert [(one.code, one.line) for one in read.findings] == [("L14", 1), ("X01", 4)]


@pytest.mark.parametrize("stated", [" 2.1 ", "\n2.0\t"])
def test_blanks_around_the_version_are_legal(stated: str) -> None:
    read = edexml.read(minimal(school=f"<xsdversie>{stated}</xsdversie>"))
    assert (read.version, read.school.xsdversie) == (stated.strip(), stated)


# -- lines ----------------------------------------------------------------------------------------------------------

FIELDS = """<leerling key="k">
 <roepnaam>F</roepnaam>
 <jaargroep>11</jaargroep>
 <emailadres>x</emailadres>
 <bsn>111222333</bsn>
</leerling>
"""


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("before", [0, 70_000])
@pytest.mark.parametrize("odd", [True, False])
def test_a_finding_has_the_line_of_its_field(
    before: int, ends: str, fast: bool, odd: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not fast:
        monkeypatch.setattr(checking_module, "DocumentFeed", partial(DocumentFeed, fast=False))
    head, _, tail = minimal().decode().partition("<leerling key='1'>")
    pupil = FIELDS.replace('"k"', "'k'") if odd else FIELDS
    text = f"{head}<leerling key='1'>{NAME}</leerling>" + "\n" * before + pupil + tail.partition("</leerling>")[2]
    lines = {code: text[: text.index(mark)].count("\n") + 1 for code, mark in (("S17", "<email"), ("S14", "<bsn"))}
    report = edexml.check(text.replace("\n", ends).encode())
    assert {one.code: one.line for one in report.findings if one.code in lines} == lines


def test_strangers_and_lists_have_their_lines() -> None:
    content = minimal(rest="\n<x/>\n<groepen>\n\n</groepen>\n<y/>").replace(b"<leerlingen>", b"\n<leerlingen>\n<z/>")
    lines = {one.path: one.line for one in edexml.check(content).findings if one.code in {"X01", "X03"}}
    assert lines == {"EDEX/x": 4, "EDEX/groepen": 5, "EDEX/y": 8, "EDEX/leerlingen/z": 10}
    assert pupils("key='1'")
