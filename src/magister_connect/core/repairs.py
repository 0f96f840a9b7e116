"""Repair XML responses before they are read, and report each repair.

Two faults make a whole list unreadable although the data are there (both seen in public issue trackers):

- A control character such as ``&#x1B;``, pasted from a terminal into a name. XML 1.0 does not allow it. It becomes
  U+FFFD, so the name can be read. In a key, an identifier, an e-mail address or a user name, the reader treats U+FFFD
  as an error.
- A blank line or a PHP notice before the XML declaration. It is removed.

Only responses are repaired. A file that is checked against a schema is refused.
"""

from __future__ import annotations

import re
from typing import Final

REPLACEMENT: Final = "\ufffd"


class RepairedReplyWarning(UserWarning):
    """A response was repaired before it was read. The text describes the repair and contains no value."""


_MARKS: Final = b"\xef\xbb\xbf \t\r\n"
_HEAD: Final = 65_536  # a longer notice is another document
_RAW: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_CONTROLS: Final = bytes({*range(32)} - {*b"\t\n\r"})
_NO_CHARACTERS: Final = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_REFERENCE: Final = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_LONGEST_REFERENCE: Final = len("&#x10FFFF;")
_ENCODING: Final = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_HTML: Final = (b"<!doctype", b"<html")


def repair_reply(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the readable response and a description of each repair. A sound response is returned unchanged."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _repair_wide(body)
    body, notes = repair_head(body)
    filtering = ControlCharacters()
    body = filtering.feed(body) + filtering.close()
    return body, notes + filtering.notes


def repair_head(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Remove everything before the XML declaration. The note is empty if that was only white space."""
    at = body.find(b"<?xml", 0, _HEAD)
    before = body[:at].strip(_MARKS) if at > 0 else b""
    if at <= 0 or before.lower().startswith(_HTML):
        return body, ()
    return body[at:], ("Text before the XML declaration was removed.",) if before else ()


class ControlCharacters:
    """Replaces characters that XML does not allow by U+FFFD, in bytes that arrive in pieces.

    ``count`` is the number of replacements so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._held = b""
        self._mark: bytes | None = None
        self._wide = False

    def feed(self, chunk: bytes) -> bytes:
        """Return bytes that can be parsed. A possible start of a character reference waits for the next chunk."""
        chunk = self._held + chunk
        at = chunk.rfind(b"&", -_LONGEST_REFERENCE)
        cut = len(chunk) if at < 0 or b";" in chunk[at:] else at
        cut -= next((len(begun) for begun in (b"\xef\xbf", b"\xef") if chunk[:cut].endswith(begun)), 0)
        self._held = chunk[cut:]
        return self._replaced(chunk[:cut])

    def close(self) -> bytes:
        """Return the bytes that were held back."""
        held, self._held = self._held, b""
        return held

    @property
    def notes(self) -> tuple[str, ...]:
        """Descriptions of the repairs."""
        if not self.count:
            return ()
        return (f"{self.count} control characters, which XML cannot hold, were replaced by U+FFFD.",)

    def _replaced(self, chunk: bytes) -> bytes:
        if self._mark is None:
            self._wide = b"\x00" in chunk[:4]  # UTF-16, in which half of the bytes are zero
            declared = _ENCODING.search(chunk, 0, _HEAD)
            utf8 = declared is None or declared[1].lower() in {b"utf-8", b"utf8", b"us-ascii"}
            self._mark = REPLACEMENT.encode() if utf8 else b"&#xFFFD;"
        if self._wide:
            return chunk
        # Most chunks are sound, and this check is ten times as fast as the expression.
        if len(chunk.translate(None, _CONTROLS)) != len(chunk) or any(each in chunk for each in _NO_CHARACTERS):
            chunk, raw = _RAW.subn(self._mark, chunk)
            self.count += raw
        return _REFERENCE.sub(self._reference, chunk) if b"&#" in chunk else chunk

    def _reference(self, found: re.Match[bytes]) -> bytes:
        number = int(found[1], 16) if found[1] else int(found[2])
        if number in {9, 10, 13} or 32 <= number < 0xD800 or 0xDFFF < number < 0xFFFE or 0xFFFF < number <= 0x10FFFF:
            return found[0]
        self.count += 1
        return b"&#xFFFD;"


def _repair_wide(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Repair a response in UTF-16: convert it to UTF-8, and remove the encoding from its declaration."""
    try:
        text = body.decode("utf-16")
    except UnicodeDecodeError:
        return body, ()
    repaired, notes = repair_reply(text.encode())
    return (repaired.decode().encode("utf-16"), notes) if notes else (body, ())
