"""Secrets that never print, and removal of personal numbers from log records.

A :class:`Secret` always prints as ``***``. :func:`redact` and :class:`RedactionFilter` remove personal numbers from
text for a log:

- Nine ASCII digits, the length of a BSN and an onderwijsnummer (documented, both). A space, dot or hyphen between the
  digits is allowed.
- Eight digits that are a BSN without its leading zero.

Numbers of other lengths stay. So do time stamps as Python's logging writes them (measured). One compact date in eleven
(such as ``20251120``) looks like an eight-digit BSN and is masked.
"""

from __future__ import annotations

import hmac
import logging
import re
from base64 import b64encode, urlsafe_b64encode
from functools import lru_cache
from typing import Final, NoReturn
from urllib.parse import quote, quote_plus

from magister_connect.errors import UsageError

_SHORTEST_BASE64: Final = 6  # characters; a shorter text is in a log by chance
MASK: Final = "***"
_NINE_DIGITS: Final = re.compile("(?<!\\d)(?:(?:\\d[ .\u00a0\u202f-]?){8}\\d|\\d{3}/\\d{3}/\\d{3})(?!\\d)")
_EIGHT_DIGITS: Final = re.compile(r"(?<![0-9])[0-9]{8}(?![0-9])")


class Secret:
    """A password, key or token that prints as ``***``.

    ``reveal()`` is the only way to get the text. Two secrets compare in constant time. A secret cannot be pickled,
    because a pickle would contain the plain text. Let a worker process make its clients from its own settings.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself. Do not keep it in a variable for long."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, _specification: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self._text), _bytes(other._text))

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise UsageError(
            "A secret cannot be pickled: the pickle would hold it in clear text",
            where="Secret",
            advice="Let the other process read the secret from its own source, or send reveal() on purpose.",
        )


def reveal(text: str | Secret) -> str:
    """Return the text of a secret, or the text itself."""
    return text.reveal() if isinstance(text, Secret) else text


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON can contain half a surrogate pair


def redact(text: str, *secrets: Secret) -> str:
    """Return ``text`` without the given secrets and without anything that may be a personal number.

    A secret is also found inside a URL or a form, and inside Base64, such as in a header with a password.
    """
    for secret in secrets:
        if secret:
            for form in _forms_of(secret):
                text = text.replace(form, MASK)
    return _EIGHT_DIGITS.sub(_without_short_bsn, _NINE_DIGITS.sub(MASK, text))


@lru_cache(maxsize=64)
def _forms_of(secret: Secret) -> tuple[str, ...]:
    """Return the forms that a secret may have in a log, the longest first."""
    content = _bytes(secret.reveal())
    forms = {secret.reveal(), quote(content, safe=""), quote(content), quote_plus(content)}
    for before in range(3):  # Base64 writes three bytes as four characters: the position decides which
        whole = (before + len(content)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            form = encode(b"\0" * before + content).decode()[(0, 2, 3)[before] : whole]
            if len(form) >= _SHORTEST_BASE64:
                forms.add(form)
    return tuple(sorted(forms, key=len, reverse=True))


def _without_short_bsn(run: re.Match[str]) -> str:
    from magister_connect.core.elfproef import PgnKind, kind_of

    return MASK if kind_of(f"0{run[0]}") is PgnKind.BSN else run[0]


class RedactionFilter(logging.Filter):
    """A logging filter for a handler or logger. It passes every record, without personal numbers and secrets.

    The filter formats the message first, so that it also finds numbers in arguments. It also formats and redacts the
    traceback, and redacts the values of ``extra=``. It never raises. If the arguments do not fit the message, the text
    of both is passed.
    """

    def __init__(self, *secrets: Secret) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact ``record`` in place and return true."""
        try:
            self._redact(record)
        except Exception as error:  # noqa: BLE001 - from a __str__ of the application; logging must not break it
            for name in record.__dict__.keys() - _OF_EVERY_RECORD:
                record.__dict__[name] = MASK
            record.msg, record.args = f"A log record could not be redacted ({type(error).__name__})", None
            record.exc_info = record.exc_text = record.stack_info = None
        return True

    def _redact(self, record: logging.LogRecord) -> None:
        record.msg, record.args = redact(_message_of(record), *self._secrets), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text, record.exc_info = redact(record.exc_text, *self._secrets), None
        if record.stack_info:
            record.stack_info = redact(record.stack_info, *self._secrets)
        for name in record.__dict__.keys() - _OF_EVERY_RECORD:
            record.__dict__[name] = self._redacted(record.__dict__[name])

    def _redacted(self, value: object) -> object:
        """Redact a value of ``extra=``. Return the same object if there is nothing to hide."""
        if isinstance(value, dict):
            return {self._redacted(key): self._redacted(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._redacted(each) for each in value]
        text = str(value)
        redacted = redact(text, *self._secrets)
        return value if redacted == text else redacted


_OF_EVERY_RECORD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - logging itself would only print it to stderr
        return f"{record.msg} {record.args}"


def redact_logging(*secrets: Secret, logger: logging.Logger | None = None) -> RedactionFilter:
    """Add redaction to every handler of ``logger`` (default: the root logger). Returns the filter.

    The filter of a handler sees the records of all loggers below it; the filter of a logger does not. So the filter is
    added to each handler. Add it yourself to handlers that you make later.
    """
    target = logger or logging.getLogger()
    redaction = RedactionFilter(*secrets)
    for handler in target.handlers:
        handler.addFilter(redaction)
    return redaction
