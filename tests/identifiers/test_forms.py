"""The form of every kind of identifier, by the tables of what is valid and what is not."""

import importlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.errors import MappingError, Reason, UsageError
from magister_connect.identifiers import (
    KINDS,
    AmnDeelnemersnummer,
    Brin,
    Bsn,
    Crebo,
    Dependancecode,
    EckId,
    Elementcode,
    ExamUnit,
    Hpgn,
    Identifier,
    Keuzedeel,
    MagisterUserId,
    Oin,
    Onderwijsnummer,
    Pgn,
    Remark,
    RioOnderwijsaanbieder,
    RioOnderwijsbestuur,
    RioOnderwijslocatie,
    RioOpleidingseenheid,
    Role,
    Schooljaar,
    Stamnummer,
    Stampseudoniem,
    ToaGebruikersnaam,
    UwlrKey,
    Vakcode,
    Vestigingscode,
    canonical_stamnummer,
    programme_code,
    vestigingscode_of,
)
from magister_connect.identifiers.identifier import Code

TAIL = "0123456789abcdef" * 8

VALID: dict[type[Code], str] = {
    Bsn: "111222333 123456782 182071649 063138219 249566758 269326728 999999990 498839436 000000012",
    Onderwijsnummer: "101222331 100310303 100729533 100000004 100000016 100000028 100000041 201222304 133456785",
    Pgn: "111222333 101222331",
    Brin: "05KO 99DE 25LX 00YY 30AJ",
    Vestigingscode: "07NU00 25BE01 00YY00 15EO02 27DV12",
    Dependancecode: "00 01 99",
    RioOnderwijsaanbieder: "100A001 111A111 999A999 000A000",
    RioOnderwijsbestuur: "100B001 111B222 999B999 000B000",
    RioOnderwijslocatie: "100X001 111X222 999X999 000X000",
    RioOpleidingseenheid: "1000O0001 1234O5678 0000O0000 9999O9999 1010O1010",
    Crebo: "25187 95530 10830 23089 25998",
    Keuzedeel: "K0067 K0001",
    ExamUnit: "C0163 3005 3029",
    Elementcode: "0011 0111 0171 1000 5073",
    Vakcode: "0011 2003",
    Oin: "0000000700025BE00000 0000000700099ZZ00000 0000000700000YY00931 0000000700012TB34567 00000099000000000000",
    Schooljaar: "2024-2025 2025-2026 2023-2024 2019-2020 1999-2000",
    EckId: f"https://ketenid.nl/201703/{TAIL} https://ketenid.nl/pilot/{'0' * 128}",
    Stampseudoniem: f"https://ketenid.nl/sppilot/{TAIL}",
    Hpgn: "9735dfd2235eaeb5f0300886bcc99c82ffc1d6420c4e0bde8de7218def2135fa",
}

MALFORMED: dict[type[Code], tuple[str, ...]] = {
    Bsn: ("12345678", "1112223333", "111222333.0", " 111222333", "111222333\n", "+11122233", "", "1112.22.333"),
    Onderwijsnummer: ("10122233", "101222331.0"),
    Pgn: ("63138219", "12", "111-222-333", "111\u00a0222333"),
    Brin: ("0011", "00A1", "12KB1", "AA00", "05ko", "05K\u00d6"),
    Vestigingscode: ("07NU0", "07NU", "07NU|00", "0000AA", "30AJ0A"),
    Dependancecode: ("", "1", "001"),
    RioOnderwijsaanbieder: ("999B999", "999X999", "999A99", "25LX", "999a999"),
    RioOnderwijsbestuur: ("999A999", "9999B9", "999B99", "41234", "999b999"),
    RioOnderwijslocatie: ("999A999", "07NU00", "999X99", "999x999", "X999999"),
    RioOpleidingseenheid: ("100000001", "1000A0001", "1000O001", "100OO0001", "1000o0001"),
    Crebo: ("2518", "251877", "K0067", "C0163", "25187.0"),
    Keuzedeel: ("0067", "K067", "k0067"),
    ExamUnit: ("K0067", "25187"),
    Elementcode: ("11", "00111", "25187", "A011", "0011.0"),
    Vakcode: ("11", "ne"),
    Oin: ("700025BE00000", "000000070002BE00000", "0000000700025be00000", "1000000700025BE00000", "0" * 21),
    Schooljaar: ("2024/2025", "2024", "24-25", "2024-25", "20242025", "2024-2026", "2025-2024", "0000-0001"),
    EckId: (
        f"http://ketenid.nl/201703/{TAIL}",
        f"https://ketenid.nl/201703/{TAIL.upper()}",
        f"https://ketenid.nl/201703/{TAIL[1:]}",
        f"https://ketenid.nl/sppilot/{TAIL}",
        TAIL,
    ),
    Stampseudoniem: (TAIL, f"https://ketenid.nl/sppilot/{TAIL}0"),
    Hpgn: ("9735DFD2235EAEB5F0300886BCC99C82FFC1D6420C4E0BDE8DE7218DEF2135FA", "9735"),
}
FULL_WIDTH = "\uff11\uff11\uff11\uff12\uff12\uff12\uff13\uff13\uff13"


