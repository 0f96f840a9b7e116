"""hPGNs: the official vectors, what may be hashed, and many at once."""

from collections.abc import Iterator

import pytest

from magister_connect.core.secrets import Secret
from magister_connect.errors import MappingError, UsageError
from magister_connect.identifiers import Bsn, Hpgn, Pgn
from magister_connect.nummervoorziening import (
    COST_BEFORE_2016,
    COST_NOW,
    TEST_SALT,
    ScryptCost,
    hpgn,
    hpgn_many,
    teacher_hpgn,
    workers_within,
)
from magister_connect.nummervoorziening.hashing import hash_text
from magister_connect.sandbox.school.identities import PUPIL_NUMBERS

CHEAP = ScryptCost(16, 8, 1)  # the same function, for tests of what stands around it


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (COST_NOW, "9735dfd2235eaeb5f0300886bcc99c82ffc1d6420c4e0bde8de7218def2135fa"),
        (COST_BEFORE_2016, "95237cd20963e630034620324550809a3df98bbe0774a36c356bf5dbc8a65e7b"),
    ],
)
def test_the_official_vector_of_a_pupil(cost: ScryptCost, expected: str) -> None:
    assert hpgn("063138219", salt=TEST_SALT, cost=cost).reveal() == expected


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (COST_NOW, "0b870ff044775ef0360655c40d5b284b7e3ae2b72207a6894794d787eb019e60"),
        (COST_BEFORE_2016, "4cadf651ec0197909e6432cb8347369adba39f44276a5b3cd59d17066f10ab3e"),
    ],
)
def test_the_official_vector_of_a_teacher(cost: ScryptCost, expected: str) -> None:
    assert teacher_hpgn("20DP", "Teacher@school.com", salt=Secret(TEST_SALT), cost=cost).reveal() == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("63138219", "189baef90e1a5dc2efb1bf9083f4e528a97ddb914ae5ddd33b29b87878ae1062"),
        (" 063138219", "936e62f5a4f3b14dc3fce08387bea8623766680725268bfeb9ca755d9bde5549"),
        ("111222333", "198f589be1abfc1bee137886f9aca33f8644dc71742ebe89fb0fc25f7fdd509a"),
        ("INPUT", "1aa37216aeaae8b2daccb4565a757c0e7d29695faa006123cea118b49412a412"),
    ],
)
def test_the_hash_itself_takes_any_text_as_the_reference_clients_do(text: str, expected: str) -> None:
    assert hash_text(text, TEST_SALT, COST_NOW).reveal() == expected


@pytest.mark.parametrize("text", ["63138219", " 063138219", "063138219.0", "063138218", "", "INPUT"])
def test_only_a_personal_number_is_hashed(text: str) -> None:
    with pytest.raises(MappingError):
        hpgn(text, salt=TEST_SALT, cost=CHEAP)


@pytest.mark.parametrize(("brin", "email"), [("20dp", "a@b"), ("20DP", "a b"), ("20DP", "a@b@c"), ("20DP", "")])
def test_a_teacher_has_a_brin_and_an_address(brin: str, email: str) -> None:
    with pytest.raises(MappingError):
        teacher_hpgn(brin, email, salt=TEST_SALT, cost=CHEAP)


@pytest.mark.parametrize("salt", ["", "not base64", "rktYml0MIp9TC9u6Ny6uqw"])
def test_a_salt_that_is_not_base64_is_refused_without_being_told(salt: str) -> None:
    with pytest.raises(UsageError) as caught:
        hpgn("063138219", salt=salt)
    assert not salt or salt not in str(caught.value)


def test_one_computation_needs_134_million_bytes() -> None:
    assert COST_NOW.memory == 134_223_872


# -- many -----------------------------------------------------------------------------------------------------------


def test_many_come_in_their_order_and_each_is_computed_once() -> None:
    numbers = [*PUPIL_NUMBERS[:5], PUPIL_NUMBERS[0]]
    seen: list[tuple[int, int]] = []
    pairs = list(hpgn_many(numbers, salt=TEST_SALT, cost=CHEAP, cores=2, progress=lambda *done: seen.append(done)))
    assert [number for number, _ in pairs] == numbers
    assert [found for _, found in pairs] == [hpgn(number, salt=TEST_SALT, cost=CHEAP) for number in numbers]
    assert seen == [(place, 6) for place in range(1, 7)]


def test_what_an_earlier_run_computed_is_not_computed_again() -> None:
    kept = Hpgn("0" * 64)
    pairs = dict(hpgn_many(PUPIL_NUMBERS[:3], salt=TEST_SALT, cost=CHEAP, computed={PUPIL_NUMBERS[1]: kept}))
    assert pairs[PUPIL_NUMBERS[1]] is kept
    assert pairs[PUPIL_NUMBERS[0]] == hpgn(PUPIL_NUMBERS[0], salt=TEST_SALT, cost=CHEAP)


def test_a_bad_number_is_found_before_anything_is_computed() -> None:
    with pytest.raises(MappingError) as caught:
        hpgn_many([*(number.reveal() for number in PUPIL_NUMBERS[:3]), "111222334"], salt=TEST_SALT)
    assert caught.value.where == "pgns[3]"
    assert "111222334" not in str(caught.value)


def test_stopping_early_leaves_nothing_behind() -> None:
    results: Iterator[tuple[Pgn, Hpgn]] = hpgn_many(PUPIL_NUMBERS, salt=TEST_SALT, cost=CHEAP, cores=2)
    first, _ = next(results)
    assert isinstance(first, Bsn)
    results.close()  # type: ignore[attr-defined]  # a generator


@pytest.mark.parametrize(("memory", "cores", "expected"), [(134_223_872, 8, 1), (2**30, 4, 4), (2**30, 64, 7)])
def test_workers_are_bounded_by_memory_and_by_cores(memory: int, cores: int, expected: int) -> None:
    assert workers_within(memory, cores=cores) == expected


def test_too_little_memory_for_one_is_said_at_once() -> None:
    with pytest.raises(UsageError, match="134223872"):
        hpgn_many(PUPIL_NUMBERS, salt=TEST_SALT, memory=134_000_000)


@pytest.mark.parametrize("numbers", [(15, 8, 1), (1, 8, 1), (16, 0, 1), (16, 8, 0)])
def test_a_cost_that_scrypt_does_not_know_is_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(UsageError, match="power of two"):
        ScryptCost(*numbers)
