"""What Nummervoorziening returns; the fields have the names of its contract."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.core.serialization import PlainData
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
class Availability(PlainData):
    """The answer to a ping: whether the service is available, its version, and its clock."""

    available: bool
    application_version: str
    system_time: dt.datetime


@frozen
class Chain(PlainData):
    """A chain: what ECK iDs are used for. ``id`` is what ``retrieve_eck_id`` takes as ``chain_id``."""

    id: str
    name: str
    description: str
    last_edited: dt.datetime


@frozen
class Sector(PlainData):
    """A sector, such as primary education. ``id`` is what ``retrieve_eck_id`` takes as ``sector_id``."""

    id: str
    name: str
    description: str
    last_edited: dt.datetime


@frozen
class Batch(PlainData):
    """A batch that was submitted: its identifier, and how many entries it has."""

    identifier: str
    size: int


def _count(entries: Mapping[int, object]) -> str:
    return f"<{len(entries)}>"


@frozen
class BatchResult(PlainData):
    """The result of a batch, by the index of each entry: its place in what was submitted.

    ``success`` holds pseudonyms; ``failed`` holds the error messages of the service, which may quote a value and are
    not shown. ``saved`` is false if ``save_reply`` failed, so that this object is the only copy.
    """

    success: Mapping[int, str] = field(repr=_count)
    failed: Mapping[int, str] = field(repr=_count)
    saved: bool = True

    @property
    def stampseudonyms(self) -> dict[int, Stampseudoniem]:
        """The pseudonyms of ``submit_stampseudonym_batch``. Raises :class:`MappingError` for any other text."""
        return {index: Stampseudoniem.parse(text) for index, text in self.success.items()}

    @property
    def eck_ids(self) -> dict[int, EckId]:
        """The pseudonyms of ``submit_eck_id_batch``. Raises :class:`MappingError` for any other text."""
        return {index: EckId.parse(text) for index, text in self.success.items()}
