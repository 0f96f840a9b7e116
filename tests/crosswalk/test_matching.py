"""Proposals for people who share no number."""

import datetime as dt

import pytest

from magister_connect.crosswalk import Candidate, Crosswalk, Person, decide, propose_matches
from magister_connect.crosswalk.matching import first_name_of, initials_of, surname_of
from magister_connect.errors import UsageError
from magister_connect.identifiers import Stamnummer, ToaGebruikersnaam

BORN = dt.date(2012, 3, 4)
NOW = dt.datetime(2025, 10, 1, 9, 0, tzinfo=dt.UTC)


def ours(number: int, achternaam: str, born: dt.date = BORN, **more: str) -> Person:
    return Person(Stamnummer.from_number(number, scope="99ZZ"), born, achternaam, **more)


def theirs(name: str, achternaam: str, born: dt.date = BORN, **more: str) -> Person:
    return Person(ToaGebruikersnaam(name, scope="99ZZ"), born, achternaam, **more)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("van den Berg", "Berg"),
        ("Dijkstra", "Dykstra"),
        ("Jansen-de Vries", "Vries, Jansen"),
        ("G\u00fcl", "Gul"),
        ("IJsbrand", "ysbrand"),
        ("'t Hart", "Hart"),
        ("de", "DE"),
    ],
)
def test_one_surname_in_two_forms_is_one_surname(one: str, other: str) -> None:
    assert surname_of(one) == surname_of(other)


@pytest.mark.parametrize(
    ("text", "initials"), [("J.P.", "jp"), ("JP", "jp"), ("Jan Pieter", "jp"), ("J P", "jp"), ("", "")]
)
def test_initials_come_from_initials_and_from_names(text: str, initials: str) -> None:
    assert initials_of(text) == initials


def test_the_first_of_the_first_names_counts() -> None:
    assert (first_name_of("Jan-Pieter Maria"), first_name_of("")) == ("jan", "")


@pytest.mark.parametrize(
    ("born", "reason"),
    [
        (BORN, "same birth date"),
        (dt.date(2012, 4, 3), "birth dates differ by a typing error"),
        (dt.date(2011, 3, 4), "birth dates differ by a typing error"),
        (dt.date(2012, 3, 5), "birth dates differ by a typing error"),
        (dt.date(2012, 9, 4), "birth dates differ by a typing error"),
    ],
)
def test_the_same_person_is_proposed_with_reasons(born: dt.date, reason: str) -> None:
    (found,) = propose_matches(
        [ours(1, "van Dijk", roepnaam="Sanne", voornamen="Susanna Maria", voorletters="S.M.", postcode="1234 ab")],
        [theirs("t1", "Dyk", born, roepnaam="Susanna", voorletters="SM", postcode="1234AB")],
    )
    assert found.reasons == (reason, "surname 100%", "first name 100%", "initials 100%", "postcode 100%")
    assert found.score == (1.0 if born == BORN else 0.9)


@pytest.mark.parametrize(("least", "proposed"), [(0.9, 1), (0.91, 0)])
def test_only_who_reaches_the_least_score_is_proposed(least: float, proposed: int) -> None:
    slip = theirs("t1", "Dijk", dt.date(2012, 9, 4), roepnaam="Sanne")
    mine = ours(1, "van Dijk", roepnaam="Sanne")
    assert len(propose_matches([mine], [slip], least_score=least)) == proposed


@pytest.mark.parametrize(
    "other",
    [
        theirs("t1", "Bakker", roepnaam="Sanne"),
        theirs("t1", "van Dijk", dt.date(2010, 8, 9), roepnaam="Sanne"),
        theirs("t1", "van Dijk", roepnaam="Bartholomeus"),
        theirs("t1", "van Dijk", roepnaam="Sanne", last_four="1111"),
    ],
)
def test_another_person_is_not_proposed(other: Person) -> None:
    assert propose_matches([ours(1, "van Dijk", roepnaam="Sanne", last_four="2222")], [other]) == ()


def test_the_most_alike_come_first() -> None:
    found = propose_matches(
        [ours(1, "Jansen", roepnaam="Tim")],
        [theirs("a", "Janssen", roepnaam="Timo"), theirs("b", "Jansen", roepnaam="Tim")],
    )
    assert [one.right.reveal() for one in found] == ["b", "a"]


TWINS = [ours(1, "de Boer", roepnaam="Lotte"), ours(2, "de Boer", roepnaam="Fenna")]


def test_pitfall_18_twins_are_told_apart_by_first_name_alone() -> None:
    certain = [one for one in propose_matches(TWINS, [theirs("t1", "Boer", roepnaam="Lotte")]) if not one.undecided]
    assert [one.left for one in certain] == [TWINS[0].identifier]


def test_pitfall_18_twins_without_first_name_cannot_be_decided() -> None:
    found = propose_matches(TWINS, [theirs("t1", "Boer")])
    assert len(found) == 2
    for candidate in found:
        with pytest.raises(UsageError, match=r"twins.*first name.*on both sides"):
            decide(candidate, by="de administratie", at=NOW)


def test_pitfall_18_twins_are_told_apart_by_their_last_four_digits() -> None:
    twins = [ours(1, "de Boer", last_four="1111"), ours(2, "de Boer", last_four="2222")]
    (found,) = propose_matches(twins, [theirs("t1", "Boer", last_four="2222")])
    assert (found.left, found.undecided) == (twins[1].identifier, "")
    assert "same last four digits" in found.reasons


def test_a_decision_is_a_link_with_who_and_when() -> None:
    (candidate,) = propose_matches([ours(1, "Jansen", roepnaam="Tim")], [theirs("b", "Jansen", roepnaam="Tim")])
    link = decide(candidate, by="de administratie", at=NOW)
    assert (link.source, link.decided_by, link.seen_at, link.confidence) == ("manual", "de administratie", NOW, 1.0)
    assert Crosswalk([link]).resolve(candidate.left, to=ToaGebruikersnaam, as_of=None).or_raise() == candidate.right


def test_neither_people_nor_candidates_show_a_name_or_a_number() -> None:
    person = ours(51155, "van Dijk", roepnaam="Sanne")
    shown = repr(person) + repr(Candidate(person.identifier, person.identifier, 1, ()))
    assert not any(text in shown for text in ("Dijk", "Sanne", "51155", "2012"))
