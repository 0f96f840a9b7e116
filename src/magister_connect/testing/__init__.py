"""Tools for your own test suite: a simulated school, scripted clients, stepped flows, and a check for personal numbers.

pytest finds the plugin (:mod:`magister_connect.testing.plugin`) automatically once the package is installed.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