def cases(table: dict[type[Code], tuple[str, ...]]) -> list[tuple[type[Code], str]]:
    return [(kind, text) for kind, texts in table.items() for text in texts]


@pytest.mark.parametrize(("kind", "text"), cases({kind: tuple(texts.split()) for kind, texts in VALID.items()}))
def test_a_valid_text_is_taken_and_given_back_unchanged(kind: type[Code], text: str) -> None:
    assert kind.parse(text).reveal() == text
    assert kind.is_valid(text)
    assert kind.parse_lenient(text).identifier == kind.parse(text)


@pytest.mark.parametrize(("kind", "text"), cases(MALFORMED))
def test_a_malformed_text_is_refused_without_being_told(kind: type[Code], text: str) -> None:
    with pytest.raises(MappingError) as caught:
        kind.parse(text)
    assert caught.value.reason == Reason.MALFORMED
    assert len(text) < 3 or text not in str(caught.value)
    assert not kind.is_valid(text)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if issubclass(kind, Code)], ids=lambda kind: kind.kind
)
@pytest.mark.parametrize("value", [None, 111222333, 111222333.0, True, b"111222333", ["111222333"], FULL_WIDTH])
def test_only_ascii_text_is_an_identifier(kind: type[Code], value: object) -> None:
    assert not kind.is_valid(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((Bsn, text) for text in ["111222334", "123456789", "182071648", "063138218", "999999999", "010000009"]),
        *((Bsn, text) for text in ["000000000", "012345678", "101222331", "133456785"]),
        *((Onderwijsnummer, text) for text in ["101222332", "100252333", "182071649", "201222330", "201222331"]),
        *((Pgn, text) for text in ("111222334", "000000000")),
    ],
)
def test_a_number_that_fails_the_eleven_test_says_checksum(kind: type[Pgn], text: str) -> None:
    with pytest.raises(MappingError) as caught:
        kind.parse(text)
    assert caught.value.reason == Reason.CHECKSUM
    assert text not in str(caught.value)


@pytest.mark.parametrize(("text", "kind"), [("111222333", Bsn), ("133456785", Onderwijsnummer)])
def test_a_pgn_tells_its_kind_by_computation(text: str, kind: type[Pgn]) -> None:
    assert type(Pgn.parse(text)) is kind
    assert type(Pgn.parse_lenient(f" {text} ").identifier) is kind


def test_a_pgn_of_no_kind_does_not_exist() -> None:
    with pytest.raises(UsageError, match=r"Pgn\.parse"):
        Pgn("111222333")


LENIENT: list[tuple[type[Code], str, str, tuple[Remark, ...]]] = [
    (Bsn, " 111222333\t", "111222333", (Remark.TRIMMED,)),
    (Bsn, "63138219", "063138219", (Remark.ZERO_PADDED,)),
    (Bsn, " 63138219", "063138219", (Remark.TRIMMED, Remark.ZERO_PADDED)),
    (Bsn, "1112.22.333", "111222333", (Remark.SEPARATORS_REMOVED,)),
    (Bsn, "111 222 333", "111222333", (Remark.SEPARATORS_REMOVED,)),
    (Bsn, "111-222-333", "111222333", (Remark.SEPARATORS_REMOVED,)),
    (Bsn, "000111222333", "111222333", (Remark.PADDING_REMOVED,)),
    (Onderwijsnummer, "201222304", "201222304", (Remark.UNUSUAL_PREFIX,)),
    (Onderwijsnummer, "101222331", "101222331", ()),
    (Pgn, "201222304", "201222304", (Remark.UNUSUAL_PREFIX,)),
    (Brin, " 05ko", "05KO", (Remark.TRIMMED, Remark.CASE_CHANGED)),
    (Vestigingscode, "07NU|00", "07NU00", (Remark.SEPARATORS_REMOVED,)),
    (Dependancecode, "", "00", (Remark.EMPTY_MEANS_MAIN,)),
    (Dependancecode, "1", "01", (Remark.ZERO_PADDED,)),
    (EckId, "https://id.school/abcde", "https://id.school/abcde", (Remark.UNUSUAL_FORM,)),
]


