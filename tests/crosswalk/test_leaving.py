"""What leaves the school: audiences and pseudonyms."""

import datetime as dt

import pytest

from magister_connect.crosswalk import SCHOOL, Audience, Pseudonymiser
from magister_connect.errors import UsageError
from magister_connect.identifiers import Brin, EckId, Hpgn, Identifier, Stamnummer, Stampseudoniem
from magister_connect.sandbox.school.identities import PUPIL_NUMBERS, synthetic_eck_id, synthetic_stampseudoniem

AMN, TOA = Audience("AMN"), Audience("TOA")
KEY = bytes(range(32))
ANNA, BRAM = PUPIL_NUMBERS[:2]
ONDERWIJSNUMMER = next(number for number in PUPIL_NUMBERS if number.kind == "onderwijsnummer")
NEVER: list[Identifier] = [ANNA, ONDERWIJSNUMMER, Hpgn("0" * 64), synthetic_stampseudoniem("1")]
ALLOWED: list[Identifier] = [Stamnummer("1", scope="99ZZ"), synthetic_eck_id("1"), Brin("99ZZ")]


@pytest.mark.parametrize("identifier", NEVER, ids=lambda one: one.kind)
def test_nobody_outside_is_sent_a_personal_number(identifier: Identifier) -> None:
    with pytest.raises(UsageError) as caught:
        AMN.check([*ALLOWED, identifier])
    assert identifier.reveal() not in str(caught.value)
    SCHOOL.check([identifier])


def test_a_stamnummer_and_an_eck_id_may_leave() -> None:
    AMN.check(ALLOWED)
    assert isinstance(ALLOWED[1], EckId)
    assert isinstance(NEVER[3], Stampseudoniem)


def test_rows_of_text_are_looked_at_too() -> None:
    AMN.check_texts([{"nr": "51155", "n": 1}])
    SCHOOL.check_texts([{"nr": ANNA.reveal()}])
    with pytest.raises(UsageError, match="row 1, column nr"):
        AMN.check_texts([{"nr": "51155"}, {"nr": ANNA.reveal()}])


@pytest.mark.parametrize(
    "cell",
    [
        " 111222333",
        "1112.22.333",
        "111 222 333",
        111222333,
        111222333.0,
        "111222333.0",
        "pupil 111222333, moved",
        "101222331",
        "63138219",
        63138219,
        "63138219.0",
        63138219.0,
        ANNA,
        "0" * 64,
        synthetic_stampseudoniem("1").reveal(),
    ],
    ids=lambda cell: type(cell).__name__,
)
def test_a_personal_number_in_any_form_does_not_leave(cell: object) -> None:
    with pytest.raises(UsageError, match="row 0, column nr"):
        AMN.check_texts([{"nr": cell}])


@pytest.mark.parametrize(
    "cell",
    [
        None,
        "",
        True,
        51155,
        7.5,
        float("nan"),
        "111222334",
        "0.111222333",
        "a111222333",
        "20100103",  # a BSN with a zero in front, and a day
        "0612345678",
        "2025-10-01 09:30:00",
        dt.datetime(2025, 10, 1, 9, 30, tzinfo=dt.UTC),
        synthetic_eck_id("1").reveal(),
        Stamnummer("51155", scope="99ZZ"),
    ],
    ids=lambda cell: type(cell).__name__,
)
def test_other_cells_may_leave(cell: object) -> None:
    AMN.check_texts([{"nr": cell}])


def test_a_pseudonym_is_the_same_for_one_audience_and_another_for_the_next() -> None:
    amn, toa = (Pseudonymiser(KEY, key_id="k1", audience=audience) for audience in (AMN, TOA))
    assert amn.of(ANNA) == Pseudonymiser(KEY, key_id="k1", audience=AMN).of(ANNA)
    assert (
        len({amn.of(ANNA), amn.of(BRAM), toa.of(ANNA), Pseudonymiser(KEY[::-1], key_id="k1", audience=AMN).of(ANNA)})
        == 4
    )
    assert amn.of(ANNA).startswith("k1:")
    assert len(amn.of(ANNA)) == 3 + 64


@pytest.mark.parametrize(("key", "key_id"), [(KEY[:31], "k1"), (b"", "k1"), (KEY, ""), (KEY, "a:b")])
def test_a_weak_key_is_refused(key: bytes, key_id: str) -> None:
    with pytest.raises(UsageError):
        Pseudonymiser(key, key_id=key_id, audience=AMN)


def test_a_key_is_not_shown() -> None:
    assert repr(Pseudonymiser(KEY, key_id="k1", audience=AMN)) == "Pseudonymiser(key_id='k1', audience='AMN')"


def test_an_audience_has_a_name() -> None:
    with pytest.raises(UsageError, match="name"):
        Audience(" ")


def test_a_text_gets_no_pseudonym() -> None:
    with pytest.raises(UsageError, match="identifier"):
        Pseudonymiser(bytes(32), key_id="k1", audience=Audience("AMN")).of("1")  # type: ignore[arg-type]  # the point
