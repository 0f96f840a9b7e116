"""Personal numbers are found wherever a log or a file may hold them, and are not repeated in the error."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from magister_connect.testing import assert_no_personal_numbers

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


@pytest.mark.shows_numbers
@pytest.mark.parametrize(
    ("log", "place"),
    [
        (log_message, r"in: my_integration \(test_privacy.py:\d+\)$"),
        (log_traceback, "traceback of my_integration"),
        (log_extra, "pgn of my_integration"),
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


@pytest.mark.parametrize(("text", "clean"), [("a\nb 12345678 c", True), (f"a\n{NUMBER}", False)])
def test_a_text_is_searched_line_by_line(text: str, clean: bool) -> None:
    if clean:
        assert_no_personal_numbers(text)
    else:
        with pytest.raises(AssertionError, match=r"text:2$"):
            assert_no_personal_numbers(text)


def test_a_folder_is_searched_names_included(tmp_path: Path) -> None:
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "a.csv").write_text("10042")
    assert_no_personal_numbers(tmp_path)
    (tmp_path / f"{NUMBER}.txt").touch()
    (tmp_path / "export.csv").write_text(f"nr\n{NUMBER}")
    with pytest.raises(AssertionError, match=r"the name of \*\*\*.txt, export.csv:2|export.csv:2") as raised:
        assert_no_personal_numbers(tmp_path)
    assert NUMBER not in str(raised.value)