@pytest.mark.parametrize(("kind", "text", "expected", "remarks"), LENIENT)
def test_lenient_reading_records_what_it_repaired(
    kind: type[Code], text: str, expected: str, remarks: tuple[Remark, ...]
) -> None:
    reading = kind.parse_lenient(text)
    assert reading.identifier.reveal() == expected
    assert reading.remarks == remarks
    assert reading.unchanged is not bool(remarks)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Bsn, "10000094.0"),
        (Bsn, "111222333.0"),
        (Bsn, "111.222-333"),
        (Bsn, "6313821"),
        (Bsn, "     2"),
        (Bsn, FULL_WIDTH),
        (Brin, "05k\u00f6"),
        (Crebo, "25187.0"),
        (Elementcode, "11"),
        (EckId, ""),
        (EckId, "x" * 257),
    ],
)
def test_lenient_reading_does_not_guess(kind: type[Code], text: str) -> None:
    with pytest.raises(MappingError):
        kind.parse_lenient(text)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Bsn.from_number(63138219), "063138219"),
        (lambda: Pgn.from_number(111222333), "111222333"),
        (lambda: Crebo.from_number(25187), "25187"),
        (lambda: Elementcode.from_number(11), "0011"),
        (lambda: Vakcode.from_number(2003), "2003"),
        (lambda: Stamnummer.from_number(51155, scope="99ZZ"), "51155"),
    ],
)
def test_a_number_becomes_an_identifier_when_asked(make: Callable[[], Identifier], text: str) -> None:
    assert make().reveal() == text


@pytest.mark.parametrize("number", [0, -1, 6313821, 1_000_000_000, 63138219.0, True, "63138219", None])
def test_from_number_refuses_what_is_no_number_of_eight_or_nine_digits(number: int) -> None:
    with pytest.raises(MappingError):
        Bsn.from_number(number)


@given(number=st.integers(0, 9_999_999))
def test_the_sets_of_bsn_and_onderwijsnummer_are_disjoint(number: int) -> None:
    text = f"{number:09d}"
    assert not (Bsn.is_valid(text) and Onderwijsnummer.is_valid(text))
    assert Pgn.is_valid(text) == (Bsn.is_valid(text) or Onderwijsnummer.is_valid(text))


@given(number=st.integers(0, 9_999_999))
def test_the_eleven_test_agrees_with_an_independent_checker(number: int) -> None:
    oracle = importlib.import_module("stdnum.nl.bsn")
    text = f"{number:09d}"
    assert Bsn.is_valid(text) == oracle.is_valid(text)


@pytest.mark.parametrize("text", ["1234", "51155", "140082", "450000", "2147483647"])
def test_a_stamnummer_is_a_whole_number_of_one_administration(text: str) -> None:
    stamnummer = Stamnummer.parse(text, scope="99ZZ")
    assert Stamnummer.is_valid(text)
    assert (stamnummer.reveal(), stamnummer.reveal_number()) == (text, int(text))
    assert (stamnummer.scope, stamnummer.role) == ("99ZZ", Role.PUPIL)


@pytest.mark.parametrize("text", ["0", "00123", "51155.0", "b140082", "2147483648", "", " 51155", "-5"])
def test_what_is_no_stamnummer_is_refused(text: str) -> None:
    assert not Stamnummer.is_valid(text)
    with pytest.raises(MappingError):
        Stamnummer.parse(text, scope="99ZZ")


def test_a_padded_stamnummer_is_read_where_the_scope_counts_in_numbers() -> None:
    reading = Stamnummer.parse_lenient("00123", scope="99ZZ", numeric=True)
    assert (reading.identifier.reveal(), reading.remarks) == ("123", (Remark.PADDING_REMOVED,))
    with pytest.raises(MappingError):
        Stamnummer.parse_lenient("00123", scope="99ZZ")


@pytest.mark.parametrize("scope", ["", " ", "a b", "a|b", None, 7])
def test_a_scope_must_be_told(scope: str) -> None:
    with pytest.raises(UsageError):
        MagisterUserId.parse("abc", scope=scope)


