"""What changed between two documents, as proposals that are approved one by one."""

import datetime as dt
import json
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect import edexml
from magister_connect.edexml import Document, Groep, Jaargroep, Leerkracht, Leerling, School
from magister_connect.errors import FieldInvalid, UsageError

SCHOOL = School("2025-2026", brincode="99XX")
GROUPS = (Groep("a", "5a", Jaargroep.GROEP_5), Groep("b", "5b", Jaargroep.GROEP_5))


def pupil(key: str, **fields: object) -> Leerling:
    return attrs.evolve(Leerling(key, roepnaam=f"R{key}", groep="a"), **fields)  # type: ignore[arg-type]


def school(*pupils: Leerling, groups: tuple[Groep, ...] = GROUPS, staff: tuple[Leerkracht, ...] = ()) -> Document:
    return Document(SCHOOL, groepen=groups, leerlingen=pupils, leerkrachten=staff)


OLD = school(*(pupil(str(number)) for number in range(1, 31)))


def changed(key: str, **fields: object) -> Document:
    return school(*(attrs.evolve(one, **fields) if one.key == key else one for one in OLD.leerlingen))  # type: ignore[arg-type]


def test_equal_documents_do_not_differ() -> None:
    difference = edexml.diff(OLD, OLD)
    assert difference.proposals == ()
    assert (difference.left_share, difference.same_year, difference.stops()) == (0, True, False)


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({"groep": "b"}, ["changed", "moved"]),
        ({"jaargroep": Jaargroep.GROEP_6}, ["changed", "moved"]),
        ({"roepnaam": "Anders"}, ["changed", "renamed"]),
        ({"emailadres": "x@school.example"}, ["changed"]),
        ({"mutatiedatum": None, "extra": ()}, []),
    ],
)
def test_a_change_is_told_by_its_kind(fields: dict[str, object], kinds: list[str]) -> None:
    difference = edexml.diff(OLD, changed("7", **fields))
    told = [name for name in ("added", "changed", "left", "moved", "renamed") if getattr(difference, name)]
    assert told == kinds
    assert [(one.key, one.field) for one in difference.proposals] == [("7", name) for name in fields if kinds]


def test_who_came_and_who_left_is_told() -> None:
    difference = edexml.diff(OLD, school(*OLD.leerlingen[1:], pupil("99")))
    assert (difference.added, difference.left) == ({"leerling": ("99",)}, {"leerling": ("1",)})
    assert [one.action for one in difference.proposals] == ["add", "remove"]
    assert difference.left_share == pytest.approx(1 / 30)
    assert not difference.stops()
    assert difference.stops(0.01)


@pytest.mark.parametrize(
    ("before", "after", "certain"),
    [
        ({"eckid": "e"}, {"eckid": "e", "roepnaam": "Anders"}, True),
        ({"achternaam": "D", "geboortedatum": "2015"}, {"achternaam": "D", "geboortedatum": "2015"}, False),
    ],
)
def test_somebody_with_another_key_is_recognised(
    before: dict[str, object], after: dict[str, object], certain: bool
) -> None:
    old, new = school(pupil("1", **before)), school(attrs.evolve(pupil("1", **after), key="K1"))
    difference = edexml.diff(old, new)
    assert [(one.old_key, one.new_key, one.certain) for one in difference.rekeyed] == [("1", "K1", certain)]
    assert (difference.added, difference.left) == ({}, {})
    assert edexml.apply(old, difference.proposals) == new


def test_twins_in_looks_are_not_taken_for_each_other() -> None:
    born = {"achternaam": "D", "geboortedatum": "2015", "roepnaam": "F"}
    old = school(pupil("1", **born), pupil("2", **born))
    new = school(pupil("3", **born), pupil("4", **born))
    assert edexml.diff(old, new).rekeyed == ()


def test_groups_that_are_joined_or_split_are_told() -> None:
    half = school(*(pupil(str(n), groep="a" if n <= 15 else "b") for n in range(1, 31)))
    assert edexml.diff(half, OLD).merged == (edexml.GroupChange(("a", "b"), ("a",)),)
    assert edexml.diff(OLD, half).split == (edexml.GroupChange(("a",), ("a", "b")),)
    assert edexml.diff(OLD, half).merged == ()


def test_approved_proposals_are_applied_and_others_not() -> None:
    new = school(*OLD.leerlingen[1:-1], pupil("30", roepnaam="Anders", emailadres="x@school.example"), pupil("99"))
    proposals = edexml.diff(OLD, new).proposals
    assert edexml.apply(OLD, proposals) == new
    approved = [one for one in proposals if one.field == "roepnaam"]
    applied = edexml.apply(OLD, approved)
    assert (applied.leerlingen[-1].roepnaam, applied.leerlingen[-1].emailadres) == ("Anders", None)
    assert edexml.apply(OLD, []) == OLD


