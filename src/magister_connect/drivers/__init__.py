"""What runs a flow: one driver that blocks and one that is awaited, over httpx or httpx2.

The drivers alone send, sleep, read the clock and repeat; what to send and what to make of the answer is decided in
the flows of each room.
"""

from magister_connect.drivers.awaiting import AwaitingDriver
from magister_connect.drivers.blocking import BlockingDriver
from magister_connect.drivers.clients import AwaitingClient, BlockingClient, ClientSettings
from magister_connect.drivers.pacing import Pace
from magister_connect.drivers.retrying import NO_RETRIES, RetryPolicy
from magister_connect.drivers.transport import AwaitingHttp, BlockingHttp, Timeouts
from magister_connect.drivers.walking import utc_now

__all__ = [
    "NO_RETRIES",
    "AwaitingClient",
    "AwaitingDriver",
    "AwaitingHttp",
    "BlockingClient",
    "BlockingDriver",
    "BlockingHttp",
    "ClientSettings",
    "Pace",
    "RetryPolicy",
    "Timeouts",
    "utc_now",
]
