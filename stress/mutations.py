"""Mutated inputs for all readers: each returns a result, or raises an error of this library that is not a bug."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

from magister_connect.errors import InternalError, MagisterConnectError
from stress.tally import Runs, Tally

PIECES: Final[tuple[bytes, ...]] = (
    *(b"", b"\x00", b"\xff\xfe", b"<", b">", b"&#0;", b"&x;", b'"', b"}", b"]", b"9" * 400, b"-", b"1e999", b"null"),
    *("\u00b2".encode(), b"\xed\xa0\x80", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///'>]>", b"0000-00-00", b"[" * 3000),
)


def mutated(body: bytes, chance: random.Random) -> bytes:
    """The bytes with one to three changes."""
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(body) + 1)
        until = min(len(body), at + chance.choice((0, 1, 1, 2, 9, 60)))
        kind = chance.randrange(5)
        if kind == 0:
            body = body[:at] + chance.choice(PIECES) + body[until:]
        elif kind == 1:
            body = body[:at] + chance.randbytes(chance.randrange(1, 5)) + body[until:]
        elif kind == 2:
            body = body[:at]
        elif kind == 3:
            start = chance.randrange(len(body) + 1)
            body = body[:at] + body[start : start + 50] + body[until:]
        else:
            body = body[:at] + bytes(byte ^ 1 << chance.randrange(8) for byte in body[at:until]) + body[until:]
    return body


def judge(tally: Tally, read: Callable[[], object]) -> None:
    """Read once; count everything other than a result or an error of the library."""
    try:
        read()
    except InternalError as error:
        tally.note("foreign exceptions", str(error))
    except MagisterConnectError as error:
        str(error)
    except Exception as error:  # noqa: BLE001 - what is looked for
        tally.note("foreign exceptions", f"{type(error).__name__}: {str(error)[:80]}{place(error)}")


def place(error: BaseException) -> str:
    """The innermost line of the library."""
    traceback, found = error.__traceback__, ""
    while traceback is not None:
        if "magister_connect" in traceback.tb_frame.f_code.co_filename:
            found = (
                f" ({traceback.tb_frame.f_code.co_filename.rpartition('magister_connect/')[2]}:{traceback.tb_lineno})"
            )
        traceback = traceback.tb_next
    return found


def over_samples(samples: Callable[[], list[bytes]], *readers: Callable[[bytes], object]) -> Runs:
    """Runs that pass a mutated sample to each reader. A reader can refuse it with an error of the library."""

    def runs(tally: Tally, numbers: range) -> Iterator[int]:
        held = samples() if numbers else []
        for number in numbers:
            chance = random.Random(number)
            body = mutated(chance.choice(held), chance)
            for read in readers:
                judge(tally, lambda read=read, body=body: read(body))  # type: ignore[misc]  # bound now
            yield 1

    return runs
