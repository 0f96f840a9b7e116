"""Every refusal of this room says what happened, where, who can fix it and what to do, and nothing of a pupil."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

from magister_connect import edexml
from magister_connect.core.xml import CUT_OFF
from magister_connect.edexml import Document, Groep, GroepReferentie, Leerkracht, Leerling, Rol, School
from magister_connect.errors import DocumentInvalid, MagisterConnectError, Responsible, UsageError
from tests.edexml.synthetic import document, minimal
from tests.edexml.vectors import pupils

WHOLE = document("2.1")
STRANGE = WHOLE.replace(b"</roepnaam>", b"\xff</roepnaam>", 1)
READ = edexml.read(WHOLE, unknown_blocks="strip")
NEWER = Document(School("2025-2026"), leerlingen=(Leerling("1", eckid="e", roepnaam="Fenna"),))
ONE, TWO = (attrs.evolve(NEWER, school=School("2025-2026", brincode=code)) for code in ("98XX", "99XX"))
VALUES = ("Fenna", "Dijkman", "Boersma", "111222333")
HEADER = b"naam;groep;bsn\r\nFenna;b1a;111222333\r\n"


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, WHOLE)
    return packed.getvalue()


FILES: list[tuple[str, bytes, str, Responsible, str]] = [
    ("cut off", WHOLE[:-40], "cut off", Responsible.SENDER, "a new export"),
    ("empty", b"", "Nothing came", Responsible.SENDER, "a new export"),
    (
        "other bytes",
        STRANGE,
        "encoding that it declares",
        Responsible.SENDER,
        "cp1252",
    ),
    ("other encoding", WHOLE.replace(b"UTF-8", b"klingon"), "declares an encoding", Responsible.SENDER, "cp1252"),
    ("dtd", WHOLE.replace(b"<EDEX", b"<!DOCTYPE EDEX><EDEX"), "type declaration", Responsible.SENDER, "a new export"),
    ("csv", HEADER, "CSV", Responsible.SENDER, "an EDEXML export"),
    ("edex2000", b"Dijkman".ljust(40) + b"Fenna".ljust(80), "EDEX2000", Responsible.SENDER, "read_edex2000()"),
    ("gzip", gzip.compress(WHOLE, mtime=0), "gzip", Responsible.YOU, "gzip.open"),
    ("zip without", zipped("a.txt"), "holds 0 XML files", Responsible.YOU, "Unpack"),
    ("zip with two", zipped("a.xml", "b.xml"), "holds 2 XML files", Responsible.YOU, "Unpack"),
    ("zip cut off", zipped("a.xml")[:-30], "cut off", Responsible.SENDER, "a new export"),
    ("web page", b"<!DOCTYPE html><html>Fenna</html>", "HTML page", Responsible.SENDER, "a new export"),
    ("other xml", b"<rss>Fenna</rss>", "another name", Responsible.SENDER, "an EDEXML export"),
    ("uwlr", edexml.to_uwlr_body(READ, loss="report"), "UWLR response", Responsible.YOU, "from_uwlr_body()"),
    ("no school", b"<EDEX><leerlingen/></EDEX>", "in the wrong place", Responsible.SENDER, "lenient=True"),
    ("not the schema", minimal(pupil="<achternaam/>"), "it is empty", Responsible.SENDER, "check()"),
    ("key twice", pupils("key='Fenna'", "key='Fenna'"), "used twice", Responsible.SENDER, "check()"),
    ("unknown version", minimal(school="<xsdversie>3.0</xsdversie>"), "xsdversie", Responsible.SENDER, "version='2.1'"),
]


def refused(action: Callable[[], object]) -> MagisterConnectError:
    with pytest.raises(MagisterConnectError) as caught:
        action()
    assert not [value for value in VALUES if value in str(caught.value)]
    return caught.value


@pytest.mark.parametrize(
    ("content", "what", "responsible", "advice"), [one[1:] for one in FILES], ids=[one[0] for one in FILES]
)
def test_a_file_that_cannot_be_read_is_told_with_its_name(
    content: bytes, what: str, responsible: Responsible, advice: str, tmp_path: Path
) -> None:
    path = tmp_path / "school.xml"
    path.write_bytes(content)
    error = refused(lambda: edexml.read(path))
    assert isinstance(error, DocumentInvalid)
    assert what in error.what
    assert (error.where or "").startswith("school.xml")
    assert error.responsible is responsible
    assert advice in (error.advice or "")
    assert refused(lambda: edexml.read(content)).what == error.what


@pytest.mark.parametrize("content", [one[1] for one in FILES[:13]], ids=[one[0] for one in FILES[:13]])
def test_a_check_tells_the_same_as_a_finding_with_the_name_of_the_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "school.xml"
    path.write_bytes(content)
    (finding,) = (one for one in edexml.check(path).findings if one.code == "X00")
    assert finding.message == refused(lambda: edexml.read(path)).what
    assert finding.path == "school.xml"
    (nameless,) = (one for one in edexml.check(content).findings if one.code == "X00")
    assert "()" not in str(nameless)


SHORT = """<?xml version="1.0" encoding="UTF-8"?>
<EDEX><school><schooljaar>2024-2025</schooljaar></school><!-- een - twee -->
<leerlingen><leerling key="1"><achternaam>Jos\u00e9 &amp; <![CDATA[ ]] ]]></achternaam></leerling>
<leerling key='2' ><roepnaam>&#233;</roepnaam>
</leerling ></leerlingen></EDEX>"""
ENCODINGS = {
    "UTF-8": b"",
    "UTF-8 with a mark": b"\xef\xbb\xbf",
    "UTF-16": b"",
    "UTF-16BE": b"\xfe\xff",
    "ISO-8859-1": b"",
    "windows-1252": b"",
    "windows-1250": b"",
}


def streamed(content: bytes, *, lenient: bool) -> None:
    with edexml.open([content[at : at + 50] for at in range(0, len(content), 50)], lenient=lenient) as stream:
        list(stream.leerlingen)


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_file_that_is_cut_at_any_byte_is_cut_off_at_the_line_of_the_cut(name: str) -> None:
    encoding = name.partition(" ")[0]
    whole = ENCODINGS[name] + SHORT.replace("UTF-8", encoding).encode(encoding)
    edexml.read(whole)
    for cut in range(4, len(whole)):
        content, read = whole[:cut], (edexml.read, streamed)[cut // 2 % 2]
        error = refused(lambda: read(content, lenient=cut % 3 == 0))  # noqa: B023 - used at once
        line = content.decode(encoding, "ignore").count("\n") + 1
        assert (error.what, getattr(error, "line", None)) == (CUT_OFF, line), cut


def test_an_archive_that_is_cut_at_any_byte_is_cut_off() -> None:
    archive, compressed = zipped("a.xml"), gzip.compress(WHOLE, mtime=0)
    for cut in range(2, len(compressed), 7):
        assert "cut off" in refused(lambda: edexml.read(gzip.GzipFile(fileobj=io.BytesIO(compressed[:cut])))).what  # noqa: B023 - used at once
    for cut in range(1, len(archive), 7):
        assert "cut off" in refused(lambda: edexml.read(archive[:cut])).what  # noqa: B023 - used at once


def test_an_end_of_file_in_the_source_of_a_caller_stays_an_error_of_the_caller() -> None:
    def pieces() -> Iterator[bytes]:
        yield WHOLE[:100]
        raise EOFError("mine")

    with pytest.raises(EOFError, match="mine"):
        edexml.read(pieces())


@pytest.mark.parametrize("text", [WHOLE.decode(), "\ufeff \n" + minimal().decode(), "<EDEX>"])
@pytest.mark.parametrize("use", [edexml.read, edexml.check, lambda text: edexml.open(text).__enter__()])
def test_a_document_given_as_a_text_is_not_looked_for_as_a_file(text: str, use: Callable[[str], object]) -> None:
    """The error of the operating system would hold the document."""
    error = refused(lambda: use(text))
    assert isinstance(error, UsageError)
    assert error.advice == "Pass its bytes."


@pytest.mark.parametrize(
    ("mistake", "what", "responsible"),
    [
        (lambda: edexml.read(WHOLE, version="2.2"), "version of EDEXML is not known", Responsible.YOU),
        (lambda: edexml.read(WHOLE, encoding="klingon"), "encoding is not known", Responsible.YOU),
        (
            lambda: edexml.read(STRANGE, encoding="ascii"),
            "that you passed",
            Responsible.YOU,
        ),
        (lambda: edexml.read(WHOLE, unknown_blocks="no"), "unknown_blocks", Responsible.YOU),  # type: ignore[arg-type]  # the point
        (lambda: edexml.read(7), "int", Responsible.YOU),  # type: ignore[arg-type]  # the point
        (lambda: edexml.read(["<EDEX/>"]), "str", Responsible.YOU),  # type: ignore[list-item]  # the point
        (lambda: edexml.open(WHOLE).school, "not open", Responsible.YOU),
        (lambda: edexml.check(WHOLE).completeness.coverage("onzin"), "profile", Responsible.YOU),  # type: ignore[arg-type]  # the point
        (lambda: edexml.to_bytes(READ, loss="no"), "value of loss", Responsible.YOU),  # type: ignore[arg-type]  # the point
        (lambda: edexml.to_bytes(NEWER, version="2.0"), "2.0 cannot hold", Responsible.YOU),
        (lambda: edexml.to_bytes(attrs.evolve(READ, leerlingen=())), "without pupils", Responsible.YOU),
        (lambda: edexml.to_bytes(attrs.evolve(READ, leerlingen=("Fenna",))), "not an EDEXML record", Responsible.YOU),  # type: ignore[arg-type]  # the point
        (lambda: edexml.diff(ONE, TWO), "two", Responsible.YOU),
        (lambda: edexml.propose_changes(READ.leerlingen[0], kleur="Fenna"), "fields", Responsible.YOU),
        (lambda: edexml.apply(READ, [edexml.Proposal("Fenna", "1", "key", "1", "2")]), "kind", Responsible.YOU),
        (
            lambda: edexml.apply(READ, [edexml.Proposal("leerling", "1", "roepnaam", "Fenna", "x")]),
            "fit",
            Responsible.YOU,
        ),
        (lambda: edexml.dummy_key(-1), "dummy", Responsible.YOU),
        (lambda: edexml.read_edex2000({}), "EDEXLL.TXT", Responsible.YOU),
        (lambda: edexml.read_edex2000({"EDEXLL.TXT": b"\xff" * 90}, encoding="ascii"), "encoding", Responsible.YOU),
        (lambda: edexml.read_edex2000({"EDEXLL.TXT": b"\xff" * 90}, encoding="klingon"), "encoding", Responsible.YOU),
        (lambda: edexml.read_edex2000({"EDEXLL.TXT": b"Fenna".rjust(85)}), "school year", Responsible.YOU),
        (lambda: edexml.from_uwlr_body(b"<x><geenwijzigingen/></x>"), "Nothing has changed", Responsible.NOBODY),
        (lambda: edexml.from_uwlr_body(b"<x><geengegevens/></x>"), "no data", Responsible.SCHOOL),
        (lambda: edexml.from_uwlr_body(b"<Envelope><Fault>Fenna</Fault></Envelope>"), "fault", Responsible.YOU),
        (lambda: edexml.from_uwlr_body(b"<leerlingen_antwoord/>"), "no leerlinggegevens", Responsible.SENDER),
    ],
)
def test_a_refusal_says_who_can_fix_it_and_what_to_do(
    mistake: Callable[[], object], what: str, responsible: Responsible
) -> None:
    error = refused(mistake)
    assert what in error.what
    assert error.responsible is responsible
    assert error.advice


def test_a_lenient_stream_is_not_advised_to_be_lenient() -> None:
    late = minimal(rest="<groepen><groep key='g'><naam>x</naam><jaargroep>1</jaargroep></groep></groepen>")
    head, groups = late[: late.index(b"<groepen>")], late[late.index(b"<groepen>") : late.index(b"<leerlingen>")]
    turned = head + late[late.index(b"<leerlingen>") : late.index(b"</EDEX>")] + groups + b"</EDEX>"

    def read() -> None:
        with edexml.open(turned, lenient=True) as stream:
            list(stream.leerlingen)

    error = refused(read)
    assert error.advice == "Use read(): a stream cannot go back."


def test_a_role_that_a_version_lacks_is_no_value_of_a_pupil() -> None:
    staff = Leerkracht("1", roepnaam="Boersma", groepen=(GroepReferentie("g", (Rol.TOETSAFNAMELEIDER,)),))
    groups, persons = (Groep("g", "b1a", edexml.Jaargroep.LEERJAAR_1),), (Leerling("1", roepnaam="Fenna"),)
    whole = attrs.evolve(NEWER, groepen=groups, leerlingen=persons, leerkrachten=(staff,))
    assert "role TAL" in refused(lambda: edexml.to_bytes(whole, version="2.0")).what
