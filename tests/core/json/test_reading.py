"""JSON becomes records, or an error of ours with the path of what is wrong and never its value."""

import contextlib
import copy
import datetime as dt
import pickle
import traceback
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import cattrs
import pytest
from attrs import field, frozen
from hypothesis import example, given
from hypothesis import strategies as st

from magister_connect.core.json import (
    AMSTERDAM,
    CamelRecord,
    JsonObject,
    LastDay,
    Link,
    OpenInteger,
    OpenText,
    PascalRecord,
    Record,
    Variant,
    Variants,
    _converter,
    named,
    parse_json,
    read_record,
)
from magister_connect.errors import FieldInvalid, MagisterConnectError, NotJson, Responsible
from magister_connect.public_api.cijfers import read_number

SECRET = "Geheime Naam"


class Soort(OpenInteger):
    """A numbered list."""

    EEN = 1
    TWEE = 2


class Woord(OpenText):
    """A list of words."""

    JA = "ja"


@frozen(kw_only=True, repr=False, slots=False)
class Deel(PascalRecord):
    """A part."""

    id: int
    naam: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Geheel(PascalRecord):
    """A whole."""

    id: int
    tekst: str
    waar: bool
    getal: float
    dag: dt.date | None = None
    moment: dt.datetime | None = None
    wanneer: LastDay | None = None
    soort: Soort = Soort.EEN
    woord: Woord = Woord.JA
    deel: Deel | None = None
    delen: tuple[Deel, ...] = ()
    vrij: object = None
    is_pta: bool | None = named("IsPTA", default=None)
    links: Mapping[str, Link] = field(factory=dict, eq=False)


GOOD: dict[str, Any] = {
    "Id": 1,
    "Tekst": "x",
    "Waar": True,
    "Getal": 3,
    "Dag": "2025-08-01T00:00:00.0000000Z",
    "Moment": "2025-05-31T11:50:35.1234567Z",
    "Wanneer": "2025-08-01",
    "Soort": 2,
    "Woord": "ja",
    "Deel": {"Id": 2, "Naam": None, "Nieuw": [1]},
    "Delen": [{"Id": 3}],
    "Vrij": {"a": [1]},
    "IsPTA": True,
    "Links": [{"Rel": "Self", "Href": "/api/x", "Extra": 1}],
    "Onbekend": {"b": 2},
}


def test_a_record_is_complete_and_typed() -> None:
    whole = read_record(Geheel, GOOD)
    assert (whole.id, whole.tekst, whole.waar, whole.getal) == (1, "x", True, 3.0)
    assert whole.dag == dt.date(2025, 8, 1)
    assert whole.moment == dt.datetime(2025, 5, 31, 11, 50, 35, 123456, tzinfo=dt.UTC)
    assert whole.wanneer == dt.date(2025, 8, 1)
    assert (whole.soort, whole.woord, whole.is_pta) == (Soort.TWEE, Woord.JA, True)
    assert whole.delen == (Deel(id=3),)
    assert whole.vrij == {"a": [1]}
    assert whole.links["Self"].href == "/api/x"
    assert whole.links["Self"].extra == {"Extra": 1}


