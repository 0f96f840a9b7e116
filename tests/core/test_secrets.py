"""Secrets print as stars, and log records lose personal numbers."""

import base64
import contextlib
import copy
import io
import logging
import pickle
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magister_connect.core.secrets import MASK, RedactionFilter, Secret, redact, redact_logging, reveal
from magister_connect.errors import UsageError

PASSWORD = "correct-horse"
TEST_NUMBER = "111222333"  # the documented test number of the BSN


@pytest.mark.parametrize("form", [repr, str, "{}".format, "{!r}".format, "%s".__mod__, lambda secret: f"{secret:>20}"])
def test_no_form_of_printing_shows_a_secret(form: Callable[[Secret], str]) -> None:
    assert PASSWORD not in form(Secret(PASSWORD))


def test_a_secret_shows_itself_on_request_only() -> None:
    assert Secret(PASSWORD).reveal() == reveal(Secret(PASSWORD)) == reveal(PASSWORD) == PASSWORD


def test_secrets_compare_and_hash_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")
    assert Secret("x")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_is_not_pickled(protocol: int) -> None:
    with pytest.raises(UsageError, match=r"cannot be pickled.*from its own source") as caught:
        pickle.dumps([Secret(PASSWORD)], protocol)
    assert PASSWORD not in str(caught.value)


def test_a_secret_is_copied_with_what_holds_it() -> None:
    held = [Secret(PASSWORD)]
    assert copy.deepcopy(held) == copy.copy(held) == held


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"pupil {TEST_NUMBER}.", f"pupil {MASK}."),
        (f"{TEST_NUMBER}", MASK),
        ("12345678 and 1234567890", "12345678 and 1234567890"),
        (f"x{TEST_NUMBER}y", f"x{MASK}y"),
        (f"key {PASSWORD}", f"key {MASK}"),
        ("nothing", "nothing"),
        ("1112.22.333, 111 222 333", f"{MASK}, {MASK}"),
        ("111\u00a0222\u00a0333, 111\u202f222\u202f333", f"{MASK}, {MASK}"),
        ("63138219 and 20251001", f"{MASK} and 20251001"),
        ("2025-10-01T10:00:00.123456 0612345678", "2025-10-01T10:00:00.123456 0612345678"),
    ],
)
def test_redaction_takes_nine_digits_and_the_given_secrets(text: str, expected: str) -> None:
    assert redact(text, Secret(PASSWORD), Secret("")) == expected


@given(st.text())
def test_redacting_twice_is_redacting_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    logger = logging.getLogger("under.test")
    stream = io.StringIO()
    logger.addHandler(logging.StreamHandler(stream))
    yield logger, stream
    logger.handlers.clear()


def test_one_line_turns_redaction_on_for_messages_arguments_and_tracebacks(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = log
    redact_logging(Secret(PASSWORD), logger=logger)
    logger.error("pupil %s with %s", TEST_NUMBER, PASSWORD, stack_info=True)
    try:
        raise ValueError(TEST_NUMBER)
    except ValueError:
        logger.exception("failed")
    printed = stream.getvalue()
    assert "failed" in printed
    assert "ValueError" in printed
    assert TEST_NUMBER not in printed
    assert PASSWORD not in printed


def test_the_filter_lets_every_record_pass() -> None:
    record = logging.LogRecord("x", logging.INFO, "file.py", 1, "fine", None, None)
    assert RedactionFilter().filter(record)
    assert record.getMessage() == "fine"


def test_redaction_of_the_root_logger_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    handler = logging.NullHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    redaction = redact_logging()
    assert handler.filters == [redaction]


FORMS = [
    "password=s%26cret%2Fkey%3D+x",
    "password=s%26cret/key%3D%20x",
    "authorization: Basic " + base64.b64encode(b"user:s&cret/key= x").decode(),
    "authorization: Basic " + base64.urlsafe_b64encode(b"us:s&cret/key= x!").decode(),
    "token " + base64.b64encode(b"s&cret/key= x").decode(),
]


@pytest.mark.parametrize("text", FORMS)
def test_a_secret_is_found_in_the_form_that_a_url_or_a_header_gives_it(text: str) -> None:
    redacted = redact(text, Secret("s&cret/key= x"))
    assert "***" in redacted
    assert "cret" not in redacted
    for part in redacted.replace("***", " ").split():
        with contextlib.suppress(ValueError):
            assert b"cret" not in base64.b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize(
    "text", ["111/222/333", "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff12", "1234 56 782"]
)
def test_digits_of_another_script_or_between_slashes_are_digits(text: str) -> None:
    assert redact(f"nr {text}.") == "nr ***."


class Unprintable:
    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__


RECORDS: list[dict[str, object]] = [
    {"msg": "%d of %s", "args": ("x",)},
    {"msg": "%(name)s", "args": ()},
    {"msg": Unprintable(), "args": (1,)},
    {"msg": "fine", "args": (), "extra_field": Unprintable()},
    {"msg": "fine 123456782", "args": ({"a": 1}, 2)},
]


@pytest.mark.parametrize("fields", RECORDS)
def test_the_filter_never_raises(fields: dict[str, object]) -> None:
    record = logging.makeLogRecord(fields)
    assert RedactionFilter(Secret("geheim")).filter(record)
    assert "123456782" not in record.getMessage()


def test_the_filter_sees_what_extra_adds() -> None:
    record = logging.makeLogRecord(
        {"msg": "x", "bsn": "123456782", "number": 123456782, "deep": {"a": ["geheim", 1]}, "kept": 3, "none": None}
    )
    assert RedactionFilter(Secret("geheim")).filter(record)
    held = record.__dict__
    assert (held["bsn"], held["number"], held["deep"]) == ("***", "***", {"a": ["***", 1]})
    assert (held["kept"], held["none"]) == (3, None)


def test_secrets_of_half_a_surrogate_pair_compare() -> None:
    assert Secret("\ud800") == Secret("\ud800")
    assert Secret("\ud800") != Secret("x")
    assert redact("a \ud800xyz b", Secret("\ud800xyz")) == "a *** b"
