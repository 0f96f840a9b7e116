"""DUO's basic data of institutions: answers by day, mergers, and archives that are not what they should be."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.codes import archive
from magister_connect.codes import CodeFile, InstitutionColumns, Institutions, Manifest
from magister_connect.codes.sources import unpack
from magister_connect.crosswalk import Period
from magister_connect.errors import DocumentInvalid, MappingError, Reason
from magister_connect.identifiers import Brin, RioOnderwijsaanbieder, Vestigingscode

DAY = dt.date(2025, 10, 1)
TABLES = {
    "ORGANISATIES_20251101.csv": """\
NR_ADMINISTRATIE;NAAM_VOLLEDIG;CODE_STAND_RECORD;DT_BEGIN_RECORD;DT_EINDE_RECORD
99ZZ;Zandbakcollege;H;01-08-1990;01-08-2010
99ZZ;Nieuw Zandbakcollege;A;01-08-2010;
99ZZ00;Hoofdlocatie;A;01-08-1990;
99ZZ01;Tweede locatie;H;01-08-1990;01-08-2020
99YY;Opgegaan;H;01-08-1990;01-08-2015
99XX;Gedeeld;H;01-08-1990;01-08-2016
99998;Bestuur Zandbak;A;01-08-1990;
99WW;Nooit geweest;H;01-08-1990;01-08-1990
""",
    "RELATIES_20251101.csv": """\
NR_ADMINISTRATIE;NR_ADMINISTRATIE_2;CODE_FUNCTIE;DT_BEGIN_RECORD;DT_EINDE_RECORD
99ZZ00;99ZZ;D;01-08-1990;
99ZZ;99998;BG;01-08-1990;01-08-2012
999A999;99ZZ;OA;01-08-2019;
""",
    "OVERGANGEN_20251101.csv": """\
