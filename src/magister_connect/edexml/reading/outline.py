"""Track the position in a document: a grammar of XML tags that reads every character from the first on.

The fast path may only begin outside comments, processing instructions, CDATA and unexpected elements. This grammar
knows where that is, because it never searches: each match begins where the last one ended.

In a well-formed document it matches every tag. Between two tags there are only text, comments, instructions and CDATA.
Each of these ends at its first end mark (documented, XML 1.0, productions 14 to 19). A document type declaration, or
markup that is not well-formed, ends the tracking, and only the parser reads on from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from magister_connect.edexml.model.kinds import LISTS

_NAME: Final = r"""[^<>&"'/=!?\s][^<>&"'/=\s]*+"""
_BETWEEN: Final = (
    r"(?:[^<]++"
    r"|<!--[^-]*+(?:-[^-]++)*+-->"
    r"|<\?[^?]*+(?:\?(?!>)[^?]*+)*+\?>"
    r"|<!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+\]\]>)*+"
)
_TAG: Final = re.compile(
    rf"{_BETWEEN}<(?:/({_NAME})\s*+>"
    rf"""|({_NAME})(?:\s++{_NAME}\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'))*+\s*+(/?)>)"""
)
_TEXT: Final = re.compile(_BETWEEN)
_UNFINISHED: Final = re.compile(r"<(?:!(?:-|\[|$)|\?|[^!>][^>]*$|$)")
LONGEST: Final = 65_536
"""How many characters without a complete tag are waited for."""
ROOT, PART, ITEM = 0, 1, 2
"""Levels: the root of the document, its parts, and the items of the parts that are lists."""


class Outline:
    """Follows the tags, and tracks depth and line.

    ``roots`` are the paths of local names where a document may begin, such as ``("EDEX",)``.
    """

    def __init__(self, roots: Iterable[tuple[str, ...]]) -> None:
        self.line = 1
        """The line of the current position."""
        self.lines: list[int] = []
        """The lines of the start tags in the last part or item, in document order."""
        self.opened: list[int] = []
        """The lines where the open elements begin, down to the items."""
        self.closed = 0
        """The line where the last closed root, part or item begins."""
        self._roots = frozenset(roots)
        self._names: list[str] = []
        self._depth = 0
        self._root = 0  # the depth of the root; 0 before it was found
        self._in_list = False

    def follow(self, text: str, at: int) -> tuple[int, int | None]:
        """Continue after the next end of the root, a part or an item.

        Returns the new position, and which of the three ended there; ``None`` if the text ran out first.
        """
        while found := _TAG.match(text, at):
            end = found.end()
            self.line += text.count("\n", at, end)
            at = end
            closed, name, alone = found.groups()
            if closed is None:
                self._open(name)
                if not alone:
                    continue
            if (level := self._close()) is not None:
                return at, level
        return at, None

    def _open(self, name: str) -> None:
        self._depth += 1
        depth = self._depth - self._root if self._root else 0
        if self._root and depth > ITEM:
            self.lines.append(self.line)
            return
        local = name.rpartition(":")[2]
        self.opened.append(self.line)
        self._names.append(local)
        if not self._root:
            if tuple(self._names) in self._roots:
                self._root = self._depth
        elif depth == PART:
            self._in_list = local in LISTS
            self.lines = [self.line]
        elif self._in_list:
            self.lines = [self.line]
        else:
            self.lines.append(self.line)

    def _close(self) -> int | None:
        depth, self._depth = self._depth - self._root, self._depth - 1
        if self._root and depth > ITEM:
            return None
        if self.opened:
            self.closed = self.opened.pop()
            self._names.pop()
        if not self._root or depth < ROOT or (depth == ITEM and not self._in_list):
            return None
        return depth

    @property
    def is_in_list(self) -> bool:
        """Whether the position is between the items of a list."""
        return self._in_list and self._root > 0 and self._depth == self._root + PART


def is_surprising(text: str, at: int) -> bool:
    """Return whether no more text can complete a tag at ``at``, or the limit for waiting was reached."""
    found = _TEXT.match(text, at)
    place = at if found is None else found.end()
    return len(text) - at > LONGEST or (place < len(text) and _UNFINISHED.match(text, place) is None)
