"""What changed between two states of a crosswalk."""

import datetime as dt

import pytest

from magister_connect.crosswalk import Crosswalk, Link, Period, Succession, diff
from magister_connect.errors import MappingError, Reason
from magister_connect.identifiers import Stamnummer
from magister_connect.sandbox.school.identities import FORMER_NUMBERS, PUPIL_NUMBERS

DAY = dt.date(2025, 10, 1)
ANNA, BRAM, CEM = PUPIL_NUMBERS[:3]


def stamnummer(number: int) -> Stamnummer:
    return Stamnummer.from_number(number, scope="99ZZ")


OLD = Crosswalk([Link(ANNA, stamnummer(1)), Link(BRAM, stamnummer(2))])


def test_added_removed_and_changed_links_are_told_apart() -> None:
    new = Crosswalk([Link(ANNA, stamnummer(1), Period(None, DAY)), Link(CEM, stamnummer(3))])
    found = diff(OLD, new)
    assert dict(found.counts) == {"added": 1, "removed": 1, "changed": 1, "rekeyed": 0, "superseded": 0}
    assert (found.added[0].left, found.removed[0].left) == (CEM, BRAM)
    assert (found.changed[0].before[0].period, found.changed[0].after[0].period) == (Period(), Period(None, DAY))
    assert found.share_removed == 0.5


def test_when_a_link_was_seen_is_no_change() -> None:
    new = Crosswalk([Link(link.left, link.right, seen_at=dt.datetime.now(dt.UTC)) for link in OLD.links])
    assert set(diff(OLD, new).counts.values()) == {0}
    diff(OLD, new).check()


def test_pitfall_05_a_stamnummer_that_means_somebody_else_stops_everything() -> None:
    found = diff(OLD, Crosswalk([Link(CEM, stamnummer(1)), Link(BRAM, stamnummer(2))]))
    (one,) = found.rekeyed
    assert (one.identifier, one.before, one.after, one.by_birth_date) == (stamnummer(1), (ANNA,), (CEM,), False)
    with pytest.raises(MappingError) as caught:
        found.check(most_removed=1)
    assert caught.value.reason == Reason.CONFLICT
    assert CEM.reveal() not in str(caught.value)


def test_pitfall_05_also_where_the_old_link_only_ended() -> None:
    new = [Link(ANNA, stamnummer(1), Period(None, DAY)), Link(CEM, stamnummer(1), Period(DAY, None)), OLD.links[1]]
    assert len(diff(OLD, Crosswalk(new)).rekeyed) == 1


def test_pitfall_05_also_where_only_the_birth_date_tells() -> None:
    login = stamnummer(1)
    old, new = (Crosswalk([Link(login, Stamnummer("9", scope="99YY"), born=dt.date(2012, 1, day))]) for day in (1, 2))
    assert [one.by_birth_date for one in diff(old, new).rekeyed] == [True, True]
    assert diff(old, old).rekeyed == ()


def test_a_number_that_was_superseded_is_no_other_person() -> None:
    before = FORMER_NUMBERS[ANNA]
    old = Crosswalk([Link(before, stamnummer(1))])
    new = Crosswalk([Link(ANNA, stamnummer(1))], successions=[Succession(before, ANNA)])
    found = diff(old, new)
    assert (len(found.superseded), found.rekeyed) == (1, ())


def test_a_new_number_of_the_same_person_is_fine() -> None:
    new = Crosswalk([*OLD.links, Link(ANNA, stamnummer(8))])
    assert diff(OLD, new).rekeyed == ()


def test_too_much_that_is_gone_stops_as_well() -> None:
    found = diff(OLD, Crosswalk(OLD.links[:1]))
    found.check(most_removed=0.5)
    with pytest.raises(MappingError, match=r"50\.0%"):
        found.check()
    assert diff(Crosswalk(), OLD).share_removed == 0
    assert ANNA.reveal() not in repr(found)
