"""How identifiers behave as Python values, and how personal ones stay closed."""

import copy
import pickle
from collections.abc import Callable

import attrs
import pytest

from magister_connect.errors import MappingError, UsageError
from magister_connect.identifiers import (
    AmnDeelnemersnummer,
    Brin,
    Bsn,
    Crebo,
    EckId,
    Hpgn,
    Identifier,
    MagisterUserId,
    Onderwijsnummer,
    Pgn,
    Role,
    Schooljaar,
    SchoolVakcode,
    Stamnummer,
    ToaGebruikersnaam,
    UwlrKey,
    kind_named,
    programme_code,
    restore,
)

EXAMPLES: list[Identifier] = [
    Bsn("111222333"),
    Onderwijsnummer("101222331"),
    Stamnummer("51155", scope="99ZZ"),
    Stamnummer("51155", scope="99ZZ", role=Role.STAFF),
    MagisterUserId("a-1", scope="school"),
    UwlrKey("00001", scope="99ZZ/00/2025-2026"),
    AmnDeelnemersnummer("zz-51155", scope="klant"),
    ToaGebruikersnaam("zz-51155", scope="99ZZ"),
    SchoolVakcode("netl", scope="99ZZ"),
    Brin("99ZZ"),
    Crebo("25187"),
    EckId.parse_lenient("https://id.school/abcde").identifier,
    EckId(f"https://ketenid.nl/pilot/{'0123456789abcdef' * 8}"),
    Hpgn("9735dfd2235eaeb5f0300886bcc99c82ffc1d6420c4e0bde8de7218def2135fa"),
]
PERSONAL = [example for example in EXAMPLES if example.personal]
PUBLIC = [example for example in EXAMPLES if not example.personal]


@attrs.frozen
class Row:
    bsn: Bsn


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.kind)
def test_three_texts_bring_an_identifier_back(example: Identifier) -> None:
    assert restore(example.kind, example.realm, example.reveal()) == example
    assert copy.deepcopy(copy.copy(example)) is example


@pytest.mark.parametrize("example", PERSONAL, ids=lambda example: example.kind)
def test_a_personal_identifier_shows_a_tag_instead_of_itself(example: Identifier) -> None:
    old_style = "%s"
    for shown in (repr(example), str(example), f"{example}", f"{example:>40}", old_style % example, repr([example])):
        assert example.reveal() not in shown
        assert "<#" in shown
    assert repr(example) == repr(restore(example.kind, example.realm, example.reveal()))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.kind)
def test_an_identifier_pickles_whole_since_records_move_between_processes_of_one_user(example: Identifier) -> None:
    assert pickle.loads(pickle.dumps(example)) == example  # noqa: S301 - our own bytes


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.kind)
def test_an_identifier_becomes_plain_data_and_comes_back_where_it_is_revealed(example: Identifier) -> None:
    assert Identifier.from_dict(example.to_dict(reveal=True)) == example  # type: ignore[arg-type]  # texts only
    assert type(example).from_dict(example.to_dict(reveal=True)) == example  # type: ignore[arg-type]  # texts only
    assert (example.reveal() in str(example.to_dict())) is not example.personal


def test_plain_data_of_one_kind_are_no_identifier_of_another() -> None:
    with pytest.raises(UsageError, match="another kind"):
        Brin.from_dict({"kind": "bsn", "realm": "", "text": "111222333"})


@pytest.mark.parametrize("example", PUBLIC, ids=lambda example: example.kind)
def test_a_public_identifier_is_shown(example: Identifier) -> None:
    assert str(example) == example.reveal()
    assert repr(example).startswith(f"{type(example).__name__}('{example}'")


def test_asdict_of_a_record_leaves_a_personal_number_closed() -> None:
    assert attrs.asdict(Row(Bsn("111222333"))) == {"bsn": Bsn("111222333")}
    assert "111222333" not in str(attrs.asdict(Row(Bsn("111222333"))))
    assert not attrs.has(Bsn)


def test_identifiers_do_not_change() -> None:
    with pytest.raises(AttributeError):
        Brin("99ZZ")._text = "99YY"
    with pytest.raises(AttributeError):
        del Brin("99ZZ")._text


def test_identifiers_are_ordered_over_kinds() -> None:
    assert sorted(sorted(EXAMPLES, reverse=True)) == sorted(EXAMPLES)
    assert Brin("99YY") < Brin("99ZZ")
    with pytest.raises(TypeError):
        assert Brin("99ZZ") < "99ZZ"
    assert Brin("99ZZ") != "99ZZ"
    assert len({Brin("99ZZ"), Brin("99ZZ")}) == 1


def test_kinds_are_found_by_name() -> None:
    assert kind_named("bsn") is Bsn


@pytest.mark.parametrize(
    ("kind", "realm", "text"),
    [("sofinummer", "", "111222333"), ("brin", "99ZZ", "99ZZ"), ("stamnummer", "99ZZ", "51155"), ("eck_id", "x", "y")],
)
def test_what_was_never_written_down_is_not_brought_back(kind: str, realm: str, text: str) -> None:
    with pytest.raises(UsageError):
        restore(kind, realm, text)


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: Bsn("111222334"), "Ask the school: Correct it where it was typed in"),
        (lambda: Pgn.parse("111222334"), "Ask the school: Correct it where it was typed in"),
        (lambda: Onderwijsnummer("111222333"), r"of the other kind.*Pgn\.parse"),
        (lambda: programme_code("25187.0"), "five digits, four digits, or a K"),
        (lambda: Schooljaar.from_lesperiode(2526), "Pass it as text"),  # type: ignore[arg-type]  # the point of the test
        (lambda: Bsn.parse("11122233"), "Correct it in the column"),
        (lambda: Bsn.parse(111222333), r"from_number\(\)"),  # type: ignore[arg-type]  # the point of the test
        (lambda: Brin.parse(11), "Pass it as text"),  # type: ignore[arg-type]  # as above
    ],
)
def test_the_advice_is_about_what_is_wrong(make: Callable[[], object], advice: str) -> None:
    with pytest.raises(MappingError, match=advice) as caught:
        make()
    assert ("from_number" in str(caught.value)) == ("from_number" in advice)