def test_the_same_number_in_two_scopes_or_two_roles_is_two_identifiers() -> None:
    here = Stamnummer("51155", scope="99ZZ")
    assert here == Stamnummer("51155", scope="99ZZ")
    assert here != Stamnummer("51155", scope="99YY")
    assert here != Stamnummer("51155", scope="99ZZ", role=Role.STAFF)


def test_a_uwlr_key_keeps_its_zeros_and_belongs_to_one_document() -> None:
    scope = UwlrKey.document_scope("99ZZ", None, "2025-2026")
    assert scope == "99ZZ/00/2025-2026"
    key = UwlrKey.parse_lenient("00001 ", scope=scope).identifier
    assert key == UwlrKey.parse("00001", scope=scope) != UwlrKey.parse("1", scope=scope)
    assert key.scope == scope


@pytest.mark.parametrize("kind", [AmnDeelnemersnummer, ToaGebruikersnaam])
@pytest.mark.parametrize("text", ["111222333", "101222331", "", " x", "x" * 257])
def test_a_test_supplier_is_not_sent_a_personal_number(
    kind: type[AmnDeelnemersnummer | ToaGebruikersnaam], text: str
) -> None:
    with pytest.raises(MappingError):
        kind.parse(text, scope="klant")


def test_a_candidate_number_is_a_stamnummer_with_a_prefix() -> None:
    stamnummer = Stamnummer("51155", scope="99ZZ")
    assert AmnDeelnemersnummer.from_stamnummer(stamnummer, scope="klant", prefix="zz-").reveal() == "zz-51155"


def test_sites_and_schools_are_parts_of_each_other() -> None:
    site = Vestigingscode("07NU01")
    assert (site.brin, site.dependance) == (Brin("07NU"), Dependancecode("01"))
    assert Vestigingscode.of(Brin("07NU"), Dependancecode("01")) == site


@pytest.mark.parametrize(("text", "expected"), [("07NU", "07NU00"), ("07NU1", "07NU01"), ("07nu01", "07NU01")])
def test_a_school_reference_becomes_a_vestigingscode(text: str, expected: str) -> None:
    assert vestigingscode_of(text).identifier == Vestigingscode(expected)


def test_the_oin_of_a_school_holds_its_brin() -> None:
    assert Oin.of_brin(Brin("25BE")) == Oin("0000000700025BE00000")
    assert Oin("0000000700025BE00000").brin == Brin("25BE")
    assert Oin("00000003123456780000").brin is None
    assert Oin("00000099000000000000").is_test


@pytest.mark.parametrize(("text", "kind"), [("25187", Crebo), ("0011", Elementcode), ("K0067", Keuzedeel)])
def test_a_mixed_column_of_programmes_is_told_apart_by_form(text: str, kind: type[Code]) -> None:
    assert type(programme_code(text)) is kind


def test_a_mixed_column_of_programmes_refuses_the_rest() -> None:
    with pytest.raises(MappingError):
        programme_code("25187.0")


def test_a_school_year_is_half_open() -> None:
    year = Schooljaar.from_lesperiode("2526")
    assert year == Schooljaar("2025-2026")
    assert year.lesperiode == "2526"
    assert Schooljaar.of(year.begin) == year
    assert year.begin in year
    assert year.end not in year
    assert Schooljaar.of(year.end) == year.following
    with pytest.raises(MappingError):
        Schooljaar.from_lesperiode("25/26")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10001, "10001"),
        ("10001", "10001"),
        (" 0010001 ", "10001"),
        (Stamnummer("10001", scope="99ZZ"), "10001"),
        (AmnDeelnemersnummer("N-0012", scope="klant"), "N-0012"),
        ("N-0012", "N-0012"),
        ("0000", "0000"),  # no number: it is not made one
        ("", ""),
        ("\u0660\u0661", "\u0660\u0661"),
    ],
)
def test_a_stamnummer_has_one_form_whatever_it_comes_as(value: str | int | Stamnummer, text: str) -> None:
    assert canonical_stamnummer(value) == text


def test_a_school_whose_numbers_begin_with_zeros_keeps_them() -> None:
    assert canonical_stamnummer(" 0010001", numeric=False) == "0010001"


@pytest.mark.parametrize("value", [True, 10001.0, None, b"10001"])
def test_what_is_no_stamnummer_is_refused_and_not_told(value: object) -> None:
    with pytest.raises(UsageError, match=r"cannot be of the class \w+ \(stamnummer\)\..* Pass a text") as caught:
        canonical_stamnummer(value)  # type: ignore[arg-type]  # a mistake of a caller without types
    assert "10001" not in str(caught.value)
