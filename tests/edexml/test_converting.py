"""To and from UWLR, from EDEX2000, to tables."""

from pathlib import Path

import attrs
import pytest
from lxml import etree

from magister_connect import edexml
from magister_connect.edexml import Jaargroep
from magister_connect.edexml.formats.edex2000 import LAYOUT
from magister_connect.edexml.model.versions import UWLR_NAMESPACE
from magister_connect.errors import DocumentInvalid
from tests.edexml.synthetic import VERSIONS, document, minimal


def record(kind: str, **fields: str) -> str:
    line = ""
    for name, (start, end) in LAYOUT[kind].items():
        line = line.ljust(start) + fields.get(name, "")[: end - start]
    return line.ljust(max(end for _, end in LAYOUT[kind].values()))


SCHOOL = {"schooljaar": "2011-2012", "brincode": "99XX", "dependancecode": "00"}
PUPIL = {**SCHOOL, "key": "1", "achternaam": "Dijkman", "tussenvoegsel": "van", "voornaam": "Fenna", "groep": "g1"}
FILES = {
    "EDEXLL.TXT": record("LL", **PUPIL, geboortedatum="04052006", geslacht="2", sofinummer="111222333", land="NL"),
    "EDEXLK.TXT": record("LK", **SCHOOL, key="1", achternaam="Boersma"),
    "EDEXGR.TXT": record("GR", **SCHOOL, key="g1", naam="Egels", jaargroep="1"),
    "EDEXLG.TXT": record("LG", **SCHOOL, leerkracht="1", groep="g1"),
}


def files(**changes: str) -> dict[str, bytes]:
    whole = {**FILES, **{f"EDEX{kind}.TXT": text for kind, text in changes.items()}}
    return {name: (text + "\r\n").encode("cp850") for name, text in whole.items()}


def test_four_files_become_one_document() -> None:
    read = edexml.read_edex2000(files())
    pupil = read.leerlingen[0]
    assert (read.school.brincode, read.school.dependancecode, read.school.schooljaar) == ("99XX", "00", "2011-2012")
    assert (pupil.achternaam, pupil.voorvoegsel, pupil.roepnaam) == ("Dijkman", "van", "Fenna")
    assert (pupil.jaargroep, pupil.sofinummer, str(pupil.geboortedatum)) == ("1", "111222333", "2006-05-04")
    assert [one.key for one in read.leerkrachten[0].groepen] == ["g1"]
    assert read.findings == ()
    assert edexml.read(edexml.to_bytes(read)) == read


def test_a_folder_is_read(tmp_path: Path) -> None:
    for name, content in files().items():
        (tmp_path / name.replace("EDEX", "Edex").replace(".TXT", "w.txt")).write_bytes(content)
    (tmp_path / "notes.txt").write_text("something else")
    assert edexml.read_edex2000(tmp_path) == edexml.read_edex2000(files())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("04052006", "2006-05-04"),
        ("04/05/06", "2006-05-04"),
        ("04-05-06", "2006-05-04"),
        ("04|05|06", "2006-05-04"),
        ("04/05/99", "1999-05-04"),
        ("04/05/12", "2012-05-04"),
        ("04/05/13", "1913-05-04"),
        ("        ", "None"),
        ("00000000", "None"),
    ],
)
def test_every_form_of_a_date_is_read(text: str, expected: str) -> None:
    read = edexml.read_edex2000(files(LL=record("LL", **PUPIL, geboortedatum=text)))
    assert str(read.leerlingen[0].geboortedatum) == expected
    assert read.findings == ()


@pytest.mark.parametrize("length", [90, 95, 108, 145])
def test_short_records_are_read(length: int) -> None:
    line = record("LL", **PUPIL, geboortedatum="04052006", sofinummer="111222333")[:length]
    pupil = edexml.read_edex2000(files(LL=line)).leerlingen[0]
    assert str(pupil.geboortedatum) == "2006-05-04"
    assert pupil.sofinummer == ("111222333" if length >= 108 else None)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("geslacht", "J"),
        ("geboortedatum", "31022006"),
        ("instroomdatum", "voorjaar"),
        ("sofinummer", "12345"),
        ("land", "XX"),
    ],
)
def test_what_is_not_understood_is_kept_and_told(field: str, text: str) -> None:
    read = edexml.read_edex2000(files(LL=record("LL", **PUPIL, **{field: text})))
    assert read.leerlingen[0].extra == ((field, text),)
    assert [(one.code, one.path, one.line) for one in read.findings] == [("L09", f"EDEXLL.TXT/{field}", 1)]


