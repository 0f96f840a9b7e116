"""Who is the same in two nights: by ECK iD first, by key second; nobody who could not be read has left."""

import datetime as dt

import pytest

from magister_connect import edexml
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.unreadable import Unreadable
from magister_connect.core.snapshots import Guard
from magister_connect.errors import UsageError
from magister_connect.uwlr import PupilData
from magister_connect.uwlr.snapshot_format import FORMATS, carried_over

(FORMAT,) = FORMATS
NIGHT = dt.datetime(2026, 1, 16, 3, tzinfo=dt.UTC)
E = "https://ketenid.nl/pilot/{}"


def person(key: str, eckid: str | None, name: str = "Jansen") -> edexml.Leerling:
    return edexml.Leerling(key=key, eckid=eckid and E.format(eckid), achternaam=name, roepnaam=f"R{name}")


def night(*pupils: edexml.Leerling, unreadable: tuple[Unreadable, ...] = ()) -> PupilData:
    school = edexml.School(schooljaar="2025-2026", brincode="00AA")
    return PupilData(edexml.Document(school, leerlingen=pupils), NIGHT, unreadable)


OLD = night(person("k1", "a"), person("k2", None, "Bakker"))
SAME_PERSONS: dict[str, tuple[PupilData, tuple[str, ...]]] = {
    "nothing changed": (OLD, ()),
    "another key": (night(person("k9", "a"), person("k2", None, "Bakker")), ("k1",)),
    "an ECK iD came": (night(person("k1", "a"), person("k2", "b", "Bakker")), ()),
    "an ECK iD is gone": (night(person("k1", None), person("k2", None, "Bakker")), ()),
    "the ECK iD stands for the key": (night(person(E.format("a"), "a"), person("k2", None, "Bakker")), ("k1",)),
    "another ECK iD under the same key and name": (night(person("k1", "z"), person("k2", None, "Bakker")), ()),
}


@pytest.mark.parametrize("name", SAME_PERSONS)
def test_the_same_person_has_not_left_and_a_new_key_is_reported(name: str) -> None:
    new, rekeyed = SAME_PERSONS[name]
    strict = Guard(share=0, least=0)
    before = {kind: held.keys() for kind, held in FORMAT.expected(OLD, new, "key").items()}
    assert strict.objections(before, FORMAT.records(new, "key")) == ()
    found = FORMAT.diff(OLD, new, "key")
    assert isinstance(found, edexml.DocumentDiff)
    assert (found.left, found.added) == ({}, {})
    assert tuple(each.old_key for each in found.rekeyed) == rekeyed
    assert all(each.certain for each in found.rekeyed)
    applied = edexml.apply(OLD.document, found.proposals)
    assert {each.key: each for each in applied.leerlingen} == {each.key: each for each in new.document.leerlingen}


def test_a_key_that_was_given_to_somebody_else_is_a_departure_and_an_arrival() -> None:
    new = night(person("k1", "c", "Smit"), person("k2", None, "Bakker"))
    found = FORMAT.diff(OLD, new, "key")
    assert isinstance(found, edexml.DocumentDiff)
    assert (found.left, found.added) == ({"leerling": ("k1",)}, {"leerling": ("k1",)})
    assert edexml.apply(OLD.document, found.proposals, most_left=None).leerlingen[-1].achternaam == "Smit"


@pytest.mark.parametrize("fields", [{"key": "k1"}, {"key": E.format("a"), "eckid": E.format("a")}])
def test_somebody_whose_record_could_not_be_read_stays_as_they_were(fields: dict[str, object]) -> None:
    new = night(
        person("k2", None, "Bakker"), unreadable=(Unreadable("leerling[1]", "", "x", None, FrozenDict(fields)),)
    )
    found = FORMAT.diff(OLD, new, "key")
    assert isinstance(found, edexml.DocumentDiff)
    assert found.proposals == ()
    assert {each.key for each in carried_over(OLD, new).document.leerlingen} == {"k1", "k2"}
    assert FORMAT.uncertain(new, "key") >= set(fields.values())


def test_nothing_follows_from_absence_where_a_record_shows_nobody() -> None:
    new = night(person("k2", None, "Bakker"), unreadable=(Unreadable("leerling[1]", "", "x"),))
    with pytest.raises(UsageError, match="show no key"):
        carried_over(OLD, new)
