"""What your own test suite needs: a simulated school, scripted clients, stepped flows, and proof of privacy.

The pytest plugin (:mod:`magister_connect.testing.plugin`) is found by itself once the package is installed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
