"""Whole documents become records, strictly."""

import datetime as dt
import io
from pathlib import Path

import pytest

from magister_connect import edexml
from magister_connect.core.xml import Source
from magister_connect.errors import DocumentInvalid, UsageError
from tests.edexml.synthetic import VERSIONS, document, minimal


@pytest.mark.parametrize(
    ("version", "groups", "pupils", "teachers"), [("1.03", 2, 2, 2), ("2.0", 2, 2, 1), ("2.1", 1, 1, 1)]
)
def test_every_version_is_read(version: str, groups: int, pupils: int, teachers: int) -> None:
    read = edexml.read(document(version))
    assert read.version == version
    assert (len(read.groepen), len(read.leerlingen), len(read.leerkrachten)) == (groups, pupils, teachers)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_official_examples_are_read(version: str, shared_data: Path) -> None:
    read = edexml.read(shared_data / "edexml-samples" / f"EDEXML.Voorbeeld.{version}.xml")
    assert read.version == version
    assert [pupil.key for pupil in read.leerlingen] == ["00001", "00002", "12345"]


def test_values_have_their_types() -> None:
    read = edexml.read(document("2.0"))
    pupil, teacher = read.leerlingen[0], read.leerkrachten[0]
    assert read.school.peildatum == dt.date(2023, 10, 1)
    assert read.school.aanmaakdatum == dt.datetime(2023, 10, 2, 8, 15, 0, 250000, dt.timezone(dt.timedelta(hours=2)))
    assert pupil.jaargroep is edexml.Jaargroep.LEERJAAR_1
    assert pupil.mutatiedatum == dt.datetime(2023, 9, 1, 10, 11, 12, tzinfo=dt.UTC)
    assert pupil.samengestelde_groepen == ("ned1", "wis1")
    assert teacher.rollen == ("duizendpoot", edexml.Rol.LEERKRACHT)
    assert [type(group).__name__ for group in teacher.groepen] == ["SamengesteldeGroepReferentie", "GroepReferentie"]
    assert teacher.groepen[0].rollen == (edexml.Rol.VAKLEERKRACHT, "vervanger")
    assert read.group_order == ("b1a", "ned1", "mix", "wis1")


def test_known_blocks_are_typed_and_unknown_ones_are_kept_whole() -> None:
    lvs, unknown = edexml.read(document("2.1")).leerlingen[0].toevoegingen
    assert isinstance(lvs, edexml.LvsGegevens)
    assert (lvs.rugzakleerling, lvs.adviesvo, lvs.omschrijving) == (True, "22", "")
    assert isinstance(unknown, edexml.OnbekendBlok)
    assert (unknown.xsi_type, unknown.code) == ("VolgsysteemVOType", "VO")
    assert unknown.inhoud.startswith("<leerling")


def test_pupils_inside_a_block_are_not_pupils() -> None:
    assert len(edexml.read(document("2.1")).leerlingen) == 1


@pytest.mark.parametrize(("choice", "count"), [("keep", 2), ("strip", 1)])
def test_unknown_blocks_can_be_left_out(choice: str, count: int) -> None:
    read = edexml.read(document("2.1"), unknown_blocks="strip" if choice == "strip" else "keep")
    assert len(read.leerlingen[0].toevoegingen) == count


def test_unknown_blocks_can_be_refused() -> None:
    with pytest.raises(DocumentInvalid, match="type of this block"):
        edexml.read(document("2.1"), unknown_blocks="error")


@pytest.mark.parametrize("shape", ["bytes", "file", "path", "text path", "chunks", "byte by byte"])
def test_every_kind_of_source_gives_the_same_document(shape: str, tmp_path: Path) -> None:
    whole = document("2.0")
    path = tmp_path / "school.xml"
    path.write_bytes(whole)
    sources: dict[str, Source] = {
        "bytes": whole,
        "file": io.BytesIO(whole),
        "path": path,
        "text path": str(path),
        "chunks": [whole[:100], b"", whole[100:]],
        "byte by byte": [whole[at : at + 1] for at in range(len(whole))],
    }
    assert edexml.read(sources[shape]) == edexml.read(whole)