def test_what_is_unknown_is_kept() -> None:
    whole = read_record(Geheel, GOOD)
    assert whole.extra == {"Onbekend": {"b": 2}}
    assert whole.deel is not None
    assert whole.deel.extra == {"Nieuw": [1]}
    assert "Onbekend" in GOOD  # what was given is left as it was


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"Id": "1"}, "Id"),
        ({"Id": True}, "Id"),
        ({"Id": 1.5}, "Id"),
        ({"Id": None}, "Id"),
        ({"Id": ...}, "Id"),
        ({"Tekst": 3}, "Tekst"),
        ({"Tekst": None}, "Tekst"),
        ({"Waar": 1}, "Waar"),
        ({"Waar": "true"}, "Waar"),
        ({"Getal": "3"}, "Getal"),
        ({"Getal": True}, "Getal"),
        ({"Dag": SECRET}, "Dag"),
        ({"Dag": "2025-02-30"}, "Dag"),
        ({"Dag": 20250801}, "Dag"),
        ({"Moment": "2025-05-31T11:50:35"}, "Moment"),
        ({"Moment": SECRET}, "Moment"),
        ({"Moment": 3}, "Moment"),
        ({"Wanneer": 3}, "Wanneer"),
        ({"Soort": "2"}, "Soort"),
        ({"Soort": True}, "Soort"),
        ({"Soort": None}, "Soort"),
        ({"Woord": 1}, "Woord"),
        ({"Deel": [SECRET]}, "Deel"),
        ({"Deel": {"Id": SECRET}}, "Deel/Id"),
        ({"Deel": {}}, "Deel/Id"),
        ({"Delen": {"Id": 1}}, "Delen"),
        ({"Delen": [{"Id": 1}, {"Id": SECRET}]}, "Delen[1]/Id"),
        ({"Delen": [None]}, "Delen[0]"),
        ({"IsPTA": "ja"}, "IsPTA"),
        ({"Links": "x"}, "Links"),
        ({"Links": [{"Href": "x"}]}, "Links"),
        ({"Links": {"self": 3}}, "Links"),
        ({"Links": {"self": {"href": 3}}}, "Links"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(change: dict[str, Any], path: str) -> None:
    value = {name: each for name, each in {**GOOD, **change}.items() if each is not ...}
    with pytest.raises(FieldInvalid) as caught:
        read_record(Geheel, value, "GET x")
    assert caught.value.where == f"GET x/{path}"
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("value", [None, [], "x", 3, True])
def test_what_is_no_object_is_no_record(value: object) -> None:
    with pytest.raises(FieldInvalid):
        read_record(Geheel, value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(GOOD)) | st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_any_json_gives_a_record_or_an_error_of_ours(value: object) -> None:
    with contextlib.suppress(FieldInvalid):
        read_record(tuple[Geheel, ...], [{**GOOD, **value}] if isinstance(value, dict) else value)


def outcome(converter: cattrs.Converter, value: object) -> object:
    """The record with what is unknown in it at every depth, or that there is none."""
    try:
        whole = converter.structure(value, Geheel)
    except Exception:  # noqa: BLE001 - what is refused, however it is said
        return None
    parts = [whole.deel, *whole.delen] if whole.deel else list(whole.delen)
    return whole, whole.links, whole.extra, [part.extra for part in parts]


PLAUSIBLE = st.sampled_from(
    [*GOOD.values(), None, 0, 1, 2, False, "", "x", [], {}, {"Id": 1, "Meer": None}, "2025-08-01"]
)


@given(
    st.dictionaries(st.sampled_from([*GOOD, "Meer", " extra", "extra"]), PLAUSIBLE | JSON, max_size=4),
    st.sets(st.sampled_from([*GOOD])),
)
@example({"Soort": None}, set())
@example({}, {*GOOD} - {"Id", "Tekst", "Waar", "Getal"})
def test_reading_without_and_with_detailed_errors_agrees(change: dict[str, object], left_out: set[str]) -> None:
    value = {name: each for name, each in {**GOOD, **change}.items() if name not in left_out}
    assert outcome(_converter(detailed=False), value) == outcome(_converter(detailed=True), value)


def test_what_is_right_is_read_without_detailed_errors() -> None:
    assert outcome(_converter(detailed=False), GOOD) is not None


@given(st.binary())
def test_any_bytes_give_json_or_an_error_of_ours(body: bytes) -> None:
    with contextlib.suppress(NotJson):
        parse_json(body, "x")


@pytest.mark.parametrize(
    ("body", "words", "responsible"),
    [
        (b"", "is empty", Responsible.SUPPLIER),
        (b"  ", "is empty", Responsible.SUPPLIER),
        (b"<html>", "web page", Responsible.YOU),
        (b"\n<!DOCTYPE html>", "web page", Responsible.YOU),
        (b'{"a": "Geheime', "cut off", Responsible.SUPPLIER),
        (b"NaN", "not JSON", Responsible.SUPPLIER),
        (b"[" * 200_000, "not JSON", Responsible.SUPPLIER),
        (b"\xff", "not JSON", Responsible.SUPPLIER),
    ],
)
def test_what_is_no_json_is_told_by_its_kind_and_by_who_can_fix_it(
    body: bytes, words: str, responsible: Responsible
) -> None:
    with pytest.raises(NotJson, match=words) as caught:
        parse_json(body, "GET x")
    assert caught.value.responsible is responsible
    assert "Geheime" not in str(caught.value)
    assert caught.value.__cause__ is None


@frozen(kw_only=True, repr=False, slots=False)
class Plain(Record):
    """Keys as they are spelt here."""

    klas_code: str


def test_a_record_of_no_spelling_has_the_keys_of_its_fields() -> None:
    assert read_record(Plain, {"klas_code": "4a"}).klas_code == "4a"


def test_lists_that_grow_keep_what_is_new() -> None:
    soort = read_record(Soort, 99)
    assert (soort, soort.name, soort.is_known, Soort.EEN.is_known) == (99, "ONBEKEND_99", False, True)
    woord = read_record(Woord, "misschien")
    assert (woord, woord.name, woord.is_known, Woord.JA.is_known) == ("misschien", "ONBEKEND", False, True)
    for each in (soort, woord):
        assert pickle.loads(pickle.dumps(each)) == each  # noqa: S301 - our own
        assert copy.deepcopy(each) == each
    with pytest.raises(ValueError, match="x"):
        Soort("x")  # type: ignore[arg-type]  # what is refused
    with pytest.raises(ValueError, match="3"):
        Woord(3)  # type: ignore[arg-type]  # what is refused


@frozen(kw_only=True, repr=False, slots=False)
class Vorm(Variant, CamelRecord):
    """One of several."""

    type: str | None = None

    @classmethod
    def variants(cls) -> Variants:
        return {} if cls is not Vorm else {"rond": Rond}


@frozen(kw_only=True, repr=False, slots=False)
class Rond(Vorm):
    """A round one."""

    straal: int


def test_a_record_of_several_kinds_is_told_by_its_word() -> None:
    found = read_record(tuple[Vorm, ...], [{"type": "rond", "straal": 3}, {"type": "hoekig", "zijden": 4}, {}])
    assert [type(each) for each in found] == [Rond, Vorm, Vorm]
    assert found[1].extra == {"zijden": 4}
    with pytest.raises(FieldInvalid):
        read_record(Vorm, {"type": "rond", "straal": "x"})
    with pytest.raises(FieldInvalid):
        read_record(Vorm, 3)


@frozen(kw_only=True, repr=False, slots=False)
class Enig(Variant, CamelRecord):
    """One that names no kinds yet."""

    type: str


def test_a_record_that_names_no_kinds_is_read_as_itself() -> None:
    assert type(read_record(Enig, {"type": "rond"})) is Enig


@frozen(kw_only=True, repr=False, slots=False)
class Doos(PascalRecord):
    """One that may hold its like."""

    naam: str | None
    in_deze: "Doos | None" = None


def test_a_record_may_hold_its_like() -> None:
    found = read_record(Doos, {"Naam": None, "InDeze": {"Naam": "x", "Meer": 1}})
    assert found == Doos(naam=None, in_deze=Doos(naam="x"))
    with pytest.raises(FieldInvalid) as caught:
        read_record(Doos, {"Naam": None, "InDeze": {"Naam": 3}})
    assert caught.value.where == "InDeze/Naam"


def test_a_repr_shows_the_class_and_its_filled_fields_alone() -> None:
    assert repr(read_record(Deel, {"Id": 7, "Naam": SECRET})) == "<Deel: id, naam>"
    assert repr(Link(href=SECRET)) == "<Link: href>"


def test_free_objects_are_left_as_they_are() -> None:
    value = {"a": [1, {"b": None}]}
    assert read_record(JsonObject, value) == value  # type: ignore[type-abstract]  # an alias of Mapping
    with pytest.raises(MagisterConnectError):
        read_record(JsonObject, [])  # type: ignore[type-abstract]  # as above


@pytest.mark.parametrize(
    ("text", "number"),
    [("7,4", "7.4"), ("6.5", "6.5"), (" 8,0 ", "8.0"), ("V", None), ("", None), (None, None), ("1.0,5", None)],
)  # fmt: skip
def test_a_grade_is_a_number_where_it_is_one(text: str | None, number: str | None) -> None:
    assert read_number(text) == (None if number is None else Decimal(number))


@given(st.datetimes(min_value=dt.datetime(1900, 1, 1)), st.sampled_from(["Z", "+00:00", "+02:00", "-05:30"]))
def test_moments_come_out_in_amsterdam(moment: dt.datetime, zone: str) -> None:
    text = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}0{zone}"
    found = read_record(dt.datetime, text)
    assert found.tzinfo is AMSTERDAM
    assert found == dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025-07-31T22:00:00.0000000Z", "2025-08-01", "2025-07-31"),  # midnight in summer time
        ("2025-12-31T23:00:00.0000000Z", "2026-01-01", "2025-12-31"),  # and in winter time
        ("2010-03-14T00:00:00.0000000Z", "2010-03-14", "2010-03-14"),  # midnight of UTC, as birthdays are sent
        ("2026-07-31", "2026-07-31", "2026-07-31"),
        ("2026-07-31T21:59:59Z", "2026-07-31", "2026-07-31"),
        ("2026-07-31T00:00:00", "2026-07-31", "2026-07-30"),
    ],
)
def test_days_are_those_of_amsterdam_and_a_midnight_ends_the_day_before(text: str, first: str, last: str) -> None:
    assert read_record(dt.date, text) == dt.date.fromisoformat(first)
    kind: Any = LastDay
    assert read_record(kind, text) == dt.date.fromisoformat(last)


def test_a_moment_that_no_calendar_in_amsterdam_has_is_refused() -> None:
    with pytest.raises(FieldInvalid, match="exists in Amsterdam"):
        read_record(dt.datetime, "9999-12-31T23:30:00Z")


def test_a_day_in_place_of_a_moment_is_its_first_moment() -> None:
    assert read_record(dt.datetime, "2025-08-01") == dt.datetime(2025, 8, 1, tzinfo=AMSTERDAM)


def test_a_list_that_is_null_is_empty() -> None:
    assert read_record(Geheel, {**GOOD, "Delen": None}).delen == ()


@pytest.mark.parametrize(
    "body", [rb'{"a": ["\ud800x"]}', b'{"a": ["\xed\xa0\x80x"]}', '{"a": ["\\ud800x"]}'.encode("utf-16")]
)
def test_half_a_surrogate_pair_becomes_the_sign_for_what_cannot_be_read(body: bytes) -> None:
    assert parse_json(body, "x") in ({"a": ["\ufffdx"]}, {"a": ["\ufffd\ufffd\ufffdx"]})


def test_a_whole_surrogate_pair_stays() -> None:
    assert parse_json(rb'"\ud83d\ude00"', "x") == "\U0001f600"
