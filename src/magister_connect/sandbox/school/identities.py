"""The numbers of the people in the simulated school: a fixed list, in which no number can belong to a living person.

Why these numbers are safe. A BSN has eight or nine significant digits. An eight-digit one gets a leading zero. Software
that follows the logical design of BSN refuses fewer digits (documented). So a text of nine digits that begins with
*two* zeros passes every check of form and the eleven test, but was never issued. All numbers here begin with *four*
zeros, so they have five significant digits. The same is true for the onderwijsnummers in the list (remainder 5 of the
same test). Numbers of DUO begin with ``10``, as far as published checkers know (inferred), so none of these is one of
them. Lenient reading adds a remark about that.

There is no public official list of test BSNs. Tools that invent random numbers that pass the test often produce numbers
of real people. So this module uses a rule: the n-th number in the block with a given remainder. The list never changes.

As a consequence, a column of these numbers that lost its zeros in a spreadsheet keeps five digits, and is refused
instead of padded. To show the padding of one zero, use ``063138219``, which is published as an example for ECK iD.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import Final

from magister_connect.identifiers import Bsn, EckId, Onderwijsnummer, Pgn, PgnKind, Stampseudoniem, kind_of

PUPILS: Final = 400
PUPILS_WITH_ONDERWIJSNUMMER: Final = 24
PUPILS_THAT_CHANGED: Final = 8
STAFF: Final = 60
_FIRST_OF_PUPILS: Final = 10_000  # five significant digits
_FIRST_OF_STAFF: Final = 60_000


def _block(start: int, kind: PgnKind) -> Iterator[str]:
    return (text for text in (f"{number:09d}" for number in range(start, 100_000)) if kind_of(text) == kind)


_BSNS: Final = tuple(map(Bsn, islice(_block(_FIRST_OF_PUPILS, PgnKind.BSN), PUPILS)))
_ONDERWIJSNUMMERS: Final = tuple(
    map(
        Onderwijsnummer,
        islice(_block(_FIRST_OF_PUPILS, PgnKind.ONDERWIJSNUMMER), PUPILS_WITH_ONDERWIJSNUMMER + PUPILS_THAT_CHANGED),
    )
)


def _number_of(pupil: int) -> Pgn:
    period = PUPILS // PUPILS_WITH_ONDERWIJSNUMMER
    turn, left = divmod(pupil, period)
    return _ONDERWIJSNUMMERS[turn] if left == period - 1 and turn < PUPILS_WITH_ONDERWIJSNUMMER else _BSNS[pupil]


PUPIL_NUMBERS: Final[tuple[Pgn, ...]] = tuple(map(_number_of, range(PUPILS)))
"""One number for each of 400 pupils: 376 BSNs and 24 onderwijsnummers, spread evenly."""

FORMER_NUMBERS: Final[Mapping[Pgn, Onderwijsnummer]] = MappingProxyType(
    {
        PUPIL_NUMBERS[50 * turn]: _ONDERWIJSNUMMERS[PUPILS_WITH_ONDERWIJSNUMMER + turn]
        for turn in range(PUPILS_THAT_CHANGED)
    }
)
"""The onderwijsnummer that eight of the pupils had before their BSN was known."""

PUPILS_WITHOUT_NUMBER: Final[frozenset[int]] = frozenset({77, 177, 277})
"""Positions in the list of pupils whose number an administration may leave empty, because it is not yet known."""

STAFF_NUMBERS: Final[tuple[Bsn, ...]] = tuple(map(Bsn, islice(_block(_FIRST_OF_STAFF, PgnKind.BSN), STAFF)))
"""One BSN for each of 60 members of staff. No interface shows them, and tests check that."""

KNOWN_VECTORS: Final = ("063138219", "111222333", "123456782", "999999990")
"""Example numbers of published checkers and reference clients, for tests of form."""


def number_at(place: int) -> str | None:
    """Return the personal number at a position of the list as text.

    After the first 400 these are BSNs, up to position 4,544.
    """
    if place < PUPILS:
        return PUPIL_NUMBERS[place].reveal()
    further = _numbers(0)
    return f"{further[place]:09}" if place < len(further) else None


def onderwijsnummer_at(place: int) -> str | None:
    """Return an onderwijsnummer that none of the 400 pupils has or had, as text. There are some 4,500."""
    further = _numbers(5)
    place += PUPILS_WITH_ONDERWIJSNUMMER + PUPILS_THAT_CHANGED
    return f"{further[place]:09}" if place < len(further) else None


@cache
def _numbers(remainder: int) -> tuple[int, ...]:
    """Return all numbers of the pupils' block with a remainder in the eleven test (0: BSN, 5: onderwijsnummer)."""
    found: list[int] = []
    for head in range(_FIRST_OF_PUPILS // 100, _FIRST_OF_STAFF // 100):
        weighed = 5 * (head // 100) + 4 * (head // 10 % 10) + 3 * (head % 10) - remainder
        for digit in range(10):
            check = (weighed + 2 * digit) % 11
            if check < 10:
                found.append(head * 100 + digit * 10 + check)
    return tuple(found)


def is_synthetic(text: str) -> bool:
    """Return whether a text is a number of this list's block or one of the published examples."""
    return (
        text.startswith("0000") and kind_of(text) in {PgnKind.BSN, PgnKind.ONDERWIJSNUMMER}
    ) or text in KNOWN_VECTORS


def _tail(label: str) -> str:
    return hashlib.sha512(f"magister-connect sandbox|{label}".encode()).hexdigest()


def synthetic_stampseudoniem(label: str) -> Stampseudoniem:
    """Return a stampseudoniem of the sandbox of Nummervoorziening. It is made from a label, not from personal data."""
    return Stampseudoniem(f"https://ketenid.nl/sppilot/{_tail(f'stampseudoniem|{label}')}")


def synthetic_eck_id(label: str) -> EckId:
    """Return an ECK iD of the pilot. It is made from a label such as ``pupil 17``, not from personal data."""
    return EckId(f"https://ketenid.nl/pilot/{_tail(f'eck id|{label}')}")
