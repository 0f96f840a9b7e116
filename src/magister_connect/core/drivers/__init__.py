"""Drivers that run flows: a sync one and an async one, over httpx or httpx2.

Only drivers send, sleep, read the clock and retry. The flows of each service decide what to send and how to read the
response.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
