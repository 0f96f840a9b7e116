"""The numbers of the simulated school: fixed, and nobody's."""

import hashlib

import pytest

from magister_connect.identifiers import EckId, PgnKind, Stampseudoniem, kind_of
from magister_connect.sandbox.school.identities import (
    FORMER_NUMBERS,
    KNOWN_VECTORS,
    PUPIL_NUMBERS,
    PUPILS_WITHOUT_NUMBER,
    STAFF_NUMBERS,
    is_synthetic,
    synthetic_eck_id,
    synthetic_stampseudoniem,
)

EVERYBODY = (*PUPIL_NUMBERS, *FORMER_NUMBERS.values(), *STAFF_NUMBERS)


def test_every_number_lies_where_no_number_was_issued() -> None:
    assert len(EVERYBODY) == len(set(EVERYBODY)) == 400 + 8 + 60
    assert all(number.reveal().startswith("0000") and is_synthetic(number.reveal()) for number in EVERYBODY)


def test_the_list_never_changes() -> None:
    text = " ".join(number.reveal() for number in EVERYBODY)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "5ba8564b92ad54b2"


def test_the_school_has_both_kinds_and_pupils_whose_number_changed() -> None:
    kinds = [number.kind for number in PUPIL_NUMBERS]
    assert (kinds.count("bsn"), kinds.count("onderwijsnummer")) == (376, 24)
    assert all(now.kind == "bsn" and now in PUPIL_NUMBERS for now in FORMER_NUMBERS)
    assert all(place < len(PUPIL_NUMBERS) for place in PUPILS_WITHOUT_NUMBER)


@pytest.mark.parametrize("text", KNOWN_VECTORS)
def test_published_examples_are_bsns(text: str) -> None:
    assert kind_of(text) == PgnKind.BSN
    assert is_synthetic(text)


def test_a_number_that_might_be_issued_is_not_synthetic() -> None:
    assert not is_synthetic("182071649")


def test_pseudonyms_come_from_labels() -> None:
    assert synthetic_eck_id("pupil 1") == synthetic_eck_id("pupil 1") != synthetic_eck_id("pupil 2")
    assert isinstance(synthetic_eck_id("pupil 1"), EckId)
    assert isinstance(synthetic_stampseudoniem("pupil 1"), Stampseudoniem)