@pytest.mark.parametrize(
    ("content", "where", "line"),
    [
        (minimal(pupil="<roepnaam>F</roepnaam><geslacht>3</geslacht>"), "EDEX/leerlingen/leerling[1]/geslacht", 3),
        (minimal(pupil="<roepnaam>F</roepnaam><groep key='x'/>"), "EDEX/leerlingen/leerling[1]/groep", 3),
        (minimal(pupil=""), "EDEX/leerlingen/leerling[1]", 3),
        (minimal(rest="<onzin/>"), "EDEX/onzin", 3),
        (minimal(rest="<groepen/>"), "EDEX/groepen", 3),
        (minimal(school="<brincode>01A2</brincode>"), "EDEX/school/brincode", 3),
        (minimal().replace(b"<leerlingen", b"tekst<leerlingen"), "EDEX/leerlingen", 3),
        (minimal().replace(b"<EDEX", b"<EDEX xmlns='urn:x'"), "EDEX/school", 3),
        (minimal().replace(b"<EDEX", b"<EDEX lang='nl'"), "EDEX/@lang", 2),
    ],
)
def test_a_departure_from_the_schema_is_an_error_with_path_and_line(content: bytes, where: str, line: int) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        edexml.read(content)
    assert (caught.value.where, caught.value.line) == (where, line)


def test_an_error_names_the_file_and_never_a_value(tmp_path: Path) -> None:
    path = tmp_path / "school.xml"
    path.write_bytes(minimal(pupil="<roepnaam>F</roepnaam><bsn>geheim</bsn>"))
    with pytest.raises(DocumentInvalid) as caught:
        edexml.read(path)
    assert caught.value.where == "school.xml, EDEX/leerlingen/leerling[1]/bsn"
    assert "geheim" not in str(caught.value)


def test_a_record_does_not_show_what_it_holds() -> None:
    read = edexml.read(document("2.0"))
    shown = repr((read, *read.leerlingen, *read.leerkrachten, *read.groepen, read.school, read.leerkrachten[0].groepen))
    assert not {"Dijkman", "111222333", "Fenna", "Boersma", "boe@"} & set(shown.replace("'", " ").split())
    assert "<GroepReferentie: key>" in shown


@pytest.mark.parametrize("stated", ["2.2", "2.3", "banana"])
def test_an_unknown_version_is_loud(stated: str) -> None:
    with pytest.raises(DocumentInvalid, match="xsdversie"):
        edexml.read(minimal(school=f"<xsdversie>{stated}</xsdversie>"))
    assert edexml.read(minimal(school=f"<xsdversie>{stated}</xsdversie>"), version="2.1").version == "2.1"


def test_a_version_that_does_not_exist_cannot_be_asked_for() -> None:
    with pytest.raises(UsageError):
        edexml.read(minimal(), version="2.2")


@pytest.mark.parametrize(
    ("pupil", "version"),
    [
        ("<roepnaam>F</roepnaam>", "1.03"),
        ("<roepnaam>F</roepnaam><jaargroep>4</jaargroep>", "1.03"),
        ("<roepnaam>F</roepnaam><jaargroep>14</jaargroep>", "2.0"),
        ("<roepnaam>F</roepnaam><emailadres>x</emailadres>", "2.0"),
    ],
)
def test_a_document_that_states_no_version_is_known_by_what_it_holds(pupil: str, version: str) -> None:
    assert edexml.read(minimal(pupil=pupil)).version == version


@pytest.mark.parametrize("stated", ["1.0", "1.01", "1.02", "1.03"])
def test_versions_without_a_schema_are_read_as_1_03(stated: str) -> None:
    assert edexml.read(minimal(school=f"<xsdversie>{stated}</xsdversie>")).version == "1.03"


def test_the_school_year_may_lie_beyond_the_list_of_the_schema() -> None:
    content = minimal().replace(b"2014-2015", b"2025-2026")
    assert edexml.read(content).school.schooljaar == "2025-2026"


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ('<?xml version="1.0" encoding="UTF-8"?>', "cp1252"),
        ("<?xml version='1.0' encoding='UTF-8' standalone='yes'?>", "cp1252"),
        ('<?xml version="1.0"?>', "cp1252"),
        ("", "cp1252"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "utf-16"),
    ],
)
def test_the_encoding_that_is_given_goes_before_the_declared_one_in_pieces_of_any_size(
    declared: str, written: str, size: int
) -> None:
    whole = (declared + minimal(pupil="<roepnaam>Zoë</roepnaam>").decode().partition("?>")[2]).encode(written)
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert edexml.read(pieces, encoding=written).leerlingen[0].roepnaam == "Zoë"


def test_nothing_in_an_encoding_that_is_given_is_still_nothing() -> None:
    with pytest.raises(DocumentInvalid, match="Nothing came"):
        edexml.read(b"", encoding="cp1252")
