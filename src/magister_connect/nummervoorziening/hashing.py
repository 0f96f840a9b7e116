"""From a personal number to an hPGN: scrypt, as in the reference clients of Kennisnet.

The parameters are N 131072, r 8, p 4 and 32 bytes, over the lower-case UTF-8 text, with the Base64-decoded salt of the
environment (documented). One number costs 1.4 to 1.9 s and 134 MB (measured). The salt of production is not public.
With a known salt, all numbers can be tried in about four core-years (measured). So protect an hPGN like the number
itself.

The reference clients hash any text. A number without its leading zero, or with a space in front, gives an hPGN that
belongs to no one (measured). This module checks the number first.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final

from attrs import frozen

from magister_connect.core.boundary import boundary
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.secrets import Secret, reveal
from magister_connect.errors import MappingError, Reason, UsageError
from magister_connect.identifiers import Brin, Hpgn, Pgn

TEST_SALT: Final = "rktYml0MIp9TC9u6Ny6uqw=="  # of the test environment, published with the reference clients
MEMORY: Final = 1_073_741_824
_EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}")
_HASH_BYTES: Final = 32


@frozen
class ScryptCost(SafeRepr):
    """The three parameters of scrypt."""

    n: int
    r: int
    p: int

    def __attrs_post_init__(self) -> None:
        if self.n < 2 or self.n & (self.n - 1) or self.r < 1 or self.p < 1:
            raise UsageError("N must be a power of two, and r and p at least 1", where="ScryptCost")

    @property
    def memory(self) -> int:
        """The bytes that one computation needs: 128 r (N + p + 2) (measured with OpenSSL 3)."""
        return 128 * self.r * (self.n + self.p + 2)


COST_NOW: Final = ScryptCost(131072, 8, 4)
"""In use since 26 May 2016 (documented)."""
COST_BEFORE_2016: Final = ScryptCost(16384, 8, 1)
"""In use before that date, for comparison with old files (documented)."""


@boundary.around
def hpgn(pgn: Pgn | str, *, salt: str | Secret, cost: ScryptCost | None = None) -> Hpgn:
    """Return the hPGN of a pupil's personal number. Takes about 1.5 s and 134 MB.

    ``salt`` is the Base64 salt of the environment. ``cost`` is :data:`COST_NOW` by default. Raises
    :class:`MappingError` for a text that is not a personal number, and :class:`UsageError` for a salt that is not
    Base64.
    """
    number = pgn if isinstance(pgn, Pgn) else Pgn.parse(pgn)
    return hash_text(number.reveal(), salt, cost)


@boundary.around
def teacher_hpgn(brin: Brin | str, email: str, *, salt: str | Secret, cost: ScryptCost | None = None) -> Hpgn:
    """Return the hPGN of a teacher. The "number" is the BRIN, a space and the e-mail address (documented)."""
    school = brin if isinstance(brin, Brin) else Brin.parse(brin)
    if not _EMAIL.fullmatch(email):
        raise MappingError(
            "An e-mail address was expected",
            where="teacher",
            advice="Pass the permanent e-mail address that the school uses for this teacher.",
        ).because(Reason.MALFORMED)
    return hash_text(f"{school} {email}", salt, cost)


@boundary.around
def hash_text(text: str, salt: str | Secret, cost: ScryptCost | None = None) -> Hpgn:
    """Hash any text without checks, to reproduce the test vectors of the reference clients."""
    cost = cost or COST_NOW
    digest = hashlib.scrypt(
        text.lower().encode(),
        salt=_decoded(salt),
        n=cost.n,
        r=cost.r,
        p=cost.p,
        dklen=_HASH_BYTES,
        maxmem=cost.memory,
    )
    return Hpgn(digest.hex())


def _decoded(salt: str | Secret) -> bytes:
    try:
        decoded = base64.b64decode(reveal(salt), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        raise UsageError(
            "The salt is not valid Base64",
            where="salt",
            advice="Copy the salt exactly as the environment publishes it.",
        )
    return decoded


# -- many -----------------------------------------------------------------------------------------------------------


def workers_within(memory: int, *, cost: ScryptCost | None = None, cores: int | None = None) -> int:
    """Return how many computations fit into ``memory`` bytes, at most one per core (default: all cores).

    Raises :class:`UsageError` if not even one fits.
    """
    cost = cost or COST_NOW
    fitting = memory // cost.memory
    if fitting < 1:
        raise UsageError(f"One hPGN needs {cost.memory} bytes", where="memory", advice="Pass at least this many bytes.")
    return min(cores or os.cpu_count() or 1, fitting)


def hpgn_many(
    pgns: Iterable[Pgn | str],
    *,
    salt: str | Secret,
    computed: Mapping[Pgn, Hpgn] | None = None,
    memory: int = MEMORY,
    cores: int | None = None,
    progress: Callable[[int, int], object] | None = None,
    cost: ScryptCost | None = None,
) -> Iterator[tuple[Pgn, Hpgn]]:
    """Yield each number with its hPGN, in the given order, as soon as it is ready.

    All numbers are checked before the first is computed. :class:`MappingError` contains the position of a wrong one,
    such as ``pgns[3]``. If you stop early, running computations finish and no new ones start.

    - ``computed``: results of an earlier run that was interrupted. They are not computed again. A repeated number is
      computed once.
    - ``memory``: the limit in bytes for all computations together.
    - ``progress``: called with the number of finished computations and the total.
    """
    numbers = [_checked(one, place) for place, one in enumerate(pgns)]
    workers = workers_within(memory, cost=cost, cores=cores)
    return _compute(numbers, dict(computed or {}), workers, lambda number: hpgn(number, salt=salt, cost=cost), progress)


def _checked(one: Pgn | str, place: int) -> Pgn:
    try:
        return one if isinstance(one, Pgn) else Pgn.parse(one)
    except MappingError as error:
        error.where = f"pgns[{place}]"
        raise


def _compute(
    numbers: list[Pgn],
    done: dict[Pgn, Hpgn],
    workers: int,
    compute: Callable[[Pgn], Hpgn],
    progress: Callable[[int, int], object] | None,
) -> Iterator[tuple[Pgn, Hpgn]]:
    missing = iter(dict.fromkeys(number for number in numbers if number not in done))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        under_way: deque[tuple[Pgn, Future[Hpgn]]] = deque()
        for place, number in enumerate(numbers, start=1):
            under_way += [(one, pool.submit(compute, one)) for one in islice(missing, 2 * workers - len(under_way))]
            while number not in done:
                first, future = under_way.popleft()
                done[first] = future.result()
            if progress is not None:
                progress(place, len(numbers))
            yield number, done[number]