NR_ADMINISTRATIE_VAN;NR_ADMINISTRATIE_NAAR;IND_VOLLEDIG;DT_BEGIN_RECORD;DT_EINDE_RECORD
99YY;99ZZ;J;01-08-2015;
99XX;99ZZ;N;01-08-2016;
99998;99ZZ;J;01-08-2016;
""",
}


def packed(tables: Mapping[str, str | bytes] = TABLES, **changes: str | bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in tables.items():
            kept = changes.get(name.partition("_")[0], text)
            target.writestr(name, kept if isinstance(kept, bytes) else kept.encode())
    return made.getvalue()


def institutions(content: bytes | None = None, *, inclusive: bool = False) -> Institutions:
    return Institutions.read(packed() if content is None else content, inclusive_until=inclusive)


def test_an_institution_is_told_as_it_was_on_a_day() -> None:
    found = institutions()
    assert found.record("99ZZ", as_of=dt.date(2010, 7, 31)).title == "Zandbakcollege"
    now = found.record(Brin("99ZZ"), as_of=dt.date(2010, 8, 1))
    assert (now.title, now.state, now.cells["CODE_STAND_RECORD"]) == ("Nieuw Zandbakcollege", "A", "A")
    assert [each.period.begin for each in found.history("99ZZ")] == [dt.date(1990, 8, 1), dt.date(2010, 8, 1)]
    assert repr(found) == "<Institutions: 7 codes, 8 records, published 2025-11-01>"
    assert Vestigingscode("99ZZ01") in found
    assert "99QQ" not in found


@pytest.mark.parametrize(
    ("code", "day", "reason"),
    [
        ("99QQ", DAY, Reason.UNKNOWN),
        ("99YY", dt.date(2015, 8, 1), Reason.EXPIRED),
        ("99YY", dt.date(1990, 7, 31), Reason.NOT_YET_VALID),
        ("99WW", DAY, Reason.UNKNOWN),
    ],
)
def test_where_no_record_holds_the_reason_is_told(code: str, day: dt.date, reason: Reason) -> None:
    with pytest.raises(MappingError) as caught:
        institutions().record(code, as_of=day)
    assert caught.value.reason is reason


def test_the_wrong_convention_shows_as_overlaps() -> None:
    assert institutions().overlaps == ()
    assert institutions(inclusive=True).overlaps == ("99ZZ",)
    with pytest.raises(MappingError) as caught:
        institutions(inclusive=True).record("99ZZ", as_of=dt.date(2010, 8, 1))
    assert caught.value.reason is Reason.AMBIGUOUS
    assert (institutions().empty, institutions(inclusive=True).empty) == (1, 0)


def test_relations_are_found_from_both_sides_and_by_day() -> None:
    found = institutions()
    assert [each.left for each in found.relations("99ZZ", as_of=DAY)] == ["99ZZ00", "999A999"]
    assert {each.sort for each in found.relations("99ZZ")} == {"BG", "D", "OA"}
    assert [each.right for each in found.relations("99998", as_of=dt.date(2012, 7, 31))] == ["99998"]
    assert found.relations("99998", as_of=dt.date(2012, 8, 1)) == ()


def test_sites_schools_providers_and_mergers_become_one_crosswalk() -> None:
    crosswalk = institutions().crosswalk()
    assert crosswalk.resolve(Vestigingscode("99ZZ00"), to=Brin, as_of=DAY).or_raise() == Brin("99ZZ")
    provider = RioOnderwijsaanbieder("999A999")
    assert crosswalk.resolve(Brin("99YY"), to=RioOnderwijsaanbieder, as_of=DAY).or_raise() == provider
    assert crosswalk.resolve(provider, to=Vestigingscode, via=[Brin], as_of=DAY).or_raise() == Vestigingscode("99ZZ00")
    with pytest.raises(MappingError) as partial:
        crosswalk.resolve(Brin("99XX"), to=RioOnderwijsaanbieder, as_of=DAY).or_raise()
    assert partial.value.reason is Reason.SUPERSEDED
    assert len(institutions().successions) == 2


def test_transitions_in_a_circle_are_refused_when_they_are_asked_for() -> None:
    circle = TABLES["OVERGANGEN_20251101.csv"] + "99ZZ;99YY;J;01-08-2020;\n"
    with pytest.raises(MappingError, match="circle"):
        _ = institutions(packed(OVERGANGEN=circle)).successors


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.encode("utf-8-sig"), None),
        (lambda text: text.replace("\n", "\r\n"), None),
        (lambda text: text.replace(";", ","), None),
        (lambda text: text.replace("01-08-1990", "1990-08-01").replace(";\n", ";1899/12/30\n"), None),
        (lambda text: "sep=;\n" + text, None),
        (lambda text: text.replace("Hoofdlocatie", '"Hoofd\n;locatie"'), None),
        (lambda text: text.replace("99ZZ00;", '="99ZZ00";'), None),
        (lambda text: text.replace("NR_ADMINISTRATIE;", "BRIN;"), r"missing: NR_ADMINISTRATIE.*file has BRIN, NAAM"),
        (lambda text: text.replace("01-08-2015", "32-08-2015"), r"line 6: .*DT_EINDE_RECORD"),
        (lambda text: text.replace("01-08-2015", "01-08-15"), r"line 6: .*year of four digits"),
        (lambda text: text.replace("99ZZ00;", " 99ZZ00 ;"), None),
        (lambda text: text[: text.index("\n") + 1], "has no rows"),
        (lambda text: text.replace("Gedeeld;", ""), "line 7"),
        (lambda text: text.replace("college", "collège").encode("latin-1"), "encoding"),
    ],
    ids=[
        *("mark", "crlf", "comma", "days", "sep", "quoted", "kept as text", "layout", "day", "year", "blanks"),
        *("only a header", "short row", "latin-1"),
    ],
)
def test_a_table_is_read_in_every_form_or_refused_with_its_place(
    change: Callable[[str], str | bytes], words: str | None
) -> None:
    content = packed(ORGANISATIES=change(TABLES["ORGANISATIES_20251101.csv"]))
    if words is None:
        found = institutions(content)
        assert found.record("99ZZ", as_of=DAY).title == "Nieuw Zandbakcollege"
        assert found.record("99ZZ00", as_of=DAY).period == Period(dt.date(1990, 8, 1), None)
        return
    with pytest.raises(DocumentInvalid, match=words) as caught:
        institutions(content)
    assert "ORGANISATIES_20251101.csv" in str(caught.value)


def test_the_days_by_which_programs_mean_no_date_are_no_days() -> None:
    text = TABLES["ORGANISATIES_20251101.csv"].replace("01-08-1990", "01-01-1900").replace(";\n", ";31-12-9999\n")
    found = institutions(packed(ORGANISATIES=text))
    assert found.record("99ZZ00", as_of=DAY).period == Period(None, None)
    assert found.record("99YY", as_of=dt.date(2015, 7, 31)).period == Period(None, dt.date(2015, 8, 1))


def test_columns_and_encoding_can_be_named() -> None:
    text = TABLES["ORGANISATIES_20251101.csv"].replace("NAAM_VOLLEDIG", "NAAM").replace("college", "collège")
    content = packed(ORGANISATIES=text.encode("cp1252"))
    found = Institutions.read(
        content, inclusive_until=False, columns=InstitutionColumns(title="NAAM"), encoding="cp1252"
    )
    assert found.record("99ZZ", as_of=DAY).title == "Nieuw Zandbakcollège"


OTHER_DAY = {name.replace("20251101", "20251108") if "REL" in name else name: text for name, text in TABLES.items()}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a complete zip archive"),
        (b"NR_ADMINISTRATIE;", "not a complete zip archive"),
        (packed()[:-30], "not a complete zip archive"),
        (packed()[:40] + b"\x00" * 20 + packed()[60:], "damaged"),
        (packed({"LEES_MIJ.txt": "x"}), r"ORGANISATIES \(0\), RELATIES \(0\).*holds LEES_MIJ.txt"),
        (packed({**TABLES, "oud/ORGANISATIES_20241101.csv": "x"}), r"ORGANISATIES \(2\)"),
        (packed(OTHER_DAY), "several days: 20251101, 20251108"),
    ],
    ids=["nothing", "text", "truncated", "overwritten", "another archive", "two", "two days"],
)
def test_an_archive_that_is_not_whole_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(DocumentInvalid, match=words):
        institutions(content)


def test_a_file_that_unpacks_to_more_than_its_limit_is_not_unpacked() -> None:
    bomb = CodeFile("bomb.zip", packed({"a.csv": b"0" * 3_000_000}))
    assert len(bomb.content) < 10_000
    with pytest.raises(DocumentInvalid, match="more than 1000000 bytes"):
        unpack(bomb, limit=1_000_000)["a.csv"]()
    lying = bomb.content.replace((3_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    with pytest.raises(DocumentInvalid, match="damaged"):
        unpack(CodeFile("bomb.zip", lying), limit=1_000_000)["a.csv"]()
    assert len(unpack(bomb)["a.csv"]()) == 3_000_000


@given(st.integers(0, 19), st.dates(dt.date(1985, 1, 1), dt.date(2030, 1, 1)))
def test_the_index_answers_as_a_search_through_all_rows_would(number: int, day: dt.date) -> None:
    code = f"99AA{number:02}"
    expected = [row for row in ROWS if row[0] == code and row[1] <= day and (row[2] is None or day < row[2])]
    held = [each for each in INDEXED.history(code) if day in each.period]
    assert [(each.title, each.period.begin) for each in held] == [(row[3], row[1]) for row in expected]


def _rows(content: bytes) -> list[tuple[str, dt.date, dt.date | None, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        lines = opened.read("ORGANISATIES_20251101.csv").decode().splitlines()[1:]
    cells = [line.split(";") for line in lines]
    found = [(code, _day(begin), _day(end) if end else None, title) for code, begin, end, _, title, *_ in cells]
    return sorted(found, key=lambda row: (row[0], row[1]))


def _day(text: str) -> dt.date:
    return dt.datetime.strptime(text, "%d-%m-%Y").date()  # noqa: DTZ007 - days have no zone


SMALL = archive(100)
ROWS = _rows(SMALL)
INDEXED = Institutions.read(SMALL, inclusive_until=False)


# -- where files came from ------------------------------------------------------------------------------------------


def test_a_manifest_knows_its_files_again_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "instellingen.zip"
    path.write_bytes(packed())
    seen = dt.datetime(2025, 11, 1, 6, tzinfo=dt.UTC)
    file = CodeFile.read(path, address="https://duo.example/instellingen.zip", retrieved_at=seen)
    manifest = Manifest.of([file])
    manifest.write(tmp_path / "manifest.json")
    kept = Manifest.read(tmp_path / "manifest.json")
    assert kept == manifest
    kept.check(CodeFile.read(path))
    assert institutions(file.content).published == Institutions.read(file, inclusive_until=False).published
    with pytest.raises(DocumentInvalid, match="differs from the one"):
        kept.check(CodeFile(path.name, b"x"))
    with pytest.raises(DocumentInvalid, match=r"does not list.*instellingen\.zip"):
        kept.check(CodeFile("other.zip", b""))
    assert "PK" not in repr(file)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"entries": [{"name": 1}]}', '{"entries": 1}'])
def test_what_is_no_manifest_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DocumentInvalid, match="not a manifest"):
        Manifest.read(tmp_path / "manifest.json")
