"""What Nummervoorziening answers with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.identifiers import EckId, Stampseudoniem

CHAIN_ECK: Final = "http://purl.edustandaard.nl/begrippenkader/e7ec7d3c-c235-4513-bfb6-e54e66854795"
"""The chain ECK (documented); discover chains with ``retrieve_chains``."""

SECTORS: Final[Mapping[str, str]] = {
    "po": "http://purl.edustandaard.nl/begrippenkader/512e4729-03a4-43a2-95ba-758071d1b725",
    "vo": "http://purl.edustandaard.nl/begrippenkader/2a1401e9-c223-493b-9b86-78f6993b1a8d",
    "so": "http://purl.edustandaard.nl/begrippenkader/e7f1c08f-08fb-48ab-be8e-c131b1bce54a",
    "mbo": "http://purl.edustandaard.nl/begrippenkader/f3ac3fbb-5eae-49e0-8494-0a44855fff25",
}
"""Sectors: po is documented, the others are inferred; discover them with ``retrieve_sectors``."""


@frozen
class Availability:
    """The answer to a ping: whether the service is available, its version, and its clock (aware)."""

    available: bool
    application_version: str
    system_time: dt.datetime


@frozen
class ChainOrSector:
    """A chain or a sector."""

    id: str
    name: str
    description: str
    last_edited: dt.datetime | None


@frozen
class Batch:
    """A batch that was handed in: its identifier, and how many there are in it."""

    identifier: str
    size: int


def _count(items: Mapping[int, object]) -> str:
    return f"<{len(items)}>"


@frozen
class BatchResult:
    """What came of a batch, by the place of each entry in what was handed in.

    ``values`` are pseudonyms, ``failures`` what the service says instead, which may hold a value and is not shown.
    ``kept`` tells whether the raw reply was kept before it was read.
    """

    values: Mapping[int, str] = field(repr=_count)
    failures: Mapping[int, str] = field(repr=_count)
    kept: bool = True

    @property
    def stampseudoniemen(self) -> dict[int, Stampseudoniem]:
        """The values as stampseudoniemen, by place."""
        return {place: Stampseudoniem.parse(text) for place, text in self.values.items()}

    @property
    def eck_ids(self) -> dict[int, EckId]:
        """The values as ECK iDs, by place."""
        return {place: EckId.parse(text) for place, text in self.values.items()}
