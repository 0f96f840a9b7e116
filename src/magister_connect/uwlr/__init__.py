"""UWLR: pupils, groups and staff of a school on request, and results of tests back to its administration.

The real-time sister of EDEXML. ``UwlrClient`` asks an administration; ``server`` answers for one.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