def test_groups_and_staff_are_compared_and_applied_too() -> None:
    staff = Leerkracht("1", roepnaam="M", groepen=(edexml.GroepReferentie("c"),))
    group = Groep("c", "6a", Jaargroep.GROEP_6)
    new = school(*OLD.leerlingen, groups=(*GROUPS, group), staff=(staff,))
    difference = edexml.diff(OLD, new)
    assert difference.added == {"groep": ("c",), "leerkracht": ("1",)}
    assert edexml.apply(OLD, difference.proposals) == new


def test_a_parent_proposes_and_the_school_decides() -> None:
    (proposal,) = edexml.propose_changes(OLD.leerlingen[0], emailadres="x@school.example", roepnaam="R1")
    assert (proposal.current, proposal.proposed) == (None, "x@school.example")
    assert repr(proposal) == "<Proposal: change leerling.emailadres>"
    assert edexml.apply(OLD, [proposal]).leerlingen[0].emailadres == "x@school.example"
    with pytest.raises(UsageError):
        edexml.propose_changes(OLD.leerlingen[0], onzin="x")


@pytest.mark.parametrize(
    "approved",
    [
        edexml.Proposal("leerling", "1", "roepnaam", "Oud", "Nieuw"),
        edexml.Proposal("leerling", "77", "roepnaam", None, "Nieuw"),
        edexml.Proposal("leerling", "1", None, None, pupil("1")),
        edexml.Proposal("leerling", "99", None, None, GROUPS[0]),
        edexml.Proposal("leerling", "1", "key", "1", "2"),
        edexml.Proposal("leerling", "77", "key", "77", "78"),
        edexml.Proposal("leerling", "1", "key", "2", "78"),
        edexml.Proposal("leerling", "1", "groep", "a", "nergens"),
        edexml.Proposal("groep", "a", None, GROUPS[0], None),
        edexml.Proposal("onzin", "1", "roepnaam", "R1", "x"),
    ],
)
def test_a_proposal_that_does_not_fit_is_refused(approved: edexml.Proposal) -> None:
    with pytest.raises(UsageError):
        edexml.apply(OLD, [approved])


def test_too_many_leavers_stop_the_update() -> None:
    proposals = edexml.diff(OLD, school(*OLD.leerlingen[:20])).proposals
    with pytest.raises(UsageError, match="More than 5%"):
        edexml.apply(OLD, proposals)
    assert len(edexml.apply(OLD, proposals, most_left=None).leerlingen) == 20


def test_two_schools_are_not_compared() -> None:
    with pytest.raises(UsageError):
        edexml.diff(OLD, attrs.evolve(OLD, school=School("2025-2026", brincode="98XX")))


