"""Questions to a crosswalk and its answers."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from magister_connect.crosswalk import (
    SCHOOL,
    Ambiguous,
    ConflictKind,
    Crosswalk,
    Link,
    Match,
    NoMatch,
    Period,
    Pseudonymiser,
    Reason,
    Succession,
)
from magister_connect.errors import MappingError, Responsible, UsageError
from magister_connect.identifiers import (
    Brin,
    Crebo,
    Identifier,
    Onderwijsnummer,
    Pgn,
    Role,
    Stamnummer,
    ToaGebruikersnaam,
)
from magister_connect.sandbox.school.identities import FORMER_NUMBERS, PUPIL_NUMBERS

DAY = dt.date(2025, 10, 1)
ANNA, BRAM, CEM = PUPIL_NUMBERS[0], PUPIL_NUMBERS[1], PUPIL_NUMBERS[2]
ANNA_BEFORE = FORMER_NUMBERS[ANNA]
THIS_YEAR = Period(dt.date(2025, 8, 1), dt.date(2026, 8, 1))


def stamnummer(number: int, scope: str = "99ZZ", role: Role = Role.PUPIL) -> Stamnummer:
    return Stamnummer.from_number(number, scope=scope, role=role)


def test_a_link_is_found_from_both_sides() -> None:
    crosswalk = Crosswalk([Link(ANNA, stamnummer(51155), source="replica")])
    forth = crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY)
    back = crosswalk.resolve(stamnummer(51155), to=Pgn, as_of=DAY)
    assert isinstance(forth, Match)
    assert forth.target == forth.or_raise() == stamnummer(51155)
    assert forth.links[0].source == "replica"
    assert back.or_raise() == ANNA


def test_a_kind_can_be_named_by_text() -> None:
    crosswalk = Crosswalk([Link(ANNA, stamnummer(51155))])
    assert crosswalk.resolve(ANNA, to="stamnummer", as_of=DAY).or_raise() == stamnummer(51155)
    with pytest.raises(UsageError):
        crosswalk.resolve(ANNA, to="leerlingnummer", as_of=DAY)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2025, 7, 31), Reason.NOT_YET_VALID),
        (dt.date(2025, 8, 1), None),
        (dt.date(2026, 7, 31), None),
        (dt.date(2026, 8, 1), Reason.EXPIRED),
        (None, None),
    ],
)
def test_a_period_holds_its_first_day_and_not_its_end(day: dt.date | None, expected: Reason | None) -> None:
    answer = Crosswalk([Link(ANNA, stamnummer(1), THIS_YEAR)]).resolve(ANNA, to=Stamnummer, as_of=day)
    assert (answer.reason if isinstance(answer, NoMatch) else None) == expected


def test_an_end_that_nobody_knows_is_open() -> None:
    assert Period.through(DAY, dt.date(9999, 12, 31)) == Period(DAY, None)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UsageError):
        Period(DAY, DAY)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Period(), Period(), True),
        (Period(None, DAY), Period(DAY, None), False),
        (Period(DAY, None), Period(None, DAY), False),
        (THIS_YEAR, Period.through(DAY, DAY), True),
    ],
)
def test_periods_overlap_in_both_directions(one: Period, other: Period, expected: bool) -> None:
    assert one.overlaps(other) is other.overlaps(one) is expected


def test_several_targets_are_never_chosen_between() -> None:
    crosswalk = Crosswalk([Link(ANNA, stamnummer(1)), Link(ANNA, stamnummer(2))])
    answer = crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY)
    assert isinstance(answer, Ambiguous)
    assert [one.target for one in answer.candidates] == [stamnummer(1), stamnummer(2)]
    assert answer.reason == Reason.AMBIGUOUS


def test_a_contradiction_says_conflict() -> None:
    links = [Link(ANNA, stamnummer(1), source="a"), Link(ANNA, stamnummer(2), source="b")]
    answer = Crosswalk(links, cardinality="n:1").resolve(ANNA, to=Stamnummer, as_of=DAY)
    assert isinstance(answer, Ambiguous)
    assert answer.reason == Reason.CONFLICT


@pytest.mark.parametrize(
    ("links", "cardinality", "kinds"),
    [
        ([(0, 1), (0, 2)], "1:1", [ConflictKind.TWO_RIGHTS]),
        ([(0, 1), (0, 2)], "n:1", [ConflictKind.TWO_RIGHTS]),
        ([(0, 1), (0, 2)], "1:n", []),
        ([(0, 1), (1, 1)], "1:n", [ConflictKind.TWO_LEFTS]),
        ([(0, 1), (1, 1)], "n:1", []),
        ([(0, 1), (0, 2), (1, 1)], "n:m", []),
        ([(0, 1), (0, 1)], "1:1", [ConflictKind.DUPLICATE]),
    ],
)
def test_conflicts_follow_from_the_cardinality(
    links: list[tuple[int, int]], cardinality: str, kinds: list[ConflictKind]
) -> None:
    crosswalk = Crosswalk(
        (Link(PUPIL_NUMBERS[left], stamnummer(right)) for left, right in links), cardinality=cardinality
    )
    assert [conflict.kind for conflict in crosswalk.conflicts] == kinds
    assert len(crosswalk) == len(links)


def test_a_strict_crosswalk_refuses_contradictions_without_telling_numbers() -> None:
    links = [Link(ANNA, stamnummer(51155)), Link(ANNA, stamnummer(51156))]
    with pytest.raises(MappingError) as caught:
        Crosswalk(links, cardinality="n:1", on_conflict="raise")
    assert caught.value.reason == Reason.CONFLICT
    assert caught.value.responsible == Responsible.SCHOOL
    assert f"{ANNA!r} to {links[0].right!r} and {ANNA!r} to {links[1].right!r}" in str(caught.value)
    assert "5115" not in str(caught.value)
    assert ANNA.reveal() not in str(caught.value)


def test_links_one_after_the_other_or_at_two_sites_do_not_contradict() -> None:
    last_year = Period(None, THIS_YEAR.begin)
    links = [
        Link(ANNA, stamnummer(1), last_year),
        Link(ANNA, stamnummer(2), THIS_YEAR, location="01"),
        Link(ANNA, stamnummer(3), THIS_YEAR, location="02"),
    ]
    crosswalk = Crosswalk(links, cardinality="n:1", on_conflict="raise")
    assert crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY, location="02").or_raise() == stamnummer(3)
    assert isinstance(crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY), Ambiguous)
    elsewhere = crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY, location="03")
    assert isinstance(elsewhere, NoMatch)


def test_the_same_link_in_two_periods_is_no_duplicate() -> None:
    assert THIS_YEAR.begin is not None
    links = [Link(ANNA, stamnummer(1), Period(None, THIS_YEAR.begin)), Link(ANNA, stamnummer(1), THIS_YEAR)]
    assert Crosswalk(links, cardinality="1:1").conflicts == ()


def test_what_nobody_knows_is_unknown_and_the_error_says_what_to_do() -> None:
    answer = Crosswalk().resolve(ANNA, to=Stamnummer, as_of=DAY)
    assert isinstance(answer, NoMatch)
    assert answer.reason == Reason.UNKNOWN
    assert "Set the record aside" in answer.advice
    with pytest.raises(MappingError) as caught:
        answer.or_raise()
    assert caught.value.reason == Reason.UNKNOWN
    assert caught.value.responsible == Responsible.NOBODY
    assert ANNA.reveal() not in str(caught.value)


def test_an_ambiguous_answer_raises_when_one_is_demanded() -> None:
    answer = Crosswalk([Link(ANNA, stamnummer(1)), Link(ANNA, stamnummer(2))]).resolve(ANNA, to=Stamnummer, as_of=DAY)
    assert isinstance(answer, Ambiguous)
    assert answer.advice
    with pytest.raises(MappingError, match="2 candidates"):
        answer.or_raise()


def test_a_way_may_lead_over_another_kind() -> None:
    toa = ToaGebruikersnaam("zz51155", scope="99ZZ")
    crosswalk = Crosswalk([Link(ANNA, stamnummer(51155)), Link(stamnummer(51155), toa, confidence=0.9)])
    found = crosswalk.resolve(ANNA, to=ToaGebruikersnaam, via=[Stamnummer], as_of=DAY)
    assert isinstance(found, Match)
    assert (found.target, len(found.links), found.confidence) == (toa, 2, 0.9)
    assert isinstance(crosswalk.resolve(ANNA, to=ToaGebruikersnaam, as_of=DAY), NoMatch)


def test_a_proposal_can_be_kept_out() -> None:
    crosswalk = Crosswalk([Link(ANNA, stamnummer(1), confidence=0.8)])
    answer = crosswalk.resolve(ANNA, to=Stamnummer, as_of=DAY, least_confidence=1)
    assert isinstance(answer, NoMatch)


@pytest.mark.parametrize("confidence", [-0.1, 1.1])
def test_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(UsageError):
        Link(ANNA, stamnummer(1), confidence=confidence)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(UsageError):
        Link(ANNA, stamnummer(1), seen_at=dt.datetime(2025, 10, 1))


def test_a_link_knows_its_other_side_and_shows_no_number() -> None:
    link = Link(ANNA, stamnummer(51155), born=dt.date(2012, 3, 4))
    with pytest.raises(UsageError):
        link.other_side(BRAM)
    assert not any(text in repr(link) for text in (ANNA.reveal(), "51155", "2012"))


# -- successions ----------------------------------------------------------------------------------------------------


def test_successions_are_followed_to_the_end() -> None:
    steps = [Succession(Crebo("25180"), Crebo("25187")), Succession(Crebo("25187"), Crebo("25998"), on=DAY)]
    crosswalk = Crosswalk(successions=steps)
    assert crosswalk.resolve(Crebo("25180"), to=Crebo, as_of=DAY).or_raise() == Crebo("25998")
    before = dt.date(2025, 1, 1)
    assert crosswalk.resolve(Crebo("25180"), to=Crebo, as_of=before).or_raise() == Crebo("25187")
    assert set(crosswalk.identifiers) == {Crebo("25180"), Crebo("25187"), Crebo("25998")}
    assert crosswalk.successors


def test_a_school_does_not_answer_for_what_was_merged_into_it() -> None:
    crosswalk = Crosswalk(
        [Link(Brin("99YY"), stamnummer(1))], successions=[Succession(Brin("99YY"), Brin("99ZZ"), on=DAY)]
    )
    assert isinstance(crosswalk.resolve(Brin("99ZZ"), to=Stamnummer, as_of=DAY), NoMatch)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_successions_in_a_circle_are_refused(size: int) -> None:
    codes = [Crebo.from_number(25180 + step) for step in range(size)]
    steps = [Succession(old, new) for old, new in zip(codes, [*codes[1:], codes[0]], strict=True)]
    with pytest.raises(MappingError, match="circle"):
        Crosswalk(successions=steps)


def test_two_ways_to_one_successor_are_no_circle() -> None:
    pairs = [("25180", "25181"), ("25180", "25182"), ("25181", "25183"), ("25182", "25183")]
    crosswalk = Crosswalk(successions=[Succession(Crebo(old), Crebo(new)) for old, new in pairs])
    assert crosswalk.successors.current(Crebo("25181")) == Crebo("25183")


def test_only_one_kind_succeeds_itself() -> None:
    with pytest.raises(UsageError):
        Succession(ANNA, stamnummer(1))


# -- many -----------------------------------------------------------------------------------------------------------


def test_many_questions_keep_their_order_and_are_counted() -> None:
    crosswalk = Crosswalk([Link(ANNA, stamnummer(1)), Link(CEM, stamnummer(3)), Link(CEM, stamnummer(4))])
    resolved = crosswalk.resolve_many([ANNA, BRAM, CEM, BRAM], to=Stamnummer, as_of=DAY)
    assert [answer.identifier for answer in resolved] == [ANNA, BRAM, CEM, BRAM]
    assert (len(resolved), len(resolved.matches), len(resolved.unmatched)) == (4, 1, 3)
    report = resolved.report
    assert dict(report.counts) == {"ambiguous": 1, "matched": 1, "unknown": 2}
    assert (report.total, report.unmatched, report.exit_code) == (4, 3, 1)


def test_a_report_shows_tags_and_suppresses_small_cells() -> None:
    report = Crosswalk().resolve_many([ANNA, BRAM], to=Stamnummer, as_of=DAY).report
    assert report.examples["unknown"] == (repr(ANNA), repr(BRAM))
    for shown in (
        report.to_csv(suppress_below=5),
        report.to_json(suppress_below=5),
        report.to_html(suppress_below=5).replace("&lt;", "<"),
    ):
        assert "<5" in shown
        assert "Set the record aside" in shown
        assert ANNA.reveal() not in shown
    assert str(report) == "unknown: 2"
    assert "<td>2</td>" in report._repr_html_()
    assert "<button" not in report._repr_html_()


def test_a_report_on_matches_alone_is_a_success() -> None:
    report = Crosswalk([Link(ANNA, stamnummer(1))]).resolve_many([ANNA], to=Stamnummer, as_of=DAY).report
    assert report.exit_code == 0
    assert list(report.rows()) == [("matched", "1", "")]


# -- deletion -------------------------------------------------------------------------------------------------------


def test_a_person_is_deleted_with_all_that_leads_to_it() -> None:
    toa = ToaGebruikersnaam("zz1", scope="99ZZ")
    crosswalk = Crosswalk(
        [
            Link(ANNA, stamnummer(1)),
            Link(stamnummer(1), toa),
            Link(BRAM, stamnummer(2)),
            Link(stamnummer(1), Brin("99ZZ")),
            Link(stamnummer(2), Brin("99ZZ")),
        ],
        successions=[Succession(ANNA_BEFORE, ANNA)],
    )
    assert crosswalk.person(toa) == {toa, stamnummer(1), ANNA, ANNA_BEFORE}
    left = crosswalk.deleted(ANNA)
    assert set(left.identifiers) == {BRAM, stamnummer(2), Brin("99ZZ")}
    assert ANNA not in left
    assert BRAM in left


LAST_YEAR = Period(dt.date(2024, 8, 1), dt.date(2025, 8, 1))
TOA = ToaGebruikersnaam("zz1", scope="99ZZ")


@pytest.mark.parametrize(
    ("links", "gone"),
    [
        ([], set()),
        ([Link(ANNA, stamnummer(1), LAST_YEAR)], {ANNA, stamnummer(1)}),
        ([Link(ANNA, stamnummer(1), LAST_YEAR), Link(stamnummer(1), TOA)], {ANNA, stamnummer(1), TOA}),
        ([Link(ANNA, stamnummer(1), LAST_YEAR), Link(ANNA, stamnummer(2), THIS_YEAR)], set()),
        ([Link(ANNA, stamnummer(1), LAST_YEAR), Link(stamnummer(1), TOA, THIS_YEAR)], set()),
        ([Link(ANNA, stamnummer(1), Period(None, LAST_YEAR.end))], {ANNA, stamnummer(1)}),
        ([Link(ANNA, stamnummer(1), Period(LAST_YEAR.begin, None))], set()),
        ([Link(ANNA, stamnummer(1), THIS_YEAR)], set()),
        ([Link(ANNA, stamnummer(1))], set()),
        ([Link(stamnummer(1), Brin("99ZZ"), LAST_YEAR)], {stamnummer(1)}),
        ([Link(Brin("99ZZ"), Crebo("25187"), LAST_YEAR)], set()),
    ],
)
def test_leavers_are_those_whose_last_dated_link_is_over(links: list[Link], gone: set[Identifier]) -> None:
    assert Crosswalk(links).leavers(dt.date(2025, 8, 1)) == gone
    assert Crosswalk(links).leavers(dt.date(2025, 7, 31)) == set()


def test_leavers_are_deleted_and_nobody_else() -> None:
    crosswalk = Crosswalk(
        [Link(ANNA, stamnummer(1), LAST_YEAR), Link(BRAM, stamnummer(2), THIS_YEAR), Link(stamnummer(2), Brin("99ZZ"))],
        successions=[Succession(ANNA_BEFORE, ANNA)],
    )
    left = crosswalk.deleted(*crosswalk.leavers(DAY))
    assert set(left.identifiers) == {BRAM, stamnummer(2), Brin("99ZZ")}
    assert set(left.deleted(*left.leavers(DAY)).identifiers) == set(left.identifiers)


def test_a_person_is_not_found_by_a_school() -> None:
    with pytest.raises(UsageError):
        Crosswalk().deleted(Brin("99ZZ"))


def test_a_crosswalk_grows_without_changing() -> None:
    small = Crosswalk([Link(ANNA, stamnummer(1))], cardinality="1:1")
    large = small.with_links([Link(BRAM, stamnummer(2))], [Succession(ANNA_BEFORE, ANNA)])
    assert (len(small), len(large), large.cardinality) == (1, 2, small.cardinality)
    assert len(large.links_of(ANNA)) == 1
    assert "2 links" in repr(large)


def test_two_kinds_of_identifier_never_answer_for_each_other() -> None:
    question: Identifier = Onderwijsnummer("101222331")
    assert isinstance(Crosswalk([Link(ANNA, stamnummer(1))]).resolve(question, to=Stamnummer, as_of=DAY), NoMatch)


PAIR: Any = ("a", "b")
TEXT: Any = ANNA.reveal()
MISTAKES: dict[str, Callable[[], Any]] = {
    "pairs for links": lambda: Crosswalk([PAIR]),
    "text for a succession": lambda: Crosswalk(successions=[TEXT]),
    "an unknown way with conflicts": lambda: Crosswalk(on_conflict=TEXT),
    "text as a day": lambda: Crosswalk().resolve(ANNA, to=Stamnummer, as_of=TEXT),
    "a moment as a day": lambda: Crosswalk().resolve(
        ANNA, to=Stamnummer, as_of=dt.datetime(2025, 10, 1, tzinfo=dt.UTC)
    ),
    "text in a period": lambda: Period(TEXT, None),
    "a moment in a period": lambda: Period(None, dt.datetime(2025, 10, 1, tzinfo=dt.UTC)),
    "text as a day of succession": lambda: Succession(ANNA_BEFORE, ANNA, on=TEXT),
    "text as a person": lambda: Crosswalk().deleted(TEXT),
    "text as a day of leaving": lambda: Crosswalk().leavers(TEXT),
    "text as a key": lambda: Pseudonymiser(TEXT * 9, key_id="k1", audience=SCHOOL),
    "text as a role": lambda: Stamnummer("1", scope="99ZZ", role=TEXT),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_value_of_another_type_is_the_caller_s_move(mistake: Callable[[], object]) -> None:
    with pytest.raises(UsageError) as caught:
        mistake()
    assert TEXT not in str(caught.value)
