"""UWLR: request the pupils, groups and staff of a school, and send test results back to its administration.

UWLR is the real-time counterpart of EDEXML. ``UwlrClient`` sends requests to an administration. ``server`` answers
requests on behalf of one.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