def test_a_fixed_width_file_that_is_cut_within_its_last_record_is_refused() -> None:
    """The key of the record, or that of its group, would be another one."""
    whole = "\r\n".join(record("LL", **{**PUPIL, "key": f"1234{number}"}) for number in range(3)).encode()
    last = whole.rindex(b"\n") + 1
    assert len(edexml.read_edex2000({**files(), "EDEXLL.TXT": whole}).leerlingen) == 3
    for cut in range(last + 1, len(whole)):
        if not whole[last:cut].strip():
            continue
        with pytest.raises(DocumentInvalid, match="ends too early") as caught:
            edexml.read_edex2000({**files(), "EDEXLL.TXT": whole[:cut]})
        assert (caught.value.where, caught.value.line) == ("EDEXLL.TXT", 3)


def test_short_records_of_a_program_are_not_cut_off() -> None:
    short = [record("LL", **{**PUPIL, "key": str(number)})[:99].rstrip() for number in range(3)]
    assert len(edexml.read_edex2000({**files(), "EDEXLL.TXT": "\n".join(short).encode()}).leerlingen) == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"LL": record("LL", **{**PUPIL, "key": ""})}, "no key"),
        ({"LL": "\r\n".join([record("LL", **PUPIL)] * 2)}, "used twice"),
        ({"GR": record("GR", **{**SCHOOL, "schooljaar": "2012-2013"}, key="g1", jaargroep="1")}, "several schools"),
        ({"LL": "", "LK": "", "GR": "", "LG": ""}, "do not state their school year"),
    ],
)
def test_files_that_are_no_school_are_refused(changes: dict[str, str], words: str) -> None:
    with pytest.raises(DocumentInvalid, match=words):
        edexml.read_edex2000(files(**changes))


def test_what_refers_to_nothing_is_told_and_kept_where_it_can_be() -> None:
    lists = [
        record("LG", **SCHOOL, leerkracht=who, groep=group) for who, group in (("1", "g1"), ("1", "x"), ("9", "g1"))
    ]
    read = edexml.read_edex2000(files(LL=record("LL", **{**PUPIL, "groep": "x"}), LG="\r\n".join(lists)))
    assert (read.leerlingen[0].groep, read.leerlingen[0].extra) == (None, (("groep", "x"),))
    assert [one.key for one in read.leerkrachten[0].groepen] == ["g1"]
    assert [(one.code, one.path, one.line) for one in read.findings] == [
        ("X11", "EDEXLL.TXT/groep", 1),
        ("X11", "EDEXLG.TXT/groep", 2),
        ("X11", "EDEXLG.TXT/leerkracht", 3),
    ]
    assert edexml.read(edexml.to_bytes(read)).leerlingen[0].groep is None


def test_a_pupil_without_a_group_has_none() -> None:
    read = edexml.read_edex2000(files(LL=record("LL", **{**PUPIL, "groep": ""})))
    assert (read.leerlingen[0].groep, read.leerlingen[0].jaargroep, read.findings) == (None, None, ())


def test_the_file_of_pupils_must_be_there() -> None:
    with pytest.raises(DocumentInvalid, match=r"EDEXLL\.TXT"):
        edexml.read_edex2000({})


def test_an_encoding_can_be_given() -> None:
    content = record("LL", **{**PUPIL, "voornaam": "Loïs"}).encode("cp1252")
    whole = {**files(), "EDEXLL.TXT": content}
    assert edexml.read_edex2000(whole, encoding="cp1252").leerlingen[0].roepnaam == "Loïs"
    with pytest.raises(DocumentInvalid, match="encoding"):
        edexml.read_edex2000(whole, encoding="ascii")


# -- UWLR


@pytest.mark.parametrize("version", VERSIONS)
def test_a_document_survives_the_way_over_uwlr(version: str) -> None:
    read = edexml.read(document(version))
    back = edexml.from_uwlr_body(edexml.to_uwlr_body(read, loss="report", unknown_blocks="keep"))
    expected, losses = edexml.convert(read, "uwlr-2.2", strict=False)
    assert back == expected
    assert [loss.field for loss in losses] == (["leerkracht.rol"] if version == "2.1" else [])
    assert (
        edexml.read(edexml.to_bytes(back, version="2.1", unknown_blocks="keep"), version="2.1").leerlingen
        == read.leerlingen
    )


