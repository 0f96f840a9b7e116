"""Personal numbers are found wherever a log or a file may hold them, and are not repeated in the error."""

import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from magister_connect.core.secrets import redact
from magister_connect.errors import UsageError
from magister_connect.testing import assert_no_personal_numbers
from magister_connect.testing.privacy import spelled_numbers

NUMBER = "111222333"
LOGGER = logging.getLogger("my_integration")


Log = Callable[[], None]


def log_message() -> None:
    LOGGER.warning("pupil %s", NUMBER)


def log_traceback() -> None:
    try:
        int(f"{NUMBER}.")
    except ValueError:
        LOGGER.exception("failed")


def log_extra() -> None:
    LOGGER.warning("pupil", extra={"pgn": NUMBER})


def log_extra_inside() -> None:
    LOGGER.warning("pupil", extra={"context": {"pupils": [{"pgn": int(NUMBER)}]}})


def log_by_its_name() -> None:
    logging.getLogger(f"pupil.{NUMBER}").warning("failed")


@pytest.mark.shows_numbers
@pytest.mark.parametrize(
    ("log", "place"),
    [
        (log_message, r"in: my_integration \(test_privacy.py:\d+\) \(nine digits\)\."),
        (log_traceback, "traceback of my_integration"),
        (log_extra, "pgn of my_integration"),
        (log_extra_inside, "context of my_integration"),
        (log_by_its_name, r"the name of pupil\.\*\*\* \(test_privacy.py:\d+\)"),
    ],
)
def test_a_number_in_a_log_is_found(caplog: pytest.LogCaptureFixture, log: Log, place: str) -> None:
    log()
    with pytest.raises(AssertionError, match=place) as raised:
        assert_no_personal_numbers(caplog)
    assert NUMBER not in str(raised.value)


def test_a_clean_log_passes(caplog: pytest.LogCaptureFixture) -> None:
    LOGGER.warning("stamnummer %s, %d rows of 1000000000 bytes", "10042", 3)
    assert_no_personal_numbers(caplog)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (NUMBER, "nine digits"),
        (f"x{NUMBER}y", "nine digits"),
        ("123456789", "nine digits"),
        ("111 222 333", "nine digits in groups"),
        ("111.222.333", "nine digits in groups"),
        ("1112.22.333", "nine digits in groups"),
        ("111-222-333", "nine digits in groups"),
        ("111\u00a0222\u00a0333", "nine digits in groups"),
        ("63138219", "a BSN without its first zero"),
        ("63.138.219", "a BSN without its first zero"),
        ("99 111 222 333", "nine digits in groups"),
        (f"2025-11-20 {NUMBER}", "nine digits"),
    ],
)
def test_a_number_is_found_in_every_form_in_which_it_leaks(text: str, form: str) -> None:
    with pytest.raises(
        AssertionError, match=re.escape(f"possible personal number is in: text:2 ({form}). Fix this in your code")
    ):
        assert_no_personal_numbers(f"nothing\n{text}\nnothing")


@pytest.mark.parametrize(
    "text",
    [
        "12345678",
        "20250101 and 2025-01-01",  # with a zero before it, this day passes the eleven test
        "01012025",
        "2025-11-20T10:00:00.123456+01:00",
        "2025-11-20T10:00:00.1234567+01:00",
        "0612345678, 1234567890",
        "111,222,333",
        "10042 of 10043",
    ],
)
def test_days_moments_and_other_numbers_are_none(text: str) -> None:
    assert_no_personal_numbers(text)


@given(st.text("0123456789 .-x"))
def test_whatever_redaction_takes_out_is_found_but_for_days_and_seconds(text: str) -> None:
    assume(not re.search(r"(?<![0-9])([0-9]{8}|[0-9]{2}\.[0-9]{7})(?![0-9])", text))
    assert bool(list(spelled_numbers(text))) >= (redact(text) != text)


@given(st.from_regex(r"[0-9]{9}", fullmatch=True), st.from_regex(r"[0-9]{1,4}[ .-]", fullmatch=True))
def test_no_number_hides_behind_digits_before_it(number: str, before: str) -> None:
    grouped = f"{before}{number[:3]} {number[3:6]} {number[6:]}"
    assert number in [found for found, _ in spelled_numbers(grouped)]


def test_a_folder_is_searched_names_included(tmp_path: Path) -> None:
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "a.csv").write_text("10042")
    assert_no_personal_numbers(tmp_path)
    (tmp_path / f"{NUMBER}.txt").touch()
    (tmp_path / "export.csv").write_text(f"nr\n{NUMBER}")
    (tmp_path / "unicode.csv").write_text(f"nr\n\n{NUMBER}", encoding="utf-16")
    with pytest.raises(AssertionError) as raised:
        assert_no_personal_numbers(tmp_path)
    told = str(raised.value)
    for place in ("the name of ***.txt", "export.csv:2", "unicode.csv:3"):
        assert f"{place} (nine digits)" in told
    assert NUMBER not in told


def test_a_proof_about_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        assert_no_personal_numbers(tmp_path / "export.csv")


def test_the_name_of_a_file_is_not_taken_for_its_content(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(NUMBER)
    with pytest.raises(UsageError, match=r"Pass Path"):
        assert_no_personal_numbers(str(path))
