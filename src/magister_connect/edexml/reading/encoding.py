"""Decode a document: detect its encoding, and convert line ends as XML requires.

A byte-order mark has priority over the declaration, as in libxml2 (measured). UTF-8, US-ASCII, Latin-1, Latin-9,
Windows-1252, UTF-16 and UTF-32 are decoded here, strictly. Text in any other encoding goes to the parser as bytes.

XML reads CR LF, and CR alone, as LF (documented, XML 1.0, 2.11). They are replaced here, so that line numbers are the
same in every file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final

from magister_connect.core.xml import CHUNK, CUT_OFF
from magister_connect.errors import DocumentInvalid, Responsible, UsageError

_LONGEST_DECLARATION: Final = 1024
_DECLARATION: Final = re.compile(
    r"""(<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')"""
    r"""[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*)"""
    r"""("[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*')"""
)
_BLANKS: Final = b" \t\r\n"
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
_DECODED_HERE: Final = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("us-ascii", "ascii"), "ascii"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1"), "latin-1"),
    "iso-8859-15": "iso-8859-15",
    **dict.fromkeys(("windows-1252", "cp1252"), "cp1252"),
}
_NO_CHARACTER: Final = re.compile("[\ud800-\udfff]")  # some codecs of Python produce unpaired surrogates
NEW_EXPORT: Final = "Request a new export."
_IN_FRONT: Final = "There are blanks or an empty line before the XML declaration, which XML does not allow"
_OR_LENIENT: Final = "Request a new export, or read the file with lenient=True."


class Decoder:
    """Takes the bytes of a document, and returns its text in pieces of about :data:`CHUNK` characters.

    Pass ``encoding`` if you know it better than the document states it. If bytes are not valid in the encoding,
    :attr:`problem` is set, and the text before them has been returned. If :attr:`is_raw` is true, the pieces are bytes.
    """

    def __init__(self, encoding: str | None, where: str | None, *, lenient: bool) -> None:
        self.is_raw = False
        self.blanks_in_front: int | None = None
        """The number of line ends before the XML declaration; ``None`` if nothing is before it."""
        self.problem: DocumentInvalid | None = None
        self._given = encoding
        self._where = where
        self._lenient = lenient
        self._head: bytes | None = b""  # until the encoding is known
        self._name = "utf-8" if encoding is None else encoding
        self._codec = _codec(self._name)
        self._return = ""  # a "\r" at the end of a piece: the next piece may begin with its "\n"

    def feed(self, chunk: bytes) -> Iterator[str | bytes]:
        """Yield the pieces that are complete."""
        for at in range(0, len(chunk), CHUNK):
            if self.problem is None:
                yield self._piece(chunk[at : at + CHUNK], last=False)

    def close(self) -> Iterator[str | bytes]:
        """Yield the rest."""
        if self.problem is None:
            yield self._piece(b"", last=True)

    def _piece(self, chunk: bytes, *, last: bool) -> str | bytes:
        if self._head is None:
            return chunk if self.is_raw else self._decoded(chunk, last=last)
        self._head += chunk
        if not last and not _has_declaration(self._head):
            return ""
        head, self._head = self._head, None
        self._choose(head)
        return head if self.is_raw else self._normalize_head(self._decoded(head, last=last))

    def _decoded(self, chunk: bytes, *, last: bool) -> str:
        try:
            text = self._codec.decode(chunk)
            if last and self._codec.getstate()[0]:  # the first bytes of a character
                self.problem = DocumentInvalid(CUT_OFF, where=self._where, advice=NEW_EXPORT)
        except UnicodeDecodeError as error:
            name = self._name if error.encoding == "charmap" else error.encoding
            text = error.object[: error.start].decode(name, "ignore")
            self.problem = self._refusal()
        except UnicodeError:
            text, self.problem = "", self._refusal()
        if self._given is not None and (found := _NO_CHARACTER.search(text)):
            text, self.problem = text[: found.start()], self._refusal()
        return self._with_line_ends(text, last=last)

    def _refusal(self) -> DocumentInvalid:
        if self._given is None:
            what = "The XML is not in the encoding that it declares"
            advice = "Request a new export, or read it with encoding='cp1252' if you know that this is the encoding."
            return DocumentInvalid(what, where=self._where, advice=advice)
        what = "The XML is not in the encoding that you passed"
        advice = "Pass another encoding, or none if the document declares the right one."
        return DocumentInvalid(what, where=self._where, responsible=Responsible.YOU, advice=advice)

    def _with_line_ends(self, text: str, *, last: bool) -> str:
        if self._return:
            text, self._return = self._return + text, ""
        if "\r" not in text:
            return text
        if text.endswith("\r") and not last:
            text, self._return = text[:-1], "\r"
        return text.replace("\r\n", "\n").replace("\r", "\n")

    # -- the beginning -------------------------------------------------------------------------------------------

    def _choose(self, head: bytes) -> None:
        """Choose the encoding by the first bytes. Text in an encoding that is not decoded here stays bytes."""
        if self._given is not None:
            return
        found = next((name for mark, name in _MARKS if head.startswith(mark)), None)
        if found is None:
            bare = head.lstrip(_BLANKS)
            declared = _DECLARATION.match(bare[:_LONGEST_DECLARATION].decode("latin-1"))
            found = _DECODED_HERE.get("utf-8" if declared is None else declared[2][1:-1].lower())
            self.is_raw = found is None or not bare.startswith(b"<")
        self._name = found or self._name
        self._codec = _codec(self._name)

    def _normalize_head(self, head: str) -> str:
        """Return the beginning as the parser needs it: no byte-order mark, and a declaration of UTF-8."""
        head = head.removeprefix("\ufeff")
        bare = head.lstrip(" \t\n")
        if bare.startswith("<?xml") and bare != head:
            self.blanks_in_front = head[: -len(bare)].count("\n")
            if self._lenient:
                head = bare
            else:
                self.problem = DocumentInvalid(_IN_FRONT, where=self._where, line=1, advice=_OR_LENIENT)
                return ""
        return _DECLARATION.sub(r'\1"UTF-8"', head, count=1) if head.startswith("<?xml") else head


def _has_declaration(head: bytes) -> bool:
    """Return whether the first bytes contain the whole XML declaration, or there is none."""
    if len(head) >= _LONGEST_DECLARATION:
        return True
    begun = head.replace(b"\x00", b"").lstrip(_BLANKS + codecs.BOM_UTF8 + b"\xfe\xff")
    return b"?>" in begun if begun.startswith(b"<?xml") else len(begun) >= len(b"<?xml")


def _codec(encoding: str) -> codecs.IncrementalDecoder:
    """Return the decoder with this name. Codecs that are not text encodings, such as ``rot13``, are refused."""
    found: codecs.IncrementalDecoder | None = None
    try:
        "".encode(encoding)
        bytes(8).decode(encoding)
        found = codecs.getincrementaldecoder(encoding)() if encoding else None
    except (LookupError, ValueError, TypeError):
        pass
    if found is None:
        raise UsageError("This encoding is not known", where="encoding", advice="Pass a name such as 'cp1252'.")
    return found
