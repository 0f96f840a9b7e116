"""The results web service of JIJ! and TOA: test results, pulled in batches since the last run.

Names are loaded on first use. So a program that only stores results does not load the code that fetches them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
