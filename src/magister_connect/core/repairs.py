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


_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_MARKS: Final = _BYTE_ORDER_MARK + b" \t\r\n"
_HEAD: Final = 65_536  # a longer notice is another document
_RAW: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_CONTROLS: Final = bytes({*range(32)} - {*b"\t\n\r"})
_NO_CHARACTERS: Final = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_REFERENCE: Final = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_LONGEST_REFERENCE: Final = len("&#x10FFFF;")
_ENOUGH_OF_UTF16: Final = 64  # libxml2 does not recognise UTF-16 in two or three bytes
_DECLARATION: Final = re.compile(rb"<\?xml\s")
_QUOTING: Final = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"))
_NOT_YET: Final = (b"<?xml", b"<br", b"<b>")  # the start of a declaration, and PHP notices
_TEXT_LEFT_OUT: Final = "Text before the XML declaration was removed."
_ENCODING: Final = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_HTML: Final = (b"<!doctype", b"<html")


def repair_reply(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the readable response and a description of each repair. A sound response is returned unchanged."""
    if body.startswith(_WIDE):
        return _repair_wide(body)
    repair = Repair()
    return repair.feed(body) + repair.close(), repair.notes


class Repair:
    """Repairs a response that arrives in pieces: first its head, then the characters that XML does not allow.

    The first bytes are held back until they show where the XML begins and which encoding it declares. ``count`` is the
    number of replaced characters so far. ``text_before`` and ``blanks_before`` are whether text or white space came
    before the declaration.
    """

    def __init__(self) -> None:
        self.count = 0
        self.text_before = self.blanks_before = False
        self._begun = False
        self._held = b""
        self._mark = REPLACEMENT.encode()
        self._wide = False

    def feed(self, chunk: bytes) -> bytes:
        """Return bytes that can be parsed. A possible start of a character reference waits for the next chunk."""
        chunk = self._held + chunk
        if not self._begun:
            if not _shows_beginning(chunk):
                self._held = chunk
                return b""
            chunk = self._begin(chunk)
        at = chunk.rfind(b"&", -_LONGEST_REFERENCE)
        cut = len(chunk) if at < 0 or b";" in chunk[at:] else at
        cut -= next((len(begun) for begun in (b"\xef\xbf", b"\xef") if chunk[:cut].endswith(begun)), 0)
        self._held = chunk[cut:]
        return self._replaced(chunk[:cut])

    def close(self) -> bytes:
        """Return the bytes that were held back."""
        held, self._held = self._held, b""
        return held if self._begun else self._replaced(self._begin(held))

    def _begin(self, head: bytes) -> bytes:
        """Return the bytes from the XML declaration on."""
        self._begun = True
        self._wide = _is_wide(head)
        at = _declaration_in(head)
        before = head[:at].strip(_MARKS) if at > 0 else b""
        if at > 0 and not before.lower().startswith(_HTML):
            self.text_before = bool(before)
            self.blanks_before = not before and bool(head[:at].strip(_BYTE_ORDER_MARK))
            head = head[at:]
        declared = _ENCODING.match(head.lstrip(_MARKS))
        if declared is not None and declared[1].lower() not in {b"utf-8", b"utf8", b"us-ascii"}:
            self._mark = b"&#xFFFD;"
        return head

    @property
    def notes(self) -> tuple[str, ...]:
        """Descriptions of the repairs."""
        replaced = f"{self.count} control characters, which XML does not allow, were replaced by U+FFFD."
        return (*((_TEXT_LEFT_OUT,) if self.text_before else ()), *((replaced,) if self.count else ()))

    def _replaced(self, chunk: bytes) -> bytes:
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


def _is_wide(head: bytes) -> bool:
    """Whether it is UTF-16, in which half of the bytes are zero."""
    return head.startswith(_WIDE) or b"\x00" in head[:4]


def _declaration_in(head: bytes) -> int:
    """Return the position of the XML declaration, or -1 without one.

    A declaration in CDATA or a comment does not count.
    """
    found = _DECLARATION.search(head, 0, _HEAD)
    if found is None:
        return -1
    before = head[: found.start()]
    inside = any(before.rfind(begin) > before.rfind(end) for begin, end in _QUOTING)
    return -1 if inside else found.start()


def _shows_beginning(head: bytes) -> bool:
    """Whether the first bytes show the beginning and the encoding of the XML. A PHP notice may come before it."""
    at = _declaration_in(head)
    if at >= 0 or len(head) > _HEAD:
        return b"?>" in head[at:] or len(head) > _HEAD
    if _is_wide(head):
        return len(head) > _ENOUGH_OF_UTF16
    start = head.lstrip(_MARKS)
    return len(start) > len(b"<?xml") and start.startswith(b"<") and not start.lower().startswith(_NOT_YET)


def _repair_wide(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Repair a response in UTF-16: convert it to UTF-8, and remove the encoding from its declaration."""
    try:
        text = body.decode("utf-16")
    except UnicodeDecodeError:
        return body, ()
    repaired, notes = repair_reply(text.encode())
    return (repaired.decode().encode("utf-16"), notes) if notes else (body, ())
