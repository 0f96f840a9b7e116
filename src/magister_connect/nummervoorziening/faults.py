"""The faults of Nummervoorziening: their name stands in ``faultactor`` (documented).

Each has a verdict whether asking again can help, and whose move it is. A name that is not in the list is kept and is
not repeated.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from attrs import frozen

from magister_connect.errors import Move, SoapFault
from magister_connect.soap import Fault

__all__ = ["FAULTS", "NummervoorzieningFault", "Verdict", "fault_error"]


@frozen
class Verdict:
    """What to think of a fault."""

    move: Move
    advice: str
    retryable: bool = False


_UNFINISHED: Final = "The batch is still being worked on. Ask again later."
_TOO_FAST: Final = "Too many questions came in a short time. Ask again later."
_TOMORROW: Final = "Submit the batch tomorrow."
_BROKEN: Final = "The service could not compute. Ask again later."
_FETCHED: Final = "A batch is handed out once: read the reply that was kept, or submit the batch again."
_NUMBER: Final = "Look at how the hPGN was made: the number before it, the salt of the environment, small letters."

FAULTS: Final = MappingProxyType(
    {
        "NotFinishedException": Verdict(Move.LATER, _UNFINISHED, retryable=True),
        "TemporaryBlockedException": Verdict(Move.LATER, _TOO_FAST, retryable=True),
        "LimitDailyBatchSubmissionsExceededException": Verdict(Move.LATER, _TOMORROW, retryable=True),
        "HashOperationException": Verdict(Move.VENDOR, _BROKEN, retryable=True),
        "ContentAlreadyRetrievedException": Verdict(Move.YOURS, _FETCHED),
        "ContentRemovedException": Verdict(Move.YOURS, "The batch was not fetched in time: submit it again."),
        "NotAllowedCallerException": Verdict(
            Move.SCHOOL,
            "The certificate is not on the allow list of Kennisnet, or this school has not given it a mandate there.",
        ),
        "InvalidHPgnException": Verdict(Move.YOURS, _NUMBER),
        "BlockedHPgnException": Verdict(
            Move.YOURS, "This hPGN was replaced by another one: use the hPGN of the present number."
        ),
        "InvalidChainIdException": Verdict(Move.YOURS, "Take the chain from retrieve_chains()."),
        "InvalidSectorIdException": Verdict(Move.YOURS, "Take the sector from retrieve_sectors()."),
    }
)
"""By name (documented, in the reference clients and on the wiki of Kennisnet)."""

_STRANGE: Final = Verdict(Move.VENDOR, "Report it to Kennisnet with the time.")


class NummervoorzieningFault(SoapFault):
    """The service says no; ``name`` is that of its fault, and ``retryable`` tells whether asking again can help."""

    name: str = ""
    retryable: bool = False


def fault_error(fault: Fault, where: str, status: int | None) -> NummervoorzieningFault:
    """The error for a fault; its text is left out, since it may quote what was asked."""
    name = fault.actor.rpartition(":")[2].rpartition(".")[2]
    verdict = FAULTS.get(name, _STRANGE)
    known = name if name in FAULTS else "a fault that is not documented"
    error = NummervoorzieningFault(
        f"Nummervoorziening answered with {known}",
        where=where,
        move=verdict.move,
        advice=verdict.advice,
        status=status,
        code=fault.code,
    )
    error.name, error.retryable = name, verdict.retryable
    return error