@pytest.mark.parametrize("version", ["1.03", "2.0"])
def test_the_body_is_valid_by_the_schema_of_uwlr(version: str, shared_data: Path) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data / "uwlr" / "2.2" / "Schemas" / "UWLR_Leerlinggegevens_v2p2.xsd"))
    read = edexml.read(document(version))
    plain = attrs.evolve(
        read,
        school=attrs.evolve(read.school, toevoegingen=()),
        groepen=tuple(attrs.evolve(one, toevoegingen=()) for one in read.groepen),
        samengestelde_groepen=tuple(attrs.evolve(one, toevoegingen=()) for one in read.samengestelde_groepen),
        leerlingen=tuple(attrs.evolve(one, toevoegingen=()) for one in read.leerlingen),
        leerkrachten=tuple(attrs.evolve(one, toevoegingen=()) for one in read.leerkrachten),
    )
    root = etree.fromstring(edexml.to_uwlr_body(plain))
    assert schema.validate(root), schema.error_log


def test_the_body_is_found_in_an_envelope() -> None:
    body = edexml.to_uwlr_body(edexml.read(document("2.0")))
    answer = b"<x:leerlinggegevens_antwoord xmlns:x='%s'>%%s</x:leerlinggegevens_antwoord>" % UWLR_NAMESPACE.encode()
    wrapped = b"<e:Envelope xmlns:e='urn:e'><e:Body>" + answer + b"</e:Body></e:Envelope>"
    assert edexml.from_uwlr_body(wrapped % body.split(b"?>\n")[1]) == edexml.from_uwlr_body(body)


def test_a_body_in_the_way_of_magister_needs_leniency() -> None:
    namespace = "http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"
    body = f"""<le:leerlinggegevens xmlns:le="{namespace}"><le:school><le:dependancecode>00</le:dependancecode>
      <le:brincode>99XX</le:brincode><le:schooljaar>2025-2026</le:schooljaar><le:xsdversie>2.3</le:xsdversie></le:school>
      <le:leerlingen><le:leerling key="1"><le:voorvoegsel></le:voorvoegsel><le:achternaam>Dijkman</le:achternaam>
      </le:leerling></le:leerlingen></le:leerlinggegevens>""".encode()
    with pytest.raises(DocumentInvalid):
        edexml.from_uwlr_body(body)
    read = edexml.from_uwlr_body(body, lenient=True)
    assert (read.school.brincode, read.leerlingen[0].achternaam) == ("99XX", "Dijkman")
    assert [finding.code for finding in read.findings] == ["L01", "L04"]


def test_an_answer_without_data_says_so() -> None:
    with pytest.raises(DocumentInvalid, match=r"Nothing has changed .*\(geenwijzigingen\)"):
        edexml.from_uwlr_body(b"<leerlinggegevens_antwoord><geenwijzigingen/></leerlinggegevens_antwoord>")


def test_the_body_of_uwlr_is_no_edexml_file() -> None:
    with pytest.raises(DocumentInvalid, match=r"UWLR response.*from_uwlr_body"):
        edexml.read(edexml.to_uwlr_body(edexml.read(document("2.0"))))


# -- tables


def test_a_document_becomes_tables() -> None:
    tables = edexml.to_polars(edexml.read(document("2.0")))
    assert tables.leerlingen["key"].to_list() == ["10", "11"]
    assert tables.leerlingen.schema["geboortedatum"].is_temporal()
    assert str(tables.leerlingen["mutatiedatum"][0]) == "2023-09-01 12:11:12"
    assert tables.groepen.rows() == [
        ("b1a", "b1a", "11", "brugklas", "groep"),
        ("ned1", "ned1", None, None, "samengestelde_groep"),
        ("mix", "mix", "C", None, "groep"),
        ("wis1", "wis1", None, "wiskunde", "samengestelde_groep"),
    ]
    assert ("leerkracht", "10", "wis1", "samengestelde_groep") in tables.lidmaatschappen.rows()
    assert tables.lidmaatschappen.height == 6


def test_tables_hold_numbers_of_persons_on_request_only() -> None:
    read = edexml.read(document("2.0"))
    assert not {"bsn", "eckid", "onderwijsnummer"} & set(edexml.to_polars(read).leerlingen.columns)
    assert edexml.to_polars(read, numbers=True).leerlingen["bsn"].to_list() == [None, "111222333"]


def test_a_stream_becomes_tables_too() -> None:
    with edexml.open(document("2.0")) as stream:
        assert edexml.to_polars(stream).leerlingen.height == 2


