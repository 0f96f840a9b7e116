"""The results web service of JIJ! and TOA: results of tests, pulled in batches since the last time.

Names are loaded when they are first used, so that whoever only keeps results does not load what fetches them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
