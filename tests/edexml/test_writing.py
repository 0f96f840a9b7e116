"""Documents and streams are written whole, schema-valid, or not at all."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from lxml import etree

from magister_connect import edexml
from magister_connect.edexml import Groep, Jaargroep, Leerkracht, Leerling, School, StreamedDocument
from magister_connect.errors import DocumentInvalid, UsageError
from tests.edexml.synthetic import VERSIONS, document, minimal

SCHOOL = School("2025-2026")
PUPIL = Leerling("1", roepnaam="Fenna")


def canonical(markup: bytes) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True)
    return etree.tostring(etree.fromstring(markup, parser), method="c14n")


@pytest.mark.parametrize("indent", [True, False])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_read_is_written_the_same(version: str, indent: bool) -> None:
    read = edexml.read(document(version))
    written = edexml.to_bytes(read, indent=indent, unknown_blocks="keep")
    assert canonical(written) == canonical(document(version))
    assert edexml.read(written) == read


@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_examples_survive_a_round_trip(version: str, shared_data: Path) -> None:
    path = shared_data / "edexml-samples" / f"EDEXML.Voorbeeld.{version}.xml"
    schema = etree.XMLSchema(etree.parse(shared_data / "edexml-xsd" / version / "EDEXML.structuur.xsd"))
    written = edexml.to_bytes(edexml.read(path))
    assert canonical(written) == canonical(path.read_bytes())
    assert schema.validate(etree.fromstring(written))


@pytest.mark.parametrize("target", ["path", "file"])
def test_a_document_is_written_to_a_path_or_a_file(target: str, tmp_path: Path) -> None:
    read, path, file = edexml.read(document("2.1")), tmp_path / "out.xml", io.BytesIO()
    written = edexml.write(read, path if target == "path" else file, unknown_blocks="keep")
    assert (written.version, written.leerlingen, written.leerkrachten) == ("2.1", 1, 1)
    assert (path.read_bytes() if target == "path" else file.getvalue()) == edexml.to_bytes(read, unknown_blocks="keep")


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_a_new_file_is_its_owners_and_a_replaced_one_keeps_its_mode(tmp_path: Path) -> None:
    path, read = tmp_path / "out.xml", edexml.read(document("2.1"))
    edexml.write(read, path, unknown_blocks="keep")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    edexml.write(read, path, unknown_blocks="keep")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_stream_is_written_as_it_is_read(tmp_path: Path) -> None:
    with edexml.open(document("2.0")) as stream:
        edexml.write(stream, tmp_path / "out.xml")
    assert edexml.read(tmp_path / "out.xml") == edexml.read(document("2.0"))


def test_pupils_may_come_one_by_one() -> None:
    def pupils() -> Iterator[Leerling]:
        for number in range(3):
            yield Leerling(str(number), roepnaam="Fenna")

    assert len(edexml.read(edexml.to_bytes(StreamedDocument(SCHOOL, pupils()))).leerlingen) == 3


@pytest.mark.parametrize(
    ("pupils", "teachers", "where"),
    [
        ((), (), "EDEX"),
        ((PUPIL, PUPIL), (), "EDEX/leerlingen/leerling[2]/@key"),
        ((Leerling("1"),), (), "EDEX/leerlingen/leerling[1]"),
        ((attrs.evolve(PUPIL, voorvoegsel="van"),), (), "EDEX/leerlingen/leerling[1]"),
        ((attrs.evolve(PUPIL, roepnaam=""),), (), "EDEX/leerlingen/leerling[1]/roepnaam"),
        ((attrs.evolve(PUPIL, roepnaam="\x07"),), (), "EDEX/leerlingen/leerling[1]/roepnaam"),
        ((attrs.evolve(PUPIL, key="k" * 257),), (), "EDEX/leerlingen/leerling[1]/@key"),
        ((attrs.evolve(PUPIL, groep="x"),), (), "EDEX/leerlingen/leerling[1]/groep"),
        (
            (attrs.evolve(PUPIL, bsn="111222333", onderwijsnummer="1"),),
            (),
            "EDEX/leerlingen/leerling[1]/onderwijsnummer",
        ),
        (
            (attrs.evolve(PUPIL, bsn="111222333", onderwijsnummer="101234565"),),
            (),
            "EDEX/leerlingen/leerling[1]",
        ),
        ((attrs.evolve(PUPIL, geboortedatum="2011-05-04"),), (), "EDEX/leerlingen/leerling[1]/geboortedatum"),  # type: ignore[arg-type]  # that is the point
        ((PUPIL,), (Leerkracht("1", roepnaam="M", rollen=("",)),), "EDEX/leerkrachten/leerkracht[1]/rolomschrijving"),
    ],
)
def test_what_the_schema_forbids_is_not_written(
    pupils: tuple[Leerling, ...], teachers: tuple[Leerkracht, ...], where: str, tmp_path: Path
) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        edexml.write(edexml.Document(SCHOOL, leerlingen=pupils, leerkrachten=teachers), tmp_path / "out.xml")
    assert caught.value.where == where
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    path.write_bytes(b"old")
    with pytest.raises(DocumentInvalid):
        edexml.write(edexml.Document(SCHOOL), path)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("text", ["a&b", "<a>", "]]>", "a\r\nb", "\t", "'\"", "\U0001f600", "&amp;"])
def test_every_text_that_xml_has_comes_back(text: str) -> None:
    pupil = Leerling(f"k{text}", roepnaam=text)
    assert edexml.read(edexml.to_bytes(edexml.Document(SCHOOL, leerlingen=(pupil,)))).leerlingen == (pupil,)


def test_own_types_of_block_are_written_and_read() -> None:
    @attrs.frozen
    class Kluis(edexml.Blok):
        nummer: str = ""

    kinds = edexml.BLOCKS.adding(edexml.block_type("KluisType", Kluis, edexml.element("nummer", edexml.STRING64)))
    whole = edexml.Document(SCHOOL, leerlingen=(attrs.evolve(PUPIL, toevoegingen=(Kluis("K", nummer="12"),)),))
    assert edexml.read(edexml.to_bytes(whole, blocks=kinds), blocks=kinds) == whole
    with pytest.raises(DocumentInvalid, match="type of this block"):
        edexml.to_bytes(whole)


def test_markup_of_an_unknown_block_must_be_well_formed() -> None:
    block = edexml.OnbekendBlok("A", xsi_type="X", inhoud="</blok>")
    with pytest.raises(DocumentInvalid, match="not well-formed"):
        edexml.to_bytes(
            edexml.Document(SCHOOL, leerlingen=(attrs.evolve(PUPIL, toevoegingen=(block,)),)), unknown_blocks="keep"
        )


@pytest.mark.parametrize(
    ("start", "target", "possible"),
    [
        ("1.03", "2.0", True),
        ("1.03", "2.1", True),
        ("2.0", "2.1", True),
        ("2.1", "1.03", False),
        ("2.0", "1.03", False),
    ],
)
def test_documents_convert_up_and_not_down_without_loss(start: str, target: str, possible: bool) -> None:
    read = edexml.read(document(start))
    if not possible:
        with pytest.raises(DocumentInvalid):
            edexml.convert(read, target)
        return
    converted, losses = edexml.convert(read, target)
    assert losses == ()
    assert edexml.read(edexml.to_bytes(converted, unknown_blocks="keep")).school.xsdversie == target


def test_what_an_older_version_cannot_hold_is_told() -> None:
    pupil = attrs.evolve(PUPIL, eckid="e", bsn="111222333", jaargroep=Jaargroep.GROEP_3, groep="g", emailadres="x")
    teacher = Leerkracht("1", roepnaam="M", rollen=(edexml.Rol.TOETSAFNAMELEIDER,))
    group = Groep("g", "3a", Jaargroep.GROEP_3)
    whole = edexml.Document(SCHOOL, groepen=(group,), leerlingen=(pupil,), leerkrachten=(teacher,))
    newer, losses = edexml.convert(whole, "2.0", strict=False)
    assert [loss.field for loss in losses] == ["leerling.eckid", "leerkracht.rol"]
    assert newer.leerkrachten[0].rollen == ("toetsafnameleider",)
    file = io.BytesIO()
    written = edexml.write(whole, file, version="1.03", loss="report")
    assert {loss.field for loss in written.losses} == {
        "leerling.jaargroep",
        "leerling.eckid",
        "leerling.emailadres",
        "leerkracht.rollen",
    }
    oldest = edexml.read(file.getvalue(), version="1.03").leerlingen[0]
    assert (oldest.sofinummer, oldest.bsn, oldest.groep, oldest.jaargroep) == ("111222333", None, "g", None)


@pytest.mark.parametrize(
    ("of_group", "of_pupil", "kept"),
    [
        (Jaargroep.COMBINATIE, Jaargroep.GROEP_5, Jaargroep.GROEP_5),
        (Jaargroep.LEERJAAR_4, Jaargroep.LEERJAAR_4, None),
        (Jaargroep.VOORTGEZET_SPECIAAL, None, None),
    ],
)
def test_a_group_whose_year_group_the_version_lacks_is_left_out_with_all_that_refers_to_it(
    of_group: Jaargroep, of_pupil: Jaargroep | None, kept: Jaargroep | None, tmp_path: Path
) -> None:
    pupils = (attrs.evolve(PUPIL, groep="g", jaargroep=of_pupil), attrs.evolve(PUPIL, key="2", groep="h"))
    groups = (Groep("g", "5/6", of_group), Groep("h", "3a", Jaargroep.GROEP_3))
    staff = Leerkracht("1", roepnaam="M", groepen=(edexml.GroepReferentie("g"), edexml.GroepReferentie("h")))
    whole = edexml.Document(SCHOOL, groepen=groups, leerlingen=pupils, leerkrachten=(staff,))
    with pytest.raises(DocumentInvalid, match="year group"):
        edexml.to_bytes(whole, version="1.03")
    written = edexml.write(whole, tmp_path / "older.xml", version="1.03", loss="report")
    assert {"groep", "leerling.groep", "leerkracht.groepen"} <= {loss.field for loss in written.losses}
    read = edexml.read(tmp_path / "older.xml", version="1.03")
    assert [group.key for group in read.groepen] == ["h"]
    assert [(pupil.groep, pupil.jaargroep) for pupil in read.leerlingen] == [(None, kept), ("h", None)]
    assert read.leerkrachten[0].groepen == (edexml.GroepReferentie("h"),)
    assert edexml.convert(whole, "1.03", strict=False) == (read, written.losses)


def test_a_misspelt_option_is_refused() -> None:
    with pytest.raises(UsageError):
        edexml.to_bytes(edexml.read(document("2.1")), loss="ignore")  # type: ignore[arg-type]  # that is the point


UNKNOWN = edexml.OnbekendBlok("A", xsi_type="Kluis", inhoud="<nummer>12</nummer>")
WITH_UNKNOWN = edexml.Document(SCHOOL, leerlingen=(attrs.evolve(PUPIL, toevoegingen=(UNKNOWN,)),))


def test_a_block_of_an_unknown_type_is_refused_kept_or_left_out(shared_data: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data / "edexml-xsd" / "2.1" / "EDEXML.structuur.xsd"))
    whole = attrs.evolve(WITH_UNKNOWN, school=School("2023-2024"))
    with pytest.raises(DocumentInvalid, match="unknown_blocks='keep'") as caught:
        edexml.to_bytes(whole)
    assert caught.value.where == "leerling/toevoegingen"
    kept = edexml.to_bytes(whole, unknown_blocks="keep")
    assert edexml.read(kept) == whole
    assert not schema.validate(etree.fromstring(kept))
    file = io.BytesIO()
    written = edexml.write(whole, file, unknown_blocks="strip")
    assert [(loss.field, loss.count) for loss in written.losses] == [("toevoegingen", 1)]
    assert schema.validate(etree.fromstring(file.getvalue()))
    with pytest.raises(UsageError, match="unknown_blocks"):
        edexml.to_bytes(whole, unknown_blocks="drop")  # type: ignore[arg-type]  # that is the point


def test_a_group_without_a_year_group_is_told_by_what_it_misses() -> None:
    changed = "<mutatiedatum>2014-10-01T08:00:00</mutatiedatum>"
    groups = f"<groepen><groep key='g'><naam>1a</naam><jaargroep>99</jaargroep>{changed}</groep></groepen>"
    read = edexml.read(minimal(rest=groups), lenient=True)
    with pytest.raises(DocumentInvalid, match="It misses jaargroep"):
        edexml.to_bytes(read)