def test_a_document_without_groups_becomes_tables() -> None:
    tables = edexml.to_polars(edexml.read(minimal()))
    assert (tables.groepen.height, tables.lidmaatschappen.height, tables.leerkrachten.height) == (0, 0, 0)


# -- groups


def groups(*years: str | None, name: str = "5/6") -> edexml.Document:
    found = tuple(edexml.Groep(f"g{at}", name, Jaargroep(year) if year else None) for at, year in enumerate(years))  # type: ignore[call-arg]
    pupils = tuple(edexml.Leerling(str(at), roepnaam="F", groep=one.key) for at, one in enumerate(found))
    staff = edexml.Leerkracht("1", roepnaam="M", groepen=tuple(edexml.GroepReferentie(one.key) for one in found))
    return edexml.Document(edexml.School("2025-2026"), groepen=found, leerlingen=pupils, leerkrachten=(staff,))


def test_the_year_of_a_pupil_goes_before_that_of_the_group() -> None:
    whole = groups("5", "C")
    first, second = whole.leerlingen
    assert edexml.effective_jaargroep(first, whole.groepen) is Jaargroep.GROEP_5
    assert edexml.effective_jaargroep(second, whole.groepen) is None
    own = attrs.evolve(first, jaargroep=Jaargroep.GROEP_7)
    assert edexml.effective_jaargroep(own, {}) is Jaargroep.GROEP_7
    assert edexml.effective_jaargroep(attrs.evolve(first, groep=None), whole.groepen) is None


def test_the_parts_of_a_combination_group_are_joined() -> None:
    joined, keys = edexml.combine_groups(groups("5", "6"))
    assert keys == {"g0": "g0", "g1": "g0"}
    assert [(one.key, one.jaargroep) for one in joined.groepen] == [("g0", Jaargroep.COMBINATIE)]
    assert [(one.groep, one.jaargroep) for one in joined.leerlingen] == [("g0", "5"), ("g0", "6")]
    assert [one.key for one in joined.leerkrachten[0].groepen] == ["g0"]
    assert edexml.read(edexml.to_bytes(joined)) == joined


def test_groups_of_one_name_and_one_year_are_left_alone() -> None:
    whole = groups("5", "5")
    assert edexml.combine_groups(whole) == (whole, {})


def test_class_lists_are_told_per_teacher() -> None:
    read = edexml.read(document("2.0"))
    lists = edexml.class_lists(read)
    assert [(one.groep.key, [pupil.key for pupil in one.leerlingen]) for one in lists] == [
        ("wis1", ["10"]),
        ("b1a", ["10"]),
    ]
    assert lists[0].rollen == ("VAK", "vervanger")
    assert lists[1].rollen == read.leerkrachten[0].rollen


def test_what_gathers_people_shows_how_many_and_nothing_of_them() -> None:
    read = edexml.read(document("2.0"))
    first = edexml.class_lists(read)[0]
    stream = edexml.StreamedDocument(read.school, read.leerlingen)
    assert [repr(one) for one in (first, stream, edexml.to_polars(read))] == [
        "<ClassList of 1 leerlingen>",
        "<StreamedDocument of 2023-2024>",
        "<Tables of 2 leerlingen, 4 groepen>",
    ]


def test_dummy_keys_begin_with_a_mark() -> None:
    assert edexml.dummy_key(1) == "#001"
    for keyed in (edexml.Leerling, edexml.Leerkracht):
        assert (keyed(edexml.dummy_key(7)).is_dummy_key, keyed("7").is_dummy_key) == (True, False)
    assert edexml.Vestiging("#001", "Noord").is_dummy_key
    assert edexml.Groep("#001", "5a", Jaargroep.GROEP_5).is_dummy_key
    assert edexml.SamengesteldeGroep("#001", "rekenen").is_dummy_key
    with pytest.raises(ValueError, match="number"):
        edexml.dummy_key(-1)


def test_codes_know_their_place() -> None:
    assert (Jaargroep.GROEP_3.po_group, Jaargroep.GROEP_3.vo_year, Jaargroep.GROEP_3.label) == (3, None, "groep 3")
    assert (Jaargroep.LEERJAAR_4.po_group, Jaargroep.LEERJAAR_4.vo_year) == (None, 4)
    assert [one for one in Jaargroep if not one.is_numeric] == ["B", "D", "S", "V", "C", "N", "H"]
    assert edexml.Land.of("MA") is edexml.Land.MA
    assert edexml.Land.of("CW") is None
    assert len(edexml.Land) == 248
