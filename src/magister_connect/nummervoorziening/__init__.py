"""From a personal number to an ECK iD: the hash on this side, and the service that makes pseudonyms of it."""

from magister_connect.nummervoorziening.client import (
    ENVIRONMENTS,
    AsyncNummervoorzieningClient,
    NummervoorzieningClient,
)
from magister_connect.nummervoorziening.contract import contract
from magister_connect.nummervoorziening.faults import FAULTS, NummervoorzieningFault, Verdict
from magister_connect.nummervoorziening.hashing import (
    COST_BEFORE_2016,
    COST_NOW,
    TEST_SALT,
    ScryptCost,
    hpgn,
    teacher_hpgn,
)
from magister_connect.nummervoorziening.keeping import KeptReplies
from magister_connect.nummervoorziening.many import hpgn_many, workers_within
from magister_connect.nummervoorziening.messages import Dialect
from magister_connect.nummervoorziening.operations import Polling
from magister_connect.nummervoorziening.reading import read_kept_reply
from magister_connect.nummervoorziening.records import CHAIN_ECK, SECTORS, Availability, Batch, BatchResult, Listed

__all__ = [
    "CHAIN_ECK",
    "COST_BEFORE_2016",
    "COST_NOW",
    "ENVIRONMENTS",
    "FAULTS",
    "SECTORS",
    "TEST_SALT",
    "AsyncNummervoorzieningClient",
    "Availability",
    "Batch",
    "BatchResult",
    "Dialect",
    "KeptReplies",
    "Listed",
    "NummervoorzieningClient",
    "NummervoorzieningFault",
    "Polling",
    "ScryptCost",
    "Verdict",
    "contract",
    "hpgn",
    "hpgn_many",
    "read_kept_reply",
    "teacher_hpgn",
    "workers_within",
]
