"""Records of Nummervoorziening. The fields have the names of its WSDL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.core.records.serialization import PlainData
from magister_connect.identifiers import EckId, Stampseudoniem

CHAIN_ECK: Final = "http://purl.edustandaard.nl/begrippenkader/e7ec7d3c-c235-4513-bfb6-e54e66854795"
"""The chain ECK (documented). ``retrieve_chains`` returns all chains."""

SECTORS: Final[Mapping[str, str]] = {
    "po": "http://purl.edustandaard.nl/begrippenkader/512e4729-03a4-43a2-95ba-758071d1b725",
    "vo": "http://purl.edustandaard.nl/begrippenkader/2a1401e9-c223-493b-9b86-78f6993b1a8d",
    "so": "http://purl.edustandaard.nl/begrippenkader/e7f1c08f-08fb-48ab-be8e-c131b1bce54a",
    "mbo": "http://purl.edustandaard.nl/begrippenkader/f3ac3fbb-5eae-49e0-8494-0a44855fff25",
}
"""Sectors: po is documented, the others are inferred. ``retrieve_sectors`` returns all sectors."""


@frozen
class Availability(PlainData):
    """The response to a ping: whether the service is available, its version, and its clock."""

    available: bool
    application_version: str
    system_time: dt.datetime


@frozen
class Chain(PlainData):
    """A chain: the use of an ECK iD. Pass ``id`` to ``retrieve_eck_id`` as ``chain_id``."""

    id: str
    name: str
    description: str
    last_edited: dt.datetime


@frozen
class Sector(PlainData):
    """A sector, such as primary education. Pass ``id`` to ``retrieve_eck_id`` as ``sector_id``."""

    id: str
    name: str
    description: str
    last_edited: dt.datetime


@frozen
class Batch(PlainData):
    """A submitted batch: its identifier, and the number of entries."""

    identifier: str
    size: int


def _count(entries: Mapping[int, object]) -> str:
    return f"<{len(entries)}>"


@frozen
class BatchResult(PlainData):
    """The result of a batch, by the index of each entry: its position in the submitted values.

    ``success`` contains pseudonyms. ``failed`` contains the error messages of the service; they may quote a value and
    are not shown. ``saved`` is false if ``save_reply`` failed, so that this object is the only copy.
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
