"""What runs a flow: one driver that blocks and one that is awaited, over httpx or httpx2.

The drivers alone send, sleep, read the clock and repeat; what to send and what to make of the answer is decided in
the flows of each room.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
