"""Records become plain data and come back; persons show only when they are revealed."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.personal import identifies
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import PlainData, from_plain, subclasses_of, to_plain
from magister_connect.core.secrets import Secret
from magister_connect.errors import FieldInvalid


class Soort(Enum):
    ZIEK = "Z"


@frozen(repr=False)
class Ouder(MaskedRepr):
    achternaam: str
    telefoons: tuple[str, ...] = ()


@frozen(repr=False, kw_only=True)
class Leerling(MaskedRepr):
    stamnummer: str
    roepnaam: str = ""
    geboortedatum: dt.date | None = None
    klas: str = ""
    test_naam: str = ""
    opmerkingen: tuple[str, ...] = ()
    begin: dt.datetime | None = None
    dag: dt.date | dt.datetime | None = None
    uur: dt.time | None = None
    duur: dt.timedelta | None = None
    cijfer: Decimal | None = None
    gewicht: float = 1.0
    actief: bool = True
    soort: Soort = Soort.ZIEK
    ouders: tuple[Ouder, ...] = ()
    extra: Mapping[str, str] = field(factory=FrozenDict)
    bestand: bytes = b""
    sleutel: Secret | None = field(default=None, eq=False)
    kluis: str = field(default="", metadata={"personal": True})
    waarde: int | str = 0


ONE = Leerling(
    stamnummer="10001",
    roepnaam="Zoë",
    geboortedatum=dt.date(2010, 3, 14),
    klas="4h",
    test_naam="Rekenen",
    opmerkingen=("lief",),
    begin=dt.datetime(2025, 8, 1, 8, tzinfo=dt.UTC),
    dag=dt.date(2025, 8, 1),
    uur=dt.time(8, 30),
    duur=dt.timedelta(minutes=50),
    cijfer=Decimal("7.50"),
    ouders=(Ouder("Zwanenburg", ("0612345678",)),),
    extra=FrozenDict({"Roepnaam": "Zoë", "Info": "z@x.nl 111222333", "Lokaal": "B12"}),
    bestand=b"\x00\xff",
    sleutel=Secret("geheim"),
    kluis="k7",
    waarde="x",
)
HIDDEN = ["10001", "Zoë", "2010", "lief", "Zwanenburg", "0612345678", "z@x.nl", "111222333", "geheim", "k7"]


def test_persons_are_masked_and_everything_else_can_be_read() -> None:
    plain = ONE.to_dict()
    text = json.dumps(plain, ensure_ascii=False)
    assert [each for each in HIDDEN if each in text] == []
    assert (plain["klas"], plain["test_naam"], plain["cijfer"], plain["soort"]) == ("4h", "Rekenen", "7.50", "Z")
    assert plain["extra"] == {"Roepnaam": "***", "Info": "*** ***", "Lokaal": "B12"}
    assert plain["ouders"] == [{"achternaam": "***", "telefoons": ["***"]}]
    assert Leerling(stamnummer="").to_dict()["stamnummer"] == ""


def test_what_was_revealed_reads_back() -> None:
    plain = ONE.to_dict(reveal=True)
    assert Leerling.from_dict(plain) == ONE
    assert Leerling.from_dict(json.loads(ONE.to_json(reveal=True))) == ONE
    assert plain["sleutel"] is None
    assert plain["geboortedatum"] == "2010-03-14"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"geboortedatum": "***"}, "Leerling.geboortedatum"),
        ({"ouders": [{"achternaam": 7}]}, "Leerling.ouders[0].achternaam"),
        ({"stamnummer": 10001}, "Leerling.stamnummer"),
        ({"gewicht": "zwaar"}, "Leerling.gewicht"),
        ({"soort": "onbekend"}, "Leerling.soort"),
    ],
)
def test_what_does_not_read_back_is_named_by_its_path_and_never_shown(change: dict[str, object], path: str) -> None:
    with pytest.raises(FieldInvalid) as caught:
        Leerling.from_dict({**ONE.to_dict(reveal=True), **change})
    assert caught.value.where == path
    assert "to_dict(reveal=True)" in str(caught.value)
    assert "zwaar" not in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.dates() | st.decimals(allow_nan=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_plain_data_are_what_json_knows(value: object) -> None:
    for reveal in (True, False):
        plain = to_plain(value, reveal=reveal)
        assert json.loads(json.dumps(plain)) == plain


def test_a_whole_type_is_read_by_its_annotation() -> None:
    assert from_plain(tuple[Ouder, ...], [{"achternaam": "x"}]) == (Ouder("x"),)


@pytest.mark.parametrize("name", ["achternaam", "geboortedatum", "bsn", "stamnummer", "email", "emailadres", "born"])
def test_fields_of_a_person_are_known_by_their_names(name: str) -> None:
    assert identifies(name)


@pytest.mark.parametrize("name", ["klas", "test_name", "vaknaam", "groep_naam", "begin", "niveau", "percentage"])
def test_fields_of_a_thing_are_not(name: str) -> None:
    assert not identifies(name)


class TestFrozenDict:
    def test_it_cannot_be_changed(self) -> None:
        one = FrozenDict({"a": "1"})
        changes: list[Callable[[], object]] = [
            lambda: one.update(b="2"),
            lambda: one.__setitem__("a", "2"),
            lambda: one.pop("a"),
            lambda: one.clear(),  # noqa: PLW0108 - typed as the others are
        ]
        for change in changes:
            with pytest.raises(TypeError, match="cannot be changed"):
                change()
        assert one == {"a": "1"}
        assert hash(one) == hash(FrozenDict({"a": "1"}))

    def test_it_pickles_and_copies(self) -> None:
        import copy
        import pickle

        one = FrozenDict({"a": "1"})
        assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one  # noqa: S301 - our own bytes
        assert type(pickle.loads(pickle.dumps(one))) is FrozenDict  # noqa: S301 - our own bytes


@frozen(repr=False)
class Klas(PlainData):
    naam: str = ""


@pytest.mark.parametrize("data", [None, "naam", ["naam"], 3])
def test_what_is_no_mapping_is_not_read(data: Any) -> None:
    with pytest.raises(FieldInvalid, match=r"do not fit this class \(Klas\).*to_dict"):
        Klas.from_dict(data)


def test_of_two_subclasses_with_one_name_the_newest_counts() -> None:
    def make() -> type[Klas]:
        @frozen(repr=False)
        class Brugklas(Klas):
            mentor: str = ""

        return Brugklas

    kept = [make(), make()]
    assert list(subclasses_of(Klas)) == [Klas, kept[1]]