def test_neither_differences_nor_proposals_show_values() -> None:
    difference = edexml.diff(OLD, changed("7", roepnaam="Anders"))
    assert "Anders" not in repr((difference, difference.proposals, difference.rekeyed))
    assert repr(difference) == "<DocumentDiff: 0 added, 0 left, 0 moved, 1 proposals>"


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: edexml.diff(OLD, "new.xml"), "read"),  # type: ignore[arg-type]  # the point of the test
        (lambda: edexml.apply(OLD, ["x"]), "proposals"),  # type: ignore[list-item]  # as above
        (lambda: edexml.write({}, "out.xml"), "dict"),  # type: ignore[arg-type]  # as above
        (lambda: edexml.to_bytes(None), "NoneType"),  # type: ignore[arg-type]  # as above
    ],
)
def test_what_is_no_document_is_refused_by_its_class(mistake: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        mistake()


def test_proposals_stand_in_the_order_of_the_document() -> None:
    new = school(*(attrs.evolve(one, roepnaam="Z") for one in OLD.leerlingen))
    keys = [proposal.key for proposal in edexml.diff(OLD, new).proposals]
    assert keys == [pupil.key for pupil in OLD.leerlingen]


def test_somebody_with_the_dummy_key_of_another_is_not_taken_for_that_one() -> None:
    difference = edexml.diff(school(pupil("#001", roepnaam="Fenna")), school(pupil("#001", roepnaam="Joep")))
    assert (difference.left, difference.added) == ({"leerling": ("#001",)}, {"leerling": ("#001",)})
    assert (difference.changed, difference.rekeyed) == ({}, ())
    assert [proposal.action for proposal in difference.proposals] == ["remove", "add"]


def test_somebody_who_keeps_a_dummy_key_by_chance_has_no_other_key() -> None:
    old, new = school(pupil("#001", eckid="e")), school(pupil("#001", eckid="e", roepnaam="Anders"))
    difference = edexml.diff(old, new)
    assert (difference.rekeyed, difference.renamed) == ((), {"leerling": ("#001",)})
    assert edexml.apply(old, difference.proposals) == new


def test_dummy_keys_that_were_exchanged_are_exchanged() -> None:
    old = school(pupil("#001", eckid="a", roepnaam="Fenna"), pupil("#002", eckid="b", roepnaam="Joep"))
    new = school(pupil("#002", eckid="a", roepnaam="Fenna"), pupil("#001", eckid="b", roepnaam="Joep"))
    difference = edexml.diff(old, new)
    assert [(one.old_key, one.new_key, one.certain) for one in difference.rekeyed] == [
        ("#001", "#002", True),
        ("#002", "#001", True),
    ]
    assert edexml.apply(old, difference.proposals) == new


def test_one_key_cannot_be_given_to_two() -> None:
    both = [edexml.Proposal("leerling", key, "key", key, "new") for key in ("1", "2")]
    with pytest.raises(UsageError, match="does not fit"):
        edexml.apply(OLD, both)


PERSONS = st.lists(st.tuples(st.integers(0, 7), st.booleans(), st.sampled_from("ab")), unique_by=lambda one: one[0])


def populated(persons: list[tuple[int, bool, str]], start: int, *, lasting: bool) -> Document:
    """Some of eight people, with or without an ECK iD, under lasting keys or dummies that are given out anew."""
    return school(
        *(
            pupil(
                str(who) if lasting and who < 4 else edexml.dummy_key((at + start) % 8),
                roepnaam=f"R{who}",
                achternaam="D",
                geboortedatum=dt.date(2012, 1, 1 + who),
                eckid=f"e{who}" if has_eckid else None,
                groep=group,
            )
            for at, (who, has_eckid, group) in enumerate(persons)
        )
    )


@given(before=PERSONS, after=PERSONS, start=st.integers(0, 7), lasting=st.booleans())
def test_all_that_differs_makes_of_the_older_document_the_newer_one(
    before: list[tuple[int, bool, str]], after: list[tuple[int, bool, str]], start: int, lasting: bool
) -> None:
    old, new = populated(before, 0, lasting=lasting), populated(after, start, lasting=lasting)
    difference = edexml.diff(old, new)
    applied = edexml.apply(old, difference.proposals, most_left=None)
    assert {one.key: one for one in applied.leerlingen} == {one.key: one for one in new.leerlingen}
    stayed = {who for who, _, _ in before} & {who for who, _, _ in after}
    assert len(difference.left.get("leerling", ())) == len(before) - len(stayed)


# -- as plain data --------------------------------------------------------------------------------------------------

STAFF = Leerkracht(
    "t1",
    achternaam="Boersma",
    rollen=(edexml.Rol.LEERKRACHT, "LRK"),
    groepen=(edexml.GroepReferentie("a", ("mentor",)), edexml.SamengesteldeGroepReferentie("s")),
)
BLOCKS = (
    edexml.Opmerking("A", opmerking="let op"),
    edexml.LvsGegevens("L", rugzakleerling=True),
    edexml.OnbekendBlok("K", xsi_type="Kluis", inhoud="<nummer>1</nummer>"),
)


def test_proposals_that_were_written_and_revealed_read_back_and_can_be_applied() -> None:
    combined = (edexml.SamengesteldeGroep("s", "ned"),)
    old = attrs.evolve(OLD, leerkrachten=(STAFF,), samengestelde_groepen=combined)
    first = attrs.evolve(
        OLD.leerlingen[0],
        geboortedatum=dt.date(2015, 5, 4),
        jaargroep=Jaargroep.GROEP_6,
        mutatiedatum=dt.datetime(2025, 9, 1, 8, 30),
        samengestelde_groepen=("s",),
        toevoegingen=BLOCKS,
    )
    teacher = attrs.evolve(STAFF, rollen=("IB", edexml.Rol.INTERN_BEGELEIDER), groepen=STAFF.groepen[::-1])
    came = pupil("99", eckid="e", toevoegingen=BLOCKS)
    new = attrs.evolve(old, leerlingen=(first, *OLD.leerlingen[2:], came), leerkrachten=(teacher,))
    difference = edexml.diff(old, new)
    assert {one.action for one in difference.proposals} == {"add", "remove", "change"}
    back = edexml.DocumentDiff.from_dict(json.loads(difference.to_json(reveal=True)))
    assert back == difference
    assert edexml.apply(old, back.proposals) == new
    assert all(edexml.Proposal.from_dict(one.to_dict(reveal=True)) == one for one in difference.proposals)


def test_plain_data_of_a_difference_name_nobody_unless_they_are_revealed() -> None:
    old = school(pupil("geheim-1", achternaam="Dijkman"), pupil("geheim-2"))
    new = school(pupil("geheim-1", achternaam="Bakker"), pupil("geheim-3", roepnaam="Fenna"))
    text = edexml.diff(old, new).to_json()
    assert not [word for word in ("geheim", "Dijkman", "Bakker", "Fenna") if word in text]


@pytest.mark.parametrize("change", [{"kind": "onzin"}, {"field": "onzin"}, {"key": 7}, {"current": 7}])
def test_what_is_no_proposal_is_refused(change: dict[str, object]) -> None:
    (proposal,) = edexml.propose_changes(OLD.leerlingen[0], emailadres="x@school.example")
    with pytest.raises((FieldInvalid, UsageError)):
        edexml.apply(OLD, [edexml.Proposal.from_dict({**proposal.to_dict(reveal=True), **change})])


def test_a_whole_document_reads_back_from_plain_data() -> None:
    whole = attrs.evolve(OLD, leerkrachten=(STAFF,), leerlingen=(pupil("1", toevoegingen=BLOCKS),))
    assert Document.from_dict(json.loads(whole.to_json(reveal=True))) == whole
