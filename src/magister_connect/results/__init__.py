"""The results web service of JIJ! and TOA: results of tests, pulled in batches since the last time.

Names are loaded when they are first used, so that whoever only keeps results does not load what fetches them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from magister_connect.results.checking import Difference, check_contract
    from magister_connect.results.checkpoints import Checkpoint, PoisonSlice
    from magister_connect.results.client import AsyncResultsClient, ResultsClient
    from magister_connect.results.contract import (
        HAND_WRITTEN,
        LAMINAS,
        Contract,
        Credentials,
        Paging,
        Parameters,
    )
    from magister_connect.results.fault_texts import FaultTexts
    from magister_connect.results.levels import Level, LevelFamily
    from magister_connect.results.moments import DateForm
    from magister_connect.results.paging.drain import Batch
    from magister_connect.results.proposal import Proposal
    from magister_connect.results.pulling import PullOptions, pull_results
    from magister_connect.results.records import Connection, Part, Result, Unreadable
    from magister_connect.results.report import Progress, PullReport
    from magister_connect.results.scores import Status

_WHERE: Final = {
    "checking": ("Difference", "check_contract"),
    "checkpoints": ("Checkpoint", "PoisonSlice"),
    "client": ("AsyncResultsClient", "ResultsClient"),
    "contract": ("HAND_WRITTEN", "LAMINAS", "Contract", "Credentials", "Paging", "Parameters"),
    "fault_texts": ("FaultTexts",),
    "levels": ("Level", "LevelFamily"),
    "moments": ("DateForm",),
    "paging.drain": ("Batch",),
    "proposal": ("Proposal",),
    "pulling": ("PullOptions", "pull_results"),
    "records": ("Connection", "Part", "Result", "Unreadable"),
    "report": ("Progress", "PullReport"),
    "scores": ("Status",),
}
_HOME: Final = {name: module for module, names in _WHERE.items() for name in names}

__all__ = [
    "HAND_WRITTEN",
    "LAMINAS",
    "AsyncResultsClient",
    "Batch",
    "Checkpoint",
    "Connection",
    "Contract",
    "Credentials",
    "DateForm",
    "Difference",
    "FaultTexts",
    "Level",
    "LevelFamily",
    "Paging",
    "Parameters",
    "Part",
    "PoisonSlice",
    "Progress",
    "Proposal",
    "PullOptions",
    "PullReport",
    "Result",
    "ResultsClient",
    "Status",
    "Unreadable",
    "check_contract",
    "pull_results",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
