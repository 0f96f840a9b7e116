"""What must not be read over a shoulder: secrets, and personal numbers in log records.

A :class:`Secret` prints as three stars wherever it is printed. :func:`redact` and :class:`RedactionFilter` take the
personal numbers out of text that is on its way to a log: every run of exactly nine ASCII digits, the length of a BSN
and of an onderwijsnummer (documented, both), also where a blank, a dot or a hyphen stands between them, and a run of
eight that is a BSN with the zero in front that it lost. Numbers of other lengths stay, and time stamps as Python's
logging writes them (measured); one compact day in eleven (``20251120``) passes for such a BSN and is masked.
"""

from __future__ import annotations

import hmac
import logging
import re
from typing import Final, NoReturn

from magister_connect.errors import UsageError

MASK: Final = "***"
_NINE_DIGITS: Final = re.compile("(?<![0-9])(?:[0-9][ .\u00a0\u202f-]?){8}[0-9](?![0-9])")
_EIGHT_DIGITS: Final = re.compile(r"(?<![0-9])[0-9]{8}(?![0-9])")


class Secret:
    """A password, key or token that prints as ``***``.

    ``reveal()`` is the only way to the text. Two secrets compare in constant time. A secret is not pickled: a pickle
    would hold the text in clear. A worker process makes its clients from settings of its own.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: keep it out of variables that live on."""
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
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise UsageError(
            "A secret is not pickled: the pickle would hold it in clear",
            where="Secret",
            advice="Let the other process read it where secrets are kept, or send reveal() if you mean it.",
        )


def reveal(text: str | Secret) -> str:
    """The text of a secret, or the text itself."""
    return text.reveal() if isinstance(text, Secret) else text


def redact(text: str, *secrets: Secret) -> str:
    """``text`` without the given secrets and without anything that may be a personal number."""
    for secret in secrets:
        if secret:
            text = text.replace(secret.reveal(), MASK)
    return _EIGHT_DIGITS.sub(_without_short_bsn, _NINE_DIGITS.sub(MASK, text))


def _without_short_bsn(run: re.Match[str]) -> str:
    from magister_connect.core.elfproef import PgnKind, kind_of

    return MASK if kind_of(f"0{run[0]}") is PgnKind.BSN else run[0]


class RedactionFilter(logging.Filter):
    """A filter for a handler or logger: it passes every record on, without personal numbers and secrets.

    The message is put together first, so that numbers in arguments are found as well; a traceback is formatted here
    and redacted too.
    """

    def __init__(self, *secrets: Secret) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact ``record`` in place and let it pass."""
        record.msg, record.args = redact(record.getMessage(), *self._secrets), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text, record.exc_info = redact(record.exc_text, *self._secrets), None
        if record.stack_info:
            record.stack_info = redact(record.stack_info, *self._secrets)
        return True


def redact_logging(*secrets: Secret, logger: logging.Logger | None = None) -> RedactionFilter:
    """Turn redaction on for every handler of ``logger`` (the root logger by default); gives the filter back.

    Filters of handlers see the records of all loggers below, those of a logger do not: hence the handlers. Handlers
    that are added later need the filter as well.
    """
    target = logger or logging.getLogger()
    redaction = RedactionFilter(*secrets)
    for handler in target.handlers:
        handler.addFilter(redaction)
    return redaction
